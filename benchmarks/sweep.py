"""Sweeps: ours in three ways, joblib over plain Brian2, a bare loop, and pypet, interleaved.

    python benchmarks/sweep.py [--repeats 3] [--pypet PYTHON]

Every measurement is a process of its own, from the start of Python to its end (wall time, medians). The neuron is that
of pypet's example: 63 and 1000 points of a second at 0.1 ms. The network has 200 neurons with recurrent synapses, 300
points. ``--pypet`` is a Python with pypet (in an environment of its own); its run function is the example's Euler
loop. Our cache of compiled models is warm: each variant runs once before.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from statistics import median
from time import perf_counter

NEURON = """
import numpy as np
from brian2 import *
from brianhw.explore import sweep, spike_count, Reusable
from brianhw.model import NeuronModel
neuron = NeuronModel("LIF", '''
dV/dt = -V/tau_V + I : 1 (unless refractory)
I : Hz (constant)
tau_V : second (constant)
tau_ref : second (constant)
''', threshold="V >= 1", reset="V = 0", scheme="euler",
refractory="timestep(t - lastspike, dt) <= timestep(tau_ref, dt)")
"""
GRIDS = {63: "np.arange(0, 1.01, 0.05)", 1000: "np.linspace(0, 1, 333)"}
OURS = (
    NEURON
    + """
if __name__ == "__main__":
    sweep(neuron, {{"I": {grid} / ms, "tau_ref": [5, 7.5, 10] * ms}}, spike_count, duration=999.8 * ms, dt=0.1 * ms,
          fixed={{"tau_V": 12 * ms}}, way={way!r}, workers={workers}, quiet=True, progress=False)
"""
)
PLAIN = """
import numpy as np
from brian2 import *
from joblib import Parallel, delayed
prefs.codegen.target = "numpy"
def point(current, tau_ref):
    start_scope()
    group = NeuronGroup(1, '''dV/dt = -V/(12*ms) + I : 1 (unless refractory)
    I : Hz''', threshold="V >= 1", reset="V = 0", refractory=tau_ref, method="euler", dt=0.1 * ms)
    group.I = current
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(999.8 * ms)
    return spikes.num_spikes
if __name__ == "__main__":
    points = [(i / ms, tau * ms) for i in {grid} for tau in (5, 7.5, 10)]
    {run}
"""
LOOP = "[point(*each) for each in points]"
JOBLIB = "Parallel(n_jobs=2)(delayed(point)(*each) for each in points)"
PYPET = """
import numpy as np
from pypet import Environment, cartesian_product
def euler(I, tau_ref, tau_V=12.0, dt=0.1, duration=1000.0):
    times = np.arange(0, duration, dt)
    V = np.zeros(len(times))
    spikes = []
    for step in range(1, len(times)):
        if V[step - 1] >= 1:
            V[step] = 0
            spikes.append(times[step - 1])
        elif spikes and times[step] - spikes[-1] <= tau_ref:
            V[step] = 0
        else:
            V[step] = V[step - 1] + (-1.0 / tau_V * V[step - 1] + I) * dt
    return V, spikes, times
def run(traj):
    V, spikes, times = euler(traj.I, traj.tau_ref)
    traj.f_add_result("neuron.$", V=V, nspikes=len(spikes))
    return len(spikes)
if __name__ == "__main__":
    env = Environment(trajectory="rates", filename={folder!r} + "/rates.hdf5", multiproc={multi}, ncores=2,
                      wrap_mode="LOCK", log_config=None, overwrite_file=True, add_time=False)
    traj = env.trajectory
    traj.f_add_parameter("neuron.I", 0.0)
    traj.f_add_parameter("neuron.tau_ref", 5.0)
    traj.f_explore(cartesian_product({{"neuron.I": ({grid}).tolist(), "neuron.tau_ref": [5.0, 7.5, 10.0]}}))
    env.run(run)
"""
NETWORK = """
import numpy as np
from brian2 import *
from brianhw.explore import Reusable, sweep
def build():
    seed(1)
    cells = NeuronGroup(200, "dv/dt = (drive - v)/(20*ms) : 1\\ndrive : 1", threshold="v > 1", reset="v = 0",
                        method="exact")
    cells.v = np.linspace(0, 1, 200)
    synapses = Synapses(cells, cells, "w : 1", on_pre="v_post += w", delay=2 * ms)
    i, j = np.nonzero(np.random.default_rng(1).random((200, 200)) < 0.1)
    synapses.connect(i=i, j=j)
    return {{"cells": cells, "synapses": synapses, "spikes": SpikeMonitor(cells)}}
def assign(objects, drive, w):
    objects["cells"].drive = drive
    objects["synapses"].w = w
def count(objects):
    return float(objects["spikes"].num_spikes)
if __name__ == "__main__":
    sweep(Reusable(build, assign), {{"drive": np.linspace(0.9, 2.0, 30), "w": np.linspace(-0.02, 0.005, 10)}}, count,
          duration={seconds} * second, way={way!r}, workers={workers}, quiet=True, progress=False)
"""


def timed(python: str, program: str, folder: Path) -> float:
    """Return the wall time of a program, in seconds."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(program))
    begin = perf_counter()
    subprocess.run([python, "-W", "ignore", str(script)], cwd=folder, check=True, capture_output=True)
    return perf_counter() - begin


def measured(title: str, programs: dict[str, tuple[str, str]], repeats: int) -> None:
    """Run all variants in turns, once before, and print medians and ratios to the first."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as temporary:
        for turn in range(repeats + 1):
            for name, (python, program) in programs.items():
                took = timed(python, program.replace("FOLDER", temporary), Path(temporary))
                if turn:
                    times[name].append(took)
    first = median(next(iter(times.values())))
    print(title)
    for name, found in times.items():
        print(f"  {name:<28}{median(found):>9.2f} s   x {median(found) / first:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pypet", metavar="PYTHON")
    options = parser.parse_args()
    here = sys.executable
    for points, grid in GRIDS.items():
        programs = {
            f"ours, {way}": (here, OURS.format(grid=grid, way=way, workers=1))
            for way in ("vectorised", "compiled", "rebuild")
        }
        programs["ours, compiled, 2 processes"] = (here, OURS.format(grid=grid, way="compiled", workers=2))
        if points < 100:
            programs["plain Brian2, loop"] = (here, PLAIN.format(grid=grid, run=LOOP))
            programs["plain Brian2, joblib, 2"] = (here, PLAIN.format(grid=grid, run=JOBLIB))
        if options.pypet and points < 100:
            programs["pypet, 1 process"] = (options.pypet, PYPET.format(grid=grid, folder="FOLDER", multi=False))
            programs["pypet, 2 processes"] = (options.pypet, PYPET.format(grid=grid, folder="FOLDER", multi=True))
        measured(f"LIF neuron, {points} points", programs, options.repeats)
    measured(
        "recurrent network of 200 neurons, 300 points of 4 s",
        {
            "compiled, 1 process": (here, NETWORK.format(way="compiled", workers=1, seconds=4)),
            "compiled, 2 processes": (here, NETWORK.format(way="compiled", workers=2, seconds=4)),
            "rebuild, 1 process": (here, NETWORK.format(way="rebuild", workers=1, seconds=4)),
        },
        options.repeats,
    )


if __name__ == "__main__":
    main()
