"""Replays a recording of the DynapSE simulator through one of brianhw's interfaces and compares."""

from __future__ import annotations

import json
import sys
from typing import Any, NamedTuple

import numpy as np
from brian2 import Network, Quantity, SpikeGeneratorGroup, SpikeMonitor, StateMonitor, defaultclock, second

import brianhw.compat
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.hardware import DynapSE1
from paths import DATA

FOLDER = DATA / "dynapse"
CASES = sorted(path.stem for path in FOLDER.glob("0*.npz"))
STATES = ("Isoma_mem", "Isoma_ahp", "Inmda", "Iampa", "Igaba_a", "Igaba_b")

# The recordings' own README: NumPy and -ffast-math C++ part around 1e-15 for smooth traces.
RELATIVE, ABSOLUTE = 1e-9, 1e-18  # ampere


class SimulatorInterface:
    """The calls that a script for the DynapSE simulator makes."""

    def __init__(self, network: Network) -> None:
        folder = str(brianhw.compat.path("dynapse_simulator"))
        sys.path.insert(0, folder)
        try:
            from DynapSE import DynapSE
        finally:
            sys.path.remove(folder)
        self.chip = DynapSE(network)

    def population(self, n: int, core: int) -> Any:
        return self.chip.get_neurons(n, f"Core_{core}")

    def bias(self, core: str, values: dict[str, Any]) -> None:
        self.chip.set_bias(values, core)

    def connect(self, source: Any, target: Any, synapse_type: str, i: Any, j: Any, w: Any) -> Any:
        synapses = self.chip.add_connection(source, target, synapse_type=synapse_type)
        synapses.connect(i=i, j=j)
        synapses.weight = w
        return synapses


class HardwareInterface:
    """brianhw's own calls."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.chip = DynapSE1("faithful")

    def population(self, n: int, core: int) -> Any:
        population = self.chip.population(n, core)
        self.network.add(population)
        return population

    def bias(self, core: str, values: dict[str, Any]) -> None:
        self.chip.core(core).bias(**values)

    def connect(self, source: Any, target: Any, synapse_type: str, i: Any, j: Any, w: Any) -> Any:
        return self.chip.connect(source, target, synapse_type, i=i, j=j, weight=w)


class Replay(NamedTuple):
    """A recording, and the monitors and groups of its replay by population."""

    recording: Any
    populations: dict[str, Any]
    spikes: dict[str, SpikeMonitor]
    traces: dict[str, StateMonitor]


def _with_unit(name: str, value: Any) -> Quantity:
    return Quantity(np.asarray(value, dtype=float), dim=DPI_NEURON_FAITHFUL.parsed[name].dim)


def has_whole_weights(case: str) -> bool:
    """Say whether all weights of a recording are whole numbers, as on the chip."""
    recording = np.load(FOLDER / f"{case}.npz", allow_pickle=False)
    weights = [recording[field] for field in recording.files if field.startswith("conn") and field.endswith("_w")]
    return all(np.array_equal(weight, np.rint(weight)) for weight in weights)


def replay(case: str, interface: type) -> Replay:
    """Build and run *case*; on a standalone device this compiles and runs the program."""
    recording = np.load(FOLDER / f"{case}.npz", allow_pickle=False)
    meta = json.loads(str(recording["meta"]))
    dt = float(recording["dt"]) * second
    defaultclock.dt = dt
    network = Network()
    chip = interface(network)

    groups, spikes, traces = {}, {}, {}
    for population in meta["pops"]:
        groups[population["name"]] = chip.population(
            population["n"], int(str(population["core"]).removeprefix("Core_"))
        )
    for core, values in meta["core_overrides"].items():
        chip.bias(core, {name: _with_unit(name, value) for name, value in values.items()})
    for population, values in meta["neuron_overrides"].items():
        for name, value in values.items():
            setattr(groups[population], name, _with_unit(name, value))
    for source in meta["inputs"]:
        name = source["name"]
        times = recording[f"in_{name}_step"] * dt
        groups[name] = SpikeGeneratorGroup(source["n"], recording[f"in_{name}_i"], times)
        network.add(groups[name])
    for k, connection in enumerate(meta["conns"]):
        i, j, w = (recording[f"conn{k}_{field}"] for field in "ijw")
        source, target = groups[connection["src"]], groups[connection["tgt"]]
        network.add(chip.connect(source, target, connection["type"], i, j, w))
    for population in meta["pops"]:
        name = population["name"]
        recorded = [state for state in STATES if f"rec_{name}_{state}" in recording]
        spikes[name] = SpikeMonitor(groups[name])
        every = dt * int(recording["rec_every"])
        traces[name] = StateMonitor(groups[name], recorded, record=population.get("record", True), dt=every)
        network.add(spikes[name], traces[name])
    network.run(float(recording["duration"]) * second)
    return Replay(recording, groups, spikes, traces)


def assert_agreement(replayed: Replay) -> None:
    """Assert identical spikes, and traces and final states within the recording's own tolerance."""
    recording = replayed.recording
    dt = float(recording["dt"])
    for name, monitor in replayed.spikes.items():
        steps = np.rint(np.asarray(monitor.t) / dt).astype(int)
        expected = sorted(zip(recording[f"out_{name}_step"].tolist(), recording[f"out_{name}_i"].tolist(), strict=True))
        assert sorted(zip(steps.tolist(), np.asarray(monitor.i).tolist(), strict=True)) == expected
        assert expected, "a recording without spikes shows little"
        for state in replayed.traces[name].record_variables:
            trace = getattr(replayed.traces[name], f"{state}_")
            np.testing.assert_allclose(trace, recording[f"rec_{name}_{state}"], rtol=RELATIVE, atol=ABSOLUTE)
        for state in STATES:
            if f"final_{name}_{state}" in recording:
                final = np.asarray(getattr(replayed.populations[name], f"{state}_")[:])
                np.testing.assert_allclose(final, recording[f"final_{name}_{state}"], rtol=RELATIVE, atol=ABSOLUTE)
