"""Random numbers: PyNN's, for the same lists with the same seed, and our own where no seed was given.

PyNN copies a random number generator, state and all, whenever it evaluates the parameters of a synapse type, and each
connector that compares uniform numbers copies its own. Two parameters with one generator are then equal, and so are the
weights of two projections from one synapse type. Here every user draws from the generator itself, in turn: the numbers
are PyNN's where each generator has one user, and independent, with a warning, where it has more.
"""

from __future__ import annotations

import warnings
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from pyNN.random import NativeRNG, RandomDistribution

from brianhw.errors import PyNNWarning
from brianhw.pynn.checks.random_numbers import NumpyRNG, is_numpy

__all__ = ["GeneratorRNG", "claim", "draw", "is_given", "native_generator", "new_generator"]

# the seed of the generator that a connector makes when it is given none (pyNN.connectors._get_rng)
SEED_OF_PYNN = 151985012

# distributions of which one draw of n is the same as many draws that add up to n
STREAMS = set(
    "binomial gamma exponential lognormal normal normal_clipped_to_boundary poisson uniform uniform_int".split()
)
STREAMS.add("vonmises")


class GeneratorRNG(NumpyRNG):
    """PyNN's distributions on NumPy's newer, faster generators."""

    translations = {**NumpyRNG.translations, "uniform_int": ("integers", {"low": "low", "high": "high"})}

    def __init__(self, generator: np.random.Generator) -> None:
        super().__init__(seed=0)
        self.rng = generator

    def uniform(self, low: float, high: float, size: Any = None) -> Any:
        """Return numbers between two limits, whichever is the larger; the generator itself wants them in order."""
        if (low, high) == (0, 1):
            return self.rng.random(size)  # the same numbers, in a third of the time
        return self.rng.uniform(min(low, high), max(low, high), size)


def new_generator() -> np.random.Generator:
    """Return a generator seeded by NumPy's global one, so that ``numpy.random.seed`` repeats what it draws."""
    return np.random.Generator(np.random.SFC64(np.random.randint(0, 2**32, size=4, dtype=np.uint32)))


def native_generator(rng: Any) -> np.random.Generator | None:
    """Return the generator of a native one that the user gave; ``None`` where the choice is left to us."""
    if isinstance(rng, GeneratorRNG):
        found: np.random.Generator = rng.rng
        return found
    if isinstance(rng, NativeRNG) and rng.seed is not None:  # PyNN's own class, which only holds a seed
        return np.random.default_rng(rng.seed)
    return None


def is_given(rng: Any) -> bool:
    """Tell whether the user gave this generator and a seed, and so wants PyNN's lists."""
    if isinstance(rng, NativeRNG):
        return False
    unseeded = is_numpy(rng) and rng.seed is None
    return not unseeded and rng.seed != SEED_OF_PYNN


_users: WeakKeyDictionary[Any, tuple[Any, bool]] = WeakKeyDictionary()  # generator -> first user, whether warned


def claim(rng: Any, user: str, copied: bool = True) -> None:
    """Note that *user* draws from *rng*; warn, once per generator, if another one did before.

    *copied*: PyNN would draw from a copy. Users that draw from the generator itself do not disturb each other.
    """
    first, warned = _users.get(rng, (None, False))
    if first is None:
        _users[rng] = (user if copied else None, False)
    elif not warned:
        _users[rng] = (first, True)
        warnings.warn(
            f"{rng!r} serves {first} and now {user}. Other PyNN back ends copy the generator, and both get the same "
            "random numbers; here they draw in turn, so the numbers differ from PyNN's. Give each its own generator.",
            PyNNWarning,
            stacklevel=2,
        )


def draw(distribution: RandomDistribution, rng: Any, number: int, columns: np.ndarray | None = None) -> np.ndarray:
    """Return *number* values, with *rng* in place of the distribution's own.

    *columns*: bounds of the columns (one more than there are) that PyNN draws one after the other; it matters only for
    distributions that draw again what falls outside.
    """
    if isinstance(rng, GeneratorRNG) or columns is None or _streams(distribution, rng):
        return np.asarray(_next(distribution, rng, number), dtype=float)
    values = np.empty(number)
    for start, stop in zip(columns[:-1].tolist(), columns[1:].tolist(), strict=True):
        if stop > start:
            values[start:stop] = _next(distribution, rng, stop - start)
    return values


def _streams(distribution: RandomDistribution, rng: Any) -> bool:
    return is_numpy(rng) and distribution.name in STREAMS


def _next(distribution: RandomDistribution, rng: Any, number: int) -> np.ndarray:
    return rng.next(number, distribution.name, distribution.parameters)
