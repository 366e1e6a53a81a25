"""How far a run is: nothing for a short one, a bar for a long one, Brian2's calls for a function."""

from __future__ import annotations

import time
from typing import Any

import brian2
import pytest
from brian2 import Network, NetworkOperation, NeuronGroup, ms, second, set_device

from brianhw.device import progress
from brianhw.device.progress import Progress

pytestmark = [pytest.mark.standalone, pytest.mark.usefixtures("brianhw_device")]


def network(seconds_per_ms: float = 0.0) -> tuple[Network, NeuronGroup]:
    """Return a network whose run takes at least this long."""
    group = NeuronGroup(1, "k : integer")
    group.run_regularly("k += 1")
    wait = NetworkOperation(lambda: time.sleep(seconds_per_ms), dt=1 * ms)
    return Network(group, wait), group


@pytest.mark.parametrize("report", ["text", "stdout", "stderr"])
def test_a_run_under_a_second_prints_nothing(report: str, capfd: pytest.CaptureFixture[str]) -> None:
    net, group = network()
    net.run(10 * ms)
    capfd.readouterr()
    net.run(10 * ms, report=report)
    assert group.k[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("report", "stream"), [("text", "out"), ("stdout", "out"), ("stderr", "err")])
def test_a_longer_run_shows_a_bar(report: str, stream: str, capfd: pytest.CaptureFixture[str]) -> None:
    net, _ = network(0.12)
    net.run(0 * ms)
    capfd.readouterr()
    net.run(12 * ms, report=report)
    printed = capfd.readouterr()
    bar = getattr(printed, stream)
    assert "Simulating" in bar and "100%" in bar and "0.012/0.012 s" in bar
    assert getattr(printed, "err" if stream == "out" else "out") == ""


def test_a_bar_ends_with_a_line_where_a_run_fails(capfd: pytest.CaptureFixture[str]) -> None:
    group = NeuronGroup(1, "k : integer")
    group.run_regularly("k += 1")
    number = [0]

    def slow_then_broken() -> None:
        time.sleep(0.3)
        number[0] += 1
        if number[0] > 5:
            raise ZeroDivisionError

    net = Network(group, NetworkOperation(slow_then_broken, dt=1 * ms))
    with pytest.raises(ZeroDivisionError):
        net.run(10 * ms, report="text")
    bar = capfd.readouterr().out
    assert bar.endswith("\n") and "100%" not in bar


def collected(duration: Any, start: Any = 0 * ms, seconds_per_ms: float = 0.0, **options: Any) -> list[Any]:
    calls: list[Any] = []
    net, _ = network(seconds_per_ms)
    net.run(start)
    net.run(duration, report=lambda *arguments: calls.append(arguments), **options)
    return calls


def test_a_function_is_called_as_brian2_calls_it() -> None:
    ours = collected(20 * ms, start=5 * ms, seconds_per_ms=0.01, report_period=0.05 * second)
    set_device("runtime")
    theirs = collected(20 * ms, start=5 * ms, seconds_per_ms=0.01, report_period=0.05 * second)
    for calls in (ours, theirs):
        assert len(calls) >= 2
        elapsed, done, starts, durations = zip(*calls, strict=True)
        assert done[0] == 0 and done[-1] == 1 and list(done) == sorted(done)
        assert list(map(float, elapsed)) == sorted(map(float, elapsed)) and float(elapsed[0]) < 0.05
        assert all(brian2.have_same_dimensions(each, second) for each in elapsed)
        assert {float(each) for each in starts} == {pytest.approx(5e-3)}
        assert {float(each) for each in durations} == {pytest.approx(20e-3)}
    assert [[type(each) for each in call] for call in ours[:1]] == [[type(each) for each in call] for call in theirs[:1]]


def test_a_function_is_called_every_period() -> None:
    calls = collected(100 * ms, seconds_per_ms=0.01, report_period=0.3 * second)
    elapsed = [float(call[0]) for call in calls]
    assert 3 <= len(calls) <= 5  # at the start, at most every 0.3 of 1.0 seconds, at the end
    assert all(later - earlier >= 0.3 for earlier, later in zip(elapsed[:-1], elapsed[1:-1], strict=False))


def test_a_stopped_run_reports_how_far_it_came() -> None:
    calls: list[float] = []
    group = NeuronGroup(1, "k : integer")
    group.run_regularly("k += 1")

    def stop(t: Any) -> None:
        if t > 2.45 * ms:
            net.stop()

    net = Network(group, NetworkOperation(stop, dt=0.1 * ms))
    net.run(10 * ms, report=lambda elapsed, done, start, duration: calls.append(done))
    assert calls == [0, pytest.approx(0.26)]


def test_an_error_of_the_function_ends_the_run_and_the_next_goes_on() -> None:
    def broken(elapsed: Any, done: float, *rest: Any) -> None:
        if done:
            raise ZeroDivisionError

    net, group = network()
    with pytest.raises(ZeroDivisionError):
        net.run(1 * ms, report=broken)
    k = int(group.k[0])
    net.run(1 * ms)
    assert group.k[0] == k + 10 and float(net.t) == pytest.approx((k + 10) * 1e-4)


@pytest.mark.parametrize(("report", "error"), [("console", ValueError), (5, TypeError), (True, TypeError)])
def test_an_unknown_report_is_refused_before_anything_happens(report: Any, error: type[Exception]) -> None:
    net, group = network()
    with pytest.raises(error, match="'text', 'stdout', 'stderr' or a function"):
        net.run(1 * ms, report=report)
    assert group.k[0] == 0 and float(net.t) == 0
    assert "_brianhw_plan" not in vars(net)  # nothing was compiled either


def test_a_bar_costs_less_than_two_percent(capfd: pytest.CaptureFixture[str]) -> None:
    # per look, of which there are ten a second: 2 % would be 2 ms
    bar = Progress.make("text", 10, 0 * ms, 1 * second)
    assert bar is not None
    began = time.perf_counter()
    for number in range(1000):
        bar.update(number / 1000)
    took = (time.perf_counter() - began) / 1000
    bar.finish(1.0)
    assert took < 2e-3 * progress.SILENT
    capfd.readouterr()
