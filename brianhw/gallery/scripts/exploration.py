"""
An exploration with pypet, as a sweep
=====================================

How does a parameter exploration look here? The one of pypet's tutorial: a leaky integrate-and-fire neuron, 21 inputs,
3 refractory periods. All 63 points are neurons of one group, and the spike counts are those of the original.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms

from brianhw.explore import firing_rate, spike_count, sweep
from brianhw.model import NeuronModel

neuron = NeuronModel(
    name="leaky integrate-and-fire",
    equations="""
    dV/dt = -V/tau_V + I : 1 (unless refractory)
    I : Hz (constant)
    tau_V : second (constant)
    tau_ref : second (constant)
    """,
    threshold="V >= 1",
    reset="V = 0",
    refractory="timestep(t - lastspike, dt) <= timestep(tau_ref, dt)",  # the example waits for the step after it
    scheme="euler",
)
grid = {"I": np.arange(0, 1.01, 0.05) / ms, "tau_ref": [5, 7.5, 10] * ms}
step = {"duration": 999.8 * ms, "dt": 0.1 * ms}
found = sweep(neuron, grid, [spike_count, firing_rate], fixed={"tau_V": 12 * ms}, quiet=True, **step)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
found.sweep.lines("firing_rate", x="I", axes=left)
found.sweep.heat_map("firing_rate", x="I", y="tau_ref", axes=right)
middle = found.spike_count.sel(I=[0.1, 0.5, 0.9], tau_ref=10, method="nearest")
assert middle.values.tolist() == [32, 82, 90]  # as the original counts them
plt.show()
