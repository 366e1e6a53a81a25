"""The pairs of a projection as they are kept: sorted by source, so that the synapses of a spike lie side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["StoredPairs", "stored"]

JOIN = {"sum": np.add, "min": np.fmin, "max": np.fmax}


@dataclass(frozen=True)
class StoredPairs:
    """Which cells are connected, in stored order; lists come back in PyNN's order, which is by target.

    Attributes
    ----------
    i, j : array of int32, shape (n,)
        Indices within the two sides.
    order : array of int, shape (n,), or None
        Where each pair stood in PyNN's order, if that does not follow from the pairs.
    by_target : bool
        Whether it does.
    """

    i: np.ndarray
    j: np.ndarray
    order: np.ndarray | None
    by_target: bool

    def __len__(self) -> int:
        return len(self.i)

    @property
    def listed(self) -> np.ndarray:
        """The places of the connections in PyNN's order."""
        if self.by_target:
            return np.lexsort((self.i, self.j))
        if self.order is None:
            return np.arange(len(self))
        listed = np.empty(len(self.order), dtype=np.int64)
        listed[self.order] = np.arange(len(self.order))
        return listed

    @property
    def in_rows(self) -> np.ndarray:
        """The places of the connections in the order of a matrix's rows."""
        return np.lexsort((self.j, self.i))

    def matrix(self, values: Any, shape: tuple[int, int], multiple: str) -> np.ndarray:
        """Return *values* in stored order as a matrix, NaN where there is no connection.

        *multiple* says what becomes of several connections of one pair: ``"first"``, ``"last"``, ``"sum"``, ``"min"``
        or ``"max"``, in PyNN's order.
        """
        listed = self.listed
        values = np.broadcast_to(values, (len(self),))[listed]
        at = self.i[listed], self.j[listed]
        matrix = np.full(shape, np.nan)
        if multiple == "first":
            _, first = np.unique(self._numbers(shape)[listed], return_index=True)
            matrix[at[0][first], at[1][first]] = values[first]
        elif multiple == "last" or not self._has_multiple(shape):
            matrix[at] = values
        else:
            matrix[at] = 0.0 if multiple == "sum" else np.nan
            JOIN[multiple].at(matrix, at, values)
        return matrix

    def _has_multiple(self, shape: tuple[int, int]) -> bool:
        return len(np.unique(self._numbers(shape))) < len(self)

    def _numbers(self, shape: tuple[int, int]) -> np.ndarray:
        return self.i.astype(np.int64) * shape[1] + self.j


def stored(i: Any, j: Any) -> tuple[StoredPairs, np.ndarray | None]:
    """Return pairs in stored order, and where each stood before; ``None`` where nothing moved."""
    i, j = np.asarray(i, dtype=np.int32), np.asarray(j, dtype=np.int32)
    by_target = _ascends(j, i)
    order = np.argsort(i, kind="stable") if not _ascends(i) else None
    if order is not None:
        order = order.astype(np.int32) if len(order) < 2**31 else order
        i, j = i[order], j[order]
    return StoredPairs(i, j, None if by_target else order, by_target), order


def _ascends(first: np.ndarray, second: np.ndarray | None = None) -> bool:
    """Say whether pairs are sorted by *first*, then *second*."""
    if len(first) < 2:
        return True
    if second is None:
        return bool((first[1:] >= first[:-1]).all())
    return bool(((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] >= second[:-1]))).all())
