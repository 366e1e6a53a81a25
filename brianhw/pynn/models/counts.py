"""How often each of many cells spikes in each of many steps: Poisson numbers, three nanoseconds each.

A word of 16 random bits stands for one 65536th of the range from 0 to 1 of a distribution function. All of it mostly
means the same number, which is looked up; where it does not, which happens to some words in 65536, 53 more bits
decide. So the law is that of the distribution function in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Drawer", "PoissonCounts", "in_turns_of"]

Spikes = tuple[NDArray[Any], NDArray[Any]]
#: Draws what :meth:`PoissonCounts.spikes` does, of these counts, or returns nothing.
Drawer = Callable[..., Any]

WORDS = 2**16
UNDECIDED = 255  # in the table


class PoissonCounts:
    """Numbers with a Poisson distribution.

    Parameters
    ----------
    mean : float
        Their mean; more than 0 and at most ``largest_mean``.

    Attributes
    ----------
    table : array of uint8, shape (65536,)
        The number for each word, or ``unknown``.
    distribution : array of float, shape (254,)
        The distribution function at 0, 1, 2, ...
    """

    unknown = UNDECIDED

    largest_mean = 100.0  # a number of 255 has a chance below 1e-30

    def __init__(self, mean: float) -> None:
        self.mean = mean
        numbers = np.arange(1, UNDECIDED)
        logarithms = np.concatenate([[0.0], np.cumsum(np.log(mean) - np.log(numbers))]) - mean
        self.distribution = np.cumsum(np.exp(logarithms))
        edges = np.arange(WORDS + 1) / WORDS
        lowest = np.searchsorted(self.distribution, edges[:-1], side="right")
        highest = np.searchsorted(self.distribution, edges[1:], side="left")
        self.table = np.where(lowest == highest, lowest, UNDECIDED).astype(np.uint8)

    def draw(self, size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return *size* numbers."""
        words = rng.bit_generator.random_raw((size + 3) // 4).view(np.uint16)[:size]
        numbers: NDArray[np.uint8] = self.table.take(words)
        undecided = np.flatnonzero(numbers == UNDECIDED)
        if len(undecided):
            places = (words[undecided] + rng.random(len(undecided))) / WORDS
            found = np.searchsorted(self.distribution, places, side="right")
            numbers[undecided] = np.minimum(found, UNDECIDED - 1)  # sums of chances may end just below 1
        return numbers

    def spikes(
        self, cells: int, windows: Sequence[int], first: int, rng: np.random.Generator, drawer: Drawer | None = None
    ) -> Spikes:
        """Return cell and step of the spikes of *cells*, in turns.

        Parameters
        ----------
        cells : int
            The number of cells.
        windows : sequence of int
            Numbers of steps, one window after the other; the numbers of a window are drawn at once.
        first : int
            The first step.
        rng : numpy.random.Generator
            Where the random bits come from.
        drawer : callable, optional
            What does the same in less time.
        """
        end = first + sum(windows)
        compiled = drawer(self, cells, windows, first, rng) if drawer and end <= np.iinfo(np.int32).max else None
        if compiled is not None:
            found: Spikes = compiled
            return found
        parts = []
        for window in windows:
            cell, step = in_turns_of(self.draw(cells * window, rng), cells)
            parts.append((cell, step + first))
            first += window
        cell, step = map(np.concatenate, zip(*parts, strict=True))
        return cell, step


def in_turns_of(numbers: NDArray[np.uint8], cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return cell and step of spikes in turns; *numbers*, shape (steps * cells,), are those of each step and cell."""
    turns = [np.flatnonzero(numbers != 0)]
    while len(turns[-1]):
        turn = len(turns)
        turns.append(turns[-1][numbers[turns[-1]] > turn])
    steps = len(numbers) // cells
    edges = np.arange(steps + 1) * cells
    ends = [np.searchsorted(each, edges) for each in turns]
    in_steps = [np.diff(each) for each in ends]
    places = np.concatenate([[0], np.cumsum(sum(in_steps))])
    found, begin = np.empty(places[-1], dtype=np.int64), places[:-1]
    for each, end, number in zip(turns, ends, in_steps, strict=True):
        where = np.repeat(begin - end[:-1], number) + np.arange(len(each))
        found[where] = each - np.repeat(edges[:-1], number)
        begin = begin + number
    return found, np.repeat(np.arange(steps), np.diff(places))
