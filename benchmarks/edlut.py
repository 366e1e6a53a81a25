"""EDLUT's interface on brianhw: the workloads that EDLUT itself was timed with.

    python benchmarks/edlut.py [--repeats 5]

Printed are medians of CPU seconds after building, on one core. EDLUT (branch head 74220e7, one queue, a quiet
machine of two cores) took the times in the last column; it was not run here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

import numpy as np

import brianhw.edlut as pyedlut

EULER = pyedlut.PyModelDescription("Euler", {"step": 0.001})
NOTEBOOK, DENSE, GRANULE = 0.54, 0.78, 10.6  # EDLUT's seconds


def stepped(simulation: pyedlut.PySimulation_API, end: float, step: float) -> float:
    """Return the CPU seconds of a run in steps, after what is done once."""
    simulation.RunSimulation(0.0)
    begin = process_time()
    for number in range(1, round(end / step) + 1):
        simulation.RunSimulation(number * step)
    return process_time() - begin


def notebook() -> float:
    """20,000 LIF neurons, 12 synapses of all types with STDP, 1 s in steps of 10 ms."""
    simulation = pyedlut.PySimulation_API()
    spikes = simulation.AddNeuronLayer(3, "InputSpikeNeuronModel", {}, False, True)
    currents = simulation.AddNeuronLayer(3, "InputCurrentNeuronModel")
    sines = simulation.AddNeuronLayer(3, "SinCurrentDeviceVector", {"amplitude": 5.0, "offset": 0.0})
    cells = simulation.AddNeuronLayer(20_000, "LIFTimeDrivenModel", {"int_meth": EULER}, False, True)
    rule = simulation.AddLearningRule("STDP", {"max_LTP": 0.016, "tau_LTP": 0.05, "max_LTD": 0.033, "tau_LTD": 0.05})
    sources = [neuron for neuron in spikes for _ in range(2)] + currents + sines
    types = [0, 0, 1, 1, 2, 2, *[3] * 6]
    values = {"weight": 1.0, "max_weight": 100.0, "type": types, "wchange": rule}
    simulation.AddSynapticLayer(sources, cells[:2] * 3 + cells[2:8], values)
    simulation.Initialize()
    for neuron, first, interval in zip(spikes, (0.001, 0.004, 0.002), (0.005, 0.05, 0.01), strict=True):
        times = np.arange(first, 0.5, interval)
        simulation.AddExternalSpikeActivity(times, [neuron] * len(times))
    times = np.arange(0.01, 0.5, 0.025)
    simulation.AddExternalCurrentActivity(times, [currents[0]] * len(times), np.resize([2.0, -1.0], len(times)))
    return stepped(simulation, 1.0, 0.01)


def network(
    cells: int, inputs: int, fan_in: int, rate: float, duration: float, cell: dict[str, object], learns: bool
) -> tuple[float, float]:
    """Return the CPU seconds of a run of neurons with random inputs, and those of building it."""
    random = np.random.default_rng(1)
    simulation = pyedlut.PySimulation_API()
    simulation.AddNeuronLayer(inputs, "InputSpikeNeuronModel")
    layer = simulation.AddNeuronLayer(cells, "LIFTimeDrivenModel", cell, False, True)
    rule = simulation.AddLearningRule("STDP", {"max_LTP": 0.001, "max_LTD": 0.001}) if learns else -1
    sources, targets = random.integers(0, inputs, cells * fan_in), np.repeat(np.array(layer), fan_in)
    begin = perf_counter()
    simulation.AddSynapticLayer(sources, targets, {"weight": 0.3, "max_weight": 1.0, "wchange": rule})
    simulation.Initialize()
    simulation.RunSimulation(0.0)
    building = perf_counter() - begin
    count = random.poisson(inputs * rate * duration)
    simulation.AddExternalSpikeActivity(random.uniform(0, duration, count), random.integers(0, inputs, count))
    simulation.RunSimulation(0.0)
    return stepped(simulation, duration, 0.01), building


def overhead(step: float, calls: int = 2000) -> float:
    """Return microseconds for a call of RunSimulation with ten neurons."""
    simulation = pyedlut.PySimulation_API()
    fibre = simulation.AddNeuronLayer(1, "InputSpikeNeuronModel")
    cells = simulation.AddNeuronLayer(10, "LIFTimeDrivenModel", {"int_meth": EULER}, False, True)
    simulation.AddSynapticLayer(fibre * 10, cells, {"weight": 1.0})
    simulation.Initialize()
    return stepped(simulation, calls * step, step) / calls * 1e6


def controlled(seconds: float = 1.0) -> float:
    """Return CPU seconds of 1 s in steps of 1 ms, each with spikes read and spikes and a current given by Python."""
    simulation = pyedlut.PySimulation_API()
    fibres = simulation.AddNeuronLayer(100, "InputSpikeNeuronModel")
    (current,) = simulation.AddNeuronLayer(1, "InputCurrentNeuronModel")
    cells = simulation.AddNeuronLayer(100, "LIFTimeDrivenModel", {"int_meth": EULER}, False, True)
    simulation.AddSynapticLayer(fibres, cells, {"weight": 1.0})
    simulation.AddSynapticLayer([current] * 100, cells, {"type": 3})
    simulation.Initialize()
    simulation.RunSimulation(0.0)
    begin, error = process_time(), 0.0
    for number in range(round(seconds * 1000)):
        now = number * 1e-3
        error = 0.9 * error + 0.1 * (len(simulation.GetSpikeActivity()[0]) - 3)
        simulation.AddExternalSpikeActivity([now + 0.0005] * 5, fibres[number % 20 :: 20])
        simulation.AddExternalCurrentActivity([now + 0.0005], [current], [3.0 - error])
        simulation.RunSimulation(now + 1e-3)
    return process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats

    def of(run: Callable[[], float]) -> float:
        return median(run() for _ in range(repeats))

    lif: dict[str, object] = {"int_meth": EULER, "c_m": 200.0, "g_leak": 10.0}
    fine = pyedlut.PyModelDescription("RK4", {"step": 0.0005})
    print(f"notebook, 20,000 LIF                     {of(notebook):7.3f} s   EDLUT {NOTEBOOK}")
    for learns in (False, True):
        name = "with STDP" if learns else "static"
        found = of(lambda learns=learns: network(10_000, 1000, 100, 20, 1.0, lif, learns)[0])  # type: ignore[misc]
        print(f"10,000 LIF x 100 at 20 Hz, {name:12s}  {found:7.3f} s   EDLUT {DENSE}")
    granule: dict[str, object] = {"int_meth": fine}
    found = of(lambda: network(100_000, 1000, 4, 20, 0.5, granule, False)[0])
    print(f"100,000 granule-like, 4 inputs, RK4 0.5 ms{found:6.3f} s   EDLUT {GRANULE}")
    built = of(lambda: network(10_000, 1000, 100, 20, 0.01, lif, False)[1])
    print(f"building 1e6 synapses                    {built:7.3f} s   (wall)")
    print(f"a call of RunSimulation, nothing due     {of(lambda: overhead(1e-9)):7.2f} us")
    print(f"a call of RunSimulation, 1 ms            {of(lambda: overhead(1e-3)):7.2f} us")
    print(f"1 s by 1 ms with a Python controller     {of(controlled):7.3f} s")


if __name__ == "__main__":
    main()
