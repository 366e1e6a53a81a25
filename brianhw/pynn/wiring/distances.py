"""Distances between cells, for pairs or for blocks of pairs.

PyNN's ``Space.distances`` gives all pairs at once. These give the same numbers, bit for bit, for the pairs asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["blocks", "of_pairs"]


def of_pairs(projection: Any, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the distance of presynaptic cell ``i[k]`` and postsynaptic cell ``j[k]``, for each k."""
    pre, post = _positions(projection)
    axes = _axes(projection.space, pre, post)
    return _root_of_squares(projection.space, axes, lambda axis: pre[axis][i] - post[axis][j])


def blocks(projection: Any) -> Callable[[int, int], np.ndarray]:
    """Return a function that gives the distances of postsynaptic cells *start* to *stop* (rows) to all presynaptic ones
    (columns).
    """
    pre, post = _positions(projection)
    axes = _axes(projection.space, pre, post)

    def of_block(start: int, stop: int) -> np.ndarray:
        return _root_of_squares(projection.space, axes, lambda axis: pre[axis] - post[axis][start:stop, None])

    return of_block


def _positions(projection: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of both sides in the coordinates of the presynaptic side, shape (3, n)."""
    space = projection.space
    post = space.scale_factor * (np.asarray(projection.post.positions, dtype=float).T + space.offset)
    return np.asarray(projection.pre.positions, dtype=float), post.T


def _axes(space: Any, pre: np.ndarray, post: np.ndarray) -> list[int]:
    """Return the axes along which cells lie apart; zeros of others would add nothing. One at least."""
    if not pre.size or not post.size:
        return list(space.axes)
    apart = [axis for axis in space.axes if not (pre[axis] == post[axis][0]).all() or np.ptp(post[axis])]
    return apart or list(space.axes)[:1]


def _root_of_squares(space: Any, axes: list[int], difference: Any) -> np.ndarray:
    total: Any = None
    for axis in axes:
        along = difference(axis)
        bounds = space.periodic_boundaries[axis] if space.periodic_boundaries is not None else None
        if bounds is not None:
            along = np.abs(along)
            along = np.minimum(along, (bounds[1] - bounds[0]) - along)
        along **= 2
        total = along if total is None else np.add(total, along, out=total)
    return np.sqrt(total, out=total)
