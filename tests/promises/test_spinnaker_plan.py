"""The planning for SpiNNaker: what the vendor's tool made of eleven networks, its limits, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from brianhw.allocation import spinnaker as allocation
from brianhw.allocation.spinnaker import (
    AllToAll,
    Listed,
    OneToOne,
    PopulationRequest,
    ProjectionRequest,
    make_plan,
)
from brianhw.allocation.spinnaker.connections import most
from brianhw.chips.spinnaker1 import SPINNAKER1, SPINNAKER2
from brianhw.errors import RequestError, SpinnakerError, UnknownNameError

# -- the vendor's mappings --------------------------------------------------------------------------


# -- counts and numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [1, 7, 100])
@pytest.mark.parametrize("p", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("a", [1e-6, 1e-2])
def test_most_is_the_smallest_count_that_suffices(trials: int, p: float, a: float) -> None:
    counts = [k for k in range(trials + 1) if binom.cdf(k, trials, p) >= 1 - a]
    assert most(trials, p, a) == counts[0]


def test_lists_are_counted() -> None:
    i, j = np.array([0, 0, 0, 1, 2]), np.array([0, 1, 5, 5, 5])
    listed = Listed(i, j)
    assert (listed.per_target(3, 6), listed.in_all(3, 6), listed.per_row(3, 6, 0, 2), listed.per_row(3, 6, 2, 5)) == (
        3, 5, 2, 0,
    )  # fmt: skip
    assert Listed([], []).per_target(3, 6) == 0


# -- refusals ---------------------------------------------------------------------------------------


def small(**changes: Any) -> tuple[list[PopulationRequest], list[ProjectionRequest]]:
    """Return two populations and a projection with *changes*, such as ``post_per_core=3`` or ``weight=nan``."""
    own = {key.removeprefix("post_"): value for key, value in changes.items() if key.startswith("post_")}
    between = {key: value for key, value in changes.items() if not key.startswith("post_")}
    post = {"label": "b", "n": 300, "cell": "IF_curr_exp"} | own
    arguments = {"pre": "a", "post": "b", "connections": AllToAll(), "weight": 0.1, "delay": 1.0} | between
    return [PopulationRequest("a", 10, "IF_curr_exp"), PopulationRequest(**post)], [ProjectionRequest(**arguments)]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"plasticity": "pair", "weight_rule": "additive"}, SpinnakerError, r"take 258 words, a row holds 256.*300"),
        ({"post_per_core": 300, "post_n": 300}, SpinnakerError, "take 300 words"),
        ({"post_per_core": 10000, "post_n": 10000, "connections": OneToOne()}, SpinnakerError, "at most 4096"),
        (
            {"plasticity": "pair", "weight_rule": "multiplicative", "post_cell": "IF_cond_exp"},
            SpinnakerError,
            "no program for pair multiplicative STDP .* conductances",
        ),
        ({"post_cell": "HH_cond_exp"}, UnknownNameError, "no cell 'HH_cond_exp'"),
        ({"pre": "c"}, UnknownNameError, "no population 'c'"),
        ({"post_label": "a", "post": "a"}, SpinnakerError, "Two populations are called 'a'"),
        ({"post_cell": "SpikeSourcePoisson"}, SpinnakerError, "takes no synapses"),
        ({"weight": np.nan}, RequestError, "a -> b: weights must be finite"),
        ({"delay": "long"}, RequestError, "a -> b: delays must be numbers"),
        ({"receptor": "excitatoty"}, RequestError, "no receptor 'excitatoty'"),
        ({"post_n": 0}, RequestError, "number of neurons must be at least 1"),
        ({"post_per_core": 2.5}, RequestError, "must be a whole number"),
        ({"post_synapse_cores": -1}, RequestError, "must be at least 0"),
    ],
)
def test_what_does_not_fit_or_makes_no_sense(changes: dict[str, Any], error: type, message: str) -> None:
    if changes.get("post_per_core") is None and "plasticity" in changes and changes["weight_rule"] == "additive":
        changes = {**changes, "post_per_core": 256}
        message = r"take 258 words, a row holds 256.*now 256"
    with pytest.raises(error, match=message):
        make_plan(*small(**changes))
    make_plan(*small())


def test_chips_can_be_too_few() -> None:
    many = [PopulationRequest("a", 256 * 40, "IF_curr_exp")]
    with pytest.raises(SpinnakerError, match="needs 3 chips; there are 2"):
        make_plan(many, [], chips=2)
    assert make_plan(many, [], chips=3).chips == 3
    assert make_plan([PopulationRequest("a", 256 * 16 * 48, "IF_curr_exp")], []).boards == 2


# -- properties -------------------------------------------------------------------------------------


def test_descriptions_give_their_sources() -> None:
    text = SPINNAKER1.describe()
    assert "18 cores, 16 of them for neurons" in text and "sPyNNaker 7.4.1" in text
    assert "sizes only" in SPINNAKER2.describe() and SPINNAKER2.cores == 152
    for chip in (SPINNAKER1, SPINNAKER2):
        assert set(chip.sources) >= {"cores", "sdram_bytes", "chips_per_board"}
    assert allocation.Plan.__name__ == "Plan"
