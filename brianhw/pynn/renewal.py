"""Renewal processes on the grid of time steps, drawn for all cells at once, a window ahead.

An interval that is drawn falls between two numbers of steps; it becomes one of them, with the probability that keeps
its mean. Random numbers come from NumPy's global generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln

from brianhw.errors import PyNNError

__all__ = ["GammaProcess", "InhomogeneousGammaProcess", "PoissonProcessWithDeadTime", "Process"]

NEVER = 2**62


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
    """

    def __init__(self, values: Mapping[str, Any], size: int, dt: float, now: int) -> None:
        self.size, self.dt = size, dt
        start = self._per_cell(values["start"])
        self.stop = np.minimum((start + self._per_cell(values["duration"])) / dt - 1e-6, NEVER)
        self._take(values)
        begin = np.maximum(np.ceil(start / dt - 1e-6).astype(np.int64), now)
        self.next = self._first(begin)

    def _per_cell(self, value: Any) -> NDArray[np.float64]:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (self.size,)))

    def _take(self, values: Mapping[str, Any]) -> None:
        """Take the parameters of the process."""
        raise NotImplementedError

    def _first(self, begin: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._after(np.arange(self.size), begin)

    def _after(self, cells: NDArray[np.int64], spikes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the step of the next spike of each of *cells*, whose last one was at *spikes*."""
        return spikes + np.maximum(self._intervals(cells), 1)

    def _intervals(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw an interval, in steps, for each of *cells*."""
        raise NotImplementedError

    def _in_steps(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return times in ms as whole steps, with the same mean."""
        return np.floor(np.minimum(times / self.dt, NEVER / 2) + np.random.random(len(times))).astype(np.int64)

    def until(self, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return cells and steps of the spikes before the step *last* that were not yet returned."""
        cells, steps = [], []
        due = np.flatnonzero((self.next < last) & (self.next < self.stop))
        while len(due):
            cells.append(due)
            steps.append(self.next[due])
            self.next[due] = self._after(due, self.next[due])
            due = due[(self.next[due] < last) & (self.next[due] < self.stop[due])]
        if not cells:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(cells), np.concatenate(steps)


def _mean_interval(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return 1000.0 / rate


class PoissonProcessWithDeadTime(Process):
    """After a spike none for ``tau_refrac``, then at random, at ``rate`` on average."""

    def _take(self, values: Mapping[str, Any]) -> None:
        self.dead = self._per_cell(values["tau_refrac"])
        self.free = _mean_interval(self._per_cell(values["rate"])) - self.dead
        if (self.free < 0).any():
            cell = int(np.argmin(self.free))
            raise PyNNError(
                f"SpikeSourcePoissonRefractory: cell {cell} cannot spike at {1000 / (self.free + self.dead)[cell]:g} "
                f"Hz with tau_refrac = {self.dead[cell]:g} ms. The rate must be below {1000 / self.dead[cell]:g} Hz."
            )

    def _first(self, begin: NDArray[np.int64]) -> NDArray[np.int64]:
        return begin + self._in_steps(self.free * np.random.standard_exponential(self.size))

    def _intervals(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        dead = np.ceil(self.dead[cells] / self.dt - 1e-6).astype(np.int64)
        return dead + self._in_steps(self.free[cells] * np.random.standard_exponential(len(cells)))


class GammaProcess(Process):
    """Intervals with a gamma distribution of shape ``alpha`` and rate ``beta``."""

    def _take(self, values: Mapping[str, Any]) -> None:
        self.shape = self._per_cell(values["alpha"])
        self.scale = _mean_interval(self._per_cell(values["beta"]))

    def _intervals(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._in_steps(self.scale[cells] * np.random.standard_gamma(self.shape[cells]))


class InhomogeneousGammaProcess(Process):
    """A gamma process whose shape ``a`` and scale ``b`` (in s) change at ``tbins``, by thinning.

    A spike is proposed at the largest hazard there can be, and accepted with the ratio of the hazard at its time.
    """

    def _take(self, values: Mapping[str, Any]) -> None:
        shapes, scales, bins = (self._rows(values[name]) for name in ("a", "b", "tbins"))
        self.shapes, self.scales, self.bins = shapes, scales * 1000.0, bins
        if not shapes.shape == scales.shape == bins.shape:
            raise PyNNError("SpikeSourceInhGamma: a, b and tbins must have equal lengths.")
        if (shapes < 1).any() or (scales <= 0).any():
            raise PyNNError("SpikeSourceInhGamma: a must be 1 or more and b above zero.")
        self.largest = 1.0 / self.scales.min(axis=1)  # of a gamma distribution's hazard, per ms

    def _rows(self, value: Any) -> NDArray[np.float64]:
        each = value if isinstance(value, np.ndarray) else [value] * self.size
        return np.array([np.asarray(sequence.value, dtype=float) for sequence in each])

    def _after(self, cells: NDArray[np.int64], spikes: NDArray[np.int64]) -> NDArray[np.int64]:
        last = spikes * self.dt
        times = last.copy()
        open_ = np.arange(len(cells))
        horizon = np.minimum(self.stop[cells] * self.dt, NEVER / 2)
        while len(open_):
            chosen = cells[open_]
            times[open_] += np.random.standard_exponential(len(open_)) / self.largest[chosen]
            hazard = self._hazard(chosen, times[open_], times[open_] - last[open_])
            refused = np.random.random(len(open_)) * self.largest[chosen] >= hazard
            open_ = open_[refused & (times[open_] < horizon[open_])]
        return np.maximum(np.rint(times / self.dt).astype(np.int64), spikes + 1)

    def _hazard(
        self, cells: NDArray[np.int64], times: NDArray[np.float64], ages: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        place = np.maximum((self.bins[cells] <= times[:, None]).sum(axis=1) - 1, 0)
        shape, scale = self.shapes[cells, place], self.scales[cells, place]
        x = ages / scale
        survival = gammaincc(shape, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.exp(-x + (shape - 1) * np.log(x) - gammaln(shape)) / (scale * survival)
        # far out, where next to nothing survives, it has reached its limit
        return np.where(survival > 1e-290, hazard, 1.0 / scale)
