"""The pairs of a projection as they are kept: by source and delay, so that the synapses of a spike lie side by side."""

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
    turns : array of unsigned integers, or None
        Of the connections of pairs that are connected several times, in stored order: which of its pair's it was.
        ``None`` where stored order says so.
    """

    i: np.ndarray
    j: np.ndarray
    order: np.ndarray | None
    by_target: bool
    turns: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.i)

    @property
    def listed(self) -> np.ndarray:
        """The places of the connections in PyNN's order."""
        if self.by_target:
            return self._in_turn(np.lexsort((self.i, self.j)))
        if self.order is None:
            return np.arange(len(self))
        listed = np.empty(len(self.order), dtype=np.int64)
        listed[self.order] = np.arange(len(self.order))
        return listed

    @property
    def in_rows(self) -> np.ndarray:
        """The places of the connections in the order of a matrix's rows."""
        if self.order is not None:
            return np.lexsort((self.order, self.j, self.i))
        return self._in_turn(np.lexsort((self.j, self.i)))

    def _in_turn(self, places: np.ndarray) -> np.ndarray:
        """Let the connections of one pair, which are neighbours in *places*, follow each other as they were made."""
        if self.turns is None:
            return places
        again = _same_as_before(self.i[places], self.j[places])
        several = np.flatnonzero(again | np.append(again[1:], False))
        turns = np.empty(len(several), dtype=self.turns.dtype)
        turns[np.argsort(places[several])] = self.turns
        pair = np.cumsum(~again[several])
        places[several] = places[several][np.lexsort((turns, pair))]
        return places

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


def stored(i: Any, j: Any, steps: np.ndarray | None = None) -> tuple[StoredPairs, np.ndarray | None]:
    """Return pairs in stored order, and where each stood before; ``None`` where nothing moved.

    *steps* are delays: of the synapses of one source, those that a spike reaches at one time lie side by side. Those
    alike stay as they are.
    """
    i, j = np.asarray(i, dtype=np.int32), np.asarray(j, dtype=np.int32)
    by_target = _ascends(j, i)
    order = None if _ascends(i, steps) else _by_source(i, steps)
    if order is None:
        return StoredPairs(i, j, None, by_target), None
    turns = _turns(i, j) if by_target and steps is not None else None
    if turns is not None:
        turns = turns[order]
        turns = turns[turns > 0]
    return StoredPairs(i[order], j[order], None if by_target else order, by_target, turns), order


def _by_source(i: np.ndarray, steps: np.ndarray | None) -> np.ndarray:
    """Return the order by source, then delay; those alike stay as they are."""
    sources, delays = int(i.max()) + 1, 1 if steps is None else int(steps.max()) + 1
    places = (len(i) - 1).bit_length()
    if sources * delays << places >= 2**64 or len(i) >= 2**31:
        return np.lexsort((i,) if steps is None else (steps, i))
    keys = i.astype(np.uint64)  # source, delay and place in one number: to sort numbers is the cheapest
    keys *= np.uint64(delays)
    if steps is not None:
        keys += steps
    keys <<= np.uint64(places)
    keys |= np.arange(len(i), dtype=np.uint32)
    keys.sort()
    keys &= np.uint64((1 << places) - 1)
    return keys.astype(np.int32)


def _turns(i: np.ndarray, j: np.ndarray) -> np.ndarray | None:
    """Return of pairs by target: 1, 2, ... for the connections of one pair, and 0 for those of a pair with only one."""
    again = np.flatnonzero(_same_as_before(i, j))
    if not len(again):
        return None
    numbers = np.arange(len(again))
    begins = np.diff(again, prepend=-1) != 1  # the second of its pair
    begin = np.maximum.accumulate(np.where(begins, numbers, 0))
    turn = numbers - begin + 2
    turns = np.zeros(len(i), dtype=np.min_scalar_type(int(turn.max())))
    turns[again[begins] - 1] = 1
    turns[again] = turn
    return turns


def _same_as_before(i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Say of each pair whether the one before it is the same."""
    same = np.zeros(len(i), dtype=bool)
    same[1:] = (j[1:] == j[:-1]) & (i[1:] == i[:-1])
    return same


def _ascends(first: np.ndarray, second: np.ndarray | None = None) -> bool:
    """Say whether pairs are sorted by *first*, then *second*."""
    if len(first) < 2:
        return True
    if second is None:
        return bool((first[1:] >= first[:-1]).all())
    return bool(((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] >= second[:-1]))).all())
