"""
Triplets: plasticity depends on the rate
========================================

Why do pairs at a high rate potentiate more? In the rule of Pfister and Gerstner a postsynaptic spike counts more soon
after another one. The change by 20 pairs is a sum over all pairs and triplets, which is worked out here as well.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.pynn as sim


def traced(times, events, tau):  # the sum over earlier events at each of the times, each faded
    since = np.subtract.outer(times, events)
    return np.where(since > 0, np.exp(-np.abs(since) / tau), 0).sum(axis=1)


rates = np.array([1.0, 5, 10, 15, 20, 25, 30, 35, 40, 45])  # Hz
axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
for lag in (10.0, -10.0):  # ms, of the postsynaptic spike
    sim.setup(timestep=0.1)
    arrivals = 100 + np.round(np.arange(20) * 1000 / rates[:, None], 1)
    source, force = (sim.Population(10, sim.SpikeSourceArray(spike_times=list(arrivals + s))) for s in (-0.1, lag))
    cells = sim.Population(10, sim.IF_curr_exp(tau_syn_E=0.5, tau_refrac=5.0))
    sim.Projection(force, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=0.1))
    bounds = sim.AdditiveWeightDependence(0.0, 0.001)  # nA: too weak to move a spike
    rule = sim.STDPMechanism(sim.PfisterSpikeTripletRule(), bounds, None, 0.0, weight=0.0005, delay=0.1)
    learning = sim.Projection(source, cells, sim.OneToOneConnector(), rule)
    cells.record("spikes")
    sim.run(21000.0)
    change = np.array(learning.get("weight", "list", with_address=False)) / 0.001 - 0.5
    axes.plot(rates, change, "o-", label=f"postsynaptic spike {lag:+.0f} ms")
    for pre, post, seen in zip(arrivals, cells.get_data().segments[0].spiketrains, change, strict=True):
        up = 6.5e-3 * traced(post.magnitude, pre, 16.8) * traced(post.magnitude, post.magnitude, 125.0)
        assert abs(up.sum() - 7.1e-3 * traced(pre, post.magnitude, 33.7).sum() - seen) < 1e-9  # exact, but for rounding
axes.set(xlabel="rate of the pairs (Hz)", ylabel="change / range of the weight")
axes.legend()
plt.show()
