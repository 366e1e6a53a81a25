"""A reward moves a weight: eligibility of one pair of spikes times dopamine (Izhikevich 2007)."""

import math

import pyNN.spiNNaker as sim

tau_c, tau_d, tau_plus, amount, a_plus = 200.0, 50.0, 10.0, 0.1, 1.0
t_pre, t_post, t_reward, t_last = 20, 23, 60, 300

sim.setup(timestep=1.0)
stimulation = sim.Population(1, sim.SpikeSourceArray(spike_times=[t_pre, t_last]), label="pre")
post_stim = sim.Population(1, sim.SpikeSourceArray(spike_times=[t_post - 1]), label="post_stim")
reward_pop = sim.Population(1, sim.SpikeSourceArray(spike_times=[t_reward]), label="reward")
fast = {"cm": 0.3, "tau_m": 10.0, "tau_refrac": 4.0, "tau_syn_E": 1.0, "tau_syn_I": 1.0, "v_reset": -70.0,
        "v_thresh": -55.4}  # fmt: skip
found = {}
for receptor in ("reward", "punishment", "nothing"):
    pop = sim.Population(1, sim.IF_curr_exp, fast, label=receptor)
    sim.Projection(post_stim, pop, sim.OneToOneConnector(), sim.StaticSynapse(weight=20.0, delay=1.0))
    rule = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=tau_plus, tau_minus=12.0, A_plus=a_plus, A_minus=1.0),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0, w_max=20.0),
        weight=2.5,
    )
    plastic = sim.Projection(stimulation, pop, sim.OneToOneConnector(), synapse_type=rule, receptor_type="excitatory")
    if receptor == "nothing":  # dopamine makes weight of eligibility, but none comes
        source, kind = sim.Population(1, sim.SpikeSourceArray(spike_times=[]), label="none"), "reward"
    else:
        source, kind = reward_pop, receptor
    sim.Projection(
        source, pop, sim.AllToAllConnector(), receptor_type=kind,
        synapse_type=sim.extra_models.Neuromodulation(weight=amount, tau_c=tau_c, tau_d=tau_d, w_max=20.0),
    )  # fmt: skip
    pop.record("spikes")
    found[receptor] = plastic, pop
sim.run(320)
weights = {name: plastic.get("weight", "list", with_address=False)[0] for name, (plastic, _) in found.items()}
spikes = {name: pop.get_data("spikes").segments[0].spiketrains[0].magnitude for name, (_, pop) in found.items()}
sim.end()

assert all(train[0] == t_post for train in spikes.values()), spikes
rate = 1 / tau_c + 1 / tau_d
eligibility = a_plus * math.exp(-(t_post + 1 - t_pre) / tau_plus) * math.exp(-(t_reward - t_post) / tau_c)
expected = eligibility * amount * (1 - math.exp(-(t_last - t_reward - 1) * rate)) / rate
# the chip looks tau_c up in steps of 16 ms, cut, and tau_d in steps of 4: at most exp(16/200) too much
assert expected > 1.5
assert -0.02 < (weights["reward"] - 2.5) / expected - 1 < 0.09, (weights, expected)
assert -0.02 < (2.5 - weights["punishment"]) / expected - 1 < 0.09, (weights, expected)
assert abs(weights["nothing"] - 2.5) < 1e-3
