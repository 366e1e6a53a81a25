"""Delays as a script gives them, on the grid of steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.pynn.checks.refusals import ConnectionRefused
from brianhw.pynn.simulator import state
from brianhw.timing import LAST_STEP

__all__ = ["on_grid"]


def on_grid(label: str, delay: Any) -> Any:
    """Return delays in ms, a number or an array, in whole steps and at least the smallest, which is said.

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
    rounded = grid.time_at(np.maximum(grid.steps_of(delays), grid.steps_of(least)))
    return rounded if np.ndim(delay) else float(rounded)
