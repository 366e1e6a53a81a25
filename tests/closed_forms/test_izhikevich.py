"""The Izhikevich neuron: fixed points, order, the cell types of the paper and NEST."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, ms, mV, nA, nF, nS

from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.receptors import alpha_conductance
from brianhw.parameters import izhikevich as cells
from convergence import order_of_model


def spike_times_ms(values, input_na: float = 10, duration_ms: float = 500, dt_ms: float = 0.1) -> np.ndarray:
    """Return the spike times of one cell from rest, with an input that the paper would call *input_na*."""
    group = NeuronGroup(1, **IZHIKEVICH, dt=dt_ms * ms)
    IZHIKEVICH.set(group, values, I_ext=input_na * nA, v=-70 * mV)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration_ms * ms)
    return np.asarray(spikes.t / ms)


def test_the_membrane_rests_at_the_lower_root_of_the_quadratic() -> None:
    group = NeuronGroup(1, **IZHIKEVICH)
    IZHIKEVICH.set(group, cells.REGULAR_SPIKING)
    Network(group).run(600 * ms)
    # 0.04 v**2 + (5 - b) v + 140 = 0 with b = 0.2: v = -70 and -50
    assert group.v[0] / mV == pytest.approx(-70, abs=1e-3)  # after 12 time constants of u
    assert group.u[0] / (mV / ms) == pytest.approx(-14, abs=1e-3)


def test_membrane_and_recovery_converge_with_fourth_order() -> None:
    cell = IZHIKEVICH + alpha_conductance("exc")
    values = {**cells.REGULAR_SPIKING, "tau_exc": 2 * ms, "E_exc": 0 * mV, "g_exc_drive": 20 * nS, "v": -72 * mV}
    assert order_of_model(cell, values, ("v", "u"), 6, (0.2, 0.1, 0.05)) == pytest.approx(4, abs=0.2)


def test_the_rheobase_of_a_slow_ramp_is_where_the_roots_meet() -> None:
    # (5 - b)**2 = 4*0.04*(140 + I) at I = 4 for b = 0.2, and the fixed point loses stability before only by
    # the speed of u: trace 0.08 v + 5 - a = 0 at v = -62.25, where I = 3.7975
    values = {**cells.REGULAR_SPIKING, "v": -62.3 * mV, "u": 0.2 * -62.3 * mV / ms}
    group = NeuronGroup(2, **IZHIKEVICH)
    IZHIKEVICH.set(group, values, I_ext=[3.70, 4.1] * nA)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(400 * ms)
    assert list(spikes.count > 0) == [False, True]


def test_a_spike_resets_the_membrane_and_raises_the_recovery() -> None:
    group = NeuronGroup(1, **IZHIKEVICH)
    IZHIKEVICH.set(group, cells.REGULAR_SPIKING, v=29.9 * mV, u=-10 * mV / ms)
    Network(group).run(0.1 * ms)
    assert group.v[0] / mV == pytest.approx(-65)
    # u moves by dt*a*(b*v - u), v between 29.9 and the peak
    assert group.u[0] / (mV / ms) == pytest.approx(-10 + 8 + 0.1 * 0.02 * (0.2 * 30 + 10), rel=1e-3)


@pytest.mark.parametrize("dt_ms", [0.1, 0.5, 1])
def test_a_step_of_a_millisecond_leaves_the_recovery_in_bounds(dt_ms: float) -> None:
    group = NeuronGroup(1, **IZHIKEVICH, dt=dt_ms * ms)
    IZHIKEVICH.set(group, cells.REGULAR_SPIKING, I_ext=10 * nA)
    Network(group).run(200 * ms)
    assert -20 < group.u[0] / (mV / ms) < 20


def test_regular_spiking_intervals_grow() -> None:
    intervals = np.diff(spike_times_ms(cells.REGULAR_SPIKING))
    assert intervals[-1] > 1.5 * intervals[0]


@pytest.mark.parametrize("dt_ms", [0.05, 0.1])
def test_fast_spiking_is_faster_and_does_not_adapt(dt_ms: float) -> None:
    fast = np.diff(spike_times_ms(cells.FAST_SPIKING, dt_ms=dt_ms))
    regular = np.diff(spike_times_ms(cells.REGULAR_SPIKING, dt_ms=dt_ms))
    assert fast[-1] < 0.5 * regular[-1]
    assert fast[-1] < 1.2 * fast[2]


def test_intrinsically_bursting_starts_with_a_burst_and_goes_on_with_single_spikes() -> None:
    intervals = np.diff(spike_times_ms(cells.INTRINSICALLY_BURSTING))
    assert np.all(intervals[:2] < 6)
    assert np.all(intervals[-5:] > 15)


def test_chattering_bursts_again_and_again() -> None:
    intervals = np.diff(spike_times_ms(cells.CHATTERING))
    late = intervals[len(intervals) // 2 :]
    assert np.min(late) < 6
    assert np.max(late) > 20


def test_low_threshold_spiking_fires_at_an_input_at_which_regular_spiking_is_silent() -> None:
    assert len(spike_times_ms(cells.LOW_THRESHOLD_SPIKING, input_na=2)) > 2
    assert len(spike_times_ms(cells.REGULAR_SPIKING, input_na=2)) == 0


def test_a_thalamo_cortical_cell_bursts_on_release_from_hyperpolarisation() -> None:
    group = NeuronGroup(1, **IZHIKEVICH)
    IZHIKEVICH.set(group, cells.THALAMO_CORTICAL, v=-87 * mV)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(60 * ms)
    assert spikes.count[0] >= 2


def test_the_capacitance_scales_the_input() -> None:
    one = spike_times_ms(cells.REGULAR_SPIKING, input_na=10)
    two = spike_times_ms(cells.REGULAR_SPIKING | {"C_m": 2 * nF}, input_na=20)
    assert list(one) == list(two)
