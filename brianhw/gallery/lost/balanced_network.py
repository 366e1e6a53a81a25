"""
A balanced network, ideal and in integers
=========================================

What do SpiNNaker's integers do to a network? The same network runs in both arithmetics, with the same spikes of its
sources. It is chaotic: single spikes part at once, rates and irregularity stay.
"""

import matplotlib.pyplot as plt

import brianhw.spinnaker as sim
from brianhw import plot

sim.setup(timestep=0.1, rng_seed=3)
exc = sim.Population(400, sim.IF_curr_exp(), label="excitatory")
inh = sim.Population(100, sim.IF_curr_exp(), label="inhibitory")
noise = sim.Population(500, sim.SpikeSourcePoisson(rate=1000.0), label="noise")
for cells in (exc, inh):
    cells.initialize(v=sim.RandomDistribution("uniform", (-65.0, -55.0)))
both, random = exc + inh, sim.FixedProbabilityConnector(0.1)
sim.Projection(noise, both, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.2, delay=1.0))
sim.Projection(exc, both, random, sim.StaticSynapse(weight=0.03, delay=1.5), receptor_type="excitatory")
sim.Projection(inh, both, random, sim.StaticSynapse(weight=0.2, delay=1.5), receptor_type="inhibitory")
exc.record("spikes")
sim.run(300.0)

comparison = sim.compare()
plot.comparison(comparison, labels=("integers", "ideal"))
found = comparison["excitatory"]
chip, ideal = found.rates
print(f"{chip:.1f} Hz in integers, {ideal:.1f} Hz ideal; the first other spike after {found.first_divergence:.1f} ms")
assert abs(chip - ideal) < 0.03 * ideal
assert found.first_divergence < 100 and found.shared < 0.9
plt.show()
