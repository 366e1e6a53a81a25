"""Clipped Hodgkin-Huxley and granule cell: published rates without gaps, steady gates, spikes as crossings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, amp, kelvin, ms, mV, pA, pF, uS

from brianhw.equations.granule_cell import granule_cell
from brianhw.equations.hodgkin_huxley import HODGKIN_HUXLEY
from brianhw.equations.hodgkin_huxley_clipped import hodgkin_huxley_clipped
from brianhw.errors import ParameterError
from brianhw.parameters.granule_cell import DANGELO
from brianhw.parameters.hodgkin_huxley import EDLUT
from convergence import order_of_model

# what EDLUT starts its granule cell from, at -80 mV
START = {
    "x_Naf": 4.73095e-4, "y_Naf": 1, "x_Nar": 1.342352e-4, "y_Nar": 0.9622783, "x_Nap": 5.002011e-4, "x_KV": 0.010183,
    "x_KA": 0.1568549, "y_KA": 0.5356537, "x_KIR": 0.3733703, "x_KCa": 1.238412e-4, "x_Ca": 2.19511e-3,
    "y_Ca": 0.8950975, "x_Ks": 2.403117e-4,
}  # fmt: skip


def granule(potentials_mv, faithful: bool = False, **more) -> NeuronGroup:
    model = granule_cell(faithful)
    group = NeuronGroup(len(potentials_mv), **model)
    model.set(group, DANGELO, v=np.array(potentials_mv) * mV, **more)
    Network(group)
    return group


def traced(model, duration_ms: float, values):
    group = NeuronGroup(1, **model, dt=0.01 * ms)
    model.set(group, values, I_ext=400 * pA)
    spikes = SpikeMonitor(group)
    states = StateMonitor(group, "v", record=0, when="end", dt=0.01 * ms)
    Network(group, spikes, states).run(duration_ms * ms)
    return spikes, states


def test_without_its_limits_a_clipped_neuron_has_the_potential_of_the_plain_one() -> None:
    plain = replace(HODGKIN_HUXLEY, substeps=1)
    known = {name: value for name, value in EDLUT.items() if name in plain.parameters}
    _, ours = traced(replace(hodgkin_huxley_clipped(), limits={}), 15, EDLUT)
    _, theirs = traced(plain, 15, known)
    assert ours.v[0] / mV == pytest.approx(theirs.v[0] / mV, abs=1e-6)
    assert max(ours.v[0]) > 0 * mV


def test_states_beyond_the_limits_count_as_the_limits() -> None:
    model = hodgkin_huxley_clipped()
    group = NeuronGroup(2, **model, dt=0.001 * ms)
    model.set(group, EDLUT, v=[80, 49] * mV, n=[0.9, 0.72], m=[1.5, 1], h=[-0.5, 0])
    Network(group).run(0.001 * ms)
    for name in "vmhn":
        values = np.asarray(getattr(group, f"{name}_")[:])
        assert values[0] == pytest.approx(values[1], rel=1e-12), name


@pytest.mark.parametrize("values", [{}, {"C_m": 60 * pF}, {"g_Na": 40 * uS, "C_m": 300 * pF}])
def test_a_clipped_neuron_refuses_a_step_with_which_it_would_stick_and_spikes_with_one_just_below(values) -> None:
    model, given = hodgkin_huxley_clipped(), {**EDLUT, **values}
    longest = 15 * given["C_m"] / (given["g_Na"] + given["g_K"])
    group = NeuronGroup(1, **model, dt=0.99 * longest)
    model.set(group, given, I_ext=2e-9 * amp * float(given["C_m"] / EDLUT["C_m"]))
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(100 * ms)
    assert spikes.num_spikes > 20  # 24 to 41 with shorter steps
    with pytest.raises(ParameterError, match=r"rk4 is unstable beyond steps of .* ms with these values \(15\*C_m/"):
        model.set(NeuronGroup(1, **model, dt=1.01 * longest), given)


def test_the_faithful_neuron_takes_any_step_as_edlut_does() -> None:
    model = hodgkin_huxley_clipped(faithful=True)
    group = NeuronGroup(1, **model, dt=0.1 * ms)
    model.set(group, EDLUT)
    Network(group).run(0.1 * ms)


def test_a_spike_is_an_upward_crossing() -> None:
    spikes, states = traced(hodgkin_huxley_clipped(), 40, EDLUT)
    above = np.asarray(states.v[0] > -30 * mV)
    crossings = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    assert len(crossings) > 2
    assert np.rint(spikes.t / (0.01 * ms)).tolist() == crossings.tolist()


def test_the_faithful_rates_are_a_table_step_below() -> None:
    group = NeuronGroup(4, **hodgkin_huxley_clipped(faithful=True))
    hodgkin_huxley_clipped(faithful=True).set(group, EDLUT, v=[-95, -65, 0, 60] * mV)
    Network(group)
    behind = (group.v - (group.V + group.V_T)) / mV
    assert np.all(behind[1:3] >= -1e-9) and np.all(behind[1:3] < 140 / 262143 + 1e-9)
    assert behind[[0, 3]] == pytest.approx([-5, 10])


def test_the_clipped_neuron_converges_with_fourth_order_below_threshold() -> None:
    values = {**EDLUT, "v": -65 * mV, "I_ext": 100 * pA}
    long_steps = replace(hodgkin_huxley_clipped(), longest_step="")  # below threshold nothing is steep
    order = order_of_model(long_steps, values, ("v",), 2.4, (0.08, 0.04, 0.02))
    assert order == pytest.approx(4, abs=0.4)


# -- the granule cell -------------------------------------------------------------------------------


def linoid(x, scale):
    with np.errstate(over="ignore"):
        return x / (np.exp(x / scale) - 1)


@pytest.mark.parametrize("faithful", [False, True])
def test_a_granule_cell_starts_where_edlut_does(faithful: bool) -> None:
    group = granule([-80], faithful)
    for gate, value in START.items():
        assert getattr(group, gate)[0] == pytest.approx(value, rel=1e-6)  # 7 digits are given
    assert group.Ca_[0] == pytest.approx(1e-4)


def test_the_rates_of_a_granule_cell_are_the_published_ones() -> None:
    v = np.array([-90.0, -71, -55, -30.3, -10, 15, 40])
    group = granule(v)
    q = 3.0  # from 20 to 30 degrees
    expected = {
        "alpha_x_Naf": -0.3 * q * linoid(v + 19, -10),
        "alpha_x_Nar": q * (8e-5 - 0.00493 * linoid(v - 4.48754, -6.81881)),
        "beta_x_Nar": q * (0.04752 + 0.01558 * linoid(v + 43.97494, 0.10818)),
        "rate_x_Nap": 0.2 * (-0.091 * linoid(v + 42, -5) + 0.062 * linoid(v + 42, 5)),
        "alpha_x_KV": -0.01 * 3**2.37 * linoid(v + 25, -10),
        "beta_x_KV": 0.125 * 3**2.37 * np.exp(-(v + 35) / 80),
        "alpha_y_Ca": 0.0013 * q * np.exp(-(v + 48) / 18.183),
        "rate_x_Ks": 0.0033 * 3**0.8 * (np.exp((v + 30) / 40) + np.exp(-(v + 30) / 20)),
        "alpha_x_KCa": 2.5 / (1 + 0.0015 * np.exp(-v / 11.765) / 1e-4),
    }
    for name, per_ms in expected.items():
        assert getattr(group, f"{name}_")[:] * 1e-3 == pytest.approx(per_ms, rel=1e-12), name


def test_no_rate_has_a_gap() -> None:
    gaps = np.array([-19.0, 4.48754, -43.97494, -42, -25])
    at, near = granule(gaps), granule(gaps + 1e-6)
    for name in ("alpha_x_Naf", "alpha_x_Nar", "beta_x_Nar", "rate_x_Nap", "alpha_x_KV"):
        assert getattr(at, f"{name}_")[:] == pytest.approx(getattr(near, f"{name}_")[:], rel=1e-4)


def test_every_gate_of_a_granule_cell_starts_steady() -> None:
    group = granule([-90, -80, -60, -40, 0])
    for gate in START:
        assert getattr(group, gate)[:] == pytest.approx(getattr(group, f"{gate}_inf")[:], rel=1e-12)


def test_calcium_reverses_at_its_nernst_potential() -> None:
    assert granule([-80]).E_Ca[0] / mV == pytest.approx(129.33, abs=0.02)  # the constant of the authors' model


def test_rates_triple_with_ten_degrees() -> None:
    warm, cold = granule([-60]), granule([-60], T=293.15 * kelvin)
    assert warm.rate_x_KA_[0] / cold.rate_x_KA_[0] == pytest.approx(3)


def test_the_faithful_slow_potassium_current_is_too_slow_below_zero() -> None:
    potentials = np.linspace(-80, 0, 9)
    ratio = granule(potentials).rate_x_Ks_[:] / granule(potentials, faithful=True).rate_x_Ks_[:]
    assert (ratio.min(), ratio.max()) == pytest.approx((1.9, 4.5), abs=0.05)
