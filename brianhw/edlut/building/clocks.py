"""A clock whose first step is the update at the time of one step, and which ends where it is told to."""

from __future__ import annotations

from typing import Any

from brian2 import Clock, second

from brianhw.edlut.delivery import steps_until

__all__ = ["UpdateClock"]


class UpdateClock(Clock):
    """Brian2's time ``t`` is EDLUT's: the step at ``t = k*dt`` takes a neuron from ``(k - 1)*dt`` to ``k*dt``.

    The step at time zero, which Brian2 would begin with, is left out. Brian2 rounds the end of a run by a
    ten-thousandth of a step; this clock ends with the last step that does not lie after the time given to
    :meth:`end_at`.
    """

    # Brian2 looks for properties in the class itself, not in those it is made from
    dt, dt_ = Clock.dt, Clock.dt_

    def __init__(self, step: float) -> None:
        self._last = 0
        super().__init__(step * second)
        self._go_to(1)

    def _go_to(self, timestep: int) -> None:
        self.variables["timestep"].set_value(timestep)
        self.variables["t"].set_value(timestep * self.dt_)
        self._i_end = self._last + 1

    def end_at(self, time: float) -> None:
        """Let the next run end with the last step up to *time*."""
        self._last = steps_until(time, self.dt_)
        self._i_end = self._last + 1

    def set_interval(self, start: Any, end: Any) -> None:
        """Go on from the step at hand; Brian2 calls this at the beginning of a run."""
        self._go_to(int(self.variables["timestep"].get_value()[0]))
