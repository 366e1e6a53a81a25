"""Time in whole steps, for what plans a network and for what simulates it. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.errors import ParameterError

__all__ = ["LAST_STEP", "delay_steps"]

LAST_STEP = 2**31 - 2  # Brian2 counts the steps of a delay in 32 bits


def delay_steps(delays: Any, timestep: float, *, least: int = 1, owner: str = "") -> Any:
    """Return delays as whole steps: the nearest number, of two equally near ones the even one.

    Parameters
    ----------
    delays : float or array
        In the unit of *timestep*.
    timestep : float
        The length of a step.
    least : int
        Shorter delays take so many steps.
    owner : str
        Whose delays they are, for messages.

    Returns
    -------
    steps : int or array of int64
        Of the shape of *delays*.

    Raises
    ------
    ParameterError
        If a delay is negative, not a number, or longer than ``LAST_STEP`` steps.

    Examples
    --------
    >>> from brianhw.timing import delay_steps
    >>> delay_steps([0.0, 1.5, 2.5], timestep=1.0)
    array([1, 2, 2])
    """
    delays = np.asarray(delays, dtype=float)
    steps = np.rint(delays / timestep)
    possible = (delays >= 0) & (steps <= LAST_STEP)  # also of NaN
    if not possible.all():
        raise ParameterError(
            f"{owner}{': ' if owner else ''}a delay of {delays[~possible][0]:g} was asked for; it must be zero or "
            f"more, and at most {LAST_STEP} steps of {timestep:g}."
        )
    return np.maximum(steps, least).astype(np.int64)[()]
