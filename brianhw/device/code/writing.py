"""Writing the text of a model's library: all its generated code in one file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator, c_data_type
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.functions import Function as BrianFunction
from brian2.core.names import Nameable
from brian2.core.variables import ArrayVariable, Constant, DynamicArrayVariable
from brian2.input.timedarray import TimedArray
from brian2.parsing.rendering import CPPNodeRenderer

from brianhw.device.code.blocks import Block
from brianhw.device.code.codeobject import BLOCKS, CompiledCodeObject, StrictCodeObject
from brianhw.device.code.invariant import MEMORY, with_invariants
from brianhw.device.code.naming import Names, name_of_constant
from brianhw.device.code.remainder import with_remainder
from brianhw.device.code.source import (
    ArraySlot,
    Function,
    MemorySlot,
    NumberSlot,
    QueueSlot,
    Slot,
    Source,
    WholeSlot,
)
from brianhw.device.mending.clocks import ANY_CLOCK

__all__ = ["blocks_of", "write_source"]

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
    r"\bstd::(?!abs|floor|ceil|trunc|pow|exp|log(?!ic)|sin|cos|tan|sqrt|max|min|lower_bound|upper_bound|numeric_limits)"
    r"|\b(cout|cerr|endl|printf)\b"
)

# What Brian2 gives each code object of its own: for users' functions.
_BRIAN2_ARITHMETIC = re.compile(r"\b_brian_(mod|floordiv|pow)\b|\b_higher_type\b")

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


def blocks_of(code_objects: Iterable[CompiledCodeObject]) -> list[Block]:
    """Return the blocks of code objects that have something to do."""
    return [
        Block.of(each.name, block, code) for each in code_objects for block in BLOCKS if (code := each.block(block))
    ]


def write_source(
    code_objects: Iterable[CompiledCodeObject],
    blocks: Iterable[Block],
    names: Names,
    headers: Iterable[str],
    written: Collection[str],
    uniform: Collection[str],
    in_order: Mapping[str, Sequence[str]],
) -> Source:
    """Return the single C++ file of a model.

    Parameters
    ----------
    code_objects : iterable of CompiledCodeObject
        In the order of their creation.
    blocks : iterable of Block
        Theirs.
    names : Names
        The names that their code uses.
    headers : iterable of str
        What users' functions include, as they write it after ``#include``.
    written : collection of str
        The names of the arrays that the blocks write, or may write.
    uniform : collection of str
        The names of the arrays that hold one value.
    in_order : mapping of str to sequence of str
        The names of the arrays that code objects, by name, take from copies in the order of their queues.
    """
    code_objects = list(code_objects)
    strict = any(isinstance(each, StrictCodeObject) for each in code_objects)
    writer = _Writer(names, {each.name: each for each in code_objects}, written, uniform, in_order)
    body = "\n".join(writer.function_of(each) for each in blocks)
    text = writer.declarations() + body + writer.tables(strict)
    streams = STREAM_HEADERS if NEEDS_STREAMS.search(text) or headers else ""
    arithmetic = CPPCodeGenerator.universal_support_code if _BRIAN2_ARITHMETIC.search(text) else ""
    user_headers = "".join(f"#include {header}\n" for header in dict.fromkeys(headers))
    draws = DRAWS_HEADER if "brianhw::Chances" in text else ""
    start = (STRICT_HEADER if strict else "") + ARITHMETIC_HEADER + draws + user_headers + START + arithmetic
    return Source(
        HEADERS + streams + start + text,
        len(writer.known),
        tuple(writer.functions),
        tuple(sorted(writer.static_arrays)),
        writer.static_arrays,
        tuple(writer.copies),
        strict,
        frozenset(names.arrays[each] for each in writer.inputs),
    )


@dataclass
class _Writer:
    names: Names
    code_objects: dict[str, CompiledCodeObject]
    written: Collection[str]
    uniform: Collection[str]
    in_order: Mapping[str, Sequence[str]]
    known: dict[Any, int] = field(default_factory=dict)  # what a function's text is made of: its number
    functions: list[Function] = field(default_factory=list)
    static_arrays: dict[str, np.ndarray] = field(default_factory=dict)
    copies: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)  # names of arrays that kept values are computed from
    _noted: dict[str, np.ndarray] = field(default_factory=dict)
    _own_names: dict[str, str] = field(default_factory=dict)
    _symbols: list[str] = field(default_factory=list)

    def function_of(self, block: Block) -> str:
        """Return the C++ of a block, empty if an equal one has been written."""
        code_object = self.code_objects[block.code_object]
        slots = _Slots(self.names)
        for name, variable in sorted(code_object.variables.items()):
            if isinstance(variable, BrianFunction):
                self._note_namespace(code_object, variable)
            elif isinstance(variable, ArrayVariable):
                slots.add_array(name, variable)
            elif isinstance(variable, Constant):
                slots.add_constant(name, variable)
        body = block.body_with(self.uniform, self.in_order.get(block.code_object, ()))
        kept = with_invariants(body, slots.lines, self._is_constant, _functions_of_script(code_object))
        self.inputs |= kept.inputs
        body = slots.with_own_names(kept.body)
        if "const int64_t N = 1;" not in slots.lines:
            body = with_remainder(body, not isinstance(code_object, StrictCodeObject))
        body = slots.with_memory(body, kept.number)
        text = self._with_own_names(block.support), self._with_own_names(body), tuple(slots.lines)
        number = self.known.setdefault(text, len(self.known))
        self.functions.append(Function(block.code_object, block.name, number, block.is_divided, tuple(slots.slots)))
        if number < len(self._symbols):
            return ""
        self._symbols.append(f"code_{block.code_object}_{block.name}::{block.name}")
        support, body, lines = text
        body = body.replace("%CONSTANTS%", "\n    ".join(lines))
        # each in a namespace of its own, also the blocks, since both have the same support code;
        # the compiler's messages name the code object instead of a line in a long file
        return (
            f'#line 1 "{block.code_object}.code"\n'
            f"namespace code_{block.code_object}_{block.name} {{\n{support}\n{body}\n}}\n"
        )

    def _is_constant(self, array: str) -> bool:
        """Say whether an array stays as it is while the loop over time runs."""
        variable = self.names.arrays.get(array)
        if variable is None or array in self.written:
            return False
        # the loop moves clocks on
        return not isinstance(variable.owner, ANY_CLOCK) or variable.name == "dt"

    def _note_namespace(self, code_object: CompiledCodeObject, function: BrianFunction) -> None:
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

    def declarations(self) -> str:
        lines = ["namespace brian {", "static brianhw::Random* _random_generators;"]
        lines += [f"static {c_data_type(values.dtype)}* {name};" for name, values in sorted(self.static_arrays.items())]
        return "\n".join([*lines, "}"]) + "\n\n"

    def tables(self, strict: bool) -> str:
        bind = "\n".join(
            f"    brian::{name} = static_cast<{c_data_type(values.dtype)}*>(table[{k}]);"
            for k, (name, values) in enumerate(sorted(self.static_arrays.items()))
        )
        return f"""
#line 1 "tables"
EXPORT void (*const brianhw_functions[])(const brianhw::Slot*, brianhw::Share&) = {{{", ".join(self._symbols) or "0"}}};

EXPORT void brianhw_bind(void* const* table, void* random, const brianhw::CoreFunctions* core) {{
{bind}
    brian::_random_generators = static_cast<brianhw::Random*>(random);
    brianhw_core = *core;
}}
{NUMPY_TABLE if strict else ""}"""


def _functions_of_script(code_object: CompiledCodeObject) -> set[str]:
    """Return what functions that are not Brian2's own are called in C++; one may be called ``power``."""
    own = {
        name: each
        for name, each in code_object.variables.items()
        if isinstance(each, BrianFunction) and each is not DEFAULT_FUNCTIONS.get(name)
    }
    return {*own, *(each.implementations[type(code_object)].name or name for name, each in own.items())}


class _Slots:
    """What one function finds in its slots, and the lines in which it takes it from there.

    Names of objects do not appear in its text, so that equal groups have equal functions.
    """

    _NAME = re.compile(r"\b(_ptr|_dynamic)?(_array_\w+|_queue_\w+)\b")

    def __init__(self, names: Names) -> None:
        self._names = names
        self.slots: list[Slot] = []
        self.lines: dict[str, None] = {}
        self._own: dict[str, str] = {}  # an array can be known under two names

    def _new(self, slot: Slot) -> str:
        self.slots.append(slot)
        return f"_slots[{len(self.slots) - 1}]"

    def add_array(self, name: str, variable: ArrayVariable) -> None:
        """Give a variable's values to the function."""
        array = self._names.array(variable)
        c_type = c_data_type(variable.dtype)
        is_known = array in self._own
        own = self._own.setdefault(array, f"_array_{name}")
        if not isinstance(variable, DynamicArrayVariable):
            if not is_known:
                self._line(f"{c_type}* const {own} = static_cast<{c_type}*>({self._new(ArraySlot(variable))}.pointer)")
            self._line(f"const size_t _num{name} = {self._whole(variable.size)}")
            return
        kind = f"brianhw::{'Vector' if variable.ndim == 1 else 'Matrix'}<{c_type}>"
        if not is_known:
            slot = self._new(ArraySlot(variable))
            self._line(f"{kind}& _dynamic{own} = *static_cast<{kind}*>({slot}.pointer)")
            if variable.ndim == 1:
                self._line(f"{c_type}* const {own} = _dynamic{own}.data()")
        if variable.ndim == 1:
            self._line(f"const size_t _num{name} = _dynamic{own}.size()")

    def add_constant(self, name: str, constant: Constant) -> None:
        """Give a constant to the function."""
        c_type = c_data_type(constant.dtype)
        if np.issubdtype(constant.dtype, np.floating):
            # so that another value needs no compilation
            value = f"{self._new(NumberSlot(float(constant.value)))}.number"
        elif constant.owner is not None and np.issubdtype(
            constant.dtype, np.integer
        ):  # Brian2's own, such as a group's size
            value = self._whole(int(constant.value))
        else:
            value = CPPNodeRenderer().render_expr(repr(constant.value))
        self._line(f"const {c_type} {name_of_constant(name, constant)} = {value}")

    def _whole(self, value: int) -> str:
        # one thing needs no loop
        return str(value) if value == 1 else f"{self._new(WholeSlot(int(value)))}.whole"

    def with_memory(self, body: str, n_values: int) -> str:
        """Return a function's text with the place of what it keeps, which is behind all other slots."""
        return body.replace(MEMORY, self._new(MemorySlot(n_values))) if n_values else body

    def _line(self, line: str) -> None:
        self.lines[f"{line};"] = None

    def with_own_names(self, body: str) -> str:
        """Return a function's text with its own names for arrays and queues."""
        return self._NAME.sub(self._own_name, body)

    def _own_name(self, word: re.Match[str]) -> str:
        own = self._own.get(word[2])
        if own is None and word[2] in self._names.queues:
            own = self._own[word[2]] = f"_queue_{len(self._own)}"
            slot = self._new(QueueSlot(self._names.queues[word[2]]))
            self._line(f"void* const {own} = {slot}.pointer")
        return word[0] if own is None else f"{word[1] or ''}{own}"
