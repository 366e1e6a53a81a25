"""Codes of DYNAP-SE1's bias generators against numbers that its users print, and against a search through all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.chips.bias_codes import BiasCode, nearest_code, usable_codes
from brianhw.errors import ParameterError

UNIT = 1e-14  # ampere; the helper's linear scale
CODES = st.integers(0, 1811).map(lambda index: BiasCode(*usable_codes()[0][index].tolist()))


@pytest.mark.parametrize(
    ("code", "table"),
    [((0, 1), 5.88), ((4, 80), 1568628), ((5, 125), 19607844), ((6, 200), 250980400), ((7, 138), 1298823550)],
)
def test_currents_are_those_of_the_helper(code: tuple[int, int], table: float) -> None:
    tolerance = 5e-6 if table > 100 else 1e-3  # single precision; the smallest is printed with three digits
    assert BiasCode.of(code).current / UNIT == pytest.approx(table, rel=tolerance)


def test_the_table_of_codes_rises_from_zero_to_the_largest() -> None:
    codes, currents = usable_codes()
    assert codes.shape == (1812, 2) and (np.diff(currents) > 0).all()
    assert currents[0] == 0 and currents[-1] == 24e-6
    assert [BiasCode(*each).current for each in codes.tolist()] == currents.tolist()


def test_a_code_that_repeats_a_lower_range_comes_back_as_one_of_that() -> None:
    assert nearest_code(BiasCode.of((4, 10)).current) == (3, 77)


@given(CODES)
def test_the_nearest_code_to_that_of_a_code_is_itself(code: BiasCode) -> None:
    assert nearest_code(code.current) == code


@given(st.floats(0, 3e-5) | st.floats(-13, -4.6).map(lambda power: 10.0**power))
def test_no_code_is_nearer(current: float) -> None:
    _, currents = usable_codes()
    assert abs(nearest_code(current).current - current) == np.abs(currents - current).min()


@pytest.mark.parametrize("code", [(8, 0), (0, 256), (-1, 3), (1.5, 3), (True, 3), 7, "47", (1, 2, 3), None])
def test_what_is_no_code_is_refused(code: Any) -> None:
    with pytest.raises(ParameterError, match="DYNAP-SE1"):
        BiasCode.of(code)


def test_a_code_that_was_given_fine_first_is_recognised() -> None:
    with pytest.raises(ParameterError, match=r"did you mean \(4, 80\)"):
        BiasCode.of((80, 4))


@pytest.mark.parametrize("current", [-1e-12, float("nan")])
def test_a_current_that_is_none_is_refused(current: float) -> None:
    with pytest.raises(ParameterError, match="from 0 up"):
        nearest_code(current)
