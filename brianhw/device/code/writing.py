"""Writing the text of a model's library: all its generated code in one file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.functions import Function
from brian2.core.names import Nameable
from brian2.core.variables import ArrayVariable, Constant, DynamicArrayVariable
from brian2.input.timedarray import TimedArray
from brian2.parsing.rendering import CPPNodeRenderer

from brianhw.device.code.codeobject import BLOCKS, CompiledCodeObject, StrictCodeObject
from brianhw.device.code.naming import Names, cpp_name
from brianhw.device.code.source import Source

__all__ = ["write_source"]

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
DRAWS_HEADER = '#include "brianhw_draws.h"\n'
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
    draws = DRAWS_HEADER if "brianhw::Chances" in text else ""
    user_headers = "".join(f"#include {header}\n" for header in dict.fromkeys(headers))
    return Source(
        HEADERS + streams + (STRICT_HEADER if strict else "") + ARITHMETIC_HEADER + draws + user_headers + START + text,
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
