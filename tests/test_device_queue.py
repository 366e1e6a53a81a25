"""Queues of spikes deliver each event once and in time, whatever is saved or changed while it is on its way."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("brian2")
from brian2.synapses.spikequeue import SpikeQueue as Brian2Queue

from brianhw.device.build import Builder
from brianhw.device.core import Core, SpikeQueue

pytestmark = pytest.mark.standalone

DT = 1e-4


@pytest.fixture(scope="module")
def core() -> Core:
    return Builder().core()


@dataclass
class Model:
    """A queue written down as what it means: at which step each event is due."""

    sources: np.ndarray
    delays: np.ndarray  # in steps
    now: int = 0
    due: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def push(self, spikes: list[int]) -> None:
        for source in spikes:
            for synapse in np.flatnonzero(self.sources == source):
                delay = self.delays[0 if len(self.delays) == 1 else synapse]
                self.due[self.now + int(delay)].append(int(synapse))

    def take(self) -> list[int]:
        self.now += 1
        return sorted(self.due.pop(self.now - 1, []))


def take(queue: SpikeQueue) -> list[int]:
    """Return what is due now and go on."""
    due = sorted(queue.peek().tolist())
    queue.advance()
    return due


def push(queue: SpikeQueue, spikes: list[int]) -> None:
    queue.push(np.array(spikes, dtype=np.int32))


def prepare(queue: SpikeQueue, steps: np.ndarray, sources: np.ndarray, dt: float = DT) -> None:
    queue.prepare(np.asarray(steps) * dt, dt, sources)


@st.composite
def connections(draw: st.DrawFn, n_sources: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Give sources and delays in steps: one, few different or all different, so that both ways to store occur."""
    n = draw(st.integers(0, 30))
    sources = np.array(draw(st.lists(st.integers(0, n_sources - 1), min_size=n, max_size=n)), dtype=np.int32)
    longest = draw(st.sampled_from([0, 1, 3, 40]))
    n_delays = draw(st.sampled_from([1, n]))
    delays = draw(st.lists(st.integers(0, longest), min_size=n_delays, max_size=n_delays))
    return sources, np.array(delays)


SPIKES = st.lists(st.integers(0, 5), unique=True).map(sorted)


@given(connections(), st.lists(SPIKES, max_size=20))
def test_each_event_is_delivered_once_and_in_time(
    core: Core, made: tuple[np.ndarray, np.ndarray], trains: list[list[int]]
) -> None:
    sources, delays = made
    queue, model = SpikeQueue(core, 0, 6), Model(sources, delays)
    prepare(queue, delays, sources)
    for spikes in [*trains, *[[]] * 45]:
        push(queue, spikes)
        model.push(spikes)
        assert take(queue) == model.take()
    assert not model.due


@given(st.lists(st.tuples(connections(), st.booleans(), st.lists(SPIKES, max_size=5)), max_size=6))
def test_events_on_their_way_stay_as_they_are_when_delays_change(
    core: Core, phases: list[tuple[tuple[np.ndarray, np.ndarray], bool, list[list[int]]]]
) -> None:
    queue, model = SpikeQueue(core, 0, 6), Model(np.empty(0, np.int32), np.zeros(1, int))
    for (sources, delays), look_into_it, trains in phases:
        prepare(queue, delays, sources)
        model.sources, model.delays = sources, delays
        for spikes in trains:
            push(queue, spikes)
            model.push(spikes)
            if look_into_it:
                queue._full_state()
            assert take(queue) == model.take()
    for _ in range(45):
        assert take(queue) == model.take()


@given(connections(), st.lists(SPIKES, min_size=1, max_size=5), st.lists(st.integers(0, 4), max_size=5))
def test_a_stored_state_is_restored_as_often_as_one_likes(
    core: Core, made: tuple[np.ndarray, np.ndarray], trains: list[list[int]], steps: list[int]
) -> None:
    sources, delays = made
    queue = SpikeQueue(core, 0, 6)
    prepare(queue, delays, sources)
    for spikes in trains:
        push(queue, spikes)
        queue.advance()
    state = queue._full_state()
    expected = [take(queue) for _ in range(45)]
    for n in steps:
        queue._restore_from_full_state(state)
        for _ in range(n):
            queue.advance()
        push(queue, [0, 1, 2, 3, 4, 5])  # forgotten
        queue._restore_from_full_state(state)
        assert [take(queue) for _ in range(45)] == expected


@given(connections(), st.lists(SPIKES, max_size=10), st.booleans())
def test_states_go_to_and_from_queues_of_brian2(
    core: Core, made: tuple[np.ndarray, np.ndarray], trains: list[list[int]], from_brian2: bool
) -> None:
    sources, delays = made
    ours, theirs = SpikeQueue(core, 0, 6), Brian2Queue(source_start=0, source_end=6)
    first, second = (theirs, ours) if from_brian2 else (ours, theirs)
    for queue in (first, second):
        queue.prepare(delays * DT, DT, sources)
    model = Model(sources, delays)
    for spikes in trains:
        first.push(np.array(spikes, dtype=np.int32))
        model.push(spikes)
        model.take()
        first.advance()
    second._restore_from_full_state(first._full_state())
    for _ in range(45):
        assert take(second) == model.take()


def test_no_state_empties_a_queue(core: Core) -> None:
    queue = SpikeQueue(core, 0, 1)
    prepare(queue, np.array([3]), np.zeros(2, dtype=np.int32))
    push(queue, [0])
    queue._restore_from_full_state(None)
    assert [take(queue) for _ in range(10)] == [[]] * 10


@given(connections(), st.lists(SPIKES, min_size=1, max_size=10), st.sampled_from([1e-5, 5e-5, 7e-5, 2e-4, 1e-3]))
def test_a_changed_step_loses_no_event_and_moves_none_by_more_than_half_a_step(
    core: Core, made: tuple[np.ndarray, np.ndarray], trains: list[list[int]], dt: float
) -> None:
    sources, delays = made
    queue, model = SpikeQueue(core, 0, 6), Model(sources, delays)
    prepare(queue, delays, sources)
    for spikes in trains:
        push(queue, spikes)
        model.push(spikes)
        assert take(queue) == model.take()
    queue.prepare(delays * DT, dt, sources)
    expected = defaultdict(list)
    for step, synapses in model.due.items():
        expected[int((step - model.now) * DT / dt + 0.5)] += synapses
    found = {k: due for k in range(int(45 * DT / dt) + 2) if (due := take(queue))}
    assert found == {k: sorted(synapses) for k, synapses in expected.items()}


@given(st.integers(0, 10), st.integers(0, 10), st.lists(st.integers(0, 20), unique=True).map(sorted))
def test_a_queue_listens_to_its_part_of_the_neurons_only(core: Core, start: int, more: int, spikes: list[int]) -> None:
    sources = np.arange(start, start + more, dtype=np.int32)
    queue = SpikeQueue(core, start, start + more)
    prepare(queue, np.zeros(1), sources)
    push(queue, spikes)
    assert take(queue) == [each - start for each in spikes if start <= each < start + more]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("delays", [[0.31e-3], [0.31e-3, 0.29e-3, 0.3e-3]])
def test_delays_are_rounded_to_the_nearest_step(core: Core, dtype: type, delays: list[float]) -> None:
    queue = SpikeQueue(core, 0, 3)
    queue.prepare(np.array(delays, dtype=dtype), DT, np.arange(3, dtype=np.int32))
    push(queue, [0, 1, 2])
    assert [take(queue) for _ in range(5)] == [[], [], [], [0, 1, 2], []]


@settings(max_examples=10)
@given(st.integers(0, 2**31), st.sampled_from([1, 2, 1000]))
def test_many_synapses_are_delivered_as_brian2_delivers_them(core: Core, seed: int, n_delays: int) -> None:
    random = np.random.default_rng(seed)
    sources = random.integers(0, 50, 5000).astype(np.int32)
    delays = (random.integers(0, n_delays, 5000) if n_delays > 1 else np.array([7])) * DT
    ours, theirs = SpikeQueue(core, 0, 50), Brian2Queue(source_start=0, source_end=50)
    for queue in (ours, theirs):
        queue.prepare(delays, DT, sources)
    for _ in range(20):
        spikes = np.flatnonzero(random.random(50) < 0.2).astype(np.int32)
        for queue in (ours, theirs):
            queue.push(spikes)
        # in the same order, too: sums of floating-point numbers depend on it
        assert np.array_equal(ours.peek(), theirs.peek())
        ours.advance()
        theirs.advance()


@pytest.mark.parametrize("delay", [-1e-4, np.nan, np.inf, 1e5])
def test_an_impossible_delay_is_refused_with_its_synapse(core: Core, delay: float) -> None:
    queue = SpikeQueue(core, 0, 3)
    with pytest.raises(ValueError, match=re.escape(f"Synapse 1 has a delay of {delay * 1e3:g} ms")):
        queue.prepare(np.array([0, delay, 0]), DT, np.arange(3, dtype=np.int32))


@pytest.mark.parametrize("source", [-1, 3])
def test_a_source_out_of_range_is_refused(core: Core, source: int) -> None:
    queue = SpikeQueue(core, 0, 3)
    with pytest.raises(ValueError, match=f"the source {source}"):
        queue.prepare(np.zeros(1), DT, np.array([0, source], dtype=np.int32))


def test_another_number_of_delays_than_of_synapses_is_refused(core: Core) -> None:
    with pytest.raises(ValueError, match="2 delays for 3 synapses"):
        SpikeQueue(core, 0, 3).prepare(np.zeros(2), DT, np.arange(3, dtype=np.int32))


def test_a_refused_delay_leaves_the_queue_as_it_was(core: Core) -> None:
    queue, sources = SpikeQueue(core, 0, 2), np.arange(2, dtype=np.int32)
    prepare(queue, np.array([1, 2]), sources)
    push(queue, [0])
    with pytest.raises(ValueError):
        queue.prepare(np.array([0, np.nan]), 2 * DT, sources)
    push(queue, [1])
    assert [take(queue) for _ in range(4)] == [[], [0], [1], []]


def test_a_queue_that_was_never_prepared_takes_no_events(core: Core) -> None:
    queue = SpikeQueue(core, 0, 2)
    push(queue, [0, 1])
    assert take(queue) == []
