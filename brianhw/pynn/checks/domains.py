"""What values a parameter can have, and the one place where they are checked.

A domain stands beside its model: those of cells follow from what the models of :mod:`brianhw.equations` say of their
parameters (``positive``, ``not_negative``), those of synapses, sources and electrodes from the ``domains`` of their
class. Whatever way a value comes (a number, an array, a draw, a function, a later change), it passes :func:`check`
before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from pyNN.parameters import ArrayParameter

from brianhw.pynn.checks.refusals import KindRefused, ValueRefused

__all__ = [
    "COUNT",
    "DELAY",
    "ENDLESS",
    "FRACTION",
    "NOT_NEGATIVE",
    "NUMBER",
    "POSITIVE",
    "REACHABLE",
    "UNBOUNDED",
    "WHOLE",
    "Domain",
    "Order",
    "check",
    "check_gather",
    "check_orders",
    "flag",
    "is_number",
    "known_values",
    "number",
    "numbers_of",
    "one_of",
    "whole",
]


@dataclass(frozen=True)
class Domain:
    """The values that a parameter can have.

    Parameters
    ----------
    need : str
        What a message says after "it must".
    holds : callable
        Says for an array which of its numbers are in the domain; no NaN is.
    """

    need: str
    holds: Callable[[np.ndarray], np.ndarray]


NUMBER = Domain("be a number and finite", np.isfinite)
POSITIVE = Domain("be positive and finite", lambda x: (x > 0) & (x < np.inf))
NOT_NEGATIVE = Domain("be zero or more, and finite", lambda x: (x >= 0) & (x < np.inf))
DELAY = Domain("be a number of zero or more, and finite", NOT_NEGATIVE.holds)
FRACTION = Domain("lie between 0 and 1", lambda x: (x >= 0) & (x <= 1))
WHOLE = Domain("be a whole number of zero or more", lambda x: (x >= 0) & (x < np.inf) & (np.floor(x) == x))
COUNT = Domain("be a whole number of one or more", lambda x: (x >= 1) & (x < np.inf) & (np.floor(x) == x))
#: A threshold may be out of reach, an end may never come.
UNBOUNDED = Domain("be a number", lambda x: ~np.isnan(x))
REACHABLE = Domain("be a number above minus infinity", lambda x: x > -np.inf)
ENDLESS = Domain("be zero or more", lambda x: x >= 0)


class Order(NamedTuple):
    """A rule for two parameters: *low* lies below *high*, or, if not *strict*, is at most as large."""

    low: str
    high: str
    strict: bool = True

    def broken(self, low: Any, high: Any) -> np.ndarray:
        """Say where it does not hold."""
        return np.atleast_1d(np.greater_equal(low, high) if self.strict else np.greater(low, high))


# -- what is a number -------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """Say whether this is a real number; true and false are none."""
    return isinstance(value, Real) and np.asarray(value).dtype.kind != "b"


def numbers_of(who: str, value: Any) -> np.ndarray:
    """Return the numbers in *value*, flat: those of a number, an array, sequences or an array of them.

    Raises
    ------
    ValueRefused
        If there is something that is no real number; booleans are none.
    """
    if isinstance(value, ArrayParameter):
        value = value.value
    array = np.asarray(value)
    if array.dtype.kind in "iuf":
        return array.ravel()
    if array.dtype.kind == "O":
        parts = [_of_object(who, each) for each in array.ravel()]
        return np.concatenate(parts) if parts else np.empty(0)
    if array.size == 0:
        return np.empty(0)
    raise ValueRefused(f"{who} was given {_shown(value)}, which is {_kind(array)}. Give numbers.")


def _of_object(who: str, value: Any) -> np.ndarray:
    if is_number(value):
        return np.array([float(value)])
    if isinstance(value, ArrayParameter | np.ndarray | list | tuple | range):
        return numbers_of(who, value)
    raise ValueRefused(f"{who} was given {_shown(value)}, which is {_kind(np.asarray(value))}. Give numbers.")


def _kind(array: np.ndarray) -> str:
    names = {"b": "true or false", "c": "complex", "U": "text", "S": "text"}
    return names.get(array.dtype.kind, "no number")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# -- parameters of a model --------------------------------------------------------------------------


def check(
    owner: str,
    values: Mapping[str, Any],
    domains: Mapping[str, Domain],
    item: str = "",
    subject: str = "it",
) -> None:
    """Raise if a value is none that its parameter can have.

    Parameters
    ----------
    owner : str
        Who has the parameters.
    values : mapping of str to number, array or sequence
        As they are to be used; a number holds for all items, an array has one entry for each.
    domains : mapping of str to Domain
        Those of other names are finite numbers.
    item : str
        What has one value each where there are several, ``"cell"`` or ``"connection"``.
    subject : str
        What "must be" follows: ``"it"``, or ``"name"`` for that of the parameter.

    Raises
    ------
    ValueRefused
        Naming the parameter and the first item that is wrong.
    """
    for name, value in values.items():
        domain = domains.get(name, NUMBER)
        numbers = numbers_of(f"{owner}: {name}", value)
        inside = domain.holds(numbers)
        if not inside.all():
            place = int(np.argmin(inside))
            of = f" of {item} {_item_of(value, place)}" if item and np.ndim(value) else ""
            said = name if subject == "name" else subject
            raise ValueRefused(f"{owner}: {name}{of} is {numbers[place]:g}; {said} must {domain.need}.")


def _item_of(value: Any, place: int) -> int:
    """Return which item has the number *place* of the flat numbers in *value*."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        ends = np.cumsum([np.size(getattr(each, "value", each)) for each in value.ravel()])
        return int(np.searchsorted(ends, place, "right"))
    return place


def check_orders(owner: str, values: Mapping[str, Any], orders: Iterable[Order], item: str = "") -> None:
    """Raise if two parameters are not in order.

    Raises
    ------
    ValueRefused
        Naming both, and the first item where it is so.
    """
    for order in orders:
        if order.low not in values or order.high not in values:
            continue
        low, high = values[order.low], values[order.high]
        broken = order.broken(low, high)
        if broken.any():
            at = int(np.argmax(broken))
            first, second = (np.broadcast_to(np.atleast_1d(each), broken.shape)[at] for each in (low, high))
            of = f" of {item} {at}" if item and len(broken) > 1 else ""
            need = "lie below" if order.strict else "be at most"
            raise ValueRefused(
                f"{owner}: {order.low}{of} is {first:g}, {order.high} is {second:g}; {order.low} must {need} "
                f"{order.high}. Set both in one call if both change."
            )


def known_values(space: Any) -> dict[str, Any]:
    """Return those values of a parameter space that are known without drawing or calling anything."""
    found = {}
    for name, lazy in space.items():
        base = getattr(lazy, "base_value", None)
        if isinstance(base, int | float | np.number | np.ndarray | ArrayParameter) and not lazy.operations:
            found[name] = base
    return found


# -- single arguments -------------------------------------------------------------------------------


def number(who: str, value: Any, domain: Domain = NUMBER, unit: str = "") -> float:
    """Return one number of *domain*; *who* names the argument.

    Raises
    ------
    KindRefused, ValueRefused
        If it is none.
    """
    if isinstance(value, np.ndarray) and not value.ndim:
        value = value.item()
    if not is_number(value):
        raise KindRefused(f"{who} must be a number{unit and f' ({unit})'}, not {_shown(value)}.")
    if not domain.holds(np.array([float(value)]))[0]:
        raise ValueRefused(f"{who} must {domain.need}{unit and f' ({unit})'}, not {value:g}.")
    return float(value)


LARGEST = 2**62  # of whole numbers


def whole(who: str, value: Any, least: int = 0, most: int = LARGEST) -> int:
    """Return a whole number, which may be written as a float.

    Raises
    ------
    KindRefused, ValueRefused
        If it is none, or out of range.
    """
    found = number(who, value)
    if found != np.floor(found):
        raise ValueRefused(f"{who} must be a whole number, not {value:g}.")
    exact = int(value) if isinstance(value, Integral) else int(found)
    if not least <= exact <= most:
        limit = f"{least} or more" if most == LARGEST and exact < least else f"from {least} to {most}"
        raise ValueRefused(f"{who} must be {limit}, not {exact}.")
    return exact


def flag(who: str, value: Any) -> bool:
    """Return a truth value.

    Raises
    ------
    KindRefused
        If it is none; text such as ``"no"`` would count as true.
    """
    if isinstance(value, bool | np.bool_) or (isinstance(value, Integral) and value in (0, 1)):
        return bool(value)
    raise KindRefused(f"{who} must be True or False, not {_shown(value)}.")


def check_gather(owner: str, gather: Any) -> None:
    """Raise :class:`KindRefused` if *gather* is neither a truth value nor PyNN's third choice, ``"all"``."""
    if not (isinstance(gather, str) and gather == "all"):
        flag(f"{owner}: gather", gather)


def one_of(who: str, value: Any, known: Sequence[Any]) -> Any:
    """Return *value*, one of the *known* ones.

    Raises
    ------
    ValueRefused
        If it is none of them.
    """
    if not any(value is each or (isinstance(value, str) and value == each) for each in known):
        raise ValueRefused(f"{who} must be one of {', '.join(map(repr, known))}, not {_shown(value)}.")
    return value
