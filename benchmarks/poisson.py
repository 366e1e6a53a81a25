"""Poisson input: what a draw costs, and what PyNN's Poisson sources cost.

`PoissonInput` into 10,000 neurons, from 100 sources each that together send a fiftieth, one or ten spikes in a step of
0.1 ms, on the brianhw device in fast and in strict mode and on Brian2's cpp_standalone; CPU nanoseconds for a neuron
and step, less those of the same neurons without input. Then a population of 1000 ``SpikeSourcePoisson`` of
``brianhw.pynn`` and of pyNN.nest (if it is there) at 10, 1000 and 10,000 Hz, nothing connected: CPU nanoseconds for
a source and step, and for a spike. Each measurement is a process of its own, in turn.

    python benchmarks/poisson.py [--repeats 3] [--parts input sources] [--variants fast strict cpp_standalone]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from statistics import median
from time import process_time

VARIANTS = ("fast", "strict", "cpp_standalone")
N, SOURCES, STEPS = 10_000, 100, 1000  # 0.1 s
MEANS = (0.02, 1.0, 10.0)  # spikes a step
CELLS, RATES, SECONDS = 1000, (10.0, 1000.0, 10_000.0), 1.0


def input_seconds(variant: str, mean: float) -> float:
    """Return what neurons take with this input; without input for a mean of 0."""
    import brian2
    from brian2 import Hz, Network, NeuronGroup, PoissonInput, get_device, ms, set_device

    import brianhw  # noqa: F401  (registers the device)

    brian2.BrianLogger.suppress_name("base")

    def network() -> Network:
        cells = NeuronGroup(N, "dg/dt = -g/(5*ms) : 1", method="exact")
        if not mean:
            return Network(cells)
        return Network(cells, PoissonInput(cells, "g", SOURCES, mean / SOURCES * 1e4 * Hz, 0.1))

    if variant == "cpp_standalone":
        folder = tempfile.mkdtemp()
        set_device("cpp_standalone", directory=folder, build_on_run=False)
        network().run(STEPS * 0.1 * ms, namespace={})
        device = get_device()
        device.build(directory=folder, run=False)
        device.run(with_output=False)
        return float(device._last_run_time)
    set_device("brianhw", mode=variant)
    net = network()
    net.run(10 * ms, namespace={})
    start = process_time()
    net.run(STEPS * 0.1 * ms, namespace={})
    return process_time() - start


def source_seconds(simulator: str, rate: float) -> tuple[float, int]:
    """Return what the sources take in a second, and their spikes."""
    if simulator == "nest":
        import pyNN.nest as sim
    else:
        import brianhw.pynn as sim
    sim.setup(timestep=0.1, min_delay=0.1)
    sources = sim.Population(CELLS, sim.SpikeSourcePoisson(rate=rate))
    sources.record("spikes")
    sim.run(10.0)
    before = process_time()
    sim.run(SECONDS * 1000)
    taken = process_time() - before
    spikes = sum(len(train) for train in sources.get_data("spikes").segments[0].spiketrains)
    return taken, round(spikes / (1 + 0.01 / SECONDS))


def measured(*one: object) -> list[float]:
    command = [sys.executable, "-W", "ignore", __file__, "--one", *map(str, one)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(each) for each in done.stdout.splitlines()[-1].split()]


def report_input(repeats: int, variants: list[str]) -> None:
    print("PoissonInput: CPU nanoseconds per neuron and step, and how many times faster than cpp_standalone")
    for mean in MEANS:
        times: dict[str, list[float]] = {variant: [] for variant in variants}
        for _ in range(repeats):
            for variant, values in times.items():
                values.append(measured("input", variant, mean)[0] - measured("input", variant, 0)[0])
        found = {variant: median(values) / (N * STEPS) * 1e9 for variant, values in times.items()}
        base = found.get("cpp_standalone", float("nan"))
        row = "  ".join(f"{variant} {value:6.1f} ({base / value:4.1f}x)" for variant, value in found.items())
        print(f"{mean:6g} spikes a step  {row}", flush=True)


def report_sources(repeats: int) -> None:
    simulators = ["brianhw", *(["nest"] if find_spec("nest") else [])]
    print("SpikeSourcePoisson: CPU nanoseconds per source and step, and per spike")
    for rate in RATES:
        found: dict[str, list[list[float]]] = {simulator: [] for simulator in simulators}
        for _ in range(repeats):
            for simulator, values in found.items():
                values.append(measured("sources", simulator, rate))
        row = "  ".join(
            f"{simulator} {median(t for t, _ in values) / (CELLS * SECONDS * 1e4) * 1e9:7.2f}, "
            f"{median(t / max(n, 1) for t, n in values) * 1e9:6.1f}, {median(n for _, n in values):9.0f} spikes"
            for simulator, values in found.items()
        )
        print(f"{rate:6g} Hz  {row}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--parts", nargs="+", default=["input", "sources"], choices=["input", "sources"])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        part, which, value = options.one
        if part == "input":
            print(input_seconds(which, float(value)))
        else:
            print(*source_seconds(which, float(value)))
        return
    if "input" in options.parts:
        report_input(options.repeats, options.variants)
    if "sources" in options.parts:
        report_sources(options.repeats)


if __name__ == "__main__":
    main()
