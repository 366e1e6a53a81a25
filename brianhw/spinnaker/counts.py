"""Options of the chip: whole numbers as the vendor's tool takes them (``n / 2`` is one where it has no fraction)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brianhw.errors import PyNNError, SpinnakerError
from brianhw.pynn.checks import domains

__all__ = ["for_chip", "whole"]


def whole(owner: str, what: str, value: Any, least: int = 1) -> int:
    """Return a whole number, which may come as a float.

    Raises
    ------
    SpinnakerError
        If *value* is no whole number of at least *least*; naming *owner* and *what* it counts.
    """
    try:
        return domains.whole(f"{owner}: {what}", value, least)
    except PyNNError as error:
        message = f"{owner}: {what} must be a whole number of at least {least}, not {value!r}."
        raise SpinnakerError(message) from error


def for_chip(check: Callable[..., Any], *arguments: Any) -> Any:
    """Return what *check* returns; what it refuses is an option of the chip."""
    try:
        return check(*arguments)
    except PyNNError as error:
        raise SpinnakerError(str(error)) from error
