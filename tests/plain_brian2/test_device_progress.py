"""``report=``: silent for a second, then a bar; a function is called as Brian2 calls it."""

from __future__ import annotations

import io
import time
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NetworkOperation, NeuronGroup, ms, second, set_device

from brianhw.device.running import progress as progress_module
from brianhw.device.running.progress import Progress
from brianhw.device.running.simulation import SLICE
from device_models import DT


def make(report: Any, period: float = 10.0) -> Progress | None:
    return Progress.make(report, period, 1 * second, 4 * second)


@pytest.mark.parametrize(("report", "stream"), [("text", "out"), ("stdout", "out"), ("stderr", "err")])
def test_a_short_run_prints_nothing(capsys: pytest.CaptureFixture[str], report: str, stream: str) -> None:
    bar = make(report)
    assert bar is not None
    for done in np.linspace(0, 1, 11):
        bar.update(done)
    bar.finish(1.0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("report", "stream"), [("text", "out"), ("stdout", "out"), ("stderr", "err")])
def test_a_longer_run_shows_how_much_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, report: str, stream: str
) -> None:
    monkeypatch.setattr(progress_module, "SILENT", 0.05)
    bar = make(report)
    assert bar is not None
    bar.update(0.1)
    time.sleep(0.2)
    bar.update(0.5)
    time.sleep(0.2)
    bar.finish(1.0)
    printed = getattr(capsys.readouterr(), stream)
    assert " 50%|" in printed and "2/4 s" in printed
    assert "100%|" in printed and "4/4 s" in printed


def test_no_report_is_nothing() -> None:
    assert make(None) is None


def test_an_unknown_report_is_refused_with_what_is_known() -> None:
    with pytest.raises(ValueError, match="'text', 'stdout', 'stderr' or a function"):
        make("bar")
    with pytest.raises(TypeError, match="not of type int"):
        make(1)


class Calls(list[tuple[float, float, float, float]]):
    def __call__(self, elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        self.append((float(elapsed / second), completed, float(start / second), float(duration / second)))


def test_a_function_is_told_at_the_start_at_the_end_and_between() -> None:
    calls = Calls()
    progress = make(calls, period=0.05)
    assert progress is not None
    progress.update(0.25)  # too early
    time.sleep(0.06)
    progress.update(0.5)
    progress.update(0.75)  # too early again
    progress.finish(1.0)
    assert [done for _, done, _, _ in calls] == [0, 0.5, 1]
    assert all(each[2:] == (1, 4) for each in calls)
    assert calls[0][0] < 0.05 <= calls[1][0] <= calls[2][0]


# -- on the device --------------------------------------------------------------------------------------


@pytest.fixture
def network(on_device: None) -> Network:
    group = NeuronGroup(1, "n : 1", name="counted")
    group.run_regularly("n += 1")
    return Network(group)


@pytest.mark.standalone
def test_a_run_of_less_than_a_second_prints_nothing(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    network.run(100 * ms, report="text")
    network.run(100 * ms, report="stderr")
    assert capsys.readouterr() == ("", "")


@pytest.mark.standalone
def test_a_function_is_called_as_brian2_calls_it(network: Network) -> None:
    ours, theirs = Calls(), Calls()
    network.run(10 * ms)
    network.run(20 * ms, report=ours)
    set_device("runtime")
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    other = Network(group)
    other.run(10 * ms)
    other.run(20 * ms, report=theirs)
    assert [each[1:] for each in ours] == [(0, 0.01, 0.02), (1, 0.01, 0.02)]
    np.testing.assert_allclose([each[1:] for each in theirs], [each[1:] for each in ours], rtol=1e-12)


@pytest.mark.standalone
def test_a_function_is_called_every_period_with_growing_parts(network: Network) -> None:
    calls = Calls()
    network.add(NetworkOperation(lambda: time.sleep(0.01), dt=10 * ms))
    network.run(700 * ms, report=calls, report_period=0.2 * second)
    elapsed, completed = np.array(calls)[:, :2].T
    assert 3 <= len(calls) <= 6  # 0.7 s or a little more
    assert np.all(np.diff(completed) > 0)
    assert np.all(np.diff(elapsed[:-1]) >= 0.19)


@pytest.mark.standalone
@pytest.mark.parametrize("report", ["bar", 7])
def test_an_unknown_report_is_refused_by_a_run(network: Network, report: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="report"):
        network.run(1 * ms, report=report)
    assert network.t_ == 0
    assert network["counted"].n[0] == 0


@pytest.mark.standalone
def test_a_bar_says_where_a_run_ended_that_was_stopped_or_failed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "SILENT", 0.0)

    def fail() -> None:
        if network.t >= 5 * ms:
            raise ValueError("enough")

    network.add(NetworkOperation(fail, when="end"))
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with pytest.raises(ValueError, match="enough"):
        network.run(10 * ms, report="stderr")
    assert " 50%|" in stream.getvalue()
    assert stream.getvalue().endswith("\n")  # what is printed next starts on a line of its own


@pytest.mark.standalone
def test_the_exception_of_a_report_function_ends_the_run(network: Network) -> None:
    def fail(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
        raise ValueError("in the report")

    with pytest.raises(ValueError, match="in the report"):
        network.run(10 * ms, report=fail)
    network.run(10 * DT)
    assert network["counted"].n[0] == 10


@pytest.mark.standalone
@pytest.mark.parametrize(("report", "error"), [("console", ValueError), (5, TypeError)])
def test_an_unknown_report_is_refused_before_anything_happens(
    on_device: None, report: Any, error: type[Exception]
) -> None:
    group = NeuronGroup(1, "n : 1")
    group.run_regularly("n += 1")
    net = Network(group)
    with pytest.raises(error):
        net.run(1 * ms, report=report)
    assert group.n[0] == 0 and float(net.t) == 0
    assert not group.contained_objects[0].code_objects  # no code either


def test_a_look_at_a_bar_costs_less_than_two_percent_of_the_time_between_two(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = make("text")
    assert bar is not None
    began = time.process_time()
    for number in range(1000):
        bar.update(number / 1000)
    took = (time.process_time() - began) / 1000
    bar.finish(1.0)
    assert took < 0.02 * SLICE
    capsys.readouterr()
