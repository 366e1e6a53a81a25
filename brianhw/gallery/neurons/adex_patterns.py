"""
Firing patterns of one model
============================

Which patterns does the adaptive exponential neuron have? Six published parameter sets, each with its own current, are
six points of a sweep: neurons of one group. The intervals between spikes tell the patterns apart.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms

from brianhw import plot
from brianhw.equations import ADEX
from brianhw.explore import spike_times, sweep, trace
from brianhw.parameters import adex

patterns = {
    "tonic": adex.TONIC_SPIKING,
    "adapting": adex.ADAPTATION,
    "initial burst": adex.INITIAL_BURST,
    "bursting": adex.REGULAR_BURSTING,
    "accelerating": adex.DELAYED_ACCELERATING,
    "transient": adex.TRANSIENT_SPIKING,
}
points = [dict(values) for values in patterns.values()]
found = sweep(ADEX, points, [spike_times, trace("v")], duration=400 * ms, quiet=True)

figure, panels = plt.subplots(3, 2, sharex=True, sharey=True, figsize=(8, 5), layout="constrained")
for panel, name, v in zip(panels.flat, patterns, found.trace_v, strict=True):
    plot.traces(v, {"v": "potential"}, axes=panel)
    panel.set_title(name)
intervals = [np.diff(times[~np.isnan(times)]) * 1000 for times in found.spike_times.values]
assert np.ptp(intervals[0][-5:]) <= 0.1001  # ms: tonic, the same interval but for a step
assert intervals[1][-1] > 2 * intervals[1][0] and np.all(np.diff(intervals[1]) > -0.1001)  # each longer
plt.show()
