"""Dopamine on SpiNNaker: eligibility becomes weight, by Izhikevich's closed form and to the chip's integer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.errors import SpinnakerError

EXTRA = sim.extra_models
pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")
PRE, POST, TAU_C, TAU_D, TAU_PLUS = (1500.0, 2400.0), 1503.0, 1000.0, 200.0, 10.0
FAST = {
    "cm": 0.3,
    "tau_m": 10.0,
    "tau_refrac": 4.0,
    "tau_syn_E": 1.0,
    "tau_syn_I": 1.0,
    "v_reset": -70.0,
    "v_thresh": -55.4,
}


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def learner(weight: float = 0.0, delay: float = 1.0, w_max: float = 20.0, **more: Any) -> Any:
    rule = sim.SpikePairRule(tau_plus=TAU_PLUS, tau_minus=12.0, A_plus=1.0, A_minus=1.0)
    return sim.STDPMechanism(rule, sim.AdditiveWeightDependence(0.0, w_max), weight=weight, delay=delay, **more)


def rewarded(
    rewards: dict[str, list[float]], weight: float = 0.0, delay: float = 1.0, amount: float = 0.1, **setup: Any
) -> tuple[float, float]:
    """Return the weight after a pair of spikes 3 ms apart, dopamine, and a last presynaptic spike; and its scale."""
    sim.setup(**{"device": "runtime", **setup})
    pre = sim.Population(1, sim.SpikeSourceArray(spike_times=list(PRE)))
    push = sim.Population(1, sim.SpikeSourceArray(spike_times=[POST - 1]))
    post = sim.Population(1, sim.IF_curr_exp(**FAST), label="post")
    sim.Projection(push, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=6.0, delay=1.0))
    plastic = sim.Projection(pre, post, sim.AllToAllConnector(), learner(weight, delay))
    for receptor, times in rewards.items():
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        dopamine = EXTRA.Neuromodulation(weight=amount, tau_c=TAU_C, tau_d=TAU_D, w_max=20.0)
        sim.Projection(source, post, sim.AllToAllConnector(), dopamine, receptor_type=receptor)
    post.record("spikes")
    sim.run(2600.0)
    assert post.get_data().segments[0].spiketrains[0].magnitude[0] == POST
    (found,) = plastic.get("weight", "list", with_address=False)
    return found, sim.state.hardware.planned.populations["post"].weight_scales["excitatory"]


def closed_form(reward: float, delay: float = 1.0, amount: float = 0.1) -> float:
    """Return the integral of eligibility times dopamine from a reward to the last presynaptic spike, in ms."""
    rate = 1 / TAU_C + 1 / TAU_D
    eligibility = np.exp(-(POST + delay - PRE[0]) / TAU_PLUS) * np.exp(-(reward - POST) / TAU_C)
    return float(eligibility * amount * (1 - np.exp(-(PRE[1] - reward - delay) * rate)) / rate)


@pytest.mark.parametrize("delay", [1.0, 5.0])
def test_a_reward_moves_a_weight_by_the_closed_form(delay: float) -> None:
    found, _ = rewarded({"reward": [1600.0]}, delay=delay, arithmetic="float")
    assert found == pytest.approx(closed_form(1600.0, delay), rel=1e-9)


def test_a_reward_moves_a_weight_by_the_number_that_the_chip_gave() -> None:
    """10.0654296875: the vendor's publication of this very run on a board, where the closed form is 10.0552710."""
    found, _ = rewarded({"reward": [1600.0]})
    assert found == 10.0654296875
    assert closed_form(1600.0) == pytest.approx(10.0552710, abs=1e-6)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_rewards_add_up_and_punishment_takes_away(arithmetic: str) -> None:
    times, amount = [1600.0, 1650.0, 1700.0], 2.0**-7
    expected = sum(closed_form(time, amount=amount) for time in times)
    # the integers look both exponentials up in steps of 16 and 4 ms, and in 2048ths, of which a trace has a few
    rel = 0.04 if arithmetic == "integer" else 1e-9
    found, _ = rewarded({"reward": times}, amount=amount, arithmetic=arithmetic)
    assert found == pytest.approx(expected, rel=rel) and found > 2
    found, _ = rewarded({"punishment": times}, weight=2.6, amount=amount, arithmetic=arithmetic)
    assert 2.6 - found == pytest.approx(expected, rel=rel)
    found, scale = rewarded({"reward": times, "punishment": times}, weight=2.0, amount=amount, arithmetic=arithmetic)
    assert found == pytest.approx(2.0, abs=2 / scale if arithmetic == "integer" else 1e-9)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_without_dopamine_a_weight_stays_and_it_stays_within_its_bounds(arithmetic: str) -> None:
    assert rewarded({"reward": []}, weight=3.0, arithmetic=arithmetic)[0] == pytest.approx(3.0, abs=1e-3)
    assert rewarded({"reward": [1600.0] * 9}, weight=3.0, arithmetic=arithmetic)[0] == pytest.approx(20.0, abs=1e-3)
    assert rewarded({"punishment": [1600.0] * 9}, weight=3.0, arithmetic=arithmetic)[0] == 0.0


@pytest.mark.standalone
def test_compiled_networks_learn_from_rewards_as_others_do() -> None:
    for arithmetic in ("integer", "float"):
        found = []
        for device in ("runtime", "brianhw"):
            sim.setup(device=device, arithmetic=arithmetic)
            pre = sim.Population(12, sim.SpikeSourcePoisson(rate=80.0))
            post = sim.Population(6, sim.IF_curr_exp(**FAST))
            plastic = sim.Projection(pre, post, sim.AllToAllConnector(), learner(2.5, 2.0, 5.0))
            for receptor, times in (("reward", list(range(100, 160, 3))), ("punishment", [250.0, 251.0])):
                source = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
                dopamine = EXTRA.Neuromodulation(weight=0.02, tau_c=100.0, tau_d=20.0, w_max=5.0)
                sim.Projection(source, post, sim.AllToAllConnector(), dopamine, receptor_type=receptor)
            sim.run(400.0)
            found.append(np.array(plastic.get("weight", "list", with_address=False)))
        # compiled exponentials differ in their last bits; integers do not
        assert np.allclose(found[0], found[1], rtol=0, atol=0 if arithmetic == "integer" else 1e-9)
        assert np.abs(found[0] - 2.5).max() > 0.5


def test_a_plan_counts_what_dopamine_takes() -> None:
    """16 bits more of each plastic synapse, and a row of its own: with 170 targets on a core they pass 256 words."""
    for n, words in ((168, [84 + 168 + 2, 1 + 168]), (170, None)):
        sim.setup(device="runtime")
        source, dopamine = (sim.Population(4, sim.SpikeSourcePoisson(rate=20.0)) for _ in range(2))
        post = sim.Population(n, sim.IF_curr_exp(), label="post")
        every = sim.AllToAllConnector()
        sim.Projection(source, post, every, learner(2.5))
        sim.Projection(dopamine, post, every, EXTRA.Neuromodulation(weight=0.1, w_max=20.0), receptor_type="reward")
        if words is None:
            with pytest.raises(SpinnakerError, match="take 257 words, a row holds 256"):
                sim.report()
            continue
        (row,) = (each for each in sim.report().populations if each.label == "post")
        assert [each.row_words for each in sim.state.hardware.planned.projections] == words
        assert row.load == pytest.approx(2 * 4 * n * 20.0 / 1.4e6)


def test_what_the_vendor_refuses_is_refused() -> None:
    source = sim.Population(2, sim.SpikeSourceArray())
    post = sim.Population(2, sim.IF_curr_exp(), label="post")
    every = sim.AllToAllConnector()
    with pytest.raises(SpinnakerError, match="nothing onto post learns"):
        sim.Projection(source, post, every, EXTRA.Neuromodulation(), receptor_type="reward")
    sim.Projection(source, post, every, learner())
    with pytest.raises(SpinnakerError, match="must be 'reward' or 'punishment', not 'excitatory'"):
        sim.Projection(source, post, every, EXTRA.Neuromodulation(), receptor_type="excitatory")
    sim.Projection(source, post, every, EXTRA.Neuromodulation(weight=0.1), receptor_type="reward")
    with pytest.raises(SpinnakerError, match=r"all dopamine onto post has the same .* are 1000, 200, 0 and 1"):
        sim.Projection(source, post, every, EXTRA.Neuromodulation(tau_d=5.0), receptor_type="punishment")
    with pytest.raises(SpinnakerError, match="tau_c"):
        EXTRA.Neuromodulation(tau_c=0.0)
    other = sim.Population(2, sim.IF_curr_exp())
    triplet = sim.STDPMechanism(
        EXTRA.PfisterSpikeTriplet(16.8, 33.7, 101.0, 125.0), EXTRA.WeightDependenceAdditiveTriplet()
    )
    sim.Projection(source, other, every, triplet)
    with pytest.raises(SpinnakerError, match="no neuromodulated triplet STDP"):
        sim.Projection(source, other, every, EXTRA.Neuromodulation(), receptor_type="reward")
    assert sim.report().projections


# -- a second model of the chip's algorithm: lists of events ----------------------------------------


def table(tau: float, step: int) -> Any:
    """Return the exponential that the chip looks up, in 2048ths; *step* ms share an entry."""
    length = int(np.ceil(np.log(2048) * tau / step))
    length += length % 2
    return lambda time: int(np.floor(2048 * np.exp(-(time // step) * step / tau))) if time // step < length else 0


def by_events(pre: list[int], events: list[tuple[int, int]], delay: int, shift: int, raw: int) -> int:
    """Return the raw weight after all presynaptic spikes; *events* are times and dopamine in 2048ths, 0 for a spike."""
    plus, minus, fades, thins = table(TAU_PLUS, 1), table(12.0, 1), table(300.0, 16), table(60.0, 4)
    rate, up, most = round(-32768 / (1 / 300 + 1 / 60)), 983, 2 * 32768  # A_plus = A_minus = 0.03
    history, trace, dopamine, last = [(0, 0, 0, False)], 0, 0, 0
    for time, amount in events:
        trace = ((trace * minus(time - last)) >> 11) + (0 if amount else 2048)
        dopamine, last = ((dopamine * thins(time - last)) >> 11) + amount, time
        history.append((time, trace, dopamine, bool(amount)))
    weight, eligible, before, source = raw << shift, 0, 0, 0

    def grown(apart: int) -> None:
        nonlocal weight, eligible
        kept = fades(apart)
        if now_there:
            product = ((eligible * (now_there << 4)) >> 15) * ((((kept * thins(apart)) >> 11) - 2048) << 4)
            weight += ((product >> 15) * rate) >> 15
        eligible = (eligible * (kept << 4)) >> 15

    for now in pre:
        begin, end = max(before - delay, 0), now - delay
        known = [each for each in history if each[0] <= end]
        past = [each for each in known[1:] if each[0] <= begin]
        now_there = (past[-1][2] * thins(before - past[-1][0])) >> 11 if past else 0
        corr = before
        for time, _, held, is_dopamine in (each for each in known[1:] if each[0] > begin):
            grown(time + delay - corr)
            if not is_dopamine:
                potentiation = (source * plus(time + delay - before)) >> 11
                eligible = min(eligible + ((up * (potentiation << 4)) >> 15), most)
            now_there, corr = held, time + delay
        if len(known) > 1:
            grown(now - corr)
            depression = (known[-1][1] * minus(now - known[-1][0] - delay)) >> 11
            eligible = max(eligible - ((up * (depression << 4)) >> 15), 0)
        source = ((source * plus(now - before)) >> 11) + 2048
        weight = min(max(weight, 0), 4 * 32768)
        weight, eligible, before = weight >> shift << shift, eligible >> shift << shift, now
    return weight >> shift


@pytest.mark.parametrize("seed", range(4))
def test_the_integers_are_those_of_a_list_of_events(seed: int) -> None:
    random = np.random.default_rng(seed)
    delay = int(random.integers(1, 5))
    sent = np.sort(random.choice(np.arange(20, 600), 14, replace=False))
    pushed = np.sort(random.choice(np.arange(20, 600, 7), 9, replace=False))
    brought = np.sort(random.choice(np.arange(22, 600, 7), 6, replace=False))
    pre = sim.Population(1, sim.SpikeSourceArray(spike_times=sent))
    post = sim.Population(1, sim.IF_curr_exp(tau_refrac=0.0), label="post")
    times = np.column_stack([pushed, pushed + 1]).ravel().astype(float)
    sim.StepCurrentSource(times=times, amplitudes=np.tile([150.0, 0.0], len(pushed))).inject_into(post)
    rule = sim.SpikePairRule(tau_plus=TAU_PLUS, tau_minus=12.0, A_plus=0.03, A_minus=0.03)
    synapse = sim.STDPMechanism(rule, sim.AdditiveWeightDependence(0.0, 2.0), weight=0.2, delay=float(delay))
    plastic = sim.Projection(pre, post, sim.FromListConnector([(0, 0)]), synapse)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=brought))
    dopamine = EXTRA.Neuromodulation(weight=0.125, tau_c=300.0, tau_d=60.0, w_max=4.0)
    sim.Projection(source, post, sim.AllToAllConnector(), dopamine, receptor_type="reward")
    post.record("spikes")
    sim.run(620.0)
    fired = post.get_data().segments[0].spiketrains[0].magnitude.astype(int).tolist()
    assert fired == pushed.tolist()
    plan = sim.state.hardware.planned.populations["post"]
    scale, shift = plan.weight_scales["excitatory"], plan.left_shifts["excitatory"]
    events = sorted([(time, 0) for time in fired] + [(time, 256) for time in brought.tolist()])
    expected = by_events(sent.tolist(), events, delay, shift, round(0.2 * scale))
    assert round(plastic.get("weight", "list", with_address=False)[0] * scale) == expected
    assert expected > 0.25 * scale
