"""Random distributions and generators whose parameters are checked when they are made.

PyNN's own classes are taken as well; they are checked where they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN import random as pynn
from pyNN.random import AbstractRNG, available_distributions

from brianhw.errors import unknown_name
from brianhw.pynn.checks.domains import FRACTION, NOT_NEGATIVE, REACHABLE, WHOLE, Domain, Order, check, check_orders
from brianhw.pynn.checks.domains import whole as whole_number
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused, as_ours, refuse_unknown

__all__ = ["NumpyRNG", "RandomDistribution", "check_distribution", "is_numpy"]

INTEGER = Domain("be a whole number", lambda x: np.isfinite(x) & (np.floor(x) == x))
BELOW = Domain("be a number below infinity", lambda x: x < np.inf)
CLIPPED = {"sigma": NOT_NEGATIVE, "low": BELOW, "high": REACHABLE}

#: What each parameter of each distribution must be; others are finite numbers.
DOMAINS: Mapping[str, Mapping[str, Domain]] = {
    "binomial": {"n": WHOLE, "p": FRACTION},
    "gamma": {"k": NOT_NEGATIVE, "theta": NOT_NEGATIVE},
    "exponential": {"beta": NOT_NEGATIVE},
    "lognormal": {"sigma": NOT_NEGATIVE},
    "normal": {"sigma": NOT_NEGATIVE},
    "normal_clipped": CLIPPED,
    "normal_clipped_to_boundary": CLIPPED,
    "poisson": {"lambda_": NOT_NEGATIVE},
    "uniform_int": {"low": INTEGER, "high": INTEGER},
    "vonmises": {"kappa": NOT_NEGATIVE},
}
# the upper end of whole numbers is not drawn, as in PyNN; which limit of "uniform" is the larger makes no difference
ORDERS = {
    "uniform_int": Order("low", "high"),
    "normal_clipped": Order("low", "high"),
    "normal_clipped_to_boundary": Order("low", "high", strict=False),
}


def check_distribution(distribution: pynn.RandomDistribution, who: str = "") -> None:
    """Raise if nothing, or nothing sensible, can be drawn.

    Raises
    ------
    ValueRefused
        Naming the parameter.
    """
    name = distribution.name
    owner = f"{who and f'{who}: '}RandomDistribution({name!r})"
    check(owner, distribution.parameters, DOMAINS.get(name, {}))
    if name in ORDERS:
        check_orders(owner, distribution.parameters, (ORDERS[name],))


class RandomDistribution(pynn.RandomDistribution):
    __doc__ = pynn.RandomDistribution.__doc__

    def __init__(self, distribution: str, parameters_pos: Any = None, rng: Any = None, **parameters_named: Any) -> None:
        if not isinstance(distribution, str) or distribution not in available_distributions:
            raise unknown_name("PyNN", "random distribution", distribution, available_distributions)
        if rng is not None and not isinstance(rng, AbstractRNG):
            raise KindRefused(
                f"RandomDistribution({distribution!r}): rng must be a random number generator, not {rng!r}."
            )
        refuse_unknown(f"RandomDistribution({distribution!r})", parameters_named, available_distributions[distribution])
        with as_ours(f"RandomDistribution({distribution!r})"):
            try:
                super().__init__(distribution, parameters_pos, rng, **parameters_named)
            except KeyError as error:
                raise KindRefused(
                    f"RandomDistribution({distribution!r}) needs {', '.join(available_distributions[distribution])}; "
                    f"given were {', '.join(parameters_named) or 'none'}."
                ) from error
        check_distribution(self)


class NumpyRNG(pynn.NumpyRNG):
    __doc__ = pynn.NumpyRNG.__doc__

    def __init__(self, seed: Any = None, parallel_safe: bool = True) -> None:
        if seed is not None:
            seed = whole_number("NumpyRNG: seed", seed, 0, 2**32 - 1)
        super().__init__(seed, parallel_safe)

    def _clipped(self, gen: Any, low: float = -np.inf, high: float = np.inf, size: Any = None) -> Any:
        try:
            return super()._clipped(gen, low, high, size)
        except Exception as error:  # PyNN raises Exception itself
            raise ValueRefused(
                f"RandomDistribution('normal_clipped'): hardly a number falls between {low:g} and {high:g}. Give "
                "limits nearer to mu, or a larger sigma."
            ) from error


def is_numpy(rng: Any) -> bool:
    """Say whether this is PyNN's generator of NumPy's numbers and nothing else."""
    return type(rng) in (pynn.NumpyRNG, NumpyRNG)
