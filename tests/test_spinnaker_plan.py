"""The planning for SpiNNaker: what the vendor's tool made of eleven networks, its limits, and what is refused."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

import spinnaker_networks as networks
from brianhw.allocation import spinnaker as allocation
from brianhw.allocation.spinnaker import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    Listed,
    OneToOne,
    PopulationRequest,
    ProjectionRequest,
    make_plan,
    raw_weights,
)
from brianhw.allocation.spinnaker.connections import most
from brianhw.chips.spinnaker1 import SPINNAKER1, SPINNAKER2
from brianhw.errors import BrianHWError, RequestError, SpinnakerError, UnknownNameError
from brianhw.timing import delay_steps

# -- the vendor's mappings --------------------------------------------------------------------------


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


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=20), st.integers(0, 15), st.booleans())
def test_raw_weights_are_as_near_as_steps_allow(weights: list[float], shift: int, on_host: bool) -> None:
    scale = 2.0 ** (15 - shift)
    raw, wrapped = raw_weights(weights, scale, on_host=on_host)
    assert raw.min() >= 0 and raw.max() <= 65535
    asked = np.array(weights)
    room = 0.5 / scale + (0 if on_host else 2.0**-16)
    assert np.all(wrapped | (np.abs(raw / scale - asked) <= room + 1e-12))
    assert np.array_equal(wrapped, np.rint(asked * scale) > 65535) or not on_host
    assert raw_weights(-asked, scale, on_host=on_host)[0].tolist() == raw.tolist()


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


CONNECTIONS = st.one_of(
    st.builds(FixedProbability, st.floats(0.0, 1.0)),
    st.builds(FixedNumberPre, st.integers(0, 20)),
    st.builds(FixedNumberPost, st.integers(0, 20)),
    st.builds(FixedTotalNumber, st.integers(0, 2000)),
    st.just(AllToAll()),
    st.just(OneToOne()),
)
LABELS = ("a", "b", "c")


@st.composite
def random_networks(draw: Any) -> tuple[list[PopulationRequest], list[ProjectionRequest], float]:
    cells = ("IF_curr_exp", "IF_cond_exp", "Izhikevich", "SpikeSourcePoisson", "SpikeSourceArray")
    populations = [
        PopulationRequest(
            label, draw(st.integers(1, 2000)), draw(st.sampled_from(cells)),
            draw(st.none() | st.integers(1, 600)), draw(st.none() | st.integers(0, 4)),
        )
        for label in LABELS
    ]  # fmt: skip
    projections = [
        ProjectionRequest(
            draw(st.sampled_from(LABELS)), draw(st.sampled_from(LABELS)), draw(CONNECTIONS),
            draw(st.floats(0.0, 100.0)), draw(st.floats(0.0, 300.0)),
            draw(st.sampled_from(("excitatory", "inhibitory"))), draw(st.sampled_from(("", "pair", "nearest pair"))),
            "additive", 1.0,
        )
        for _ in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return populations, projections, draw(st.sampled_from((0.1, 1.0)))


@given(random_networks())
@settings(max_examples=150, deadline=None)
def test_a_plan_never_exceeds_a_limit(network: tuple[Any, ...]) -> None:
    populations, projections, timestep = network
    try:
        plan = make_plan(populations, projections, timestep)
    except BrianHWError as error:
        assert len(str(error)) > 20
        return
    chip = plan.chip
    for request in populations:
        mine = plan.populations[request.label]
        most_here = request.per_core or (chip.neurons_per_core[request.cell] or request.n)
        assert [n for part in mine.slices for n in range(*part)] == list(range(request.n))
        if mine.per_core is not None:
            assert max(last - first for first, last in mine.slices) <= max(mine.per_core, 1)
        if not request.is_source:
            assert max(last - first for first, last in mine.slices) <= most_here
            bits = ceil(log2(max(last - first for first, last in mine.slices)))
            assert bits + 1 + log2(mine.delay_slots) <= 14
            arriving = [each for each in projections if each.post == request.label]
            longest = max((int(delay_steps(each.delay.largest(1), timestep)) for each in arriving), default=1)
            stages = max((plan.populations[each.pre].delay_stages for each in arriving), default=0)
            assert longest <= mine.delay_slots * (1 + stages)
            assert 1 + mine.synapse_cores <= 15
    assert all(row.row_words <= 256 for row in plan.projections)
    assert plan.cores <= 16 * plan.chips
    assert (plan.boards - 1) * 48 < plan.chips <= plan.boards * 48


def test_descriptions_give_their_sources() -> None:
    text = SPINNAKER1.describe()
    assert "18 cores, 16 of them for neurons" in text and "sPyNNaker 7.4.1" in text
    assert "sizes only" in SPINNAKER2.describe() and SPINNAKER2.cores == 152
    for chip in (SPINNAKER1, SPINNAKER2):
        assert set(chip.sources) >= {"cores", "sdram_bytes", "chips_per_board"}
    assert allocation.Plan.__name__ == "Plan"
