"""One run beside which spikes come and go: when each step begins, and what is exchanged between two of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from heapq import heappop, heappush
from itertools import count
from threading import Event, Lock
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.spinnaker.live.callbacks import begin, called, logger
from brianhw.spinnaker.live.connections import Connection
from brianhw.spinnaker.live.injector import room_of, train_of

__all__ = ["NEXT", "Run"]

NEXT = -1  # the step of spikes that are to come as soon as they can
PATIENCE = 2.0  # seconds for functions that are called at the end of a run


class Run:
    """One run: what comes in, the clock, and what goes out.

    Parameters
    ----------
    live : Live
        What the script has said.
    state : State
        What is run.
    length : float
        In ms; -1 if the run has no end.
    told : list of Connection
        Those that are told of it.

    Attributes
    ----------
    simulated : bool
        Whether time is that of the model, and not the wall clock's.
    most_behind : float
        By how many ms of the wall clock steps began too late.
    sync_steps : int
        After so many steps the run waits until it ``may_go_on``; 0 for never.
    """

    def __init__(self, live: Any, state: Any, length: float, told: Sequence[Connection]) -> None:
        self.live, self.state, self.length, self.connections = live, state, length, list(told)
        self.simulated = live.pacing == "simulated"
        self.most_behind = 0.0
        self.sync_steps, self.may_go_on = 0, Event()
        self._stop, self._lock, self._order = Event(), Lock(), count()
        self._rates: dict[str, dict[int, float]] = {}
        self._populations = {each.label: each for each in state.populations}
        self._full: set[str] = set()

    def stop(self) -> None:
        """End the run after the step at hand; any thread may call this."""
        self._stop.set()
        self.may_go_on.set()

    # -- telling ------------------------------------------------------------------------------------

    @contextmanager
    def told(self, new: Sequence[Connection]) -> Iterator[None]:
        """Call the functions for before a run, those of *new* connections, for its start and for its end."""
        for each in new:
            for label, callback in each.callbacks("init"):
                size = self._populations[each.population_of(label)].size
                called(f"The init callback of {label}", callback, label, size, self.length, self.state.dt)
        for each in self.connections:
            early, each.early = each.early, []
            for label, cells, at in early:
                self.send(label, cells, at)
        with ExitStack() as around:
            if self.simulated:
                around.enter_context(self.live.tasks.in_place_of_sleep())
            for each in self.connections:
                each.run = self
            try:
                self._call("start")
                yield
            finally:
                for each in self.connections:
                    each.deliveries.wait()
                    each.run = None
        deadline = time.monotonic() + PATIENCE
        for thread in self._call("pause"):
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _call(self, kind: str) -> list[Any]:
        """Call all functions of a kind; return the threads in which that is done."""
        threads = []
        for each in self.connections:
            for label, callback in each.callbacks(kind):
                what = f"The {kind} callback of {label}"
                if not self.simulated:
                    threads.append(begin(what, callback, label, each))
                elif kind == "start":
                    self.live.tasks.begin(what, callback, label, each)
                else:
                    called(what, callback, label, each)
        return threads

    # -- what comes in ------------------------------------------------------------------------------

    def send(self, label: str, cells: np.ndarray, at: float | None) -> None:
        """Take spikes for a population, in the next step or at a time in ms; any thread may call this.

        Raises
        ------
        SpinnakerError
            If there is no such neuron, or the time is over.
        """
        self._check(label, cells, "neurons", "a spike")
        step = NEXT if at is None else math.ceil(at / self.state.dt - 1e-6)
        if at is not None and step < self.state.step:
            raise SpinnakerError(f"{label}: a spike was sent for {at:g} ms, but it is {self.state.t:g} ms.")
        with self._lock:
            heappush(self.live.pending.setdefault(label, []), (step, next(self._order), cells))

    def set_rates(self, label: str, rates: Sequence[tuple[int, float]]) -> None:
        """Take rates of Poisson sources from the next step on; any thread may call this.

        Raises
        ------
        SpinnakerError
            If there is no such source.
        """
        self._check(label, np.array([cell for cell, _ in rates], dtype=np.int64), "sources", "a rate")
        with self._lock:
            self._rates.setdefault(label, {}).update(rates)

    def _check(self, label: str, cells: np.ndarray, what: str, sent: str) -> None:
        size = self._populations[label].size
        wrong = cells[(cells < 0) | (cells >= size)]
        if len(wrong):
            raise SpinnakerError(f"{label} has {size} {what}, from 0 on; {sent} was sent to {wrong[0]}.")

    def _take_spikes(self) -> None:
        """Give injectors the spikes of the step that is next."""
        with self._lock:
            for label, heap in self.live.pending.items():
                cells = self._due(label, heap)
                if cells:
                    train_of(self._populations[label]).add(self.state.step, np.concatenate(cells))

    def _due(self, label: str, heap: list[Any]) -> list[np.ndarray]:
        """Take the spikes of the next step; those without room are left for the one after it."""
        found: list[np.ndarray] = []
        room = room_of(self._populations[label].size)
        while heap and heap[0][0] <= self.state.step:
            due, order, cells = heappop(heap)
            found.append(cells[:room])
            if len(cells) > room:
                heappush(heap, (due, order, cells[room:]))
                self._say_full(label)
                break
            room -= len(cells)
        return found

    def _say_full(self, label: str) -> None:
        if label not in self._full:
            self._full.add(label)
            room = room_of(self._populations[label].size)
            logger.warning("%s: more than %d spikes were sent for one step; the rest comes in the next.", label, room)

    def _take_rates(self) -> None:
        with self._lock:
            taken, self._rates = self._rates, {}
        for label, rates in taken.items():
            population = self._populations[label]
            now = np.array(population.get("rate", simplify=False), dtype=float)
            now[list(rates)] = list(rates.values())
            population.set(rate=now)

    # -- time ---------------------------------------------------------------------------------------

    def steps(self, end: int) -> Iterator[int]:
        """Yield the end of each step, when it is time to begin it; exchange spikes and rates between steps."""
        first, began = self.state.step, time.monotonic()
        every = self.state.dt * self.live.slow_down / 1000  # seconds for a step
        while self.state.step < end:
            if self.simulated:
                self.live.tasks.go_on(self.state.t)
            else:
                self._wait_until(began + (self.state.step - first) * every)
            if self._stop.is_set():
                return
            self._take_rates()
            self._take_spikes()
            self.state.build().listen(self.live.outputs)
            yield self.state.step + 1
            self._give_spikes(self.state.step - 1)
            if self.sync_steps and self.state.step < end and (self.state.step - first) % self.sync_steps == 0:
                began += self._wait_for_the_script()

    def _wait_until(self, due: float) -> None:
        ahead = due - time.monotonic()
        if ahead > 0:
            self._stop.wait(ahead)
        else:
            self.most_behind = max(self.most_behind, -1000 * ahead)

    def _wait_for_the_script(self) -> float:
        """Wait until the run may go on; return for how many seconds."""
        began = time.monotonic()
        self.may_go_on.wait()
        self.may_go_on.clear()
        return time.monotonic() - began

    # -- what goes out ------------------------------------------------------------------------------

    def _give_spikes(self, step: int) -> None:
        """Give the spikes of a step to those who receive them."""
        for population, output in self.live.outputs.items():
            cells = self.state.network.heard(population)
            if not cells:
                continue
            for each in self.connections:
                if population.label in each.receive_labels:
                    for call in _calls(each, population.label, output.with_time, step, cells):
                        if self.simulated:
                            call()
                        else:
                            each.deliveries.put(call)


def _calls(connection: Connection, label: str, with_time: bool, step: int, cells: list[int]) -> Iterator[Any]:
    """Yield what calls the functions that receive the spikes of a step."""
    what = f"The receive callback of {label}"
    if with_time:
        for callback in connection.callbacks_of("receive", label):
            yield partial(called, what, callback, label, step, list(cells))
    else:
        for callback in connection.callbacks_of("receive without time", label):
            for cell in cells:
                yield partial(called, what, callback, label, cell, None)
