"""Given spike times as spikes in steps.

A cell may spike several times in one step. Spikes are in *turns*: sorted by step, and in a step first one of each cell,
then the second of those that have two ... So code that computes many synapses at once finds few repetitions, and every
device takes the spikes in the same order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["by_step", "flattened", "in_steps", "in_turns", "most_in_a_step"]


def flattened(trains: Any, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cell index and time (ms) of every spike of *trains*: one sequence for all cells, or one per cell."""
    each = trains if isinstance(trains, np.ndarray) else [trains] * size
    times = [np.asarray(train.value, dtype=float) for train in each]
    indices = np.repeat(np.arange(size), [len(train) for train in times])
    return indices, np.concatenate(times) if times else np.empty(0)


def in_steps(indices: np.ndarray, times: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return cell index and step of every spike, in turns. A time between two steps counts as the later, as in NEST."""
    return by_step(indices, np.ceil(times / dt - 1e-6).astype(np.int64))


def by_step(indices: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cell index and step of every spike, in turns."""
    if not len(steps):
        return indices, steps
    cells = int(indices.max()) + 1
    # one number for both; np.unique would hash, which takes sixty times as long as to sort
    step, cell = np.divmod(np.sort(steps * cells + indices), cells)
    return in_turns(cell, step)


def in_turns(cells: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes in turns that are sorted by step, those of one step by cell."""
    again = np.zeros(len(steps), dtype=bool)
    again[1:] = (steps[1:] == steps[:-1]) & (cells[1:] == cells[:-1])
    if not again.any():
        return cells, steps
    firsts = np.flatnonzero(~again)
    turn = np.arange(len(steps)) - np.repeat(firsts, np.diff(firsts, append=len(steps)))
    key = (steps - steps[0]) * (turn.max() + 1) + turn
    # NumPy sorts numbers of 16 bits by their digits, ten times as fast
    order = np.argsort(key.astype(np.uint16) if key.max() < 2**16 else key, kind="stable")
    return cells[order], steps[order]


def most_in_a_step(steps: np.ndarray) -> int:
    """Return the largest number of spikes in one step; *steps* ascend."""
    ends = np.flatnonzero(np.diff(steps, append=-1))
    return int(np.diff(ends, prepend=-1).max(initial=0))
