"""The time step as a double, where integers would keep loops from using vector instructions, is the same number."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest
from brian2.core.functions import DEFAULT_FUNCTIONS, timestep

from brianhw.device import compiler
from brianhw.device.code.codeobject import CompiledCodeObject

LOOP = """
#include <cmath>
#include <cstdint>
{function}
extern "C" __attribute__((visibility("default"))) void all(const double* t, double dt, double* step, long n) {{
    for (long i = 0; i < n; i++) step[i] = _timestep(t[i], dt);
}}
"""


@pytest.mark.standalone
@pytest.mark.parametrize("flags", [("-DBRIANHW_FAST", "-U__AVX512DQ__"), ("-DBRIANHW_STRICT",)])
@pytest.mark.parametrize("dt", [1e-5, 1e-4, 0.1, 0.3e-3])
def test_the_compiled_time_step_is_that_of_numpy(flags: tuple[str, ...], dt: float, tmp_path: Path) -> None:
    function = DEFAULT_FUNCTIONS["timestep"].implementations[CompiledCodeObject].get_code(None)
    source, output = tmp_path / "step.cpp", tmp_path / f"step{compiler.SUFFIX}"
    source.write_text(LOOP.format(function=function), encoding="utf-8")
    compiler.find().build(source, output, compiler.Profile("strict", extra=flags))
    grid = np.arange(-1000, 100_000) * dt
    t = np.concatenate([grid, np.nextafter(grid, np.inf), np.nextafter(grid, -np.inf), [-1e4, 1e4]])
    step = np.empty_like(t)
    places = ctypes.c_void_p(t.ctypes.data), ctypes.c_double(dt), ctypes.c_void_p(step.ctypes.data)
    ctypes.CDLL(str(output)).all(*places, ctypes.c_long(len(t)))
    np.testing.assert_array_equal(step, timestep(t, dt))
