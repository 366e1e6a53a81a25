"""What goes wrong on the device is said in Python with the name of the Brian2 object, and the network can go on."""

from __future__ import annotations

import gc
import logging
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import (
    BrianObjectException,
    Network,
    NetworkOperation,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    check_units,
    device,
    implementation,
    ms,
    run,
    second,
    set_device,
)

from brianhw.device import step
from brianhw.device.device import brianhw_device
from brianhw.errors import CompilationError, CompilerError, RequestError, UnknownNameError
from device_models import DT, Chain

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("on_device")]


def cpp_function(code: str, **keywords: Any) -> Any:
    @implementation("cpp", code, **keywords)
    @check_units(x=1, result=1)
    def f(x: float) -> float:
        raise AssertionError("runs in C++")

    return f


def network(f: Any, name: str = "culprit") -> tuple[NeuronGroup, Network]:
    group = NeuronGroup(2, "y : 1\nn : 1", namespace={"f": f})
    group.run_regularly("n += 1", order=-1)
    group.run_regularly("y = f(n)", name=name)
    return group, Network(group)


# -- C++ of users -----------------------------------------------------------------------------------------


def test_an_exception_of_cpp_names_the_object_and_says_its_message() -> None:
    f = cpp_function(
        'double f(double x) { if (x == 3) throw std::runtime_error("three is too much"); return 2*x; }',
        headers=["<stdexcept>"],
    )
    group, net = network(f)
    with pytest.raises(BrianObjectException, match="three is too much") as error:
        net.run(10 * DT)
    assert "culprit" in str(error.value)
    assert group.y[:].tolist() == [4, 4]
    assert net.t / DT == pytest.approx(2)
    group.n = 10
    net.run(3 * DT)
    assert group.y[:].tolist() == [26, 26]


@pytest.mark.parametrize("thrown", ["42", "std::string()"])
def test_whatever_cpp_throws_is_an_exception(thrown: str) -> None:
    _, net = network(cpp_function(f"double f(double x) {{ throw {thrown}; }}", headers=["<string>"]))
    with pytest.raises(BrianObjectException, match="no std::exception"):
        net.run(1 * DT)


def test_a_compile_error_names_the_object_and_says_what_is_wrong() -> None:
    group, net = network(cpp_function("double f(double x) { return undeclared_thing; }"))
    with pytest.raises(BrianObjectException, match="undeclared_thing") as error:
        net.run(1 * DT)
    assert f"'{group.name}'" in str(error.value)


@pytest.mark.parametrize("kind", ["equation", "reset", "pathway"])
def test_a_compile_error_names_the_object_of_every_kind(kind: str) -> None:
    space = {"f": cpp_function("double f(double x) { return x + ; }")}
    group = NeuronGroup(
        1, "dx/dt = f(x) / ms : 1" if kind == "equation" else "x : 1", threshold="x > 1", method="euler",
        reset="x = f(x)" if kind == "reset" else "x = 0", name="guilty_group", namespace=space,
    )  # fmt: skip
    objects = [NeuronGroup(1, "dv/dt = 1/ms : 1", method="euler", name="innocent"), group]
    if kind == "pathway":
        synapses = Synapses(group, group, on_pre="x_post = f(x_post)", name="guilty_synapses", namespace=space)
        synapses.connect()
        objects.append(synapses)
    with pytest.raises(BrianObjectException, match="guilty_synapses" if kind == "pathway" else "guilty_group") as error:
        Network(objects).run(1 * ms)
    assert "does not compile" in str(error.value) and "innocent" not in str(error.value)


def test_a_header_that_is_not_there_is_named() -> None:
    _, net = network(cpp_function("double f(double x) { return x; }", headers=['"nowhere_at_all.h"']))
    with pytest.raises(CompilationError, match="nowhere_at_all.h"):
        net.run(1 * ms)


def test_an_object_that_does_not_compile_can_be_replaced() -> None:
    group, net = network(cpp_function("double f(double x) { return undeclared_thing; }"))
    with pytest.raises(BrianObjectException):
        net.run(1 * DT)
    group.namespace["f"] = cpp_function("double f(double x) { return 5*x; }")
    net.run(1 * DT)
    assert group.y[:].tolist() == [5, 5]


def in_process(script: str, *, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


START = """
import brianhw
from brian2 import *
prefs.codegen.target = "numpy"
set_device("brianhw")
"""


def test_a_crash_in_cpp_is_reported_with_the_line_of_the_script() -> None:
    found = in_process(
        START
        + """
@implementation("cpp", "double f(double x) { volatile int* nowhere = nullptr; return *nowhere; }")
@check_units(x=1, result=1)
def f(x): pass
group = NeuronGroup(1, "y : 1")
group.run_regularly("y = f(1)")
run(1*ms)
""",
        options=("-X", "faulthandler"),
    )
    assert found.returncode == -signal.SIGSEGV
    assert "Segmentation fault" in found.stderr
    assert re.search('File "<string>", line \\d+ in <module>', found.stderr)


# -- exceptions of operations -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ValueError, KeyError, KeyboardInterrupt, SystemExit])
def test_the_exception_of_an_operation_leaves_the_run_as_it_is(kind: type[BaseException]) -> None:
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1", when="start")
    error = kind("from the operation")

    def fail() -> None:
        if group.n[0] == 5:
            raise error

    net = Network(group, NetworkOperation(fail, when="end"))
    with pytest.raises(kind) as caught:
        net.run(10 * ms)
    assert caught.value is error
    assert group.n[0] == 5
    net.run(10 * DT)
    assert group.n[0] >= 14  # the step that failed is done again
    assert Network._globally_running is False


def test_a_signal_handler_that_raises_ends_a_run_full_of_operations() -> None:
    class TooLong(Exception):
        pass

    def ring(*_: Any) -> None:
        raise TooLong

    calls = []
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1", when="start")
    net = Network(group, NetworkOperation(lambda: calls.append(None)))
    net.run(1 * DT)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        for _ in range(5):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(TooLong):
                net.run(1e5 * second)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    done = group.n[0]
    net.run(10 * DT)
    assert group.n[0] == done + 10


# Python prints an exception that it can raise nowhere: the one in the function that makes arrays larger
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_arrays_that_grow_under_a_signal_handler_that_raises_are_whole() -> None:
    class TooLong(Exception):
        pass

    def ring(*_: Any) -> None:
        raise TooLong

    group = NeuronGroup(1, "n : 1", threshold="True", reset="n += 1")
    spikes = SpikeMonitor(group)
    net = Network(group, spikes)
    net.run(1 * DT)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        for _ in range(20):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)
                net.run(20 * second)
            except TooLong:
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(spikes.t) == spikes.num_spikes == group.n[0] > 20_000
    np.testing.assert_allclose(spikes.t_[:], np.arange(len(spikes.t)) * 1e-4, rtol=1e-9)


# -- Ctrl-C ---------------------------------------------------------------------------------------------------

LONG_RUN = """
import sys, threading, os, signal, time
prefs.core.stop_on_keyboard_interrupt = {stop}
group = NeuronGroup(100, "dv/dt = 1/second : 1", method="euler")
trace = StateMonitor(group, "v", record=[0], dt=1*second)
things = [group, trace]
if {operation}:
    things.append(NetworkOperation(lambda: None, dt=10*ms))
net = Network(*things)
net.run(1*ms)
def interrupt():
    time.sleep(0.7)
    global sent
    sent = time.perf_counter()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
outcome = "returned"
try:
    net.run(1e6*second)
except KeyboardInterrupt:
    outcome = "interrupted"
late = time.perf_counter() - sent
t = float(net.t_)
assert late < 1, late
assert 0 < t < 1e6
assert abs(group.v[5] - t) < 1e-6 * t, (group.v[5], t)
net.run(10*ms)
assert abs(float(net.t_) - t - 0.01) < 1e-9
assert abs(group.v[5] - float(net.t_)) < 1e-6 * t
print(outcome)
"""


@pytest.mark.parametrize(("stop", "outcome"), [(True, "returned"), (False, "interrupted")])
@pytest.mark.parametrize("operation", [False, True])
def test_ctrl_c_ends_a_long_run_within_a_second_and_the_next_goes_on(stop: bool, outcome: str, operation: bool) -> None:
    # Brian2's preference core.stop_on_keyboard_interrupt decides between a stop and an exception
    found = in_process(START + LONG_RUN.format(stop=stop, operation=operation))
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == [outcome]


# -- invalid states -----------------------------------------------------------------------------------------


def test_a_state_that_is_no_number_is_told(caplog: pytest.LogCaptureFixture) -> None:
    group = NeuronGroup(1, "dv/dt = v**2/ms : 1", method="euler", name="explodes")
    group.v = 1e200
    warnings = logged(lambda: Network(group).run(1 * ms))
    assert any("explodes" in each and "v" in each for each in warnings)


def logged(action: Callable[[], Any], name: str = "") -> list[str]:
    """Return the warnings that Brian2's logger or ours gets meanwhile."""
    messages: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.WARNING:
                messages.append(record.getMessage())

    keep = Keep()
    loggers = [logging.getLogger(each) for each in ("brian2", "brianhw")]
    for each in loggers:
        each.addHandler(keep)
    try:
        action()
    finally:
        for each in loggers:
            each.removeHandler(keep)
    return messages


# -- no compiler, no cache -------------------------------------------------------------------------------------


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    if brianhw_device.engine.core.compiles:
        assert brianhw_device.engine.core.loaded()  # what is being built would miss its compiler
    for variable in ("CXX", "CC"):
        monkeypatch.setenv(variable, "/nowhere/no-such-compiler")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(brianhw_device.engine.core, "_core", None)
    monkeypatch.setattr(brianhw_device.engine.builder, "_loaded", {})


def test_without_a_compiler_numpy_runs_the_model_after_one_line(no_compiler: None) -> None:
    lines = logged(lambda: set_device("brianhw"))
    assert len(lines) <= 1
    chain = Chain()
    chain.run(20 * ms)
    assert len(chain.spikes.t) > 5
    assert len(chain.trace.t) == 200
    chain.run(20 * ms)
    assert len(chain.trace.t) == 400
    step(chain.net, 10)
    assert len(chain.trace.t) == 410


def test_an_empty_network_stays_where_it_is() -> None:
    net = Network()
    net.run(0 * ms)
    step(net, 3)
    assert net.t == 0 * ms


@pytest.mark.parametrize("n", [1.5, 5 * ms, "3", -1])
def test_steps_that_are_no_whole_number_are_refused(n: Any) -> None:
    chain = Chain()
    chain.run(1 * ms)
    with pytest.raises(RequestError, match="steps"):
        step(chain.net, n)


def test_after_a_wrong_option_at_the_start_a_script_can_go_on() -> None:
    found = in_process(
        """
from brian2 import *
import brianhw
try:
    set_device("brianhw", mode="turbo")
except Exception as error:
    print(error)
device.reinit()
set_device("brianhw")
G = NeuronGroup(1, "n : 1")
G.run_regularly("n += 1")
run(1*ms)
print("ran", G.n[0])
"""
    )
    assert "modes fast and strict" in found.stdout and "ran 10" in found.stdout, found.stderr


def test_an_unknown_report_is_refused_before_anything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain()
    monkeypatch.setattr(brianhw_device, "_new_plan", lambda *given: pytest.fail("it was prepared"))
    with pytest.raises(ValueError, match="report='bar' is not known"):
        chain.net.run(1 * ms, report="bar")


def test_a_required_compiler_that_is_missing_is_an_error(no_compiler: None) -> None:
    with pytest.raises(CompilerError, match="compiler"):
        set_device("brianhw", require_compiler=True)


def test_one_line_says_that_there_is_no_compiler() -> None:
    found = in_process(
        'import os\nos.environ.update(CXX="/nowhere/none", PATH="/nowhere")\n'
        + START
        + """
G = NeuronGroup(1, "n : 1")
G.run_regularly("n += 1")
run(1*ms)
run(1*ms)
assert G.n[0] == 20
"""
    )
    assert found.returncode == 0, found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
    assert "NumPy" in found.stderr and "compiler" in found.stderr


def test_a_network_is_stepped_without_a_compiler_as_its_last_run_left_it(no_compiler: None) -> None:
    set_device("brianhw")
    amount = 2.0
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += amount")
    net = Network(group)
    net.run(1 * ms)
    amount = 3.0  # not looked at by a step, as where code is compiled
    step(net, 3)
    assert group.n[0] == 13 * 2
    net.run(1 * ms)
    assert group.n[0] == 13 * 2 + 10 * amount


def test_the_magic_network_without_a_compiler_keeps_nothing_of_the_script_alive(no_compiler: None) -> None:
    set_device("brianhw")

    def script() -> weakref.ref[NeuronGroup]:
        group = NeuronGroup(1, "n : 1")
        group.run_regularly("n += 1")
        run(1 * ms)
        assert group.n[0] == 10
        return weakref.ref(group)

    group = script()
    gc.collect()
    assert group() is None


def test_models_are_compiled_where_the_cache_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("no folder")
    found = in_process(
        f'import os\nos.environ["BRIANHW_CACHE_DIR"] = {str(place / "cache")!r}\n'
        + START
        + """
G = NeuronGroup(1, "n : 1")
G.run_regularly("n += 1")
run(1*ms)
assert device.engine.core.loaded() is not None and G.n[0] == 10
"""
    )
    assert found.returncode == 0, found.stderr
    assert str(place) in found.stderr


# -- options ----------------------------------------------------------------------------------------------------


def test_an_unknown_option_is_refused_and_the_device_stays_as_it_was() -> None:
    set_device("runtime")
    with pytest.raises(UnknownNameError, match="require_compilers"):
        set_device("brianhw", require_compilers=True)
    set_device("brianhw")
    chain = Chain()
    chain.run(1 * ms)
    assert len(chain.trace.t) == 10


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "quick"},
        {"openmp_threads": -1},
        {"openmp_threads": "two"},
        {"openmp_threads": True},
        {"cache": "no"},
        {"require_compiler": "yes"},
    ],
)
def test_an_impossible_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match=next(iter(options)) if "mode" not in options else "modes fast and strict"):
        set_device("brianhw", **options)


def test_options_of_the_standalone_device_are_accepted() -> None:
    set_device("brianhw", directory=None, build_on_run=False, with_output=False)
    chain = Chain()
    chain.run(1 * ms)
    device.build(direct_call=False)
    assert len(chain.trace.t) == 10


def test_code_for_a_main_program_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="no main program"):
        device.insert_code("main", "exit(1);")


def test_a_negative_duration_and_one_that_is_no_time_are_refused() -> None:
    chain = Chain()
    with pytest.raises(ValueError, match="non-negative"):
        chain.run(-1 * ms)
    with pytest.raises(Exception, match="time"):
        chain.run(3)


def test_an_impossible_delay_names_the_synapses() -> None:
    chain = Chain()
    chain.synapses.delay[2] = -5 * ms
    with pytest.raises(BrianObjectException, match="pre") as error:
        chain.run(1 * ms)
    assert "Synapse 2 has a delay of -5 ms" in str(error.value.__cause__)


def test_a_name_that_nobody_defined_is_told_as_brian2_tells_it() -> None:
    group = NeuronGroup(1, "dv/dt = -v/undefined_tau : 1", method="exact")
    with pytest.raises(BrianObjectException) as error:
        Network(group).run(1 * ms)
    assert "undefined_tau" in str(error.value.__cause__)


# -- threads ----------------------------------------------------------------------------------------------------


def test_an_exception_in_a_thread_leaves_the_device_to_others() -> None:
    errors: list[BaseException] = []
    _, bad = network(cpp_function("double f(double x) { throw 1; }"))

    def go() -> None:
        try:
            bad.run(1 * ms)
        except BrianObjectException as error:
            errors.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert len(errors) == 1
    chain = Chain()
    chain.run(1 * ms)
    assert len(chain.trace.t) == 10


def test_a_fork_while_another_thread_runs_can_run_too() -> None:
    long = NeuronGroup(1, "n : 1")
    long.run_regularly("n += 1")
    net, short = Network(long), Chain()
    short.run(1 * ms)
    net.run(1 * DT)
    thread = threading.Thread(target=net.run, args=(1e6 * second,), daemon=True)
    thread.start()
    try:
        while not Network._globally_running:
            time.sleep(0.001)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads
            child = os.fork()
        if child == 0:
            signal.alarm(20)  # a deadlock ends here
            try:
                short.run(1 * ms)
                os._exit(0 if len(short.trace.t) == 20 else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        net.stop()
        thread.join()


def test_ctrl_c_ends_a_network_operation_that_waits() -> None:
    found = in_process(
        START
        + """
import os, signal, time
prefs.core.stop_on_keyboard_interrupt = False
net = Network(NetworkOperation(lambda: time.sleep(60), dt=0.1*ms))
if not os.fork():
    time.sleep(2)
    os.kill(os.getppid(), signal.SIGINT)
    os._exit(0)
began = time.perf_counter()
try:
    net.run(1*ms)
except KeyboardInterrupt:
    assert time.perf_counter() - began < 30
    print("interrupted")
"""
    )
    assert "interrupted" in found.stdout, found.stderr
