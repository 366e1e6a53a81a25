"""Plans for SpiNNaker, against the limits themselves (Hypothesis)."""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from brianhw.allocation.spinnaker import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    OneToOne,
    PopulationRequest,
    ProjectionRequest,
    make_plan,
    raw_weights,
)
from brianhw.errors import BrianHWError
from brianhw.timing import delay_steps


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
