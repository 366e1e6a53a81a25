"""
The window of pair STDP
=======================

How does a weight change with the time between two spikes? One synapse for each difference, whose neuron is made to
spike by a strong input. Each window is two exponentials, times what the rule makes of the weight that it finds.
"""

import matplotlib.pyplot as plt
import numpy as np

import brianhw.pynn as sim

tau_plus, tau_minus, A_plus, A_minus, w = 16.7, 33.7, 0.01, 0.009, 0.3
kinds = {  # with what they multiply a step up and a step down, for weights from 0 to 1
    "additive": (sim.AdditiveWeightDependence(0, 1), 1, 1),
    "multiplicative": (sim.MultiplicativeWeightDependence(0, 1), 1 - w, w),
    "additive up, multiplicative down": (sim.AdditivePotentiationMultiplicativeDepression(0, 1), 1, w),
    "Gütig": (sim.GutigWeightDependence(0, 1, mu_plus=0.5, mu_minus=0.5), (1 - w) ** 0.5, w**0.5),
}
sim.setup(timestep=0.1)
lags, axes = np.arange(-78.0, 80.0, 4.0), plt.figure(figsize=(7, 4), layout="constrained").subplots()  # ms
source = sim.Population(len(lags), sim.SpikeSourceArray(spike_times=[[100.0]] * len(lags)))
force = sim.Population(len(lags), sim.SpikeSourceArray(spike_times=[[100.0 + lag] for lag in lags]))
cells = sim.Population(len(lags), sim.IF_curr_exp(tau_refrac=50.0))
cells.record("spikes")
sim.Projection(force, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=0.1))
timing, windows = sim.SpikePairRule(tau_plus, tau_minus, A_plus, A_minus), {}
for name, (kind, _, _) in kinds.items():
    rule = sim.STDPMechanism(timing, kind, dendritic_delay_fraction=0.0, weight=w, delay=0.1)
    windows[name] = sim.Projection(source, cells, sim.OneToOneConnector(), rule)
sim.run(250.0)
s = np.array([float(train[0]) for train in cells.get_data().segments[0].spiketrains]) - 100.1
for name, (_, up, down) in kinds.items():
    change = np.array(windows[name].get("weight", "list", with_address=False)) - w
    closed = np.where(s > 0, up * A_plus * np.exp(-s / tau_plus), -down * A_minus * np.exp(s / tau_minus))
    assert np.allclose(change, closed, atol=1e-12)  # exact: only rounding
    axes.plot(s, change, ".-", label=name)
axes.set(xlabel="postsynaptic spike after presynaptic (ms)", ylabel="change of the weight (nA)"), axes.legend()
plt.show()
