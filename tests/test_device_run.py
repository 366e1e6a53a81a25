"""Running in pieces means what it means in Brian2: everything may be read and changed in between."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest
from brian2 import (
    Clock,
    Network,
    NeuronGroup,
    PopulationRateMonitor,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    collect,
    defaultclock,
    mV,
    ms,
    network_operation,
    run,
    second,
    set_device,
    start_scope,
)  # fmt: skip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import brianhw.device
from brianhw.device.compiler import Compiler
from brianhw.errors import RequestError

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("brianhw_device")]

LEAK = "dv/dt = (drive - v) / tau : 1\ndrive : 1"


def on_numpy(script: Callable[[], Any]) -> Any:
    """Return what a script gives on Brian2's NumPy target."""
    set_device("runtime")
    start_scope()
    defaultclock.dt = 0.1 * ms
    brian2.seed(20240601)
    try:
        return script()
    finally:
        set_device("brianhw")


def same_as_numpy(script: Callable[[], Any], **tolerance: float) -> None:
    """Run a script on both; compare all that it returns."""
    brian2.seed(20240601)
    ours = script()
    theirs = on_numpy(script)
    assert len(ours) == len(theirs)
    for found, expected in zip(ours, theirs, strict=True):
        # fast mode sums in another order and has another exponential
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-12, atol=1e-12)


@contextmanager
def compilations() -> Iterator[list[str]]:
    """Count the models that are compiled in the block."""
    built: list[str] = []
    original = Compiler.build

    def counted(self: Compiler, sources: Any, *rest: Any, **options: Any) -> Any:
        built.append(str(sources))
        return original(self, sources, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compiler, "build", counted)
        yield built


def leak(n: int = 3, tau: Any = 10 * ms) -> NeuronGroup:
    group = NeuronGroup(n, LEAK, method="exact", namespace={"tau": tau})
    group.drive = "i + 1"
    return group


def counter(**options: Any) -> NeuronGroup:
    """Return a neuron whose ``k`` is the number of steps it has run."""
    group = NeuronGroup(1, "k : integer", **options)
    group.run_regularly("k += 1")
    return group


def spiking(delay: Any = 1 * ms, **options: Any) -> tuple[Network, SpikeGeneratorGroup, Synapses, NeuronGroup, Any]:
    """Return a network in which a neuron sums the weights of two synapses, and what it is made of."""
    source = SpikeGeneratorGroup(2, [0, 1], [0.5, 0.5] * ms)
    target = NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w", **options)
    synapses.connect()
    synapses.w = [1, 10]
    synapses.delay = delay
    monitor = StateMonitor(target, "v", record=True, when="end")
    return Network(source, target, synapses, monitor), source, synapses, target, monitor


def arrivals(monitor: StateMonitor) -> dict[float, float]:
    """Return the time, in ms, of each jump of the recorded value and its size."""
    jumps = np.diff(monitor.v[0], prepend=0)
    return {round(float(monitor.t[k] / ms), 6): float(jumps[k]) for k in np.flatnonzero(jumps)}


# -- reading and writing ----------------------------------------------------------------------------------


def test_pieces_give_what_one_run_gives() -> None:
    whole, pieces = leak(), leak()
    Network(whole).run(10 * ms)
    net = Network(pieces)
    for duration in (0.1, 0, 3.3, 1.6, 5):
        net.run(duration * ms)
    assert pieces.v[:].tolist() == whole.v[:].tolist()
    assert whole.v[:] == pytest.approx(np.arange(1, 4) * (1 - np.exp(-1)), rel=1e-12)
    assert float(net.t) == pytest.approx(10e-3, rel=1e-12)


def test_everything_is_read_and_written_before_the_first_run_and_between_runs() -> None:
    def script() -> list[Any]:
        group = leak(5)
        synapses = Synapses(group, group, "w : 1\nx = w * v_pre : 1")
        seen: list[Any] = [group.v[:], group.drive["i > 2"], len(group)]
        synapses.connect("i != j")
        synapses.w = "i + 10 * j"
        net = Network(group, synapses)
        for _ in range(2):
            seen += [synapses.w[:], synapses.w[1, :], synapses.x[:], group.v[2], group.v[1:4], group.v["drive > 2"]]
            group.v[0] = 5
            group.v[1:3] = [6, 7]
            group.v["i == 4"] = "drive * 2"
            group[3:].v = 1
            group.set_states({"drive": np.arange(5) / 7})
            synapses.w["i == 0"] = "w + 1"
            seen += list(group.get_states(["v", "drive"]).values())
            net.run(1 * ms)
            seen += [group.v[:], group.v_[:], net.t, group.t[:], synapses.w[:], synapses.x[:]]
        return [np.array(each) for each in seen]

    same_as_numpy(script)


def test_values_are_read_without_a_copy() -> None:
    group = leak()
    view = group.variables["v"].get_value()
    net = Network(group)
    net.run(1 * ms)
    assert np.shares_memory(view, group.variables["v"].get_value())
    assert view.tolist() == group.v[:].tolist() != [0, 0, 0]


def test_monitors_are_read_between_runs() -> None:
    def script() -> list[Any]:
        group = NeuronGroup(
            20, "dv/dt = (1.5 + 0.1 * i - v) / (5*ms) : 1", threshold="v > 1", reset="v = 0", method="exact"
        )
        states, spikes = StateMonitor(group, "v", record=[1, 3]), SpikeMonitor(group, variables="v")
        rates = PopulationRateMonitor(group)
        net = Network(group, states, spikes, rates)
        seen: list[Any] = []
        for _ in range(4):
            net.run(7.3 * ms)
            seen += [states.t, states.v, states[3].v, spikes.i, spikes.t, spikes.v, spikes.count, rates.rate]
            seen += [spikes.num_spikes, spikes.spike_trains()[5], rates.smooth_rate(width=1 * ms)]
            seen = [np.array(each) for each in seen]
        return seen

    same_as_numpy(script)


def test_views_held_over_runs_keep_their_values() -> None:
    group = NeuronGroup(5, "dv/dt = 1 / ms : 1", threshold="v > 0.05 * (i + 1)", reset="v = 0", method="euler")
    spikes, states = SpikeMonitor(group), StateMonitor(group, "v", record=True)
    net = Network(group, spikes, states)
    net.run(1 * ms)
    held = [spikes.t[:], spikes.i[:], states.t[:], states.v[:], states.variables["v"].get_value()]
    held += [spikes.variables["i"].get_value(), spikes.variables["t"].get_value()]
    held = [np.asarray(each) for each in held]
    before = [each.copy() for each in held]
    assert all(len(each) for each in before)
    for _ in range(6):
        net.run(50 * ms)
        for view, values in zip(held, before, strict=True):
            np.testing.assert_array_equal(view, values)
    assert len(states.t) == 3010


def test_more_than_one_network_and_equal_models_live_at_once() -> None:
    groups = [leak(), leak()]
    groups[1].drive = 0
    groups[1].v = 8
    nets = [Network(each) for each in groups]
    with compilations() as built:
        for _ in range(5):
            for net in nets:
                net.run(2 * ms)
    assert len(built) <= 1
    assert groups[0].v[:] == pytest.approx(np.arange(1, 4) * (1 - np.exp(-1)), rel=1e-12)
    assert groups[1].v[:] == pytest.approx(8 * np.exp(-1), rel=1e-12)


def test_a_group_belongs_to_one_network() -> None:
    group = counter()
    Network(group).run(1 * ms)
    with pytest.raises(RuntimeError, match="already been simulated"):
        Network(group).run(1 * ms)


def test_a_magic_run_and_start_scope() -> None:
    old = counter()
    run(1 * ms)
    assert old.k[0] == 10
    start_scope()
    new = counter()
    run(2 * ms)
    run(1 * ms)
    assert (old.k[0], new.k[0]) == (10, 30)


def test_a_dropped_group_leaves_the_magic_network() -> None:
    kept, dropped = counter(), counter()
    run(1 * ms)
    del dropped
    gc.collect()
    run(1 * ms)
    assert kept.k[0] == 20


# -- what changes a model between runs --------------------------------------------------------------------


def test_a_changed_external_constant_changes_the_model() -> None:
    group = NeuronGroup(1, "dv/dt = -v / tau : 1", method="exact")
    group.v = 1
    net = Network(group)
    expected = 1.0
    for tau in (10 * ms, 5 * ms, 5 * ms, 20 * ms):
        net.run(2 * ms)
        expected *= np.exp(-2 * ms / tau)
        assert group.v[0] == pytest.approx(expected, rel=1e-12)


def test_a_constant_changed_in_place_changes_the_model() -> None:
    tau = 10 * ms
    group = NeuronGroup(1, "dv/dt = -v / tau : 1", method="exact")
    group.v = 1
    net = Network(group)
    net.run(2 * ms)
    tau /= 2
    net.run(2 * ms)
    assert group.v[0] == pytest.approx(np.exp(-0.2 - 0.4), rel=1e-12)
    assert float(tau) == 5e-3


def test_plain_numbers_of_every_type_change_the_model() -> None:
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = a")
    net = Network(group)
    for a in (1, 2, 2.5, np.float64(3.5), np.int32(4), 5, np.array(6.5), True, 0):
        net.run(0.1 * ms)
        assert group.x[0] == float(a)


def test_the_namespace_of_a_group_and_of_a_run_change_the_model() -> None:
    own, given_at_run = NeuronGroup(1, "x : 1", namespace={"a": 1}), NeuronGroup(1, "x : 1")
    own.run_regularly("x = a")
    given_at_run.run_regularly("x = b")
    net = Network(own, given_at_run)
    net.run(0.1 * ms, namespace={"b": 10})
    net.run(0.1 * ms, namespace={"b": 20})
    assert (own.x[0], given_at_run.x[0]) == (1, 20)
    own.namespace["a"] = 2
    net.run(0.1 * ms, namespace={"b": 20})
    assert (own.x[0], given_at_run.x[0]) == (2, 20)
    net.run(0.1 * ms, namespace={"b": 30})
    assert given_at_run.x[0] == 30


def test_a_missing_constant_is_refused_also_where_an_earlier_run_had_it() -> None:
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = missing_now")
    net = Network(group)
    net.run(0.1 * ms, namespace={"missing_now": 10})
    with pytest.raises(brian2.BrianObjectException) as raised:
        net.run(0.1 * ms, namespace={})
    assert "missing_now" in str(raised.value.__cause__)


def test_a_local_name_hides_a_global_one_from_the_next_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "hidden", 1.0)
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = hidden")
    net = Network(group)

    def with_local() -> None:
        hidden = 2.0
        net.run(0.1 * ms)
        assert hidden == 2.0

    net.run(0.1 * ms)
    assert group.x[0] == 1
    with_local()
    assert group.x[0] == 2
    net.run(0.1 * ms)
    assert group.x[0] == 1


def test_a_function_defined_anew_changes_the_model() -> None:
    def times(factor: float) -> Any:
        code = f"double scaled(double x) {{ return {factor} * x; }}"
        plain = brian2.check_units(x=1, result=1)(lambda x: factor * x)
        return brian2.implementation("cpp", code, name="scaled")(plain)

    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = scaled(1.0)")
    net = Network(group)
    for factor in (2.0, 3.0):
        scaled = times(factor)
        net.run(0.1 * ms)
        assert group.x[0] == factor
        assert scaled is not None


def test_a_changed_time_step_takes_effect() -> None:
    group = counter()
    net = Network(group)
    net.run(1 * ms)
    defaultclock.dt = 0.05 * ms
    net.run(1 * ms)
    defaultclock.dt = 0.5 * ms
    net.run(1 * ms)
    assert group.k[0] == 10 + 20 + 2
    assert float(net.t) == pytest.approx(3e-3)


@pytest.mark.parametrize("new_dt", [0.05, 0.2, 0.025])
@pytest.mark.parametrize("one_delay", [False, True])
def test_a_changed_time_step_loses_no_spike_in_flight(new_dt: float, one_delay: bool) -> None:
    source = SpikeGeneratorGroup(2, [0, 1], [0, 0.2] * ms)
    target = NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += 1", delay=2 * ms if one_delay else None)
    synapses.connect()
    if not one_delay:
        synapses.delay = [1, 3] * ms
    monitor = StateMonitor(target, "v", record=True, when="end")
    net = Network(source, target, synapses, monitor)
    net.run(0.6 * ms)
    defaultclock.dt = new_dt * ms
    net.run(5 * ms)
    assert arrivals(monitor) == ({2.0: 1, 2.2: 1} if one_delay else {1.0: 1, 3.2: 1})


def test_weights_and_delays_are_read_and_changed_between_runs() -> None:
    net, source, synapses, _, monitor = spiking()
    net.run(0.2 * ms)
    assert synapses.w[:].tolist() == [1, 10] and synapses.delay[:] == pytest.approx([1e-3, 1e-3])
    synapses.w = "w * 2"
    synapses.delay = [2, 3] * ms
    net.run(0.8 * ms)  # both have spiked, at 0.5 ms
    synapses.delay = [4, 4] * ms  # holds for spikes to come
    synapses.w[1] = 7
    source.set_spikes([0], [1.5] * ms)
    net.run(6 * ms)
    assert arrivals(monitor) == {2.5: 2, 3.5: 7, 5.5: 2}


def test_a_single_changed_delay_is_noticed() -> None:
    net, source, synapses, _, monitor = spiking()
    net.run(0.1 * ms)
    synapses.delay[1] = 1.1 * ms
    net.run(3 * ms)
    assert arrivals(monitor) == {1.5: 1, 1.6: 10}


def test_a_homogeneous_delay_is_changed_between_runs() -> None:
    source, target = SpikeGeneratorGroup(1, [0, 0], [0, 5] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += 1", delay=1 * ms)
    synapses.connect()
    monitor = StateMonitor(target, "v", record=True, when="end")
    net = Network(source, target, synapses, monitor)
    net.run(0.5 * ms)
    synapses.delay = 2 * ms
    net.run(8 * ms)
    assert arrivals(monitor) == {1.0: 1, 7.0: 1}


def test_a_changed_delay_holds_for_a_pathway_that_runs_in_python() -> None:
    @brian2.check_units(x=1, result=1)
    def in_python(x: Any) -> Any:
        return 2 * x

    source, target = SpikeGeneratorGroup(1, [0, 0], [0, 5] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += in_python(1)", namespace={"in_python": in_python})
    synapses.connect()
    synapses.delay = 1 * ms
    monitor = StateMonitor(target, "v", record=True, when="end")
    net = Network(source, target, synapses, monitor)
    net.run(0.5 * ms)
    synapses.delay = 2 * ms
    net.run(8 * ms)
    assert arrivals(monitor) == {1.0: 2, 7.0: 2}


@pytest.mark.parametrize("values", [np.arange(1.0, 6), np.arange(1, 6), np.arange(10.0).reshape(5, 2)])
def test_a_timed_array_is_changed_in_place_and_replaced(values: np.ndarray) -> None:
    stimulus = TimedArray(values.copy(), dt=1 * ms)
    now = "stimulus(t, i)" if values.ndim == 2 else "stimulus(t)"
    group = NeuronGroup(2, "x : 1", dt=1 * ms)
    group.run_regularly(f"x = {now}", dt=1 * ms)
    net = Network(group)
    net.run(1 * ms)
    assert group.x[1] == np.atleast_1d(values[0])[-1]
    stimulus.values[1] = 50
    net.run(1 * ms)
    assert group.x[1] == 50
    stimulus = TimedArray(values + 100, dt=1 * ms)
    net.run(1 * ms)
    assert group.x[1] == 100 + np.atleast_1d(values[2])[-1]
    stimulus = TimedArray(np.append(values, values, axis=0) + 200, dt=0.5 * ms)
    net.run(1 * ms)
    assert group.x[1] == 200 + np.atleast_1d(values[(3 * 2) % 5])[-1]


def test_events_of_a_spike_generator_are_set_anew() -> None:
    source = SpikeGeneratorGroup(3, [0, 1], [0.2, 0.7] * ms)
    monitor = SpikeMonitor(source)
    net = Network(source, monitor)
    net.run(0.5 * ms)
    source.set_spikes([2, 0, 2], [0.6, 0.9, 1.4] * ms)
    net.run(1.5 * ms)
    source.set_spikes([1], [0.1] * ms, period=0.5 * ms)
    net.run(1 * ms)
    assert monitor.i[:].tolist() == [0, 2, 0, 2, 1, 1]
    assert monitor.t / ms == pytest.approx([0.2, 0.6, 0.9, 1.4, 2.1, 2.6])


def test_a_poisson_group_takes_changed_rates() -> None:
    group = PoissonGroup(100, rates=0 * brian2.Hz)
    monitor = SpikeMonitor(group)
    net = Network(group, monitor)
    net.run(5 * ms)
    assert monitor.num_spikes == 0
    group.rates = "1e9 * Hz"  # a spike in each step, whatever is drawn
    net.run(5 * ms)
    assert monitor.num_spikes == 100 * 50


def test_synapses_made_between_runs_are_used_and_spikes_in_flight_stay() -> None:
    source, target = SpikeGeneratorGroup(2, [0, 1, 0, 1], [0, 0, 3, 3] * ms), NeuronGroup(2, "v : 1")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w")
    synapses.connect(i=0, j=0)
    synapses.w, synapses.delay = 1, 2 * ms
    monitor = StateMonitor(target, "v", record=True, when="end")
    net = Network(source, target, synapses, monitor)
    net.run(1 * ms)
    synapses.connect(i=1, j=0)
    synapses.w[1], synapses.delay[1] = 10, 1 * ms
    net.run(5 * ms)
    assert arrivals(monitor) == {2.0: 1, 4.0: 10, 5.0: 1}


# -- objects added, removed, activated --------------------------------------------------------------------


def test_objects_added_and_removed_leave_states_and_spikes_in_flight() -> None:
    net, _, _, target, monitor = spiking(delay=[1, 3] * ms)
    net.run(0.8 * ms)
    more, late = counter(), StateMonitor(target, "v", record=True)
    net.add(more, late)
    net.run(1 * ms)
    net.remove(more)
    net.run(3 * ms)
    assert arrivals(monitor) == {1.5: 1, 3.5: 10}
    assert more.k[0] == 10
    assert (float(late.t[0]), len(late.t)) == (pytest.approx(0.8e-3), 40)


def test_an_object_is_switched_off_and_on() -> None:
    def script() -> list[Any]:
        net, source, synapses, target, monitor = spiking(delay=[1, 3] * ms)
        spikes = SpikeMonitor(source)
        net.add(spikes)
        seen = []
        for active in (True, False, True):
            monitor.active = spikes.active = active
            net.run(1.2 * ms)
            seen += [np.array(monitor.v), np.array(monitor.t), np.array(spikes.t)]
        source.active = False
        source.set_spikes([0], [4] * ms)
        net.run(1 * ms)
        return [*seen, np.array(spikes.t), np.array(target.v)]

    same_as_numpy(script)


def test_a_group_switched_off_sends_its_last_spikes_once() -> None:
    def script() -> list[Any]:
        group = NeuronGroup(2, "v : 1", threshold="v > 0.5")
        group.v = [0, 1]
        target = NeuronGroup(1, "v : 1")
        synapses = Synapses(group, target, on_pre="v_post += 1")
        synapses.connect()
        monitor = SpikeMonitor(group)
        net = Network(group, target, synapses, monitor)
        net.run(0.3 * ms)
        group.active = False
        net.run(0.5 * ms)
        return [target.v[:], monitor.t[:]]

    same_as_numpy(script)


# -- stored and restored ----------------------------------------------------------------------------------


def in_flight() -> tuple[Network, StateMonitor, NeuronGroup]:
    source = SpikeGeneratorGroup(3, [0, 1, 2], [0.2, 0.4, 1.2] * ms, name="source")
    target = NeuronGroup(1, "v : 1", name="target")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w", name="synapses")
    synapses.connect()
    synapses.w = [1, 10, 100]
    synapses.delay = [1, 2, 0.5] * ms
    noise = NeuronGroup(4, "dx/dt = -x / (10*ms) + xi / sqrt(ms) : 1", method="euler", name="noise")
    monitor = StateMonitor(target, "v", record=True, when="end", name="monitor")
    return Network(source, target, synapses, noise, monitor, name="stored"), monitor, noise


EXPECTED = {1.2: 1, 1.7: 100, 2.4: 10}


def test_a_restored_network_goes_on_as_before_with_spikes_in_flight() -> None:
    net, monitor, noise = in_flight()
    net.run(1 * ms)
    net.store("then")
    ends = []
    for _ in range(3):
        net.run(3 * ms)
        assert arrivals(monitor) == EXPECTED
        assert len(monitor.t) == 40 and float(net.t) == pytest.approx(4e-3)
        ends.append(noise.x[:].tolist())
        net.restore("then", restore_random_state=True)
        assert float(net.t) == pytest.approx(1e-3) and len(monitor.t) == 10
    assert ends[0] == ends[1] == ends[2] != [0, 0, 0, 0]


def test_a_state_before_the_first_run_is_restored() -> None:
    net, monitor, _ = in_flight()
    net.store()
    for _ in range(2):
        net.run(4 * ms)
        assert arrivals(monitor) == EXPECTED
        net.restore()


@pytest.mark.parametrize("writer", ["brianhw", "runtime"])
@pytest.mark.parametrize("reader", ["brianhw", "runtime"])
def test_a_stored_file_goes_on_on_either_device(writer: str, reader: str, tmp_path: Path) -> None:
    def on(name: str) -> None:
        set_device(name)
        start_scope()

    on(writer)
    net, monitor, noise = in_flight()
    net.run(1 * ms)
    net.store(filename=str(tmp_path / "state"))
    expected = noise.x[:].tolist()
    on(reader)
    # the same names, as in another process
    del net, monitor, noise
    gc.collect()
    net, monitor, noise = in_flight()
    net.restore(filename=str(tmp_path / "state"))
    assert noise.x[:].tolist() == expected
    net.run(3 * ms)
    assert arrivals(monitor) == EXPECTED


def test_a_state_restored_after_another_time_step_brings_its_own_back() -> None:
    net, monitor, _ = in_flight()
    net.run(1 * ms)
    net.store()
    defaultclock.dt = 0.05 * ms
    net.run(0.1 * ms)
    net.restore()
    assert float(defaultclock.dt) == pytest.approx(1e-4)
    net.run(3 * ms)
    assert arrivals(monitor) == EXPECTED


# -- random numbers ---------------------------------------------------------------------------------------


def test_a_seed_gives_the_numbers_that_numpy_gives() -> None:
    def script() -> list[Any]:
        group = NeuronGroup(7, "x : 1\ny : 1")
        group.run_regularly("x = rand()", order=0)
        group.run_regularly("y = randn()", order=1)
        states = StateMonitor(group, ["x", "y"], record=True)
        net = Network(group, states)
        brian2.seed(5)
        group.x = "rand()"
        seen = [group.x[:].copy()]
        for _ in range(3):
            net.run(0.5 * ms)
            seen.append(np.random.rand())  # Python and C++ go on with each other's sequence
            seen.append(np.random.randn())
        brian2.seed(5)
        net.run(0.5 * ms)
        return [*seen, np.array(states.x), np.array(states.y), np.random.rand()]

    same_as_numpy(script)


def test_random_numbers_of_network_operations_are_in_the_same_sequence() -> None:
    drawn: list[float] = []
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = rand()")

    @network_operation
    def draw() -> None:
        drawn.append(np.random.rand())
        drawn.append(float(group.x[0]))

    brian2.seed(8)
    Network(group, draw).run(1 * ms)
    brian2.seed(8)
    expected = np.random.rand(20)
    # the operation comes first in a step, so it sees the group's number of the step before
    assert drawn[0::2] == expected[0::2].tolist()
    assert drawn[3::2] == expected[1:-1:2].tolist()


def test_no_seed_gives_other_numbers() -> None:
    group = NeuronGroup(1, "x : 1")
    group.run_regularly("x = rand()")
    net = Network(group)
    values = set()
    for _ in range(3):
        brian2.seed()
        net.run(0.1 * ms)
        values.add(float(group.x[0]))
    assert len(values) == 3


# -- time -------------------------------------------------------------------------------------------------

CALLS = 20_000


@pytest.mark.parametrize("dt_ms", [0.01, 0.03, 0.07, 0.1])
@pytest.mark.parametrize("way", ["run", "step"])
def test_n_calls_of_one_step_run_n_steps(way: str, dt_ms: float) -> None:
    defaultclock.dt = dt_ms * ms
    group = counter()
    net = Network(group)
    dt = dt_ms * ms
    net.run(0 * ms)
    k = group.variables["k"].get_value()
    for number in range(1, CALLS + 1):
        if way == "run":
            net.run(dt)
        else:
            brianhw.device.step(net)
        assert k[0] == number
    assert float(net.t) == pytest.approx(CALLS * dt_ms * 1e-3, rel=1e-9)
    assert defaultclock.t_[:] == pytest.approx(CALLS * dt_ms * 1e-3, rel=1e-9)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0]), st.floats(0, 1.5)), min_size=1, max_size=8))
def test_clocks_tick_as_in_brian2_whatever_the_durations(durations: list[float]) -> None:
    def script() -> list[Any]:
        ticks: list[float] = []
        group = counter(dt=0.1 * ms)
        operations = []
        for number, dt in enumerate((0.1, 0.25, 0.3)):
            def tick(t: Any) -> None:
                ticks.append(float(np.asarray(t)))

            operations.append(brian2.NetworkOperation(tick, dt=dt * ms, order=number))
        net = Network(group, operations)
        times = []
        for duration in durations:
            net.run(duration * ms)
            times.append(float(net.t))
        return [np.array(ticks), np.array(times), group.k[:]]

    same_as_numpy(script)


def test_several_clocks_step_with_the_fastest() -> None:
    fast, slow = counter(dt=0.1 * ms), NeuronGroup(1, "k : integer", dt=0.3 * ms)
    slow.run_regularly("k += 1", dt=0.3 * ms)
    fast_again = NeuronGroup(1, "k : integer", dt=0.1 * ms)
    fast_again.run_regularly("k += 1", dt=0.1 * ms)
    net = Network(slow, fast_again)
    net.run(0 * ms)
    for number in range(1, 301):
        brianhw.device.step(net)
        assert (fast_again.k[0], slow.k[0]) == (number, (number + 2) // 3)
    brianhw.device.step(net, 30)
    assert (fast_again.k[0], slow.k[0]) == (330, 110)
    assert float(net.t) == pytest.approx(33e-3) and fast.k[0] == 0


def test_networks_that_share_a_clock_step_each_in_its_own_time() -> None:
    groups = [counter(), counter()]
    monitors = [StateMonitor(each, "k", record=True) for each in groups]
    nets = [Network(*each) for each in zip(groups, monitors, strict=True)]
    nets[0].run(1 * ms)
    nets[1].run(5 * ms)
    for _ in range(10):
        for net in nets:
            brianhw.device.step(net, 2)
    for net, monitor, end in zip(nets, monitors, (3, 7), strict=True):
        assert float(net.t) == pytest.approx(end * 1e-3)
        np.testing.assert_allclose(monitor.t / ms, np.arange(end * 10) * 0.1, atol=1e-9)


# -- stopping ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_network_operation_stops_a_run_after_its_step(everywhere: bool) -> None:
    group = counter()

    @network_operation
    def stop_at_half_a_millisecond(t: Any) -> None:
        if abs(t - 0.5 * ms) < 0.01 * ms:
            brian2.stop() if everywhere else net.stop()

    net = Network(group, stop_at_half_a_millisecond)
    net.run(10 * ms)
    assert group.k[0] == 6 and float(net.t) == pytest.approx(0.6e-3)
    net.run(1 * ms)  # goes on
    assert group.k[0] == 16 and float(net.t) == pytest.approx(1.6e-3)
    assert isinstance(net.t_, float)
    brianhw.device.step(net, 5)
    assert group.k[0] == 21


def test_another_thread_stops_a_run() -> None:
    group = counter()
    net = Network(group)
    net.run(1 * ms)
    timer = threading.Timer(0.3, net.stop)
    timer.start()
    began = time.perf_counter()
    net.run(1e6 * second)
    timer.join()
    assert time.perf_counter() - began < 30  # as said, two busy cores
    steps = int(group.k[0])
    assert 10 < steps < 1e10 and float(net.t) == pytest.approx(steps * 1e-4, rel=1e-9)
    net.run(1 * ms)
    assert group.k[0] == steps + 10


# -- profiling --------------------------------------------------------------------------------------------


def test_profiling_names_the_objects_and_their_times() -> None:
    group = leak(1000)
    operation = brian2.NetworkOperation(lambda: time.sleep(0.01), dt=1 * ms)
    net = Network(group, operation)
    net.run(3 * ms, profile=True)
    info = dict(net.profiling_info)
    assert set(info) == {f"{group.name}_stateupdater", operation.name}
    assert 0.03 <= float(info[operation.name]) < 3
    assert 0 < float(info[f"{group.name}_stateupdater"]) < float(info[operation.name])
    net.run(1 * ms)
    with pytest.raises(ValueError, match="profil"):
        _ = net.profiling_info


# -- compiling --------------------------------------------------------------------------------------------


def test_what_is_no_structure_compiles_nothing() -> None:
    stimulus = TimedArray([1.0, 2.0, 3.0], dt=1 * ms)
    strength = 2.0

    def build(seed: int, tau: Any, n_synapses: int = 3) -> tuple[Network, NeuronGroup, Synapses]:
        group = NeuronGroup(
            3, "dv/dt = (stimulus(t) * strength - v) / tau : 1", threshold="v > 1", reset="v = 0", method="euler",
            namespace={"tau": tau, "stimulus": stimulus, "strength": strength},
        )  # fmt: skip
        synapses = Synapses(group, group, "w : 1", on_pre="v_post += w")
        synapses.connect(i=np.arange(n_synapses) % 3, j=0)
        brian2.seed(seed)
        group.v, synapses.w, synapses.delay = "rand()", "rand()", "rand() * ms"
        return Network(group, synapses, StateMonitor(group, "v", record=True), SpikeMonitor(group)), group, synapses

    net, group, synapses = build(1, 10 * ms)
    net.run(1 * ms)
    ends = {tuple(group.v[:])}
    with compilations() as built:
        net.run(3 * ms)
        synapses.w, group.v, synapses.delay = 5, 0.3, 2 * ms
        group.namespace["tau"] = 5 * ms
        brian2.seed(9)
        net.run(1 * ms)
        stimulus.values[:] = 7
        defaultclock.dt = 0.05 * ms
        net.run(2 * ms)
        strength = 3.0
        for number in range(3):
            other, group, _ = build(number, (number + 1) * ms, n_synapses=number + 4)
            other.run((number + 1) * ms)
            ends.add(tuple(group.v[:]))
    assert built == []
    assert len(ends) == 4


def test_another_equation_is_compiled() -> None:
    with compilations() as built:
        group = NeuronGroup(1, "x : 1")
        group.run_regularly("x = 123.25 + 5 * i")  # nowhere else in these tests
        Network(group).run(0.1 * ms)
    assert len(built) == 1


# -- network operations -----------------------------------------------------------------------------------


def test_network_operations_run_in_the_order_of_the_schedule() -> None:
    def script() -> list[Any]:
        seen: list[float] = []
        group = NeuronGroup(1, "v : 1", threshold="v > 2.5", reset="v = 100")
        group.run_regularly("v += 1", when="groups")
        operations = []
        slots = ["start", "before_groups", "after_groups", "after_thresholds", "after_resets", "end"]
        for slot in slots:

            @network_operation(when=slot)
            def look() -> None:
                seen.append(float(group.v[0]))

            operations.append(look)

        @network_operation(when="end", order=-1)
        def write() -> None:
            group.v = group.v + 0.25

        net = Network(group, write, operations)
        net.run(0.4 * ms)
        net.schedule = ["start", "resets", "thresholds", "groups", "synapses", "end"]
        net.run(0.4 * ms)
        return [np.array(seen)]

    same_as_numpy(script)


def test_a_method_is_a_network_operation() -> None:
    class Experiment:
        def __init__(self) -> None:
            self.times: list[float] = []
            self.operation = brian2.NetworkOperation(self.note, dt=0.5 * ms)

        def note(self, t: Any) -> None:
            self.times.append(float(np.asarray(t / ms)))

    experiment = Experiment()
    Network(experiment.operation, counter()).run(1.5 * ms)
    assert experiment.times == pytest.approx([0, 0.5, 1])


def test_synapses_made_in_a_network_operation_are_there_in_the_next_run() -> None:
    def script() -> list[Any]:
        net, source, synapses, target, monitor = spiking()
        made = []

        @network_operation(dt=0.3 * ms)
        def grow() -> None:
            if len(made) < 2:
                synapses.connect(i=0, j=0)
                synapses.w[-1:] = 100
                made.append(len(synapses))

        net.add(grow)
        net.run(3 * ms)
        source.set_spikes([0], [4] * ms)
        net.run(3 * ms)
        return [monitor.v[:], np.array(made), synapses.w[:]]

    same_as_numpy(script)


def test_a_network_is_run_in_a_network_operation_of_an_equal_one() -> None:
    clock = Clock(dt=0.1 * ms)
    outer_group = NeuronGroup(1, "dv/dt = 1 / ms : 1", method="euler", clock=clock)
    inner_group = NeuronGroup(1, "dv/dt = 1 / ms : 1", method="euler")
    inner = Network(inner_group)

    @network_operation(clock=clock, when="start")
    def whole_experiment() -> None:
        inner.run(0.2 * ms)

    outer = Network(outer_group, whole_experiment)
    outer.run(1 * ms)
    assert outer_group.v[0] == pytest.approx(1) and inner_group.v[0] == pytest.approx(2)


def test_a_network_is_not_run_in_its_own_operation() -> None:
    @network_operation
    def again() -> None:
        net.run(1 * ms)

    net = Network(counter(), again)
    with pytest.raises(RuntimeError, match="is running"):
        net.run(1 * ms)


# -- what runs in Python, and users' own classes ----------------------------------------------------------


def test_a_function_without_cpp_runs_in_python() -> None:
    calls: list[int] = []

    @brian2.check_units(x=1, result=1)
    def strange(x: Any) -> Any:
        calls.append(np.size(x))
        return 3 * x

    group = NeuronGroup(4, "dv/dt = -v / (10*ms) : 1\nx : 1", method="exact")
    group.v = 1
    group.run_regularly("x = strange(v)", when="end")
    net = Network(group)
    net.run(1 * ms)
    net.run(1 * ms)
    assert calls == [4] * 20
    assert group.x[:] == pytest.approx(3 * np.exp(-0.2), rel=1e-12)


def test_a_cpp_function_brings_headers_sources_and_macros(tmp_path: Path) -> None:
    (tmp_path / "mine.h").write_text("double from_a_source(double);\n", encoding="utf-8")
    (tmp_path / "mine.cpp").write_text(
        '#include "mine.h"\ndouble from_a_source(double x) { return x * FACTOR; }\n', encoding="utf-8"
    )

    @brian2.implementation(
        "cpp", "double mine(double x) { return from_a_source(x) + 1; }", headers=['"mine.h"'],
        sources=[str(tmp_path / "mine.cpp")], include_dirs=[str(tmp_path)], define_macros=[("FACTOR", "7.5")],
    )  # fmt: skip
    @brian2.check_units(x=1, result=1)
    def mine(x: Any) -> Any:
        raise AssertionError("not in Python")

    group = NeuronGroup(2, "x : 1")
    group.run_regularly("x = mine(i)")
    Network(group).run(0.1 * ms)
    assert group.x[:].tolist() == [1, 8.5]


def test_an_object_with_its_own_before_run_gets_each_call() -> None:
    class Own(NeuronGroup):
        calls = 0
        ends = 0

        def before_run(self, run_namespace: Any) -> None:
            self.calls += 1
            self.drive = self.calls
            super().before_run(run_namespace)

        def after_run(self) -> None:
            self.ends += 1
            super().after_run()

    group = Own(1, "x : 1\ndrive : 1")
    group.run_regularly("x += drive")
    net = Network(group)
    for _ in range(3):
        net.run(0.1 * ms)
    assert (group.calls, group.ends, group.x[0]) == (3, 3, 1 + 2 + 3)


def test_an_object_with_its_own_run_runs_in_python() -> None:
    class Note(brian2.BrianObject):
        add_to_magic_network = True

        def __init__(self, group: NeuronGroup) -> None:
            super().__init__(when="end")
            self.group, self.seen = group, []

        def run(self) -> None:
            self.seen.append(int(self.group.k[0]))

    group = counter()
    note = Note(group)
    Network(group, note).run(0.5 * ms)
    assert note.seen == [1, 2, 3, 4, 5]


def test_a_linked_variable_and_a_subgroup_follow_between_runs() -> None:
    def script() -> list[Any]:
        group = leak(6)
        linked = NeuronGroup(3, "u : 1 (linked)\ny : 1")
        part = group[2:5]
        linked.u = brian2.linked_var(part, "v")
        linked.run_regularly("y = u * 2", when="end")
        net = Network(group, linked)
        seen = []
        for _ in range(3):
            net.run(1 * ms)
            group[1:4].v = 0
            seen += [group.v[:].copy(), linked.u[:], linked.y[:].copy()]
        return seen

    same_as_numpy(script)


def test_units_are_kept() -> None:
    group = NeuronGroup(2, "dv/dt = (-60*mV - v) / (10*ms) : volt", method="exact")
    net = Network(group)
    net.run(10 * ms)
    assert group.v[0] / mV == pytest.approx(-60 * (1 - np.exp(-1)))
    with pytest.raises(brian2.DimensionMismatchError):
        group.v = 3
    with pytest.raises(brian2.DimensionMismatchError):
        net.run(3)


# -- stepping ---------------------------------------------------------------------------------------------


def test_a_step_takes_changed_values_events_and_arrays() -> None:
    stimulus = TimedArray(np.zeros(100), dt=0.1 * ms)
    source = SpikeGeneratorGroup(2, [0], [0] * ms)
    target = NeuronGroup(1, "v : 1\nx : 1")
    target.run_regularly("x = stimulus(t)")
    synapses = Synapses(source, target, "w : 1", on_pre="v_post += w")
    synapses.connect()
    synapses.w = 1
    net = Network(source, target, synapses)
    net.run(0 * ms)
    brianhw.device.step(net, 2)
    assert target.v[0] == 1
    synapses.w = 5
    source.set_spikes([1], [0.3] * ms)
    stimulus.values[3] = 9
    brianhw.device.step(net, 2)
    assert (target.v[0], target.x[0]) == (6, 9)
    target.v = -1
    brianhw.device.step(net)
    assert target.v[0] == -1 and float(net.t) == pytest.approx(0.5e-3)


def test_what_cannot_be_stepped_is_refused() -> None:
    group = counter()
    net = Network(group)
    with pytest.raises(RequestError, match="has not been run"):
        brianhw.device.step(net)
    net.run(0 * ms)
    with pytest.raises(RequestError, match="-1 steps"):
        brianhw.device.step(net, -1)
    defaultclock.dt = 0.05 * ms
    with pytest.raises(RequestError, match="time step .* has changed"):
        brianhw.device.step(net)
    assert group.k[0] == 0
    assert len(collect()) > 0
