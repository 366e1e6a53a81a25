"""Differentiable twins against Brian2: faithful DPI neurons with all four synapses, 1000 steps of 0.1 ms.

    python benchmarks/twin.py [--sizes 1 1000] [--repeats 5] [--skip-compiled]

Printed are medians of CPU seconds on one thread, interleaved; the first call of a compiled twin, which compiles, is
timed apart. DynapSEtorch's own class (October 2022, retired) took 1.3 s for one neuron and 1.65 s for 1000; it was not
run here. With a GPU, twins are timed there too, in seconds of the wall. At the end: backpropagation through 300 steps.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, prefs, set_device

from brianhw.compat.dynapse_torch import AdexLIF
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.torch import Inputs, twin

STEP, STEPS, TOGETHER = 0.1 * ms, 1000, 10
WORDS = {"nmda": 10, "ampa": 5, "gaba_a": 1, "gaba_b": 2}
GIVEN = np.random.default_rng(1).random((STEPS, len(WORDS))) < 0.008  # 80 Hz


def synapse(name: str) -> dict[str, str]:
    """Return the arguments of Brian2's synapses of one type."""
    return {"model": "q : 1", "on_pre": f"I{name}_post += q*I{name}_w0_post*alpha_{name}_post"}


def module_of(size: int, dtype: torch.dtype) -> Any:
    """Return a twin with one channel for each type of synapse."""
    inputs = {name: Inputs(1, synapse(name), {"q": float(words)}) for name, words in WORDS.items()}
    return twin(DPI_NEURON_FAITHFUL, size, parameters=SIMULATOR_DEFAULTS, inputs=inputs, dt=STEP, dtype=dtype)


def stepped(module: Any, step: Callable[..., Any], dtype: torch.dtype, device: str = "cpu") -> Callable[[], None]:
    """Return a run step by step."""
    given = torch.tensor(GIVEN, dtype=dtype, device=device).reshape(STEPS, len(WORDS), 1, 1)

    def run() -> None:
        state = module.init_state()
        with torch.no_grad():
            for number in range(STEPS):
                _, state = step(state, *given[number])
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def chunked(module: Any, dtype: torch.dtype, device: str = "cpu") -> Callable[[], None]:
    """Return a compiled run of several steps at a time."""

    def steps(state: Any, *given: torch.Tensor) -> Any:
        spikes, state, _ = module.run(*given, state=state)
        return spikes, state

    fast = torch.compile(steps, fullgraph=True, dynamic=False)
    given = torch.tensor(GIVEN, dtype=dtype, device=device).reshape(-1, TOGETHER, len(WORDS), 1, 1).transpose(1, 2)
    parts = given.contiguous()

    def run() -> None:
        state = module.init_state()
        with torch.no_grad():
            for part in parts:
                _, state = fast(state, *part)
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def stand_in(size: int) -> Callable[[], None]:
    """Return a run of the class that stands in for DynapSEtorch's."""
    model = AdexLIF(size)
    model.dt = float(STEP)
    for name, words in WORDS.items():
        getattr(model, f"weight_{name}").data.fill_(words)
    given = torch.tensor(GIVEN, dtype=torch.float32).reshape(STEPS, len(WORDS), 1)

    def run() -> None:
        model.state = model.init_state(torch.zeros(1, 1))
        with torch.no_grad():
            for number in range(STEPS):
                model(*given[number])

    return run


def in_brian2(size: int, device: str) -> Callable[[], None]:
    """Return a run of the same in Brian2."""
    set_device(device)
    prefs.codegen.target = "numpy"
    group = NeuronGroup(size, **DPI_NEURON_FAITHFUL, dt=STEP)
    DPI_NEURON_FAITHFUL.set(group, SIMULATOR_DEFAULTS)
    objects: list[Any] = [group]
    for number, (name, words) in enumerate(WORDS.items()):
        (steps,) = np.nonzero(GIVEN[:, number])
        times = np.concatenate([(steps + STEPS * run) * STEP / ms for run in range(60)]) * ms
        source = SpikeGeneratorGroup(1, np.zeros(len(times), int), times, dt=STEP)
        wires = Synapses(source, group, **synapse(name), dt=STEP)
        wires.connect()
        wires.q = words
        objects += [source, wires]
    network = Network(*objects)
    network.run(0 * ms)

    def run() -> None:
        set_device(device)
        network.run(STEPS * STEP)

    return run


def timed(run: Callable[[], None], clock: Callable[[], float]) -> float:
    """Return the seconds of a run."""
    begin = clock()
    run()
    return clock() - begin


def compare(size: int, repeats: int, compiled: bool) -> None:
    """Print the times of all ways for neurons of one number."""
    double, single = module_of(size, torch.float64), module_of(size, torch.float32)
    ways = {
        "twin, double": stepped(double, double, torch.float64),
        "twin, single": stepped(single, single, torch.float32),
        "AdexLIF": stand_in(size),
        "Brian2, NumPy": in_brian2(size, "runtime"),
        "Brian2, brianhw": in_brian2(size, "brianhw"),
    }
    clocks: dict[str, Callable[[], float]] = dict.fromkeys(ways, process_time)
    if compiled:
        whole = torch.compile(single, fullgraph=True, dynamic=False)
        ways["compiled, single"] = stepped(single, whole, torch.float32)
        ways[f"compiled, single, {TOGETHER} steps a graph"] = chunked(single, torch.float32)
    if torch.cuda.is_available():
        there = module_of(size, torch.float32).to("cuda")
        ways["twin on the GPU, single"] = stepped(there, there, torch.float32, "cuda")
        if compiled:
            ways[f"compiled on the GPU, single, {TOGETHER} steps a graph"] = chunked(there, torch.float32, "cuda")
    for name in ways:
        clocks[name] = perf_counter if "GPU" in name else process_time
    first = {name: timed(run, perf_counter) for name, run in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, run in ways.items():
            times[name].append(timed(run, clocks[name]))
    base = median(times["twin, double"])
    print(f"{size} neurons, {STEPS} steps")
    for name, values in times.items():
        middle = median(values)
        note = f"   first call {first[name]:.0f} s" if name.startswith("compiled") else ""
        print(f"  {name:44} {middle:8.3f} s   {base / middle:6.1f} times{note}")


def backpropagation(batch: int = 8, size: int = 10, steps: int = 300) -> None:
    """Print what a gradient through many steps takes."""
    inputs = {name: Inputs(1, synapse(name), {"q": float(words)}) for name, words in WORDS.items()}
    module = twin(DPI_NEURON_FAITHFUL, size, parameters=SIMULATOR_DEFAULTS, inputs=inputs, dt=STEP, train=["q"])
    given = [
        torch.tensor(GIVEN[:steps, k]).double().reshape(steps, 1, 1).expand(-1, batch, -1) for k in range(len(WORDS))
    ]
    kept = 0

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    begin = process_time()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        spikes, _, recorded = module.run(*given, record=["Isoma_mem"])
    between = process_time()
    recorded["Isoma_mem"].sum().backward()
    end = process_time()
    print(
        f"{steps} steps, {batch} copies of {size} neurons: forward {between - begin:.2f} s, "
        f"backward {end - between:.2f} s,"
    )
    print(
        f"  at most {kept / 1e6:.0f} MB kept for the gradient "
        f"({kept / steps / batch / size:.0f} bytes a neuron and step)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 1000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--skip-compiled", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for size in arguments.sizes:
        compare(size, arguments.repeats, not arguments.skip_compiled)
    backpropagation()


if __name__ == "__main__":
    main()
