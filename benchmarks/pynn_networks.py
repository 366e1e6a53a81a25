"""Networks in PyNN: our back end against PyNN's NEST and Brian2 back ends and against Brian2 written by hand.

Every measurement is a process of its own; the variants take turns. Printed are medians of CPU seconds: making
populations and projections, getting ready (the first step: code, compiler, NEST's own preparation), simulating a
second, and of the wall time from the start of Python to the end. ``cold`` begins with an empty cache of compiled code.
Then the costs of the facade alone: microseconds and bytes per synapse, and a population of 1e5 cells.

    python benchmarks/pynn_networks.py [--repeats 3] [--sizes 4000 10000] [--networks cuba coba brunel]
                                       [--variants ours cold nest hand brian2] [--no-facade]

``hand`` is Brian2 as a user writes it, constants in the namespace, on the brianhw device. ``brian2`` is PyNN's back
end; it takes half a millisecond per synapse, so only 1000 cells are made of it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
from statistics import median
from time import perf_counter, process_time
from typing import Any

VARIANTS = ("ours", "cold", "nest", "hand", "brian2")
NETWORKS = ("cuba", "coba", "brunel")
SECOND = 1000.0  # ms simulated
P = 0.02


# -- one measurement, in a process of its own ---------------------------------------------------------


def pynn_network(sim: Any, network: str, n: int) -> Any:
    """Make a network of *n* cells; return the populations to count spikes of, and the number of synapses."""
    n_exc = n * 4 // 5
    cells = {"tau_m": 20.0, "cm": 0.2, "v_rest": -60.0, "v_thresh": -50.0, "v_reset": -60.0, "tau_refrac": 5.0}
    if network == "coba":
        kind = sim.IF_cond_exp(**cells, tau_syn_E=5.0, tau_syn_I=10.0, e_rev_E=0.0, e_rev_I=-80.0, i_offset=0.12)
        weights = 0.004, 0.051
    elif network == "cuba":
        kind = sim.IF_curr_exp(**(cells | {"v_rest": -49.0}), tau_syn_E=5.0, tau_syn_I=10.0)
        weights = 0.24, -1.02
    else:
        kind = sim.IF_curr_exp(**cells, tau_syn_E=2.0, tau_syn_I=2.0)
        weights = 0.1, -0.5
    scale = 4000 * 0.02 / (n * P)  # the same input for each cell, whatever the size
    exc, inh = sim.Population(n_exc, kind), sim.Population(n - n_exc, kind)
    for population in (exc, inh):
        population.initialize(v=sim.RandomDistribution("uniform", (-60.0, -50.0)))
        population.record("spikes")
    projections = []
    if network == "brunel":
        drive = sim.Population(n, sim.SpikeSourcePoisson(rate=3000.0))
        for part, cells_of in ((drive[:n_exc], exc), (drive[n_exc:], inh)):
            synapse = sim.StaticSynapse(weight=0.1, delay=1.5)
            projections.append(sim.Projection(part, cells_of, sim.OneToOneConnector(), synapse))
    delay = 1.5 if network == "brunel" else 0.2
    for pre, weight, receptor in ((exc, weights[0], "excitatory"), (inh, weights[1], "inhibitory")):
        for post in (exc, inh):
            synapse = sim.StaticSynapse(weight=weight * scale, delay=delay)
            connector = sim.FixedProbabilityConnector(P, rng=sim.NumpyRNG(seed=len(projections)))
            projections.append(sim.Projection(pre, post, connector, synapse, receptor_type=receptor))
    return (exc, inh), sum(projection.size() for projection in projections)


HAND = {
    "cuba": ("dv/dt = (-49*mV - v)/(20*ms) + (ge + gi)/(0.2*nF) : volt (unless refractory)", "nA", 0.24, -1.02, 5, 10),
    "brunel": ("dv/dt = (-60*mV - v)/(20*ms) + (ge + gi)/(0.2*nF) : volt (unless refractory)", "nA", 0.1, -0.5, 2, 2),
    "coba": (
        "dv/dt = (0.01*uS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) + 0.12*nA)/(0.2*nF)"
        " : volt (unless refractory)",
        "uS", 0.004, 0.051, 5, 10,
    ),
}  # fmt: skip


def hand_written(network: str, n: int) -> tuple[Any, Any, int]:
    """Make the network with Brian2 alone; return it, its monitor, and the number of synapses."""
    import brian2 as b
    from brian2 import ms

    import brianhw  # noqa: F401

    b.set_device("brianhw")
    text, unit, w_exc, w_inh, tau_exc, tau_inh = HAND[network]
    dimension = "amp" if unit == "nA" else "siemens"
    receptors = f"dge/dt = -ge/({tau_exc}*ms) : {dimension}\ndgi/dt = -gi/({tau_inh}*ms) : {dimension}"
    group = b.NeuronGroup(
        n, f"{text}\n{receptors}", threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * ms,
        method="exact" if unit == "nA" else "exponential_euler",
    )  # fmt: skip
    group.v = "-60*mV + 10*mV*rand()"
    n_exc, scale = n * 4 // 5, 4000 * 0.02 / (n * P)
    objects = []
    for part, weight, variable in ((group[:n_exc], w_exc, "ge"), (group[n_exc:], w_inh, "gi")):
        namespace = {"weight": weight * scale * getattr(b, unit)}
        wait = 1.5 * ms if network == "brunel" else 0.2 * ms
        synapses = b.Synapses(part, group, on_pre=f"{variable} += weight", delay=wait, namespace=namespace)
        synapses.connect(p=P)
        objects.append(synapses)
    if network == "brunel":
        source = b.PoissonGroup(n, 3000 * b.Hz)
        drive = b.Synapses(source, group, on_pre="ge += 0.1*nA", delay=1.5 * ms)
        drive.connect(j="i")
        objects += [source, drive]
    monitor = b.SpikeMonitor(group)
    return b.Network(group, monitor, *objects), monitor, sum(len(s) for s in objects if hasattr(s, "connect"))


def measure(variant: str, network: str, n: int) -> dict[str, float]:
    """Return CPU seconds of each part, the wall time without the interpreter's start, spikes and synapses."""
    began, times = perf_counter(), [process_time()]
    if variant == "hand":
        from brian2 import ms

        import brianhw.device  # noqa: F401

        times.append(process_time())
        net, monitor, synapses = hand_written(network, n)
        times.append(process_time())
        net.run(0.1 * ms, namespace={})
        times.append(process_time())
        net.run(SECOND * ms, namespace={})
        times.append(process_time())
        spikes, synapses = int(monitor.num_spikes), int(synapses)
    else:
        sim = __import__("brianhw.pynn" if variant in ("ours", "cold") else f"pyNN.{variant}", fromlist=["setup"])
        sim.setup(timestep=0.1, min_delay=0.2, **({} if variant == "brian2" else {"max_delay": 1.5}))
        times.append(process_time())
        populations, synapses = pynn_network(sim, network, n)
        times.append(process_time())
        sim.run(0.1)
        times.append(process_time())
        sim.run(SECOND)
        times.append(process_time())
        spikes = sum(sum(population.get_spike_counts().values()) for population in populations)
    parts = {name: times[k + 1] - times[k] for k, name in enumerate(("import", "build", "ready", "run"))}
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    parts["ready"] += children.ru_utime + children.ru_stime  # the compiler
    return {**parts, "wall": perf_counter() - began, "spikes": spikes, "synapses": synapses}


def facade() -> dict[str, float]:
    """Return what building costs per synapse, and what 1e5 cells cost."""
    import brianhw.pynn as sim

    def resident() -> int:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) * 1024

    found = {}
    for p, precision in ((0.1, "double"), (0.02, "double"), (0.1, "single")):
        sim.setup(timestep=0.1, **({} if precision == "double" else {"precision": precision}))
        cells = sim.Population(10_000, sim.IF_cond_exp())
        projection = None  # the last network goes
        gc.collect()
        before, began = resident(), process_time()
        weight, delay = sim.RandomDistribution("uniform", (0.001, 0.002)), sim.RandomDistribution("uniform", (0.5, 3.0))
        synapse = sim.StaticSynapse(weight=weight, delay=delay)
        projection = sim.Projection(cells, cells, sim.FixedProbabilityConnector(p), synapse)
        sim.run(0.1)
        size = projection.size()
        which = f"p = {p:g}{', single precision' if precision == 'single' else ''}"
        found[f"us per synapse, {which} ({size} synapses)"] = (process_time() - began) / size * 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        found[f"bytes per synapse, {which}: kept"] = (resident() - before) / size
        if (p, precision) == (0.1, "double"):
            found[f"bytes per synapse, {which}: at most"] = (peak - before) / size
    for side, width in ((45, 6.0), (90, 6.0)):
        sim.setup(timestep=0.1)
        cells = sim.Population(side**2, sim.IF_curr_exp(), structure=sim.space.Grid2D())
        began = process_time()
        connector = sim.DistanceDependentProbabilityConnector(f"exp(-d/{width:g})")
        projection = sim.Projection(cells, cells, connector, sim.StaticSynapse(weight=0.01, delay="0.1 + d/100"))
        size = projection.size()
        name = f"us per synapse, by distance, p = {size / side**4:.2g} ({size} synapses)"
        found[name] = (process_time() - began) / size * 1e6
    sim.setup(timestep=0.1)
    began = process_time()
    cells = sim.Population(100_000, sim.IF_curr_exp(i_offset=1.5))
    found["s to create 1e5 cells"] = process_time() - began
    began = process_time()
    cells.record("spikes")
    found["s to record them"] = process_time() - began
    cells.initialize(v=sim.RandomDistribution("uniform", (-65.0, -50.0)))
    sim.run(300.0)
    began = process_time()
    data = cells.get_data()
    channels, _ = data.segments[0].spiketrains.multiplexed
    found[f"s to get {len(channels)} spikes"] = process_time() - began
    return found


# -- all measurements -------------------------------------------------------------------------------


def run(arguments: list[str], cache: str) -> dict[str, Any]:
    """Run this script with *arguments* in a process of its own; return what it measured."""
    threads = {"OMP_NUM_THREADS": "1", "BRIANHW_CACHE_DIR": cache, "PYNEST_QUIET": "1"}
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, *arguments], capture_output=True, text=True, env=os.environ | threads
    )
    wall = perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4000, 10000])
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--no-facade", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--facade", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        variant, network, n = options.one
        print(json.dumps(measure(variant, network, int(n))))
        return
    if options.facade:
        print(json.dumps(facade()))
        return
    warm = tempfile.mkdtemp(prefix="brianhw-benchmark-")
    head = f"{'network':8}{'cells':>7}{'synapses':>10}  {'variant':8}{'import':>8}{'build':>8}{'ready':>8}{'run':>8}"
    print(f"{head}{'wall':>8}{'spikes':>9}{'us/synapse':>12}")
    for network in options.networks:
        for n in options.sizes:
            results: dict[str, list[dict[str, Any]]] = {variant: [] for variant in options.variants}
            for _ in range(options.repeats):
                for variant in options.variants:
                    size = min(n, 1000) if variant == "brian2" else n
                    with tempfile.TemporaryDirectory(prefix="brianhw-benchmark-") as empty:
                        cache = empty if variant == "cold" else warm
                        results[variant].append(run(["--one", variant, network, str(size)], cache))
            for variant, found in results.items():
                # the first warm run has filled the cache
                kept = found[1:] if variant in ("ours", "hand") and len(found) > 1 else found
                middle = {key: median(each[key] for each in kept) for key in kept[0]}
                size = min(n, 1000) if variant == "brian2" else n
                columns = "".join(f"{middle[key]:8.2f}" for key in ("import", "build", "ready", "run", "wall"))
                per_synapse = (middle["build"] + middle["ready"]) / middle["synapses"] * 1e6
                print(
                    f"{network:8}{size:7}{int(middle['synapses']):10}  {variant:8}{columns}{int(middle['spikes']):9}"
                    f"{per_synapse:12.2f}",
                    flush=True,
                )
    if not options.no_facade:
        for name, value in run(["--facade"], warm).items():
            if name != "wall":
                print(f"{value:10.3f} {name}")


if __name__ == "__main__":
    main()
