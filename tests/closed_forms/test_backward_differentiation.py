"""Backward differentiation: the textbook's formulas, their orders and stability, and what restarts their history."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from brian2 import Equations, Network, NeuronGroup, StateMonitor, ms, mV, nS, pA, pF
from scipy.integrate import solve_ivp

from brianhw.equations import LIF
from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.errors import ModelError
from brianhw.integration import BDF
from brianhw.model import NeuronModel
from convergence import final_values, measured_order

ORDERS = range(1, 7)
# Hairer, Norsett & Wanner 1993, Solving Ordinary Differential Equations I, III.1, eq. 1.22':
# y[n+1], y[n], ... = h f[n+1]
TEXTBOOK = {
    1: (1, -1),
    2: (3 / 2, -2, 1 / 2),
    3: (11 / 6, -3, 3 / 2, -1 / 3),
    4: (25 / 12, -4, 3, -4 / 3, 1 / 4),
    5: (137 / 60, -5, 5, -10 / 3, 5 / 4, -1 / 5),
    6: (147 / 60, -6, 15 / 2, -20 / 3, 15 / 4, -6 / 5, 1 / 6),
}

# 1/x = 1/x0 + tau*(1 - exp(-t/tau))/T: not linear, driven by a variable that is solved exactly
DRIVEN = NeuronModel(
    name="driven",
    equations="""
    dx/dt = pull*s/T : 1
    pull = -x**2 : 1
    ds/dt = -s/tau : 1
    T : second (constant)
    tau : second (constant)
    """,
    solutions={"s": "s*exp(-dt/tau)"},
)
VALUES = {"x": 1.0, "s": 1.0, "T": 5 * ms, "tau": 3 * ms}

DECAY = NeuronModel(name="decay", equations="dx/dt = -k*x : 1\nk : 1/second (constant)")


def driven(t_ms: float) -> float:
    return 1 / (1 / 1.0 + 3 / 5 * (1 - math.exp(-t_ms / 3)))


def error_with_exact_history(order: int, dt_ms: float) -> float:
    """Return the error after 6 ms of a run that begins with the differences of the exact solution before it."""
    model = DRIVEN.integrated("bdf", order=order)
    group = NeuronGroup(1, **model, dt=dt_ms * ms)
    model.set(group, VALUES)
    past = np.array([driven(-back * dt_ms) for back in range(order + 1)])
    for j in range(1, order + 1):
        difference = sum((-1) ** k * math.comb(j, k) * past[k] for k in range(j + 1))
        setattr(group, f"x_difference_{j}", difference)
    group.bdf_order = order
    Network(group).run(6 * ms)
    return abs(float(group.x[0]) - driven(6))


@pytest.mark.parametrize("order", ORDERS)
def test_a_formula_has_its_order_if_it_begins_with_the_exact_past(order: int) -> None:
    steps = (0.1, 0.05, 0.025) if order > 4 else (0.1, 0.05, 0.025) if order > 2 else (0.05, 0.025, 0.0125)
    measured = measured_order(lambda dt: error_with_exact_history(order, dt), steps)
    # from above as the step goes to zero, until rounding: 6.30 for order 6
    assert measured == pytest.approx(order, abs=0.35)


@pytest.mark.parametrize(("order", "expected"), [(1, 1), (2, 2), (3, 2), (6, 2)])
def test_beginning_at_order_one_leaves_an_error_of_second_order(order: int, expected: int) -> None:
    model = DRIVEN.integrated("bdf", order=order)
    error = lambda dt: abs(final_values(model, VALUES, ("x",), 6, dt)[0] - driven(6))  # noqa: E731
    # each of the first two steps errs by dt**2/2 times the second derivative
    assert measured_order(error, (0.05, 0.025, 0.0125)) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("z", [0.1, 1, 30, 1e4])
@pytest.mark.parametrize("order", ORDERS)
def test_a_decay_follows_the_textbooks_formula_from_the_first_step_on(order: int, z: float) -> None:
    expected = [1.0]
    for step in range(20):
        now, *past = TEXTBOOK[min(max(step, 1), order)]  # the first order twice
        known = sum(coefficient * value for coefficient, value in zip(past, reversed(expected), strict=False))
        expected.append(-known / (now + z))
    model = DECAY.integrated("bdf", order=order)
    group = NeuronGroup(1, **model, dt=1 * ms)
    model.set(group, x=1, k=z / ms)
    monitor = StateMonitor(group, "x", record=True, when="end")
    Network(group, monitor).run(20 * ms)
    # the derivative by differences has 10 digits; the iterations correct it
    np.testing.assert_allclose(monitor.x[0], expected[1:], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("order", [1, 2])
def test_orders_one_and_two_calm_down_at_any_step(order: int) -> None:
    for z in (1, 100, 1e6):
        x = final_values(DECAY.integrated("bdf", order=order), {"x": 1, "k": z / ms}, ("x",), 50, 1)[0]
        assert abs(x) < 1e-6


@pytest.mark.parametrize(("order", "grows"), [(1, False), (2, False), (4, True), (6, True)])
def test_an_oscillation_that_decays_slowly_grows_at_high_orders(order: int, grows: bool) -> None:
    oscillator = NeuronModel(name="oscillator", equations="dx/dt = y/ms - 0.01*x/ms : 1\ndy/dt = -x/ms - 0.01*y/ms : 1")
    x = final_values(oscillator.integrated("bdf", order=order), {"x": 1, "y": 0}, ("x", "y"), 200, 0.9)
    assert (np.hypot(*x) > 1) == grows


def test_two_coupled_equations_converge_to_what_scipy_finds() -> None:
    # van der Pol's oscillator, stiff
    model = NeuronModel(name="van der Pol", equations="dx/dt = y/ms : 1\ndy/dt = (8*(1 - x**2)*y - x)/ms : 1")
    found = solve_ivp(
        lambda t, s: [s[1], 8 * (1 - s[0] ** 2) * s[1] - s[0]], (0, 4), [2, 0], "Radau", rtol=1e-11, atol=1e-13
    ).y[:, -1]

    def error(dt_ms: float) -> float:
        return float(abs(final_values(model.integrated("bdf", order=2), {"x": 2}, ("x", "y"), 4, dt_ms) - found).max())

    assert error(0.00625) < 1e-5
    assert measured_order(error, (0.025, 0.0125, 0.00625)) == pytest.approx(2, abs=0.2)


def test_a_membrane_with_gates_gives_what_one_full_newton_step_gives() -> None:
    """Five variables whose matrix has an arrow's shape: one step of order 1 solves the implicit equation."""
    gates = "\n".join(f"dm{k}/dt = (1/(1 + exp(-(v - {k}))) - m{k})/(0.3*ms) : 1" for k in range(3))
    text = f"dv/dt = (-v + 3*m0*m1 - m2**2*u)/ms : 1\ndu/dt = (v*m0 - u)/(2*ms) : 1\n{gates}"
    model = NeuronModel(name="arrow", equations=text).integrated("bdf", order=1, iterations=6)
    names = ("v", "u", "m0", "m1", "m2")
    start = np.array([0.5, 0.2, 0.6, 0.3, 0.8])
    v, u, m0, m1, m2 = end = final_values(model, dict(zip(names, start, strict=True)), names, 1, 1)
    slopes = [-v + 3 * m0 * m1 - m2**2 * u, (v * m0 - u) / 2]
    slopes += [(1 / (1 + np.exp(-(v - k))) - m) / 0.3 for k, m in enumerate((m0, m1, m2))]
    np.testing.assert_allclose(end - start, slopes, rtol=1e-9)
    assert abs(end - start).min() > 0.01


LIF_VALUES = {
    "C_m": 100 * pF,
    "g_L": 10 * nS,
    "E_L": -70 * mV,
    "V_th": -50 * mV,
    "V_reset": -65 * mV,
    "I_ext": 300 * pA,
}


@pytest.mark.parametrize(("cell", "t_ref_ms"), [(LIF, 2), (LIF_FRACTIONAL, 0)], ids=["refractory", "at once"])
def test_after_a_reset_a_neuron_goes_on_as_one_that_has_no_past(cell: NeuronModel, t_ref_ms: float) -> None:
    model = cell.integrated("bdf", order=4)
    group = NeuronGroup(1, **model, dt=0.5 * ms)
    model.set(group, LIF_VALUES, t_ref=t_ref_ms * ms)
    monitor = StateMonitor(group, "v", record=True, when="end")
    Network(group, monitor).run(20 * ms)
    v = np.asarray(monitor.v[0] / mV)
    resting = np.flatnonzero(v == -65)[: 1 + 2 * t_ref_ms]
    assert resting[-1] - resting[0] == 2 * t_ref_ms
    fresh = NeuronGroup(1, **model, dt=0.5 * ms)
    model.set(fresh, LIF_VALUES, v=-65 * mV)
    beginning = StateMonitor(fresh, "v", record=True, when="end")
    Network(fresh, beginning).run(5 * ms)
    np.testing.assert_allclose(v[resting[-1] + 1 :][:8], np.asarray(beginning.v[0] / mV)[:8], rtol=1e-12)


def test_only_a_reset_that_makes_a_state_jump_restarts_the_history() -> None:
    def reset(text: str) -> str:
        model = NeuronModel(name="x", equations="dx/dt = -x/ms : 1\ny : 1", threshold="x > 1", reset=text)
        return model.integrated("bdf").reset

    assert reset("x *= 0.5") == "x *= 0.5\nbdf_order = 0"
    assert reset("y = 0") == "y = 0"


def test_no_slope_is_taken_beyond_limits() -> None:
    model = NeuronModel(name="root", equations="dx/dt = 4*sqrt(1 - x)/ms : 1", limits={"x": ("0", "1")})
    free = replace(model, limits={}).integrated("bdf", order=1)
    # within the limits nothing changes
    assert final_values(model.integrated("bdf", order=1), {"x": 0.1}, ("x",), 0.3, 0.01) == final_values(
        free, {"x": 0.1}, ("x",), 0.3, 0.01
    )
    # a step that leads far beyond 1, where there is no root
    assert np.isfinite(final_values(model.integrated("bdf", order=1), {"x": 0.1}, ("x",), 3, 1)[0])


def test_statements_before_and_after_belong_to_each_step() -> None:
    model = NeuronModel(
        name="counting",
        equations="dx/dt = a/ms : 1\na : 1\nb : 1",
        before="a = b  # what was counted",
        after="b += dt/ms",
        optional=("a", "b"),
    )
    # x = sum of the counts 0, 1, 2, 3 at implicit steps of first order, which are exact for constant slopes
    assert final_values(model.integrated("bdf", order=1), {}, ("x", "b"), 4, 1) == pytest.approx([6, 4], rel=1e-12)


def test_a_floor_holds() -> None:
    model = NeuronModel(name="floored", equations="dx/dt = -1/ms : 1", floors={"x": "0.25"})
    assert final_values(model.integrated("bdf", order=3), {"x": 1}, ("x",), 3, 0.1)[0] == 0.25


def test_in_plain_brian2_a_method_adds_its_variables() -> None:
    method = BDF(2)
    group = NeuronGroup(1, method.with_state("dv/dt = -v**3/ms : 1"), method=method, dt=0.01 * ms)
    group.v = 1
    Network(group).run(4 * ms)
    assert group.v[0] == pytest.approx(1 / 3, rel=1e-4)  # 1/sqrt(1 + 2 t)


def test_equations_without_the_methods_variables_are_refused() -> None:
    with pytest.raises(ModelError, match="remembers differences of 'v': give the group with_state"):
        BDF(2)(Equations("dv/dt = -v/second : 1"))


@pytest.mark.parametrize("order", [0, 7, 2.5])
def test_an_order_that_is_none_is_refused(order: float) -> None:
    with pytest.raises(ModelError, match=f"orders 1 to 6, not {order}"):
        BDF(order)


def test_noise_is_refused() -> None:
    method = BDF(1)
    with pytest.raises(ModelError, match=r"cannot integrate noise \(xi\)"):
        method(Equations(method.with_state("dx/dt = -x/ms + xi/ms**0.5 : 1")))


def test_the_method_can_be_pickled() -> None:
    method = replace(BDF(3), increments={"v": "1e-3*mV"}, solutions={"s": "s*exp(-dt/second)"})
    assert pickle.loads(pickle.dumps(method)) == method
    assert hash(pickle.loads(pickle.dumps(method))) == hash(method)
