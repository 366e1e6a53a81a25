"""The cortical microcircuit of Potjans and Diesmann (2014): brianhw.pynn and NEST in turn.

Four layers of a square millimetre of cortex, an excitatory and an inhibitory population each: 77,169 neurons and 0.3e9
synapses at full scale. Printed are medians of CPU seconds for making populations and synapses (with their random
values), for the first step (code, queues, NEST's own preparation) and for a second of simulated time; the memory at
most, also in bytes per synapse; their ratios; and what makes sure that both simulate the same network: rate, variation
of the intervals between spikes and correlation of each population, averaged over the repeats.

    python benchmarks/microcircuit.py [--scale 0.1] [--time 1000] [--repeats 3] [--variants ours single nest]
                                      [--input poisson|current]   (variants also ours-2, nest-2)

Every measurement is a process of its own on one thread, those with ``-2`` on two. ``single`` is ours with
``setup(precision="single")``. *run* is CPU seconds of all threads, *run wall* what one waits.

Source: Potjans & Diesmann, Cerebral Cortex 24, 785 (2014), https://doi.org/10.1093/cercor/bhs358, tables 4 and 5;
the scaling is that of its implementations for NEST and PyNN (van Albada et al., PLOS Comput. Biol. 11, e1004490
(2015)): the numbers of neurons and of synapses per neuron by *scale*, weights by one over its root, and a current for
the mean input that is lost.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from statistics import mean, median
from time import perf_counter, process_time
from typing import Any

import numpy as np

VARIANTS = ("ours", "single", "nest", "ours-2", "nest-2")
POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
#: The probability that a pair of cells is connected at least once; rows are targets, columns sources.
PROBABILITIES = np.array(
    [
        [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
        [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
        [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
        [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
        [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
        [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
        [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
        [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443],
    ]
)
OUTSIDE = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])  # synapses of a cell from other areas
OUTSIDE_RATE = 8.0  # Hz, of each
#: Mean rates in Hz of the full network, which the current for lost input is made of; also what to expect.
FULL_RATES = np.array([0.971, 2.868, 4.746, 5.396, 8.142, 9.078, 0.991, 7.523])
WEIGHT = 0.0878  # nA; of inhibitory cells -4 times as much, from L4E to L23E twice
INHIBITION = -4.0
WEIGHT_SPREAD, DELAY_SPREAD = 0.1, 0.5  # standard deviations, relative to the mean
DELAYS = 1.5, 0.75  # ms, of excitatory and inhibitory cells
TIMESTEP = 0.1  # ms
CELL = {
    "cm": 0.25, "tau_m": 10.0, "v_rest": -65.0, "v_thresh": -50.0, "v_reset": -65.0, "tau_refrac": 2.0,
    "tau_syn_E": 0.5, "tau_syn_I": 0.5,
}  # fmt: skip
POTENTIALS = -58.0, 10.0  # mV at the beginning, mean and standard deviation
TRANSIENT = 100.0  # ms that are not looked at
SAMPLE, BIN = 200, 5.0  # cells of a population that correlations are computed of, and ms that spikes are counted in


@dataclass(frozen=True)
class Circuit:
    """The numbers of the network at a scale; arrays (targets, sources) or (targets,)."""

    sizes: np.ndarray
    synapses: np.ndarray
    weights: np.ndarray  # nA
    drive_rates: np.ndarray  # Hz
    drive_weight: float  # nA
    currents: np.ndarray  # nA


def circuit(scale: float, drive: str = "poisson") -> Circuit:
    """Return the network at a *scale*; with *drive* ``"current"`` the mean of the input from outside."""
    sizes = np.round(SIZES * scale).astype(int)
    pairs = np.outer(SIZES, SIZES).astype(float)
    # so many draws of pairs, with repeats, connect a pair with the probability given
    full_degrees = np.log(1 - PROBABILITIES) / np.log(1 - 1 / pairs) / SIZES[:, None]
    synapses = np.round(full_degrees * scale * sizes[:, None]).astype(int)
    weights = np.tile(np.where(np.arange(8) % 2, INHIBITION, 1.0) * WEIGHT, (8, 1))
    weights[0, 2] *= 2
    milliseconds = CELL["tau_syn_E"] * 1e-3  # a spike of weight w is a charge of w*tau
    recurrent = (weights * full_degrees) @ FULL_RATES
    outside = WEIGHT * OUTSIDE * OUTSIDE_RATE
    currents = milliseconds * (1 - np.sqrt(scale)) * (recurrent + outside)
    drive_rates = OUTSIDE_RATE * OUTSIDE * scale
    if drive == "current":
        currents = currents + milliseconds * np.sqrt(scale) * outside
        drive_rates = drive_rates * 0
    return Circuit(sizes, synapses, weights / np.sqrt(scale), drive_rates, WEIGHT / np.sqrt(scale), currents)


# -- one measurement, in a process of its own ---------------------------------------------------------

Spikes = tuple[np.ndarray, np.ndarray]  # cells and times in ms


class Ours:
    """The network in brianhw.pynn."""

    def __init__(self, circuit: Circuit, seed: int, precision: str = "double", threads: int = 1) -> None:
        import brianhw.pynn as sim

        self.sim, self.circuit = sim, circuit
        options = {} if precision == "double" else {"precision": precision}
        if threads > 1:
            options["device_options"] = {"openmp_threads": threads}
        sim.setup(timestep=TIMESTEP, min_delay=TIMESTEP, rng_seed=seed, **options)

    def build(self) -> None:
        sim = self.sim
        self.populations = []
        for size, current in zip(self.circuit.sizes.tolist(), self.circuit.currents.tolist(), strict=True):
            cells = sim.Population(size, sim.IF_curr_exp(**CELL, i_offset=current))
            cells.initialize(v=sim.RandomDistribution("normal", POTENTIALS))
            cells.record("spikes")
            self.populations.append(cells)
        for cells, rate in zip(self.populations, self.circuit.drive_rates.tolist(), strict=True):
            if rate:
                drive = sim.Population(cells.size, sim.SpikeSourcePoisson(rate=rate))
                synapse = sim.StaticSynapse(weight=self.circuit.drive_weight, delay=DELAYS[0])
                sim.Projection(drive, cells, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
        for target, source in zip(*np.nonzero(self.circuit.synapses), strict=True):
            self._connect(target, source)

    def _connect(self, target: int, source: int) -> None:
        sim, sign = self.sim, source % 2
        mean_weight = float(self.circuit.weights[target, source])
        limits = (-np.inf, 0.0) if sign else (0.0, np.inf)
        weight = sim.RandomDistribution("normal_clipped", (mean_weight, abs(mean_weight) * WEIGHT_SPREAD, *limits))
        delay = DELAYS[sign], DELAYS[sign] * DELAY_SPREAD, TIMESTEP, np.inf
        synapse = sim.StaticSynapse(weight=weight, delay=sim.RandomDistribution("normal_clipped", delay))
        number = int(self.circuit.synapses[target, source])
        sim.Projection(
            self.populations[source], self.populations[target],
            sim.FixedTotalNumberConnector(number, with_replacement=True), synapse,
            receptor_type="inhibitory" if sign else "excitatory",
        )  # fmt: skip

    def run(self, time: float) -> None:
        self.sim.run(time)

    def spikes(self) -> list[Spikes]:
        found = []
        for cells in self.populations:
            channels, times = cells.get_data().segments[0].spiketrains.multiplexed
            found.append((np.asarray(channels) - int(cells.first_id), np.asarray(times.magnitude)))
        return found


class Nest:
    """The network in NEST."""

    def __init__(self, circuit: Circuit, seed: int, threads: int = 1) -> None:
        import nest

        self.nest, self.circuit = nest, circuit
        nest.set_verbosity("M_ERROR")
        nest.ResetKernel()
        status = {"resolution": TIMESTEP, "local_num_threads": threads, "rng_seed": seed, "print_time": False}
        nest.SetKernelStatus(status)

    def build(self) -> None:
        nest = self.nest
        names = {"tau_syn_E": "tau_syn_ex", "tau_syn_I": "tau_syn_in", "v_rest": "E_L", "v_thresh": "V_th"}
        names |= {"v_reset": "V_reset", "tau_refrac": "t_ref", "cm": "C_m"}
        cell = {names.get(name, name): value * (1e3 if name == "cm" else 1) for name, value in CELL.items()}
        self.populations, self.recorders = [], []
        for size, current in zip(self.circuit.sizes.tolist(), self.circuit.currents.tolist(), strict=True):
            cells = nest.Create("iaf_psc_exp", size, params={**cell, "I_e": current * 1e3})
            cells.V_m = nest.random.normal(*POTENTIALS)
            recorder = nest.Create("spike_recorder")
            nest.Connect(cells, recorder)
            self.populations.append(cells)
            self.recorders.append(recorder)
        for cells, rate in zip(self.populations, self.circuit.drive_rates.tolist(), strict=True):
            if rate:
                weight = {"weight": self.circuit.drive_weight * 1e3, "delay": DELAYS[0]}
                drive = nest.Create("poisson_generator", params={"rate": rate})
                nest.Connect(drive, cells, "all_to_all", weight)
        for target, source in zip(*np.nonzero(self.circuit.synapses), strict=True):
            self._connect(target, source)

    def _connect(self, target: int, source: int) -> None:
        random, math, sign = self.nest.random, self.nest.math, source % 2
        mean_weight = float(self.circuit.weights[target, source]) * 1e3
        limits = {"min": -np.inf, "max": 0.0} if sign else {"min": 0.0, "max": np.inf}
        weight = math.redraw(random.normal(mean_weight, abs(mean_weight) * WEIGHT_SPREAD), **limits)
        # values between half a step and one would be rounded up to one
        delay = random.normal(DELAYS[sign], DELAYS[sign] * DELAY_SPREAD)
        delay = math.redraw(delay, min=TIMESTEP - 1e-9, max=np.inf)
        rule = {"rule": "fixed_total_number", "N": int(self.circuit.synapses[target, source])}
        self.nest.Connect(self.populations[source], self.populations[target], rule, {"weight": weight, "delay": delay})

    def run(self, time: float) -> None:
        self.nest.Simulate(time)

    def spikes(self) -> list[Spikes]:
        found = []
        for cells, recorder in zip(self.populations, self.recorders, strict=True):
            events = recorder.events
            found.append((np.asarray(events["senders"]) - int(cells[0].global_id), np.asarray(events["times"])))
        return found


def measure(variant: str, scale: float, time: float, drive: str, seed: int) -> dict[str, Any]:
    """Return CPU seconds of each part, bytes at most, and the statistics of each population's spikes."""
    numbers = circuit(scale, drive)
    name, _, number = variant.partition("-")
    threads = int(number or 1)
    network: Any = Nest(numbers, seed, threads) if name == "nest" else None
    if network is None:
        network = Ours(numbers, seed, "single" if name == "single" else "double", threads)
    before, times = _peak(), [process_time()]
    network.build()
    times.append(process_time())
    network.run(TIMESTEP)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    times.append(process_time())
    began = perf_counter()
    network.run(time)
    times.append(process_time())
    wall = (perf_counter() - began) * 1e3 / time
    parts = dict(zip(("build", "ready", "run"), np.diff(times).tolist(), strict=True))
    parts["ready"] += children.ru_utime + children.ru_stime  # the compiler
    parts["run"] *= 1e3 / time  # for a second
    synapses, peak = int(numbers.synapses.sum()), _peak()
    found = [
        statistics(spikes, size, time) for spikes, size in zip(network.spikes(), numbers.sizes.tolist(), strict=True)
    ]
    return {
        **parts,
        "run wall": wall,
        "synapses": synapses,
        "peak": peak,
        "per synapse": (peak - before) / synapses,
        "spikes": found,
    }


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# -- statistics of spikes -----------------------------------------------------------------------------


def statistics(spikes: Spikes, size: int, time: float) -> dict[str, float]:
    """Return the mean rate in Hz, the mean variation of intervals, and the mean correlation of pairs of cells."""
    cells, times = spikes
    begin = min(TRANSIENT, time / 3)
    later = times > begin
    cells, times = cells[later], times[later]
    rate = len(times) / size / (time - begin) * 1e3
    return {
        "rate": rate,
        "variation": variation(cells, times, size),
        "correlation": correlation(cells, times, size, begin, time),
    }


def variation(cells: np.ndarray, times: np.ndarray, size: int) -> float:
    """Return standard deviation over mean of the intervals, averaged over cells with three spikes or more."""
    order = np.lexsort((times, cells))
    cells, times = cells[order], times[order]
    intervals, owners = np.diff(times)[np.diff(cells) == 0], cells[1:][np.diff(cells) == 0]
    counts = np.bincount(owners, minlength=size)
    enough = counts >= 2
    counts = np.maximum(counts, 1)
    means = np.bincount(owners, intervals, size) / counts
    squares = np.bincount(owners, (intervals - means[owners]) ** 2, size) / counts
    return float(np.mean(np.sqrt(squares[enough]) / means[enough])) if enough.any() else float("nan")


def correlation(cells: np.ndarray, times: np.ndarray, size: int, begin: float, end: float) -> float:
    """Return the mean correlation of spike counts, over pairs of the first cells that have fired."""
    firing = np.unique(cells)[:SAMPLE]
    if len(firing) < 2:
        return float("nan")
    places = np.full(size, -1)
    places[firing] = np.arange(len(firing))
    rows = places[cells]
    edges = int(np.ceil((end - begin) / BIN))
    counts = np.zeros((len(firing), edges))
    columns = np.minimum(((times - begin) / BIN).astype(int), edges - 1)
    np.add.at(counts, (rows[rows >= 0], columns[rows >= 0]), 1)
    table = np.corrcoef(counts)
    return float(np.nanmean(table[np.triu_indices(len(firing), 1)]))


# -- all measurements -------------------------------------------------------------------------------


def run(variant: str, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    arguments = [variant, str(options.scale), str(options.time), options.input, str(seed)]
    threads = {"OMP_NUM_THREADS": "1", "PYNEST_QUIET": "1"}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--one", *arguments],
        capture_output=True, text=True, env=os.environ | threads,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": perf_counter() - began}


def table(results: dict[str, list[dict[str, Any]]]) -> None:
    """Print the medians of each variant, and how many times the first one's they are."""
    columns = ("build", "ready", "run", "run wall", "wall", "peak", "per synapse")
    middle = {v: {name: median(each[name] for each in found) for name in columns} for v, found in results.items()}
    synapses = next(iter(results.values()))[0]["synapses"]
    first = next(iter(middle))
    print(f"{synapses} synapses; CPU seconds, run for a second of simulated time")
    heads = (("build", 9), ("ready", 9), ("us/synapse", 12), ("run", 9), ("run wall", 10), ("wall", 9), ("GB", 8))
    print(" " * 12 + "".join(f"{head:>{width}}" for head, width in (*heads, ("B/synapse", 11))))
    for variant, found in middle.items():
        building = (found["build"] + found["ready"]) / synapses * 1e6
        print(
            f"{variant:12}{found['build']:9.2f}{found['ready']:9.2f}{building:12.3f}"
            f"{found['run']:9.2f}{found['run wall']:10.2f}{found['wall']:9.1f}"
            f"{found['peak'] / 1e9:8.2f}{found['per synapse']:11.1f}"
        )
        if variant != first:
            ratios = {name: found[name] / middle[first][name] for name in columns}
            building /= (middle[first]["build"] + middle[first]["ready"]) / synapses * 1e6
            print(
                f"{'  ratio':12}{ratios['build']:8.2f}x{ratios['ready']:8.2f}x{building:11.2f}x{ratios['run']:8.2f}x"
                f"{ratios['run wall']:9.2f}x"
                f"{ratios['wall']:8.2f}x{ratios['peak']:7.2f}x{ratios['per synapse']:10.2f}x"
            )


def spike_table(results: dict[str, list[dict[str, Any]]]) -> None:
    """Print the statistics of spikes, averaged over the repeats."""
    print(f"\n{'':24}" + "".join(f"{name:>8}" for name in POPULATIONS))
    for name, said in (("rate", "rate, Hz"), ("variation", "variation"), ("correlation", "correlation")):
        for variant, found in results.items():
            means = [mean(each["spikes"][k][name] for each in found) for k in range(len(POPULATIONS))]
            print(f"{variant:8}{said:16}" + "".join(f"{m:8.3f}" for m in means))
    print(f"{'':8}{'published rate':16}" + "".join(f"{rate:8.3f}" for rate in FULL_RATES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--time", type=float, default=1000.0, help="ms")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--variants", nargs="+", default=["ours", "nest"], choices=VARIANTS)
    parser.add_argument("--input", default="poisson", choices=("poisson", "current"))
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        variant, scale, time, drive, seed = options.one
        print(json.dumps(measure(variant, float(scale), float(time), drive, int(seed))))
        return
    results: dict[str, list[dict[str, Any]]] = {variant: [] for variant in options.variants}
    for repeat in range(options.repeats):
        for variant in options.variants:
            results[variant].append(run(variant, options, seed=1234 + repeat))
    table(results)
    spike_table(results)


if __name__ == "__main__":
    main()
