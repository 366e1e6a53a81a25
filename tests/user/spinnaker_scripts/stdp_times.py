"""Plasticity of many irregular spikes: each pair of them counts, and weights are read while the network stops."""

import numpy as np
import spynnaker8 as sim

n, duration, start_w, w_max = 8, 300, 1.0, 4.0
a_plus, a_minus, tau_plus, tau_minus = 0.04, 0.05, 15.0, 25.0

sim.setup(1.0)
random = np.random.RandomState(7)
pre_times = [sorted(random.choice(np.arange(5, duration - 10, 2), 8, replace=False).tolist()) for _ in range(n)]
pre_times = [[*times, duration - 5] for times in pre_times]  # the last one brings all changes
post_times = [sorted(random.choice(np.arange(4, duration - 10, 14), 6, replace=False).tolist()) for _ in range(n)]
pre = sim.Population(n, sim.SpikeSourceArray(spike_times=pre_times), label="pre")
teacher = sim.Population(n, sim.SpikeSourceArray(spike_times=post_times), label="teacher")
post = sim.Population(n, sim.IF_curr_exp(tau_refrac=1.0, tau_m=5.0, tau_syn_E=1.0), label="post")
sim.Projection(teacher, post, sim.OneToOneConnector(), sim.StaticSynapse(weight=60.0, delay=1.0))
rule = sim.STDPMechanism(
    timing_dependence=sim.SpikePairRule(tau_plus=tau_plus, tau_minus=tau_minus, A_plus=a_plus, A_minus=a_minus),
    weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=w_max),
    weight=start_w,
    delay=1.0,
)
# onto the inhibitory receptor, so that what is learned does not make the spikes
plastic = sim.Projection(pre, post, sim.OneToOneConnector(), synapse_type=rule, receptor_type="inhibitory")
post.record("spikes")
weights = []
for _ in range(3):
    sim.run(duration / 3)
    weights.append(plastic.get("weight", "list", with_address=False))
last = np.array(plastic.get("weight", "list", with_address=False))
trains = [train.magnitude for train in post.get_data("spikes").segments[0].spiketrains]
sim.end()

assert [len(train) for train in trains] == [6] * n
for cell in range(n):
    arrivals, backwards = np.array(pre_times[cell]), trains[cell] + 1  # by the dendrite, which takes a step
    # no two come in one step
    apart = backwards[:, None] - arrivals[None, :]
    assert (apart != 0).all()
    up = a_plus * np.exp(-apart[apart > 0] / tau_plus).sum()
    down = a_minus * np.exp(apart[apart < 0] / tau_minus).sum()
    # the chip's traces are in 2048ths, rounded down at each of 15 spikes
    assert abs(last[cell] - (start_w + up - down)) < 15 * 2.0**-11 * 4, (cell, last[cell], start_w + up - down)
assert np.ptp(last) > 0.1
first, second, third = weights
assert first != second and third == last.tolist()
