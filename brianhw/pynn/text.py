"""Text in the place of a number. PyNN evaluates it as Python; here it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyNN.errors import InvalidParameterValueError

__all__ = ["NoText", "refuse_text"]


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


class NoText:
    """A model whose parameters are no text; mixed in before PyNN's class."""

    def __init__(self, *values: Any, **parameters: Any) -> None:
        refuse_text(type(self).__name__, {**{f"argument {k + 1}": v for k, v in enumerate(values)}, **parameters})
        super().__init__(*values, **parameters)
