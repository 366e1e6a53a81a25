"""Single values that users give with a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.units.fundamentalunits import get_dimensions, get_unit, get_unit_for_display

from brianhw.errors import ParameterError, UnitError

__all__ = ["in_unit"]


def in_unit(owner: str, value: Any, unit: Any) -> float:
    """Return one finite *value* in SI units; *unit* is a unit that it must have, or 1 for none.

    Raises
    ------
    UnitError
        If it has another unit.
    ParameterError
        If it is no single finite number.
    """
    if isinstance(value, (str, bool, np.bool_)) or np.size(value) != 1:
        raise ParameterError(f"{owner} takes one value, not {value!r}.")
    asked, given = get_dimensions(unit), get_dimensions(value)
    if asked is not given:
        wanted = get_unit_for_display(asked) if not asked.is_dimensionless else "a number without unit"
        found = get_unit(given) if not given.is_dimensionless else "no unit"
        raise UnitError(f"{owner} is in {wanted}, it was given {value} ({found!s}).")
    try:
        number = float(np.ravel(value)[0])
    except (TypeError, ValueError):
        raise ParameterError(f"{owner} takes a number, not {value!r}.") from None
    if not np.isfinite(number):
        raise ParameterError(f"{owner} takes a finite value, not {value}.")
    return number
