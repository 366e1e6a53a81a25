"""Delays as a script gives them, on the grid of steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.pynn.checks.refusals import ConnectionRefused
from brianhw.pynn.models.grid import Delays
from brianhw.pynn.simulator import state
from brianhw.timing import LAST_STEP

__all__ = ["on_grid"]

CHUNK = 2**16  # delays rounded at a time: the processor's cache holds so many


def on_grid(label: str, delay: Any) -> Any:
    """Return delays in ms, in whole steps and at least the smallest, which is said: a number, or :class:`Delays`.

    Raises
    ------
    ConnectionRefused
        If one is longer than ``setup()`` said, or than can be counted.
    """
    grid, delays = state.grid, np.asarray(delay, dtype=float)
    least = grid.smallest_delay
    if not delays.size:
        return delays
    if delays.min() < least - 1e-9:
        state.say(
            f"delay of {label}",
            f"{label}: a delay of {delays.min():g} ms was asked for, the smallest is {least:g} ms. Shorter delays are "
            "rounded up to it.",
        )
    longest = float(delays.max())
    if grid.max_delay != "auto" and longest > grid.max_delay + 1e-9:
        raise ConnectionRefused(
            f"{label}: a delay of {longest:g} ms was asked for; setup() said max_delay={grid.max_delay} ms."
        )
    if longest > LAST_STEP * grid.dt:
        raise ConnectionRefused(
            f"{label}: a delay of {longest:g} ms was asked for; the longest is {LAST_STEP} steps, "
            f"{LAST_STEP * grid.dt:g} ms."
        )
    if not np.ndim(delay):
        return float(grid.time_at(max(grid.steps_of(delays), grid.steps_of(least))))
    return Delays(_rounded(delays, grid.dt, grid.steps_of(least)), grid.dt)


def _rounded(delays: np.ndarray, dt: float, least: int) -> np.ndarray:
    """Return delays as whole steps, in as few bytes as they need."""
    most = max(int(np.rint(delays.max() / dt)), least)
    steps = np.empty(len(delays), dtype=np.min_scalar_type(most))
    for start in range(0, len(delays), CHUNK):
        part = slice(start, start + CHUNK)
        steps[part] = np.maximum(np.rint(delays[part] / dt), least)
    return steps
