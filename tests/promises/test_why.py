"""A silent network is explained by exactly that which silences it, and one that spikes is told so."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    amp,
    ms,
    mV,
    nA,
    nS,
    pA,
    second,
)

import brianhw.pynn as pynn
import brianhw.spinnaker as sim
from brianhw import Board, DynapSE1
from brianhw.cli import main
from brianhw.equations import exponential_conductance, linear_lif, static_synapse
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.lif import LIF
from brianhw.errors import ConnectionRefused, ParameterError, RequestError, UnknownNameError
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.parameters.lif import NEST_DEFAULTS, PYNN_DEFAULTS
from brianhw.why import why_silent
from brianhw.why.dpi import rheobase
from paths import CHECKOUT

LEAKY = "dv/dt = -v/(10*ms) : volt (unless refractory)"


@pytest.fixture
def ran():
    """Run objects in a network that stays, as a script's variable does."""
    kept = []

    def run(*objects, time=5 * ms):
        kept.append(Network(*objects))
        kept[-1].run(time)
        return kept[-1]

    return run


def cells(n=3, **options):
    given = {"threshold": "v > 10*mV", "reset": "v = 0*mV", "refractory": 1 * ms, "method": "exact", "name": "cells"}
    return NeuronGroup(n, LEAKY, **{**given, **options})


def at(*times, n=1, name="source"):
    return SpikeGeneratorGroup(n, [0] * len(times), list(times) * ms, name=name)


def joined(source, target, weight=20, **options):
    synapses = Synapses(source, target, "w : volt", on_pre="v_post += w", name="synapses")
    synapses.connect(**options)
    synapses.w = weight * mV
    return synapses


# -- Brian2 -----------------------------------------------------------------------------------------


def test_neurons_that_spike_are_told_so(ran):
    source, group = at(1), cells()
    ran(source, group, joined(source, group))
    found = why_silent(group)
    assert (found.silent, found.kinds) == ((), ())
    assert str(found) == "cells: all 3 neurons spiked in 5 ms"


def test_neurons_in_no_network_are_named():
    found = why_silent(cells())
    assert found.kinds == ("not in a network",)
    assert found.silent == (0, 1, 2)


def test_a_network_that_has_not_run_is_said():
    group = cells()
    network = Network(group)
    assert why_silent(group).kinds == ("not run",)
    assert len(network.objects)


def test_a_group_without_threshold_cannot_spike(ran):
    group = NeuronGroup(2, "v : 1", name="cells")
    ran(group, time=1 * ms)
    assert why_silent(group).kinds == ("no threshold",)


def test_a_connection_in_no_network_is_named_alone(ran):
    source, group = at(1), cells()
    synapses = joined(source, group)
    ran(source, group)
    found = why_silent(group)
    assert found.kinds == ("connection not in a network", "below threshold")
    assert synapses.name in found.causes[0].text


def test_neurons_without_synapses_are_numbered(ran):
    source, group = at(1), cells(8)
    ran(source, group, joined(source, group, i=[0, 0], j=[0, 5]))
    found = why_silent(group)
    assert found.silent == (1, 2, 3, 4, 6, 7)
    assert found.kinds[0] == "no input"
    assert found.causes[0].text == "No synapse leads to neurons 1 to 4, 6, 7 of 'cells'."


def test_a_source_that_never_spiked_is_named(ran):
    source, group = NeuronGroup(1, "v : 1", threshold="v > 1", refractory=1 * ms, name="source"), cells()
    ran(source, group, joined(source, group))
    found = why_silent(group)
    assert found.kinds[0] == "silent source"
    assert "'source' never spiked" in found.causes[0].text


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ((7, 9), "the first spike of 'source' is at 7 ms, after the end of the run, 5 ms"),
        ((), "'source' was given no spikes"),
    ],
)
def test_a_generator_is_said_to_have_been_given_no_spike_in_the_run(times, said, ran):
    source, group = at(*times), cells()
    ran(source, group, joined(source, group))
    found = why_silent(group)
    assert found.kinds == ("silent source", "below threshold")
    assert said in found.causes[0].text


def test_a_generator_is_heard_in_its_repetitions(ran):
    source, group = SpikeGeneratorGroup(1, [0], [1] * ms, period=10 * ms, name="source"), cells()
    network = ran(source, group, joined(source, group, weight=1), time=10 * ms)
    network.run(5 * ms)
    assert why_silent(group).kinds == ("below threshold",)


def test_poisson_sources_of_rate_zero_are_named(ran):
    source, group = PoissonGroup(4, 0 * Hz, name="source"), cells()
    ran(source, group, joined(source, group))
    found = why_silent(group)
    assert found.kinds == ("silent source", "below threshold")
    assert "the rates of 'source' are 0" in found.causes[0].text


def test_a_rate_that_changes_with_time_is_not_taken_for_the_one_at_the_end(ran):
    source = PoissonGroup(4, rates="10*Hz*int(t < 4*ms)", name="source")
    group = cells()
    ran(source, group, joined(source, group, weight=1))
    assert why_silent(group).kinds == ("below threshold",)


@pytest.mark.parametrize(("rate", "weight", "kind"), [(0, 1, "silent source"), (100, 0, "zero weight")])
def test_a_poisson_input_that_brings_nothing_is_named(rate, weight, kind, ran):
    group = cells()
    ran(group, PoissonInput(group, "v", 10, rate * Hz, weight * mV))
    assert why_silent(group).kinds == (kind, "below threshold")


# -- which run --------------------------------------------------------------------------------------


def test_neurons_that_have_fallen_silent_are_explained(ran):
    source, group = at(1), cells()
    network = ran(source, group, joined(source, group))
    network.run(5 * ms)
    found = why_silent(group)
    assert found.silent == (0, 1, 2)
    assert "none of 3 neurons spiked in the last run, 5 to 10 ms" in str(found)
    assert "the last spike of 'source' was at 1 ms, before the last run" in found.causes[0].text


def test_a_part_that_has_fallen_silent_is_explained(ran):
    source, group = at(1), cells(4)
    network = ran(source, group, joined(source, group))
    network.run(5 * ms)
    found = why_silent(group[1:3])
    assert (found.silent, found.since) == ((0, 1), pytest.approx(5e-3))


def test_all_runs_are_spoken_of_if_asked_for(ran):
    source, group = at(1), cells()
    network = ran(source, group, joined(source, group))
    network.run(5 * ms)
    assert str(why_silent(group, since=0 * ms)) == "cells: all 3 neurons spiked in 10 ms"
    assert "spiked in 2 to 10 ms" in str(why_silent(group, since=2 * ms))


@pytest.mark.parametrize(("runs", "is_silent"), [(9, True), (10, False)])
def test_ten_equal_runs_are_one(runs, is_silent, ran):
    source, group = at(11), cells()
    network = ran(group, source, joined(source, group), time=10 * ms)
    for _ in range(runs):
        network.run(2 * ms)
    found = why_silent(group)
    assert bool(found.silent) == is_silent
    assert str(found).startswith(
        "cells: none of 3 neurons spiked in the last run, 26 to 28 ms"
        if is_silent
        else "cells: all 3 neurons spiked in the last 10 runs, 10 to 30 ms"
    )


def test_a_run_of_no_length_is_none(ran):
    source, group = at(1), cells()
    network = ran(source, group, joined(source, group))
    network.run(0 * ms)
    assert why_silent(group).silent == ()


def test_a_time_that_was_set_back_begins_anew(ran):
    source, group = at(1), cells()
    network = Network(source, group, joined(source, group))
    network.store()
    network.run(5 * ms)
    network.run(5 * ms)
    network.restore()
    assert why_silent(group).kinds == ("not run",)
    network.run(5 * ms)
    assert str(why_silent(group)) == "cells: all 3 neurons spiked in 5 ms"


def test_a_spike_of_the_run_before_that_arrives_in_the_last_is_input(ran):
    source, group = at(4), cells()
    synapses = joined(source, group, weight=1)
    synapses.delay = 3 * ms
    network = ran(source, group, synapses)
    network.run(5 * ms)
    assert why_silent(group).kinds == ("below threshold",)


def test_a_monitor_without_times_speaks_of_all_runs(ran):
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="cells")
    group.v = [2, 0]
    network = ran(group, SpikeMonitor(group, record=False))
    network.run(5 * ms)
    found = why_silent(group)
    assert (found.since, found.silent) == (0, (1,))


def test_functions_that_run_find_their_own_names():
    limit = 5  # noqa: F841  the network looks for it here
    group = NeuronGroup(1, "dv/dt = 1/ms : 1", threshold="v > limit", reset="v = 0", method="euler")
    Network(group).run(1 * ms)
    assert why_silent(group).seconds == pytest.approx(1e-3, abs=1e-12)  # one step of 0.1 ms is more


@pytest.mark.parametrize("since", [3, "1 ms", 1 * mV, -1 * ms, [1, 2] * ms])
def test_what_is_no_time_to_begin_at_is_refused(since, ran):
    group = cells()
    ran(group)
    with pytest.raises(ParameterError, match="since is a time of the simulation, such as 100\\*ms"):
        why_silent(group, since=since)


def test_a_source_of_which_other_neurons_spiked_is_told_apart(ran):
    source, group = at(1, n=2), cells(2)
    ran(source, group, joined(source, group, j="i"))
    found = why_silent(group)
    assert found.silent == (1,)
    assert "the neurons of 'source' that send to them were given no spikes" in found.causes[0].text


def test_weights_of_zero_are_counted(ran):
    source, group = at(1, n=1), cells(2)
    synapses = joined(source, group)
    synapses.w = [0, 20] * mV
    ran(source, group, synapses)
    found = why_silent(group)
    assert found.silent == (0,)
    assert found.kinds[0] == "zero weight"
    assert "(1 of 2 have)" in found.causes[0].text


def test_delays_longer_than_the_run_are_late(ran):
    source, group = at(1), cells()
    synapses = joined(source, group)
    synapses.delay = 10 * ms
    ran(source, group, synapses)
    found = why_silent(group)
    assert found.kinds[0] == "late"
    assert "at 11 ms" in found.causes[0].text


@pytest.mark.parametrize("delay", [3.8, 4.1])
def test_a_delay_is_late_only_if_nothing_arrives(delay, ran):
    source, group = at(1), cells()
    synapses = joined(source, group, weight=1)  # too weak to fire in any case
    synapses.delay = delay * ms
    ran(source, group, synapses)
    assert ("late" in why_silent(group).kinds) == (delay > 4)


def test_what_inhibits_and_what_it_sends_itself_is_no_reason(ran):
    group, quiet = cells(), at(7, name="quiet")
    itself = joined(group, group)
    inhibition = Synapses(quiet, group, "w : volt", on_pre="v_post += w")
    inhibition.connect()
    inhibition.w = -1 * mV
    ran(group, quiet, itself, inhibition)
    assert why_silent(group).kinds == ("below threshold",)


def test_a_monitor_that_came_late_is_not_believed_alone(ran):
    source, group = at(1), cells()
    network = ran(source, group, joined(source, group))
    late = SpikeMonitor(group)
    network.add(late)
    network.run(1 * ms)
    assert late.num_spikes == 0
    assert why_silent(group, since=0 * ms).silent == ()


def test_inhibition_alone_is_said(ran):
    source, group = at(1), cells()
    ran(source, group, joined(source, group, weight=-5))
    assert "inhibition only" in why_silent(group).kinds


def test_a_refractory_period_that_holds_before_any_spike_is_named(ran):
    source, group = at(1), cells(refractory=2e4 * second)
    ran(source, group, joined(source, group))
    assert "refractory" in why_silent(group).kinds


def test_what_is_not_active_is_named(ran):
    source, group = at(1), cells()
    synapses = joined(source, group)
    synapses.active = False
    ran(source, group, synapses)
    assert why_silent(group).kinds[0] == "inactive"


def test_too_weak_an_input_is_compared_with_the_threshold(ran):
    source, group = at(4.9), cells()
    ran(source, group, joined(source, group, weight=5))
    found = why_silent(group)
    assert found.kinds == ("below threshold",)
    assert "below the threshold 10*mV = 10 mV" in found.causes[0].text


def test_a_lif_is_compared_with_its_rheobase(ran):
    group = NeuronGroup(2, **LIF, name="cells")
    LIF.set(group, NEST_DEFAULTS, I_ext=[0.2, 0.37] * nA)
    ran(group, time=20 * ms)
    found = why_silent(group)
    [cause] = [cause for cause in found.causes if cause.kind == "below rheobase"]
    assert "at most 0.37 nA on average (I_ext 0.37 nA)" in cause.text
    assert "spike steadily above 0.375 nA, g_L*(V_th - E_L)" in cause.text
    assert cause.advice == "Set I_ext to 0.383 nA."  # 2 % beyond, in three digits


def conducting(reversal, ran, weight=0.1, inhibition=0.0):
    exc, inh = exponential_conductance("exc"), exponential_conductance("inh")
    cell = linear_lif(exc, inh)
    group = NeuronGroup(1, **cell, name="cells")
    taus = {"tau_exc": 5 * ms, "tau_inh": 5 * ms}
    cell.set(group, PYNN_DEFAULTS, **taus, E_exc=reversal * mV, E_inh=-70 * mV)
    source, every = at(*range(20)), []
    for receptor, size in ((exc, weight), (inh, inhibition)):
        if size:
            every.append(Synapses(source, group, **static_synapse(receptor)))
            every[-1].connect()
            every[-1].weight = size * nS
    ran(source, group, *every, time=20 * ms)
    [cause] = [cause for cause in why_silent(group).causes if cause.kind == "below rheobase"]
    return cause


def test_a_conductance_is_reckoned_at_the_threshold(ran):
    cause = conducting(0, ran)
    # 1 kHz x 0.1 nS x 5 ms are 0.5 nS, 50 mV away
    assert "exc 25 pA by 0.5 nS to 0 V" in cause.text
    assert "Raise exc 30.6 times" in cause.advice  # 0.75 nA/25 pA, and 2 %


def test_a_reversal_potential_below_threshold_is_named(ran):
    advice = conducting(-55, ran).advice
    assert "No factor of exc suffices: its reversal potential, -55 mV, is not above -50 mV, V_th." in advice
    assert "times" not in advice


def test_inhibition_that_holds_a_neuron_is_named_with_the_share_that_lets_it_go(ran):
    # 20 nS bring 1 nA of the 0.75 nA that are needed; 20 nS to -70 mV take 0.4 nA
    advice = conducting(0, ran, weight=4, inhibition=4).advice
    assert "lower inh to 0.587 of what it is" in advice  # (1 - 0.75*1.02)/0.4


def test_currents_into_cells_of_pynn_with_conductances_are_explained():
    group = network_of(pynn, weight=1e-4, cell=pynn.IF_cond_exp())
    pynn.run(20.0)
    [cause] = [cause for cause in why_silent(group).causes if cause.kind == "below rheobase"]
    # 1 spike in 20 ms of 0.1 nS for 5 ms: 25 pS, 50 mV away
    assert "excitatory 1.25 pA by 25 pS to 0 V" in cause.text


def test_a_code_that_is_named_makes_a_neuron_of_a_board_spike():
    board, network = driven(5, 1, chip=Board(1))
    advice = board.why_silent("cells").causes[0].advice
    coarse, fine = re.search(r"IF_DC_P to \((\d), (\d+)\)", advice).groups()
    board.core("C0c0").bias("IF_DC_P", int(coarse), int(fine))
    network.run(400 * ms)
    assert len(board.why_silent("cells").silent) < 3  # it is of the one that comes nearest


def test_a_poisson_input_is_input(ran):
    group = cells()
    drive = PoissonInput(group, "v", 10, 100 * Hz, 0.1 * mV)
    ran(group, drive)
    assert "no input" not in why_silent(group).kinds


def test_a_part_is_asked_about_by_its_own_numbers(ran):
    source, group = at(1), cells(6)
    ran(source, group, joined(source, group, i=[0], j=[4]))
    found = why_silent(group[3:6])
    assert found.silent == (0, 2)
    assert found.causes[0].which == (0, 2)


def test_a_monitor_counts_where_nothing_else_does():
    group = NeuronGroup(2, "v : 1", threshold="v > 1", reset="", name="cells")
    group.v = [2, 0]
    network = Network(group)
    network.run(1 * ms)
    assert not why_silent(group).known
    monitor = SpikeMonitor(group, record=False)
    network.add(monitor)
    network.run(1 * ms)
    assert why_silent(group).silent == (1,)


@pytest.mark.parametrize("wrong", [3, "cells", at])
def test_what_has_no_neurons_is_refused(wrong):
    with pytest.raises(ParameterError, match="why_silent explains neurons"):
        why_silent(wrong() if callable(wrong) else wrong)


def test_an_explanation_is_text_html_and_numbers(ran):
    source, group = at(1, name="source"), cells(8)
    ran(source, group, joined(source, group, i=[0], j=[0]))
    found = why_silent(group)
    assert max(map(len, str(found).splitlines())) < 100
    numbers = json.loads(json.dumps(found.to_dict()))
    assert numbers["silent"] == list(range(1, 8))
    assert [each["kind"] for each in numbers["causes"]] == list(found.kinds)
    assert found._repr_html_().count("<li>") == len(found.causes)
    assert "7 of 8 neurons never spiked in 5 ms" in found._repr_html_()


# -- chips ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.98, 1.02])
def test_the_rheobase_of_a_dpi_neuron_is_where_it_fires(share, ran):
    values = {name: np.array([float(value)]) for name, value in SIMULATOR_DEFAULTS.items()}
    # AMPA and NMDA carry the dark current of 1 pA, GABA_B takes as much, adaptation and GABA_A leak one each
    needed = rheobase(values, 2e-12)[0] - 1e-12
    group = NeuronGroup(1, **DPI_NEURON, name="cells")
    DPI_NEURON.set(group, SIMULATOR_DEFAULTS, Isoma_const=needed * share * amp)
    ran(group, time=1 * second)  # near the threshold it takes long
    assert (int(np.asarray(group.lastspike)[0] >= 0)) == (share > 1)


def driven(rate, weight, kind="AMPA", chip=None):
    chip = chip or DynapSE1()
    source = PoissonGroup(4, rate * Hz, name="source")
    group = chip.population(3, name="cells")
    connection = chip.connect(source, group, kind, weight=weight)
    network = Network(source, group, connection)
    network.run(100 * ms)
    return chip, network


def test_a_chips_input_is_compared_with_what_its_biases_need():
    chip, _ = driven(5, 1)
    found = chip.why_silent("cells")
    assert found.kinds == ("below rheobase",)
    # 4 sources x 5 Hz x 400 pA a word (100 pA, gain 4) x 3.55 ms
    assert "AMPA 28.4 pA" in found.causes[0].text
    assert "they spike steadily from 305 pA on" in found.causes[0].text
    assert "Iampa_w0" in found.causes[0].advice


def test_the_page_shows_what_is_said():
    chip, _ = driven(5, 1)
    assert f"```text\n{chip.why_silent('cells')}\n```" in (CHECKOUT / "docs" / "why_silent.md").read_text()


def test_what_is_advised_makes_a_chip_spike():
    chip, network = driven(5, 1)
    advice = chip.why_silent("cells").causes[0].advice
    assert "set Isoma_const to 283 pA" in advice  # 305 pA and 2 %, less what the synapses bring
    chip.core(0).bias(Isoma_const=283 * pA)
    network.run(400 * ms)
    assert chip.why_silent("cells").silent == ()


def test_a_board_is_told_the_bias_to_set():
    board = Board(1, mismatch=None)
    board, _ = driven(5, 1, chip=board)
    assert "set IF_DC_P to (" in board.why_silent("cells").causes[0].advice


def test_inhibition_on_a_chip_is_known_by_its_type():
    chip, _ = driven(50, 1, "GABA_B")
    assert chip.why_silent("cells").kinds == ("inhibition only", "below rheobase")


def test_a_connection_in_a_list_is_found(ran):
    chip = DynapSE1()
    source, group = at(1), chip.population(3, name="cells")
    connections = [chip.connect(source, group, "AMPA", weight=20)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a run says so, too
        ran(source, group)
    assert chip.why_silent(group).kinds[0] == "connection not in a network"
    assert len(connections) == 1


def test_what_is_not_on_the_chip_is_refused():
    chip, group = DynapSE1(), cells()
    with pytest.raises(UnknownNameError):
        chip.why_silent("cells")
    with pytest.raises(ConnectionRefused, match="not on this chip"):
        chip.why_silent(group)


# -- PyNN and SpiNNaker -----------------------------------------------------------------------------


def network_of(module, times=(5.0,), weight=1.0, delay=1.0, receptor="excitatory", cell=None):
    module.setup(timestep=1.0)
    source = module.Population(2, module.SpikeSourceArray(spike_times=list(times)), label="source")
    group = module.Population(3, cell or module.IF_curr_exp(), label="cells")
    synapse = module.StaticSynapse(weight=weight, delay=delay)
    module.Projection(source, group, module.FromListConnector([(0, 0), (1, 1)]), synapse, receptor_type=receptor,
                      label="into")  # fmt: skip
    group.record("spikes")
    return group


CASES = {
    "silent source": {"times": (50.0,)},
    "zero weight": {"weight": 0.0},
    "late": {"delay": 30.0},
    "inhibition only": {"receptor": "inhibitory", "weight": -1.0},
    "below rheobase": {"weight": 0.1},
}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"times": (50.0,)}, "the first spike of 'source' is at 50 ms, after the end of the run, 20 ms"),
        ({"times": ()}, "'source' was given no spike_times"),
        ({"times": (15.0,), "delay": 8.0}, "at 23 ms (delays of 8 ms and more), after the end of the run, 20 ms"),
    ],
)
def test_spikes_of_pynn_that_come_too_late_are_told_when_they_would(options, said):
    group = network_of(pynn, **options)
    pynn.run(20.0)
    assert said in why_silent(group[0:1]).causes[0].text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate": 0.0}, "the rate of 'source' is 0"),
        ({"rate": 50.0, "start": 30.0}, "'source' starts at 30 ms, after the end of the run, 20 ms"),
        ({"rate": 50.0, "duration": 0.0}, "'source' was over at 0 ms"),
    ],
)
def test_a_poisson_source_of_pynn_that_sends_nothing_is_told_why(options, said):
    pynn.setup(timestep=1.0)
    source = pynn.Population(4, pynn.SpikeSourcePoisson(**options), label="source")
    group = pynn.Population(2, pynn.IF_curr_exp(), label="cells")
    pynn.Projection(source, group, pynn.AllToAllConnector(), pynn.StaticSynapse(weight=0.1))
    pynn.run(20.0)
    found = why_silent(group)
    assert found.kinds == ("silent source", "below rheobase")
    assert said in found.causes[0].text
    assert said in why_silent(source).causes[0].text


def test_a_population_of_pynn_that_has_fallen_silent_is_explained():
    group = network_of(pynn, weight=40.0)
    pynn.run(20.0)
    pynn.run(20.0)
    found = why_silent(group[0:2])
    assert found.headline().endswith("none of 2 neurons spiked in the last run, 20 to 40 ms")
    assert "the last spike of 'source' was at 5 ms, before the last run" in found.causes[0].text
    assert why_silent(group[0:2], since=0 * ms).silent == ()


# -- current sources of PyNN ------------------------------------------------------------------------


def injected(*sources, cell="IF_curr_exp", time=50.0, runs=1, **parameters):
    """Run two cells with these sources, given as (name, parameters), and return them."""
    pynn.setup(timestep=0.1)
    group = pynn.Population(2, getattr(pynn, cell)(**parameters), label="cells")
    group.record("spikes")
    for name, values in sources:
        getattr(pynn, name)(**values).inject_into(group)
    for _ in range(runs):
        pynn.run(time)
    return group


def test_a_current_below_rheobase_is_told_what_is_needed():
    found = why_silent(injected(("DCSource", {"amplitude": 0.5})))
    assert found.kinds == ("below rheobase",)
    # cm/tau_m*15 mV are 0.75 nA, and 2 %
    assert "(DCSource 0.5 nA); they spike steadily above 0.75 nA" in found.causes[0].text
    assert found.causes[0].advice == "Raise the current of DCSource 1.53 times, to 0.765 nA, or set i_offset to 265 pA."


def test_a_current_above_rheobase_leaves_nothing_to_say():
    assert why_silent(injected(("DCSource", {"amplitude": 0.9}))).causes == ()


@pytest.mark.parametrize(
    ("source", "runs", "kind", "said"),
    [
        (("DCSource", {"amplitude": 0.9, "start": 60.0}), 1, "no current", "begins at 60 ms, after the end of the run"),
        (("StepCurrentSource", {"times": [20.0, 70.0], "amplitudes": [0.0, 0.9]}), 1, "no current", "begins at 70 ms"),
        (("DCSource", {"amplitude": 0.9, "stop": 10.0}), 2, "no current", "it ended at 10 ms, before the last run"),
        (("DCSource", {"amplitude": 0.0}), 1, "no current", "its amplitude is 0, or it is never on"),
        (("DCSource", {"amplitude": 0.9, "start": 45.0}), 1, "late", "has not brought them to their threshold"),
    ],
)
def test_a_current_that_does_not_flow_in_time_is_told(source, runs, kind, said):
    found = why_silent(injected(source, runs=runs))
    assert found.kinds[0] == kind
    assert said in found.causes[0].text
    assert "no input" not in found.kinds


SOURCES = {
    "constant": ("DCSource", {"amplitude": 0.5}),
    "short": ("DCSource", {"amplitude": 0.9, "start": 10.0, "stop": 20.0}),
    "alternating": ("ACSource", {"amplitude": 1.0, "frequency": 100.0}),
    "steps": ("StepCurrentSource", {"times": [5.0, 10.0, 30.0], "amplitudes": [0.1, 0.6, -0.1]}),
}


def scaled(source, factor):
    name, values = source
    of = {key: np.multiply(value, factor) for key, value in values.items() if key.startswith("amplitude")}
    return name, {**values, **of}


FOLLOWED = [(kind, cell) for kind in SOURCES for cell in ("IF_curr_exp", "IF_cond_alpha")]


@pytest.mark.parametrize("share", [0.8, 1.0])
# how an AdEx follows a current that changes has no closed form
@pytest.mark.parametrize(("kind", "cell"), [*FOLLOWED, ("constant", "EIF_cond_exp_isfa_ista")])
def test_the_current_that_is_advised_makes_cells_spike_and_a_fifth_less_does_not(kind, cell, share):
    found = why_silent(injected(SOURCES[kind], cell=cell))
    times = float(re.search(r"of \w+ ([\d.e+]+) times", found.causes[0].advice)[1])
    runs = 2 if kind == "alternating" else 1  # its onset may bring a spike: the last run is asked about
    group = injected(scaled(SOURCES[kind], share * times), cell=cell, time=500.0 / runs, runs=runs)
    assert bool(why_silent(group).silent) == (share < 1)


@pytest.mark.parametrize("share", [0.8, 1.0])
@pytest.mark.parametrize("kind", SOURCES)
def test_the_i_offset_that_is_advised_makes_cells_with_a_current_spike_and_less_does_not(kind, share):
    advice = why_silent(injected(SOURCES[kind])).causes[0].advice
    size, unit = re.search(r"i_offset to ([\d.e+]+) ([pn])A", advice).groups()
    offset = share * float(size) * (1e-3 if unit == "p" else 1)
    # from rest the offset takes as long to settle as the current is on
    late = {"start": 110.0, "stop": 120.0} if kind == "short" else {}
    late = {"times": [105.0, 110.0, 130.0]} if kind == "steps" else late
    name, values = SOURCES[kind]
    assert bool(why_silent(injected((name, {**values, **late}), time=500.0, i_offset=offset)).silent) == (share < 1)


def test_the_sources_of_a_cell_are_added():
    found = why_silent(injected(*[("DCSource", {"amplitude": 0.2})] * 2))
    assert "2 DCSources 0.4 nA" in found.causes[0].text


def test_a_current_that_takes_away_is_reckoned_as_its_mean():
    found = why_silent(injected(("DCSource", {"amplitude": -0.3})))
    assert "at most -300 pA on average (DCSource -300 pA)" in found.causes[0].text


def test_asking_draws_no_numbers_of_a_noisy_current():
    def voltage(asks):
        pynn.setup(timestep=0.1)
        group = pynn.Population(1, pynn.IF_curr_exp())
        pynn.NoisyCurrentSource(mean=0.4, stdev=0.2, dt=1.0).inject_into(group)
        group.record("v")
        pynn.run(20.0)
        if asks:
            assert "NoisyCurrentSource 0.4 nA" in why_silent(group, since=0 * ms).causes[-1].text
        pynn.run(20.0)
        return group.get_data().segments[0].analogsignals[0].magnitude

    assert np.array_equal(voltage(True), voltage(False))


@pytest.mark.parametrize("kind", CASES)
def test_a_silent_population_of_pynn_is_explained(kind):
    group = network_of(pynn, **CASES[kind])
    pynn.run(20.0)
    found = why_silent(group)
    assert found.silent == (0, 1, 2)
    assert found.causes[0].kind == "no input"  # cell 2 has no connection
    assert found.causes[0].which == (2,)
    others = set(found.kinds) - {"no input", "below rheobase"}
    assert others == ({kind} if kind != "below rheobase" else set())


def test_a_population_of_pynn_that_spikes_is_told_so():
    group = network_of(pynn, weight=40.0)
    pynn.run(20.0)
    assert why_silent(group[0:2]).silent == ()
    assert why_silent(group).silent == (2,)


def test_a_poisson_source_that_nothing_counted_is_known_by_its_rate():
    pynn.setup(timestep=1.0)
    source = pynn.Population(4, pynn.SpikeSourcePoisson(rate=50.0), label="source")
    group = pynn.Population(2, pynn.IF_curr_exp(), label="cells")
    pynn.Projection(source, group, pynn.AllToAllConnector(), pynn.StaticSynapse(weight=0.1))
    group.record("spikes")
    pynn.run(20.0)
    found = why_silent(group)
    assert found.kinds == ("below rheobase",)
    assert "at most 100 pA on average" in found.causes[0].text  # 4 x 50 Hz x 0.1 nA x 5 ms


def test_weights_that_became_zero_on_spinnaker_are_counted():
    sim.setup(timestep=1.0)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[5.0]), label="source")
    group = sim.Population(3, sim.IF_curr_exp(), label="cells")
    pairs = [(0, 0, 1e-5, 1.0), (1, 1, 20.0, 1.0), (0, 2, 1e-5, 1.0)]
    sim.Projection(source, group, sim.FromListConnector(pairs), label="into")
    group.record("spikes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sim.run(20.0)
    found = why_silent(group)
    assert found.silent == (0, 2)
    assert found.kinds[0] == "zero weight"
    assert "2 of 3 weights became 0 in the chip's integers" in found.causes[0].text


# -- the command ------------------------------------------------------------------------------------

SCRIPT = """
from brian2 import *
prefs.codegen.target = "numpy"
def network():
    source = SpikeGeneratorGroup(1, [0], [1]*ms, name="source")
    heard = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="heard")
    limit = 1  # found where the network is run
    lonely = NeuronGroup(3, "v : 1", threshold="v > limit", reset="v = 0", name="lonely")
    synapses = Synapses(source, heard, on_pre="v_post += 2")
    synapses.connect()
    net = Network(source, heard, lonely, synapses)
    net.run(5*ms)
network()
"""


def test_why_explains_the_silent_groups_of_a_script(tmp_path, capsys):
    (tmp_path / "script.py").write_text(SCRIPT)
    assert main(["why", str(tmp_path / "script.py")]) == 0
    said = capsys.readouterr().out
    assert "lonely: none of 3 neurons spiked in 5 ms" in said
    assert "No synapse leads to 'lonely'." in said
    assert "All others spiked: heard" in said


TWICE = """
from brian2 import *
prefs.codegen.target = "numpy"
source = SpikeGeneratorGroup(1, [0], [1]*ms, name="source")
heard = NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0", name="heard")
own = NeuronGroup(2, "dv/dt = 1/ms : 1", threshold="v > 1", reset="v = 0", method="euler", name="own")
synapses = Synapses(source, heard, on_pre="v_post += 2")
synapses.connect()
for _ in range(RUNS):
    run(5*ms)
"""


def test_why_explains_a_group_of_a_script_that_has_fallen_silent(tmp_path, capsys):
    (tmp_path / "script.py").write_text(TWICE.replace("RUNS", "2"))
    assert main(["why", str(tmp_path / "script.py")]) == 0
    said = capsys.readouterr().out
    assert "heard: none of 2 neurons spiked in the last run, 5 to 10 ms" in said
    assert "All others spiked: own" in said


def test_why_takes_the_steps_of_a_loop_for_one_run(tmp_path, capsys):
    (tmp_path / "script.py").write_text(TWICE.replace("RUNS", "12"))
    assert main(["why", str(tmp_path / "script.py")]) == 0
    assert "All neurons spiked: heard, own" in capsys.readouterr().out


def test_why_reports_errors_as_run_does(tmp_path, capsys):
    (tmp_path / "script.py").write_text("raise ValueError('bad')")
    assert main(["why", str(tmp_path / "script.py")]) == 1
    assert main(["why", str(tmp_path / "none.py")]) == 2
    assert "brianhw why: There is no script" in capsys.readouterr().err


def test_why_says_that_a_script_has_no_neurons(tmp_path, capsys):
    (tmp_path / "script.py").write_text("print(1)")
    assert main(["why", str(tmp_path / "script.py")]) == 0
    assert "no neurons that could spike" in capsys.readouterr().out


def test_nothing_of_the_watching_stays():
    from brianhw.why.watching import watched

    kinds = (NeuronGroup, PoissonGroup, SpikeGeneratorGroup)
    before = [Network.run, *(kind.__init__ for kind in kinds)]
    with watched() as seen:
        group = cells()
        Network(group).run(1 * ms)
        assert [each.population for each in seen.explanations()] == ["cells"]
    assert [Network.run, *(kind.__init__ for kind in kinds)] == before


# -- all of a chip ----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [DynapSE1, Board])
def test_a_chip_that_is_asked_about_nobody_explains_all_its_populations(make):
    chip = make()
    first, second = chip.population(2, name="first"), chip.population(3, name="second")
    Network(first, second).run(1 * ms)
    found = chip.why_silent()
    assert [(each.population, each.size) for each in found] == [("first", 2), ("second", 3)]
    assert str(found) == f"{chip.why_silent(first)}\n{chip.why_silent('second')}"
    assert json.loads(json.dumps(found.to_dict()))["second"]["silent"] == [0, 1, 2]
    assert "first: none" in found._repr_html_() and "second: none" in found._repr_html_()


def test_a_chip_without_populations_has_nobody_to_explain():
    with pytest.raises(RequestError, match="DYNAP-SE1 has no populations to explain. Allocate some"):
        DynapSE1().why_silent()
