"""Receptors: peak, time to peak, exactness at any step, and the synapses that drive them."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms, mV, nS, pA

from brianhw.equations.additive_stdp import additive_stdp
from brianhw.equations.adex import ADEX
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.lif import LIF
from brianhw.equations.linear_membrane import linear_lif
from brianhw.equations.motion_detector import motion_detector
from brianhw.equations.nmda import nmda_conductance
from brianhw.equations.receptors import (
    alpha_charge,
    alpha_conductance,
    alpha_current,
    delta_charge,
    delta_synapse,
    entry_of,
    exponential_conductance,
    exponential_current,
    static_synapse,
)
from brianhw.equations.short_term_plasticity import tsodyks_markram
from brianhw.equations.stdp import pair_stdp
from brianhw.equations.teaching_rules import exponential_kernel
from brianhw.errors import ModelError
from brianhw.parameters.lif import NEST_DEFAULTS
from brianhw.parameters.receptors import NMDA, PYNN_EXCITATION
from brianhw.pynn import native_cell_type
from convergence import final_values

KINDS = [exponential_current, alpha_current, exponential_conductance, alpha_conductance]


def response(receptor, values, variable: str, times_ms=(1.0,), dt_ms: float = 0.1, duration_ms: float = 20):
    """Return time after the first spike and *variable* of a LIF whose receptor gets spikes of weight one unit."""
    cell = LIF + receptor
    group = NeuronGroup(1, **cell, dt=dt_ms * ms)
    cell.set(group, NEST_DEFAULTS, values)
    source = SpikeGeneratorGroup(1, [0] * len(times_ms), list(times_ms) * ms, dt=dt_ms * ms)
    synapse = static_synapse(receptor)
    synapses = Synapses(source, group, **synapse, dt=dt_ms * ms)
    synapses.connect()
    synapse.set(synapses, weight=1 * (pA if receptor.unit == "amp" else nS))
    monitor = StateMonitor(group, variable, record=0, dt=dt_ms * ms)
    Network(group, source, synapses, monitor).run(duration_ms * ms)
    scale = 1e12 if receptor.unit == "amp" else 1e9
    # the spike acts at the end of its step
    return monitor.t / ms - times_ms[0] - dt_ms, np.asarray(getattr(monitor, variable)[0]) * scale


@pytest.mark.parametrize("kind", [exponential_current, exponential_conductance])
def test_an_exponential_receptor_jumps_by_the_weight_and_decays(kind) -> None:
    receptor = kind("exc")
    values = {"tau_exc": 3 * ms} | ({"E_exc": 0 * mV} if receptor.unit == "siemens" else {})
    t, found = response(receptor, values, receptor.entry)
    after = t > -1e-9
    assert found[~after] == pytest.approx(0)
    assert found[after] == pytest.approx(np.exp(-t[after] / 3), rel=1e-12)


@pytest.mark.parametrize("dt_ms", [0.1, 0.5])
@pytest.mark.parametrize("kind", [alpha_current, alpha_conductance])
def test_an_alpha_receptor_peaks_at_the_weight_after_its_time_constant(kind, dt_ms: float) -> None:
    receptor = kind("exc")
    values = {"tau_exc": 2 * ms} | ({"E_exc": 0 * mV} if receptor.unit == "siemens" else {})
    t, found = response(receptor, values, receptor.entry.removesuffix("_drive"), dt_ms=dt_ms)
    after = t > -1e-9
    assert found[after] == pytest.approx(t[after] / 2 * np.exp(1 - t[after] / 2), rel=1e-12, abs=1e-15)
    assert np.max(found) == pytest.approx(1, rel=1e-12)  # 2 ms is on the grid
    assert t[np.argmax(found)] == pytest.approx(2)


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("kind", [alpha_charge, delta_charge])
def test_a_charge_reaches_the_membrane_whole(kind, sign: str) -> None:
    """A membrane without leak keeps it: a weight of 1 pA brings 1 fC, which moves 250 pF by 4 uV."""
    receptor = kind("exc", sign)
    cell = linear_lif(receptor)
    group = NeuronGroup(1, **cell, dt=0.5 * ms)
    values = {"tau_exc": 2 * ms} if kind is alpha_charge else {}
    cell.set(group, {**NEST_DEFAULTS, "g_L": 1e-9 * nS}, values, v=NEST_DEFAULTS["E_L"], t_ref=0 * ms)
    group.run_regularly(f"{receptor.entry} += 1*pA*int(abs(t - 1*ms) < dt/2)", when="end", dt=0.5 * ms)
    monitor = StateMonitor(group, "v", record=0, dt=0.5 * ms)
    Network(group, monitor).run(100 * ms)
    moved = float((monitor.v[0][-1] - monitor.v[0][0]) / mV)
    assert moved == pytest.approx(4e-3 if sign == "+" else -4e-3, rel=1e-8)  # v itself has 16 digits of -70 mV


def test_a_delta_charge_lasts_one_step() -> None:
    _, found = response(delta_charge("exc"), {}, "I_exc", times_ms=(1.0, 1.5))
    assert np.flatnonzero(found).tolist() == [11, 16]
    assert found[11] == pytest.approx(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_receptor_is_exact_at_any_step(kind) -> None:
    receptor = kind("exc")
    cell = LIF + receptor
    values = {**NEST_DEFAULTS, "tau_exc": 2 * ms, receptor.entry: 1e-9 * (pA if receptor.unit == "amp" else nS) / 1e-9}
    if receptor.unit == "siemens":
        values["E_exc"] = -70 * mV
    names = sorted(name for name in receptor.solutions)
    fine = final_values(cell, values, names, 12, 0.01)
    coarse = final_values(cell, values, names, 12, 4)
    assert coarse == pytest.approx(fine, rel=1e-11)  # 1200 roundings


@pytest.mark.parametrize("kind", KINDS)
def test_the_solution_solves_the_equation(kind) -> None:
    receptor = kind("exc")
    cell = LIF + receptor
    values = {**NEST_DEFAULTS, "tau_exc": 2 * ms, receptor.entry: 1 * (pA if receptor.unit == "amp" else nS)}
    if receptor.unit == "siemens":
        values["E_exc"] = -70 * mV
    # Brian2's own rk4 on the differential equations, which it does not share with the solution
    plain = NeuronGroup(1, cell.full_equations, method="rk4", dt=0.02 * ms, namespace={})
    cell.set(plain, values)
    Network(plain).run(3 * ms)
    names = sorted(receptor.solutions)
    ours = final_values(cell, values, names, 3, 1)
    assert [float(getattr(plain, name)[0]) for name in names] == pytest.approx(ours, rel=1e-8)  # (dt/tau)**4


@pytest.mark.parametrize("kind", KINDS)
def test_responses_to_two_spikes_add_up(kind) -> None:
    receptor = kind("exc")
    values = {"tau_exc": 2 * ms} | ({"E_exc": -70 * mV} if receptor.unit == "siemens" else {})
    variable = receptor.entry.removesuffix("_drive")
    _, both = response(receptor, values, variable, times_ms=(1.0, 4.0))
    _, single = response(receptor, values, variable, times_ms=(1.0,))
    later = np.concatenate([np.zeros(30), single[:-30]])
    assert both == pytest.approx(single + later, rel=1e-11, abs=1e-15)


def test_a_current_with_minus_hyperpolarises_by_what_plus_depolarises() -> None:
    cell = LIF + alpha_current("exc") + alpha_current("inh", "-")
    common = {**NEST_DEFAULTS, "tau_exc": 2 * ms, "tau_inh": 2 * ms}
    up = final_values(cell, {**common, "I_exc_drive": 50 * pA}, ("v",), 5, 0.1)[0]
    down = final_values(cell, {**common, "I_inh_drive": 50 * pA}, ("v",), 5, 0.1)[0]
    assert up + 0.070 == pytest.approx(-(down + 0.070), rel=1e-9)
    assert up > -0.070


def test_equal_excitation_and_inhibition_cancel() -> None:
    cell = LIF + exponential_current("exc") + exponential_current("inh", "-")
    values = {**NEST_DEFAULTS, "tau_exc": 2 * ms, "tau_inh": 2 * ms, "I_exc": 1e3 * pA, "I_inh": 1e3 * pA}
    assert final_values(cell, values, ("v",), 5, 0.1)[0] == pytest.approx(-0.070, abs=1e-15)


@pytest.mark.parametrize("kind", [exponential_conductance, alpha_conductance])
def test_a_conductance_draws_the_membrane_towards_its_reversal_potential(kind) -> None:
    receptor = kind("exc")
    cell = LIF + receptor
    values = {**NEST_DEFAULTS, **PYNN_EXCITATION.suffixed("exc"), "tau_exc": 1e6 * ms, "V_th": 1e3 * mV}
    exponential = kind is exponential_conductance
    values["g_exc"] = 75 * nS
    if not exponential:
        values["g_exc_drive"] = 75 / np.e * nS  # keeps g constant: dg/dt = 0 at the peak
    settled = final_values(cell, values, ("v",), 100, 0.1)[0]
    # (g_L*E_L + g*E)/(g_L + g) with g_L = 25 nS; 40 effective time constants; 1e-4 of g has decayed
    assert settled * 1e3 == pytest.approx(25 * -70 / 100, rel=2e-4)


@pytest.mark.parametrize("neuron", [LIF, ADEX, IZHIKEVICH], ids=lambda model: model.name)
@pytest.mark.parametrize("kind", [*KINDS, nmda_conductance])
def test_every_receptor_fits_every_neuron(neuron, kind) -> None:
    cell = neuron + kind("one") + kind("two")
    group = NeuronGroup(1, **cell)
    assert {"I_syn", "I_syn_slope"} <= set(group.variables)
    text = cell.text
    for name in ("one", "two"):
        for variable in kind(name).solutions:
            assert f"{variable}(t + dt) =" in text


@pytest.mark.parametrize("kind", [exponential_conductance, alpha_conductance, nmda_conductance])
def test_the_slope_is_the_derivative_of_the_current_by_the_membrane_potential(kind) -> None:
    cell = LIF + kind("exc")
    shift = 1e-6
    group = NeuronGroup(3, **cell)
    values = NMDA if kind is nmda_conductance else PYNN_EXCITATION
    cell.set(group, NEST_DEFAULTS, values.suffixed("exc"), g_exc=7 * nS)
    group.v = np.array([-0.04 - shift, -0.04, -0.04 + shift]) * 1e3 * mV
    current = np.asarray(group.I_syn[:])
    assert (current[2] - current[0]) / (2 * shift) == pytest.approx(float(group.I_syn_slope[1]), rel=1e-6)


# -- synapses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_static_synapse_has_the_unit_of_its_receptor_and_adds_to_its_entry(kind) -> None:
    receptor = kind("exc")
    synapse = static_synapse(receptor)
    assert synapse.parsed[synapse.weight].dim == receptor_unit(receptor)
    assert synapse.on_pre == f"{receptor.entry}_post += weight"


def receptor_unit(receptor):
    return (pA if receptor.unit == "amp" else nS).dim


def test_a_synapse_onto_a_variable_by_name_needs_its_unit() -> None:
    assert static_synapse("g_mine", "siemens").on_pre == "g_mine_post += weight"
    with pytest.raises(ModelError, match=r"unit of 'g_mine' is unknown\. Give it"):
        static_synapse("g_mine")


def test_a_receptor_with_a_unit_beside_it_is_refused() -> None:
    with pytest.raises(ModelError, match="takes weights in amp; leave unit='volt' out"):
        entry_of(exponential_current("exc"), "volt")


def test_a_sum_of_receptors_is_no_target() -> None:
    both = exponential_current("exc") + exponential_current("inh", "-")
    with pytest.raises(ModelError, match="leads to a receptor; Block 'exponential current exc [+] .*' is none"):
        static_synapse(both)


@pytest.mark.parametrize(
    "take",
    [
        static_synapse,
        pair_stdp,
        tsodyks_markram,
        additive_stdp,
        exponential_kernel,
        linear_lif,
        lambda wrong: motion_detector(wrong, wrong, wrong),
        lambda wrong: native_cell_type(LIF, {"excitatory": wrong}),
    ],
)
def test_what_is_no_receptor_is_refused_by_its_name_alone(take) -> None:
    with pytest.raises(ModelError, match="receptor.*NeuronModel 'LIF' is none") as caught:
        take(LIF)
    assert len(str(caught.value)) < 250  # the text of the model alone is five times as long


def test_a_delta_synapse_is_in_volt() -> None:
    synapse = delta_synapse()
    assert synapse.on_pre == "v_post += weight"
    assert synapse.parsed["weight"].dim == mV.dim


def test_two_receptors_of_one_name_are_refused() -> None:
    with pytest.raises(ModelError, match="I_exc, tau_exc defined twice"):
        LIF + exponential_current("exc") + exponential_current("exc")
