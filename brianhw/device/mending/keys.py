"""Keys of Brian2's caches of parsed code, made once for each variable instead of at each call.

For each statement that Brian2 translates, it makes a key of all variables that the statement may use, each of a dozen
attributes, to look up whether it has translated the statement before: three quarters of the time in which it generates
code. Nearly all variables are as they were. So the key of an object is kept, with what it was made of, and knows its
hash. Keys stay equal to Brian2's own in every respect; it can go when Brian2 makes its keys in another way.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from operator import is_
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Dimension
from brian2.utils import caching

__all__ = ["key_of", "quicken"]

_ATOMS = frozenset([str, bool, int, float, type(None)])  # they are their own keys
_UNCHANGING = (*_ATOMS, type, np.dtype, np.generic, Dimension)
MOST = 10_000  # keys and objects remembered; a large model has some thousands

_theirs: Callable[[Any], Any] = caching._hashable
_keys: dict[_Key, _Key] = {}  # equal keys are one object, for dictionaries to compare at once
_remembered: dict[int, _Memory] = {}  # by the identity of the object


class _Key(tuple):  # noqa: SLOT001 (a tuple can have no slots)
    """A tuple that knows its hash."""

    hash: int

    def __hash__(self) -> int:
        return self.hash


class _Memory:
    """The key of an object, and what has to be as it was for the key to be the same."""

    __slots__ = ("_devices", "_names", "_others", "_sets", "_values", "key", "thing")

    def __init__(self, thing: Any, key: _Key, forget: Callable[[Any], None]) -> None:
        attributes = vars(thing)
        self.thing, self.key = weakref.ref(thing, forget), key
        self._names, self._values = list(attributes), list(attributes.values())
        self._sets = [(each, set(each)) for each in self._values if type(each) is set]
        with_state = [each for each in self._values if hasattr(each, "_state_tuple")]
        self._others = [(each, key_of(each)) for each in with_state if _has_state_of_attributes(type(each))]
        self._devices = [(each, each._state_tuple) for each in with_state if not _has_state_of_attributes(type(each))]

    def holds(self, thing: Any) -> bool:
        """Say whether *thing* is the object, and as it was."""
        attributes = thing.__dict__
        if (
            self.thing() is not thing
            or self._names != list(attributes)
            or not all(map(is_, self._values, attributes.values()))
        ):
            return False
        for values, before in self._sets:
            if values != before:
                return False
        for device, state in self._devices:
            if device._state_tuple is not state:
                return False
        for other, key in self._others:  # noqa: SIM110 (all of a generator takes twice as long)
            if key_of(other) is not key:
                return False
        return True


def key_of(thing: Any) -> Any:
    """Return what stands for *thing* in the key of a cache, equal to what Brian2 has for it.

    Raises
    ------
    TypeError
        As Brian2, if there is no such thing.
    """
    kind = type(thing)
    if kind in _ATOMS:
        return thing
    memory = _remembered.get(id(thing))
    if memory is not None and memory.holds(thing):
        return memory.key
    if not _has_state_of_attributes(kind):
        return _theirs(thing)
    key = _interned(_Key(_theirs(thing._state_tuple)))
    if all(map(_is_followed, _relevant(thing))):
        _remember(thing, key)
    return key


def _has_state_of_attributes(kind: type) -> bool:
    """Say whether the objects of a class are what their attributes are, by Brian2's own rule."""
    return getattr(kind, "_state_tuple", None) is caching.CacheKey._state_tuple


def _interned(key: _Key) -> _Key:
    key.hash = tuple.__hash__(key)
    if len(_keys) > MOST:
        _keys.clear()
    return _keys.setdefault(key, key)


def _remember(thing: Any, key: _Key) -> None:
    number, remembered = id(thing), _remembered  # bound here: objects may go when Python ends, and modules before them

    def forget(gone: weakref.ref[Any]) -> None:
        memory = remembered.get(number)
        if memory is not None and memory.thing is gone:
            del remembered[number]

    if len(_remembered) > MOST:
        _remembered.clear()
    _remembered[number] = _Memory(thing, key, forget)


def _relevant(thing: Any) -> list[Any]:
    return [value for name, value in vars(thing).items() if name not in thing._cache_irrelevant_attributes]


def _is_followed(value: Any) -> bool:
    """Say whether a change of an attribute's value would be seen by :class:`_Memory`."""
    if isinstance(value, _UNCHANGING) or _has_state_of_attributes(type(value)):
        return True
    if type(value) is set:
        return all(type(each) in _ATOMS for each in value)
    state = getattr(value, "_state_tuple", None)  # a device has one, which does not change
    return type(state) is tuple and all(type(each) in _ATOMS for each in state)


def quicken() -> None:
    """Let Brian2 make its keys so."""
    caching._hashable = key_of
