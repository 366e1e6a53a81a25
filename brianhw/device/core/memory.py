"""The values of all variables, and who may have changed them.

Code is made for what values are: for delays, which the queues of spikes are sorted by, and for arrays that hold one
value. To compare all of them before each run takes longer than a short run. So an array is handed out as a view that is
its own: what nobody has been given since, and nobody holds, is what it was.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable

from brianhw.device.core.arrays import GrowableArray, outlet_of

__all__ = ["Memory", "Watcher"]


class Memory(weakref.WeakKeyDictionary[ArrayVariable, Any]):
    """The values of each variable: an array, or a GrowableArray.

    What is in here is for reading and for the device's own writing, of which it :meth:`tells`; everybody else gets what
    :meth:`hand_out` returns.
    """

    def __init__(self) -> None:
        super().__init__()
        self._outlets: weakref.WeakKeyDictionary[ArrayVariable, np.ndarray] = weakref.WeakKeyDictionary()
        self._watchers: weakref.WeakKeyDictionary[Any, list[weakref.ref[Watcher]]] = weakref.WeakKeyDictionary()
        self.watchings = 0  # how often somebody has begun to watch

    def values_of(self, variable: ArrayVariable) -> np.ndarray:
        """Return a variable's values, for reading."""
        array = self[variable]
        values: np.ndarray = array.values if isinstance(array, GrowableArray) else array
        return values

    def hand_out(self, variable: ArrayVariable) -> np.ndarray:
        """Return a variable's values for somebody who may change them, now or later."""
        array = self[variable]
        self.tell(variable)
        if isinstance(array, GrowableArray):
            return array.data
        outlet = self._outlets.get(variable)
        if outlet is None:
            outlet = self._outlets[variable] = outlet_of(array)
        return outlet

    def tell(self, variable: ArrayVariable) -> None:
        """Tell who watches it that a variable's values may have changed."""
        watchers = self._watchers.get(variable)
        if watchers is not None:
            for each in watchers:
                watcher = each()
                if watcher is not None:
                    watcher.changed.add(variable)

    def is_held(self, variable: ArrayVariable) -> bool:
        """Say whether somebody holds a view of a variable's values."""
        array = self.get(variable)
        if isinstance(array, GrowableArray):
            return array.is_held
        outlet = self._outlets.get(variable)
        return outlet is not None and sys.getrefcount(outlet) > _NOT_HELD

    def watch(self, variables: Iterable[ArrayVariable]) -> Watcher:
        """Return what hears of changes of variables from now on; whoever holds them now may change them, too."""
        watcher = Watcher(self)
        for variable in variables:
            known = [each for each in self._watchers.get(variable, ()) if each() is not None]
            self._watchers[variable] = [*known, weakref.ref(watcher)]
            array = self[variable]
            if isinstance(array, GrowableArray):
                array.tell = _Telling(self, variable)
            watcher.changed.add(variable)
        self.watchings += 1
        watcher.settle()
        return watcher

    def watched(self, variables: Iterable[ArrayVariable]) -> list[ArrayVariable]:
        """Return those of the variables that somebody watches."""
        return [each for each in variables if each in self._watchers]


class _Telling:
    """Tells of changes of an array that is used without the device being asked."""

    def __init__(self, memory: Memory, variable: ArrayVariable) -> None:
        self._memory, self._variable = weakref.ref(memory), weakref.ref(variable)

    def __call__(self) -> None:
        memory, variable = self._memory(), self._variable()
        if memory is not None and variable is not None:
            memory.tell(variable)


class Watcher:
    """Hears which variables somebody may have changed.

    Attributes
    ----------
    changed : set of ArrayVariable
        Those that may have changed since :meth:`settle`.
    """

    def __init__(self, memory: Memory) -> None:
        self.changed: set[ArrayVariable] = set()
        self._memory = memory

    def settle(self) -> None:
        """Take note that the changes have been seen. What somebody holds may change again without a word."""
        if self.changed:
            self.changed = {each for each in self.changed if self._memory.is_held(each)}


def _references() -> int:
    """Return how many references `is_held` finds where nobody else has one."""
    outlets = {0: np.zeros(1)}
    outlet = outlets.get(0)
    return sys.getrefcount(outlet)


_NOT_HELD = _references()
