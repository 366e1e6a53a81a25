"""The waveforms of PyNN's current sources, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy, deepcopy
from typing import Any

import numpy as np

from brianhw.pynn.models.grid import Grid

__all__ = ["Constant", "Noise", "Played", "Sine", "Steps", "Waveform"]


class Waveform:
    """The current of a source.

    Parameters
    ----------
    values : mapping of str to float or array
        PyNN's parameters, in its units; another mapping may take its place while a network runs.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def between(self, first: int, last: int, grid: Grid) -> np.ndarray:
        """Return the current in nA during the steps from *first* up to *last*."""
        times = grid.time_at(np.arange(first, last))
        return self._on(times, grid.dt) * self._current(times, first, grid.dt)

    def _on(self, times: np.ndarray, dt: float) -> Any:
        return (times > self.values["start"] - dt / 2) & (times < self.values["stop"] - dt / 2)

    def _current(self, times: np.ndarray, first: int, dt: float) -> Any:
        raise NotImplementedError

    def restart(self) -> None:
        """Begin again at time zero."""

    def anew(self) -> Waveform:
        """Return another one that begins at time zero, for a network beside this one's."""
        return copy(self)


class Constant(Waveform):
    """A current that is switched on and off."""

    def _current(self, times: np.ndarray, first: int, dt: float) -> Any:
        return np.full(len(times), self.values["amplitude"])


class Sine(Waveform):
    """An alternating current."""

    def _current(self, times: np.ndarray, first: int, dt: float) -> Any:
        own = self.values
        angle = 2 * np.pi * own["frequency"] * (times - own["start"]) / 1000 + np.radians(own["phase"])
        return own["amplitude"] * np.sin(angle) + own["offset"]


class Steps(Waveform):
    """A current that jumps at given times."""

    def _on(self, times: np.ndarray, dt: float) -> Any:
        return 1.0

    def _current(self, times: np.ndarray, first: int, dt: float) -> Any:
        steps = np.rint(self.values["times"] / dt).astype(np.int64)
        amplitudes = np.concatenate([[0.0], self.values["amplitudes"]])
        return amplitudes[np.searchsorted(steps, first + np.arange(len(times)), side="right")]


BEFORE = (-1, 0.0)  # no interval, and no number


class Noise(Waveform):
    """Normal numbers, each for an interval.

    Parameters
    ----------
    rng : AbstractRNG or None
        Draws them; without one they come from NumPy's global generator.
    """

    def __init__(self, values: Mapping[str, Any], rng: Any = None) -> None:
        super().__init__(values)
        self.rng = rng
        self._drawn = BEFORE  # the interval that the last number was for, and the number

    def _current(self, times: np.ndarray, first: int, dt: float) -> Any:
        own = self.values
        begin = round(own["start"] / dt)
        interval = (first + np.arange(len(times)) - begin) // round(own["dt"] / dt)
        known, value = self._drawn
        if not interval[0] - 1 <= known <= interval[0]:  # the time or the intervals have changed
            known = interval[0] - 1
        drawn = own["mean"] + own["stdev"] * self._normal(interval[-1] - known)
        numbers = np.append(value, drawn)  # of the intervals from the known one on
        self._drawn = (int(interval[-1]), float(numbers[-1]))
        return numbers[interval - known]

    def _normal(self, n: int) -> np.ndarray:
        if self.rng is None:
            return np.random.normal(size=n)
        return np.atleast_1d(self.rng.next(n, distribution="normal", parameters={"mu": 0.0, "sigma": 1.0}))

    def restart(self) -> None:
        self._drawn = BEFORE

    def anew(self) -> Waveform:
        return Noise(self.values, deepcopy(self.rng))


class Played(Waveform):
    """A current that is given for every step from time zero on.

    Parameters
    ----------
    current : array, shape (number of steps,)
        In nA.
    """

    def __init__(self, current: np.ndarray) -> None:
        super().__init__({})
        self.current = current

    def between(self, first: int, last: int, grid: Grid) -> np.ndarray:
        return self.current[first:last]
