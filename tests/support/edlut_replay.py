"""Cases that EDLUT recorded, replayed through its interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import brianhw.edlut as pyedlut
from paths import DATA

FOLDER = DATA / "edlut"


@cache
def cases() -> Mapping[str, Any]:
    """Return the descriptions of the recorded cases by name."""
    described = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["name"]: case for case in described if (FOLDER / f"{case['name']}.npz").exists()}


class Replay(NamedTuple):
    """What a replay gave: spikes, weights at times, and states of cells by their names in the recording."""

    spike_times: np.ndarray
    spike_index: np.ndarray
    weights: np.ndarray
    states: Mapping[str, Mapping[str, np.ndarray]]


def parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a layer's parameters as the interface takes them."""
    values = dict(given)
    if "int_meth" in values:
        method = dict(values["int_meth"])
        values["int_meth"] = pyedlut.PyModelDescription(method.pop("name"), method)
    return values


def build(case: Mapping[str, Any], **options: Any) -> tuple[pyedlut.PySimulation_API, dict[str, list[int]]]:
    """Return the simulation of a case, initialised, and the neurons of its layers."""
    simulation = pyedlut.PySimulation_API(exact=True, **options)
    if "seed" in case:
        simulation.SetRandomGeneratorSeed(case["seed"])
    layers = {}
    for layer in case["layers"]:
        layers[layer["name"]] = simulation.AddNeuronLayer(
            layer["n"], layer["model"], parameters(layer.get("params", {})), output_activity=layer.get("output", True)
        )
    rules = {rule["name"]: simulation.AddLearningRule(rule["model"], rule["params"]) for rule in case.get("rules", [])}
    for synapses in case["synapses"]:
        ends = [[layers[name][number] for name, number in synapses[end]] for end in ("source", "target")]
        values = {"weight": synapses["weight"], "type": synapses["type"], "max_weight": synapses.get("max_weight", 1e6)}
        if "delay_s" in synapses:
            values["delay"] = synapses["delay_s"]
        for key in ("wchange", "trigger_wchange"):
            if key in synapses:
                values[key] = rules[synapses[key]]
        simulation.AddSynapticLayer(*ends, values)
    monitored = [neuron for layer in case["layers"] if layer.get("monitor") for neuron in layers[layer["name"]]]
    if monitored:
        simulation.RecordStates(monitored)
    simulation.Initialize()
    return simulation, layers


def replay(name: str, **options: Any) -> Replay:
    """Run a recorded case."""
    case = cases()[name]
    simulation, layers = build(case, **options)
    for spikes in case.get("spikes", []):
        times = spikes["times_s"]
        simulation.AddExternalSpikeActivity(times, [layers[spikes["layer"]][spikes["index"]]] * len(times))
    for currents in case.get("currents", []):
        times = currents["times_s"]
        neurons = [layers[currents["layer"]][currents["index"]]] * len(times)
        simulation.AddExternalCurrentActivity(times, neurons, currents["pA"])
    for change in case.get("specific_params", []):
        simulation.SetSpecificNeuronParams(layers[change["layer"]][change["index"]], change["params"])
    weights = []
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        stops = file["weight_times_s"].tolist() if "weight_times_s" in file else [case["duration_s"]]
    for stop in stops:
        simulation.RunSimulation(stop)
        weights.append(simulation.GetWeights())
    spikes = simulation.GetSpikeActivity()
    states = {}
    for layer in case["layers"]:
        if layer.get("monitor"):
            neurons = layers[layer["name"]]
            table = simulation.GetStates(neurons)
            for k in range(len(neurons)):
                states[f"state_{layer['name']}_{k}"] = {
                    label: table[label] if label == "t_s" else table[label][:, k] for label in layer["state_columns"]
                }
    return Replay(np.array(spikes[0]), np.array(spikes[1]), np.array(weights), states)


def recorded(name: str) -> dict[str, np.ndarray]:
    """Return the arrays of a recording."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
