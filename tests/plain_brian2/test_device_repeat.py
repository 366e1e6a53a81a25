"""``device.run(run_args=...)`` does what a script has done again, with other values, as Brian2's standalone device."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
import tracemalloc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError,
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    device,
    ms,
    run,
    seed,
    set_device,
    volt,
)

from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.queue import SpikeQueue
from brianhw.device.mending import caches
from brianhw.device.running.plan import Plan
from brianhw.errors import RequestError, RunArgumentError, UnknownNameError
from paths import PACKAGE, environment_of

pytestmark = pytest.mark.standalone


@pytest.fixture(autouse=True)
def standalone(fresh_brian2: None) -> None:
    set_device("brianhw", build_on_run=False)


def leaky(n: int = 1, name: str = "cells") -> NeuronGroup:
    model = "dv/dt = (2 - v)/tau : 1\ntau : second (constant)\nx : 1\nn : integer\np : boolean\nu : volt"
    group = NeuronGroup(n, model, threshold="v > 1", reset="v = 0", method="exact", name=name)
    group.tau = 10 * ms
    return group


def test_each_run_begins_anew_with_its_values() -> None:
    group = leaky(2)
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(50 * ms)
    device.build(run=False)
    device.run()
    counts = [int(spikes.num_spikes)]
    for tau in (5 * ms, [10, 20] * ms):
        device.run(run_args={group.tau: tau})
        counts.append(int(spikes.num_spikes))
        assert float(net.t / ms) == pytest.approx(50)
    device.run()
    # a cell fires every tau ln 2, rounded up to a step
    assert counts == [2 * 7, 2 * 14, 7 + 3]
    assert spikes.num_spikes == 14


@pytest.mark.parametrize("as_text", [False, True])
def test_variables_of_all_types_and_timed_arrays_are_set(as_text: bool, tmp_path: Path) -> None:
    stimulus = TimedArray(np.arange(6).reshape(3, 2), dt=defaultclock.dt, name="stimulus")
    group = NeuronGroup(2, "x : 1\nn : integer\np : boolean\nu : volt\ns = stimulus(t, i) : 1", name="cells")
    group.x = "i + 1"
    trace = StateMonitor(group, "s", record=True)
    run(3 * defaultclock.dt)
    values = np.arange(6).reshape(3, 2) * 2.0
    values.tofile(tmp_path / "stimulus.dat")
    np.array([3.0, 4.0]).tofile(tmp_path / "u.dat")
    if as_text:
        texts = ["cells.x=5", "cells.n=17", "cells.p=True", "cells.u=u.dat", "stimulus.values=stimulus.dat"]
        device.run(directory=str(tmp_path), run_args=texts)
    else:
        device.run(run_args={group.x: 5, group.n: 17, group.p: True, group.u: [3, 4] * volt, stimulus: values})
    assert (list(group.x), list(group.n), list(group.p)) == ([5, 5], [17, 17], [True, True])
    assert list(group.u / volt) == [3, 4]
    assert np.array_equal(trace.s.T, values)
    device.run()
    assert list(group.x) == [1, 2]
    assert np.array_equal(trace.s.T, values / 2)  # a TimedArray has its values for one run


def test_statements_and_constants_between_runs_are_repeated_in_their_order() -> None:
    group = NeuronGroup(3, "dv/dt = drive/ms : 1\nx : 1\ny : 1", method="euler", name="cells")
    trace = StateMonitor(group, "v", record=0)
    net = Network(group, trace)
    group.x = "i"
    device.apply_run_args()
    group.y = "2*x"  # uses what is given to the run
    drive = 1.0  # noqa: F841
    net.run(1 * ms)
    group.v = "v*10 + x"
    group[:1].y = -1
    drive = 2.0  # noqa: F841
    net.run(1 * ms)
    before = np.array(group.v), np.array(group.y)
    device.run(run_args={group.x: [10, 20, 30]})
    assert np.allclose(before[0], [12, 13, 14]) and list(before[1]) == [-1, 2, 4]
    assert np.allclose(group.v, [22, 32, 42]) and list(group.y) == [-1, 40, 60]
    assert len(trace.t) == 20


def test_random_numbers_are_the_same_with_a_seed_and_others_without() -> None:
    group = leaky(20)
    seed(7)
    group.x = "rand()"
    net = Network(group)
    net.run(0.1 * ms)
    with_seed = np.array(group.x)
    device.run(run_args={group.n: 1})
    assert np.array_equal(group.x, with_seed)
    device.reinit()
    set_device("brianhw", build_on_run=False)
    group = leaky(20)
    group.x = "rand()"
    net = Network(group)
    net.run(0.1 * ms)
    without = np.array(group.x)
    device.run(run_args={group.n: 1})
    assert not np.any(group.x == without)


def test_spikes_under_way_and_weights_begin_anew() -> None:
    group, target = leaky(1), NeuronGroup(1, "v : 1")
    synapses = Synapses(group, target, "w : 1", on_pre="v_post += w\nw *= 2", delay=3 * ms)
    synapses.connect()
    synapses.w = 1
    net = Network(group, target, synapses)
    net.run(20 * ms)
    first = float(target.v[0]), float(synapses.w[0])
    device.run(run_args={group.x: 1})
    assert (float(target.v[0]), float(synapses.w[0])) == first
    device.run(run_args={synapses.w: 3})
    assert float(target.v[0]) == 3 * first[0]


def test_what_cannot_be_set_is_refused_and_nothing_is_changed() -> None:
    with pytest.raises(RequestError, match="nothing has"):
        device.run(run_args=["cells.x=1"])
    group = leaky(3)
    net = Network(group)
    net.run(1 * ms)
    before = np.array(group.v)
    wrong: list[tuple[Any, type[Exception], str]] = [
        ({group.u: 5}, DimensionMismatchError, "cells.u"),
        ({group.x: [1, 2]}, RunArgumentError, "shape"),
        ({"x": 1}, RunArgumentError, "variables of groups"),
        ({group.i: 1}, RunArgumentError, "read-only"),
        (["nobody.x=1"], UnknownNameError, "nobody"),
        (["cells.nothing=1"], UnknownNameError, "nothing"),
        (["cells.x"], RunArgumentError, "neurongroup.v=0.5"),
        (["cells.x=no.dat"], RunArgumentError, "no.dat"),
    ]
    for arguments, kind, words in wrong:
        with pytest.raises(kind, match=words):
            device.run(run_args=arguments)
        assert np.array_equal(group.v, before)
    with pytest.raises(RunArgumentError, match="relative path"):
        device.run(results_directory="/results", run_args={group.x: 1})


def test_without_build_on_run_false_a_script_is_its_first_run() -> None:
    set_device("brianhw")
    group = leaky(2)
    group.x = 3
    net = Network(group)
    net.run(1 * ms)
    first = np.array(group.v)
    group.x = 4  # comes too late for Brian2's program
    device.run()
    device.run(run_args={group.n: 7})
    assert (list(group.x), list(group.n), list(group.v)) == ([3, 3], [7, 7], list(first))
    net.run(1 * ms)
    with pytest.raises(RequestError, match="more than once.*build_on_run=False"):
        device.run(run_args={group.n: 7})
    set_device("brianhw", build_on_run=False)  # begins anew
    for _ in range(2):
        net.run(1 * ms)
    device.run(run_args={group.n: 8})
    assert list(group.n) == [8, 8] and float(net.t / ms) == pytest.approx(4)


@pytest.mark.parametrize("run_before", [True, False])
def test_scripts_that_do_not_ask_for_notes_do_not_pay_for_them(run_before: bool) -> None:
    set_device("brianhw")
    group = leaky(10_000)
    net = Network(group)
    if run_before:
        net.run(0.1 * ms)
    values = np.zeros(10_000)
    tracemalloc.start()
    try:
        for _ in range(200):  # of 80 kB
            group.x = values
            if run_before:
                net.run(0.1 * ms)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 11e6 and kept < 1e6  # 16 MB when everything was kept
    if run_before:
        assert not device.history.entries
    with pytest.raises(RequestError, match="more than once" if run_before else "10 MB"):
        device.run()


WRITER = """
import pickle, sys
import brian2, brianhw
from brian2 import *
from test_device_repeat import leaky

set_device("brianhw", build_on_run=False)
source, group = PoissonGroup(10, 100 * Hz), leaky(2)
synapses = Synapses(source, group, "w : 1", on_pre="v_post += w")
synapses.connect()
synapses.w, synapses.delay = 0.1, "i*0.2*ms"
spikes = SpikeMonitor(group)
net = Network(source, group, synapses, spikes)
seed(5)
net.run(20 * ms, namespace={})
device = get_device()
device.run(run_args={group.tau: 4 * ms})
left = leaky(3, "others").variables["x"]  # its group is gone: it stays here
assert left.get_value() is not None
pickle.dump((device, net, group, spikes), open(sys.argv[1], "wb"))
print(repr(spikes.t_[:].tolist()))
"""
READER = """
import pickle, sys, brian2, brianhw
brian2.prefs.codegen.target = "numpy"
device, net, group, spikes = pickle.load(open(sys.argv[1], "rb"))
device.run(run_args={group.tau: 4 * brian2.ms})
print(repr(spikes.t_[:].tolist()))
"""


def test_a_network_goes_to_another_process_and_runs_there(tmp_path: Path) -> None:
    environment = environment_of(
        PYTHONPATH=os.pathsep.join([str(PACKAGE.parent), str(Path(__file__).parent), *sys.path])
    )
    found = []
    for program in (WRITER, READER):
        command = [sys.executable, "-c", program, str(tmp_path / "net.pickle")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        found.append(ast.literal_eval(done.stdout))
    assert found[0] == found[1] != []


@pytest.mark.parametrize("explicit", [True, False])
def test_what_a_function_has_dropped_takes_part_and_is_not_left_out(explicit: bool) -> None:
    def build_and_run() -> tuple[NeuronGroup, NeuronGroup]:
        group, target = leaky(2), NeuronGroup(2, "v : 1")
        synapses = Synapses(group, target, "w : 1", on_pre="v_post += w")
        synapses.connect(j="i")
        synapses.w = "i + 1"
        if explicit:
            Network(group, target, synapses).run(20 * ms)
        else:
            run(20 * ms)
        return group, target

    group, target = build_and_run()
    gc.collect()
    before = np.array(target.v)
    device.run(run_args={group.tau: 5 * ms})
    assert list(before) == [2, 4] and list(target.v) == [5, 10]
    set_device("brianhw")
    group, target = build_and_run()
    gc.collect()
    if explicit:  # Brian2's magic network keeps its objects until it runs again
        with pytest.raises(RequestError, match="gone"):
            device.run(run_args={group.tau: 5 * ms})


def test_values_go_through_views_whose_group_is_gone() -> None:
    group = leaky(5)
    group[1:4].x[0] = 3
    group[2:].u[1:] = [4, 5] * volt
    net = Network(group)
    net.run(0.1 * ms)
    group[:2].x[:] = [6, 7]
    before = np.array(group.x), np.array(group.u)
    assert list(before[0]) == [6, 7, 0, 0, 0] and list(before[1]) == [0, 0, 0, 4, 5]
    device.run(run_args={group.n: 1})
    assert np.array_equal(group.x, before[0]) and np.array_equal(group.u, before[1])


def test_synapses_get_arrays() -> None:
    group = leaky(2)
    synapses = Synapses(group, group, "w : 1", on_pre="x_post += w")
    synapses.connect()
    net = Network(group, synapses)
    net.run(0.1 * ms)
    device.run(run_args={synapses.w: [1, 2, 3, 4], synapses.delay: [4, 3, 2, 1] * ms})
    assert list(synapses.w) == [1, 2, 3, 4] and np.allclose(synapses.delay / ms, [4, 3, 2, 1])
    with pytest.raises(RunArgumentError, match="shape"):
        device.run(run_args={synapses.w: [1, 2, 3]})


def test_what_is_dropped_is_not_kept() -> None:
    def build_and_run() -> list[weakref.ref[Any]]:
        group = leaky(2)
        group[:1].x = "rand()"
        net = Network(group)
        net.run(0.1 * ms)
        return [weakref.ref(group), weakref.ref(net)]

    gone = build_and_run()
    other = leaky(1, "other")
    Network(other).run(0.1 * ms)  # the last network that has run is kept
    gc.collect()
    assert [each() for each in gone] == [None, None]


def cycle() -> None:
    """Build, run, change and drop a network with synapses."""
    group, target = leaky(2), NeuronGroup(1, "v : 1")
    synapses = Synapses(group, target, "w : 1", on_pre="v_post += w\nw += 1")
    synapses.connect()
    synapses.w, synapses.delay = "0.1*i", 1 * ms
    net = Network(group, target, synapses, SpikeMonitor(group))
    net.run(0.1 * ms)
    synapses.w = 2
    net.run(0.1 * ms)


def test_memory_does_not_grow_with_networks_that_are_built_run_and_dropped() -> None:
    def kept() -> tuple[int, int]:
        gc.collect()
        things = gc.get_objects()
        queues = sum(isinstance(each, SpikeQueue | GrowableArray | Plan | NeuronGroup) for each in things)
        return queues, sum(map(len, caches._caches()))

    for _ in range(10):
        cycle()
    objects, entries = kept()
    cycles = 40
    for _ in range(cycles):
        cycle()
    after = kept()
    assert after[0] == objects
    # two for each cycle when queues of spikes were keys of Brian2's caches; now and then an order of names is new
    assert after[1] - entries < cycles


def test_large_caches_of_brian2_are_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    cycle()
    tables = caches._caches()
    assert any(len(entries) > 3 for entries in tables)
    monkeypatch.setattr(caches, "MOST", 3)
    caches.forget_if_large()
    assert all(len(entries) <= 3 for entries in tables)
