"""Connections between two populations as Brian2 synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Clock, Equations, Synapses
from brian2.core.variables import ArrayVariable

from brianhw.device.mending.repeated import take_in_turns
from brianhw.model import SynapseModel
from brianhw.pynn.building.groups import Group, copy_variables
from brianhw.pynn.building.parts import Part
from brianhw.pynn.building.variables import adopts, connect_pairs, in_process, put, times_in_double
from brianhw.pynn.models.grid import Delays, Grid
from brianhw.pynn.models.synapse_realisation import Pathway, SynapseRealisation
from brianhw.pynn.models.units import unit_value

__all__ = ["Link"]

EXACT_STEPS = 2**20  # delays below are the same steps in single precision, several roundings later


class Link:
    """The synapses of a projection between one presynaptic and one postsynaptic population.

    Parameters
    ----------
    label : str
        Of the projection.
    realisation : SynapseRealisation
        How they are written.
    pre, post : Group
        The populations in Brian2.
    part : Part
        Which connections of the projection they are.
    values : mapping of str to float or array, shape (n,)
        The synapse type's parameters, in PyNN's units.
    states : mapping of str to float or array, shape (n,)
        Initial values of states, by PyNN's names; the others begin as the synapse type says.
    grid : Grid
        The steps.
    clock : Clock
        Of the network.
    name : str
        Of the Brian2 object.
    owns : bool
        Whether pairs and values are the link's own, which it may change.
    """

    def __init__(
        self,
        label: str,
        realisation: SynapseRealisation,
        pre: Group,
        post: Group,
        part: Part,
        values: Mapping[str, Any],
        states: Mapping[str, Any],
        grid: Grid,
        clock: Clock,
        name: str,
        owns: bool = False,
    ) -> None:
        self.label, self.realisation, self.pre, self.post, self.part = label, realisation, pre, post, part
        self.grid, self.clock = grid, clock
        self.size, self._in_process = len(part.i), in_process()
        brian_values = self._brian_values(values)
        allowed = set(self.realisation.shared)
        self.shared = {name for name, value in brian_values.items() if name in allowed and np.ndim(value) == 0}
        self._delays_vary = np.ndim(values.get("delay", 0.0)) > 0
        self.brian = self._synapses(values, name)
        self._put_in_order()
        adopted = self._to_adopt(brian_values, values) if owns and adopts() else None
        connect_pairs(self.brian, part.i, part.j, adopted)
        if adopted is not None:
            brian_values = {n: v for n, v in brian_values.items() if self.brian.variables[n] not in adopted}
        self._assign(brian_values)
        if self._delays_vary and adopted is None:  # one delay for all was given to the pathways
            self._set_delays(values)
        self._set_initial()
        self.set_states(states)

    def _brian_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._brian_value(name, values) for name in self.realisation.parameters}

    def _brian_value(self, name: str, values: Mapping[str, Any]) -> Any:
        value, unit = self.realisation.parameters[name]
        number = np.asarray(values[value] if isinstance(value, str) else value(values))
        number = number if number.dtype.kind == "f" else number.astype(float)
        scale = unit_value(unit)
        return number * scale if scale != 1 else number

    def _to_adopt(self, brian_values: Mapping[str, Any], values: Mapping[str, Any]) -> dict[ArrayVariable, np.ndarray]:
        """Return the arrays that can be the memory of variables."""
        known = {self.brian.variables[name]: value for name, value in brian_values.items() if np.ndim(value)}
        found = {variable: np.asarray(value, dtype=variable.dtype) for variable, value in known.items()}
        if self._delays_vary:
            for name, pathway in self.realisation.pathways.items():
                steps = self._steps(pathway, values)
                dtype = np.float32 if steps.max(initial=0) < EXACT_STEPS else np.float64
                seconds = np.multiply(steps, float(self.clock.dt), dtype=float, out=np.empty(len(steps), dtype=dtype),
                                      casting="same_kind")  # fmt: skip
                found[getattr(self.brian, name).variables["delay"]] = seconds
        return found

    def _synapses(self, values: Mapping[str, Any], called: str) -> Synapses:
        text = SynapseModel(name=self.label, equations=self.realisation.equations)
        text = text.with_flags(self.shared, "shared, constant") if self.shared else text
        equations = Equations(text.equations)
        on: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
        for name, pathway in self.realisation.pathways.items():
            on[pathway.on][name] = pathway.statements
        delays = {}
        if not self._delays_vary:
            pathways = self.realisation.pathways.items()
            delays = {name: int(self._steps(way, values)) * self.clock.dt for name, way in pathways}
        events = {name: way.event for name, way in self.realisation.pathways.items()}
        others = events if set(events.values()) - {"spike"} else {}
        arguments: dict[str, Any] = {"on_pre": on["pre"], "on_post": on["post"], "delay": delays, "on_event": others}
        synapses = Synapses(
            self.pre.brian,
            self.post.brian,
            model=equations,
            dtype=times_in_double(equations, self.realisation.parameters),
            namespace=dict(self.realisation.namespace),
            clock=self.clock,
            name=called,
            **{argument: value for argument, value in arguments.items() if value},
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

    def _steps(self, pathway: Pathway, values: Mapping[str, Any]) -> Any:
        """Return the steps that a pathway waits.

        A spike of a cell is noted in the step that ends at its time, one of a source (on some chips, also of a cell) in
        the step that begins there: it is one step late, so it waits one less.
        """
        total = self.grid.steps_of(values["delay"])
        if pathway.delay == "none":
            return 0 * total
        if pathway.delay == "total":
            return total - int(self.pre.is_source) + pathway.extra
        dendritic = np.rint(np.multiply(values.get("dendritic_delay_fraction", 0.0), total)).astype(np.int32)
        return np.maximum(2 * dendritic - int(self.post.is_source), 0)

    def _set_delays(self, values: Mapping[str, Any]) -> None:
        for name, pathway in self.realisation.pathways.items():
            put(getattr(self.brian, name), "delay", self._steps(pathway, values) * float(self.clock.dt))

    def _delay(self) -> Any:
        name = next(name for name, pathway in self.realisation.pathways.items() if pathway.delay == "total")
        seconds = getattr(self.brian, name).variables["delay"].get_value()
        steps = np.rint(np.asarray(seconds) / float(self.clock.dt)).astype(np.int64) + int(self.pre.is_source)
        steps = steps - self.realisation.pathways[name].extra
        return Delays.of(steps, self.grid.dt) if self._delays_vary else self.grid.time_at(int(steps[0]))

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
            put(self.brian, since, (self.grid.step - 1) * float(self.clock.dt))

    def can_take(self, values: Mapping[str, Any]) -> bool:
        """Say whether these *values* of all parameters fit the synapses as they are."""
        fits = all(name not in self.shared or np.ndim(v) == 0 for name, v in self._brian_values(values).items())
        delay = values.get("delay", 0.0)
        return fits and (self._delays_vary or np.ndim(delay) == 0) and self._can_wait(delay)

    def _can_wait(self, delay: Any) -> bool:
        """Say whether the variables are precise enough for delays."""
        if not self._delays_vary or np.max(self.grid.steps_of(delay), initial=0) < EXACT_STEPS:
            return True
        return all(getattr(self.brian, n).variables["delay"].dtype == np.float64 for n in self.realisation.pathways)

    def take(self, values: Mapping[str, Any]) -> None:
        """Set all parameters."""
        self._assign(self._brian_values(values))
        if "delay" in values:
            self._set_delays(values)
            self._put_in_order()

    def value(self, name: str) -> Any:
        """Return a parameter or state that the synapses hold, in PyNN's unit, or ``None``: a number or an array."""
        if not self._has(name):
            return None
        if name == "delay":
            return self._delay()
        if name == "weight":
            variable, one = self.realisation.weight
            return self._read(variable) * one if one != 1 else self._read(variable)
        return self._read(name)

    def _has(self, name: str) -> bool:
        """Say whether the synapses hold a parameter."""
        if not self._in_process and name not in self.changing:
            return False  # a program of its own has them
        if name == "delay":
            return any(pathway.delay == "total" for pathway in self.realisation.pathways.values())
        source, unit = self.realisation.parameters.get(name, ("", ""))
        return name == "weight" or (source == name and unit == "1")

    def _read(self, variable: str) -> Any:
        value = self.brian.variables[variable].get_value()
        return float(value[0]) if variable in self.shared else value

    def holds(self, name: str) -> bool:
        """Say whether the synapses hold exactly what was asked for, so that nobody else need."""
        return not (name == "weight" and self.realisation.is_rounded) and self._has(name)

    @property
    def names(self) -> list[str]:
        """The parameters of the synapse type that the synapses hold; a variable made of others is none itself."""
        found = [name for name, (source, _) in self.realisation.parameters.items() if source == name]
        waits = any(way.delay == "total" for way in self.realisation.pathways.values())
        # a weight may be held as another number, or as one of two signs
        return list(dict.fromkeys([*found, "weight", *(["delay"] if waits else [])]))

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The indices in both populations, as the synapses hold them."""
        return tuple(self.brian.variables[f"_synaptic_{side}"].get_value() for side in ("pre", "post"))

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
