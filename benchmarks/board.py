"""A full board: how long its plan takes, and how fast 4096 neurons with 64 words each are simulated.

Planning: 16 populations of 240 neurons, 60,000 words, placed by the planner. Simulation: 4096 neurons with 64 words
each from 1023 Poisson sources, on the brianhw device; neuron-steps per second with monitors off and on (spikes of all
neurons, membrane currents of sixteen), in turn, medians.

    python benchmarks/board.py [--repeats 5] [--seconds 1.0]
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
from brian2 import Hz, Network, PoissonGroup, SpikeMonitor, StateMonitor, defaultclock, second, set_device

from brianhw import Board
from brianhw.allocation import ConnectionRequest, Plan, PopulationRequest, plan_network
from brianhw.chips import dynapse1_board


def planning(repeats: int) -> None:
    """Print the CPU time of a plan of 60,000 words on four chips."""
    random = np.random.default_rng(1)
    populations = [PopulationRequest(f"p{k}", 240) for k in range(16)]
    connections = [
        ConnectionRequest(
            f"c{k}_{other}", f"p{k}", f"p{other}", random.integers(0, 240, 1880), np.arange(1880) % 240, 1, "AMPA"
        )
        for k in range(16)
        for other in (k, (k + 1) % 16)
    ]
    times = []
    for _ in range(repeats):
        start = time.process_time()
        plan = plan_network(Plan(dynapse1_board(4)), populations, connections).plan
        times.append(time.process_time() - start)
    words = plan.report().totals()["words"]
    print(f"planning {words} words on 4 chips: {median(times):.3f} CPU s (median of {repeats})")


def simulation(repeats: int, duration: float) -> None:
    """Print neuron-steps per second of a full board."""
    set_device("brianhw")
    board = Board(serial=1, seed=1, aliases="deliver")
    source = PoissonGroup(1023, 20 * Hz)
    random = np.random.default_rng(2)
    populations = [board.population(256, core=core) for core in range(16)]
    for population in populations:
        pre = np.concatenate([random.choice(1023, 64, replace=False) for _ in range(256)])
        board.connect(source, population, "AMPA", i=pre, j=np.repeat(np.arange(256), 64))
    board.bias(PS_WEIGHT_EXC_F_N=(5, 200))
    watching = [SpikeMonitor(each) for each in populations]
    watching += [StateMonitor(each, "Isoma_mem", record=[0]) for each in populations]
    for each in watching:
        each.active = False
    network = Network(board.objects, source, watching)
    network.run(0.01 * second)
    steps = 4096 * duration * second / defaultclock.dt
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(repeats):
        for on in (False, True):
            for each in watching:
                each.active = on
            start = time.process_time()
            network.run(duration * second)
            times[on].append(time.process_time() - start)
    words = int(sum(board.plan.fan_in(each.name).sum() for each in populations))
    spikes = sum(int(each.num_spikes) for each in watching[:16]) / 4096 / (repeats * duration)
    print(f"4096 neurons, {words} words, {spikes:.1f} Hz out, mismatch {board.silicon.cv:.0%}, dt {defaultclock.dt}")
    for on, name in ((False, "off"), (True, "on")):
        rate = float(steps) / median(times[on])
        print(f"monitors {name:<3}: {rate / 1e6:.1f} million neuron-steps per CPU s, {1e9 / rate:.1f} ns each")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    planning(options.repeats)
    simulation(options.repeats, options.seconds)
