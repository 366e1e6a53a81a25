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
    """Say of a metric that NaN is a result, and no failure: a neuron that never spikes has no latency.

    Examples
    --------
    >>> from brianhw.explore import may_be_nan
    >>> @may_be_nan
    ... def last_spike(recording):
    ...     return recording.times.max() if len(recording.times) else float("nan")
    >>> last_spike.may_be_nan
    True
    """
    metric.may_be_nan = True  # type: ignore[attr-defined]
    return metric


def spike_count(recording: Recording) -> float:
    """Return the number of spikes, of all neurons.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, spike_count
    >>> spike_count(Recording(n=2, duration=100*ms, indices=np.array([0, 1, 0]), times=np.array([0.01, 0.02, 0.05])))
    3.0
    """
    return float(len(recording.times))


def firing_rate(recording: Recording) -> Quantity:
    """Return the mean rate of a neuron.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, firing_rate
    >>> run = Recording(n=2, duration=100*ms, indices=np.array([0, 1, 0]), times=np.array([0.01, 0.02, 0.05]))
    >>> print(firing_rate(run))
    15. Hz
    """
    return len(recording.times) / recording.n / float(recording.duration) * Hz


def _intervals(recording: Recording) -> np.ndarray:
    return np.concatenate([np.diff(train) for train in recording.spike_trains()])


@may_be_nan
def isi_mean(recording: Recording) -> Quantity:
    """Return the mean interval between spikes of a neuron; NaN where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, isi_mean
    >>> print(isi_mean(Recording(n=1, duration=100*ms, indices=np.zeros(3, int), times=np.array([0.01, 0.02, 0.05]))))
    20. ms
    """
    found = _intervals(recording)
    return (found.mean() if len(found) else np.nan) * second


@may_be_nan
def isi_std(recording: Recording) -> Quantity:
    """Return the standard deviation of the intervals between spikes; NaN where there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, isi_std
    >>> print(isi_std(Recording(n=1, duration=100*ms, indices=np.zeros(3, int), times=np.array([0.01, 0.02, 0.05]))))
    10. ms
    """
    found = _intervals(recording)
    return (found.std() if len(found) else np.nan) * second


@may_be_nan
def cv_isi(recording: Recording) -> float:
    """Return the coefficient of variation of the intervals, the mean of neurons with three spikes or more.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, cv_isi
    >>> print(cv_isi(Recording(n=1, duration=100*ms, indices=np.zeros(3, int), times=np.array([0.01, 0.02, 0.05]))))
    0.5
    """
    found = [np.diff(train) for train in recording.spike_trains() if len(train) > 2]
    return float(np.mean([each.std() / each.mean() for each in found])) if found else float("nan")


@may_be_nan
def latency(recording: Recording) -> Quantity:
    """Return the time of the first spike; NaN where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, latency
    >>> print(latency(Recording(n=1, duration=100*ms, indices=np.zeros(2, int), times=np.array([0.01, 0.02]))))
    10. ms
    >>> print(latency(Recording(n=1, duration=100*ms, indices=np.zeros(0, int), times=np.zeros(0))))
    nan s
    """
    return (recording.times.min() if len(recording.times) else np.nan) * second


def spike_times(recording: Recording) -> xr.DataArray:
    """Return all spike times, in order; shorter lists are filled with NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from brian2 import ms
    >>> from brianhw.explore import Recording, spike_times
    >>> found = spike_times(Recording(n=2, duration=100*ms, indices=np.array([1, 0]), times=np.array([0.02, 0.01])))
    >>> print(found.dims, found.values)
    ('spike',) [0.01 0.02]
    """
    return xr.DataArray(np.sort(recording.times), dims=["spike"], attrs={"units": "s"})


spike_times.may_be_nan = True  # type: ignore[attr-defined]


def trace(name: str) -> Callable[[Recording], xr.DataArray]:
    """Return the metric that keeps the trace of the variable *name*; the sweep records what such a metric names.

    Examples
    --------
    >>> from brian2 import ms, nA
    >>> from brianhw.equations import LIF
    >>> from brianhw.explore import sweep, trace
    >>> from brianhw.parameters import lif
    >>> currents = {"I_ext": [0, 0.5]*nA}
    >>> found = sweep(LIF, currents, trace("v"), duration=2*ms, fixed=lif.PYNN_DEFAULTS, device=None, quiet=True)
    >>> print(found.trace_v.dims, found.trace_v.units, found.trace_v.sel(I_ext=0.5).values[-1].round(3))
    ('I_ext', 'time') mV -64.094
    """

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
