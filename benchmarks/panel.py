"""What a move of a slider costs in ``brianhw.panel``: the bias set, the network 20 ms on, all curves drawn again.

100 neurons of a board with 20 sources, spikes and two traces recorded; on the brianhw device and on NumPy.

    python benchmarks/panel.py [--moves 50] [--neurons 100]
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter, process_time

from brian2 import Hz, Network, PoissonGroup, SpikeMonitor, StateMonitor, ms, pA, prefs, second, seed, set_device

from brianhw import Board
from brianhw.panel import BiasPanel, bias_panel


def panel(neurons: int) -> BiasPanel:
    seed(1)
    board = Board(1, seed=1)
    source = PoissonGroup(20, 50 * Hz)
    cells = board.population(neurons)
    board.connect(source, cells, "AMPA", p=0.5, weight=2)
    spikes, states = SpikeMonitor(cells), StateMonitor(cells, ["Isoma_mem", "Iampa"], record=[0])
    network = Network(source, board.objects, spikes, states)
    network.run(0 * second)
    return bias_panel(board.core(0), network, spikes, states, step=20 * ms)


def measure(neurons: int, moves: int) -> tuple[float, float]:
    """Return the median wall-clock and CPU time of a move in ms."""
    made = panel(neurons)
    for _ in range(30):  # a full window
        made.advance()
    wall, cpu = [], []
    for move in range(moves):
        begun, spent = perf_counter(), process_time()
        made.set("IF_DC_P", (100 + 10 * move) * pA)
        wall.append(1e3 * (perf_counter() - begun))
        cpu.append(1e3 * (process_time() - spent))
    return median(wall), median(cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=50)
    parser.add_argument("--neurons", type=int, default=100)
    options = parser.parse_args()
    prefs.codegen.target = "numpy"
    print("a move, ms                wall    CPU")
    for name, device in (("brianhw device", "brianhw"), ("NumPy", "runtime")):
        set_device(device)
        wall, cpu = measure(options.neurons, options.moves)
        print(f"{name:24} {wall:6.1f} {cpu:6.1f}")


if __name__ == "__main__":
    main()
