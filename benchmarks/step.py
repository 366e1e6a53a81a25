"""One neuron-step and one synaptic event: the brianhw device against Brian2's compiled targets and NEST.

Each variant runs in a process of its own that prepares its network once and then simulates on command, so that all
variants take turns in one run. Printed are medians of nanoseconds, and in brackets how many times faster than Brian2's
cpp_standalone. Only the loop over time is measured.

    python benchmarks/step.py [--repeats 5] [--sizes 256 1024 16384 131072] [--models LIF AdEx DPI synapses]
                              [--variants fast strict float32 cpp_standalone cython nest]

LIF and AdEx have one excitatory and one inhibitory exponential current, NEST's iaf_psc_exp has the same. The neurons
are driven by constant currents from silence to firing. ``synapses`` are events from 1000 neurons that fire at 20 Hz, to
100 targets each, with delays that all differ; the time of the same network without synapses is subtracted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

VARIANTS = ("fast", "strict", "float32", "cpp_standalone", "cython", "nest")
MODELS = ("LIF", "AdEx", "DPI", "synapses")
CLOCKWORK = ("synapses", "no synapses")
DT_MS = 0.1
RATE = 20  # spikes per second of each source


# -- networks; in the process of one variant ----------------------------------------------------------


def neurons(model: str, n: int):
    """Return a group of *n* neurons of a model."""
    from brian2 import NeuronGroup, ms, nA, pA

    from brianhw.equations import ADEX, DPI_NEURON, LIF, exponential_current
    from brianhw.parameters import adex, lif
    from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

    exc, inh = exponential_current("exc"), exponential_current("inh", "-")
    share = np.linspace(0, 1, n)
    if model == "LIF":
        cell, values = LIF + exc + inh, dict(lif.PYNN_DEFAULTS, tau_exc=5 * ms, tau_inh=10 * ms, I_ext=share * nA)
    elif model == "AdEx":
        cell = ADEX + exc + inh
        values = dict(adex.REGULAR_SPIKING, tau_exc=5 * ms, tau_inh=10 * ms, I_ext=share * nA)
    else:
        cell = DPI_NEURON.per_neuron("Isoma_const")
        values = dict(SIMULATOR_DEFAULTS) | dict(Isoma_const=share * 100 * pA)
        values = {name: value for name, value in values.items() if name in {*cell.parameters, "Isoma_mem"}}
    group = NeuronGroup(n, **cell)
    cell.set(group, values)
    return group


def clockwork(with_synapses: bool):
    """Return 1000 neurons that fire at 20 Hz one after the other, and their synapses."""
    from brian2 import NeuronGroup, Synapses, ms

    source = NeuronGroup(1000, "dphi/dt = 20*Hz : 1", threshold="phi > 1", reset="phi -= 1", method="euler")
    source.phi = np.linspace(0, 1, 1000, endpoint=False)
    target = NeuronGroup(1000, "g : 1")
    if not with_synapses:
        return [source, target]
    rng = np.random.default_rng(1)
    synapses = Synapses(source, target, "w : 1", on_pre="g_post += w")
    synapses.connect(i=np.repeat(np.arange(1000), 100), j=rng.integers(0, 1000, 100_000))
    synapses.w, synapses.delay = 1e-3, rng.uniform(0.5, 10, 100_000) * ms
    return [source, target, synapses]


def prepare_brian2(variant: str, model: str, n: int) -> Callable[[int], float]:
    """Return a function that simulates some steps and returns the seconds they took."""
    import brian2
    from brian2 import Network, get_device, ms, prefs, set_device

    import brianhw  # noqa: F401  (registers the device)

    brian2.BrianLogger.suppress_name("base")
    if variant == "float32":
        prefs.core.default_float_dtype = np.float32
    if variant == "cython":
        prefs.codegen.target = "cython"
    elif variant == "cpp_standalone":
        set_device("cpp_standalone", directory=tempfile.mkdtemp(), build_on_run=False)
    else:
        set_device("brianhw", mode="strict" if variant == "strict" else "fast")
    build = {"synapses": lambda: clockwork(True), "no synapses": lambda: clockwork(False)}
    net = Network(build.get(model, lambda: neurons(model, n))())
    device = get_device()

    def run(steps: int) -> float:
        start = process_time()
        net.run(steps * DT_MS * ms, namespace={})
        return process_time() - start

    if variant != "cpp_standalone":
        run(10)
        return run
    built = []

    def run_program(steps: int) -> float:
        if not built:
            net.run(steps * DT_MS * ms, namespace={})
            device.build(run=False, directory=device.build_options["directory"])
            built.append(True)
        device.run(device.project_dir, "results", with_output=False, run_args=[])
        return device._last_run_time

    return run_program


def prepare_nest(model: str, n: int) -> Callable[[int], float]:
    """Return the same for NEST."""
    import nest

    nest.set_verbosity("M_ERROR")
    nest.SetKernelStatus({"resolution": DT_MS})
    if model in ("LIF", "AdEx"):
        cells = nest.Create("iaf_psc_exp" if model == "LIF" else "aeif_psc_exp", n)
        cells.I_e = np.linspace(0, 1000 if model == "AdEx" else 600, n)
    else:
        cells = nest.Create("iaf_psc_exp", 1000, params={"I_e": 640.0, "t_ref": 2.0})
        cells.V_m = np.linspace(-70, -55, 1000, endpoint=False)
        target = nest.Create("iaf_psc_exp", 1000)
        if model == "synapses":
            rng = np.random.default_rng(1)
            nest.Connect(
                np.repeat(cells.tolist(), 100), rng.choice(target.tolist(), 100_000), "one_to_one",
                {"weight": np.full(100_000, 1e-3), "delay": np.round(rng.uniform(0.5, 10, 100_000), 1)},
            )  # fmt: skip

    def run(steps: int) -> float:
        start = process_time()
        nest.Simulate(steps * DT_MS)
        seconds = process_time() - start
        spikes = nest.GetKernelStatus("local_spike_counter")  # of this call
        # as if they had fired as often as Brian2's neurons do
        return seconds * steps * DT_MS * 1e-3 * RATE * 1000 / spikes if model in CLOCKWORK else seconds

    run(10)
    return run


def serve(variant: str, model: str, n: int) -> None:
    """Prepare a variant, then simulate as many steps as each line of standard input says."""
    output = sys.stdout
    sys.stdout = sys.stderr  # what libraries print is no answer
    run = prepare_nest(model, n) if variant == "nest" else prepare_brian2(variant, model, n)
    print("ready", file=output, flush=True)
    for line in sys.stdin:
        print(run(int(line)), file=output, flush=True)


# -- taking turns ---------------------------------------------------------------------------------------


class Worker:
    """The process of one variant."""

    def __init__(self, variant: str, model: str, n: int) -> None:
        command = [sys.executable, "-W", "ignore", __file__, "--serve", variant, model, str(n)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ready(self) -> bool:
        return self.process.stdout.readline().strip() == "ready"

    def run(self, steps: int) -> float:
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def measure(model: str, n: int, steps: int, variants: list[str], repeats: int) -> dict[str, float]:
    """Return the median seconds of each variant for so many steps."""
    workers = {}
    for variant in variants:
        worker = Worker(variant, model, n)
        if worker.ready():
            worker.run(steps)  # what happens once
            workers[variant] = worker
        else:
            print(f"{model} with {variant} does not run here", file=sys.stderr)
    times: dict[str, list[float]] = {variant: [] for variant in workers}
    for _ in range(repeats):
        for variant, worker in workers.items():
            times[variant].append(worker.run(steps))
    for worker in workers.values():
        worker.stop()
    return {variant: median(values) for variant, values in times.items()}


def row(label: str, nanoseconds: dict[str, float]) -> None:
    stock = nanoseconds.get("cpp_standalone")
    cells = [
        f"{variant} {value:8.2f}" + (f" ({stock / value:4.1f}x)" if stock else "")
        for variant, value in nanoseconds.items()
    ]
    print(f"{label:18s}  " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve(*sys.argv[2:4], int(sys.argv[4]))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 1024, 16384, 131072])
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    chosen = parser.parse_args()
    for model in chosen.models:
        if model == "synapses":
            steps = 5000
            full = measure("synapses", 0, steps, chosen.variants, chosen.repeats)
            empty = measure("no synapses", 0, steps, list(full), chosen.repeats)
            events = 1000 * 100 * RATE * steps * DT_MS * 1e-3
            row("synaptic event", {each: (full[each] - empty[each]) / events * 1e9 for each in empty})
            continue
        for n in chosen.sizes:
            steps = max(20, min(400_000, 10_000_000 // n))
            variants = [each for each in chosen.variants if not (each == "nest" and model == "DPI")]
            times = measure(model, n, steps, variants, chosen.repeats)
            row(f"{model}, N = {n}", {each: value / steps / n * 1e9 for each, value in times.items()})
