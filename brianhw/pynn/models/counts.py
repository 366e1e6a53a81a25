"""How often each of many cells spikes in each of many steps: Poisson numbers, three nanoseconds each.

A word of 16 random bits stands for one 65536th of the range from 0 to 1 of a distribution function. All of it mostly
means the same number, which is looked up; where it does not, which happens to some words in 65536, 53 more bits
decide. So the law is that of the distribution function in double precision.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counting", "NumPyCounting", "PoissonCounts", "in_turns_of"]

WORDS = 2**16
UNDECIDED = 255  # in the table


class Counting(Protocol):
    """What is done for each of many numbers of spikes."""

    def look_up(
        self, words: NDArray[np.uint16], table: NDArray[np.uint8], unknown: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return what the table has for each word, and where that is *unknown*."""
        ...

    def in_turns(self, numbers: NDArray[np.uint8], cells: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return cell and step of spikes in turns, as :func:`in_turns_of` does."""
        ...


class NumPyCounting:
    """It done by NumPy."""

    def look_up(
        self, words: NDArray[np.uint16], table: NDArray[np.uint8], unknown: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        numbers: NDArray[np.uint8] = table.take(words)
        return numbers, np.flatnonzero(numbers == unknown)

    def in_turns(self, numbers: NDArray[np.uint8], cells: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return in_turns_of(numbers, cells)


class PoissonCounts:
    """Numbers with a Poisson distribution.

    Parameters
    ----------
    mean : float
        Their mean; more than 0 and at most ``largest_mean``.
    """

    largest_mean = 100.0  # a number of 255 has a chance below 1e-30

    def __init__(self, mean: float) -> None:
        numbers = np.arange(1, UNDECIDED)
        logarithms = np.concatenate([[0.0], np.cumsum(np.log(mean) - np.log(numbers))]) - mean
        self._distribution = np.cumsum(np.exp(logarithms))
        edges = np.arange(WORDS + 1) / WORDS
        lowest = np.searchsorted(self._distribution, edges[:-1], side="right")
        highest = np.searchsorted(self._distribution, edges[1:], side="left")
        self._table = np.where(lowest == highest, lowest, UNDECIDED).astype(np.uint8)

    def draw(self, size: int, rng: np.random.Generator, counting: Counting) -> NDArray[np.uint8]:
        """Return *size* numbers."""
        words = rng.bit_generator.random_raw((size + 3) // 4).view(np.uint16)[:size]
        numbers, undecided = counting.look_up(words, self._table, UNDECIDED)
        if len(undecided):
            places = (words[undecided] + rng.random(len(undecided))) / WORDS
            found = np.searchsorted(self._distribution, places, side="right")
            numbers[undecided] = np.minimum(found, UNDECIDED - 1)  # sums of chances may end just below 1
        return numbers

    def spikes(
        self, cells: int, steps: int, rng: np.random.Generator, counting: Counting
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return cell and step of the spikes of *cells* in *steps*, in turns."""
        return counting.in_turns(self.draw(cells * steps, rng, counting), cells)


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
