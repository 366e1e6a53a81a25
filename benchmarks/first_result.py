"""From ``python script.py`` to the first trace: the network of seed 002 with its wall and CPU seconds.

One DPI neuron with four synapse types, 80 Hz input, 0.1 s at a step of 0.1 ms, in an empty folder, as a student runs
it. Ours, through the DynapSE simulator's calls, allocates one neuron; the alternative is what that simulator does with
the same calls: four cores of 256 neurons in the long form of the equations, of which one is used. Each on the brianhw
device with an empty cache and with the cache that this left, and on cpp_standalone. Programs run in turn, each in a
process of its own.

    python benchmarks/first_result.py [--repeats 3]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).resolve().parent

INPUT = """
import sys
import numpy as np
from brian2 import *
import brianhw
{device}
BrianLogger.suppress_name("base")
defaultclock.dt = 0.1 * ms
rng = np.random.default_rng(2)
inputs = {}
for kind in ("NMDA", "AMPA", "GABA_A", "GABA_B"):
    steps = np.flatnonzero(rng.random(1000) < 80 * 1e-4)
    inputs[kind] = SpikeGeneratorGroup(1, np.zeros(len(steps)), steps * 0.1 * ms)
weights = {"NMDA": 10, "AMPA": 5, "GABA_A": 1, "GABA_B": 2}
network = Network()
"""

OURS = (
    INPUT
    + """
import brianhw.compat
sys.path.insert(0, str(brianhw.compat.path("dynapse_simulator")))
from DynapSE import DynapSE
chip = DynapSE(network)
neuron = chip.get_neurons(1, "Core_1")
synapses = []
for kind, source in inputs.items():
    synapse = chip.add_connection(source, neuron, synapse_type=kind)
    chip.connect(synapse, True)
    synapse.weight = weights[kind]
    synapses.append(synapse)
"""
)

WHOLE_CHIP = (
    INPUT
    + f"""
sys.path.insert(0, {str(HERE)!r})
from dpi_step import LONG_FORM
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
cores = [NeuronGroup(256, **LONG_FORM, name=f"Core_{{k}}") for k in range(4)]
for core in cores:
    LONG_FORM.set(core, SIMULATOR_DEFAULTS)
network.add(cores)
neuron = cores[1][:1]
synapses = []
for kind, source in inputs.items():
    synapse = Synapses(source, neuron, **DPI_SYNAPSES[kind])
    synapse.connect(True)
    synapse.weight = weights[kind]
    synapses.append(synapse)
"""
)

RUN = """
trace = StateMonitor(neuron, "Isoma_mem", record=True)
spikes = SpikeMonitor(neuron)
network.add(list(inputs.values()), synapses, trace, spikes, neuron)
network.run(100 * ms)
print("result:", len(spikes.t), float(np.max(trace.Isoma_mem_[0])))
"""


DEVICES = {
    "brianhw, cold": 'set_device("brianhw")',
    "brianhw, warm": 'set_device("brianhw")',
    "cpp_standalone": 'set_device("cpp_standalone", directory="program")',
}


def measure(script: str, cache: str) -> tuple[float, float, str]:
    """Return wall seconds, CPU seconds (children too) and the result line of one run."""
    with tempfile.TemporaryDirectory() as folder:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            cwd=folder, env=os.environ | {"BRIANHW_CACHE_DIR": cache}, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        wall, after = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    [result] = [line for line in done.stdout.splitlines() if line.startswith("result:")]
    return wall, cpu, result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    networks = {"one neuron": OURS, "four cores": WHOLE_CHIP}
    figures: dict[tuple[str, str], list[tuple[float, float, str]]] = {
        (network, device): [] for network in networks for device in DEVICES
    }
    for _ in range(repeats):
        for network, text in networks.items():
            with tempfile.TemporaryDirectory() as cache:
                for device, line in DEVICES.items():
                    figures[network, device].append(
                        measure((text + RUN).replace("{device}", line), f"{cache}/compiled")
                    )
    for network in networks:
        stock = median(run[0] for run in figures[network, "cpp_standalone"])
        for device in DEVICES:
            walls, cpus, results = zip(*figures[network, device], strict=True)
            print(
                f"{network}  {device:15s} wall {median(walls):5.1f} s ({stock / median(walls):4.1f}x)"
                f"  CPU {median(cpus):5.1f} s  {results[0]}"
            )
