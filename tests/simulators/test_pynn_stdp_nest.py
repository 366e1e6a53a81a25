"""Plastic synapses of the PyNN facade against NEST, with random trains on which spikes often arrive together."""

from __future__ import annotations

from typing import Any

import nest
import numpy as np
import pytest

import brianhw.pynn as sim
import nest_reference

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("compiled_quickly")]

PAIRS, END = 12, 400.0
W_MAX, START = 0.02, 0.008
PAIR = {"tau_plus": 17.0, "tau_minus": 23.0, "A_plus": 0.05, "A_minus": 0.06}
CELL = {
    "tau_m": 10.0, "cm": 0.05, "tau_refrac": 0.3, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -55.0,
    "tau_syn_E": 0.1, "e_rev_I": -65.0, "tau_syn_I": 1e7,  # nothing decays: each step of gsyn_inh is a delivered weight
}  # fmt: skip

# weight dependence, its arguments, NEST's exponents of the weight
RULES = {
    "additive": ("AdditiveWeightDependence", {}, (0.0, 0.0)),
    "multiplicative": ("MultiplicativeWeightDependence", {}, (1.0, 1.0)),
    "mixed": ("AdditivePotentiationMultiplicativeDepression", {}, (0.0, 1.0)),
    "gutig": ("GutigWeightDependence", {"mu_plus": 0.4, "mu_minus": 0.6}, (0.4, 0.6)),
}


def trains(last: float, seed: int, grid: float = 1.0) -> list[np.ndarray]:
    """Return 40 spike times per pair, in whole ms: many spikes reach the synapse in one step, or one delay apart."""
    rng = np.random.default_rng(seed)
    return [np.sort(rng.choice(np.arange(10.0, last, grid), size=40, replace=False)) for _ in range(PAIRS)]


def ours(rule: str, delay: float, pre: Any, post: Any, *, sources: bool = False) -> dict[str, Any]:
    """Return final weights, spikes of both sides, and the conductances of the targets."""
    sim.setup(timestep=0.1)
    target, before = driven(post), sources and given(pre) or driven(pre)
    for population in (target, before):
        population.record("spikes")
    target.record("gsyn_inh")
    name, arguments, _ = RULES[rule]
    weights = getattr(sim, name)(w_min=0.0, w_max=W_MAX, **arguments)
    plastic = sim.STDPMechanism(sim.SpikePairRule(**PAIR), weights, weight=START, delay=delay)
    projection = sim.Projection(before, target, sim.OneToOneConnector(), plastic, receptor_type="inhibitory")
    sim.run(END + 20)
    (conductance,) = target.get_data().segments[0].filter(name="gsyn_inh")
    return {
        "weights": np.array(projection.get("weight", "list", with_address=False)),
        "pre": spikes(before),
        "post": spikes(target),
        "gsyn": conductance.magnitude,
    }


def given(times: Any) -> Any:
    return sim.Population(PAIRS, sim.SpikeSourceArray(spike_times=[sim.Sequence(train) for train in times]))


def driven(times: Any) -> Any:
    """Return cells that spike a fixed time after *times*."""
    cells = sim.Population(PAIRS, sim.IF_cond_exp(**CELL), initial_values={"v": -65.0})
    sim.Projection(given(times), cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=3.0, delay=0.1))
    return cells


def spikes(population: Any) -> list[np.ndarray]:
    return [np.round(train.magnitude, 1) for train in population.get_data("spikes").segments[0].spiketrains]


def theirs(rule: str, delay: float, pre: Any, post: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return NEST's final weights, and the weights that it sends at each presynaptic spike."""
    nest_reference.reset(0.1)
    up, down = RULES[rule][2]
    relays, recorders = [], []
    for number, both in enumerate(zip(pre, post, strict=True)):
        pair = [nest.Create("parrot_neuron") for _ in both]
        for relay, times in zip(pair, both, strict=True):
            source = nest.Create("spike_generator", params={"spike_times": np.round(times - 0.1, 1)})
            nest.Connect(source, relay, syn_spec={"delay": 0.1})
        pair[1].tau_minus = PAIR["tau_minus"]
        recorders.append(nest.Create("weight_recorder"))
        nest.CopyModel("stdp_synapse", f"plastic_{number}", {"weight_recorder": recorders[-1]})
        parameters = {
            "synapse_model": f"plastic_{number}", "weight": START, "Wmax": W_MAX, "delay": delay, "receptor_type": 1,
            "lambda": PAIR["A_plus"], "alpha": PAIR["A_minus"] / PAIR["A_plus"], "mu_plus": up, "mu_minus": down,
            "tau_plus": PAIR["tau_plus"],
        }  # fmt: skip
        nest.Connect(pair[0], pair[1], syn_spec=parameters)
        relays.append(pair)
    nest.Simulate(END + 30)
    final = np.array([nest.GetConnections(before, after).weight for before, after in relays])
    return final, [np.array(recorder.events["weights"]) for recorder in recorders]


def ending(train: np.ndarray) -> np.ndarray:
    """Return a train with a last spike, at which NEST brings the weight up to date."""
    return np.append(train, END)


@pytest.mark.parametrize("delay", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("rule", RULES)
def test_weights_are_those_of_nest_after_the_last_presynaptic_spike(rule: str, delay: float) -> None:
    found = ours(rule, delay, [ending(train) for train in trains(390, 3)], trains(380, 4))
    together = [np.isin(np.round(y + delay, 1), x).sum() for x, y in zip(found["pre"], found["post"], strict=True)]
    assert delay == 0.1 or sum(together) > 20  # or the order of spikes that arrive together is not tested
    reference, _ = theirs(rule, delay, found["pre"], found["post"])
    assert found["weights"] == pytest.approx(reference, rel=1e-9, abs=1e-15)  # the same arithmetic


@pytest.mark.parametrize("sources", [False, True], ids=["cells", "sources"])
@pytest.mark.parametrize("delay", [0.1, 1.0, 5.0])
def test_a_spike_delivers_the_weight_that_nest_sends(delay: float, sources: bool) -> None:
    """One spike in the dendrite at a time: in intervals of the delay, one leaves as the next comes."""
    step = max(delay, 1.0)
    pre, post = [ending(train) for train in trains(390, 5, step)], trains(380, 6)
    found = ours("multiplicative", delay, pre, post, sources=sources)
    intervals = np.concatenate([np.diff(train) for train in found["pre"]])
    assert np.isclose(intervals, delay).any() or delay == 0.1
    _, reference = theirs("multiplicative", delay, found["pre"], found["post"])
    for number, sent in enumerate(reference):
        arrivals = np.rint((found["pre"][number] + delay) / 0.1).astype(int)
        delivered = found["gsyn"][arrivals, number] - found["gsyn"][arrivals - 1, number]
        assert delivered == pytest.approx(sent, rel=1e-5)  # the sum decays by 1e-8 in a step


RULED = [
    (rule, dependence)
    for rule, dependences in (("SpikePairRule", list(RULES)), ("PfisterSpikeTripletRule", list(RULES)))
    for dependence in dependences
] + [("Vogels2011Rule", "additive")]


@pytest.mark.parametrize(("timing", "dependence"), RULED)
def test_negative_weights_mirror_positive_ones(timing: str, dependence: str) -> None:
    rule = getattr(sim, timing)(**({"eta": 1e-4} if timing == "Vogels2011Rule" else {}))
    name, arguments, _ = RULES[dependence]
    found = {}
    for sign in (1.0, -1.0):
        sim.setup(timestep=0.1)
        target = sim.Population(PAIRS, sim.IF_curr_exp(tau_refrac=0.3, tau_m=5.0, cm=0.05, tau_syn_E=0.1))
        push = sim.StaticSynapse(weight=30.0, delay=0.1)
        sim.Projection(given(trains(380, 8)), target, sim.OneToOneConnector(), push, receptor_type="excitatory")
        weights = getattr(sim, name)(w_min=0.0, w_max=sign * W_MAX, **arguments)
        plastic = sim.STDPMechanism(rule, weights, weight=sign * START, delay=1.0)
        receptor = "excitatory" if sign > 0 else "inhibitory"
        before = given(trains(380, 7))
        projection = sim.Projection(before, target, sim.OneToOneConnector(), plastic, receptor_type=receptor)
        sim.run(END)
        found[sign] = np.array(projection.get("weight", "list", with_address=False))
    assert np.abs(found[1.0] - START).max() > 1e-4  # something was learnt
    assert -found[-1.0] == pytest.approx(found[1.0], rel=1e-9)  # postsynaptic spikes are forced, not moved by 0.02 nA


def test_a_weight_beyond_its_bounds_comes_back() -> None:
    sim.setup(timestep=0.1)
    target = sim.Population(1, sim.IF_curr_exp())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 20.0]))
    plastic = sim.STDPMechanism(sim.SpikePairRule(), sim.GutigWeightDependence(0.0, W_MAX), weight=0.03, delay=1.0)
    projection = sim.Projection(source, target, sim.OneToOneConnector(), plastic, receptor_type="excitatory")
    sim.run(30)
    assert projection.get("weight", "list", with_address=False) == [W_MAX]


SYNAPSES = {
    "vogels": lambda: sim.STDPMechanism(sim.Vogels2011Rule(eta=1e-3), sim.AdditiveWeightDependence(), weight=0.1),
    "pair": lambda: sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=0.1),
    "tsodyks": lambda: sim.TsodyksMarkramSynapse(weight=0.1),
    "stochastic": lambda: sim.SimpleStochasticSynapse(weight=0.1, p=1.0),
    "quantal": lambda: sim.MultiQuantalSynapse(weight=0.1, n=3),
}


def after_a_run(synapse: str) -> Any:
    """Return a projection whose network has run for 10 ms."""
    sim.setup(timestep=0.1)
    target = sim.Population(1, sim.IF_curr_exp())
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 25.0]))
    made = SYNAPSES[synapse]()
    projection = sim.Projection(source, target, sim.OneToOneConnector(), made, receptor_type="excitatory")
    sim.run(10)
    return projection


@pytest.mark.parametrize("synapse", SYNAPSES)
def test_weights_can_be_set_after_a_run(synapse: str) -> None:
    projection = after_a_run(synapse)
    projection.set(weight=0.2)
    assert projection.get("weight", "list", with_address=False) == [0.2]
    sim.run(1)


@pytest.mark.parametrize("synapse", SYNAPSES)
def test_a_population_created_after_a_run_leaves_weights_as_they_are(synapse: str) -> None:
    projection = after_a_run(synapse)
    weight = projection.get("weight", "list", with_address=False)
    sim.Population(3, sim.IF_curr_exp(), initial_values={"v": -60.0})
    assert projection.get("weight", "list", with_address=False) == weight
    sim.run(10)
    assert sim.get_current_time() == pytest.approx(20)
