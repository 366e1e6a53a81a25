"""Running a network again and again without looking at it anew, on the brianhw device and without a compiler."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from brian2 import Network, SpikeGeneratorGroup, second
from brian2.devices.device import get_device
from brian2.utils.logger import BrianLogger

from brianhw.device import advancing
from brianhw.device.active import active
from brianhw.edlut.delivery import LAST_STEP, steps_until
from brianhw.errors import EdlutError

__all__ = ["Runner"]

# Share of a step within which clocks tick together. Brian2's is larger, and would let steps of 1 ms and ten of 0.1 ms,
# which in single precision are not the same, happen at once; in EDLUT the earlier one is first.
SAME_TIME = 1e-8
# What Brian2 would warn of, and is meant: pathways have the clocks of their sources; all statements are the library's.
MEANT = ("will run on the clock of the group", "may not be well-defined", "may depend on the order of execution")


@contextmanager
def _without_warnings_of_what_is_meant() -> Iterator[None]:
    def says_more(record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return not any(each in message for each in MEANT)

    console = BrianLogger.console_handler
    if console is not None:
        console.addFilter(says_more)
    try:
        yield
    finally:
        if console is not None:
            console.removeFilter(says_more)


class Runner:
    """A network that is run to given times.

    Parameters
    ----------
    device : str
        ``"brianhw"``, or ``"runtime"`` for Brian2's own.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self.network = Network()
        self.clocks: list[Any] = []
        self._objects: list[Any] = []
        self._steps: list[float] = []
        self._limit = np.inf
        self._advance: Any = None  # in compiled code
        self._prepared = False

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let Brian2 use the network's device; what happens there is no part of what ``device.run`` repeats."""
        with active(self.device, {}), _without_warnings_of_what_is_meant():
            history = getattr(get_device(), "history", None)
            with nullcontext() if history is None else history.paused():
                yield

    def run_until(self, time: float) -> None:
        """Run all clocks to their last steps up to *time*, in seconds; see :meth:`check_end`."""
        self.check_end(time)
        if self._advance is not None:
            self._advance([steps_until(time, step) + 1 for step in self._steps], time)
            return
        for clock in self.clocks:
            clock.end_at(time)
        with self.active():
            self._run_in_python()
        self.network.t_ = time

    def check_end(self, time: float) -> None:
        """Raise if there are no numbers for the steps up to *time*, in seconds.

        Raises
        ------
        EdlutError
        """
        if not self._prepared:
            self._prepare()
        if time > self._limit:
            shortest = self._limit / LAST_STEP * 1e3
            raise EdlutError(
                f"RunSimulation: {time:g} s cannot be reached. This simulation, whose shortest step inside is "
                f"{shortest:g} ms, goes on to {self._limit:g} s."
            )

    def take_new_spikes(self) -> None:
        """Let spike generators take the spikes that they were given."""
        if self._advance is not None:
            self._advance.take_new_spikes()

    def settle(self) -> None:
        """Let what has been recorded be read."""
        if self._advance is not None:
            self._advance.settle()

    def _prepare(self) -> None:
        with self.active():
            self.clocks = sorted({each.clock for each in self.network.sorted_objects}, key=lambda clock: clock.name)
            if self.device == "brianhw":
                self.network.run(0 * second, namespace={})
            if "_brianhw_plan" in vars(self.network):
                self._advance = advancing(self.network, SAME_TIME)
                self._steps = [clock.dt_ for clock in self._advance.clocks]
            else:
                self.network._clocks = set(self.clocks)  # as Brian2's own run does
                self.network.before_run({})
                self._objects = [each for each in self.network.sorted_objects if each.active]
        self._limit = LAST_STEP * min((clock.dt_ for clock in self.clocks), default=np.inf)
        self._prepared = True

    def _run_in_python(self) -> None:
        """Run as Brian2's network does, without making the code anew."""
        for each in self._objects:
            if isinstance(each, SpikeGeneratorGroup) and each._spikes_changed:
                each.before_run({})  # Brian2's NumPy code holds on to the arrays of events it was made with
        clocks = [
            (clock, *(clock.variables[name].get_value() for name in ("timestep", "t", "dt"))) for clock in self.clocks
        ]
        tolerance = SAME_TIME * min((float(dt[0]) for _, _, _, dt in clocks), default=0.0)
        while clocks:
            first = min(clocks, key=lambda each: float(each[2][0]))
            if first[1][0] > first[0]._last:
                return
            due = [each for each in clocks if each[2][0] - first[2][0] <= tolerance]
            ticking = {each[0] for each in due}
            for each in self._objects:
                if each.clock in ticking:
                    each.run()
            for _, timestep, t, dt in due:
                timestep[0] += 1
                t[0] = timestep[0] * dt[0]
