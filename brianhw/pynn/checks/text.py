"""What is no number, in the place of a number: text, a value with a unit, true or false, nothing.

PyNN evaluates text as Python, and takes a quantity for its bare number: ``2*ms`` of Brian2 for 0.002 ms, and ``True``
for 1. Here all are refused, where they are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

import numpy as np
from brian2 import Quantity as Brian2Quantity
from lazyarray import larray
from pyNN.parameters import ArrayParameter
from pyNN.random import RandomDistribution
from quantities import Quantity

from brianhw.pynn.checks.domains import Domain, Order, check, check_orders, known_values, numbers_of
from brianhw.pynn.checks.random_numbers import check_distribution
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused, as_ours, refuse_unknown

__all__ = ["NoText", "plain_numbers", "refuse_text"]


def refuse_text(owner: str, parameters: Mapping[str, Any]) -> None:
    """Raise if one of the *parameters* is text.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming it.
    """
    for name, value in parameters.items():
        if isinstance(value, str | bytes):
            raise ValueRefused(
                f"{owner}: {name} was given the text {value!r}, which is not evaluated. Give a number, an array, a "
                "random distribution or a function."
            )


def plain_numbers(owner: str, parameters: Mapping[str, Any], may_be_none: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return *parameters*; a NumPy array without dimensions, which PyNN cannot index, as a number.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming a parameter that is text, has a unit, or is no number, and nothing that makes numbers.
    """
    refuse_text(owner, parameters)
    for name, value in parameters.items():
        if isinstance(value, Brian2Quantity | Quantity):
            raise ValueRefused(
                f"{owner}: {name} was given {value!r}. PyNN takes numbers without a unit; they count in its own units "
                "(ms, mV, nA, nF, uS)."
            )
        if not (value is None and name in may_be_none):
            _check_kind(owner, name, value)
    return {k: v.item() if isinstance(v, np.ndarray) and not v.ndim else v for k, v in parameters.items()}


def _check_kind(owner: str, name: str, value: Any) -> None:
    """Raise unless *value* is of numbers, or something that PyNN makes numbers of when it needs them."""
    who = f"{owner}: {name}"
    if isinstance(value, RandomDistribution):
        check_distribution(value, who)
    elif isinstance(value, Real | np.ndarray | ArrayParameter | list | tuple | range):
        with as_ours(who):  # rows of different lengths are no array
            numbers_of(who, _rows(value))
    elif hasattr(value, "__array__"):
        numbers_of(who, value)
    elif not (isinstance(value, larray | Iterator) or callable(value) or any(hasattr(value, each) for each in LATER)):
        raise ValueRefused(
            f"{who} was given {value!r}, a {type(value).__name__}. Give a number, an array, a list, a random "
            "distribution or a function."
        )


def _rows(value: Any) -> Any:
    """Return rows of different lengths as an array of objects, which NumPy does not make of itself."""
    if isinstance(value, list | tuple) and any(isinstance(each, list | tuple | np.ndarray) for each in value):
        rows = np.empty(len(value), dtype=object)
        for place, each in enumerate(value):
            rows[place] = each
        return rows
    return value


LATER = ("tocsr", "next", "lazily_evaluate")  # what lazyarray, too, makes numbers of: sparse matrices, generators


class NoText:
    """A model whose parameters are checked as they are given; mixed in before PyNN's class.

    ``domains`` and ``orders`` are those of its parameters.
    """

    default_parameters: Any  # PyNN's
    parameter_space: Any
    domains: Mapping[str, Domain] = {}
    orders: tuple[Order, ...] = ()
    item = "cell"  # what has a value each, where an array is given
    takes_places = False  # whether values without a name may be given, in the order of the parameters

    def __init__(self, *values: Any, **parameters: Any) -> None:
        owner = type(self).__name__
        names = list(self.default_parameters)
        if values and not self.takes_places:
            raise KindRefused(f"{owner} takes its parameters by name: {', '.join(names)}; it was given {values[0]!r}.")
        given = _by_name(owner, values, parameters, names)
        plain = plain_numbers(owner, given)
        with as_ours(f"{owner} ({', '.join(plain)})" if plain else owner):
            super().__init__(**plain)
        known = known_values(self.parameter_space)
        # the order of spike times is for the population to check, and with it their values
        known = {name: value for name, value in known.items() if name in given and name not in UNCHECKED}
        check(owner, known, domains_of(self), self.item)
        both = {name: value for name, value in known_values(self.parameter_space).items() if np.ndim(value) == 0}
        check_orders(owner, both, orders_of(self))

    def get_schema(self) -> dict[str, Any]:
        """Return the type of each parameter. Where PyNN's default is a whole number, it would cut 2.5 to 2."""
        schema = super().get_schema()  # type: ignore[misc]
        return {name: float if kind is int else kind for name, kind in schema.items()}

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.default_parameters and not hasattr(type(self), name):
            raise KindRefused(
                f"{type(self).__name__}: {name} is set when the model is made, {type(self).__name__}({name}=...), or "
                f"later of its cells or connections, with set({name}=...)."
            )
        super().__setattr__(name, value)


UNCHECKED = ("spike_times", "locations")


def _by_name(owner: str, values: tuple[Any, ...], parameters: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return arguments by name; those without are in the order of *names*."""
    refuse_unknown(owner, parameters, names)
    if len(values) > len(names):
        raise KindRefused(f"{owner} has {len(names)} parameters, {len(values)} were given: {', '.join(names)}.")
    in_order = dict(zip(names, values, strict=False))
    twice = in_order.keys() & parameters.keys()
    if twice:
        raise KindRefused(f"{owner}: {', '.join(sorted(twice))} was given twice, by place and by name.")
    return {**in_order, **parameters}


def domains_of(model: Any) -> Mapping[str, Domain]:
    """Return the domains of a model's parameters: its own, and those that follow from its equations."""
    realisation = getattr(model, "realisation", None)
    found = dict(realisation.domains) if realisation is not None else {}
    return {**found, **model.domains} if hasattr(model, "domains") else found


def orders_of(model: Any) -> tuple[Order, ...]:
    """Return the rules for two parameters of a model."""
    realisation = getattr(model, "realisation", None)
    return (*getattr(model, "orders", ()), *(realisation.orders if realisation is not None else ()))
