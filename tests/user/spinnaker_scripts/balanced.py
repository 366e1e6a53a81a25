"""Excitation and inhibition in balance: what comes in is what Campbell's theorem says of the rates that there are."""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.random import NumpyRNG, RandomDistribution

n_exc, n_inh, p_connect, run_time = 320, 80, 0.2, 1000
w_exc, w_inh, w_ext, tau_syn, rate = 0.04, -0.5, 0.25, 5.0, 300.0

sim.setup(timestep=1.0)
cell = sim.IF_curr_exp(tau_m=20.0, cm=0.25, v_rest=-65.0, v_reset=-65.0, v_thresh=-50.0, tau_refrac=2.0,
                       tau_syn_E=tau_syn, tau_syn_I=tau_syn)  # fmt: skip
exc = sim.Population(n_exc, cell, label="Excitatory")
inh = sim.Population(n_inh, cell, label="Inhibitory")
noise = sim.Population(n_exc + n_inh, sim.SpikeSourcePoisson(rate=rate), label="Noise")
everyone = sim.Assembly(exc, inh, label="All")
rng = NumpyRNG(seed=85524)
for each in (exc, inh):
    each.initialize(v=RandomDistribution("uniform", low=-65.0, high=-55.0, rng=rng))

sim.Projection(noise, everyone, sim.OneToOneConnector(), sim.StaticSynapse(weight=w_ext, delay=1.0))
delays = RandomDistribution("uniform", low=1.0, high=14.0, rng=rng)
recurrent = [
    sim.Projection(pre, everyone, sim.FixedProbabilityConnector(p_connect, rng=rng),
                   sim.StaticSynapse(weight=weight, delay=delays), receptor_type=receptor)
    for pre, weight, receptor in ((exc, w_exc, "excitatory"), (inh, w_inh, "inhibitory"))
]  # fmt: skip
for each in (exc, inh):
    each.record(["spikes", "gsyn_exc", "gsyn_inh"])
noise.record("spikes")
sim.run(run_time)

begin = 200  # ms, after the start
rates, means, variations = [], [], []
for each in (exc, inh):
    segment = each.get_data().segments[0]
    trains = [train.magnitude[train.magnitude >= begin] for train in segment.spiketrains]
    rates.append(1000.0 * np.mean([len(train) for train in trains]) / (run_time - begin))
    variations += [np.std(np.diff(train)) / np.mean(np.diff(train)) for train in trains if len(train) > 5]
    means.append([segment.filter(name=f"gsyn_{kind}")[0].magnitude[begin:].mean() for kind in ("exc", "inh")])
driven = 1000.0 * np.mean([np.sum(train.magnitude >= begin) for train in noise.get_data().segments[0].spiketrains])
driven /= run_time - begin
synapses = [len(each) / (n_exc + n_inh) for each in recurrent]
sim.end()

# The mean current of a receptor is the sum of rate * weight * tau_syn of its synapses (Campbell). The chip notes the
# mean of a step, floating point what is there at its start, and that is larger by dt/tau/(1 - exp(-dt/tau)).
exc_in = tau_syn / 1000.0 * (w_ext * driven + synapses[0] * w_exc * rates[0])
inh_in = tau_syn / 1000.0 * synapses[1] * abs(w_inh) * rates[1]
at_start = 1 / tau_syn / (1 - np.exp(-1 / tau_syn))
mean = (n_exc * np.array(means[0]) + n_inh * np.array(means[1])) / (n_exc + n_inh)
# of 800 ms, up to 14 may be of spikes before them, and cells have not all the same number of synapses: 5 %
for found, expected in zip(mean, (exc_in, inh_in), strict=True):
    assert 0.95 < found / expected < 1.05 * at_start, (mean, exc_in, inh_in, rates)
    assert min(abs(found / expected - 1), abs(found / expected - at_start)) < 0.05, (mean, exc_in, inh_in, rates)
# without inhibition the mean current is twice what reaches the threshold; with it, it is below
reaches = 15.0 / 80.0  # mV over MOhm
assert mean[0] > 2 * reaches and mean[0] - mean[1] < reaches, (mean, reaches, rates)
assert 0.5 < np.mean(variations) < 1.3, variations  # fluctuations drive the cells: clocks have 0, Poisson processes 1
assert abs(synapses[0] / (p_connect * n_exc) - 1) < 0.05
