"""What the vendor's tool made of eleven networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import brianhw
import brianhw.pynn
import brianhw.spinnaker as sim
import spinnaker_networks as networks


@pytest.mark.parametrize("name", [file.stem for file in sorted(networks.FOLDER.glob("*.json"))])
def test_networks_are_laid_out_as_the_vendors_tool_does(name: str) -> None:
    recorded = networks.recorded(name)
    tool, plan = recorded["allocation"], networks.planned(recorded["network"])
    for row in tool["populations"]:
        if row["label"].endswith("_delayed"):
            continue
        mine = plan.populations[row["label"]]
        assert mine.cores == row["n_cores"]
        assert {tuple(core["slice"]) for core in row["cores"]} == {(first, last - 1) for first, last in mine.slices}
        if not mine.cell.startswith("SpikeSource"):
            assert list(mine.left_shifts.values()) == row["ring_buffer_left_shifts"]
            assert list(mine.weight_scales.values()) == row["weight_scales"]
            assert mine.delay_slots * plan.timestep_ms == pytest.approx(row["max_supported_delay_ms"])
    mine_by_ends = {(each.pre, each.post, each.receptor): each for each in plan.projections}
    for row in tool["projections"]:
        if row["pre"].endswith("_delayed"):
            continue
        receptor = ("excitatory", "inhibitory")[row["receptor_index"]]
        mine = mine_by_ends[row["pre"], row["post"], receptor]
        assert mine.per_target == row["max_connections_per_post"]
        assert mine.largest_delay == row["delay_max_ms"]
        assert plan.populations[row["pre"]].delay_stages == row["n_delay_stages"]
    assert plan.cores == tool["totals"]["application_cores"]
    assert plan.boards == tool["totals"]["n_boards"]
    assert plan.chips <= tool["totals"]["chips_used"]


pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def described(network: dict[str, Any]) -> None:
    """Describe a recorded network."""
    sim.setup(timestep=network["setup"]["timestep"])
    for cell, limit in (network.get("per_core") or {}).items():
        sim.set_number_of_neurons_per_core(cell, limit)
    populations = {}
    for label, each in network["pops"].items():
        cell = getattr(sim, each["cell"])(**each.get("params", {}))
        options = {"n_synapse_cores": each.get("n_synapse_cores")}
        populations[label] = sim.Population(each["n"], cell, label=label, additional_parameters=options)

    def value(asked: Any) -> Any:
        if not isinstance(asked, dict):
            return asked
        numbers = {name: number for name, number in asked.items() if name != "dist"}
        return sim.RandomDistribution(asked["dist"], **numbers)

    for each in network["projs"]:
        kind = {name: number for name, number in each["connector"].items() if name != "type"}
        name = each["connector"]["type"]
        connector = getattr(sim, f"{name}Connector")(*kind.values())
        weight, delay, rule = value(each["weight"]), value(each["delay"]), each["synapse"]
        synapse: Any = sim.StaticSynapse(weight=weight, delay=delay)
        if rule["type"] == "stdp":
            timing = sim.SpikePairRule(rule["tau_plus"], rule["tau_minus"], rule["A_plus"], rule["A_minus"])
            bounds = sim.AdditiveWeightDependence(w_min=rule["w_min"], w_max=rule["w_max"])
            synapse = sim.STDPMechanism(timing, bounds, weight=weight, delay=delay)
        sim.Projection(
            populations[each["pre"]], populations[each["post"]], connector, synapse, receptor_type=each["receptor"]
        )


@pytest.mark.parametrize("name", [file.stem for file in sorted(networks.FOLDER.glob("*.json"))])
def test_scripts_are_laid_out_as_the_vendors_tool_does(name: str) -> None:
    recorded = networks.recorded(name)
    described(recorded["network"])
    report = sim.report()
    rows = {row.label: row for row in report.populations}
    for tool in recorded["allocation"]["populations"]:
        if tool["label"] in rows:
            row = rows[tool["label"]]
            assert row.cores + row.synapse_cores == tool["n_cores"]
            assert list(row.left_shifts.values()) == (tool.get("ring_buffer_left_shifts") or [])
            assert list(row.weight_scales.values()) == (tool.get("weight_scales") or [])
    assert report.cores == recorded["allocation"]["totals"]["application_cores"]
    expected = [
        row["max_connections_per_post"]
        for row in recorded["allocation"]["projections"]
        if not row["pre"].endswith("_delayed")
    ]
    assert sorted(row.per_target for row in report.projections) == sorted(expected)
