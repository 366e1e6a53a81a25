"""Brian2's C++ generator, with what helps the compiler to use vector instructions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
from brian2.core.functions import Function
from brian2.core.variables import ArrayVariable

__all__ = ["Generator", "StrictGenerator", "is_elementwise", "is_pure"]


class Generator(CPPCodeGenerator):
    """Writes what Brian2 writes, but for the last case of a chain of conditions.

    Brian2 lists all combinations of booleans as ``if``, ``else if`` ... The last one is what is left. Written as a
    plain ``else`` it tells the compiler that the variable always gets a value, which it needs to know to compute all
    cases at once.
    """

    def translate_statement(self, statement: Any) -> str:
        code: str = super().translate_statement(statement)
        if statement.used_boolean_variables is not None and len(statement.used_boolean_variables) > 1:
            before, _, last = code.rpartition("else if(")
            if before:
                code = f"{before}else\n{last.partition(chr(10))[2]}"
        return code


class StrictGenerator(Generator):
    """Writes code that computes as NumPy does: with NumPy's own loops for everything that is not plain arithmetic."""

    universal_support_code = (
        CPPCodeGenerator.universal_support_code.replace("(pow((x), (y)))", "(_numpy_pow((x), (y)))")
        .replace("return x-y*floor(1.0*x/y);", "return _numpy_mod(x, y);")
        .replace("return floor(1.0*x/y);", "return _numpy_floordiv(x, y);")
    )

    def translate_statement_sequence(self, sc_statements: Any, ve_statements: Any) -> Any:
        scalar, vector, keywords = super().translate_statement_sequence(sc_statements, ve_statements)
        # for single numbers NumPy calls the C library
        scalar = {
            block: [line.replace("_brian_pow(", "std::pow(") for line in lines] for block, lines in scalar.items()
        }
        return scalar, vector, keywords


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
