"""Populations as Brian2 groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import brian2
import numpy as np
from brian2 import Clock, NeuronGroup, SpikeGeneratorGroup
from brian2.core.variables import ArrayVariable
from pyNN.standardmodels.cells import SpikeSourceArray, SpikeSourcePoisson

from brianhw.equations.spike_sources import POISSON_SOURCE
from brianhw.model import Block, Feed, NeuronModel
from brianhw.pynn import cells, trains
from brianhw.pynn.simulator import state
from brianhw.pynn.variables import own_arrays, put

__all__ = ["Group", "group_of", "unit_value"]

MS = 1e-3
FAR = 1e9  # ms; PyNN's sources stop after 1e10 ms by default, far beyond what a 32 bit step can count


def unit_value(unit: str) -> float:
    """Return the value of a unit, by its Brian2 name, in SI units."""
    if unit == "1":
        return 1.0
    parts = unit.replace(" ", "").split("/")
    value = float(getattr(brian2, parts[0])) if parts[0] != "1" else 1.0
    for part in parts[1:]:
        value /= float(getattr(brian2, part))
    return value


class Group:
    """A population in Brian2.

    Attributes
    ----------
    brian : NeuronGroup or SpikeGeneratorGroup
        The Brian2 group; ``None`` until made.
    spike_lag : int
        Steps from the start of the step in which Brian2 notes a spike to the spike's time in PyNN.
    spikes_are_unknown : bool
        Whether spikes must be monitored; those of a spike source array are given.
    """

    brian: Any
    spike_lag = 0
    spikes_are_unknown = True
    parameters: Iterable[str] = ()  # the variables that come from the description

    def __init__(self, population: Any, clock: Clock) -> None:
        self.population, self.clock = population, clock
        self.size = population.size

    @property
    def is_source(self) -> bool:
        """Whether spikes come from a source: they are noted in the step that begins at their time."""
        return self.spike_lag == 0

    def state(self, variable: str) -> np.ndarray:
        """Return the value of a variable of every neuron, in SI units."""
        found = self.brian.variables[variable]
        if not isinstance(found, ArrayVariable):  # a subexpression
            return np.broadcast_to(np.asarray(getattr(self.brian, f"{variable}_")[:], dtype=float), (self.size,))
        value = np.asarray(found.get_value(), dtype=float)
        return np.broadcast_to(value, (self.size,)) if found.scalar else value

    def recorded_as(self, name: str) -> tuple[str, float]:
        """Return the Brian2 variable of a recordable, and the value of PyNN's unit in SI units."""
        raise NotImplementedError

    def can_take(self, names: Iterable[str]) -> bool:
        """Say whether new values of the parameters *names* fit the group as it is."""
        return True

    def set_parameters(self, names: Iterable[str]) -> None:
        """Take the values of the parameters *names* from the population."""

    def set_initial(self, variable: str | None = None) -> None:
        """Give one state variable its initial value, or all."""

    def before_run(self, first: int, last: int) -> None:
        """Prepare for the steps from *first* to *last*."""

    def restart(self) -> None:
        """Go back to time zero."""

    def copy_state(self, other: Group) -> None:
        """Go on with the state of the same population in another network."""
        copy_variables(other.brian, self.brian, but=self.parameters)


def copy_variables(source: Any, target: Any, but: Iterable[str]) -> None:
    """Copy the values of all variables that *source* and *target* own and share; one value may become many."""
    for name, variable in own_arrays(target).items():
        before = source.variables.get(name)
        if isinstance(before, ArrayVariable) and name not in but and not name.startswith("_"):
            new = variable.get_value()
            if before.get_value().shape in (new.shape, (1,)):
                new[:] = before.get_value()


# -- cells ------------------------------------------------------------------------------------------


class CellGroup(Group):
    """Neurons: a model of the library, with one value or one per cell of each parameter."""

    spike_lag = 1

    def __init__(self, population: Any, clock: Clock, electrodes: Any, gaps: Iterable[str] = ()) -> None:
        super().__init__(population, clock)
        self.realisation = cells.realisation_of(population.celltype)
        values = self._brian_values()
        self.parameters = (*values, "electrode", "t_waveform")
        self.shared = {name for name, value in values.items() if np.ndim(value) == 0}
        model = self.realisation.model.with_flags(self.shared, "shared, constant")
        for block in (electrodes.block(population, self.realisation.current_port), *self._gap_blocks(gaps)):
            if block is not None:
                model = model + block
        self.model: NeuronModel = model
        self.brian = NeuronGroup(population.size, **model, clock=clock)
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
        known = self.population._initial_arrays
        own = {self.recorded_as(name)[0]: name for name in known}
        if variable is not None and state.step:  # in the middle of a simulation: only this one jumps
            own = {found: name for found, name in own.items() if name == variable}
        else:
            for name in self.model.state_variables:
                put(self.brian, name, 0)
        for found, name in own.items():
            put(self.brian, found, np.asarray(known[name]) * self.recorded_as(name)[1])
        if not (variable is not None and state.step):
            for name, expression in self.model.initial.items():  # what follows from the others, as gates from v
                if name not in own:
                    setattr(self.brian, name, expression)

    def restart(self) -> None:
        for name, value in (("lastspike", -1e4), ("not_refractory", True)):
            if name in self.brian.variables:
                put(self.brian, name, value)
        self.set_initial()


# -- sources ----------------------------------------------------------------------------------------


class PoissonSources(Group):
    """Neurons that spike at random."""

    def __init__(self, population: Any, clock: Clock) -> None:
        super().__init__(population, clock)
        values = self._brian_values()
        self.parameters = tuple(values)
        self.shared = {name for name, value in values.items() if np.ndim(value) == 0}
        model = POISSON_SOURCE.with_flags(self.shared, "shared, constant")
        self.brian = NeuronGroup(population.size, **model, clock=clock)
        self.set_parameters(())

    def _brian_values(self) -> dict[str, Any]:
        own = self.population._values
        begin = np.asarray(own["start"], dtype=float)
        end = np.minimum(begin + np.asarray(own["duration"], dtype=float), FAR)
        return {"rate": np.asarray(own["rate"], dtype=float), "t_on": begin * MS, "t_off": end * MS}

    def can_take(self, names: Iterable[str]) -> bool:
        return all(name not in self.shared or np.ndim(value) == 0 for name, value in self._brian_values().items())

    def set_parameters(self, names: Iterable[str]) -> None:
        values = self._brian_values()
        if (values["rate"] * float(self.clock.dt) > 1).any():
            state.say(
                f"rate of {self.population.label}",
                f"{self.population.label}: a rate of {values['rate'].max():g} Hz was asked for; a source has at most one "
                f"spike in a step, {1 / float(self.clock.dt):g} Hz. Use more sources, or a shorter step.",
            )
        for name, value in values.items():
            put(self.brian, name, value)


class GivenSpikes(Group):
    """Spikes at given times; the recorder knows them."""

    spikes_are_unknown = False

    def __init__(self, population: Any, clock: Clock) -> None:
        super().__init__(population, clock)
        self.brian = SpikeGeneratorGroup(population.size, *self._spikes(), clock=clock, sorted=True)

    def _spikes(self) -> tuple[np.ndarray, Any]:
        indices, times = trains.flattened(self.population._values["spike_times"], self.size)
        indices, steps, merged = trains.in_steps(indices, times, state.dt)
        if merged:
            label = self.population.label
            state.say(
                f"merged spikes of {label}",
                f"{label}: {merged} of {len(times)} spikes fall into a step in which their cell spikes already, and were "
                f"merged with it. Give times that are {state.dt} ms apart, or use a shorter time step.",
            )
        return indices, steps * self.clock.dt

    def set_parameters(self, names: Iterable[str]) -> None:
        indices, times = self._spikes()
        later = np.asarray(times) > (state.step - 0.5) * float(self.clock.dt)  # what is past does not come again
        self.brian.set_spikes(indices[later], times[later], sorted=True)

    def restart(self) -> None:
        self.brian.set_spikes(*self._spikes(), sorted=True)

    def copy_state(self, other: Group) -> None:
        """Go on at the present step."""
        self.set_parameters(())


def group_of(population: Any, clock: Clock, electrodes: Any, gaps: Iterable[str] = ()) -> Group:
    """Return a population as a Brian2 group.

    Parameters
    ----------
    population : Population
        Described by its script.
    clock : Clock
        Of the network.
    electrodes : Electrodes
        The current sources.
    gaps : iterable of str
        Names of the currents that come through electrical synapses.
    """
    celltype = population.celltype
    if isinstance(celltype, SpikeSourceArray):
        return GivenSpikes(population, clock)
    if isinstance(celltype, SpikeSourcePoisson):
        return PoissonSources(population, clock)
    return CellGroup(population, clock, electrodes, gaps)
