"""A model's library, loaded and bound to the model's arrays."""

from __future__ import annotations

import ctypes
import itertools
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable

from brianhw.device.code.naming import Names
from brianhw.device.code.source import Source
from brianhw.device.core import numpy_loops
from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.compiled import Core, pointer
from brianhw.errors import ThreadsError

__all__ = ["Program"]

_numbers = itertools.count()


class Program:
    """A loaded library with the arrays of one model.

    The library itself holds nothing but addresses, so it may serve several models: whichever runs binds it to its
    own arrays first.

    Parameters
    ----------
    library : ctypes.CDLL
        The compiled source.
    source : Source
        Its text and tables.
    core : Core
        The compiled core.
    names : Names
        What the names in the text stand for.
    arrays : mapping
        Variable to its values, a NumPy array or a GrowableArray.
    constants : array of float64
        The values of the constants, in the order of the source's table.
    random : array
        The state of the random numbers.
    """

    def __init__(
        self,
        library: ctypes.CDLL,
        source: Source,
        core: Core,
        names: Names,
        arrays: Mapping[ArrayVariable, np.ndarray | GrowableArray],
        constants: np.ndarray,
        random: np.ndarray,
    ) -> None:
        self.library, self.source, self.core = library, source, core
        self.constants, self.random = constants, random
        self.uses_random = "_random_generators[" in source.text
        self.uses_threads = "#pragma omp" in source.text
        #: The variables whose values the code uses.
        self.variables = [names.arrays[name] for name in source.bindings if name in names.arrays]
        values = [self._value(name, names, arrays) for name in source.bindings]
        self._alive = values
        addresses = [_address(value) for value in values]
        self._table = (ctypes.c_void_p * max(1, len(addresses)))(*addresses)
        functions = (ctypes.c_void_p * max(1, len(source.functions))).in_dll(library, "brianhw_functions")
        self.functions = dict(zip(source.functions, functions, strict=False))
        self._number = next(_numbers)
        if source.strict:
            library.brianhw_use_numpy(numpy_loops.table())

    def _value(self, name: str, names: Names, arrays: Mapping[ArrayVariable, Any]) -> Any:
        if name in names.arrays:
            return arrays[names.arrays[name]]
        return names.queues[name].queue if name in names.queues else self.source.static_arrays[name]

    def bind(self) -> None:
        """Point the library at this model's arrays.

        Raises
        ------
        ThreadsError
            If it uses threads, and they are those of the process that this one was forked from.
        """
        if self.uses_threads:
            _check_threads()
        for copy, live in self.source.copies:
            np.copyto(copy, live)
        if vars(self.library).get("bound_to") != self._number:
            self.library.brianhw_bind(
                self._table,
                ctypes.c_void_p(pointer(self.random)),
                ctypes.c_void_p(pointer(self.constants)),
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
        failed = self.core.call(function, message, len(message))
        return (message.value.decode(errors="replace") or "C++ exception") if failed else ""


_process_with_threads: list[int] = []


def _check_threads() -> None:
    if not _process_with_threads:
        _process_with_threads.append(os.getpid())
    elif _process_with_threads[0] != os.getpid():
        raise ThreadsError(
            "This process was forked from one that has run OpenMP threads, which a fork does not have: the simulation "
            "would wait for them for ever. Start processes with multiprocessing.get_context('spawn'), or run without "
            "threads (openmp_threads=0)."
        )


def _address(value: Any) -> int:
    if isinstance(value, GrowableArray):
        return ctypes.addressof(value.header)
    if isinstance(value, np.ndarray):
        return pointer(value)
    address: int = value.address  # of a queue
    return address
