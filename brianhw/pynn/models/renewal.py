"""Random processes on the grid of time steps, drawn for all cells at once, a window ahead.

Positions are counted in steps. A spike between two steps is noted in the later one, and the next interval begins where
the spike was, not where it was noted: rounding adds up to nothing. Several spikes may be noted in one step, so that
counts have the mean and the variance of the process at any rate.

A process has a generator of its own, and the windows that it is asked for do not depend on the runs: neither do its
spikes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy  # scipy.special is imported by its first use
from numpy.typing import NDArray
from pyNN.standardmodels import cells as standard

from brianhw.errors import PyNNError
from brianhw.pynn.models.counts import Drawer, PoissonCounts
from brianhw.pynn.models.trains import by_step, in_turns

__all__ = [
    "GammaProcess",
    "InhomogeneousGammaProcess",
    "PoissonProcess",
    "PoissonProcessWithDeadTime",
    "Process",
    "process_of",
]

NEVER = 2.0**60
MANY = 0.1  # spikes of a cell in a step: from here on, counts of all cells take less time than places of spikes
TINY = 1e-290  # below this, a survival is too small to divide by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Process:
    """Spikes of many cells.

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
    rates: Floats  # spikes per step of each cell, at most
    rng: np.random.Generator
    drawer: Drawer | None = None  # draws numbers of spikes in compiled code

    def __init__(self, values: Mapping[str, Any], size: int, dt: float) -> None:
        self.values, self.size, self.dt = dict(values), size, dt
        start = self._per_cell(values["start"])
        self.start = np.ceil(start / dt - 1e-6)
        self.stop = np.minimum((start + self._per_cell(values["duration"])) / dt - 1e-6, NEVER)
        self._take(values)

    @property
    def most_in_a_step(self) -> int:
        """How many spikes all cells have in one step, at most: that there are more has a chance below 1e-15."""
        raise NotImplementedError

    def begin(self, now: int, rng: np.random.Generator) -> Process:
        """Draw from the step *now* on, with the random numbers of *rng*."""
        raise NotImplementedError

    def resume(self, now: int, before: Process) -> Process:
        """Go on from the step *now* in place of *before*, the process until then, with other parameters."""
        raise NotImplementedError

    def until(self, last: int) -> tuple[Ints, Ints]:
        """Return cells and steps of the spikes before the step *last* that were not yet returned."""
        raise NotImplementedError

    def through(self, ends: Sequence[int]) -> tuple[Ints, Ints]:
        """Return what :meth:`until` returns for one end after the other."""
        parts = [part for part in map(self.until, ends) if len(part[0])]
        if not parts:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        cells, steps = zip(*parts, strict=True)
        return np.concatenate(cells), np.concatenate(steps)

    def _per_cell(self, value: Any) -> Floats:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (self.size,)))

    def _not_negative(self, values: Mapping[str, Any], name: str) -> Floats:
        each = self._per_cell(values[name])
        wrong = ~((each >= 0) & (each < np.inf))  # NaN, too
        if wrong.any():
            cell = int(np.argmax(wrong))
            need = "finite" if each[cell] > 0 else "zero or more"
            raise PyNNError(f"{self.source}: {name} of cell {cell} is {each[cell]:g}; it must be {need}.")
        return each

    def _take(self, values: Mapping[str, Any]) -> None:
        """Take the parameters of the process."""
        raise NotImplementedError


def _at_most(mean: Any) -> Any:
    """Return a number that a Poisson distribution passes with a chance below 1e-15."""
    return mean + 12 * np.sqrt(mean) + 40


class PoissonProcess(Process):
    """Spikes that know nothing of each other, at ``rate``.

    All cells together are one Poisson process, and each of its spikes is a certain cell's with the share that the cell
    has of the rate (Kingman 1993, "Poisson Processes", sections 2.2 and 5.1). So the work is that of the spikes, not of
    the cells and steps. Where spikes are many and all cells have the same rate, each cell's number in each step is
    drawn instead, which is less.
    """

    source = "SpikeSourcePoisson"
    counts: PoissonCounts | None

    def _take(self, values: Mapping[str, Any]) -> None:
        self.rates = self._not_negative(values, "rate") * self.dt / 1000.0
        rate = float(self.rates[0]) if self.size else 0.0
        is_one = bool((self.rates == rate).all())
        self.counts = PoissonCounts(rate) if is_one and MANY <= rate <= PoissonCounts.largest_mean else None

    @property
    def most_in_a_step(self) -> int:
        return int(_at_most(self.rates.sum()))

    def begin(self, now: int, rng: np.random.Generator) -> Process:
        self.now, self.rng = now, rng
        return self

    def resume(self, now: int, before: Process) -> Process:
        return self.begin(now, before.rng)

    def until(self, last: int) -> tuple[Ints, Ints]:
        edges = np.ceil(np.concatenate(list(self._changes())))
        edges = np.unique(np.clip(np.append(edges, (self.now, last)), self.now, last)).astype(np.int64)
        self.now = last
        parts = [self._between(*pair) for pair in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
        if not parts:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        cells, steps = zip(*parts, strict=True)
        return np.concatenate(cells), np.concatenate(steps)

    def through(self, ends: Sequence[int]) -> tuple[Ints, Ints]:
        if self.counts is None or (self.start > self.now).any() or (self.stop < ends[-1]).any():
            return super().through(ends)
        first, self.now = self.now, ends[-1]
        return self.counts.spikes(self.size, np.diff(ends, prepend=first).tolist(), first, self.rng, self.drawer)

    def _between(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Return the spikes of a time in which no cell begins or ends, in turns."""
        if self.counts is not None and self._active(first).all():
            return self.counts.spikes(self.size, [last - first], first, self.rng, self.drawer)
        return in_turns(*self._placed(first, last, self._rates_from(first)))

    def _changes(self) -> Iterable[Floats]:
        """Return the steps before which rates change."""
        return [self.start, self.stop]

    def _active(self, first: int) -> NDArray[np.bool_]:
        return (self.start <= first) & (first < self.stop)

    def _rates_from(self, first: int) -> Floats:
        """Return the rates of all cells from the step *first* until they change."""
        return np.where(self._active(first), self.rates, 0.0)

    def _placed(self, first: int, last: int, rates: Floats) -> tuple[Ints, Ints]:
        """Return the spikes of a time with these rates, sorted by step and cell."""
        number = self.rng.poisson(rates.sum() * (last - first))
        intervals = self.rng.standard_exponential(number + 1)  # in proportion they are those of *number* spikes
        ends = np.cumsum(intervals)
        places = ends[:-1] * ((last - first) / ends[-1])
        steps = np.minimum(places.astype(np.int64), last - first - 1)
        return _at_shares(places - steps, rates), steps + first


def _at_shares(places: Floats, rates: Floats) -> Ints:
    """Return the cell at each of *places*, from 0 to 1, where each cell has the share of its rate."""
    if (rates == rates[0]).all():
        return np.minimum((places * len(rates)).astype(np.int64), len(rates) - 1)
    ends = np.cumsum(rates)
    return np.minimum(np.searchsorted(ends, places * ends[-1], side="right"), np.flatnonzero(rates)[-1])


class RenewalProcess(Process):
    """One interval after the other.

    Attributes
    ----------
    soon : array, shape (size,)
        The chance of an interval of less than a step, at most.
    burst : array, shape (size,), or float
        How many spikes come together, where they come in bursts; one otherwise.
    lead : float
        Steps from where the first interval begins to the step ``start``.
    """

    soon: Floats
    burst: Any = 1.0
    lead = 0.0  # as if there had been a spike at the start

    @property
    def most_in_a_step(self) -> int:
        # regular cells can fall into step, each with one spike and those that follow soon after
        rest = np.maximum(1.0 - self.soon, 1e-9)
        together = (1 / rest).sum() + 12 * np.sqrt((self.soon / rest**2).sum()) + 40 / rest.min()
        each = np.broadcast_to(self.burst * _at_most(self.rates / self.burst), (self.size,)).sum()
        return int(min(together, each))

    def begin(self, now: int, rng: np.random.Generator) -> Process:
        self.rng = rng
        self._begin_at(np.maximum(self.start, now) - self.lead, np.zeros(self.size, dtype=bool))
        self._set_next(np.arange(self.size), self._first(self.last))
        return self

    def resume(self, now: int, before: Process) -> Process:
        assert isinstance(before, RenewalProcess)
        self.rng = before.rng
        # what lies between two steps is noted in the later one, which is still to come
        begin = np.where(self.start > now, self.start - self.lead, now - 1.0)
        last, has_spiked = before._last_before(now)
        self._begin_at(np.where(self.start > now, begin, np.minimum(last, begin)), has_spiked)
        self._set_next(np.arange(self.size), self._resumed(begin))
        return self

    def _begin_at(self, last: Floats, has_spiked: NDArray[np.bool_]) -> None:
        self.last, self.has_spiked = last, has_spiked
        self.position, self.next = np.empty(self.size), np.empty(self.size, dtype=np.int64)
        self._window = last, has_spiked, np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=np.int64)

    def _last_before(self, now: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Return where each cell had its last spike before the step *now*, and whether it had one; in this window."""
        last, has_spiked, cells, positions, steps = self._window
        past = steps < now
        last, has_spiked = last.copy(), has_spiked.copy()
        np.maximum.at(last, cells[past], positions[past])
        has_spiked[cells[past]] = True
        return last, has_spiked

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
        self.next[cells] = np.ceil(np.minimum(position, NEVER) - 1e-6).astype(np.int64)

    def until(self, last: int) -> tuple[Ints, Ints]:
        before = self.last.copy(), self.has_spiked.copy()
        found = []
        due = np.flatnonzero((self.next < last) & (self.next < self.stop))
        while len(due):
            found.append((due, self.position[due], self.next[due]))
            self.last[due], self.has_spiked[due] = self.position[due], True
            self._set_next(due, self._after(due, self.position[due]))
            due = due[(self.next[due] < last) & (self.next[due] < self.stop[due])]
        found = found or [(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=np.int64))]
        cells, positions, steps = (np.concatenate(each) for each in zip(*found, strict=True))
        self._window = *before, cells, positions, steps
        return by_step(cells, steps)


def _mean_interval(rate: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return 1000.0 / rate


class PoissonProcessWithDeadTime(RenewalProcess):
    """After a spike none for ``tau_refrac``, then at random, at ``rate`` on average.

    A dead time of a step or more counts in whole steps, so that spikes on the grid are never closer than that.
    """

    source = "SpikeSourcePoissonRefractory"
    lead = 1.0  # the step of the start is one like others

    def _take(self, values: Mapping[str, Any]) -> None:
        mean = _mean_interval(self._not_negative(values, "rate")) / self.dt
        tau = self._not_negative(values, "tau_refrac") / self.dt
        self.dead = np.where(tau < 1 - 1e-6, tau, np.ceil(tau - 1e-6))
        free = mean - self.dead
        if (free < -1e-6).any():
            cell = int(np.argmin(free))
            raise PyNNError(
                f"SpikeSourcePoissonRefractory: cell {cell} cannot spike at {1000 / (mean[cell] * self.dt):g} Hz with "
                f"tau_refrac = {self._per_cell(values['tau_refrac'])[cell]:g} ms in steps of {self.dt:g} ms. The rate "
                f"must be at most {1000 / (self.dead[cell] * self.dt):g} Hz."
            )
        self.free = np.maximum(free, 0.0)
        self.rates = 1.0 / mean
        with np.errstate(divide="ignore", invalid="ignore"):  # a clock has no time that is free
            self.soon = np.where(self.dead < 1, -np.expm1(-(1.0 - self.dead) / self.free), 0.0)

    def _interval(self, cells: Ints) -> Floats:
        """Return what follows the dead time."""
        return np.minimum(self.free[cells], NEVER) * self.rng.standard_exponential(len(cells))

    def _first(self, begin: Floats) -> Floats:
        return begin + self._interval(np.arange(self.size))

    def _resumed(self, begin: Floats) -> Floats:
        free_from = np.where(self.has_spiked, self.last + self.dead, begin)
        return np.maximum(begin, free_from) + self._interval(np.arange(self.size))

    def _after(self, cells: Ints, last: Floats) -> Floats:
        return last + self.dead[cells] + self._interval(cells)


class GammaProcess(RenewalProcess):
    """Intervals with a gamma distribution of shape ``alpha`` and rate ``beta``."""

    source = "SpikeSourceGamma"

    def _take(self, values: Mapping[str, Any]) -> None:
        self.shape = self._not_negative(values, "alpha")
        if (self.shape == 0).any():
            raise PyNNError(f"{self.source}: alpha of cell {int(np.argmin(self.shape))} is 0; it must be above zero.")
        self.scale = np.minimum(_mean_interval(self._not_negative(values, "beta")) / self.dt, NEVER)
        self.rates = 1.0 / (self.shape * self.scale)
        self.soon = scipy.special.gammainc(self.shape, 1.0 / self.scale)
        self.burst = np.maximum(1.0, 1.0 / self.shape)

    def _after(self, cells: Ints, last: Floats) -> Floats:
        return last + self.scale[cells] * self.rng.standard_gamma(self.shape[cells])

    def _resumed(self, begin: Floats) -> Floats:
        age = (begin - self.last) / self.scale
        survival = scipy.special.gammaincc(self.shape, age)
        interval = scipy.special.gammainccinv(self.shape, survival * (1.0 - self.rng.random(self.size)))
        # far out the hazard has reached its limit
        late = age + self.rng.standard_exponential(self.size)
        return self.last + self.scale * np.where(survival > TINY, np.maximum(interval, age), late)


class InhomogeneousGammaProcess(RenewalProcess):
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
        rates, soon = 1.0 / (self.shapes * self.scales), scipy.special.gammainc(self.shapes, 1.0 / self.scales)
        self.rates, self.soon = (np.maximum.reduceat(each, self.begins)[self.row] for each in (rates, soon))

    def _rows(self, value: Any) -> list[Floats]:
        each = value if isinstance(value, np.ndarray) else [value]
        return [np.asarray(sequence.value, dtype=float) for sequence in each]

    def _check(self, scales: Floats, bins: Floats) -> None:
        if not ((self.shapes >= 1).all() and (scales > 0).all() and np.isfinite(self.shapes).all()):
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
            position[open_] += self.rng.standard_exponential(len(open_)) / largest
            hazard = self._hazard(chosen, position[open_], position[open_] - last[open_])
            refused = self.rng.random(len(open_)) * largest >= hazard
            open_ = open_[refused & (position[open_] < self.stop[chosen])]
        return position

    def _hazard(self, cells: Ints, positions: Floats, ages: Floats) -> Floats:
        place = self._bin(cells, positions)
        shape, scale = self.shapes[place], self.scales[place]
        x = ages / scale
        survival = scipy.special.gammaincc(shape, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.exp(-x + (shape - 1) * np.log(x) - scipy.special.gammaln(shape)) / (scale * survival)
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
    standard.SpikeSourcePoisson: PoissonProcess,
    standard.SpikeSourcePoissonRefractory: PoissonProcessWithDeadTime,
    standard.SpikeSourceGamma: GammaProcess,
    standard.SpikeSourceInhGamma: InhomogeneousGammaProcess,
}


def process_of(celltype: Any) -> type[Process] | None:
    """Return the process of a cell type; ``None`` if it has none."""
    return next((process for kind, process in PROCESSES.items() if isinstance(celltype, kind)), None)
