"""Times as whole steps."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["delay_steps"]


def delay_steps(delays: Any, timestep: float) -> Any:
    """Return delays as whole steps, one at least: rounded to nearest, ties to even.

    A spike arrives after the step that sent it, so that none is zero.

    Parameters
    ----------
    delays : float or array
        In the unit of *timestep*.
    timestep : float
        The step.

    Returns
    -------
    int or array of int64
        As many as *delays*.

    Examples
    --------
    >>> delay_steps([0.0, 1.4, 1.5, 2.5], 1.0).tolist()
    [1, 1, 2, 2]
    """
    return np.maximum(np.rint(np.asarray(delays, dtype=float) / timestep), 1).astype(np.int64)[()]
