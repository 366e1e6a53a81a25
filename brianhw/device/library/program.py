"""A model's library, loaded and bound to the model's arrays."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from brian2.core.variables import ArrayVariable

from brianhw.device.code.source import ArraySlot, MemorySlot, NumberSlot, QueueSlot, Slot, Source, WholeSlot
from brianhw.device.core import numpy_loops
from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.compiled import Core, pointer

__all__ = ["Bound", "Program"]

_numbers = itertools.count()


class Bound(NamedTuple):
    """A function of a library and its slots, by their addresses, and whether it can be done in shares."""

    address: int
    slots: int
    is_divided: bool


class Program:
    """A loaded library with the arrays of one model.

    The library itself holds nothing but the addresses of static arrays, so it may serve several models: whichever runs
    binds it to its own first. All else that a function needs it finds in its slots.

    Parameters
    ----------
    library : ctypes.CDLL
        The compiled source.
    source : Source
        Its text and tables.
    core : Core
        The compiled core.
    arrays : mapping
        Variable to its values, a NumPy array or a GrowableArray.
    random : array
        The state of the random numbers.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        source: Source,
        core: Core,
        arrays: Mapping[ArrayVariable, np.ndarray | GrowableArray],
        random: np.ndarray,
    ) -> None:
        # not the source: its slots hold pathways, which Brian2 has to be free to forget
        self.library, self.core, self.random = library, core, random
        self.copies, self.strict = source.copies, source.strict
        self.uses_random = "_random_generators[" in source.text or "_share.key" in source.text
        table = _Table(arrays)
        offsets = [table.add(each.slots) for each in source.functions]
        #: The variables whose values the code uses.
        self.variables = list(table.variables)
        self._slots = table.filled()
        self._alive = [table.kept, *source.static_arrays.values()]
        addresses = (ctypes.c_void_p * max(1, source.n_functions)).in_dll(library, "brianhw_functions")
        self.functions = {
            (each.code_object, each.block): Bound(
                addresses[each.number] or 0, pointer(self._slots) + 8 * offset, each.is_divided
            )
            for each, offset in zip(source.functions, offsets, strict=True)
        }
        statics = [pointer(source.static_arrays[name]) for name in source.bindings]
        self._statics = (ctypes.c_void_p * max(1, len(statics)))(*statics)
        self._number = next(_numbers)
        if source.strict:
            library.brianhw_use_numpy(numpy_loops.table())

    def bind(self) -> None:
        """Point the library at this model's static arrays."""
        for copy, live in self.copies:
            np.copyto(copy, live)
        if vars(self.library).get("bound_to") != self._number:
            self.library.brianhw_bind(
                self._statics,
                ctypes.c_void_p(pointer(self.random)),
                ctypes.byref(self.core.functions),
            )
            vars(self.library)["bound_to"] = self._number

    def call(self, code_object: str, block: str) -> str:
        """Call one function; return the message of a C++ exception, or nothing."""
        function = self.functions.get((code_object, block))
        if function is None:
            return ""
        self.bind()
        message = ctypes.create_string_buffer(1000)
        failed = self.core.call(function.address, function.slots, message, len(message))
        return (message.value.decode(errors="replace") or "C++ exception") if failed else ""


class _Table:
    """The slots of all functions, one after the other."""

    def __init__(self, arrays: Mapping[ArrayVariable, np.ndarray | GrowableArray]) -> None:
        self._arrays = arrays
        self._values: list[int] = []
        self.variables: dict[ArrayVariable, None] = {}
        self.kept: list[Any] = []  # whose addresses are in the table

    def add(self, slots: Iterable[Slot]) -> int:
        """Add the slots of a function; return where they begin."""
        begin = len(self._values)
        for slot in slots:
            self._values.extend(self._words(slot))
        return begin

    def _words(self, slot: Slot) -> list[int]:
        if isinstance(slot, MemorySlot):
            return [0] * (1 + slot.n_values)
        if isinstance(slot, WholeSlot):
            return [slot.value]
        if isinstance(slot, NumberSlot):
            return [int(np.float64(slot.value).view(np.int64))]
        return [self._address(slot)]

    def _address(self, slot: QueueSlot | ArraySlot) -> int:
        if isinstance(slot, QueueSlot):
            queue = slot.pathway.queue
            self.kept.append(queue)
            address: int = queue.address
            return address
        array = self._arrays[slot.variable]
        self.variables[slot.variable] = None
        self.kept.append(array)
        return ctypes.addressof(array.header) if isinstance(array, GrowableArray) else pointer(array)

    def filled(self) -> np.ndarray:
        """Return it as an array."""
        return np.array(self._values or [0], dtype=np.int64)
