"""Random subsets of index ranges, on whole arrays: the arithmetic of the connectors, free of PyNN.

Sources: the geometric skips are method "S" run backwards (the gaps between successes of a Bernoulli process); the
subsets are drawn by rejection, which leaves all subsets equally likely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["distinct", "skips", "sorted_by_target", "subset", "with_repeats"]

CHUNK = 1_000_000  # numbers drawn at a time
FEW = 4_000_000  # numbers in a table that is sorted or masked at a time


def skips(total: int, probability: float, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield, in pieces, the ascending members of range(total), each of which is taken with this probability."""
    if total <= 0 or probability <= 0:
        return
    if probability >= 1:
        yield from (np.arange(start, min(start + CHUNK, total)) for start in range(0, total, CHUNK))
        return
    mean = -1.0 / np.log1p(-probability)
    last = -1
    while last < total:
        expected = (total - last) * probability
        number = int(min(CHUNK, expected + 5 * np.sqrt(expected) + 10))
        # the integer part of an exponential variable is geometric
        steps = np.minimum(generator.standard_exponential(number) * mean, total).astype(np.int64)
        steps += 1
        steps[0] += last
        members = np.cumsum(steps, out=steps)
        last = int(members[-1])
        yield members if last < total else members[: np.searchsorted(members, total)]


def with_repeats(sizes: np.ndarray, counts: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return, row after row, counts[r] members of range(sizes[r]) drawn with replacement, as int32."""
    _check_rows(sizes, counts)
    if not counts.any():
        return np.empty(0, dtype=np.int32)
    high = sizes[0] if (sizes == sizes[0]).all() else np.repeat(sizes, counts)
    return generator.integers(0, high, size=int(counts.sum()), dtype=np.int32)


def distinct(sizes: np.ndarray, counts: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return, row after row and ascending, counts[r] members of range(sizes[r]), as int32.

    No member comes twice in a row unless all have come once, none three times unless all have come twice, and so on.
    """
    _check_rows(sizes, counts)
    if not counts.any():
        return np.empty(0, dtype=np.int32)
    width, most = int(sizes.max()), int(counts.max())
    held = width if 2 * most > width else most  # numbers per row: what is left out is found in a mask of the whole row
    rows = max(1, min(FEW // held, (2**32 - 1) // width))  # codes of four bytes where possible
    pieces = []
    for start in range(0, len(sizes), rows):
        part = slice(start, start + rows)
        codes = _distinct_codes(sizes[part], counts[part], width, generator)
        pieces.append((codes % width).astype(np.int32))
    return np.concatenate(pieces)


def subset(size: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return *count* members of range(size), ascending, none twice unless all have come once, as int64."""
    codes = _distinct_codes(np.array([size]), np.array([count]), size, generator)
    return codes.astype(np.int64)


def _check_rows(sizes: np.ndarray, counts: np.ndarray) -> None:
    empty = (sizes <= 0) & (counts > 0)
    if empty.any():
        raise ValueError(f"row {int(np.flatnonzero(empty)[0])} has nothing to choose from")


def _distinct_codes(sizes: np.ndarray, counts: np.ndarray, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return row * width + member for the choice of each row, ascending."""
    full, wanted = np.divmod(counts, np.maximum(sizes, 1))
    fewer = wanted * 2 <= sizes  # otherwise choose what is left out
    chosen = _rejected(sizes, np.where(fewer, wanted, 0), width, generator)
    if not fewer.all():
        left_out = _rejected(sizes, np.where(fewer, 0, sizes - wanted), width, generator)
        chosen = np.concatenate([chosen, _complement(sizes * ~fewer, left_out, width)])
    for times in range(1, int(full.max(initial=0)) + 1):
        chosen = np.concatenate([chosen, _complement(sizes * (full >= times), chosen[:0], width)])
    chosen.sort()
    return chosen


def _complement(sizes: np.ndarray, left_out: np.ndarray, width: int) -> np.ndarray:
    """Return all codes of rows of these sizes but those *left_out*."""
    mask = np.arange(width) < sizes[:, None]
    mask.reshape(-1)[left_out] = False
    return np.flatnonzero(mask).astype(left_out.dtype)


def _rejected(sizes: np.ndarray, counts: np.ndarray, width: int, generator: np.random.Generator) -> np.ndarray:
    """Return ascending codes of counts[r] distinct members of each row; at most half of a row is asked for.

    What collides is drawn again. This is sampling without replacement, member by member, in batches.
    """
    dtype = np.uint32 if len(sizes) * width < 2**32 else np.int64
    starts = (np.arange(len(sizes) + 1, dtype=np.int64) * width).astype(dtype)
    kept = _unique(_codes(sizes, counts, starts, generator))
    missing = counts - _per_row(kept, starts)
    later = kept[:0]
    while missing.any():
        new = _unique(_codes(sizes, missing, starts, generator))
        new = new[~(_contains(kept, new) | _contains(later, new))]
        later = np.sort(np.concatenate([later, new]))
        missing = missing - _per_row(new, starts)
    if len(later):
        kept = np.concatenate([kept, later])
        kept.sort()
    return kept


def _codes(sizes: np.ndarray, counts: np.ndarray, starts: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    number = int(counts.sum())
    high = sizes[0] if (sizes == sizes[0]).all() else np.repeat(sizes, counts)
    codes = generator.integers(0, high, size=number, dtype=starts.dtype)
    codes += np.repeat(starts[:-1], counts)
    codes.sort()
    return codes


def _unique(ascending: np.ndarray) -> np.ndarray:
    if len(ascending) < 2:
        return ascending
    first = np.empty(len(ascending), dtype=bool)
    first[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return ascending[first]


def _per_row(ascending: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.diff(np.searchsorted(ascending, starts))


def _contains(ascending: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    if not len(ascending):
        return np.zeros(len(wanted), dtype=bool)
    places = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return ascending[places] == wanted


def sorted_by_target(i: np.ndarray, j: np.ndarray, n_pre: int, n_post: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs sorted by target and, below it, by source."""
    dtype: Any = np.uint32 if n_pre * n_post < 2**32 else np.int64  # 4 bytes per pair where they do
    codes = j.astype(dtype)
    codes *= dtype(n_pre)
    codes += i.astype(dtype, copy=False)
    codes.sort()
    j = codes // dtype(n_pre)
    codes -= j * dtype(n_pre)
    return codes.astype(np.int32), j.astype(np.int32)
