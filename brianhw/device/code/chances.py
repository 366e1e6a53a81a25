"""Tables from which whole numbers are drawn with given chances; the core's ``brianhw_draws.h`` draws from them.

A table has a power of two of columns, each with two numbers and a threshold between them (Walker 1977, "An efficient
method for generating discrete random variables with general distributions"; made as by Vose 1991). A draw takes one
random word and no loop, whatever the distribution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_NUMBERS", "binomial", "table"]

MOST_NUMBERS = 2**16  # in a table of a megabyte
NEVER = 2.0**-80  # a chance, in comparison with the most likely number's, that no number is given for
DEVIATIONS = 11  # standard deviations that hold all chances which are larger, together with SOME_MORE numbers
SOME_MORE = 100


def binomial(n: int, p: float) -> tuple[int, NDArray[np.float64]] | None:
    """Return the first number that may come, and the chances from it on, of *n* trials with the chance *p* each.

    ``None`` if there are too many numbers for a table.
    """
    middle = min(n, int((n + 1) * p))
    half = int(DEVIATIONS * np.sqrt(n * p * (1 - p))) + SOME_MORE
    if 2 * half > MOST_NUMBERS:
        return None
    below = np.arange(middle, max(0, middle - half), -1.0)  # the chance of k - 1 follows from that of k
    above = np.arange(middle, min(n, middle + half), 1.0)  # and that of k + 1
    down = np.cumprod(below / (n - below + 1) * ((1 - p) / p)) if p > 0 else np.empty(0)
    up = np.cumprod((n - above) / (above + 1) * (p / (1 - p))) if p < 1 else np.empty(0)
    chances = np.concatenate([down[::-1], [1.0], up])
    kept = np.flatnonzero(chances > NEVER)
    chances = chances[kept[0] : kept[-1] + 1]
    return middle - len(down) + int(kept[0]), chances / chances.sum()


def table(first: int, chances: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the table of the numbers from *first* on, with these *chances*, which add up to 1.

    Its first row holds the number of bits that choose a column, one or more, and nothing else. Each further one is a
    column: the threshold without the bits that choose it, its next 32 bits, the number below and the number above.
    """
    bits = max(1, (len(chances) - 1).bit_length())
    here, threshold = np.arange(2**bits), np.zeros(2**bits)
    threshold[: len(chances)] = chances * 2**bits
    other = here.copy()
    poor, rich = np.flatnonzero(threshold < 1).tolist(), np.flatnonzero(threshold >= 1).tolist()
    while poor and rich:
        column, donor = poor.pop(), rich[-1]
        other[column] = donor
        threshold[donor] -= 1 - threshold[column]
        if threshold[donor] < 1:
            poor.append(rich.pop())
    # what is left is 1 but for rounding, and both numbers of such a column are the same
    fixed = np.ldexp(np.minimum(threshold, 1 - 2.0**-53), 64).astype(np.uint64)
    rows = np.zeros((2**bits + 1, 4), dtype=np.uint32)
    rows[0, 0] = bits
    rows[1:, 0] = (fixed >> np.uint64(32 + bits) << np.uint64(bits)).astype(np.uint32)
    rows[1:, 1] = (fixed >> np.uint64(bits) & np.uint64(2**32 - 1)).astype(np.uint32)
    rows[1:, 2:] = (np.stack([here, other], axis=1) + first).astype(np.int32).view(np.uint32)
    return rows.ravel()
