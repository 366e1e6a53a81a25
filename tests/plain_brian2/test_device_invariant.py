"""What does not change in a run is computed once, and again as soon as somebody may have changed what it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Function,
    Network,
    NeuronGroup,
    Synapses,
    TimedArray,
    defaultclock,
    linked_var,
    ms,
    network_operation,
    prefs,
    second,
    set_device,
)
from brian2.core import clocks

import brianhw  # noqa: F401  (registers the device)
from brianhw.device import step
from brianhw.device.code.blocks import SCALAR, UNIFORM
from brianhw.device.code.invariant import with_invariants

pytestmark = pytest.mark.standalone

EQUATIONS = """
dv/dt = -v/tau_v + I*exp(-theta)/ms : 1
du/dt = (v - u)/tau_u : 1
I : 1
tau_v : second (shared)
tau_u : second
theta = a*b*factor : 1 (shared)
a : 1 (shared)
b : 1
"""


@pytest.fixture(autouse=True)
def _device() -> Iterator[None]:
    set_device("brianhw")
    before = prefs.codegen.target
    yield
    prefs.codegen.target = before
    set_device("brianhw")


def cells(n: int) -> NeuronGroup:
    equations = EQUATIONS.replace("theta = a*b*factor : 1 (shared)", "theta = a*b*factor : 1")
    group = NeuronGroup(n, equations, method="exponential_euler", namespace={"factor": 0.5})
    group.v, group.I, group.tau_v, group.tau_u, group.a, group.b = 1, 0.3, 10 * ms, 20 * ms, 1.5, 0.7
    return group


def by_view(group: NeuronGroup) -> None:
    group.variables["tau_u"].get_value()[0] = 3e-3


CHANGES: dict[str, Callable[[NeuronGroup], Any]] = {
    "nothing": lambda group: None,
    "a shared one": lambda group: setattr(group, "tau_v", 4 * ms),
    "that of one neuron": lambda group: group.tau_u.__setitem__(0, 5 * ms),
    "an expression": lambda group: setattr(group, "b", "0.1 + b/2"),
    "zero": lambda group: setattr(group, "a", 0),
    "the array itself": by_view,
    "an outer constant": lambda group: group.namespace.__setitem__("factor", 2.0),
    "states": lambda group: group.set_states({"tau_v": 3 * ms, "a": 0.2}),
    "the time step": lambda group: setattr(defaultclock, "dt", 0.2 * ms),
}


def after(change: str, n: int, device: str, way: str = "run") -> np.ndarray:
    """Return the states of cells that run, are changed and run on."""
    set_device("runtime" if device == "numpy" else "brianhw", **({"mode": "strict"} if device == "strict" else {}))
    if device == "numpy":
        prefs.codegen.target = "numpy"
    defaultclock.dt = 0.1 * ms
    try:
        group = cells(n)
        net = Network(group)
        net.run(2 * ms)
        CHANGES[change](group)
        if way == "step":
            net.run(0 * ms)  # a step goes on with what was prepared
            step(net, 30)
        else:
            net.run(30 * defaultclock.dt)
        return np.array([group.v_[:], group.u_[:]])
    finally:
        defaultclock.dt = 0.1 * ms


@pytest.mark.parametrize("way", ["run", "step"])
@pytest.mark.parametrize("n", [1, 5, 300])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(change: str, n: int, way: str) -> None:
    np.testing.assert_allclose(after(change, n, "brianhw", way), after(change, n, "numpy"), rtol=1e-12)


@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize("change", CHANGES)
def test_strict_code_keeps_the_bits_of_numpy(change: str, n: int) -> None:
    assert np.array_equal(after(change, n, "strict"), after(change, n, "numpy"))


def test_python_in_the_middle_of_a_run_is_seen() -> None:
    found, groups = [], []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = cells(1)

        groups.append(group)

        @network_operation(dt=1 * ms)
        def change(t: Any) -> None:
            groups[-1].tau_v = (10 - t / ms) * ms

        Network(group, change).run(6 * ms, namespace={})
        found.append(np.array(group.v_))
    np.testing.assert_allclose(*found, rtol=1e-12)


def inner_states(kind: str) -> list[np.ndarray]:
    """Return the states of a network that an operation of another one runs, whose variable it is linked to."""
    outer = NeuronGroup(3, f"tau : second {kind}")
    outer.tau = 10 * ms
    shorter = outer.run_regularly("tau = tau*0.8", dt=1 * ms)
    inner = NeuronGroup(3, "dv/dt = -v/tau : 1\ntau : second (linked)", method="exact", dt=0.05 * ms)
    inner.tau, inner.v = linked_var(outer, "tau"), 1
    net, found = Network(inner), []

    @network_operation(dt=1 * ms, when="end")
    def run_inner() -> None:
        net.run(0.5 * ms, namespace={})
        found.append(np.array(inner.v_))

    Network(outer, shorter, run_inner).run(5 * ms, namespace={})
    return found


@pytest.mark.parametrize("kind", ["(shared)", ""], ids=["shared", "of each neuron"])
def test_what_the_code_of_an_outer_network_has_changed_is_seen_in_an_inner_one(kind: str) -> None:
    found = inner_states(kind)
    set_device("runtime")
    np.testing.assert_allclose(found, inner_states(kind), rtol=1e-12)


def test_what_a_report_changes_is_seen() -> None:
    group = NeuronGroup(1, "dv/dt = (1 - v)/tau : 1\ntau : second (shared)", method="exact")
    group.tau = 1e12 * second
    net, values = Network(group), []

    def report(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        values.append(float(group.v_[0]))
        group.tau = 1 * ms
        if len(values) > 3:
            net.stop()

    net.run(1e6 * second, report=report, report_period=0.1 * second, namespace={})
    assert values[0] < 1e-3
    assert values[-1] == pytest.approx(1)  # thousands of time constants later


def test_the_time_of_an_event_clock_goes_on() -> None:
    if not hasattr(clocks, "EventClock"):
        assert not hasattr(clocks, "BaseClock")  # Brian2 before 2.11 has none
        return
    found = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        clock = clocks.EventClock(times=[0, 0.3, 0.5, 1.1, 1.9] * ms)
        group = NeuronGroup(2, "v : 1")
        synapses = Synapses(group, group, "w : 1", clock=clock)
        synapses.connect()
        summing = synapses.run_regularly("w += exp(-t/ms)")
        Network(group, synapses, summing).run(3 * ms, namespace={})
        found.append(np.array(synapses.w[:]))
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_values_from_a_store_are_seen() -> None:
    found = []
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = cells(1)
        net = Network(group)
        net.run(1 * ms)
        net.store()
        group.tau_v, group.a = 1 * ms, 0.1
        net.run(1 * ms)
        net.restore()
        net.run(3 * ms)
        found.append(np.array(group.v_))
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_what_the_code_itself_changes_is_followed() -> None:
    found = []
    table = TimedArray([5.0, 20.0, 10.0, 1.0] * ms, dt=1 * ms, name="time_constants")
    for device in ("brianhw", "runtime"):
        set_device(device)
        group = NeuronGroup(
            2, "dv/dt = -v/tau(t) : 1\ndw/dt = -w/tau_w : 1\ntau_w : second (shared)",
            method=lambda equations, variables, options: "v = v*exp(-dt/tau(t))\nw = w*exp(-dt/tau_w)",
            namespace={"tau": table},
        )  # fmt: skip
        group.v, group.w, group.tau_w = 1, 1, 9 * ms
        changing = group.run_regularly("tau_w = tau_w*0.9", dt=0.5 * ms)
        Network(group, changing).run(4 * ms)
        found.append(np.array([group.v_[:], group.w_[:]]))
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize("name", ["power", "pow", "atan", "other"])
def test_a_function_of_the_script_is_called_in_each_step_whatever_its_name(name: str) -> None:
    def function(x: float) -> float:
        raise NotImplementedError

    counting = Function(function, arg_units=[1], return_unit=1, arg_names=["x"])
    code = f"static double calls = 0; static double {name}(double x) {{ return x + ++calls; }}"
    counting.implementations.add_implementation("cpp", code, name=name)
    group = NeuronGroup(1, "v : 1\na : 1 (shared)")
    work = group.run_regularly(f"v = exp(-{name}(a))")
    Network(group, work).run(3 * defaultclock.dt, namespace={name: counting})
    assert group.v_[0] == pytest.approx(np.exp(-3))


def test_equal_groups_keep_values_of_their_own() -> None:
    groups = [cells(1) for _ in range(3)]
    for k, group in enumerate(groups):
        group.tau_v, group.b = (5 + k) * ms, k
    net = Network(*groups)
    net.run(3 * ms)
    functions = net._brianhw_plan.program.functions
    assert len({each.address for (_, block), each in functions.items() if block == "run"}) == 1
    for k, group in enumerate(groups):
        alone = cells(1)
        alone.tau_v, alone.b = (5 + k) * ms, k
        Network(alone).run(3 * ms)
        assert np.array_equal(alone.v_, group.v_)


def test_the_bits_do_not_depend_on_how_many_share_the_work() -> None:
    found = []
    for threads in (1, 2):
        set_device("brianhw", openmp_threads=threads)
        group = cells(20_000)
        net = Network(group)
        net.run(2 * ms)
        group.tau_v = 3 * ms
        net.run(2 * ms)
        found.append(np.array(group.v_))
    assert np.array_equal(*found)


def test_nothing_is_computed_anew_where_nothing_has_changed() -> None:
    group = cells(1)
    net = Network(group)
    net.run(2 * ms)
    step(net, 3)
    loop = net._brianhw_plan.loop
    before = loop.inputs
    for _ in range(5):
        step(net, 3)
    assert loop.inputs == before
    group.tau_v = 7 * ms
    step(net, 3)
    assert loop.inputs == before + 1


# -- the text ---------------------------------------------------------------------------------------------


def kept(scalar: str, vector: str, changing: set[str] = frozenset({"_array_t"})) -> tuple[str, set[str]]:  # type: ignore[assignment]
    """Return the text that keeps what does not change, and the arrays that it is computed from."""
    body = f"{{\n{SCALAR}\n{scalar}\n{UNIFORM}\n{vector}\n}}"
    found = with_invariants(body, ["const double k_ = _slots[0].number;"], lambda name: name not in changing)
    return found.body, found.inputs


@pytest.mark.parametrize(
    "expression", ["exp(t_)", "exp(x_ + t_)", "exp(x_*rand(0))", "exp(_ptr_array_x[i])", "exp(unknown_)", "foo(x_)"]
)
def test_what_may_change_is_not_kept(expression: str) -> None:
    reads = "const double t_ = _ptr_array_t[0];\nconst double x_ = _ptr_array_x[0];"
    body, inputs = kept(f"{reads}\nconst double y_ = {expression};", f"v_ = v_*{expression};")
    assert "_kept" not in body and not inputs
    assert f"y_ = {expression};" in body and f"v_*{expression};" in body


def test_what_follows_from_constants_is_kept_once() -> None:
    reads = "const double x_ = _ptr_array_x[0];\nconst double z_ = _ptr_array_z[0];\nconst double t_ = _ptr_array_t[0];"
    body, inputs = kept(f"{reads}\nconst double y_ = (x_ / k_);", "v_ = v_*exp(y_) + exp(y_)*exp(t_);\nw_ = exp(-y_);")
    assert inputs == {"_array_x"}  # nothing is made of z
    assert "v_ = v_*_kept_1 + _kept_1*exp(t_);" in body
    assert "w_ = _kept_2;" in body
    assert body.index("t_ = _ptr_array_t[0]") > body.index("renew")


def test_lines_between_kept_values_stay_between_them() -> None:
    lines = ["x_ = _ptr_array_x[0]", "a_ = (x_ / k_)", "b_ = (a_ + 1.0)", "c_ = exp(b_)", "d_ = (c_ - b_)"]
    body, inputs = kept("\n".join(f"const double {each};" for each in lines), "v_ = v_*exp(d_);")
    assert inputs == {"_array_x"}
    known = {"k_"}  # each name is given a value before it is used, inside the braces and behind them
    for line in body.splitlines():
        if found := re.match(r"\s*const double (\w+) = (.+?);", line):
            used = set(re.findall(r"\b[a-d]_", found[2]))
            assert used <= known, line
            known.add(found[1])
        if "}" in line:
            known = {"k_"}


def test_a_name_that_the_loop_gives_another_value_is_not_taken_for_the_outer_one() -> None:
    loop = "for (;;) {\n    const double x_ = _ptr_array_v[i];\n v_ = exp(x_);}"
    body, _ = kept("const double x_ = _ptr_array_x[0];", loop)
    assert "v_ = exp(x_)" in body
