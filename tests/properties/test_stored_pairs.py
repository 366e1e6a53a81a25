"""Connections are kept by source and delay, and read in PyNN's order as if they had never moved."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("brian2")
from brianhw.pynn.wiring import stored as module
from brianhw.pynn.wiring.stored import StoredPairs, stored

SHAPE = 5, 4


class Made(NamedTuple):
    """What a connector made, in its order."""

    i: np.ndarray
    j: np.ndarray
    steps: np.ndarray


@st.composite
def connections(draw: st.DrawFn) -> Made:
    """Draw connections of few cells, many of the same pairs; those of most connectors are by target."""
    number = draw(st.integers(0, 40))
    i, j, steps = (
        np.array(draw(st.lists(st.integers(0, most), min_size=number, max_size=number)), dtype=int)
        for most in (SHAPE[0] - 1, SHAPE[1] - 1, draw(st.sampled_from([1, 6, 300])))
    )
    order = np.lexsort((i, j)) if draw(st.booleans()) else slice(None)
    return Made(i[order].astype(np.int32), j[order].astype(np.int32), steps.astype(np.uint16))


def keep(made: Made) -> tuple[StoredPairs, np.ndarray]:
    """Return pairs in stored order, and the number of each connection as it was made."""
    pairs, order = stored(made.i, made.j, made.steps)
    return pairs, np.arange(len(made.i)) if order is None else order


@given(connections())
def test_synapses_lie_by_source_and_delay_and_those_alike_as_they_were_made(made: Made) -> None:
    pairs, numbers = keep(made)
    np.testing.assert_array_equal(numbers, np.lexsort((made.steps, made.i)))
    np.testing.assert_array_equal(pairs.i, made.i[numbers])
    np.testing.assert_array_equal(pairs.j, made.j[numbers])


@given(connections())
def test_lists_are_in_the_order_of_the_connector(made: Made) -> None:
    pairs, numbers = keep(made)
    np.testing.assert_array_equal(numbers[pairs.listed], np.arange(len(made.i)))


@given(connections())
def test_connections_of_one_pair_stand_in_a_row_as_they_were_made(made: Made) -> None:
    pairs, numbers = keep(made)
    np.testing.assert_array_equal(numbers[pairs.in_rows], np.lexsort((made.j, made.i)))


@given(connections(), st.sampled_from(["first", "last", "sum", "min", "max"]))
def test_matrices_are_those_of_connections_that_did_not_move(made: Made, multiple: str) -> None:
    values = np.arange(len(made.i)) + 0.5
    pairs, numbers = keep(made)
    unmoved = StoredPairs(made.i, made.j, None, False)
    np.testing.assert_array_equal(
        pairs.matrix(values[numbers], SHAPE, multiple), unmoved.matrix(values, SHAPE, multiple)
    )


@given(connections())
def test_pairs_that_are_connected_once_need_nothing_to_be_listed(made: Made) -> None:
    _, first = np.unique(made.i * SHAPE[1] + made.j, return_index=True)
    i, j, steps = (each[np.sort(first)] for each in made)
    order = np.lexsort((i, j))
    pairs, _ = keep(Made(i[order], j[order], steps))
    assert pairs.order is None and pairs.turns is None


def test_sources_and_delays_that_do_not_fit_one_number_are_sorted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    i = np.array([2**31 - 2, 0, 2**31 - 2], dtype=np.int32)
    steps = np.array([2**32 - 1, 1, 0], dtype=np.uint32)
    np.testing.assert_array_equal(module._by_source(i, steps), [1, 2, 0])
    assert replace(stored(i, i, steps)[0]).by_target is False
