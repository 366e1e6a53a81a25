"""One run of a prepared network: the loop, its interruptions and what Brian2 wants to know afterwards."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING

from brian2.core.base import BrianObjectException
from brian2.core.network import Network
from brian2.units import second

from brianhw.device.core import EXCEPTION, FINISHED, PYTHON, STOPPED
from brianhw.device.progress import Progress

if TYPE_CHECKING:
    from brianhw.device.device import BrianHWDevice
    from brianhw.device.plan import Plan

__all__ = ["Simulation"]

SLICE = 0.1  # seconds in C++ before Python may look for Ctrl-C, a stop from another thread and progress


class Simulation:
    """A run from the network's time to a later one.

    Parameters
    ----------
    device : BrianHWDevice
        The device.
    net : Network
        The network.
    plan : Plan
        Made for it; the clocks' ends are set.
    """

    def __init__(self, device: BrianHWDevice, net: Network, plan: Plan) -> None:
        self.device, self.net, self.plan = device, net, plan

    def run(self, duration: float, progress: Progress | None = None, profile: bool = False) -> None:
        """Run for *duration* seconds of biological time.

        Raises
        ------
        BrianObjectException
            If C++ code of an object raises an exception.
        KeyboardInterrupt
            On Ctrl-C, where Brian2 does not just stop the run for it (``prefs.core.stop_on_keyboard_interrupt``).
            All state can be read, and the next run goes on from there.
        Exception
            Whatever a network operation raises.
        """
        net, plan, device = self.net, self.plan, self.device
        start = float(net.t_)
        plan.loop.measure, plan.loop.stop, plan.loop.resume = profile, 0, 0
        plan.loop.flush_denormals = device.builder.flushes_denormals
        plan.loop.t = start
        began = time.perf_counter()
        complete = False
        with device.in_compiled_code(plan):
            try:
                complete = self._loop(start, duration, progress)
            finally:
                net.t_ = start + duration if complete else self._time_reached()
                device._last_run_time = time.perf_counter() - began
                done = 1.0 if complete or duration == 0 else (net.t_ - start) / duration
                device._last_run_completed_fraction = done
                if progress is not None and not complete:
                    progress.abandon(done)
        if progress is not None:
            progress.finish(done)
        for group in plan.invalid_groups():
            group._check_for_invalid_states()
        self._after_run()
        net._profiling_info = [(name, spent * second) for name, spent in plan.times().items()] if profile else None

    def _loop(self, start: float, duration: float, progress: Progress | None) -> bool:
        """Run to the end; say whether it was reached."""
        net, plan = self.net, self.plan
        limit = self.device._maximum_run_time
        deadline = time.perf_counter() + float(limit) if limit is not None else float("inf")
        next_look = time.perf_counter() + SLICE
        while True:
            seconds = min(SLICE, max(0.0, deadline - time.perf_counter()))
            outcome = plan.program.core.run(ctypes.byref(plan.loop), seconds)
            if outcome == FINISHED:
                return not (net._stopped or Network._globally_stopped)
            if outcome == STOPPED:
                return False
            if outcome == EXCEPTION:
                message = plan.loop.message.decode(errors="replace")
                raise BrianObjectException(f"A C++ exception was raised: {message}.", plan.owners[plan.loop.current])
            if outcome == PYTHON:
                plan.run_in_python(plan.loop.current)
                if time.perf_counter() < next_look:
                    continue
            next_look = time.perf_counter() + SLICE
            net._stopped |= next_look - SLICE >= deadline
            if net._stopped or Network._globally_stopped:
                plan.loop.stop = 1  # after the step, of which Python may have run one entry
            elif progress is not None:
                progress.update((plan.loop.t - start) / duration)

    def _time_reached(self) -> float:
        """Return the time of the first clock to tick next."""
        return min((float(clock.t_[:]) for clock in self.plan.clocks), default=self.net.t_)

    def _after_run(self) -> None:
        if self.plan.watch.possible:
            self.plan.run_blocks("after_run")
        else:
            self.net.after_run()
