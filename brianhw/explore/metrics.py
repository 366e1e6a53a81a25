"""Ready-made metrics: functions of a :class:`~brianhw.explore.Recording` that give a number or an array.

A function of your own is as good: of a recording for neuron models, of whatever your function returns for others. A
Brian2 quantity keeps its unit; an :class:`xarray.DataArray` its dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2 import Hz, Quantity, second

from brianhw.explore.labelled import xr
from brianhw.explore.recording import Recording

__all__ = [
    "cv_isi",
    "firing_rate",
    "isi_mean",
    "isi_std",
    "latency",
    "may_be_nan",
    "spike_count",
    "spike_times",
    "trace",
]


def may_be_nan(metric: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Say of a metric that NaN is a result, and no failure: a neuron that never spikes has no latency."""
    metric.may_be_nan = True  # type: ignore[attr-defined]
    return metric


def spike_count(recording: Recording) -> float:
    """Return the number of spikes, of all neurons."""
    return float(len(recording.times))


def firing_rate(recording: Recording) -> Quantity:
    """Return the mean rate of a neuron."""
    return len(recording.times) / recording.n / float(recording.duration) * Hz


def _intervals(recording: Recording) -> np.ndarray:
    return np.concatenate([np.diff(train) for train in recording.spike_trains()])


@may_be_nan
def isi_mean(recording: Recording) -> Quantity:
    """Return the mean interval between spikes of a neuron; NaN where there is none."""
    found = _intervals(recording)
    return (found.mean() if len(found) else np.nan) * second


@may_be_nan
def isi_std(recording: Recording) -> Quantity:
    """Return the standard deviation of the intervals between spikes; NaN where there are none."""
    found = _intervals(recording)
    return (found.std() if len(found) else np.nan) * second


@may_be_nan
def cv_isi(recording: Recording) -> float:
    """Return the coefficient of variation of the intervals, the mean of neurons with three spikes or more."""
    found = [np.diff(train) for train in recording.spike_trains() if len(train) > 2]
    return float(np.mean([each.std() / each.mean() for each in found])) if found else float("nan")


@may_be_nan
def latency(recording: Recording) -> Quantity:
    """Return the time of the first spike; NaN where there is none."""
    return (recording.times.min() if len(recording.times) else np.nan) * second


def spike_times(recording: Recording) -> xr.DataArray:
    """Return all spike times, in order; shorter lists are filled with NaN."""
    return xr.DataArray(np.sort(recording.times), dims=["spike"], attrs={"units": "s"})


spike_times.may_be_nan = True  # type: ignore[attr-defined]


def trace(name: str) -> Callable[[Recording], xr.DataArray]:
    """Return the metric that keeps the trace of the variable *name*; the sweep records what such a metric names."""

    def kept(recording: Recording) -> xr.DataArray:
        values = recording.trace(name)
        unit = values.get_best_unit() if isinstance(values, Quantity) and not values.is_dimensionless else 1
        times = np.round(np.asarray(recording.sample_times, dtype=float), 12)
        dims, numbers = (["time"], np.asarray(values / unit)[0]) if recording.n == 1 else (
            ["neuron", "time"], np.asarray(values / unit))  # fmt: skip
        units = str(unit) if isinstance(unit, Quantity) else ""
        return xr.DataArray(numbers, dims=dims, coords={"time": times}, attrs={"units": units})

    kept.__name__ = f"trace_{name}"
    kept.records = (name,)  # type: ignore[attr-defined]
    return kept
