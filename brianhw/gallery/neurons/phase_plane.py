"""
A bursting neuron in its phase plane
====================================

Why does a neuron burst? The membrane potential and the slow current of an AdEx neuron make a plane: where the flow
crosses the nullclines it turns, and a reset above the potential's nullcline ends a burst.
"""

from brian2 import *

from brianhw import plot
from brianhw.equations import ADEX
from brianhw.parameters import adex

set_device("brianhw")
cells = NeuronGroup(1, **ADEX)
ADEX.set(cells, adex.REGULAR_BURSTING)
trace, spikes = StateMonitor(cells, ["v", "w"], record=True), SpikeMonitor(cells)
Network(cells, trace, spikes).run(300 * ms)

left, right = figure(figsize=(9, 4), layout="constrained").subplots(1, 2)
plot.phase_plane(ADEX, adex.REGULAR_BURSTING, trajectory=trace, axes=left)
plot.traces(trace, "v", axes=right)
intervals = diff(spikes.t / ms)
assert max(intervals) > 4 * min(intervals)  # pauses between bursts
slow = trace.w[0][rint(spikes.t / defaultclock.dt).astype(int)][:-1]
pause = intervals > 10  # ms
assert min(slow[pause]) > max(slow[~pause])  # a burst ends once w has risen above a certain value
show()
