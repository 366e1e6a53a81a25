"""How far a run is: a bar with wall-clock time, or a function of the user's."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from brian2.units import Quantity, second

from brianhw.bars import bar

__all__ = ["Progress"]

SILENT = 1.0  # seconds: shorter runs print nothing
_STREAMS = {"text": "stdout", "stdout": "stdout", "stderr": "stderr"}


class Progress(ABC):
    """What is told how much of a run is done, a number from 0 to 1."""

    @staticmethod
    def make(report: Any, period: Quantity | float, start: Quantity, duration: Quantity) -> Progress | None:
        """Return what the argument *report* of ``run`` asks for.

        Parameters
        ----------
        report : None, "text", "stdout", "stderr" or callable
            Nothing, a bar in the terminal or notebook, or a function that is called as Brian2 calls it: with the time
            elapsed, the part completed (0 to 1), the start time and the duration, at the start, every *period* and at
            the end.
        period : Quantity or float
            Wall-clock time, in seconds where it has no unit.
        start, duration : Quantity
            Of the run, in biological time.

        Raises
        ------
        ValueError
            For another string.
        TypeError
            For anything else.
        """
        Progress.check(report)
        if report is None:
            return None
        if callable(report):
            return _Function(report, float(period), start, duration)
        return _Bar(getattr(sys, _STREAMS[report]), float(duration))

    @staticmethod
    def check(report: Any) -> None:
        """Raise what :meth:`make` raises, before a run is prepared."""
        if report is None or callable(report):
            return
        if not isinstance(report, str):
            raise TypeError(
                f"report must be 'text', 'stdout', 'stderr' or a function, not of type {type(report).__name__}."
            )
        if report not in _STREAMS:
            raise ValueError(f"report={report!r} is not known: use 'text', 'stdout', 'stderr' or a function.")

    @abstractmethod
    def update(self, done: float) -> None:
        """Take note of how much is done."""

    @abstractmethod
    def finish(self, done: float) -> None:
        """Take note that the run has ended, perhaps early."""

    def abandon(self, done: float) -> None:  # noqa: B027
        """Take note that the run did not reach its end, perhaps since something was raised."""


class _Bar(Progress):
    def __init__(self, stream: Any, duration: float) -> None:
        self._duration = duration
        self._bar = bar(
            total=duration,
            desc="Simulating",
            delay=SILENT,
            file=stream,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {n:.3g}/{total:.3g} s [{elapsed}<{remaining}]",
        )

    def update(self, done: float) -> None:
        self._bar.update(done * self._duration - self._bar.n)

    def finish(self, done: float) -> None:
        self.update(done)
        self._bar.close()

    abandon = finish


class _Function(Progress):
    def __init__(self, function: Callable[..., Any], period: float, start: Quantity, duration: Quantity) -> None:
        self._function, self._period, self._run = function, period, (start, duration)
        self._began = time.perf_counter()
        self._next = period
        self._tell(0.0)

    def _tell(self, done: float) -> None:
        self._function((time.perf_counter() - self._began) * second, done, *self._run)

    def update(self, done: float) -> None:
        elapsed = time.perf_counter() - self._began
        if elapsed >= self._next:
            self._tell(done)
            self._next = elapsed + self._period

    def finish(self, done: float) -> None:
        self._tell(done)
