"""PyNN's standard cells against recordings of NEST and NEURON, NEST itself, and convergence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import nest
import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, defaultclock, ms, mV, nA, nF, nS, uS
from numpy.typing import NDArray
from pyNN.errors import InvalidDimensionsError

import brianhw.pynn as sim
import nest_reference
import pynn_golden
from brianhw.equations import (
    ADEX,
    HODGKIN_HUXLEY,
    LIF,
    alpha_conductance,
    alpha_current,
    beta_conductance,
    exponential_conductance,
    exponential_current,
    linear_lif,
)
from brianhw.errors import ModelError, PyNNError, UnknownNameError
from brianhw.parameters import adex, lif
from brianhw.pynn.models.native import unit_of

INDEX = json.loads((pynn_golden.FOLDER / "index.json").read_text(encoding="utf-8"))["cases"]

# Largest difference of the potential from NEST's, in mV, outside of steps in which one spikes and the other does not.
# Linear cells: NEST's solver for conductances has a tolerance of 1e-3 mV a step and does better. Izhikevich: the same
# arithmetic. AdEx, HH: NEST's own error, which a step ten times as short changes by up to 0.24 and 0.95 mV.
POTENTIAL = {
    "EIF_cond_alpha_isfa_ista_a": 0.05,
    "EIF_cond_exp_isfa_ista_a": 0.1,
    "GIF_cond_exp_a": 1e-6,
    "HH_cond_exp_a": 1.0,
    "IF_cond_alpha_a": 1e-5,
    "IF_cond_exp_a": 1e-6,
    "IF_curr_alpha_a": 1e-9,
    "IF_facets_hardware1_a": 1e-6,
    "Izhikevich_a": 1e-9,
}
# Largest shift of a spike, in ms. NEST's IF_curr_exp spikes between steps, so that each of our intervals is up to a
# step longer; NEURON's spikes are within a step of its own; AdEx: the upstroke ends close to a step's end.
SHIFT = {"EIF_cond_exp_isfa_ista_a": 0.1, "IF_cond_exp_gsfa_grr_a": 0.1, "IF_curr_exp_a": 0.11}


def cases(kind: str) -> list[str]:
    return sorted(name for name, case in INDEX.items() if case["kind"] == kind)


def recorded(name: str) -> pynn_golden.Recording:
    return pynn_golden.Recording(f"{name}.{INDEX[name]['compared_with']}.npz")


@pytest.mark.parametrize("name", cases("cell"))
def test_a_cell_spikes_when_the_reference_does(name: str) -> None:
    reference = recorded(name)
    found = pynn_golden.replay_cell(reference.description)
    assert len(found["spikes"]) == len(reference.spikes)
    assert found["spikes"] == pytest.approx(reference.spikes, abs=SHIFT.get(name, 0) + 1e-6)


@pytest.mark.parametrize("name", sorted(POTENTIAL))
def test_a_cells_signals_are_those_of_nest(name: str) -> None:
    reference = recorded(name)
    found = pynn_golden.replay_cell(reference.description)
    spikes = np.rint(np.concatenate([found["spikes"], reference.spikes]) / 0.1).astype(int)
    beside = np.ones(len(found["v"]), dtype=bool)
    for spike in spikes:
        beside[spike : spike + 2] = name not in SHIFT and name != "HH_cond_exp_a"
    if name in SHIFT:  # in what follows a shifted spike the traces are those of another time
        beside[spikes.min() - 2 :] = False  # nor in the upstroke before it
    for signal in reference.description["signal_units"]:
        tolerance = POTENTIAL[name] if signal == "v" else {"w": 3e-4}.get(signal, 1e-6)
        assert found[signal][beside] == pytest.approx(reference.signal(signal)[beside], abs=tolerance), signal


@pytest.mark.parametrize("name", cases("current_source"))
def test_a_current_source_drives_a_cell_as_in_nest(name: str) -> None:
    reference = recorded(name)
    found = pynn_golden.replay_current(reference.description)
    assert found["i"] == pytest.approx(reference.values["i"], abs=1e-9)
    # NEST's cell spikes between steps; ours at the end of a step
    assert found["spikes"] == pytest.approx(reference.spikes, abs=0.1)
    before = slice(0, int(reference.spikes.min() / 0.1))
    assert found["v"][before] == pytest.approx(reference.signal("v")[before], abs=1e-9)


# -- NEST, with other parameters --------------------------------------------------------------------

NEST_NAMES = {
    "v_rest": "E_L", "v_reset": "V_reset", "v_thresh": "V_th", "tau_m": "tau_m", "tau_refrac": "t_ref",
    "tau_syn_E": "tau_syn_ex", "tau_syn_I": "tau_syn_in", "e_rev_E": "E_ex", "e_rev_I": "E_in",
}  # fmt: skip
INPUTS = [
    (12.0, 1.0),
    (12.5, 1.0),
    (20.0, -1.0),
    (31.1, 1.0),
    (31.2, 2.0),
    (44.0, 1.0),
    (47.0, 1.5),
    (60.3, -2.0),
    (62.0, 3.0),
]


def against_nest(celltype: Any, model: str, parameters: dict[str, float], weight: float) -> tuple[Any, ...]:
    """Return potentials and spikes of ours and of NEST's, a cell that gets INPUTS times *weight*."""
    current_based = model.startswith("iaf_psc")
    translated = {NEST_NAMES[name]: value for name, value in parameters.items() if name in NEST_NAMES}
    translated |= {"C_m": 1000 * parameters["cm"], "I_e": 1000 * parameters["i_offset"], "V_m": parameters["v_rest"]}
    if not current_based:
        translated["g_L"] = 1000 * parameters["cm"] / translated.pop("tau_m")
    inputs = [(time - 0.1, 1000 * weight * size) for time, size in INPUTS]
    spikes, _, potential = nest_reference.run_neuron(model, translated, 0.1, 80.0, inputs)

    sim.setup(timestep=0.1, device="runtime")
    cell = sim.Population(1, celltype(**parameters), initial_values={"v": parameters["v_rest"]})
    for time, size in INPUTS:
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[time - 0.1]))
        receptor = "excitatory" if size > 0 else "inhibitory"
        signed = weight * size if current_based else weight * abs(size)
        sim.Projection(
            source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=signed, delay=0.1), receptor_type=receptor
        )
    cell.record(["spikes", "v"])
    sim.run(80.0)
    data = cell.get_data().segments[0]
    number = len(potential)
    return data.analogsignals[0].magnitude[1 : number + 1, 0], potential, data.spiketrains[0].magnitude, spikes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tau_refrac": 0.1, "i_offset": 0.9, "tau_m": 8.0},
        {"tau_syn_E": 20.0, "tau_syn_I": 20.0},  # equal to the membrane's, where the closed form has a gap
        {"tau_syn_E": 0.5, "tau_syn_I": 30.0, "cm": 0.25},
    ],
)
@pytest.mark.parametrize(
    ("celltype", "model"), [(sim.IF_curr_alpha, "iaf_psc_alpha"), (sim.IF_curr_exp, "iaf_psc_exp")]
)
def test_currents_are_integrated_exactly(celltype: Any, model: str, changes: dict[str, float]) -> None:
    parameters = {**celltype.default_parameters, "tau_refrac": 2.0, "i_offset": 0.4, **changes}
    ours, theirs, our_spikes, their_spikes = against_nest(celltype, model, parameters, 1.5)
    assert our_spikes == pytest.approx(their_spikes, abs=1e-6)
    # NEST perturbs time constants that are nearly equal, by 1e-7 of them
    assert ours == pytest.approx(theirs, abs=1e-9 if parameters["tau_syn_E"] != parameters["tau_m"] else 1e-5)


@pytest.mark.parametrize(
    "changes",
    [{}, {"tau_refrac": 0.1, "i_offset": 0.9, "tau_m": 8.0}, {"tau_syn_E": 0.5, "tau_syn_I": 30.0, "e_rev_I": -90.0}],
)
@pytest.mark.parametrize(
    ("celltype", "model"), [(sim.IF_cond_alpha, "iaf_cond_alpha"), (sim.IF_cond_exp, "iaf_cond_exp")]
)
def test_conductances_agree_with_nest(celltype: Any, model: str, changes: dict[str, float]) -> None:
    parameters = {**celltype.default_parameters, "tau_refrac": 2.0, "tau_syn_E": 3.0, "i_offset": 0.4, **changes}
    ours, theirs, our_spikes, their_spikes = against_nest(celltype, model, parameters, 0.05)
    assert our_spikes == pytest.approx(their_spikes, abs=1e-6)
    assert ours == pytest.approx(theirs, abs=1e-4)  # the tolerance of NEST's solver is 1e-3 mV a step


def test_the_gif_neuron_fires_as_often_and_as_regularly_as_nests() -> None:
    number, duration = 400, 1000.0
    values = {"i_offset": 0.9, "lambda0": 10.0, "tau_refrac": 4.0}
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(number, sim.GIF_cond_exp(**values, a_eta=sim.Sequence([0.1, 0.05, 0.02])))
    cells.record("spikes")
    sim.run(duration)
    ours = intervals(*cells.get_data().segments[0].spiketrains.multiplexed)

    nest_reference.reset(0.1)
    nest.rng_seed = 12
    theirs_cells = nest.Create(
        "gif_cond_exp",
        number,
        params={
            "C_m": 1000.0, "g_L": 50.0, "E_L": -65.0, "V_reset": -65.0, "t_ref": 4.0, "I_e": 900.0, "V_m": -65.0,
            "Delta_V": 0.5, "V_T_star": -48.0, "lambda_0": 10.0,
            "tau_stc": [1.0, 10.0, 100.0], "q_stc": [100.0, 50.0, 20.0],
            "tau_sfa": [1.0, 10.0, 100.0], "q_sfa": [1.0, 1.0, 1.0],
        },
    )  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(theirs_cells, recorder)
    nest.Simulate(duration)
    theirs = intervals(recorder.events["senders"], recorder.events["times"])
    # about 15000 intervals each: the standard error of a mean is below 0.5 % of it
    assert len(ours) == pytest.approx(len(theirs), rel=0.03)
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.02)
    assert np.std(ours) == pytest.approx(np.std(theirs), rel=0.05)


def intervals(cells: Any, times: Any) -> NDArray[np.float64]:
    """Return all intervals between spikes of the same cell, but for the first of each: adaptation builds up."""
    cells, times = np.asarray(cells), np.asarray(times)
    found = [np.diff(np.sort(times[cells == cell]))[1:] for cell in np.unique(cells)]
    return np.concatenate(found)


# -- the schemes ------------------------------------------------------------------------------------


def potential_after(model: Any, dt_ms: float, values: dict[str, Any], duration_ms: float = 4.0) -> float:
    defaultclock.dt = dt_ms * ms
    group = NeuronGroup(1, **model)
    for name, value in values.items():
        setattr(group, name, value)
    Network(group).run(duration_ms * ms, namespace={})
    return float(group.v[0] / mV)


MEMBRANE = {
    "C_m": 1 * nF,
    "g_L": 50 * nS,
    "E_L": -65 * mV,
    "V_th": 100 * mV,
    "V_reset": -65 * mV,
    "I_ext": 0.1 * nA,
    "v": -60 * mV,
}


@pytest.mark.parametrize("make", [exponential_current, alpha_current])
def test_a_step_with_currents_is_exact_whatever_its_length(make: Any) -> None:
    exc, inh = make("exc"), make("inh", "-")
    values = {**MEMBRANE, "tau_exc": 5 * ms, "tau_inh": 20 * ms, exc.entry: 3 * nA, inh.entry: 2 * nA}
    fine = potential_after(LIF + exc + inh, 0.005, values)  # Runge-Kutta
    for dt in (4.0, 1.0, 0.1):
        assert potential_after(linear_lif(exc, inh), dt, values) == pytest.approx(fine, abs=1e-9)


BETA_TIMES = {"tau_rise_exc": 0.5 * ms, "tau_decay_exc": 5 * ms, "tau_rise_inh": 2 * ms, "tau_decay_inh": 20 * ms}
SINGLE_TIMES = {"tau_exc": 5 * ms, "tau_inh": 20 * ms}


@pytest.mark.parametrize("make", [exponential_conductance, alpha_conductance, beta_conductance])
def test_a_step_with_conductances_is_of_fourth_order(make: Any) -> None:
    exc, inh = make("exc"), make("inh")
    times = BETA_TIMES if make is beta_conductance else SINGLE_TIMES
    values = {**MEMBRANE, **times, "E_exc": 0 * mV, "E_inh": -80 * mV, exc.entry: 0.2 * uS, inh.entry: 0.1 * uS}
    fine = potential_after(LIF + exc + inh, 0.0025, values)
    errors = [abs(potential_after(linear_lif(exc, inh), dt, values) - fine) for dt in (0.5, 0.25, 0.125)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx([4, 4], abs=0.35)  # towards 4 as the step shrinks


def test_a_strong_conductance_with_a_long_step_pulls_v_to_its_reversal_potential_and_no_further() -> None:
    exc, inh = exponential_conductance("exc"), exponential_conductance("inh")
    values = {**MEMBRANE, **SINGLE_TIMES, "E_exc": 0 * mV, "E_inh": -80 * mV, "g_exc": 50 * uS}
    assert potential_after(linear_lif(exc, inh), 1.0, values) == pytest.approx(
        0, abs=0.2
    )  # 50 to 22 uS against 0.05 of leak


def test_a_beta_conductance_peaks_at_the_weight() -> None:
    exc = beta_conductance("exc")
    group = NeuronGroup(1, **(linear_lif(exc)))
    for name, value in {**MEMBRANE, "tau_rise_exc": 1 * ms, "tau_decay_exc": 6 * ms, "g_exc_drive": 3 * nS}.items():
        setattr(group, name, value)
    monitor = StateMonitor(group, "g_exc", record=0)
    defaultclock.dt = 0.01 * ms
    Network(group, monitor).run(10 * ms, namespace={})
    assert monitor.g_exc[0].max() / nS == pytest.approx(3, rel=1e-5)


def test_the_hodgkin_huxley_step_converges_with_its_parts() -> None:
    exc = exponential_conductance("exc")
    values = {
        "C_m": 0.2 * nF, "g_L": 0.01 * uS, "E_L": -65 * mV, "g_Na": 20 * uS, "E_Na": 50 * mV, "g_K": 6 * uS,
        "E_K": -90 * mV, "V_T": -63 * mV, "tau_exc": 5 * ms, "E_exc": 0 * mV, "v": -64 * mV, "h": 1.0,
        "I_ext": 0.3 * nA,
    }  # fmt: skip
    fine = potential_after(replace(HODGKIN_HUXLEY, substeps=64) + exc, 0.1, values, 1.0)
    errors = [
        abs(potential_after(replace(HODGKIN_HUXLEY, substeps=n) + exc, 0.1, values, 1.0) - fine) for n in (2, 4, 8)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 3.7  # more, at first, from states far off their course


def test_parts_of_a_step_need_our_integration() -> None:
    assert replace(ADEX, substeps=2).method.substeps == 2
    assert "2 parts to a step" in replace(ADEX, substeps=2).text


def test_currents_and_conductances_have_no_closed_form_together() -> None:
    with pytest.raises(ModelError, match="currents or conductances; for both, add receptors to LIF"):
        linear_lif(exponential_current("exc"), exponential_conductance("inh"))


# -- composed and native cells ----------------------------------------------------------------------


def test_a_composed_neuron_does_what_the_standard_cell_does() -> None:
    values = {"tau_m": 10.0, "v_thresh": -52.0, "tau_refrac": 2.0}
    sim.setup(timestep=0.1, device="runtime")
    standard = sim.Population(1, sim.IF_cond_exp(tau_syn_E=3.0, tau_syn_I=8.0, e_rev_I=-75.0, **values))
    receptors = {"AMPA": sim.ExpPSR(tau_syn=3.0, e_syn=0.0), "GABAA": sim.ExpPSR(tau_syn=8.0, e_syn=-75.0)}
    composed = sim.Population(1, sim.PointNeuron(sim.LIF(**values), **receptors))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 6.0, 15.0, 15.5, 16.0]))
    for cells, names in ((standard, ("excitatory", "inhibitory")), (composed, ("AMPA", "GABAA"))):
        for receptor, weight in zip(names, (0.08, 0.02), strict=True):
            synapse = sim.StaticSynapse(weight=weight, delay=1.0)
            sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type=receptor)
        cells.record(["spikes", "v"])
    sim.run(40.0)
    first, second = (cells.get_data().segments[0] for cells in (standard, composed))
    assert first.spiketrains[0].size > 1
    assert np.array_equal(first.spiketrains[0].magnitude, second.spiketrains[0].magnitude)
    assert np.array_equal(first.analogsignals[0].magnitude, second.analogsignals[0].magnitude)


def test_parameters_of_a_composed_neurons_receptors_can_be_had_and_set() -> None:
    sim.setup(device="runtime")
    cells = sim.Population(
        3, sim.PointNeuron(sim.AdExp(), AMPA=sim.AlphaPSR(tau_syn=2.0), GABA=sim.BetaPSR(e_syn=-70.0))
    )
    assert cells.get("AMPA.tau_syn") == 2.0
    cells.set(**{"AMPA.tau_syn": [1.0, 2.0, 3.0]})
    assert cells.get("AMPA.tau_syn").tolist() == [1.0, 2.0, 3.0]
    assert "GABA.gsyn" in cells.celltype.recordable


def test_a_composed_neuron_refuses_what_is_no_receptor() -> None:
    with pytest.raises(PyNNError, match="the receptor 'AMPA' must be one of brianhw.pynn"):
        sim.PointNeuron(sim.LIF(), AMPA=5.0)


def native_adex() -> Any:
    exc = exponential_conductance("exc")
    return sim.native_cell_type(ADEX + exc, {"excitatory": exc}, parameters=adex.REGULAR_SPIKING)


def test_a_native_cell_has_the_models_names_and_pynns_units() -> None:
    cell = native_adex()
    assert cell.default_parameters["C"] == pytest.approx(adex.REGULAR_SPIKING["C"] / nF)
    assert cell.units["tau_exc"] == "ms"
    assert {"spikes", "v", "w", "g_exc"} <= set(cell.recordable)
    assert cell.conductance_based


def test_a_native_cell_does_what_its_model_does() -> None:
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(2, native_adex()(tau_exc=5.0, E_exc=0.0, I_ext=0.6))
    cells.record(["spikes", "v"])
    sim.run(50.0)
    ours = cells.get_data().segments[0].analogsignals[0].magnitude[:, 0]

    model = ADEX + exponential_conductance("exc")
    group = NeuronGroup(1, **model)
    model.set(group, adex.REGULAR_SPIKING, tau_exc=5 * ms, E_exc=0 * mV, I_ext=0.6 * nA)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(50 * ms, namespace={})
    # the facade computes with one value where all cells have the same: another order of operations
    assert ours[:-1] == pytest.approx(monitor.v[0] / mV, abs=1e-6)


def test_a_native_cell_takes_quantities_and_refuses_wrong_ones() -> None:
    cell = native_adex()
    assert cell(tau_exc=5 * ms, E_exc=0 * mV).parameter_space["tau_exc"].base_value == pytest.approx(5.0)
    with pytest.raises(PyNNError, match="tau_exc is counted in ms"):
        cell(tau_exc=5 * mV, E_exc=0.0)
    with pytest.raises(PyNNError, match="needs a value for E_exc"):
        cell(tau_exc=5.0)
    with pytest.raises(UnknownNameError, match="Did you mean 'tau_exc'"):
        cell(tau_ex=5.0, E_exc=0.0)


def test_an_unknown_receptor_variable_is_named() -> None:
    with pytest.raises(UnknownNameError, match="no variable 'g_inh'"):
        sim.native_cell_type(ADEX + exponential_conductance("exc"), {"inhibitory": "g_inh"})


@pytest.mark.parametrize("name", [name for name in sim.list_standard_models() if "Source" not in name])
def test_what_pynn_asks_of_a_class_follows_from_its_model(name: str) -> None:
    """Nothing is left to PyNN's base class, which says that cells have conductances."""
    sim.setup(timestep=0.1, device="runtime")
    receptors = {"AMPA": sim.ExpPSR(), "GABA": sim.AlphaPSR(e_syn=-70.0)}
    cell = sim.PointNeuron(sim.LIF(), **receptors) if name == "PointNeuron" else getattr(sim, name)()
    found = cell.realisation
    assert sorted(cell.receptor_types) == sorted(found.receptors)
    units = {unit for _, unit in found.receptors.values()}
    dimensions = {found.model.parsed[entry].dim for entry, _ in found.receptors.values()}
    assert len(units) == 1 and {unit_of(dimension) for dimension in dimensions} == units
    assert (
        cell.conductance_based
        == (units == {"uS"})
        == ("cond" in name or name in ("PointNeuron", "IF_facets_hardware1"))
    )
    assert set(cell.recordable) - {"spikes"} <= set(found.states)
    for each in set(cell.recordable) - {"spikes"}:
        unit = found.states[each][1]
        assert cell.units[each] in (("", "dimensionless") if unit == "1" else (unit,))


@pytest.mark.parametrize(("sign", "weight"), [("-", 0.5), ("+", -0.5)])
def test_a_native_receptor_called_inhibitory_inhibits(sign: str, weight: float) -> None:
    """Weights are amounts where the model has the sign, negative where it has none; the other is refused."""
    sim.setup(timestep=0.1, device="runtime")
    receptor = exponential_current("inh", sign)
    kind = sim.native_cell_type(LIF + receptor, {"inhibitory": receptor}, parameters=lif.PYNN_DEFAULTS)
    cells = sim.Population(1, kind(tau_inh=5.0))
    cells.initialize(v=-65.0)
    cells.record("v")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    with pytest.raises(PyNNError, match="weights must be"):
        sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=-weight))
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=weight))
    sim.run(20.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    assert v.max() <= -65.0 + 1e-9 and v.min() < -65.5


# -- parameters that are arrays ---------------------------------------------------------------------


ARRAYS = {"tau_eta": (5.0, 200.0), "a_eta": (0.1, 0.2), "tau_gamma": (1.0, 20.0, 200.0), "a_gamma": (1.0, 2.0, 3.0)}


def listed(value: Any) -> Any:
    """Return an array parameter, or an array of them, as lists."""
    return [listed(each) for each in value] if isinstance(value, np.ndarray) else value.value.tolist()


@pytest.mark.parametrize("name", sorted(ARRAYS))
def test_array_parameters_can_be_read_of_all_of_some_and_of_one(name: str) -> None:
    given = list(ARRAYS[name])
    cells, others = (sim.Population(3, sim.GIF_cond_exp(**ARRAYS)) for _ in range(2))
    for whole in (cells, cells[1:], cells[[0, 2]], cells + others):
        assert listed(whole.get(name)) == given
        assert listed(whole.get([name, "cm"])[0]) == given
        assert listed(whole.get(name, simplify=False)) == [given] * whole.size
    assert listed(cells[1].get_parameters()[name]) == listed(getattr(cells[2], name)) == given
    another = [each + 1 for each in given]
    cells[1:].set(**{name: sim.ArrayParameter(another)})
    assert listed(cells.get(name)) == [given, another, another]
    assert listed(cells[1:].get(name)) == listed(getattr(cells[1], name)) == another
    assert listed((cells + others).get(name)) == [given, another, another, given, given, given]
    setattr(cells[0], name, sim.ArrayParameter(another))
    sim.run(0.2)
    assert listed(cells.get(name)) == another


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda: sim.GIF_cond_exp(tau_eta=(5.0, 200.0), a_eta=(0.1,)), "tau_eta has 2 elements and a_eta 1"),
        (lambda: sim.GIF_cond_exp(tau_gamma=(5.0,)), "tau_gamma has 1 elements and a_gamma 3"),
        (
            lambda: sim.Population(2, sim.GIF_cond_exp(**ARRAYS)).set(tau_eta=sim.ArrayParameter([1.0, 2.0, 3.0])),
            "tau_eta has 2 elements in each cell, not 3",
        ),
        (
            lambda: sim.Population(2, sim.GIF_cond_exp(**ARRAYS))[:1].set(a_eta=sim.ArrayParameter([1.0])),
            "a_eta has 2 elements in each cell, not 1",
        ),
    ],
)
def test_arrays_of_other_lengths_are_refused(change: Any, complaint: str) -> None:
    with pytest.raises(InvalidDimensionsError, match=complaint):
        change()
