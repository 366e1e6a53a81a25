"""Distance expressions such as ``"0.5 + d/100"``: parsed by a small grammar, never evaluated as Python.

PyNN hands such text to ``eval``; a script, or a file that a script reads, could then run anything. Here text is parsed
once into a tree that holds only numbers, the distance, operators and the functions of :data:`FUNCTIONS`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy
from functools import reduce
from typing import Any

import numpy as np
from lazyarray import larray
from pyNN.errors import InvalidParameterValueError

from brianhw.errors import PyNNError

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "Expression",
    "ExpressionError",
    "parse_displacement",
    "parse_distance",
    "parsed",
]

LONGEST = 2000  # characters
DEEPEST = 100  # levels of brackets and operators: evaluation calls itself for each

CONSTANTS = {"pi": float(np.pi), "e": float(np.e), "inf": float(np.inf), "True": True, "False": False}

# name -> (function, smallest and largest number of arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    **{name: (getattr(np, name), 1, 1) for name in "exp expm1 log log2 log10 log1p sqrt abs fabs sign".split()},
    **{name: (getattr(np, name), 1, 1) for name in "sin cos tan sinh cosh tanh arcsin arccos arctan".split()},
    **{name: (getattr(np, name), 1, 1) for name in "floor ceil rint".split()},
    **{name: (getattr(np, name), 2, 2) for name in "arctan2 hypot fmod power maximum minimum".split()},
    "pow": (np.power, 2, 2),
    "where": (np.where, 3, 3),
    "min": (lambda *values: reduce(np.minimum, values), 2, 99),
    "max": (lambda *values: reduce(np.maximum, values), 2, 99),
}

BINARY: dict[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
    ast.BitAnd: np.bitwise_and,  # binds closer than "<": with brackets or not at all, as in Python
    ast.BitOr: np.bitwise_or,
}
UNARY: dict[type, Any] = {
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Not: np.logical_not,
    ast.Invert: np.invert,
}
COMPARISONS: dict[type, Any] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
BOOLEAN: dict[type, Any] = {ast.And: np.logical_and, ast.Or: np.logical_or}
MODULES = {"np", "numpy", "math"}


class ExpressionError(PyNNError, InvalidParameterValueError):
    """The text of a distance expression says something that is not known here."""


class Expression:
    """A function of the distance ``d``, made from text. It takes numbers and arrays.

    ``and``, ``or``, ``not`` and chains such as ``1 < d < 3`` work element by element.
    """

    def __init__(self, text: str, axes: int = 0) -> None:
        self.text = text
        self.axes = axes
        self._tree = _parsed(text)
        self._check(self._tree)

    def __call__(self, d: Any) -> Any:
        if isinstance(d, larray):  # PyNN's own connector code: evaluate when it does
            later = deepcopy(d)
            later.apply(self)
            return later
        return self._value(self._tree, d)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and (self.text, self.axes) == (other.text, other.axes)

    def __hash__(self) -> int:
        return hash((self.text, self.axes))

    def _check(self, node: ast.expr, depth: int = 0) -> None:
        """Refuse *node* unless it and all below it are known."""
        if depth > DEEPEST:
            raise ExpressionError(f"Distance expression {self.text[:40]!r}...: nested more than {DEEPEST} levels deep.")
        match node:
            case ast.Constant(value=bool() | int() | float()):
                return
            case ast.Name(id=name):
                if name != "d" and name not in CONSTANTS:
                    raise self._unknown(name)
                return
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
                if name not in CONSTANTS:
                    raise self._unknown(name)
                return
            case ast.Subscript(value=ast.Name(id="d"), slice=ast.Constant(value=int(axis))) if axis < self.axes:
                return
            case ast.BinOp(op=operator) if type(operator) in BINARY:
                parts = [node.left, node.right]
            case ast.UnaryOp(op=operator) if type(operator) in UNARY:
                parts = [node.operand]
            case ast.BoolOp():
                parts = node.values
            case ast.Compare(ops=operators) if all(type(operator) in COMPARISONS for operator in operators):
                parts = [node.left, *node.comparators]
            case ast.IfExp():
                parts = [node.test, node.body, node.orelse]
            case ast.Call(func=function, args=parts, keywords=[]):
                self._check_call(function, len(parts))
            case _:
                raise self._refused(node)
        for part in parts:
            self._check(part, depth + 1)

    def _check_call(self, function: ast.expr, given: int) -> None:
        name = _called(function)
        if name is None:
            raise self._refused(function)
        if name not in FUNCTIONS:
            raise self._unknown(name)
        _, least, most = FUNCTIONS[name]
        if not least <= given <= most:
            wanted = least if least == most else f"at least {least}"
            raise ExpressionError(
                f"Distance expression {self.text!r}: {name}() takes {wanted} argument(s), not {given}."
            )

    def _unknown(self, name: str) -> ExpressionError:
        return ExpressionError(
            f"Distance expression {self.text!r}: {name!r} is not known. Known are the distance d, "
            f"{', '.join(sorted(CONSTANTS))} and the functions {', '.join(sorted(FUNCTIONS))}."
        )

    def _refused(self, node: ast.AST) -> ExpressionError:
        what = ast.unparse(node)
        return ExpressionError(
            f"Distance expression {self.text!r}: {what!r} is not allowed. Use numbers, the distance d, arithmetic, "
            f"comparisons, and/or/not and the functions {', '.join(sorted(FUNCTIONS))}; or give a Python function of d."
        )

    def _value(self, node: ast.expr, d: Any) -> Any:
        """Return the value of a checked *node*."""

        def value(part: ast.expr) -> Any:
            return self._value(part, d)

        match node:
            case ast.Constant(value=int() | float() as number):
                # float: 9**9**9 overflows at once instead of filling the memory
                return number if isinstance(number, bool) else float(number)
            case ast.Name(id="d"):
                return d
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return CONSTANTS[name]
            case ast.Subscript(slice=ast.Constant(value=axis)):
                return d[axis]
            case ast.BinOp():
                return BINARY[type(node.op)](value(node.left), value(node.right))
            case ast.UnaryOp():
                return UNARY[type(node.op)](value(node.operand))
            case ast.BoolOp():
                return reduce(BOOLEAN[type(node.op)], map(value, node.values))
            case ast.Compare():
                sides = [value(side) for side in (node.left, *node.comparators)]
                pairs = zip(node.ops, sides[:-1], sides[1:], strict=True)
                return reduce(np.logical_and, [COMPARISONS[type(op)](a, b) for op, a, b in pairs])
            case ast.IfExp():
                return np.where(value(node.test), value(node.body), value(node.orelse))
            case ast.Call():
                return FUNCTIONS[str(_called(node.func))][0](*map(value, node.args))
        raise AssertionError(ast.dump(node))


def parse_distance(text: str) -> Expression:
    """Return the function of the distance ``d`` that *text* writes.

    Raises
    ------
    ExpressionError
        The text is no expression, or has a name or a construct that is not known.

    Examples
    --------
    >>> float(parse_distance("0.5 + d/100")(50.0))
    1.0
    """
    return Expression(text)


def parsed(value: Any) -> Any:
    """Return text with a distance ``d`` as a function; anything else as it is. PyNN would evaluate it as Python."""
    return parse_distance(value) if isinstance(value, str) else value


def parse_displacement(text: str) -> Expression:
    """Return the function of a displacement ``d``, shape (3, n), that *text* writes with d[0], d[1] and d[2]."""
    return Expression(text, axes=3)


def _parsed(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise ExpressionError(f"A distance expression is text, not {type(text).__name__}.")
    if len(text) > LONGEST:
        raise ExpressionError(
            f"Distance expression of {len(text)} characters, the most are {LONGEST}: {text[:40]!r}..."
        )
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"Distance expression {text!r} cannot be read: {error}.") from None


def _called(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
            return name
    return None
