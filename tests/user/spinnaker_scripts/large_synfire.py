"""A synfire chain of 10,000 cells: a volley of a hundred goes from pool to pool."""

import math

import numpy as np
import pyNN.spiNNaker as p

n_pools, width, p_connect, delay, weight = 100, 100, 0.5, 4, 0.4
n_total, tau_m, tau_s, cm = n_pools * width, 20.0, 5.0, 0.25

p.setup(timestep=1.0)
random = np.random.default_rng(1)
chain = p.Population(n_total, p.IF_curr_exp(tau_m=tau_m, cm=cm, tau_syn_E=tau_s, tau_refrac=50.0), label="chain")
# each cell has half of the pool before it: exactly so many, so that all answer alike
targets = np.arange(width, n_total)
n_inputs = int(p_connect * width)
chosen = random.permuted(np.tile(np.arange(width), (len(targets), 1)), axis=1)[:, :n_inputs]
sources = (targets // width - 1)[:, None] * width + chosen
links = np.column_stack([sources.ravel(), np.repeat(targets, n_inputs)])
projection = p.Projection(
    chain, chain, p.FromListConnector(links), p.StaticSynapse(weight=weight, delay=delay), label="links"
)
start = p.Population(width, p.SpikeSourceArray(spike_times=[3.0]), label="start")
p.Projection(start, chain[:width], p.OneToOneConnector(), p.StaticSynapse(weight=30.0, delay=1.0))
chain.record("spikes")
p.run(650)
times = np.array([train.magnitude for train in chain.get_data("spikes").segments[0].spiketrains])
p.end()

assert times.shape == (n_total, 1)  # every cell spikes, and once
pools = times.reshape(n_pools, width)
assert np.ptp(pools, axis=1).max() == 0  # all of a pool in the same step
# 20 nA at once: the threshold is reached within the first step
t = np.arange(0.0, 10.0, 1e-3)
psp = n_inputs * weight * tau_m / cm * tau_s / (tau_m - tau_s) * (np.exp(-t / tau_m) - np.exp(-t / tau_s))
rise = math.floor(t[np.argmax(psp > 15.0)])
assert set(np.diff(pools[:, 0])) == {delay + rise}, set(np.diff(pools[:, 0]))
assert pools[0, 0] == 4.0 and pools[-1, 0] == 4.0 + (n_pools - 1) * (delay + rise)
assert len(projection) == (n_total - width) * n_inputs
