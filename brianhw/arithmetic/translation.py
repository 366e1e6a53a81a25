"""One definition of an integer function for NumPy arrays, Cython and C++, bit for bit the same.

A definition is a Python function of 64-bit integers, assignments and a ``return``, with ``+ - * & | ^ ~ << >>``,
``//`` (rounded down), comparisons, ``where(condition, this, that)``, of which both are computed, and ``low_half(x)``,
the lower 32 bits as a signed number. It may call other definitions and use whole numbers and tuples of them (as
tables) of its module. Nothing in it may leave 64 bits; what it returns is cut to 32 bits, two's complement, as the
chip's registers do (a :func:`wide_function`, for other definitions only, keeps 64). An argument annotated ``float`` is
a floating point number, as is ``real(x)`` of an integer of 32 bits; such numbers may be divided with ``/`` within an
expression, and become integers by ``rint`` (ties to even) or ``whole`` (towards zero; what does not fit 32 bits has no
meaning).

Shifts to the right are arithmetic in all three languages: NumPy's, and those of g++ and clang.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cached_property, update_wrapper
from textwrap import dedent, indent
from types import FunctionType
from typing import Any

import numpy as np

__all__ = ["IntegerFunction", "integer_function", "low_half", "real", "rint", "where", "whole", "wide_function"]

HELPERS = "brianhw_"  # begins the names in C++ and Cython


def where(condition: Any, this: Any, that: Any) -> Any:
    """Return *this* where the condition holds, *that* elsewhere.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function, where
    >>> @integer_function
    ... def clipped(x):
    ...     return where(x > 255, 255, x)
    >>> print(clipped([7, 300]))
    [  7 255]
    """
    return np.where(condition, this, that)


def rint(x: Any) -> Any:
    """Return the whole number next to *x*, ties to even.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function, rint
    >>> @integer_function
    ... def nearest(x: float):
    ...     return rint(x)
    >>> print(nearest([0.5, 1.5, -2.7]))
    [ 0  2 -3]
    """
    return np.rint(x).astype(np.int64)


def low_half(x: Any) -> Any:
    """Return the lower 32 bits of *x* as a signed number.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import low_half
    >>> print(low_half(2**31), low_half(2**32 + 5))
    -2147483648 5
    """
    return np.asarray(x).astype(np.int32).astype(np.int64)


def real(x: Any) -> Any:
    """Return an integer of 32 bits as a floating point number.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function, real, whole
    >>> @integer_function
    ... def third(x):
    ...     return whole(real(x) / 3)
    >>> print(third([7, -7]))
    [ 2 -2]
    """
    return np.asarray(x).astype(np.int32).astype(np.float64)


def whole(x: Any) -> Any:
    """Return the whole part of *x*.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function, whole
    >>> @integer_function
    ... def towards_zero(x: float):
    ...     return whole(x)
    >>> print(towards_zero([2.7, -2.7]))
    [ 2 -2]
    """
    return np.trunc(x).astype(np.int64)


CPP = """
static inline {returns} {name}({arguments})
{{
{body}
}}
"""
CYTHON = """
cdef {returns} {name}({arguments}):
{body}
"""
CIMPORT = "from libc.math cimport rint\n"
# right whether the language's own division rounds down or towards zero (Cython's may do either)
FLOOR_DIVISION = {
    "cpp": """
static inline int64_t {name}_divide(int64_t a, int64_t b)
{{
    const int64_t q = a / b, rest = a - q * b;
    return q - ((rest != 0) & ((rest < 0) != (b < 0)));
}}
""",
    "cython": """
cdef int64_t {name}_divide(int64_t a, int64_t b):
    cdef int64_t q = a // b
    cdef int64_t rest = a - q * b
    return q - 1 if rest != 0 and (rest < 0) != (b < 0) else q
""",
}


class IntegerFunction:
    """A function of integers that NumPy arrays and Brian2's code can call; see :func:`integer_function`.

    Calling it with numbers or arrays gives ``int32``, of the arguments' common shape.

    Examples
    --------
    >>> from brianhw.arithmetic.s1615 import multiply
    >>> print(multiply(3 << 14, [1 << 15, -1]))  # 1.5 times 1 and -2**-15, in S16.15: rounded down
    [49152    -2]
    >>> print(multiply.text("cpp").strip())
    static inline int32_t brianhw_multiply(int64_t a_, int64_t b_)
    {
        return (int32_t)((uint64_t)(((int64_t)(int32_t)(a_)) * ((int64_t)(int32_t)(b_))) >> 15);
    }
    """

    def __init__(self, definition: Callable[..., int], bits: int = 32) -> None:
        update_wrapper(self, definition)
        self._definition: Any = definition
        self.bits = bits
        found = inspect.signature(definition).parameters.values()
        self.arguments = {each.name: "double" if each.annotation in (float, "float") else "int64_t" for each in found}

    def __repr__(self) -> str:
        return f"<integer function {self.__name__}({', '.join(self.arguments)})>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _named, (self._definition.__module__, self.__name__)

    __name__: str

    def __call__(self, *values: Any) -> Any:
        """Return the value for numbers or arrays, as ``int32`` (a wide function: ``int64``)."""
        if len(values) != len(self.arguments):
            raise TypeError(f"{self.__name__}() takes {len(self.arguments)} arguments, {len(values)} were given.")
        types = (np.int64 if kind == "int64_t" else np.float64 for kind in self.arguments.values())
        arrays = [np.asarray(value).astype(dtype) for value, dtype in zip(values, types, strict=True)]
        return np.asarray(self._on_numpy(*arrays)).astype(f"int{self.bits}")[()]

    # -- what the definition uses -------------------------------------------------------------------

    @cached_property
    def _used(self) -> dict[str, Any]:
        """What the body uses of its module, by name: definitions, tables and numbers."""
        known = self._definition.__globals__
        found = {name: known[name] for name in self._definition.__code__.co_names if name in known}
        return {name: used for name, used in found.items() if isinstance(used, IntegerFunction | tuple | int)}

    @cached_property
    def _on_numpy(self) -> Callable[..., Any]:
        def value(used: Any) -> Any:
            if isinstance(used, IntegerFunction):
                return lambda *arguments: np.asarray(used(*arguments)).astype(np.int64)
            return np.array(used, dtype=np.int64) if isinstance(used, tuple) else used

        names = {each.__name__: each for each in (where, rint, real, whole, low_half)} | {
            name: value(used) for name, used in self._used.items()
        }
        return FunctionType(self._definition.__code__, names)

    # -- text ---------------------------------------------------------------------------------------

    @cached_property
    def _body(self) -> list[ast.stmt]:
        tree = ast.parse(dedent(inspect.getsource(self._definition))).body[0]
        assert isinstance(tree, ast.FunctionDef)
        return tree.body[1:] if ast.get_docstring(tree) is not None else tree.body

    def text(self, language: str) -> str:
        """Return the definition in ``"cpp"`` or ``"cython"``, without what it calls."""
        writer = _Writer(language, self)
        lines = [writer.statement(each) for each in self._body]
        arguments = ", ".join(f"{kind} {_local(name)}" for name, kind in self.arguments.items())
        tables = [_table(language, self.__name__, name, used) for name, used in self._used.items() if _is_table(used)]
        division = FLOOR_DIVISION[language].format(name=HELPERS + self.__name__) if writer.divides else ""
        function = (CPP if language == "cpp" else CYTHON).format(
            returns=f"int{self.bits}_t",
            name=HELPERS + self.__name__,
            arguments=arguments,
            body=indent("\n".join(lines), "    "),
        )
        needed = CIMPORT if language == "cython" and writer.rounds else ""
        return needed + division + "".join(tables) + function

    # -- Brian2 -------------------------------------------------------------------------------------

    @cached_property
    def brian2(self) -> Any:
        """The Brian2 function, for a namespace: it works on every device and target."""
        from brian2 import Function

        kinds = ["integer" if kind == "int64_t" else "any" for kind in self.arguments.values()]
        kinds = ["boolean" if name == "condition" else kind for name, kind in zip(self.arguments, kinds, strict=True)]
        function = Function(
            self.__call__,
            arg_units=[1] * len(kinds),
            return_unit=1,
            arg_types=kinds,
            return_type="integer",
            stateless=True,
        )
        function.implementations.add_implementation("numpy", code=self.__call__)
        needed = {name: used.brian2 for name, used in self._used.items() if isinstance(used, IntegerFunction)}
        for language in ("cpp", "cython"):
            function.implementations.add_implementation(
                language, code=self.text(language), name=HELPERS + self.__name__, dependencies=needed
            )
        return function


def _named(module: str, name: str) -> Any:
    import importlib

    return getattr(importlib.import_module(module), name)


def integer_function(definition: Callable[..., int]) -> IntegerFunction:
    """Make a function for NumPy, Cython and C++ of one definition; this module says how to write it.

    ::

        @integer_function
        def multiply(a, b):
            return (a * b) >> 15

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function
    >>> @integer_function
    ... def halved(x):
    ...     return x >> 1
    >>> print(halved([7, -7]))  # rounded down; halved.brian2 goes into a namespace
    [ 3 -4]
    """
    return IntegerFunction(definition)


def wide_function(definition: Callable[..., int]) -> IntegerFunction:
    """Make a function as :func:`integer_function` does, whose result keeps 64 bits: a step of other definitions.

    Examples
    --------
    >>> from brianhw.arithmetic.translation import integer_function, wide_function
    >>> @wide_function
    ... def square(x):
    ...     return x * x
    >>> print(square(1 << 20), integer_function(lambda x: x * x)(1 << 20))  # 2**40, and what 32 bits keep of it
    1099511627776 0
    """
    return IntegerFunction(definition, bits=64)


def _local(name: str) -> str:
    """Return the name of an argument or variable in C++ and Cython, where it may be a keyword."""
    return f"{name}_"


def _is_table(used: Any) -> bool:
    return isinstance(used, tuple)


def _table_name(owner: str, name: str) -> str:
    return f"{HELPERS}{owner}_{name}"


def _table(language: str, owner: str, name: str, values: tuple[int, ...]) -> str:
    full = _table_name(owner, name)
    numbers = ", ".join(f"{value}LL" if language == "cpp" else str(value) for value in values)
    if language == "cpp":
        return f"static const int64_t {full}[{len(values)}] = {{{numbers}}};\n"
    return f"cdef int64_t {full}[{len(values)}]\n{full}[:] = [{numbers}]\n"


class _Writer:
    """Writes statements and expressions of a definition in C++ or Cython."""

    def __init__(self, language: str, function: IntegerFunction) -> None:
        self.language, self.function, self.used = language, function, function._used
        self._defined: set[str] = set()
        self.divides = self.rounds = False

    def statement(self, node: ast.stmt) -> str:
        end = ";" if self.language == "cpp" else ""
        if isinstance(node, ast.Return) and node.value is not None:
            return f"return {self._cut(self._returned(node.value))}{end}"
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            raise SyntaxError(f"A definition is made of assignments and a return, not of {ast.unparse(node)!r}.")
        name = node.targets[0].id
        new = name not in self._defined
        self._defined.add(name)
        declared = ("int64_t " if self.language == "cpp" else "cdef int64_t ") if new else ""
        return f"{declared}{_local(name)} = {self.expression(node.value)}{end}"

    def _returned(self, node: ast.expr) -> str:
        """Return what is cut to 32 bits: where that drops the sign of a shift, without one, which is faster."""
        if self.language == "cpp" and self.function.bits == 32 and _is_small_shift(node):
            assert isinstance(node, ast.BinOp)
            return f"(uint64_t){self.expression(node.left)} >> {ast.unparse(node.right)}"
        return self.expression(node)

    def _cut(self, text: str) -> str:
        returned = f"int{self.function.bits}_t"
        return f"({returned})({text})" if self.language == "cpp" else f"<{returned}>({text})"

    def expression(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id, [self.expression(each) for each in node.args])
        if isinstance(node, ast.BinOp):
            left, right = self.expression(node.left), self.expression(node.right)
            if isinstance(node.op, ast.FloorDiv):
                self.divides = True
                return f"{HELPERS}{self.function.__name__}_divide({left}, {right})"
            return f"({left} {_SIGNS[type(node.op)]} {right})"
        if isinstance(node, ast.UnaryOp):
            return f"({_SIGNS[type(node.op)]}{self.expression(node.operand)})"
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = self.expression(node.left), self.expression(node.comparators[0])
            return f"({left} {_SIGNS[type(node.ops[0])]} {right})"
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return f"{_table_name(self.function.__name__, node.value.id)}[{self.expression(node.slice)}]"
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return self._number(node.value)
        if isinstance(node, ast.Name):
            value = self.used.get(node.id)
            return self._number(value) if isinstance(value, int) else _local(node.id)
        raise SyntaxError(f"A definition cannot hold {ast.unparse(node)!r}.")

    def _number(self, value: int) -> str:
        return f"{value}LL" if self.language == "cpp" else f"<int64_t>{value}"

    def _call(self, name: str, arguments: list[str]) -> str:
        if name == "where":
            condition, this, that = arguments
            return (
                f"({condition} ? {this} : {that})" if self.language == "cpp" else f"({this} if {condition} else {that})"
            )
        if name == "rint":  # rounds as the processor is set: to nearest, ties to even
            self.rounds = True
            function, cast = ("nearbyint", "(int64_t)") if self.language == "cpp" else ("rint", "<int64_t>")
            return f"({cast}{function}({arguments[0]}))"
        if name == "low_half":
            return (
                f"((int64_t)(int32_t)({arguments[0]}))"
                if self.language == "cpp"
                else f"(<int64_t><int32_t>({arguments[0]}))"
            )
        if name == "real":
            return (
                f"((double)(int32_t)({arguments[0]}))"
                if self.language == "cpp"
                else f"(<double><int32_t>({arguments[0]}))"
            )
        if name == "whole":  # processors convert several to 32 bits at once, not to 64
            return f"((int32_t)({arguments[0]}))" if self.language == "cpp" else f"(<int32_t>({arguments[0]}))"
        called = f"{HELPERS}{name}({', '.join(arguments)})"
        return f"((int64_t){called})" if self.language == "cpp" else f"(<int64_t>{called})"


def _is_small_shift(node: ast.expr) -> bool:
    right = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift) else None
    return isinstance(right, ast.Constant) and isinstance(right.value, int) and 0 <= right.value <= 32


_SIGNS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.USub: "-",
    ast.Invert: "~",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
