"""The API of PyNN 0.4: every name of its documentation, with its signature and defaults, and what it does."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import brianhw.pynn as sim
from brianhw.errors import PyNNError
from brianhw.pynn import v04
from paths import DATA

API = json.loads((DATA / "pynn" / "api-0.4.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    v04.setup(timestep=0.1, min_delay=0.1, max_delay=10.0, device="runtime")
    yield


# -- every name -------------------------------------------------------------------------------------


def expected(signature: Any) -> list[tuple[str, Any]]:
    plain = [argument for argument in signature if not argument.get("kind", "").startswith("var_")]
    return [(argument["name"], argument.get("default", inspect.Parameter.empty)) for argument in plain]


def found(function: Any) -> list[tuple[str, Any]]:
    parameters = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [(p.name, p.default) for p in parameters if p.name != "self" and p.kind not in variable]


@pytest.mark.parametrize("name", sorted(API["functions"]))
def test_a_function_has_the_documented_arguments_and_defaults(name: str) -> None:
    assert found(getattr(v04, name)) == expected(API["functions"][name]["signature"])


@pytest.mark.parametrize("name", sorted(API["cells"]))
def test_a_cell_has_the_documented_defaults(name: str) -> None:
    cell = getattr(v04, name)
    assert cell.default_parameters == API["cells"][name]["default_parameters"]
    assert issubclass(cell, v04.StandardCellType)
    assert issubclass(cell, v04.StandardModelType)


@pytest.mark.parametrize("name", sorted(API["classes"]))
def test_a_class_has_the_documented_methods_and_attributes(name: str) -> None:
    kind, entry = getattr(v04, name), API["classes"][name]
    for base in entry["bases"]:
        assert issubclass(kind, getattr(v04, base))
    if entry.get("init") and name != "NonExistentParameterError":
        assert found(kind.__init__) == expected(entry["init"])
    for method, description in entry.get("methods", {}).items():
        if method != "__init__":
            assert found(getattr(kind, method)) == expected(description["signature"]), method
    for attribute in entry.get("attributes", {}):
        assert hasattr(kind, attribute)
    if entry.get("default_parameters"):
        assert kind.default_parameters == entry["default_parameters"]


@pytest.mark.parametrize("name", sorted(API["exceptions"]))
def test_an_exception_is_one(name: str) -> None:
    kind = getattr(v04, name)
    assert inspect.isclass(kind)
    if API["exceptions"][name]["kind"] == "exception":
        assert issubclass(kind, Exception)
    elif API["exceptions"][name]["kind"] == "warning":
        assert issubclass(kind, Warning)
    else:
        with pytest.raises(NotImplementedError):
            kind()


def test_the_distance_dependent_connector_knows_the_documented_axes() -> None:
    documented = API["classes"]["DistanceDependentProbabilityConnector"]["attributes"]["AXES"]
    ours = v04.DistanceDependentProbabilityConnector.AXES
    assert {str(name): axes for name, axes in ours.items()} == documented


# -- cells ------------------------------------------------------------------------------------------

STATES = {"v_init": "v", "w_init": "w"}


@pytest.mark.parametrize("name", sorted(set(API["cells"]) - {"SpikeSourceArray", "SpikeSourceInhGamma"}))
def test_a_cells_parameters_come_back_as_they_were_given(name: str) -> None:
    defaults = API["cells"][name]["default_parameters"]
    changed = {parameter: value + 1.0 for parameter, value in defaults.items()}
    population = v04.Population(2, getattr(v04, name), changed)
    assert population[0].get_parameters() == pytest.approx(changed)


def test_hodgkin_huxley_conductances_are_in_nanosiemens() -> None:
    population = v04.Population(1, v04.HH_cond_exp)
    assert population.population.get("gbar_Na") == pytest.approx(20.0)  # uS
    assert population[0].gbar_Na == pytest.approx(20000.0)
    assert sorted(v04.HH_cond_exp.scaled_parameters()) == ["g_leak", "gbar_K", "gbar_Na"]


def test_the_hardware_neuron_has_a_time_constant_of_capacitance_over_leak() -> None:
    population = v04.Population(1, v04.IF_facets_hardware1)
    assert population.population.get("tau_m") == pytest.approx(10.0)
    population.set("g_leak", 40.0)
    assert population.population.get("tau_m") == pytest.approx(5.0)
    assert population[0].g_leak == pytest.approx(40.0)
    assert v04.IF_facets_hardware1.computed_parameters() == ["g_leak"]
    assert population.population.get_initial_value("v") == -70.0


def test_parameters_are_checked_against_the_defaults() -> None:
    assert v04.IF_curr_exp.checkParameters({"tau_m": 7}) == {"tau_m": 7.0}
    assert v04.IF_curr_exp.checkParameters({"tau_m": 7}, with_defaults=True)["cm"] == 1.0
    with pytest.raises(v04.NonExistentParameterError, match="tau_n"):
        v04.IF_curr_exp.checkParameters({"tau_n": 7})
    with pytest.raises(v04.InvalidParameterValueError, match="must be a number"):
        v04.IF_curr_exp.checkParameters({"tau_m": "seven"})
    with pytest.raises(v04.InvalidParameterValueError, match="must be a list"):
        v04.SpikeSourceArray.checkParameters({"spike_times": 3.0})


def test_parameters_translate_both_ways() -> None:
    cell = v04.HH_cond_exp({"g_leak": 20.0})
    native = cell.translate(cell.parameters)
    assert native["g_leak"] == pytest.approx(0.02)
    assert cell.reverse_translate(native)["g_leak"] == pytest.approx(20.0)
    assert "cm" in cell.simple_parameters()
    cell.update_parameters({"cm": 0.3})
    assert cell.parameters["cm"] == 0.3


# -- populations ------------------------------------------------------------------------------------


def test_addresses_count_along_the_last_dimension_first() -> None:
    population = v04.Population((2, 3), v04.IF_curr_exp)
    assert list(population.addresses()) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert [population.locate(cell) for cell in population] == list(population.addresses())
    assert population[1, 2] == population.index(5) == list(population.ids())[5]
    assert len(population) == 6
    assert population.positions.T[4].tolist() == [1, 1, 0]
    assert population.nearest((0.9, 1.2, 0.0)) == population[1, 1]


def test_an_address_outside_is_refused() -> None:
    population = v04.Population((2, 3), v04.IF_curr_exp)
    with pytest.raises(v04.InvalidDimensionsError, match="2 dimensions"):
        population[1]
    with pytest.raises(IndexError, match="no cell"):
        population[2, 0]
    with pytest.raises(v04.InvalidDimensionsError):
        v04.Population((2, 3, 4, 5), v04.IF_curr_exp)
    with pytest.raises(v04.InvalidModelError, match="no cell 'iaf_neuron'"):
        v04.Population(3, "iaf_neuron")


def test_cells_have_parameters_as_attributes() -> None:
    population = v04.Population((4, 5), v04.EIF_cond_alpha_isfa_ista)
    population[3, 4].tau_m = 20.0
    assert population[3, 4].tau_m == 20.0
    assert population[3, 3].tau_m == 9.3667
    cell = population[0, 1]
    cell.set_parameters(v_init=-60.0, w_init=0.1)
    assert (cell.v_init, cell.w_init) == (-60.0, 0.1)
    assert cell.is_standard_cell()
    assert cell.cellclass is v04.EIF_cond_alpha_isfa_ista
    assert cell.parent is population
    cell.position = (7.0, 8.0, 9.0)
    assert cell.position.tolist() == [7.0, 8.0, 9.0]
    assert isinstance(cell, v04.IDMixin)
    with pytest.raises(v04.NonExistentParameterError):
        cell.tau_n = 3.0
    with pytest.raises(v04.NonExistentParameterError):
        _ = cell.tau_n


def test_parameters_are_set_for_all_by_place_and_at_random() -> None:
    population = v04.Population((2, 2), v04.IF_cond_exp)
    population.set("tau_m", 12.0)
    population.set({"cm": 0.5, "v_init": -62.0})
    assert [cell.tau_m for cell in population] == [12.0] * 4
    assert population[1, 1].v_init == -62.0
    population.tset("i_offset", np.array([[0.1, 0.2], [0.3, 0.4]]))
    assert population[1, 0].i_offset == 0.3
    with pytest.raises(v04.InvalidDimensionsError, match=r"\(2, 2\)"):
        population.tset("i_offset", [0.1, 0.2, 0.3, 0.4])
    population.rset("tau_m", v04.RandomDistribution("uniform", (10.0, 20.0), v04.NumpyRNG(3)))
    drawn = [cell.tau_m for cell in population]
    assert len(set(drawn)) == 4
    assert all(10 <= value <= 20 for value in drawn)
    population.randomInit(v04.RandomDistribution("uniform", (-65.0, -55.0), v04.NumpyRNG(4)))
    assert len({cell.v_init for cell in population}) == 4


def test_spike_times_are_lists_of_the_population_or_of_each_cell() -> None:
    population = v04.Population(2, v04.SpikeSourceArray, {"spike_times": [1.0, 3.0]})
    assert population[1].spike_times == [1.0, 3.0]
    population.set("spike_times", [2.0])
    population.tset("spike_times", [[5.0], [6.0, 7.0]])
    population.record()
    v04.run(10.0)
    first = population.first_id
    assert population.getSpikes().tolist() == [[first, 5.0], [first + 1, 6.0], [first + 1, 7.0]]
    assert population.meanSpikeCount() == 1.5


def driven(dims: Any = (2, 2)) -> Any:
    """Return cells of which the last spikes, at 10 ms."""
    cells = v04.Population(dims, v04.IF_curr_exp, {"tau_refrac": 20.0})
    source = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [5.0]})
    v04.connect(source[0], list(cells)[-1], weight=40.0, delay=1.0)
    return cells


def test_spikes_and_potentials_are_written_with_a_header(tmp_path: Path) -> None:
    cells = driven()
    cells.record()
    cells.record_v()
    v04.run(12.0)
    (time,) = cells.getSpikes()[:, 1]
    cells.printSpikes(tmp_path / "spikes")
    first = cells.first_id
    header = f"# dt = 0.1\n# first_id = {first}\n# last_id = {first + 3}\n"
    assert (tmp_path / "spikes").read_text() == f"{header}# n = [0, 0, 0, 1]\n{time:g}\t3\n"
    cells.printSpikes(tmp_path / "raw", compatible_output=False)
    assert (tmp_path / "raw").read_text() == f"{first + 3}\t{time:g}\n"

    cells.print_v(tmp_path / "v")
    lines = (tmp_path / "v").read_text().splitlines()
    assert lines[3] == "# n = 121"
    assert lines[4] == "-65\t0"
    assert len(lines) == 4 + 4 * 121
    cells.print_v(tmp_path / "raw_v", compatible_output=False)
    assert (tmp_path / "raw_v").read_text().splitlines()[0] == f"{first}\t-65"


def test_some_cells_are_recorded_by_number_or_by_name() -> None:
    cells = v04.Population(10, v04.IF_curr_exp, {"i_offset": 2.0})
    cells.record(3, v04.NumpyRNG(5))
    cells.record_v([cells[2], cells[7]])
    v04.run(20.0)
    assert len(np.unique(cells.getSpikes()[:, 0])) == 3
    data = cells.population.get_data("v").segments[0].analogsignals[0]
    assert data.array_annotations["channel_index"].tolist() == [2, 7]


def test_a_population_describes_itself() -> None:
    text = v04.Population((2, 2), v04.IF_curr_exp, label="layer").describe()
    assert "'layer': 4 cells of IF_curr_exp, dimensions (2, 2)" in text
    assert "tau_m = 20.0" in text


# -- functions --------------------------------------------------------------------------------------


def test_create_returns_a_cell_or_a_list() -> None:
    one, many = v04.create(v04.IF_curr_exp, {"tau_m": 11.0}), v04.create(v04.IF_curr_exp, n=3)
    assert one.tau_m == 11.0
    assert isinstance(many, list)
    assert [cell.tau_m for cell in many] == [20.0] * 3
    v04.set(many, "tau_m", 9.0)
    v04.set(one, {"cm": 2.0})
    assert [cell.tau_m for cell in many] == [9.0] * 3
    assert one.cm == 2.0


def test_cells_are_connected_and_recorded_by_functions(tmp_path: Path) -> None:
    source = v04.create(v04.SpikeSourceArray, {"spike_times": [2.0]})
    cells = v04.create(v04.IF_cond_exp, n=2)
    (projection,) = v04.connect(source, cells, weight=0.5, delay=0.5)
    assert projection.get(["weight", "delay"], format="list") == [(0, 0, 0.5, 0.5), (0, 1, 0.5, 0.5)]
    v04.record(cells, tmp_path / "spikes")
    v04.record_v(cells[0], tmp_path / "v")
    v04.run(6.0)
    v04.end()
    assert len((tmp_path / "spikes").read_text().splitlines()) > 4
    assert len((tmp_path / "v").read_text().splitlines()) == 4 + 61


def test_connect_takes_a_probability_and_a_synapse_type() -> None:
    source, target = v04.create(v04.IF_curr_exp, n=20), v04.create(v04.IF_curr_exp, n=20)
    (projection,) = v04.connect(source, target, weight=2.0, synapse_type="inhibitory", p=0.5, rng=v04.NumpyRNG(8))
    assert 130 < len(projection) < 270  # 200, give or take seven standard deviations
    assert set(projection.get("weight", format="list", with_address=False)) == {-2.0}
    with pytest.raises(v04.ConnectionError, match="has the synapse types none"):
        v04.connect(source, v04.create(v04.SpikeSourcePoisson))


def test_the_state_of_the_simulation_can_be_asked() -> None:
    v04.Population(1, v04.IF_curr_exp)
    v04.run(3.0)
    assert v04.get_current_time() == 3.0
    assert (v04.get_time_step(), v04.get_min_delay(), v04.get_max_delay()) == (0.1, 0.1, 10.0)
    assert (v04.num_processes(), v04.rank()) == (1, 0)


def test_distances_scale_shift_mask_and_wrap() -> None:
    cells = v04.Population((5, 5), v04.IF_curr_exp)
    assert v04.distance(cells[0, 0], cells[3, 4]) == 5.0
    assert v04.distance(cells[0, 0], cells[3, 4], mask=np.array([1])) == 4.0
    assert v04.distance(cells[0, 0], cells[3, 4], scale_factor=2.0, mask=np.array([0])) == 6.0
    assert v04.distance(cells[0, 0], cells[3, 4], offset=1.0, mask=np.array([0])) == 4.0
    assert v04.distance(cells[0, 0], cells[0, 4], periodic_boundaries=(5.0, 5.0, 5.0)) == 1.0
    matrix = v04.distances(cells, cells)
    assert matrix.shape == (25, 25)
    assert matrix[0, 24] == pytest.approx(np.sqrt(32))


# -- projections ------------------------------------------------------------------------------------


def layers() -> tuple[Any, Any]:
    return v04.Population((2, 2), v04.IF_curr_exp), v04.Population(4, v04.IF_curr_exp)


@pytest.mark.parametrize(
    ("method", "parameters", "number"),
    [
        ("allToAll", None, 16),
        ("allToAll", {"allow_self_connections": True}, 16),
        ("oneToOne", None, 4),
        ("fixedProbability", 1.0, 16),
        ("fixedProbability", {"p_connect": 0.0}, 0),
        ("distanceDependentProbability", "d < 1.5", 10),
        ("fixedNumberPre", 3, 12),
        ("fixedNumberPost", {"n": 2}, 8),
        ("fromList", [((0, 1), 2, 0.5, 1.0)], 1),
    ],
)
def test_a_method_makes_connections(method: str, parameters: Any, number: int) -> None:
    pre, post = layers()
    assert len(v04.Projection(pre, post, method, parameters)) == number


def test_an_unknown_method_and_wrong_parameters_are_refused() -> None:
    with pytest.raises(PyNNError, match="no method 'allToNone'. Known: allToAll"):
        v04.Projection(*layers(), "allToNone")
    with pytest.raises(PyNNError, match="FixedProbabilityConnector says what it takes"):
        v04.Projection(*layers(), "fixedProbability", {"probability": 0.5})


def test_self_connections_can_be_left_out() -> None:
    cells = v04.Population(4, v04.IF_curr_exp)
    assert len(v04.Projection(cells, cells, v04.AllToAllConnector(allow_self_connections=False))) == 12


def test_weights_and_delays_stand_in_the_connector() -> None:
    projection = v04.Projection(*layers(), v04.OneToOneConnector(weights=0.7, delays=0.4))
    assert projection.getWeights() == [0.7] * 4
    assert projection.getDelays() == [0.4] * 4
    listed = v04.Projection(*layers(), v04.OneToOneConnector(weights=[0.1, 0.2, 0.3, 0.4], delays=[1.0, 2.0, 3.0, 4.0]))
    assert listed.getWeights() == [0.1, 0.2, 0.3, 0.4]
    assert listed.getDelays() == [1.0, 2.0, 3.0, 4.0]
    random = v04.OneToOneConnector(weights=v04.RandomDistribution("uniform", (1.0, 2.0), v04.NumpyRNG(1)))
    assert len(set(v04.Projection(*layers(), random).getWeights())) == 4


def test_a_connector_gives_its_next_values() -> None:
    connector = v04.Connector(weights=[1.0, 2.0, 3.0], delays=[5.0, 6.0, 7.0])
    assert connector.getWeights(2).tolist() == [1.0, 2.0]
    assert connector.getWeights(1).tolist() == [3.0]
    assert connector.getDelays(2, start=1).tolist() == [6.0, 7.0]
    assert v04.Connector().getDelays(2).tolist() == [0.1, 0.1]
    with pytest.raises(v04.ConnectionError, match="4 values are needed"):
        connector.getWeights(1)


def test_weights_and_delays_can_be_set_and_had_as_a_list_or_an_array() -> None:
    projection = v04.Projection(*layers(), "oneToOne")
    projection.setWeights(1.5)
    projection.setDelays([0.1, 0.2, 0.3, 0.4])
    assert projection.getWeights("array").tolist() == (1.5 * np.eye(4)).tolist()
    delays = projection.getDelays("array")
    assert delays[1, 1] == 0.2
    assert delays[0, 1] == 1e12
    projection.randomizeWeights(v04.RandomDistribution("uniform", (2.0, 3.0), v04.NumpyRNG(2)))
    projection.randomizeDelays(v04.RandomDistribution("uniform", (0.5, 5.0), v04.NumpyRNG(2)))
    assert all(2 <= weight <= 3 for weight in projection.getWeights())
    assert len(set(projection.getDelays())) > 1
    assert all(0.5 <= delay <= 5 for delay in projection.getDelays())
    with pytest.raises(v04.ConnectionError, match="4 connections, 3 values"):
        projection.setWeights([1.0, 2.0, 3.0])


def test_inhibitory_currents_have_negative_weights_whatever_their_sign_was() -> None:
    pre, post = layers()
    assert v04.Projection(pre, post, v04.OneToOneConnector(weights=2.0), target="inhibitory").getWeights() == [-2.0] * 4
    distribution = v04.RandomDistribution("uniform", (1.0, 2.0), v04.NumpyRNG(1))
    drawn = v04.Projection(pre, post, v04.OneToOneConnector(weights=distribution), target="inhibitory").getWeights()
    assert all(-2 <= weight <= -1 for weight in drawn)
    conductances = v04.Population(4, v04.IF_cond_exp)
    projection = v04.Projection(pre, conductances, v04.OneToOneConnector(weights=2.0), target="inhibitory")
    assert projection.getWeights() == [2.0] * 4


def test_saved_connections_are_read_back(tmp_path: Path) -> None:
    pre, post = layers()
    saved = v04.Projection(pre, post, "fixedNumberPost", 2, rng=v04.NumpyRNG(9))
    saved.randomizeWeights(v04.RandomDistribution("uniform", (0.0, 1.0), v04.NumpyRNG(2)))
    saved.saveConnections(tmp_path / "connections")
    first = (tmp_path / "connections").read_text().splitlines()[0]
    assert first.count("\t") == 3
    read = v04.Projection(pre, post, "fromFile", str(tmp_path / "connections"))
    assert sorted(read.projection.get("weight", "list")) == sorted(saved.projection.get("weight", "list"))


def test_a_file_of_connections_is_parsed_and_not_evaluated(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    (tmp_path / "connections").write_text(f"a[__import__('pathlib').Path({str(trap)!r}).touch()]\tb[0]\t1\t1\n")
    with pytest.raises(v04.ConnectionError, match="line 1.*is no connection"):
        v04.FromFileConnector(str(tmp_path / "connections"))
    assert not trap.exists()


@pytest.mark.parametrize(
    ("content", "text"), [(None, "There is no file"), (b"", "is empty"), (b"\xff\xfe\x00", "is binary, not text")]
)
def test_a_file_that_holds_no_connections_says_so(tmp_path: Path, content: bytes | None, text: str) -> None:
    if content is not None:
        (tmp_path / "connections").write_bytes(content)
    with pytest.raises(v04.ConnectionError, match=text):
        v04.FromFileConnector(str(tmp_path / "connections"))


def test_weights_are_printed_and_counted(tmp_path: Path) -> None:
    projection = v04.Projection(*layers(), v04.OneToOneConnector(weights=[0.1, 0.2, 0.3, 0.9]))
    projection.printWeights(tmp_path / "list")
    assert (tmp_path / "list").read_text() == "0.1\n0.2\n0.3\n0.9\n"
    projection.printWeights(tmp_path / "array", format="array")
    assert (tmp_path / "array").read_text().splitlines()[3] == "0\t0\t0\t0.9"
    counts, edges = projection.weightHistogram(min=0.0, max=1.0, nbins=2)
    assert counts.tolist() == [3, 1]
    assert edges.tolist() == [0.0, 0.5, 1.0]
    assert projection.weightHistogram()[0].sum() == 4
    assert "4 connections, StaticSynapse" in projection.describe()


# -- plasticity -------------------------------------------------------------------------------------


def test_a_plastic_projection_learns_as_its_equal_of_0_13() -> None:
    weights = []
    for version in ("0.4", "0.13"):
        v04.setup(device="runtime")
        pre = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [10.0, 30.0]})
        forcing = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [12.0, 27.0]})
        post = v04.Population(1, v04.IF_cond_exp, {"tau_syn_E": 1.0, "tau_refrac": 2.0})
        v04.Projection(forcing, post, v04.AllToAllConnector(weights=0.5, delays=0.1))
        if version == "0.4":
            rule = v04.AdditiveWeightDependence(0.0, 0.02, A_plus=0.1, A_minus=0.12)
            dynamics = v04.SynapseDynamics(slow=v04.STDPMechanism(v04.SpikePairRule(15.0, 25.0), rule, None, 0.0))
            connector = v04.AllToAllConnector(weights=0.01, delays=0.1)
            plastic = v04.Projection(pre, post, connector, synapse_dynamics=dynamics).projection
        else:
            rule = sim.AdditiveWeightDependence(0.0, 0.02)
            mechanism = sim.STDPMechanism(sim.SpikePairRule(15.0, 25.0, 0.1, 0.12), rule, None, 0.0, 0.01, 0.1)
            plastic = sim.Projection(pre.population, post.population, sim.AllToAllConnector(), mechanism)
        v04.run(40.0)
        weights.append(plastic.get("weight", format="list", with_address=False)[0])
    assert weights[0] == weights[1] != 0.01


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        (v04.AdditiveWeightDependence(0.0, 2.0, 0.1, 0.1), 1.0 + 0.1 * 2.0),
        (v04.MultiplicativeWeightDependence(0.0, 4.0, 0.1, 0.1), 1.0 + 0.1 * 3.0),
        (v04.AdditivePotentiationMultiplicativeDepression(0.0, 0.1, 0.1), 1.0 + 0.1),
    ],
)
def test_a_pair_of_spikes_potentiates_as_the_rule_says(rule: Any, after: float) -> None:
    pre = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [10.0]})
    post = v04.Population(1, v04.IF_curr_exp, {"tau_refrac": 10.0})
    forcing = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [11.0]})
    v04.connect(forcing[0], post[0], weight=2000.0, delay=0.1)
    mechanism = v04.STDPMechanism(v04.SpikePairRule(1e6, 1e6), rule, None, 0.0)  # no decay between the two
    connector = v04.AllToAllConnector(weights=1.0, delays=0.1)
    plastic = v04.Projection(pre, post, connector, synapse_dynamics=v04.SynapseDynamics(slow=mechanism))
    post.record()
    v04.run(12.0)
    assert len(post.getSpikes()) == 1
    assert plastic.getWeights()[0] == pytest.approx(after, rel=1e-5)


def test_short_term_dynamics_start_where_they_are_told() -> None:
    peaks = []
    for u0, x0 in ((0.0, 1.0), (0.5, 0.4)):
        v04.setup(device="runtime")
        pre = v04.Population(1, v04.SpikeSourceArray, {"spike_times": [1.0]})
        post = v04.Population(1, v04.IF_curr_exp)
        fast = v04.TsodyksMarkramMechanism(U=0.2, tau_rec=1e9, tau_facil=1e9, u0=u0, x0=x0)
        connector = v04.AllToAllConnector(weights=1.0, delays=0.1)
        v04.Projection(pre, post, connector, synapse_dynamics=v04.SynapseDynamics(fast=fast))
        post.record_v()
        v04.run(5.0)
        peaks.append(post.population.get_data("v").segments[0].analogsignals[0].magnitude.max() + 65)
    # released: u0 + U*(1 - u0) of x0
    assert peaks[1] / peaks[0] == pytest.approx((0.5 + 0.2 * 0.5) * 0.4 / 0.2, rel=1e-6)


def test_parameters_of_plasticity_are_set_and_drawn() -> None:
    fast = v04.TsodyksMarkramMechanism(U=0.5)
    projection = v04.Projection(*layers(), "oneToOne", synapse_dynamics=v04.SynapseDynamics(fast=fast))
    projection.setSynapseDynamics("U", 0.3)
    assert projection.projection.get("U", "list", with_address=False) == [0.3] * 4
    projection.randomizeSynapseDynamics("U", v04.RandomDistribution("uniform", (0.1, 0.2), v04.NumpyRNG(2)))
    assert all(0.1 <= u <= 0.2 for u in projection.projection.get("U", "list", with_address=False))
    with pytest.raises(PyNNError, match="has no parameter 'V'"):
        projection.setSynapseDynamics("V", 0.3)


def test_both_kinds_of_plasticity_at_once_are_refused() -> None:
    with pytest.raises(PyNNError, match="not both"):
        v04.SynapseDynamics(fast=v04.TsodyksMarkramMechanism(), slow=v04.STDPMechanism())


def test_the_multiplicative_rule_starts_from_its_constructors_defaults() -> None:
    assert v04.MultiplicativeWeightDependence().parameters == {
        "w_min": 0.0,
        "w_max": 1.0,
        "A_plus": 0.01,
        "A_minus": 0.01,
    }


@pytest.mark.parametrize("kind", [v04.STDPWeightDependence, v04.Connector])
def test_base_classes_do_nothing(kind: Any) -> None:
    with pytest.raises(NotImplementedError):
        kind({}).rule() if kind is v04.STDPWeightDependence else kind().make(None, None)


# -- the stop watch ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (123, "2 minutes, 3 seconds"),
        (24 * 3600, "1 day"),
        (0, "0 seconds"),
        (3661, "1 hour, 1 minute, 1 second"),
    ],
)
def test_a_time_is_said_in_words(seconds: int, words: str) -> None:
    assert v04.Timer.time_in_words(seconds) == words


def test_the_stop_watch_goes_on_and_begins_again() -> None:
    timer = v04.Timer()
    first = timer.elapsedTime()
    assert timer.elapsedTime() >= first >= 0
    timer.start()
    timer.reset()
    assert timer.elapsedTime() < 5
    assert timer.elapsedTime(format="long") == "0 seconds"


# -- a script ---------------------------------------------------------------------------------------

SCRIPT = """
from brianhw.pynn.v04 import *

setup(timestep=0.1, min_delay=0.1, device="runtime")
stimulus = Population((4,), SpikeSourcePoisson, {"rate": 200.0, "duration": 60.0}, label="stimulus")
layer = Population((3, 3), IF_cond_exp, {"tau_refrac": 2.0, "v_init": -60.0}, label="layer")
into = Projection(stimulus, layer, "allToAll", target="excitatory")
into.setWeights(0.02)
inside = Projection(layer, layer, FixedProbabilityConnector(0.3, weights=0.01, delays=0.5), target="inhibitory")
layer.record()
layer.record_v([layer[1, 1]])
run(60.0)
layer.printSpikes("layer.ras")
layer.print_v("layer.v")
print(layer.meanSpikeCount() > 0, len(inside) > 0)
end()
"""


def test_a_script_in_the_style_of_the_time_runs(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    with warnings.catch_warnings():
        done = subprocess.run(
            [sys.executable, "-c", "import brian2; brian2.prefs.codegen.target = 'numpy'\n" + SCRIPT],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
    assert done.stdout.strip() == "True True", done.stderr[-2000:]
    assert (tmp_path / "layer.ras").read_text().startswith("# dt = 0.1\n# first_id = ")
    assert len((tmp_path / "layer.v").read_text().splitlines()) == 4 + 601
