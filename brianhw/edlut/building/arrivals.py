"""Spikes from outside as a Brian2 group: one neuron for each source and delay, which spikes when the source's spike arrives.

The group has a clock of its own, finer than the step of the neurons it leads to, so that spikes come in the order and at the
times (to 0.1 ms) at which they arrive.
"""

from __future__ import annotations

import numpy as np
from brian2 import SpikeGeneratorGroup, second

from brianhw.edlut.building.clocks import UpdateClock
from brianhw.edlut.delivery import slots_per_step, times_of, unique_slots
from brianhw.edlut.kinds import kinds_of
from brianhw.errors import EdlutError

__all__ = ["Arrivals"]


class Arrivals:
    """Spikes from outside for neurons with one integration step.

    Parameters
    ----------
    step : float
        The integration step in seconds.
    source, delay : ndarray of int
        Of each synapse: the global index of its source, and its delay in ticks.

    Attributes
    ----------
    brian : SpikeGeneratorGroup
    index : ndarray of int
        Of each synapse: the neuron of this group that it comes from.
    """

    def __init__(self, step: float, source: np.ndarray, delay: np.ndarray) -> None:
        self._step, self.per_step = step, slots_per_step(step)
        self.clock = UpdateClock(step / self.per_step)
        kinds, self.index = kinds_of(source, delay)
        self._source, self._delay = kinds.T
        self.brian = SpikeGeneratorGroup(len(self._source), [], [] * second, clock=self.clock)
        self._slots, self._neurons = np.empty(0, np.int64), np.empty(0, np.int32)

    def add(self, times: np.ndarray, neurons: np.ndarray) -> None:
        """Take spikes of *neurons* (global indices) at *times* in seconds, in the order of time.

        Raises
        ------
        EdlutError
            If a neuron has more spikes than there are slots in a step.
        """
        first = np.searchsorted(self._source, neurons, side="left")
        count = np.searchsorted(self._source, neurons, side="right") - first
        if not count.any():
            return
        arriving = np.repeat(times, count)
        within = np.arange(len(arriving)) - np.repeat(np.cumsum(count) - count, count)
        bundle = np.repeat(first, count) + within
        arriving = arriving + times_of(self._delay[bundle])
        dt = self.clock.dt_
        step = np.floor(arriving / self._step).astype(np.int64)
        step += (step + 1) * self._step <= arriving
        step -= step * self._step > arriving
        # the nearest slot of the step in which it arrives
        first_slot = step * self.per_step
        slots = np.clip(np.rint(arriving / dt).astype(np.int64), first_slot, first_slot + self.per_step - 1)
        now = int(self.clock.variables["timestep"].get_value()[0])
        waiting = self._slots >= now
        slots = np.concatenate([self._slots[waiting], np.maximum(slots, now)])
        bundle = np.concatenate([self._neurons[waiting], bundle]).astype(np.int32)
        order = np.argsort(slots, kind="stable")
        slots, bundle = slots[order], bundle[order]
        try:
            placed = unique_slots(slots, bundle, self.per_step)
        except ValueError as error:
            neuron = int(self._source[error.args[0]])
            raise EdlutError(
                f"AddExternalSpikeActivity: neuron {neuron} would send more than {self.per_step} spikes within an "
                f"integration step of its targets ({dt * self.per_step * 1e3:g} ms). Give fewer, or several neurons."
            ) from None
        order = np.argsort(placed, kind="stable")
        self._slots, self._neurons = placed[order], bundle[order]
        self.brian.set_spikes(self._neurons, (self._slots + 0.5) * dt * second, sorted=True)
