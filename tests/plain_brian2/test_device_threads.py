"""With OpenMP threads the device gives what it gives without, to the bit, or refuses."""

from __future__ import annotations

import multiprocessing
import platform

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, Synapses, device, ms, seed, set_device

from brianhw.errors import ThreadsError

pytestmark = pytest.mark.standalone

N = 5000  # threads start at 2048 elements


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
    try:
        outcome(2)
    except ThreadsError as error:
        results.put(str(error))
    else:
        results.put("ran")


def test_a_fork_of_a_process_with_threads_is_refused() -> None:
    outcome(2)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_run_in_fork, args=(results,))
    child.start()
    said = results.get(timeout=60)
    child.join(60)
    assert "forked from one that has run OpenMP threads" in said
