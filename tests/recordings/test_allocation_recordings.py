"""Networks on DYNAP-SE whose use of the board was worked out by hand, and the board's own limits."""

import json

import numpy as np
import pytest

from brianhw.chips import DYNAP_SE1
from brianhw.errors import (
    FanInError,
)
from paths import DATA
from plans import EMPTY, connect_all

CASES = json.loads((DATA / "dynapse" / "allocation" / "s1_se1_fan_in.json").read_text())["variants"]


def reference_plan(case):
    plan = EMPTY
    for each in case["populations"]:
        assert each["chip"] == 0
        first = each["core"] * DYNAP_SE1.neurons_per_core + each["first"]
        plan = plan.place_at(each["name"], np.arange(first, first + each["n"]))
    for number, each in enumerate(case["connections"]):
        assert each["pairs"] == "all"
        plan = connect_all(plan, f"c{number}", each["pre"], each["post"], each["weight"], each["type"])
    return plan


@pytest.mark.parametrize("case", [case for case in CASES if case["fits"]], ids=lambda case: case["name"])
def test_a_reference_network_that_fits_takes_the_words_it_should(case):
    plan, expected = reference_plan(case), case["expected"]
    for name, words in expected["cam_words"].items():
        assert plan.fan_in(name).tolist() == [words] * plan.placements[name].n
    for name, left in expected["cam_left"].items():
        assert (DYNAP_SE1.fan_in - plan.fan_in(name)).tolist() == [left] * plan.placements[name].n
    for name, words in expected["sram_words"].items():
        assert plan.fan_out(name).tolist() == [words] * plan.placements[name].n
    if "total_cam_words" in expected:
        assert plan.report().totals()["words"] == expected["total_cam_words"]


@pytest.mark.parametrize("case", [case for case in CASES if not case["fits"]], ids=lambda case: case["name"])
def test_a_reference_network_that_does_not_fit_names_the_neuron_and_the_limit(case):
    with pytest.raises(FanInError) as caught:
        reference_plan(case)
    target = next(each for each in case["populations"] if each["name"] == case["connections"][0]["post"])
    where = {"chip": 0, "core": target["core"], "neuron": target["first"] + caught.value.neuron}
    expected = {"limit": "cam_words", "where": where, "asked": caught.value.asked, "allowed": caught.value.allowed}
    assert case["error"] == expected


def test_dynapse1_has_the_limits_of_the_reference_board():
    board = json.loads((DATA / "dynapse" / "allocation" / "s1_se1_fan_in.json").read_text())["board"]
    assert DYNAP_SE1.cores == board["cores_per_chip"]
    assert DYNAP_SE1.neurons_per_core == board["neurons_per_core"]
    assert DYNAP_SE1.fan_in == board["cam_words"]
    assert DYNAP_SE1.fan_out == board["sram_words"]
    assert DYNAP_SE1.external_sources == board["external_sources"]
