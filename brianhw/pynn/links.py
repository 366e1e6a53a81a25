"""Connections between two populations as Brian2 synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Clock, Synapses
from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.model import SynapseModel
from brianhw.pynn.groups import Group, copy_variables, unit_value
from brianhw.pynn.simulator import state
from brianhw.pynn.synapses import SynapseRealisation, realise
from brianhw.pynn.variables import in_process, put

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
    ) -> None:
        self.projection, self.pre, self.post, self.clock = projection, pre, post, clock
        self.size, self._in_process = len(i), in_process()
        self.realisation = self._realised(gap)
        brian_values = self._brian_values(values)
        allowed = set(self.realisation.shared)
        self.shared = {name for name, value in brian_values.items() if name in allowed and np.ndim(value) == 0}
        self._delays_vary = np.ndim(values.get("delay", 0.0)) > 0
        self.brian = self._synapses(self._steps(values))
        self.brian.connect(i=i, j=j)
        self._assign(brian_values)
        if self._delays_vary:  # one delay for all was given to the pathways
            self._set_delays(values)
        self._set_initial()

    def _realised(self, gap: str) -> SynapseRealisation:
        receptor = self.projection.receptor_type
        if isinstance(self.projection.synapse_type, ElectricalSynapse):
            return realise(self.projection.synapse_type, gap, "nA")
        entry, unit = self.post.realisation.receptors[receptor]  # type: ignore[attr-defined]
        return realise(self.projection.synapse_type, entry, unit)

    def _brian_values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, (value, unit) in self.realisation.parameters.items():
            number = values[value] if isinstance(value, str) else value(values)
            scale = unit_value(unit)
            found[name] = np.asarray(number, dtype=float) * scale if scale != 1 else np.asarray(number, dtype=float)
        return found

    def _synapses(self, steps: Mapping[str, Any]) -> Synapses:
        text = SynapseModel(name=self.projection.label, equations=self.realisation.equations)
        text = text.with_flags(self.shared, "shared, constant") if self.shared else text
        on: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
        for name, pathway in self.realisation.pathways.items():
            on[pathway.on][name] = pathway.statements
        delays = {name: step * self.clock.dt for name, step in steps.items() if np.ndim(step) == 0}
        arguments: dict[str, Any] = {"on_pre": on["pre"], "on_post": on["post"], "delay": delays}
        if self.realisation.method:
            arguments["method"] = self.realisation.method
        synapses = Synapses(
            self.pre.brian,
            self.post.brian,
            model=text.equations or None,
            namespace=dict(getattr(self.realisation, "namespace", {})),
            clock=self.clock,
            **{name: value for name, value in arguments.items() if value},
        )
        for order, name in enumerate(self.realisation.pathways):
            getattr(synapses, name).order = order - len(self.realisation.pathways)
        return synapses

    # -- delays -------------------------------------------------------------------------------------

    def _steps(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the steps that each pathway waits.

        A spike of a cell is noted in the step that ends at its time, one of a source in the step that begins there: a
        source is one step late, so it waits one less. Where the axon has no step to spare, the dendrite waits longer.
        """
        if not self.realisation.pathways:
            return {}
        total = np.maximum(np.rint(np.asarray(values["delay"], dtype=float) / state.dt), 1).astype(np.int64)
        fraction = float(getattr(self.projection.synapse_type, "dendritic_delay_fraction", 0.0))
        dendritic = np.rint(fraction * total).astype(np.int64)
        late = int(self.pre.is_source)
        axonal = np.maximum(total - dendritic - late, 0)
        waits = {
            "total": total - late,
            "axonal": axonal,
            "dendritic": dendritic + axonal - (total - dendritic - late),
        }
        return {name: waits[pathway.delay] for name, pathway in self.realisation.pathways.items()}

    def _set_delays(self, values: Mapping[str, Any]) -> None:
        for name, steps in self._steps(values).items():
            put(getattr(self.brian, name), "delay", steps * float(self.clock.dt))

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

    def can_take(self, values: Mapping[str, Any]) -> bool:
        """Say whether these *values* of all parameters fit the synapses as they are."""
        fits = all(name not in self.shared or np.ndim(v) == 0 for name, v in self._brian_values(values).items())
        return fits and (self._delays_vary or np.ndim(values.get("delay", 0.0)) == 0)

    def take(self, values: Mapping[str, Any]) -> None:
        """Set all parameters."""
        self._assign(self._brian_values(values))
        self._set_delays(values)

    def value(self, name: str) -> Any:
        """Return a parameter or state that the synapses hold, in PyNN's unit, or ``None``: a number or an array."""
        if not self._in_process and name not in self.changing:
            return None  # a program of its own has them
        if name == "delay":
            return self._delay()
        if name in self.realisation.parameters:
            source, unit = self.realisation.parameters[name]
            if source == name and unit == "1":
                value = self.brian.variables[name].get_value()
                return float(value[0]) if name in self.shared else value
        return None

    @property
    def changing(self) -> tuple[str, ...]:
        """The parameters that change by themselves: a plastic weight."""
        return ("weight",) if "weight" in self.brian.variables and "weight" not in self.realisation.shared else ()

    # -- state --------------------------------------------------------------------------------------

    def restart(self, initial: Mapping[str, Any]) -> None:
        """Go back to time zero: no spike on its way, initial values, and the *initial* weights."""
        for name, variable in self.brian.variables.items():
            if name in self.brian.equations.diff_eq_names or name == "lastupdate":
                variable.get_value()[:] = 0
        self._set_initial()
        for name, value in initial.items():
            put(self.brian, name, value)
        for name in self.realisation.pathways:
            getattr(self.brian, name).queue._restore_from_full_state(None)

    def copy_state(self, other: Link) -> None:
        """Go on with the state of the same connections in another network: values and spikes on their way."""
        copy_variables(other.brian, self.brian, but=("i", "j", "N", "delay", *self.realisation.parameters))
        for name in self.realisation.pathways:
            before = getattr(other.brian, name).queue._full_state()
            getattr(self.brian, name).queue._restore_from_full_state(before)


