"""
A square millimetre of cortex, a twentieth of it
================================================

Do the layers of the microcircuit of Potjans and Diesmann keep their rates when it is scaled down? A twentieth of its
cells have a twentieth of the synapses each, stronger by the root of 20; a current stands for the input that is lost.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.pynn as sim
from brianhw import plot

scale, names, layers = 0.05, "L23E L23I L4E L4I L5E L5I L6E L6I".split(), []
cells = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
outside = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])  # synapses of a cell from elsewhere, at 8 Hz
published = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])  # Hz
chances = """1009 1689 437 818 323 0 76 0 1346 1371 316 515 755 0 42 0 77 59 497 1350 67 3 453 0 691 29 794 1597 33 0
    1057 0 1004 622 505 57 831 3726 204 0 548 269 257 22 600 3158 86 0 156 66 211 166 572 197 396 2252
    364 10 34 5 277 80 658 1443""".split()
chances = np.array(chances, float).reshape(8, 8) / 1e4  # of a connection; rows are targets
degrees = np.log(1 - chances) / np.log(1 - 1 / np.outer(cells, cells)) / cells[:, None]
weights = 0.0878 * np.array([[1, -4, 2, -4, 1, -4, 1, -4]] + [[1, -4] * 4] * 7)  # nA
currents = 0.5e-3 * (1 - scale**0.5) * ((weights * degrees) @ published + 0.0878 * outside * 8)
sim.setup(timestep=0.1, min_delay=0.1, rng_seed=1)
for n, current, number in zip((cells * scale).round().astype(int), currents, outside, strict=True):
    cell = sim.IF_curr_exp(cm=0.25, tau_m=10.0, tau_refrac=2.0, tau_syn_E=0.5, tau_syn_I=0.5, i_offset=current)
    layers.append(sim.Population(n, cell, initial_values={"v": sim.RandomDistribution("normal", (-58.0, 10.0))}))
    layers[-1].record("spikes")
    noise = sim.Population(n, sim.SpikeSourcePoisson(rate=8.0 * number * scale))
    sim.Projection(noise, layers[-1], sim.OneToOneConnector(), sim.StaticSynapse(weight=0.0878 / scale**0.5, delay=1.5))
for (target, source), degree in np.ndenumerate(degrees * scale):
    rule = sim.FixedTotalNumberConnector(round(degree * layers[target].size), with_replacement=True)
    synapse = sim.StaticSynapse(weight=weights[target, source] / scale**0.5, delay=0.8 if source % 2 else 1.5)
    sim.Projection(layers[source], layers[target], rule, synapse, None, ["excitatory", "inhibitory"][source % 2])
sim.run(400.0)
plot.raster(dict(zip(names, layers, strict=True)))
rates = np.array([each.mean_spike_count() / 0.4 for each in layers])
assert np.all((rates > published / 2) & (rates < published * 2))  # correlations and delays are others
plt.show()
