"""
Windows that are drawn
======================

Can a rule do without traces? In SpiNNaker's recurrent rule each spike opens a window of random length, and a pair
changes the weight if the window of its first spike is still open at the second. So the mean over many synapses falls
as an exponential.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.spinnaker as sim

copies, lags = 400, np.arange(-59.5, 60, 7)  # ms
sim.setup(timestep=1.0)
pre, post = ([[round(100 + x)] for x in np.repeat(way, copies)] for way in (-lags / 2, lags / 2))
source = sim.Population(len(pre), sim.SpikeSourceArray(spike_times=[[*each, 300] for each in pre]))  # 300: to look
force = sim.Population(len(pre), sim.SpikeSourceArray(spike_times=post))
cells = sim.Population(len(pre), sim.IF_curr_exp(tau_refrac=50.0))
cells.record("spikes")
sim.Projection(force, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=1.0))
timing = sim.extra_models.RecurrentRule(-1, 1, mean_pre_window=20.0, mean_post_window=40.0, A_plus=0.5, A_minus=0.5)
rule = sim.STDPMechanism(timing, sim.MultiplicativeWeightDependence(0.0, 1.0), weight=0.5, delay=1.0)
learning = sim.Projection(source, cells, sim.OneToOneConnector(), rule)
sim.run(320.0)

change = np.array(learning.get("weight", "list", with_address=False)).reshape(len(lags), copies).mean(axis=1) - 0.5
fired = np.array([float(train[0]) for train in cells.get_data().segments[0].spiketrains])
apart = (fired - np.ravel(pre))[::copies]  # one step for the axon, one for the dendrite
still_open = np.where(apart > 0, np.exp(-(apart + 1) / 20.0), np.exp((apart - 1) / 40.0))  # longer than this
expected = np.sign(apart) * 0.25 * still_open
assert np.all(np.abs(change - expected) < 5 * 0.25 * np.sqrt(still_open * (1 - still_open) / copies))  # binomial
axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
axes.plot(apart, change, "o", label=f"mean of {copies} synapses"), axes.plot(apart, expected, "k:", label="expected")
axes.set(xlabel="postsynaptic after presynaptic spike (ms)", ylabel="change of the weight"), axes.legend()
plt.show()
