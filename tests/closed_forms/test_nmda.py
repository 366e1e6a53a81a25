"""The NMDA receptor: block by magnesium, rise and decay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, mmolar, ms, mV, nS

from brianhw.equations.lif import LIF
from brianhw.equations.nmda import gated_conductance, nmda_conductance
from brianhw.parameters.lif import NEST_DEFAULTS
from brianhw.parameters.receptors import MAGNESIUM_BLOCK, NMDA
from convergence import final_values, order_of_model

CELL = LIF + nmda_conductance()
VALUES = {**NEST_DEFAULTS, **NMDA.suffixed("nmda")}


def opened(potentials_mv, magnesium: float = 1) -> np.ndarray:
    group = NeuronGroup(len(potentials_mv), **CELL)
    CELL.set(group, VALUES, v=potentials_mv * mV, Mg_nmda=magnesium * mmolar)
    return np.asarray(group.open_nmda[:])


def test_the_block_follows_jahr_and_stevens() -> None:
    potentials = np.array([-80.0, -60, -40, 0, 40])
    published = 1 / (1 + np.exp(-0.062 * potentials) * 1 / 3.57)
    assert opened(potentials) == pytest.approx(published, rel=1e-12)


def test_without_magnesium_the_receptor_is_open_at_every_potential() -> None:
    assert opened([-90, 0, 50], magnesium=0) == pytest.approx([1, 1, 1])


def test_depolarisation_opens_and_magnesium_blocks() -> None:
    assert np.all(np.diff(opened(np.arange(-90.0, 60, 10))) > 0)
    assert np.all(opened([-60, 0], magnesium=2) < opened([-60, 0], magnesium=1))


def test_at_the_half_blocking_concentration_half_is_open_at_zero() -> None:
    assert opened([0.0], magnesium=3.57) == pytest.approx([0.5])


@pytest.mark.parametrize("rise_ms", [2, 10, 150])
def test_the_response_peaks_at_the_weight_whatever_the_rise(rise_ms: float) -> None:
    group = NeuronGroup(1, **CELL)
    CELL.set(group, VALUES, tau_rise_nmda=rise_ms * ms, g_nmda_drive=1 * nS)
    monitor = StateMonitor(group, "g_nmda", record=0)
    Network(group, monitor).run(150 * ms)
    peak_ms = np.log(100 / rise_ms) / (1 / rise_ms - 1 / 100)
    assert np.max(monitor.g_nmda[0]) / nS == pytest.approx(1, rel=1e-4)  # the peak lies between two steps
    assert monitor.t[np.argmax(monitor.g_nmda[0])] / ms == pytest.approx(peak_ms, abs=0.1)


def test_the_conductance_is_exact_at_any_step() -> None:
    values = {**VALUES, "g_nmda_drive": 1 * nS, "g_nmda": 0.3 * nS}
    fine = final_values(CELL, values, ("g_nmda", "g_nmda_drive"), 12, 0.01)
    assert final_values(CELL, values, ("g_nmda", "g_nmda_drive"), 12, 4) == pytest.approx(fine, rel=1e-11)


def test_the_solution_solves_the_equation() -> None:
    # Brian2's own rk4 on the differential equations, which it does not share with the solution
    plain = NeuronGroup(1, CELL.full_equations, method="rk4", dt=0.05 * ms, namespace={})
    CELL.set(plain, VALUES, g_nmda_drive=1 * nS)
    Network(plain).run(10 * ms)
    ours = final_values(CELL, {**VALUES, "g_nmda_drive": 1 * nS}, ("g_nmda",), 10, 1)
    assert float(plain.g_nmda[0]) == pytest.approx(ours[0], rel=1e-7)  # (dt/tau_rise)**4/120


def test_the_membrane_between_the_gate_and_the_leak_converges_with_fourth_order() -> None:
    values = {**VALUES, "V_th": 0 * mV, "v": -60 * mV, "g_nmda_drive": 60 * nS}
    assert order_of_model(CELL, values, ("v",), 8, (0.4, 0.2, 0.1)) == pytest.approx(4, abs=0.2)


def test_rosenbrock_keeps_its_order_with_a_gated_conductance() -> None:
    values = {**VALUES, "V_th": 0 * mV, "v": -60 * mV, "g_nmda_drive": 60 * nS}
    model = replace(CELL, scheme="rosenbrock")
    assert order_of_model(model, values, ("v",), 8, (0.4, 0.2, 0.1)) == pytest.approx(2, abs=0.2)


# -- one decay, no rise -----------------------------------------------------------------------------

GATED = LIF + gated_conductance()
GATED_VALUES = {**NEST_DEFAULTS, **MAGNESIUM_BLOCK.suffixed("nmda"), "tau_nmda": 20 * ms, "E_nmda": 0 * mV}


def gated_group(model, potentials_mv, **more) -> NeuronGroup:
    group = NeuronGroup(len(potentials_mv), **model)
    model.set(group, GATED_VALUES, v=potentials_mv * mV, g_nmda=1 * nS, **more)
    return group


def test_a_gated_conductance_brings_the_open_share_of_its_current() -> None:
    potentials = np.array([-80.0, -60, -40, 0, 40])
    group = gated_group(GATED, potentials)
    published = 1 / (1 + np.exp(-0.062 * potentials) * 1.2 / 3.57)
    assert group.open_nmda[:] == pytest.approx(published, rel=1e-12)
    assert group.I_syn / (nS * mV) == pytest.approx(-published * potentials, rel=1e-12)


def test_the_slope_of_a_gated_current_is_its_derivative() -> None:
    potentials, step = np.array([-80.0, -60, -40, 0, 40]), 1e-3
    above, below = (gated_group(GATED, potentials + shift).I_syn / nS / mV for shift in (step, -step))
    slope = gated_group(GATED, potentials).I_syn_slope / nS
    assert slope == pytest.approx((above - below) / (2 * step), rel=1e-6)  # second derivative times the step


def test_a_gated_conductance_decays_exactly_at_any_step() -> None:
    values = {**GATED_VALUES, "g_nmda": 1 * nS}
    assert final_values(GATED, values, ("g_nmda",), 12, 4) / nS == pytest.approx([np.exp(-12 / 20)], rel=1e-11)


def test_a_table_of_the_block_takes_the_point_below() -> None:
    model = LIF + gated_conductance(grid=("-80*mV", "E_nmda", 256))
    potentials = np.array([-90.0, -80, -60.1, -0.2, 0, 20])
    points = np.linspace(-80, 0, 256)
    taken = points[np.clip(np.searchsorted(points, potentials, side="right") - 1, 0, 255)]
    block = 1 / (1 + np.exp(-0.062 * taken) * 1.2 / 3.57)
    assert gated_group(model, potentials).open_nmda[:] == pytest.approx(block, rel=1e-12)
