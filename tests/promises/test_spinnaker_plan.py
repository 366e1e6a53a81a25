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
        ({"places": 257}, SpinnakerError, "take 257 words for all 257 places .*s_max.*, a row holds 256.*, or s_max"),
        ({"places": -1}, RequestError, "places for synapses must be at least 0"),
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


# -- synapses that form, and dopamine ---------------------------------------------------------------


def words_of(*projections: ProjectionRequest, n: int = 100) -> list[int]:
    cells = [PopulationRequest("a", 100, "SpikeSourcePoisson"), PopulationRequest("b", n, "IF_curr_exp")]
    return [each.row_words for each in make_plan(cells, projections).projections]


def onto(connections: Any = None, **changes: Any) -> ProjectionRequest:
    arguments = {"pre": "a", "post": "b", "connections": connections or AllToAll(), "weight": 0.1, "delay": 1.0}
    return ProjectionRequest(**arguments | changes)


LEARNS = {"plasticity": "pair", "weight_rule": "additive", "largest_weight": 1.0}


@pytest.mark.parametrize(
    ("row", "changes", "words"),
    [
        (OneToOne(), {"places": 32}, 32),  # room for all places, whatever there is at first
        (AllToAll(), {"places": 32}, 100),
        # in 16 bits where and in 16 the weight, of 32 places; 8 bytes of the source's own
        (OneToOne(), {"places": 32, **LEARNS}, 16 + 16 + 2),
        (AllToAll(), LEARNS, 50 + 50 + 2),
    ],
)
def test_a_row_has_room_for_all_places_of_a_neuron(row: Any, changes: dict[str, Any], words: int) -> None:
    assert words_of(onto(row, **changes)) == [words]


def test_a_synapse_that_waits_for_dopamine_holds_an_eligibility_too() -> None:
    """16 bits more for each of 100; the row that brings dopamine has one word of its own and one for each target."""
    assert words_of(onto(**LEARNS), onto(receptor="reward")) == [50 + 100 + 2, 1 + 100]
    assert words_of(onto(**LEARNS), onto(receptor="reward"), n=168)[0] == 84 + 168 + 2
    with pytest.raises(SpinnakerError, match="take 257 words"):
        words_of(onto(**LEARNS), onto(receptor="punishment"), n=170)


def test_dopamine_needs_no_room_in_ring_buffers_but_time() -> None:
    cells = [PopulationRequest("a", 100, "SpikeSourcePoisson", rate=10.0), PopulationRequest("b", 50, "IF_curr_exp")]
    both, alone = (
        make_plan(cells, [onto(**LEARNS), *more]).populations["b"] for more in ([onto(receptor="reward", weight=9)], [])
    )
    assert both.left_shifts == alone.left_shifts
    assert alone.load() == pytest.approx(100 * 50 * 10.0 / 1.4e6)
    assert both.load() == pytest.approx(2 * alone.load())


def test_the_load_of_synapses_that_form_is_that_of_all_places() -> None:
    cells = [PopulationRequest("a", 100, "SpikeSourcePoisson", rate=10.0), PopulationRequest("b", 50, "IF_curr_exp")]
    one = make_plan(cells, [onto(OneToOne(), places=16)]).populations["b"]
    assert one.load() == pytest.approx(16 * 50 * 10.0 / 13e6)
    two = make_plan(cells, [onto(OneToOne(), places=16), onto(OneToOne(), places=16, label="other")]).populations["b"]
    assert two.load() == pytest.approx(one.load())  # they share the places


# -- properties -------------------------------------------------------------------------------------


def test_descriptions_give_their_sources() -> None:
    text = SPINNAKER1.describe()
    assert "18 cores, 16 of them for neurons" in text and "sPyNNaker 7.4.1" in text
    assert "sizes only" in SPINNAKER2.describe() and SPINNAKER2.cores == 152
    for chip in (SPINNAKER1, SPINNAKER2):
        assert set(chip.sources) >= {"cores", "sdram_bytes", "chips_per_board"}
    assert allocation.Plan.__name__ == "Plan"
