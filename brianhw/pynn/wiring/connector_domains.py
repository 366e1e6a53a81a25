"""What the arguments of connectors must be: checked when one is made, and again when it connects.

The second time is for connectors that are PyNN's own, and for attributes that a script has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pyNN.random import AbstractRNG, RandomDistribution

from brianhw.pynn.checks.domains import ENDLESS, FRACTION, Domain, flag, number, numbers_of, whole
from brianhw.pynn.checks.random_numbers import check_distribution
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused

__all__ = ["check_arguments", "check_connector", "check_probabilities"]


def _number_of(domain: Domain) -> Callable[[str, Any], Any]:
    return lambda who, value: number(who, value, domain)


def _how_many(who: str, value: Any) -> Any:
    """Return a whole number, or a distribution of such."""
    if not isinstance(value, RandomDistribution):
        return whole(who, value)
    check_distribution(value, who)
    return value


def _self_connections(who: str, value: Any) -> Any:
    if not (isinstance(value, bool | np.bool_) or (isinstance(value, str) and value == "NoMutual")):
        raise KindRefused(f"{who} must be True, False or 'NoMutual', not {value!r}.")
    return value if isinstance(value, str) else bool(value)


def _generator(who: str, value: Any) -> Any:
    if not isinstance(value, AbstractRNG | None):
        raise KindRefused(f"{who} must be a random number generator such as sim.NumpyRNG(seed=1), not {value!r}.")
    return value


def _callback(who: str, value: Any) -> Any:
    if not (value is None or callable(value)):
        raise KindRefused(f"{who} must be a function of the share that is done, not {value!r}.")
    return value


def _optional_number(who: str, value: Any) -> Any:
    return None if value is None else whole(who, value)


def _table(who: str, value: Any) -> Any:
    """Return a matrix of truth values, or of ones and zeros."""
    found = np.asarray(value)
    if found.ndim != 2:
        raise KindRefused(f"{who} must be a matrix, presynaptic by postsynaptic cells, not of shape {found.shape}.")
    if found.dtype != bool and not np.isin(numbers_of(who, found), (0, 1)).all():
        raise ValueRefused(f"{who} must hold True and False, or 1 and 0.")
    return value


def _names(who: str, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str) or not (np.iterable(value) and all(isinstance(each, str) for each in value)):
        raise KindRefused(f"{who} must be a list of names, such as ('weight', 'delay'), not {value!r}.")
    return tuple(value)


CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "p_connect": _number_of(FRACTION),
    "rewiring": _number_of(FRACTION),
    "degree": _number_of(ENDLESS),
    "n": _how_many,
    "n_connections": _optional_number,
    "allow_self_connections": _self_connections,
    "with_replacement": flag,
    "safe": flag,
    "distributed": flag,
    "trust": flag,
    "verbose": flag,
    "rng": _generator,
    "callback": _callback,
    "array": _table,
    "column_names": _names,
}


def check_arguments(owner: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a connector as they are used: whole numbers as integers.

    Raises
    ------
    KindRefused, ValueRefused
        Naming the connector and the argument.
    """
    return {
        name: CHECKS[name](f"{owner}: {name}", value) if name in CHECKS else value for name, value in arguments.items()
    }


def check_connector(connector: Any) -> None:
    """Raise where the attributes of a connector make no sense."""
    # names and arrays are checked with the cells that they are for
    own = {n: value for n, value in vars(connector).items() if n in CHECKS and n not in ("column_names", "array")}
    check_arguments(type(connector).__name__, own)


def check_probabilities(owner: str, values: Any) -> None:
    """Raise where probabilities, as a function gives them, are negative or no numbers.

    A value above 1 counts as certain: PyNN's documentation has such expressions.

    Raises
    ------
    ValueRefused
        Naming the first one.
    """
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "biuf":
        raise ValueRefused(f"{owner}: a probability must be a number, its function gave {values!r}.")
    wrong = ~(numbers >= 0)
    if wrong.any():
        raise ValueRefused(
            f"{owner}: a probability must be zero or more, its function gave {numbers[wrong].flat[0]:g}."
        )
