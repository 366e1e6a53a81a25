"""A chip as the user holds it: what it hands out, what it says of itself, and the examples of its documentation."""

from __future__ import annotations

import doctest
import json
from html.parser import HTMLParser

import brian2
import numpy as np
import pytest
from brian2 import (
    Network,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    collect,
    defaultclock,
    device,
    hertz,
    ms,
    pA,
    run,
    set_device,
)
from brian2.core.base import BrianObjectException

from brianhw import Board, Chip, DynapSE1
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.equations.lif import LIF
from brianhw.errors import BrianHWError, CapacityError, ReleasedError, UnitError, UnknownNameError
from brianhw.hardware import chip as chip_module
from brianhw.hardware import dynapse1 as dynapse1_module
from brianhw.hardware.chip import OF_BOARDS
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.parameters.lif import PYNN_DEFAULTS


@pytest.fixture(scope="module")
def busy() -> DynapSE1:
    """A chip with a population on each of two cores, one on both, and connections; nothing is run or changed there."""
    chip = DynapSE1(seed=3, cores=3, neurons_per_core=16)
    source = SpikeGeneratorGroup(8, [], [] * ms, name="input_channels")
    exc, inh = chip.population(10, 1, name="exc"), chip.population(4, 2, name="inh")
    both = chip.population(20, spread=True, name="both")
    chip.connect(source, exc, "AMPA", weight=2)
    chip.connect(exc, inh, "NMDA", p=0.5)
    chip.connect(inh, both[3:], "GABA_B", weight="1 + i")
    chip.connect(both, exc, "GABA_A", condition=False)
    chip.core(1).bias(Isoma_dpi_tau=7 * pA)
    inh.Iampa_tau = 12 * pA
    return chip


# -- the README -------------------------------------------------------------------------------------


def test_the_network_of_the_readme_runs():
    chip = DynapSE1(seed=7)
    source = PoissonGroup(32, 80 * hertz)
    exc, inh = chip.population(64, core=1), chip.population(16, core=1)
    chip.core(1).bias(Isoma_dpi_tau=5 * pA)
    into = chip.connect(source, exc, "AMPA", p=0.25, weight=2)
    feed = chip.connect(exc, inh, "AMPA", p=0.1)
    back = chip.connect(inh, exc, "GABA_B", weight=4, p=0.3)
    spikes, trace = SpikeMonitor(exc), StateMonitor(exc, "Isoma_mem", record=[0, 1])
    network = Network(collect())
    network.run(2 * ms)
    assert {source, exc, inh, into, feed, back, spikes, trace} <= set(network.objects)
    assert len(exc) == 64
    with pytest.raises(CapacityError, match="core 1 has 176 of 256 neurons free, 300 were asked for. No core"):
        chip.population(300, core=1)


def test_only_allocated_neurons_are_simulated():
    chip = DynapSE1()
    population = chip.population(3)
    run(0.2 * ms)
    assert sum(len(each) for each in collect() if isinstance(each, brian2.NeuronGroup)) == len(population) == 3


@pytest.mark.parametrize("module", [chip_module, dynapse1_module], ids=lambda module: module.__name__)
def test_the_examples_of_the_documentation_run(module):
    names = {"DynapSE1": DynapSE1, "Chip": Chip}
    results = doctest.testmod(module, extraglobs=names, raise_on_error=True)
    assert results.attempted > 0


# -- DYNAP-SE1 --------------------------------------------------------------------------------------


def test_dynapse1_has_four_cores_of_256_neurons_and_four_synapse_types():
    chip = DynapSE1()
    assert [core.free_neurons for core in chip.cores] == [256] * 4
    assert list(chip.synapses) == list(DPI_SYNAPSES) == ["AMPA", "NMDA", "GABA_A", "GABA_B"]


@pytest.mark.parametrize("fidelity", ["default", "faithful"])
def test_parameters_given_to_the_chip_hold_for_all_cores(fidelity):
    chip = DynapSE1(fidelity, parameters={"Iampa_tau": 9 * pA, "Isoma_mem": 3 * pA})
    for core in range(4):
        population = chip.population(2, core)
        assert np.all(population.Iampa_tau == 9 * pA)
        assert (population.Isoma_mem == 3 * pA).all()
        assert np.all(population.Inmda_tau == SIMULATOR_DEFAULTS["Inmda_tau"])


def test_an_unknown_fidelity_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="no fidelity 'faithfull'. Did you mean 'faithful'"):
        DynapSE1("faithfull")


def test_a_core_is_found_by_number_and_by_name():
    chip = DynapSE1()
    assert chip.core(2) is chip.core("Core_2") is chip.cores[2]
    for wrong in (4, -1, "Core_11", "one", None):
        with pytest.raises(UnknownNameError):
            chip.core(wrong)


def test_a_core_says_who_is_on_it(busy):
    assert [population.name for population in busy.core(1).populations] == ["exc"]
    assert [core.free_neurons for core in busy.cores] == [0, 6, 8]
    assert "inh, both" in repr(busy.core(2))
    assert "14 of 48 neurons free, 3 populations, 4 connections" in repr(busy)


def test_mappings_of_what_is_on_the_chip_are_copies(busy):
    for mapping in (busy.populations, busy.connections):
        mapping.clear()
    assert len(busy.populations) == 3
    assert len(busy.connections) == 4


# -- the summary ------------------------------------------------------------------------------------


class Table(HTMLParser):
    """The text of a page, and whether its tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_the_summary_reads_as_text(busy):
    text = str(busy.summary())
    assert repr(busy.summary()) == text
    assert "34 of 48 neurons used, on 3 of 3 cores" in text
    for name in ("exc", "inh", "both", "input_channels (outside)", "AMPA", "GABA_B"):
        assert name in text
    assert "Biases set (each holds for its whole core):\n  core 1: Isoma_dpi_tau = 7. pA\n" in text
    assert text.endswith("core 2: Iampa_tau = 12. pA\n\nclosest to its limit: neurons of core 0, 16 of 16")


def test_the_summary_of_an_empty_chip_speaks_of_no_biases():
    assert "Biases" not in str(DynapSE1().summary())


def test_the_summary_of_an_empty_chip_says_of_no_limit_that_it_is_near():
    assert "closest" not in str(DynapSE1().summary())


def test_the_summary_shows_as_a_table_whose_names_are_escaped():
    chip = Chip(
        "<b>&chip", cores=1, neurons_per_core=4, model=LIF, synapses={}, parameters=PYNN_DEFAULTS, shared=["V_th"]
    )
    chip.population(2)
    chip.core(0).bias(V_th=-51 * brian2.mV)
    html = chip.summary()._repr_html_()
    assert "<b>" not in html
    page = Table()
    page.feed(html)
    assert page.open == []
    assert "<b>&chip" in page.text
    assert "core 0: V_th = -51. mV" in page.text


def test_the_summary_is_a_dict_that_json_gives_back(busy):
    numbers = busy.summary().to_dict()
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert numbers["totals"]["neurons_used"] == 34
    assert numbers["totals"]["synapses"] == sum(len(connection) for connection in busy.connections.values())
    assert [core["biases"] for core in numbers["cores"]] == [{}, {"Isoma_dpi_tau": 7e-12}, {"Iampa_tau": 12e-12}]
    assert {row["name"]: row["n"] for row in numbers["populations"]} == {"exc": 10, "inh": 4, "both": 20}


def test_the_summary_counts_what_the_networks_synapses_weigh(busy):
    for row in busy.summary().to_dict()["connections"]:
        connection = busy.connections[row["name"]]
        assert row["synapses"] == len(connection)
        assert row["words"] == connection.weight_[:].sum()


# -- errors -----------------------------------------------------------------------------------------


def test_every_error_is_ours_and_a_built_in_one():
    chip = DynapSE1()
    requests = {
        ValueError: lambda: chip.population(300),
        KeyError: lambda: chip.core("Core_11"),
    }
    for built_in, request in requests.items():
        with pytest.raises(BrianHWError) as raised:
            request()
        assert isinstance(raised.value, built_in)


# -- compiled ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.standalone
@pytest.mark.parametrize("fidelity", ["faithful"])
def test_several_chips_run_in_one_standalone_program_as_on_the_runtime_device(fidelity, tmp_path):
    def network() -> tuple[Network, list[StateMonitor], list[Chip]]:
        chips, parts, traces = [DynapSE1(fidelity, seed=seed) for seed in (1, 2)], [], []
        source = SpikeGeneratorGroup(8, np.arange(40) % 8, np.arange(40) * 0.4 * ms)
        for tau, chip in zip((5, 8), chips, strict=True):
            first, spread = chip.population(22, 1), chip.population(300, spread=True)
            first.Isoma_dpi_tau = tau * pA
            spread.set_states({"Isoma_const": 150 * pA, "Isoma_reset": 2 * pA})
            into = chip.connect(source, first, "AMPA", p=0.7)
            into.weight = "1 + i % 2"
            into.weight[0] = 3
            away = chip.connect(first, spread[250:], "GABA_A", condition="j % 2 == i")
            chip.core(1).bias(Iampa_tau=15 * pA)
            traces += [
                StateMonitor(first, "Isoma_mem", record=True),
                StateMonitor(spread, "Isoma_mem", record=[0, 280]),
            ]
            parts += [first, spread, into, away]
        return Network(source, *parts, *traces), traces, chips

    net, traces, _ = network()
    net.run(20 * ms)
    expected = [trace.Isoma_mem_[:] for trace in traces]
    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    net, traces, chips = network()
    changed = [float(chips[1].core(1).biases[name]) for name in ("Isoma_dpi_tau", "Iampa_tau", "Isoma_reset")]
    assert changed == pytest.approx([8e-12, 15e-12, 2e-12])
    json.dumps(chips[1].summary().to_dict(), allow_nan=False)
    net.run(20 * ms)
    for trace, values in zip(traces, expected, strict=True):
        np.testing.assert_allclose(trace.Isoma_mem_[:], values, rtol=1e-6)  # compilers round differently
    device.reinit()


def test_a_bias_set_on_the_chip_holds_on_every_core_or_on_none():
    chip = DynapSE1()
    here, there = chip.population(2, core=0), chip.population(2, core=3)
    chip.bias(Iampa_tau=7 * pA)
    assert here.Iampa_tau == there.Iampa_tau == chip.core(1).biases["Iampa_tau"] == 7 * pA
    with pytest.raises(UnitError):
        chip.bias(Iampa_tau=8 * pA, Inmda_tau=3 * ms)
    assert here.Iampa_tau == there.Iampa_tau == 7 * pA


def test_the_objects_of_a_chip_make_a_network():
    chip = DynapSE1()
    cells = chip.population(2, name="cells")
    synapses = chip.connect(cells, cells, "AMPA", condition="i != j", name="around")
    assert chip.objects == [cells, synapses]
    Network(chip.objects).run(defaultclock.dt)


@pytest.mark.standalone
def test_a_chip_that_has_not_changed_is_not_prepared_again(monkeypatch):
    from brianhw.device.device import BrianHWDevice

    prepared = []
    new_plan = BrianHWDevice._new_plan
    monkeypatch.setattr(BrianHWDevice, "_new_plan", lambda *given: prepared.append(1) or new_plan(*given))
    set_device("brianhw")
    chip = DynapSE1()
    cells = chip.population(4)
    source = PoissonGroup(3, 100 * hertz)
    link = chip.connect(source, cells, "AMPA")
    net = Network(source, cells, link)
    for _ in range(3):
        net.run(1 * ms)
    assert len(prepared) == 1
    chip.core(0).bias(Isoma_dpi_tau=6 * pA)  # a value like any other
    net.run(1 * ms)
    assert len(prepared) == 1
    chip.free(link)
    with pytest.raises(BrianObjectException) as raised:
        net.run(1 * ms)
    assert isinstance(raised.value.__cause__, ReleasedError)


# -- what only boards have --------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(OF_BOARDS))
def test_what_only_boards_have_is_said_to_be_theirs(name):
    assert hasattr(Board, name)
    with pytest.raises(
        AttributeError, match=rf"^'DynapSE1' object has no attribute '{name}'. Boards have it: brianhw.Board"
    ):
        getattr(DynapSE1(), name)


def test_an_unknown_attribute_of_a_chip_is_an_attribute_error_and_no_more():
    with pytest.raises(AttributeError, match="^'DynapSE1' object has no attribute 'lern'$"):
        DynapSE1().lern  # noqa: B018
