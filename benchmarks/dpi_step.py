"""Cost of one neuron-step of the DPI neuron: default and faithful against the literal long-form equations.

The long form is sections 4 to 6 of the simulator's model written as one Brian2 model, gate by gate. All
three are compiled by cpp_standalone with Brian2's own flags, once per size; then the programs run in turn,
several times, and the medians of the time inside Brian2's run loop are compared.

    python benchmarks/dpi_step.py [--sizes 1 256 1024 16384] [--repeats 7]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from brian2 import Network, NeuronGroup, defaultclock, device, ms, pA, set_device

from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.model import NeuronModel
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS


def _gated(quantity: str, current: str) -> str:
    return f"(int({current} > I0)*({quantity}) + int({current} <= I0)*I0)"


def _long_synapse(name: str) -> str:
    current = f"I{name}"
    return f"""
    d{current}/dt = (-{current} - {current}_g + 2*I0*int({current} <= I0))/(tau_{name}*(1 + {current}_g/{current})) : amp
    tau_{name} = C{name}*Ut/(kappa*{_gated(f"{current}_tau", current)}) : second
    {current}_g = {_gated(f"alpha_{name}*{current}_tau", current)} : amp
    alpha_{name} : 1 (constant)
    C{name} : farad (constant)
    {current}_tau : amp (constant)
    {current}_w0 : amp (constant)
    """


# ruff: noqa: E501 - Brian2 wants an equation on one line
LONG_FORM = NeuronModel(
    name="DPI neuron, long form",
    equations=f"""
    dIsoma_mem/dt = (alpha_soma*(Isoma_input - Isoma_sum) - (Isoma_sum - I0*int(Isoma_mem <= I0))*Isoma_clip/leak)/(tau_soma*(1 + gain/Isoma_clip)) : amp (unless refractory)
    Isoma_clip = clip(Isoma_mem, I0, 1*amp) : amp
    Inmda_dp = Inmda/(1 + Inmda_thr/Isoma_clip) : amp
    Isoma_input = clip(Inmda_dp + Iampa - Igaba_b + Isoma_const, I0, 1*amp) : amp
    Isoma_pfb = Isoma_pfb_gain/(1 + exp(-(Isoma_mem - Isoma_pfb_th)/Isoma_pfb_norm)) : amp
    leak = {_gated("Isoma_dpi_tau", "Isoma_mem")} : amp
    gain = int(Isoma_mem > I0)*alpha_soma*leak + int(Isoma_mem <= I0)*I0 : amp
    tau_soma = Csoma_mem*Ut/(kappa*leak) : second
    Isoma_sum = leak + {_gated("Isoma_ahp", "Isoma_mem")} + {_gated("Igaba_a", "Isoma_mem")} - {_gated("Isoma_pfb", "Isoma_mem")} - int(Isoma_mem <= I0)*I0 : amp
    kappa = (kn + kp)/2 : 1

    dIsoma_ahp/dt = (-ahp_g - Isoma_ahp + 2*I0*int(Isoma_ahp <= I0))/(tau_ahp*(1 + ahp_g/{_gated("Isoma_ahp", "Isoma_mem")})) : amp
    ahp_leak = {_gated("Isoma_ahp_tau", "Isoma_ahp")} : amp
    ahp_g = {_gated("alpha_ahp*ahp_leak", "Isoma_ahp")} : amp
    tau_ahp = Csoma_ahp*Ut/(kappa*ahp_leak) : second
    {_long_synapse("nmda")}
    {_long_synapse("ampa")}
    {_long_synapse("gaba_a")}
    {_long_synapse("gaba_b")}
    Inmda_thr : amp (constant)
    kn : 1 (shared, constant)
    kp : 1 (shared, constant)
    Ut : volt (shared, constant)
    I0 : amp (shared, constant)
    alpha_soma : 1 (constant)
    Csoma_mem : farad (shared, constant)
    Isoma_dpi_tau : amp (shared, constant)
    Isoma_th : amp (shared, constant)
    Isoma_reset : amp (shared, constant)
    soma_refP : second (shared, constant)
    Isoma_const : amp (constant)
    alpha_ahp : 1 (constant)
    Csoma_ahp : farad (shared, constant)
    Isoma_ahp_tau : amp (shared, constant)
    Isoma_ahp_w : amp (constant)
    Isoma_pfb_gain : amp (shared, constant)
    Isoma_pfb_th : amp (shared, constant)
    Isoma_pfb_norm : amp (shared, constant)
    """,
    threshold="Isoma_mem > Isoma_th",
    reset="Isoma_ahp += Isoma_ahp_w*alpha_ahp\nIsoma_mem = Isoma_reset",
    refractory="soma_refP",
    initial={f"I{name}": "I0" for name in ("nmda", "ampa", "gaba_a", "gaba_b")},
)

MODELS = {"long form": LONG_FORM, "faithful": DPI_NEURON_FAITHFUL, "default": DPI_NEURON}
# Constant input from the first to the last neuron: below threshold for all, or about 15 to 40 spikes a second.
DRIVES = {"silent": (1 * pA, 20 * pA), "spiking": (450 * pA, 700 * pA)}


def build(model: NeuronModel, size: int, steps: int, folder: Path) -> None:
    """Compile a program that runs *size* neurons of *model* for *steps* steps."""
    device.reinit()
    device.activate(build_on_run=False)
    defaultclock.dt = 0.1 * ms
    cells = NeuronGroup(size, **model, name="cells")
    model.set(cells, SIMULATOR_DEFAULTS)
    Network(cells).run(steps * defaultclock.dt)
    device.build(directory=str(folder), compile=True, run=False)


def measure(size: int, repeats: int, folder: Path) -> None:
    steps = int(max(2000, min(400_000, 4e7 // size)))
    programs = {}
    for label, model in MODELS.items():
        programs[label] = folder / f"{label.replace(' ', '_')}_{size}"
        build(model, size, steps, programs[label])
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(repeats):
        for drive, (low, high) in DRIVES.items():
            for label, program in programs.items():
                value = program / "current.dat"
                np.linspace(float(low), float(high), size).tofile(value)
                subprocess.run(
                    ["./main", f"cells.Isoma_const={value}"], cwd=program, check=True, stdout=subprocess.DEVNULL
                )
                ran = float((program / "results" / "last_run_info.txt").read_text().split()[0])
                times.setdefault((drive, label), []).append(ran * 1e9 / (steps * size))
    for drive in DRIVES:
        cost = {label: median(times[drive, label]) for label in MODELS}
        ratio = {label: cost["long form"] / cost[label] for label in MODELS}
        row = "  ".join(f"{label} {cost[label]:8.2f} ns ({ratio[label]:4.1f}x)" for label in MODELS)
        print(f"N = {size:6d}, {drive:8s}: {row}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 256, 1024, 16384])
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print("median nanoseconds per neuron and step of 0.1 ms; in brackets: times faster than the long form")
    set_device("cpp_standalone", build_on_run=False)
    with tempfile.TemporaryDirectory() as scratch:
        for n in arguments.sizes:
            measure(n, arguments.repeats, Path(scratch))
