"""Layers as Brian2 groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from brian2 import NeuronGroup, SpikeMonitor, StateMonitor, mV, pA, second
from brian2.core.clocks import Clock

from brianhw.edlut.catalogue.cells import AFTER_CURRENT, AMPA, GABA, NMDA, PORTS, RECEPTOR_NAMES, Cell, Column
from brianhw.edlut.described import Layer
from brianhw.equations.additive_stdp import firing_trace
from brianhw.equations.gap_junction import gap_input
from brianhw.equations.nmda import gated_conductance
from brianhw.equations.receptors import Receptor, exponential_conductance
from brianhw.integration import Bifixed
from brianhw.model import Block, Feed, NeuronModel
from brianhw.parameters.receptors import MAGNESIUM_BLOCK

__all__ = ["AGAIN", "SENT", "CellGroup", "SourceGroup", "model_of", "receptor_of", "values_of"]


def device_current(scale: float) -> Block:
    """Return what takes currents of devices, times *scale*: EDLUT's olive takes picoampere for microampere."""
    return Block(
        name="current of devices",
        equations="I_device : amp                           # what sources of sinusoidal current send",
        feeds=(Feed("I_syn", "I_device" if scale == 1 else f"{scale!r}*I_device"),),
        optional=("I_device",),
    )


SENT = Block(
    name="count of spikes",
    equations="sent : 1                                 # spikes so far, for those who look at other times",
    reset="sent += 1",
    optional=("sent",),
)
POINTS_OF_THE_GATE = 256
AGAIN = "again"  # the event of a second spike in a step
MAGNESIUM = MAGNESIUM_BLOCK.suffixed(RECEPTOR_NAMES[NMDA])


def receptor_of(layer: Layer, type_: int, exact: bool) -> Receptor:
    """Return the conductance that synapses of a type open in the neurons of a layer."""
    name, voltage = RECEPTOR_NAMES[type_], layer.cell.voltage
    if type_ != NMDA:
        return exponential_conductance(name, voltage=voltage)
    ends = [layer.values.get(name, default) for name, default in (("e_inh", -80.0), ("e_exc", 0.0))]
    unit = layer.cell.meanings["e_exc"].unit if "e_exc" in layer.cell.meanings else mV
    low, high = (f"{float(end * unit / mV)!r}*mV" for end in ends)
    # EDLUT looks the gate up in a table between the reversal potentials
    gated = gated_conductance(
        name, voltage=voltage, grid=(low, high, POINTS_OF_THE_GATE) if exact and low != high else None
    )
    return closed_below_zero(gated, voltage) if exact and layer.cell.has_faulty_gate else gated


def closed_below_zero(receptor: Receptor, voltage: str) -> Receptor:
    """Return an NMDA receptor as EDLUT's olive has it, whose block takes millivolts for volts."""
    feeds = tuple(Feed(feed.port, f"int({voltage} >= 0*mV)*({feed.expression})", feed.sign) for feed in receptor.feeds)
    return replace(receptor, feeds=feeds)


def model_of(
    layer: Layer,
    types: Iterable[int],
    exact: bool,
    has_device: bool = False,
    gaps: Iterable[str] = (),
    traces: Iterable[str] = (),
    counts: bool = False,
) -> NeuronModel:
    """Return the model of a layer that takes synapses of some *types*, gap junctions and traces of some names.

    With *counts* its neurons count their spikes.
    """
    assert layer.cell.build is not None
    model = layer.cell.build(exact)
    for type_ in sorted(types):
        if type_ in (AMPA, GABA, NMDA):
            model += receptor_of(layer, type_, exact)
    for name in gaps:
        model += gap_input(name)
    if has_device:
        model += device_current(float(layer.cell.exact_current / pA) if exact else 1.0)
    for name in traces:
        model += firing_trace(name)
    if counts:
        model += SENT
    if layer.method is not None:
        own = layer.cell.options(layer.method, exact)
        model = model.integrated(layer.method.scheme, **{**layer.method.options, **own})
    vector = {name for key in layer.own for name in layer.cell.meanings[key].names}
    given = {name for meaning in layer.cell.meanings.values() for name in meaning.names} | layer.cell.fixed.keys()
    shared = [name for name in sorted((given | set(MAGNESIUM)) - vector) if name in model.parameters]
    return model.with_flags(shared, "shared, constant")


def values_of(layer: Layer, model: NeuronModel, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Return values of the model's parameters, all or those of some of EDLUT's names."""
    values = dict(layer.cell.fixed) if only is None else {}
    for name in layer.cell.meanings if only is None else only:
        meaning = layer.cell.meanings[name]
        number = layer.own.get(name, layer.values.get(name))
        if name == "tau_thr":  # no time constant is a threshold that stays
            number = np.inf if number == 0 else number
        values.update(dict.fromkeys(meaning.names, number * meaning.unit))
    if only is None:
        values.update(MAGNESIUM)
    return {name: value for name, value in values.items() if name in model.parameters}


class SourceGroup:
    """A layer of a device as a Brian2 group, with the spikes it has had since they were asked for.

    Attributes
    ----------
    brian : NeuronGroup
    spikes : SpikeMonitor or None
        If the layer's spikes are wanted.
    """

    def __init__(self, layer: Layer, model: NeuronModel, clock: Clock) -> None:
        self.layer, self.model, self.clock = layer, model, clock
        # a model without a reset says so, or Brian2 would ask whether it was forgotten
        self.spikes_twice = isinstance(model.stateful, Bifixed)  # perhaps, in one step
        given = {**({"reset": ""} if model.threshold else {}), **dict(model)}
        if self.spikes_twice:
            given["events"] = {AGAIN: "n_spikes > 1.5"}
        self.brian = NeuronGroup(layer.size, **given, clock=clock)
        begin = dict.fromkeys((name for name in model.parameters if name.startswith("tau_firing")), 1 * second)
        model.set(self.brian, values_of(layer, model), begin)
        if layer.seeds is not None:
            self.brian.x = layer.seeds
        # spikes are reset before anything arrives, and states recorded in between
        if "spike" in self.brian.resetter:
            self.brian.resetter["spike"].when = "before_synapses"
        self.spikes = None
        if layer.is_output or layer.is_logged:
            self.spikes = SpikeMonitor(self.brian, "n_spikes" if self.spikes_twice else None)

    @property
    def objects(self) -> list[Any]:
        """The Brian2 objects."""
        return [self.brian, *([self.spikes] if self.spikes is not None else [])]

    def follow(self, names: Iterable[str]) -> None:
        """Take new values of parameters by EDLUT's names."""
        self.model.update(self.brian, values_of(self.layer, self.model, names))

    def take_spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return times in seconds and global indices of spikes since the last call, and forget them."""
        assert self.spikes is not None
        values = self.spikes.variables  # whatever Brian2's device is just now
        if not values["N"].get_value()[0]:
            return np.empty(0), np.empty(0, np.int64)
        times, neurons = np.array(values["t"].get_value()), np.array(values["i"].get_value()) + self.layer.first
        if self.spikes_twice:
            count = np.array(values["n_spikes"].get_value(), int)
            times, neurons = np.repeat(times, count), np.repeat(neurons, count)
        self.spikes.resize(0)
        self.spikes.variables["N"].set_value(0)
        return times, neurons


class CellGroup(SourceGroup):
    """A layer of neurons as a Brian2 group, with the states that are recorded of it."""

    def __init__(
        self,
        layer: Layer,
        types: Iterable[int],
        exact: bool,
        has_device: bool,
        gaps: Sequence[str],
        traces: Mapping[str, float],
        clock: Clock,
        recorded: np.ndarray,
        counts: bool,
    ) -> None:
        self._parts = {"I_ext": ["I_device"] if has_device else [], "I_gap": [f"I_{name}" for name in gaps[1:]]}
        super().__init__(layer, model_of(layer, types, exact, has_device, gaps, traces, counts), clock)
        for name, tau in traces.items():
            self.follow_trace(name, tau)
        self.recorded = recorded
        self.states = None
        if len(recorded):
            names = [column.variable for column in self.columns() if column.variable in self.model.parsed.names]
            self.states = StateMonitor(
                self.brian,
                [*names, *(part for parts in self._parts.values() for part in parts)],
                record=recorded - layer.first,
                when="before_synapses",
                order=1,
            )

    def follow_trace(self, name: str, tau: float) -> None:
        """Take the time constant, in seconds, of the trace of own spikes with this name."""
        self.brian.variables[f"tau_firing{name}"].set_value(tau)

    def columns(self) -> list[Column]:
        """Return the columns of recorded states, after the time."""
        return columns_of(self.layer.cell)

    @property
    def objects(self) -> list[Any]:
        return [*super().objects, *([self.states] if self.states is not None else [])]

    def set_current(self, current: np.ndarray) -> None:
        """Let the currents from input neurons be these, in EDLUT's unit."""
        self.brian.variables["I_ext"].get_value()[:] = current

    def lost(self) -> np.ndarray:
        """Return the global indices of neurons whose potential is no number any more, or infinite."""
        potential = self.brian.variables[self.layer.cell.columns[0].variable].get_value()
        if np.isfinite(potential.sum()):
            return np.empty(0, int)
        return self.layer.first + np.flatnonzero(~np.isfinite(potential))

    def table(self) -> dict[str, np.ndarray]:
        """Return recorded states by column: the time in s, shape (steps,), and others, shape (steps, neurons)."""
        monitor = self.states
        assert monitor is not None
        times = np.array(monitor.t_[:])
        table = {"t_s": times}
        for column in self.columns():
            if column.variable in monitor.record_variables:
                values = np.array(getattr(monitor, f"{column.variable}_")).T.reshape(len(times), -1)
                for part in self._parts.get(column.variable, ()):
                    values = values + np.array(getattr(monitor, f"{part}_")).T.reshape(values.shape)
                table[column.label] = values / float(column.unit)
            else:
                table[column.label] = np.zeros((len(times), len(self.recorded)))
        return table


def columns_of(cell: Cell) -> list[Column]:
    """Return the columns of a cell's states: its membrane, conductances, currents."""
    (conductance, siemens), (current, amp) = cell.conductance, cell.current
    ports = [
        Column(f"g_{PORTS[type_]}_{conductance}", f"g_{RECEPTOR_NAMES[type_]}", siemens) for type_ in (AMPA, GABA, NMDA)
    ]
    return [*cell.columns, *ports, Column(f"I_ext_{current}", "I_ext", amp), *AFTER_CURRENT.get(cell.name, ())]
