"""One synaptic event: the brianhw device against Brian2's cpp_standalone.

A thousand neurons that fire at 50 Hz, each to all of a thousand others, which fire at 10 Hz: static synapses and pair
STDP, with one delay and with fifty. The time of the same network without synapses is subtracted, and what is left is
divided by the events of the sources, in CPU nanoseconds. Each variant runs in a process of its own, in turn.

    python benchmarks/events.py [--repeats 3] [--rules static stdp] [--delays one many]
                                [--variants fast strict cpp_standalone]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from statistics import median
from time import process_time

import numpy as np

VARIANTS = ("fast", "strict", "cpp_standalone")
N, RATE, SECONDS = 1000, 50, 0.4
STDP = """w : 1
dapre/dt = -apre/(20*ms) : 1 (event-driven)
dapost/dt = -apost/(20*ms) : 1 (event-driven)"""


def network(rule: str, delays: str):
    """Return the network; without synapses for the rule ``"none"``."""
    from brian2 import Network, NeuronGroup, Synapses, ms

    rng = np.random.default_rng(1)
    source = NeuronGroup(N, "dphi/dt = 50*Hz : 1", threshold="phi > 1", reset="phi -= 1", method="euler")
    target = NeuronGroup(N, "dphi/dt = 10*Hz : 1\ng : 1", threshold="phi > 1", reset="phi -= 1", method="euler")
    source.phi, target.phi = rng.random((2, N))
    if rule == "none":
        return Network(source, target)
    if rule == "static":
        synapses = Synapses(source, target, "w : 1", on_pre="g_post += w")
    else:
        on_pre, on_post = (
            "g_post += w\napre += 0.01\nw = clip(w + apost, 0, 1)",
            "apost -= 0.0105\nw = clip(w + apre, 0, 1)",
        )
        synapses = Synapses(source, target, STDP, on_pre=on_pre, on_post=on_post)
    synapses.connect()
    synapses.w = rng.random(N * N)
    synapses.delay = rng.integers(1, 51, N * N) * 0.1 * ms if delays == "many" else 1 * ms
    return Network(source, target, synapses)


def seconds(variant: str, rule: str, delays: str) -> float:
    """Return what the network takes."""
    import brian2
    from brian2 import get_device, second, set_device

    import brianhw  # noqa: F401  (registers the device)

    brian2.BrianLogger.suppress_name("base")
    if variant == "cpp_standalone":
        folder = tempfile.mkdtemp()
        set_device("cpp_standalone", directory=folder, build_on_run=False)
        net = network(rule, delays)
        net.run(SECONDS * second, namespace={})
        device = get_device()
        device.build(directory=folder, run=False)
        device.run(with_output=False)
        return float(device._last_run_time)
    set_device("brianhw", mode=variant)
    net = network(rule, delays)
    net.run(0.05 * second, namespace={})
    start = process_time()
    net.run(SECONDS * second, namespace={})
    return process_time() - start


def measured(variant: str, rule: str, delays: str) -> float:
    command = [sys.executable, "-W", "ignore", __file__, "--one", variant, rule, delays]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rules", nargs="+", default=["static", "stdp"])
    parser.add_argument("--delays", nargs="+", default=["one", "many"])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(seconds(*options.one))
        return
    print("CPU nanoseconds per event, and how many times faster than cpp_standalone")
    for rule in options.rules:
        for delays in options.delays:
            times: dict[str, list[float]] = {variant: [] for variant in options.variants}
            for _ in range(options.repeats):
                for variant, values in times.items():
                    values.append(measured(variant, rule, delays) - measured(variant, "none", delays))
            found = {variant: median(values) / (N * N * RATE * SECONDS) * 1e9 for variant, values in times.items()}
            base = found.get("cpp_standalone", float("nan"))
            row = "  ".join(f"{variant} {value:6.1f} ({base / value:4.2f}x)" for variant, value in found.items())
            print(f"{rule:6} {delays:4} delay{'s' if delays == 'many' else ' '}  {row}", flush=True)


if __name__ == "__main__":
    main()
