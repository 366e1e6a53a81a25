"""What one short run costs: ``net.run(dt)`` and ``step(net, 1)`` on the brianhw device, and what ``report=`` adds.

A network of 1000 LIF neurons with 10,000 synapses is run by single steps, on the device and on Brian2's NumPy target,
in turn. Then one neuron is run for two seconds of wall-clock time with and without a bar, in turn, and the CPU seconds
are compared.

    python benchmarks/stepping.py [--repeats 7]
"""

from __future__ import annotations

import argparse
import io
from contextlib import redirect_stdout
from statistics import median
from time import perf_counter, process_time

import numpy as np
from brian2 import (
    BrianLogger,
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    ms,
    prefs,
    second,
    set_device,
)

import brianhw  # noqa: F401  (registers the device)
from brianhw.device import step

BrianLogger.suppress_name("base")


def network() -> Network:
    cells = NeuronGroup(1000, "dv/dt = (I - v)/(10*ms) : 1\nI : 1", threshold="v > 1", reset="v = 0", method="exact")
    cells.I = np.linspace(0.5, 2, 1000)
    synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=1 * ms)
    rng = np.random.default_rng(1)
    synapses.connect(i=rng.integers(0, 1000, 10_000), j=rng.integers(0, 1000, 10_000))
    synapses.w = 0.001
    return Network(cells, synapses, SpikeMonitor(cells))


def per_call(call: object, n: int) -> float:
    start = perf_counter()
    for _ in range(n):
        call()  # type: ignore[operator]
    return (perf_counter() - start) / n


def compare_steps(repeats: int) -> None:
    prefs.codegen.target = "numpy"
    slow = network()
    slow.run(defaultclock.dt, namespace={})
    set_device("brianhw")
    fast = network()
    fast.run(defaultclock.dt, namespace={})
    times: dict[str, list[float]] = {"run on NumPy": [], "run on brianhw": [], "step on brianhw": []}
    for _ in range(repeats):
        set_device("runtime")
        times["run on NumPy"].append(per_call(lambda: slow.run(defaultclock.dt, namespace={}), 3))
        set_device("brianhw")
        times["run on brianhw"].append(per_call(lambda: fast.run(defaultclock.dt, namespace={}), 500))
        times["step on brianhw"].append(per_call(lambda: step(fast, 1), 500))
    base = median(times["run on NumPy"])
    for name, values in times.items():
        print(f"{name:16s} {median(values) * 1e3:8.3f} ms for one step of 1000 neurons ({base / median(values):6.0f}x)")


def compare_reports(repeats: int) -> None:
    set_device("brianhw")
    cell = NeuronGroup(1, "dv/dt = (2 - v)/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
    net = Network(cell)
    net.run(1 * second, namespace={})
    start = perf_counter()
    net.run(20 * second, namespace={})
    duration = 20 * second * 2 / (perf_counter() - start)  # two seconds of wall-clock time
    spent: dict[str | None, list[float]] = {None: [], "text": []}
    for _ in range(repeats):
        for report, values in spent.items():
            start = process_time()
            with redirect_stdout(io.StringIO()):
                net.run(duration, report=report, namespace={})
            values.append(process_time() - start)
    share = median(spent["text"]) / median(spent[None]) - 1
    print(f"a bar adds {share:+.1%} to {median(spent[None]):.2f} CPU seconds of one neuron")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    compare_steps(repeats)
    compare_reports(repeats)
