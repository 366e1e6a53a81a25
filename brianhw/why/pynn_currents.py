"""The currents that PyNN's sources inject into cells: when they flow, and what the membrane makes of them.

A cell needs its rheobase at the one time at which most comes. Where the membrane is a linear filter that is the
largest value of the filtered current, which a current that is on for a short time, or alternates, does not reach.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from brianhw.why.explanation import Cause, some_of
from brianhw.why.spiked import Stretch

__all__ = ["Injected", "filtered", "sources_of"]

_AFTERWARDS = 10  # membrane time constants after the end, in which a constant current settles to 5e-5


class _Source(NamedTuple):
    name: str
    cells: np.ndarray  # by their place in the population
    thing: Any


def sources_of(state: Any, population: Any) -> list[_Source]:
    """Return the current sources that are injected into cells of a population."""
    found, first = [], int(population.first_id)
    for source in state.current_sources:
        cells = np.array([int(cell) for cell in source.cell_list], dtype=int) - first
        cells = np.unique(cells[(cells >= 0) & (cells < population.size)])
        if len(cells):
            found.append(_Source(type(source).__name__, cells, source))
    return found


def filtered(current: np.ndarray, tau: np.ndarray, dt: float) -> np.ndarray:
    """Return a current as a membrane that begins at rest follows it, at the end of each step.

    Parameters
    ----------
    current : array, shape (steps,)
    tau : array, shape (n,)
        Of the membrane, in the unit of *dt*.
    dt : float
        The step.

    Returns
    -------
    array, shape (steps, n)

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.why.pynn_currents import filtered
    >>> filtered(np.ones(3), np.array([10.0]), 10.0)[:, 0].round(3)
    array([0.632, 0.865, 0.95 ])
    """
    stays = np.exp(-dt / tau)
    found, value = np.empty((len(current), len(tau))), np.zeros(len(tau))
    for step, each in enumerate(current):
        value = each + (value - each) * stays
        found[step] = value
    return found


class Injected:
    """The currents of all sources of a population's cells.

    Parameters
    ----------
    state : State
        What the script has made.
    population : Population
    stretch : Stretch
        The time that is spoken of.
    """

    def __init__(self, state: Any, population: Any, stretch: Stretch) -> None:
        self.sources, self.stretch, self.size = sources_of(state, population), stretch, population.size
        self.label, self.grid = str(population.label), state.grid
        self.first, self.last = (round(each * 1e3 / self.grid.dt) for each in (stretch.start, stretch.stop))

    def of(self, source: Any, last: int) -> np.ndarray:
        """Return the current (nA) in all steps before *last*; of a noisy one its mean."""
        thing = source.thing
        if "stdev" in thing.default_parameters:  # to draw its numbers would change those that are to come
            values = thing.get_parameters()
            times = self.grid.time_at(np.arange(last))
            return np.where((times >= values["start"] - 1e-9) & (times < values["stop"] - 1e-9), values["mean"], 0.0)
        return np.asarray(thing.waveform(0, last), dtype=float)

    def flows(self) -> np.ndarray:
        """Return the cells that a current flows into in the time."""
        flowing = [each.cells for each in self.sources if np.any(self.of(each, self.last)[self.first :])]
        return np.unique(np.concatenate([np.zeros(0, dtype=int), *flowing]))

    def causes(self, silent: np.ndarray) -> list[Cause]:
        """Return which sources bring nothing to silent cells, and why."""
        found = []
        for each in self.sources:
            hit, current = np.intersect1d(each.cells, silent), self.of(each, self.last)
            if not len(hit) or np.any(current[self.first :]):
                continue
            said, advice = self._why_none(each, current)
            which = some_of(self.label, hit.tolist(), self.size)
            found.append(Cause("no current", f"The {each.name} into {which} injects nothing: {said}.", advice,
                               tuple(hit.tolist())))  # fmt: skip
        return found

    def _why_none(self, source: Any, current: np.ndarray) -> tuple[str, str]:
        later = self._first_later(source)
        if later is not None:
            begin = f"{self.grid.time_at(later):.6g} ms"
            return f"it begins at {begin}, after the end of the run, {self.stretch.stop * 1e3:.6g} ms", (
                f"Run until after {begin}, or let it start earlier."
            )
        before = np.flatnonzero(current)
        if len(before):
            end = f"{self.grid.time_at(int(before[-1]) + 1):.6g} ms"
            return f"it ended at {end}, before the last run", "Set its stop, or run while it is on."
        names = "mean" if "stdev" in source.thing.default_parameters else "amplitude"
        names = "amplitudes" if "amplitudes" in source.thing.default_parameters else names
        return f"its {names} {'are' if names.endswith('s') else 'is'} 0, or it is never on", f"Set its {names}."

    def _first_later(self, source: Any) -> int | None:
        """Return the first step after the end in which a source is to inject something; None if there is none."""
        values = source.thing.get_parameters()
        if "times" in values:
            some = np.flatnonzero(np.asarray(values["amplitudes"]))
            steps = np.rint(np.asarray(values["times"])[some] / self.grid.dt).astype(int)
            return int(steps.min()) if len(steps) and steps.min() >= self.last else None
        strength = [name for name in ("amplitude", "mean", "offset") if values.get(name)]
        begin = int(np.ceil(values["start"] / self.grid.dt - 1e-6))
        return begin if strength and self.last <= begin and values["stop"] > values["start"] else None

    def strongest(self, neurons: np.ndarray, tau: np.ndarray | None = None, goes_on: bool = True) -> np.ndarray:
        """Return the largest current (ampere) that comes to *neurons*, or the mean of one that only takes away.

        Parameters
        ----------
        neurons : array of int
        tau : array, seconds
            Of the membrane of each, if it is a linear filter.
        goes_on : bool
            Whether what would come after the end counts.
        """
        more = 0.0 if tau is None or not goes_on else _AFTERWARDS * float(tau.max(initial=0.0))
        return self._over(neurons, tau, self.last + int(np.ceil(more * 1e3 / self.grid.dt)))

    def _over(self, neurons: np.ndarray, tau: np.ndarray | None, last: int) -> np.ndarray:
        found = np.zeros(len(neurons))
        mine = np.array([[neuron in each.cells for each in self.sources] for neuron in neurons], dtype=bool)
        patterns, member = np.unique(mine.reshape(len(neurons), -1), axis=0, return_inverse=True)
        currents = [self.of(each, last) * 1e-9 for each in self.sources]
        for number, pattern in enumerate(patterns):
            if not pattern.any():
                continue
            here = np.flatnonzero(member.ravel() == number)
            mine = np.flatnonzero(pattern)
            total = np.sum([currents[each] for each in mine], axis=0)
            if total[self.first :].max() < 0:
                found[here] = total[self.first :].mean()
            elif tau is None:
                found[here] = total[self.first :].max()
            else:
                taus, which = np.unique(tau[here], return_inverse=True)
                follows = sum(self._followed(self.sources[each].thing, currents[each], taus) for each in mine)
                found[here] = follows[self.first :].max(axis=0)[which.ravel()]
        return found

    def _followed(self, source: Any, current: np.ndarray, tau: np.ndarray) -> Any:
        """Return a current as membranes follow it; of an alternating one no more than when it has settled."""
        follows, values = filtered(current, tau, self.grid.dt * 1e-3), source.get_parameters()
        if "frequency" not in values:
            return follows
        swing = abs(values["amplitude"]) / np.hypot(1, 2 * np.pi * values["frequency"] * tau)
        return np.minimum(follows, (max(values["offset"], 0.0) + swing) * 1e-9)

    def names(self, neurons: np.ndarray) -> str:
        """Return what the sources of cells are called together."""
        here = [each.name for each in self.sources if np.isin(each.cells, neurons).any()]
        kinds = [f"{here.count(name)} {name}s" if here.count(name) > 1 else name for name in dict.fromkeys(here)]
        return " and ".join(kinds)
