"""The Brian2 monitors of one population, in PyNN's units and times."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from brian2 import Clock, SpikeMonitor, StateMonitor

from brianhw.pynn.models.grid import Grid

__all__ = ["Chunk", "Listener", "Monitors"]


class Chunk(NamedTuple):
    """Samples of one variable: from the step *start* on, of the cells *cells* (ascending indices)."""

    start: int
    cells: np.ndarray
    samples: np.ndarray  # shape (number of samples, number of cells), in PyNN's unit


class Monitors:
    """Makes and follows monitors according to what a recorder wants.

    Parameters
    ----------
    group : brianhw.pynn.building.groups.Group
        The population in Brian2.
    recorder : Recorder
        Says what is recorded, and keeps the data of monitors that end.
    grid : Grid
        The steps.
    clock : Clock
        Of the network.
    """

    def __init__(self, group: Any, recorder: Any, grid: Grid, clock: Clock) -> None:
        self._group, self._recorder, self._grid, self._clock = group, recorder, grid, clock
        self._spikes: SpikeMonitor | None = None
        # variable of PyNN -> (monitor, cells, first step of its samples)
        self._signals: dict[str, tuple[StateMonitor, np.ndarray, int]] = {}

    @property
    def objects(self) -> list[Any]:
        """The Brian2 monitors."""
        found = {id(monitor): monitor for monitor, _, _ in self._signals.values()}
        return [*([self._spikes] if self._spikes is not None else []), *found.values()]

    def follow(self, step: int) -> bool:
        """Make the monitors that are wanted from *step* on; return whether any began or ended."""
        before = {id(monitor) for monitor in self.objects}
        wanted = {name: self._recorder.cells_of(name) for name in self._recorder.signals}
        for name in [
            name
            for name, kept in self._signals.items()
            if name not in wanted or not np.array_equal(kept[1], wanted[name])
        ]:
            self._recorder.keep({name: self.chunks_of(name, step)}, None)
            del self._signals[name]
        self._begin_signals({name: cells for name, cells in wanted.items() if name not in self._signals}, step)
        self._follow_spikes()
        return before != {id(monitor) for monitor in self.objects}

    def _begin_signals(self, wanted: dict[str, np.ndarray], step: int) -> None:
        """Begin one monitor for all variables that are wanted of the same cells."""
        by_cells: dict[bytes, list[str]] = {}
        for name, cells in wanted.items():
            by_cells.setdefault(cells.tobytes(), []).append(name)
        every = self._recorder.interval
        start = -(-step // every) * every
        for names in by_cells.values():
            cells = wanted[names[0]]
            # two names may stand for one variable
            variables = list(dict.fromkeys(self._group.recorded_as(name)[0] for name in names))
            all_of_them = len(cells) == self._group.size
            timing = {"clock": self._clock} if every == 1 else {"dt": every * self._clock.dt}
            monitor = StateMonitor(self._group.brian, variables, record=True if all_of_them else cells, **timing)
            self._signals |= {name: (monitor, cells, start) for name in names}

    def _follow_spikes(self) -> None:
        wanted = self._recorder.records_spikes and self._group.spikes_are_unknown
        if wanted and self._spikes is None:
            self._spikes = SpikeMonitor(self._group.brian)
        elif not wanted and self._spikes is not None:
            self._recorder.keep({}, self.spikes())
            self._spikes = None

    def spikes(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return indices of cells and times in ms of the spikes that the monitor holds."""
        if self._spikes is None:
            return None
        number = _number(self._spikes)
        seconds = np.asarray(self._spikes.variables["t"].get_value()[:number], dtype=float)
        steps = np.rint(seconds / float(self._clock.dt)).astype(np.int64) + self._group.spike_lag
        return np.array(self._spikes.variables["i"].get_value()[:number], dtype=np.int64), self._grid.time_at(steps)

    def chunks_of(self, name: str, step: int, *, with_now: bool = False) -> list[Chunk]:
        """Return the samples of a variable before *step*; *with_now*, also the state at *step*."""
        if name not in self._signals:
            return []
        monitor, cells, start = self._signals[name]
        variable, unit = self._group.recorded_as(name)
        values = np.array(monitor.variables[variable].get_value()[: _number(monitor)], dtype=float).reshape(
            -1, len(cells)
        )
        return [Chunk(start, cells, values / unit), *(self.now(name, step) if with_now else ())]

    def now(self, name: str, step: int) -> list[Chunk]:
        """Return the state at this moment, *step*, if a sample is due."""
        if name not in self._signals:
            return []
        _, cells, start = self._signals[name]
        if step < start or (step - start) % self._recorder.interval:
            return []
        variable, unit = self._group.recorded_as(name)
        return [Chunk(step, cells, np.asarray(self._group.state(variable)[None, cells], dtype=float) / unit)]

    def release(self, step: int) -> None:
        """Give all data to the recorder."""
        self._recorder.keep({name: self.chunks_of(name, step) for name in self._signals}, self.spikes())

    def forget(self, step: int) -> None:
        """Drop all data, and go on with samples from *step* on."""
        for monitor in self.objects:
            monitor.variables["N"].set_value(0)
            monitor.resize(0)
        if self._spikes is not None:
            self._spikes.variables["count"].set_value(0)
        every = self._recorder.interval
        begin = -(-step // every) * every
        self._signals = {name: (monitor, cells, begin) for name, (monitor, cells, _) in self._signals.items()}


class Listener:
    """A monitor of spikes that are wanted as they come, and not kept.

    Parameters
    ----------
    group : brianhw.pynn.building.groups.Group
        The population in Brian2.
    """

    MOST = 2**16  # spikes until the monitor begins anew

    def __init__(self, group: Any) -> None:
        self.brian = SpikeMonitor(group.brian)
        self._known = 0

    def heard(self) -> list[int]:
        """Return the cells that have spiked since this was last asked."""
        number = _number(self.brian)
        found: list[int] = self.brian.variables["i"].get_value()[self._known : number].tolist()
        self._known = number
        if number > self.MOST:
            self.brian.variables["N"].set_value(0)
            self.brian.resize(0)
            self._known = 0
        return found


def _number(monitor: Any) -> int:
    return int(monitor.variables["N"].get_value().item())
