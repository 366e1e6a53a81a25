"""Where NumPy keeps its own exp, log and so on, for compiled code that must agree with it to the last bit.

NumPy does not call the C library: with AVX-512 its exp differs from glibc's in the last bit for one argument in
twenty, its tanh for one in five. Its inner loops are C functions, and a ufunc object holds their addresses at a
place that NumPy's C API publishes (``PyUFuncObject`` in ``numpy/ufuncobject.h``). A loop called for one number
gives the same bits as for an array, wherever the array lies; :func:`addresses` tests it. ``include/brianhw_numpy.h``
is the other half.

Not so with a negative step: there NumPy itself uses the C library for some functions, ``np.exp(x[::-1])`` is not
``np.exp(x)[::-1]``.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from brianhw.errors import BrianHWError

__all__ = ["FUNCTIONS", "Loop", "addresses", "table"]

# C++ name -> NumPy name, for what NumPy does not leave to the processor; the order is that of brianhw_numpy.h
FUNCTIONS = {
    "exp": "exp",
    "exp2": "exp2",
    "expm1": "expm1",
    "log": "log",
    "log2": "log2",
    "log10": "log10",
    "log1p": "log1p",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "pow": "power",
    "hypot": "hypot",
    "mod": "remainder",
    "floordiv": "floor_divide",
}


class Loop(NamedTuple):
    """The addresses of ``void function(char**, const npy_intp*, const npy_intp*, void* data)`` and of its data."""

    function: int
    data: int


class _Ufunc(ctypes.Structure):
    """The start of ``PyUFuncObject``."""

    _fields_ = [
        ("head", ctypes.c_byte * object.__basicsize__),
        ("nin", ctypes.c_int),
        ("nout", ctypes.c_int),
        ("nargs", ctypes.c_int),
        ("identity", ctypes.c_int),
        ("functions", ctypes.POINTER(ctypes.c_void_p)),
        ("data", ctypes.POINTER(ctypes.c_void_p)),
        ("ntypes", ctypes.c_int),
        ("reserved1", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("types", ctypes.POINTER(ctypes.c_char)),
    ]


Signature = ctypes.CFUNCTYPE(
    None,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.c_void_p,
)


def addresses(kind: Literal["d", "f"] = "d") -> dict[str, Loop]:
    """Return the loop of each of :data:`FUNCTIONS` for doubles (``"d"``) or floats (``"f"``).

    Raises
    ------
    BrianHWError
        If this NumPy keeps its loops elsewhere, or one of them gives other bits for one number than for many.
    """
    loops = {}
    for name, numpy_name in FUNCTIONS.items():
        ufunc = getattr(np, numpy_name)
        loops[name] = _loop(ufunc, kind)
        _check(ufunc, loops[name], kind)
    return loops


@cache
def table() -> ctypes.Array[ctypes.c_void_p]:
    """Return the addresses as brianhw_numpy.h has them: function and data of each loop, doubles first."""
    loops = [loop for kinds in (addresses("d"), addresses("f")) for loop in kinds.values()]
    return (ctypes.c_void_p * (2 * len(loops)))(*(address for loop in loops for address in loop))


def _loop(ufunc: np.ufunc, kind: str) -> Loop:
    inside = _Ufunc.from_address(id(ufunc))
    sizes = (inside.nin, inside.nout, inside.nargs, inside.ntypes)
    if sizes != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes) or inside.name != ufunc.__name__.encode():
        raise BrianHWError(_elsewhere())
    wanted = bytes([np.dtype(kind).num] * ufunc.nargs)
    for number in range(inside.ntypes):
        start = number * inside.nargs
        if inside.types[start : start + inside.nargs] == wanted:
            return Loop(inside.functions[number] or 0, inside.data[number] or 0)
    raise BrianHWError(_elsewhere())


def _elsewhere() -> str:
    return (
        f"NumPy {np.__version__} keeps its loops where brianhw does not find them, the profile 'strict' cannot give "
        "its results. Use the profile 'fast', or another version of NumPy."
    )


def _check(ufunc: np.ufunc, loop: Loop, kind: str) -> None:
    """Call *loop* for one number at a time and compare with what NumPy gives for all at once."""
    one, two = np.linspace(0.01, 0.99, 37, dtype=kind), np.linspace(0.7, 0.3, 37, dtype=kind)
    arrays = [one, two][: ufunc.nin]
    with np.errstate(all="ignore"):
        expected = ufunc(*arrays)
    result = np.empty_like(expected)
    function, size = Signature(loop.function), one.itemsize
    count, steps = (ctypes.c_ssize_t * 1)(1), (ctypes.c_ssize_t * ufunc.nargs)(*[size] * ufunc.nargs)
    for index in range(len(one)):
        places = [array.ctypes.data + index * size for array in (*arrays, result)]
        function((ctypes.c_void_p * ufunc.nargs)(*places), count, steps, loop.data)
    if result.tobytes() != expected.tobytes():
        raise BrianHWError(
            f"NumPy {np.__version__} gives other bits for {ufunc.__name__} of one number than of many, the profile "
            "'strict' cannot give its results. Use the profile 'fast'."
        )
