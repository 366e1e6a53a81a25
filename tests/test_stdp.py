"""Pair STDP: the learning window, its bounds, all-to-all pairing, and NEST."""

from __future__ import annotations

import nest
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, TimedArray, amp, ms, nS, pA
from hypothesis import given, settings
from hypothesis import strategies as st

import nest_reference
from brianhw.equations.adex import ADEX
from brianhw.equations.receptors import exponential_conductance, exponential_current
from brianhw.equations.stdp import pair_stdp
from brianhw.parameters.synapses import SONG_STDP


def weights_after(pre_ms, post_ms, initial, duration_ms: float, **values) -> np.ndarray:
    """Return the weights, in units of ``w_max``, of synapses that see spikes at these times.

    *pre_ms* and *post_ms* hold one list of times per synapse.
    """
    count = len(pre_ms)
    pre = SpikeGeneratorGroup(count, *_flat(pre_ms))
    post = _receiver(count, post_ms)
    rule = pair_stdp("I_in", "amp")
    synapses = Synapses(pre, post, **rule)
    synapses.connect(j="i")
    rule.set(synapses, SONG_STDP, values, w_max=1 * pA, weight=np.asarray(initial) * pA)
    Network(pre, post, post.contained_objects[0], synapses).run(duration_ms * ms)
    return np.asarray(synapses.weight / pA)


def _flat(times_ms):
    indices = [index for index, times in enumerate(times_ms) for _ in times]
    return indices, [time for times in times_ms for time in times] * ms


def _receiver(count: int, times_ms):
    """Return neurons with an input current that spike when they are told to."""
    table = np.zeros((20000, count))
    for index, times in enumerate(times_ms):
        table[np.round(np.asarray(times) / 0.1).astype(int), index] = 1
    schedule = TimedArray(table, dt=0.1 * ms)
    return NeuronGroup(
        count, "I_in : amp\nx = schedule(t, i) : 1", threshold="x > 0.5", namespace={"schedule": schedule}
    )


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


times = st.lists(st.integers(1, 300), max_size=6, unique=True).map(lambda steps: [step / 10 for step in sorted(steps)])


@settings(max_examples=5)
@given(pre=st.lists(times, min_size=8, max_size=8), post=st.lists(times, min_size=8, max_size=8))
def test_weights_stay_between_zero_and_the_largest(pre, post) -> None:
    found = weights_after(pre, post, np.linspace(0, 1, 8), 35, A_plus=0.6, A_minus=0.7)
    assert np.all((found >= 0) & (found <= 1))


def test_a_spike_is_transmitted_with_the_weight_before_its_own_depression() -> None:
    pre = SpikeGeneratorGroup(1, [0], [5] * ms)
    post = _receiver(1, [[4.0]])
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


def test_weights_learn_as_in_nest() -> None:
    rng = np.random.default_rng(5)
    pre = np.sort(rng.choice(np.arange(50, 1900), 40, replace=False)) / 10
    post = np.sort(rng.choice(np.arange(50, 1900), 40, replace=False)) / 10
    post = post[~np.isin(np.round(post * 10), np.round(pre * 10))]  # NEST leaves pairs of zero difference out
    values = {"A_plus": 0.004, "A_minus": 0.0048, "tau_plus": 15 * ms, "tau_minus": 30 * ms}
    ours = weights_after([list(pre)], [list(post)], [0.5], 200, **values)[0]

    # In NEST the delay of 1 ms is dendritic: it delays the postsynaptic spike on its way to the synapse.
    nest_reference.reset(0.1)
    delay = 1.0
    sources = nest.Create("spike_generator", 2)
    sources[0].spike_times = [*(pre + 5), 230.0]  # NEST brings a weight up to date at presynaptic spikes only
    sources[1].spike_times = list(post - delay + 5)
    relays = nest.Create("parrot_neuron", 2)
    nest.Connect(sources, relays, "one_to_one", syn_spec={"delay": 0.1})
    relays[1].tau_minus = 30.0
    nest.Connect(
        relays[0],
        relays[1],
        syn_spec={
            "synapse_model": "stdp_synapse", "weight": 0.5, "Wmax": 1.0, "delay": delay, "receptor_type": 1,
            "lambda": 0.004, "alpha": 1.2, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": 15.0,
        },
    )  # fmt: skip
    nest.Simulate(240)
    theirs = nest.GetConnections(relays[0], relays[1]).weight
    # the last presynaptic spike, at 225 ms of our clock, depresses the weight too
    last = 0.0048 * np.sum(np.exp(-(225.0 - post) / 30))
    assert ours - last == pytest.approx(theirs, abs=1e-9)
