"""Going on with a network step by step, with as little as possible around each step: for closed loops."""

from __future__ import annotations

from typing import Any

from brian2 import Clock, Network, SpikeGeneratorGroup

from brianhw.device import advancing

__all__ = ["single_steps"]


class Compiled:
    """A step that is compiled code alone.

    Attributes
    ----------
    needs_device : bool
        Whether Brian2 must use the network's device, and its random numbers, during a step.
    """

    needs_device = False

    def __init__(self, network: Network, clock: Clock, advance: Any) -> None:
        self._network, self._clock, self._advance = network, clock, advance

    def __call__(self, end: int) -> None:
        """Go on to the step *end*."""
        self._advance.take_new_spikes()
        self._network.t_ = end * float(self._clock.dt_)
        self._advance([end], self._network.t_)
        self._advance.settle()


class InPython:
    """A step as Brian2's network does it on its runtime device, without making the code anew."""

    needs_device = True

    def __init__(self, network: Network, clock: Clock) -> None:
        self._network, self._clock = network, clock
        self._objects = [each for each in network.sorted_objects if each.active]

    def __call__(self, end: int) -> None:
        """Go on to the step *end*."""
        for each in self._objects:
            if isinstance(each, SpikeGeneratorGroup) and each._spikes_changed:
                each.before_run({})  # Brian2's NumPy code holds on to the arrays of events it was made with
        for each in self._objects:
            each.run()
        self._network.t_ = end * float(self._clock.dt_)
        self._clock.variables["timestep"].set_value(end)
        self._clock.variables["t"].set_value(self._network.t_)


def single_steps(network: Network, clock: Clock, device: str) -> Any:
    """Return what goes on with a network that has been run, or ``None`` where a step takes more than that."""
    if device == "cpp_standalone" or {each.clock for each in network.sorted_objects} != {clock}:
        return None
    if "_brianhw_plan" not in vars(network):
        return InPython(network, clock)
    advance = advancing(network)
    return Compiled(network, clock, advance) if advance.is_plain else None
