"""Integration: each scheme has the order it states, also beside variables that are solved exactly."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from brian2 import Equations, Network, NeuronGroup, StateMonitor, ms, second

from brianhw.errors import ModelError
from brianhw.integration import SCHEMES, Integrator
from brianhw.model import NeuronModel
from convergence import final_values, measured_order

# 1/x = 1/x0 + tau*(1 - exp(-t/tau))/T: not linear, driven by a variable that is solved exactly
DRIVEN = NeuronModel(
    name="driven",
    equations="""
    dx/dt = -x**2*s/T : 1
    ds/dt = -s/tau : 1
    T : second (constant)
    tau : second (constant)
    """,
    solutions={"s": "s*exp(-dt/tau)"},
    jacobian={"x": "-2*x*s/T"},
)
VALUES = {"x": 2.0, "s": 1.0, "T": 5 * ms, "tau": 3 * ms}


def driven_error(scheme: str, dt_ms: float) -> float:
    exact = 1 / (1 / 2.0 + 3 / 5 * (1 - np.exp(-6 / 3)))
    found = final_values(replace(DRIVEN, scheme=scheme), VALUES, ("x",), 6, dt_ms)[0]
    return abs(found - exact)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_has_the_order_it_states_beside_an_exact_solution(scheme: str) -> None:
    order = measured_order(lambda dt: driven_error(scheme, dt), (0.125, 0.0625, 0.03125))
    # the slope approaches the order as the step goes to zero; rk4 is at 4.16 here, from above
    assert order == pytest.approx(SCHEMES[scheme].order, abs=0.2)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_weights_of_a_scheme_add_up_to_one_and_its_stages_to_their_times(scheme: str) -> None:
    tableau = SCHEMES[scheme]
    assert sum(tableau.weights) == pytest.approx(1, abs=1e-15)
    if scheme != "rosenbrock":  # one evaluation at the middle, not a Runge-Kutta stage
        assert [sum(row) for row in tableau.stages] == pytest.approx(list(tableau.times))


def test_what_has_a_solution_is_exact_at_any_step() -> None:
    for dt_ms in (0.1, 1.5, 3):
        found = final_values(replace(DRIVEN, scheme="rk4"), VALUES, ("s",), 6, dt_ms)[0]
        assert found == pytest.approx(np.exp(-2), rel=1e-13)  # 60 roundings


def test_an_equation_that_depends_on_time_is_evaluated_at_the_time_of_each_stage() -> None:
    model = NeuronModel(
        name="clock",
        equations="dx/dt = 4*t**3/(1*ms)**4 : 1\ndy/dt = -y/ms : 1",
        solutions={"y": "y*exp(-dt/ms)"},
        scheme="rk4",
    )
    # Simpson's rule, which rk4 is here, integrates a cubic exactly
    assert final_values(model, {}, ("x",), 2, 0.5)[0] == pytest.approx(16, rel=1e-12)


def test_a_subexpression_follows_the_stage_through_several_levels() -> None:
    layered = NeuronModel(
        name="layered",
        equations="""
        dx/dt = outer/T : 1
        outer = -inner*s : 1
        inner = x**2 : 1
        ds/dt = -s/tau : 1
        T : second (constant)
        tau : second (constant)
        """,
        solutions={"s": "s*exp(-dt/tau)"},
        scheme="rk4",
    )
    plain = final_values(replace(DRIVEN, scheme="rk4"), VALUES, ("x",), 6, 0.5)
    assert final_values(layered, VALUES, ("x",), 6, 0.5) == pytest.approx(plain, rel=1e-13)


def test_a_coupled_system_keeps_fourth_order() -> None:
    oscillator = NeuronModel(
        name="oscillator",
        equations="dx/dt = y/ms : 1\ndy/dt = -x/ms : 1\ndz/dt = -z/ms : 1",
        solutions={"z": "z*exp(-dt/ms)"},
        scheme="rk4",
    )

    def error(dt_ms: float) -> float:
        found = final_values(oscillator, {"x": 1, "y": 0}, ("x", "y"), 3, dt_ms)
        return float(np.hypot(*(found - [np.cos(3), -np.sin(3)])))

    assert measured_order(error, (0.25, 0.125, 0.0625)) == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("scheme", ["heun", "midpoint", "rk4"])
def test_a_frozen_variable_is_frozen_at_every_stage(scheme: str) -> None:
    model = NeuronModel(
        name="frozen",
        equations="dx/dt = 1/ms : 1 (unless refractory)\ndy/dt = x/ms : 1\ndz/dt = -z/ms : 1",
        threshold="x > 1e9",
        refractory="True",
        solutions={"z": "z*exp(-dt/ms)"},
        scheme=scheme,
    )
    group = NeuronGroup(1, **replace(model, threshold="x > 0.5", refractory="10*ms"), dt=0.5 * ms)
    group.x = 1  # spikes in the first step, is refractory from the second
    network = Network(group)
    network.run(0.5 * ms)
    y_before, x_before = group.y[0], group.x[0]
    network.run(2 * ms)
    assert group.x[0] == x_before
    assert group.y[0] - y_before == pytest.approx(2 * x_before, rel=1e-12)  # x is constant: y is linear


def test_rosenbrock_stays_positive_and_falls_under_decay_far_faster_than_the_step() -> None:
    stiff = NeuronModel(
        name="stiff",
        equations="dx/dt = -k*x : 1\ndz/dt = -z/ms : 1\nk : 1/second (constant)",
        solutions={"z": "z*exp(-dt/ms)"},
        jacobian={"x": "-k"},
        scheme="rosenbrock",
    )
    group = NeuronGroup(5, **stiff, dt=1 * ms)
    stiff.set(group, x=1, k=[0.1, 1, 2, 10, 1000] / ms)
    monitor = StateMonitor(group, "x", record=True)
    Network(group, monitor).run(20 * ms)
    assert np.all(monitor.x > 0)
    assert np.all(np.diff(monitor.x, axis=1) < 0)
    explicit = final_values(replace(stiff, scheme="rk4"), {"x": 1, "k": 10 / ms}, ("x",), 20, 1)
    assert abs(explicit[0]) > 1e30  # what rosenbrock is there to avoid


def test_a_jacobian_changes_nothing_in_a_scheme_that_does_not_use_it() -> None:
    with_jacobian = final_values(replace(DRIVEN, scheme="rk4"), VALUES, ("x",), 6, 0.5)
    without = final_values(replace(DRIVEN, scheme="rk4", jacobian={}), VALUES, ("x",), 6, 0.5)
    assert with_jacobian == without


@pytest.mark.parametrize("scheme", ["euler", "heun", "rk4"])
def test_a_floor_holds_at_the_end_of_each_step_and_lets_go(scheme: str) -> None:
    model = NeuronModel(name="floored", equations="dx/dt = pull/ms : 1\npull : 1", floors={"x": "0.25"}, scheme=scheme)
    group = NeuronGroup(2, **model, dt=0.1 * ms)
    model.set(group, x=1, pull=[-3, 3])
    network = Network(group)
    network.run(1 * ms)
    assert group.x[0] == 0.25
    assert group.x[1] == pytest.approx(4)
    group.pull = 1
    network.run(1 * ms)
    assert group.x[0] == pytest.approx(1.25)


def test_a_floor_holds_for_a_variable_with_a_solution() -> None:
    model = NeuronModel(
        name="floored",
        equations="dx/dt = -x/ms : 1",
        solutions={"x": "x*exp(-dt/ms)"},
        floors={"x": "0.5"},
        scheme="rk4",
    )
    assert final_values(model, {"x": 1}, ("x",), 3, 0.1)[0] == 0.5


def test_an_unknown_scheme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="no scheme 'rk5'.*known: euler, heun, midpoint, rosenbrock, rk4"):
        Integrator("rk5", {}, {})


@pytest.mark.parametrize("what", ["solutions", "floors"])
def test_a_solution_or_floor_of_something_without_differential_equation_is_refused(what: str) -> None:
    arguments = {"solutions": {}, "floors": {}, what: {"y": "1"}}
    with pytest.raises(ModelError, match="'y' has a solution, a floor or limits but no differential equation"):
        Integrator("rk4", **arguments)(Equations("dx/dt = -x/ms : 1"))


def test_rosenbrock_with_two_coupled_variables_is_refused() -> None:
    coupled = Equations("dx/dt = -(x + y)/ms : 1\ndy/dt = -y/ms : 1")
    with pytest.raises(ModelError, match="one variable without a closed form, here are x, y.*'rk4'"):
        Integrator("rosenbrock", {}, {}, {"x": "-1/ms", "y": "-1/ms"})(coupled)


def test_rosenbrock_without_a_jacobian_is_refused() -> None:
    with pytest.raises(ModelError, match="'rosenbrock' needs the jacobian of x"):
        Integrator("rosenbrock", {}, {})(Equations("dx/dt = -x/ms : 1"))


def test_noise_is_refused_beside_solutions() -> None:
    with pytest.raises(ModelError, match=r"cannot integrate noise \(xi\)"):
        Integrator("heun", {}, {"x": "0"})(Equations("dx/dt = -x/ms + xi/ms**0.5 : 1"))


def test_an_integrator_can_be_pickled() -> None:
    integrator = Integrator("rk4", {"s": "s*exp(-dt/tau)"}, {})
    assert pickle.loads(pickle.dumps(integrator)) == integrator


def test_rosenbrock_neither_stalls_nor_explodes_where_growth_outruns_the_step() -> None:
    growing = NeuronModel(
        name="growth", equations="dx/dt = r*x : 1\nr : Hz (constant)", scheme="rosenbrock",
        jacobian={"x": "r"}, floors={"x": "0"},
    )  # fmt: skip
    cells = NeuronGroup(3, **growing, dt=1 * ms)
    growing.set(cells, x=1.0, r=[1000, 3000, 50_000] / second)
    Network(cells).run(1 * ms)
    assert cells.x[0] == pytest.approx(np.e, rel=0.01)  # z = 1: the Pade approximation is 0.3 % off
    assert cells.x[1] == pytest.approx(13, rel=1e-9)  # z = 3: four times the slope
    assert cells.x[2] == pytest.approx(201, rel=1e-9)  # z = 50: four times the slope, no less
