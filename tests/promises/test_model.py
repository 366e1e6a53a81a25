"""Models: composition, the complete text, values and every error that is promised."""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms, mV, nS, pA, pF

import brianhw.parameters
from brianhw import equations
from brianhw.equations.additive_stdp import additive_stdp
from brianhw.equations.adex import ADEX
from brianhw.equations.dopamine import taking_dopamine
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_synapse import DPI_AMPA
from brianhw.equations.gap_junction import gap_junction
from brianhw.equations.granule_cell import granule_cell
from brianhw.equations.hodgkin_huxley_clipped import hodgkin_huxley_clipped
from brianhw.equations.inferior_olive import inferior_olive
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.lif import LIF
from brianhw.equations.motion_detector import motion_detector
from brianhw.equations.nmda import nmda_conductance
from brianhw.equations.purkinje import purkinje, purkinje_plastic
from brianhw.equations.receptors import (
    Receptor,
    alpha_conductance,
    exponential_conductance,
    exponential_current,
    static_synapse,
)
from brianhw.equations.short_term_plasticity import tsodyks_markram
from brianhw.equations.spinnaker.receptors import exponential_current as exponential_integers
from brianhw.equations.stdp import pair_stdp
from brianhw.equations.stdp_rules import ADDITIVE, stdp_synapse, triplet_rule
from brianhw.equations.teaching_rules import (
    cosine_kernel,
    delayed_exponential_kernel,
    exponential_kernel,
    sine_kernel,
    symmetric_cosine_sine_kernel,
)
from brianhw.errors import BrianHWError, ModelError, ParameterError, UnitError, UnknownNameError
from brianhw.model import Block, Feed, NeuronModel, SynapseModel
from brianhw.model.mathematics import quantities_of
from brianhw.parameters import ParameterSet
from brianhw.parameters.adex import BRETTE_GERSTNER
from brianhw.parameters.izhikevich import REGULAR_SPIKING
from brianhw.parameters.lif import NEST_DEFAULTS, PYNN_DEFAULTS
from brianhw.parameters.receptors import NMDA
from paths import CHECKOUT

CELL = ADEX + exponential_current("exc") + exponential_current("inh", "-")
VALUES = {**BRETTE_GERSTNER, "tau_exc": 5 * ms, "tau_inh": 10 * ms}


# -- composition ------------------------------------------------------------------------------------


def test_a_neuron_with_receptors_reads_and_runs_as_promised() -> None:
    group = NeuronGroup(3, **CELL)
    CELL.set(group, BRETTE_GERSTNER, tau_exc=5 * ms, tau_inh=10 * ms)
    Network(group).run(1 * ms)
    assert group.v / mV == pytest.approx([-70.6] * 3, abs=1e-3)


def test_the_text_shows_all_of_the_model() -> None:
    text = CELL.text
    assert "I_syn = I_exc - I_inh : amp" in text
    for name in (*CELL.parameters, *CELL.state_variables):
        assert name in text
    for part in (CELL.threshold, *CELL.reset.splitlines(), CELL.refractory, CELL.scheme, *CELL.solutions.values()):
        assert part in text
    assert str(CELL) == text


def test_the_equations_of_the_text_are_those_that_brian2_gets() -> None:
    group = NeuronGroup(1, **CELL)
    for name in CELL.parsed.names:
        assert name in group.equations.names


def test_a_port_that_nothing_feeds_is_zero() -> None:
    assert "I_syn = 0*amp : amp" in LIF.text
    group = NeuronGroup(2, **LIF)
    LIF.set(group, NEST_DEFAULTS)
    monitor = StateMonitor(group, "I_syn", record=True)
    Network(group, monitor).run(0.2 * ms)
    assert np.all(monitor.I_syn == 0 * pA)
    assert monitor.I_syn.shape == (2, 2)


def test_a_port_of_whole_numbers_that_nothing_feeds_is_zero_too() -> None:
    counter = NeuronModel("counter", "total = count + 2 : integer", ports={"count": "integer"})
    one = Block("one", "one : integer", feeds=(Feed("count", "one"),))
    assert counter.full_equations.endswith("count = 0 : integer")
    assert (counter + one).full_equations.endswith("count = one : integer")
    assert NeuronGroup(1, **counter).total[:] == 2


def test_the_sign_of_a_feed_holds_for_all_of_its_expression() -> None:
    block = Block("pair", "I_one : amp\nI_two : amp", feeds=(Feed("I_syn", "I_one + I_two", "-"),))
    cell = LIF + block
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS, I_one=3 * pA, I_two=4 * pA)
    assert group.I_syn[0] / pA == pytest.approx(-7)


def test_the_order_of_blocks_changes_no_value() -> None:
    one, two = exponential_conductance("one"), alpha_conductance("two")
    values = {**NEST_DEFAULTS, "tau_one": 2 * ms, "tau_two": 3 * ms, "E_one": 0 * mV, "E_two": -80 * mV}
    values |= {"g_one": 5 * nS, "g_two_drive": 9 * nS}
    found = []
    for cell in (LIF + one + two, LIF + two + one, LIF + (one + two)):
        group = NeuronGroup(1, **cell)
        cell.set(group, values)
        Network(group).run(3 * ms)
        found.append(float(group.v[0]))
    assert found[1:] == pytest.approx(found[:1] * 2, rel=1e-14)  # sums in another order


def test_a_block_resets_before_the_neuron() -> None:
    block = Block("memory", "v_before : volt", reset="v_before = v")
    cell = LIF + block
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS, v_before=0 * mV, v=-40 * mV)
    Network(group).run(0.1 * ms)
    assert group.v_before[0] > -55 * mV
    assert group.v[0] == -70 * mV


def test_models_are_frozen_and_adding_changes_neither_part() -> None:
    before = LIF.text
    receptor = exponential_current("exc")
    cell = LIF + receptor
    assert LIF.text == before
    with pytest.raises(FrozenInstanceError):
        cell.reset = "v = 0*volt"
    with pytest.raises(TypeError):
        cell.solutions["I_exc"] = "0*amp"


@pytest.mark.parametrize(
    "model", [LIF, CELL, pair_stdp(exponential_current("exc")), nmda_conductance()], ids=lambda m: m.name
)
def test_a_model_survives_pickling(model) -> None:
    twin = pickle.loads(pickle.dumps(model))
    assert type(twin) is type(model)
    assert twin.text == model.text
    assert hash(twin) == hash(model)


def test_blocks_are_equal_by_what_they_say_and_models_only_to_themselves() -> None:
    assert exponential_current("exc") == exponential_current("exc") != exponential_current("exc", "-")
    assert hash(exponential_current("exc")) == hash(exponential_current("exc"))
    assert (LIF + exponential_current("exc")) != (LIF + exponential_current("exc"))
    assert static_synapse("v", "volt") != static_synapse("v", "volt")


def test_a_receptor_that_was_pickled_still_takes_spikes() -> None:
    twin = pickle.loads(pickle.dumps(nmda_conductance()))
    assert isinstance(twin, Receptor)
    assert static_synapse(twin).text == static_synapse(nmda_conductance()).text


def test_no_name_of_the_callers_scope_leaks_in() -> None:
    E_L = 5 * mV  # noqa: F841, N806 - names of the model, with values of the wrong kind
    I_exc = tau_exc = "nonsense"  # noqa: F841, N806
    exp = None  # noqa: F841
    cell = LIF + exponential_current("exc")
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS, tau_exc=2 * ms)
    Network(group).run(1 * ms)
    assert group.v[0] == -70 * mV


def test_importing_a_model_does_not_import_brian2() -> None:
    code = "import sys, brianhw.equations.adex, brianhw.equations.nmda; print('brian2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# -- errors of composition --------------------------------------------------------------------------


def test_a_block_that_feeds_an_unknown_port_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"no input port 'I_in'\. Ports: I_syn \(amp\), I_syn_slope \(siemens\)"):
        LIF + exponential_current("exc", port="I_in")


def test_a_name_defined_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="tau_w defined twice. Give one of the two another name"):
        ADEX + Block("clash", "tau_w : second")


def test_a_sign_is_plus_or_minus() -> None:
    with pytest.raises(ModelError, match=r"the sign of 'I_exc' is '\*'; use '\+' or '-'"):
        exponential_current("exc", "*")


def test_a_name_that_nothing_defines_is_refused_with_those_that_are() -> None:
    model = NeuronModel(name="broken", equations="dx/dt = -x/tau_x : 1")
    with pytest.raises(ModelError, match="broken: the equations use 'tau_x', which nothing defines.*defined are x"):
        _ = model.parsed


@pytest.mark.parametrize(("where", "said"), [("threshold", "threshold uses"), ("reset", "reset statements use")])
def test_a_name_that_nothing_defines_is_found_in_statements_too(where: str, said: str) -> None:
    model = NeuronModel(name="broken", equations="dx/dt = -x/ms : 1", **{"threshold": "x > 1", where: "x = limit"})
    with pytest.raises(ModelError, match=f"broken: (the )?{said} 'limit', which nothing defines"):
        _ = model.parsed


def test_a_text_that_brian2_cannot_read_is_refused_with_its_name() -> None:
    with pytest.raises(ModelError, match="^illegible: "):
        _ = NeuronModel(name="illegible", equations="dx/dt = = : 1").parsed


def test_a_synapse_may_use_variables_of_its_target_but_no_unknown_ones() -> None:
    with pytest.raises(ModelError, match="on_pre statements use 'gain', which nothing defines"):
        _ = SynapseModel(name="broken", equations="w : 1", on_pre="x_post += w*gain").parsed


def test_text_cannot_be_added() -> None:
    with pytest.raises(TypeError):
        LIF + "dx/dt = 0/second : 1"


STDP, RECEPTOR = pair_stdp("I_exc", "amp"), exponential_current("exc")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (LIF, ADEX, r"LIF \+ .*: both are whole neurons. Add blocks to one"),
        (LIF, STDP, r"^LIF \+ pair STDP onto I_exc: .*Synapses\(source, target, \*\*model\)"),
        (RECEPTOR, STDP, "give the synapse model to Synapses"),
        (STDP, LIF, "give the synapse model to Synapses"),
        (STDP, STDP, "each synapse model makes Synapses of its own"),
        (exponential_integers("exc"), LIF, "the neuron comes first"),
        (RECEPTOR, LIF, r"the neuron comes first, as in LIF \+ exponential current exc"),
    ],
)
def test_a_sum_that_makes_no_neuron_says_what_to_do(first, second, said) -> None:
    with pytest.raises(ModelError, match=said):
        first + second


def test_a_block_as_a_whole_model_is_refused_with_the_synapses_that_lead_to_it() -> None:
    with pytest.raises(ModelError, match=r"DPI synapse ampa is a block.*static_synapse\(receptor\).*DPI_SYNAPSES"):
        dict(**DPI_AMPA)


# -- values -----------------------------------------------------------------------------------------


@pytest.fixture
def group() -> NeuronGroup:
    return NeuronGroup(3, **CELL)


def test_later_values_override_earlier_ones_and_keywords_all(group) -> None:
    CELL.set(group, VALUES, {"b": 1 * pA, "a": 1 * nS}, b=2 * pA)
    assert list(group.b / pA) == pytest.approx([2] * 3)
    assert list(group.a / nS) == pytest.approx([1] * 3)


def test_values_are_scalars_arrays_or_expressions(group) -> None:
    CELL.set(group, VALUES, b=[1, 2, 3] * pA, a="i*nS")
    assert list(group.b / pA) == pytest.approx([1, 2, 3])
    assert list(group.a / nS) == pytest.approx([0, 1, 2])


def test_initial_values_follow_the_parameters_unless_given(group) -> None:
    CELL.set(group, VALUES, E_L=[-70, -60, -50] * mV)
    assert list(group.v / mV) == pytest.approx([-70, -60, -50])
    CELL.set(group, VALUES, v=-65 * mV)
    assert list(group.v / mV) == pytest.approx([-65] * 3)


def test_what_statements_write_starts_at_its_initial_value_unless_given() -> None:
    model = NeuronModel(name="clock", equations="since : second", after="since += dt", initial={"since": "100*second"})
    model = replace(model, optional=("since",))
    group = NeuronGroup(2, **model)
    model.set(group)
    assert list(group.since / ms) == [1e5, 1e5]
    model.set(group, since=[1, 2] * ms)
    assert list(group.since / ms) == pytest.approx([1, 2])


def test_an_initial_value_may_build_on_another() -> None:
    group = NeuronGroup(1, **IZHIKEVICH)
    IZHIKEVICH.set(group, REGULAR_SPIKING, v=-70 * mV)
    assert group.u[0] / (mV / ms) == pytest.approx(-14)


def test_an_optional_parameter_is_zero() -> None:
    group = NeuronGroup(1, **CELL)
    CELL.set(group, VALUES)
    assert group.t_ref[0] == 0 * ms
    assert group.I_ext[0] == 0 * pA


def test_update_changes_only_what_it_names(group) -> None:
    CELL.set(group, VALUES, v=-65 * mV)
    CELL.update(group, b=7 * pA)
    assert list(group.b / pA) == pytest.approx([7] * 3)
    assert list(group.v / mV) == pytest.approx([-65] * 3)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"tau_exc": None}, ParameterError, "needs a value for tau_exc. Give it by name"),
        ({"b": 3 * mV}, UnitError, "'b' is in amp, it was given 3. \\* mvolt"),
        ({"b": 3}, UnitError, "'b' is in amp, it was given a number without unit"),
        ({"tau_ecx": 3 * ms}, UnknownNameError, "no parameter or state variable 'tau_ecx'. Did you mean 'tau_exc'"),
        ({"qqqqq": 3 * ms}, UnknownNameError, "no parameter or state variable 'qqqqq'. Known: C, Delta_T"),
        ({"b": [1, 2] * pA}, ParameterError, "'b' takes 1 or 3 values; it was given 2"),
    ],
)
def test_wrong_values_are_refused_and_nothing_is_set(group, changes, error, message) -> None:
    values = {**VALUES, "C": 999 * pF, "v": -33 * mV, **changes}
    values = {name: value for name, value in values.items() if value is not None}
    with pytest.raises(error, match=message) as caught:
        CELL.set(group, values)
    assert isinstance(caught.value, BrianHWError)
    assert list(group.C / pF) == [0] * 3
    assert list(group.v / mV) == [0] * 3


def test_an_error_is_also_the_built_in_one(group) -> None:
    with pytest.raises(KeyError):
        CELL.set(group, VALUES, tau_ecx=3 * ms)
    with pytest.raises(ValueError, match="without unit"):
        CELL.update(group, b=3)


def test_a_wrong_update_sets_nothing(group) -> None:
    CELL.set(group, VALUES)
    with pytest.raises(UnitError):
        CELL.update(group, a=9 * nS, b=3 * mV)
    assert list(group.a / nS) == pytest.approx([4] * 3)


def test_a_shared_parameter_takes_one_value_until_it_is_made_per_neuron() -> None:
    name = next(
        name for name in DPI_NEURON.parameters if "shared" in DPI_NEURON.parsed[name].flags and name.startswith("I")
    )
    with pytest.raises(ParameterError, match=f"'{name}' takes one value, shared by the group; it was given 2"):
        DPI_NEURON.check({name: [1, 2] * pA}, 2)
    DPI_NEURON.per_neuron(name).check({name: [1, 2] * pA}, 2)


def test_per_neuron_refuses_an_unknown_name() -> None:
    with pytest.raises(UnknownNameError, match="no parameter 'tau_exx'. Did you mean 'tau_exc'"):
        CELL.per_neuron("tau_exx")


def test_per_neuron_gives_each_neuron_its_own_kinetics() -> None:
    cell = LIF + nmda_conductance()
    own = cell.per_neuron("tau_decay_nmda")
    group = NeuronGroup(2, **own)
    own.set(group, NEST_DEFAULTS, NMDA.suffixed("nmda"), tau_decay_nmda=[50, 150] * ms, g_nmda=1 * nS)
    Network(group).run(10 * ms)
    assert group.g_nmda / nS == pytest.approx(np.exp([-10 / 50, -10 / 150]), rel=1e-9)


def test_the_values_of_synapses_are_checked_too() -> None:
    synapse = tsodyks_markram("v", "volt")
    group = NeuronGroup(2, **LIF)
    synapses = Synapses(SpikeGeneratorGroup(1, [], [] * ms), group, **synapse)
    synapses.connect()
    values = {"U_SE": 0.5, "tau_rec": 100 * ms, "tau_facil": 10 * ms}
    synapse.set(synapses, values, weight=1 * mV)
    assert list(synapses.x_SE) == [1, 1]
    with pytest.raises(ParameterError, match="needs a value for weight"):
        synapse.set(synapses, values)
    with pytest.raises(UnitError, match="'weight' is in"):
        synapse.set(synapses, values, weight=1 * pA)
    with pytest.raises(ParameterError, match="'weight' takes 1 or 2 values; it was given 3"):
        synapse.set(synapses, values, weight=[1, 2, 3] * mV)


# -- the library's own -------------------------------------------------------------------------------

WITHOUT_FORWARD_EULER = [LIF, ADEX, IZHIKEVICH]


@pytest.mark.parametrize("neuron", WITHOUT_FORWARD_EULER, ids=lambda model: model.name)
def test_no_neuron_is_integrated_with_forward_euler(neuron) -> None:
    for cell in (neuron, neuron + exponential_current("exc"), neuron + alpha_conductance("exc")):
        assert cell.scheme == "rk4"
        assert "rk4" in getattr(cell.method, "__name__", cell.method)


def test_a_neuron_without_receptors_runs_with_every_scheme_that_suits_it() -> None:
    for scheme in ("rk4", "rosenbrock", "midpoint", "exact"):
        model = replace(LIF, scheme=scheme)
        group = NeuronGroup(1, **model)
        model.set(group, NEST_DEFAULTS, I_ext=100 * pA)
        Network(group).run(10 * ms)
        assert group.v[0] / mV == pytest.approx(-70 + 4 * (1 - np.exp(-1)), rel=1e-6)


def parameter_sets() -> list[tuple[str, ParameterSet]]:
    found = []
    for module in pkgutil.iter_modules(brianhw.parameters.__path__):
        contents = vars(importlib.import_module(f"brianhw.parameters.{module.name}"))
        found += [(module.name, value) for value in contents.values() if isinstance(value, ParameterSet)]
    return found


def models_of(module: str) -> list:
    """Return the models that the sets of a parameter file are for; a new file needs a line here."""
    receptors = [exponential_conductance("x"), exponential_current("x"), nmda_conductance("x")]
    return {
        "lif": [LIF],
        "adex": [ADEX],
        "gap_junction": [gap_junction()],
        "granule_cell": [granule_cell()],
        "hodgkin_huxley": [hodgkin_huxley_clipped()],
        "inferior_olive": [inferior_olive()],
        "purkinje": [purkinje(), purkinje_plastic()],
        "izhikevich": [IZHIKEVICH],
        "learning_rules": [
            rule(None)
            for rule in (
                exponential_kernel,
                delayed_exponential_kernel,
                cosine_kernel,
                sine_kernel,
                symmetric_cosine_sine_kernel,
                additive_stdp,
            )
        ],
        "dynapse1": [DPI_NEURON],
        "receptors": [LIF + receptor for receptor in receptors],
        "synapses": [
            pair_stdp("v", "volt"),
            tsodyks_markram("v", "volt"),
            stdp_synapse(triplet_rule(ADDITIVE), "v", "volt"),
        ],
    }[module]


@pytest.mark.parametrize(("module", "values"), parameter_sets(), ids=lambda item: getattr(item, "name", item))
def test_a_parameter_set_has_a_source_and_fits_a_model(module: str, values: ParameterSet) -> None:
    assert len(values.source) > 10
    if module == "receptors":
        values = values.suffixed("x")
    fitting = [
        model for model in models_of(module) if set(values) <= set(model.parameters) | set(model.state_variables)
    ]
    assert fitting, f"{values.name} has names that no model of {module} has"
    fitting[0].check(values, 1)


@pytest.mark.parametrize(
    ("module", "model"), [("lif", LIF), ("adex", ADEX), ("izhikevich", IZHIKEVICH)], ids=lambda item: str(item)[:10]
)
def test_a_parameter_set_of_a_neuron_is_complete(module: str, model: NeuronModel) -> None:
    for found, values in parameter_sets():
        if found == module:
            model.set(NeuronGroup(1, **model), values)


def test_sets_join_and_say_where_each_came_from() -> None:
    first = ParameterSet("one", "paper A", a=1, b=2)
    second = ParameterSet("two", "paper B", b=3)
    assert dict(first | second) == {"a": 1, "b": 3}
    assert (first | second).source == "paper A; paper B"
    assert dict(first.suffixed("x")) == {"a_x": 1, "b_x": 2}
    assert "paper A" in repr(first)


@pytest.mark.parametrize("value", [0 * ms, -5 * ms, [5, 0] * ms])
def test_a_time_constant_must_be_above_zero(value):
    cell = LIF + exponential_current("exc")
    group = NeuronGroup(2, **cell)
    with pytest.raises(ParameterError, match="'tau_exc' must be above zero, it was given"):
        cell.set(group, PYNN_DEFAULTS, tau_exc=value)
    assert np.all(group.C_m_[:] == 0)  # nothing has been set


def test_a_refractory_period_may_be_zero_but_not_negative():
    group = NeuronGroup(1, **LIF)
    LIF.set(group, PYNN_DEFAULTS, t_ref=0 * ms)
    with pytest.raises(ParameterError, match="'t_ref' must be zero or more"):
        LIF.set(group, PYNN_DEFAULTS, t_ref=-1 * ms)


def test_expressions_in_set_see_the_names_of_the_caller():
    group = NeuronGroup(3, **LIF)
    spread = 7 * mV  # noqa: F841 - used by the expression
    LIF.set(group, PYNN_DEFAULTS, v="-65*mV + spread*i")
    assert group.v_[2] == pytest.approx(-51e-3)


def test_parameter_sets_can_be_pickled():
    again = pickle.loads(pickle.dumps(PYNN_DEFAULTS))
    assert dict(again) == dict(PYNN_DEFAULTS)
    assert again.source == PYNN_DEFAULTS.source


@pytest.mark.parametrize(
    "cell",
    [
        taking_dopamine(LIF),
        motion_detector(exponential_current("exc"), exponential_current("exc2"), exponential_current("inh", "-")),
    ],
    ids=lambda cell: cell.name,
)
def test_what_a_neuron_keeps_for_itself_needs_no_value(cell):
    kept = [name for name in cell.parameters if "constant" not in cell.parsed[name].flags]
    assert kept
    assert not set(kept) & set(cell.missing([]))


# -- what the pages of the library show -------------------------------------------------------------


@pytest.mark.parametrize("file", [info.name for info in pkgutil.iter_modules(equations.__path__) if not info.ispkg])
def test_each_file_of_the_library_says_its_source_and_in_what_it_deviates(file) -> None:
    said = (importlib.import_module(f"brianhw.equations.{file}").__doc__ or "").lower()
    assert "source" in said and "deviation:" in said


@pytest.mark.parametrize(
    "model", [STDP, tsodyks_markram(RECEPTOR), stdp_synapse(triplet_rule(ADDITIVE), RECEPTOR), additive_stdp(RECEPTOR)]
)
def test_each_parameter_of_a_synapse_that_learns_says_what_it_is(model) -> None:
    said = {each.name: each.meaning for each in quantities_of(model.equations) if each.kind == "parameter"}
    needed = {model.weight, *(name for name in model.parameters if name not in model.optional)}
    assert [name for name in sorted(needed) if not said[name]] == []


# -- names of a script ------------------------------------------------------------------------------

NAMES = """
from brian2 import *
from brianhw.equations import LIF, exponential_current, static_synapse
from brianhw.parameters import lif
prefs.codegen.target = "numpy"
exc = exponential_current("exc")
cell = LIF + exc
weight, g_L, v, I_exc, t_ref = 2*nA, 3*nS, 4*mV, 5*nA, 6*ms
E_L = -70*mV
source, cells = SpikeGeneratorGroup(1, [0], [1]*ms), NeuronGroup(2, **cell, name="cells")
cell.set(cells, lif.PYNN_DEFAULTS, tau_exc=5*ms)
synapses = Synapses(source, cells, **static_synapse(exc), name="synapses")
synapses.connect()
synapses.weight = weight
"""


def said_by(tmp_path: Path, script: str) -> str:
    (tmp_path / "script.py").write_text(script)
    ran = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("device", ["", "set_device('brianhw')\n"])
def test_names_of_a_script_that_a_library_model_has_too_bring_no_warning(tmp_path: Path, device: str) -> None:
    script = NAMES.replace("prefs.codegen", f"{device}prefs.codegen")
    assert "internal variable" not in said_by(tmp_path, f"{script}\nrun(3*ms)\n")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("cells.v = 'E_L + 1*mV'", {"'E_L'", "'v'"}),
        ("run(1*ms)\ncells.v = 'E_L + 1*mV'", {"'E_L'"}),
        ("own = NeuronGroup(1, 'dv/dt = -v/ms : volt', name='own')\nrun(1*ms)", {"'v'"}),
    ],
)
def test_brian2_still_warns_of_names_in_what_a_user_has_written(tmp_path: Path, line: str, names: set[str]) -> None:
    said = said_by(tmp_path, f"{NAMES}\n{line}\n")
    found = set(re.findall(r"('\w+') is an internal variable of group", said))
    assert names <= found <= {"'E_L'", "'v'"}
