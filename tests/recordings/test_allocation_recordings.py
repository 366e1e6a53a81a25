"""Networks on a DYNAP-SE1 board whose use of it was worked out by hand, and the board's own limits."""

import json

import numpy as np
import pytest

from brianhw.allocation import Plan
from brianhw.allocation.words import destinations
from brianhw.chips import dynapse1_board
from brianhw.errors import CapacityError
from paths import DATA
from plans import connect_all

CASES = [
    case
    for name in ("s1_se1_fan_in", "s2_se1_alias")
    for case in json.loads((DATA / "dynapse" / "allocation" / f"{name}.json").read_text())["variants"]
]


def reference_plan(case):
    plan = Plan(dynapse1_board(4, monitoring=bool(case["sram_words_reserved_for_monitoring"])))
    for each in case["populations"]:
        plan = plan.place(each["name"], each["n"], chip=each["chip"], core=each["core"], first=each["first"])
    for number, each in enumerate(case["connections"]):
        assert each["pairs"] == "all"
        plan = connect_all(plan, f"c{number}", each["pre"], each["post"], each["weight"], each["type"])
    return plan


def sends_to(plan, name):
    words = destinations(plan)
    of = {int(neuron): [] for neuron in plan.placements[name].neurons}
    for neuron, chip, cores in zip(*words, strict=True):
        if int(neuron) in of:
            of[int(neuron)].append({"chip": int(chip), "core_mask": cores.astype(int).tolist()})
    return list(of.values())


@pytest.mark.parametrize("case", [case for case in CASES if case["fits"]], ids=lambda case: case["name"])
def test_a_reference_network_that_fits_takes_the_words_it_should(case):
    plan, expected = reference_plan(case), case["expected"]
    for name, words in expected["cam_words"].items():
        assert plan.fan_in(name).tolist() == [words] * plan.placements[name].n
    for name, left in expected["cam_left"].items():
        assert (plan.description.fan_in - plan.fan_in(name)).tolist() == [left] * plan.placements[name].n
    for name, words in expected["sram_words"].items():
        assert plan.fan_out(name).tolist() == [words] * plan.placements[name].n
    for name, destination in expected.get("sram", {}).items():
        assert sends_to(plan, name) == [destination] * plan.placements[name].n
    if "total_cam_words" in expected:
        assert plan.report().totals()["words"] == expected["total_cam_words"]


@pytest.mark.parametrize("case", [case for case in CASES if not case["fits"]], ids=lambda case: case["name"])
def test_a_reference_network_that_does_not_fit_names_the_limit_and_the_place(case):
    with pytest.raises(CapacityError) as caught:
        reference_plan(case)
    expected = {name: case["error"][name] for name in ("limit", "where", "asked", "allowed")}
    assert {name: getattr(caught.value, name) for name in expected} == expected
    if "aliased_pairs" in case["error"]:
        assert caught.value.aliased_pairs == case["error"]["aliased_pairs"]


def test_an_alias_comes_with_the_way_out_that_the_reference_names():
    case = next(each for each in CASES if "remedy" in each.get("error", {}))
    with pytest.raises(CapacityError, match="Move 'Y' to neurons 10 to 19") as caught:
        reference_plan(case)
    assert case["error"]["remedy"] == "move Y to neurons 10..19 or to another core"
    assert caught.value.pairs == [(f"X[{k}]", f"Y[{k}]") for k in range(10)]


def test_a_board_has_the_limits_of_the_reference_board():
    board = json.loads((DATA / "dynapse" / "allocation" / "s1_se1_fan_in.json").read_text())["board"]
    ours = dynapse1_board(4, monitoring=False)
    assert ours.chips == board["chips"]
    assert ours.cores_per_chip == board["cores_per_chip"]
    assert ours.neurons_per_core == board["neurons_per_core"]
    assert ours.fan_in == board["cam_words"]
    assert ours.fan_out == board["sram_words"]
    assert ours.external_sources == board["external_sources"]


def test_a_plan_counts_sent_words_for_each_chip():
    plan = Plan(dynapse1_board(4)).place("a", 2, core=0).place("b", 1, core="C1c0").place("c", 1, core=(1, 3))
    plan = connect_all(connect_all(plan, "ab", "a", "b", 1, "AMPA"), "ac", "a", "c", 1, "AMPA")
    assert plan.fan_out("a").tolist() == [1, 1]
    assert np.array_equal(destinations(plan).cores, [[1, 0, 0, 1]] * 2)
