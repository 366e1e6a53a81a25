"""A network that is made once, as it was: whatever a point changes goes back before the next.

Brian2's ``store`` and ``restore`` keep the values of variables and the spikes on their way. They leave out delays,
``active``, namespaces, what a network operation remembers and everything else that Python holds. So the rest is
remembered here: the attributes of each object, the content of each container, and all arrays.
"""

from __future__ import annotations

import random
import types
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from operator import is_
from typing import Any

import numpy as np
from brian2 import Clock, Network
from brian2.core.base import BrianObject
from brian2.core.functions import Function
from brian2.core.variables import ArrayVariable, DynamicArrayVariable, Variables

from brianhw.explore.parts.libraries import is_library

__all__ = ["Snapshot"]

Undo = Callable[[], None]
OF_BRIAN2 = (BrianObject, Network, Clock, Variables, Function)


class Snapshot:
    """What a network and the things beside it are now.

    Parameters
    ----------
    network : Network
        It has been run, so that its code and its queues are there.
    things : mapping of str to object
        What was made with it.
    outside : iterable
        Functions of the user. What they refer to was there before, and is not touched.
    """

    def __init__(self, network: Network, things: Mapping[str, Any], outside: Iterable[Any] = ()) -> None:
        self._network = network
        self._undo: list[Undo] = []
        self._arrays: list[tuple[ArrayVariable, Any, Any]] = []
        self._alive: list[Any] = []  # an address says what a thing is as long as the thing is there
        self._seen = {id(value) for each in outside for value in _referred(each)}
        self._seen.add(id(network._stored_state))  # Brian2's own
        network.store()
        self._visit(network)
        self._visit(things)
        for clock in {each.clock for each in network.sorted_objects}:
            self._visit(clock)
        stored = set(map(id, _stored(network)))
        self._arrays = [each for each in self._arrays if id(each[0]) not in stored]

    def restore(self) -> None:
        """Let everything be again as it was."""
        for undo in self._undo:
            undo()
        for variable, values, size in self._arrays:
            if np.array_equal(variable.get_value(), values):
                continue  # delays that are set anew are sorted anew
            if isinstance(variable, DynamicArrayVariable):
                variable.resize(size)
            variable.set_value(values)
        self._network.restore()

    def _visit(self, thing: Any) -> None:
        if id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        self._alive.append(thing)
        if isinstance(thing, dict):
            self._remember(_dict(thing), thing.values())
        elif isinstance(thing, list):
            self._remember(_list(thing), thing)
        elif isinstance(thing, deque):
            self._remember(_deque(thing), thing)
        elif isinstance(thing, bytearray | array):
            self._remember(_list(thing), ())
        elif isinstance(thing, set):
            self._remember(_set(thing), thing)
        elif isinstance(thing, tuple):
            self._remember(None, thing)
        elif isinstance(thing, np.ndarray):
            self._remember(_array(thing), thing.tolist() if thing.dtype.hasobject else ())
        elif isinstance(thing, types.MethodType):
            self._remember(None, [thing.__self__, thing.__func__])
        elif isinstance(thing, types.FunctionType):
            self._remember(None, _held(thing))
        elif isinstance(thing, types.CellType):
            self._remember_cell(thing)
        elif isinstance(thing, np.random.Generator):
            self._remember(_state(thing.bit_generator), ())
        elif isinstance(thing, np.random.RandomState | random.Random):
            self._remember(_generator(thing), ())
        elif isinstance(thing, ArrayVariable):
            self._remember_array(thing)
        elif _is_followed(thing):
            self._remember(None, [vars(thing)] if hasattr(thing, "__dict__") else ())
            self._remember_slots(thing)

    def _remember(self, undo: Undo | None, inside: Iterable[Any]) -> None:
        if undo is not None:
            self._undo.append(undo)
        for each in list(inside):
            self._visit(each)

    def _remember_cell(self, cell: types.CellType) -> None:
        value = _content(cell)
        self._remember(lambda: setattr(cell, "cell_contents", value), [value])

    def _remember_slots(self, thing: Any) -> None:
        if isinstance(thing, OF_BRIAN2):
            return
        for kind in type(thing).__mro__:
            for slot in [each for each in vars(kind).values() if isinstance(each, types.MemberDescriptorType)]:
                with suppress(AttributeError):  # not yet assigned
                    value = slot.__get__(thing)
                    self._remember(partial(slot.__set__, thing, value), [value])

    def _remember_array(self, variable: ArrayVariable) -> None:
        self._arrays.append((variable, np.array(variable.get_value()), variable.size))


def _referred(function: Any) -> Iterable[Any]:
    """Return what a function of the user takes from outside, but for Brian2's objects."""
    function = getattr(function, "__func__", function)
    yield function
    cells = getattr(function, "__closure__", None) or ()
    yield from cells
    for value in (*map(_content, cells), *getattr(function, "__globals__", {}).values()):
        if not isinstance(value, OF_BRIAN2):
            yield value


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return None


def _held(function: types.FunctionType) -> list[Any]:
    """Return what a function remembers; of what a library made of a function, that one."""
    cells = function.__closure__ or ()
    if is_library(function.__globals__.get("__name__")):
        return [each for each in map(_content, cells) if isinstance(each, types.FunctionType | types.MethodType)]
    return [vars(function), *cells]


def _stored(network: Network) -> Iterable[ArrayVariable]:
    """Return the variables that Brian2's own snapshot has."""
    things = [*network.sorted_objects, *{each.clock for each in network.sorted_objects}]
    named = {each.name: each for each in things}
    for name, state in network._full_state().items():
        variables = getattr(named.get(name), "variables", {})
        if isinstance(state, dict):
            yield from (variables[key] for key in state if key in variables)


def _is_followed(thing: Any) -> bool:
    """Say whether an object's attributes are looked into: Brian2's building blocks, ours, and the user's own."""
    if isinstance(thing, OF_BRIAN2):
        return True
    kind = type(thing)
    if isinstance(thing, type | types.ModuleType):
        return False
    return kind.__module__.startswith("brianhw.hardware") or not is_library(kind.__module__)


# -- how to put things back --------------------------------------------------------------------------


def _dict(thing: dict[Any, Any]) -> Undo:
    before = thing.copy()
    values = list(before.values())

    def undo() -> None:
        is_same = len(thing) == len(before) and all(map(is_, thing.values(), values)) and all(map(is_, thing, before))
        if not is_same:
            thing.clear()
            thing.update(before)

    return undo


def _list(thing: Any) -> Undo:
    before = thing[:]

    def undo() -> None:
        thing[:] = before

    return undo


def _deque(thing: deque[Any]) -> Undo:
    before = thing.copy()

    def undo() -> None:
        thing.clear()
        thing.extend(before)

    return undo


def _set(thing: set[Any]) -> Undo:
    before = thing.copy()

    def undo() -> None:
        if thing != before:
            thing.clear()
            thing.update(before)

    return undo


def _array(thing: np.ndarray) -> Undo:
    before = thing.copy()

    def undo() -> None:
        if thing.flags.writeable:
            thing[...] = before

    return undo


def _state(generator: Any) -> Undo:
    before = generator.state
    return lambda: setattr(generator, "state", before)


def _generator(generator: Any) -> Undo:
    get, put = ("get_state", "set_state") if hasattr(generator, "get_state") else ("getstate", "setstate")
    before = getattr(generator, get)()
    return lambda: getattr(generator, put)(before)
