"""A model's library: all its generated code in one file, compiled, loaded and bound to the model's arrays."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.functions import Function
from brian2.core.names import Nameable
from brian2.core.variables import ArrayVariable, Constant, DynamicArrayVariable
from brian2.input.timedarray import TimedArray
from brian2.parsing.rendering import CPPNodeRenderer

from brianhw.device import numpy_loops
from brianhw.device.arrays import GrowableArray
from brianhw.device.codeobject import BLOCKS, CompiledCodeObject, StrictCodeObject
from brianhw.device.core import Core, pointer
from brianhw.device.naming import Names
from brianhw.device.rendering import cpp_name
from brianhw.errors import ThreadsError

__all__ = ["Program", "Source", "write_source"]

HEADERS = """\
#include <algorithm>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include "brianhw_core.h"
#include "brianhw_random.h"
#include "stdint_compat.h"
"""
# What Brian2's own files include for the functions that users write; they take a third of a second to read.
STREAM_HEADERS = "#include <ctime>\n#include <fstream>\n#include <iostream>\n#include <string>\n#include <vector>\n"
# A name that a user chose is left alone: it may also be that of something else in the code.
_CHOSEN_BY_BRIAN2 = re.compile(r"(_timedarray|(_|poissoninput_)binomial)(_\d+)?")
_WORD = re.compile(r"[A-Za-z_]\w*")
NEEDS_STREAMS = re.compile(
    r"\bstd::(?!abs|floor|ceil|trunc|pow|max|min|lower_bound|upper_bound|numeric_limits)|\b(cout|cerr|endl|printf)\b"
)

STRICT_HEADER = '#include "brianhw_numpy.h"\n'
ARITHMETIC_HEADER = '#include "brianhw_arithmetic.h"\n'  # after NumPy's functions, which it uses in strict code
START = """\
#define EXPORT extern "C" __attribute__((visibility("default")))

static brianhw::CoreFunctions brianhw_core;

void brianhw::grow(brianhw::ArrayHeader& array, int64_t rows) {
    // the first time Python may run a signal handler instead, if that raises
    for (int attempt = 0; attempt < 2 && array.capacity < rows; attempt++) brianhw_core.grow(&array, rows);
    if (array.capacity < rows) throw std::bad_alloc();
}

"""
NUMPY_TABLE = """
EXPORT void brianhw_use_numpy(const brianhw::NumpyLoops* loops) { _numpy_loops = loops; }
"""


@dataclass(frozen=True)
class Source:
    """The text of a model's library and what its tables hold.

    Attributes
    ----------
    text : str
        C++.
    bindings : tuple of str
        Names, in the order of the table of addresses.
    static_arrays : dict
        Name to the array of a function's namespace, such as a TimedArray's values.
    copies : tuple of (array, array)
        Static arrays that are copies, since what they stand for does not lie in C order; and what that is.
    constants : tuple of (str, str)
        Code object and name of each floating-point constant, in the order of their table.
    functions : tuple of (str, str)
        Code object and block of each function, in the order of their table.
    strict : bool
        Whether it uses NumPy's loops.
    """

    text: str
    bindings: tuple[str, ...]
    static_arrays: Mapping[str, np.ndarray]
    copies: tuple[tuple[np.ndarray, np.ndarray], ...]
    constants: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, str], ...]
    strict: bool


def write_source(code_objects: Iterable[CompiledCodeObject], names: Names, headers: Iterable[str]) -> Source:
    """Return the single C++ file of a model.

    Parameters
    ----------
    code_objects : iterable of CompiledCodeObject
        In the order of their creation.
    names : Names
        The names that their code uses.
    headers : iterable of str
        What users' functions include, as they write it after ``#include``.
    """
    code_objects = list(code_objects)
    strict = any(isinstance(each, StrictCodeObject) for each in code_objects)
    writer = _Writer(names)
    body = "\n".join(part for each in code_objects for part in writer.functions_of(each))
    text = writer.declarations() + body + writer.tables(strict)
    streams = STREAM_HEADERS if NEEDS_STREAMS.search(text) or headers else ""
    user_headers = "".join(f"#include {header}\n" for header in dict.fromkeys(headers))
    return Source(
        HEADERS + streams + (STRICT_HEADER if strict else "") + ARITHMETIC_HEADER + user_headers + START + text,
        tuple(writer.bindings),
        writer.static_arrays,
        tuple(writer.copies),
        tuple(writer.constants),
        tuple(writer.functions),
        strict,
    )


@dataclass
class _Writer:
    names: Names
    used: dict[str, ArrayVariable] = field(default_factory=dict)
    static_arrays: dict[str, np.ndarray] = field(default_factory=dict)
    copies: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    _noted: dict[str, np.ndarray] = field(default_factory=dict)
    _own_names: dict[str, str] = field(default_factory=dict)
    bindings: list[str] = field(default_factory=list)
    constants: list[tuple[str, str]] = field(default_factory=list)
    functions: list[tuple[str, str]] = field(default_factory=list)

    def functions_of(self, code_object: CompiledCodeObject) -> Iterable[str]:
        blocks = [(block, code_object.block(block)) for block in BLOCKS]
        blocks = [(block, code) for block, code in blocks if code]
        if not blocks:
            return
        constants = "\n".join(self._constants_of(code_object))
        for block, code in blocks:
            self.functions.append((code_object.name, block))
            # each in a namespace of its own, also the blocks, since both have the same support code
            code = self._with_own_names(code).replace("%CONSTANTS%", constants)
            # the compiler's messages name the code object instead of a line in a long file
            yield f'#line 1 "{code_object.name}.code"\nnamespace code_{code_object.name}_{block} {{\n{code}\n}}\n'

    def _constants_of(self, code_object: CompiledCodeObject) -> list[str]:
        lines: dict[str, None] = {}  # an array can be known under two names
        for name, variable in code_object.variables.items():
            if isinstance(variable, Function):
                self._note_namespace(code_object, variable)
            elif isinstance(variable, ArrayVariable):
                lines.update(dict.fromkeys(self._array_lines(name, variable)))
            elif isinstance(variable, Constant):
                lines[self._constant_line(code_object.name, name, variable)] = None
        return list(lines)

    def _note_namespace(self, code_object: CompiledCodeObject, function: Function) -> None:
        implementation = function.implementations[type(code_object)]
        if isinstance(function, Nameable) and _CHOSEN_BY_BRIAN2.fullmatch(function.name):
            self._number(function)
        for name, value in (implementation.get_namespace(code_object.owner) or {}).items():
            if not hasattr(value, "dtype"):
                raise NotImplementedError(f"The C++ function {function.name!r} needs the Python object {name!r}.")
            known = self._noted.setdefault(name, value)
            if known is not value and not np.shares_memory(known, value):
                raise NotImplementedError(f"Two C++ functions have different arrays under the name {name!r}.")
            name = self._own_names.get(name, name)
            if name not in self.static_arrays:
                self.static_arrays[name] = self._in_c_order(function, value)
        for dependency in (implementation.dependencies or {}).values():
            self._note_namespace(code_object, dependency)

    def _number(self, function: Any) -> None:
        """Give a TimedArray, say, a name that does not count how many the process has made before."""
        if function.name not in self._own_names:
            own = f"_{type(function).__name__.lower()}_{len(self._own_names)}"
            for pattern in ("{}", "{}_values", "_namespace{}_values"):  # as Brian2's code writes them
                self._own_names[pattern.format(function.name)] = pattern.format(own)

    def _with_own_names(self, code: str) -> str:
        names = self._own_names
        return _WORD.sub(lambda word: names.get(word[0], word[0]), code) if names else code

    def _in_c_order(self, function: Function, value: np.ndarray) -> np.ndarray:
        array = np.ascontiguousarray(value)
        # Brian2's C++ namespace of a TimedArray may itself hold a copy
        live = function.values if isinstance(function, TimedArray) else value
        if not np.may_share_memory(array, live) and array.size == live.size:
            self.copies.append((array.reshape(live.shape), live))
        return array

    def _array_lines(self, name: str, variable: ArrayVariable) -> Iterable[str]:
        array = self.names.array(variable)
        self.used[array] = variable
        if not isinstance(variable, DynamicArrayVariable):
            yield f"const size_t _num{name} = {variable.size};"
        elif variable.ndim == 1:
            yield f"{c_data_type(variable.dtype)}* const {array} = _dynamic{array}.data();"
            yield f"const size_t _num{name} = _dynamic{array}.size();"

    def _constant_line(self, code_object: str, name: str, constant: Constant) -> str:
        c_type = c_data_type(constant.dtype)
        if np.issubdtype(constant.dtype, np.floating):
            # read from a table, so that another value needs no compilation
            self.constants.append((code_object, name))
            return f"const {c_type} {cpp_name(name)} = _constants[{len(self.constants) - 1}];"
        return f"const {c_type} {cpp_name(name)} = {CPPNodeRenderer().render_expr(repr(constant.value))};"

    def declarations(self) -> str:
        lines = ["namespace brian {", "static brianhw::Random* _random_generators;", "static double* _constants;"]
        bind = []
        for array, variable in sorted(self.used.items()):
            c_type = c_data_type(variable.dtype)
            if isinstance(variable, DynamicArrayVariable):
                kind = f"brianhw::{'Vector' if variable.ndim == 1 else 'Matrix'}<{c_type}>"
                lines.append(f"static {kind}* _header{array};\n#define _dynamic{array} (*brian::_header{array})")
                bind.append((array, f"_header{array}", f"{kind}*"))
            else:
                lines.append(f"static {c_type}* {array};")
                bind.append((array, array, f"{c_type}*"))
        for name, values in sorted(self.static_arrays.items()):
            c_type = c_data_type(values.dtype)
            lines.append(f"static {c_type}* {name};")
            bind.append((name, name, f"{c_type}*"))
        for name in sorted(self.names.queues):
            lines.append(f"static void* {name};")
            bind.append((name, name, "void*"))
        self.bindings = [name for name, _, _ in bind]
        lines.append("}")
        self._bind = "\n".join(
            f"    brian::{target} = static_cast<{kind}>(table[{k}]);" for k, (_, target, kind) in enumerate(bind)
        )
        return "\n".join(lines) + "\n\n"

    def tables(self, strict: bool) -> str:
        functions = ", ".join(f"code_{name}_{block}::{block}" for name, block in self.functions)
        return f"""
#line 1 "tables"
EXPORT void (*const brianhw_functions[])() = {{{functions or "0"}}};

EXPORT void brianhw_bind(void* const* table, void* random, double* constants, const brianhw::CoreFunctions* core) {{
{self._bind}
    brian::_random_generators = static_cast<brianhw::Random*>(random);
    brian::_constants = constants;
    brianhw_core = *core;
}}
{NUMPY_TABLE if strict else ""}"""


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
