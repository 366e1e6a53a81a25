"""Renewal processes on the grid of time steps, drawn for all cells at once, a window ahead.

Positions are counted in steps. A spike between two steps is noted in the later one, and the next interval begins where
the spike was, not where it was noted: rounding adds up to nothing. Of two spikes in one step the second is noted one
step later. Random numbers come from NumPy's global generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammainccinv, gammaln

from brianhw.errors import PyNNError

__all__ = ["GammaProcess", "InhomogeneousGammaProcess", "PoissonProcessWithDeadTime", "Process"]

NEVER = 2.0**60
TINY = 1e-290  # below this, a survival is too small to divide by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Process:
    """Spikes of many cells, one interval after the other.

    Parameters
    ----------
    values : mapping
        PyNN's parameters of the source: numbers, or arrays of one per cell.
    size : int
        Number of cells.
    dt : float
        The step, in ms.
    now : int
        The step from which on spikes are drawn.
    before : Process, optional
        The process until *now*, with other parameters: the interval that has begun goes on.
    """

    def __init__(
        self, values: Mapping[str, Any], size: int, dt: float, now: int, before: Process | None = None
    ) -> None:
        self.size, self.dt = size, dt
        start = self._per_cell(values["start"])
        self.stop = np.minimum((start + self._per_cell(values["duration"])) / dt - 1e-6, NEVER)
        self._take(values)
        start = np.ceil(start / dt - 1e-6)
        begin = np.maximum(start, now)
        self.last, self.noted = begin, np.full(size, -1, dtype=np.int64)
        if before is not None:
            self.last = np.where(start > now, begin, np.minimum(before.last, begin))
            self.noted = before.noted
        cells = np.arange(size)
        self._set_next(cells, self._first(begin) if before is None else self._resumed(begin))

    def _per_cell(self, value: Any) -> Floats:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (self.size,)))

    def _take(self, values: Mapping[str, Any]) -> None:
        """Take the parameters of the process."""
        raise NotImplementedError

    def _first(self, begin: Floats) -> Floats:
        """Return the position of the first spike of all cells, which begin at *begin*."""
        return self._after(np.arange(self.size), begin)

    def _resumed(self, begin: Floats) -> Floats:
        """Return the position of the first spike from *begin* on, of cells that spiked at ``last``."""
        raise NotImplementedError

    def _after(self, cells: Ints, last: Floats) -> Floats:
        """Return the position of the next spike of each of *cells*, whose last one was at *last*."""
        raise NotImplementedError

    def _set_next(self, cells: Ints, position: Floats) -> None:
        if not hasattr(self, "position"):
            self.position, self.next = np.empty(self.size), np.empty(self.size, dtype=np.int64)
        self.position[cells] = position
        step = np.ceil(np.minimum(position, NEVER) - 1e-6).astype(np.int64)
        self.next[cells] = np.maximum(step, self.noted[cells] + 1)

    def until(self, last: int) -> tuple[Ints, Ints]:
        """Return cells and steps of the spikes before the step *last* that were not yet returned."""
        cells, steps = [], []
        due = np.flatnonzero((self.next < last) & (self.next < self.stop))
        while len(due):
            cells.append(due)
            steps.append(self.next[due])
            self.last[due], self.noted[due] = self.position[due], self.next[due]
            self._set_next(due, self._after(due, self.position[due]))
            due = due[(self.next[due] < last) & (self.next[due] < self.stop[due])]
        if not cells:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(cells), np.concatenate(steps)


def _mean_interval(rate: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return 1000.0 / rate


class PoissonProcessWithDeadTime(Process):
    """After a spike none for ``tau_refrac``, then at random, at ``rate`` on average.

    In whole steps: after the dead steps, each step has a spike with the same probability.
    """

    def _take(self, values: Mapping[str, Any]) -> None:
        mean = _mean_interval(self._per_cell(values["rate"])) / self.dt
        self.dead = np.maximum(np.ceil(self._per_cell(values["tau_refrac"]) / self.dt - 1e-6), 1.0)
        free = mean - self.dead
        if (free < -1e-6).any():
            cell = int(np.argmin(free))
            raise PyNNError(
                f"SpikeSourcePoissonRefractory: cell {cell} cannot spike at {1000 / (mean[cell] * self.dt):g} Hz with "
                f"tau_refrac = {self._per_cell(values['tau_refrac'])[cell]:g} ms in steps of {self.dt:g} ms. The rate "
                f"must be at most {1000 / (self.dead[cell] * self.dt):g} Hz."
            )
        with np.errstate(divide="ignore"):  # the chance in a step is 1 / (1 + free)
            self.decay = 1.0 / np.log1p(1.0 / np.maximum(free, 0.0))

    def _free(self, cells: Ints) -> Floats:
        return np.minimum(np.floor(self.decay[cells] * np.random.standard_exponential(len(cells))), NEVER)

    def _first(self, begin: Floats) -> Floats:
        return begin + self._free(np.arange(self.size))

    def _resumed(self, begin: Floats) -> Floats:
        has_spiked = self.noted >= 0
        return np.maximum(begin, np.where(has_spiked, self.noted + self.dead, begin)) + self._free(np.arange(self.size))

    def _after(self, cells: Ints, last: Floats) -> Floats:
        return last + self.dead[cells] + self._free(cells)


class GammaProcess(Process):
    """Intervals with a gamma distribution of shape ``alpha`` and rate ``beta``."""

    def _take(self, values: Mapping[str, Any]) -> None:
        self.shape = self._per_cell(values["alpha"])
        self.scale = np.minimum(_mean_interval(self._per_cell(values["beta"])) / self.dt, NEVER)

    def _after(self, cells: Ints, last: Floats) -> Floats:
        return last + self.scale[cells] * np.random.standard_gamma(self.shape[cells])

    def _resumed(self, begin: Floats) -> Floats:
        age = (begin - self.last) / self.scale
        survival = gammaincc(self.shape, age)
        interval = gammainccinv(self.shape, survival * (1.0 - np.random.random(self.size)))
        # far out the hazard has reached its limit
        late = age + np.random.standard_exponential(self.size)
        return self.last + self.scale * np.where(survival > TINY, np.maximum(interval, age), late)


class InhomogeneousGammaProcess(Process):
    """A gamma process whose shape ``a`` and scale ``b`` (in s) change at ``tbins``, by thinning.

    A spike is proposed at the largest hazard there can be, and accepted with the ratio of the hazard at its time.
    """

    def _take(self, values: Mapping[str, Any]) -> None:
        shapes, scales, bins = (self._rows(values[name]) for name in ("a", "b", "tbins"))
        self.shapes, self.scales, self.bins = shapes, scales * 1000.0 / self.dt, bins / self.dt
        if not shapes.shape == scales.shape == bins.shape:
            raise PyNNError("SpikeSourceInhGamma: a, b and tbins must have equal lengths.")
        if (shapes < 1).any() or (scales <= 0).any():
            raise PyNNError("SpikeSourceInhGamma: a must be 1 or more and b above zero.")
        self.largest = 1.0 / self.scales.min(axis=1)  # of a gamma distribution's hazard, per step

    def _rows(self, value: Any) -> Floats:
        each = value if isinstance(value, np.ndarray) else [value] * self.size
        return np.array([np.asarray(sequence.value, dtype=float) for sequence in each])

    def _after(self, cells: Ints, last: Floats) -> Floats:
        return self._thinned(cells, last, last)

    def _resumed(self, begin: Floats) -> Floats:
        return self._thinned(np.arange(self.size), self.last, begin)

    def _thinned(self, cells: Ints, last: Floats, begin: Floats) -> Floats:
        """Return the position of the next spike from *begin* on."""
        position = begin.copy()
        open_ = np.arange(len(cells))
        while len(open_):
            chosen = cells[open_]
            position[open_] += np.random.standard_exponential(len(open_)) / self.largest[chosen]
            hazard = self._hazard(chosen, position[open_], position[open_] - last[open_])
            refused = np.random.random(len(open_)) * self.largest[chosen] >= hazard
            open_ = open_[refused & (position[open_] < self.stop[chosen])]
        return position

    def _hazard(self, cells: Ints, positions: Floats, ages: Floats) -> Floats:
        place = np.maximum((self.bins[cells] <= positions[:, None]).sum(axis=1) - 1, 0)
        shape, scale = self.shapes[cells, place], self.scales[cells, place]
        x = ages / scale
        survival = gammaincc(shape, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.exp(-x + (shape - 1) * np.log(x) - gammaln(shape)) / (scale * survival)
        return np.where(survival > TINY, hazard, 1.0 / scale)
