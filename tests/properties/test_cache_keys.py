"""Keys of Brian2's caches: ours are equal to its own, whatever has been remembered and changed."""

from __future__ import annotations

import gc
from typing import Any

import brian2
import numpy as np
import pytest
from brian2 import DEFAULT_FUNCTIONS, Equations, NeuronGroup, StateMonitor, Synapses, ms, mV
from brian2.core.variables import ArrayVariable, AuxiliaryVariable, Constant, DynamicArrayVariable, Subexpression
from brian2.devices.device import get_device, runtime_device
from brian2.units import Quantity, amp, second, volt
from brian2.utils import caching
from hypothesis import given
from hypothesis import strategies as st

from brianhw.device.mending import keys

CLASSES = ("array", "dynamic", "auxiliary", "constant", "subexpression")
NAMES = st.sampled_from(["v", "w"])
DIMENSIONS = st.sampled_from([volt.dim, amp.dim])
VALUES = st.sampled_from([True, 1, 1.0, 2, "x", None, np.float32, np.dtype("float32"), runtime_device])


def brian2s(thing: Any) -> Any:
    """Return the key that Brian2 makes by itself, through and through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caching, "_hashable", keys._theirs)
        return keys._theirs(thing)


def assert_as_brian2s(*things: Any) -> None:
    for thing in things:
        ours, theirs = keys.key_of(thing), brian2s(thing)
        assert ours == theirs and theirs == ours and hash(ours) == hash(theirs)
        assert ours in {theirs} and theirs in {ours}
        assert keys.key_of(thing) == ours


def variable(kind: str, name: str = "v", dim: Any = volt.dim, size: int = 3) -> Any:
    if kind == "array":
        return ArrayVariable(name, owner=None, size=size, device=get_device(), dimensions=dim)
    if kind == "dynamic":
        return DynamicArrayVariable(name, owner=None, size=size, device=get_device(), dimensions=dim)
    if kind == "auxiliary":
        return AuxiliaryVariable(name, dimensions=dim)
    if kind == "constant":
        return Constant(name, size, dimensions=dim)
    return Subexpression(name, owner=None, expr=f"{name} * {size}", device=get_device(), dimensions=dim)


# described, not made: Brian2 cannot print a variable without an owner
VARIABLES = st.tuples(st.sampled_from(CLASSES), NAMES, DIMENSIONS, st.integers(1, 2))
ATTRIBUTES = st.sampled_from("name dim dtype scalar constant size value conditional_write owner expr extra".split())
CHANGES = st.tuples(st.sampled_from(["set", "remove", "identifiers", "condition"]), ATTRIBUTES, VALUES)


def apply(how: str, name: str, value: Any, thing: Any, condition: Any) -> None:
    """Change a variable: an attribute, or what an attribute holds."""
    if how == "set":
        setattr(thing, name, value)
    elif how == "remove":
        vars(thing).pop(name, None)
    elif how == "identifiers" and hasattr(thing, "identifiers"):
        thing.identifiers.symmetric_difference_update({"x"})
    elif how == "condition" and isinstance(thing, ArrayVariable):
        thing.conditional_write = condition


@given(VARIABLES, VARIABLES, st.lists(st.tuples(CHANGES, st.booleans()), max_size=6))
def test_keys_of_variables_are_brian2s_after_any_change(one: Any, another: Any, changes: list[Any]) -> None:
    first, second, other = variable(*one), variable(*another), variable("array", "not_refractory")
    assert_as_brian2s(first, second)
    for change, is_of_the_other in changes:
        apply(*change, other if is_of_the_other else first, second)
        assert_as_brian2s(first, other, {"v": first, "w": other}, [first, (other, second)])
        assert (keys.key_of(first) == keys.key_of(second)) == (brian2s(first) == brian2s(second))


@pytest.mark.parametrize("attribute", ["name", "constant", "identifiers"])
def test_a_change_of_what_a_variable_refers_to_changes_its_key(attribute: str) -> None:
    first, other = variable("array"), variable("subexpression")
    first.conditional_write = other
    before = keys.key_of(first)
    assert keys.key_of(first) is before
    if attribute == "identifiers":
        other.identifiers.add("y")
    else:
        setattr(other, attribute, "changed")
    assert keys.key_of(first) != before
    assert_as_brian2s(first, other)


MADE = VARIABLES.map(lambda described: variable(*described))


@given(
    st.recursive(
        st.one_of(NAMES, st.booleans(), st.integers(0, 2), st.floats(0, 2), st.none(), DIMENSIONS, MADE),
        lambda inside: st.one_of(
            st.lists(inside, max_size=3), st.tuples(inside, inside), st.dictionaries(NAMES, inside, max_size=2)
        ),
        max_leaves=8,
    )
)
def test_keys_of_anything_are_brian2s(thing: Any) -> None:
    assert_as_brian2s(thing)


def test_keys_of_equations_functions_and_quantities_are_brian2s() -> None:
    equations = Equations("dv/dt = -v/tau : volt (unless refractory)\ntau : second (constant)\nI = v/(2*ohm) : amp")
    array = brian2.TimedArray([1, 2] * mV, dt=1 * ms)
    assert_as_brian2s(equations, dict(equations), array, DEFAULT_FUNCTIONS, 3 * second, Quantity(2.0), {1, "a"}, volt)


def test_what_brian2_has_no_key_for_has_none_here() -> None:
    for thing in (np.arange(3), [np.arange(3)], variable("array")):
        if isinstance(thing, ArrayVariable):
            thing.extra = np.arange(3)
        with pytest.raises(TypeError, match="Do not know how to handle"):
            keys.key_of(thing)


def test_nothing_is_remembered_of_what_is_gone() -> None:
    kept = variable("subexpression")
    keys.key_of(kept)
    gc.collect()
    before = len(keys._remembered)
    for _ in range(5):
        keys.key_of(variable("subexpression"))
    gc.collect()
    assert len(keys._remembered) == before


@pytest.mark.parametrize("device", ["runtime", "brianhw"])
def test_all_keys_of_a_network_are_brian2s(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    def checked(thing: Any) -> Any:
        nonlocal seen
        seen += 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(caching, "_hashable", keys.key_of)
            assert_as_brian2s(thing)
            return keys.key_of(thing)

    monkeypatch.setattr(caching, "_hashable", checked)
    brian2.set_device(device)
    cells = NeuronGroup(
        4, "dv/dt = (I - v)/tau : 1 (unless refractory)\ntau : second (constant)\nI = 2 + w : 1\nw : 1",
        threshold="v > 1", reset="v = 0", refractory=1 * ms, method="euler",
    )  # fmt: skip
    cells.tau = "5*ms + i*ms"
    synapses = Synapses(cells, cells, "g : 1", on_pre="w_post += g", delay=1 * ms)
    synapses.connect("i != j")
    synapses.g = 0.1
    monitor = StateMonitor(cells, "v", record=True)
    brian2.run(10 * ms)
    assert len(monitor.t) == 100
    assert seen > 100


def test_brian2_uses_our_keys() -> None:
    assert caching._hashable is keys.key_of


def test_an_unchanged_variable_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    things = [variable(kind) for kind in CLASSES]
    before = [keys.key_of(each) for each in things]
    monkeypatch.setattr(keys, "_theirs", None)
    assert [keys.key_of(each) for each in things] == before
