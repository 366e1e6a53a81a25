"""Given spike times as spikes in steps."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["flattened", "in_steps"]


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
    if not len(steps):
        return indices, steps, 0
    cells = int(indices.max()) + 1
    step, cell = np.divmod(np.unique(steps * cells + indices), cells)
    return cell, step, len(steps) - len(step)
