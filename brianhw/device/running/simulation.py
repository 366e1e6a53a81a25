"""One run of a prepared network: the loop, its interruptions and what Brian2 wants to know afterwards."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager

from brian2.core.base import BrianObjectException
from brian2.core.network import Network
from brian2.units import second

from brianhw.device.core.compiled import EXCEPTION, FINISHED, PYTHON, STOPPED
from brianhw.device.running.engine import Engine
from brianhw.device.running.plan import Plan
from brianhw.device.running.progress import Progress

__all__ = ["Simulation"]

SLICE = 0.1  # seconds in C++ before Python may look for Ctrl-C, a stop from another thread and progress


class Simulation:
    """A run from the network's time to a later one.

    Parameters
    ----------
    engine : Engine
        What networks share.
    net : Network
        The network.
    plan : Plan
        Made for it; the clocks' ends are set.
    limit : float
        Seconds of the computer's time after which the run ends.

    Attributes
    ----------
    took : float
        Seconds of the computer's time.
    completed : float
        The share of the run that is done.
    """

    def __init__(self, engine: Engine, net: Network, plan: Plan, limit: float = float("inf")) -> None:
        self.engine, self.net, self.plan, self.limit = engine, net, plan, limit
        self.took = self.completed = 0.0

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
        net, plan = self.net, self.plan
        start = float(net.t_)
        plan.keep_up()
        plan.loop.measure, plan.loop.stop, plan.loop.resume = profile, 0, 0
        plan.loop.t = start
        began = time.perf_counter()
        complete = False
        with self._in_compiled_code():
            try:
                complete = self._loop(start, duration, progress)
            finally:
                net.t_ = start + duration if complete else self._time_reached()
                self.took = time.perf_counter() - began
                self.completed = 1.0 if complete or duration == 0 else (net.t_ - start) / duration
                if progress is not None and not complete:
                    progress.abandon(self.completed)
        if progress is not None:
            progress.finish(self.completed)
        for group in plan.invalid_groups():
            group._check_for_invalid_states()
        self._after_run()
        net._profiling_info = [(name, spent * second) for name, spent in plan.times().items()] if profile else None

    def _loop(self, start: float, duration: float, progress: Progress | None) -> bool:
        """Run to the end; say whether it was reached."""
        net, plan = self.net, self.plan
        deadline = time.perf_counter() + self.limit
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
                with self._in_python():
                    plan.run_in_python(plan.loop.current)
                if time.perf_counter() < next_look:
                    continue
            next_look = time.perf_counter() + SLICE
            net._stopped |= next_look - SLICE >= deadline
            if net._stopped or Network._globally_stopped:
                plan.loop.stop = 1  # after the step, of which Python may have run one entry
            else:  # a report may change values; so may what Python does for a signal, or another thread
                with self._in_python():
                    if progress is not None:
                        progress.update((plan.loop.t - start) / duration)

    def _time_reached(self) -> float:
        """Return the time of the first clock to tick next."""
        return min((float(clock.t_[:]) for clock in self.plan.clocks), default=self.net.t_)

    def _after_run(self) -> None:
        if self.plan.watch.possible:
            self.plan.run_blocks("after_run")
        else:
            self.net.after_run()

    @contextmanager
    def _in_compiled_code(self) -> Iterator[None]:
        """Say that C++ runs in the block: the random numbers are there, and nothing else may run."""
        engine, plan = self.engine, self.plan
        plan.program.bind()
        outside = engine.running, Network._globally_running  # a run in a network operation of another network
        engine.running, Network._globally_running = plan, True
        try:
            with engine.random.lent(plan.program.uses_random):
                yield
        finally:
            engine.running, Network._globally_running = outside
            plan.sync_sizes()
            plan.tell_written()

    @contextmanager
    def _in_python(self) -> Iterator[None]:
        """Say that Python runs in the block, called by the C++ loop."""
        net, plan = self.net, self.plan
        net.t_ = plan.loop.t
        plan.tell_written()  # another network may run in the block
        with self.engine.random.taken_back(plan.program.uses_random):
            yield
        plan.keep_up()
        plan.program.bind()  # an equal network may have run in the block
        if net._stopped or Network._globally_stopped:
            plan.loop.stop = 1
