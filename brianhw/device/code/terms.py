"""A piece of C++ together with its type in NumPy, which NumPy itself is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type

__all__ = [
    "BOOL",
    "FLOAT32",
    "FLOAT64",
    "INT32",
    "INT64",
    "INT_MAX",
    "Term",
    "as_integer",
    "asked",
    "c_type_of",
    "cast",
    "kind_of",
    "literal",
    "promoted",
]

BOOL, INT32, INT64 = np.dtype(bool), np.dtype(np.int32), np.dtype(np.int64)
FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
INT_MAX = 2**31 - 1


@dataclass(frozen=True)
class Term:
    """A piece of C++ and what it stands for.

    Attributes
    ----------
    code : str
        An expression that needs no parentheses around it.
    kind : array, shape (1,), or int, float, bool
        A sample of its type in NumPy. Python's own numbers take the type of the array that they meet.
    c_type : dtype
        The type that it has in C++.
    value : int, bool or None
        The value, if it is a Python number that is known now.
    bound : int or None
        How far from zero a whole number can be, if that is known.
    vector : bool
        Whether it differs from element to element.
    whole : bool
        Whether it is a whole number that C++ has as a floating-point number, which may be larger than any integer.
    timed : bool
        Whether it depends on the time, which needs double precision.
    selects : bool
        Whether it is made of booleans and of what is the same for all elements.
    """

    code: str
    kind: Any
    c_type: np.dtype
    value: Any = None
    bound: int | None = None
    vector: bool = False
    whole: bool = False
    timed: bool = False
    selects: bool = False

    @property
    def is_array(self) -> bool:
        """Whether NumPy has it as an array, with a type of its own."""
        return isinstance(self.kind, np.ndarray)

    @property
    def dtype(self) -> np.dtype:
        """Its type in NumPy."""
        return np.asarray(self.kind).dtype

    def stored(self, name: str) -> Term:
        """Return the same as the value of a C++ variable."""
        return replace(self, code=name, c_type=FLOAT64 if self.whole else self.dtype)


def kind_of(dtype: Any) -> np.ndarray:
    """Return the sample of a type; C++ has no half precision, so that becomes double."""
    dtype = np.dtype(dtype)
    return np.ones(1, dtype if dtype.kind in "biu" or dtype in (FLOAT32, FLOAT64) else FLOAT64)


def c_type_of(dtype: np.dtype) -> str:
    """Return the name of a type in C++."""
    name: str = c_data_type(dtype)
    return name


def cast(term: Term, dtype: np.dtype) -> str:
    """Return the code of a term turned into *dtype*, as NumPy does it in an assignment to an array."""
    if dtype == BOOL:
        return term.code if term.c_type == BOOL else f"({term.code} != 0)"
    if term.whole and term.dtype == INT64 and dtype.kind in "iu":  # what does not fit is cut off, not replaced
        term = as_integer(term)
    return term.code if term.c_type == dtype else f"static_cast<{c_type_of(dtype)}>({term.code})"


def as_integer(term: Term) -> Term:
    return replace(term, code=f"static_cast<{c_type_of(term.dtype)}>({term.code})", c_type=term.dtype, whole=False)


def asked(function: Callable[..., Any], *kinds: Any) -> Any:
    """Return the sample of what NumPy gives for these samples; None if it refuses."""
    try:
        with np.errstate(all="ignore"):
            result = function(*kinds)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return kind_of(result.dtype) if isinstance(result, np.ndarray | np.generic) else result


def promoted(a: np.dtype, b: np.dtype) -> np.dtype:
    """Return the type that C++ computes in when it meets these two."""
    for floating in (FLOAT64, FLOAT32):
        if floating in (a, b):
            return floating
    a, b = (INT32 if each == BOOL or each.itemsize < 4 else each for each in (a, b))
    if a.itemsize == b.itemsize:
        return a if a.kind == "u" else b
    return a if a.itemsize > b.itemsize else b


def literal(value: Any) -> Term:
    if isinstance(value, bool):
        return Term("true" if value else "false", value, BOOL, value=value, bound=1)
    if isinstance(value, float):
        code = repr(value).replace("inf", "INFINITY").replace("nan", "NAN")
        return Term(f"({code})" if code.startswith("-") else code, 1.0, FLOAT64)
    if abs(value) >= 2**63:  # no integer of C++; Python has them of any size
        return Term(f"{float(value)!r}", 1.0, FLOAT64)
    small = abs(value) <= INT_MAX
    code = f"{value}" if small else f"int64_t({value}LL)"
    return Term(code if value >= 0 else f"({code})", value, INT32 if small else INT64, value=value, bound=abs(value))
