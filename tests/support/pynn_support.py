"""What works for which cell on which device, tried out; run as a script it writes docs/pynn_support.md."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from paths import CHECKOUT

PAGE = CHECKOUT / "docs" / "pynn_support.md"
DEVICES = ("brianhw", "runtime", "cpp_standalone")
FEATURES = ("spikes", "records all", "each receptor", "currents", "values per cell", "changes", "reset")
SOURCES = {
    "SpikeSourceArray": {"spike_times": [1.0, 4.0, 6.0]},
    "SpikeSourcePoisson": {"rate": 2000.0},
    "SpikeSourcePoissonRefractory": {"rate": 400.0, "tau_refrac": 1.0},
    "SpikeSourceGamma": {"alpha": 2.0, "beta": 2000.0},
    "SpikeSourceInhGamma": {},
}


INTRODUCTION = """\
Made by `python tests/support/pynn_support.py`, which tries all of it; the test suite tries it again. Three cells of
each type are driven through each receptor and by an electrode, recorded, changed between runs and reset.
`cpp_standalone` is a program that runs once, so there is nothing between runs."""


def cells() -> list[str]:
    """Return the names of all standard cells, the composed neuron included."""
    import brianhw.pynn as sim

    return [name for name in sim.list_standard_models() if name != "PointNeuron"] + ["PointNeuron"]


def _made(sim: Any, name: str) -> Any:
    if name == "PointNeuron":
        receptors = {"AMPA": sim.ExpPSR(), "slow": sim.AlphaPSR(tau_syn=20.0), "GABA": sim.BetaPSR(e_syn=-70.0)}
        return sim.PointNeuron(sim.LIF(), **receptors)
    if name == "SpikeSourceInhGamma":
        return sim.SpikeSourceInhGamma(a=sim.Sequence([2.0]), b=sim.Sequence([1e-3]), tbins=sim.Sequence([0.0]))
    return getattr(sim, name)(**SOURCES.get(name, {}))


def support(name: str, device: str) -> dict[str, str]:
    """Return for each feature "yes", "no", or "-" where it has no meaning."""
    import brianhw.pynn as sim

    found = dict.fromkeys(FEATURES, "-")
    once = device == "cpp_standalone"
    sim.setup(timestep=0.1, device=device)
    cell = sim.Population(3, _made(sim, name))
    kind = cell.celltype
    cell.record(list(kind.recordable))
    strength = 30.0 if getattr(kind, "voltage_based_synapses", False) or name == "IF_curr_delta" else 0.5
    strength = 50.0 if not kind.conductance_based and strength == 0.5 else strength
    if kind.injectable:
        cell.inject(sim.DCSource(amplitude=5.0))
        for receptor in kind.receptor_types:
            source = sim.Population(1, sim.SpikeSourceArray(spike_times=[2.0]))
            signed = -0.1 if receptor == "inhibitory" and not kind.conductance_based else strength
            synapse = sim.StaticSynapse(weight=signed, delay=0.5)
            sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type=receptor)
        found["each receptor"] = "yes"
    sim.run(20.0)
    segment = cell.get_data().segments[0]
    found["spikes"] = _yes(all(len(train) for train in segment.spiketrains))
    signals = {signal.name for signal in segment.analogsignals}
    found["records all"] = _yes(signals == set(kind.recordable) - {"spikes"} and _sound(segment))
    if kind.injectable:
        (v,) = segment.filter(name="v")
        found["currents"] = _yes(np.ptp(v.magnitude[:15]) > 0)  # before the first input spike
    if once:
        return found
    number = next((p for p, v in kind.default_parameters.items() if isinstance(v, float)), None)
    if number is not None:
        value = cell.get(number)
        cell.set(**{number: [value, value * 1.01 + 0.01, value]})
        sim.run(2.0)
        found["values per cell"] = _yes(len(set(np.round(cell.get(number), 9))) > 1)
    before = len(cell.get_data().segments[0].analogsignals)
    sim.run(1.0)
    found["changes"] = _yes(before == len(cell.get_data().segments[0].analogsignals))
    sim.reset()
    sim.run(5.0)
    segments = cell.get_data().segments
    found["reset"] = _yes(len(segments) == 2 and _sound(segments[1]))
    return found


def _sound(segment: Any) -> bool:
    return all(np.isfinite(signal.magnitude).all() for signal in segment.analogsignals)


def _yes(value: Any) -> str:
    return "yes" if value else "no"


def page(rows: dict[tuple[str, str], dict[str, str]]) -> str:
    """Return the page with a table for each device."""
    lines = ["# What works where", "", INTRODUCTION]
    for device in DEVICES:
        lines += ["", f"## {device}", "", f"| cell | {' | '.join(FEATURES)} |", "|---" * (len(FEATURES) + 1) + "|"]
        lines += [
            f"| `{name}` | {' | '.join(row.values())} |" for (name, where), row in rows.items() if where == device
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    import brian2

    brian2.prefs.codegen.target = "numpy"
    warnings.simplefilter("ignore")
    rows = {(name, device): support(name, device) for device in DEVICES for name in cells()}
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
