"""Which combinations of integers there are, and where: for arrays of a million synapses of a few kinds."""

from __future__ import annotations

import numpy as np

__all__ = ["kinds_of"]

SMALL = 1 << 22  # combinations for which a table is faster than sorting


def kinds_of(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that occur among *columns*, in ascending order, and which of them each element is.

    Parameters
    ----------
    *columns : ndarray of int
        As long as each other.

    Returns
    -------
    kinds : ndarray of int, shape (kinds, columns)
    which : ndarray of int
        The kind of each element.
    """
    size = len(columns[0])
    key = np.zeros(size, np.int64)
    total = 1
    lowest, spans = [], []
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if size else (0, 0)
        lowest.append(low)
        spans.append(high - low + 1)
        key = key * spans[-1] + (column - low)
        total *= spans[-1]
    if total <= SMALL:
        present = np.zeros(total, bool)
        present[key] = True
        found = np.flatnonzero(present)
        place = np.cumsum(present) - 1
        which = place[key]
    else:
        found, which = np.unique(key, return_inverse=True)
    rest, parts = found, []
    for low, span in zip(reversed(lowest), reversed(spans), strict=True):
        parts.append(rest % span + low)
        rest = rest // span
    return np.stack(parts[::-1], axis=1), which.reshape(-1)
