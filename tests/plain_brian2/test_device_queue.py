"""The queue of spikes: every event arrives once, at its time, in Brian2's order, and through every change."""

from __future__ import annotations

import ctypes
import math
import pickle
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from brian2.synapses.cythonspikequeue import SpikeQueue as CompiledQueue
from brian2.synapses.spikequeue import SpikeQueue as PythonQueue
from hypothesis import given
from hypothesis import strategies as st

from brianhw.device.core.compiled import Core, Span
from brianhw.device.core.queue import SpikeQueue
from brianhw.device.library.builder import Builder
from brianhw.device.library.options import Options

pytestmark = pytest.mark.standalone

DT = 1e-4


@pytest.fixture(scope="module")
def core() -> Core:
    return Builder(Options()).core()


@dataclass
class Wiring:
    """Synapses: the source and the delay, in steps, of each."""

    start: int
    stop: int
    sources: np.ndarray
    steps: np.ndarray  # one for all, or one each

    def delays(self, dt: float = DT) -> np.ndarray:
        return self.steps * dt

    def prepare(self, queue: Any, dt: float = DT) -> None:
        queue.prepare(self.delays(dt), dt, self.sources)


@st.composite
def wirings(draw: st.DrawFn, longest: int = 12) -> Wiring:
    start = draw(st.integers(0, 3))
    stop = start + draw(st.integers(1, 5))
    sources = draw(st.lists(st.integers(start, stop - 1), min_size=1, max_size=20))
    delay = st.integers(0, longest)
    one = draw(st.booleans())
    steps = [draw(delay)] if one else draw(st.lists(delay, min_size=len(sources), max_size=len(sources)))
    return Wiring(start, stop, np.array(sources, dtype=np.int32), np.array(steps, dtype=float))


SPIKES = st.lists(st.sets(st.integers(0, 8), max_size=6).map(sorted), min_size=1, max_size=25)


def run(queue: Any, spikes: list[list[int]], after: int = 0) -> list[list[int]]:
    """Send the spikes of each step, then let *after* steps pass; return what arrived in each, in order."""
    arrived = []
    for now in [*spikes, *([] for _ in range(after))]:
        queue.push(np.array(now, dtype=np.int32))
        arrived.append(list(queue.peek()))
        queue.advance()
    return arrived


def in_a_table(wiring: Wiring, spikes: list[list[int]], steps: int) -> list[list[int]]:
    """Return what arrives in each step, in the order of the spike's step, the source and the synapse."""
    table: dict[int, list[int]] = defaultdict(list)
    for step, now in enumerate(spikes):
        for source in now:
            for synapse in np.flatnonzero(wiring.sources == source):
                delay = int(wiring.steps[synapse if len(wiring.steps) > 1 else 0])
                table[step + delay].append(int(synapse))
    return [table[step] for step in range(steps)]


def both(core: Core, wiring: Wiring, other: Any = PythonQueue) -> tuple[SpikeQueue, Any]:
    ours, theirs = SpikeQueue(core, wiring.start, wiring.stop), other(wiring.start, wiring.stop)
    wiring.prepare(ours)
    wiring.prepare(theirs)
    return ours, theirs


# -- without changes --------------------------------------------------------------------------------------


@given(wirings(), SPIKES)
def test_events_arrive_when_and_in_the_order_they_should(core: Core, wiring: Wiring, spikes: list[list[int]]) -> None:
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    arrived = run(queue, spikes, 13)
    assert arrived == in_a_table(wiring, spikes, len(arrived))


@given(wirings(), SPIKES)
def test_events_arrive_as_in_brian2s_compiled_queue(core: Core, wiring: Wiring, spikes: list[list[int]]) -> None:
    ours, theirs = both(core, wiring, CompiledQueue)
    assert run(ours, spikes, 13) == run(theirs, spikes, 13)


@given(wirings(), SPIKES)
def test_the_same_events_arrive_as_in_brian2s_python_queue(core: Core, wiring: Wiring, spikes: list[list[int]]) -> None:
    ours, theirs = both(core, wiring)
    assert [sorted(now) for now in run(ours, spikes, 13)] == [sorted(now) for now in run(theirs, spikes, 13)]


@given(wirings(), SPIKES, st.integers(0, 3))
def test_events_of_synapses_in_order_arrive_as_they_should(
    core: Core, wiring: Wiring, spikes: list[list[int]], copies: int
) -> None:
    """Where nothing moves, queues share one list of numbers; a longer one for another queue changes nothing."""
    steps = np.broadcast_to(wiring.steps, wiring.sources.shape)
    order = np.lexsort((steps, wiring.sources))
    sources, steps = np.repeat(wiring.sources[order], copies + 1), np.repeat(steps[order], copies + 1)
    in_order = Wiring(wiring.start, wiring.stop, sources, steps)
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    in_order.prepare(queue)
    longer = SpikeQueue(core, 0, 1)
    longer.prepare(np.array([DT]), DT, np.zeros(len(sources) * 10, dtype=np.int32))
    arrived = run(queue, spikes, 13)
    assert arrived == in_a_table(in_order, spikes, len(arrived))


def test_delays_too_many_to_count_arrive_in_order(core: Core) -> None:
    steps = np.array([70_000, 3, 70_000, 2, 3])
    queue = SpikeQueue(core, 0, 2)
    queue.prepare(steps * DT, DT, np.array([1, 0, 0, 1, 1], dtype=np.int32))
    arrived = run(queue, [[0, 1]], 70_001)
    assert {step: now for step, now in enumerate(arrived) if now} == {2: [3], 3: [1, 4], 70_000: [2, 0]}


@given(wirings(), SPIKES)
def test_delays_in_single_precision_are_the_same_steps(core: Core, wiring: Wiring, spikes: list[list[int]]) -> None:
    double, single = SpikeQueue(core, wiring.start, wiring.stop), SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(double)
    single.prepare(wiring.delays().astype(np.float32), DT, wiring.sources)
    assert run(single, spikes, 13) == run(double, spikes, 13)


def test_a_single_synapse_with_a_delay_of_its_own_is_one_delay_for_all(core: Core) -> None:
    queue = SpikeQueue(core, 0, 1)
    queue.prepare(np.array([3 * DT]), DT, np.array([0], dtype=np.int32))
    assert run(queue, [[0]], 4) == [[], [], [], [0], []]


def test_no_synapses_and_no_events_are_nothing(core: Core) -> None:
    queue = SpikeQueue(core, 0, 3)
    queue.prepare(np.array([2 * DT]), DT, np.empty(0, dtype=np.int32))
    assert run(queue, [[0, 1, 2]], 3) == [[], [], [], []]


def test_spikes_before_the_first_prepare_reach_nothing(core: Core) -> None:
    assert run(SpikeQueue(core, 0, 3), [[0], [2]]) == [[], []]


# -- changes in flight ------------------------------------------------------------------------------------


@given(wirings(), SPIKES, SPIKES, st.data())
def test_changed_delays_hold_for_new_events_and_old_ones_arrive_as_sent(
    core: Core, wiring: Wiring, before: list[list[int]], after: list[list[int]], data: st.DataObject
) -> None:
    steps = data.draw(st.lists(st.integers(0, 12), min_size=len(wiring.sources), max_size=len(wiring.sources)))
    changed = Wiring(wiring.start, wiring.stop, wiring.sources, np.array(steps, dtype=float))
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    arrived = run(queue, before)
    changed.prepare(queue)
    arrived += run(queue, after, 13)
    old = in_a_table(wiring, before, len(arrived))
    new = in_a_table(changed, [[] for _ in before] + after, len(arrived))
    assert [sorted(now) for now in arrived] == [sorted(a + b) for a, b in zip(old, new, strict=True)]


@given(wirings(), SPIKES)
def test_preparing_again_for_the_same_changes_nothing(core: Core, wiring: Wiring, spikes: list[list[int]]) -> None:
    once, often = SpikeQueue(core, wiring.start, wiring.stop), SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(once)
    arrived = []
    for now in [*spikes, *([] for _ in range(13))]:
        wiring.prepare(often)
        arrived += run(often, [now])
    assert arrived == run(once, spikes, 13)


@given(wirings(), SPIKES, st.data())
def test_synapses_made_in_flight_are_reached_by_new_events_only(
    core: Core, wiring: Wiring, spikes: list[list[int]], data: st.DataObject
) -> None:
    new = data.draw(st.lists(st.integers(wiring.start, wiring.stop - 1), min_size=1, max_size=5))
    more = Wiring(wiring.start, wiring.stop, np.append(wiring.sources, new).astype(np.int32), np.array([2.0]))
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    arrived = run(queue, spikes)
    more.prepare(queue)
    arrived += run(queue, spikes, 13)
    old = in_a_table(wiring, spikes, len(arrived))
    added = in_a_table(more, [[] for _ in spikes] + spikes, len(arrived))
    assert [sorted(now) for now in arrived] == [sorted(a + b) for a, b in zip(old, added, strict=True)]


@given(wirings(), SPIKES, st.lists(st.sampled_from([0.1e-4, 0.25e-4, 0.5e-4, 1e-4, 2e-4, 3e-4, 0.7e-4]), max_size=3))
def test_another_time_step_loses_and_doubles_no_event(
    core: Core, wiring: Wiring, spikes: list[list[int]], time_steps: list[float]
) -> None:
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    run(queue, spikes)
    due = [now for now in in_a_table(wiring, spikes, len(spikes) + 13)[len(spikes) :]]
    waiting = sorted(synapse for now in due for synapse in now)
    for dt in time_steps:
        queue.prepare(wiring.delays(), dt, wiring.sources)
    arrived = run(queue, [], 200)
    assert sorted(synapse for now in arrived for synapse in now) == waiting


@given(wirings(), SPIKES, st.sampled_from([0.1e-4, 0.25e-4, 0.5e-4, 2e-4, 3e-4, 0.7e-4]))
def test_after_another_time_step_events_are_due_at_the_step_nearest_to_their_time(
    core: Core, wiring: Wiring, spikes: list[list[int]], dt: float
) -> None:
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    run(queue, spikes)
    expected = defaultdict(list)
    for step, now in enumerate(in_a_table(wiring, spikes, len(spikes) + 13)[len(spikes) :]):
        expected[math.floor(step * DT / dt + 0.5 + 1e-9)] += now  # 1e-9: half a step goes up, as written in decimal
    queue.prepare(wiring.delays(), dt, wiring.sources)
    arrived = run(queue, [], 200)
    assert [sorted(now) for now in arrived] == [sorted(expected[step]) for step in range(200)]


# -- stored and restored ----------------------------------------------------------------------------------


@given(wirings(), SPIKES, SPIKES)
def test_a_restored_queue_goes_on_as_the_stored_one(
    core: Core, wiring: Wiring, before: list[list[int]], after: list[list[int]]
) -> None:
    queue = SpikeQueue(core, wiring.start, wiring.stop)
    wiring.prepare(queue)
    run(queue, before)
    state = queue._full_state()
    first = run(queue, after, 13)
    queue._restore_from_full_state(state)
    assert run(queue, after, 13) == first

    fresh = SpikeQueue(core, wiring.start, wiring.stop)
    fresh._restore_from_full_state(state)
    wiring.prepare(fresh)
    assert run(fresh, after, 13) == first


@given(wirings(), SPIKES, SPIKES, st.booleans())
def test_states_are_exchanged_with_brian2s_compiled_queue(
    core: Core, wiring: Wiring, before: list[list[int]], after: list[list[int]], ours_first: bool
) -> None:
    ours, theirs = both(core, wiring, CompiledQueue)
    stored, restored = (ours, theirs) if ours_first else (theirs, ours)
    run(stored, before)
    restored._restore_from_full_state(stored._full_state())
    wiring.prepare(restored)
    assert run(restored, after, 13) == run(stored, after, 13)


def test_restoring_nothing_empties_the_queue(core: Core) -> None:
    queue = SpikeQueue(core, 0, 1)
    queue.prepare(np.array([3 * DT]), DT, np.zeros(2, dtype=np.int32))
    run(queue, [[0]])
    queue._restore_from_full_state(None)
    assert run(queue, [], 5) == [[]] * 5
    assert run(queue, [[0]], 4)[3] == [0, 1]


@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_state_stored_under_another_time_step_keeps_its_times(core: Core, in_a_file: bool) -> None:
    queue = SpikeQueue(core, 0, 1)
    sources, delays = np.zeros(1, dtype=np.int32), np.array([8 * DT])
    queue.prepare(delays, DT, sources)
    run(queue, [[0]])  # due in 7 steps
    state = queue._full_state()
    queue.prepare(delays, DT / 2, sources)
    queue._restore_from_full_state(pickle.loads(pickle.dumps(state)) if in_a_file else state)
    queue.prepare(delays, DT, sources)  # the network's restore has set the step back
    assert run(queue, [], 9).index([0]) == 7


def test_a_restored_state_keeps_its_times_under_a_time_step_set_after_it(core: Core) -> None:
    queue = SpikeQueue(core, 0, 1)
    sources, delays = np.zeros(1, dtype=np.int32), np.array([8 * DT])
    queue.prepare(delays, DT, sources)
    run(queue, [[0]])  # due in 7 steps
    queue._restore_from_full_state(queue._full_state())
    queue.prepare(delays, DT / 2, sources)
    assert run(queue, [], 20).index([0]) == 14


# -- refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay", [-1e-3, float("nan"), float("inf"), 1e9 * DT])
def test_an_impossible_delay_is_refused_with_its_synapse(core: Core, delay: float) -> None:
    queue = SpikeQueue(core, 0, 2)
    with pytest.raises(ValueError, match="Synapse 1 has a delay of .* source 1"):
        queue.prepare(np.array([DT, delay]), DT, np.array([0, 1], dtype=np.int32))


@pytest.mark.parametrize("source", [1, 5])
def test_a_source_out_of_range_is_refused(core: Core, source: int) -> None:
    with pytest.raises(ValueError, match=f"source {source}"):
        SpikeQueue(core, 2, 5).prepare(np.array([DT]), DT, np.array([2, source], dtype=np.int32))


def test_as_many_delays_as_synapses_are_wanted(core: Core) -> None:
    with pytest.raises(ValueError, match="2 delays for 3 synapses"):
        SpikeQueue(core, 0, 2).prepare(np.full(2, DT), DT, np.array([0, 1, 1], dtype=np.int32))


def test_delays_of_synapses_that_restoring_took_away_do_not_count(core: Core) -> None:
    queue, other = SpikeQueue(core, 0, 2), SpikeQueue(core, 0, 2)
    queue.prepare(np.array([DT, 2 * DT, 5 * DT]), DT, np.array([0, 1], dtype=np.int32))
    other.prepare(np.array([DT, 2 * DT]), DT, np.array([0, 1], dtype=np.int32))
    assert queue.prepared == other.prepared


# -- sources that spike several times in a step -------------------------------------------------------------


def in_turns(spikes: list[int]) -> list[int]:
    """Return first ones of each, then second ones, ..."""
    ordered = sorted(spikes)
    turn = [ordered[:k].count(each) for k, each in enumerate(ordered)]
    return [each for _, each in sorted(zip(turn, ordered, strict=True))]


@given(
    st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=4, unique=True),
    st.lists(st.lists(st.integers(0, 3), max_size=8).map(in_turns), min_size=1, max_size=8),
    st.lists(st.integers(0, 3), min_size=1, max_size=4),
)
def test_spikes_in_turns_all_arrive_and_no_synapse_twice_where_all_should_differ(
    core: Core, sources: list[int], spikes: list[list[int]], steps: list[int]
) -> None:
    delays = steps[:1] if len(steps) < len(sources) else steps[: len(sources)]
    wiring = Wiring(0, 4, np.array(sources, dtype=np.int32), np.array(delays, dtype=float))
    queue = SpikeQueue(core, 0, 4)
    wiring.prepare(queue)
    arrived = []
    for now in [*spikes, *([] for _ in range(4))]:
        queue.push(np.array(now, dtype=np.int32))
        spans = ctypes.POINTER(Span)()
        number = core.queue_due(queue.address, 0, ctypes.byref(spans))
        for span in spans[:number]:
            events = span.first[: span.count]
            assert not span.distinct or len(set(events)) == len(events)
        arrived.append(list(queue.peek()))
        queue.advance()
    assert arrived == in_a_table(wiring, spikes, len(arrived))


# -- in parts -----------------------------------------------------------------------------------------------


def due_in(core: Core, queue: SpikeQueue, part: int) -> list[int]:
    spans = ctypes.POINTER(Span)()
    number = core.queue_due(queue.address, part, ctypes.byref(spans))
    return [int(synapse) for k in range(number) for synapse in spans[k].first[: spans[k].count]]


@given(wirings(), SPIKES, SPIKES, st.data())
def test_each_part_of_a_queue_has_its_synapses_in_the_order_of_the_whole(
    core: Core, wiring: Wiring, before: list[list[int]], spikes: list[list[int]], data: st.DataObject
) -> None:
    whole, divided = SpikeQueue(core, wiring.start, wiring.stop), SpikeQueue(core, wiring.start, wiring.stop)
    n = len(wiring.sources)
    parts = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), dtype=np.uint8)
    n_parts = int(parts.max()) + 1
    for queue in (whole, divided):
        wiring.prepare(queue)
        run(queue, before)  # some of it is still on its way when the queue is divided
    divided.divide(wiring.delays(), DT, wiring.sources, parts)
    for now in [*spikes, *([] for _ in range(13))]:
        for queue in (whole, divided):
            queue.push(np.array(now, dtype=np.int32))
        states = [list(map(sorted, queue._full_state()[1])) for queue in (whole, divided)]
        assert states[0] == states[1][: len(states[0])] and not any(states[1][len(states[0]) :])
        arrived = list(whole.peek())
        for part in range(n_parts):
            assert due_in(core, divided, part) == [each for each in arrived if parts[each] == part]
            core.queue_advance(divided.address, part)
        whole.advance()
    divided.divide(wiring.delays(), DT, wiring.sources, None)
    assert [sorted(now) for now in run(divided, spikes, 13)] == [sorted(now) for now in run(whole, spikes, 13)]
