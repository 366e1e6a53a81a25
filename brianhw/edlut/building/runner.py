"""Running a network again and again without looking at it anew, on the brianhw device and without a compiler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from brian2 import Network, SpikeGeneratorGroup, second
from brian2.core.clocks import Clock
from brian2.devices.device import get_device

from brianhw.device import advance
from brianhw.device.active import active

__all__ = ["Runner"]


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
        self._prepared = False
        self._objects: list[Any] = []
        self._compiled = False

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let Brian2 use the network's device; what happens there is no part of what ``device.run`` repeats."""
        with active(self.device, {}):
            history = getattr(get_device(), "history", None)
            with nullcontext() if history is None else history.paused():
                yield

    def run_until(self, time: float) -> None:
        """Run all clocks to their last steps up to *time*, in seconds."""
        if not self._prepared:
            self._prepare()
        for clock in self.clocks:
            clock.end_at(time)
        if self._compiled:
            advance(self.network, time)
        else:
            with self.active():
                self._run_in_python()
        self.network.t_ = time

    def _prepare(self) -> None:
        with self.active():
            self.clocks = sorted({each.clock for each in self.network.sorted_objects}, key=lambda clock: clock.name)
            if self.device == "brianhw":
                self.network.run(0 * second, namespace={})
            self._compiled = "_brianhw_plan" in vars(self.network)
            if not self._compiled:
                self.network.before_run({})
                self._objects = [each for each in self.network.sorted_objects if each.active]
        self._prepared = True

    def _run_in_python(self) -> None:
        """Run as Brian2's network does, without making the code anew."""
        for each in self._objects:
            if isinstance(each, SpikeGeneratorGroup) and each._spikes_changed:
                each.create_code_objects = lambda namespace: None
                try:
                    each.before_run({})
                finally:
                    del each.create_code_objects
        while True:
            times = {clock: float(clock.t_) for clock in self.clocks}
            first = min(times.values(), default=0.0)
            now = [
                clock for clock, time in times.items() if abs(time - first) <= Clock.epsilon_dt * min(
                    each.dt_ for each in self.clocks
                )
            ]  # fmt: skip
            if not any(clock.variables["timestep"].get_value()[0] <= clock.last for clock in now):
                return
            for each in self._objects:
                if each.clock in now:
                    each.run()
            for clock in now:
                step = int(clock.variables["timestep"].get_value()[0]) + 1
                clock.variables["timestep"].set_value(step)
                clock.variables["t"].set_value(step * clock.dt_)
