"""Synapses that form and vanish: how many there are in the end is a matter of two chances."""

import numpy as np
import spynnaker8 as p

n, s_max, form, vanish, f_rew = 25, 16, 0.4, 0.2, 10**5

p.setup(timestep=1.0)
stim = p.Population(n, p.SpikeSourcePoisson(rate=20), label="stim")
pop_1 = p.Population(n, p.IF_curr_exp(tau_syn_E=20), label="pop_1", additional_parameters={"seed": 3})
structure_model_static = p.StructuralMechanismStatic(
    partner_selection=p.RandomSelection(),
    # all neurons lie at one point: the chance of a pair does not depend on where they are
    formation=p.DistanceDependentFormation(grid=[1, 1], p_form_forward=form, p_form_lateral=form),
    elimination=p.RandomByWeightElimination(prob_elim_potentiated=vanish, prob_elim_depressed=vanish, threshold=0.01),
    f_rew=f_rew,
    initial_weight=0.02,
    initial_delay=(1, 5),
    s_max=s_max,
    seed=5,
    weight=0.02,
    delay=3,
)
plastic = p.Projection(stim, pop_1, p.FixedProbabilityConnector(0.0), structure_model_static, label="structural")
pop_1.record("rewiring")
counts = []
p.run(60)
for _ in range(10):
    p.run(12)
    counts.append(len(plastic.get(["weight", "delay"], "list")))
synapses = plastic.get(["weight", "delay"], "list")
formed, gone = pop_1.get_data("rewiring").segments[0].events
rows = pop_1.spinnaker_get_data("rewiring")
p.end()

# Each of the places is empty or not; a place that is drawn changes with one chance or the other. In 60 ms each is drawn
# 15 times. One look has a standard deviation of 0.024; ten, three draws apart, of about 0.011.
share = form / (form + vanish)
assert abs(np.mean(counts) / (n * s_max) - share) < 4 * 0.011, (np.mean(counts) / (n * s_max), share)
assert len(formed) - len(gone) == counts[-1] == len(synapses)
assert rows[:, 3].sum() == len(formed) and len(rows) == len(formed) + len(gone)
# and as many change as the chances say: 100 draws a ms of the share that may
expected = 180 * f_rew / 1000 * share * vanish
assert abs(len(gone) - expected) < 0.1 * expected, (len(gone), expected)
assert {w for *_, w, _ in synapses} == {synapses[0][2]} and abs(synapses[0][2] - 0.02) < 1e-4
assert {d for *_, d in synapses} <= {1.0, 2.0, 3.0, 4.0, 5.0}
