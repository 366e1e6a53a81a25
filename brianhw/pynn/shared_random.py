"""Random numbers of cells: several values that draw from one generator, and values that have none of their own.

PyNN copies a generator, with its state, each time it evaluates the parameters of a cell or synapse type: two parameters
that share one are then equal (correlation 1), and so are two populations of one cell type. Here they draw in turn.

A distribution without a seeded generator has one of PyNN's that no seed repeats. Here it draws from the stream that
``setup(rng_seed=)`` begins.
"""

from __future__ import annotations

import warnings
from copy import copy
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.random import RandomDistribution

from brianhw.errors import PyNNWarning
from brianhw.pynn.random_numbers import is_numpy
from brianhw.pynn.simulator import state
from brianhw.pynn.wiring.drawing import GeneratorRNG, new_generator

__all__ = ["drawn_in_turn", "generators_of", "is_unseeded", "own_generator", "repeatable"]


def is_unseeded(rng: Any) -> bool:
    """Tell whether no seed repeats what this generator draws; ``None`` is what PyNN would replace by such a one."""
    return rng is None or (is_numpy(rng) and rng.seed is None)


def own_generator() -> GeneratorRNG:
    """Return a new generator, which follows from ``setup(rng_seed=)``."""
    with state.own_random_numbers():
        return GeneratorRNG(new_generator())


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
