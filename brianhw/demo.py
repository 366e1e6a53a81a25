"""The main job: a small network on DYNAP-SE1 in compiled C++, its figure and what it uses of the chip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

__all__ = ["DemoNetwork", "run_demo"]

DURATION_MS = 600
INPUT_RATE_HZ = 80  # of each input channel, as in the DynapSE simulator's teaching scripts
PULSE_MS = 100, 500  # the input is on from, to
DT_MS = 0.1


class DemoNetwork(NamedTuple):
    """The demo's chip, and what was recorded."""

    chip: Any
    spikes: dict[str, Any]
    traces: Any


def random_spikes(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return Bernoulli spike trains of *n* channels: channel and step of each spike, sorted by step."""
    fires = rng.random((round(DURATION_MS / DT_MS), n)) < INPUT_RATE_HZ * DT_MS * 1e-3
    start, stop = (round(time / DT_MS) for time in PULSE_MS)
    fires[:start] = fires[stop:] = False
    steps, channels = np.nonzero(fires)
    return channels, steps


def build_and_run(seed: int = 7) -> DemoNetwork:
    """Build the network on the active Brian2 device and run it."""
    from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, defaultclock, ms, pA

    from brianhw.hardware import DynapSE1

    defaultclock.dt = DT_MS * ms
    channels, steps = random_spikes(32, np.random.default_rng(seed))
    source = SpikeGeneratorGroup(32, channels, steps * DT_MS * ms, name="input")

    chip = DynapSE1(seed=seed)
    excitatory = chip.population(96, core=1, name="excitatory")
    inhibitory = chip.population(24, core=2, name="inhibitory")
    # Core 1 adapts slowly and is shunted weakly; core 2 does not adapt and is excited weakly.
    chip.core(1).bias(Isoma_ahp_w=0.5 * pA, Isoma_ahp_tau=0.5 * pA, Igaba_a_w0=2 * pA)
    chip.core(2).bias(Isoma_ahp_w=0 * pA, Inmda_w0=10 * pA)

    chip.connect(source, excitatory, "AMPA", p=0.4, weight=2)
    chip.connect(excitatory, inhibitory, "NMDA", p=0.25)
    chip.connect(inhibitory, excitatory, "GABA_A", p=0.3)
    spikes = {group.name: SpikeMonitor(group) for group in (excitatory, inhibitory, source)}
    traces = StateMonitor(excitatory, ["Isoma_mem", "Isoma_ahp", "Iampa", "Igaba_a"], record=[0, 1])
    Network(chip.objects, source, spikes, traces).run(DURATION_MS * ms)
    return DemoNetwork(chip, spikes, traces)


def draw(demo: DemoNetwork) -> Any:
    """Return the demo's figure: raster, membrane and synaptic currents, chip occupancy."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from brianhw import plot

    figure = Figure(figsize=(11, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplot_mosaic(
        [["raster", "raster"], ["membrane", "chip"], ["synapses", "chip"]],
        height_ratios=[1.5, 1, 1], width_ratios=[1.35, 1],
    )  # fmt: skip
    plot.raster(demo.spikes, panels["raster"])
    plot.currents(
        demo.traces, ["Isoma_mem", "Isoma_ahp"], 0, panels["membrane"],
        {"Isoma_mem": "membrane", "Isoma_ahp": "adaptation"},
    )  # fmt: skip
    panels["membrane"].set_title("one excitatory neuron", loc="left")
    plot.currents(
        demo.traces, ["Iampa", "Igaba_a"], 0, panels["synapses"], {"Iampa": "AMPA", "Igaba_a": "GABA_A (shunting)"}
    )
    panels["synapses"].set_title("its synaptic currents", loc="left")
    plot.occupancy(demo.chip, panels["chip"])
    for name in ("raster", "membrane", "synapses"):
        panels[name].set_xlim(0, DURATION_MS)
    return figure


def run_demo(output: Path) -> None:
    """Run the demo, write ``demo.png`` and ``summary.txt`` into *output* and print the summary.

    Compiles to C++ where there is a compiler; otherwise says so and runs NumPy code.
    """
    output.mkdir(parents=True, exist_ok=True)
    start = perf_counter()
    compiled = _finds_compiler()
    if compiled:
        print("Compiling 120 silicon neurons to C++, a few seconds the first time ...", flush=True)
    else:
        print("No working C++ compiler: running slower NumPy code ('brianhw doctor' says what to install).", flush=True)
    with _device(compiled):
        demo = build_and_run()
        draw(demo).savefig(output / "demo.png", dpi=130)
        summary = str(demo.chip.summary())
        spikes = ", ".join(f"{name} {len(monitor.t)}" for name, monitor in demo.spikes.items())
    (output / "summary.txt").write_text(summary + "\n", encoding="utf-8")
    print(summary)
    print(f"\nSpikes in {DURATION_MS} ms: {spikes}.")
    print(f"{'C++' if compiled else 'NumPy'}, {perf_counter() - start:.0f} s in all. Figure: {output / 'demo.png'}")


def _finds_compiler() -> bool:
    """Say whether the device finds a compiler; it tries more names than Brian2, for which the doctor looks."""
    from brianhw.device.device import brianhw_device
    from brianhw.errors import CompilerError

    try:
        brianhw_device.engine.builder.find_compiler()
    except CompilerError:
        return False
    return True


@contextmanager
def _device(compiled: bool) -> Iterator[None]:
    """Run the block on the brianhw device, or on NumPy code."""
    from brian2 import device, prefs, set_device

    target = prefs.codegen.target
    if compiled:
        set_device("brianhw")
    else:
        prefs.codegen.target = "numpy"
    try:
        yield
    finally:
        prefs.codegen.target = target
        if compiled:
            device.reinit()
            set_device("runtime")
