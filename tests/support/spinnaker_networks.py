"""Networks that the vendor's mapping tool has laid out, as requests of ours."""

from __future__ import annotations

import json
from typing import Any

from scipy import stats

from brianhw.allocation import spinnaker as allocation
from brianhw.allocation.spinnaker import Plan, PopulationRequest, ProjectionRequest, make_plan
from paths import DATA

FOLDER = DATA / "spinnaker" / "allocation"
TIMING = {
    "SpikePair": "pair",
    "SpikeNearestPair": "nearest pair",
    "Vogels2011": "Vogels 2011",
    "PfisterSpikeTriplet": "triplet",
}


def recorded(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


def value(asked: Any) -> Any:
    if not isinstance(asked, dict):
        return asked
    if asked["dist"] == "uniform":
        return stats.uniform(asked["low"], asked["high"] - asked["low"])
    return stats.norm(asked["mu"], asked["sigma"])


def connections(connector: dict[str, Any]) -> Any:
    arguments = {key: number for key, number in connector.items() if key != "type"}
    return getattr(allocation, connector["type"])(**arguments)


def planned(network: dict[str, Any]) -> Plan:
    per_core = network.get("per_core") or {}
    populations = [
        PopulationRequest(label, each["n"], each["cell"], per_core.get(each["cell"]), each.get("n_synapse_cores"))
        for label, each in network["pops"].items()
    ]
    projections = []
    for each in network["projs"]:
        rule = each["synapse"]
        plastic = rule["type"] == "stdp"
        projections.append(
            ProjectionRequest(
                each["pre"], each["post"], connections(each["connector"]), value(each["weight"]), value(each["delay"]),
                each["receptor"], TIMING[rule["timing"]] if plastic else "",
                rule.get("weight_dependence", "").lower(), rule.get("w_max", 0.0),
            )
        )  # fmt: skip
    return make_plan(populations, projections, network["setup"]["timestep"])
