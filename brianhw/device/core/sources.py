"""The spikes of Poisson sources, drawn by the compiled core."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from brianhw.device.core.compiled import Core, pointer

__all__ = ["draw_spikes"]


class _Law(ctypes.Structure):
    """How often a cell spikes in a step; the same layout as in core.cpp."""

    _fields_ = [
        ("table", ctypes.c_void_p),
        ("distribution", ctypes.c_void_p),
        ("n_distribution", ctypes.c_int64),
        ("unknown", ctypes.c_int64),
    ]


class _Generator(ctypes.Structure):
    """A generator of NumPy; the same layout as in core.cpp."""

    _fields_ = [("next_word", ctypes.c_void_p), ("next_double", ctypes.c_void_p), ("state", ctypes.c_void_p)]


def draw_spikes(
    core: Core, counts: Any, cells: int, windows: Sequence[int], first: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return cell and step, arrays of int32, of the spikes that :meth:`PoissonCounts.spikes` draws with NumPy.

    Python is not needed meanwhile, so that threads can draw side by side.

    Parameters
    ----------
    core : Core
        The core.
    counts : PoissonCounts
        The law.
    cells : int
        The number of cells.
    windows : sequence of int
        Numbers of steps; those of a window are drawn at once.
    first : int
        The first step.
    rng : numpy.random.Generator
        Where the random bits come from.
    """
    lengths = np.array(windows, dtype=np.int64)
    mean = counts.mean * cells * float(lengths.sum())
    room = int(mean + 20 * np.sqrt(mean) + 200)  # more spikes have a chance below 1e-80
    found, steps = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    law = _Law(pointer(counts.table), pointer(counts.distribution), len(counts.distribution), counts.unknown)
    interface = rng.bit_generator.ctypes
    functions = (ctypes.cast(each, ctypes.c_void_p) for each in (interface.next_uint64, interface.next_double))
    generator = _Generator(*functions, interface.state_address)
    with rng.bit_generator.lock:
        number = core.draw_spikes(
            ctypes.byref(law), ctypes.byref(generator), cells, pointer(lengths), len(lengths), first, pointer(found),
            pointer(steps), room,
        )  # fmt: skip
    if number < 0:
        raise MemoryError(f"There is no memory for the spikes of {cells} sources in {lengths.sum()} steps.")
    return found[:number], steps[:number]
