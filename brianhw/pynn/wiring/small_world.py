"""Small-world networks: what the SmallWorldConnector makes, for which PyNN has a constructor and no code.

Source: D. J. Watts and S. H. Strogatz (1998), Nature 393, 440-442, for the rewiring.
Deviation: neighbours are the cells nearer than ``degree`` (PyNN's documentation), not a number of them on a ring; and
each pre-to-post connection is an edge of its own, because connections have a direction.

1. Each cell connects to all cells at a distance smaller than ``degree``, as ``allow_self_connections`` permits.
2. With ``n_connections``, each cell keeps that many of them, chosen at random (all, if it has no more).
3. Each connection, with probability ``rewiring``, leaves its target for another one: uniform among the cells that its
   source is not connected to. A source that is connected to every cell keeps its connection.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.pynn.wiring import distances
from brianhw.pynn.wiring.pairs import Pairs, Rule, joined

__all__ = ["small_world"]

CHUNK = 1_000_000  # pairs whose distance is held at a time
TRIES = 100  # of which each finds a free target if a hundredth of the cells is free: 63 % at the least


def small_world(
    projection: Any, near: Any, rewiring: float, number: int | None, rule: Rule, generator: np.random.Generator
) -> Pairs:
    """Return the pairs, by target. *near* is a function of distances that gives true for neighbours."""
    n_pre, n_post = projection.pre.size, projection.post.size
    distance, rows = distances.blocks(projection), max(1, CHUNK // max(n_pre, 1))

    def neighbours(start: int) -> Pairs:
        j, i = np.nonzero(near(distance(start, min(start + rows, n_post))))
        return rule.of(i.astype(np.int32), (j + start).astype(np.int32))

    i, j = joined(neighbours(start) for start in range(0, n_post, rows))
    # one number per pair, by source: rewiring keeps the source
    codes = i.astype(np.int64) * n_post + j
    if number is not None:
        codes = _kept(codes, n_post, number, generator)
    codes = _rewired(codes, n_post, rewiring, rule, generator)
    i, j = codes // n_post, codes % n_post
    order = np.lexsort((i, j))
    return i[order].astype(np.int32), j[order].astype(np.int32)


def _kept(codes: np.ndarray, n_post: int, number: int, generator: np.random.Generator) -> np.ndarray:
    """Return a random choice of at most *number* connections of each source."""
    shuffled = generator.permutation(codes)
    shuffled = shuffled[np.argsort(shuffled // n_post, kind="stable")]
    sources = shuffled // n_post
    rank = np.arange(len(sources)) - np.searchsorted(sources, sources)
    return shuffled[rank < number]


def _rewired(codes: np.ndarray, n_post: int, rewiring: float, rule: Rule, generator: np.random.Generator) -> np.ndarray:
    moving = generator.random(len(codes)) < rewiring
    # a connection that moves gives its place free only when it has found another, as in the original
    codes, old = np.sort(codes), codes[moving]
    for _ in range(TRIES):
        if not len(old):
            break
        sources = old // n_post
        new = sources * n_post + generator.integers(0, n_post, len(old))
        free = rule.allows((new // n_post).astype(np.int32), (new % n_post).astype(np.int32))
        places = np.minimum(np.searchsorted(codes, new), len(codes) - 1)
        free &= codes[places] != new
        free &= _first_of_equals(new)
        codes[np.searchsorted(codes, old[free])] = new[free]
        codes.sort()
        old = old[~free]
    return codes


def _first_of_equals(codes: np.ndarray) -> np.ndarray:
    first = np.zeros(len(codes), dtype=bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return first
