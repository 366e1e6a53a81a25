"""The library's models beside NEST, spike by spike."""

from __future__ import annotations

import nest
import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nA,
    nS,
    pA,
)

import nest_reference
from brianhw.equations.adex import ADEX
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import (
    exponential_conductance,
    exponential_current,
    static_synapse,
)
from brianhw.parameters import adex
from brianhw.parameters import izhikevich as cells
from brianhw.parameters.adex import BRETTE_GERSTNER
from brianhw.parameters.lif import NEST_DEFAULTS
from brianhw.parameters.receptors import VOGELS_ABBOTT_EXCITATION, VOGELS_ABBOTT_INHIBITION
from short_term import IRREGULAR, SETS, amplitudes
from stdp_pairs import weights_after

SYNAPSES = {**VOGELS_ABBOTT_EXCITATION.suffixed("exc"), **VOGELS_ABBOTT_INHIBITION.suffixed("inh")}

NEST_NAMES = {"C": "C_m", "V_T": "V_th", "V_r": "V_reset", "V_cut": "V_peak", "I_ext": "I_e"}

NEST_UNITS = {"C": 1e12, "g_L": 1e9, "a": 1e9, "b": 1e12, "tau_w": 1e3, "I_ext": 1e12}  # the rest is in mV


def nest_parameters(values) -> dict[str, float]:
    return {NEST_NAMES.get(name, name): float(value) * NEST_UNITS.get(name, 1e3) for name, value in values.items()}


def test_adex_spikes_when_nest_does() -> None:
    patterns = [BRETTE_GERSTNER | {"I_ext": 1000 * pA}, adex.TONIC_SPIKING, adex.ADAPTATION, adex.INITIAL_BURST]
    dt_ms, duration_ms = 0.01, 120
    group = NeuronGroup(len(patterns), **ADEX, dt=dt_ms * ms)
    for index, values in enumerate(patterns):
        ADEX.set(group[index : index + 1], values)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration_ms * ms)
    for index, values in enumerate(patterns):
        ours = spikes.spike_trains()[index] / ms + dt_ms
        rest = float(values["E_L"]) * 1e3
        parameters = {**nest_parameters(values), "V_m": rest, "gsl_error_tol": 1e-9}
        expected, _, _ = nest_reference.run_neuron("aeif_psc_exp", parameters, dt_ms, duration_ms)
        assert len(expected) >= 4
        assert len(ours) == len(expected)
        # NEST resets where its adaptive step passes the cut, we at the end of ours: up to a step at each spike
        assert np.all(np.abs(ours - expected) < dt_ms * (np.arange(len(ours)) + 1.5))


def test_subthreshold_adex_with_conductances_agrees_with_nest() -> None:
    exc = exponential_conductance("exc")
    cell = ADEX + exc
    group = NeuronGroup(1, **cell)
    cell.set(group, BRETTE_GERSTNER, tau_exc=5 * ms, E_exc=0 * mV)
    source = SpikeGeneratorGroup(1, [0, 0], [5, 12] * ms)
    synapse = static_synapse(exc)
    synapses = Synapses(source, group, **synapse)
    synapses.connect()
    synapse.set(synapses, weight=9 * nS)
    monitor = StateMonitor(group, "v", record=0)
    Network(group, source, synapses, monitor).run(60 * ms)
    parameters = {**nest_parameters(BRETTE_GERSTNER), "tau_syn_ex": 5.0, "E_ex": 0.0, "gsl_error_tol": 1e-9}
    _, times, expected = nest_reference.run_neuron("aeif_cond_exp", parameters, 0.1, 60, [(5.0, 9.0), (12.0, 9.0)])
    ours = monitor.v[0][np.round(times / 0.1).astype(int)] / mV
    assert np.ptp(expected) > 5
    assert np.max(np.abs(ours - expected)) < 1e-5  # what NEST's step control leaves


def test_izhikevich_spikes_when_nest_does() -> None:
    types = [cells.REGULAR_SPIKING, cells.FAST_SPIKING, cells.CHATTERING]
    dt_ms, duration_ms = 0.01, 100
    group = NeuronGroup(len(types), **IZHIKEVICH, dt=dt_ms * ms)
    for index, cell in enumerate(types):
        IZHIKEVICH.set(group[index : index + 1], cell, I_ext=10 * nA, v=-70 * mV)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration_ms * ms)
    for index, cell in enumerate(types):
        ours = spikes.spike_trains()[index] / ms + dt_ms
        a, b, c, d = float(cell["a"]) / 1e3, float(cell["b"]) / 1e3, float(cell["c"]) * 1e3, float(cell["d"])
        parameters = {"a": a, "b": b, "c": c, "d": d, "I_e": 10.0, "V_m": -70.0, "U_m": -70 * b}
        expected, _, _ = nest_reference.run_neuron("izhikevich", parameters, dt_ms, duration_ms)
        assert len(expected) >= 3
        assert len(ours) == len(expected)
        # NEST's forward Euler delays each spike by a few of its steps, and they add up
        assert np.all(np.abs(ours - expected) < 5 * dt_ms * np.arange(1, len(ours) + 1))


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


def test_weights_learn_as_in_nest() -> None:
    rng = np.random.default_rng(5)
    pre = np.sort(rng.choice(np.arange(50, 1900), 40, replace=False)) / 10
    post = np.sort(rng.choice(np.arange(50, 1900), 40, replace=False)) / 10
    post = post[~np.isin(np.round(post * 10), np.round(pre * 10))]  # NEST leaves pairs of zero difference out
    values = {"A_plus": 0.004, "A_minus": 0.0048, "tau_plus": 15 * ms, "tau_minus": 30 * ms}
    ours = weights_after([list(pre)], [list(post)], [0.5], 200, **values)[0]

    # In NEST the delay of 1 ms is dendritic: it delays the postsynaptic spike on its way to the synapse.
    nest_reference.reset(0.1)
    delay = 1.0
    sources = nest.Create("spike_generator", 2)
    sources[0].spike_times = [*(pre + 5), 230.0]  # NEST brings a weight up to date at presynaptic spikes only
    sources[1].spike_times = list(post - delay + 5)
    relays = nest.Create("parrot_neuron", 2)
    nest.Connect(sources, relays, "one_to_one", syn_spec={"delay": 0.1})
    relays[1].tau_minus = 30.0
    nest.Connect(
        relays[0],
        relays[1],
        syn_spec={
            "synapse_model": "stdp_synapse", "weight": 0.5, "Wmax": 1.0, "delay": delay, "receptor_type": 1,
            "lambda": 0.004, "alpha": 1.2, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": 15.0,
        },
    )  # fmt: skip
    nest.Simulate(240)
    theirs = nest.GetConnections(relays[0], relays[1]).weight
    # the last presynaptic spike, at 225 ms of our clock, depresses the weight too
    last = 0.0048 * np.sum(np.exp(-(225.0 - post) / 30))
    assert ours - last == pytest.approx(theirs, abs=1e-9)


@SETS
def test_amplitudes_agree_with_nest(values) -> None:
    train = [time + 10.0 for time in IRREGULAR]
    nest_reference.reset(0.1)
    source = nest.Create("spike_generator", params={"spike_times": train})
    relay = nest.Create("parrot_neuron")
    # a current that never decays keeps the sum of all amplitudes
    neuron = nest.Create("iaf_psc_exp", params={"tau_syn_ex": 1e12, "V_th": 1e9})
    meter = nest.Create("multimeter", params={"record_from": ["I_syn_ex"], "interval": 0.1})
    nest.Connect(source, relay, syn_spec={"delay": 0.1})
    # NEST sends the first spike with the u it is given, before any recursion
    parameters = {
        "U": values["U_SE"], "u": values["U_SE"], "x": 1.0, "weight": 1.0, "delay": 0.1,
        "tau_rec": values["tau_rec"] / ms, "tau_fac": values["tau_facil"] / ms,
    }  # fmt: skip
    nest.Connect(relay, neuron, syn_spec={"synapse_model": "tsodyks2_synapse", **parameters})
    nest.Connect(meter, neuron, syn_spec={"delay": 0.1})
    nest.Simulate(400)
    steps = np.diff(np.asarray(meter.events["I_syn_ex"]))
    theirs = steps[np.abs(steps) > 1e-6]
    assert amplitudes(IRREGULAR, values) == pytest.approx(theirs, rel=1e-6)  # NEST's sum decays by 1e-10
