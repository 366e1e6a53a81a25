"""Populations of neurons as Brian2 groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2 import Clock, NeuronGroup
from brian2.core.variables import ArrayVariable

from brianhw.model import Block, Feed, NeuronModel
from brianhw.pynn.building.electrodes import Electrodes
from brianhw.pynn.building.groups import Group
from brianhw.pynn.building.variables import put, times_in_double
from brianhw.pynn.models.grid import Grid
from brianhw.pynn.models.realisation import Realisation
from brianhw.pynn.models.units import unit_value

__all__ = ["CellGroup"]


class CellGroup(Group):
    """Neurons: a model of the library, with one value or one per cell of each parameter."""

    def __init__(
        self,
        population: Any,
        realisation: Realisation,
        grid: Grid,
        clock: Clock,
        electrodes: Electrodes,
        gaps: Iterable[str] = (),
        *,
        name: str,
    ) -> None:
        super().__init__(population, grid, clock)
        self.realisation = realisation
        self.spike_lag = self.realisation.spike_lag
        values = self._brian_values()
        self.parameters = (*values, "electrode", "t_waveform")
        self.shared = {name for name, value in values.items() if np.ndim(value) == 0}
        model = self.realisation.model.with_flags(self.shared, "shared, constant")
        for block in (electrodes.block(population, self.realisation.current_port), *self._gap_blocks(gaps)):
            if block is not None:
                model = model + block
        self.model: NeuronModel = model
        times = times_in_double(model.parsed, values)
        events = {"events": dict(self.realisation.events)} if self.realisation.events else {}
        self.brian = NeuronGroup(population.size, **model, clock=clock, dtype=times, name=name, **events)
        electrodes.connect(population, self.brian)
        self._assign(values)
        self.set_initial()

    def _gap_blocks(self, gaps: Iterable[str]) -> list[Block]:
        port = self.realisation.current_port
        return [Block(name, f"{name} : amp", feeds=(Feed(port, name),)) for name in gaps]

    def _brian_values(self) -> dict[str, Any]:
        """Return the SI value of every parameter: a number where all cells have the same."""
        own = self.population._values
        found = {}
        for name, (value, unit) in self.realisation.parameters.items():
            number = own[value] if isinstance(value, str) else value(own)
            found[name] = np.asarray(number, dtype=float) * unit_value(unit)
        return found

    def _assign(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            put(self.brian, name, value)

    def can_take(self, names: Iterable[str]) -> bool:
        return all(name not in self.shared or np.ndim(value) == 0 for name, value in self._brian_values().items())

    def set_parameters(self, names: Iterable[str]) -> None:
        self._assign(self._brian_values())

    def recorded_as(self, name: str) -> tuple[str, float]:
        variable, unit = self.realisation.states[name]
        return variable, unit_value(unit)

    def set_initial(self, variable: str | None = None) -> None:
        only = variable if self.grid.step else None  # in the middle of a simulation only one jumps
        known = self.population._initial_arrays
        own = dict(
            self._initial(name, np.asarray(value))
            for name, value in known.items()
            if self._has_value(name) and only in (None, name)
        )
        if only is None:
            for name in self.model.state_variables:
                put(self.brian, name, 0)
        for name, value in own.items():
            put(self.brian, name, value)
        if only is None:
            for name, expression in self.model.initial.items():  # what follows from the others, as gates from v
                if name not in own:
                    setattr(self.brian, name, expression)

    def _initial(self, name: str, value: np.ndarray) -> tuple[str, Any]:
        """Return the variable that holds a state, and its value, of PyNN's number."""
        if name in self.realisation.initial:
            variable, made = self.realisation.initial[name]
            return variable, made(value)
        variable, unit = self.recorded_as(name)
        return variable, value * unit

    def _has_value(self, name: str) -> bool:
        """Say whether a state has a value of its own; a subexpression follows from others."""
        if name in self.realisation.initial:
            return True
        known = self.realisation.states.get(name)
        return known is not None and isinstance(self.brian.variables[known[0]], ArrayVariable)

    def restart(self) -> None:
        for name, value in (("lastspike", -1e4), ("not_refractory", True)):
            if name in self.brian.variables:
                put(self.brian, name, value)
        self.set_initial()
