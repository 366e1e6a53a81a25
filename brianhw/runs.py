"""When the runs of a network began, which Brian2 does not keep: it knows up to when a network has run.

``why_silent`` needs it, to speak of the last run. Noting it costs 4 us a run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

__all__ = ["MANY", "Runs", "install", "runs_of"]

#: So many runs of one length in a row are steps of one: a loop made them.
MANY = 10


class Runs:
    """The last runs of one network, in seconds.

    Examples
    --------
    >>> from brianhw.runs import Runs
    >>> runs = Runs()
    >>> runs.begin(0.0, 0.2)
    >>> runs.begin(0.2, 0.1)
    >>> runs.last(0.3)
    (0.2, 1)
    >>> for step in range(20):
    ...     runs.begin(0.3 + step*0.01, 0.01)
    >>> runs.last(0.5)
    (0.3, 20)
    """

    def __init__(self) -> None:
        self.began = 0.0
        self.duration = 0.0
        self.row, self.row_began = 0, 0.0  # runs of the same length, one after the other
        self._before = (0.0, 0.0, 0, 0.0)

    def begin(self, start: float, duration: float) -> None:
        """Take note of a run."""
        self._before = (self.began, self.duration, self.row, self.row_began)
        tolerance = 1e-9 * max(1.0, abs(start))
        goes_on = self.row and abs(self.began + self.duration - start) < tolerance
        if goes_on and abs(duration - self.duration) < tolerance:
            self.row += 1
        else:
            self.row, self.row_began = 1, start
        self.began, self.duration = start, duration

    def take_back(self) -> None:
        """Forget the last run: no time passed in it."""
        self.began, self.duration, self.row, self.row_began = self._before

    def last(self, now: float) -> tuple[float, int]:
        """Return when the last run began, and of how many it consists: many equal ones in a row count as one."""
        start, number = (self.row_began, self.row) if self.row >= MANY else (self.began, 1)
        return (start, number) if start < now else (0.0, 1)  # the time may have been set back since


_NAME = "_brianhw_runs"


def runs_of(network: Any) -> Runs:
    """Return the runs of a Brian2 network; those of an earlier magic network are not its own."""
    kept = vars(network).get(_NAME)
    if kept is None or kept[0] != network.id:
        kept = vars(network)[_NAME] = (network.id, Runs())
    runs: Runs = kept[1]
    return runs


def _now(network: Any) -> float:
    return float(np.asarray(network.t_))  # after a stop it may be a view of the clock's


def install() -> None:
    """Have Brian2's networks note their runs."""
    from brian2 import Network, second

    run: Callable[..., Any] = Network.run

    @wraps(run)
    def run_and_note(
        network: Any, duration: Any, report: Any = None, report_period: Any = 10 * second, namespace: Any = None,
        profile: Any = None, level: int = 0,
    ) -> Any:  # fmt: skip
        begin, runs = _now(network), runs_of(network)
        try:
            runs.begin(begin, float(duration))
        except (TypeError, ValueError):  # what is no duration Brian2 says itself
            runs.begin(begin, 0.0)
        try:
            # what is called from here finds names in the frame of the caller
            return run(
                network, duration, report=report, report_period=report_period, namespace=namespace, profile=profile,
                level=level + 1,
            )  # fmt: skip
        finally:
            if _now(network) == begin:
                runs.take_back()

    Network.run = run_and_note
