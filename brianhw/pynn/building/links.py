"""Connections between two populations as Brian2 synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Clock, Synapses
from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.device.repeated import take_in_turns
from brianhw.model import SynapseModel
from brianhw.pynn.building.groups import Group, copy_variables, unit_value
from brianhw.pynn.building.variables import connect_pairs, in_process, put
from brianhw.pynn.models.synapses import Pathway, SynapseRealisation, realise
from brianhw.pynn.simulator import state

__all__ = ["Link"]


class Link:
    """The synapses of a projection between one presynaptic and one postsynaptic population.

    Parameters
    ----------
    projection : Projection
        Described by the script.
    pre, post : Group
        The populations in Brian2.
    i, j : array of int32, shape (n,)
        Indices in them.
    values : mapping of str to float or array, shape (n,)
        The synapse type's parameters, in PyNN's units.
    clock : Clock
        Of the network.
    gap : str
        Name of the current that it feeds, if it is electrical.
    states : mapping of str to float or array, shape (n,)
        Initial values of states, by PyNN's names; the others begin as the synapse type says.
    """

    def __init__(
        self,
        projection: Any,
        pre: Group,
        post: Group,
        i: np.ndarray,
        j: np.ndarray,
        values: Mapping[str, Any],
        clock: Clock,
        gap: str = "",
        states: Mapping[str, Any] | None = None,
    ) -> None:
        self.projection, self.pre, self.post, self.clock = projection, pre, post, clock
        self.size, self._in_process = len(i), in_process()
        self.realisation = self._realised(gap)
        brian_values = self._brian_values(values)
        allowed = set(self.realisation.shared)
        self.shared = {name for name, value in brian_values.items() if name in allowed and np.ndim(value) == 0}
        self._delays_vary = np.ndim(values.get("delay", 0.0)) > 0
        self.brian = self._synapses(values)
        self._put_in_order()
        connect_pairs(self.brian, i, j)
        self._assign(brian_values)
        if self._delays_vary:  # one delay for all was given to the pathways
            self._set_delays(values)
        self._set_initial()
        self.set_states(states or {})

    def _realised(self, gap: str) -> SynapseRealisation:
        receptor = self.projection.receptor_type
        if state.hardware is not None:
            return state.hardware.synapses(self.projection, self.post)
        if isinstance(self.projection.synapse_type, ElectricalSynapse):
            return realise(self.projection.synapse_type, gap, "nA")
        target = self.post.realisation  # type: ignore[attr-defined]
        entry, unit = target.receptors[receptor]
        return realise(self.projection.synapse_type, entry, unit, target.time_constants.get(receptor, ""))

    def _brian_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._brian_value(name, values) for name in self.realisation.parameters}

    def _brian_value(self, name: str, values: Mapping[str, Any]) -> Any:
        value, unit = self.realisation.parameters[name]
        number = np.asarray(values[value] if isinstance(value, str) else value(values), dtype=float)
        scale = unit_value(unit)
        return number * scale if scale != 1 else number

    def _synapses(self, values: Mapping[str, Any]) -> Synapses:
        text = SynapseModel(name=self.projection.label, equations=self.realisation.equations)
        text = text.with_flags(self.shared, "shared, constant") if self.shared else text
        on: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
        for name, pathway in self.realisation.pathways.items():
            on[pathway.on][name] = pathway.statements
        delays = {}
        if not self._delays_vary:
            pathways = self.realisation.pathways.items()
            delays = {name: int(self._steps(way, values["delay"])) * self.clock.dt for name, way in pathways}
        arguments: dict[str, Any] = {"on_pre": on["pre"], "on_post": on["post"], "delay": delays}
        synapses = Synapses(
            self.pre.brian,
            self.post.brian,
            model=text.equations or None,
            namespace=dict(self.realisation.namespace),
            clock=self.clock,
            **{name: value for name, value in arguments.items() if value},
        )
        if self.pre.has_several_spikes:
            for name in on["pre"]:
                take_in_turns(getattr(synapses, name))
        return synapses

    def _put_in_order(self) -> None:
        """Let the pathways of one step follow each other as they are named."""
        names = list(self.realisation.pathways)
        for order, name in enumerate(names):
            getattr(self.brian, name).order = order - len(names)

    # -- delays -------------------------------------------------------------------------------------

    def _steps(self, pathway: Pathway, delay: Any) -> Any:
        """Return the steps that a pathway waits, for delays in ms.

        A spike of a cell is noted in the step that ends at its time, one of a source (on some chips, also of a cell) in
        the step that begins there: it is one step late, so it waits one less.
        """
        total = np.maximum(np.rint(np.asarray(delay, dtype=float) / state.dt), 1).astype(np.int32)
        if pathway.delay == "total":
            return total - int(self.pre.is_source)
        fraction = float(getattr(self.projection.synapse_type, "dendritic_delay_fraction", 0.0))
        dendritic = np.rint(fraction * total).astype(np.int32)
        return np.maximum(2 * dendritic - int(self.post.is_source), 0)

    def _set_delays(self, values: Mapping[str, Any]) -> None:
        for name, pathway in self.realisation.pathways.items():
            put(getattr(self.brian, name), "delay", self._steps(pathway, values["delay"]) * float(self.clock.dt))

    def _delay(self) -> Any:
        for name, pathway in self.realisation.pathways.items():
            if pathway.delay == "total":
                seconds = getattr(self.brian, name).variables["delay"].get_value()
                steps = np.rint(np.asarray(seconds) / float(self.clock.dt)) + int(self.pre.is_source)
                delays = np.asarray(state.time_at(steps))
                return delays if self._delays_vary else float(delays[0])
        return None

    # -- values -------------------------------------------------------------------------------------

    def _assign(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            put(self.brian, name, value)

    def _set_initial(self) -> None:
        for name, expression in self.realisation.initial.items():
            setattr(self.brian, name, expression)

    def set_states(self, values: Mapping[str, Any]) -> None:
        """Give states values that hold from now on, by PyNN's names."""
        for name, value in values.items():
            variable, since = self.realisation.states[name]
            put(self.brian, variable, value)
            # Brian2 calls a step by its beginning, PyNN by its end: now is the end of the step before
            put(self.brian, since, (state.step - 1) * float(self.clock.dt))

    def can_take(self, values: Mapping[str, Any]) -> bool:
        """Say whether these *values* of all parameters fit the synapses as they are."""
        if state.hardware is not None:
            return False  # new weights and delays need a new plan
        fits = all(name not in self.shared or np.ndim(v) == 0 for name, v in self._brian_values(values).items())
        return fits and (self._delays_vary or np.ndim(values.get("delay", 0.0)) == 0)

    def take(self, values: Mapping[str, Any]) -> None:
        """Set all parameters."""
        self._assign(self._brian_values(values))
        if "delay" in values:
            self._set_delays(values)
            self._put_in_order()
            assert state.network is not None
            state.network.unsettle()

    def value(self, name: str) -> Any:
        """Return a parameter or state that the synapses hold, in PyNN's unit, or ``None``: a number or an array."""
        if not self._in_process and name not in self.changing:
            return None  # a program of its own has them
        if name == "delay":
            return self._delay()
        if name == "weight":
            variable, one = self.realisation.weight
            return self._read(variable) * one if one != 1 else self._read(variable)
        if name in self.realisation.parameters:
            source, unit = self.realisation.parameters[name]
            if source == name and unit == "1":
                return self._read(name)
        return None

    def _read(self, variable: str) -> Any:
        value = self.brian.variables[variable].get_value()
        return float(value[0]) if variable in self.shared else value

    def holds(self, name: str) -> bool:
        """Say whether the synapses hold exactly what was asked for, so that nobody else need."""
        return not (name == "weight" and self.realisation.is_rounded) and self.value(name) is not None

    @property
    def changing(self) -> tuple[str, ...]:
        """The parameters that change by themselves: a plastic weight."""
        return ("weight",) if self.realisation.plastic else ()

    # -- state --------------------------------------------------------------------------------------

    def restart(self, initial: Mapping[str, Any], states: Mapping[str, Any]) -> None:
        """Go back to time zero: no spike on its way, initial values of *states*, and the *initial* weights."""
        for name in self.brian.equations.parameter_names:
            if name not in self.realisation.parameters:  # a state
                put(self.brian, name, 0)
        self._set_initial()
        self.set_states(states)
        if "weight" in initial:
            variable, _ = self.realisation.weight
            put(self.brian, variable, self._brian_value(variable, initial))
        for name in self.realisation.pathways:
            getattr(self.brian, name).queue._restore_from_full_state(None)

    def copy_state(self, other: Link) -> None:
        """Go on with the state of the same connections in another network: values and spikes on their way."""
        copy_variables(other.brian, self.brian, but=("i", "j", "N", "delay", *self.realisation.parameters))
        for name in self.realisation.pathways:
            before = getattr(other.brian, name).queue._full_state()
            getattr(self.brian, name).queue._restore_from_full_state(before)
