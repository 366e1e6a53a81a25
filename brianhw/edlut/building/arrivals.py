"""Spikes from outside as a Brian2 group: one neuron for each source and delay.

It spikes when the spike of its source arrives. The group has a clock of its own, finer than the step of the neurons it
leads to, so that spikes come in the order in which they arrive. Learning rules find the exact time in the variable
``arrives``.
"""

from __future__ import annotations

import numpy as np
from brian2 import SpikeGeneratorGroup, second
from brian2.groups.group import CodeRunner

from brianhw.edlut.building.clocks import UpdateClock
from brianhw.edlut.delivery import LAST_STEP, slots_per_step, times_of, unique_slots
from brianhw.edlut.kinds import kinds_of
from brianhw.equations.additive_stdp import arrival_trace
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

    has_times : bool
        Whether synapses ask for the times of arrival.

    Attributes
    ----------
    objects : list
        The Brian2 objects.
    brian : SpikeGeneratorGroup
    index : ndarray of int
        Of each synapse: the neuron of this group that it comes from.
    """

    def __init__(self, step: float, source: np.ndarray, delay: np.ndarray, has_times: bool) -> None:
        self._step, self.per_step = step, slots_per_step(step)
        self.clock = UpdateClock(step / self.per_step)
        kinds, self.index = kinds_of(source, delay)
        self._source, self._delay = kinds.T
        self.brian = SpikeGeneratorGroup(len(self._source), [], [] * second, clock=self.clock)
        self._slots, self._neurons = np.empty(0, np.int64), np.empty(0, np.int32)
        self._times = np.empty(0)
        self.objects = [self.brian, *(self._note_times() if has_times else [])]

    def keep_trace(self, name: str, tau: float) -> None:
        """Keep the sum over the spikes of each neuron that its synapses read (:func:`arrival_trace`)."""
        group, variables = self.brian, self.brian.variables
        if f"arrivals{name}" not in variables:
            variables.add_array(f"arrivals{name}", size=group.N)
            variables.add_array(f"last_arrival{name}", size=group.N, dimensions=second.dim)
            variables.add_array(f"tau_arrival{name}", size=1, dimensions=second.dim, scalar=True, constant=True)
            runner = CodeRunner(
                group, "reset", code=arrival_trace(name, "arrives"), clock=self.clock, when="after_synapses",
                name=f"{group.name}_trace{name}", needed_variables=["_spikespace"],
                template_kwds={"eventspace_variable": variables["_spikespace"]},
            )  # fmt: skip
            self.objects.append(runner)
        variables[f"tau_arrival{name}"].set_value(tau)

    def _note_times(self) -> list[CodeRunner]:
        """Return what keeps the exact time of the spike that each neuron has sent last."""
        group, variables = self.brian, self.brian.variables
        variables.add_array("arrives", size=group.N, dimensions=second.dim)
        variables.add_array("arrives_late", size=group.N, dimensions=second.dim)  # after its slot, that one
        variables.add_array("_event", size=group.N, dtype=np.int32)  # the next of each, in the list of times
        variables.add_dynamic_array(
            "_event_time", size=1, dimensions=second.dim, index="_event", needs_reference_update=True
        )
        variables.indices["_event_time"] = "_event"
        # each reads what the next changes
        statements = ("arrives_late = _event_time - t", "arrives = _event_time", "_event = _event + 1")
        return [
            CodeRunner(
                group, "reset", code=code, clock=self.clock, when="before_synapses", order=order,
                name=f"{group.name}_times_{order}", needed_variables=["_spikespace"],
                template_kwds={"eventspace_variable": variables["_spikespace"]},
            )
            for order, code in enumerate(statements)
        ]  # fmt: skip

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
        ever = arriving < LAST_STEP * dt  # no simulation comes to the others
        arriving, bundle = arriving[ever], bundle[ever]
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
        arriving = np.concatenate([self._times[waiting], arriving])
        order = np.argsort(arriving, kind="stable")
        slots, bundle, arriving = slots[order], bundle[order], arriving[order]
        try:
            placed = unique_slots(slots, bundle, self.per_step)
        except ValueError as error:
            neuron = int(self._source[error.args[0]])
            raise EdlutError(
                f"AddExternalSpikeActivity: neuron {neuron} would send more than {self.per_step} spikes within an "
                f"integration step of its targets ({dt * self.per_step * 1e3:g} ms). Give fewer, or several neurons."
            ) from None
        order = np.argsort(placed, kind="stable")
        self._slots, self._neurons, self._times = placed[order], bundle[order], arriving[order]
        self.brian.set_spikes(self._neurons, (self._slots + 0.5) * dt * second, sorted=True)
        if "arrives" in self.brian.variables:
            self._list_times()

    def _list_times(self) -> None:
        """List the times of coming spikes by neuron."""
        variables = self.brian.variables
        by_neuron = np.argsort(self._neurons, kind="stable")
        variables["_event_time"].resize(len(by_neuron) + 1)
        variables["_event_time"].get_value()[:-1] = self._times[by_neuron]
        variables["_event"].get_value()[:] = np.searchsorted(self._neurons[by_neuron], np.arange(len(self._source)))
