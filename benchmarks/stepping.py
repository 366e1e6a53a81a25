"""What one short run costs: ``net.run(dt)`` and ``step(net, 1)`` on the brianhw device, and what ``report=`` adds.

A network of 1000 LIF neurons with 10,000 synapses is run by single steps, on the device and on Brian2's NumPy target,
in turn. Then networks of many synapses, all with delays of their own, and of many groups; a second of the CUBA network
in one run and in a hundred; and one neuron for two seconds of wall-clock time with and without a bar, in turn, of which
CPU seconds are compared.

    python benchmarks/stepping.py [--repeats 7] [--synapses 10000 1000000 10000000] [--groups 5 50 500]
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
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


def with_synapses(number: int) -> Network:
    cells = NeuronGroup(1000, "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
    synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w")
    rng = np.random.default_rng(1)
    synapses.connect(i=rng.integers(0, 1000, number), j=rng.integers(0, 1000, number))
    synapses.w, synapses.delay = 0.1, rng.random(number) * 3 * ms
    return Network(cells, synapses)


def with_groups(number: int) -> Network:
    model = "dv/dt = (I - v)/tau : 1 (unless refractory)\nI : 1\ntau : second (constant)"
    groups = []
    for k in range(number):
        cells = NeuronGroup(10, model, threshold="v > 1", reset="v = 0", refractory=2 * ms, method="exact")
        cells.tau, cells.I = (10 + k / 100) * ms, 0.5 + k / 400
        groups.append(cells)
    return Network(*groups)


def fixed_costs(make: Callable[[int], Network], what: str, sizes: list[int]) -> None:
    set_device("brianhw")
    for size in sizes:
        net = make(size)
        start = process_time()
        net.run(0 * ms, namespace={})
        first = process_time() - start
        dt = defaultclock.dt
        runs = median(per_call(lambda net=net, dt=dt: net.run(dt, namespace={}), 5) for _ in range(9))
        steps = median(per_call(lambda net=net: step(net, 1), 5) for _ in range(9))
        print(
            f"{size:9d} {what}: run(dt) {runs * 1e3:7.3f} ms, step {steps * 1e3:7.4f} ms, first run {first:6.2f} CPU s"
        )


def cuba() -> Network:
    """Return the network of Vogels and Abbott with currents: 4000 cells, 2 % of all pairs connected."""
    model = """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
    dge/dt = -ge/(5*ms) : volt
    dgi/dt = -gi/(10*ms) : volt"""
    cells = NeuronGroup(4000, model, threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms, method="exact")
    cells.v = "-60*mV + rand()*10*mV"
    excitatory = Synapses(cells[:3200], cells, on_pre="ge += 1.62*mV")
    inhibitory = Synapses(cells[3200:], cells, on_pre="gi -= 9*mV")
    excitatory.connect(p=0.02)
    inhibitory.connect(p=0.02)
    return Network(cells, excitatory, inhibitory, SpikeMonitor(cells))


def compare_cuts(repeats: int) -> None:
    set_device("brianhw")
    net = cuba()
    net.run(100 * ms, namespace={})
    times: dict[int, list[float]] = {1: [], 100: []}
    for _ in range(repeats):
        for cuts, values in times.items():
            start = process_time()
            for _ in range(cuts):
                net.run(1 * second / cuts, namespace={})
            values.append(process_time() - start)
    one, many = median(times[1]), median(times[100])
    print(f"a second of CUBA: {one:.3f} CPU s in one run, {many:.3f} in 100 ({many / one:.2f}x)")


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
    parser.add_argument("--synapses", type=int, nargs="*", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--groups", type=int, nargs="*", default=[5, 50, 500])
    options = parser.parse_args()
    repeats = options.repeats
    compare_steps(repeats)
    fixed_costs(with_synapses, "synapses", options.synapses)
    fixed_costs(with_groups, "groups", options.groups)
    compare_cuts(repeats)
    compare_reports(repeats)
