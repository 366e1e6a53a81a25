"""With threads the device gives what it gives without, to the bit."""

from __future__ import annotations

import multiprocessing
import platform
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    device,
    linked_var,
    ms,
    seed,
    set_device,
)

import brianhw  # noqa: F401  (registers the device)

pytestmark = pytest.mark.standalone

N = 5000  # threads start at 4096 elements


def network(noise: bool = False) -> tuple[Network, NeuronGroup, SpikeMonitor]:
    equations = (
        "dv/dt = (I - v)/(10*ms) : 1\nI : 1\n" if not noise else "dv/dt = (I - v)/(10*ms) + 0.1*xi/ms**.5 : 1\nI : 1\n"
    )
    cells = NeuronGroup(N, equations, threshold="v > 1", reset="v = 0", method="euler")
    cells.I = np.linspace(0.5, 3, N)
    synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms)
    synapses.connect(i=np.arange(N), j=(np.arange(N) * 7) % N)
    synapses.w = 0.01
    spikes = SpikeMonitor(cells)
    return Network(cells, synapses, spikes), cells, spikes


def outcome(threads: int, mode: str = "fast", noise: bool = False) -> tuple[np.ndarray, np.ndarray]:
    device.reinit()
    set_device("brianhw", openmp_threads=threads, mode=mode)
    seed(3)
    net, cells, spikes = network(noise)
    net.run(30 * ms)
    return np.array(cells.v_), np.array(spikes.i)


@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_threads_change_no_bit(mode: str) -> None:
    v, i = outcome(0, mode)
    assert len(i) > N
    for threads in (1, 2, 3):
        with_threads = outcome(threads, mode)
        assert np.array_equal(with_threads[0], v)
        assert np.array_equal(with_threads[1], i)


def test_random_numbers_are_drawn_in_one_sequence_whatever_the_threads() -> None:
    v, _ = outcome(0, noise=True)
    assert np.array_equal(outcome(2, noise=True)[0], v)


@pytest.mark.parametrize("threads", [0, 2])
def test_fast_code_alone_takes_the_smallest_numbers_for_zero_in_every_thread(threads: int) -> None:
    flushes = platform.machine() in ("x86_64", "AMD64")  # other processors keep them, at no cost
    for mode in ("fast", "strict"):
        device.reinit()
        set_device("brianhw", openmp_threads=threads, mode=mode)
        cells = NeuronGroup(N, "dv/dt = -v/(1*ms) : 1", method="exact")
        cells.v = np.finfo(float).tiny
        Network(cells).run(1 * ms)
        assert np.all((cells.v_[:] == 0) == (mode == "fast" and flushes))


def _run_in_fork(results: multiprocessing.Queue) -> None:
    results.put(outcome(2)[0])


def test_a_fork_of_a_process_with_threads_has_threads_of_its_own() -> None:
    expected, _ = outcome(2)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_run_in_fork, args=(results,))
    child.start()
    assert np.array_equal(results.get(timeout=60), expected)
    child.join(60)


def plastic(threads: int, mode: str = "fast", store: bool = False) -> dict[str, np.ndarray]:
    """Return what a plastic network with many delays comes to; *store* has it stored and restored in between."""
    device.reinit()
    set_device("brianhw", openmp_threads=threads, mode=mode)
    rng = np.random.default_rng(5)
    n, n_synapses = 4500, 40_000  # enough of both for threads to share them
    cells = NeuronGroup(
        n, "dv/dt = (I - v)/(10*ms) : 1 (unless refractory)\nI : 1\ng : 1", threshold="v > 1", reset="v = 0",
        refractory=2 * ms, method="euler",
    )  # fmt: skip
    cells.I = np.linspace(0.5, 3, n)
    synapses = Synapses(
        cells, cells, """w : 1
        dapre/dt = -apre/(20*ms) : 1 (event-driven)
        dapost/dt = -apost/(20*ms) : 1 (event-driven)""",
        on_pre="v_post += w\ng_post -= w/(1 + apost**2)\napre += 0.01\nw = clip(w + apost, 0, 1)",
        on_post="apost -= 0.01\nw = clip(w + apre, 0, 1)",
    )  # fmt: skip
    synapses.connect(i=rng.integers(0, n, n_synapses), j=rng.integers(0, n, n_synapses))
    synapses.w = rng.random(n_synapses) / 50
    synapses.pre.delay = rng.integers(1, 30, n_synapses) * 0.1 * ms
    spikes = SpikeMonitor(cells)
    net = Network(cells, synapses, spikes)
    net.run(12 * ms)
    if store:
        net.store()
        net.run(5 * ms)
        net.restore()
    net.run(13 * ms)
    return {
        "v": np.array(cells.v_), "g": np.array(cells.g_), "w": np.array(synapses.w_), "apre": np.array(synapses.apre_),
        "i": np.array(spikes.i), "t": np.array(spikes.t_),
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["fast", "strict"])
@pytest.mark.parametrize("store", [False, True])
def test_events_and_plasticity_are_shared_without_a_bit_changed(mode: str, store: bool) -> None:
    expected = plastic(0, mode, store)
    assert len(expected["i"]) > 4500
    for threads in (2, 3):
        found = plastic(threads, mode, store)
        for name, values in expected.items():
            assert np.array_equal(found[name], values), name


def test_the_work_is_shared() -> None:
    device.reinit()
    set_device("brianhw", openmp_threads=2)
    net, cells, _ = network()
    net.run(1 * ms)
    shares = [entry.shares for entry in net._brianhw_plan._entries]
    assert shares.count(2) == 2  # the state update and the threshold; the synapses are too few


def test_what_depends_on_other_elements_is_not_shared() -> None:
    device.reinit()
    set_device("brianhw", openmp_threads=2)
    cells = NeuronGroup(5000, "x : 1\ncount : 1 (shared)")
    counting = cells.run_regularly("count += 1", dt=1 * ms)
    net = Network(cells, counting)
    net.run(10 * ms)
    assert cells.count == 10


def test_a_queue_is_whole_again_where_threads_are_no_longer_asked_for() -> None:
    device.reinit()
    results = []
    for second in (0, 2):
        set_device("brianhw", openmp_threads=2)
        net, cells, spikes = network()
        synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w")
        rng = np.random.default_rng(3)
        synapses.connect(i=rng.integers(0, N, 30_000), j=rng.integers(0, N, 30_000))
        synapses.w, synapses.delay = 0.001, rng.integers(1, 40, 30_000) * 0.1 * ms
        net.add(synapses)
        net.run(12 * ms)
        set_device("brianhw", openmp_threads=second)
        net.run(8 * ms)
        results.append(np.array(cells.v_))
    assert np.array_equal(*results)


def many_pathways(threads: int, mode: str = "fast", *, reads: str = "") -> tuple[dict[str, np.ndarray], list[int]]:
    """Return what many pathways between three groups come to, and how many entries go together from each on.

    With *reads*, the last pathway weighs its events by this variable of its sources, to some of which others add ``g``.
    """
    device.reinit()
    set_device("brianhw", openmp_threads=threads, mode=mode)
    rng = np.random.default_rng(8)
    equations = "dv/dt = (I - v)/(10*ms) : 1\nI : 1\ng : 1\nx : 1"
    groups = [NeuronGroup(n, equations, threshold="v > 1", reset="v = 0", method="euler") for n in (300, 700, 41)]
    for group in groups:
        group.I, group.x = rng.uniform(0.5, 4, len(group)), rng.random(len(group))
    wiring = [
        (groups[0], groups[1]), (groups[1], groups[1]), (groups[1][100:400], groups[1][50:650]), (groups[2], groups[0]),
        (groups[0], groups[0]), (groups[1], groups[2]),
    ]  # fmt: skip
    pathways = []
    for number, (source, target) in enumerate(wiring):
        weight = f"w*{reads}_pre" if number == 5 and reads else "w"
        on_pre = f"v_post += {weight}\ng_post += {weight}/(1 + w)"
        # pathways come in the order of their names
        synapses = Synapses(source, target, "w : 1", on_pre=on_pre, name=f"wire_{number}")
        i, j = rng.integers(0, len(source), 5000), rng.integers(0, len(target), 5000)
        synapses.connect(i=i, j=j)
        synapses.w, synapses.delay = rng.random(5000) / 50, rng.integers(1, 20, 5000) * 0.1 * ms
        pathways.append(synapses)
    spikes = SpikeMonitor(groups[1])
    net = Network(*groups, *pathways, spikes)
    net.run(30 * ms)
    found = {f"{name}{k}": np.array(getattr(each, f"{name}_")) for k, each in enumerate(groups) for name in "vg"}
    return {**found, "i": np.array(spikes.i)}, [entry.together for entry in net._brianhw_plan._entries]


@pytest.mark.parametrize("mode", ["fast", "strict"])
@pytest.mark.parametrize("reads", ["", "x", "g"])
def test_pathways_follow_each_other_in_every_thread_without_a_bit_changed(mode: str, reads: str) -> None:
    expected, _ = many_pathways(0, mode, reads=reads)
    assert len(expected["i"]) > 1000
    for threads in (2, 3):
        found, _ = many_pathways(threads, mode, reads=reads)
        for name, values in expected.items():
            assert np.array_equal(found[name], values), name


# each pathway has an entry for its spikes and one for their events; alone, none of them has enough synapses
@pytest.mark.parametrize(("reads", "together"), [("", [12]), ("x", [12]), ("g", [10])])
def test_pathways_go_together_unless_one_reads_what_another_adds(reads: str, together: list[int]) -> None:
    _, found = many_pathways(2, reads=reads)
    assert [number for number in found if number > 1] == together


def test_what_goes_together_is_measured_one_by_one() -> None:
    device.reinit()
    set_device("brianhw", openmp_threads=2)
    rng = np.random.default_rng(2)
    source = NeuronGroup(1000, "dphi/dt = 100*Hz : 1", threshold="phi > 1", reset="phi -= 1", method="euler")
    target = NeuronGroup(1000, "g : 1")
    source.phi = rng.random(1000)
    pathways = [Synapses(source, target, on_pre="g_post += 1") for _ in range(2)]
    for each in pathways:
        each.connect(p=0.1)
    net = Network(source, target, *pathways)
    net.run(20 * ms, profile=True)
    times = dict(net.profiling_info)
    assert all(times[f"{each.name}_pre"] > 0 for each in pathways)


def many_groups(
    threads: int, mode: str = "fast", *, chained: bool = False
) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """Return what groups, sources and inputs come to, and which objects go together.

    Where they are *chained*, a group's state update reads what the one before it has written.
    """
    device.reinit()
    set_device("brianhw", openmp_threads=threads, mode=mode)
    seed(4)
    rng = np.random.default_rng(4)
    sizes = (3000, 1700, 900, 1700)
    groups, others = [], []
    for k, n in enumerate(sizes):
        read = "seen" if chained and k in (1, 3) else "I"
        equations = f"dv/dt = ({read} - v)/(10*ms) : 1\nI : 1\ncount : 1"
        if read == "seen":
            equations += "\nseen : 1 (linked)"
        group = NeuronGroup(
            n, equations, threshold="v > 1 + 0.1*count", reset="v = 0", events={"low": "v < 0.2"}, method="euler",
            name=f"cells_{k}",
        )  # fmt: skip
        group.I = rng.uniform(0.5, 4, n)
        if read == "seen":
            group.seen = linked_var(groups[k - 1], "v", index=np.arange(n) % sizes[k - 1])
        groups.append(group)
        times = np.sort(rng.uniform(0, 20, 500))
        source = SpikeGeneratorGroup(50, np.arange(500) % 50, times * ms, name=f"source_{k}")
        wires = Synapses(source, group, on_pre="v_post += 0.3", name=f"wires_{k}")
        wires.connect(i=np.arange(n) % 50, j=np.arange(n))
        others += [source, wires, PoissonInput(group, "v", 20, 100 * Hz, 0.01)]
    spikes = SpikeMonitor(groups[0])
    net = Network(*groups, *others, spikes)
    net.run(20 * ms)
    found = {f"{name}{k}": np.array(getattr(each, f"{name}_")) for k, each in enumerate(groups) for name in "v"}
    plan = net._brianhw_plan
    names = [owner.name for owner in plan.owners]
    batches = [names[k : k + entry.together] for k, entry in enumerate(plan._entries) if entry.together > 1]
    return {**found, "i": np.array(spikes.i)}, batches


@pytest.mark.parametrize("mode", ["fast", "strict"])
@pytest.mark.parametrize("chained", [False, True])
def test_groups_follow_each_other_in_every_thread_without_a_bit_changed(mode: str, chained: bool) -> None:
    expected, _ = many_groups(0, mode, chained=chained)
    assert len(expected["i"]) > 3000
    for threads in (2, 3):
        found, _ = many_groups(threads, mode, chained=chained)
        for name, values in expected.items():
            assert np.array_equal(found[name], values), name


def test_objects_go_together_as_long_as_none_uses_what_another_writes() -> None:
    together = [[name.rpartition("_")[2] for name in batch] for batch in many_groups(2)[1]]
    updates, *others = together
    assert updates == ["stateupdater"] * 4
    assert others[0] == ["thresholder"] * 4 + ["0", "1", "2", "3"]  # and the sources
    assert others[1] == ["thresholder"] * 4  # of the other event
    assert len(others[2]) == 4  # inputs
    # a state update that reads what another writes waits for it; each alone has too few neurons
    assert [[name.rpartition("_")[2] for name in batch] for batch in many_groups(2, chained=True)[1]] == others


@pytest.mark.parametrize("event", ["spike", "high"])
@pytest.mark.parametrize("threads", [2, 3])
def test_pathways_wait_until_all_events_of_a_step_are_found(event: str, threads: int) -> None:
    arrived = {}
    for number in (0, threads):
        device.reinit()
        set_device("brianhw", openmp_threads=number)
        events = {} if event == "spike" else {"events": {event: "v > 1"}}
        cells = NeuronGroup(
            N, "dv/dt = (I - v)/(10*ms) : 1\nI : 1\ng : 1", threshold="v > 1", reset="v = 0", method="euler", **events
        )
        cells.I = np.linspace(0.5, 3, N)
        synapses = Synapses(cells, cells, on_pre="g_post += 1", on_event=event)
        rng = np.random.default_rng(1)
        synapses.connect(i=rng.integers(0, N, 30_000), j=rng.integers(0, N, 30_000))
        # with a monitor of spikes in between they would wait for that
        Network(cells, synapses).run(20 * ms)
        arrived[number] = np.array(cells.g_)
    assert arrived[0].sum() > 30_000
    assert np.array_equal(arrived[threads], arrived[0])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are told apart by what Linux says of them")
def test_threads_that_an_earlier_run_had_sleep_where_fewer_are_asked_for() -> None:
    def busy() -> dict[str, int]:
        """Return the nanoseconds that each thread has had a processor."""
        found = {each.name: each / "schedstat" for each in Path("/proc/self/task").iterdir()}
        return {name: int(file.read_text().split()[0]) for name, file in found.items()}

    outcome(6)
    set_device("brianhw", openmp_threads=2)
    net, _, _ = network()
    net.run(1 * ms)
    before = busy()
    net.run(200 * ms)
    spent = {name: each - before.get(name, 0) for name, each in busy().items()}
    # each helper looks once whether it is wanted; one that took part would have a tenth and more of the time
    assert sum(each > 0.02 * max(spent.values()) for each in spent.values()) <= 2
