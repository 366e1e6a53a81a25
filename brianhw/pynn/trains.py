"""Given spike times as spikes in steps."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["by_step", "flattened", "in_steps"]


def flattened(trains: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cell index and time (ms) of every spike of *trains*: one sequence for all cells, or one per cell."""
    each = trains if isinstance(trains, np.ndarray) else [trains] * size
    times = [np.asarray(train.value, dtype=float) for train in each]
    indices = np.repeat(np.arange(size), [len(train) for train in times])
    return indices, np.concatenate(times) if times else np.empty(0)


def in_steps(indices: np.ndarray, times: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray, int]:
    """Return cell index and step of every spike, sorted by step, and how many were merged.

    A time between two steps counts as the later, as in NEST. Spikes of one cell in one step become one.
    """
    steps = np.ceil(times / dt - 1e-6).astype(np.int64)
    cell, step = by_step(indices, steps)
    again = np.zeros(len(step), dtype=bool)
    again[1:] = (np.diff(step) == 0) & (np.diff(cell) == 0)
    return cell[~again], step[~again], int(again.sum())


def by_step(indices: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cell index and step of every spike, sorted by step, those of one step by cell."""
    if not len(steps):
        return indices, steps
    cells = int(indices.max()) + 1
    # one number for both; np.unique would hash, which takes sixty times as long as to sort
    step, cell = np.divmod(np.sort(steps * cells + indices), cells)
    return cell, step
