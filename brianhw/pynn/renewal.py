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
from pyNN.standardmodels import cells as standard
from scipy.special import gammaincc, gammainccinv, gammaln

from brianhw.errors import PyNNError

__all__ = ["GammaProcess", "InhomogeneousGammaProcess", "PoissonProcessWithDeadTime", "Process", "process_of"]

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

    Raises
    ------
    PyNNError
        If there is no such process.
    """

    source: str  # PyNN's name
    highest_rate: float  # spikes per step, of the fastest cell

    def __init__(self, values: Mapping[str, Any], size: int, dt: float) -> None:
        self.values, self.size, self.dt = dict(values), size, dt
        start = self._per_cell(values["start"])
        self.start = np.ceil(start / dt - 1e-6)
        self.stop = np.minimum((start + self._per_cell(values["duration"])) / dt - 1e-6, NEVER)
        self._take(values)

    def begin(self, now: int, before: Process | None = None) -> Process:
        """Draw the first spikes from the step *now* on.

        *before* is the process until then, with other parameters: the interval that has begun goes on.
        """
        begin = np.maximum(self.start, now)
        self.last, self.noted = begin, np.full(self.size, -1, dtype=np.int64)
        if before is not None:
            self.last = np.where(self.start > now, begin, np.minimum(before.last, begin))
            self.noted = before.noted
        self.position, self.next = np.empty(self.size), np.empty(self.size, dtype=np.int64)
        self._set_next(np.arange(self.size), self._first(begin) if before is None else self._resumed(begin))
        return self

    def _per_cell(self, value: Any) -> Floats:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (self.size,)))

    def _not_negative(self, values: Mapping[str, Any], name: str) -> Floats:
        each = self._per_cell(values[name])
        wrong = ~(each >= 0)  # NaN, too
        if wrong.any():
            cell = int(np.argmax(wrong))
            raise PyNNError(f"{self.source}: {name} of cell {cell} is {each[cell]:g}; it must be zero or more.")
        return each

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

    source = "SpikeSourcePoissonRefractory"

    def _take(self, values: Mapping[str, Any]) -> None:
        mean = _mean_interval(self._not_negative(values, "rate")) / self.dt
        self.dead = np.maximum(np.ceil(self._not_negative(values, "tau_refrac") / self.dt - 1e-6), 1.0)
        free = mean - self.dead
        if (free < -1e-6).any():
            cell = int(np.argmin(free))
            raise PyNNError(
                f"SpikeSourcePoissonRefractory: cell {cell} cannot spike at {1000 / (mean[cell] * self.dt):g} Hz with "
                f"tau_refrac = {self._per_cell(values['tau_refrac'])[cell]:g} ms in steps of {self.dt:g} ms. The rate "
                f"must be at most {1000 / (self.dead[cell] * self.dt):g} Hz."
            )
        self.highest_rate = float((1.0 / mean).max())
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

    source = "SpikeSourceGamma"

    def _take(self, values: Mapping[str, Any]) -> None:
        self.shape = self._not_negative(values, "alpha")
        if (self.shape == 0).any():
            raise PyNNError(f"{self.source}: alpha of cell {int(np.argmin(self.shape))} is 0; it must be above zero.")
        self.scale = np.minimum(_mean_interval(self._not_negative(values, "beta")) / self.dt, NEVER)
        self.highest_rate = float((1.0 / (self.shape * self.scale)).max())

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

    The last bin has no end, and the first holds before its time, too. A spike is proposed at the largest hazard there
    can be, and accepted with the ratio of the hazard at its time.

    Source: Muller et al. 2007, Neural Computation 19:2958 (hazard of a gamma process, thinning).
    """

    source = "SpikeSourceInhGamma"

    def _take(self, values: Mapping[str, Any]) -> None:
        rows = [self._rows(values[name]) for name in ("a", "b", "tbins")]
        count = max(len(each) for each in rows)  # one, if they are the same for all cells
        lengths = np.array([[len(row) for row in each] * (count // len(each)) for each in rows])
        if (lengths != lengths[0]).any() or (lengths == 0).any():
            raise PyNNError(f"{self.source}: a, b and tbins must have equal lengths, of 1 or more.")
        self.row = np.arange(self.size) if count > 1 else np.zeros(self.size, dtype=np.int64)
        self.ends = np.cumsum(lengths[0])
        self.begins = self.ends - lengths[0]
        self.shapes, scales, bins = (np.concatenate(each * (count // len(each))) for each in rows)
        self._check(scales, bins)
        self.scales, self.bins = scales * 1000.0 / self.dt, bins / self.dt
        self.largest = 1.0 / np.minimum.reduceat(self.scales, self.begins)  # of gamma hazards, per step
        self.highest_rate = float((1.0 / (self.shapes * self.scales)).max())

    def _rows(self, value: Any) -> list[Floats]:
        each = value if isinstance(value, np.ndarray) else [value]
        return [np.asarray(sequence.value, dtype=float) for sequence in each]

    def _check(self, scales: Floats, bins: Floats) -> None:
        if not ((self.shapes >= 1).all() and (scales > 0).all()):
            raise PyNNError(f"{self.source}: a must be 1 or more and b above zero.")
        rises = np.diff(bins) > 0
        rises[self.begins[1:] - 1] = True  # from one row to the next
        if not rises.all():
            raise PyNNError(f"{self.source}: tbins must ascend.")

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
            largest = self.largest[self.row[chosen]]
            position[open_] += np.random.standard_exponential(len(open_)) / largest
            hazard = self._hazard(chosen, position[open_], position[open_] - last[open_])
            refused = np.random.random(len(open_)) * largest >= hazard
            open_ = open_[refused & (position[open_] < self.stop[chosen])]
        return position

    def _hazard(self, cells: Ints, positions: Floats, ages: Floats) -> Floats:
        place = self._bin(cells, positions)
        shape, scale = self.shapes[place], self.scales[place]
        x = ages / scale
        survival = gammaincc(shape, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.exp(-x + (shape - 1) * np.log(x) - gammaln(shape)) / (scale * survival)
        return np.where(survival > TINY, hazard, 1.0 / scale)

    def _bin(self, cells: Ints, positions: Floats) -> Ints:
        """Return the place of the bin that each position is in, by bisection in the rows of *cells*."""
        row = self.row[cells]
        low, high = self.begins[row], self.ends[row]
        for _ in range((int((self.ends - self.begins).max()) - 1).bit_length()):
            middle = (low + high) // 2
            reached = self.bins[middle] <= positions
            low, high = np.where(reached, middle, low), np.where(reached, high, middle)
        return low


PROCESSES: dict[type, type[Process]] = {
    standard.SpikeSourcePoissonRefractory: PoissonProcessWithDeadTime,
    standard.SpikeSourceGamma: GammaProcess,
    standard.SpikeSourceInhGamma: InhomogeneousGammaProcess,
}


def process_of(celltype: Any) -> type[Process] | None:
    """Return the process of a cell type; ``None`` if it has none."""
    return next((process for kind, process in PROCESSES.items() if isinstance(celltype, kind)), None)
