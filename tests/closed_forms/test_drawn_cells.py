"""Inferior olive and Purkinje cell: charging, threshold, the drawn spike, gates at rest, plastic capacitance."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, cmetre, ms, mV, pA, ufarad

from brianhw.equations.inferior_olive import inferior_olive
from brianhw.equations.purkinje import purkinje, purkinje_plastic
from brianhw.parameters.inferior_olive import EDLUT as OLIVE
from brianhw.parameters.purkinje import EDLUT as PURKINJE
from brianhw.parameters.purkinje import EDLUT_PLASTIC as PLASTIC
from convergence import order_of_model

TAU_MS = 1 / 0.015  # of the olive: C_m/g_L
RHEOBASE_PA = 3.0  # g_L*area*(V_th - E_L)
STEP_MS = 0.05
CELLS = {
    "olive": (inferior_olive(), OLIVE),
    "purkinje": (purkinje(), PURKINJE),
    "plastic": (purkinje_plastic(), PLASTIC),
}


def ran(model, values, duration_ms: float, dt_ms: float = STEP_MS, **more):
    """Return the group, its spike monitor and its state monitor (at the end of each step)."""
    group = NeuronGroup(1, **model, dt=dt_ms * ms)
    model.set(group, values, **more)
    spikes = SpikeMonitor(group)
    states = StateMonitor(group, tuple(model.state_variables), record=0, when="end", dt=dt_ms * ms)
    Network(group, spikes, states).run(duration_ms * ms)
    return group, spikes, states


def test_an_olive_charges_exponentially_below_threshold() -> None:
    _, _, states = ran(inferior_olive(), OLIVE, 100, I_ext=2.5 * pA)
    expected = -70 + 2.5 / RHEOBASE_PA * 20 * (1 - np.exp(-(states.t / ms + STEP_MS) / TAU_MS))
    assert states.v[0] / mV == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("current_pa", "fires"), [(0.99 * RHEOBASE_PA, False), (1.01 * RHEOBASE_PA, True)])
def test_an_olive_fires_from_its_rheobase_on(current_pa: float, fires: bool) -> None:
    _, spikes, _ = ran(inferior_olive(), OLIVE, 600, 0.2, I_ext=current_pa * pA)
    assert (spikes.count[0] > 0) == fires


def test_the_interval_of_an_olive_is_the_drawn_spike_and_the_time_to_charge() -> None:
    _, spikes, _ = ran(inferior_olive(), OLIVE, 200, I_ext=2 * RHEOBASE_PA * pA)
    expected = 1.35 + TAU_MS * np.log(2)  # half of the way to where the current would bring it
    assert len(spikes.t) > 3
    # the spike counts at the end of its step, and the triangle ends with one, too
    assert np.diff(spikes.t / ms) == pytest.approx(expected, abs=2 * STEP_MS)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("current", [0.0, 400.0])
def test_a_spike_is_drawn_whatever_the_input(cell: str, current: float) -> None:
    model, values = CELLS[cell]
    threshold = values["V_th"] / mV
    group = NeuronGroup(1, **model, dt=STEP_MS * ms)
    model.set(group, values, v=values["V_th"], since=0 * ms, I_ext=current * pA)
    monitor = StateMonitor(group, "v", record=0, when="end", dt=STEP_MS * ms)
    Network(group, monitor).run(1.4 * ms)
    since = np.arange(1, 28) * STEP_MS
    drawn = np.where(since < 0.675, threshold + (31 - threshold) * since / 0.675, 31 - 101 * (since - 0.675) / 0.675)
    assert monitor.v[0, :26] / mV == pytest.approx(drawn[:26], abs=1e-9)
    # 27 steps are the length to rounding: the triangle's end and V_reset are the same there
    assert monitor.v[0, 26] / mV == pytest.approx(-70, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_a_crossing_is_one_spike_and_starts_at_the_threshold(cell: str) -> None:
    model, values = CELLS[cell]
    _, spikes, states = ran(model, values, 1.2, I_ext=5000 * pA, v=values["V_th"] - 1 * mV)
    assert spikes.count[0] == 1
    first = round(float(spikes.t[0] / ms) / STEP_MS)
    assert states.v[0][first] == values["V_th"]


@pytest.mark.parametrize("faithful", [False, True])
def test_the_gates_of_a_purkinje_cell_start_steady(faithful: bool) -> None:
    model = purkinje(faithful)
    group = NeuronGroup(4, **model)
    model.set(group, PURKINJE, v=[-80, -70, -50, -40] * mV)
    for gate in "cm":
        names = (f"alpha_{gate}_", f"beta_{gate}_", f"{gate}_")
        opening, closing, share = (np.asarray(getattr(group, name)[:]) for name in names)
        assert opening * (1 - share) == pytest.approx(closing * share, rel=1e-12)
    Network(group)


def test_the_rates_of_a_purkinje_cell_are_the_published_ones_and_have_no_gap() -> None:
    v = np.array([-80.0, -60, -35, -8.9 + 1e-4, 0, 20])
    group = NeuronGroup(len(v) + 1, **purkinje())
    purkinje().set(group, PURKINJE, v=[*v, -8.9] * mV)
    Network(group)
    rates = {
        "alpha_c": 1.6 / (1 + np.exp(-0.072 * (v - 5))),
        "beta_c": 0.02 * (v + 8.9) / (np.exp((v + 8.9) / 5) - 1),
        "alpha_m": 0.3 / (1 + np.exp(-(v + 2) / 5)),
        "beta_m": 0.001 * np.exp(-(v + 60) / 18),
    }
    for name, expected in rates.items():
        # exp(x) - 1 loses digits at 1e-4 mV
        assert getattr(group, f"{name}_")[:-1] * 1e-3 == pytest.approx(expected, rel=1e-9)
    assert group.beta_c_[-1] * 1e-3 == pytest.approx(0.1)


def test_the_faithful_purkinje_cell_has_its_gates_a_table_step_below() -> None:
    group = NeuronGroup(5, **purkinje(faithful=True))
    purkinje(faithful=True).set(group, PURKINJE, v=[-120, -100, -69.97, 0, 40] * mV)
    Network(group)
    behind = (group.v - group.V) / mV
    assert np.all(behind[1:4] >= -1e-9) and np.all(behind[1:4] < 135 / 1023)
    assert group.V[[0, 4]] / mV == pytest.approx([-100, 35])


def test_an_undriven_plastic_cell_loses_capacitance_exponentially() -> None:
    for current_pa, speed in ((0.0, 1.0), (-3.0, 1.0), (1.5, 1 / (1 + 1.5e-6 / float(PLASTIC["area"] / cmetre**2)))):
        group, spikes, _ = ran(purkinje_plastic(), PLASTIC, 400, 0.2, I_ext=current_pa * pA)
        assert spikes.count[0] == 0
        expected = 0.5 + 0.5 * np.exp(-400 / 12000 * speed)
        assert group.C_m[0] / (ufarad / cmetre**2) == pytest.approx(expected, rel=1e-9)


def test_each_spike_of_a_plastic_cell_adds_to_its_capacitance() -> None:
    # a million times as slow, with jumps as large as ever: only these are left
    values = PLASTIC | {"tau_C": 1e6 * PLASTIC["tau_C"], "jump_C": 1e6 * PLASTIC["jump_C"]}
    group, spikes, _ = ran(purkinje_plastic(), values, 50, 0.1, I_ext=300 * pA)
    assert spikes.count[0] > 3
    added = group.C_m[0] / (ufarad / cmetre**2) - 1
    assert added == pytest.approx(spikes.count[0] * 0.0475 / 12000, rel=1e-3)  # the rest decays by 2e-9


@pytest.mark.parametrize("cell", CELLS)
def test_below_threshold_the_order_is_four(cell: str) -> None:
    model, values = CELLS[cell]
    values = {**values, "v": values["V_th"] - 8 * mV, "I_ext": -200 * pA}
    assert order_of_model(model, values, ("v",), 3.2, (0.4, 0.2, 0.1)) == pytest.approx(4, abs=0.3)
