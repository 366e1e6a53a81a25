"""Populations of spike sources as Brian2 groups.

All of them give Brian2 their spikes in steps, a while ahead: random ones are drawn for all devices alike.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from brian2 import Clock, SpikeGeneratorGroup
from brian2.devices.device import get_device
from pyNN.standardmodels import cells as standard

from brianhw.errors import PyNNError
from brianhw.pynn.building.groups import Group
from brianhw.pynn.building.variables import adopts, drawer, in_process, threads
from brianhw.pynn.models import trains
from brianhw.pynn.models.grid import Grid
from brianhw.pynn.models.renewal import Process, process_of

__all__ = ["GivenSpikes", "RandomSpikes", "ReplayedSpikes", "StepSpikes", "draw_together", "source_group_of"]

LAST_STEP = 2**31 - 2  # that SpikeGeneratorGroup, which counts in 32 bits, can hold
FIRST_WINDOW, LONGEST_WINDOW = 64, 2**16  # steps
SPIKES_AHEAD = 2**19  # of a population, about
SPIKES_AT_ONCE = 2**15  # that are drawn, about: the processor's cache holds so many
NO_SPIKES = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)


def place_of(step: int, steps: np.ndarray) -> int:
    """Return where the spikes of a step, and of later ones, begin in *steps*, which ascend."""
    # of another type than they are, NumPy would convert them all
    return int(np.searchsorted(steps, steps.dtype.type(min(step, np.iinfo(steps.dtype).max))))


class StepSpikes(SpikeGeneratorGroup):
    """Spikes in given steps; a cell may have several in one step.

    Of a neuron that stands twice in the list of a step's spikes, Brian2's devices send two, one after the other. The
    list has room for one spike of each neuron: there are more neurons than cells where a step may have more spikes.

    Parameters
    ----------
    size : int
        The number of cells.
    room : int
        The number of spikes in one step, at most.
    clock : Clock
        The clock.
    """

    def __init__(self, size: int, room: int, clock: Clock) -> None:
        # one of few numbers: it is part of the code, which is compiled
        self.room = size if room <= size else 1 << (room - 1).bit_length()
        super().__init__(self.room, [], [] * clock.dt, clock=clock)
        self._steps = np.empty(0, dtype=np.int64)

    def set_steps(self, cells: np.ndarray, steps: np.ndarray) -> None:
        """Send these spikes from now on; *steps* ascend.

        Raises
        ------
        PyNNError
            If there is no room for those of a step.
        """
        steps = steps[: place_of(LAST_STEP + 1, steps)]
        cells = cells[: len(steps)]
        if (steps[self.room :] == steps[: -self.room]).any():
            most = trains.most_in_a_step(steps)
            raise PyNNError(f"{self.name}: {most} spikes in one step, with room for {self.room}.")
        self._neuron_index, self._steps = cells, steps
        self._take("neuron_index", cells)
        self._spikes_changed = True

    def _take(self, name: str, values: np.ndarray) -> None:
        variable = self.variables[name]
        if adopts():
            get_device().adopt(variable, values.astype(np.int32, copy=False))
        else:
            variable.resize(len(values))
            variable.set_value(values)

    def before_run(self, run_namespace: Any) -> None:
        """Take new spikes, as Brian2 does, but for its check that no neuron spikes twice in a step."""
        if self._spikes_changed:
            now = int(self.clock.variables["timestep"].get_value().item())
            self._take("_timebins", self._steps)  # no code uses the times
            self.variables["_lastindex"].set_value(place_of(now, self._steps))
            self._previous_dt, self._spikes_changed = self.dt_[:], False
        super().before_run(run_namespace)

    # The brianhw device lets it take new spikes, and prepares it only once besides.
    before_run.is_repeatable = True  # type: ignore[attr-defined]


class GivenSpikes(Group):
    """Spikes at given times; the recorder knows them."""

    brian: StepSpikes
    spikes_are_unknown = False
    has_several_spikes = True

    def __init__(self, population: Any, grid: Grid, clock: Clock) -> None:
        super().__init__(population, grid, clock)
        cells, steps = self._spikes()
        self.brian = StepSpikes(self.size, trains.most_in_a_step(steps), clock)
        self.brian.set_steps(cells, steps)

    def _spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return cell and step of the spikes that are still to come."""
        indices, times = trains.flattened(self.population._values["spike_times"], self.size)
        reached = (times >= self.population.recorder.made_at - 1e-6 * self.grid.dt) & (times < LAST_STEP * self.grid.dt)
        indices, steps = trains.in_steps(indices[reached], times[reached], self.grid.dt)
        coming = steps >= self.grid.step
        return indices[coming], steps[coming]

    def can_take(self, names: Iterable[str]) -> bool:
        return trains.most_in_a_step(self._spikes()[1]) <= self.brian.room

    def set_parameters(self, names: Iterable[str]) -> None:
        self.restart()

    def restart(self) -> None:
        self.brian.set_steps(*self._spikes())

    def copy_state(self, other: Group) -> None:
        """There is none: the spikes are those that are still to come."""


class ReplayedSpikes(GivenSpikes):
    """The spikes that a population of sources had in another network: cells and steps."""

    def __init__(self, population: Any, grid: Grid, clock: Clock, spikes: tuple[np.ndarray, np.ndarray]) -> None:
        self._given = trains.by_step(*spikes)
        super().__init__(population, grid, clock)

    def _spikes(self) -> tuple[np.ndarray, np.ndarray]:
        return self._given


def draw_together(groups: Sequence[RandomSpikes], first: int, last: int) -> None:
    """Let groups draw their spikes for the steps from *first* on, side by side where the device has threads.

    If one of them has to, all do, so that threads have something to do: as far as there is room for the spikes of each,
    and *last* at most.
    """
    for group in groups:
        group.begin(first)
    if not any(group.lacks(first, last) for group in groups):
        return
    if in_process():  # a program that runs by itself takes them all at once
        last = min(last, first + max(1, int(SPIKES_AHEAD / max(group.expected for group in groups))))
    with _without_interruption():
        if threads() > 1:
            largest_first = sorted(groups, key=lambda group: -group.expected)
            list(_pool(threads(), os.getpid()).map(lambda group: group.draw(first, last), largest_first))
        else:
            for group in groups:
                group.draw(first, last)


@contextmanager
def _without_interruption() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block: what is drawn in part would be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread
        return
    waiting: list[tuple[int, Any]] = []
    before = signal.signal(signal.SIGINT, lambda *received: waiting.append(received))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
    if waiting and callable(before):
        before(*waiting[0])


@cache
def _pool(number: int, process: int) -> ThreadPoolExecutor:
    """Return the threads of a process that draw; a fork has none of its parent's."""
    return ThreadPoolExecutor(number, "brianhw-sources")


class RandomSpikes(Group):
    """Sources whose spikes are drawn at random, a window after the other.

    The first window after a change is short, since there may soon be another; each is twice as long as the one before.
    Windows do not depend on the runs, and so the spikes do not.
    """

    brian: StepSpikes
    has_several_spikes = True

    def __init__(self, population: Any, grid: Grid, clock: Clock) -> None:
        super().__init__(population, grid, clock)
        # with room for higher rates, which may come later
        self.brian = StepSpikes(self.size, max(self._made().most_in_a_step, 2 * self.size + 1), clock)
        self._process: Process | None = None  # None until the first run
        self._spikes, self._are_new = NO_SPIKES, False  # whether Brian2 does not have them yet
        self._until, self._window = 0, FIRST_WINDOW  # spikes are known up to this step; the next window

    def _made(self) -> Process:
        kind = process_of(self.population.celltype)
        assert kind is not None
        process = kind(self.population._values, self.size, self.grid.dt)
        process.drawer = drawer()
        return process

    def begin(self, first: int) -> None:
        """Take a seed, at the first time, from the random numbers that all sources share."""
        if self._process is None:
            seed = np.random.randint(2**32, size=4, dtype=np.uint32)
            self._process = self._made().begin(first, np.random.Generator(np.random.PCG64(seed)))
            self._until = first

    def lacks(self, first: int, last: int) -> bool:
        """Say whether spikes have to be drawn before the steps from *first* on."""
        return self._until <= first or (self._until < last and not in_process())

    @property
    def expected(self) -> float:
        """How many spikes a step has on average."""
        assert self._process is not None
        return max(float(self._process.rates.sum()), 1e-9)

    def draw(self, first: int, last: int) -> None:
        """Draw windows up to the step *last*, if that has not been done; in any thread."""
        if self._until >= last:
            return
        assert self._process is not None
        ends, at_once = [], SPIKES_AT_ONCE / self.expected
        while self._until < last:
            self._until += self._window
            ends.append(self._until)
            self._window = max(1, int(min(2 * self._window, LONGEST_WINDOW, at_once)))
        before, new = self._from(first), self._process.through(ends)
        pairs = zip(before, new, strict=True)
        self._spikes = new if not len(before[0]) else tuple(np.concatenate(pair) for pair in pairs)
        self._are_new = True

    def prepare(self, first: int, last: int) -> int:
        if self._are_new:
            self.brian.set_steps(*self._spikes)
            self._are_new = False
        return min(last, self._until)

    def _from(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the spikes that are drawn, from the step *first* on."""
        cells, steps = self._spikes
        begin = place_of(first, steps)
        return cells[begin:], steps[begin:]

    def can_take(self, names: Iterable[str]) -> bool:
        return self._made().most_in_a_step <= self.brian.room

    def set_parameters(self, names: Iterable[str]) -> None:
        if self._process is not None:
            self._begin_windows(self._made().resume(self.grid.step, self._process))

    def _begin_windows(self, process: Process | None) -> None:
        self._process, self._spikes = process, NO_SPIKES
        self._until, self._window = self.grid.step, FIRST_WINDOW

    def restart(self) -> None:
        self._begin_windows(None)

    def copy_state(self, other: Group) -> None:
        """Go on with the same spikes, unless values have changed since they were drawn."""
        assert isinstance(other, RandomSpikes)
        self._process, self._until, self._window = other._process, other._until, other._window
        if self._process is None:
            return
        now = self.population._values
        changed = [name for name, value in self._process.values.items() if value is not now[name]]
        if changed:
            self.set_parameters(changed)
        else:
            self._spikes = other._from(self.grid.step)
            self.brian.set_steps(*self._spikes)


def source_group_of(population: Any, grid: Grid, clock: Clock) -> Group | None:
    """Return a population of spike sources as a Brian2 group; ``None`` if it has neurons."""
    celltype = population.celltype
    if isinstance(celltype, standard.SpikeSourceArray):
        return GivenSpikes(population, grid, clock)
    own = getattr(celltype, "source_group", None)
    if own is not None:
        group: Group = own(population, grid, clock)
        return group
    return RandomSpikes(population, grid, clock) if process_of(celltype) else None
