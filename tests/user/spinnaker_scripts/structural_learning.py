"""Synapses that form at first and learn: only those of sources that make the target spike stay."""

import pyNN.spiNNaker as p

n_good, n_bad, weight = 10, 10, 0.1

p.setup(timestep=1.0)
times = [8 + 40 * k for k in range(12)]
#: The good ones spike before the target does, the others after it.
stim = p.Population(n_good + n_bad, p.SpikeSourceArray([times] * n_good + [[t + 12 for t in times]] * n_bad), label="s")
push = p.Population(1, p.SpikeSourceArray([[t + 4 for t in times]]), label="push")
pop = p.Population(4, p.IF_curr_exp(tau_m=5.0, tau_syn_E=1.0, tau_refrac=2.0), label="pop")
p.Projection(push, pop, p.AllToAllConnector(), p.StaticSynapse(weight=60.0, delay=1.0))
mechanism = p.StructuralMechanismSTDP(
    partner_selection=p.RandomSelection(),
    formation=p.DistanceDependentFormation(grid=[1, 1], p_form_forward=0.0),
    elimination=p.RandomByWeightElimination(threshold=weight, prob_elim_depressed=1.0, prob_elim_potentiated=0.0),
    timing_dependence=p.SpikePairRule(tau_plus=5.0, tau_minus=5.0, A_plus=0.01, A_minus=0.01),
    weight_dependence=p.AdditiveWeightDependence(w_max=0.2, w_min=0.0),
    f_rew=2000, initial_weight=weight, initial_delay=1, s_max=20, seed=1, weight=weight, delay=1,
)  # fmt: skip
learning = p.Projection(stim, pop, p.AllToAllConnector(), mechanism, receptor_type="inhibitory")
pop.record(["spikes", "rewiring"])
before = len(learning.get("weight", "list"))
p.run(500)
left = learning.get("weight", "list")
trains = pop.get_data("spikes").segments[0].spiketrains
formed, gone = pop.get_data("rewiring").segments[0].events
p.end()

assert [len(train) for train in trains] == [12] * 4
assert before == 4 * (n_good + n_bad)
# 2 draws a ms: each place is drawn 12 times in 500 ms, and 6 of 10^6 never
assert {(pre, post) for pre, post, _ in left} == {(i, j) for i in range(n_good) for j in range(4)}, len(left)
assert len(gone) == 4 * n_bad and len(formed) == 0
assert min(w for *_, w in left) > weight
