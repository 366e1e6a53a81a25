"""The library's models on every target: the same spikes, and the same states within a stated tolerance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from brian2 import device, prefs, set_device

from reference_networks import NETWORKS, largest_error, run_all, use

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
    use(request.param)
    yield request.param
    if request.param == "cpp_standalone":
        device.delete(force=True)


def test_the_reference_networks_spike(in_numpy: dict[str, np.ndarray]) -> None:
    for name in NETWORKS:
        assert len(in_numpy[f"{name}: spike times"]) > 50


# The other compiled targets need minutes for all of them: `python tests/support/reference_networks.py` does that.
@pytest.mark.standalone
@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("brianhw fast", list(NETWORKS)),
        ("cpp_standalone", ["lif_currents"]),
        ("cython", ["izhikevich_pulses"]),
    ],
    indirect=["target"],
)
def test_every_target_gives_the_spikes_of_numpy_and_its_states(
    target: str, names: list[str], in_numpy: dict[str, np.ndarray]
) -> None:
    found = run_all(names=names)
    assert {name.split(":")[0] for name in found} == set(names)
    for name, values in found.items():
        if "spik" in name:
            assert np.array_equal(values, in_numpy[name]), name
        else:
            assert largest_error(values, in_numpy[name]) < TOLERANCE, name


@pytest.mark.standalone
def test_strict_code_gives_the_bits_of_numpy_in_one_run_and_in_many(in_numpy: dict[str, np.ndarray]) -> None:
    for runs in (1, 100):
        device.reinit()
        set_device("brianhw", mode="strict")
        found = run_all(runs=runs)
        assert [name for name, expected in in_numpy.items() if not np.array_equal(found[name], expected)] == []


@pytest.mark.standalone
def test_single_precision_gives_the_same_spikes_and_states_as_good_as_it_can(in_numpy: dict[str, np.ndarray]) -> None:
    before, prefs.core.default_float_dtype = prefs.core.default_float_dtype, np.float32
    try:
        set_device("brianhw")
        found = run_all()
    finally:
        prefs.core.default_float_dtype = before
    for name, expected in in_numpy.items():
        if "spiking neurons" in name:
            assert np.array_equal(found[name], expected), name
        elif "spike times" in name:
            assert found[name] == pytest.approx(expected, abs=1e-6), name  # a hundredth of a step
        elif "weights" not in name:
            assert found[name].dtype == np.float32
            # 6e-8 grows most in the upstroke of a spike; 200 steps are 20 ms
            assert largest_error(found[name][:, :200], expected[:, :200]) < 1e-3, name
