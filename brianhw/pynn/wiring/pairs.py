"""Which pairs of cells a connector may connect, and how pairs are put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["Pairs", "Rule", "by_target", "joined"]

Pairs = tuple[np.ndarray, np.ndarray]  # presynaptic and postsynaptic indices, int32


class Rule:
    """What ``allow_self_connections`` forbids.

    False: a cell to itself, whether populations, views or assemblies name it. ``"NoMutual"``: of two cells that could
    be connected both ways only the one with the larger number projects to the other.
    """

    def __init__(self, allow: bool | str, projection: Any) -> None:
        self.mutual_forbidden = allow == "NoMutual"
        pre = np.asarray(projection.pre.all_cells).astype(np.int64)
        post = np.asarray(projection.post.all_cells).astype(np.int64)
        self.own = np.full(len(post), -1, dtype=np.int32) if allow is True else _places(pre, post)
        if self.mutual_forbidden:
            self._pre, self._post = pre, post
            self._pre_in_post, self._post_in_pre = np.isin(pre, post), self.own >= 0

    @property
    def excludes(self) -> bool:
        """Whether there is a pair that is not allowed."""
        return bool((self.own >= 0).any())

    def allows(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        """Tell for each pair whether it is allowed."""
        if self.mutual_forbidden:
            return ~(self._pre_in_post[i] & self._post_in_pre[j]) | (self._pre[i] > self._post[j])
        return self.own[j] != i

    def of(self, i: np.ndarray, j: np.ndarray) -> Pairs:
        """Return the pairs that are allowed."""
        if not self.excludes:
            return i, j
        allowed = self.allows(i, j)
        return i[allowed], j[allowed]


def _places(pre: np.ndarray, post: np.ndarray) -> np.ndarray:
    """Return for each postsynaptic cell where it stands among the presynaptic ones, or -1."""
    order = np.argsort(pre)
    found = np.minimum(np.searchsorted(pre, post, sorter=order), len(pre) - 1)
    return np.where(pre[order[found]] == post, order[found], -1).astype(np.int32)


def joined(pieces: Iterable[Pairs]) -> Pairs:
    """Return all pairs of the pieces."""
    lists: tuple[list[np.ndarray], list[np.ndarray]] = ([np.empty(0, np.int32)], [np.empty(0, np.int32)])
    for i, j in pieces:
        lists[0].append(i)
        lists[1].append(j)
    return np.concatenate(lists[0]), np.concatenate(lists[1])


def by_target(j: np.ndarray, size: int) -> np.ndarray:
    """Return the order of connections by target; those of one target stay as they are."""
    if size <= 2**16:
        return np.argsort(j.astype(np.uint16), kind="stable")  # a radix sort
    keys = j.astype(np.int64)
    keys *= len(j)
    keys += np.arange(len(j), dtype=np.int32)
    keys.sort()
    keys %= len(j)
    return keys
