"""NumPy's own loops, called for one number, give the bits that NumPy gives for arrays."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from brianhw.device import compiler
from brianhw.device.core import numpy_loops
from brianhw.device.core.numpy_loops import FUNCTIONS, addresses
from brianhw.errors import BrianHWError

INCLUDE = Path(numpy_loops.__file__).parent / "include"
SOURCE = """
#include "brianhw_numpy.h"
template <typename T> static void all(void* f, void* d, const T* x, const T* y, T* z, long n) {
    brianhw::NumpyLoop loop;
    *reinterpret_cast<void**>(&loop.function) = f;
    loop.data = d;
    for (long i = 0; i < n; i++) z[i] = y ? loop(x[i], y[i]) : loop(x[i]);
}
#define EXPORT extern "C" __attribute__((visibility("default")))
EXPORT void d(void* f, void* a, double* x, double* y, double* z, long n) { all(f, a, x, y, z, n); }
EXPORT void f(void* f, void* a, float* x, float* y, float* z, long n) { all(f, a, x, y, z, n); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    source = tmp_path_factory.mktemp("loops") / "loops.cpp"
    source.write_text(SOURCE, encoding="utf-8")
    output = source.with_suffix(compiler.SUFFIX)
    profile = compiler.Profile("strict", extra=(f"-I{INCLUDE}",))
    compiler.find().build(source, output, profile)
    return ctypes.CDLL(str(output))


@pytest.mark.standalone
@pytest.mark.parametrize("kind", ["d", "f"])
@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_loop_called_for_one_number_agrees_to_the_bit(
    name: str, size: int, kind: Literal["d", "f"], library: ctypes.CDLL
) -> None:
    ufunc, loop = getattr(np, FUNCTIONS[name]), addresses(kind)[name]
    rng = np.random.default_rng(size)
    ordinary = rng.normal(0, 5, size + 1).astype(kind)[1:]  # off by one number from where NumPy aligns
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 709.9, -745.2, 5e-324], kind)
    for x in (ordinary, special):
        y = x[::-1].copy() if ufunc.nin == 2 else None
        with np.errstate(all="ignore"):
            expected = ufunc(x) if y is None else ufunc(x, y)
        result = np.empty_like(x)
        places = [ctypes.c_void_p(None if array is None else array.ctypes.data) for array in (x, y, result)]
        function = getattr(library, kind)
        function(ctypes.c_void_p(loop.function), ctypes.c_void_p(loop.data), *places, ctypes.c_long(len(x)))
        assert result.tobytes() == expected.tobytes()


def test_a_numpy_that_keeps_its_loops_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [("more", ctypes.c_void_p), *numpy_loops._Ufunc._fields_]
    monkeypatch.setattr(numpy_loops, "_Ufunc", type("_Ufunc", (ctypes.Structure,), {"_fields_": fields}))
    with pytest.raises(BrianHWError, match="elsewhere|does not find"):
        addresses()


def test_a_loop_that_gives_other_bits_for_one_number_is_refused() -> None:
    with pytest.raises(BrianHWError, match="other bits for exp"):
        numpy_loops._check(np.exp, addresses()["exp2"], "d")
