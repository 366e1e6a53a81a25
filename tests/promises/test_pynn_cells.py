"""PyNN's standard cells against recordings of NEST and NEURON, NEST itself, and convergence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, ms, mV, nA, nF
from pyNN.errors import InvalidDimensionsError

import brianhw.pynn as sim
from brianhw.equations import (
    ADEX,
    LIF,
    exponential_conductance,
    exponential_current,
    linear_lif,
)
from brianhw.errors import ModelError, PyNNError, UnknownNameError
from brianhw.parameters import adex, lif
from brianhw.pynn.models.native import unit_of

# -- NEST, with other parameters --------------------------------------------------------------------


# -- the schemes ------------------------------------------------------------------------------------


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
