"""From a script to the first trace: one neuron of the DynapSE simulator, wall and CPU seconds, not a character changed.

One DPI neuron with four synapse types, 80 Hz input, 0.1 s at a step of 0.1 ms, in a script that says
``set_device("cpp_standalone")``, as a student runs it. Ours, through the DynapSE simulator's calls, allocates one
neuron; "four cores" is what that simulator does with the same calls: four cores of 256 neurons in the long form of the
equations, of which one is used. Stock is ``python script.py``, in a new folder and once more in the folder that this
left; ours is ``brianhw run script.py`` with an empty cache and with the cache that this left, always in a new folder,
and ``brianhw run --warm``, the second start with it, from the process that the first has left; its CPU seconds are the
caller's and the script's. All in turn, each in a process of its own. With ``--script``, a script of your own instead of
these two; stock is then ``brianhw run --device as-written``, which finds the same modules.

    python benchmarks/first_result.py [--repeats 3] [--script FILE]
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
from time import perf_counter, sleep

HERE = Path(__file__).resolve().parent

INPUT = """
import sys, time
import numpy as np
from brian2 import *
import brianhw
set_device("cpp_standalone")
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
print("cpu:", time.process_time())
"""


AS_PYTHON = [sys.executable, "-W", "ignore", "script.py"]
AS_WRITTEN = [sys.executable, "-W", "ignore", "-m", "brianhw", "run", "--device", "as-written", "script.py"]
OURS_INSTEAD = [sys.executable, "-W", "ignore", "-m", "brianhw", "run", "script.py"]
FROM_A_SERVER = [*OURS_INSTEAD[:-1], "--warm", "script.py"]
ROWS = ("stock, new folder", "stock, kept folder", "brianhw run, cold", "brianhw run, kept", "brianhw run --warm")


def measure(command: list[str], folder: str, cache: str) -> tuple[float, float, str]:
    """Return wall seconds, CPU seconds (children too) and the result line of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    environment = os.environ | {"BRIANHW_CACHE_DIR": f"{cache}/compiled"}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    wall, after = perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if line.startswith(("result: ", "cpu: ")))
    if command is FROM_A_SERVER:  # the script is no child of its caller
        cpu += float(said.get("cpu", "nan"))
    return wall, cpu, said.get("result", "")


def all_of(text: str, stock: list[str]) -> list[tuple[float, float, str]]:
    """Return the figures of one script, in the order of ROWS."""
    found = []
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as kept:
        (Path(kept) / "script.py").write_text(text, encoding="utf-8")
        found += [measure(stock, kept, cache) for _ in range(2)]
        for _ in range(2):
            with tempfile.TemporaryDirectory() as new:
                (Path(new) / "script.py").write_text(text, encoding="utf-8")
                found.append(measure(OURS_INSTEAD, new, cache))
        with tempfile.TemporaryDirectory() as new:
            (Path(new) / "script.py").write_text(text, encoding="utf-8")
            measure(FROM_A_SERVER, new, cache)
            sleep(10)  # the server imports meanwhile
            found.append([measure(FROM_A_SERVER, new, cache) for _ in range(2)][-1])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--script", type=Path)
    options = parser.parse_args()
    scripts = {"one neuron": (OURS + RUN, AS_PYTHON), "four cores": (WHOLE_CHIP + RUN, AS_PYTHON)}
    if options.script is not None:
        scripts = {options.script.stem: (options.script.read_text(encoding="utf-8"), AS_WRITTEN)}
    figures: dict[str, list[list[tuple[float, float, str]]]] = {name: [] for name in scripts}
    for _ in range(options.repeats):
        for name, (text, stock) in scripts.items():
            figures[name].append(all_of(text, stock))
    print("CPU seconds with those of children; in brackets: stock in a new folder / in the kept one, over this")
    for name, runs in figures.items():
        middle = [[median(run[row][k] for run in runs) for k in (0, 1)] for row in range(len(ROWS))]
        new, kept = middle[0][1], middle[1][1]
        for row, (wall, cpu) in zip(ROWS, middle, strict=True):
            result = runs[0][ROWS.index(row)][2]
            ratios = f"{new / cpu:4.1f}x / {kept / cpu:3.1f}x"
            print(f"{name}  {row:19s} wall {wall:5.1f} s  CPU {cpu:5.1f} s ({ratios})  {result}")
