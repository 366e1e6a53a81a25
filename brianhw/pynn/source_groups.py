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
from brianhw.pynn.renewal import GammaProcess, InhomogeneousGammaProcess, PoissonProcessWithDeadTime, Process
from brianhw.pynn.simulator import state
from brianhw.pynn.variables import put

__all__ = ["GivenSpikes", "PoissonSources", "RenewalSources", "source_group_of"]

MS = 1e-3
FAR = 1e9  # ms; PyNN's sources stop after 1e10 ms by default, far beyond what a 32 bit step can count


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
                f"{self.population.label}: a rate of {values['rate'].max():g} Hz was asked for; a source has at most "
                f"one spike in a step, {1 / float(self.clock.dt):g} Hz. Use more sources, or a shorter step.",
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
                f"{label}: {merged} of {len(times)} spikes fall into a step in which their cell spikes already, and "
                f"were merged with it. Give times that are {state.dt} ms apart, or use a shorter time step.",
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


class RenewalSources(Group):
    """Sources whose spikes are drawn with NumPy, for each run those that fall into it."""

    def __init__(self, population: Any, clock: Clock, process: type[Process]) -> None:
        super().__init__(population, clock)
        self.brian = SpikeGeneratorGroup(population.size, [], [] * clock.dt, clock=clock)
        self._process = process(population._values, population.size, state.dt, state.step)

    def before_run(self, first: int, last: int) -> None:
        indices, steps = self._process.until(last)
        order = np.argsort(steps, kind="stable")
        self.brian.set_spikes(indices[order], steps[order] * self.clock.dt, sorted=True)

    def set_parameters(self, names: Iterable[str]) -> None:
        kind, before = type(self._process), self._process
        self._process = kind(self.population._values, self.size, state.dt, state.step, before)

    def restart(self) -> None:
        self._process = type(self._process)(self.population._values, self.size, state.dt, 0)

    def copy_state(self, other: Group) -> None:
        if isinstance(other, RenewalSources):
            self._process = other._process


PROCESSES: dict[type, type[Process]] = {
    standard.SpikeSourcePoissonRefractory: PoissonProcessWithDeadTime,
    standard.SpikeSourceGamma: GammaProcess,
    standard.SpikeSourceInhGamma: InhomogeneousGammaProcess,
}


def source_group_of(population: Any, clock: Clock) -> Group | None:
    """Return a population of spike sources as a Brian2 group; ``None`` if it has neurons."""
    celltype = population.celltype
    if isinstance(celltype, standard.SpikeSourceArray):
        return GivenSpikes(population, clock)
    if isinstance(celltype, standard.SpikeSourcePoisson):
        return PoissonSources(population, clock)
    for kind, process in PROCESSES.items():
        if isinstance(celltype, kind):
            return RenewalSources(population, clock, process)
    return None
