"""Populations of spike sources as Brian2 groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2 import Clock, NeuronGroup, SpikeGeneratorGroup
from pyNN.standardmodels import cells as standard

from brianhw.equations.spike_sources import POISSON_SOURCE
from brianhw.pynn import trains
from brianhw.pynn.groups import Group
from brianhw.pynn.renewal import Process, process_of
from brianhw.pynn.simulator import state
from brianhw.pynn.variables import put

__all__ = ["GivenSpikes", "PoissonSources", "RenewalSources", "ReplayedSpikes", "source_group_of"]

MS = 1e-3
FAR = 1e9  # ms; PyNN's sources stop after 1e10 ms by default, far beyond what a 32 bit step can count
LAST_STEP = 2**31 - 2  # that SpikeGeneratorGroup, which counts in 32 bits, can hold


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
            _say_too_fast(self.population, values["rate"].max(), state.dt)
        for name, value in values.items():
            put(self.brian, name, value)


class GivenSpikes(Group):
    """Spikes at given times; the recorder knows them."""

    spikes_are_unknown = False

    def __init__(self, population: Any, clock: Clock) -> None:
        super().__init__(population, clock)
        self.brian = SpikeGeneratorGroup(population.size, *self._spikes(), clock=clock, sorted=True)

    def _spikes(self) -> tuple[np.ndarray, Any]:
        """Return cell and time of the spikes that are still to come."""
        indices, times = trains.flattened(self.population._values["spike_times"], self.size)
        reached = times < LAST_STEP * state.dt
        indices, times = indices[reached], times[reached]
        indices, steps, merged = trains.in_steps(indices, times, state.dt)
        if merged:
            label = self.population.label
            state.say(
                f"merged spikes of {label}",
                f"{label}: {merged} of {len(times)} spikes fall into a step in which their cell spikes already, and "
                f"were merged with it. Give times that are {state.dt} ms apart, or use a shorter time step.",
            )
        coming = steps >= state.step
        return indices[coming], steps[coming] * self.clock.dt

    def set_parameters(self, names: Iterable[str]) -> None:
        self.restart()

    def restart(self) -> None:
        self.brian.set_spikes(*self._spikes(), sorted=True)

    def copy_state(self, other: Group) -> None:
        """There is none: the spikes are those that are still to come."""


class ReplayedSpikes(GivenSpikes):
    """The spikes that a population of sources had in another network: cells and steps."""

    def __init__(self, population: Any, clock: Clock, spikes: tuple[np.ndarray, np.ndarray]) -> None:
        self._given = spikes
        super().__init__(population, clock)

    def _spikes(self) -> tuple[np.ndarray, Any]:
        indices, steps = self._given
        return indices, steps * self.clock.dt


class RenewalSources(Group):
    """Sources whose spikes are drawn with NumPy, for each run those that fall into it."""

    def __init__(self, population: Any, clock: Clock) -> None:
        super().__init__(population, clock)
        self.brian = SpikeGeneratorGroup(population.size, [], [] * clock.dt, clock=clock)
        self._begun: Process | None = None

    def _process(self) -> Process:
        kind = process_of(self.population.celltype)
        assert kind is not None
        process = kind(self.population._values, self.size, state.dt)
        if process.highest_rate > 1:
            _say_too_fast(self.population, process.highest_rate / state.dt * 1000, state.dt)
        return process

    def before_run(self, first: int, last: int) -> None:
        if self._begun is None:
            self._begun = self._process().begin(first)
        indices, steps = trains.by_step(*self._begun.until(last))
        self.brian.set_spikes(indices, steps * self.clock.dt, sorted=True)

    def set_parameters(self, names: Iterable[str]) -> None:
        if self._begun is not None:
            self._begun = self._process().begin(state.step, self._begun)

    def restart(self) -> None:
        self._begun = None

    def copy_state(self, other: Group) -> None:
        """Go on with the same spikes, unless values have changed since they were drawn."""
        assert isinstance(other, RenewalSources)
        self._begun = other._begun
        if self._begun is not None:
            now = self.population._values
            changed = [name for name, value in self._begun.values.items() if value is not now[name]]
            if changed:
                self.set_parameters(changed)


def _say_too_fast(population: Any, rate: float, dt: float) -> None:
    state.say(
        f"rate of {population.label}",
        f"{population.label}: a rate of {rate:g} Hz was asked for; a source has at most one spike in a step, "
        f"{1000 / dt:g} Hz. Use more sources, or a shorter step.",
    )


def source_group_of(population: Any, clock: Clock) -> Group | None:
    """Return a population of spike sources as a Brian2 group; ``None`` if it has neurons."""
    celltype = population.celltype
    if isinstance(celltype, standard.SpikeSourceArray):
        return GivenSpikes(population, clock)
    if isinstance(celltype, standard.SpikeSourcePoisson):
        return PoissonSources(population, clock)
    return RenewalSources(population, clock) if process_of(celltype) else None
