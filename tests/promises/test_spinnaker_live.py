"""Spikes and rates that come and go while a network runs on SpiNNaker's integers, without a board."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any

import numpy as np
import pytest

import brianhw.compat
import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.errors import SpinnakerError, SpinnakerWarning
from brianhw.scripts import ShimFinder
from brianhw.spinnaker.live import callbacks, connections
from brianhw.spinnaker.live.injector import LEAST_ROOM
from paths import environment_of

live = sim.external_devices
ONE_SPIKE = 20.0  # nA that make a cell spike in the step after
LOGGER = "brianhw.spinnaker.live"
# a loaded machine may be late, and that is said
pytestmark = pytest.mark.filterwarnings("ignore:The run was up to:brianhw.errors.SpinnakerWarning")


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    begin()
    yield
    for each in list(connections.known.values()):
        each.close()
    sim.setup()  # ends callbacks that sleep
    brianhw.pynn.setup()


def begin(timestep: float = 1.0, pacing: str | None = "simulated", device: str = "runtime", **options: Any) -> None:
    sim.setup(timestep, device=device, live=pacing, **options)


def connected(receive: tuple[str, ...] = (), send: tuple[str, ...] = ("in",)) -> Any:
    return live.SpynnakerLiveSpikesConnection(receive_labels=receive, send_labels=send)


def injectors(n: int = 4, label: str = "in", **options: Any) -> Any:
    cells = sim.Population(n, live.SpikeInjector(**options), label=label)
    cells.record("spikes")
    return cells


def chained(n: int = 4, weight: float = ONE_SPIKE, delay: float = 1.0) -> tuple[Any, Any]:
    """Return injectors, and cells that each has one of them before it, with live output."""
    source = injectors(n)
    cells = sim.Population(n, sim.IF_curr_exp(tau_refrac=40.0), label="cells")
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=weight, delay=delay))
    cells.record("spikes")
    live.activate_live_output_for(cells)
    return source, cells


def spikes_of(population: Any) -> list[tuple[float, int]]:
    """Return time and cell of all recorded spikes, sorted."""
    trains = population.get_data("spikes").segments[-1].spiketrains
    return sorted(
        (float(at), int(train.annotations["source_index"])) for train in trains for at in train.magnitude.tolist()
    )


# -- simulated time ---------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_a_spike_that_is_sent_for_a_time_comes_in_its_step(arithmetic: str) -> None:
    begin(arithmetic=arithmetic)
    connection = connected()
    source, cells = chained(delay=3.0)
    connection.send_spikes("in", [0, 2], time=5.0)
    connection.send_spike("in", 1, time=7.4)  # between two steps: the later one
    sim.run(20.0)
    assert spikes_of(source) == [(5.0, 0), (5.0, 2), (8.0, 1)]
    assert spikes_of(cells) == [(8.0, 0), (8.0, 2), (11.0, 1)]


@pytest.mark.parametrize(("timestep", "options", "times"), [
    (1.0, {}, [50.0, 100.0, 150.0]),
    (1.0, {"time_scale_factor": 5}, [10.0, 20.0, 30.0]),  # in 50 ms the chip does 10 ms
    (0.5, {}, [25.0, 50.0, 75.0]),  # the vendor's tool takes 2 by itself
])  # fmt: skip
def test_a_callback_that_sleeps_wakes_at_its_simulated_time(timestep: float, options: Any, times: list[float]) -> None:
    begin(timestep, **options)
    connection = connected()

    def send(label: str, sender: Any) -> None:
        for neuron in range(3):
            time.sleep(0.05)
            sender.send_spike(label, neuron)

    connection.add_start_resume_callback("in", send)
    source = injectors()
    sim.run(160.0)
    assert spikes_of(source) == list(zip(times, range(3), strict=True))


def test_two_callbacks_that_sleep_take_turns_in_the_order_of_their_times() -> None:
    found = []
    for _ in range(2):
        begin()
        connection = connected(send=("a", "b"))
        turns: list[tuple[str, float]] = []

        def walk(label: str, sender: Any, seconds: float, turns: Any = turns) -> None:
            for _ in range(4):
                live.sleep(seconds)
                turns.append((label, sim.get_current_time()))
                sender.send_spike(label, 0)

        connection.add_start_resume_callback("a", partial(walk, seconds=0.010))
        connection.add_start_resume_callback("b", partial(walk, seconds=0.015))
        both = injectors(1, "a"), injectors(1, "b")
        sim.run(100.0)
        connection.close()
        assert [spikes_of(each) for each in both] == [
            [(10.0, 0), (20.0, 0), (30.0, 0), (40.0, 0)],
            [(15.0, 0), (30.0, 0), (45.0, 0), (60.0, 0)],
        ]
        found.append(turns)
    assert found[0] == found[1]
    at_30 = [label for label, at in found[0] if at == 30.0]
    assert at_30 == ["a", "b"]  # of two at one time the one that began first


def test_callbacks_that_wake_within_one_step_go_on_in_the_order_of_their_times() -> None:
    begin(10.0)
    connection = connected(send=("a", "b"))
    turns = []

    def walk(label: str, sender: Any, first: float) -> None:
        live.sleep(first)
        for _ in range(3):
            turns.append(label)
            live.sleep(0.004)

    connection.add_start_resume_callback("a", partial(walk, first=0.003))
    connection.add_start_resume_callback("b", partial(walk, first=0.001))
    injectors(1, "a"), injectors(1, "b")
    sim.run(30.0)
    assert turns == ["b", "a"] * 3  # at 1, 3, 5, 7, 9 and 11 ms


def test_simulated_time_does_not_wait_for_the_wall_clock() -> None:
    begin(10.0)
    connection = connected()
    connection.add_start_resume_callback("in", lambda label, sender: [time.sleep(60), sender.send_spike(label, 0)])
    source = injectors()
    began = time.monotonic()
    sim.run(60_010.0)
    assert time.monotonic() - began < 55  # a minute of the model in 6001 steps
    assert spikes_of(source) == [(60_000.0, 0)]


def test_what_is_received_can_be_answered_in_the_next_step() -> None:
    connection = connected(receive=("cells",))
    source, cells = chained(delay=2.0)
    connection.add_receive_callback(
        "cells", lambda label, step, ids: [connection.send_spike("in", each + 1) for each in ids if each < 3]
    )
    connection.send_spike("in", 0, time=10.0)
    sim.run(40.0)
    # injected at 10, in the cell at 12, answered in the step after it, and so on
    assert spikes_of(source) == [(10.0, 0), (13.0, 1), (16.0, 2), (19.0, 3)]
    assert spikes_of(cells) == [(12.0, 0), (15.0, 1), (18.0, 2), (21.0, 3)]


def test_what_is_received_is_what_is_recorded() -> None:
    connection = connected(receive=("noise", "cells", "given"), send=())
    noise = sim.Population(20, sim.SpikeSourcePoisson(rate=300.0), label="noise")
    cells = sim.Population(20, sim.IF_curr_exp(), label="cells")
    given = sim.Population(2, sim.SpikeSourceArray(spike_times=[[3.0, 3.0], [3.0, 90.0]]), label="given")
    sim.Projection(noise, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.5))
    heard: dict[str, list[tuple[float, int]]] = {"noise": [], "cells": [], "given": []}

    def receive(label: str, step: int, ids: list[int]) -> None:
        heard[label] += [(float(step), each) for each in ids]

    for each in (noise, cells, given):
        each.record("spikes")
        live.activate_live_output_for(each)
        connection.add_receive_callback(each.label, receive)
    sim.run(100.0)
    assert len(heard["noise"]) > 300 and len(heard["cells"]) > 100
    for each in (noise, cells, given):
        assert sorted(heard[each.label]) == spikes_of(each)


def test_the_time_of_live_output_is_the_number_of_the_step() -> None:
    begin(0.1)
    connection = connected(receive=("cells",))
    chained()
    heard = []
    connection.add_receive_callback("cells", lambda *arguments: heard.append(arguments))
    connection.send_spikes("in", [1, 3], time=2.0)
    sim.run(10.0)
    assert [(label, ids) for label, _, ids in heard] == [("cells", [1, 3])]
    assert spikes_of(sim.simulator.state.populations[1])[0][0] == pytest.approx(0.1 * heard[0][1])
    assert isinstance(heard[0][1], int)


def test_spikes_are_received_of_cells_that_are_not_recorded() -> None:
    connection = connected(receive=("in",))
    sim.Population(4, live.SpikeInjector, label="in")
    live.activate_live_output_for(sim.simulator.state.populations[0])
    heard = []
    connection.add_receive_callback("in", lambda *arguments: heard.append(arguments))
    connection.send_spikes("in", [3, 3, 1], time=5.0)
    sim.run(10.0)
    assert heard == [("in", 5, [1, 3, 3])]


def test_a_neuron_that_is_sent_two_spikes_has_two() -> None:
    connection = connected()
    source = injectors()
    cells = sim.Population(4, sim.IF_curr_exp(), label="cells")
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.5))
    cells.record("isyn_exc")
    connection.send_spikes("in", [0, 1, 1], time=5.0)
    sim.run(10.0)
    assert spikes_of(source) == [(5.0, 0), (5.0, 1), (5.0, 1)]
    current = cells.get_data().segments[0].analogsignals[0].magnitude[7]
    assert current[1] == pytest.approx(2 * current[0], abs=2**-14)  # two roundings of 2^-15 nA
    assert current[0] > 0.3 and current[2] == 0


def test_spikes_without_room_in_a_step_come_in_the_next(caplog: pytest.LogCaptureFixture) -> None:
    connection = connected()
    source = injectors(2)
    connection.send_spikes("in", [0] * LEAST_ROOM + [1], time=3.0)
    sim.run(10.0)
    counts = {at: sum(1 for each, _ in spikes_of(source) if each == at) for at in (3.0, 4.0)}
    assert counts == {3.0: LEAST_ROOM, 4.0: 1}
    assert f"in: more than {LEAST_ROOM} spikes" in caplog.text


def test_random_numbers_of_a_callback_do_not_change_the_network() -> None:
    found = []
    for draws in (False, True):
        begin()
        connection = connected()

        def draw(label: str, sender: Any, draws: bool = draws) -> None:
            for _ in range(20):
                time.sleep(0.001)
                if draws:
                    np.random.rand()

        connection.add_start_resume_callback("in", draw)
        injectors()
        noise = sim.Population(10, sim.SpikeSourcePoisson(rate=100.0), label="noise")
        noise.record("spikes")
        sim.run(100.0)
        connection.close()
        found.append(spikes_of(noise))
    assert found[0] == found[1] and len(found[0]) > 50


# -- rates ------------------------------------------------------------------------------------------


def test_rates_of_poisson_sources_change_when_they_are_sent() -> None:
    control = live.SpynnakerPoissonControlConnection(poisson_labels=["noise"])
    noise = sim.Population(50, sim.SpikeSourcePoisson(rate=0.0), label="noise")
    noise.record("spikes")
    live.add_poisson_live_rate_control(noise)
    labels = []

    def change(label: str, sender: Any) -> None:
        labels.append(label)
        time.sleep(0.2)
        sender.set_rates(label, [(each, 200.0) for each in range(25)])
        time.sleep(0.5)
        sender.set_rates("noise", [(each, 0.0) for each in range(25)])
        sender.set_rate("noise", 40, 1000.0)

    control.add_start_resume_callback("noise", change)
    sim.run(1000.0)
    assert labels == ["noise_control"]  # as the vendor's
    found = spikes_of(noise)
    assert min(at for at, _ in found) >= 200.0
    first = [each for at, each in found if at < 700.0]
    assert set(first) == set(range(25))
    # 25 sources * 200 Hz * 0.5 s, and 1000 Hz * 0.3 s; five standard deviations
    assert len(first) == pytest.approx(2500, abs=5 * 2500**0.5)
    last = [each for at, each in found if at >= 700.0]
    assert set(last) == {40} and len(last) == pytest.approx(300, abs=5 * 300**0.5)


def test_rates_that_need_another_network_come_without_a_gap_in_what_is_received() -> None:
    control = live.SpynnakerPoissonControlConnection(poisson_labels=["noise"])
    receiver = live.SpynnakerLiveSpikesConnection(receive_labels=["noise"], local_port=None)
    noise = sim.Population(2, sim.SpikeSourcePoisson(rate=100.0), label="noise")
    noise.record("spikes")
    live.activate_live_output_for(noise, database_notify_port_num=receiver.local_port)
    live.add_poisson_live_rate_control(noise)
    heard: list[tuple[float, int]] = []
    receiver.add_receive_callback("noise", lambda _, step, ids: heard.extend((float(step), each) for each in ids))

    def change(label: str, sender: Any) -> None:
        time.sleep(0.02)
        sender.set_rates(label, [(0, 50_000.0)])  # 50 spikes in a step; there was room for some

    control.add_start_resume_callback("noise", change)
    sim.run(40.0)
    found = spikes_of(noise)
    assert sorted(heard) == found
    assert sum(1 for at, each in found if each == 0 and at >= 20.0) == pytest.approx(1000, abs=5 * 1000**0.5)


# -- what is called, and when -----------------------------------------------------------------------


@pytest.mark.parametrize("pacing", ["simulated", "wall clock"])
def test_callbacks_are_called_with_the_vendors_arguments_in_its_order(pacing: str) -> None:
    begin(0.5, pacing=pacing)
    connection = connected(receive=("cells",))
    chained()
    calls: list[tuple[Any, ...]] = []
    connection.add_init_callback("in", lambda *arguments: calls.append(("init", *arguments)))
    connection.add_start_callback("in", lambda *arguments: calls.append(("start", *arguments)))
    connection.add_receive_callback("cells", lambda *arguments: calls.append(("receive", *arguments)))
    connection.add_pause_stop_callback("cells", lambda *arguments: calls.append(("pause", *arguments)))
    connection.send_spike("in", 2, time=2.0)
    sim.run(5.0)
    sim.run(2.5)
    assert calls == [
        ("init", "in", 4, 5.0, 0.5),
        ("start", "in", connection),
        ("receive", "cells", calls[2][2], [2]),
        ("pause", "cells", connection),
        ("start", "in", connection),
        ("pause", "cells", connection),
    ]
    assert 5 <= calls[2][2] <= 8  # sent in step 4, a delay of two


def test_spikes_without_time_come_one_by_one() -> None:
    connection = connected(receive=("cells",))
    source, cells = chained()
    live.activate_live_output_for(cells, payload_as_time_stamps=False, use_payload_prefix=False)
    heard = []
    connection.add_receive_callback("cells", lambda *arguments: heard.append("with time"))
    connection.add_receive_no_time_callback("cells", lambda *arguments: heard.append(arguments))
    connection.send_spikes("in", [0, 2], time=4.0)
    sim.run(10.0)
    assert heard == [("cells", 0, None), ("cells", 2, None)]


@pytest.mark.parametrize("pacing", ["simulated", "wall clock"])
def test_what_a_callback_raises_is_logged_and_the_run_goes_on(pacing: str, caplog: pytest.LogCaptureFixture) -> None:
    begin(pacing=pacing)
    connection = connected(receive=("cells",))
    source, cells = chained()

    def fail(*arguments: Any) -> None:
        raise ValueError(f"not {arguments[0]}")

    for add in (connection.add_init_callback, connection.add_start_resume_callback):
        add("in", fail)
    connection.add_receive_callback("cells", fail)
    connection.add_pause_stop_callback("cells", fail)
    connection.send_spike("in", 0, time=2.0)
    assert sim.run(10.0) == 10.0
    assert len(spikes_of(cells)) == 1
    for kind, label in (("init", "in"), ("start", "in"), ("receive", "cells"), ("pause", "cells")):
        assert f"The {kind} callback of {label} raised an error" in caplog.text
        assert f"ValueError: not {label}" in caplog.text


def test_a_callback_that_never_sleeps_does_not_hold_up_simulated_time(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "TURN", 0.05)
    may_end = Event()
    connection = connected()
    connection.add_start_resume_callback("in", lambda label, sender: may_end.wait(60))
    injectors()
    assert sim.run(10.0) == 10.0
    may_end.set()
    assert "The start callback of in has neither ended nor slept" in caplog.text


def test_a_callback_that_does_not_end_does_not_hold_up_the_end_of_a_run() -> None:
    begin(pacing="wall clock")
    may_end = Event()
    connection = connected()
    connection.add_start_resume_callback("in", lambda label, sender: may_end.wait(60))
    injectors()
    began = time.monotonic()
    sim.run(10.0)
    assert time.monotonic() - began < 50
    may_end.set()


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_callback_that_still_sleeps_ends_in_silence_with_its_simulation() -> None:
    connection = connected()
    threads: list[Any] = []
    connection.add_start_resume_callback("in", lambda label, sender: [threads.append(current_thread()), time.sleep(9)])
    injectors()
    sim.run(10.0)
    assert threads[0].is_alive()
    sim.setup()
    threads[0].join(60)
    assert not threads[0].is_alive()


def test_the_scripts_sleep_is_its_own_again_after_a_run() -> None:
    before = time.sleep
    connected()
    injectors()
    sim.run(5.0)
    assert time.sleep is before


# -- several runs -----------------------------------------------------------------------------------


def test_spikes_for_a_later_time_wait_for_the_next_run() -> None:
    connection = connected()
    source = injectors()
    connection.send_spike("in", 0, time=12.0)
    sim.run(10.0)
    assert spikes_of(source) == []
    sim.run(10.0)
    assert spikes_of(source) == [(12.0, 0)]


def test_a_callback_that_sleeps_goes_on_in_the_next_run() -> None:
    connection = connected()
    source = injectors()
    started = []

    def send(label: str, sender: Any) -> None:
        started.append(sim.get_current_time())
        if len(started) == 1:
            time.sleep(0.015)
            sender.send_spike(label, 3)

    connection.add_start_resume_callback("in", send)
    sim.run(10.0)
    sim.run(10.0)
    assert started == [0.0, 10.0]  # it is called at each start
    assert spikes_of(source) == [(15.0, 3)]


def test_a_network_that_is_changed_between_runs_goes_on_receiving() -> None:
    connection = connected(receive=("cells",))
    chained()
    heard, told = [], []
    connection.add_receive_callback("cells", lambda label, step, ids: heard.append((step, ids)))
    connection.add_init_callback("in", lambda *arguments: told.append(arguments))
    connection.send_spike("in", 0, time=2.0)
    sim.run(10.0)
    sim.Population(3, sim.IF_curr_exp(), label="more")
    connection.send_spike("in", 1, time=12.0)
    sim.run(10.0)
    assert heard == [(3, [0]), (13, [1])]
    assert len(told) == 2  # the network is another one


def test_after_reset_the_same_spikes_make_the_same_run() -> None:
    connection = connected()
    source, cells = chained()
    for _ in range(2):
        connection.send_spikes("in", [1, 2], time=4.0)
        sim.run(20.0)
        sim.reset()
    first, second = cells.get_data("spikes").segments
    assert [list(each) for each in first.spiketrains] == [list(each) for each in second.spiketrains]
    assert sum(len(each) for each in first.spiketrains) == 2
    sim.run(20.0)  # nothing is sent
    assert spikes_of(source) == []


def test_reset_forgets_spikes_that_were_to_come() -> None:
    connection = connected()
    source = injectors()
    connection.send_spike("in", 1, time=15.0)
    sim.run(10.0)
    sim.reset()
    sim.run(20.0)
    assert spikes_of(source) == []


def test_compare_has_the_spikes_that_were_sent() -> None:
    connection = connected()
    chained()
    connection.send_spikes("in", [0, 3], time=4.0)
    sim.run(20.0)
    (compared,) = sim.compare().populations
    for cells, steps in (compared.chip, compared.ideal):
        assert (cells.tolist(), steps.tolist()) == ([0, 3], [5, 5])


# -- runs without an end ----------------------------------------------------------------------------


def test_run_forever_ends_after_the_step_in_which_a_callback_stops_it() -> None:
    connection = connected(receive=("cells",))
    chained()
    lengths = []
    connection.add_init_callback("in", lambda label, size, length, step: lengths.append(length))
    connection.add_receive_callback("cells", lambda label, step, ids: live.request_stop())
    connection.send_spike("in", 0, time=30.0)
    live.run_forever()
    assert sim.get_current_time() == 32.0  # the spike is at 31, its step ends at 32
    assert lengths == [-1]


def test_run_forever_in_a_thread_is_stopped_by_another() -> None:
    begin(pacing="wall clock")
    connection = connected()
    started = Event()
    connection.add_start_resume_callback("in", lambda label, sender: started.set())
    injectors()
    thread = Thread(target=live.run_forever, daemon=True)
    thread.start()
    assert started.wait(60)
    live.request_stop()
    thread.join(60)
    assert not thread.is_alive()
    with pytest.raises(SpinnakerError, match="there is no run"):
        live.request_stop()


def test_run_sync_waits_for_the_script_after_each_part() -> None:
    begin(pacing="wall clock")
    connection = connected()
    started, reached = Event(), []
    connection.add_start_resume_callback("in", lambda label, sender: started.set())
    injectors()
    thread = Thread(target=live.run_sync, args=(30.0, 10.0), daemon=True)
    thread.start()
    assert started.wait(60)
    for end in (10.0, 20.0):
        deadline = time.monotonic() + 60
        while sim.get_current_time() < end and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)  # it would go on by several steps
        reached.append(sim.get_current_time())
        live.continue_simulation()
    thread.join(60)
    assert reached == [10.0, 20.0] and sim.get_current_time() == 30.0


# -- the wall clock ---------------------------------------------------------------------------------


@pytest.mark.standalone
def test_a_thread_sends_and_receives_at_the_pace_of_the_chip() -> None:
    begin(pacing=None, device="brianhw", time_scale_factor=2)
    connection = connected(receive=("cells",))
    source, cells = chained(8)
    sent: dict[int, float] = {}
    heard: dict[int, tuple[int, float]] = {}
    began = []

    def send(label: str, sender: Any) -> None:
        began.append(time.monotonic())
        for neuron in range(8):
            time.sleep(0.03)
            sent[neuron] = time.monotonic()
            sender.send_spike(label, neuron)

    def receive(label: str, step: int, ids: list[int]) -> None:
        heard.update((each, (step, time.monotonic())) for each in ids)

    connection.add_start_resume_callback("in", send)
    connection.add_receive_callback("cells", receive)
    sim.run(200.0)
    took = 1000 * (time.monotonic() - began[0])
    assert took >= 2 * 199 - 5  # ms, from the start to the last step; the thread may begin a little after the clock
    injected = dict((neuron, at) for at, neuron in spikes_of(source))
    assert list(injected) == sorted(injected)
    for neuron, at in injected.items():
        model = 1000 * (sent[neuron] - began[0]) / 2  # ms of the model
        # never ahead of the wall clock by more than the step that is waited for; 5 ms as above
        assert at <= model + 1 + 2.5
        step, received = heard[neuron]
        assert step == at + 1 and received > sent[neuron]
    late = [at - 1000 * (sent[neuron] - began[0]) / 2 for neuron, at in injected.items()]
    assert len(injected) == 8 or took > 2 * 250  # unless the machine was much too slow to send within the run
    assert np.median(late) > -100  # ms: a loaded machine may be late, not wrong


def test_a_run_that_cannot_keep_up_says_so() -> None:
    begin(0.1, pacing="wall clock", time_scale_factor=0.01)  # on this device steps take milliseconds, not 1 us
    connected()
    injectors()
    with pytest.warns(SpinnakerWarning, match="ms behind the wall clock"):
        sim.run(20.0)


def test_a_network_to_which_nobody_listens_does_not_wait() -> None:
    begin(10.0, pacing=None)
    injectors()
    began = time.monotonic()
    with pytest.warns(SpinnakerWarning, match="SpikeInjector in is for a connection at port 19999; in this process"):
        sim.run(60_000.0)
    assert time.monotonic() - began < 50


# -- what is refused and said -----------------------------------------------------------------------


def test_what_is_sent_while_nothing_runs_is_lost_and_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    connection = connected()
    source = injectors()
    for _ in range(3):
        connection.send_spike("in", 0)
    sim.run(10.0)
    assert spikes_of(source) == []
    assert caplog.text.count("nothing runs, what is sent to in is lost") == 1


def test_a_connection_that_no_population_names_is_not_told_and_that_is_said() -> None:
    connection = live.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port=None)
    called: list[Any] = []
    connection.add_start_resume_callback("in", lambda *arguments: called.append(arguments))
    source = sim.Population(4, live.SpikeInjector(notify=False), label="in")
    with pytest.warns(SpinnakerWarning, match="nothing names its port"):
        sim.run(5.0)
    assert not called and source.size == 4


def test_a_connection_is_told_at_the_port_that_a_population_names() -> None:
    connection = live.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port=None)
    source = injectors(database_notify_port_num=connection.local_port)
    connection.send_spike("in", 1, time=2.0)
    sim.run(5.0)
    assert spikes_of(source) == [(2.0, 1)]


def test_a_new_connection_takes_the_place_of_that_at_its_port(caplog: pytest.LogCaptureFixture) -> None:
    first, second = connected(), connected()
    injectors()
    called: list[Any] = []
    for each in (first, second):
        each.add_start_resume_callback("in", lambda label, sender: called.append(sender))
    sim.run(5.0)
    assert called == [second]
    assert "takes the place of that at port 19999" in caplog.text


@pytest.mark.parametrize(("label", "neurons", "when", "said"), [
    ("in", [4], None, "in has 4 neurons, from 0 on; a spike was sent to 4"),
    ("in", [-1], None, "a spike was sent to -1"),
    ("in", [0.5], None, "neurons are whole numbers"),
    ("out", [0], None, "not to 'out'"),
    ("in", [0], 1.0, "a spike was sent for 1 ms, but it is 3 ms"),
])  # fmt: skip
def test_a_spike_that_cannot_be_is_refused_where_it_is_sent(
    label: str, neurons: list[Any], when: float | None, said: str
) -> None:
    connection = connected()
    found: list[str] = []

    def send(_: str, sender: Any) -> None:
        time.sleep(0.003)
        with pytest.raises(SpinnakerError) as error:
            sender.send_spikes(label, neurons, time=when)
        found.append(str(error.value))

    connection.add_start_resume_callback("in", send)
    injectors()
    sim.run(10.0)
    assert len(found) == 1 and said in found[0]


@pytest.mark.parametrize(("wrong", "said"), [
    (lambda: live.SpynnakerLiveSpikesConnection(receive_labels=3), "labels must be a list of the labels.*not 3"),
    (lambda: live.SpynnakerLiveSpikesConnection(send_labels=[5]), "labels must be a list of the labels"),
    (lambda: live.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port="a"), "local_port.*not 'a'"),
    (lambda: live.SpikeInjector(database_notify_port_num="a"), "database_notify_port_num.*not 'a'"),
    (lambda: live.activate_live_output_for(chained()[1], database_notify_port_num=-2), "notify_port_num.*not -2"),
])  # fmt: skip
def test_labels_and_ports_that_are_none_are_refused_where_they_are_given(wrong: Any, said: str) -> None:
    known = dict(connections.known)
    with pytest.raises(SpinnakerError, match=said):
        wrong()
    assert connections.known == known


def test_a_spike_sent_before_a_run_is_refused_by_the_run_once() -> None:
    connection = connected()
    source = injectors()
    connection.send_spike("in", 9, time=2.0)
    with pytest.raises(SpinnakerError, match="a spike was sent to 9"):
        sim.run(5.0)
    connection.send_spike("in", 3, time=2.0)
    sim.run(5.0)
    assert spikes_of(source) == [(2.0, 3)]


def test_labels_that_do_not_fit_the_network_are_refused_before_a_run() -> None:
    sim.Population(4, sim.IF_curr_exp(), label="cells")
    injectors()
    for labels, said in (
        ({"send_labels": ["in", "elsewhere"]}, "there is no population 'elsewhere'"),
        ({"send_labels": ["cells"]}, "cells has cells of IF_curr_exp"),
        ({"receive_labels": ["cells"]}, "call activate_live_output_for for cells"),
    ):
        connection = live.SpynnakerLiveSpikesConnection(**labels)
        with pytest.raises(SpinnakerError, match=said):
            sim.run(5.0)
        connection.close()
    assert sim.run(5.0) == 5.0


def test_a_callback_for_an_unknown_label_is_refused() -> None:
    with pytest.raises(SpinnakerError, match="there is no label 'cells'"):
        connected().add_receive_callback("cells", print)


@pytest.mark.parametrize("name", [
    "PushBotMotor", "PushBotEthernetRetinaDevice", "PushBotRetinaViewer", "MunichMotorDevice", "SPIFRetinaDevice",
    "MunichIoSpiNNakerLinkProtocol", "EthernetControlPopulation", "ExternalFPGARetinaDevice", "ExternalCochleaDevice",
    "protocols",
])  # fmt: skip
def test_devices_on_a_board_are_refused_by_name(name: str) -> None:
    with pytest.raises(SpinnakerError, match=f"external_devices.{name} is for a device") as error:
        getattr(live, name)
    assert "\n" not in str(error.value)


def test_output_to_a_device_is_refused() -> None:
    cells = sim.Population(4, sim.IF_curr_exp(), label="cells")
    with pytest.raises(SpinnakerError, match=r"activate_live_output_to\(cells, robot\)"):
        live.activate_live_output_to(cells, sim.Population(4, sim.IF_curr_exp(), label="robot"))


def test_a_name_that_nobody_has_is_no_device() -> None:
    assert not hasattr(live, "no_such_thing")


def test_an_unknown_pacing_is_refused() -> None:
    with pytest.raises(SpinnakerError, match="live must be one of 'wall clock', 'simulated'"):
        begin(pacing="as fast as you can")


def test_a_program_that_runs_by_itself_is_refused() -> None:
    sim.setup(device="cpp_standalone")
    connected()
    injectors()
    with pytest.raises(SpinnakerError, match="spikes cannot reach while it runs"):
        sim.run(5.0)


# -- on the chip, and in others' scripts ------------------------------------------------------------


def test_injectors_are_planned_as_the_vendors_are_on_one_core() -> None:
    source = injectors(5000)
    cells = sim.Population(5000, sim.IF_curr_exp(), label="cells")
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    assert {row.label: row.cores for row in sim.report().populations} == {"in": 1, "cells": 20}
    sim.set_number_of_neurons_per_core(live.SpikeInjector, 1000)
    assert {row.label: row.cores for row in sim.report().populations}["in"] == 5


@pytest.mark.parametrize("hardware", ["", "spinnaker"])
@pytest.mark.parametrize("module", ["pyNN.spiNNaker", "spynnaker.pyNN", "spynnaker8"])
def test_scripts_find_it_where_the_vendor_has_it(hardware: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = ShimFinder(*brianhw.compat.paths(hardware))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    known = [name for name in finder.files if name != "pyNN"]
    for name in known:
        monkeypatch.delitem(sys.modules, name, raising=False)
    try:
        found = import_module(f"{module}.external_devices")
        assert found.SpikeInjector is live.SpikeInjector
        assert import_module(module).external_devices.run_forever is live.run_forever
        injector = import_module("spynnaker.pyNN.models.utility_models.spike_injector")
        assert injector.SpikeInjector is live.SpikeInjector
        with pytest.raises(SpinnakerError, match="PushBotLED"):
            found.PushBotLED  # noqa: B018
    finally:
        for name in known:
            sys.modules.pop(name, None)


SCRIPT = """
import time
import pyNN.spiNNaker as p

def send(label, sender):
    for neuron in range(0, 20, 5):
        time.sleep(0.02)
        sender.send_spike(label, neuron, send_full_keys=True)

def receive(label, step, neurons):
    heard.append((step, neurons))

heard = []
sender = p.external_devices.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port=None)
sender.add_start_resume_callback("in", send)
receiver = p.external_devices.SpynnakerLiveSpikesConnection(receive_labels=["chain"], local_port=None)
receiver.add_receive_callback("chain", receive)
p.setup(timestep=1.0, min_delay=1.0)
source = p.Population(20, p.external_devices.SpikeInjector(database_notify_port_num=sender.local_port), label="in",
                      additional_parameters={"virtual_key": 0x70000})
chain = p.Population(20, p.IF_curr_exp(tau_refrac=50.0), label="chain")
p.Projection(source, chain, p.OneToOneConnector(), p.StaticSynapse(weight=20.0))
links = [(i, i + 1, 20.0, 2) for i in range(19)]
p.Projection(chain, chain, p.FromListConnector(links))
chain.record("spikes")
p.external_devices.activate_live_output_for(chain, database_notify_port_num=receiver.local_port)
p.run(300)
trains = chain.get_data("spikes").segments[0].spiketrains
recorded = sorted((float(t), i) for i, train in enumerate(trains) for t in train.magnitude)
assert recorded == sorted((float(t), i) for t, each in heard for i in each), (recorded, heard)
print(len(recorded), {i for _, i in recorded} == set(range(20)))
p.end()
"""


@pytest.mark.standalone
def test_an_unchanged_script_is_the_same_each_time_in_simulated_time(tmp_path: Path) -> None:
    file = tmp_path / "live.py"
    file.write_text(SCRIPT.replace("p.end()", "print(heard[:3])"))
    command = [sys.executable, "-m", "brianhw", "run", str(file)]
    environment = environment_of(BRIANHW_LIVE="simulated")
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    # the first is sent at 20 ms, comes a step later and goes on every two; each cell spikes once in 50 ms
    assert done.stdout.splitlines() == ["20 True", "[(21, [0]), (23, [1]), (25, [2])]"]


@pytest.mark.standalone
@pytest.mark.parametrize("hardware", [(), ("--hardware", "spinnaker")])
def test_a_script_with_live_input_and_output_runs_unchanged(hardware: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "live.py"
    file.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "brianhw", "run", *hardware, str(file)],
        env=environment_of(), cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    number, all_of_them = done.stdout.split()
    assert all_of_them == "True" and 20 <= int(number) <= 4 * 20
    assert not logging.getLogger(LOGGER).handlers  # what is logged is the script's to show
