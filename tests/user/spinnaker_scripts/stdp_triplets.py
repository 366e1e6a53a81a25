"""Triplets of spikes: each depresses or potentiates by what Pfister and Gerstner (2006) say."""

import math

import pyNN.spiNNaker as sim
from pyNN.spiNNaker.extra_models import PfisterSpikeTriplet, WeightDependenceAdditiveTriplet

A2_plus, A2_minus, A3_plus, A3_minus = 0.02, 0.03, 0.08, 0.05
tau_plus, tau_minus, tau_x, tau_y = 16.8, 33.7, 101.0, 125.0
start_w, end = 1.0, 220
#: Presynaptic and postsynaptic times at the synapse: pre-post-pre, post-pre-post, and more of both
protocols = [([30, 50], [40]), ([40], [30, 50]), ([30, 60, 65], [35, 70]), ([31, 45, 90], [40, 55, 75])]

sim.setup(timestep=1.0)
projections = []
for pre_times, post_times in protocols:
    stims = [sim.Population(1, sim.SpikeSourceArray(spike_times=[each])) for each in (
        [*pre_times, end - 5], [t - 2 for t in post_times])]  # fmt: skip
    post = sim.Population(1, sim.IF_curr_exp(tau_refrac=1.0, tau_m=5.0, tau_syn_E=1.0))
    sim.Projection(stims[1], post, sim.OneToOneConnector(), sim.StaticSynapse(weight=60.0, delay=1))
    rule = sim.STDPMechanism(
        timing_dependence=PfisterSpikeTriplet(
            tau_plus=tau_plus, tau_minus=tau_minus, tau_x=tau_x, tau_y=tau_y, A_plus=A2_plus, A_minus=A2_minus
        ),
        weight_dependence=WeightDependenceAdditiveTriplet(w_min=0.0, w_max=4.0, A3_plus=A3_plus, A3_minus=A3_minus),
        weight=start_w,
        delay=1,
    )
    projections.append(
        sim.Projection(stims[0], post, sim.OneToOneConnector(), synapse_type=rule, receptor_type="inhibitory")
    )
    post.record("spikes")
    projections[-1].target = post
sim.run(end)
found = [each.get("weight", "list", with_address=False)[0] for each in projections]
spikes = [each.target.get_data("spikes").segments[0].spiketrains[0].magnitude for each in projections]
sim.end()


def trace(times, now, tau):
    """Return what earlier events have left."""
    return sum(math.exp(-(now - t) / tau) for t in times if t < now)


for (pre_times, post_times), w, fired in zip(protocols, found, spikes, strict=True):
    assert [t + 1 for t in fired] == post_times, (fired, post_times)
    pre_times = [*pre_times, end - 5]
    expected = start_w
    for t in pre_times:
        expected -= trace(post_times, t, tau_minus) * (A2_minus + A3_minus * trace(pre_times, t, tau_x))
    for t in post_times:
        expected += trace(pre_times, t, tau_plus) * (A2_plus + A3_plus * trace(post_times, t, tau_y))
    # four traces in 2048ths, one after the other in up to seven spikes
    assert abs(w - expected) < 7 * 2.0**-11 * 2, (w, expected)
assert max(found) - min(found) > 0.05
