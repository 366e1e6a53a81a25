"""Points of a sweep: each gets its values as given, finds all as it was made, and counts only if it went to its end."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from array import array as array_of_numbers
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Network,
    NetworkOperation,
    NeuronGroup,
    Quantity,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    device,
    ms,
    mV,
    network_operation,
    prefs,
    run,
)

from brianhw.cli import main
from brianhw.equations import LIF
from brianhw.errors import StoreError, SweepError, SweepWarning
from brianhw.explore import Reusable, listed, random_sample, stored, sweep, zipped

QUIET: dict[str, Any] = {"quiet": True, "progress": False}
ON_NUMPY: dict[str, Any] = {"device": None, **QUIET}


# -- values -----------------------------------------------------------------------------------------

GIVEN = {
    "whole numbers": [10, 20, 40],
    "an array of them": np.arange(3, dtype=np.int16),
    "a range": range(2, 5),
    "booleans": [True, False],
    "an array of booleans": np.array([False, True]),
    "text": ["a", "b"],
    "real numbers": [0.5, 2.0],
    "numbers of both kinds": [1, 2.5],
    "none and numbers": [None, 3],
    "quantities": [1, 2] * mV,
    "quantities in a list": [1 * mV, 3 * mV],
    "none and quantities": [None, 5 * ms],
    "tuples": [(1, 2), (3, 4)],
    "arrays": [np.arange(2), np.arange(3)],
    "functions": [np.sin, np.cos],
    "models": [LIF],
}


@pytest.mark.parametrize("how", ["grid", "zipped", "listed"])
@pytest.mark.parametrize("values", GIVEN.values(), ids=GIVEN)
def test_values_arrive_as_they_were_given(values: Any, how: str) -> None:
    arrived: dict[int, Any] = {}

    def model(x: Any) -> int:
        arrived[len(arrived)] = x
        return len(arrived)

    points = {"grid": {"x": values}, "zipped": zipped({"x": values}), "listed": [{"x": each} for each in values]}[how]
    found = sweep(model, points, **ON_NUMPY)
    expected = values.tolist() if type(values) is np.ndarray and how != "listed" else list(values)
    for got, given in zip(arrived.values(), expected, strict=True):
        assert type(got) is type(given) or isinstance(got, Quantity)
        assert got is given or np.array_equal(got, given)
    assert found.result.values.tolist() == list(range(1, len(values) + 1))


def test_coordinates_keep_their_type() -> None:
    def kind(values: Any) -> str:
        return sweep(lambda x: 1.0, {"x": values}, **ON_NUMPY).x.dtype.str[1:]

    assert [kind(values) for values in ([10, 20], [True, False], [0.5], ["ab"], [1, 2.5])] == [
        "i8",
        "b1",
        "f8",
        "U2",
        "f8",
    ]
    assert kind(np.arange(3, dtype=np.int16)) == "i2"
    assert sweep(lambda x: 1.0, {"x": [None, 3]}, **ON_NUMPY).x.values.tolist() == [None, 3]
    assert sweep(lambda x: 1.0, {"x": [np.sin, (1, 2)]}, **ON_NUMPY).x.values.tolist() == ["sin", "(1, 2)"]


def test_whole_numbers_have_any_size() -> None:
    found = sweep(lambda x: float(x % 7), {"x": [2**53, 2**53 + 1, 2**70]}, **ON_NUMPY)
    assert found.result.values.tolist() == [2**53 % 7, (2**53 + 1) % 7, 2**70 % 7]
    assert found.x.values.tolist() == [2**53, 2**53 + 1, 2**70]


def test_the_same_number_of_another_unit_is_another_point(tmp_path: Path) -> None:
    values = [5 * mV, 5 * ms, 0.005]
    found = [sweep(kind_of, {"x": [each]}, store=tmp_path, **ON_NUMPY).result.item() for each in (*values, *values)]
    assert found == [1, 2, 3, 1, 2, 3]


def kind_of(x: Any) -> float:
    return 1 if "volt" in repr(x) else 2 if "second" in repr(x) else 3


def test_a_whole_number_is_a_size_and_a_boolean_a_switch() -> None:
    def spikes(n: int, loud: bool) -> int:
        group = NeuronGroup(n, "v : 1", threshold="v >= 0", reset="")
        monitor = SpikeMonitor(group)
        Network(group, *([monitor] if loud else [])).run(10 * defaultclock.dt)
        return int(monitor.num_spikes) + len(np.zeros(n))

    found = sweep(spikes, {"n": [1, 3], "loud": [True, False]}, **ON_NUMPY)
    assert found.result.values.tolist() == [[11, 1], [33, 3]]
    assert found.result.sel(n=3, loud=False).item() == 3
    sample = random_sample({"n": range(3, 6), "x": (0, 1)}, 20, seed=3)
    assert {point["n"] for point in sample} == {3, 4, 5} and len({point["x"] for point in sample}) == 20


def test_stored_points_of_all_kinds_are_found_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixed = [{"x": each} for each in (3, 3.5, None, "text", True, (1, 2), np.arange(3), 5 * mV / mV, np.sin)]
    options: dict[str, Any] = {"store": tmp_path, "device": None, "progress": False}
    first = sweep(lambda x: float(np.random.random()), listed(mixed), **options)
    again = sweep(lambda x: float(np.random.random()), listed(mixed), **options)
    assert "9 points are stored, 0 are computed" in capsys.readouterr().out
    assert first.result.values.tolist() == again.result.values.tolist()
    assert len(set(first.result.values)) == 9


# -- nothing goes from one point to another ---------------------------------------------------------


def build() -> dict[str, Any]:
    source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 3, 8] * ms)
    cells = NeuronGroup(
        4, "dv/dt = (b - v)/tau : 1\nb : 1\nlast : second", threshold="v > 1", reset="v = 0", method="exact",
        namespace={"tau": 10 * ms},
    )  # fmt: skip
    cells.b = 1.5
    varied = Synapses(source, cells, "w : 1", on_pre="v_post += w; last_post = t")
    varied.connect(i=[0, 1], j=[0, 1])
    varied.w, varied.delay = 0.3, 1 * ms
    same = Synapses(source, cells, on_pre="v_post += 0.05", delay=2 * ms)
    same.connect()
    array = TimedArray([1.0, 2.0, 3.0], dt=5 * ms)
    driven = NeuronGroup(1, "x = drive(t) : 1\ntop : 1", namespace={"drive": array})
    driven.run_regularly("top = clip(top, x, inf)", dt=1 * ms)
    memory: dict[str, Any] = {"steps": 0, "drawn": []}
    generator, total = np.random.default_rng(3), 0

    class Counter:
        n = 0

        def step(self) -> None:
            self.n += 1
            cells.v[3] = self.n * 1e-3

    @network_operation(dt=1 * ms)
    def operation() -> None:
        nonlocal total
        total += 1
        memory["steps"] = memory.get("steps", -1) + 1
        memory["drawn"].append(float(generator.random()))
        cells.v[2] = total * 1e-3 + memory["drawn"][-1]

    class Slotted:
        __slots__ = ("n",)

    counter, slotted = Counter(), Slotted()
    slotted.n = 0
    return {
        "source": source, "cells": cells, "varied": varied, "same": same, "array": array, "driven": driven,
        "slotted": slotted, "last": deque([0.0], maxlen=3), "raw": bytearray(b"abc"), 
        "numbers": array_of_numbers("d", [0.5]),
        "memory": memory, "operation": operation, "counter": counter, "step": NetworkOperation(counter.step, dt=2 * ms),
        "spikes": SpikeMonitor(cells),
    }  # fmt: skip


CHANGES: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda o: None,
    "delays": lambda o: setattr(o["varied"], "delay", 4 * ms),
    "delays by a rule": lambda o: setattr(o["varied"].pre, "delay", "3*ms + j*ms"),
    "a delay of all": lambda o: o["same"].pre.variables["delay"].set_value(0.005),
    "weights": lambda o: setattr(o["varied"], "w", 0.9),
    "active synapses": lambda o: setattr(o["varied"], "active", False),
    "an active operation": lambda o: setattr(o["operation"], "active", False),
    "an active monitor": lambda o: setattr(o["spikes"], "active", False),
    "the default step": lambda o: setattr(defaultclock, "dt", 0.2 * ms),
    "a namespace": lambda o: o["cells"].namespace.__setitem__("tau", 3 * ms),
    "connections": lambda o: o["varied"].connect(i=[0], j=[3]),
    "spikes": lambda o: o["source"].set_spikes([0, 0, 1], [2, 4, 6] * ms),
    "a rule more": lambda o: o["cells"].run_regularly("v += 0.01", dt=1 * ms),
    "a dict": lambda o: o["memory"].update(steps=5, more=3),
    "a list": lambda o: o["memory"]["drawn"].extend([7.0, 8.0]),
    "an object's state": lambda o: setattr(o["counter"], "n", 100),
    "an object's slot": lambda o: setattr(o["slotted"], "n", 7),
    "a queue": lambda o: o["last"].extend([1.5, 2.5]),
    "bytes": lambda o: o["raw"].extend(b"de"),
    "an array of Python's": lambda o: o["numbers"].append(4.5),
    "a key": lambda o: o["memory"].update(pauses=o["memory"].pop("steps")),
    "a timed array": lambda o: o["array"].values.__setitem__(slice(None), 5.0),
    "a preference": lambda o: setattr(prefs.core, "default_float_dtype", np.float32),
    "the objects": lambda o: o.update(more=3),
    "the order": lambda o: setattr(o["operation"], "when", "end"),
}


def assign(objects: Any, change: str) -> None:
    CHANGES[change](objects)


def seen(objects: Any) -> np.ndarray:
    synapses = objects["varied"]
    parts = [
        objects["spikes"].num_spikes, objects["memory"].get("steps", -1), len(objects["memory"]), len(objects),
        len(synapses),
        objects["slotted"].n, *list(objects["last"])[-1:], len(objects["raw"]), sum(objects["numbers"]),
        "pauses" in objects["memory"], objects["counter"].n, float(defaultclock.dt),
        prefs.core.default_float_dtype is np.float64,
        objects["driven"].top[0], *objects["cells"].v[:], *(objects["cells"].last / ms), sum(synapses.delay / ms),
        sum(objects["memory"]["drawn"]), len(objects["memory"]["drawn"]),
        *(objects["spikes"].t / ms),
    ]  # fmt: skip
    return np.array([float(each) for each in parts])


def points_leave_each_other_alone(both_orders: bool = True, **options: Any) -> None:
    """Each point gives what it gives in a network of its own, wherever it stands."""
    model, run = Reusable(build, assign), {"duration": 9 * ms, **QUIET, **options}
    names = list(CHANGES)
    alone = sweep(model, {"change": names}, seen, way="rebuild", **run).seen
    for order in (names[::-1], names)[: 1 + both_orders]:
        found = sweep(model, {"change": order}, seen, way="compiled", **run).seen
        assert [name for name in names if not alone.sel(change=name).equals(found.sel(change=name))] == []
    assert len({alone.sel(change=name).values.tobytes() for name in names}) == len(names)  # each does change something
    assert float(defaultclock.dt) == 0.0001 and prefs.core.default_float_dtype is np.float64


def test_what_a_point_changes_goes_back_before_the_next() -> None:
    points_leave_each_other_alone(both_orders=False, device=None)


@pytest.mark.standalone
def test_what_a_point_changes_goes_back_in_compiled_code() -> None:
    points_leave_each_other_alone()


def test_a_function_finds_brian2_as_it_was() -> None:
    def model(a: int, values: Any, scale: Any) -> dict[str, float]:
        import random

        found = {"dt": float(defaultclock.dt / ms), "single": prefs.core.default_float_dtype is np.float32}
        found |= {"sum": float(np.sum(values)), "scale": float(scale / mV), "drawn": random.random()}
        if a % 2:
            defaultclock.dt = 0.25 * ms
            prefs.core.default_float_dtype = np.float32
            values += 1
            scale *= 2
        return found

    options: dict[str, Any] = {"fixed": {"values": np.zeros(3), "scale": 2 * mV}, **ON_NUMPY}
    one = sweep(model, {"a": [1, 2, 3, 4]}, **options)
    assert one["dt"].values.tolist() == [0.1] * 4 and not one["single"].any() and not one["sum"].any()
    assert one["scale"].values.tolist() == [2.0] * 4
    assert one["drawn"].equals(sweep(model, {"a": [1, 2, 3, 4]}, **options)["drawn"])
    assert float(defaultclock.dt) == 0.0001


@pytest.mark.standalone
@pytest.mark.usefixtures("on_device")
def test_a_script_that_sweeps_repeats_its_own_runs_only() -> None:
    """`device.run` repeats what the script itself has run, and a point that calls it what the point has run."""
    cells, runs = NeuronGroup(1, "dv/dt = 1/tau : 1\ntau : second (shared)", method="euler"), []
    cells.tau = 10 * ms
    run(5 * ms)

    def point(a: float) -> float:
        group = NeuronGroup(1, "dx/dt = a/(10*ms) : 1\na : 1 (shared)", method="euler", namespace={})
        network = Network(group, network_operation(lambda: runs.append(a)))
        network.run(1 * ms)
        device.run(run_args={group.a: a})
        return float(group.x[0])

    assert sweep(point, {"a": [1.0, 2.0]}, **QUIET).result.values == pytest.approx([0.1, 0.2])
    sweep(Reusable(build, assign), {"change": ["weights", "delays"]}, seen, duration=1 * ms, **QUIET)
    before = len(runs)
    device.run(run_args={cells.tau: 5 * ms})
    assert cells.v[0] == pytest.approx(1.0) and len(runs) == before


def test_workers_have_the_settings_of_the_script() -> None:
    defaultclock.dt = 0.5 * ms
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefs, "prefs", {**prefs.prefs, "core.default_float_dtype": np.float32})
        found = sweep(
            lambda a: {"dt": float(defaultclock.dt / ms), "single": prefs.core.default_float_dtype is np.float32},
            {"a": [1, 2, 3]}, workers=2, **ON_NUMPY,
        )  # fmt: skip
    assert found["dt"].values.tolist() == [0.5] * 3
    assert found["single"].values.tolist() == [1.0] * 3


def test_a_random_network_is_the_same_in_all_ways_and_orders() -> None:
    def random_build() -> dict[str, Any]:
        cells = NeuronGroup(30, "v : 1")
        synapses = Synapses(cells, cells)
        synapses.connect(p=0.3)
        return {"cells": cells, "synapses": synapses}

    model = Reusable(random_build, lambda objects, a: None)
    run: dict[str, Any] = {"duration": 0 * ms, **ON_NUMPY}
    found = [
        sweep(model, {"a": values}, lambda o: float(len(o["synapses"])), way=way, **run)["<lambda>"].values.tolist()
        for way, values in (("compiled", [1, 2]), ("rebuild", [1, 2]), ("compiled", [2]))
    ]
    assert found[0] == found[1] == [found[2][0]] * 2


# -- Ctrl-C and kill -------------------------------------------------------------------------------

RUNS: dict[str, Callable[[Network], Any]] = {
    "one run": lambda network: network.run(5 * ms),
    "two runs": lambda network: [network.run(each * ms) for each in (5, 0)],
    "a caught exception": lambda network: caught(network.run, 5 * ms),
}


def caught(call: Callable[..., Any], *arguments: Any) -> None:
    with suppress(BaseException):
        call(*arguments)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("device", [None, pytest.param("brianhw", marks=pytest.mark.standalone)])
def test_a_point_that_was_cut_off_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Callable[[Network], Any], device: str | None
) -> None:
    pressed = tmp_path / "pressed"

    def model(a: int) -> float:
        group = NeuronGroup(1, "v : 1")

        @network_operation
        def press() -> None:
            if a == 2 and group.t > 3 * ms and not pressed.exists():
                pressed.touch()
                os.kill(os.getpid(), signal.SIGINT)

        network = Network(group, press)
        run(network)
        return float(network.t / ms)

    options: dict[str, Any] = {"store": tmp_path / "store", "device": device, "progress": False}
    with pytest.raises(KeyboardInterrupt):
        sweep(model, {"a": [1, 2, 3]}, **options)
    assert "What is finished is in" in capsys.readouterr().out
    assert len(list((tmp_path / "store").glob("*/*.npz"))) == 1
    assert sweep(model, {"a": [1, 2, 3]}, **options).result.values.tolist() == [5.0, 5.0, 5.0]
    assert "1 point is stored, 2 are computed" in capsys.readouterr().out
    assert not Network._globally_running


KILLED = """
import os, time
from brianhw.explore import sweep

def model(a):
    with open({log!r}, "a") as file:
        file.write(f"begin {{a}}\\n")
    while a >= 6 and not os.path.exists({gate!r}):
        time.sleep(0.01)
    with open({log!r}, "a") as file:
        file.write(f"end {{a}}\\n")
    return 2 * a

def go_on(workers):
    return sweep(model, {{"a": list(range(10))}}, workers=workers, store={store!r}, device=None, quiet=True)
"""


def test_kills_lose_no_finished_point(tmp_path: Path) -> None:
    """Two workers stand in points that wait when their sweep is killed; the benchmark kills at random moments."""
    log, gate, store = tmp_path / "log", tmp_path / "gate", tmp_path / "store"
    program = KILLED.format(log=str(log), gate=str(gate), store=str(store))
    main = (
        "\nif __name__ == '__main__':\n    from brian2 import prefs\n    prefs.codegen.target = 'numpy'\n    go_on(2)\n"
    )
    (tmp_path / "killed.py").write_text(program + main)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "killed.py"], cwd=tmp_path, env=environment) as process:
        while len(list(store.glob("*/*.npz"))) < 6:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    begun = log.read_text().splitlines()
    gate.touch()
    exec(program, namespace := {"__name__": "__main__"})
    assert namespace["go_on"](1).result.values.tolist() == [2 * a for a in range(10)]
    again = set(log.read_text().splitlines()[len(begun) :])
    assert {f"end {a}" for a in range(6)} <= set(begun)
    assert not again & {f"begin {a}" for a in range(6)}
    # each worker may end between the last line of its point and the file, and at no other place
    assert log.read_text().count("end ") <= 10 + 2
    assert len(list(store.glob("*/*.npz"))) == 10


def test_a_worker_begins_nothing_once_its_sweep_has_ended() -> None:
    """A process that has worked for a sweep, and so is watched, gets points of it after it was killed."""
    program = """
import os, types
from brianhw.explore import engines, workers
workers._watching.add(os.getpid())
engines.work(None, [], types.SimpleNamespace(store=None), 1.0, parent=os.getppid() + 1)
print("it went on")
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_a_run_that_the_model_stops_itself_counts() -> None:
    def model(a: int) -> float:
        group = NeuronGroup(1, "v : 1")

        @network_operation
        def until() -> None:
            if defaultclock.t >= 2 * ms:
                network.stop()

        network = Network(group, until)
        network.run(5 * ms)
        return float(network.t / ms)

    assert sweep(model, {"a": [1, 2]}, **ON_NUMPY).result.values == pytest.approx([2.1, 2.1])


# -- damaged and failed -----------------------------------------------------------------------------


def replaced_by(**arrays: Any) -> Callable[[Path], Any]:
    return lambda file: np.savez(file, **arrays)


def with_about(**changes: Any) -> Callable[[Path], Any]:
    def damage(file: Path) -> None:
        with np.load(file) as found:
            arrays = dict(found)
        about = {**json.loads(str(arrays["about"])), **changes}
        np.savez(file, **{**arrays, "about": np.array(json.dumps(about))})

    return damage


def other_shape(file: Path) -> None:
    with np.load(file) as found:
        arrays = dict(found)
    np.savez(file, **{**arrays, "value:result": np.zeros((2, 2))})


def as_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "inside").touch()


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:200]),
    "without its end": lambda file: file.write_bytes(file.read_bytes()[:-30]),
    "empty": lambda file: file.write_bytes(b""),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "a bit": lambda file: file.write_bytes(file.read_bytes()[:80] + b"\xff" + file.read_bytes()[81:]),
    "text": lambda file: file.write_text("nothing"),
    "an array": lambda file: np.save(file.open("wb"), np.zeros(3)),
    "other keys": replaced_by(a=1, b=2),
    "notes that are a number": replaced_by(about=3),
    "notes that are a list": replaced_by(about=np.array("[1]")),
    "another type": with_about(failure=3),
    "another point's": with_about(key="other"),
    "another format": with_about(format=99),
    "no values": with_about(values={}),
    "values of another name": with_about(values={"other": [[], "", [], []]}),
    "another shape": other_shape,
    "pickle": lambda file: np.savez(file, about=np.array([object()])),
    "a folder": as_a_folder,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_point_that_cannot_be_read_is_computed_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], Any]
) -> None:
    options: dict[str, Any] = {"store": tmp_path, "device": None, "progress": False}
    calls = tmp_path / "calls"

    def model(a: float) -> float:
        with open(calls, "a") as file:
            file.write("x")
        return 2 * a

    expected = sweep(model, {"a": [1.0, 2.0]}, **options).result
    files = sorted(tmp_path.glob("*/*.npz"))
    damage(files[0])
    found = sweep(model, {"a": [1.0, 2.0]}, **options).result
    out = capsys.readouterr().out
    assert out.count("cannot be read, computed again") == 1 and str(files[0]) in out
    assert found.equals(expected) and calls.read_text() == "xxx"
    assert sweep(model, {"a": [1.0, 2.0]}, **options).result.equals(expected)
    assert calls.read_text() == "xxx" and "cannot be read" not in capsys.readouterr().out


def moody(a: int) -> float:
    if a > 1:
        raise ValueError(f"{a} is too much")
    return float(a)


def test_failures_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options: dict[str, Any] = {"device": None, "progress": False}
    sweep(moody, {"a": [1, 2, 3]}, store=tmp_path, **options)
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("2 of 3 points failed. The first, at a = 2: ValueError: 2 is too much.")
    assert "result.sweep.failures" in line and "retry=True" in line
    with pytest.warns(SweepWarning, match="2 of 3 points failed"):
        sweep(moody, {"a": [1, 2, 3]}, quiet=True, **options)
    with pytest.raises(SweepError, match=r"2 of 2 points failed. The first, at a = 2: ValueError.*on_error='note'"):
        sweep(moody, {"a": [2, 3]}, store=tmp_path, **options)
    assert len(sweep(moody, {"a": [2, 3]}, store=tmp_path, on_error="note", **options).sweep.failures) == 2
    with pytest.raises(SweepError, match="on_error must be"):
        sweep(moody, {"a": [1]}, on_error="ignore", **options)
    with pytest.raises(SweepError, match="SystemExit: 3"):
        sweep(lambda a: sys.exit(3), {"a": [1]}, **options)


def test_what_cannot_be_identified_is_said_and_computed_each_time(tmp_path: Path) -> None:
    lock, calls = __import__("threading").Lock(), tmp_path / "calls"

    def model(a: float) -> float:
        with lock, open(calls, "a") as file:
            file.write("x")
        return a

    for _ in range(2):
        with pytest.warns(SweepWarning, match=r"lock in the model.*_thread.lock.*never found again") as caught:
            sweep(model, {"a": [1.0]}, store=tmp_path / "store", **ON_NUMPY)
        assert caught[0].filename == __file__
    assert calls.read_text() == "xx"


def test_stores_are_listed_cleaned_and_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    sweep(moody, {"a": [1, 2]}, store=store, on_error="note", **{**ON_NUMPY, "quiet": False})
    sweep(lambda b: 2 * b, {"b": [1 * mV, 2 * mV]}, store=store, fixed={}, **ON_NUMPY)
    first, second = stored(store)
    assert (first.about["model"], first.about["parameters"], second.about["parameters"]) == ("moody", ["a"], ["b"])
    assert sorted(each.point["b"] for each in second.points()) == ["1.0 mV", "2.0 mV"]
    second.files[0].write_bytes(b"")
    capsys.readouterr()

    assert main(["sweeps", "list", str(store)]) == 0
    out = capsys.readouterr().out
    assert "moody: results over a" in out and "2 points, 1 failed" in out and "2 points, 1 damaged" in out
    assert main(["sweeps", "show", str(store)]) == 0
    out = capsys.readouterr().out
    assert "a = 2: ValueError: 2 is too much" in out and out.count("\n") == 2
    assert main(["sweeps", "show", str(store), first.folder.name[:6]]) == 0
    assert "a = 1: " in capsys.readouterr().out
    assert main(["sweeps", "clean", str(store)]) == 0
    assert "removed 0 models and 1 points" in capsys.readouterr().out
    assert main(["sweeps", "clean", str(store), "--failed"]) == 0
    assert [len(model.files) for model in stored(store)] == [1, 1]
    assert main(["sweeps", "clean", str(store), "--older-than", "1h"]) == 0
    assert len(stored(store)) == 2
    assert main(["sweeps", "move", str(store), str(tmp_path / "new" / "place")]) == 0
    assert not store.exists() and len(stored(tmp_path / "new" / "place")) == 2
    assert main(["sweeps", "clean", str(tmp_path / "new" / "place"), "--model", first.folder.name]) == 0
    assert [model.about["parameters"] for model in stored(tmp_path / "new" / "place")] == [["b"]]
    with pytest.raises(StoreError, match="There is no store"):
        stored(store)
    assert main(["sweeps", "list", str(store)]) == 1


def test_a_store_without_failures_or_without_models_is_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    sweep(moody, {"a": [0, 1]}, store=store, **ON_NUMPY)
    capsys.readouterr()
    assert main(["sweeps", "show", str(store)]) == 0
    assert capsys.readouterr().out.startswith("none of 2 points of 1 model failed or is damaged; `brianhw sweeps show ")
    [model] = stored(store)
    model.remove()
    for command in ("list", "show"):
        assert main(["sweeps", command, str(store)]) == 0
        assert capsys.readouterr().out == f"no models are stored in {store}\n"


def test_a_model_is_shown_by_the_name_that_list_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    sweep(moody, {"a": [0, 1]}, store=store, **ON_NUMPY)
    sweep(lambda b: 2 * b, {"b": [3]}, store=store, fixed={}, **ON_NUMPY)
    capsys.readouterr()
    assert main(["sweeps", "list", str(store)]) == 0
    assert "  moody: " in capsys.readouterr().out
    assert main(["sweeps", "show", str(store), "moody"]) == 0
    out = capsys.readouterr().out
    assert "a = 0: " in out and "a = 1: " in out and "b = " not in out
    assert main(["sweeps", "show", str(store), "mody"]) == 1
    assert "has no model 'mody'. Did you mean 'moody'?" in capsys.readouterr().err
    assert main(["sweeps", "clean", str(store), "--model", "moody"]) == 0
    assert [model.about["parameters"] for model in stored(store)] == [["b"]]


# -- workers ----------------------------------------------------------------------------------------


def test_workers_keep_their_points_themselves_and_batches_adapt(tmp_path: Path) -> None:
    """The first point says nothing about the others; each is in the store before the next is begun."""

    def model(a: int) -> dict[str, float]:
        stored_before = len(list(tmp_path.glob("store/*/*.npz")))
        time.sleep(0 if a == 0 else 0.15)
        return {"pid": os.getpid(), "stored": stored_before}

    begin = time.perf_counter()
    found = sweep(model, {"a": list(range(17))}, workers=2, store=tmp_path / "store", **ON_NUMPY)
    took = time.perf_counter() - begin
    later = found["stored"].values[2:]
    assert all(np.diff(np.sort(later)) <= 2), later  # not by whole batches
    counts = np.unique(found["pid"], return_counts=True)[1]
    assert counts.min() >= 4, (counts, took)  # no worker has got all


def test_workers_stay_from_sweep_to_sweep_as_long_as_they_see_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    module = tmp_path / "of_the_user.py"
    module.write_text("VALUE = 1\n")
    import of_the_user

    def model(a: int) -> dict[str, float]:
        time.sleep(0.05)
        return {"pid": os.getpid(), "x": of_the_user.VALUE, "y": float(os.environ.get("NUMBER", 0))}

    def processes() -> set[int]:
        found = sweep(model, {"a": list(range(6))}, workers=2, **ON_NUMPY)
        seen.append((found.x.values.max(), found.y.values.max()))
        return set(found.pid.values.tolist())

    seen: list[tuple[float, float]] = []
    first = processes()
    assert first == processes() and os.getpid() not in first
    monkeypatch.setenv("NUMBER", "3")
    second = processes()
    assert not first & second
    module.write_text("VALUE = 22\n")
    importlib.reload(of_the_user)
    third = processes()
    assert not second & third
    assert seen == [(1, 0), (1, 0), (1, 3), (22, 3)]
    monkeypatch.chdir(tmp_path)
    assert not third & processes()


def test_a_script_needs_no_guard_and_what_only_its_equations_name_is_found(tmp_path: Path) -> None:
    """In workers, too: with a function of a script go the globals that its code names."""
    (tmp_path / "script.py").write_text("""
import multiprocessing
from brian2 import *
from brianhw.explore import Reusable, sweep
prefs.codegen.target = "numpy"
tau, tops = 10*ms, np.array(1.5)

def build():
    equations = "dv/dt = (tops*k - v)/tau : 1\\nk : 1"
    cells = [NeuronGroup(1, equations, threshold="v > 1", reset="v = 0", method="euler") for _ in range(2)]
    return {"cells": cells, "spikes": {"first": SpikeMonitor(cells[0]), "others": [SpikeMonitor(cells[1])]}}

def assign(objects, k):
    for number, cell in enumerate(objects["cells"]):
        cell.k = k * (1 + number)

def counts(objects):
    return [objects["spikes"]["first"].num_spikes, objects["spikes"]["others"][0].num_spikes]

def by_hand(k):
    cell = NeuronGroup(1, "dv/dt = (tops*k - v)/tau : 1", threshold="v > 1", reset="v = 0", method="euler")
    spikes = SpikeMonitor(cell)
    Network(cell, spikes).run(40*ms)
    return spikes.num_spikes

options = dict(device=None, quiet=True, progress=False)
want = [[by_hand(k), by_hand(2*k)] for k in (1.0, 2.0)]
assert np.sum(want) > 10
for workers in (1, 2):
    found = sweep(Reusable(build, assign), {"k": [1.0, 2.0]}, counts, duration=40*ms, workers=workers, **options)
    assert found["counts"].values.tolist() == want, found["counts"].values
    found = sweep(by_hand, {"k": [1.0, 2.0]}, workers=workers, **options)
    assert found.result.values.tolist() == [first for first, _ in want]
multiprocessing.set_start_method("spawn")  # which is still the script's to choose
print("done")
""")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "done\n", done.stderr
    assert "refers to different objects" not in done.stderr  # such as the script's milliseconds and Brian2's


def test_a_wrong_guess_about_a_batch_costs_little(tmp_path: Path) -> None:
    """What a batch of long points does not get to goes to the other worker."""

    def model(a: int) -> float:
        time.sleep(0.002 if a < 20 else 0.5)
        return os.getpid()

    found = sweep(model, {"a": list(range(28))}, workers=2, **ON_NUMPY)
    slow = np.unique(found.result.values[20:], return_counts=True)[1]
    assert slow.min() >= 2, slow
