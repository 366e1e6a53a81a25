"""What is known of a Brian2 group's spikes after a run: from monitors, its last spikes, and what sources were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import Network, PoissonGroup, SpikeGeneratorGroup, SpikeMonitor
from brian2.core.magic import magic_network
from brian2.core.variables import Subexpression
from brian2.groups.subgroup import Subgroup

from brianhw.runs import runs_of

__all__ = [
    "Stretch",
    "first_after",
    "is_in_a_network",
    "is_told",
    "live",
    "next_spikes",
    "rates_of",
    "seconds_of",
    "span",
    "spikes_of",
    "stretch_of",
    "told",
    "values_of",
    "whole",
]


def live(kind: Any) -> list[Any]:
    """Return all of Brian2's objects of a class that there are."""
    found = [reference() for reference in list(kind.__instances__())]
    return [each for each in found if each is not None]


def whole(group: Any) -> Any:
    """Return the group that *group* is, or is a part of."""
    return group.source if isinstance(group, Subgroup) else group


def span(group: Any) -> tuple[int, int]:
    """Return from where to where in its whole group the neurons are."""
    return (int(group.start), int(group.stop)) if isinstance(group, Subgroup) else (0, len(group))


def values_of(group: Any, name: str, dtype: type = float) -> np.ndarray:
    """Return the value of a variable for each neuron of a whole group, in SI units."""
    return np.broadcast_to(np.asarray(group.state(name, use_units=False)[:], dtype=dtype), (len(group),))


@dataclass(frozen=True)
class Stretch:
    """The time that is spoken of, in seconds, and of how many runs it consists, if it is the last or the last few."""

    start: float
    stop: float
    runs: int = 0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.stop - self.start

    @property
    def called(self) -> str:
        """What it is called in a sentence."""
        return "the last run" if self.start else "the run"

    def has(self, times: np.ndarray) -> np.ndarray:
        """Say which of *times* are in it."""
        return (times >= self.start - _SAME) & (times < self.stop - _SAME)

    def where_else(self, whose: str, times: np.ndarray) -> tuple[str, str]:
        """Say where the given spikes of a source are, of which none is in it; and when the next one is, if there is."""
        later = times[times >= self.stop - _SAME]
        if not len(later):
            return f"the last spike of {whose} was at {float(times.max()) * 1e3:.6g} ms, before {self.called}", ""
        begin, which = f"{float(later.min()) * 1e3:.6g} ms", "next" if self.start else "first"
        return (
            f"the {which} spike of {whose} is at {begin}, after the end of {self.called}, {self.stop * 1e3:.6g} ms",
            begin,
        )


_SAME = 1e-9  # seconds


def stretch_of(group: Any, since: float | None = None) -> Stretch:
    """Return the last run of a group, or all that it has run since a time."""
    stop = seconds_of(group)
    if since is not None:
        return Stretch(min(since, stop), stop)
    network = _network_of(group) or (magic_network if group._network == magic_network.id else None)
    if network is None:
        return Stretch(0.0, stop)
    start, number = runs_of(network).last(stop)
    return Stretch(start, stop, number)


def spikes_of(group: Any, stretch: Stretch) -> np.ndarray | None:
    """Return how many spikes each neuron of a whole group has had, at least; None where nothing says it."""
    # monitors may have come late, or have been set back with restore(): each knows a part
    known = [each for each in (_counted(monitor, stretch) for monitor in _monitors_of(group)) if each is not None]
    if is_told(group):
        times, neurons = told(group, stretch.stop)
        known.append(np.bincount(neurons[stretch.has(times)], minlength=len(group)))
    if "lastspike" in group.variables:
        once = np.asarray(group.state("lastspike", use_units=False)[:]) >= stretch.start - _SAME
        known.append(np.broadcast_to(once.astype(int), (len(group),)))
    if not known:
        rates = _given_rates(group)
        return None if rates is None else rates * stretch.seconds  # that it should have had
    return np.max(known, axis=0)


def _counted(monitor: Any, stretch: Stretch) -> np.ndarray | None:
    """Return how often each neuron has spiked in a time; None if the monitor keeps no times and that is not all."""
    if stretch.start <= _SAME:
        return np.array(monitor.count[:])
    if monitor.record:
        return np.bincount(
            np.asarray(monitor.i[:])[stretch.has(np.asarray(monitor.t_[:]))], minlength=len(monitor.source)
        )
    before = getattr(monitor, "counts_before", {}).get(stretch.start)
    return None if before is None else np.array(monitor.count[:]) - before


def _monitors_of(group: Any) -> list[Any]:
    """Return the monitors of all spikes of a whole group."""
    found = [each for each in live(SpikeMonitor) if each.event == "spike" and len(each.source) == len(group)]
    return [each for each in found if _same(whole(each.source), group)]


def _same(one: Any, other: Any) -> bool:
    return bool(getattr(one, "id", one) == other.id)


def is_in_a_network(thing: Any) -> bool:
    """Say whether a Brian2 object is in a network, or has been run by ``run()``, which forgets its objects."""
    return thing._network is not None or _network_of(thing) is not None


def _network_of(thing: Any) -> Any:
    networks = (each for each in live(Network) if hasattr(each, "objects"))
    # a part of a group refers to the whole by a proxy, which is another object
    return next((each for each in networks if any(one.id == thing.id for one in each)), None)


def seconds_of(group: Any) -> float:
    """Return how long a group has run; one that is in no network has not."""
    network = _network_of(group)
    if network is not None:
        return float(np.asarray(network.t_))
    # run() lets its objects go; then it is the clock that knows
    return 0.0 if group._network is None else float(np.ravel(group.clock.variables["t"].get_value())[0])


def is_told(group: Any) -> bool:
    """Say whether a group's spikes are those that it was given."""
    return type(group) is SpikeGeneratorGroup  # what is made of it may get other spikes as it runs


def told(group: Any, stop: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return times and neurons of all spikes that a generator was given, with its repetitions up to a time."""
    times, neurons = np.asarray(group._spike_time, dtype=float), np.asarray(group._neuron_index, dtype=int)
    period = float(np.ravel(group.variables["period"].get_value())[0])
    if not 0 < period < stop:
        return times, neurons
    number = int(np.ceil(stop / period))
    return np.concatenate([times + period * each for each in range(number)]), np.tile(neurons, number)


def _given_rates(group: Any) -> np.ndarray | None:
    """Return the rates (Hz) that a Poisson group was told, if it is one and they do not change with time."""
    if not isinstance(group, PoissonGroup):
        return None
    rates = group.variables["rates"]
    if isinstance(rates, Subexpression) and {"t", "t_in_timesteps"} & rates.identifiers:
        return None
    try:
        return np.broadcast_to(np.asarray(group.rates_[:], dtype=float), (len(group),))
    except Exception:  # an expression that names what only the run's namespace has
        return None


def rates_of(group: Any, stretch: Stretch) -> np.ndarray | None:
    """Return the rate of each neuron of a whole group in Hz: counted, or as a Poisson group was told."""
    counted = [_counted(each, stretch) for each in _monitors_of(group)] if stretch.seconds else []
    known = [each for each in counted if each is not None]
    if known:
        return np.max(known, axis=0) / stretch.seconds
    if is_told(group) and stretch.seconds:
        counts = spikes_of(group, stretch)
        return None if counts is None else counts / stretch.seconds
    return _given_rates(group)


def next_spikes(group: Any, neurons: np.ndarray, after: np.ndarray, stop: float) -> np.ndarray | None:
    """Return when each of *neurons* first spikes at or after a time of its own; infinite where it does not.

    None where that is not recorded.
    """
    if is_told(group):
        times, who = told(group, stop)
    else:
        monitors = [each for each in _monitors_of(group) if each.record]
        if not monitors:
            return None
        times, who = np.asarray(monitors[0].t_[:], dtype=float), np.asarray(monitors[0].i[:], dtype=int)
    return first_after(times, who, neurons, after)


def first_after(times: np.ndarray, who: np.ndarray, neurons: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the first of *times* that belongs to each of *neurons* and is not before *after*, of each its own.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.why.spiked import first_after
    >>> first_after(np.array([1.0, 3.0, 2.0]), np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2.0, 2.0, 2.5]))
    array([ 3.,  2., inf])
    """
    if not len(times):
        return np.full(len(neurons), np.inf)
    moments = np.unique(times)
    keys = who * (len(moments) + 1) + np.searchsorted(moments, times)
    order = np.argsort(keys)
    place = np.searchsorted(keys[order], neurons * (len(moments) + 1) + np.searchsorted(moments, after - _SAME))
    found = np.minimum(place, len(keys) - 1)
    is_there = (place < len(keys)) & (who[order][found] == neurons)
    return np.where(is_there, times[order][found], np.inf)
