"""What the PyNN back end must refuse and what it must take: 750 calls of :mod:`pynn_calls`, and every parameter."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pyNN import errors
from pyNN import random as pynn_random

import brianhw.pynn as sim
import brianhw.pynn.v04 as v04
import brianhw.spinnaker as spinnaker
import pynn_calls
from brianhw.errors import BrianHWError, PyNNError, PyNNWarning, SpinnakerError, UnknownNameError
from brianhw.pynn.checks import domains
from brianhw.pynn.checks.text import domains_of
from pynn_fuzz import Fuzz

NAN, INF = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(timestep=0.1, device="runtime")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def held(names: dict[str, Any]) -> dict[str, Any]:
    """Return what a refused call must not change."""
    state = sim.state
    values = {each.label: dict(each._values) for each in state.populations}
    initial = {each.label: dict(each._initial_arrays) for each in state.populations}
    connections = [each.get(["weight", "delay"], "list") for each in state.projections]
    return {
        "options": (state.dt, state.min_delay, state.max_delay, state.machine, state.strict, state.same_lists, state.t),
        "objects": (len(state.populations), len(state.projections), len(state.current_sources), state.id_counter),
        "recorders": {id(each): sorted(map(str, each.recorded)) for each in state.recorders},
        "values": repr((values, initial, connections)),
        "positions": names["cells"].positions.tolist(),
        "currents": repr((names["dc"].get_parameters(), names["steps"].get_parameters(), names["dc"].cell_list)),
    }


@pytest.mark.parametrize("topic", list(pynn_calls.BAD))
def test_what_makes_no_sense_is_refused_by_us_and_changes_nothing(topic: str) -> None:
    names = pynn_calls.scene(sim, topic)
    before, wrong = held(names), []
    for _, call in pynn_calls.listed({topic: pynn_calls.BAD[topic]}):
        try:
            exec(call, names)
        except BrianHWError as error:
            if len(str(error)) < 20 or not str(error).rstrip().endswith((".", "?")):
                wrong.append(f"{call} says only {str(error)!r}")
        except Exception as error:
            wrong.append(f"{call} raises {type(error).__name__}: {error}")
        else:
            wrong.append(f"{call} is accepted")
        after = held(names)
        wrong += [f"{call} changes {name}" for name in before if before[name] != after[name]]
    assert not wrong, "\n".join(wrong)
    if topic in ("changes", "projections"):
        sim.run(1.0)  # and all goes on


@pytest.mark.parametrize("topic", list(pynn_calls.GOOD))
def test_what_makes_sense_is_taken(topic: str) -> None:
    names, wrong = pynn_calls.scene(sim, topic), []
    for _, call in pynn_calls.listed({topic: pynn_calls.GOOD[topic]}):
        try:
            exec(call, names)
        except Exception as error:
            wrong.append(f"{call} raises {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


# -- every parameter of every cell ------------------------------------------------------------------

CELLS = [
    *(getattr(sim, name) for name in sim.list_standard_models() if name != "PointNeuron"),
    *(spinnaker.IF_curr_exp, spinnaker.Izhikevich),
    *(getattr(spinnaker.extra_models, name) for name in ("Izhikevich_cond", "IFCurrExpCa2Adaptive")),
]


def outside(domain: domains.Domain) -> list[float]:
    """Return numbers around the limits that a domain leaves out."""
    return [x for x in (-1e9, -1.0, -1e-9, 0.0, 1.0 + 1e-9, 1.5, INF, -INF, NAN) if not domain.holds(np.array([x]))[0]]


def scalars(celltype: Any) -> list[str]:
    return [name for name, value in celltype.default_parameters.items() if isinstance(value, float | int)]


def ways(celltype: Any, population: Any, name: str, value: float, array: np.ndarray) -> list[Any]:
    """Return the ways in which a value can come; *array* has it in the middle."""
    return [
        lambda: sim.Population(3, celltype(**{name: value})),
        lambda: sim.Population(3, celltype(**{name: array})),
        lambda: sim.Population(3, celltype(**{name: lambda i: array[np.asarray(i)]})),
        lambda: population.set(**{name: array.tolist()}),
        lambda: population[1:].set(**{name: value}),
        lambda: setattr(population[1], name, value),
        lambda: population.set(**{name: sim.LazyArray(value)}),
    ]


@pytest.mark.parametrize("celltype", CELLS, ids=lambda c: f"{c.__module__.split('.')[1]}.{c.__name__}")
def test_each_parameter_keeps_to_its_domain_whatever_way_a_value_comes(celltype: Any) -> None:
    known = domains_of(celltype())
    population = sim.Population(3, celltype(), label="three")
    before = repr(population._values)
    for name in scalars(celltype):
        domain = known.get(name, domains.NUMBER)
        for value in outside(domain):
            array = np.array([celltype.default_parameters[name], value, celltype.default_parameters[name]])
            for way in ways(celltype, population, name, value, array):
                with pytest.raises(PyNNError, match=f"{name}(?s:.*)(must|cannot spike)"):
                    way()
        for value in (True, np.bool_(False), "1.0", None, 1j, {}, [[1.0, 2.0], [3.0]], object()):
            for way in (celltype, population.set):
                with pytest.raises(PyNNError, match=name):
                    way(**{name: value})
    assert repr(population._values) == before
    assert len(sim.state.populations) == 1 and len(sim.state.recorders) == 1


@pytest.mark.parametrize("name", ["cm", "tau_m", "tau_syn_E", "tau_syn_I", "tau_refrac"])
def test_what_the_equations_say_is_what_the_cells_refuse(name: str) -> None:
    """The domain is that of the model: a change there is one here."""
    domain = domains_of(sim.IF_cond_exp())[name]
    assert domain is (domains.NOT_NEGATIVE if name == "tau_refrac" else domains.POSITIVE)
    assert set(domains_of(sim.EIF_cond_exp_isfa_ista())) >= {"delta_T", "tau_w", "cm", "tau_m"}


def test_numbers_are_not_cut_where_pynns_default_is_a_whole_one() -> None:
    assert sim.Population(2, sim.SpikeSourceGamma(alpha=2.5)).get("alpha") == 2.5
    sources = sim.Population(2, sim.SpikeSourceGamma(alpha=np.array([1.5, 2.5])))
    sources[1:].set(alpha=3.5)
    assert sources.get("alpha").tolist() == [1.5, 3.5]


def test_a_draw_outside_is_refused_with_the_cell() -> None:
    class Two(sim.NumpyRNG):
        def next(self, n: Any = None, *_: Any, **__: Any) -> Any:
            return np.array([1.0, -2.0, 3.0])

    drawn = sim.RandomDistribution("uniform", (0.0, 3.0), rng=Two(seed=1))
    with pytest.raises(errors.InvalidParameterValueError, match="tau_m of cell 1 is -2; it must be positive"):
        sim.Population(3, sim.IF_curr_exp(tau_m=drawn))


def test_pynns_own_distributions_and_connectors_are_checked_where_they_are_used() -> None:
    from pyNN import connectors

    reversed_ = pynn_random.RandomDistribution("normal_clipped", mu=1.5, sigma=1.0, low=2.0, high=1.0)
    with pytest.raises(PyNNError, match="tau_m: RandomDistribution.*low is 2, high is 1"):
        sim.IF_curr_exp(tau_m=reversed_)
    cells = sim.Population(3, sim.IF_curr_exp())
    with pytest.raises(PyNNError, match="weight: RandomDistribution"):
        sim.StaticSynapse(weight=reversed_)
    with pytest.raises(PyNNError, match="p_connect must lie between 0 and 1"):
        sim.Projection(cells, cells, connectors.FixedProbabilityConnector(1.5))
    changed = sim.FixedProbabilityConnector(0.5)
    changed.p_connect = NAN
    with pytest.raises(PyNNError, match="p_connect"):
        sim.Projection(cells, cells, changed)
    assert not sim.state.projections


def test_native_cells_keep_to_what_their_model_says() -> None:
    from brianhw.equations import LIF, exponential_current

    exc = exponential_current("exc")
    given = {"C_m": 1.0, "g_L": 0.05, "E_L": -65.0, "V_th": -50.0, "V_reset": -65.0, "tau_exc": 5.0}
    kind = sim.native_cell_type(LIF + exc, {"excitatory": exc}, parameters=given)
    for name, value in (
        ("tau_exc", 0.0),
        ("t_ref", -1.0),
        ("g_L", NAN),
        ("E_L", True),
        ("C_m", [1.0, -1.0]),
        ("V_th", None),
    ):
        with pytest.raises(PyNNError, match=name):
            sim.Population(2, kind(**{name: value}))
    cells = sim.Population(2, kind(V_th=INF, t_ref=0))
    with pytest.raises(PyNNError, match="tau_exc of cell 1 is -2; it must be positive"):
        cells.set(tau_exc=[1.0, -2.0])


# -- what a message says ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: sim.setup(timestp=0.1), "no argument 'timestp'. Did you mean 'timestep'"),
        (lambda: sim.setup(n_chip_required=4), "Did you mean 'n_chips_required'"),
        (lambda: sim.setup(dt=0.1), "dt is not a valid argument; it is called timestep"),
        (lambda: sim.IF_curr_exp(tau_ref=1.0), "no parameter 'tau_ref'. Did you mean 'tau_refrac'"),
        (lambda: sim.IF_curr_exp(tau_refrac=-1.0), "tau_refrac is -1; it must be zero or more"),
        (lambda: sim.run(0.05), "ends with a step of 0.1 ms. Run until 0 or 0.1 ms"),
        (lambda: sim.AdditiveWeightDependence(w_min=2.0), "w_min is 2, w_max is 1"),
        (
            lambda: sim.Population(3, sim.IF_curr_exp(), label="p").sample(5),
            "p: the number of cells to sample .* 1 to 3",
        ),
        (lambda: sim.Population(3, sim.IF_curr_exp(), label="p")[3], "p has 3 cells, with the indices 0 to 2"),
        (lambda: sim.DCSource(start=9.0, stop=5.0), "start is 9, stop is 5; start must be at most stop"),
        (lambda: sim.RandomDistribution("unifrom", (0, 1)), "Did you mean 'uniform'"),
        (lambda: sim.FixedProbabilityConnector(0.5, rgn=None), "no argument 'rgn'. Did you mean 'rng'"),
        (lambda: sim.TsodyksMarkramSynapse(U=-0.5), "U is -0.5; U must lie between 0 and 1"),
    ],
)
def test_a_message_says_who_what_and_the_limit(call: Any, text: str) -> None:
    with pytest.raises(BrianHWError, match=text):
        call()


def test_an_unknown_parameter_is_pynns_error_and_ours() -> None:
    with pytest.raises(errors.NonExistentParameterError, match="Known: .*tau_m") as caught:
        sim.IF_curr_exp(tau=1.0)
    assert isinstance(caught.value, UnknownNameError) and isinstance(caught.value, KeyError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_comes_is_refused_by_us_or_makes_sense(seed: int) -> None:
    fuzz = Fuzz(sim, seed)
    assert [said for said in (fuzz.one() for _ in range(25)) if said] == []


# -- time ---------------------------------------------------------------------------------------


def test_a_chip_rounds_a_run_up_and_says_so() -> None:
    """The vendor's tool does; its scripts rely on it."""
    spinnaker.setup(timestep=1.0, device="runtime")
    spinnaker.Population(1, spinnaker.IF_curr_exp())
    with pytest.warns(PyNNWarning, match=r"2.5 ms is no multiple of the step, 1 ms; it runs until 3 ms"):
        assert spinnaker.run(2.5) == 3.0
    spinnaker.setup(timestep=1.0, device="runtime", strict=True)
    with pytest.raises(PyNNError, match="no multiple"):
        spinnaker.run(2.5)


def test_gather_is_a_truth_value_or_all() -> None:
    cells = sim.Population(2, sim.IF_curr_exp())
    cells.record("spikes")
    wires = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    for gather in (True, False, 0, "all"):
        assert len(wires.get("weight", format="list", gather=gather)) == 4
        assert set(cells.get_spike_counts(gather=gather).values()) == {0}
    with pytest.raises(PyNNError, match="gather must be True or False, not 'x'"):
        wires.get("weight", format="list", gather="x")
    with pytest.raises(PyNNError, match="gather must be True or False, not 'no'"):
        cells.get_spike_counts(gather="no")


def test_callbacks_come_when_they_asked_to() -> None:
    asked: list[tuple[str, float]] = []
    sim.Population(1, sim.SpikeSourceArray())
    every = {"a": 0.5, "b": 0.2}

    def callback(name: str) -> Any:
        return lambda t: asked.append((name, t)) or t + every[name]

    sim.run(1.0, callbacks=[callback("a"), callback("b")])
    assert [t for name, t in asked if name == "a"] == [0.0, 0.5, 1.0]
    assert [t for name, t in asked if name == "b"] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_spikes_that_lie_in_the_past_are_said() -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0, 8.0]), label="stimulus")
    sim.run(5.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PyNNWarning)
        source.set(spike_times=[1.0, 8.0, 9.0])  # those that have been stay in the list
        source.set(spike_times=[5.0])
    with pytest.warns(PyNNWarning, match="stimulus: 2 of 5 spike times lie before now, 5 ms, the first at 1 ms"):
        source.set(spike_times=[sim.Sequence([1.0, 3.0, 6.0]), sim.Sequence([5.0, 7.0])])
    with pytest.warns(PyNNWarning, match="late: 4 of 6 spike times"):
        sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0, 2.0, 6.0]), label="late")


@pytest.mark.parametrize("change", ["population", "projection", "electrode"])
def test_the_last_sample_stays_when_the_network_grows_after_a_run(change: str) -> None:
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.0))
    cells.record("v", sampling_interval=0.5)
    sim.run(5.0)
    before = cells.get_data().segments[0].analogsignals[0].magnitude
    if change == "population":
        sim.Population(2, sim.IF_curr_exp())
    elif change == "projection":
        sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0))
    else:
        cells.inject(sim.DCSource(amplitude=1.0))
    assert np.array_equal(cells.get_data().segments[0].analogsignals[0].magnitude, before) and len(before) == 11
    sim.run(1.0)
    assert np.array_equal(cells.get_data().segments[0].analogsignals[0].magnitude[:11], before)


# -- cells of another session ------------------------------------------------------------------


def test_a_cell_is_not_taken_for_one_made_after_setup() -> None:
    old = sim.Population(2, sim.IF_curr_exp(tau_m=7.0))
    kept = [old[0], old.all_cells[1], *old.sample(1), copy.deepcopy(old[1]), (old + old[:0:-1])[0]]
    sim.setup(timestep=0.1, device="runtime")
    new = sim.Population(2, sim.IF_curr_exp(tau_m=3.0))
    assert [int(cell) for cell in new] == [1, 2]
    uses: list[Any] = [
        lambda cell: cell.tau_m,
        lambda cell: setattr(cell, "tau_m", 1.0),
        lambda cell: cell.parent,
        lambda cell: sim.DCSource().inject_into([cell]),
        new.id_to_index,
        lambda cell: cell.position,
    ]
    for cell in kept:
        for use in uses:
            with pytest.raises(PyNNError, match="was made before setup"):
                use(cell)
    assert new.get("tau_m") == 3.0 and new[0].tau_m == 3.0


# -- the other facades --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: spinnaker.setup(timestep=-1.0),
        lambda: spinnaker.setup(timestap=1.0),
        lambda: spinnaker.setup(time_scale_factor=NAN),
        lambda: spinnaker.setup(time_scale_factor=True),
        lambda: spinnaker.setup(n_boards_required=0),
        lambda: spinnaker.setup(n_boards_required="one"),
        lambda: spinnaker.setup(n_chips_required=-1),
        lambda: spinnaker.setup(n_chips_required=NAN),
        lambda: spinnaker.setup(n_synapse_cores=1.5),
        lambda: spinnaker.setup(n_synapse_cores=-1),
        lambda: spinnaker.setup(strict="no"),
        lambda: spinnaker.setup(min_delay=NAN),
        lambda: spinnaker.setup(rng_seed=-1),
        lambda: spinnaker.Population(0, spinnaker.IF_curr_exp()),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(tau_refrac=-1.0)),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(), additional_parameters=5),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(), additional_parameters={"neuron_per_core": 5}),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(), additional_parameters={"neurons_per_core": 0}),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(), neurons_per_cor=5),
        lambda: spinnaker.Population(2, spinnaker.IF_curr_exp(), n_synapse_cores=True),
        lambda: spinnaker.Projection(5, 5, spinnaker.AllToAllConnector()),
        lambda: spinnaker.STDPMechanism(spinnaker.SpikePairRule(tau_plus=0.0), spinnaker.AdditiveWeightDependence()),
        lambda: spinnaker.AdditiveWeightDependence(w_min=1.0, w_max=0.5),
        lambda: spinnaker.extra_models.SpikeNearestPairRule(tau_plus=-1.0),
        lambda: spinnaker.extra_models.Vogels2011Rule(alpha=NAN),
        lambda: spinnaker.extra_models.WeightDependenceAdditiveTriplet(w_min=1.0, w_max=0.5),
        lambda: spinnaker.compare(-5.0),
        lambda: spinnaker.run(NAN),
    ],
)
def test_the_chip_refuses_as_well(call: Any) -> None:
    spinnaker.setup(timestep=1.0, device="runtime")
    hardware = spinnaker.state.hardware
    with pytest.raises((PyNNError, SpinnakerError, UnknownNameError)):
        call()
    assert spinnaker.state.hardware is hardware and not spinnaker.state.populations


def test_scripts_of_the_chip_may_compute_numbers_of_chips() -> None:
    spinnaker.setup(timestep=1, n_chips_required=2 * 43.19, device="runtime")
    spinnaker.Population(20.0, spinnaker.IF_curr_exp(), additional_parameters={"neurons_per_core": 10.0, "seed": 5})
    spinnaker.setup(timestep=1.0, n_boards_required=2.0, hostname="spinn-1", graph_label="net", device="runtime")


@pytest.mark.parametrize(
    "call",
    [
        lambda: v04.setup(timestep=NAN),
        lambda: v04.setup(timestp=0.1),
        lambda: v04.run(-1.0),
        lambda: v04.run(0.05),
        lambda: v04.Population(0, v04.IF_curr_exp),
        lambda: v04.Population((2, 2.5), v04.IF_curr_exp),
        lambda: v04.Population(True, v04.IF_curr_exp),
        lambda: v04.Population("2", v04.IF_curr_exp),
        lambda: v04.Population(2, v04.IF_curr_exp, 5),
        lambda: v04.Population(2, v04.IF_curr_exp, {"tau_m": -1.0}),
        lambda: v04.Population(2, v04.IF_curr_exp, {"tau_m": True}),
        lambda: v04.Population(2, v04.IF_curr_exp, {"v_init": NAN}),
        lambda: v04.Population(2, v04.IF_facets_hardware1, {"g_leak": 0.0}),
        lambda: v04.Population(2, v04.HH_cond_exp, {"gbar_Na": -1.0}),
        lambda: v04.Population(2, v04.SpikeSourceArray, {"spike_times": [-1.0]}),
        lambda: v04.Population(2, v04.SpikeSourceArray, {"spike_times": [True]}),
        lambda: v04.Population(2, v04.SpikeSourcePoisson, {"rate": NAN}),
        lambda: v04.SpikePairRule(tau_plus=0.0),
        lambda: v04.AdditiveWeightDependence(w_min=1.0, w_max=0.0),
        lambda: v04.AdditivePotentiationMultiplicativeDepression(A_plus=NAN),
        lambda: v04.TsodyksMarkramMechanism(U=1.5),
        lambda: v04.TsodyksMarkramMechanism(x0=-0.5),
        lambda: v04.STDPMechanism(dendritic_delay_fraction=2.0),
        lambda: v04.STDPMechanism(timing_dependence=5),
        lambda: v04.SynapseDynamics(fast=5),
        lambda: v04.FixedProbabilityConnector(1.5),
        lambda: v04.FixedNumberPreConnector(1.5),
        lambda: v04.AllToAllConnector(weights=NAN),
        lambda: v04.AllToAllConnector(weights=True),
        lambda: v04.AllToAllConnector(delays=-1.0),
        lambda: v04.RandomDistribution("uniform_int", (5, 1)),
        lambda: v04.connect(3, 4),
        lambda: v04.Projection(3, 4),
    ],
)
def test_the_old_api_refuses_as_well(call: Any) -> None:
    v04.setup(device="runtime")
    with pytest.raises(BrianHWError):
        call()
    assert not sim.state.populations


def test_changes_of_the_old_api_are_all_or_nothing() -> None:
    v04.setup(device="runtime")
    cells = v04.Population((2, 2), v04.IF_curr_exp, {"tau_m": 10.0, "v_init": -60.0})
    links = v04.Projection(cells, cells, v04.AllToAllConnector(weights=0.5))
    for change in (
        lambda: cells.set({"v_init": -55.0, "tau_m": -1.0}),
        lambda: cells.set({"v_init": -55.0, "v_reset": -40.0}),
        lambda: setattr(cells[0, 0], "tau_m", NAN),
        lambda: cells.tset("tau_m", [[1.0, 2.0], [3.0, -4.0]]),
        lambda: cells.rset("tau_m", v04.RandomDistribution("uniform", (-2.0, -1.0))),
        lambda: cells.rset("tau_m", 5.0),
        lambda: cells.randomInit(5.0),
        lambda: v04.Projection(cells, 5),
        lambda: links.randomizeWeights(5.0),
        lambda: links.setWeights([1.0, 2.0]),
        lambda: links.weightHistogram(min=2.0, max=1.0),
        lambda: cells.record(-1),
        lambda: cells.record(5),
        lambda: cells[0.5, 0],
    ):
        with pytest.raises(BrianHWError):
            change()
    assert cells[0, 0].v_init == -60.0 and cells[1, 1].tau_m == 10.0
    assert set(links.getWeights()) == {0.5} and len(sim.state.projections) == 1
