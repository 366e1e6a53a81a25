"""Brian2's C++ generator, made to compute as NumPy does, in a form that compilers turn into vector instructions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.core.functions import Function
from brian2.core.variables import ArrayVariable, AuxiliaryVariable
from brian2.parsing.bast import brian_dtype_from_dtype
from brian2.utils.stringtools import stripped_deindented_lines

from brianhw.device.code.apart import Apart, take_apart
from brianhw.device.code.naming import C_FUNCTIONS, cpp_name, name_of_local
from brianhw.device.code.rendering import Renderer
from brianhw.device.code.terms import Term, c_type_of, cast

__all__ = ["Generator", "StrictGenerator", "is_elementwise", "is_pure"]

_COSTLY = re.compile(rf"\b({'|'.join(C_FUNCTIONS)}|exprel|sqrt|\w+_pow)\(| / ")
Case = tuple[str, Term]  # a condition in C++, and the value where it holds


class Generator(CPPCodeGenerator):
    """Writes the statements that Brian2 has analysed.

    As in NumPy, a name that is given a value of another type has that type from there on, until all of the block is
    done and the values are written to their arrays.
    """

    strict = False
    universal_support_code = ""  # once for a whole file; see writing.py

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.renderer = Renderer(self.variables, self.strict, self.func_name_replacements, self.auto_vectorise)
        self._numbers = itertools.count(1)
        self._at_once: bool | None = None  # what it is for statements that were taken apart
        self._reads: list[str] = []  # the lines that read arrays, of the last statements

    # -- from arrays and back -------------------------------------------------------------------------

    def translate_to_read_arrays(self, read: set[str], write: set[str], indices: set[str]) -> list[str]:
        for name in (*indices, *read, *write):
            self.renderer.local.pop(name, None)
        lines = []
        for name in itertools.chain(sorted(indices), sorted(read)):
            variable = self.variables[name]
            constant = "" if name in write else "const "
            place = f"{self.get_array_name(variable)}[{self._index(name)}]"
            lines.append(f"{constant}{self.c_data_type(variable.dtype)} {cpp_name(name)} = {place};")
        self._reads = lines
        return lines

    def _index(self, name: str) -> str:
        return cpp_name(self.variable_indices[name])

    def translate_to_declarations(self, read: set[str], write: set[str], indices: set[str]) -> list[str]:
        unread = sorted(name for name in write if name not in read and name not in indices)
        return [f"{self.c_data_type(self.variables[name].dtype)} {cpp_name(name)};" for name in unread]

    def translate_to_write_arrays(self, write: set[str]) -> list[str]:
        lines = []
        for name in sorted(write):
            variable = self.variables[name]
            value = cast(self.renderer.name(name), np.dtype(variable.dtype))
            lines.append(f"{self.get_array_name(variable)}[{self._index(name)}] = {value};")
        return lines

    # -- statements ----------------------------------------------------------------------------------

    def translate_to_statements(
        self, statements: Sequence[Any], conditional_write_vars: Mapping[str, str]
    ) -> list[str]:
        # where several elements may write to one place, NumPy writes each statement at once
        at_once = self._at_once
        if at_once is None:
            at_once = bool(statements) and self.has_repeated_indices(statements)
        lines = []
        for statement in statements:
            condition = conditional_write_vars.get(statement.var)
            code = self._assignment(statement, at_once or condition is not None)
            if statement.comment:
                code += f" // {statement.comment}"
            lines.append(code if condition is None else f"if({self.renderer.name(condition).code})\n    {code}")
        return lines

    def _assignment(self, statement: Any, at_once: bool) -> str:
        before = None if statement.op == ":=" else self.renderer.name(statement.var)

        def value_of(expression: str) -> Term:
            value = self.renderer.render(expression)
            if before is None or statement.op == "=":
                return value
            return self.renderer.binary(statement.op.removesuffix("="), before, value)

        self.renderer.mixed_booleans = False
        value = value_of(statement.expr)
        in_place = before is not None and statement.op != "=" and before.is_array and before.vector
        keeps_type = in_place or (at_once and isinstance(self.variables.get(statement.var), ArrayVariable))
        declared, target = self._target(statement, value, before, keeps_type)
        cases = self._cases(statement, value, value_of)
        self.renderer.local[statement.var] = target
        if not cases:
            constant = "const " if declared and statement.constant else ""
            kind = f"{constant}{c_type_of(target.c_type)} " if declared else ""
            return f"{kind}{target.code} = {cast(value, target.c_type)};"
        lines = [f"{c_type_of(target.c_type)} {target.code};"] if declared else []
        # The last case is what is left. As a plain "else" it tells the compiler that there always is a value, which
        # it needs to know to compute all cases at once.
        for number, (condition, case) in enumerate(cases):
            head = f"if({condition})" if number < len(cases) - 1 else ""
            lines.append(f"{'else ' if number else ''}{head}\n    {target.code} = {cast(case, target.c_type)};")
        return "\n".join(lines)

    def _target(self, statement: Any, value: Term, before: Term | None, keeps_type: bool) -> tuple[bool, Term]:
        """Return whether a C++ variable is to be declared for a value, and that variable."""
        name = statement.var
        if before is None:
            known = self.variables.get(name)
            if isinstance(known, AuxiliaryVariable):  # a template uses it
                return True, replace(self.renderer.declared(name), vector=not statement.scalar)
            return True, self._own(value, name_of_local(name), statement)
        if keeps_type:
            return False, before
        if before.is_array and value.is_array and before.dtype == value.dtype and before.whole == value.whole:
            return False, before
        return True, self._own(value, f"_{name}_{next(self._numbers)}", statement)

    @staticmethod
    def _own(value: Term, name: str, statement: Any) -> Term:
        return replace(value.stored(name), vector=not statement.scalar, bound=None if value.is_array else value.bound)

    def _cases(self, statement: Any, value: Term, value_of: Callable[[str], Term]) -> list[Case]:
        """Return the values for all combinations of booleans, where that is less to compute and means the same."""
        if not statement.used_boolean_variables or not self._may_split(statement, value):
            return []
        cases = []
        for booleans, expression in statement.boolean_simplified_expressions.items():
            tests = [f"{'' if is_set else '!'}{self.renderer.name(name).code}" for name, is_set in booleans]
            cases.append((" && ".join(tests), value_of(expression)))
        return cases

    def _may_split(self, statement: Any, value: Term) -> bool:
        # two booleans added are one in NumPy, two numbers in their place are not
        return value.dtype.kind == "f" and not self.renderer.mixed_booleans

    def translate_statement_sequence(self, sc_statements: Any, ve_statements: Any) -> Any:
        if (
            self.strict
            and self.template_name == "stateupdate"
            and is_elementwise(self.variables, self.variable_indices)
        ):
            self.renderer.ahead = {}
        scalar, vector, keywords = super().translate_statement_sequence(sc_statements, ve_statements)
        keywords |= self._ahead(["const int _idx = _begin + _event;", *self._reads])
        writes_shared = any(isinstance(self.variables.get(each.var), ArrayVariable) for each in sc_statements[None])
        keywords = {
            **keywords, "may_throw": self.renderer.may_throw, "writes_shared": writes_shared, "buffers": None
        }  # fmt: skip
        if self.template_name == "synapses":
            keywords |= self._of_events(ve_statements[None])
        return scalar, vector, keywords

    def _ahead(self, reads: Sequence[str]) -> dict[str, Any]:
        """Return which functions are called ahead of all else, and the code that does so, after *reads*."""
        calls, self.renderer.ahead = list((self.renderer.ahead or {}).values()), None
        lines = [
            line
            for each in calls
            for line in (
                "for (int _event = 0; _event < _number; _event++)", "{", *reads,
                f"{each.place}[_event] = {each.argument};", "}", f"{each.function}_of_all({each.place}, _number);",
            )
        ]  # fmt: skip
        return {"ahead": calls, "ahead_code": _lines(lines)}

    def _of_events(self, statements: Sequence[Any]) -> dict[str, Any]:
        """Return what the template of events wants to know: which arrays to fetch, and their code taken apart."""
        fetched = self._arrays_of_synapses(statements)
        keywords: dict[str, Any] = {"fetched": fetched, "may_be_divided": False, "in_order": False}
        apart = take_apart(statements, self.variables, self.variable_indices) if is_pure(self.variables) else None
        if apart is None:
            return keywords
        # what each synapse adds to goes with its target
        targets = {self.variable_indices[each.var] for each in apart.added}
        keywords["may_be_divided"] = targets <= {"_postsynaptic_idx"}
        keywords["in_order"] = not self.renderer.indexed
        self._at_once = bool(statements) and self.has_repeated_indices(statements)
        try:
            code = self._in_stages(apart)
        finally:
            self._at_once = None
        # what is only read and added takes longer in stages
        return keywords | code if code["ahead"] or _COSTLY.search("\n".join(code["own_code"])) else keywords

    def _in_stages(self, apart: Apart) -> dict[str, Any]:
        """Return code that reads, computes and writes what synapses do, each for many of them."""
        read, write, indices, conditions = self.arrays_helper(apart.own)
        read = {name for name in read if not self.variables[name].scalar or name in write}
        types = {name: self.c_data_type(self.variables[name].dtype) for name in sorted({*read, *write})}
        taken = self.translate_to_read_arrays(read, set(), indices)
        taken += [f"_block_{name}[_event] = {cpp_name(name)};" for name in sorted(read)]
        own = [
            f"{'' if name in write else 'const '}{types[name]} {cpp_name(name)} = _block_{name}[_event];"
            for name in sorted(read)
        ]
        given_values, self.renderer.ahead = list(own), {} if self.strict else None
        own += self.translate_to_declarations(read, write, indices)
        own += self.translate_to_statements(apart.own, conditions)
        ahead = self._ahead(given_values)
        for name in sorted(write):
            value = cast(self.renderer.name(name), np.dtype(self.variables[name].dtype))
            own.append(f"_block_{name}[_event] = {value};")
        terms = [self.renderer.local[name] for name in apart.sums]
        sums = {each.code: c_type_of(each.c_type) for each in terms}
        own += [f"_block_{name}[_event] = {name};" for name in sums]
        given = [
            f"{self.get_array_name(self.variables[name])}[{self._index(name)}] = _block_{name}[_event];"
            for name in sorted(write)
        ]
        given += [f"const {c_type} {name} = _block_{name}[_event];" for name, c_type in sums.items()]
        given += self._added(apart.added)
        buffers = {**types, **sums}
        return {
            "read_code": _lines(taken), "own_code": _lines(own), "write_code": _lines(given), "buffers": buffers,
            # elements of one byte are computed 64 at a time
            "padding": 64 if re.search(r"\bchar\b", "\n".join(own)) else 16,
            **ahead,
        }  # fmt: skip

    def _added(self, statements: Sequence[Any]) -> list[str]:
        """Return the code of what is added to neurons; what is shared has been read before."""
        read, write, indices, conditions = self.arrays_helper(statements)
        read = {name for name in read if not self.variables[name].scalar or name in write}
        return [
            *self.translate_to_read_arrays(read, write, indices),
            *self.translate_to_declarations(read, write, indices),
            *self.translate_to_statements(statements, conditions),
            *self.translate_to_write_arrays(write),
        ]

    def _arrays_of_synapses(self, statements: Sequence[Any]) -> list[str]:
        """Return the names of the arrays of which each synapse has an element of its own."""
        read, write, indices, _ = self.arrays_helper(statements)
        names = [
            name for name in sorted({*read, *write, *indices}) if self.variable_indices.get(name, "_idx") == "_idx"
        ]
        return list(dict.fromkeys(self.get_array_name(self.variables[name]) for name in names))


def _lines(code: Sequence[str]) -> list[str]:
    lines: list[str] = stripped_deindented_lines("\n".join(code))
    return lines


class StrictGenerator(Generator):
    """Writes code that computes as NumPy does: with NumPy's own loops for everything that is not plain arithmetic."""

    strict = True

    def _may_split(self, statement: Any, value: Term) -> bool:
        """Say whether Brian2's NumPy code computes both cases and chooses."""
        return (
            len(statement.used_boolean_variables) == 1
            and brian_dtype_from_dtype(statement.dtype) == "float"
            and statement.complexity_std > sum(statement.complexities.values())
        )


def is_pure(variables: Mapping[str, Any]) -> bool:
    """Say whether code with these variables may be evaluated twice: it draws no random numbers and has no memory."""
    return all(variable.stateless for variable in variables.values() if isinstance(variable, Function))


def is_elementwise(variables: Mapping[str, Any], indices: Mapping[str, str]) -> bool:
    """Say whether each element's code reads and writes that element and shared values only."""
    arrays = [name for name, variable in variables.items() if isinstance(variable, ArrayVariable)]
    own = [name for name in arrays if indices.get(name, "_idx") == "_idx" and not variables[name].scalar]
    shared = [name for name in arrays if variables[name].scalar]
    written_twice = len({id(variables[name]) for name in own}) < len(own)
    return is_pure(variables) and len(own) + len(shared) == len(arrays) and not written_twice
