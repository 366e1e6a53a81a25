"""Arrays that hold one value are read once, and whoever changes them is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, Synapses, ms, network_operation, prefs, set_device

import brianhw  # noqa: F401  (registers the device)
from brianhw.device import step
from brianhw.device.core.arrays import GrowableArray

pytestmark = pytest.mark.standalone

N = 300


@pytest.fixture(autouse=True)
def _device() -> None:
    set_device("brianhw")


def cells() -> NeuronGroup:
    group = NeuronGroup(
        N, "dv/dt = (I - v)/tau : 1\nI : 1\ntau : second\nk : integer\np : boolean",
        threshold="v > 1", reset="v = 0", method="euler",
    )  # fmt: skip
    group.I, group.tau, group.k, group.p = 1.7, 10 * ms, 3, True
    return group


def read_once(net: Network) -> set[str]:
    """Return the names of the variables that the network's code reads once."""
    return {each.name for each in net._brianhw_plan._compiled.uniform._names}


def in_numpy(change: Callable[[NeuronGroup], None]) -> np.ndarray:
    set_device("runtime")
    before, prefs.codegen.target = prefs.codegen.target, "numpy"
    try:
        group = cells()
        net = Network(group)
        net.run(5 * ms)
        change(group)
        net.run(5 * ms)
        return np.array(group.v_)
    finally:
        prefs.codegen.target = before
        set_device("brianhw")


def by_view(group: NeuronGroup) -> None:
    group.variables["tau"].get_value()[7] = 3e-3


CHANGES: dict[str, Callable[[NeuronGroup], None]] = {
    "another value": lambda group: setattr(group, "tau", 5 * ms),
    "one element": lambda group: group.tau.__setitem__(4, 2 * ms),
    "an expression": lambda group: setattr(group, "tau", "(5 + i*0.01)*ms"),
    "a part": lambda group: setattr(group[10:20], "tau", 4 * ms),
    "the array itself": by_view,
    "the sign of zero": lambda group: setattr(group, "I_", np.where(np.arange(N) % 2, 0.0, -0.0) + 1.5),
    "states": lambda group: group.set_states({"tau": np.linspace(5, 9, N) * ms}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("way", ["run", "step"])
def test_a_change_is_seen_by_the_next_run(change: str, way: str) -> None:
    group = cells()
    net = Network(group)
    net.run(5 * ms)
    assert {"I", "tau"} <= read_once(net)
    CHANGES[change](group)
    net.run(5 * ms) if way == "run" else step(net, 50)
    np.testing.assert_allclose(group.v_, in_numpy(CHANGES[change]), rtol=1e-12)


def test_a_view_that_is_held_may_change_the_array_at_any_time() -> None:
    group = cells()
    held = group.variables["tau"].get_value()
    part = held[20:40]
    net = Network(group)
    net.run(5 * ms)
    assert "tau" in read_once(net)
    del held
    plan = net._brianhw_plan
    part[3] = 2e-3
    net.run(5 * ms)
    assert net._brianhw_plan is plan  # it was not prepared again for another reason
    assert "tau" not in read_once(net)

    def change(group: NeuronGroup) -> None:
        group.variables["tau"].get_value()[23] = 2e-3

    np.testing.assert_allclose(group.v_, in_numpy(change), rtol=1e-12)


def test_python_in_the_middle_of_a_run_is_seen() -> None:
    results: list[np.ndarray] = []
    groups: list[NeuronGroup] = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = cells()
        groups.append(group)

        @network_operation(dt=2 * ms)
        def change(t: Any) -> None:
            if abs(t - 4 * ms) < 0.05 * ms:
                groups[-1].I[100:] = 2.5

        net = Network(group, change)
        net.run(10 * ms, namespace={})
        results.append(np.array(group.v_))
    np.testing.assert_allclose(*results, rtol=1e-12)


def test_what_the_code_itself_writes_is_read_for_each() -> None:
    group = cells()
    work = group.run_regularly("tau += 0.01*ms*i/N", dt=1 * ms)
    net = Network(group, work)
    net.run(5 * ms)
    assert "tau" not in read_once(net)
    assert "I" in read_once(net)


def test_zeros_are_taken_for_values_that_are_still_to_come() -> None:
    group = NeuronGroup(N, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", method="euler")
    net = Network(group)
    net.run(1 * ms)
    assert read_once(net) == set()


def test_who_changes_more_than_one_is_not_compiled_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    group = cells()
    net = Network(group)
    net.run(1 * ms)
    built = []
    compiled = type(net._brianhw_plan._compiled)
    before = compiled._build
    monkeypatch.setattr(compiled, "_build", lambda self: built.append(1) or before(self))
    for name, value in [("tau", "(5 + 0.1*i)*ms"), ("I", "1.5 + 0.001*i"), ("k", "i"), ("p", "i > 3")]:
        setattr(group, name, value)
        net.run(1 * ms)
    assert len(built) == 2
    assert read_once(net) == set()


def test_strict_code_has_the_bits_of_numpy_with_values_that_are_read_once() -> None:
    set_device("brianhw", mode="strict")
    group = cells()
    net = Network(group)
    net.run(10 * ms)
    assert "tau" in read_once(net)
    assert np.array_equal(group.v_, in_numpy(lambda group: None))


def test_weights_of_synapses_that_are_equal_are_read_once_until_they_are_not() -> None:
    results = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = cells()
        synapses = Synapses(group, group, "w : 1", on_pre="v_post += w")
        synapses.connect(j="(i + 1) % N")
        synapses.w = 0.02
        net = Network(group, synapses)
        net.run(15 * ms)
        if device == "brianhw":
            assert "w" in read_once(net)
        synapses.w[5] = 0.5
        synapses.connect(j="(i + 2) % N")
        synapses.w[N:] = 0.01
        net.run(15 * ms)
        results.append(np.array(group.v_))
    np.testing.assert_allclose(*results, rtol=1e-9)


# -- equal groups -------------------------------------------------------------------------------------------


def test_equal_groups_are_one_function_whatever_their_sizes_and_values() -> None:
    groups, alone = [], []
    for n, tau in ((2, 5), (127, 10), (128, 20), (129, 7)):
        for found in (groups, alone):
            group = NeuronGroup(
                n, "dv/dt = (2 - v)/tau : 1\ntau : second", threshold="v > 1", reset="v = 0", method="euler"
            )
            group.tau = tau * ms
            group.v = np.linspace(0, 0.9, n)
            found.append(group)
    net = Network(*groups)
    net.run(20 * ms)
    functions = net._brianhw_plan.program.functions
    addresses = {bound.address for (_, block), bound in functions.items() if block == "run"}
    assert len(addresses) == 3  # a state update, a threshold and a reset
    for group, one in zip(groups, alone, strict=True):
        Network(one).run(20 * ms)
        assert np.array_equal(group.v_, one.v_)


# -- who holds an array -------------------------------------------------------------------------------------


def test_a_view_of_adopted_memory_is_seen_as_long_as_it_lives() -> None:
    whole = np.arange(10.0)
    array = GrowableArray(3, np.float64)
    assert not array.is_held
    array.adopt(whole[2:8])
    assert np.shares_memory(array.values, whole)
    assert not array.is_held
    view = array.data[1:3][:1]
    assert array.is_held
    view[0] = -1.0
    assert whole[3] == -1.0
    del view
    assert not array.is_held
    array.resize(50)
    assert not array.is_held and array.values[1] == -1.0
