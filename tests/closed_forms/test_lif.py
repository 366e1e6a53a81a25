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

from brianhw.equations.lif import LIF
from brianhw.equations.receptors import (
    delta_synapse,
    exponential_conductance,
    exponential_current,
)
from brianhw.model import Block
from brianhw.parameters.lif import NEST_DEFAULTS, PYNN_DEFAULTS, VOGELS_ABBOTT
from brianhw.parameters.receptors import VOGELS_ABBOTT_EXCITATION, VOGELS_ABBOTT_INHIBITION
from convergence import order_of_model

SYNAPSES = {**VOGELS_ABBOTT_EXCITATION.suffixed("exc"), **VOGELS_ABBOTT_INHIBITION.suffixed("inh")}

CONDUCTANCES = LIF + exponential_conductance("exc") + exponential_conductance("inh")
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


def test_the_capacitance_and_leak_of_pynn_make_its_time_constant() -> None:
    assert PYNN_DEFAULTS["C_m"] / PYNN_DEFAULTS["g_L"] / ms == pytest.approx(20)
    assert VOGELS_ABBOTT["C_m"] / VOGELS_ABBOTT["g_L"] / ms == pytest.approx(20)
    assert NEST_DEFAULTS["C_m"] == 250 * pF
