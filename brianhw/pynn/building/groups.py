"""What every population is in Brian2: a group, with its values in SI units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2 import Clock
from brian2.core.variables import ArrayVariable

from brianhw.pynn.building.variables import own_arrays
from brianhw.pynn.models.grid import Grid

__all__ = ["Group", "copy_variables"]


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
    has_several_spikes : bool
        Whether a cell may have more than one spike in a step.
    """

    brian: Any
    spike_lag = 0
    spikes_are_unknown = True
    has_several_spikes = False
    parameters: Iterable[str] = ()  # the variables that come from the description

    def __init__(self, population: Any, grid: Grid, clock: Clock) -> None:
        self.population, self.grid, self.clock = population, grid, clock
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

    def prepare(self, first: int, last: int) -> int:
        """Prepare for the steps from *first* on; return up to which step it did, *last* at most."""
        return last

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
