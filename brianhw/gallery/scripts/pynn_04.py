"""
A script for PyNN 0.4
=====================

Does a script of 2008 still run? Populations on a grid, cells with addresses, methods named by strings: all names of
PyNN 0.4 are there. Only the import has changed, from pyNN.nest.
"""

import matplotlib.pyplot as plt
import numpy as np

from brianhw.pynn.v04 import *

setup(timestep=0.1, min_delay=0.1, max_delay=10.0)
source = Population(1, SpikeSourceArray, {"spike_times": [10.0]}, "source")
layer = Population((4, 20), IF_curr_exp, {"tau_syn_E": 5.0}, "layer")
for row in range(4):
    for column in range(20):
        layer[row, column].tau_m = 2.0 + row * 8.0  # a cell by its address
        layer[row, column].v_thresh = -63.0 + 0.2 * column
Projection(source, layer, AllToAllConnector(weights=2.0, delays=1.0), target="excitatory")
layer.record()
run(60.0)

latency = np.full((4, 20), np.nan)
for cell, time in sorted(layer.getSpikes(), key=lambda spike: -spike[1]):  # the first one last
    latency[layer.locate(int(cell))] = time - 11.0
for row in range(4):
    plt.plot(-63 + 0.2 * np.arange(20), latency[row], "o-", label=f"time constant {layer[row, 0].tau_m:.0f} ms")
plt.gca().set(xlabel="threshold (mV)", ylabel="latency of the first spike (ms)")
plt.legend()
assert np.all(np.diff(latency, axis=1)[~np.isnan(np.diff(latency, axis=1))] >= 0)  # a higher threshold takes longer
assert np.nanmin(latency) > 0
plt.show()
