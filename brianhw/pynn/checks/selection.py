"""Which cells a script picks: indices, slices, masks and numbers to draw, checked before they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN.common import IDMixin
from pyNN.random import AbstractRNG

from brianhw.pynn.checks.domains import whole
from brianhw.pynn.checks.refusals import IndexRefused, KindRefused

__all__ = ["checked_index", "checked_sample", "checked_selector"]


def checked_index(label: str, index: Any, size: int) -> Any:
    """Return what picks one cell or several of *size*: a number, a slice, numbers, or one truth value per cell.

    Raises
    ------
    IndexRefused, KindRefused
        If there is no such cell, or none at all.
    """
    if isinstance(index, IDMixin):
        raise KindRefused(f"{label}: {int(index)} is the id of a cell, no index. id_to_index() gives the index.")
    if isinstance(index, int | np.integer) and not isinstance(index, bool):
        if not -size <= index < size:
            raise IndexRefused(f"{label} has {size} cells, with the indices 0 to {size - 1}; there is no cell {index}.")
        return index
    return checked_selector(label, index, size)


def checked_selector(label: str, selector: Any, size: int) -> Any:
    """Return what picks several cells, as a slice or as an array of indices of zero or more, or of truth values."""
    if isinstance(selector, slice):
        return _checked_slice(label, selector, size)
    if not isinstance(selector, list | tuple | range | np.ndarray):
        raise KindRefused(
            f"{label}: cells are picked by an index, a slice, a list of indices or a mask, not by {selector!r}."
        )
    chosen = np.asarray(selector)
    if chosen.ndim != 1 or not len(chosen):
        raise IndexRefused(f"{label}: a list of cells, one or more, is needed; it has the shape {chosen.shape}.")
    if chosen.dtype == bool:
        if len(chosen) != size or not chosen.any():
            raise IndexRefused(
                f"{label} has {size} cells; a mask of {len(chosen)}, {chosen.sum()} of them true, was given. It needs "
                "one truth value per cell, and one that is true."
            )
        return chosen
    if chosen.dtype.kind not in "iu":
        raise KindRefused(f"{label}: indices are whole numbers, not {selector!r}.")
    wrong = (chosen < -size) | (chosen >= size)
    if wrong.any():
        raise IndexRefused(
            f"{label} has {size} cells, with the indices 0 to {size - 1}; there is no cell {chosen[wrong][0]}."
        )
    return np.where(chosen < 0, chosen + size, chosen)


def _checked_slice(label: str, selector: slice, size: int) -> slice:
    parts = [None if each is None else whole(f"{label}: each part of a slice", each, -(2**62))
             for each in (selector.start, selector.stop, selector.step)]  # fmt: skip
    if parts[2] == 0:
        raise IndexRefused(f"{label}: the step of a slice must not be zero.")
    found = slice(*parts)
    if not len(range(*found.indices(size))):
        raise IndexRefused(f"{label} has {size} cells; there are none in {selector.start}:{selector.stop}.")
    return found


def checked_sample(label: str, number: Any, rng: Any, size: int) -> int:
    """Return how many of *size* cells are to be drawn.

    Raises
    ------
    ValueRefused, KindRefused
        If there are not so many, or *rng* is no generator.
    """
    if rng is not None and not isinstance(rng, AbstractRNG):
        raise KindRefused(f"{label}: rng must be a random number generator such as sim.NumpyRNG(seed=1), not {rng!r}.")
    return whole(f"{label}: the number of cells to sample", number, 1, size)
