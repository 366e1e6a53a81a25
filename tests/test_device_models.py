"""The library's models on every target: the same spikes, and the same states within a stated tolerance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from brian2 import device, prefs, set_device

from reference_networks import NETWORKS, run_all

# Targets sum and round in another order, and their exponentials differ in the last bit. The steepest amplifier among
# the networks is the upstroke of a spike (AdEx, Izhikevich), where 1e-16 grows to some 1e-10.
TOLERANCE = 1e-9

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def in_numpy() -> dict[str, np.ndarray]:
    before, prefs.codegen.target = prefs.codegen.target, "numpy"
    set_device("runtime")
    try:
        return run_all()
    finally:
        prefs.codegen.target = before


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.param
    if name == "cython":
        prefs.codegen.target = name
    elif name == "cpp_standalone":
        set_device(name, directory=None)
    else:
        set_device("brianhw", mode=name.removeprefix("brianhw "))
    yield name
    if name == "cpp_standalone":
        device.delete(force=True)


def largest_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference relative to the largest value of a variable."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def test_the_reference_networks_spike(in_numpy: dict[str, np.ndarray]) -> None:
    for name in NETWORKS:
        assert len(in_numpy[f"{name}: spike times"]) > 50


@pytest.mark.standalone
@pytest.mark.parametrize("target", ["brianhw fast", "brianhw strict", "cpp_standalone", "cython"], indirect=True)
def test_every_target_gives_the_spikes_of_numpy_and_its_states(target: str, in_numpy: dict[str, np.ndarray]) -> None:
    found = run_all()
    assert found.keys() == in_numpy.keys()
    for name, expected in in_numpy.items():
        if "spik" in name:
            assert np.array_equal(found[name], expected), name
        else:
            assert largest_error(found[name], expected) < TOLERANCE, name


@pytest.mark.standalone
def test_strict_code_gives_the_bits_of_numpy(in_numpy: dict[str, np.ndarray]) -> None:
    set_device("brianhw", mode="strict")
    found = run_all()
    different = [name for name, expected in in_numpy.items() if not np.array_equal(found[name], expected)]
    assert different == []


@pytest.mark.standalone
def test_many_short_runs_give_the_bits_of_one_long_run(in_numpy: dict[str, np.ndarray]) -> None:
    set_device("brianhw", mode="strict")
    once = run_all()
    device.reinit()
    set_device("brianhw", mode="strict")
    often = run_all(runs=100)
    assert all(np.array_equal(often[name], once[name]) for name in once)
