"""Arrays that hold one value for all elements, which compiled code reads once instead of for each.

A parameter such as a time constant is an array for Brian2, and mostly holds one value. Read once, it is a constant of
the loop, and so is what is computed from it: exponentials and divisions, which cost more than all else in a neuron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from weakref import WeakSet

import numpy as np
from brian2.core.variables import ArrayVariable

from brianhw.device.code.blocks import Block
from brianhw.device.core.memory import Memory

__all__ = ["UniformArrays"]


class UniformArrays:
    """The arrays of a network that hold one value and are only read.

    An array that has turned out to vary is not asked again. Who has made two arrays vary will go on: then all are read
    for each element, so that no network is compiled more than three times for this.

    Parameters
    ----------
    memory : Memory
        The values of all variables.
    blocks : iterable of Block
        The network's code.
    written : set of str
        The names of the arrays that it writes, or may write.
    arrays : mapping of str to ArrayVariable
        The names of arrays in it.
    """

    def __init__(
        self, memory: Memory, blocks: Iterable[Block], written: Set[str], arrays: Mapping[str, ArrayVariable]
    ) -> None:
        self._memory = memory
        read = set().union(*(each.read() for each in blocks if each.may_read_once))
        #: The variables that the code may write.
        self.written = [arrays[name] for name in sorted(written) if name in arrays]
        self._names = {
            arrays[name]: name
            for name in sorted(read - written)
            if arrays[name] not in _varied and self._is_worth_it(arrays[name])
        }
        self._watcher = memory.watch(self._names)
        self._has_changed = False

    @property
    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset(self._names.values())

    def _bits(self, variable: ArrayVariable) -> np.ndarray:
        values = self._memory.values_of(variable)
        return values.view(f"u{values.dtype.itemsize}")  # -0.0 is not 0.0

    def _is_worth_it(self, variable: ArrayVariable) -> bool:
        bits = self._bits(variable)
        if variable.scalar or not len(bits):
            return False
        # what is zero everywhere has probably not been given its values yet; a single one cannot differ from others
        return len(bits) == 1 or bool(bits[0] != 0 and _is_one(bits))

    def still_hold(self) -> bool:
        """Say whether all that were uniform still are; forget those that are not."""
        if not self._watcher.changed:
            return True
        varied = [each for each in self._watcher.changed if each in self._names and not _is_one(self._bits(each))]
        self._watcher.settle()
        if not varied:
            return True
        if self._has_changed:
            varied = list(self._names)
        self._has_changed = True
        _varied.update(varied)
        for each in varied:
            del self._names[each]
        return False


def _is_one(bits: np.ndarray) -> bool:
    return len(bits) > 0 and bool(bits[0] == bits[-1]) and bool((bits == bits[0]).all())


_varied: WeakSet[ArrayVariable] = WeakSet()
