"""Between runs on the device a script means what it means on Brian2's NumPy target, and costs no compilation."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import (
    BrianObject,
    BrianObjectException,
    Clock,
    Function,
    Hz,
    Network,
    NetworkOperation,
    NeuronGroup,
    PoissonGroup,
    PoissonInput,
    PopulationRateMonitor,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    check_units,
    collect,
    defaultclock,
    device,
    get_device,
    implementation,
    linked_var,
    magic_network,
    ms,
    network_operation,
    prefs,
    profiling_summary,
    restore,
    run,
    second,
    seed,
    set_device,
    start_scope,
    stop,
    store,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brianhw.device import step
from brianhw.device.compiler import Compiler
from brianhw.device.device import BrianHWDevice
from brianhw.errors import GeneratorError, RequestError
from device_models import DT, Chain, on_both

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("on_device")]


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Count calls of the compiler, for code that nothing has compiled before."""
    calls: list[Any] = []
    build = Compiler.build

    def counting(self: Compiler, *arguments: Any, **keywords: Any) -> None:
        calls.append(arguments)
        build(self, *arguments, **keywords)

    monkeypatch.setattr(Compiler, "build", counting)
    before = prefs.codegen.cpp.define_macros
    prefs.codegen.cpp.define_macros = [("NEW_CODE", f"0x{uuid.uuid4().hex[:12]}")]
    yield calls
    prefs.codegen.cpp.define_macros = before


# -- several runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [[60], [0, 60], [10, 0, 20.05, 29.95], [0.1] * 20 + [58]])
def test_runs_of_any_number_and_length_add_up(parts: list[float]) -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        for part in parts:
            chain.run(part * ms)
        return chain.results()

    found = on_both(script)
    assert found["now"] == pytest.approx(0.06)
    # closed form: neuron k fires every tau * log(drive / (drive - 1)), rounded up to whole steps
    drive = 1.5 + 0.5 * np.arange(4)
    period = np.ceil(10 * np.log(drive / (drive - 1)) / 0.1 + 1e-9) * 0.1
    # v is compared with its threshold at the end of a step, and starts anew in the next
    assert np.array_equal(np.bincount(found["spike indices"]), np.floor(60 / period))


def test_everything_can_be_read_before_the_first_run() -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        return {
            **chain.results(),
            "drive": chain.neurons.drive[:],
            "expression": chain.neurons.drive["drive > 2"],
            "weights": np.array(chain.synapses.w[:]),  # Brian2 2.11's own view does not keep the memory alive
            "one weight": chain.synapses.w[1, 1],
            "delays": chain.synapses.delay[:] / ms,
        }

    found = on_both(script)
    assert found["weights"].tolist() == [1, 2, 3, 4]
    assert len(found["spike times"]) == 0


def test_values_are_read_and_written_between_runs_in_every_way() -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        chain.run(10 * ms)
        group, read = chain.neurons, []
        read.append(group.v["drive > 2"])
        read.append(group.v[1:3])
        group.v = 0.1
        group.v[0] = 0.2
        group.v[1:3] = [0.3, 0.4]
        group.v["i == 3"] = "v + 0.5*(i - 2)"
        group.drive[[0, 2]] = "drive + i + 1"
        read.append(group.v[:])
        read.append(group.drive[:])
        chain.run(10 * ms)
        states = chain.net.get_states(units=False)
        group.set_states({"v": np.array([0.1, 0.2, 0.3, 0.4])}, units=False)
        read.append(states[group.name]["v"])
        read.append(group.get_states(["v"])["v"])
        chain.run(10 * ms)
        return {**chain.results(), **{f"read {k}": values for k, values in enumerate(read)}}

    on_both(script)


def test_static_values_are_not_copied() -> None:
    chain = Chain()
    view = chain.neurons.variables["v"].get_value()
    chain.run(5 * ms)
    assert np.shares_memory(view, chain.neurons.variables["v"].get_value())
    assert np.array_equal(view, chain.neurons.v[:])
    view[:] = 0.25
    chain.run(0 * ms)
    assert np.all(chain.neurons.v[:] == 0.25)


def test_views_held_over_runs_that_move_the_values_keep_what_they_had() -> None:
    chain = Chain()
    chain.run(10 * ms)
    monitors = {"t": chain.trace, "v": chain.trace}
    views = [monitor.variables[name].get_value() for name, monitor in monitors.items()]
    views += [chain.spikes.variables["t"].get_value(), chain.spikes.variables["i"].get_value()]
    views += [chain.spikes.t[:], chain.trace.v, chain.trace.t[:]]
    before = [np.array(view) for view in views]
    for _ in range(3):
        chain.run(300 * ms)
    assert len(chain.trace.t) == 9100
    assert all(np.array_equal(view, values) for view, values in zip(views, before, strict=True))


def test_monitors_go_on_over_runs() -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        rate = PopulationRateMonitor(chain.neurons)
        extra = SpikeMonitor(chain.neurons[1:3], variables="drive")
        chain.net.add(rate, extra)
        result: dict[str, Any] = {}
        for k in range(3):
            chain.run(12 * ms)
            result[f"rate {k}"] = np.array(rate.rate / Hz)
            result[f"counted spikes {k}"] = np.array(chain.spikes.count[:])
            result[f"spikes of a part {k}"] = np.array(extra.i)
            result[f"drive {k}"] = np.array(extra.drive)
            chain.trace.record_single_timestep()
        return {**chain.results(), **result}

    found = on_both(script)
    assert found["counted spikes 2"].sum() == len(found["spike times"]) > 0


def test_changed_weights_and_delays_take_effect() -> None:
    def script() -> dict[str, Any]:
        source = SpikeGeneratorGroup(1, [0] * 4, [0, 10, 20, 30] * ms)
        target = NeuronGroup(1, "x : 1")
        synapses = Synapses(source, target, "w : 1", on_pre="x_post += w")
        synapses.connect()
        synapses.w, synapses.delay = 1, 2 * ms
        trace = StateMonitor(target, "x", record=True)
        net = Network(source, target, synapses, trace)
        net.run(10 * ms)
        synapses.w = 10
        net.run(10 * ms)
        synapses.delay = 5 * ms
        net.run(10 * ms)
        synapses.delay = "w*0.1*ms"
        net.run(10 * ms)
        return {"x": trace.x[0], "t": trace.t_}

    found = on_both(script)
    jumps = np.round(found["t"][1:][np.diff(found["x"]) > 0] * 1e3, 6)
    # synapses act after the monitor's slot of their step, so what they add is seen one step later
    assert jumps.tolist() == [2.1, 12.1, 25.1, 31.1]
    assert found["x"][-1] == 31


def test_a_delay_changed_in_place_leaves_events_on_their_way() -> None:
    def script() -> dict[str, Any]:
        source = SpikeGeneratorGroup(1, [0, 0], [0, 3] * ms)
        target = NeuronGroup(1, "x : 1")
        synapses = Synapses(source, target, on_pre="x_post += 1", delay=4 * ms)
        synapses.connect()
        trace = StateMonitor(target, "x", record=True)
        net = Network(source, target, synapses, trace)
        net.run(2 * ms)
        synapses.pre.variables["delay"].get_value()[:] = 0.5e-3
        net.run(8 * ms)
        return {"x": trace.x[0]}

    found = on_both(script)
    assert np.flatnonzero(np.diff(found["x"])).tolist() == [35, 40]  # 3 ms + 0.5 ms, 0 ms + 4 ms


def test_synapses_made_after_a_run_take_part() -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        chain.run(20 * ms)
        chain.synapses.connect(i=[3, 3], j=[0, 1])
        chain.synapses.w[4:] = 100
        chain.run(20 * ms)
        return chain.results()

    assert on_both(script)["x"][1] >= 100


def test_summed_variables_follow_synapses_made_after_a_run() -> None:
    def script() -> dict[str, Any]:
        source = NeuronGroup(3, "r : 1")
        source.r = [1, 2, 4]
        target = NeuronGroup(2, "total : 1")
        synapses = Synapses(source, target, "total_post = r_pre : 1 (summed)")
        synapses.connect(i=[0], j=[0])
        net = Network(source, target, synapses)
        net.run(1 * DT)
        first = np.array(target.total[:])
        synapses.connect(i=[1, 2], j=[0, 1])
        net.run(1 * DT)
        return {"first": first, "second": target.total[:]}

    found = on_both(script)
    assert found["first"].tolist() == [1, 0]
    assert found["second"].tolist() == [3, 4]


# -- inputs ---------------------------------------------------------------------------------------------


def test_values_of_a_timed_array_may_be_a_part_of_a_larger_array() -> None:
    def script() -> dict[str, Any]:
        table = np.arange(12.0).reshape(4, 3)
        stimulus = TimedArray(table[:, 1], dt=1 * ms, name="stimulus")
        group = NeuronGroup(1, "y : 1")
        group.run_regularly("y = stimulus(t)")
        trace = StateMonitor(group, "y", record=True, when="end")
        net = Network(group, trace)
        net.run(2 * ms, namespace={"stimulus": stimulus})
        table *= 10
        net.run(2 * ms, namespace={"stimulus": stimulus})
        return {"y": trace.y[0, 5::10]}

    assert on_both(script)["y"].tolist() == [1, 4, 70, 100]


@pytest.mark.parametrize("order", ["C", "F"])
def test_values_of_a_timed_array_are_changed_in_place(order: str) -> None:
    def script() -> dict[str, Any]:
        values = np.asarray(np.arange(12.0).reshape(4, 3), order=order)
        stimulus = TimedArray(values, dt=1 * ms, name="stimulus")
        group = NeuronGroup(3, "y : 1")
        group.run_regularly("y = stimulus(t, i)")
        trace = StateMonitor(group, "y", record=True, when="end")
        net = Network(group, trace)
        for factor in (1, 2, 3):
            net.run(1 * ms, namespace={"stimulus": stimulus})
            stimulus.values[:] *= factor
        net.run(1 * ms, namespace={"stimulus": stimulus})
        return {"y": trace.y}

    found = on_both(script)
    assert found["y"][:, 5].tolist() == [0, 1, 2]
    assert found["y"][:, 35].tolist() == [54, 60, 66]


def test_a_timed_array_is_replaced() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(1, "y : 1")
        group.run_regularly("y = stimulus(t)")
        trace = StateMonitor(group, "y", record=True, when="end")
        net = Network(group, trace)
        stimulus = TimedArray([1.0, 2.0], dt=1 * ms, name="stimulus")
        net.run(1 * ms)
        stimulus = TimedArray([5.0, 6.0, 7.0, 8.0], dt=0.5 * ms, name="stimulus")  # noqa: F841
        net.run(1 * ms)
        stimulus = TimedArray([9.0, 9.0], dt=1 * ms, name="stimulus")  # noqa: F841
        net.run(1 * ms)
        return {"y": trace.y[0]}

    found = on_both(script)
    assert found["y"][[0, 12, 17, 22]].tolist() == [1, 7, 8, 9]


def test_a_spike_generator_takes_new_spikes() -> None:
    def script() -> dict[str, Any]:
        source = SpikeGeneratorGroup(3, [0, 1, 2], [1, 2, 3] * ms)
        spikes = SpikeMonitor(source)
        net = Network(source, spikes)
        net.run(2.5 * ms)
        source.set_spikes([2, 1, 0], [2.6, 4, 6] * ms)
        net.run(2.5 * ms)
        source.set_spikes([2], [1] * ms, period=1.5 * ms)
        net.run(5 * ms)
        return {"spike times": spikes.t_, "spike indices": spikes.i}

    found = on_both(script)
    assert found["spike indices"].tolist()[:4] == [0, 1, 2, 1]


def test_a_spike_generator_takes_new_spikes_between_steps() -> None:
    source = SpikeGeneratorGroup(3, [0], [0] * ms)
    spikes = SpikeMonitor(source)
    net = Network(source, spikes, leak()[0])
    net.run(0 * ms, namespace={"tau": 5 * ms})  # which step() cannot know
    step(net, 10)
    source.set_spikes([2, 1], [1.5, 2.5] * ms)
    step(net, 10)
    source.set_spikes([0], [2.2] * ms)
    step(net, 10)
    assert spikes.i[:].tolist() == [0, 2, 0]
    assert np.round(spikes.t / ms, 6).tolist() == [0, 1.5, 2.2]


# -- time -----------------------------------------------------------------------------------------------


class Counter:
    def __init__(self) -> None:
        self.group = NeuronGroup(1, "n : 1\nlast : second")
        self.group.run_regularly("n += 1; last = t")
        self.net = Network(self.group)


@pytest.mark.parametrize("dt", [0.01, 0.1])
def test_one_step_happens_in_each_of_many_runs_of_one_step(dt: float) -> None:
    defaultclock.dt = dt * ms
    counter = Counter()
    count, last = counter.group.variables["n"].get_value(), counter.group.variables["last"].get_value()
    for k in range(1, 20_001):
        counter.net.run(dt * ms)
        assert count[0] == k
    assert last[0] == pytest.approx(19_999 * dt * 1e-3, rel=1e-9)
    assert counter.net.t_ == pytest.approx(20_000 * dt * 1e-3, rel=1e-9)


@pytest.mark.parametrize("dt", [0.01, 0.07, 0.1])
def test_one_step_happens_in_each_of_many_calls_of_step(dt: float) -> None:
    defaultclock.dt = dt * ms
    counter = Counter()
    counter.net.run(0 * ms)
    count = counter.group.variables["n"].get_value()
    for k in range(1, 20_001):
        step(counter.net)
        assert count[0] == k
    assert counter.net.t_ == pytest.approx(20_000 * dt * 1e-3, rel=1e-9)
    step(counter.net, 1000)
    counter.net.run(1000 * dt * ms)
    assert count[0] == 22_000


def test_several_clocks_tick_in_order_in_runs_and_in_steps() -> None:
    def script(stepping: bool = False) -> dict[str, Any]:
        group = NeuronGroup(1, "fast : 1\nslow : 1\nodd : 1\nmixed : 1")
        group.run_regularly("fast += 1; mixed = 1.1*mixed + fast")
        group.run_regularly("slow += 1; mixed = 1.2*mixed + slow", dt=0.5 * ms)
        group.run_regularly("odd += 1; mixed = 1.3*mixed - odd", dt=0.3 * ms)
        net = Network(group)
        net.run(0 * ms)
        for _ in range(10):
            if stepping:
                step(net, 4)
            else:
                net.run(0.4 * ms)
        return group.get_states(["fast", "slow", "odd", "mixed"])

    found = on_both(script)
    assert (found["fast"][0], found["slow"][0], found["odd"][0]) == (40, 8, 14)
    assert {name: values[0] for name, values in script(stepping=True).items()} == {
        name: values[0] for name, values in found.items()
    }


def test_networks_that_share_a_clock_are_stepped_each_in_its_own_time() -> None:
    first, second_one = Counter(), Counter()
    first.net.run(10 * ms)
    second_one.net.run(3 * ms)
    step(first.net)
    assert first.group.last[0] / ms == pytest.approx(10)
    step(second_one.net, 2)
    assert second_one.group.last[0] / ms == pytest.approx(3.1)
    step(first.net)
    assert first.group.last[0] / ms == pytest.approx(10.1)
    assert (first.group.n[0], second_one.group.n[0]) == (102, 32)


@pytest.mark.parametrize("dt", [0.05, 0.2, 0.1])
def test_a_changed_step_takes_effect_and_loses_no_spike_on_its_way(dt: float) -> None:
    def script() -> dict[str, Any]:
        source = NeuronGroup(20, "dv/dt = 1/(5*ms) : 1", threshold="v > 1", reset="v = 0", method="euler")
        source.v = "i/20.0"
        target = NeuronGroup(20, "x : 1")
        synapses = Synapses(source, target, on_pre="x_post += 1")
        synapses.connect(j="i")
        synapses.delay = "(2 + 0.1*i)*ms"
        spikes = SpikeMonitor(source)
        net = Network(source, target, synapses, spikes)
        net.run(7 * ms)
        on_their_way = spikes.num_spikes - target.x[:].sum()
        defaultclock.dt = dt * ms
        source.active = False
        net.run(10 * ms)
        assert on_their_way > 5
        return {"x": target.x[:], "counted spikes": spikes.count[:], "now": net.t_}

    set_device("brianhw")
    found = script()
    assert np.array_equal(found["x"], found["counted spikes"])
    assert found["now"] == pytest.approx(0.017)


@pytest.mark.parametrize("dt", [0.05, 0.2, 0.3])
def test_a_spike_on_its_way_arrives_in_time_though_the_step_changes(dt: float) -> None:
    source = SpikeGeneratorGroup(2, [0, 1], [0, 1] * ms)
    target = NeuronGroup(2, "x : 1")
    synapses = Synapses(source, target, on_pre="x_post += 1")
    synapses.connect(j="i")
    synapses.delay = [6, 5.4] * ms
    trace = StateMonitor(target, "x", record=True, when="end")
    net = Network(source, target, synapses, trace)
    net.run(3 * ms)
    defaultclock.dt = dt * ms
    net.run(6 * ms)
    arrivals = trace.t[np.argmax(trace.x, axis=1)] / ms
    assert np.all(np.abs(arrivals - [6, 6.4]) <= 0.5 * dt + 1e-9)


def test_a_changed_step_changes_the_integration() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(1, "dv/dt = -v/(10*ms) : 1", method="euler")
        group.v = 1
        net = Network(group)
        values = []
        for dt in (0.1, 1, 0.5):
            defaultclock.dt = dt * ms
            net.run(10 * ms)
            values.append(group.v[0])
        return {"v": values}

    found = on_both(script)
    assert found["v"] == pytest.approx([0.99**100, 0.99**100 * 0.9**10, 0.99**100 * 0.9**10 * 0.95**20])


# -- what the model is made from --------------------------------------------------------------------------


def leak(namespace: dict[str, Any] | None = None) -> tuple[NeuronGroup, Network]:
    group = NeuronGroup(1, "dv/dt = -v/tau : 1", method="exact", namespace=namespace)
    group.v = 1
    return group, Network(group)


def test_a_changed_constant_of_the_script_changes_the_model() -> None:
    group, net = leak()
    tau = 5 * ms
    net.run(5 * ms)
    tau = 10 * ms
    net.run(5 * ms)
    tau *= 2  # changed in place
    net.run(5 * ms)
    tau = 20 * ms  # another object of the same value
    net.run(5 * ms)
    assert group.v[0] == pytest.approx(np.exp(-1 - 0.5 - 0.25 - 0.25), rel=1e-12)
    del tau
    with pytest.raises(Exception, match="object named") as error:
        net.run(5 * ms)
    assert "tau" in str(error.value.__cause__)


def test_a_changed_constant_in_a_namespace_of_the_group_changes_the_model() -> None:
    group, net = leak({"tau": 5 * ms})
    net.run(5 * ms)
    group.namespace["tau"] = 10 * ms
    net.run(5 * ms)
    group.namespace["tau"] *= 2
    net.run(5 * ms)
    assert group.v[0] == pytest.approx(np.exp(-1 - 0.5 - 0.25), rel=1e-12)


def test_a_changed_constant_in_a_namespace_of_the_run_changes_the_model() -> None:
    group, net = leak()
    net.run(5 * ms, namespace={"tau": 5 * ms})
    net.run(5 * ms, namespace={"tau": 10 * ms})
    tau = 20 * ms  # noqa: F841
    net.run(5 * ms)
    assert group.v[0] == pytest.approx(np.exp(-1 - 0.5 - 0.25), rel=1e-12)


def test_plain_numbers_whole_numbers_and_truth_values_are_constants() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(1, "y : 1")
        group.run_regularly("y = y + a*int(b) + 10*c")
        net, values = Network(group), []
        for a, b, c in [(1, True, 0.5), (2, True, 0.5), (2, False, 0.5), (2.5, True, 0.25), (2.5, True, 0)]:  # noqa: B007
            net.run(1 * DT)
            values.append(group.y[0])
        return {"y": values}

    assert on_both(script)["y"].tolist() == [6, 13, 18, 23, 25.5]


def test_a_constant_of_another_unit_is_refused() -> None:
    _, net = leak()
    tau = 5 * ms
    net.run(5 * ms)
    tau = 5 * Hz  # noqa: F841
    with pytest.raises(Exception, match="An error occurred when preparing an object"):
        net.run(5 * ms)


def test_a_changed_function_changes_the_model() -> None:
    group = NeuronGroup(1, "y : 1")
    group.run_regularly("y = f(1)")
    net, values = Network(group), []
    for factor in (2, 3):

        @implementation("cpp", f"double f(double x) {{ return {factor}*x; }}")
        @check_units(x=1, result=1)
        def f(x: float) -> float:
            return factor * x  # noqa: B023

        net.run(1 * DT)
        values.append(group.y[0])
    assert values == [2, 3]


def _another_implementation(function: Function, group: NeuronGroup) -> None:
    function.implementations.add_implementation("cpp", "double _scaled(double x) { return 5*x; }", name="_scaled")
    function.implementations.add_implementation("numpy", lambda x: 5 * x)


def _a_constant_of_the_group(function: Function, group: NeuronGroup) -> None:
    group.variables.add_constant("gain", 7.0)


@pytest.mark.parametrize("change", [_another_implementation, _a_constant_of_the_group], ids=lambda each: each.__name__)
def test_what_a_name_has_come_to_mean_is_seen(change: Callable[[Function, NeuronGroup], None]) -> None:
    def script() -> dict[str, np.ndarray]:
        function = Function(lambda x: 2 * x, arg_units=[1], return_unit=1)
        function.implementations.add_implementation("cpp", "double _scaled(double x) { return 2*x; }", name="_scaled")
        group = NeuronGroup(2, "x : 1")
        group.run_regularly("x += scaled(gain)")
        net = Network(group)
        namespace = {"scaled": function, "gain": 3.0}
        net.run(3 * DT, namespace=namespace)
        change(function, group)
        net.run(3 * DT, namespace=namespace)
        return {"x": group.x[:]}

    on_both(script)


def compiled_with(macro: str) -> tuple[NeuronGroup, Network]:
    """Return a network whose first cell says whether its C++ is compiled with a macro."""

    @implementation("cpp", f"double f(double x) {{\n#ifdef {macro}\nreturn 1;\n#endif\nreturn 0;\n}}")
    @check_units(x=1, result=1)
    def f(x: float) -> float:
        raise AssertionError("runs in C++")

    group = NeuronGroup(1, "x : 1", namespace={"f": f})
    group.run_regularly("x = f(x)")
    return group, Network(group)


@pytest.mark.parametrize("way", ["option", "preference"])
def test_a_changed_way_of_compiling_takes_effect(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    group, net = compiled_with("BRIANHW_STRICT")
    net.run(DT)
    assert group.x[0] == 0
    if way == "option":
        set_device("brianhw", mode="strict")
    else:
        monkeypatch.setitem(prefs, "devices.brianhw.mode", "strict")
    net.run(DT)
    assert group.x[0] == 1
    if way == "option":
        set_device("brianhw")
        net.run(DT)
        assert group.x[0] == 0


def test_a_preference_changed_in_place_takes_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prefs, "codegen.cpp.define_macros", [])
    group, net = compiled_with("LATER")
    net.run(DT)
    assert group.x[0] == 0
    prefs.codegen.cpp.define_macros += [("LATER", "1")]
    net.run(DT)
    assert group.x[0] == 1


def test_a_function_without_cpp_runs_in_python() -> None:
    calls = []

    @check_units(x=1, result=1)
    def double(x: Any) -> Any:
        calls.append(np.copy(x))
        return 2 * x

    group = NeuronGroup(3, "y : 1\nz : 1")
    group.run_regularly("y = double(i)")
    group.run_regularly("z = y + 1", order=1)
    net = Network(group)
    net.run(3 * DT)
    assert group.z[:].tolist() == [1, 3, 5]
    assert len(calls) >= 3


def test_a_constant_of_code_that_runs_in_python_may_change() -> None:
    @check_units(x=1, result=1)
    def double(x: Any) -> Any:
        return 2 * x

    group = NeuronGroup(1, "y : 1")
    group.run_regularly("y = double(k)")
    net, values = Network(group), []
    for k in (1, 2, 3.5):  # noqa: B007
        net.run(1 * DT)
        values.append(group.y[0])
    assert values == [2, 4, 7]


def test_a_function_without_cpp_may_be_redefined() -> None:
    group = NeuronGroup(1, "y : 1")
    group.run_regularly("y = f(1)")
    net, values = Network(group), []

    @check_units(x=1, result=1)
    def f(x: Any) -> Any:
        return 2 * x

    net.run(1 * DT)
    values.append(group.y[0])

    @check_units(x=1, result=1)
    def f(x: Any) -> Any:  # noqa: F811
        return 3 * x

    net.run(1 * DT)
    values.append(group.y[0])
    assert values == [2, 3]


def test_cpp_functions_bring_headers_and_sources(tmp_path: Path) -> None:
    (tmp_path / "mine.h").write_text("double thrice(double x);\n#define OFFSET 1\n")
    (tmp_path / "mine.cpp").write_text('#include "mine.h"\ndouble thrice(double x) { return 3*x + OFFSET; }\n')

    def values() -> float:
        @implementation(
            "cpp",
            "double f(double x) { return thrice(x); }",
            headers=['"mine.h"'],
            sources=[str(tmp_path / "mine.cpp")],
            include_dirs=[str(tmp_path)],
        )
        @check_units(x=1, result=1)
        def f(x: float) -> float:
            raise AssertionError

        group = NeuronGroup(1, "y : 1")
        group.run_regularly("y = f(2)")
        Network(group).run(1 * DT)
        return float(group.y[0])

    assert values() == 7
    (tmp_path / "mine.h").write_text("double thrice(double x);\n#define OFFSET 5\n")
    assert values() == 11


# -- random numbers ---------------------------------------------------------------------------------------


def test_the_numbers_of_a_seed_are_those_of_numpy() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(5, "u : 1\ng : 1")
        group.run_regularly("u = rand()")
        group.run_regularly("g = randn()", order=1)
        traces = StateMonitor(group, ["u", "g"], record=True, when="end")
        net = Network(group, traces)
        seed(7)
        net.run(20 * DT)
        group.u = "rand()"
        between = np.random.rand()
        net.run(20 * DT)
        return {"u": traces.u, "g": traces.g, "between": between, "after": np.random.rand()}

    found = on_both(script)
    np.random.seed(7)
    for k in range(20):
        assert np.array_equal(found["u"][:, k], np.random.rand(5))
        np.testing.assert_allclose(found["g"][:, k], np.random.randn(5), rtol=5e-15)


def test_the_same_seed_repeats_a_run_and_no_seed_does_not() -> None:
    source = PoissonGroup(20, rates=200 * Hz)
    spikes = SpikeMonitor(source)
    net = Network(source, spikes)
    net.store()
    runs = []
    for value in (1, 1, 2, None, None):
        net.restore()
        seed(value)
        net.run(50 * ms)
        runs.append(list(zip(spikes.i, spikes.t_, strict=True)))
    assert runs[0] == runs[1]
    assert len({str(each) for each in runs}) == 4


def test_operations_draw_from_the_sequence_of_the_run() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(1, "u : 1")
        group.run_regularly("u = rand()", when="start")
        drawn: list[float] = []

        @network_operation(when="end")
        def draw() -> None:
            drawn.append(float(group.u[0]))
            drawn.append(np.random.rand())

        Network(group, draw).run(10 * DT)
        return {"drawn": drawn}

    found = on_both(script)["drawn"]
    np.random.seed(4321)
    assert np.array_equal(found, np.random.rand(20))


def test_a_generator_that_cpp_cannot_continue_is_refused() -> None:
    group = NeuronGroup(2, "x : 1")
    group.run_regularly("x = rand()")
    net = Network(group)
    before = np.random.get_bit_generator()
    np.random.set_bit_generator(np.random.PCG64(1))
    try:
        with pytest.raises(GeneratorError, match="uses the generator PCG64"):
            net.run(DT)
    finally:
        np.random.set_bit_generator(before)
    net.run(DT)
    assert np.all(group.x > 0)


# -- store and restore --------------------------------------------------------------------------------------


def in_flight(name: str = "") -> Chain:
    chain = Chain(name)
    chain.synapses.delay = "(3 + i)*ms"
    return chain


def finish(chain: Chain) -> dict[str, np.ndarray]:
    chain.run(20 * ms)
    return chain.results()


def assert_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, atol=1e-12, err_msg=name)


def test_a_stored_state_with_spikes_on_their_way_is_restored() -> None:
    chain = in_flight()
    chain.run(21 * ms)
    assert 0 < chain.counters.x[:].sum() < (chain.spikes.count[:] * chain.synapses.w[:]).sum()
    chain.net.store("there")
    expected = finish(chain)
    for _ in range(2):
        chain.synapses.w = 1000
        chain.run(3 * ms)
        chain.net.restore("there")
        assert_equal(finish(chain), expected)


@pytest.mark.parametrize("from_device", ["brianhw", "runtime"])
@pytest.mark.parametrize("to_device", ["brianhw", "runtime"])
def test_a_stored_file_goes_from_device_to_device(tmp_path: Path, from_device: str, to_device: str) -> None:
    file = str(tmp_path / "state")
    set_device(from_device)
    chain = in_flight("kept")
    chain.run(21 * ms)
    chain.net.store(filename=file)
    random = np.random.rand()
    expected = finish(chain)
    del chain
    gc.collect()
    set_device(to_device)
    other = in_flight("kept")
    other.net.restore(filename=file, restore_random_state=True)
    assert np.random.rand() == random
    assert_equal(finish(other), expected)


def test_the_magic_network_is_stored_and_restored() -> None:
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    run(5 * DT)
    store()
    run(5 * DT)
    restore()
    assert magic_network.t / DT == pytest.approx(5)
    run(2 * DT)
    assert group.n[0] == 7


def test_a_state_is_restored_that_was_stored_at_another_step() -> None:
    source = SpikeGeneratorGroup(1, [0], [0] * ms)
    target = NeuronGroup(1, "x : 1")
    synapses = Synapses(source, target, on_pre="x_post += 1", delay=4 * ms)
    synapses.connect()
    trace = StateMonitor(target, "x", record=True)
    net = Network(source, target, synapses, trace)
    net.run(1 * ms)
    net.store()
    defaultclock.dt = 0.5 * ms
    net.run(1 * ms)
    net.restore()
    assert defaultclock.dt / ms == pytest.approx(0.1)
    net.run(9 * ms)
    assert trace.t[np.flatnonzero(trace.x[0])[0]] / ms == pytest.approx(4.1)


# -- stopping ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "net.stop"])
def test_an_operation_stops_a_run_after_its_step(how: str) -> None:
    def script() -> dict[str, Any]:
        counter = Counter()

        @network_operation(when="end")
        def look() -> None:
            if counter.group.n[0] == 7:
                stop() if how == "stop" else counter.net.stop()

        counter.net.add(look)
        counter.net.run(10 * ms)
        stopped = float(counter.group.n[0]), float(np.asarray(counter.net.t_))
        counter.net.run(10 * ms)
        return {"stopped": stopped, "n": counter.group.n[:], "now": np.asarray(counter.net.t_)}

    found = on_both(script)
    assert found["stopped"] == pytest.approx([7, 7e-4])
    assert found["n"] == 107


def test_steps_go_on_after_a_stop() -> None:
    counter = Counter()

    @network_operation(when="end")
    def look() -> None:
        if counter.group.n[0] == 7:
            counter.net.stop()

    counter.net.add(look)
    counter.net.run(10 * ms)
    step(counter.net, 5)
    assert counter.group.n[0] == 12
    assert counter.net.t / DT == pytest.approx(12)


def test_another_thread_stops_a_run() -> None:
    counter = Counter()
    counter.net.run(1 * DT)
    timer = threading.Timer(0.3, counter.net.stop)
    timer.start()
    began = time.perf_counter()
    counter.net.run(1e6 * second)
    assert time.perf_counter() - began < 5
    timer.join()
    assert counter.net.t_ / 1e-4 == pytest.approx(counter.group.n[0])
    stopped = counter.group.n[0]
    counter.net.run(10 * DT)
    assert counter.group.n[0] == stopped + 10


# -- profiling ----------------------------------------------------------------------------------------------


def test_profiling_tells_the_time_of_each_object() -> None:
    chain = Chain()
    chain.run(20 * ms, profile=True)
    spent = dict(chain.net.profiling_info)
    assert {chain.trace.name, chain.synapses.pre.name, f"{chain.neurons.name}_stateupdater"} <= set(spent)
    assert all(0 * second <= each < 10 * second for each in spent.values())
    assert "stateupdater" in str(profiling_summary(net=chain.net))
    chain.run(5 * ms, profile=False)
    with pytest.raises(ValueError, match="profil"):
        _ = chain.net.profiling_info


# -- objects that come and go -------------------------------------------------------------------------------


def test_objects_added_after_a_run_leave_all_else_as_it_was() -> None:
    def script() -> dict[str, Any]:
        chain = in_flight()
        chain.run(21 * ms)
        extra = StateMonitor(chain.counters, "x", record=True)
        more = NeuronGroup(2, "dy/dt = 1/second : 1", method="euler")
        chain.net.add(extra, more)
        chain.run(10 * ms)
        chain.net.remove(extra)
        chain.run(10 * ms)
        return {**chain.results(), "extra t": extra.t_, "extra x": extra.x, "y": more.y[:]}

    found = on_both(script)
    assert found["y"] == pytest.approx(0.02)
    assert len(found["extra t"]) == 100


@pytest.mark.parametrize("which", ["neurons", "synapses", "spikes", "trace", "counters"])
def test_objects_are_switched_off_and_on(which: str) -> None:
    def script() -> dict[str, Any]:
        chain = in_flight()
        chain.run(21 * ms)
        getattr(chain, which).active = False
        chain.run(10 * ms)
        getattr(chain, which).active = True
        chain.run(10 * ms)
        return chain.results()

    on_both(script)


def test_an_operation_switches_an_object_off() -> None:
    # Brian2 looks at `active` at the start of a run
    def script() -> dict[str, Any]:
        counter = Counter()

        @network_operation
        def switch() -> None:
            counter.group.active = False

        counter.net.add(switch)
        counter.net.run(3 * DT)
        first = float(counter.group.n[0])
        counter.net.run(3 * DT)
        return {"n": [first, counter.group.n[0]]}

    on_both(script)


def test_the_order_of_objects_is_that_of_the_schedule() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(1, "y : 1")
        seen: list[float] = []
        group.run_regularly("y = 1", when="start")
        group.run_regularly("y = 2", when="thresholds", order=1)
        group.run_regularly("y = 3", when="end")
        operations = [
            NetworkOperation(lambda: seen.append(float(group.y[0])), when=when, order=order)
            for when in ("before_start", "start", "after_start", "thresholds", "after_thresholds", "end", "after_end")
            for order in (-1, 2)
        ]
        net = Network(group, *operations)
        net.run(2 * DT)
        net.schedule = ["end", "start", "groups", "thresholds", "synapses", "resets"]
        net.run(2 * DT)
        return {"seen": seen}

    on_both(script)


def test_several_networks_take_turns() -> None:
    def script() -> dict[str, Any]:
        chains = [Chain(), Chain()]
        chains[1].neurons.drive = 3
        other = Counter()
        for k in range(4):
            chains[k % 2].run(7 * ms)
            other.net.run(2 * ms)
            chains[1 - k % 2].run(3 * ms)
        results = [chain.results() for chain in chains]
        return {
            **{f"{name} {k}": each[name] for k, each in enumerate(results) for name in each},
            "n": other.group.n[:],
        }

    found = on_both(script)
    assert found["n"] == 80
    assert not np.array_equal(found["v 0"], found["v 1"])


def test_an_operation_may_record_in_another_network_of_the_same_model() -> None:
    first, other = Chain(), Chain()
    other.run(1 * ms)
    operation = NetworkOperation(lambda: other.trace.record_single_timestep(), dt=1 * ms)
    first.net.add(operation)
    before = other.neurons.v[:].copy()
    first.run(5 * ms)
    assert np.array_equal(other.neurons.v[:], before)
    assert len(other.trace.t) == 15
    assert len(first.trace.t) == 50


def test_an_operation_may_run_another_network() -> None:
    def script() -> dict[str, Any]:
        chain = Chain()
        chain.run(3 * ms)
        return chain.results()

    expected = on_both(script)
    chain, clock = Chain(), Clock(dt=DT)
    inner = NeuronGroup(1, "n : 1", clock=clock)
    inner.run_regularly("n += 1", clock=clock)
    other = Network(inner)
    chain.net.add(NetworkOperation(lambda: other.run(1 * ms), dt=1 * ms))
    chain.run(3 * ms)
    assert_equal(chain.results(), expected)
    assert inner.n[0] == 30


def test_an_operation_that_runs_its_own_network_is_refused() -> None:
    counter = Counter()
    counter.net.add(NetworkOperation(lambda: counter.net.run(1 * ms)))
    with pytest.raises(RuntimeError, match="is running"):
        counter.net.run(1 * ms)


def test_magic_runs_take_what_is_there() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(2, "dv/dt = (1 - v)/tau : 1", threshold="v > 0.5", reset="v = 0", method="exact")
        spikes = SpikeMonitor(group)
        tau = 10 * ms
        run(20 * ms)
        tau = 5 * ms  # noqa: F841
        run(20 * ms)
        first = np.array(spikes.t_)
        start_scope()
        group = NeuronGroup(2, "dv/dt = (1 - v)/tau : 1", threshold="v > 0.5", reset="v = 0", method="exact")
        later = SpikeMonitor(group)
        run(20 * ms)
        return {"first spikes": first, "later spikes": later.t_}

    found = on_both(script)
    assert len(found["first spikes"]) > len(found["later spikes"]) > 0


def test_a_network_of_what_is_collected_runs() -> None:
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    Network(collect()).run(3 * DT)
    assert group.n[0] == 3


def test_the_magic_network_is_not_stepped() -> None:
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    run(1 * DT)
    with pytest.raises(RequestError, match="The magic network cannot be stepped"):
        step(magic_network)


def test_a_network_that_was_not_run_and_a_negative_number_of_steps_are_refused() -> None:
    counter = Counter()
    with pytest.raises(RequestError, match=r"Call its run\(0\*ms\) once"):
        step(counter.net)
    counter.net.run(0 * ms)
    with pytest.raises(RequestError, match="-1 steps"):
        step(counter.net, -1)
    step(counter.net, 0)
    assert counter.group.n[0] == 0


def test_objects_prepare_and_finish_themselves_in_each_run() -> None:
    told: list[str] = []

    class Told(BrianObject):
        def before_run(self, run_namespace: Any) -> None:
            told.append("before")

        def after_run(self) -> None:
            told.append("after")

        def run(self) -> None:
            told.append("run")

    counter = Counter()
    counter.net.add(Told(when="end", dt=0.2 * ms))
    for _ in range(2):
        counter.net.run(0.4 * ms)
    assert told == ["before", "run", "run", "after"] * 2


# -- how often the compiler is called ---------------------------------------------------------------------


def test_the_same_network_made_again_is_compiled_once(compilations: list[Any]) -> None:
    def build_and_run() -> np.ndarray:
        chain = Chain()
        chain.run(10 * ms)
        return chain.results()["v"]

    first = build_and_run()
    assert len(compilations) == 1
    assert np.array_equal(build_and_run(), first)
    start_scope()
    device.reinit()
    set_device("brianhw")
    assert np.array_equal(build_and_run(), first)
    assert len(compilations) == 1


def test_changing_values_compiles_nothing(compilations: list[Any]) -> None:
    stimulus = TimedArray([0.1, 0.2], dt=5 * ms, name="stimulus")
    source = PoissonGroup(3, rates="stimulus(t)*kHz")
    group = NeuronGroup(3, "dv/dt = (drive - v)/tau : 1\ndrive : 1 (constant)", threshold="v > 1", reset="v = 0")
    synapses = Synapses(source, group, "w : 1", on_pre="v_post += w")
    synapses.connect(p=0.5)
    net = Network(source, group, synapses)

    def go(duration: float = 1, tau: Any = 10 * ms) -> None:
        net.run(duration * ms, namespace={"tau": tau, "stimulus": stimulus})

    go()
    assert len(compilations) == 1
    synapses.w = "rand()"
    synapses.delay = "rand()*ms"
    go(2.5)
    group.v = 0.5
    group.drive = [0, 1, 2]
    seed(3)
    go(tau=20 * ms)
    go(tau=0.0213 * second)
    stimulus.values[:] = 0.05
    go()
    stimulus = TimedArray([0.3, 0.1], dt=5 * ms, name="stimulus")
    go()
    synapses.connect(i=[0, 1, 2], j=[2, 1, 0])
    go()
    assert len(compilations) == 1
    net.add(SpikeMonitor(group, record=False))
    del compilations[:]
    go()
    assert len(compilations) == 1  # of a model with a monitor: the counting works
    go()
    assert len(compilations) == 1


def test_another_time_step_compiles_nothing(compilations: list[Any]) -> None:
    # without a TimedArray: Brian2 writes the ratio of its step to that of the group into the code
    chain = Chain()
    for dt in (0.1, 0.05, 0.3):
        defaultclock.dt = dt * ms
        chain.run(3 * ms)
    assert len(chain.trace.t) == 30 + 60 + 10
    assert len(compilations) == 1


def test_inputs_that_are_made_again_are_compiled_once(compilations: list[Any]) -> None:
    kept = []
    for k in range(12):  # so that their numbers get a second digit
        line, table = (
            TimedArray([1.0, 2.0, 3.0 + k], dt=1 * ms),
            TimedArray(np.arange(6.0).reshape(3, 2) * k, dt=1 * ms),
        )
        group = NeuronGroup(2, "x : 1\ny : 1")
        group.run_regularly("x = line(t) + table(t, i)")
        noise = PoissonInput(group, "y", 5, 100 * Hz, weight=1)
        Network(group, noise).run(2.5 * ms)
        assert group.x[:].tolist() == [3 + 5 * k, 3 + 6 * k]
        kept += [line, table, noise]
    assert len(compilations) == 1


# -- names, rates, schedules ------------------------------------------------------------------------------


def follower(expression: str) -> tuple[NeuronGroup, Network]:
    group = NeuronGroup(1, "x : 1")
    group.run_regularly(f"x = {expression}")
    return group, Network(group)


def test_a_constant_that_the_script_has_no_more_is_missed() -> None:
    group, net = follower("only_once")
    net.run(DT, namespace={"only_once": 10})
    with pytest.raises(BrianObjectException) as error:
        net.run(DT, namespace={})
    assert "only_once" in str(error.value.__cause__)
    net.run(DT, namespace={"only_once": 11})
    assert group.x[0] == 11


def test_a_local_name_hides_a_global_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "hidden", 1.0)
    group, net = follower("hidden")

    def with_a_local_name() -> None:
        hidden = 2.0
        net.run(DT)
        assert group.x[0] == hidden

    net.run(DT)
    assert group.x[0] == 1
    with_a_local_name()
    net.run(DT)
    assert group.x[0] == 1


def test_a_poisson_group_takes_changed_rates() -> None:
    group = PoissonGroup(100, rates=0 * Hz)
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(5 * ms)
    assert spikes.num_spikes == 0
    group.rates = 1e9 * Hz  # a spike in each step, whatever is drawn
    net.run(5 * ms)
    assert spikes.num_spikes == 100 * 50


def test_a_changed_schedule_takes_effect() -> None:
    def script() -> dict[str, Any]:
        seen: list[float] = []
        group = NeuronGroup(1, "v : 1", threshold="v > 2.5", reset="v = 100")
        group.run_regularly("v += 1", when="groups")
        slots = ["start", "before_groups", "after_groups", "after_thresholds", "after_resets", "end"]
        looks = [NetworkOperation(lambda: seen.append(float(group.v[0])), when=slot) for slot in slots]

        def write() -> None:
            group.v = group.v + 0.25

        net = Network(group, looks, NetworkOperation(write, when="end", order=-1))
        net.run(4 * DT)
        net.schedule = ["start", "resets", "thresholds", "groups", "synapses", "end"]
        net.run(4 * DT)
        return {"seen": seen}

    assert len(on_both(script)["seen"]) == 48


def test_synapses_made_by_an_operation_take_part_in_the_next_run() -> None:
    # not compared with NumPy: there Brian2 2.11 reads freed memory
    source = SpikeGeneratorGroup(2, [0, 1, 0, 1], [0.1, 0.1, 4, 4] * ms)
    target = NeuronGroup(1, "x : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="x_post += w", delay=0.5 * ms)
    synapses.connect(i=0, j=0)
    synapses.w = 1

    def grow() -> None:
        if len(synapses) < 3:
            synapses.connect(i=1, j=0)
            synapses.w[-1:] = 10 * len(synapses)

    net = Network(source, target, synapses, NetworkOperation(grow, dt=1 * ms))
    net.run(3 * ms)
    assert target.x[0] == 1
    net.run(3 * ms)
    assert target.x[0] == 1 + 1 + 20 + 30


def test_a_group_that_is_switched_off_sends_its_last_spikes_once() -> None:
    def script() -> dict[str, Any]:
        group, target = NeuronGroup(2, "v : 1", threshold="v > 0.5"), NeuronGroup(1, "x : 1")
        group.v = [0, 1]
        synapses = Synapses(group, target, on_pre="x_post += 1")
        synapses.connect()
        spikes = SpikeMonitor(group)
        net = Network(group, target, synapses, spikes)
        net.run(3 * DT)
        group.active = False
        net.run(5 * DT)
        return {"x": np.array(target.x), "spike times": np.array(spikes.t)}

    on_both(script)


def test_linked_variables_follow_a_part_of_a_group() -> None:
    def script() -> dict[str, Any]:
        group = NeuronGroup(6, "dv/dt = (i - v) / (10*ms) : 1", method="exact")
        linked, part = NeuronGroup(3, "u : 1 (linked)\ny : 1"), group[2:5]
        linked.u = linked_var(part, "v")
        linked.run_regularly("y = u * 2", when="end")
        net, read = Network(group, linked), {}
        for number in range(3):
            net.run(1 * ms)
            group[1:4].v = 0
            read |= {
                f"v {number}": group.v[:].copy(),
                f"u {number}": linked.u[:].copy(),
                f"y {number}": linked.y[:].copy(),
            }
        return read

    on_both(script)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0]), st.floats(0, 1.5)), min_size=1, max_size=6))
def test_clocks_tick_as_in_brian2_whatever_the_durations(durations: list[float]) -> None:
    def script() -> dict[str, Any]:
        ticks: dict[float, list[float]] = {dt: [] for dt in (0.1, 0.25, 0.3)}
        order: list[float] = []

        def operation(dt: float) -> NetworkOperation:
            def tick(t: Any) -> None:
                ticks[dt].append(float(np.asarray(t)))
                order.append(dt)

            return NetworkOperation(tick, dt=dt * ms)

        net, times = Network([operation(dt) for dt in ticks]), []
        for duration in durations:
            net.run(duration * ms)
            times.append(net.t_)
        return {"order": order, "times": times, **{f"ticks {dt}": values for dt, values in ticks.items()}}

    on_both(script)


# -- processes and threads -----------------------------------------------------------------------------------


def count_in_process(results: Any) -> None:
    set_device("brianhw")
    prefs.codegen.target = "numpy"
    counter = Counter()
    counter.net.run(3 * ms)
    results.put(float(counter.group.n[0]))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_of_a_parent_that_has_run_run_too(method: str) -> None:
    counter = Counter()
    counter.net.run(1 * ms)
    context = multiprocessing.get_context(method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which pytest's workers have
        results = context.Queue()
        children = [context.Process(target=count_in_process, args=(results,)) for _ in range(2)]
        for child in children:
            child.start()
    assert [results.get(timeout=60) for _ in children] == [30, 30]
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0


def test_parent_and_child_go_on_with_a_network_after_a_fork() -> None:
    chain = Chain()
    chain.run(10 * ms)
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            chain.neurons.drive = 4
            chain.run(10 * ms)
            os.write(writing, chain.neurons.v[:].tobytes())
            status = 0
        finally:
            os._exit(status)
    chain.run(10 * ms)
    assert os.waitpid(child, 0)[1] == 0
    of_child = np.frombuffer(os.read(reading, 1000))
    os.close(reading)
    os.close(writing)

    def script() -> dict[str, Any]:
        again = Chain()
        again.run(10 * ms)
        again.neurons.drive = 4
        again.run(10 * ms)
        return {"v": again.neurons.v[:]}

    np.testing.assert_allclose(of_child, on_both(script)["v"], rtol=1e-12)
    assert not np.allclose(of_child, chain.neurons.v[:])


def test_networks_run_in_threads() -> None:
    chains = [Chain() for _ in range(3)]
    threads = [threading.Thread(target=chain.run, args=(50 * ms,)) for chain in chains]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def script() -> dict[str, Any]:
        chain = Chain()
        chain.run(50 * ms)
        return chain.results()

    expected = on_both(script)
    for chain in chains:
        assert_equal(chain.results(), expected)


def test_the_device_stays_the_device() -> None:
    chain = Chain()
    chain.run(1 * ms)
    assert get_device().__class__.__name__ == "BrianHWDevice"


def test_events_at_given_times_are_run(request: pytest.FixtureRequest) -> None:
    clocks = pytest.importorskip("brian2.core.clocks")
    if not hasattr(clocks, "EventClock"):
        at: Callable[..., Any] | None = None
    else:
        at = clocks.EventClock
    if at is None:
        assert not hasattr(clocks, "BaseClock")  # Brian2 before 2.11 has none
        return

    def script() -> dict[str, Any]:
        counter = Counter()
        seen: list[float] = []
        clock = at([0.15e-3, 0.3e-3, 0.72e-3] * second)
        operation = NetworkOperation(lambda: seen.append(float(counter.group.n[0])), clock=clock, when="start")
        counter.net.add(operation)
        counter.net.run(0.5 * ms)
        counter.net.run(0.5 * ms)
        return {"seen": seen, "n": counter.group.n[:]}

    on_both(script)


def test_a_clock_of_its_own_keeps_its_step() -> None:
    clock = Clock(dt=0.25 * ms)
    group = NeuronGroup(1, "n : 1", clock=clock)
    group.run_regularly("n += 1", clock=clock)
    net = Network(group)
    net.run(1 * ms)
    clock.dt = 0.5 * ms
    net.run(1 * ms)
    assert group.n[0] == 6


def test_new_spikes_of_a_generator_need_no_new_code(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []
    before = BrianHWDevice._new_plan

    def counted(*arguments: Any) -> Any:
        prepared.append(1)
        return before(*arguments)

    monkeypatch.setattr(BrianHWDevice, "_new_plan", counted)
    generator = SpikeGeneratorGroup(3, [0], [2] * ms)
    spikes = SpikeMonitor(generator)
    net = Network(generator, spikes)
    for k in range(4):
        generator.set_spikes([k % 3], [10 * k + 2] * ms)
        net.run(10 * ms)
    assert list(spikes.i) == [0, 1, 2, 0]
    np.testing.assert_allclose(spikes.t / ms, [2, 12, 22, 32], rtol=1e-9)
    assert len(prepared) == 1
    generator.active = False
    net.run(10 * ms)
    assert len(prepared) == 2
