"""The compiled core: the loop over time and the queues of spikes, and the structures that Python and C++ share."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brianhw.device.core.arrays import GROW

__all__ = ["Call", "Check", "ClockState", "Core", "CoreFunctions", "Entry", "Loop", "Span", "pointer"]

SOURCE = Path(__file__).with_name("core.cpp")
INCLUDE = Path(__file__).with_name("include")

# what the loop says when it returns; the same numbers as in core.cpp
FINISHED, TIME_IS_UP, STOPPED, PYTHON, EXCEPTION = range(5)


class ClockState(ctypes.Structure):
    """A clock as the loop sees it; the same layout as in core.cpp."""

    _fields_ = [
        ("timestep", ctypes.c_void_p),
        ("t", ctypes.c_void_p),
        ("dt", ctypes.c_void_p),
        ("times", ctypes.c_void_p),
        ("end", ctypes.c_int64),
    ]


class Entry(ctypes.Structure):
    """One thing to do in a step: a function of the model, spikes for a queue, or else something for Python."""

    _fields_ = [
        ("run", ctypes.c_void_p),
        ("slots", ctypes.c_void_p),
        ("queue", ctypes.c_void_p),
        ("events", ctypes.c_void_p),
        ("n_events", ctypes.c_int64),
        ("clock", ctypes.c_int64),
        ("elapsed", ctypes.c_double),
        ("shares", ctypes.c_int64),
        ("first_share", ctypes.c_int64),
        ("finds", ctypes.c_int64),
        ("draws", ctypes.c_int64),
        ("together", ctypes.c_int64),
        ("all_shares", ctypes.c_int64),
    ]


class Call(ctypes.Structure):
    """A function of a model's library and its slots; the same layout as in core.cpp."""

    _fields_ = [("run", ctypes.c_void_p), ("slots", ctypes.c_void_p)]


class Check(ctypes.Structure):
    """Values that have to be numbers: where, and how many, or the header that says so; as in core.cpp."""

    _fields_ = [
        ("values", ctypes.c_void_p),
        ("size", ctypes.c_int64),
        ("header", ctypes.c_void_p),
        ("is_float", ctypes.c_int64),
    ]


class Loop(ctypes.Structure):
    """All that a run needs; the same layout as in core.cpp."""

    _fields_ = [
        ("clocks", ctypes.c_void_p),
        ("n_clocks", ctypes.c_int64),
        ("entries", ctypes.c_void_p),
        ("n_entries", ctypes.c_int64),
        ("measure", ctypes.c_int64),
        ("flush_denormals", ctypes.c_int64),
        ("stop", ctypes.c_int64),
        ("t", ctypes.c_double),
        ("current", ctypes.c_int64),
        ("resume", ctypes.c_int64),
        ("threads", ctypes.c_int64),
        ("stride", ctypes.c_int64),
        ("same_time", ctypes.c_double),
        ("random", ctypes.c_void_p),
        ("inputs", ctypes.c_int64),
        ("message", ctypes.c_char * 1000),
    ]


class CoreFunctions(ctypes.Structure):
    """The functions that a model's library may call; the same layout as in brianhw_core.h."""

    _fields_ = [
        ("grow", ctypes.c_void_p),
        ("queue_due", ctypes.c_void_p),
        ("queue_due_in_order", ctypes.c_void_p),
        ("queue_advance", ctypes.c_void_p),
    ]


class Span(ctypes.Structure):
    """Synapses that receive an event: how many, from where on."""

    _fields_ = [
        ("first", ctypes.POINTER(ctypes.c_int32)),
        ("count", ctypes.c_int64),
        ("distinct", ctypes.c_int64),
        ("copies", ctypes.c_void_p),
    ]


def pointer(array: np.ndarray) -> int:
    """Return the address of an array's first value."""
    address: int = array.ctypes.data
    return address


# name of a function of the core -> what it returns and takes
_SIGNATURES: dict[str, tuple[Any, Sequence[Any]]] = {
    "run": (ctypes.c_int, [ctypes.POINTER(Loop), ctypes.c_double]),
    "call": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]),
    "call_all": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64, ctypes.c_char_p, ctypes.c_int64]),
    "first_invalid": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]),
    "draw_spikes": (
        ctypes.c_int64,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
        + [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64],
    ),
    "queue_new": (ctypes.c_void_p, [ctypes.c_int32, ctypes.c_int32]),
    "queue_delete": (None, [ctypes.c_void_p]),
    "queue_prepare": (
        ctypes.c_int64,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64]
        + [ctypes.c_double],
    ),
    "queue_divide": (
        ctypes.c_int64,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64]
        + [ctypes.c_double, ctypes.c_void_p, ctypes.c_int64],
    ),
    "queue_due": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(ctypes.POINTER(Span))]),
    "queue_copy": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]),
    "queue_advance": (None, [ctypes.c_void_p, ctypes.c_int64]),
    "queue_push": (None, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]),
    "queue_size": (ctypes.c_int64, [ctypes.c_void_p]),
    "queue_dt": (ctypes.c_double, [ctypes.c_void_p]),
    "queue_save": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]),
    "queue_load": (None, [ctypes.c_void_p] * 3 + [ctypes.c_int64, ctypes.c_double]),
}


class Core:
    """The loaded core.

    Parameters
    ----------
    library : ctypes.CDLL
        Built from ``core.cpp``.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, f"brianhw_{name}")
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        self.functions = CoreFunctions(
            ctypes.cast(GROW, ctypes.c_void_p),
            ctypes.cast(library.brianhw_queue_due, ctypes.c_void_p),
            ctypes.cast(library.brianhw_queue_due_in_order, ctypes.c_void_p),
            ctypes.cast(library.brianhw_queue_advance, ctypes.c_void_p),
        )

    run: Callable[..., int]
    call: Callable[..., int]
    call_all: Callable[..., int]
    first_invalid: Callable[..., int]
    draw_spikes: Callable[..., int]
    queue_new: Callable[..., int]
    queue_delete: Callable[..., None]
    queue_prepare: Callable[..., int]
    queue_divide: Callable[..., int]
    queue_due: Callable[..., int]
    queue_copy: Callable[..., int]
    queue_advance: Callable[..., None]
    queue_push: Callable[..., None]
    queue_size: Callable[..., int]
    queue_dt: Callable[..., float]
    queue_save: Callable[..., int]
    queue_load: Callable[..., None]
