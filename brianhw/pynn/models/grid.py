"""The grid of time steps, on which everything happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from brianhw.timing import delay_steps

__all__ = ["Grid", "grid"]


@dataclass
class Grid:
    """The steps of a simulation, and how far it has come.

    Parameters
    ----------
    dt : float
        The time step in ms.
    step : int
        The step at hand.
    min_delay, max_delay : float or "auto"
        The smallest and the largest delay in ms; ``"auto"`` where they follow from the connections.
    """

    dt: float = 0.1
    step: int = 0
    min_delay: Any = "auto"
    max_delay: Any = "auto"

    @property
    def t(self) -> float:
        """The time in ms."""
        return self.time_at(self.step)

    @property
    def smallest_delay(self) -> float:
        """The smallest delay in ms: a step, if nothing else was said."""
        return self.dt if self.min_delay == "auto" else self.min_delay

    def time_at(self, step: Any) -> Any:
        """Return the time of *step*, in ms, as a decimal number is written."""
        return np.round(step * self.dt, 9) if np.ndim(step) else round(step * self.dt, 9)

    def steps_of(self, delay: Any) -> Any:
        """Return delays in ms as whole steps, one at least."""
        return delay_steps(delay, self.dt)


#: The script's own; ``setup()`` lays it anew. Synapses without a delay ask it for the smallest one when they are made.
grid = Grid()
