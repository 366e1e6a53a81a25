"""Pair STDP: the learning window, its bounds, all-to-all pairing, and NEST."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, Network, NeuronGroup, SpikeGeneratorGroup, Synapses, amp, ms, nS, pA
from hypothesis import given, settings
from hypothesis import strategies as st

from brianhw import plot
from brianhw.equations.additive_stdp import additive_stdp, nearest_additive_stdp, shared_additive_stdp
from brianhw.equations.adex import ADEX
from brianhw.equations.kernel_stdp import symmetric_cosine_sine_stdp, symmetric_cosine_stdp
from brianhw.equations.receptors import exponential_conductance, exponential_current
from brianhw.equations.stdp import pair_stdp
from brianhw.equations.stdp_rules import (
    ADDITIVE,
    ADDITIVE_UP_MULTIPLICATIVE_DOWN,
    GUTIG,
    MULTIPLICATIVE,
    nearest_pair_rule,
    pair_rule,
    recurrent_rule,
    stdp_synapse,
    triplet_rule,
    vogels_rule,
)
from brianhw.equations.teaching_rules import (
    delayed_exponential_kernel,
    exponential_kernel,
    symmetric_cosine_sine_kernel,
)
from brianhw.errors import ModelError, ParameterError
from brianhw.parameters.synapses import SONG_STDP
from stdp_pairs import receiver, times, weights_after

DIFFERENCES = np.array([-40.0, -20, -5, -0.1, 0.1, 5, 20, 40])


def test_the_window_is_that_of_song_miller_and_abbott() -> None:
    pre = [[50.0]] * len(DIFFERENCES)
    post = [[50.0 + difference] for difference in DIFFERENCES]
    change = weights_after(pre, post, [0.5] * len(pre), 100) - 0.5
    published = np.where(DIFFERENCES > 0, 0.005 * np.exp(-DIFFERENCES / 20), -0.005 * 1.05 * np.exp(DIFFERENCES / 20))
    assert change == pytest.approx(published, rel=1e-9)


def test_spikes_at_the_same_time_potentiate() -> None:
    assert weights_after([[50.0]], [[50.0]], [0.5], 60)[0] - 0.5 == pytest.approx(0.005, rel=1e-9)


def test_every_pair_counts() -> None:
    pre, post = [10.0, 13.0, 31.0], [12.0, 25.0]
    change = weights_after([pre], [post], [0.5], 50)[0] - 0.5
    expected = 0.0
    for before in pre:
        for after in post:
            difference = after - before
            expected += 0.005 * np.exp(-difference / 20) if difference > 0 else -0.00525 * np.exp(difference / 20)
    assert change == pytest.approx(expected, rel=1e-9)


def test_weights_stop_at_the_bounds() -> None:
    pre = [[10.0, 20.0, 30.0]] * 2
    post = [[11.0, 21.0, 31.0], [9.0, 19.0, 29.0]]
    found = weights_after(pre, post, [0.99, 0.01], 50, A_plus=0.5, A_minus=0.9, tau_plus=2 * ms, tau_minus=2 * ms)
    assert list(found) == [1, 0]


@settings(max_examples=5)
@given(pre=st.lists(times, min_size=8, max_size=8), post=st.lists(times, min_size=8, max_size=8))
def test_weights_stay_between_zero_and_the_largest(pre, post) -> None:
    found = weights_after(pre, post, np.linspace(0, 1, 8), 35, A_plus=0.6, A_minus=0.7)
    assert np.all((found >= 0) & (found <= 1))


def test_a_spike_is_transmitted_with_the_weight_before_its_own_depression() -> None:
    pre = SpikeGeneratorGroup(1, [0], [5] * ms)
    post = receiver(1, [[4.0]])
    rule = pair_stdp("I_in", "amp")
    synapses = Synapses(pre, post, **rule)
    synapses.connect()
    rule.set(synapses, SONG_STDP, w_max=1 * pA, weight=0.5 * pA)
    Network(pre, post, synapses).run(6 * ms)
    assert post.I_in[0] / pA == pytest.approx(0.5)
    assert synapses.weight[0] / pA < 0.5


@pytest.mark.parametrize("kind", [exponential_current, exponential_conductance])
def test_it_learns_onto_a_neuron_with_variables_of_its_own(kind) -> None:
    receptor = kind("exc")
    cell = ADEX + receptor
    rule = pair_stdp(receptor)
    group = NeuronGroup(1, **cell)
    Synapses(group, group, **rule).connect()  # AdEx has a `w`; a synapse variable of that name would be refused
    assert rule.parsed[rule.weight].dim == (amp if receptor.unit == "amp" else nS).dim


# -- rules put together -----------------------------------------------------------------------------

TIMES = {name: time * ms for name, time in (("tau_plus", 17), ("tau_minus", 34), ("tau_x", 101), ("tau_y", 125))}
PAIRS = {"A_plus": 0.02, "A_minus": 0.03}
TRIPLETS = {"A2_plus": 0.005, "A2_minus": 0.007, "A3_plus": 0.006, "A3_minus": 0.002}
UP, DOWN = np.exp(-10 / 17), np.exp(-10 / 34)


def change(rule, pre_ms, post_ms, start: float = 0.5, **values) -> float:
    """Return by how much one synapse's weight of *start* changes, in units of ``w_max``."""
    model = stdp_synapse(rule, "I_in", "amp")
    known = {name: value for name, value in TIMES.items() if name in model.parameters}
    found = weights_after([pre_ms], [post_ms], [start], 60, model, {**known, **values})
    return float(found[0]) - start


@pytest.mark.parametrize("rule", [pair_rule, nearest_pair_rule])
@pytest.mark.parametrize(
    ("weights", "more", "up", "down"),
    [
        (ADDITIVE, {}, 1, 1),
        (MULTIPLICATIVE, {}, 0.75, 0.25),
        (ADDITIVE_UP_MULTIPLICATIVE_DOWN, {}, 1, 0.25),
        (GUTIG, {"mu_plus": 2, "mu_minus": 0.5}, 0.75**2, 0.25**0.5),
    ],
)
def test_one_pair_changes_the_weight_by_its_window_and_its_dependence(rule, weights, more, up, down) -> None:
    values = {**PAIRS, **more, "start": 0.25}
    assert change(rule(weights), [10.0], [20.0], **values) == pytest.approx(0.02 * up * UP, rel=1e-9)
    assert change(rule(weights), [20.0], [10.0], **values) == pytest.approx(-0.03 * down * DOWN, rel=1e-9)


def test_spikes_of_both_sides_in_one_step_are_no_pair_of_such_a_rule() -> None:
    assert change(pair_rule(ADDITIVE), [20.0], [20.0], **PAIRS) == 0


def test_a_spike_pairs_with_its_neighbours_only_where_the_rule_says_so() -> None:
    trains = [10.0, 15.0], [25.0]
    assert change(nearest_pair_rule(ADDITIVE), *trains, **PAIRS) == pytest.approx(0.02 * UP, rel=1e-9)
    both = 0.02 * (UP + np.exp(-15 / 17))
    assert change(pair_rule(ADDITIVE), *trains, **PAIRS) == pytest.approx(both, rel=1e-9)


def test_triplets_count_by_the_slow_traces_of_pfister_and_gerstner() -> None:
    rule = triplet_rule(ADDITIVE)
    # post, pre, post: the second one finds the trace of the first, 20 ms old
    expected = -0.007 * DOWN + UP * (0.005 + 0.006 * np.exp(-20 / 125))
    assert change(rule, [20.0], [10.0, 30.0], **TRIPLETS) == pytest.approx(expected, rel=1e-9)
    # pre, post, pre
    expected = 0.005 * UP - DOWN * (0.007 + 0.002 * np.exp(-20 / 101))
    assert change(rule, [10.0, 30.0], [20.0], **TRIPLETS) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("pre", "post"), [([10.0], [20.0]), ([20.0], [10.0])])
def test_the_inhibitory_rule_is_symmetric_and_pays_for_each_arrival(pre, post) -> None:
    values = {"eta": 0.01 * pA, "tau_stdp": 20 * ms, "rho": 5 * Hz}
    expected = 0.01 * (np.exp(-10 / 20) - 2 * 5 * 0.02)
    assert change(vogels_rule(), pre, post, **values) == pytest.approx(expected, rel=1e-9)


def test_a_count_that_is_full_changes_the_weight_of_the_recurrent_rule() -> None:
    values = {"accumulator_depression": -2, "accumulator_potentiation": 2, **PAIRS}
    values |= {
        "mean_pre_window": 1e5 * ms,
        "mean_post_window": 1 * ms,
    }  # nearly all within the one, hardly any in the other
    assert change(recurrent_rule(ADDITIVE), [10.0, 30.0], [20.0, 40.0], **values) == pytest.approx(0.02, rel=1e-9)


def test_weights_may_be_negative_where_the_strong_end_is() -> None:
    model = stdp_synapse(pair_rule(ADDITIVE), "I_in", "amp")
    values = {**PAIRS, "tau_plus": 17 * ms, "tau_minus": 34 * ms, "w_max": -1 * pA}
    found = weights_after([[10.0]] * 2, [[20.0]] * 2, [-0.5, -0.995], 30, model, values)
    assert found == pytest.approx([-0.5 - 0.02 * UP, -1], rel=1e-9)


def test_a_spike_is_transmitted_with_the_weight_that_it_leaves() -> None:
    pre, post = SpikeGeneratorGroup(1, [0], [20] * ms), receiver(1, [[10.0]])
    model = stdp_synapse(pair_rule(ADDITIVE), "I_in", "amp")
    synapses = Synapses(pre, post, **model)
    synapses.connect()
    model.set(synapses, PAIRS, tau_plus=17 * ms, tau_minus=34 * ms, w_max=1 * pA, weight=0.5 * pA)
    Network(pre, post, synapses).run(21 * ms)
    assert post.I_in[0] / pA == pytest.approx(0.5 - 0.03 * DOWN, rel=1e-9)


def test_the_window_of_a_rule_is_drawn_as_that_of_any_synapse() -> None:
    model = stdp_synapse(triplet_rule(ADDITIVE), exponential_current("exc"))
    axes = plot.stdp_window(model, TRIPLETS, TIMES, {"w_max": 1 * pA}, intervals=[-10, 10] * ms, device=None)
    drawn = [float(line.get_ydata()[0]) for line in axes.get_lines()[-2:]]  # fA
    assert drawn == pytest.approx([-7 * DOWN, 5 * UP], rel=1e-9)


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(ModelError, match=r"stdp_synapse takes a rule, such as triplet_rule\(ADDITIVE\), not <function"):
        stdp_synapse(triplet_rule, "I_in", "amp")


@pytest.mark.parametrize("weight", [-1 * pA, 0.1 * pA, 1.1 * pA])
def test_weights_beyond_the_ends_of_a_rule_are_refused(weight) -> None:
    with pytest.raises(ParameterError, match="'weight' must be within w_min to w_max, from 200. fA to 1. pA"):
        stdp_synapse(pair_rule(ADDITIVE), "I_in", "amp").check({"weight": weight, "w_min": 0.2 * pA, "w_max": 1 * pA})


# -- weights that the rule could not hold -----------------------------------------------------------


def plastic(rule):
    group = NeuronGroup(2, "I_in : amp", threshold="I_in > 1*amp", reset="")
    synapses = Synapses(group, group, **rule)
    synapses.connect()
    return synapses


RULES = [pair_stdp, additive_stdp, shared_additive_stdp, nearest_additive_stdp, symmetric_cosine_stdp]
RULES += [symmetric_cosine_sine_stdp, exponential_kernel, delayed_exponential_kernel, symmetric_cosine_sine_kernel]


@pytest.mark.parametrize("weight", [-1e-6 * pA, 1.000001 * pA, np.nan * pA, [0.5, 1.5] * pA])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_weights_beyond_the_largest_or_below_zero_are_refused(rule, weight) -> None:
    with pytest.raises(ParameterError, match=r"'weight' must be within 0 to w_max, from 0. A to 1. pA"):
        rule("I_in", "amp").check({"weight": weight, "w_max": 1 * pA})


@pytest.mark.parametrize("weight", [0 * pA, 1 * pA, 10 * 0.1 * 1e-12 * amp])
def test_weights_at_the_bounds_are_taken(weight) -> None:
    synapses, rule = plastic(pair_stdp("I_in", "amp")), pair_stdp("I_in", "amp")
    rule.set(synapses, SONG_STDP, w_max=1 * pA, weight=weight)
    assert synapses.weight[:] / pA == pytest.approx([weight / pA] * 4)


def test_a_largest_weight_below_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match="'w_max' must be zero or more, it was given -1. pA"):
        pair_stdp("I_in", "amp").check({"weight": 0 * pA, "w_max": -1 * pA})


def test_a_refused_expression_leaves_all_values_as_they_were() -> None:
    rule = pair_stdp("I_in", "amp")
    synapses = plastic(rule)
    rule.set(synapses, SONG_STDP, w_max=1 * pA, weight="pA*(0.2 + 0.1*i)")
    with pytest.raises(ParameterError, match="it was given 2. pA, and so is 1 more"):
        rule.set(synapses, SONG_STDP, w_max=1.5 * pA, A_plus=0.5, weight="pA*(1 + i)")
    assert (synapses.w_max / pA, synapses.A_plus) == (1, 0.005)
    assert synapses.weight[:] / pA == pytest.approx([0.2, 0.2, 0.3, 0.3])


@pytest.mark.parametrize(("name", "value"), [("weight", 2 * pA), ("w_max", 0.1 * pA), ("weight", "2*pA")])
def test_an_update_is_held_against_the_bound_or_weight_that_is_there(name, value) -> None:
    rule = pair_stdp("I_in", "amp")
    synapses = plastic(rule)
    rule.set(synapses, SONG_STDP, w_max=1 * pA, weight=0.5 * pA)
    with pytest.raises(ParameterError, match="'weight' must be within 0 to w_max"):
        rule.update(synapses, {name: value})
    assert (synapses.weight[0] / pA, synapses.w_max / pA) == (0.5, 1)
