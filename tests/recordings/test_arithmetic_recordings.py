"""Recorded vectors of the chip's arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from brianhw.arithmetic import s1615
from paths import DATA

RECORDED = DATA / "spinnaker" / "arithmetic" / "primitives.npz"


@pytest.mark.parametrize(
    ("name", "arguments", "function"),
    [
        ("mul", ("mul_a", "mul_b"), s1615.multiply),
        ("kdivk", ("kdivk_a", "kdivk_b"), s1615.divide),
        ("decay", ("decay_x", "decay_u"), s1615.decay),
        ("expk", ("expk_x",), s1615.exponential),
        ("expulr", ("expulr_x",), lambda x: s1615.unsigned(s1615.exponential_fraction(x))),
    ],
)
def test_recorded_vectors(name: str, arguments: tuple[str, ...], function: Any) -> None:
    recorded = np.load(RECORDED)
    found = function(*(recorded[each] for each in arguments))
    assert len(found) >= 800
    assert np.array_equal(found, recorded[name])
