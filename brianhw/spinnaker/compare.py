"""The same network in the chip's integers and in floating point: where, and by how much, they part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import SpikeMonitor

from brianhw import html
from brianhw.allocation.tables import aligned
from brianhw.errors import SpinnakerError
from brianhw.pynn.building.network import Described, Network
from brianhw.pynn.models.grid import Grid
from brianhw.pynn.simulator import drawing_from
from brianhw.spinnaker.chip import SpiNNaker

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Comparison", "PopulationComparison", "compare_networks"]

BIN = 10.0  # ms
Spikes = dict[Any, tuple[np.ndarray, np.ndarray]]  # of each population, cells and steps


@dataclass(frozen=True, eq=False)
class PopulationComparison:
    """The spikes of one population in both arithmetics.

    Attributes
    ----------
    chip, ideal : (array of int, array of int)
        Cells and steps of the spikes, ordered by step.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.spinnaker.compare import PopulationComparison
    >>> chip = np.array([0, 1, 1]), np.array([3, 10, 30])  # cells, steps
    >>> ideal = np.array([0, 1]), np.array([3, 11])
    >>> both = PopulationComparison("cells", n=2, steps=50, timestep_ms=1.0, chip=chip, ideal=ideal)
    >>> both.spikes, both.first_divergence, both.shared
    ((3, 2), 10.0, 0.4)
    """

    label: str
    n: int
    steps: int
    timestep_ms: float
    chip: tuple[np.ndarray, np.ndarray]
    ideal: tuple[np.ndarray, np.ndarray]

    @property
    def spikes(self) -> tuple[int, int]:
        """How many there are."""
        return len(self.chip[0]), len(self.ideal[0])

    @property
    def rates(self) -> tuple[float, float]:
        """Mean rates in Hz."""
        seconds = self.n * self.steps * self.timestep_ms / 1000
        return self.spikes[0] / seconds, self.spikes[1] / seconds

    @property
    def first_divergence(self) -> float | None:
        """The time in ms of the first spike that only one of both has."""
        chip, ideal = self._keys(self.chip), self._keys(self.ideal)
        apart = np.setxor1d(chip, ideal, assume_unique=True)
        return float(apart[0] // self.n * self.timestep_ms) if len(apart) else None

    @property
    def shared(self) -> float:
        """The share of all spikes that both have in the same step; 1 where there are none."""
        chip, ideal = self._keys(self.chip), self._keys(self.ideal)
        both = len(np.intersect1d(chip, ideal, assume_unique=True))
        return 2 * both / sum(self.spikes) if sum(self.spikes) else 1.0

    @property
    def rate_correlation(self) -> float:
        """Pearson's correlation of both rates of the population, in bins of 10 ms; NaN where one is constant."""
        return _correlation(self._binned(self.chip), self._binned(self.ideal))

    @property
    def count_correlation(self) -> float:
        """Pearson's correlation of the cells' spike counts; NaN where one is constant."""
        chip, ideal = (np.bincount(cells, minlength=self.n) for cells, _ in (self.chip, self.ideal))
        return _correlation(chip, ideal)

    @property
    def irregularity(self) -> tuple[float, float]:
        """Mean coefficient of variation of the intervals between spikes, of cells with three or more."""
        return self._variation(self.chip), self._variation(self.ideal)

    def _keys(self, spikes: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return a number for each pair of step and cell, ascending."""
        cells, steps = spikes
        return np.unique(steps.astype(np.int64) * self.n + cells)

    def _binned(self, spikes: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        width = max(1, round(BIN / self.timestep_ms))
        return np.bincount(spikes[1] // width, minlength=-(-self.steps // width))

    def _variation(self, spikes: tuple[np.ndarray, np.ndarray]) -> float:
        cells, steps = spikes
        order = np.lexsort((steps, cells))
        cells, steps = cells[order], steps[order]
        found = []
        for train in np.split(steps, np.flatnonzero(np.diff(cells)) + 1) if len(cells) else ():
            if len(train) > 2:
                intervals = np.diff(train)
                found.append(intervals.std() / intervals.mean())
        return float(np.mean(found)) if found else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers."""
        return {
            "label": self.label,
            "n": self.n,
            "spikes": list(self.spikes),
            "rates": list(self.rates),
            "irregularity": list(self.irregularity),
            "first_divergence": self.first_divergence,
            "shared": self.shared,
            "rate_correlation": self.rate_correlation,
            "count_correlation": self.count_correlation,
        }


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if len(first) < 2 or first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


@dataclass(frozen=True)
class Comparison:
    """Both runs of a network. ``print`` it, show it in a notebook, ``plot`` it, or take its numbers.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0, device="runtime")
    >>> cells = sim.Population(1, sim.IF_curr_exp(i_offset=1.0), label="cells")
    >>> comparison = sim.compare(100.0)
    >>> comparison.first_divergence, comparison["cells"].spikes
    (None, (3, 3))
    """

    duration: float
    timestep_ms: float
    populations: tuple[PopulationComparison, ...]

    def __getitem__(self, label: str) -> PopulationComparison:
        """Return the population *label*."""
        from brianhw.errors import unknown_name

        for each in self.populations:
            if each.label == label:
                return each
        raise unknown_name("Comparison", "population", label, [each.label for each in self.populations])

    @property
    def first_divergence(self) -> float | None:
        """The time in ms of the first spike that only one of both networks has."""
        times = [each.first_divergence for each in self.populations]
        return min((time for time in times if time is not None), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as dicts and lists."""
        return {
            "duration": self.duration,
            "timestep_ms": self.timestep_ms,
            "first_divergence": self.first_divergence,
            "populations": [each.to_dict() for each in self.populations],
        }

    def text(self) -> str:
        """Return it as lines of fewer than 100 characters."""
        header, rows = self._table()
        return "\n\n".join([self._headline(), aligned(header, rows, [""] * len(rows)) if rows else ""])

    __str__ = text
    __repr__ = text

    def _repr_html_(self) -> str:
        header, rows = self._table()
        return html.paragraph(self._headline()) + html.table(header, rows)

    def _headline(self) -> str:
        first = self.first_divergence
        where = "never part" if first is None else f"first differ at {first:g} ms"
        return f"SpiNNaker's integers and floating point over {self.duration:g} ms: the spikes {where}"

    def _table(self) -> tuple[list[str], list[list[str]]]:
        header = ["population", "spikes, chip / float", "rate (Hz)", "CV", "same step", "rate corr.", "cell corr."]
        return header, [
            [
                each.label,
                "{} / {}".format(*each.spikes),
                "{:.2f} / {:.2f}".format(*each.rates),
                "{:.2f} / {:.2f}".format(*each.irregularity),
                f"{each.shared:.0%}",
                f"{each.rate_correlation:.2f}",
                f"{each.count_correlation:.2f}",
            ]
            for each in self.populations
        ]

    def plot(self) -> Figure:
        """Draw the spikes of both, chip above and floating point below, and their rates; return the figure."""
        from matplotlib import pyplot as plt

        figure, axes = plt.subplots(3, 1, sharex=True, figsize=(7, 6), height_ratios=(2, 2, 1), layout="constrained")
        for axis, name, title in ((axes[0], "chip", "SpiNNaker's integers"), (axes[1], "ideal", "floating point")):
            first = 0
            for number, each in enumerate(self.populations):
                cells, steps = getattr(each, name)
                axis.plot(steps * each.timestep_ms, cells + first, ".", ms=2, color=f"C{number}", label=each.label)
                first += each.n
            axis.set(title=title, ylabel="cell")
            axis.title.set_fontsize("medium")
        for number, each in enumerate(self.populations):
            width = max(1, round(BIN / each.timestep_ms))
            scale = 1000 / (each.n * width * each.timestep_ms)
            for spikes, style in ((each.chip, "-"), (each.ideal, ":")):
                rate = each._binned(spikes) * scale
                axes[2].step(
                    np.arange(len(rate)) * width * each.timestep_ms, rate, style, color=f"C{number}", where="post"
                )
        axes[2].set(xlabel="time (ms)", ylabel="rate (Hz)\nchip -, float :")
        axes[0].legend(fontsize="small", loc="upper right", markerscale=4)
        return figure


# -- running both -----------------------------------------------------------------------------------


def compare_networks(state: Any, chip: SpiNNaker, duration: float | None) -> Comparison:
    """Run what the script has described twice, from time zero, with the same spikes and currents of all sources.

    Raises
    ------
    SpinnakerError
        If there is nothing to run, or no time.
    """
    wanted = state.t if duration is None else duration
    steps = round(wanted / state.dt)
    if steps < 1:
        raise SpinnakerError("compare() runs as long as the script has, which has not run: give the time in ms.")
    if not state.populations:
        raise SpinnakerError("compare(): there are no populations.")
    grid = Grid(state.dt)
    described = Described(
        state.populations,
        [each.at_start() for each in state.projections],
        [each.at_start() for each in state.current_sources],
    )

    def run(arithmetic: str, described: Described, replayed: Spikes) -> Spikes:
        own = chip.with_arithmetic(arithmetic)
        own.plan(described.populations, described.projections, grid.dt)
        random = np.random.RandomState()
        random.set_state(state.random.get_state())
        with drawing_from(random):
            return _run(Network(described, grid, own, state.machine, replayed=replayed), steps)

    first = run("integer", described, {})
    again = described._replace(current_sources=[each.played_again() for each in described.current_sources])
    second = run("float", again, {each: spikes for each, spikes in first.items() if _is_source(each)})
    compared = [
        PopulationComparison(each.label, each.size, steps, state.dt, first[each], second[each])
        for each in state.populations
        if not _is_source(each)
    ]
    return Comparison(state.grid.time_at(steps), state.dt, tuple(compared))


def _is_source(population: Any) -> bool:
    return not population.celltype.receptor_types


def _run(network: Network, steps: int) -> Spikes:
    """Return cells and steps of all spikes of every population."""
    with network.active():
        monitors = {each: SpikeMonitor(group.brian) for each, group in network.groups.items()}
        network.brian.add(*monitors.values())
    network.run(steps)
    found = {}
    for population, monitor in monitors.items():
        at = np.rint(np.asarray(monitor.t_) / float(network.clock.dt)).astype(np.int64)
        found[population] = (np.asarray(monitor.i, dtype=np.int64), at)
    return found
