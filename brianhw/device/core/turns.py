"""Numbers of spikes looked up, and spikes listed from them, by the compiled core."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brianhw.device.core.compiled import Core, pointer

__all__ = ["CompiledCounting"]


class CompiledCounting:
    """What :class:`brianhw.pynn.models.counts.NumPyCounting` does, in a tenth of the time; the same results.

    Threads may do it side by side: Python is not needed meanwhile.

    Parameters
    ----------
    core : Core
        The core.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    def look_up(
        self, words: NDArray[np.uint16], table: NDArray[np.uint8], unknown: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return what the table has for each word, and where that is *unknown*."""
        size = len(words)
        # memory that is not touched costs nothing
        numbers, places = np.empty(size, dtype=np.uint8), np.empty(size, dtype=np.int64)
        found = self._core.look_up(pointer(words), size, pointer(table), unknown, pointer(numbers), pointer(places))
        return numbers, places[:found]

    def in_turns(self, numbers: NDArray[np.uint8], cells: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return cell and step of each spike, in turns: of a step first one of each cell, then second ones."""
        steps = len(numbers) // cells
        size = self._core.in_turns(pointer(numbers), cells, steps, None, None)
        found, places = np.empty(size + 1, dtype=np.int32), np.empty(size + 1, dtype=np.int32)
        self._core.in_turns(pointer(numbers), cells, steps, pointer(found), pointer(places))
        return found[:size], places[:size]
