"""The spikes on their way along a synaptic pathway, as Brian2 asks for them; the compiled core holds them."""

from __future__ import annotations

import ctypes
import weakref
import zlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from brianhw.device.core.compiled import Core, Span, pointer
from brianhw.errors import RequestError

__all__ = ["SpikeQueue"]

LONGEST_DELAY = 1e7  # steps; the same number as in core.cpp


def _fingerprint(delays: np.ndarray, sources: np.ndarray, dt: float) -> tuple[Any, ...]:
    """Return what differs if a queue needs to be prepared anew; about a nanosecond for each synapse."""
    return len(sources), zlib.crc32(sources.data), len(delays), zlib.crc32(delays.data), dt


def _of_synapses(delays: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return the delays of the synapses there are; Brian2 keeps those of synapses that restoring took away."""
    return delays[: len(sources)] if len(delays) > max(len(sources), 1) else delays


def _as_core_takes_them(delays: np.ndarray, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    delays = np.ascontiguousarray(_of_synapses(delays, sources))
    if delays.dtype not in (np.float32, np.float64):
        delays = delays.astype(np.float64)
    return delays, np.ascontiguousarray(sources, dtype=np.int32)


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
    remake : callable, optional
        Makes the queue in another process, of these neurons and its state; without it, no file can hold the queue.
    """

    #: What Brian2's caches take it for: the code of a pathway does not depend on which queue it has.
    _state_tuple = ("queue",)

    def __init__(
        self,
        core: Core | Callable[[], Core],
        source_start: int,
        source_end: int,
        remake: Callable[[int, int, Any], Any] | None = None,
    ) -> None:
        self._given_core, self._sources, self._remake = core, (source_start, source_end), remake
        #: What it was prepared for: the same object until it is prepared anew.
        self.prepared: tuple[Any, ...] | None = None
        #: The part of each synapse, where threads do parts of it side by side.
        self.parts: np.ndarray | None = None
        #: What the last :meth:`copy` was: the same object until there is another one, or the copies have gone.
        self.copied: object = None

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
        if self._remake is None:
            raise TypeError("This queue belongs to a core of this process only.")
        return self._remake, (*self._sources, self._full_state())

    def get_capsule(self) -> None:
        """Return nothing: Brian2's Cython code, which asks for it, cannot use this queue."""
        return None

    def prepare(self, delays: np.ndarray, dt: float, synapse_sources: np.ndarray) -> None:
        """Sort the synapses by source and delay; events in flight stay.

        Parameters
        ----------
        delays : array, shape (1,) or (number of synapses,)
            In seconds. More than there are synapses are left out.
        dt : float
            The step, in seconds. If it changed, events are due at the step nearest to their time.
        synapse_sources : array of int32, shape (number of synapses,)
            The source neuron of each synapse.

        Raises
        ------
        RequestError
            If a delay is negative, not a number, or longer than 1e7 steps, or a source is out of range.
        """
        delays, sources = _as_core_takes_them(delays, synapse_sources)
        if len(delays) != 1 and len(delays) != len(sources):
            raise ValueError(f"There are {len(delays)} delays for {len(sources)} synapses.")
        key = _fingerprint(delays, sources, dt)
        if key == self.prepared:
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
        self.prepared, self.parts, self.copied = key, None, None

    def divide(self, delays: np.ndarray, dt: float, synapse_sources: np.ndarray, parts: np.ndarray | None) -> None:
        """Divide the queue into parts, each with its own synapses; it has to be prepared for the same delays.

        Parameters
        ----------
        delays, dt, synapse_sources
            As for :meth:`prepare`.
        parts : array of uint8, shape (number of synapses,)
            The part to which each synapse belongs. Synapses with one target belong to one part. Without, it becomes
            whole again.
        """
        if parts is None:
            self.prepared = None
            self.prepare(delays, dt, synapse_sources)
            return
        delays, sources = _as_core_takes_them(delays, synapse_sources)
        failed = self._core.queue_divide(
            self.address, pointer(delays), delays.dtype == np.float32, len(delays), pointer(sources), len(sources), dt,
            pointer(parts), int(parts.max(initial=0)) + 1,
        )  # fmt: skip
        if failed == -2:
            raise MemoryError(f"There is no memory to divide {len(sources)} synapses.")
        self.parts, self.copied = parts, None

    def copy(self, arrays: Sequence[np.ndarray]) -> None:
        """Copy arrays with a value for each synapse, so that those of one spike lie side by side for C++.

        They are used until the queue is prepared or divided. Where the synapses lie in the order in which spikes reach
        them, nothing is copied.
        """
        addresses = (ctypes.c_void_p * len(arrays))(*map(pointer, arrays))
        sizes = (ctypes.c_int64 * len(arrays))(*(each.itemsize for each in arrays))
        if self._core.queue_copy(self.address, addresses, sizes, len(arrays)):
            raise MemoryError(f"There is no memory for copies of {len(arrays)} variables of synapses.")
        self.copied = object()

    def is_prepared(self, pathway: Any) -> bool:
        """Say whether the delays and synapses of a pathway are those of the last :meth:`prepare`."""
        delays, sources = pathway._delays.get_value(), pathway.synapse_sources.get_value()
        delays = _of_synapses(delays, sources)
        return bool(_fingerprint(delays, sources, pathway.source.clock.dt_) == self.prepared)

    def push(self, spikes: np.ndarray) -> None:
        """Send events of these neurons (ascending indices) on their way."""
        spikes = np.ascontiguousarray(spikes, dtype=np.int32)
        self._core.queue_push(self.address, pointer(spikes), len(spikes))

    def peek(self) -> np.ndarray:
        """Return the synapses, an array of int32, that have an event now."""
        spans = ctypes.POINTER(Span)()
        number = self._core.queue_due(self.address, 0, ctypes.byref(spans))
        parts = [np.ctypeslib.as_array(spans[k].first, (spans[k].count,)) for k in range(number)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)

    def advance(self) -> None:
        """Go on to the next step."""
        self._core.queue_advance(self.address, 0)

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
        if dt != self._core.queue_dt(self.address) or self.parts is not None:
            self.prepared = None
        self.parts = self.copied = None
        offset, slots = state if state is not None else (0, [])
        slots = [*slots[offset:], *slots[:offset]]
        counts = np.array([len(slot) for slot in slots], dtype=np.int64)
        events = (
            np.concatenate([np.asarray(slot, dtype=np.int32) for slot in slots]) if slots else np.empty(0, np.int32)
        )
        events = np.ascontiguousarray(events, dtype=np.int32)
        self._core.queue_load(self.address, pointer(counts), pointer(events), len(counts), dt)
