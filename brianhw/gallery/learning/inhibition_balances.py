"""
Inhibition that finds the balance
=================================

Can inhibitory synapses keep cells at one rate, whatever excites them? The rule of Vogels strengthens a synapse whose
cell fires more than the target rate, and weakens it otherwise: cells with very different input end near 8 Hz.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.pynn as sim

sim.setup(timestep=0.5, rng_seed=1)
target = 8.0  # Hz
drives = np.linspace(1500.0, 3500.0, 5)  # Hz, one cell for each
cells = sim.Population(5, sim.IF_cond_exp(tau_refrac=2.0, e_rev_I=-80.0))
excitation = sim.Population(5, sim.SpikeSourcePoisson(rate=list(drives)))
inhibition = sim.Population(100, sim.SpikeSourcePoisson(rate=20.0))
sim.Projection(excitation, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.002, delay=0.5))
rule = sim.STDPMechanism(
    timing_dependence=sim.Vogels2011Rule(tau=20.0, eta=6e-6, rho=target),
    weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=0.02),  # uS
    delay=0.5,
)
sim.Projection(inhibition, cells, sim.AllToAllConnector(), rule, receptor_type="inhibitory")
cells.record("spikes")
sim.run(100000.0)

axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
for drive, train in zip(drives, cells.get_data().segments[0].spiketrains, strict=True):
    rates = np.histogram(train, np.arange(0, 101000, 2000))[0] / 2
    axes.plot(np.arange(1, 100, 2), rates, label=f"{drive:.0f} spikes per second in")
    assert 1 < rates[25:].mean() / target < 1.15  # above: inhibitory spikes make pairs with themselves rarer
axes.axhline(target, color="k", linestyle=":")
axes.set(xlabel="time (s)", ylabel="rate (Hz)")
axes.legend(fontsize="small")
plt.show()
