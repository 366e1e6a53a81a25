"""Sweeps: ours in three ways, joblib over plain Brian2, a bare loop, and pypet, interleaved.

    python benchmarks/sweep.py [--repeats 3] [--pypet PYTHON] [--only start again workers] [--seconds 40]

``start``: processes of their own, from the start of Python to its end. The neuron is that of pypet's example: 63 and
1000 points of a second at 0.1 ms. ``--pypet`` is a Python with pypet (in an environment of its own); its run function
is the example's Euler loop. ``again``: a second sweep and those after it in a process, with the part that is the
simulation itself, beside the same by hand: Brian2's own ``store`` and ``restore`` around runs of one network on our
device. ``workers``: 300 points of a network of 200 neurons with recurrent synapses, with one process and with two; from
nothing, and with workers that are there.

Variants run in turns, once before to warm the cache of compiled models; printed are medians of CPU seconds (children
too) and of wall time, and the ratio of the medians of all to the first: of CPU, and for ``workers`` of wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

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
AGAIN = (
    NEURON
    + """
import json, time
from brianhw.device.running.simulation import Simulation
loop, inside = Simulation._loop, 0.0
def timed(*arguments):
    global inside
    begin = time.process_time()
    try:
        return loop(*arguments)
    finally:
        inside += time.process_time() - begin
Simulation._loop = timed
def run():
    sweep(neuron, {{"I": {grid} / ms, "tau_ref": [5, 7.5, 10] * ms}}, spike_count, duration=999.8 * ms, dt=0.1 * ms,
          fixed={{"tau_V": 12 * ms}}, way={way!r}, quiet=True, progress=False)
"""
)
BY_HAND = (
    NEURON
    + """
import json, time
set_device("brianhw")
group = NeuronGroup(1, **neuron, dt=0.1 * ms)
group.tau_V = 12 * ms
spikes = SpikeMonitor(group)
network = Network(group, spikes)
network.store()
inside = 0.0
def run():
    counts = []
    for current in {grid}:
        for tau_ref in (5, 7.5, 10):
            network.restore()
            group.I, group.tau_ref = current / ms, tau_ref * ms
            network.run(999.8 * ms)
            counts.append(spikes.num_spikes)
"""
)
REPEATED = """
run()
found = []
for _ in range(10):
    begin, inside = time.process_time(), 0.0
    run()
    found.append((1e3 * (time.process_time() - begin), 1e3 * inside))
print(json.dumps([sorted(column)[len(column) // 2] for column in zip(*found)]))
"""
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
import json, time
def run():
    begin = time.perf_counter()
    sweep(Reusable(build, assign), {{"drive": np.linspace(0.9, 2.0, 30), "w": np.linspace(-0.02, 0.005, 10)}}, count,
          duration={seconds} * second, way={way!r}, workers={workers}, quiet=True, progress=False)
    return time.perf_counter() - begin
if __name__ == "__main__":
    run()
    if {again}:
        print(json.dumps(run()))
"""


class Taken(NamedTuple):
    """What a program has taken, in seconds, and what it has printed."""

    cpu: float
    wall: float
    out: str


def timed(python: str, program: str, folder: Path) -> Taken:
    """Run a program from the start of Python to its end."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(program.replace("FOLDER", str(folder))))
    begin, before = perf_counter(), os.times()
    done = subprocess.run(
        [python, "-W", "ignore", str(script)], cwd=folder, check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(cpu, perf_counter() - begin, done.stdout)


def in_turns(programs: dict[str, tuple[str, str]], repeats: int) -> dict[str, list[Taken]]:
    """Run all programs in turns, once before."""
    taken: dict[str, list[Taken]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as temporary:
        for turn in range(repeats + 1):
            for name, (python, program) in programs.items():
                found = timed(python, program, Path(temporary))
                if turn:
                    taken[name].append(found)
    return taken


def from_nothing(title: str, programs: dict[str, tuple[str, str]], repeats: int) -> None:
    """Print what whole programs take."""
    print(title)
    first = 0.0
    for name, found in in_turns(programs, repeats).items():
        cpu, wall = median(each.cpu for each in found), median(each.wall for each in found)
        first = first or cpu
        print(f"  {name:<30}{cpu:>8.2f} CPU s{wall:>8.2f} s   x {cpu / first:.2f}", flush=True)


def again(repeats: int) -> None:
    """Print what the second sweep of a process and those after it take."""
    here = sys.executable
    for points, grid in GRIDS.items():
        ways = {
            f"ours, {way}": (here, AGAIN.format(grid=grid, way=way) + REPEATED) for way in ("vectorised", "compiled")
        }
        taken = in_turns({**ways, "by hand": (here, BY_HAND.format(grid=grid) + REPEATED)}, repeats)
        print(f"LIF neuron, {points} points, again in the same process")
        first = 0.0
        for name, found in taken.items():
            whole, inside = (median(column) for column in zip(*(json.loads(each.out) for each in found), strict=True))
            first = first or whole
            beside = f"{inside:>8.1f} of it the simulation" if inside else ""
            print(f"  {name:<30}{whole:>8.1f} CPU ms{beside}   x {whole / first:.2f}", flush=True)


def workers(seconds: float, repeats: int) -> None:
    """Print what one process and two take for points of a network."""
    here = sys.executable
    programs = {
        f"{count} process{'es' if count > 1 else ''}": (
            here, NETWORK.format(way="compiled", workers=count, seconds=seconds, again=True)
        )
        for count in (1, 2)
    }  # fmt: skip
    taken = in_turns(programs, repeats)
    print(f"recurrent network of 200 neurons, 300 points of {seconds:g} s")
    second = {name: [float(json.loads(each.out)) for each in found] for name, found in taken.items()}
    first = {name: [each.wall - later for each, later in zip(taken[name], second[name], strict=True)] for name in taken}
    for title, walls in (("from nothing", first), ("again", second)):
        one, two = (median(each) for each in walls.values())
        print(
            f"  {title:<14}1 process {one:>7.2f} s, 2 processes {two:>7.2f} s: {one / two:.2f} times as fast",
            flush=True,
        )
    for name, found in taken.items():
        print(f"  {name:<14}{median(each.cpu for each in found):>8.1f} CPU s for both sweeps")


def start(repeats: int, pypet: str | None) -> None:
    """Print what whole programs take."""
    here = sys.executable
    for points, grid in GRIDS.items():
        programs = {
            f"ours, {way}": (here, OURS.format(grid=grid, way=way, workers=1))
            for way in ("vectorised", "compiled", "rebuild")[: 3 if points < 100 else 2]
        }
        programs["ours, compiled, 2 processes"] = (here, OURS.format(grid=grid, way="compiled", workers=2))
        if points < 100:
            programs["plain Brian2, loop"] = (here, PLAIN.format(grid=grid, run=LOOP))
            programs["plain Brian2, joblib, 2"] = (here, PLAIN.format(grid=grid, run=JOBLIB))
        if pypet:
            programs["pypet, 1 process"] = (pypet, PYPET.format(grid=grid, folder="FOLDER", multi=False))
            programs["pypet, 2 processes"] = (pypet, PYPET.format(grid=grid, folder="FOLDER", multi=True))
        from_nothing(f"LIF neuron, {points} points, from nothing", programs, repeats)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pypet", metavar="PYTHON")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=40, help="what a point of the network lasts")
    options = parser.parse_args()
    if "start" in options.only:
        start(options.repeats, options.pypet)
    if "again" in options.only:
        again(options.repeats)
    if "workers" in options.only:
        workers(options.seconds, options.repeats)


PARTS = ("start", "again", "workers")


if __name__ == "__main__":
    main()
