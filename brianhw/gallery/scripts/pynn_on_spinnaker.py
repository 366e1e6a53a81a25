"""
The tutorial on PyNN and SpiNNaker
==================================

Does a script for the SpiNNaker board run without one? As in the tutorial's notebook, a volley enters in the middle of a
row of cells, which excite their neighbours; only the import has changed, from pyNN.spiNNaker.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.spinnaker as sim
from brianhw import plot

sim.setup(timestep=1.0, min_delay=1.0, max_delay=100.0)
size, speed = 100, 0.35  # cells; cells in a millisecond
parameters = {"tau_m": 20, "cm": 1.0, "v_rest": -65.0, "v_reset": -70.0, "v_thresh": -48.0, "tau_refrac": 2}
exc = sim.Population(size, sim.IF_cond_exp, parameters, label="Exc")
inh = sim.Population(size, sim.IF_cond_exp, sim.IF_cond_exp.default_parameters, label="Inh")
volley = sim.SpikeSourceArray(spike_times=[[10.0] * 5 if 45 <= cell < 55 else [] for cell in range(size)])
thalamus = sim.Population(size, volley, label="Thalamus")
near = [(i, j, 0.08, 1 + abs(i - j) / speed) for i in range(size) for j in range(size) if 0 < abs(i - j) <= 2]
sim.Projection(exc, exc, sim.FromListConnector(near), receptor_type="excitatory")
sim.Projection(thalamus, exc, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.08, delay=1), label="in")
sim.Projection(exc, inh, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.08, delay=1))
for cells in (exc, inh):
    cells.record("spikes")
sim.run(300.0)

plot.raster(exc, inh)
first = np.array([train[0] for train in exc.get_data().segments[0].spiketrains])  # all of them have spiked
per_cell = np.diff(first[60:95])
print(f"{1 / per_cell.mean():.3f} cells per millisecond")
assert np.all(per_cell == 5)  # ms: 1 + 1/0.35, in steps of 1 ms, and the time to the threshold
assert np.all(first == first[::-1])  # both ways alike
plt.show()
