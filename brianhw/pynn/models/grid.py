"""The grid of time steps, on which everything happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from brianhw.timing import delay_steps

__all__ = ["Delays", "Grid", "grid"]


@dataclass(frozen=True)
class Delays:
    """Delays of many connections, kept as whole steps in as few bytes as they need; as an array they are in ms.

    Parameters
    ----------
    steps : array of unsigned integers, shape (n,)
        One at least.
    dt : float
        The time step in ms.
    """

    steps: np.ndarray
    dt: float
    ndim = 1

    @classmethod
    def of(cls, steps: np.ndarray, dt: float) -> Delays:
        """Keep whole numbers of steps, of any type."""
        return cls(steps.astype(np.min_scalar_type(int(steps.max(initial=0)))), dt)

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, where: Any) -> Delays:
        return Delays(self.steps[where], self.dt)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        found: np.ndarray = in_ms(self.steps, self.dt)
        return found if dtype is None else found.astype(dtype, copy=False)

    @property
    def shortest(self) -> float:
        """The shortest in ms."""
        return float(in_ms(self.steps.min(keepdims=True), self.dt)[0])


def in_ms(steps: np.ndarray, dt: float) -> Any:
    """Return times in ms, as decimal numbers are written."""
    return np.round(np.multiply(steps, dt, dtype=float), 9)


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
        return in_ms(step, self.dt) if np.ndim(step) else round(step * self.dt, 9)

    def steps_of(self, delay: Any) -> Any:
        """Return delays in ms as whole steps, one at least."""
        return delay.steps if isinstance(delay, Delays) else delay_steps(delay, self.dt)


#: The script's own; ``setup()`` lays it anew. Synapses without a delay ask it for the smallest one when they are made.
grid = Grid()
