"""Delays in whole steps: what is rounded how, and what is refused."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.errors import ParameterError
from brianhw.timing import LAST_STEP, delay_steps


def test_of_two_equally_near_steps_a_delay_takes_the_even_one() -> None:
    assert delay_steps([1.5, 2.5, 3.5, 4.5], 1.0).tolist() == [2, 2, 4, 4]
    assert delay_steps([0.375, 0.625, 0.875], 0.25).tolist() == [2, 2, 4]


@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.5, 1.0]))
def test_a_delay_written_as_a_decimal_multiple_of_the_step_is_that_multiple(count: int, timestep: float) -> None:
    written = float(round(count * Fraction(str(timestep)), 9))
    assert delay_steps(written, timestep, least=0) == count


@given(st.floats(0, 1e6), st.sampled_from([0.1, 0.25, 1.0]))
def test_a_delay_moves_by_half_a_step_at_most(delay: float, timestep: float) -> None:
    moved = int(delay_steps(delay, timestep, least=0)) * Fraction(timestep) - Fraction(delay)
    assert abs(moved) <= Fraction(timestep) / 2 + Fraction(math.ulp(delay / timestep)) * Fraction(timestep)


@pytest.mark.parametrize("least", [0, 1, 3])
def test_shorter_delays_take_the_least_number_of_steps(least: int) -> None:
    assert delay_steps([0.0, 0.2, 2.0, 4.0], 1.0, least=least).tolist() == [max(n, least) for n in (0, 0, 2, 4)]


def test_a_delay_takes_one_step_unless_less_is_allowed() -> None:
    assert delay_steps(0.0, 1.0) == 1


def test_seconds_and_milliseconds_are_the_same_steps() -> None:
    delays = np.array([0.1, 0.7, 1.3, 25.0])
    assert delay_steps(delays / 1000, 0.1 / 1000).tolist() == delay_steps(delays, 0.1).tolist() == [1, 7, 13, 250]


@pytest.mark.parametrize("delays", [2.0, [2.0], [[1.0, 2.0], [3.0, 4.0]], []])
def test_steps_have_the_shape_of_the_delays(delays: object) -> None:
    steps = delay_steps(delays, 1.0)
    assert np.shape(steps) == np.shape(delays)
    assert steps.dtype == np.int64


@pytest.mark.parametrize("delay", [-1e-9, -3.0, math.nan, math.inf, LAST_STEP + 1.0])
def test_a_delay_that_no_step_count_can_be_is_refused_with_its_owner(delay: float) -> None:
    message = re.escape(
        f"a -> b: a delay of {delay:g} was asked for; it must be zero or more, and at most {LAST_STEP} steps"
    )
    with pytest.raises(ParameterError, match=message):
        delay_steps([1.0, delay], 1.0, owner="a -> b")


def test_the_longest_delay_is_taken() -> None:
    assert delay_steps(float(LAST_STEP), 1.0) == LAST_STEP
