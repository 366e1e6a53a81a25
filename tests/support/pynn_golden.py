"""Replays recorded single-cell and synapse simulations with the PyNN facade."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from paths import DATA

FOLDER = DATA / "pynn" / "golden"


class Recording:
    """A recorded case: its description, spike times of the cell in ms, and signals by name."""

    def __init__(self, file: str) -> None:
        with np.load(FOLDER / file, allow_pickle=False) as data:
            self.values = {name: data[name] for name in data.files}
        self.description: dict[str, Any] = json.loads(str(self.values["description"]))

    @property
    def spikes(self) -> np.ndarray:
        return np.asarray(self.values["spikes_0"])

    def signal(self, name: str) -> np.ndarray:
        """Return a signal of the cell; the second column where two cells were recorded, the first being its input."""
        return np.asarray(self.values[name])[:, -1]


def replay_cell(
    case: dict[str, Any], *, device: str | None = "runtime", dt: float | None = None
) -> dict[str, np.ndarray]:
    """Run a case of the kind "cell"; return its spikes and every signal that was recorded."""
    import brianhw.pynn as sim

    sim.setup(timestep=dt or case["dt"], device=device)
    celltype = getattr(sim, case["celltype"])
    cell = sim.Population(1, celltype(**case["parameters"]), initial_values=case["initial_values"])
    for receptor, key in (("excitatory", "exc"), ("inhibitory", "inh")):
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=case[f"{key}_spike_times"]))
        synapse = sim.StaticSynapse(weight=case[f"weight_{key}"], delay=case["delay"])
        sim.Projection(source, cell, sim.OneToOneConnector(), synapse, receptor_type=receptor)
    return _recorded(sim, cell, ["spikes", *case["signal_units"]], case["duration"])


def replay_current(case: dict[str, Any], *, device: str | None = "runtime") -> dict[str, np.ndarray]:
    """Run a case of the kind "current_source"; ``i`` is the recorded current."""
    import brianhw.pynn as sim

    sim.setup(timestep=case["dt"], device=device)
    celltype = getattr(sim, case["celltype"])
    cell = sim.Population(1, celltype(**case["cell_parameters"]), initial_values=case["initial_values"])
    source = getattr(sim, case["source"])(**case["parameters"])
    source.inject_into(cell)
    source.record()
    found = _recorded(sim, cell, ["spikes", "v"], case["duration"])
    return {**found, "i": source.get_data().magnitude[:, 0]}


def _recorded(sim: Any, cell: Any, variables: list[str], duration: float) -> dict[str, np.ndarray]:
    cell.record(variables)
    sim.run(duration)
    segment = cell.get_data().segments[0]
    found = {signal.name: signal.magnitude[:, 0] for signal in segment.analogsignals}
    return {**found, "spikes": segment.spiketrains[0].magnitude}


def replay_synapse(case: dict[str, Any], *, device: str | None = "runtime") -> dict[str, np.ndarray]:
    """Run a case of the kind "synapse": a source, a synapse, a cell that does not spike."""
    import brianhw.pynn as sim

    sim.setup(timestep=case["dt"], device=device)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=case["pre_spike_times"]))
    celltype = getattr(sim, case["celltype"])
    cell = sim.Population(1, celltype(**case["cell_parameters"]), initial_values=case["initial_values"])
    synapse = getattr(sim, case["synapse"])(**case["parameters"])
    sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    return _recorded(sim, cell, ["spikes", *case["signal_units"]], case["duration"])


def replay_stdp(case: dict[str, Any], times: Any, *, device: str | None = "runtime") -> dict[str, np.ndarray]:
    """Run a case of the kind "stdp"; ``weight`` is the weight at these *times* in ms."""
    import brianhw.pynn as sim

    sim.setup(timestep=case["dt"], device=device)
    source, forcing = (
        sim.Population(1, sim.SpikeSourceArray(spike_times=case[f"{kind}_spike_times"])) for kind in ("pre", "forcing")
    )
    celltype = getattr(sim, case["cell"])
    cell = sim.Population(1, celltype(**case["cell_parameters"]), initial_values=case["initial_values"])
    sim.Projection(
        forcing, cell, sim.AllToAllConnector(),
        sim.StaticSynapse(weight=case["forcing_weight"], delay=case["forcing_delay"]), receptor_type="excitatory",
    )  # fmt: skip
    timing = getattr(sim, case["timing_dependence"])(
        tau_plus=case["tau_plus"], tau_minus=case["tau_minus"], A_plus=case["A_plus"], A_minus=case["A_minus"]
    )
    rule = getattr(sim, case["weight_dependence"])(**case["weight_dependence_parameters"])
    plastic = sim.STDPMechanism(
        timing, rule, None, case["dendritic_delay_fraction"], weight=case["initial_weight"], delay=case["delay"]
    )
    projection = sim.Projection(source, cell, sim.AllToAllConnector(), plastic, receptor_type="excitatory")
    cell.record(["spikes", "v", "gsyn_exc"])
    weights = []
    for time in times:
        sim.run_until(time)
        weights.append(projection.get("weight", format="list", with_address=False)[0])
    sim.run_until(case["duration"])
    segment = cell.get_data().segments[0]
    found = {signal.name: signal.magnitude[:, 0] for signal in segment.analogsignals}
    return {**found, "spikes": segment.spiketrains[0].magnitude, "weight": np.array(weights)}
