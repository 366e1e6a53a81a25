"""Spikes listed from counts, by the compiled core."""

from __future__ import annotations

import numpy as np

from brianhw.device.core.compiled import Core, pointer

__all__ = ["in_turns"]


def in_turns(core: Core, numbers: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cell and step of each spike, in turns: of a step first one of each cell, then second ones.

    Parameters
    ----------
    core : Core
        The core.
    numbers : array of uint8, shape (steps * cells,)
        How many spikes each cell has, step after step.
    cells : int
        The number of cells.
    """
    size = int(numbers.sum(dtype=np.int64))
    found, steps = np.empty(size + 1, dtype=np.int64), np.empty(size + 1, dtype=np.int64)
    core.in_turns(pointer(numbers), cells, len(numbers) // cells, pointer(found), pointer(steps))
    return found[:size], steps[:size]
