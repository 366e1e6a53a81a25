"""The LIF neuron: its closed forms, the order of its integration, and NEST."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    ms,
    mV,
    nS,
    pA,
    pF,
)

import nest_reference
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import (
    delta_synapse,
    exponential_conductance,
    exponential_current,
    static_synapse,
)
from brianhw.model import Block
from brianhw.parameters.lif import NEST_DEFAULTS, PYNN_DEFAULTS, VOGELS_ABBOTT
from brianhw.parameters.receptors import VOGELS_ABBOTT_EXCITATION, VOGELS_ABBOTT_INHIBITION
from convergence import order_of_model

CONDUCTANCES = LIF + exponential_conductance("exc") + exponential_conductance("inh")
SYNAPSES = {**VOGELS_ABBOTT_EXCITATION.suffixed("exc"), **VOGELS_ABBOTT_INHIBITION.suffixed("inh")}
# subthreshold, with both conductances several times the leak
PUSHED = {**VOGELS_ABBOTT, **SYNAPSES, "V_th": 0 * mV, "g_exc": 20 * nS, "g_inh": 60 * nS}


def test_a_current_step_charges_the_membrane_exponentially() -> None:
    group = NeuronGroup(1, **LIF)
    LIF.set(group, NEST_DEFAULTS, I_ext=300 * pA)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(30 * ms)
    exact = -70 + 12 * (1 - np.exp(-monitor.t / (10 * ms)))
    # fourth order: (dt/tau)**4/120 = 1e-10 of 12 mV
    assert np.max(np.abs(monitor.v[0] / mV - exact)) < 2e-9


@pytest.mark.parametrize("scheme", ["rk4", "rosenbrock"])
def test_the_firing_rate_follows_the_closed_form(scheme: str) -> None:
    current, t_ref = np.meshgrid([380, 500, 2000], [0, 0.1, 2])
    current, t_ref = current.ravel(), t_ref.ravel()
    model = replace(LIF, scheme=scheme)
    group = NeuronGroup(current.size, **model)
    model.set(group, NEST_DEFAULTS, t_ref=t_ref * ms, I_ext=current * pA)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(150 * ms)
    exact = t_ref + 10 * np.log(current / (current - 375))
    for neuron, times in spikes.spike_trains().items():
        intervals = np.diff(times / ms)
        assert len(intervals) >= 2
        # a crossing counts at the next point of the grid: never early, at most one step late
        assert np.all(intervals >= exact[neuron] - 1e-6)
        assert np.all(intervals < exact[neuron] + 0.1 + 1e-6)


def test_no_spike_at_the_rheobase_and_spikes_above() -> None:
    group = NeuronGroup(2, **LIF)
    LIF.set(group, NEST_DEFAULTS, I_ext=[375, 375.01] * pA)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(150 * ms)
    assert list(spikes.count > 0) == [False, True]


def test_the_membrane_is_held_for_exactly_the_refractory_period() -> None:
    group = NeuronGroup(1, **LIF)
    LIF.set(group, NEST_DEFAULTS, t_ref=1 * ms, I_ext=2000 * pA)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(5 * ms)
    held = np.flatnonzero(monitor.v[0] == -70 * mV)[1:]  # after the initial value
    assert len(held) == 11  # both ends of ten steps


def test_a_postsynaptic_potential_is_a_difference_of_exponentials() -> None:
    exc = exponential_current("exc")
    cell = LIF + exc
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS, tau_exc=2 * ms, I_exc=500 * pA)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(30 * ms)
    t = monitor.t / ms
    exact = -70 + 500 / 250 * (np.exp(-t / 10) - np.exp(-t / 2)) / (1 / 2 - 1 / 10)
    assert np.max(np.abs(monitor.v[0] / mV - exact)) < 1e-8  # (dt/tau_exc)**4/2880 of 3.3 mV


def test_equal_time_constants_of_membrane_and_receptor_give_an_alpha_function() -> None:
    cell = LIF + exponential_current("exc")
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS, tau_exc=10 * ms, I_exc=100 * pA)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(30 * ms)
    t = monitor.t / ms
    # Brian2's own "exact" divides by the difference of the time constants here
    assert np.max(np.abs(monitor.v[0] / mV + 70 - 100 / 250 * t * np.exp(-t / 10))) < 1e-9


@pytest.mark.parametrize(("scheme", "order"), [("rk4", 4), ("rosenbrock", 2)])
def test_the_membrane_between_conductances_converges_with_the_order_of_the_scheme(scheme: str, order: int) -> None:
    measured = order_of_model(replace(CONDUCTANCES, scheme=scheme), PUSHED, ("v",), 8, (0.4, 0.2, 0.1))
    assert measured == pytest.approx(order, abs=0.2)


def test_rosenbrock_is_stable_where_conductances_are_faster_than_the_step() -> None:
    model = replace(CONDUCTANCES, scheme="rosenbrock")
    group = NeuronGroup(1, **model, dt=1 * ms)
    model.set(group, PUSHED, E_exc=-55 * mV, g_exc=20000 * nS, g_inh=0 * nS, tau_exc=1000 * ms)
    Network(group).run(50 * ms)  # effective time constant: 10 us
    assert -60 < group.v[0] / mV < -55  # it is slow to get there, but never beyond


def test_a_delta_synapse_makes_the_membrane_jump_unless_it_is_refractory() -> None:
    group = NeuronGroup(2, **LIF)
    LIF.set(group, NEST_DEFAULTS, v=[-70, -55] * mV)  # the second spikes in the first step
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    kick = delta_synapse()
    synapses = Synapses(source, group, **kick)
    synapses.connect()
    kick.set(synapses, weight=3 * mV)
    group.v[1] = -50 * mV
    monitor = StateMonitor(group, "v", record=True)
    Network(group, source, synapses, monitor).run(1.2 * ms)
    assert monitor.v[:, 10] / mV == pytest.approx([-70, -70])
    assert monitor.v[:, 11] / mV == pytest.approx([-67, -70])


def test_each_neuron_has_its_own_parameters() -> None:
    group = NeuronGroup(2, **LIF)
    LIF.set(group, PYNN_DEFAULTS, E_L=[-65, -55] * mV)
    Network(group).run(1 * ms)
    assert group.v / mV == pytest.approx([-65, -55])


def test_a_block_brings_a_current_that_changes_in_time() -> None:
    steps = TimedArray([0, 100] * pA, dt=5 * ms)
    stimulus = Block(
        name="stimulus",
        equations="I_stimulus = steps(t) : amp",
        feeds=(("I_syn", "I_stimulus"),),
        namespace={"steps": steps},
    )
    cell = LIF + stimulus
    group = NeuronGroup(1, **cell)
    cell.set(group, NEST_DEFAULTS)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, monitor).run(10 * ms)
    assert monitor.v[0, 49] == -70 * mV
    # rk4 sees the new value at the end of the step before: an error of dt/6/tau of 4 mV
    assert monitor.v[0, -1] / mV == pytest.approx(-70 + 4 * (1 - np.exp(-0.49)), abs=0.01)


NEST_PARAMETERS = {"C_m": 250.0, "tau_m": 10.0, "E_L": -70.0, "V_th": -55.0, "V_reset": -70.0, "t_ref": 2.0}


def brian2_run(cell, values, receptors, inputs, duration_ms):
    """Return spike times and potentials on NEST's clock.

    NEST stamps a spike with the end of its step, Brian2 with the start. A spike that Brian2 delivers at once
    therefore acts when NEST's does after one step.
    """
    group = NeuronGroup(1, **cell)
    cell.set(group, values)
    spikes, monitor = SpikeMonitor(group), StateMonitor(group, "v", record=0)
    parts = [group, spikes, monitor]
    for receptor, sign in zip(receptors, (1, -1), strict=True):
        chosen = [(time, abs(weight)) for time, weight in inputs if weight * sign > 0]
        source = SpikeGeneratorGroup(len(chosen), range(len(chosen)), [time for time, _ in chosen] * ms)
        synapse = static_synapse(receptor)
        synapses = Synapses(source, group, **synapse)
        synapses.connect()
        unit = pA if receptor.unit == "amp" else nS
        synapse.set(synapses, weight=[weight for _, weight in chosen] * unit)
        parts += [source, synapses]
    Network(*parts).run(duration_ms * ms)
    return spikes.t / ms + 0.1, monitor.v[0] / mV


INPUTS = [(5.0, 400.0), (12.3, 900.0), (12.9, 1500.0), (20.0, -800.0), (31.1, 2000.0), (33.0, 2500.0), (47.0, -300.0)]


def test_lif_with_exponential_currents_agrees_with_nest() -> None:
    exc, inh = exponential_current("exc"), exponential_current("inh", "-")
    values = {**NEST_DEFAULTS, "tau_exc": 2 * ms, "tau_inh": 5 * ms, "I_ext": 330 * pA}
    spikes, potential = brian2_run(LIF + exc + inh, values, (exc, inh), INPUTS, 100)
    expected_spikes, times, expected = nest_reference.run_neuron(
        "iaf_psc_exp", {**NEST_PARAMETERS, "tau_syn_ex": 2.0, "tau_syn_in": 5.0, "I_e": 330.0}, 0.1, 100, INPUTS
    )
    assert len(expected_spikes) >= 2
    assert spikes == pytest.approx(expected_spikes, abs=1e-6)  # the same steps
    ours = potential[np.round(times / 0.1).astype(int)]
    assert np.max(np.abs(ours - expected)) < 1e-6  # NEST is exact here; rk4 errs by (dt/tau)**4


def test_lif_with_exponential_conductances_agrees_with_nest() -> None:
    exc, inh = exponential_conductance("exc"), exponential_conductance("inh")
    inputs = [(time, weight / 40) for time, weight in INPUTS]
    values = {**NEST_DEFAULTS, **SYNAPSES, "I_ext": 300 * pA}
    spikes, potential = brian2_run(LIF + exc + inh, values, (exc, inh), inputs, 100)
    expected_spikes, times, expected = nest_reference.run_neuron(
        "iaf_cond_exp",
        {
            **{k: v for k, v in NEST_PARAMETERS.items() if k != "tau_m"},
            "g_L": 25.0,
            "tau_syn_ex": 5.0,
            "tau_syn_in": 10.0,
            "E_ex": 0.0,
            "E_in": -80.0,
            "I_e": 300.0,
        },
        0.1,
        100,
        inputs,
    )
    assert len(expected_spikes) >= 2
    assert spikes == pytest.approx(expected_spikes, abs=1e-6)
    ours = potential[np.round(times / 0.1).astype(int)]
    assert np.max(np.abs(ours - expected)) < 1e-3  # NEST's step control allows 1e-3 mV


def test_the_capacitance_and_leak_of_pynn_make_its_time_constant() -> None:
    assert PYNN_DEFAULTS["C_m"] / PYNN_DEFAULTS["g_L"] / ms == pytest.approx(20)
    assert VOGELS_ABBOTT["C_m"] / VOGELS_ABBOTT["g_L"] / ms == pytest.approx(20)
    assert NEST_DEFAULTS["C_m"] == 250 * pF
