"""brianhw.spinnaker: PyNN scripts in the chip's integers, with its limits; what they lose, and how they are refused."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import brianhw
import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.errors import BrianHWError, PyNNError, SpinnakerError, SpinnakerWarning, UnknownNameError
from paths import environment_of

EXTRA = sim.extra_models
COMPILED = pytest.param(None, marks=pytest.mark.standalone)  # the default device
pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def spikes_of(population: Any) -> list[list[float]]:
    return [train.magnitude.tolist() for train in population.get_data("spikes").segments[-1].spiketrains]


def driven(cell: Any, weight: float, times: list[float], n: int = 1, **synapse: Any) -> Any:
    """Make cells that get a spike each at these times, two steps later."""
    source = sim.Population(n, sim.SpikeSourceArray(spike_times=times))
    cells = sim.Population(n, cell)
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=weight, delay=2.0), **synapse)
    return cells


# -- what a script finds ----------------------------------------------------------------------------


def test_defaults_and_models() -> None:
    assert sim.get_time_step() == 1.0
    assert sim.list_standard_models() == [
        *("IF_cond_exp", "IF_curr_alpha", "IF_curr_delta", "IF_curr_exp", "Izhikevich"),
        *("SpikeSourceArray", "SpikeSourcePoisson"),
    ]
    for name in (*sim.list_standard_models(), "StaticSynapse", "STDPMechanism", "FromListConnector", "NumpyRNG", "end"):
        assert hasattr(sim, name)
    assert EXTRA.IFCurDelta is sim.IF_curr_delta


def test_setup_comes_first() -> None:
    brianhw.pynn.setup()
    with pytest.raises(SpinnakerError, match=r"setup\(\) first"):
        sim.Population(1, sim.IF_curr_exp())
    for call in (sim.report, sim.compare, lambda: sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 5)):
        with pytest.raises(SpinnakerError, match=r"setup\(\) first"):
            call()
    with pytest.raises(SpinnakerError, match="'integer' or 'float'"):
        sim.setup(arithmetic="fixed")
    with pytest.raises(SpinnakerError, match="above zero"):
        sim.setup(time_scale_factor=-1)


# -- the chip's integers ----------------------------------------------------------------------------


def plain_exponential(n: int) -> int:
    """Return 2^32 exp(n/32768), by the chip's algorithm, for a negative *n* that is no whole number of ones."""
    z, f = (n >> 15) + 1, 32768 - (n & 32767)

    def share(total: int, m: int) -> int:
        product = (total & 0xFFFFFFFF) * m
        return (product >> 32) + (product & 0xFFFFFFFF >= 0x7FFFFFFF) + (total >> 32) * m

    def table(x: Decimal) -> int:
        return int((x * 2**32).to_integral_value())

    total = table(Decimal(z).exp())
    total -= share(total, table(1 - (Decimal(-(f >> 11)) / 16).exp()))
    y = (f % 2048) << 17
    q = ((4293434720 - ((2081624032 * y) >> 32)) * y >> 32) + 5294
    return total - share(total, q)


def plain_lif(input_raw: list[int], i_offset: float, refractory: int) -> tuple[list[int], list[int]]:
    """Step a chip's IF_curr_exp (tau_m = 20, cm = 1, tau_syn_E = 5, 1 ms) as model.md says; potentials and spikes."""
    exp_tc, resistance = plain_exponential(-(32768 // 20)) >> 17, 20 * 32768
    decay = plain_exponential(-(32768 // 5))
    start = (5 * 32768 * (0xFFFFFFFF - decay)) >> 15
    rest, threshold, offset = -65 * 32768, -50 * 32768, round(i_offset * 32768)
    v, held, current = rest, 0, 0
    potentials, spikes = [], []
    for step, arrived in enumerate(input_raw):
        potentials.append(v)
        current += (arrived * start) >> 32
        if held <= 0:
            steady = ((current + offset) * resistance >> 15) + rest
            v = steady - (exp_tc * (steady - v) >> 15)
        else:
            held -= 1
        if v >= threshold:
            v, held = rest, refractory
            spikes.append(step)
        current = (current * decay) >> 32
    return potentials, spikes


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_a_neuron_is_the_plain_integer_model(device: str | None) -> None:
    sim.setup(device=device)
    times = [3.0, 7.0, 8.0, 20.0, 21.0, 22.0, 40.0]
    cells = driven(sim.IF_curr_exp(i_offset=0.3, tau_refrac=2.0), 3.0, times)
    cells.record(["spikes", "v"])
    sim.run(60.0)
    scale = sim.state.hardware.scale(cells, "excitatory")
    arrived = np.zeros(60, dtype=int)
    arrived[np.array(times, dtype=int) + 2] = round(3.0 * scale) << (15 - int(np.log2(scale)))
    potentials, spikes = plain_lif(arrived.tolist(), 0.3, 2)
    segment = cells.get_data().segments[0]
    raw = segment.filter(name="v")[0].magnitude[:60, 0] * 32768
    assert np.rint(raw).tolist() == potentials and np.abs(raw - potentials).max() < 1e-6
    assert segment.spiketrains[0].magnitude.tolist() == spikes
    assert len(spikes) >= 3


def test_input_is_recorded_in_the_step_in_which_it_arrives() -> None:
    cells = driven(sim.IF_curr_exp(), 1.0, [5.0])
    cells.record(["gsyn_exc", "isyn_exc"])
    sim.run(12.0)
    segment = cells.get_data().segments[0]
    current = segment.filter(name="gsyn_exc")[0].magnitude[:, 0]
    assert np.flatnonzero(current)[0] == 7
    assert current[7] == pytest.approx(5 * (1 - np.exp(-0.2)), abs=1e-4)
    assert segment.filter(name="isyn_exc")[0].magnitude[:, 0].tolist() == current.tolist()


@pytest.mark.parametrize(
    ("cell", "weight"),
    [
        (lambda: sim.IF_curr_exp(tau_refrac=2.0), 6.0),
        (lambda: sim.IF_cond_exp(tau_refrac=2.0), 0.15),
        (lambda: sim.IF_curr_delta(tau_refrac=2.0), 18.0),
        (lambda: sim.IF_curr_alpha(tau_refrac=2.0, tau_syn_E=3.0), 25.0),
        (lambda: sim.Izhikevich(), 20.0),
        (lambda: EXTRA.Izhikevich_cond(), 0.4),
        (lambda: EXTRA.IFCurrExpCa2Adaptive(tau_refrac=2.0, i_alpha=0.2), 6.0),
    ],
)
def test_every_cell_spikes_as_in_floating_point_at_first(cell: Any, weight: float) -> None:
    found = []
    for arithmetic in ("integer", "float"):
        sim.setup(device="runtime", arithmetic=arithmetic)
        cells = driven(cell(), weight, [10.0, 40.0, 70.0])
        cells.record(["spikes", "v"])
        sim.run(100.0)
        found.append(spikes_of(cells)[0])
        assert cells.get_data().segments[0].filter(name="v")[0].magnitude.min() > -90
    first = [[min(time for time in train if time > begin) for begin in (10, 40, 70)] for train in found]
    # an exponential is shaped by its mean over a step, and starts half a step earlier or later
    assert np.abs(np.subtract(*first)).max() <= 1


def test_the_calcium_current_is_recorded_and_adapts() -> None:
    cells = sim.Population(1, EXTRA.IFCurrExpCa2Adaptive(i_offset=2.0, i_alpha=0.3, tau_refrac=2.0))
    cells.record(["spikes", "i_ca2"])
    sim.run(300.0)
    intervals = np.diff(spikes_of(cells)[0])
    assert intervals[-1] > 1.3 * intervals[0]
    assert cells.get_data().segments[0].filter(name="i_ca2")[0].magnitude.max() > 0.3


def test_current_sources_reach_the_chip() -> None:
    cells = sim.Population(4, sim.IF_curr_exp(tau_refrac=2.0))
    sources = (
        sim.DCSource(amplitude=1.2, start=20.0, stop=180.0),
        sim.ACSource(amplitude=1.5, offset=0.2, frequency=20.0, start=0.0, stop=200.0),
        sim.StepCurrentSource(times=[50.0, 100.0], amplitudes=[1.5, 0.0]),
        sim.NoisyCurrentSource(mean=1.2, stdev=0.3, start=0.0, stop=200.0, rng=sim.NumpyRNG(seed=1)),
    )
    for number, source in enumerate(sources):
        source.inject_into(cells[number : number + 1])
    cells.record("spikes")
    sim.run(200.0)
    trains = spikes_of(cells)
    assert all(trains)
    assert trains[0][0] > 20 and trains[2][0] > 50 and max(trains[2]) <= 101


def test_sources_have_rates_of_their_own() -> None:
    rates = np.array([0.0, 20.0, 200.0])
    sources = sim.Population(3, sim.SpikeSourcePoisson(rate=rates))
    sources.record("spikes")
    sim.run(2000.0)
    counts = np.array([len(train) for train in spikes_of(sources)])
    assert counts[0] == 0
    assert np.all(np.abs(counts - 2 * rates) <= 5 * np.sqrt(2 * rates))


# -- weights and delays -----------------------------------------------------------------------------


def test_weights_are_read_back_as_the_chip_holds_them() -> None:
    cells = sim.Population(20, sim.IF_curr_exp())
    pre = sim.Population(20, sim.IF_curr_exp())
    asked = np.random.default_rng(2).uniform(0.0, 1.0, (20, 20))
    projection = sim.Projection(pre, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=asked, delay=1.0))
    before = projection.get("weight", "array")
    assert np.array_equal(before, asked)
    sim.run(1.0)
    held = projection.get("weight", "array")
    scale = sim.state.hardware.scale(cells, "excitatory")
    assert np.array_equal(held * scale, np.rint(asked * scale))
    assert 0 < np.abs(held - asked).max() <= 0.5 / scale
    projection.set(weight=0.25)
    sim.run(1.0)
    assert np.all(projection.get("weight", "array") == 0.25)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_what_a_weight_does_is_the_receptors(sign: float, arithmetic: str) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    cells = driven(sim.IF_curr_exp(), 2.0 * sign, [3.0], receptor_type="inhibitory")
    cells.record("v")
    sim.run(20.0)
    assert cells.get_data().segments[0].filter(name="v")[0].magnitude.min() < -66
    assert sim.state.projections[0].get("weight", "list", with_address=False) == [2.0 * sign]


def test_small_weights_that_vanish_are_named() -> None:
    pre, cells = sim.Population(2, sim.IF_curr_exp()), sim.Population(2, sim.IF_curr_exp())
    sim.Projection(pre, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0), label="strong")
    sim.Projection(pre, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1e-4), label="weak")
    with pytest.warns(SpinnakerWarning, match="weak: 2 of 2 weights become 0"):
        sim.run(1.0)
    report = sim.report()
    assert [row.zeroed for row in report.projections] == [0, 2]
    assert report.totals()["zeroed"] == 2
    assert "weak: 2 of 2 weights become 0" in str(report)


def test_strict_makes_a_loss_an_error_and_leaves_nothing() -> None:
    sim.setup(device="runtime", strict=True)
    pre, cells = sim.Population(2, sim.IF_curr_exp()), sim.Population(2, sim.IF_curr_exp())
    sim.Projection(pre, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0))
    weak = sim.Projection(pre, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1e-4), label="weak")
    for _ in range(2):
        with pytest.raises(SpinnakerError, match="weak: 2 of 2 weights become 0"):
            sim.run(1.0)
    weak.set(weight=1.0)
    sim.run(1.0)
    assert sim.get_current_time() == 1.0


@given(st.lists(st.floats(0.0, 3e3), min_size=1, max_size=30), st.sampled_from(["curr", "cond"]))
@settings(max_examples=10, deadline=None)
def test_no_weight_leaves_its_format(weights: list[float], kind: str) -> None:
    sim.setup(device="runtime")
    cell = sim.IF_curr_exp() if kind == "curr" else sim.IF_cond_exp()
    pre, cells = sim.Population(len(weights), sim.IF_curr_exp()), sim.Population(len(weights), cell)
    pairs = [(k, k, weight, 1.0) for k, weight in enumerate(weights)]
    projection = sim.Projection(pre, cells, sim.FromListConnector(pairs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sim.run(1.0)
    raw = projection._links.each[0].brian.weight_raw[:]
    assert raw.min() >= 0 and raw.max() <= 65535
    report = sim.report()
    json.dumps(report.to_dict())
    assert str(report) and report._repr_html_().startswith("<p>")


def test_delays_are_whole_steps() -> None:
    cells, pre = sim.Population(3, sim.IF_curr_exp()), sim.Population(3, sim.IF_curr_exp())
    pairs = [(0, 0, 1.0, 0.3), (1, 1, 1.0, 2.4), (2, 2, 1.0, 7.6)]
    with pytest.warns(UserWarning, match=r"a delay of 0\.3 ms was asked for, the smallest is 1 ms"):
        projection = sim.Projection(pre, cells, sim.FromListConnector(pairs))
    assert projection.get("delay", "list", with_address=False) == [1.0, 2.0, 8.0]
    [row] = sim.report().projections
    assert (row.delays_asked, row.delays) == ((0.3, 7.6), (1.0, 8.0))


def test_a_synfire_chain_with_long_delays_and_small_cores() -> None:
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 10)
    cells = sim.Population(30, sim.IF_curr_exp(tau_refrac=2.0), label="chain")
    start = sim.Population(1, sim.SpikeSourceArray(spike_times=[0.0]))
    ring = [(k, (k + 1) % 30, 10.0, 150.0) for k in range(30)]
    sim.Projection(cells, cells, sim.FromListConnector(ring))
    sim.Projection(start, cells, sim.FromListConnector([(0, 0, 10.0, 1.0)]))
    cells.record("spikes")
    sim.run(2000.0)
    firsts = [train[0] for train in spikes_of(cells) if train]
    assert np.unique(np.diff(firsts)).tolist() == [150.0 + firsts[0] - 1.0]
    plan = sim.state.hardware.planned.populations["chain"]
    assert (len(plan.slices), plan.delay_slots, plan.delay_stages, plan.delay_cores) == (3, 256, 0, 0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, None)
    assert sim.report().populations[0].delay_cores == 0  # slots for 30 neurons: 2^(14 - 5 - 1)


# -- several runs -----------------------------------------------------------------------------------


def small_network() -> tuple[Any, Any]:
    random = np.random.default_rng(4)
    pre = sim.Population(
        10, sim.SpikeSourceArray(spike_times=[np.unique(random.integers(1, 190, 15)).tolist() for _ in range(10)])
    )
    cells = sim.Population(10, sim.IF_curr_exp(tau_refrac=3.0))
    rule = sim.STDPMechanism(
        sim.SpikePairRule(20.0, 20.0, 0.05, 0.06), sim.AdditiveWeightDependence(0.0, 4.0), weight=1.0,
        delay=sim.RandomDistribution("uniform", (1.0, 6.0), rng=sim.NumpyRNG(seed=3)),
    )  # fmt: skip
    plastic = sim.Projection(pre, cells, sim.AllToAllConnector(), rule)
    sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.3, rng=sim.NumpyRNG(seed=1)),
                   sim.StaticSynapse(weight=0.5, delay=3.0), receptor_type="inhibitory")  # fmt: skip
    cells.record(["spikes", "v"])
    return cells, plastic


def outcome(cells: Any, plastic: Any) -> tuple[Any, ...]:
    potential = cells.get_data().segments[-1].filter(name="v")[0].magnitude
    return spikes_of(cells), potential.tolist(), plastic.get("weight", "list")


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_parts_of_a_run_make_a_whole_and_reset_begins_anew(device: str | None) -> None:
    sim.setup(device=device)
    cells, plastic = small_network()
    sim.run(200.0)
    whole = outcome(cells, plastic)
    sim.reset()
    sim.run(200.0)
    assert outcome(cells, plastic) == whole
    sim.setup(device=device)
    cells, plastic = small_network()
    for _ in range(4):
        sim.Population(1, sim.IF_curr_exp())  # the network is made anew
        sim.run(50.0)
    assert outcome(cells, plastic) == whole
    sim.reset()
    sim.run(200.0)
    assert outcome(cells, plastic) == whole
    assert sum(map(len, whole[0])) > 30
    assert len({weight for *_, weight in whole[2]}) > 20


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_weights_of_each_synapse_survive_a_network_that_is_made_anew(arithmetic: str, sign: float) -> None:
    sim.setup(arithmetic=arithmetic)
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[1.0]))
    target = sim.Population(3, sim.IF_curr_exp())
    weights = sign * np.array([0.5, 1.0, 2.0])
    connector = sim.FromListConnector([(k, k, weight, 1.0) for k, weight in enumerate(weights)])
    receptor = "excitatory" if sign > 0 else "inhibitory"
    projection = sim.Projection(source, target, connector, sim.StaticSynapse(), receptor_type=receptor)
    sim.run(5)
    target.set(tau_m=[10.0, 20.0, 30.0])
    assert projection.get("weight", "list", with_address=False) == pytest.approx(weights, rel=1e-4)
    sim.run(5)
    assert projection.get("weight", "list", with_address=False) == pytest.approx(weights, rel=1e-4)


def test_comparing_leaves_no_trace() -> None:
    cells, plastic = small_network()
    sim.run(200.0)
    whole = outcome(cells, plastic)
    sim.setup(device="runtime")
    cells, plastic = small_network()
    sim.run(90.0)
    found = sim.compare()
    assert found.duration == 90.0
    sim.run(110.0)
    assert outcome(cells, plastic) == whole
    compared = sim.compare()
    assert [list(train) for train in spikes_of(cells)] == [
        (compared.populations[0].chip[1][compared.populations[0].chip[0] == k]).tolist() for k in range(10)
    ]


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
@pytest.mark.parametrize(
    ("written", "held"), [((1.0, -0.5), (1.0, 0.5)), ((-1.0, -0.5), (-1.0, -0.5)), ((-1.0, 0.0), (-1.0, 0.0))]
)
def test_weights_have_the_scripts_sign_if_they_have_one(
    written: tuple[float, float], held: tuple[float, float], arithmetic: str
) -> None:
    sim.setup(arithmetic=arithmetic, device="runtime")
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0]))
    cells = sim.Population(2, sim.IF_curr_exp())
    projection = sim.Projection(source, cells, sim.FromListConnector([(k, k, written[k], 1.0) for k in range(2)]))
    sim.run(1.0)
    assert projection.get("weight", "list", with_address=False) == list(held)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_weights_of_both_signs_are_said(arithmetic: str) -> None:
    sim.setup(arithmetic=arithmetic, device="runtime")
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[1.0]), label="source")
    cells = sim.Population(3, sim.IF_curr_exp(), label="cells")
    pairs = [(0, 0, 1.0, 1.0), (1, 1, -0.5, 1.0), (2, 2, 1.0, 1.0)]
    sim.Projection(source, cells, sim.FromListConnector(pairs))
    with pytest.warns(SpinnakerWarning, match=r"source→cells: 1 weights are negative, 2 positive.*all of them are exc"):
        sim.run(1.0)


def test_what_is_no_name_of_a_recording_or_rule_is_named() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(), label="cells")
    with pytest.raises(SpinnakerError, match=r"cells: spinnaker_get_data\(\).*not 3"):
        cells.spinnaker_get_data(3)
    with pytest.raises(PyNNError, match=r"str is not a rule.*make it with sim\.AdditiveWeightDependence\(\)"):
        sim.STDPMechanism(sim.SpikePairRule(), "additive")


@pytest.mark.parametrize("timestep", [1.0, 0.1])
def test_a_cell_waits_for_as_many_steps_in_floating_point_as_on_the_chip(timestep: float) -> None:
    """A current that fires in each step that is not refractory: the intervals are the waits and one step."""
    waits = np.array([0.0, 0.1, 0.25, 1.0, 1.1, 1.95, 2.0])
    found = {}
    for arithmetic in ("integer", "float"):
        sim.setup(timestep=timestep, arithmetic=arithmetic, device="runtime")
        cells = sim.Population(len(waits), sim.IF_curr_exp(tau_refrac=waits, i_offset=500.0))
        shared = sim.Population(1, sim.IF_cond_exp(i_offset=500.0))  # PyNN's own 0.1 ms
        for each in (cells, shared):
            each.record("spikes")
        sim.run(12.0)
        trains = [*spikes_of(cells), *spikes_of(shared)]
        found[arithmetic] = [round((train[1] - train[0]) / timestep) for train in trains]
    expected = [int(np.ceil(round(wait / timestep, 6))) + 1 for wait in (*waits, 0.1)]
    assert found == {"integer": expected, "float": expected}


@pytest.mark.parametrize("seed", [None, 3])
def test_both_runs_of_a_comparison_have_the_same_noise_and_leave_the_scripts_own(seed: int | None) -> None:
    def network() -> tuple[Any, Any]:
        sim.setup(device="runtime")
        cells = sim.Population(1, sim.IF_curr_exp(v_thresh=0.0))
        noise = sim.NoisyCurrentSource(
            mean=0.5, stdev=2.0, dt=10.0, stop=400.0, rng=None if seed is None else sim.NumpyRNG(seed=seed)
        )
        noise.inject_into(cells)
        noise.record()
        sim.Population(5, sim.SpikeSourcePoisson(rate=50.0))  # draws numbers, too
        sim.run(20.0)
        return noise, cells

    noise, _ = network()
    sim.run(20.0)
    whole = noise.get_data().magnitude
    noise, cells = network()
    cells.set(v_thresh=-60.0, tau_refrac=1.0)
    compared = sim.compare(400.0).populations[0]
    assert compared.shared > 0.9  # with two noises it would be the chance level
    assert compared.spikes[0] > 10
    sim.run(20.0)
    assert np.array_equal(noise.get_data().magnitude, whole)


# -- plasticity -------------------------------------------------------------------------------------

RULES = {
    "pair": lambda: (sim.SpikePairRule(20.0, 20.0, 0.05, 0.06), sim.AdditiveWeightDependence(0.0, 4.0)),
    "multiplicative": lambda: (sim.SpikePairRule(20.0, 20.0, 0.05, 0.06), sim.MultiplicativeWeightDependence(0.0, 4.0)),
    "nearest": lambda: (EXTRA.SpikeNearestPairRule(20.0, 20.0, 0.05, 0.06), sim.AdditiveWeightDependence(0.0, 4.0)),
    "vogels": lambda: (EXTRA.Vogels2011Rule(0.2, 20.0, 0.05), sim.AdditiveWeightDependence(0.0, 4.0)),
    "triplet": lambda: (
        EXTRA.PfisterSpikeTriplet(16.8, 33.7, 101.0, 125.0, 0.02, 0.02),
        EXTRA.WeightDependenceAdditiveTriplet(0.0, 4.0, 0.01, 0.01),
    ),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("receptor", ["excitatory", "inhibitory"])
def test_rules_agree_with_floating_point_for_the_same_spikes(rule: str, receptor: str) -> None:
    """To the precision of what is lost: each change is cut to a step of a weight and a 2048th.

    The chip looks slow traces of triplets up in steps of four; and it takes time zero for a presynaptic spike, and
    forgets the dendritic delay when it looks for the nearest pair.
    """
    weights = []
    for arithmetic in ("integer", "float"):
        sim.setup(device="runtime", arithmetic=arithmetic)
        random = np.random.default_rng(1)
        # in floating point no two spikes of a cell follow each other step by step, and two that reach the synapse at
        # once are no pair; on the chip they are one
        starts = [2.0] * 10 + [3.0] * 10
        trains = [np.sort(random.choice(np.arange(start, 400.0, 3.0), 12, replace=False)) for start in starts]
        ends = [np.array([480.0])] * 10  # the last presynaptic spike brings all changes
        pre = sim.Population(10, sim.SpikeSourceArray(spike_times=[
            sim.Sequence(np.append(train, end)) for train, end in zip(trains[:10], ends, strict=True)]))  # fmt: skip
        drive = sim.Population(10, sim.SpikeSourceArray(spike_times=[sim.Sequence(train) for train in trains[10:]]))
        cell = sim.IF_curr_delta(tau_refrac=0.0, tau_m=0.5, v_thresh=-60.0)
        cells = sim.Population(10, cell, n_synapse_cores=1)  # there the chip has every rule
        sim.Projection(drive, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=60.0))
        timing, dependence = RULES[rule]()
        synapse = sim.STDPMechanism(timing, dependence, weight=2.0, delay=2.0)
        # too weak to make a spike by itself
        plastic = sim.Projection(pre, cells, sim.OneToOneConnector(), synapse, receptor_type=receptor)
        cells.record("spikes")
        sim.run(490.0)
        weights.append(np.array(plastic.get("weight", "list", with_address=False)))
        assert [len(train) for train in spikes_of(cells)] == [len(train) for train in trains[10:]]
    chip, ideal = weights
    assert np.abs(chip - 2.0).max() > 0.02
    step = 1 / sim.state.hardware.scale(cells, receptor)
    share = {"nearest": 0.15, "triplet": 0.05}.get(rule, 0.02)
    assert np.abs(chip - ideal).max() < 24 * step + share * np.abs(ideal - 2.0).max()


# -- the vendor's mappings, described in PyNN -------------------------------------------------------


# -- refusals ---------------------------------------------------------------------------------------


def stdp(timing: Any = None, weights: Any = None, **more: Any) -> Any:
    return sim.STDPMechanism(timing or sim.SpikePairRule(), weights or sim.AdditiveWeightDependence(), **more)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: sim.Population(5, brianhw.pynn.HH_cond_exp()), "software has no HH_cond_exp"),
        (lambda: sim.Population(5, brianhw.pynn.IF_cond_alpha), "software has no IF_cond_alpha"),
        (lambda: sim.Population(5, brianhw.pynn.SpikeSourceGamma()), "software has no SpikeSourceGamma"),
        (lambda: sim.STDPMechanism(voltage_dependence=object()), "no rule that depends on the voltage"),
        (lambda: stdp(dendritic_delay_fraction=0.4), "must be 1 or 0"),
        (lambda: stdp(weights=brianhw.pynn.GutigWeightDependence()), "no GutigWeightDependence"),
        (lambda: stdp(timing=EXTRA.PfisterSpikeTriplet(16.8, 33.7, 101.0, 125.0)), "do not go together"),
        (lambda: stdp(timing=EXTRA.Vogels2011Rule(0.1), weights=sim.MultiplicativeWeightDependence()), "do not go"),
    ],
)
def test_what_the_software_does_not_have(make: Any, reason: str) -> None:
    with pytest.raises(SpinnakerError, match=reason):
        make()
    assert not sim.state.populations


@pytest.mark.parametrize(
    ("synapse", "reason"),
    [
        (lambda: sim.TsodyksMarkramSynapse(weight=0.1), "no TsodyksMarkramSynapse"),
        (lambda: sim.ElectricalSynapse(weight=0.1), "no ElectricalSynapse"),
        (lambda: sim.SimpleStochasticSynapse(weight=0.1, p=0.5), "no SimpleStochasticSynapse"),
        (lambda: stdp(weights=sim.MultiplicativeWeightDependence(), weight=0.1), "multiplicative .* conductances"),
    ],
)
def test_refused_projections_leave_nothing(synapse: Any, reason: str) -> None:
    cells = sim.Population(5, sim.IF_cond_exp())
    with pytest.raises(SpinnakerError, match=reason):
        sim.Projection(cells, cells, sim.AllToAllConnector(), synapse())
    assert not sim.state.projections
    sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
    sim.run(2.0)


def test_a_population_has_one_rule() -> None:
    pre, cells = sim.Population(5, sim.IF_curr_exp()), sim.Population(5, sim.IF_curr_exp(), label="target")
    for tau in (20.0, 30.0):
        sim.Projection(pre, cells, sim.OneToOneConnector(), stdp(sim.SpikePairRule(tau_plus=tau), weight=0.1))
    with pytest.raises(SpinnakerError, match="target has plastic synapses of two kinds"):
        sim.run(1.0)


def test_rows_that_are_too_long_name_the_way_out() -> None:
    pre, cells = sim.Population(5, sim.IF_curr_exp()), sim.Population(300, sim.IF_curr_exp(), label="many")
    sim.Projection(pre, cells, sim.AllToAllConnector(), stdp(weight=0.1))
    with pytest.raises(SpinnakerError, match=r"row holds 256.*set_number_of_neurons_per_core"):
        sim.run(1.0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 100)
    sim.run(1.0)
    assert sim.report().cores == 4


def test_boards_can_be_too_few() -> None:
    sim.setup(device="runtime", n_chips_required=1)
    sim.Population(256 * 20, sim.IF_curr_exp())
    with pytest.raises(SpinnakerError, match="needs 2 chips; there are 1"):
        sim.report()


@pytest.mark.parametrize("wrong", [0, -3, 2.5, True, "many"])
def test_numbers_per_core_are_positive_and_whole(wrong: Any) -> None:
    with pytest.raises(SpinnakerError, match="whole number of at least 1"):
        sim.set_number_of_neurons_per_core(sim.IF_curr_exp, wrong)
    with pytest.raises(SpinnakerError, match="whole number of at least 1"):
        sim.Population(3, sim.IF_curr_exp()).set_max_atoms_per_core(wrong)
    with pytest.raises(UnknownNameError, match="IF_curr_exp"):
        sim.set_number_of_neurons_per_core("IF_curr_expo", 10)


def test_populations_may_share_a_label_and_have_a_size_of_their_own() -> None:
    first = sim.Population(100, sim.IF_curr_exp(), label="cells", additional_parameters={"neurons_per_core": 30})
    second = sim.Population(100, sim.IF_curr_exp(), label="cells")
    sim.Projection(first, second, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1))
    assert [row.cores for row in sim.report().populations] == [4, 1]


# -- the report and the comparison ------------------------------------------------------------------


def test_saturation_is_counted_and_said() -> None:
    pre = sim.Population(200, sim.SpikeSourceArray(spike_times=[5.0]))
    cells = sim.Population(2, sim.IF_cond_exp(), label="drowned")
    sim.Projection(pre, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.06))
    sim.run(10.0)
    report = sim.report()
    assert report.populations[1].saturated == {"excitatory": 2, "inhibitory": 0}
    assert "drowned: more input came in one step than the ring buffers hold" in str(report)
    sim.reset()
    assert sum(sim.report().populations[1].saturated.values()) == 0


def test_overload_is_predicted_from_rates() -> None:
    pre = sim.Population(1000, sim.SpikeSourcePoisson(rate=1000.0))
    cells = sim.Population(250, sim.IF_curr_exp(), label="busy")
    sim.Projection(pre, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.001))
    row = sim.report().populations[1]
    assert row.load == pytest.approx(1000 * 1000 * 250 / 13e6)
    assert row.late == pytest.approx(1 - 1 / row.load)
    assert "busy: its cores can process 5% of the synaptic events" in str(sim.report())


def test_comparison_of_what_cannot_differ() -> None:
    source = sim.Population(5, sim.SpikeSourcePoisson(rate=100.0))
    silent = sim.Population(5, sim.IF_curr_exp(), label="silent")
    sim.Projection(source, silent, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1))
    with pytest.raises(SpinnakerError, match="has not run: give the time"):
        sim.compare()
    found = sim.compare(50.0)
    assert found.first_divergence is None
    assert found["silent"].shared == 1.0
    assert "never part" in str(found)
    with pytest.raises(UnknownNameError, match="silent"):
        found["silnt"]


def balanced(n: int) -> None:
    """The balanced random network of the PyNN-on-SpiNNaker tutorial, with currents: irregular and asynchronous."""
    exc = sim.Population(n * 4 // 5, sim.IF_curr_exp(tau_refrac=2.0), label="exc")
    inh = sim.Population(n // 5, sim.IF_curr_exp(tau_refrac=2.0), label="inh")
    drive = sim.Population(n, sim.SpikeSourcePoisson(rate=600.0), label="drive")
    for cells in (exc, inh):
        cells.initialize(v=sim.RandomDistribution("uniform", (-65.0, -50.0)))
    sim.Projection(drive, exc + inh, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.35))
    share = sim.FixedProbabilityConnector(100 / n)
    sim.Projection(exc, exc + inh, share, sim.StaticSynapse(weight=0.05, delay=2.0))
    sim.Projection(inh, exc + inh, share, sim.StaticSynapse(weight=0.5, delay=2.0), receptor_type="inhibitory")


@pytest.mark.standalone
def test_a_balanced_network_agrees_statistically() -> None:
    """Spikes part soon, as in every chaotic network; rates agree within 3 %, irregularity within 0.02."""
    sim.setup()
    balanced(2000)
    found = sim.compare(1000.0)
    assert 0 < found.first_divergence < 100
    for each in found.populations:
        chip, ideal = each.rates
        assert 5 < ideal < 50
        assert chip == pytest.approx(ideal, rel=0.03)
        assert each.irregularity[0] == pytest.approx(each.irregularity[1], abs=0.02)
        assert each.shared < 0.9
    json.dumps(found.to_dict())
    assert found._repr_html_().startswith("<p>")
    assert len(found.plot().axes) == 3


# -- the command ------------------------------------------------------------------------------------

SCRIPT = """
import pyNN.spiNNaker as sim
from pyNN.spiNNaker.extra_models import SpikeNearestPairRule
sim.setup(timestep=1.0)
cells = sim.Population(300, sim.IF_curr_exp(i_offset=1.0), label="cells")
cells.record("spikes")
sim.run(100)
print(cells.mean_spike_count(), sim.__name__, hasattr(sim, "report") and sim.report().cores)
sim.end()
"""


@pytest.mark.standalone
def test_a_script_for_the_vendors_tool_runs_on_the_chip(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = environment_of()
    command = [sys.executable, "-m", "brianhw", "run", "--hardware", "spinnaker", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["3.0", "pyNN.spiNNaker", "2"], done.stderr


def test_all_errors_are_ours() -> None:
    assert issubclass(SpinnakerError, BrianHWError) and issubclass(SpinnakerError, ValueError)
    assert not issubclass(SpinnakerError, PyNNError)
