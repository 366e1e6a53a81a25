"""Random numbers that several values draw from one generator.

PyNN copies a generator, with its state, each time it evaluates the parameters of a cell or synapse type: two parameters
that share one are then equal (correlation 1), and so are two populations of one cell type. Here they draw in turn.
"""

from __future__ import annotations

import warnings
from copy import copy
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.random import RandomDistribution

from brianhw.errors import PyNNWarning

__all__ = ["drawn_in_turn", "generators_of"]


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
        own._parameters[name] = _copied(value) if isinstance(value, ParameterSpace) else copy(value)
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
