"""What goes wrong on the device is said, by name, and leaves a network that can be read and run on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest
from brian2 import (
    BrianObjectException,
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    ms,
    network_operation,
    prefs,
    second,
    set_device,
)  # fmt: skip

import brianhw
import brianhw.device
from brianhw.device import build as build_module
from brianhw.errors import CompilerError, RequestError, UnknownNameError

pytestmark = pytest.mark.standalone

CHECKOUT = Path(brianhw.__file__).resolve().parent.parent
START = """
    import os, signal, sys, threading, time
    import brianhw
    from brian2 import *
    prefs.codegen.target = "numpy"
    set_device("brianhw", require_compiler=True)
    group = NeuronGroup(1, "k : integer")
    group.run_regularly("k += 1")
"""


def script(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, after the lines of START."""
    # a link to the source: brianhw need not be installed
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    variables = {**os.environ, "BRIANHW_CACHE_DIR": str(folder), "PYTHONPATH": path, **environment}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(START) + textwrap.dedent(text)],
        env=variables, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def cpp(code: str, name: str, **options: Any) -> Any:
    """Return a Brian2 function that exists in C++ only."""

    def nowhere_else(x: Any) -> Any:
        raise AssertionError("not in Python")

    nowhere_else.__name__ = name
    return brian2.implementation("cpp", code, **options)(brian2.check_units(x=1, result=1)(nowhere_else))


def counter() -> NeuronGroup:
    group = NeuronGroup(1, "k : integer")
    group.run_regularly("k += 1")
    return group


# -- errors in a model ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("brianhw_device")
def test_an_error_in_a_network_operation_arrives_as_it_was_raised_and_the_run_can_go_on() -> None:
    class OwnError(Exception):
        pass

    group, broken = counter(), [True]

    @network_operation(when="end")
    def fail(t: Any) -> None:
        if broken[0] and abs(t - 0.5 * ms) < 0.01 * ms:
            raise OwnError("at half a millisecond")

    monitor = StateMonitor(group, "k", record=True)
    net = Network(group, fail, monitor)
    with pytest.raises(OwnError, match="at half a millisecond"):
        net.run(1 * ms)
    assert group.k[0] == 6 and float(net.t) == pytest.approx(0.5e-3)
    assert monitor.k[0].tolist() == [0, 1, 2, 3, 4, 5]
    broken[0] = False
    net.run(0.2 * ms)  # the step that failed is done again, as in Brian2
    assert group.k[0] == 8 and float(net.t) == pytest.approx(0.7e-3)


@pytest.mark.usefixtures("brianhw_device")
def test_an_unknown_name_is_an_error_of_its_object() -> None:
    group = NeuronGroup(1, "x : 1", name="the_group")
    group.run_regularly("x = nobody_knows", name="the_operation")
    with pytest.raises(BrianObjectException, match="the_operation") as raised:
        Network(group).run(1 * ms)
    assert "nobody_knows" in str(raised.value.__cause__)


@pytest.mark.usefixtures("brianhw_device")
@pytest.mark.parametrize("kind", ["operation", "equation", "reset", "pathway"])
def test_code_that_does_not_compile_names_the_object(kind: str) -> None:
    faulty = cpp("double faulty(double x) { return x + ; }", "faulty")
    space = {"faulty": faulty}
    group = NeuronGroup(
        1, "dx/dt = faulty(x) / ms : 1" if kind == "equation" else "x : 1", threshold="x > 1", method="euler",
        reset="x = faulty(x)" if kind == "reset" else "x = 0", name="guilty", namespace=space,
    )  # fmt: skip
    objects: list[Any] = [group]
    if kind == "operation":
        group.run_regularly("x = faulty(x)", name="guilty_operation")
    if kind == "pathway":
        synapses = Synapses(group, group, on_pre="x_post = faulty(x_post)", name="guilty_synapses", namespace=space)
        synapses.connect()
        objects.append(synapses)
    innocent = counter()
    name = {
        "operation": "guilty_operation", "equation": "guilty_stateupdater", "reset": "guilty_spike_resetter",
        "pathway": "guilty_synapses_pre",
    }[kind]  # fmt: skip
    with pytest.raises(BrianObjectException, match=name) as raised:
        Network(innocent, *objects).run(1 * ms)
    assert "does not compile" in str(raised.value) and "expected" in str(raised.value)
    assert "model.cpp" not in str(raised.value)


@pytest.mark.usefixtures("brianhw_device")
def test_a_missing_header_is_said() -> None:
    mine = cpp("double mine(double x) { return x; }", "mine", headers=['"nowhere_at_all.h"'])
    group = NeuronGroup(1, "x : 1", namespace={"mine": mine})
    group.run_regularly("x = mine(x)")
    with pytest.raises(Exception, match="nowhere_at_all.h"):
        Network(group).run(1 * ms)


@pytest.mark.usefixtures("brianhw_device")
@pytest.mark.parametrize(
    ("statement", "message"),
    [('throw std::runtime_error("too much")', "too much"), ("throw 5", "no std::exception")],
)
def test_a_cpp_exception_names_the_object_and_leaves_the_state(statement: str, message: str) -> None:
    code = f"double picky(double x) {{ if (x > 4) {statement}; return x + 1; }}"
    group = NeuronGroup(1, "x : 1", namespace={"picky": cpp(code, "picky", headers=["<stdexcept>"])})
    group.run_regularly("x = picky(x)", name="picky_operation")
    monitor = StateMonitor(group, "x", record=True)
    net = Network(group, monitor)
    with pytest.raises(BrianObjectException, match=message) as raised:
        net.run(2 * ms)
    assert "picky_operation" in str(raised.value)
    assert group.x[0] == 5 and float(net.t) == pytest.approx(0.5e-3)
    assert monitor.x[0].tolist() == [0, 1, 2, 3, 4, 5]
    group.x = 0
    net.run(0.2 * ms)
    assert group.x[0] == 2 and float(net.t) == pytest.approx(0.7e-3)


def test_a_segmentation_fault_in_a_users_function_is_reported(models_folder: Path) -> None:
    ended = script(
        """
        import faulthandler
        faulthandler.enable()
        @implementation("cpp", "double crash(double x) { *(volatile int*)(8) = 1; return x; }")
        @check_units(x=1, result=1)
        def crash(x): return x
        group.run_regularly("k = int(crash(1.0))")
        def the_users_function():
            Network(group).run(1*ms)
        the_users_function()
        """,
        models_folder,
    )
    assert ended.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in ended.stderr and "the_users_function" in ended.stderr


@pytest.mark.usefixtures("brianhw_device")
def test_an_impossible_delay_is_refused() -> None:
    source, target = SpikeGeneratorGroup(1, [0], [0] * ms), NeuronGroup(1, "v : 1")
    synapses = Synapses(source, target, on_pre="v_post += 1", name="late")
    synapses.connect()
    net = Network(source, target, synapses)
    net.run(0.1 * ms)
    synapses.delay = -1 * ms
    with pytest.raises(BrianObjectException, match="late") as raised:
        net.run(1 * ms)
    assert "delay" in str(raised.value.__cause__)


@pytest.mark.usefixtures("brianhw_device")
def test_values_that_are_no_numbers_are_warned_of_as_in_brian2() -> None:
    from brian2.utils.logger import catch_logs

    group = NeuronGroup(2, "dv/dt = v / ms : 1", method="euler")
    group.v = [1, 1e60]
    with catch_logs() as logs:
        Network(group).run(1 * ms)
    assert any("invalid_values" in name for _, name, _ in logs)


# -- Ctrl-C -----------------------------------------------------------------------------------------------

# The signal comes from another process: a thread that waits for the interpreter would be part of what is tested.
INTERRUPTED = """
    operation = NetworkOperation(lambda: None, dt=0.1*ms)
    net = Network(group, operation) if WITH_OPERATION else Network(group)
    prefs.core.stop_on_keyboard_interrupt = STOPS
    net.run(1*ms)
    other = os.fork()
    if not other:
        time.sleep(0.5)
        os.kill(os.getppid(), signal.SIGINT)
        os._exit(0)
    began = time.perf_counter()
    raised = False
    try:
        net.run(1e7*second)
    except KeyboardInterrupt:
        raised = True
    took = time.perf_counter() - began
    assert raised is not STOPS, raised
    k = int(group.k[0])
    assert k > 10
    assert 0.4 < took < 1.5, took
    assert abs(net.t_ - k * 1e-4) < 1.5e-4, (net.t_, k)
    assert signal.getsignal(signal.SIGINT) is before
    net.run(1*ms)
    assert 10 <= group.k[0] - k <= 11
    print("went on")
"""


@pytest.mark.parametrize("stops", [False, True])
@pytest.mark.parametrize("with_operation", [False, True])
def test_ctrl_c_ends_a_run_and_the_next_goes_on(stops: bool, with_operation: bool, models_folder: Path) -> None:
    text = INTERRUPTED.replace("WITH_OPERATION", str(with_operation)).replace("STOPS", str(stops))
    ended = script("before = signal.getsignal(signal.SIGINT)\n" + textwrap.dedent(text), models_folder)
    assert ended.stdout.strip().endswith("went on"), ended.stderr[-2000:]


def test_ctrl_c_ends_a_network_operation_that_waits(models_folder: Path) -> None:
    ended = script(
        """
        prefs.core.stop_on_keyboard_interrupt = False
        net = Network(group, NetworkOperation(lambda: time.sleep(60), dt=0.1*ms))
        if not os.fork():
            time.sleep(4)
            os.kill(os.getppid(), signal.SIGINT)
            os._exit(0)
        began = time.perf_counter()
        try:
            net.run(1*ms)
        except KeyboardInterrupt:
            print("ended", time.perf_counter() - began < 20)
        """,
        models_folder,
    )
    assert "ended True" in ended.stdout, ended.stderr[-2000:]


# -- processes and threads --------------------------------------------------------------------------------


def simulate(seed: int) -> list[float]:
    """Return the end of a run with random numbers; for other processes."""
    set_device("brianhw", require_compiler=True)
    prefs.codegen.target = "numpy"
    brian2.seed(seed)
    group = NeuronGroup(2, "dv/dt = -v / (10*ms) + xi / sqrt(ms) : 1", method="euler")
    Network(group).run(1 * ms)
    return list(map(float, group.v[:]))


@pytest.mark.usefixtures("brianhw_device")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_simulate_as_this_one(method: str, models_folder: Path) -> None:
    here = [simulate(seed) for seed in (1, 2)]
    assert here[0] != here[1]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(simulate, (1, 2)).get(timeout=60) == here


@pytest.mark.usefixtures("brianhw_device")
def test_both_sides_of_a_fork_go_on_with_the_same_network() -> None:
    group = counter()
    net = Network(group, SpikeGeneratorGroup(1, [0], [0] * ms))
    net.run(1 * ms)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            net.run(2 * ms)
            os.write(writer, str(int(group.k[0])).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    net.run(1 * ms)
    assert os.read(reader, 10) == b"30"
    assert group.k[0] == 20
    os.close(reader)
    os.close(writer)


@pytest.mark.usefixtures("brianhw_device")
def test_threads_run_networks_one_after_the_other() -> None:
    nets = []
    for _ in range(4):
        group = NeuronGroup(3, "dv/dt = (1 - v) / (10*ms) : 1", method="exact", clock=brian2.Clock(dt=0.1 * ms))
        nets.append((Network(group), group))
    for net, _ in nets:
        net.run(0 * ms)
    errors: list[BaseException] = []

    def work(net: Network) -> None:
        try:
            for _ in range(50):
                net.run(0.2 * ms)
                brianhw.device.step(net)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(net,)) for net, _ in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for net, group in nets:
        assert float(net.t) == pytest.approx(15e-3)
        assert group.v[:] == pytest.approx(1 - np.exp(-1.5), rel=1e-12)


# -- the device's own conditions --------------------------------------------------------------------------


@pytest.fixture
def without_compiler(brianhw_device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: Any) -> None:
        raise CompilerError("No C++ compiler was found.")

    monkeypatch.setattr(build_module, "find", find)
    monkeypatch.setattr(brianhw_device, "core", None)


@pytest.mark.usefixtures("without_compiler")
def test_a_compiler_can_be_required() -> None:
    with pytest.raises(CompilerError, match="No C"):
        set_device("brianhw", require_compiler=True)
    prefs.devices.brianhw.require_compiler = True
    try:
        with pytest.raises(CompilerError, match="No C"):
            set_device("brianhw")
    finally:
        prefs.devices.brianhw.require_compiler = False


def test_without_a_compiler_numpy_runs_after_one_line(models_folder: Path) -> None:
    ended = script(
        """
        net = Network(group)
        net.run(1*ms)
        net.run(1*ms)
        set_device("runtime")
        set_device("brianhw")
        brianhw.device.step(net, 3)
        print("steps", group.k[0], net.t_)
        """.replace("net = Network", "import brianhw.device\n        net = Network"),
        models_folder,
    )
    assert "steps 23" in ended.stdout, ended.stderr[-2000:]
    text = textwrap.dedent(START).replace(", require_compiler=True", "")
    again = subprocess.run(
        [sys.executable, "-c", text + "net = Network(group)\nfor _ in range(2): net.run(1*ms)\n"
         "import brianhw.device\nbrianhw.device.step(net, 3)\nprint('steps', group.k[0])"],
        env={**os.environ, "PATH": "/nowhere", "CXX": "", "PYTHONPATH": str(CHECKOUT),
             "BRIANHW_CACHE_DIR": str(models_folder.with_name("other"))},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "steps 23" in again.stdout, again.stderr[-2000:]
    lines = [line for line in again.stderr.splitlines() if "NumPy" in line]
    assert len(lines) == 1, again.stderr


def test_a_cache_that_cannot_be_written_to_is_no_obstacle(tmp_path: Path) -> None:
    # a file in the place of the folder: also root cannot write into it
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = script("Network(group).run(1*ms)\nprint('steps', group.k[0])", tmp_path / "file" / "models")
    assert "steps 10" in ended.stdout, ended.stderr[-2000:]
    assert "file" in ended.stderr  # says which folder


@pytest.mark.usefixtures("brianhw_device")
def test_options_of_the_device_are_checked() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'mode'"):
        set_device("brianhw", mod="fast")
    with pytest.raises(RequestError, match="fast and strict, not 'quick'"):
        set_device("brianhw", mode="quick")
    set_device("brianhw", directory="output", compile=True, build_on_run=False)  # cpp_standalone's: no meaning here
    group = counter()
    Network(group).run(1 * ms)
    assert group.k[0] == 10
    brian2.device.build(directory="output")
    assert group.k[0] == 10 and not Path("output").exists()


@pytest.mark.usefixtures("brianhw_device")
@pytest.mark.parametrize("threads", [-1, 1.5, "two"])
def test_an_impossible_number_of_threads_is_refused(threads: Any) -> None:
    with pytest.raises((RequestError, TypeError), match="openmp_threads"):
        set_device("brianhw", openmp_threads=threads)


@pytest.mark.usefixtures("brianhw_device")
def test_code_for_a_main_program_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="no main program"):
        brian2.device.insert_code("main", "int x;")


@pytest.mark.usefixtures("brianhw_device")
def test_objects_of_before_reinit_can_be_read_and_run() -> None:
    group = counter()
    net = Network(group)
    net.run(1 * ms)
    brian2.device.reinit()
    assert group.k[0] == 10
    net.run(1 * ms)
    assert group.k[0] == 20


@pytest.mark.usefixtures("brianhw_device")
def test_a_negative_duration_and_one_without_a_unit_are_refused() -> None:
    net = Network(counter())
    with pytest.raises(ValueError, match="non-negative"):
        net.run(-1 * ms)
    with pytest.raises(brian2.DimensionMismatchError):
        net.run(1)
    with pytest.raises(brian2.DimensionMismatchError):
        net.run(1 * brian2.mV)


@pytest.mark.usefixtures("brianhw_device")
def test_an_empty_network_runs() -> None:
    net = Network()
    net.run(1 * ms)
    operation = NetworkOperation(lambda: None)
    net.add(operation)
    net.run(1 * second)
    assert float(net.t) >= 1
