"""
Weights that become zero
========================

Which weights does SpiNNaker lose? All weights onto a population share 16 bits, whose steps must be wide enough for the
strongest sum. Weak weights vanish; the share is known for exponential ones. A current in its place costs nothing.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np

import brianhw.spinnaker as sim
from brianhw import plot
from brianhw.errors import SpinnakerWarning

warnings.simplefilter("ignore", SpinnakerWarning)  # the titles say it
figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for panel, strong, step in zip(panels, ("synapse", "current"), (2**-5, 2**-10), strict=True):
    sim.setup(timestep=0.1, rng_seed=3)
    cells = sim.Population(200, sim.IF_curr_exp(), label="cells")
    noise = sim.Population(200, sim.SpikeSourcePoisson(rate=10.0), label="noise")
    synapse = sim.StaticSynapse(weight=sim.RandomDistribution("exponential", (0.03,)))
    weak = sim.Projection(noise, cells, sim.FixedProbabilityConnector(0.2), synapse, label="weak")
    if strong == "synapse":
        teacher = sim.Population(200, sim.SpikeSourceArray(spike_times=[5.0]))
        sim.Projection(teacher, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=500.0))
    else:
        sim.StepCurrentSource(times=[5.0, 6.0], amplitudes=[500.0, 0.0]).inject_into(cells)
    sim.run(10.0)
    plot.weights(weak, axes=panel)
    (row,) = (row for row in sim.report().projections if row.label == "weak")
    lost = row.zeroed / row.synapses
    panel.set_title(f"500 nA as a {strong}: {lost:.0%} lost")
    assert abs(lost - (1 - np.exp(-step / 2 / 0.03))) < 0.016  # 3 standard errors of 8000 weights
plt.show()
