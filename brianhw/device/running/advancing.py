"""Running a prepared network on with as little as possible around it: for closed loops of very short runs."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from brian2.core.network import Network

from brianhw.device.core.compiled import FINISHED
from brianhw.device.running.engine import Engine
from brianhw.device.running.plan import Plan
from brianhw.device.running.simulation import SLICE, Simulation

__all__ = ["Advance"]


class Advance:
    """What runs a network on to steps that its caller has worked out.

    Parameters
    ----------
    engine : Engine
        What networks share.
    net : Network
        The network.
    plan : Plan
        Made for it.
    same_time : float
        Share of the shorter step within which two clocks tick together.

    Attributes
    ----------
    clocks : list of Clock
        The clocks, in the order in which their ends are given.
    """

    def __init__(self, engine: Engine, net: Network, plan: Plan, same_time: float) -> None:
        self._engine, self._net, self._plan = engine, net, plan
        self.clocks = list(plan.clocks)
        plan.loop.same_time = same_time
        self._loop = ctypes.byref(plan.loop)
        self._run: Callable[..., int] = plan.program.core.run
        self._states = [plan._clock_states[k] for k in range(len(self.clocks))]
        # what needs Python, random numbers or copies of values takes the longer way
        self._is_plain = not (plan.program.uses_random or plan.program.copies or plan.has_python_entries)

    def __call__(self, ends: Sequence[int], time: float) -> None:
        """Run every clock up to the step before its end; the network's time is then *time*, in seconds.

        Sizes of monitors are not told to Brian2: :meth:`settle` does so.
        """
        engine, plan = self._engine, self._plan
        with engine.lock:
            for state, end in zip(self._states, ends, strict=True):
                state.end = end
            if not self._is_plain or engine.running is not None:
                self._run_as_usual(time)
                return
            plan.keep_up()
            plan.program.bind()
            loop = plan.loop
            loop.measure = loop.stop = loop.resume = 0
            engine.running, Network._globally_running = plan, True
            try:
                outcome = self._run(self._loop, SLICE)
            finally:
                engine.running, Network._globally_running = None, False
                plan.tell_written()
            if (
                outcome != FINISHED
            ):  # it takes longer, or something is wrong: the longer way goes on from here and says so
                self._run_as_usual(time)

    @property
    def is_plain(self) -> bool:
        """Whether a step is compiled code alone: it draws no random numbers and runs no Python."""
        return self._is_plain

    def _run_as_usual(self, time: float) -> None:
        self._engine.refuse_inside(self._net)
        self._net._stopped = Network._globally_stopped = False
        Simulation(self._engine, self._net, self._plan).run(max(0.0, time - float(self._net.t_)))

    def take_new_spikes(self) -> None:
        """Let spike generators take the spikes that they were given."""
        self._plan.take_new_spikes()

    def settle(self) -> None:
        """Tell Brian2 how large arrays have become."""
        self._plan.sync_sizes()
