"""What is known of a Brian2 group's spikes after a run: from monitors, its last spikes, and what sources were told."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Network, PoissonGroup, SpikeGeneratorGroup, SpikeMonitor
from brian2.groups.subgroup import Subgroup

__all__ = [
    "first_spikes",
    "is_in_a_network",
    "live",
    "seconds_of",
    "rates_of",
    "spikes_of",
    "span",
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


def spikes_of(group: Any) -> np.ndarray | None:
    """Return how many spikes each neuron of a whole group has had, at least; None where nothing says it."""
    # monitors may have come late, or have been set back with restore(): each knows a part
    known = [np.array(monitor.count[:]) for monitor in _monitors_of(group)]
    if _is_told(group):
        times, neurons = _told(group)
        known.append(np.bincount(neurons[times < seconds_of(group) - 1e-9], minlength=len(group)))
    if "lastspike" in group.variables:
        once = np.asarray(group.state("lastspike", use_units=False)[:]) >= 0
        known.append(np.broadcast_to(once.astype(int), (len(group),)))
    return np.max(known, axis=0) if known else None


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
    return next((each for each in networks if any(one is thing for one in each)), None)


def seconds_of(group: Any) -> float:
    """Return how long a group has run; one that is in no network has not."""
    network = _network_of(group)
    if network is not None:
        return float(network.t_)
    # run() lets its objects go; then it is the clock that knows
    return 0.0 if group._network is None else float(np.ravel(group.clock.variables["t"].get_value())[0])


def _is_told(group: Any) -> bool:
    return type(group) is SpikeGeneratorGroup  # what is made of it may get other spikes as it runs


def _told(group: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return times and neurons of all spikes that a generator was given, without its repetitions."""
    return np.asarray(group._spike_time, dtype=float), np.asarray(group._neuron_index, dtype=int)


def rates_of(group: Any, seconds: float) -> np.ndarray | None:
    """Return the rate of each neuron of a whole group in Hz: counted, or as a Poisson group was told."""
    monitors = _monitors_of(group)
    if monitors and seconds:
        return np.max([np.array(each.count[:]) for each in monitors], axis=0) / seconds
    if isinstance(group, PoissonGroup):
        try:
            return np.broadcast_to(np.asarray(group.rates_[:], dtype=float), (len(group),))
        except Exception:  # an expression that names what only the run's namespace has
            return None
    if _is_told(group) and seconds:
        counts = spikes_of(group)
        return None if counts is None else counts / seconds
    return None


def first_spikes(group: Any) -> np.ndarray | None:
    """Return the time of each neuron's first spike, infinite where there is none; None where that is not recorded."""
    if _is_told(group):
        times, neurons = _told(group)
    else:
        monitors = [each for each in _monitors_of(group) if each.record]
        if not monitors:
            return None
        times, neurons = np.asarray(monitors[0].t_[:], dtype=float), np.asarray(monitors[0].i[:], dtype=int)
    first = np.full(len(group), np.inf)
    np.minimum.at(first, neurons, times)
    return first
