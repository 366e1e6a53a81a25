"""AdEx: limit cases, the order of its integration, the patterns of Naud et al. and NEST."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, ms, mV, nS, pA

from brianhw.equations.adex import ADEX
from brianhw.equations.receptors import exponential_conductance, exponential_current
from brianhw.parameters import adex
from brianhw.parameters.adex import BRETTE_GERSTNER
from convergence import order_of_model

CURRENTS = ADEX + exponential_current("exc") + exponential_current("inh", "-")


def intervals_ms(*values, duration_ms: float = 500) -> np.ndarray:
    """Return the intervals between the spikes of one neuron with the parameters *values*."""
    group = NeuronGroup(1, **ADEX)
    ADEX.set(group, *values)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(duration_ms * ms)
    return np.diff(spikes.t / ms)


@pytest.mark.parametrize(
    ("extra", "names"),
    [
        ({"I_exc": 400 * pA, "I_inh": 250 * pA}, ("v", "w")),
        ({"I_exc": 0 * pA, "I_inh": 300 * pA, "v": -55 * mV}, ("v", "w")),
    ],
)
def test_membrane_and_adaptation_converge_with_fourth_order(extra, names) -> None:
    values = {**BRETTE_GERSTNER, "tau_exc": 5 * ms, "tau_inh": 10 * ms, "w": 50 * pA, **extra}
    assert order_of_model(CURRENTS, values, names, 8, (0.4, 0.2, 0.1)) == pytest.approx(4, abs=0.2)


def test_fourth_order_holds_with_conductances() -> None:
    cell = ADEX + exponential_conductance("exc")
    values = {**BRETTE_GERSTNER, "tau_exc": 5 * ms, "E_exc": 0 * mV, "g_exc": 15 * nS, "w": 50 * pA}
    assert order_of_model(cell, values, ("v", "w"), 8, (0.4, 0.2, 0.1)) == pytest.approx(4, abs=0.2)


def test_the_rheobase_without_adaptation_is_that_of_the_exponential_neuron() -> None:
    # saddle-node at v = V_T: I = g_L*(V_T - E_L - Delta_T)
    rheobase = 30 * (-50.4 + 70.6 - 2)
    group = NeuronGroup(2, **ADEX)
    ADEX.set(group, BRETTE_GERSTNER, a=0 * nS, b=0 * pA, I_ext=[rheobase - 2, rheobase + 2] * pA)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(500 * ms)  # the bottleneck at 2 pA above takes 250 ms
    assert spikes.count[0] == 0
    assert spikes.count[1] > 0


def test_the_membrane_rests_at_the_leak_reversal_potential_up_to_the_exponential() -> None:
    group = NeuronGroup(1, **ADEX)
    ADEX.set(group, BRETTE_GERSTNER, tau_w=20 * ms)
    Network(group).run(250 * ms)
    # the exponential adds Delta_T*exp((E_L - V_T)/Delta_T) = 0.08 uV, divided by 1 + a/g_L
    shift = 2 * np.exp((-70.6 + 50.4) / 2) / (1 + 4 / 30)
    assert group.v[0] / mV + 70.6 == pytest.approx(shift, rel=1e-3)  # to first order; after 12 time constants


@pytest.mark.parametrize("b_pa", [0, 80.5])
def test_adaptation_lengthens_intervals_only_if_b_is_positive(b_pa: float) -> None:
    found = intervals_ms(BRETTE_GERSTNER, {"a": 0 * nS, "b": b_pa * pA, "I_ext": 1000 * pA}, duration_ms=300)
    assert len(found) > 5
    assert (found[-1] > 1.5 * found[0]) == (b_pa > 0)
    if not b_pa:
        assert np.ptp(found[1:]) < 0.1 + 1e-6  # one step


@pytest.mark.parametrize("dt_ms", [0.05, 0.1, 0.5])
def test_the_step_of_a_spike_leaves_the_adaptation_finite_and_raised_by_b(dt_ms: float) -> None:
    group = NeuronGroup(1, **ADEX, dt=dt_ms * ms)
    ADEX.set(group, BRETTE_GERSTNER, v=-35 * mV)
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(dt_ms * ms)
    assert spikes.count[0] == 1
    assert group.v[0] / mV == pytest.approx(-70.6)
    # one step at no more than V_cut adds dt*a*(V_cut - E_L)/tau_w at most
    assert 80.5 <= group.w[0] / pA <= 80.5 + dt_ms * 4 * 90.6 / 144


def test_adaptation_goes_on_while_the_membrane_is_refractory() -> None:
    group = NeuronGroup(1, **ADEX)
    ADEX.set(group, BRETTE_GERSTNER, v=30 * mV, t_ref=10 * ms)
    network = Network(group)
    network.run(0.1 * ms)
    after_spike = group.w[0] / pA
    network.run(10 * ms)
    assert group.v[0] / mV == pytest.approx(-70.6)
    assert group.w[0] / pA == pytest.approx(after_spike * np.exp(-10 / 144), rel=1e-9)  # v rests at E_L: exponential


# Naud et al. 2008, figure 4
def test_tonic_spiking_is_regular() -> None:
    found = intervals_ms(adex.TONIC_SPIKING)
    assert np.ptp(found[11:]) < 0.1 + 1e-6  # one step, after 3 adaptation time constants


def test_adapting_intervals_grow_to_a_constant() -> None:
    found = intervals_ms(adex.ADAPTATION)
    assert found[-1] > 2 * found[0]
    assert found[-1] == pytest.approx(found[-2], rel=0.05)


def test_an_initial_burst_is_followed_by_long_intervals() -> None:
    found = intervals_ms(adex.INITIAL_BURST)
    assert found[0] < 0.2 * found[-1]
    assert found[-1] == pytest.approx(found[-2], rel=0.05)


@pytest.mark.parametrize("pattern", [adex.REGULAR_BURSTING, adex.DELAYED_REGULAR_BURSTING], ids=lambda p: p.name)
def test_bursting_alternates_short_and_long_intervals_to_the_end(pattern) -> None:
    late = intervals_ms(pattern, duration_ms=1000)[-12:]
    assert np.max(late) > 3 * np.min(late)


def test_delayed_accelerating_intervals_shrink() -> None:
    found = intervals_ms(adex.DELAYED_ACCELERATING)
    assert len(found) > 3
    assert np.all(np.diff(found) <= 0.1 + 1e-6)  # one step
    assert found[-1] < 0.8 * found[0]


def test_transient_spiking_stops() -> None:
    found = intervals_ms(adex.TRANSIENT_SPIKING)
    assert len(found) < 10
    assert np.sum(found) < 250


def test_irregular_spiking_never_repeats() -> None:
    found = intervals_ms(adex.IRREGULAR_SPIKING, duration_ms=1500)[10:]
    assert len(set(np.round(found / 2))) > 6  # many lengths, not a cycle
