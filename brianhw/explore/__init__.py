"""Parameter sweeps: any model at many points, compiled once, on one core or many, and no point computed twice.

::

    rates = sweep(LIF, {"I_ext": np.arange(0, 1, 0.05)*nA, "t_ref": [5, 7.5, 10]*ms}, firing_rate,
                  duration=1*second, fixed=lif.PYNN_DEFAULTS, store="rates")
    rates.firing_rate.sel(t_ref=7.5).plot()
"""

from brianhw.explore.experiment import Reusable
from brianhw.explore.grids import Grid, listed, random_sample, sobol_sample, zipped
from brianhw.explore.metrics import (
    cv_isi,
    firing_rate,
    isi_mean,
    isi_std,
    latency,
    may_be_nan,
    spike_count,
    spike_times,
    trace,
)
from brianhw.explore.recording import Recording
from brianhw.explore.result import SweepAccessor
from brianhw.explore.stored import StoredModel, StoredPoint, stored
from brianhw.explore.sweep import sweep

__all__ = [
    "Grid",
    "Recording",
    "Reusable",
    "StoredModel",
    "StoredPoint",
    "SweepAccessor",
    "cv_isi",
    "firing_rate",
    "isi_mean",
    "isi_std",
    "latency",
    "listed",
    "may_be_nan",
    "random_sample",
    "sobol_sample",
    "spike_count",
    "spike_times",
    "stored",
    "sweep",
    "trace",
    "zipped",
]
