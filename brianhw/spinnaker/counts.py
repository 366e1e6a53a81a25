"""Whole numbers as the vendor's tool takes them: ``n / 2`` is one where it has no fraction."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError

__all__ = ["whole"]


def whole(owner: str, what: str, value: Any, least: int = 1) -> int:
    """Return a whole number, which may come as a float.

    Raises
    ------
    SpinnakerError
        If *value* is no whole number of at least *least*; naming *owner* and *what* it counts.
    """
    number = _integer(value)
    if number is None or number < least:
        raise SpinnakerError(f"{owner}: {what} must be a whole number of at least {least}, not {value!r}.")
    return number


def _integer(value: Any) -> int | None:
    if isinstance(value, float | np.floating):
        return int(value) if float(value).is_integer() else None
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None
