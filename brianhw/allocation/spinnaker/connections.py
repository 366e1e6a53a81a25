"""How many synapses a connector can make: on a neuron, in a row, in all; as the vendor's tool estimates it.

``most(trials, p, a)`` is the smallest count that so many trials of probability *p* do not exceed but with probability
*a*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy  # scipy.stats is imported by its first use

__all__ = [
    "AllToAll",
    "Connections",
    "FixedNumberPost",
    "FixedNumberPre",
    "FixedProbability",
    "FixedTotalNumber",
    "Listed",
    "OneToOne",
    "most",
]


def most(trials: int, p: float, a: float) -> int:
    """Return the smallest count whose cumulative binomial probability is at least 1 - *a*."""
    if trials <= 0 or p <= 0:
        return 0
    return int(scipy.stats.binom.ppf(1 - a, trials, min(p, 1.0)))


class Connections(Protocol):
    """What the planning asks of a connector between *n_pre* and *n_post* neurons.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedProbability, PopulationRequest, ProjectionRequest, make_plan
    >>> cells = PopulationRequest("cells", 100, "IF_curr_exp")
    >>> rule = FixedProbability(0.1)  # a class of your own with these three methods will do, too
    >>> plan = make_plan([cells], [ProjectionRequest("cells", "cells", rule, weight=0.5, delay=1.0)])
    >>> plan.projections[0].per_target
    30
    """

    def per_target(self, n_pre: int, n_post: int) -> int:
        """Return the largest number of synapses of one target neuron."""

    def in_all(self, n_pre: int, n_post: int) -> int:
        """Return the largest number of synapses."""

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        """Return the largest number of synapses of one source with the targets from *first* up to *last*."""


@dataclass(frozen=True)
class OneToOne:
    """Each source with the target of its number.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import OneToOne
    >>> OneToOne().per_target(100, 100), OneToOne().in_all(100, 100)
    (1, 100)
    """

    def per_target(self, n_pre: int, n_post: int) -> int:
        return 1

    def in_all(self, n_pre: int, n_post: int) -> int:
        return max(n_pre, n_post)

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return 1


@dataclass(frozen=True)
class AllToAll:
    """Every source with every target.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import AllToAll
    >>> AllToAll().per_target(100, 50), AllToAll().in_all(100, 50)
    (100, 5000)
    """

    def per_target(self, n_pre: int, n_post: int) -> int:
        return n_pre

    def in_all(self, n_pre: int, n_post: int) -> int:
        return n_pre * n_post

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return last - first


@dataclass(frozen=True)
class FixedProbability:
    """Every pair with probability *p*.

    Parameters
    ----------
    p : float
        From 0 to 1.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedProbability
    >>> FixedProbability(0.1).per_target(100, 50)  # 10 are expected
    30
    """

    p: float

    def per_target(self, n_pre: int, n_post: int) -> int:
        return most(n_pre, self.p, 1e-4 / (n_pre * n_post))

    def in_all(self, n_pre: int, n_post: int) -> int:
        return most(n_pre * n_post, self.p, 1e-2 / (n_pre * n_post))

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return most(last - first, self.p, 1e-4 / (n_pre * n_post))


@dataclass(frozen=True)
class FixedNumberPre:
    """So many sources of each target.

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedNumberPre
    >>> FixedNumberPre(10).per_target(100, 50), FixedNumberPre(10).in_all(100, 50)
    (10, 500)
    """

    n: int

    def per_target(self, n_pre: int, n_post: int) -> int:
        return self.n

    def in_all(self, n_pre: int, n_post: int) -> int:
        return self.n * n_post

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return most(last - first, self.n / n_pre, 1e-5 / (n_pre * n_post))


@dataclass(frozen=True)
class FixedNumberPost:
    """So many targets of each source.

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedNumberPost
    >>> FixedNumberPost(10).in_all(100, 50), FixedNumberPost(10).per_row(100, 50, first=0, last=25)
    (1000, 10)
    """

    n: int

    def per_target(self, n_pre: int, n_post: int) -> int:
        return most(n_pre, 1 / n_post, 1e-5 / (n_pre * n_post))

    def in_all(self, n_pre: int, n_post: int) -> int:
        return self.n * n_pre

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return min(self.n, most(self.n, (last - first) / n_post, 1e-5 / (n_pre * n_post)))


@dataclass(frozen=True)
class FixedTotalNumber:
    """So many pairs in all.

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedTotalNumber
    >>> FixedTotalNumber(1000).in_all(100, 50), FixedTotalNumber(1000).per_target(100, 50)  # 20 are expected
    (1000, 41)
    """

    n: int

    def per_target(self, n_pre: int, n_post: int) -> int:
        return most(self.n, 1 / n_post, 1e-2 / self.n) if self.n else 0

    def in_all(self, n_pre: int, n_post: int) -> int:
        return self.n

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        return most(self.n, (last - first) / (n_pre * n_post), 1e-2 / self.n) if self.n else 0


@dataclass(frozen=True, eq=False)
class Listed:
    """Given pairs: arrays of the indices of sources and targets.

    Parameters
    ----------
    i, j : arrays of int, shape (synapses,)

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import Listed
    >>> pairs = Listed([0, 0, 1], [4, 5, 5])
    >>> pairs.in_all(10, 10), pairs.per_target(10, 10), pairs.per_row(10, 10, first=0, last=10)
    (3, 2, 2)
    """

    i: Any
    j: Any

    @cached_property
    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(self.i, dtype=np.int64), np.asarray(self.j, dtype=np.int64)

    def per_target(self, n_pre: int, n_post: int) -> int:
        _, j = self._pairs
        return int(np.bincount(j).max()) if len(j) else 0

    def in_all(self, n_pre: int, n_post: int) -> int:
        return len(self._pairs[0])

    def per_row(self, n_pre: int, n_post: int, first: int, last: int) -> int:
        i, j = self._pairs
        inside = i[(j >= first) & (j < last)]
        return int(np.bincount(inside).max()) if len(inside) else 0
