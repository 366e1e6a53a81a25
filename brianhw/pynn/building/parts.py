"""The connections of a projection, population by population: Brian2 knows neither views nor assemblies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Part", "moved_back", "parts_between", "populations_of"]


@dataclass(frozen=True)
class Part:
    """The connections of a projection between one population and another.

    Attributes
    ----------
    pre, post : Population
        Whole populations.
    where : slice or array
        Places of the connections in the projection.
    i, j : array of int32, shape (n,)
        Indices in the populations.
    """

    pre: Any
    post: Any
    where: Any
    i: np.ndarray
    j: np.ndarray

    def of(self, value: Any) -> Any:
        """Return what these connections have of a value: a number, or an array in the projection's stored order."""
        return value[self.where] if np.ndim(value) else value

    def of_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what these connections have of each of several values."""
        return {name: self.of(value) for name, value in values.items()}


def populations_of(cells: Any) -> list[tuple[Any, Any, int]]:
    """Return the populations in *cells*, each with the indices of its cells and that of the first within *cells*."""
    found, first = [], 0
    for part in getattr(cells, "populations", [cells]):
        indices = part._indices
        if isinstance(indices, slice):
            start, stop, _ = indices.indices(part._population.size)
            indices = slice(start, stop)
        found.append((part._population, indices, first))
        first += part.size
    return found


def parts_between(pre: Any, post: Any, i: np.ndarray, j: np.ndarray) -> Iterator[Part]:
    """Go through the pairs of populations that are connected; *i* and *j* are indices within *pre* and *post*."""
    for source, source_cells, source_first in populations_of(pre):
        for target, target_cells, target_first in populations_of(post):
            inside: Any = slice(None)
            source_size, target_size = _length(source_cells), _length(target_cells)
            if source_size < pre.size or target_size < post.size:
                within_source = (i >= source_first) & (i < source_first + source_size)
                inside = np.flatnonzero(within_source & (j >= target_first) & (j < target_first + target_size))
            own_i = _moved(i[inside], source_cells, source_first)
            if len(own_i):
                yield Part(source, target, inside, own_i, _moved(j[inside], target_cells, target_first))


def moved_back(index: np.ndarray, cells: Any) -> np.ndarray:
    """Return indices in the one population that *cells* is of as indices within *cells*."""
    ((_, indices, _),) = populations_of(cells)
    if isinstance(indices, slice):
        return index if not indices.start else index - np.int32(indices.start)
    back = np.zeros(int(indices[-1]) + 1, dtype=np.int32)
    back[indices] = np.arange(len(indices), dtype=np.int32)
    return back[index]


def _length(indices: Any) -> int:
    return indices.stop - indices.start if isinstance(indices, slice) else len(indices)


def _moved(index: np.ndarray, cells: Any, first: int) -> np.ndarray:
    """Return indices within a part as indices in its population."""
    if isinstance(cells, slice):
        offset = cells.start - first
        return index + np.int32(offset) if offset else index
    return cells[index - first].astype(np.int32)
