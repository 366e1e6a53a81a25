"""C++ for Brian2's expressions, which computes with whole numbers and booleans as NumPy does.

C++ and NumPy agree on floating-point numbers and on little else: in C++ an integer divided by zero ends the process,
``//`` and ``%`` cut towards zero, a boolean is a small integer, and a product has the type that the processor likes.
So each part of an expression is written together with its type in NumPy. That type is not looked up in a table of
ours: NumPy is asked, by computing with one element of each type.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from brian2 import prefs
from brian2.codegen.runtime.numpy_rt.numpy_rt import NumpyCodeObject
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import Constant

from brianhw.device.code.naming import cpp_name, name_of_constant
from brianhw.device.code.terms import (
    BOOL,
    FLOAT32,
    FLOAT64,
    INT32,
    INT64,
    INT_MAX,
    Term,
    as_integer,
    asked,
    c_type_of,
    cast,
    kind_of,
    literal,
    promoted,
)

__all__ = ["Ahead", "Renderer"]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_SYMBOLS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!=",
}  # fmt: skip


class Ahead(NamedTuple):
    """A call of one of NumPy's functions, its argument in C++, and the array that takes what it gives."""

    function: str
    argument: str
    place: str


class Renderer:
    """Writes expressions of one code object.

    Parameters
    ----------
    variables : mapping
        Name to Brian2's variable or function.
    strict : bool
        Whether to write what computes as NumPy does to the bit.
    function_names : mapping
        Name of a function to its name in C++.
    indexed : set of str
        C++ names of functions that also take the number of the element.
    """

    def __init__(
        self, variables: Mapping[str, Any], strict: bool, function_names: Mapping[str, str], indexed: set[str]
    ) -> None:
        self.variables, self.strict, self.function_names, self.indexed = variables, strict, function_names, indexed
        #: Whether to compute in single precision, where NumPy would not because of a time step or a boolean.
        self.single = not strict and np.dtype(prefs["core.default_float_dtype"]) == FLOAT32
        #: What names stand for that have been given a value in the code.
        self.local: dict[str, Term] = {}
        #: Whether an operation was on booleans only; where one is replaced by a number, that has another meaning.
        self.mixed_booleans = False
        #: Whether the code may throw an exception.
        self.may_throw = False
        #: The calls of NumPy's functions that are made for many elements before all else, by their code; None where
        #: each is made in its place.
        self.ahead: dict[str, Ahead] | None = None

    def render(self, expression: str) -> Term:
        """Return the C++ of an expression."""
        return self._render(ast.parse(expression.strip(), mode="eval").body)

    def _render(self, node: ast.AST) -> Term:
        method: Callable[[Any], Term] | None = getattr(self, f"_render_{type(node).__name__}", None)
        if method is None:
            raise SyntaxError(f"Brian equations/expressions do not support the '{type(node).__name__}' syntax.")
        return method(node)

    # -- names and numbers ---------------------------------------------------------------------------

    def _render_Constant(self, node: ast.Constant) -> Term:
        return literal(node.value)

    def _render_Name(self, node: ast.Name) -> Term:
        return self.name(node.id)

    def name(self, name: str) -> Term:
        """Return what a name stands for."""
        if name in self.local:
            return self.local[name]
        variable = self.variables.get(name)
        if variable is None:
            return literal(float(name)) if name in ("inf", "nan") else Term(cpp_name(name), 1.0, FLOAT64)
        if isinstance(variable, Constant):
            return self._constant(name, variable)
        return self.declared(name)

    def declared(self, name: str) -> Term:
        """Return a variable as its array holds it."""
        variable = self.variables[name]
        dtype = np.dtype(variable.dtype)
        return Term(
            cpp_name(name), kind_of(dtype), dtype, bound=1 if dtype == BOOL else None, vector=not variable.scalar,
            timed=name in _TIMES,
        )  # fmt: skip

    @staticmethod
    def _constant(name: str, constant: Constant) -> Term:
        value, dtype = constant.value, np.dtype(constant.dtype)
        code = name_of_constant(name, constant)
        if isinstance(value, bool | np.bool_):
            return Term(code, bool(value), BOOL, value=bool(value), bound=1)
        if isinstance(value, int | np.integer):
            return Term(code, int(value), dtype, value=int(value), bound=abs(int(value)))
        return Term(code, 1.0, dtype)

    # -- operators -----------------------------------------------------------------------------------

    def _render_BinOp(self, node: ast.BinOp) -> Term:
        symbol = _SYMBOLS.get(type(node.op).__name__)
        if symbol is None:
            raise SyntaxError(f"Brian equations/expressions do not support the operator in '{ast.unparse(node)}'.")
        return self.binary(symbol, self._render(node.left), self._render(node.right))

    def binary(self, symbol: str, left: Term, right: Term) -> Term:
        """Return an operation of arithmetic."""
        if left.value is not None and right.value is not None:
            value = asked(_OPERATORS[symbol], left.value, right.value)
            if isinstance(value, int | float):
                return literal(value)
        if self.single:
            left, right = _single(left, right), _single(right, left)
        kind = asked(_OPERATORS[symbol], left.kind, right.kind)
        if kind is None:  # NumPy refuses: what C++ would do
            kind = kind_of(promoted(left.c_type, right.c_type))
        elif not isinstance(kind, np.ndarray):
            kind = 1.0 if isinstance(kind, float | complex) else int(kind)
        self.mixed_booleans |= left.dtype == right.dtype == BOOL
        write = {"/": self._divide, "//": self._floor_divide, "%": self._remainder, "**": self._power}
        term = write.get(symbol, self._plain)(symbol, left, right, kind)
        selects = _selects(left) and _selects(right)
        return replace(term, vector=left.vector or right.vector, timed=left.timed or right.timed, selects=selects)

    def _plain(self, symbol: str, left: Term, right: Term, kind: Any) -> Term:
        wanted = np.asarray(kind).dtype
        if wanted == BOOL:  # of booleans the sum is "or", the product "and"
            return Term(f"({left.code} {'||' if symbol == '+' else '&&'} {right.code})", kind, BOOL, bound=1)
        if wanted.kind in "iu" and (left.whole or right.whole):
            if wanted != INT64 and all(each.whole or not each.is_array for each in (left, right)):
                return Term(f"({left.code} {symbol} {right.code})", kind, FLOAT64, whole=True)
            left, right = (as_integer(each) if each.whole else each for each in (left, right))
        natural = promoted(left.c_type, right.c_type)
        bound = _bound(symbol, left.bound, right.bound)
        is_small = bound is not None and bound <= INT_MAX and natural.kind in "iu"
        if natural == wanted or (is_small and wanted.itemsize >= natural.itemsize):
            return Term(f"({left.code} {symbol} {right.code})", kind, natural, bound=bound)
        code = f"({cast(left, wanted)} {symbol} {cast(right, wanted)})"
        if wanted.itemsize < 4:  # C++ computes with at least 32 bits
            code = f"static_cast<{c_type_of(wanted)}>{code}"
        return Term(code, kind, wanted, bound=bound)

    def _divide(self, symbol: str, left: Term, right: Term, kind: Any) -> Term:
        wanted = np.asarray(kind).dtype if isinstance(kind, np.ndarray | float) else FLOAT64
        wanted = wanted if wanted.kind == "f" else FLOAT64
        if promoted(left.c_type, right.c_type) == wanted:
            return Term(f"({left.code} / {right.code})", kind, wanted)
        return Term(f"({cast(left, wanted)} / {cast(right, wanted)})", kind, wanted)

    def _floor_divide(self, symbol: str, left: Term, right: Term, kind: Any) -> Term:
        return self._called("floor_divide", left, right, kind)

    def _remainder(self, symbol: str, left: Term, right: Term, kind: Any) -> Term:
        return self._called("remainder", left, right, kind)

    def _called(self, function: str, left: Term, right: Term, kind: Any) -> Term:
        wanted = np.asarray(kind).dtype
        if wanted == BOOL:
            wanted = INT32
        return Term(f"brianhw::{function}<{c_type_of(wanted)}>({left.code}, {right.code})", kind, wanted)

    def _power(self, symbol: str, left: Term, right: Term, kind: Any) -> Term:
        wanted = np.asarray(kind).dtype
        if wanted.kind in "iu":
            if right.value is None or right.value < 0:
                self.may_throw = True
            return self._called("power", left, right, kind)
        is_single = wanted == FLOAT32 and (self.single or self.strict)
        base, exponent = (
            cast(each, FLOAT32 if is_single else FLOAT64) if is_single or each.c_type.kind in "iub" else each.code
            for each in (left, right)
        )
        if not self.strict or not (left.vector or right.vector):  # for single numbers NumPy calls the C library
            function = "std::pow"
        else:  # NumPy multiplies or takes the root where one exponent serves for all
            function = "_numpy_any_pow" if right.vector else "_numpy_pow"
        c_type = FLOAT32 if is_single else promoted(FLOAT32, promoted(left.c_type, right.c_type))
        return Term(f"{function}({base}, {exponent})", kind, c_type)

    def _render_UnaryOp(self, node: ast.UnaryOp) -> Term:
        term = self._render(node.operand)
        if isinstance(node.op, ast.Not):
            return Term(f"(!{term.code})", kind_of(bool), BOOL, bound=1, vector=term.vector)
        if isinstance(node.op, ast.UAdd):
            return term
        if term.value is not None:
            return literal(-term.value)
        code, wanted = f"(-{term.code})", term.dtype
        if term.c_type == wanted and wanted.kind in "iu" and wanted.itemsize < 4:
            code = f"static_cast<{c_type_of(wanted)}>{code}"
        return replace(term, code=code)

    def _render_BoolOp(self, node: ast.BoolOp) -> Term:
        terms = [self._render(each) for each in node.values]
        is_and, vector = isinstance(node.op, ast.And), any(each.vector for each in terms)
        if all(each.dtype == BOOL for each in terms):
            link = " && " if is_and else " || "
            return Term(f"({link.join(each.code for each in terms)})", kind_of(bool), BOOL, bound=1, vector=vector)
        link, kind = (" & " if is_and else " | "), terms[0].kind  # a name that holds a number meanwhile
        for each in terms[1:]:
            kind = asked(operator.and_, kind, each.kind)
        kind = kind_of(INT64) if kind is None else kind
        return Term(f"({link.join(each.code for each in terms)})", kind, np.asarray(kind).dtype, vector=vector)

    def _render_Compare(self, node: ast.Compare) -> Term:
        symbol = _SYMBOLS.get(type(node.ops[0]).__name__)
        if len(node.ops) > 1 or symbol is None:
            raise SyntaxError(f"Only single comparisons like a<b are possible, not '{ast.unparse(node)}'.")
        left, right = self._render(node.left), self._render(node.comparators[0])
        sides = left.code, right.code
        common, natural = asked(_common, left.kind, right.kind), promoted(left.c_type, right.c_type)
        is_mixed = left.c_type.kind != right.c_type.kind and "u" in left.c_type.kind + right.c_type.kind
        if common is not None and common.dtype != natural and (common.dtype.kind == "f" or is_mixed):
            sides = cast(left, common.dtype), cast(right, common.dtype)
        return Term(
            f"({sides[0]} {symbol} {sides[1]})", kind_of(bool), BOOL, bound=1, vector=left.vector or right.vector
        )

    # -- functions -----------------------------------------------------------------------------------

    def _render_Call(self, node: ast.Call) -> Term:
        if node.keywords or not isinstance(node.func, ast.Name):
            raise SyntaxError(f"Functions take no arguments by keyword: '{ast.unparse(node)}'.")
        arguments = [self._render(each) for each in node.args]
        name, function = node.func.id, self.variables.get(node.func.id)
        own = _FUNCTIONS.get(name) if function is DEFAULT_FUNCTIONS.get(name) else None
        term = own(self, *arguments) if own is not None else self._call(name, function, arguments)
        is_drawn = getattr(function, "auto_vectorise", False)
        vector, timed = is_drawn or any(each.vector for each in arguments), any(each.timed for each in arguments)
        if self.ahead is not None and own is None and vector and self._may_be_ahead(name, term, node.args, arguments):
            ahead = self.ahead.setdefault(
                term.code, Ahead(self.function_names[name], arguments[0].code, f"_ahead_{len(self.ahead)}")
            )
            term = replace(term, code=f"{ahead.place}[_event]")
        return replace(term, vector=vector, timed=timed)

    def _may_be_ahead(self, name: str, term: Term, nodes: list[Any], arguments: list[Term]) -> bool:
        """Say whether a call is one of NumPy's loops and of what is known before the first statement."""
        loop = self.function_names.get(name, "").removeprefix("_numpy_") in _LOOPS_OF_ONE_NUMBER
        return (
            loop
            and term.dtype == FLOAT64
            and arguments[0].c_type != FLOAT32
            and all(self._is_given(each.id) for each in ast.walk(nodes[0]) if isinstance(each, ast.Name))
        )

    def _is_given(self, name: str) -> bool:
        if name in self.local:
            return not self.local[name].vector
        variable = self.variables.get(name)
        return not isinstance(variable, Function) or (variable.stateless and name not in self.indexed)

    def _call(self, name: str, function: Function | None, arguments: list[Term]) -> Term:
        called = self.function_names.get(name, name)
        is_single = bool(arguments) and all(each.is_array and each.dtype == FLOAT32 for each in arguments)
        if is_single and self.strict and not any(each.vector for each in arguments) and _makes_double(name, function):
            is_single = False
            arguments = [replace(each, code=cast(each, FLOAT64), c_type=FLOAT64) for each in arguments]
        codes = [each.code for each in arguments] + (["_vectorisation_idx"] if called in self.indexed else [])
        code = f"{called}({', '.join(codes)})"
        returned = getattr(function, "_return_type", "float")
        if returned == "highest":
            returned = max((each.dtype.kind for each in arguments), key="biuf".index)
        if returned == "boolean" or returned == "b":
            return Term(code, kind_of(bool), BOOL, bound=1)
        if returned in ("integer", "i", "u"):
            return Term(code, kind_of(INT64), INT32)  # written by the user: perhaps an int
        if is_single and self.single and function is DEFAULT_FUNCTIONS.get(name) and name in _OVERLOADED:
            return Term(f"std::{code}", kind_of(FLOAT32), FLOAT32)
        return Term(code, kind_of(FLOAT32 if is_single else FLOAT64), FLOAT64)

    @staticmethod
    def _in_numpy(function: Callable[[Any], Any], x: Term) -> Term:
        """Return the argument of a function of NumPy, which makes a number of its own of one of Python's."""
        kind = asked(function, x.kind)
        return x if x.is_array or kind is None else replace(x, kind=kind, value=None)

    def _abs(self, x: Term) -> Term:
        x = self._in_numpy(np.abs, x)
        if x.whole or x.dtype.kind == "f":
            return replace(x, code=f"std::abs({x.code})")
        if x.dtype.kind in "bu":
            return x
        return replace(x, code=f"brianhw::absolute<{c_type_of(x.c_type)}>({x.code})")

    def _sign(self, x: Term) -> Term:
        x = self._in_numpy(np.sign, x) if x.dtype != BOOL else replace(x, kind=kind_of(INT32), c_type=INT32)
        return replace(x, code=f"brianhw::sign<{c_type_of(x.c_type)}>({x.code})", value=None, bound=None)

    def _clip(self, x: Term, low: Term, high: Term) -> Term:
        kind = asked(np.clip, x.kind, low.kind, high.kind)
        kind = kind_of(np.result_type(x.c_type, low.c_type, high.c_type)) if kind is None else kind
        whole = np.asarray(kind).dtype.kind in "iu" and (x.whole or low.whole or high.whole)
        wanted = FLOAT64 if whole else np.asarray(kind).dtype
        code = f"brianhw::clip<{c_type_of(wanted)}>({x.code}, {low.code}, {high.code})"
        return Term(code, kind, wanted, whole=whole)

    def _int(self, x: Term) -> Term:
        is_boolean = x.dtype == BOOL
        return Term(
            cast(x, INT32), kind_of(INT32), INT32, bound=x.bound if is_boolean else None, selects=is_boolean
        )  # fmt: skip

    def _floor(self, x: Term, function: str = "std::floor") -> Term:
        if x.c_type.kind != "f":
            return self._int(x)
        if x.whole:
            return x
        code = f"{function}({x.code})"
        if self.strict:  # as Brian2's NumPy code, which knows numbers of 32 bits only
            return Term(f"static_cast<int32_t>({code})", kind_of(INT32), INT32)
        return Term(code, kind_of(INT32), FLOAT64, whole=True)

    def _ceil(self, x: Term) -> Term:
        return self._floor(x, "std::ceil")

    def _timestep(self, t: Term, dt: Term) -> Term:
        code = f"{self.function_names.get('timestep', 'timestep')}({t.code}, {dt.code})"
        return Term(code, kind_of(INT64), INT64 if self.strict else FLOAT64, whole=not self.strict)

    def _poisson(self, rate: Term) -> Term:
        code = self._call("poisson", None, [rate]).code
        return Term(code, kind_of(INT64), INT32, bound=INT_MAX)


_FUNCTIONS: dict[str, Callable[..., Term]] = {
    "abs": Renderer._abs, "sign": Renderer._sign, "clip": Renderer._clip, "int": Renderer._int,
    "floor": Renderer._floor, "ceil": Renderer._ceil, "timestep": Renderer._timestep, "poisson": Renderer._poisson,
}  # fmt: skip


_TIMES = frozenset({"t", "t_in_timesteps"})
# of the C++ library, for single precision as well
_OVERLOADED = frozenset("exp expm1 log log10 log1p sin cos tan sinh cosh tanh sqrt".split())

# NumPy's loops that brianhw_numpy.h also has for many numbers
_LOOPS_OF_ONE_NUMBER = frozenset("exp expm1 log log10 log1p sin cos tan sinh cosh tanh asin acos atan".split())


def _makes_double(name: str, function: Function | None) -> bool:
    """Say whether Brian2's NumPy code gives a single number of single precision to a function as one of double.

    It does so where it wraps the function to look at units.
    """
    if function is None or function is not DEFAULT_FUNCTIONS.get(name):
        return True
    try:
        in_numpy = function.implementations[NumpyCodeObject].get_code(None)
    except KeyError:  # it is wrapped when NumPy code first uses it
        return True
    return bool(np.asarray(in_numpy(np.float32(0.5))).dtype == FLOAT64)


def _selects(term: Term) -> bool:
    return term.selects or not term.vector


def _single(term: Term, other: Term) -> Term:
    """Return a number that meets elements of single precision as one of single precision.

    It is the same for all elements, such as what is computed from the time step, or made of that and of booleans.
    """
    if not (other.is_array and other.vector and other.dtype == FLOAT32 and term.is_array) or term.timed:
        return term
    if not _selects(term) or (term.dtype.kind in "iu" and not term.selects):
        return term
    return replace(term, code=cast(term, FLOAT32), kind=kind_of(FLOAT32), c_type=FLOAT32, value=None, bound=None)


def _common(a: Any, b: Any) -> np.ndarray:
    return np.ones(1, np.result_type(a, b))


def _bound(symbol: str, left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return None
    return left * right if symbol == "*" else left + right
