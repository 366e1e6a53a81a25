"""A run beside which spikes come and go: when each step begins, and what is exchanged between two of them."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from threading import Event, Lock
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError, SpinnakerWarning
from brianhw.spinnaker.live import connections
from brianhw.spinnaker.live.callbacks import Tasks, begin, called, logger
from brianhw.spinnaker.live.connections import NOTIFY_PORT, Connection
from brianhw.spinnaker.live.injector import SpikeInjector, room_of, train_of

__all__ = ["Live", "Output", "Run"]

PACINGS = ("wall clock", "simulated")
LATE = 50.0  # ms behind the wall clock that are worth a word
PATIENCE = 2.0  # seconds for functions that are called at the end of a run


@dataclass
class Output:
    """That the spikes of a population are sent as they come, to the connections at these ports."""

    ports: set[int] = field(default_factory=set)
    with_time: bool = True


class Live:
    """What a script has said about input and output while the network runs, since ``setup()``.

    Parameters
    ----------
    pacing : str or None
        ``"wall clock"``, as the chip; ``"simulated"``, as fast as it goes, the same each time; ``None`` for the former
        in runs that a connection is told of.
    slow_down : float
        How much slower than real time the chip runs.

    Attributes
    ----------
    outputs : dict of Population to Output
    rates : dict of Population to set of int
        Poisson sources whose rates may be changed, and the ports of the connections that are told of it.
    ports : set of int
        More ports that are told of runs.
    run : Run or None
        The one at hand.
    """

    def __init__(self, pacing: str | None = None, slow_down: float = 1.0) -> None:
        if pacing not in (None, *PACINGS):
            raise SpinnakerError(f"setup(): live must be one of {', '.join(map(repr, PACINGS))}, not {pacing!r}.")
        self.pacing, self.slow_down = pacing, slow_down
        self.outputs: dict[Any, Output] = {}
        self.rates: dict[Any, set[int]] = {}
        self.ports: set[int] = set()
        self.run: Run | None = None
        self.tasks = Tasks(slow_down)
        self.pending: dict[str, list[Any]] = {}  # spikes for populations, by step: a heap
        self._told: dict[Connection, Any] = {}  # and the network that they know
        self._said: set[Any] = set()

    # -- the hooks of a run -------------------------------------------------------------------------

    @contextmanager
    def attending(self, state: Any, end: int, forever: bool = False) -> Iterator[None]:
        """Tell connections of a run until the step *end*, and of its end."""
        told = self._connections(state)
        if self.run is not None:
            raise SpinnakerError("A run is going on in another thread, or in this one; wait until it has ended.")
        if state.step == 0:
            for population in _injectors(state):
                train_of(population).clear()
            self.pending.clear()
            self.tasks.rewind(0.0)
        if not told and not forever:
            yield
            return
        if state.machine.runs_once:
            raise SpinnakerError("cpp_standalone is a program of its own, which spikes cannot reach while it runs.")
        state.build().listen(self.outputs)
        state.prepare()  # the clock should not run while a compiler does
        self.run = run = Run(self, state, end, told, forever)
        try:
            with run.told():
                yield
        finally:
            self.run = None
        self._say_lateness(run)

    def pauses(self, state: Any, end: int) -> Iterator[int]:
        """Yield the steps at which a run is to be interrupted; nothing more once it is asked to stop."""
        if self.run is None:
            yield end
        else:
            yield from self.run.steps(end)

    def refuse_to_end(self) -> None:
        """Raise if a run is going on: ``setup()`` would take the network away from it."""
        if self.run is not None:
            raise SpinnakerError("setup() was called while a run is going on in another thread. Stop it first.")

    def close(self) -> None:
        """End callbacks that wait in simulated time: ``setup()`` has begun anew."""
        self.tasks.close()

    def _say_lateness(self, run: Run) -> None:
        if run.most_behind > LATE and not run.simulated:
            message = (
                f"The run was up to {run.most_behind:.0f} ms behind the wall clock, of which the chip keeps "
                f"{self.slow_down:g} ms for each ms of the model; spikes came and went that much later. Use a larger "
                'time_scale_factor, or setup(live="simulated").'
            )
            warnings.warn(message, SpinnakerWarning, stacklevel=2)

    # -- who is told --------------------------------------------------------------------------------

    def _connections(self, state: Any) -> list[Connection]:
        """Return the connections that are told of a run.

        Raises
        ------
        SpinnakerError
            If one of them has labels of populations that there are not, or that do not send or receive.
        """
        by_port: dict[int, str] = dict.fromkeys(self.ports, "add_database_socket_address()")
        for population, output in self.outputs.items():
            by_port |= dict.fromkeys(output.ports, f"activate_live_output_for({population.label})")
        for population, ports in self.rates.items():
            by_port |= dict.fromkeys(ports, f"add_poisson_live_rate_control({population.label})")
        for population in _injectors(state):
            if population.celltype.notify:
                by_port[port_of(population.celltype.notify_port)] = f"SpikeInjector {population.label}"
        found = [connections.known[port] for port in by_port if port in connections.known]
        for port, who in by_port.items():
            if port not in connections.known:
                self._say(
                    port,
                    f"{who} is for a connection at port {port}; in this process there is none, and nobody is told. "
                    "Make a SpynnakerLiveSpikesConnection with that local_port.",
                )
        for each in connections.known.values():
            if each not in found and any(population.label in each.labels for population in state.populations):
                self._say(
                    each,
                    f"{each} has labels of this network, but nothing names its port: it is not told of the run. Give "
                    "SpikeInjector or activate_live_output_for database_notify_port_num=connection.local_port, or "
                    "close a connection that is of no use any more.",
                )
        for each in found:
            self._check(each, state)
        return found

    def _check(self, connection: Connection, state: Any) -> None:
        by_label = {population.label: population for population in state.populations}
        for label in connection.labels:
            population = by_label.get(plain(connection, label))
            if population is None:
                raise SpinnakerError(
                    f"{connection}: there is no population {label!r}. There are: {', '.join(by_label)}."
                )
            if label in connection.send_labels:
                injects = isinstance(population.celltype, SpikeInjector)
                if hasattr(connection, "extension"):
                    if population not in self.rates:
                        raise SpinnakerError(
                            f"{connection}: call add_poisson_live_rate_control for {population.label}."
                        )
                elif not injects:
                    raise SpinnakerError(
                        f"{connection}: {label} has cells of {type(population.celltype).__name__}; spikes can be sent "
                        "to those of SpikeInjector."
                    )
            if label in connection.receive_labels and population not in self.outputs:
                raise SpinnakerError(f"{connection}: call activate_live_output_for for {label}, to receive its spikes.")

    def _say(self, topic: Any, message: str) -> None:
        if topic not in self._said:
            self._said.add(topic)
            warnings.warn(message, SpinnakerWarning, stacklevel=2)

    def is_new(self, connection: Connection, state: Any) -> bool:
        """Return whether a connection has not been told of the network as it is."""
        before, self._told[connection] = self._told.get(connection), state.populations[:]
        return before != state.populations


def port_of(given: Any) -> int:
    """Return the port of a connection, which the vendor's software has from a file where a script says none."""
    return NOTIFY_PORT if given is None else int(given)


def plain(connection: Connection, label: str) -> str:
    """Return the label of a population as it is in the network."""
    return label.removesuffix(getattr(connection, "extension", ""))


def _injectors(state: Any) -> list[Any]:
    return [each for each in state.populations if isinstance(each.celltype, SpikeInjector)]


class Run:
    """One run: queues of what comes in, the clock, and what goes out.

    Attributes
    ----------
    most_behind : float
        By how many ms of the wall clock steps began too late.
    """

    def __init__(self, live: Live, state: Any, end: int, told: Sequence[Connection], forever: bool) -> None:
        self.live, self.state, self.end, self.forever = live, state, end, forever
        self.connections = list(told)
        self.simulated = live.pacing == "simulated"
        self.most_behind = 0.0
        self.may_go_on = Event()  # of run_sync()
        self.sync_steps = 0
        self._stop, self._lock, self._order = Event(), Lock(), count()
        self._rates: dict[str, dict[int, float]] = {}
        self._populations = {each.label: each for each in state.populations}
        self._sizes = {label: each.size for label, each in self._populations.items()}
        self._late: set[str] = set()

    # -- telling ------------------------------------------------------------------------------------

    @contextmanager
    def told(self) -> Iterator[None]:
        """Call the functions that are to be called before a run, at its start and at its end."""
        length = -1 if self.forever else self.state.grid.time_at(self.end) - self.state.t
        for each in self.connections:
            if self.live.is_new(each, self.state):
                for label, callback in each.callbacks("init"):
                    size = self._sizes[plain(each, label)]
                    called(f"The init callback of {label}", callback, label, size, length, self.state.dt)
        for each in self.connections:
            each.run = self
            for label, cells, at in each.early:
                self.send(label, cells, at)
            each.early.clear()
        with ExitStack() as around:
            if self.simulated:
                around.enter_context(self.live.tasks.in_place_of_sleep())
            self._begin("start")
            try:
                yield
            finally:
                for each in self.connections:
                    each.deliveries.wait()
                    each.run = None
        threads = self._begin("pause")
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _begin(self, kind: str) -> list[Any]:
        found = []
        for each in self.connections:
            for label, callback in each.callbacks(kind):
                what = f"The {kind} callback of {label}"
                if self.simulated and kind == "start":
                    self.live.tasks.begin(what, callback, label, each)
                elif self.simulated:
                    called(what, callback, label, each)
                else:
                    found.append(begin(what, callback, label, each))
        return found

    def stop(self) -> None:
        """End the run after the step at hand."""
        self._stop.set()
        self.may_go_on.set()

    # -- what comes in ------------------------------------------------------------------------------

    def send(self, label: str, cells: np.ndarray, at: float | None) -> None:
        """Take spikes for a population, in the next step or at a time in ms; any thread may call this."""
        size = self._sizes[label]
        wrong = cells[(cells < 0) | (cells >= size)]
        if len(wrong):
            raise SpinnakerError(f"{label} has {size} neurons, from 0 on; a spike was sent to {wrong[0]}.")
        step = -1 if at is None else math.ceil(at / self.state.dt - 1e-6)
        if at is not None and step < self.state.step:
            raise SpinnakerError(f"{label}: a spike was sent for {at:g} ms, but it is {self.state.t:g} ms.")
        with self._lock:
            heappush(self.live.pending.setdefault(label, []), (step, next(self._order), cells))

    def set_rates(self, label: str, rates: Sequence[tuple[int, float]]) -> None:
        """Take rates of Poisson sources; any thread may call this."""
        size = self._sizes[label]
        for cell, _ in rates:
            if not 0 <= cell < size:
                raise SpinnakerError(f"{label} has {size} sources, from 0 on; a rate was sent to {cell}.")
        with self._lock:
            self._rates.setdefault(label, {}).update(rates)

    def _take_spikes(self) -> None:
        """Give injectors the spikes of the step that is next; those without room come in the step after it."""
        step = self.state.step
        with self._lock:
            for label, heap in self.live.pending.items():
                cells: list[np.ndarray] = []
                room = room_of(self._sizes[label])
                while heap and heap[0][0] <= step and room > 0:
                    due, order, found = heappop(heap)
                    cells.append(found[:room])
                    if len(found) > room:
                        heappush(heap, (due, order, found[room:]))
                        self._say_full(label, room_of(self._sizes[label]))
                    room -= len(cells[-1])
                if cells:
                    train_of(self._populations[label]).add(step, np.concatenate(cells))

    def _say_full(self, label: str, room: int) -> None:
        if label not in self._late:
            self._late.add(label)
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
        """Yield the end of each step, when it is time to begin it; exchange spikes between them."""
        first, began = self.state.step, time.monotonic()
        every = self.state.dt * self.live.slow_down / 1000  # seconds for a step
        while self.state.step < end and not self._stop.is_set():
            if self.simulated:
                self.live.tasks.go_on(self.state.t)
            else:
                ahead = began + (self.state.step - first) * every - time.monotonic()
                if ahead > 0:
                    self._stop.wait(ahead)
                self.most_behind = max(self.most_behind, -1000 * ahead)
            if self._stop.is_set():
                break
            self._take_rates()
            self._take_spikes()
            self.state.build().listen(self.live.outputs)
            yield self.state.step + 1
            self._give_spikes(self.state.step - 1)
            if self.sync_steps and self.state.step < end and (self.state.step - first) % self.sync_steps == 0:
                waited = time.monotonic()
                self.may_go_on.wait()
                self.may_go_on.clear()
                began += time.monotonic() - waited

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
    what = f"The receive callback of {label}"
    if with_time:
        for callback in connection.callbacks_of("receive", label):
            yield partial(called, what, callback, label, step, list(cells))
    else:
        for callback in connection.callbacks_of("receive without time", label):
            for cell in cells:
                yield partial(called, what, callback, label, cell, None)
