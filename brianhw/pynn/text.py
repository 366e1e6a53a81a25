"""Text, or a value with a unit, in the place of a number.

PyNN evaluates text as Python, and takes a quantity for its bare number: ``2*ms`` of Brian2 for 0.002 ms. Here both are
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Quantity as Brian2Quantity
from pyNN.errors import InvalidParameterValueError
from quantities import Quantity

__all__ = ["NoText", "plain_numbers", "refuse_text"]


def refuse_text(owner: str, parameters: Mapping[str, Any]) -> None:
    """Raise if one of the *parameters* is text.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming it.
    """
    for name, value in parameters.items():
        if isinstance(value, str):
            raise InvalidParameterValueError(
                f"{owner}: {name} was given the text {value!r}, which is not evaluated. Give a number, an array, a "
                "random distribution or a function."
            )


def plain_numbers(owner: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return *parameters*; a NumPy array without dimensions, which PyNN cannot index, as a number.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming a parameter that is text or has a unit.
    """
    refuse_text(owner, parameters)
    for name, value in parameters.items():
        if isinstance(value, Brian2Quantity | Quantity):
            raise InvalidParameterValueError(
                f"{owner}: {name} was given {value!r}. PyNN takes numbers without a unit; they count in its own units "
                "(ms, mV, nA, nF, uS)."
            )
    return {k: v.item() if isinstance(v, np.ndarray) and not v.ndim else v for k, v in parameters.items()}


class NoText:
    """A model whose parameters are no text; mixed in before PyNN's class."""

    def __init__(self, *values: Any, **parameters: Any) -> None:
        owner = type(self).__name__
        in_order = plain_numbers(owner, {f"argument {k + 1}": value for k, value in enumerate(values)})
        super().__init__(*in_order.values(), **plain_numbers(owner, parameters))
