"""The compiled core, which is the same for every model: the loop over time and the queues of spikes."""

from __future__ import annotations

import ctypes
import weakref
import zlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from brianhw.device.arrays import GROW
from brianhw.errors import RequestError

__all__ = ["ClockState", "Core", "CoreFunctions", "Entry", "Loop", "SpikeQueue", "pointer"]

SOURCE = Path(__file__).with_name("core.cpp")
INCLUDE = Path(__file__).with_name("include")

LONGEST_DELAY = 1e7  # steps; the same number as in core.cpp

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
        ("queue", ctypes.c_void_p),
        ("events", ctypes.c_void_p),
        ("n_events", ctypes.c_int64),
        ("clock", ctypes.c_int64),
        ("elapsed", ctypes.c_double),
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
        ("stride", ctypes.c_int64),
        ("message", ctypes.c_char * 1000),
    ]


class CoreFunctions(ctypes.Structure):
    """The functions that a model's library may call; the same layout as in brianhw_core.h."""

    _fields_ = [
        ("grow", ctypes.c_void_p),
        ("queue_due", ctypes.c_void_p),
        ("queue_advance", ctypes.c_void_p),
    ]


class Span(ctypes.Structure):
    """Synapses that receive an event: how many, from where on."""

    _fields_ = [("first", ctypes.POINTER(ctypes.c_int32)), ("count", ctypes.c_int64)]


def pointer(array: np.ndarray) -> int:
    """Return the address of an array's first value."""
    address: int = array.ctypes.data
    return address


# name of a function of the core -> what it returns and takes
_SIGNATURES: dict[str, tuple[Any, Sequence[Any]]] = {
    "run": (ctypes.c_int, [ctypes.POINTER(Loop), ctypes.c_double]),
    "call": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]),
    "all_valid": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "all_valid_float": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "queue_new": (ctypes.c_void_p, [ctypes.c_int32, ctypes.c_int32]),
    "queue_delete": (None, [ctypes.c_void_p]),
    "queue_prepare": (
        ctypes.c_int64,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64]
        + [ctypes.c_double],
    ),
    "queue_due": (ctypes.c_int64, [ctypes.c_void_p, ctypes.POINTER(ctypes.POINTER(Span))]),
    "queue_advance": (None, [ctypes.c_void_p]),
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
            ctypes.cast(library.brianhw_queue_advance, ctypes.c_void_p),
        )

    run: Callable[..., int]
    call: Callable[..., int]
    all_valid: Callable[..., int]
    all_valid_float: Callable[..., int]
    queue_new: Callable[..., int]
    queue_delete: Callable[..., None]
    queue_prepare: Callable[..., int]
    queue_due: Callable[..., int]
    queue_advance: Callable[..., None]
    queue_push: Callable[..., None]
    queue_size: Callable[..., int]
    queue_dt: Callable[..., float]
    queue_save: Callable[..., int]
    queue_load: Callable[..., None]


def _fingerprint(delays: np.ndarray, sources: np.ndarray, dt: float) -> tuple[Any, ...]:
    """Return what differs if a queue needs to be prepared anew; about a nanosecond for each synapse."""
    return len(sources), zlib.crc32(sources.data), len(delays), zlib.crc32(delays.data), dt


class QueueState(tuple[int, list[list[int]]]):
    """The events of a queue in the form of Brian2's compiled queue, and the time step that its slots stand for.

    In a file it is a plain tuple, which any device can read.
    """

    dt: float

    def __new__(cls, slots: list[list[int]], dt: float) -> QueueState:
        state = super().__new__(cls, (0, slots))
        state.dt = dt
        return state

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)


def _queue_of_device(source_start: int, source_end: int, state: Any) -> Any:
    """Return a queue that was written to a file, for the device of this process."""
    from brian2.devices.device import all_devices

    device: Any = all_devices["brianhw"]
    device.engine.begin()
    queue = device.spike_queue(source_start, source_end)
    queue._restore_from_full_state(state)
    return queue


class SpikeQueue:
    """The events on their way along one synaptic pathway, with the methods of Brian2's queues.

    What it stores and restores has the form of Brian2's compiled queue, so a network's stored state goes from one
    device to the other.

    Parameters
    ----------
    core : Core or callable
        The compiled core, or how to get it when the queue is used first.
    source_start, source_end : int
        The neurons that are listened to.
    """

    #: What Brian2's caches take it for: the code of a pathway does not depend on which queue it has.
    _state_tuple = ("queue",)

    def __init__(self, core: Core | Callable[[], Core], source_start: int, source_end: int) -> None:
        self._given_core, self._sources = core, (source_start, source_end)
        self._prepared: tuple[Any, ...] | None = None  # what it was prepared for

    @cached_property
    def _core(self) -> Core:
        return self._given_core if isinstance(self._given_core, Core) else self._given_core()

    @cached_property
    def address(self) -> int:
        """Where C++ has it."""
        address = self._core.queue_new(*self._sources)
        weakref.finalize(self, self._core.queue_delete, address)
        return address

    def __reduce__(self) -> tuple[Any, ...]:
        return _queue_of_device, (*self._sources, self._full_state())

    def get_capsule(self) -> None:
        """Return nothing: Brian2's Cython code, which asks for it, cannot use this queue."""
        return None

    def prepare(self, delays: np.ndarray, dt: float, synapse_sources: np.ndarray) -> None:
        """Sort the synapses by source and delay; events in flight stay.

        Parameters
        ----------
        delays : array, shape (1,) or (number of synapses,)
            In seconds.
        dt : float
            The step, in seconds. If it changed, events are due at the step nearest to their time.
        synapse_sources : array of int32, shape (number of synapses,)
            The source neuron of each synapse.

        Raises
        ------
        RequestError
            If a delay is negative, not a number, or longer than 1e7 steps, or a source is out of range.
        """
        delays = np.ascontiguousarray(delays)
        if delays.dtype not in (np.float32, np.float64):
            delays = delays.astype(np.float64)
        sources = np.ascontiguousarray(synapse_sources, dtype=np.int32)
        if len(delays) != 1 and len(delays) != len(sources):
            raise ValueError(f"There are {len(delays)} delays for {len(sources)} synapses.")
        key = _fingerprint(delays, sources, dt)
        if key == self._prepared:
            return
        wrong = self._core.queue_prepare(
            self.address, pointer(delays), delays.dtype == np.float32, len(delays), pointer(sources), len(sources), dt
        )
        if wrong == -2:
            raise MemoryError(f"There is no memory for the delays of {len(sources)} synapses.")
        if wrong >= 0:
            delay = float(delays[0 if len(delays) == 1 else wrong])
            raise RequestError(
                f"Synapse {wrong} has a delay of {delay * 1e3:g} ms and the source {sources[wrong]}. "
                f"A delay must be a number from 0 to {LONGEST_DELAY * dt:g} s, {LONGEST_DELAY:g} steps."
            )
        self._prepared = key

    def is_prepared(self, pathway: Any) -> bool:
        """Say whether the delays and synapses of a pathway are those of the last :meth:`prepare`."""
        delays, sources = pathway._delays.get_value(), pathway.synapse_sources.get_value()
        return bool(_fingerprint(delays, sources, pathway.source.clock.dt_) == self._prepared)

    def push(self, spikes: np.ndarray) -> None:
        """Send events of these neurons (ascending indices) on their way."""
        spikes = np.ascontiguousarray(spikes, dtype=np.int32)
        self._core.queue_push(self.address, pointer(spikes), len(spikes))

    def peek(self) -> np.ndarray:
        """Return the synapses, an array of int32, that have an event now."""
        spans = ctypes.POINTER(Span)()
        number = self._core.queue_due(self.address, ctypes.byref(spans))
        parts = [np.ctypeslib.as_array(spans[k].first, (spans[k].count,)) for k in range(number)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)

    def advance(self) -> None:
        """Go on to the next step."""
        self._core.queue_advance(self.address)

    def _full_state(self) -> QueueState:
        counts = np.zeros(self._core.queue_size(self.address), dtype=np.int64)
        total = self._core.queue_save(self.address, pointer(counts), None)
        events = np.zeros(total, dtype=np.int32)
        self._core.queue_save(self.address, None, pointer(events))
        slots = [part.tolist() for part in np.split(events, np.cumsum(counts)[:-1])]
        return QueueState(slots, self._core.queue_dt(self.address))

    def _restore_from_full_state(self, state: tuple[int, list[list[int]]] | None) -> None:
        # a file does not say to which time step its state belongs: to the one that the network now gets back
        dt = state.dt if isinstance(state, QueueState) else 0.0
        if dt != self._core.queue_dt(self.address):
            self._prepared = None
        offset, slots = state if state is not None else (0, [])
        slots = [*slots[offset:], *slots[:offset]]
        counts = np.array([len(slot) for slot in slots], dtype=np.int64)
        events = (
            np.concatenate([np.asarray(slot, dtype=np.int32) for slot in slots]) if slots else np.empty(0, np.int32)
        )
        events = np.ascontiguousarray(events, dtype=np.int32)
        self._core.queue_load(self.address, pointer(counts), pointer(events), len(counts), dt)
