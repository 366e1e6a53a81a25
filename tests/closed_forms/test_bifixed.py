"""Two-step methods: the order of their scheme in whole steps, spikes of the short step, every value of a slow loop."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2 import Equations, Network, NeuronGroup, SpikeMonitor, StateMonitor, TimedArray, ms, mV, nS, pA, pF

import bifixed_loop
from brianhw.equations import LIF
from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.errors import ModelError
from brianhw.integration import SCHEMES, Bifixed, NearSpike
from brianhw.model import NeuronModel
from convergence import final_values, measured_order

PLAIN = ("euler", "heun", "rk4")
ALWAYS, NEVER = NearSpike("True", "False"), NearSpike("False", "True")

DRIVEN = NeuronModel(
    name="driven",
    equations="""
    dx/dt = -x**2*s/T : 1
    ds/dt = -s/tau : 1
    T : second (constant)
    tau : second (constant)
    """,
    threshold="x > 1000",
    solutions={"s": "s*exp(-dt/tau)"},
    near_spike=NEVER,
)
VALUES = {"x": 2.0, "s": 1.0, "T": 5 * ms, "tau": 3 * ms}

ADAPTING = NeuronModel(
    name="adapting",
    equations="""
    dv/dt = active*(g_L*(E_L - v) - w + g*(0*mV - v) + I_ext)/C_m : volt
    dw/dt = (a*(v - E_L) - w)/tau_w : amp
    dg/dt = -g/tau : siemens
    active : 1
    since : second
    I_ext : amp
    C_m = 100*pF : farad
    g_L = 10*nS : siemens
    E_L = -70*mV : volt
    V_th = -50*mV : volt
    V_reset = -65*mV : volt
    a = 0.5*nS : siemens
    b = 20*pA : amp
    tau_w = 30*ms : second
    tau = 4*ms : second
    t_ref = 0.2*ms : second
    """,
    solutions={"g": "g*exp(-dt/tau)"},
    before="active = clip((since + dt - t_ref)/dt, 0, 1)  # share of the part",
    after="since += dt",
    threshold="v > V_th",
    reset="""
    v = V_reset
    # the adaptation jumps
    w += b
    since *= 0
    """,
    initial={"v": "E_L", "since": "100*second"},
    optional=("active", "since", "I_ext"),
    near_spike=NearSpike("v > (E_L + V_th)/2", "v < (E_L + V_th)/2 - 2*mV", "0.6*ms"),
)
STEPS, CELLS = 300, 8


def inputs() -> tuple[np.ndarray, np.ndarray]:
    """Return random conductances (nS) and currents (pA), shape (steps, cells); the later cells get more."""
    random = np.random.default_rng(7)
    strength = np.linspace(0.3, 12, CELLS)
    events = (random.random((STEPS, CELLS)) < 0.1) * random.exponential(8, (STEPS, CELLS)) * strength
    return events, np.repeat(random.normal(100, 300, (STEPS // 10, CELLS)), 10, axis=0) * strength


def simulated(scheme: str, parts: int) -> tuple[Any, np.ndarray]:
    """Return the states after each step and the number of spikes in each, with the random input."""
    events, currents = inputs()
    values = {"events": TimedArray(events * nS, dt=0.5 * ms), "currents": TimedArray(currents * pA, dt=0.5 * ms)}
    model = replace(ADAPTING, namespace=values).integrated(f"bifixed_{scheme}", substeps=parts)
    group = NeuronGroup(CELLS, **model, dt=0.5 * ms)
    model.set(group)
    group.run_regularly("g += events(t, i)\nI_ext = currents(t, i)", when="start")
    names = ("v", "w", "g", "since", "step_mode", "n_spikes")
    monitor, spikes = StateMonitor(group, names, record=True, when="end"), SpikeMonitor(group)
    Network(group, monitor, spikes).run(STEPS * 0.5 * ms)
    assert spikes.num_spikes == np.count_nonzero(monitor.n_spikes)
    return monitor, np.asarray(monitor.n_spikes).T


@pytest.mark.parametrize("scheme", PLAIN)
def test_every_value_is_that_of_a_slow_loop(scheme: str) -> None:
    states = {name: np.zeros((STEPS, CELLS)) for name in ("v", "w", "g", "since", "mode", "spikes")}

    def record(step: int, number: int, cell: bifixed_loop.Cell, spikes: int) -> None:
        for name in states:
            states[name][step, number] = spikes if name == "spikes" else getattr(cell, name)

    bifixed_loop.run(scheme, 0.5, 4, *inputs(), record)
    monitor, counts = simulated(scheme, 4)
    # the loop goes through all there is: whole steps, parts, waiting, two spikes in a step
    assert [np.count_nonzero(states["mode"] == mode) > 10 for mode in (0, 2, 3)] == [True] * 3
    assert states["spikes"].max() >= 2
    np.testing.assert_array_equal(counts, states["spikes"])
    np.testing.assert_array_equal(np.asarray(monitor.step_mode).T, states["mode"])
    for name, unit, scale in (("v", mV, 70), ("w", pA, 100), ("g", nS, 10), ("since", ms, 1e5)):
        found = np.asarray(getattr(monitor, name) / unit).T
        np.testing.assert_allclose(found, states[name], rtol=1e-12, atol=1e-12 * scale)  # roundings of 1200 parts


@pytest.mark.parametrize("scheme", PLAIN)
def test_whole_steps_have_the_order_of_their_scheme(scheme: str) -> None:
    exact = 1 / (1 / 2.0 + 3 / 5 * (1 - np.exp(-6 / 3)))
    model = DRIVEN.integrated(f"bifixed_{scheme}", substeps=3)
    steps = (0.125, 0.0625, 0.03125)
    order = measured_order(lambda dt: abs(final_values(model, VALUES, ("x",), 6, dt)[0] - exact), steps)
    assert order == pytest.approx(SCHEMES[scheme].order, abs=0.2)


@pytest.mark.parametrize("near", [ALWAYS, NEVER])
@pytest.mark.parametrize("scheme", PLAIN)
def test_always_and_never_near_a_spike_are_the_fixed_steps(scheme: str, near: NearSpike) -> None:
    parts = 5 if near is ALWAYS else 1
    model = replace(DRIVEN, near_spike=near).integrated(f"bifixed_{scheme}", substeps=5)
    two = final_values(model, VALUES, ("x", "s"), 6, 0.5)
    one = final_values(DRIVEN.integrated(scheme, substeps=parts), VALUES, ("x", "s"), 6, 0.5)
    np.testing.assert_allclose(two, one, rtol=1e-14)


def test_time_goes_on_in_the_parts_of_a_step() -> None:
    clock = NeuronModel(
        name="clock",
        equations="""
        dx/dt = 4*moment**3/ms : 1
        moment = t/ms : 1
        """,
        threshold="x > 1000",
        near_spike=ALWAYS,
    )
    # Simpson's rule, which rk4 is here, integrates a cubic exactly
    for model in (clock.integrated("bifixed_rk4", substeps=4), replace(clock, scheme="rk4", substeps=4)):
        assert final_values(model, {}, ("x",), 2, 0.5)[0] == pytest.approx(16, rel=1e-12)


@pytest.mark.parametrize("scheme", ["heun", "rk4"])
def test_spikes_come_in_the_steps_in_which_the_short_step_has_them(scheme: str) -> None:
    currents = np.linspace(190, 800, 12)
    values = dict(C_m=100 * pF, g_L=10 * nS, E_L=-70 * mV, V_th=-52 * mV, V_reset=-70 * mV, t_ref=1.3 * ms)
    spikes = {}
    for model, dt in (
        (LIF_FRACTIONAL.integrated(f"bifixed_{scheme}", substeps=10), 1.0),
        (LIF_FRACTIONAL.integrated(scheme), 0.1),
    ):
        group = NeuronGroup(12, **model, dt=dt * ms)
        model.set(group, values, I_ext=currents * pA)
        monitor = SpikeMonitor(group)
        Network(group, monitor).run(60 * ms)
        coarse = np.floor(np.round(monitor.t / ms, 6)).astype(int)
        spikes[dt] = sorted(zip(np.asarray(monitor.i).tolist(), coarse.tolist(), strict=True))
    assert len(spikes[1.0]) > 80
    moved = len(set(spikes[1.0]) ^ set(spikes[0.1])) / len(spikes[0.1])
    # whole steps of 1 ms, a tenth of the membrane's time constant, reach the region near a spike by 0.01 mV too early
    # with Heun
    assert moved <= {"heun": 0.05, "rk4": 0}[scheme]
    assert len(spikes[1.0]) == len(spikes[0.1])


def test_in_plain_brian2_a_method_adds_its_variables_and_finds_the_spikes() -> None:
    method = Bifixed("rk4", 5, NearSpike("v > 0.5", "v < 0.5"), "v > 1", "v -= 1")
    group = NeuronGroup(1, method.with_state("dv/dt = 1.3/ms : 1"), method=method, threshold="n_spikes > 0", dt=1 * ms)
    monitor = SpikeMonitor(group)
    Network(group, monitor).run(10 * ms)
    assert group.v[0] == pytest.approx(1.0, abs=1e-12) or group.v[0] == pytest.approx(0.0, abs=1e-12)
    assert monitor.num_spikes in (9, 10)  # 1.3 a step, of which a spike takes 1; two fall into some steps


def test_what_is_no_method_is_refused() -> None:
    with pytest.raises(ModelError, match="no scheme 'rosenbrock' for two steps; known: euler, heun, midpoint, rk4"):
        LIF_FRACTIONAL.integrated("bifixed_rosenbrock")
    with pytest.raises(ModelError, match="no method 'rk5'; known: euler, heun, .*bdf, bifixed_euler"):
        LIF_FRACTIONAL.integrated("rk5")
    with pytest.raises(ModelError, match="whole number of parts, 1 or more, not 0"):
        LIF_FRACTIONAL.integrated("bifixed_rk4", substeps=0)
    with pytest.raises(ModelError, match="'bifixed_rk4' does not take the options order; it takes substeps"):
        LIF_FRACTIONAL.integrated("bifixed_rk4", order=3)
    with pytest.raises(ModelError, match="'bdf' does not take the options substeps; it takes order, iterations"):
        LIF_FRACTIONAL.integrated("bdf", substeps=3)


def test_a_model_that_does_not_say_when_a_spike_is_near_is_refused() -> None:
    with pytest.raises(ModelError, match="needs to know when a spike is near: .*near_spike=NearSpike"):
        replace(LIF_FRACTIONAL, near_spike=None).integrated("bifixed_rk4")


def test_refractoriness_of_brian2_is_refused() -> None:
    with pytest.raises(ModelError, match="needs a refractory period in the equations, as LIF_FRACTIONAL has"):
        replace(LIF, near_spike=ALWAYS).integrated("bifixed_rk4")
    method = Bifixed("rk4", 5, ALWAYS, "v > 1")
    with pytest.raises(ModelError, match="v cannot be 'unless refractory'"):
        method(Equations(method.with_state("dv/dt = -v/second : 1 (unless refractory)")))


def test_a_model_has_one_method_at_a_time() -> None:
    with pytest.raises(ModelError, match="has been made for bifixed rk4; begin with the model without it"):
        LIF_FRACTIONAL.integrated("bifixed_rk4").integrated("bdf")


def test_a_two_step_method_can_be_pickled() -> None:
    method = Bifixed("rk4", 5, ALWAYS, "v > 1", solutions={"s": "s*exp(-dt/second)"})
    assert pickle.loads(pickle.dumps(method)) == method
    assert hash(pickle.loads(pickle.dumps(method))) == hash(method)
