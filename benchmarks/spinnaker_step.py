"""SpiNNaker's integer models against the same models in floating point, on the brianhw device.

    python benchmarks/spinnaker_step.py [--repeats 5] [--sizes 1024 4096 16384] [--no-network] [--no-plastic]

Printed are medians of CPU time and the ratio of the medians; both kinds take turns in one process. A neuron's step is
measured without synapses, each neuron driven to fire at about 20 Hz; the balanced network has 10,000 neurons at 1 ms a
step (its wall time is compared with the time simulated; everything runs on one core); plasticity is that of pairs on
1e6 synapses.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

import brianhw.spinnaker as sim

CELLS = {
    "IF_curr_exp": lambda: sim.IF_curr_exp(i_offset=0.9),
    "IF_cond_exp": lambda: sim.IF_cond_exp(i_offset=0.9),
    "IF_curr_alpha": lambda: sim.IF_curr_alpha(i_offset=0.9),
    "IF_curr_delta": lambda: sim.IF_curr_delta(i_offset=0.9),
    "Izhikevich": lambda: sim.Izhikevich(i_offset=6.0),
}
ARITHMETICS = ("integer", "float")


def cells_only(cell: str, n: int, arithmetic: str) -> float:
    """Return CPU nanoseconds per neuron and step."""
    sim.setup(timestep=1.0, arithmetic=arithmetic)
    population = sim.Population(n, CELLS[cell]())
    population.initialize(v=sim.RandomDistribution("uniform", (-65.0, -51.0)))
    sim.run(10.0)
    steps = max(1000, 4_000_000 // n)
    begin = process_time()
    sim.run(float(steps))
    return (process_time() - begin) / (n * steps) * 1e9


def balanced(arithmetic: str, n: int = 10_000) -> tuple[float, float]:
    """Return wall seconds per second simulated, and the mean rate."""
    sim.setup(timestep=1.0, arithmetic=arithmetic)
    cell = sim.IF_curr_exp(tau_refrac=2.0)
    exc, inh = sim.Population(n * 4 // 5, cell, label="exc"), sim.Population(n // 5, cell, label="inh")
    drive = sim.Population(n, sim.SpikeSourcePoisson(rate=600.0), label="drive")
    for population in (exc, inh):
        population.initialize(v=sim.RandomDistribution("uniform", (-65.0, -50.0)))
    synapse = sim.StaticSynapse(weight=0.35, delay=1.0)
    sim.Projection(drive, exc + inh, sim.OneToOneConnector(), synapse)
    share = sim.FixedProbabilityConnector(100 / n)
    sim.Projection(exc, exc + inh, share, sim.StaticSynapse(weight=0.05, delay=2.0))
    sim.Projection(inh, exc + inh, share, sim.StaticSynapse(weight=0.5, delay=2.0), receptor_type="inhibitory")
    exc.record("spikes")
    sim.run(100.0)
    begin = perf_counter()
    sim.run(1000.0)
    return perf_counter() - begin, exc.mean_spike_count() / 1.1


def plastic(arithmetic: str, n_pre: int = 1000, n_post: int = 1000) -> tuple[float, int]:
    """Return CPU seconds per second simulated with 1e6 plastic synapses, and the synaptic events in it."""
    sim.setup(timestep=1.0, arithmetic=arithmetic)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 200)
    sources = sim.Population(n_pre, sim.SpikeSourcePoisson(rate=10.0))
    targets = sim.Population(n_post, sim.IF_curr_exp(tau_refrac=2.0, i_offset=0.8))
    rule = sim.STDPMechanism(
        sim.SpikePairRule(20.0, 20.0, 0.0001, 0.00012), sim.AdditiveWeightDependence(0.0, 0.02), weight=0.005, delay=1.0
    )
    sim.Projection(sources, targets, sim.AllToAllConnector(), rule)
    sources.record("spikes")
    targets.record("spikes")
    sim.run(100.0)
    before = sources.mean_spike_count()
    begin = process_time()
    sim.run(1000.0)
    used = process_time() - begin
    return used, int((sources.mean_spike_count() - before) * n_pre * n_post)


def in_turns(measure: Any, repeats: int) -> dict[str, list[Any]]:
    """Return the results of *measure* for both arithmetics, taken in turns."""
    found: dict[str, list[Any]] = {arithmetic: [] for arithmetic in ARITHMETICS}
    for _ in range(repeats):
        for arithmetic in ARITHMETICS:
            found[arithmetic].append(measure(arithmetic))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1024, 4096, 16384])
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--no-plastic", action="store_true")
    options = parser.parse_args()
    print(f"{'cell':<16}{'n':>7}{'integer ns':>12}{'float ns':>10}{'ratio':>7}   per neuron and step")
    for cell in CELLS:
        for n in options.sizes:
            found = in_turns(lambda arithmetic, cell=cell, n=n: cells_only(cell, n, arithmetic), options.repeats)
            integer, ideal = (median(found[each]) for each in ARITHMETICS)
            print(f"{cell:<16}{n:>7}{integer:>12.2f}{ideal:>10.2f}{integer / ideal:>7.2f}", flush=True)
    if not options.no_network:
        found = in_turns(balanced, options.repeats)
        for arithmetic in ARITHMETICS:
            wall, rates = median(w for w, _ in found[arithmetic]), np.mean([r for _, r in found[arithmetic]])
            print(f"balanced network, 10,000 neurons, {arithmetic}: {wall:.2f} s for 1 s, {rates:.1f} Hz", flush=True)
    if not options.no_plastic:
        found = in_turns(plastic, options.repeats)
        for arithmetic in ARITHMETICS:
            used, events = median(u for u, _ in found[arithmetic]), found[arithmetic][0][1]
            print(
                f"1e6 plastic synapses, {arithmetic}: {used:.2f} CPU s for 1 s, {events / 1e6:.1f}e6 events, "
                f"{used / events * 1e9:.0f} ns each",
                flush=True,
            )


if __name__ == "__main__":
    main()
