"""
The window of pair STDP
=======================

How does a weight change with the time between two spikes? One synapse for each difference, whose neuron is made to
spike by a strong input. Changes that do not depend on the weight follow two exponentials.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.pynn as sim

tau_plus, tau_minus, A_plus, A_minus, w_max, w = 16.7, 33.7, 0.01, 0.009, 1.0, 0.3
kinds = {"additive": sim.AdditiveWeightDependence, "multiplicative": sim.MultiplicativeWeightDependence}
sim.setup(timestep=0.1)
lags = np.arange(-78.0, 80.0, 4.0)  # ms
timing = sim.SpikePairRule(tau_plus, tau_minus, A_plus, A_minus)
source = sim.Population(len(lags), sim.SpikeSourceArray(spike_times=[[100.0]] * len(lags)))
force = sim.Population(len(lags), sim.SpikeSourceArray(spike_times=[[100.0 + lag] for lag in lags]))
windows = {}
for name, kind in kinds.items():
    cells = sim.Population(len(lags), sim.IF_curr_exp(tau_refrac=50.0))
    sim.Projection(force, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=0.1))
    rule = sim.STDPMechanism(timing, kind(0.0, w_max), dendritic_delay_fraction=0.0, weight=w, delay=0.1)
    windows[name] = sim.Projection(source, cells, sim.OneToOneConnector(), rule)
    cells.record("spikes")
sim.run(250.0)

times = np.array([float(train[0]) for train in cells.get_data().segments[0].spiketrains]) - 100.1
axes = plt.figure(figsize=(7, 4), layout="constrained").subplots()
for name, projection in windows.items():
    windows[name] = np.array(projection.get("weight", "list", with_address=False)) - w
    axes.plot(times, windows[name], ".-", label=name)
axes.set(xlabel="postsynaptic spike after presynaptic (ms)", ylabel="change of the weight (nA)")
axes.legend()
closed = np.where(times > 0, A_plus * np.exp(-times / tau_plus), -A_minus * np.exp(times / tau_minus))
assert np.allclose(windows["additive"], closed, atol=1e-12)  # exact: only rounding
