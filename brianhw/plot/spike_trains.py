"""Spikes as figures take them: Brian2's monitors, Neo, PyNN's populations, EDLUT's lists, recordings of sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import second

from brianhw.errors import ParameterError

__all__ = ["Spikes", "spikes_of"]

_TAKEN = (
    "SpikeMonitors, PyNN populations, blocks, segments and spike trains of Neo, (times, neurons) of EDLUT, times of "
    "one neuron, or these under labels in a dict"
)


@dataclass(frozen=True, eq=False)
class Spikes:
    """The spikes of some neurons.

    Attributes
    ----------
    n : int
        How many neurons there are, with and without spikes.
    neurons, times : array of int, array of float (s)
        Of each spike.
    start, stop : float (s)
        From when to when they were recorded.
    """

    label: str
    n: int
    neurons: np.ndarray
    times: np.ndarray
    start: float
    stop: float

    def rate(self, width: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of bins of *width* (s), the last one as long as there is time, and the mean rate in each."""
        whole = int(np.floor((self.stop - self.start) / width * (1 + 1e-12) + 1e-9))
        edges = self.start + width * np.arange(whole + 1)
        if self.stop - edges[-1] > 1e-9 * width or whole == 0:
            edges = np.append(edges, self.stop)
        # a spike at a bin's edge is the next bin's, though its time may be the last bit below
        nudged = self.times + 1e-9 * width
        counts = np.bincount(
            np.clip(np.searchsorted(edges, nudged, side="right") - 1, 0, len(edges) - 2), minlength=len(edges) - 1
        )
        return edges, counts / (self.n * np.diff(edges)) if self.n else counts * 0.0

    def smooth_rate(self, width: float, step: float) -> tuple[np.ndarray, np.ndarray]:
        """Return times *step* apart, and the mean rate around each, weighted by a Gaussian.

        Its standard deviation is *width*. It is cut at five times that; at the ends, what lies in
        recorded time counts as all.
        """
        edges, raw = self.rate(step)
        middle = (edges[1:] + edges[:-1]) / 2
        reach = int(np.ceil(5 * width / step))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
        weight = np.convolve(np.diff(edges), kernel)[reach : reach + len(raw)]
        return middle, np.convolve(raw * np.diff(edges), kernel)[reach : reach + len(raw)] / weight

    def intervals(self) -> list[np.ndarray]:
        """Return the intervals between the spikes of each neuron that has two or more, in seconds."""
        order = np.lexsort((self.times, self.neurons))
        neurons, times = self.neurons[order], self.times[order]
        trains = np.split(times, np.flatnonzero(np.diff(neurons)) + 1)
        return [np.diff(train) for train in trains if len(train) > 1]

    def mean_rate(self) -> float:
        """Return spikes per neuron and second."""
        return len(self.times) / (self.n * (self.stop - self.start)) if self.n and self.stop > self.start else 0.0


def spikes_of(who: str, given: Iterable[Any]) -> list[Spikes]:
    """Return the spikes of all that was given to the figure *who*, in order.

    Raises
    ------
    ParameterError
        If something has no spikes, or there is nothing.
    """
    found = [spikes for each in given for spikes in _of(who, each, "")]
    if not found:
        raise ParameterError(f"{who} draws spikes; it was given none. It takes {_TAKEN}.")
    return found


def _of(who: str, thing: Any, label: str) -> list[Spikes]:
    if isinstance(thing, Spikes):
        return [thing]
    if isinstance(thing, Mapping):
        return [spikes for name, each in thing.items() for spikes in _of(who, each, str(name))]
    if all(hasattr(thing, name) for name in ("source", "t", "i", "clock")):
        return [_of_monitor(thing, label)]
    if hasattr(thing, "celltype") and hasattr(thing, "get_data") or hasattr(thing, "populations"):
        return _of_population(who, thing, label)
    if hasattr(thing, "segments"):  # Neo's block: the last segment is the last run
        if not thing.segments:
            raise ParameterError(f"{who}: the block {thing.name!r} has no segment, so no spikes.")
        return _of(who, thing.segments[-1], label or _name(thing))
    if hasattr(thing, "spiketrains"):
        return _of_trains(who, list(thing.spiketrains), label or _name(thing))
    if hasattr(thing, "t_stop") and hasattr(thing, "rescale"):
        return _of_trains(who, [thing], label)
    if hasattr(thing, "indices") and hasattr(thing, "times") and hasattr(thing, "n"):
        stop = float(thing.duration)
        return [Spikes(label, thing.n, np.asarray(thing.indices), np.asarray(thing.times), 0.0, stop)]
    if getattr(thing, "dim", None) is second.dim and np.ndim(thing) == 1:
        times = np.asarray(thing, dtype=float)
        return [Spikes(label, 1, np.zeros(len(times), dtype=int), times, 0.0, float(times.max(initial=0.0)))]
    if isinstance(thing, Iterable) and not isinstance(thing, str | bytes):
        return _of_many(who, list(thing), label)
    name = getattr(thing, "name", "")
    raise ParameterError(
        f"{who} draws spikes; {type(thing).__name__} {name!r} has none. It takes {_TAKEN}."
        if name
        else f"{who} draws spikes; {thing!r} has none. It takes {_TAKEN}."
    )


def _of_many(who: str, things: list[Any], label: str) -> list[Spikes]:
    if things and all(hasattr(each, "t_stop") and hasattr(each, "rescale") for each in things):
        return _of_trains(who, things, label)
    if len(things) == 2 and all(_is_numbers(each) for each in things):  # as EDLUT's GetSpikeActivity gives them
        times, neurons = (np.asarray(each, dtype=float).ravel() for each in things)
        if len(times) != len(neurons) or np.any(neurons != np.floor(neurons)):
            raise ParameterError(f"{who}: (times, neurons) are two lists of one length, in seconds and whole numbers.")
        cells = neurons.astype(int)
        n = int(cells.max(initial=-1)) + 1
        return [Spikes(label, n, cells, times, 0.0, float(times.max(initial=0.0)))]
    return [spikes for each in things for spikes in _of(who, each, label)]


def _is_numbers(thing: Any) -> bool:
    if isinstance(thing, str | bytes) or not hasattr(thing, "__len__"):
        return False
    return np.asarray(thing).dtype.kind in "iuf" and np.ndim(thing) == 1


def _of_monitor(monitor: Any, label: str) -> Spikes:
    source = monitor.source
    # sources such as subgroups start counting at their own first neuron
    neurons, times = np.array(monitor.i), np.asarray(monitor.t, dtype=float)
    stop = max(float(np.ravel(monitor.clock.t_[:])[0]), float(times.max(initial=0.0)))
    return Spikes(label or str(source.name), len(source), neurons, times, 0.0, stop)


def _of_population(who: str, population: Any, label: str) -> list[Spikes]:
    try:
        block = population.get_data("spikes")
    except Exception as error:
        raise ParameterError(f"{who}: {population.label} has no spikes: record('spikes') before the run.") from error
    trains = list(block.segments[-1].spiketrains) if block.segments else []
    if not trains:  # one without a spike has empty trains
        raise ParameterError(f"{who}: {population.label} has no spikes: record('spikes') before the run.")
    (found,) = _of_trains(who, trains, label or str(population.label))
    # cells that were not recorded are not there
    return [Spikes(found.label, len(trains), found.neurons, found.times, found.start, found.stop)]


def _of_trains(who: str, trains: list[Any], label: str) -> list[Spikes]:
    if not trains:
        return [Spikes(label, 0, np.zeros(0, dtype=int), np.zeros(0), 0.0, 0.0)]
    units = {str(each.dimensionality): each.units for train in trains for each in (train, train.t_start, train.t_stop)}
    sizes = {name: float(unit.rescale("s").magnitude) for name, unit in units.items()}  # once, not for each train

    def seconds(each: Any) -> np.ndarray:
        return np.asarray(each.magnitude, dtype=float).ravel() * sizes[str(each.dimensionality)]

    own = [seconds(train) for train in trains]
    neurons = np.repeat(np.arange(len(own)), [len(times) for times in own])
    start = min(seconds(train.t_start)[0] for train in trains)
    stop = max(seconds(train.t_stop)[0] for train in trains)
    return [Spikes(label, len(own), neurons, np.concatenate(own), start, stop)]


def _name(thing: Any) -> str:
    return str(getattr(thing, "name", "") or "")
