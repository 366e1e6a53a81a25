"""Random numbers of cells: several values that draw from one generator, and values that have none of their own.

PyNN copies a generator, with its state, each time it evaluates the parameters of a cell or synapse type: two parameters
that share one are then equal (correlation 1), and so are two populations of one cell type. Here they draw in turn.

A distribution without a seeded generator has one of PyNN's that no seed repeats. Here it draws from the stream that
``setup(rng_seed=)`` begins.
"""

from __future__ import annotations

import warnings
from copy import copy, deepcopy
from functools import cached_property
from typing import Any

import numpy as np
from pyNN import random as pynn
from pyNN.parameters import ParameterSpace
from pyNN.random import RandomDistribution, WrappedRNG

from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.checks.random_numbers import is_numpy
from brianhw.pynn.checks.refusals import KindRefused
from brianhw.pynn.simulator import state
from brianhw.pynn.wiring.drawing import GeneratorRNG, new_generator

__all__ = ["NativeRNG", "drawn_in_turn", "generators_of", "is_unseeded", "own_generator", "repeatable"]


class NativeRNG(pynn.NativeRNG, GeneratorRNG):
    """The random numbers that this back end draws where it is left the choice: NumPy's newer generators.

    Connectors, values and samples that share one draw from it in turn.

    Parameters
    ----------
    seed : int, optional
        Without one it follows from ``setup(rng_seed=)``.
    parallel_safe : bool
        Whether a mask picks from numbers that are all drawn, so that they are the same on any number of processes.

    Raises
    ------
    PyNNError
        If the seed is no whole number, zero or more.
    """

    def __init__(self, seed: int | None = None, parallel_safe: bool = True) -> None:
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0):
            raise PyNNError(f"NativeRNG: the seed must be a whole number, zero or more, not {seed!r}.")
        WrappedRNG.__init__(self, None if seed is None else int(seed), parallel_safe)

    @cached_property
    def rng(self) -> np.random.Generator:  # type: ignore[override]  # PyNN's is an attribute
        """NumPy's generator, made when it is first asked for."""
        return own_generator().rng if self.seed is None else np.random.default_rng(self.seed)

    def __deepcopy__(self, memo: Any) -> NativeRNG:
        other = NativeRNG(self.seed, self.parallel_safe)
        other.rng = deepcopy(self.rng, memo)
        return other


def is_unseeded(rng: Any) -> bool:
    """Tell whether no seed repeats what this generator draws; ``None`` is what PyNN would replace by such a one."""
    return rng is None or (is_numpy(rng) and rng.seed is None)


def own_generator() -> GeneratorRNG:
    """Return a new generator, which follows from ``setup(rng_seed=)``."""
    with state.own_random_numbers():
        return GeneratorRNG(new_generator())


def drawn(owner: str, distribution: Any, number: int) -> Any:
    """Return an array of *number* values of a random distribution.

    Raises
    ------
    KindRefused
        If it is none.
    """
    if not hasattr(distribution, "next"):
        raise KindRefused(f"{owner}: a RandomDistribution is needed, not {distribution!r}.")
    return np.atleast_1d(distribution.next(number))


def repeatable(value: Any) -> Any:
    """Return a lazy array that draws from our stream where *value* has no seed; anything else as it is."""
    if not hasattr(value, "base_value"):
        return value
    own, base = copy(value), value.base_value
    if isinstance(base, RandomDistribution) and is_unseeded(base.rng):
        own.base_value = copy(base)
        own.base_value.rng = own_generator()
    own.operations = [(operation, repeatable(argument)) for operation, argument in value.operations]
    return own


def drawn_in_turn(space: ParameterSpace, what: str) -> ParameterSpace:
    """Return a copy of *space* that can be evaluated without changing it, and that draws from the same generators."""
    own = _copied(space)
    generators = [id(generator) for generator in generators_of(own)]
    if len(set(generators)) < len(generators):
        warnings.warn(
            f"Several of {what} share one random generator; they draw from it in turn. (Other PyNN back ends would "
            "give them the same numbers.)",
            PyNNWarning,
            stacklevel=5,
        )
    return own


def _copied(space: ParameterSpace) -> ParameterSpace:
    own = ParameterSpace({}, space.schema, space.shape, space.component)
    for name, value in space.items():
        own._parameters[name] = _copied(value) if isinstance(value, ParameterSpace) else repeatable(copy(value))
    return own


def generators_of(space: ParameterSpace) -> list[Any]:
    """Return the random generator of each value that is drawn."""
    found: list[Any] = []
    for value in space._parameters.values():
        if isinstance(value, ParameterSpace):
            found += generators_of(value)
        elif isinstance(getattr(value, "base_value", None), RandomDistribution):
            found.append(value.base_value.rng)
    return found
