"""What a script gets on SpiNNaker: recordings to the integer, every rule onto every cell, the vendor's calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyNN
import pytest

import brianhw
import brianhw.compat
import brianhw.pynn
import brianhw.spinnaker as sim
import spinnaker_facade as facade
from brianhw.chips import SPINNAKER1
from brianhw.errors import PyNNError, SpinnakerError, UnknownNameError
from brianhw.scripts import ShimFinder
from brianhw.spinnaker import ideal
from paths import environment_of
from spinnaker_replay import FOLDER

EXTRA = sim.extra_models
pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")
CELLS = list(facade.TARGETS)
RELEASE = (FOLDER / "programs.txt").read_text().split()


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def kind_of(name: str) -> Any:
    return type(facade.TARGETS[name]())


# -- recordings -------------------------------------------------------------------------------------


# -- what is known of a cell ------------------------------------------------------------------------


@pytest.mark.parametrize("name", CELLS)
def test_what_is_known_of_a_cell_is_the_same_wherever_it_is_said(name: str) -> None:
    kind = kind_of(name)
    unit = "uS" if "cond" in name else "nA"  # the vendor's names say it
    assert kind.chip.name == name
    assert kind.chip.unit == SPINNAKER1.unit_of(name) == unit
    assert {each for _, each in kind.realisation.receptors.values()} == {unit}
    assert kind.conductance_based == (unit == "uS")
    assert kind.receptor_types == ("excitatory", "inhibitory")
    chip = kind.chip.realisation(1.0, dict.fromkeys(kind.receptor_types, 0))
    assert set(kind.recordable) == {"spikes", *chip.states} == {"spikes", *kind.realisation.states}
    assert {kind.units[each] for each in ("gsyn_exc", "gsyn_inh")} == {unit}


def moved(name: str, arithmetic: str) -> dict[str, float]:
    """Return by how many mV a spike through each receptor moves a resting cell, signed; record all there is."""
    sim.setup(device="runtime", arithmetic=arithmetic)
    kind = kind_of(name)
    taus = {each: 4.0 for each in ("tau_syn_E", "tau_syn_I") if each in kind.default_parameters}
    own = {"c": -70.0} if "a" in kind.default_parameters else {"cm": 0.5}
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[60.0]))
    cells = {receptor: sim.Population(1, kind(**taus, **own)) for receptor in kind.receptor_types}
    for receptor, each in cells.items():
        synapse = sim.StaticSynapse(weight=facade.largest(name) / 2, delay=2.0)
        sim.Projection(source, each, sim.AllToAllConnector(), synapse, receptor_type=receptor)
        each.record("all")
    sim.run(85.0)
    found = {}
    for receptor, each in cells.items():
        signals = {signal.name: signal.magnitude[:, 0] for signal in each.get_data().segments[0].analogsignals}
        assert set(signals) == set(kind.recordable) - {"spikes"}
        came, other = ("exc", "inh") if receptor == "excitatory" else ("inh", "exc")
        assert np.flatnonzero(signals[f"gsyn_{came}"] > 0)[0] in (62, 63)  # an alpha function begins at zero
        assert signals[f"gsyn_{came}"].min() >= 0 and not signals[f"gsyn_{other}"].any()
        change = signals["v"][61:] - signals["v"][61]
        found[receptor] = float(change[np.abs(change).argmax()])
    return found


@pytest.mark.parametrize("name", CELLS)
def test_a_weight_does_the_same_in_both_arithmetics(name: str) -> None:
    chip, ideal = moved(name, "integer"), moved(name, "float")
    assert chip["excitatory"] > 0.3
    # 2 %: the integers' exponentials are shaped by their mean over a step; 1 ms is coarse for Izhikevich's quadratic
    assert ideal["excitatory"] == pytest.approx(chip["excitatory"], rel=0.03 if "Izhi" in name else 0.02)
    if name != "Izhikevich_cond":  # its inhibition reverses where it rests
        assert chip["inhibitory"] < -0.1
        assert ideal["inhibitory"] == pytest.approx(chip["inhibitory"], rel=0.03)


@pytest.mark.parametrize("name", CELLS)
def test_input_at_time_zero_is_there_in_both_arithmetics(name: str) -> None:
    state = "gsyn_exc" if "cond" in name else "isyn_exc"
    found = []
    for arithmetic in ("integer", "float"):
        sim.setup(device="runtime", arithmetic=arithmetic)
        cells = sim.Population(1, facade.TARGETS[name](), initial_values={state: 0.03})
        cells.record([state, "v"])
        if name == "IF_curr_alpha" and arithmetic == "integer":  # what the chip keeps of it is no current
            with pytest.raises(SpinnakerError, match="isyn_exc is zero at time zero"):
                sim.run(1.0)
            return
        sim.run(2.0)
        found.append({s.name: s.magnitude[:2, 0] for s in cells.get_data().segments[0].analogsignals})
    chip, ideal = found
    assert chip[state] == pytest.approx(ideal[state], abs=2 * 2**-15) and chip[state][0] > 0.02
    # the chip holds an input for a step, in which the other decays by a tenth; 0.04 is cut to 0.04001, times v squared
    assert np.diff(chip["v"]) == pytest.approx(np.diff(ideal["v"]), rel=0.12, abs=0.05)


# -- plasticity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule", "receptor"),
    [
        ("Izhikevich", ("pair", "additive"), "inhibitory"),
        ("IFCurrExpCa2Adaptive", ("Vogels 2011", "additive"), "inhibitory"),
        ("IF_cond_exp", ("pair", "multiplicative"), "excitatory"),
        ("Izhikevich_cond", ("nearest pair", "multiplicative"), "inhibitory"),
        ("IF_curr_alpha", ("triplet", "additive"), "excitatory"),
        ("IF_curr_delta", ("nearest pair", "additive"), "inhibitory"),
        ("IF_curr_exp", ("pair", "multiplicative"), "inhibitory"),
    ],
)
def test_rules_change_weights_as_their_model_does_and_as_in_floating_point(
    name: str, rule: tuple[str, str], receptor: str
) -> None:
    _, _, chip = facade.learned(name, rule, receptor)
    plan = sim.state.hardware.planned.populations["cells"]
    [row] = sim.report().projections
    assert row.unit == ("uS" if "cond" in name else "nA")
    assert np.array_equal(chip, facade.learned_by_the_model(name, rule, receptor, plan.left_shifts[receptor]))
    _, _, ideal = facade.learned(name, rule, receptor, "float")
    most = facade.largest(name)
    assert np.abs(chip - most / 2).max() > 0.05 * most
    # each change is cut to a step of the weight and a 2048th; slow traces of triplets are looked up in steps of four
    assert np.abs(chip - ideal).max() < (0.01 if rule[0] == "triplet" else 0.002) * most


@pytest.mark.parametrize("name", ["Izhikevich", "IFCurrExpCa2Adaptive"])
def test_plastic_inhibition_inhibits_in_both_arithmetics(name: str) -> None:
    kind = kind_of(name)
    cells = sim.Population(4, kind(i_offset=5.0 if name == "Izhikevich" else 1.2), label="cells")
    source = sim.Population(4, sim.SpikeSourcePoisson(rate=200.0))
    synapse = sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=2.0), weight=1.5)
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type="inhibitory")
    alone = sim.Population(4, kind(i_offset=5.0 if name == "Izhikevich" else 1.2), label="alone")
    assert alone.size == 4
    found = sim.compare(400.0)
    for held, free in zip(found["cells"].spikes, found["alone"].spikes, strict=True):
        assert held < free / 2
    assert abs(np.subtract(*found["alone"].spikes)) <= 8  # two of each cell's, in 400 ms


# -- programs ---------------------------------------------------------------------------------------

BINARIES = {
    "Izhikevich": "IZK_curr_exp",
    "Izhikevich_cond": "IZK_cond_exp",
    "IFCurrExpCa2Adaptive": "IF_curr_exp_ca2_adaptive",
}
TIMINGS = {
    "pair": "pair",
    "nearest pair": "nearest_pair",
    "Vogels 2011": "vogels_2011",
    "triplet": "pfister_triplet",
    "recurrent": "recurrent_dual_fsm",
}


def test_the_chips_rules_are_the_releases_programs() -> None:
    """By the vendor's own names of its programs."""
    suffixes = {
        rule: f"_stdp_mad_{TIMINGS[rule[0]]}_{rule[1]}" for rule in (*facade.RULES, ("recurrent", "multiplicative"))
    }
    assert {rule for rule in suffixes if f"synapses{suffixes[rule]}" in RELEASE} == SPINNAKER1.rules_of("any", True)
    for name in CELLS:
        binary = BINARIES.get(name, name)
        assert {binary, f"{binary}_neuron"} <= set(RELEASE)
        there = {rule for rule in suffixes if f"{binary}{suffixes[rule]}" in RELEASE}
        assert there == SPINNAKER1.rules_of(name, False), name


def plastic_onto(name: str, rule: tuple[str, str], **options: Any) -> None:
    cells = sim.Population(3, facade.TARGETS[name](), label="cells", **options)
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0]))
    synapse = sim.STDPMechanism(*facade.RULES[rule](0.02), weight=0.01, delay=1.0)
    sim.Projection(source, cells, sim.OneToOneConnector(), synapse, label="plastic")


@pytest.mark.parametrize("name", CELLS)
def test_plasticity_without_a_program_is_refused_where_it_is_asked_for(name: str) -> None:
    for rule in facade.RULES:
        sim.setup(device="runtime")
        if rule in SPINNAKER1.rules_of(name, False):
            plastic_onto(name, rule)
        else:
            with pytest.raises(SpinnakerError, match=f"plastic: .* no program for {' '.join(rule)} STDP onto cells"):
                plastic_onto(name, rule)
            assert not sim.state.projections
            plastic_onto(name, rule, n_synapse_cores=1)
        sim.report()  # the plan agrees


def test_cores_for_synapses_have_all_programs_however_they_come_about() -> None:
    rule = ("pair", "multiplicative")
    for setting in ({"timestep": 0.1}, {"n_synapse_cores": 1.0}):
        sim.setup(device="runtime", **setting)
        plastic_onto("IF_cond_exp", rule)
    with pytest.raises(SpinnakerError, match="n_synapse_cores=1"):
        plastic_onto("IF_cond_exp", rule, n_synapse_cores=0)
    sim.setup(device="runtime")
    sim.set_number_of_synapse_cores(sim.IF_cond_exp, 2.0)
    plastic_onto("IF_cond_exp", rule)
    assert sim.report().populations[0].synapse_cores == 2
    sim.set_number_of_synapse_cores(sim.IF_cond_exp, None)
    with pytest.raises(SpinnakerError, match="IF_cond_exp, with conductances"):
        sim.report()


# -- the vendor's calls -----------------------------------------------------------------------------


def test_counts_may_be_whole_floats() -> None:
    sim.setup(device="runtime", n_boards_required=1.0)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 20 / 2)
    cells = sim.Population(40 / 2, sim.IF_curr_exp(), n_synapse_cores=np.float64(1))
    other = sim.Population(np.float32(30), sim.IF_curr_exp(), additional_parameters={"neurons_per_core": 10.0})
    other.set_max_atoms_per_core(15.0)
    assert (cells.size, other.size, cells.sample(5.0).size) == (20, 30, 5)
    assert [(row.cores, row.synapse_cores) for row in sim.report().populations] == [(2, 2), (2, 0)]
    sim.setup(device="runtime", n_chips_required=np.int64(2))
    assert sim.create(sim.IF_curr_exp, n=3.0).size == 3


@pytest.mark.parametrize("wrong", [2.5, float("nan"), float("inf"), True, "3", -1, [2]])
def test_what_is_no_count_is_named(wrong: Any) -> None:
    for call in (
        lambda: sim.Population(wrong, sim.IF_curr_exp()),
        lambda: sim.Population(2, sim.IF_curr_exp(), n_synapse_cores=wrong),
        lambda: sim.Population(2, sim.IF_curr_exp(), neurons_per_core=wrong),
        lambda: sim.set_number_of_synapse_cores(sim.IF_curr_exp, wrong),
        lambda: sim.setup(n_synapse_cores=wrong),
    ):
        with pytest.raises(SpinnakerError, match="must be a whole number of at least"):
            call()
        assert not sim.state.populations


def test_the_scale_of_weights_can_be_set() -> None:
    """As the vendor does it: the sums are those of one step, in nA or uS, and take the place of what is reckoned."""
    cells = sim.Population(2, sim.IF_curr_exp(), max_expected_summed_weight=[5.0, 16.0])
    conductances = sim.Population(2, sim.IF_cond_exp(), max_expected_summed_weight=0.5)
    assert cells.size == conductances.size == 2
    shifts = [row.left_shifts for row in sim.report().populations]
    assert shifts == [{"excitatory": 3, "inhibitory": 5}, {"excitatory": 10, "inhibitory": 10}]
    with pytest.raises(UnknownNameError, match=r"'neuron_per_core'.*neurons_per_core"):
        sim.Population(2, sim.IF_curr_exp(), neuron_per_core=5)


@pytest.mark.parametrize(
    "value", [-1.0, float("nan"), float("inf"), "a", True, [1.0, -1.0], [1.0, 2.0, 3.0], [[1.0], [2.0]]]
)
@pytest.mark.parametrize("option", ["max_expected_summed_weight", "spikes_per_second", "ring_buffer_sigma"])
def test_an_option_that_makes_no_sense_is_refused_where_it_is_given(option: str, value: object) -> None:
    with pytest.raises(SpinnakerError, match=f"cells: {option} must be"):
        sim.Population(2, sim.IF_curr_exp(), label="cells", additional_parameters={option: value})
    assert not sim.state.populations


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_a_signal_has_a_sample_of_each_step_that_was_run(arithmetic: str) -> None:
    """As the chip notes them: before the step, so that there is none yet of the one that is to come."""
    sim.setup(0.5, arithmetic=arithmetic, device="runtime")
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=0.5))
    cells.record("v")
    cells[:1].record("gsyn_exc")
    for count in (20, 40):
        sim.run(10.0)
        assert cells.spinnaker_get_data("v", as_matrix=True).shape == (count, 3)
        (signal,) = cells.get_data("v").segments[0].analogsignals
        assert signal.shape == (count, 3) and signal.times[-1].item() == (count - 1) / 2
    whole = signal.magnitude
    sim.reset()
    parts = []
    for _ in range(4):
        sim.run(5.0)
        parts.append(cells.get_data("v", clear=True).segments[-1].analogsignals[0])
    assert [part.t_start.item() for part in parts] == [0.0, 5.0, 10.0, 15.0]
    assert np.array_equal(np.concatenate([part.magnitude for part in parts]), whole)


def test_a_boards_traffic_is_not_recorded_and_that_is_said() -> None:
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    with pytest.raises(PyNNError, match=r"cells: packets-per-timestep is of a board's traffic.*report\(\)"):
        cells.record(["spikes", "packets-per-timestep"])
    assert not cells.recorder.recorded


def test_data_come_as_rows() -> None:
    cells = sim.Population(5, sim.IF_curr_exp(tau_refrac=2.0))
    source = sim.Population(5, sim.SpikeSourceArray(spike_times=[[3.0, 20.0], [5.0], [], [4.0], [6.0]]))
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=12.0, delay=1.0))
    cells.record("spikes")
    cells[1:4].record(["v", "gsyn_exc"])
    sim.run(30.0)
    block = cells.get_data().segments[0]
    spikes = cells.spinnaker_get_data("spikes")
    assert spikes.tolist() == [[k, float(t)] for k, train in enumerate(block.spiketrains) for t in train]
    assert len(spikes) >= 5
    rows = cells.spinnaker_get_data(["v"])
    (v,) = block.filter(name="v")
    assert rows.shape == (3 * len(v), 3) and np.unique(rows[:, 0]).tolist() == [1, 2, 3]
    assert np.array_equal(rows[:, 2].reshape(3, -1).T, v.magnitude)
    assert rows[: len(v), 1].tolist() == v.times.magnitude.tolist()
    assert np.array_equal(cells.spinnaker_get_data("v", as_matrix=True), v.magnitude)
    assert np.array_equal(cells.spinnaker_get_data("v", True, view_indexes=[2]), v.magnitude[:, 1:2])
    assert cells.spinnaker_get_data("spikes", view_indexes=[1, 2])[:, 0].tolist() == [1] * len(block.spiketrains[1])
    assert np.unique(cells[2:4].spinnaker_get_data("v")[:, 0]).tolist() == [2, 3]
    for wrong in ("gsyn_inh", ["spikes", "v"]):
        with pytest.raises(SpinnakerError, match=r"one variable that was recorded \(spikes, v, gsyn_exc\)"):
            cells.spinnaker_get_data(wrong)


SCRIPT = """
import pyNN.spiNNaker as p
from pyNN.spiNNaker.extra_models import SpikeNearestPairRule, Izhikevich_cond
p.setup(timestep=1.0, min_delay=1.0)
p.set_number_of_neurons_per_core(p.Izhikevich, 7 / 2 * 2)
cells = p.Population(20.0, p.Izhikevich(tau_syn_I=5.0), label="cells")
source = p.Population(20, p.SpikeSourceArray(spike_times=[5.0]))
rule = p.STDPMechanism(p.SpikePairRule(), p.AdditiveWeightDependence(w_max=6.0), weight=5.0, delay=1.0)
p.Projection(source, cells, p.OneToOneConnector(), rule, receptor_type="inhibitory")
cells.record("all")
p.run(20)
print(cells.spinnaker_get_data("v", as_matrix=True).min() < -72, p.name(), p.report().arithmetic)
p.end()
"""


@pytest.mark.standalone
def test_a_script_for_the_vendors_tool_runs_in_floating_point(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = environment_of()
    command = [sys.executable, "-m", "brianhw", "run", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.split() == ["True", "brianhw.spinnaker", "float"], done.stderr


@pytest.mark.parametrize("hardware", ["", "spinnaker"])
@pytest.mark.parametrize("module", ["pyNN.spiNNaker", "spynnaker8", "spynnaker.pyNN"])
def test_every_name_of_the_vendors_module_stands_for_ours(module: str, hardware: str) -> None:
    finder = ShimFinder(*brianhw.compat.paths(hardware))
    for name, needed in ((module, {"setup", "Population", "name"}), (f"{module}.extra_models", {"Izhikevich_cond"})):
        spec = finder.find_spec(name, pyNN.__path__)  # PyNN has a spiNNaker of its own
        assert spec is not None and spec.loader is not None
        assert "compat" in str(spec.origin)
        found = module_from_spec(spec)
        spec.loader.exec_module(found)
        assert needed <= set(vars(found))
    assert ideal.setup.__doc__ == sim.setup.__doc__


# -- windows that are drawn -------------------------------------------------------------------------


def windows(arithmetic: str, pre: float, post: float, least: int, most: int, device: str = "runtime") -> np.ndarray:
    """Return weights after 30 times a presynaptic spike, 12 ms later a postsynaptic one, as the synapse sees it."""
    sim.setup(device=device, arithmetic=arithmetic)
    times = np.arange(10.0, 3000.0, 100.0)
    source = sim.Population(200, sim.SpikeSourceArray(spike_times=times))
    push = sim.Population(200, sim.SpikeSourceArray(spike_times=times + 10))
    own = {"cm": 0.3, "tau_m": 5.0, "tau_syn_E": 1.0, "tau_syn_I": 1.0, "tau_refrac": 5.0, "v_thresh": -55.4}
    cells = sim.Population(200, sim.IF_curr_exp(**own), label="cells")
    sim.Projection(push, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=12.0))
    rule = EXTRA.RecurrentRule(least, most, mean_pre_window=pre, mean_post_window=post, A_plus=0.1, A_minus=0.1)
    weights = sim.MultiplicativeWeightDependence(0.0, 4.0)
    synapse = sim.STDPMechanism(rule, weights, weight=1.0, delay=1.0)
    # inhibition, which makes no spikes of its own
    plastic = sim.Projection(source, cells, sim.OneToOneConnector(), synapse, receptor_type="inhibitory")
    cells.record("spikes")
    sim.run(3010.0)
    assert all(train.magnitude.tolist() == (times + 11).tolist() for train in cells.get_data().segments[0].spiketrains)
    return np.array(plastic.get("weight", "list", with_address=False))


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_windows_count_and_weights_change_when_enough_has_been(arithmetic: str) -> None:
    """Windows without an end, or without a length: 30 spikes fall into the one side's or the other's."""
    chip = arithmetic == "integer"  # whose weights change, and are seen, at the next presynaptic spike
    up = windows(arithmetic, 1e5, 0.01, -3, 3)
    # a window is shorter than 12 ms with a chance of 1e-4; each of 30 steps of the weight is cut to 2^-13
    assert np.median(up) == pytest.approx(4 - 3 * 0.9 ** (29 // 3 if chip else 30 // 3), abs=0.004 if chip else 1e-9)
    down = windows(arithmetic, 0.01, 1e5, -4, 4)
    assert np.median(down) == pytest.approx(0.9 ** (29 // 4), abs=0.004 if chip else 1e-9)


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_windows_are_as_long_as_an_exponential_distribution_says(arithmetic: str) -> None:
    """Each hit is a tenth of what is left; a window of whole steps holds 12 of them if it is 13 ms or longer."""
    weights = windows(arithmetic, 20.0, 0.01, -9, 1)
    hits = np.log((4 - weights) / 3) / np.log(0.9)
    spikes = 29 if arithmetic == "integer" else 30
    chance = np.exp(-13 / 20)
    deviation = np.sqrt(chance * (1 - chance) / (spikes * len(hits)))
    assert np.mean(hits) / spikes == pytest.approx(chance, abs=4 * deviation + 0.003)  # weights are cut


@pytest.mark.standalone
def test_compiled_windows_are_as_long() -> None:
    for arithmetic in ("integer", "float"):
        few, many = windows(arithmetic, 20.0, 0.01, -9, 1), windows(arithmetic, 20.0, 0.01, -9, 1, "brianhw")
        assert np.mean(many) == pytest.approx(np.mean(few), abs=4 * np.std(few) / np.sqrt(len(few) / 2))


def test_the_rule_of_one_window_is_refused_by_name() -> None:
    with pytest.raises(SpinnakerError, match="RecurrentRule: there is only the rule with dual_fsm=True"):
        EXTRA.RecurrentRule(dual_fsm=False)
    with pytest.raises(SpinnakerError, match="accumulator_potentiation must be a whole number of at least 1"):
        EXTRA.RecurrentRule(accumulator_potentiation=0)


# -- what the report calls projections --------------------------------------------------------------


def test_the_report_names_the_populations_of_views_and_assemblies() -> None:
    sim.setup(timestep=1.0)
    exc, inh, noise = (sim.Population(8, sim.IF_curr_exp(), label=name) for name in ("exc", "inh", "noise"))
    connector, synapse = sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1)
    for sides in ((exc, exc + inh), (noise[:4], exc), (noise[np.array([0, 5])], exc), (exc, inh)):
        sim.Projection(*sides, connector, synapse)
    sim.Projection(noise, exc + inh, connector, synapse, label="background")
    sim.Projection(noise[:4], exc, connector, synapse, label="weak")
    titles = ["exc→exc", "exc→inh", "noise[0:4]→exc", "noise (2 of 8)→exc", "exc→inh"]
    titles += ["background: noise→exc", "background: noise→inh", "weak"]
    report = sim.report()
    assert [row.title for row in report.projections] == titles
    assert all(f"\n{title} " in str(report) for title in titles)
    assert report.projections[-1].label == "weak"
