"""The steps of PyNN's standard cells: exact where they can be, otherwise of the order that they state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, defaultclock, ms, mV, nA, nF, nS, uS

from brianhw.equations import (
    HODGKIN_HUXLEY,
    LIF,
    alpha_conductance,
    alpha_current,
    beta_conductance,
    exponential_conductance,
    exponential_current,
    linear_lif,
)


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
    fine = potential_after(replace(HODGKIN_HUXLEY, substeps=32) + exc, 0.1, values, 1.0)
    errors = [
        abs(potential_after(replace(HODGKIN_HUXLEY, substeps=n) + exc, 0.1, values, 1.0) - fine) for n in (2, 4, 8)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 3.7  # more, at first, from states far off their course
