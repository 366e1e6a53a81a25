"""PyNN's synapse types beside NEST, spike by spike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import brianhw.pynn as sim
from plastic_pairs import DT, Replay, random_trains, sent_in_nest
from pynn_plasticity import EXPONENTS, LAST, MUS, PAIRS, RATES, STEPS, plastic, released, trains, values_of

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("compiled_quickly")]


@pytest.fixture(autouse=True)
def ready() -> None:
    sim.setup(timestep=DT)


DELAYS = [(0, 14), (9, 5), (13, 1)]  # steps in axon and dendrite; NEST has at least one in the dendrite


def coincidences(pre: Any, post: Any, axonal: int, dendritic: int) -> int:
    """Return how many spikes of both sides meet at the synapse in one step."""
    return sum(len(np.intersect1d(a + axonal, b + dendritic)) for a, b in zip(pre, post, strict=True))


def found_after_each_spike(replay: Replay, pre: Any, total: int) -> list[np.ndarray]:
    """Return the weights at the ends of the steps in which presynaptic spikes reached the soma."""
    return [replay.weights[pair, steps + total] for pair, steps in enumerate(pre)]


def compare(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    assert [len(weights) for weights in ours] == [len(weights) for weights in theirs]
    # rounding adds up over 300 multiplications
    assert np.concatenate(ours) == pytest.approx(np.concatenate(theirs), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("axonal", "dendritic"), DELAYS)
@pytest.mark.parametrize("dependence", EXPONENTS)
def test_pairs_change_weights_as_in_nest(dependence: str, axonal: int, dendritic: int) -> None:
    pre, post = trains()
    assert coincidences(pre, post, axonal, dendritic) > 20
    w = np.linspace(0.02, 1.98, PAIRS)
    bounds = {"w_min": 0.0, "w_max": 2.0, **(MUS if dependence.startswith("Gutig") else {})}
    mechanism = sim.STDPMechanism(
        sim.SpikePairRule(**RATES),
        getattr(sim, dependence)(**bounds),
        None,
        dendritic / (axonal + dendritic),
        weight=1.0,
    )
    replay = Replay(mechanism, pre, post, axonal, dendritic, {**RATES, **bounds, "weight": w}).run(STEPS)
    up, down = EXPONENTS[dependence]
    nest_values = [
        {"weight": x, "Wmax": 2.0, "lambda": 0.05, "alpha": 1.2, "tau_plus": 17.0, "mu_plus": up, "mu_minus": down}
        for x in w
    ]
    theirs = sent_in_nest("stdp_synapse", pre, post, axonal, dendritic, nest_values, {"tau_minus": 31.0}, STEPS * DT)
    compare(found_after_each_spike(replay, pre, axonal + dendritic), theirs)


@pytest.mark.parametrize(("axonal", "dendritic"), DELAYS)
def test_triplets_change_weights_as_in_nest(axonal: int, dendritic: int) -> None:
    pre, post = trains()
    w = np.linspace(0.02, 1.98, PAIRS)
    own = {"tau_plus": 16.8, "tau_minus": 33.7, "tau_x": 101.0, "tau_y": 125.0}
    own |= {"A2_plus": 0.002, "A2_minus": 0.01, "A3_plus": 0.004, "A3_minus": 0.001}
    bounds = {"w_min": 0.0, "w_max": 2.0}
    mechanism = sim.STDPMechanism(
        sim.PfisterSpikeTripletRule(**own),
        sim.AdditiveWeightDependence(**bounds),
        None,
        dendritic / (axonal + dendritic),
    )
    replay = Replay(mechanism, pre, post, axonal, dendritic, {**own, **bounds, "weight": w}).run(STEPS)
    nest_values = [  # amplitudes in NEST are changes of the weight, ours are shares of w_max
        {
            "weight": x, "Wmax": 2.0, "tau_plus": 16.8, "tau_plus_triplet": 101.0,
            "Aplus": 0.004, "Aminus": 0.02, "Aplus_triplet": 0.008, "Aminus_triplet": 0.002,
        }
        for x in w
    ]  # fmt: skip
    target = {"tau_minus": 33.7, "tau_minus_triplet": 125.0}
    theirs = sent_in_nest("stdp_triplet_synapse", pre, post, axonal, dendritic, nest_values, target, STEPS * DT)
    compare(found_after_each_spike(replay, pre, axonal + dendritic), theirs)


@pytest.mark.parametrize(("axonal", "dendritic"), DELAYS)
def test_inhibitory_plasticity_changes_weights_as_in_nest(axonal: int, dendritic: int) -> None:
    pre, post = trains()
    w = np.linspace(0.02, 1.98, PAIRS)
    own, bounds = {"tau": 20.0, "eta": 0.05, "rho": 20.0}, {"w_min": 0.0, "w_max": 2.0}
    mechanism = sim.STDPMechanism(
        sim.Vogels2011Rule(**own), sim.AdditiveWeightDependence(**bounds), None, dendritic / (axonal + dendritic)
    )
    replay = Replay(mechanism, pre, post, axonal, dendritic, {**own, **bounds, "weight": w}).run(STEPS)
    alpha = 2 * 20.0 * 0.020  # rho in Hz, tau in s
    nest_values = [{"weight": x, "Wmax": 2.0, "eta": 0.05, "alpha": alpha, "tau": 20.0} for x in w]
    target = {"tau_minus": 20.0}
    theirs = sent_in_nest("vogels_sprekeler_synapse", pre, post, axonal, dendritic, nest_values, target, STEPS * DT)
    compare(found_after_each_spike(replay, pre, axonal + dendritic), theirs)
    # both bounds were met; the upper one by a postsynaptic spike, as a presynaptic one depresses
    assert 0.0 in np.concatenate(theirs)
    assert 2.0 in replay.weights


TIMINGS = [lambda: sim.SpikePairRule(**RATES), sim.PfisterSpikeTripletRule, lambda: sim.Vogels2011Rule(eta=0.01)]


@pytest.mark.parametrize("timing", TIMINGS)
def test_negative_weights_learn_like_positive_ones(timing: Any) -> None:
    pre, post = trains()
    weights = np.linspace(0.02, 1.98, PAIRS)
    found = []
    for sign in (1, -1):
        mechanism = plastic(w_max=sign * 2.0, timing=timing(), by_weight="AdditiveWeightDependence")
        replay = Replay(mechanism, pre, post, 0, 10, values_of(mechanism, weight=sign * weights)).run(STEPS)
        found.append(sign * replay.weights)
    assert np.ptp(found[0], axis=1).min() > 0
    assert found[1] == pytest.approx(found[0], rel=1e-12)


@pytest.mark.parametrize("tau_facil", [0.0, 60.0])
def test_short_term_plasticity_transmits_as_in_nest(tau_facil: float) -> None:
    rng = np.random.default_rng(3)
    pre = [steps for steps in random_trains(rng, 1, LAST, 60)]
    pre.append(np.arange(20, LAST, 35))
    for steps in pre:
        for U, tau_rec in ((0.3, 200.0), (0.7, 2.0), (1.0, 40.0)):
            synapse = sim.TsodyksMarkramSynapse(U=U, tau_rec=tau_rec, tau_facil=tau_facil)
            ours = released(synapse, steps, time_constant="tau_syn", weight=2.0)[0]
            own = {"weight": 2.0, "U": U, "tau_rec": tau_rec, "tau_fac": tau_facil, "tau_psc": 3.0}
            theirs = sent_in_nest("tsodyks_synapse", [steps], [steps], 0, 1, [own], {}, STEPS * DT)[0]
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
