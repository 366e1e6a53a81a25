"""Assemblies: populations and views as one group."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import common

from brianhw.pynn import simulator
from brianhw.pynn.cell_arrays import CellArray
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused, as_ours, refuse_unknown
from brianhw.pynn.checks.selection import checked_index, checked_sample, checked_selector
from brianhw.pynn.recording import opened
from brianhw.pynn.shared_random import is_unseeded, own_generator
from brianhw.pynn.together import all_or_nothing

__all__ = ["Assembly", "inject_into", "joined"]


def inject_into(label: str, current_source: Any, cells: Any) -> None:
    if isinstance(current_source, type) or not hasattr(current_source, "_is_playable"):
        raise KindRefused(f"{label}: {current_source!r} is no current source; make one with sim.DCSource and its like.")
    current_source.inject_into(cells)


def _addable(label: str, other: Any) -> Any:
    if not isinstance(other, common.BasePopulation | common.Assembly):
        raise KindRefused(f"{label}: a population, a view or an assembly can be added, not {other!r}.")
    return other


def joined(cells: Any, other: Any) -> Assembly:
    _addable(cells.label, other)
    return Assembly(*(part for each in (cells, other) for part in getattr(each, "populations", [each])))


class Assembly(common.Assembly):
    """Populations and views as one group."""

    _simulator = simulator

    def __init__(self, *populations: Any, **options: Any) -> None:
        refuse_unknown("Assembly", options, ["label"], "argument")
        with as_ours("Assembly", "It takes populations and views, and label=."):
            super().__init__(*populations, **options)

    @property
    def all_cells(self) -> CellArray:
        parts = [p.all_cells for p in self.populations]
        if not parts:
            raise ValueRefused(f"{self.label} has no cells: it was made of no populations.")
        return CellArray(np.concatenate([np.asarray(part) for part in parts]), parts[0].session)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int | np.integer):
            return super().__getitem__(checked_index(self.label, index, self.size) % self.size)
        selector = checked_selector(self.label, index, self.size)
        return super().__getitem__(np.arange(self.size)[selector])

    def set(self, **parameters: Any) -> None:
        """Set parameters of all cells; arguments as in PyNN. If one part refuses, none is changed."""
        with all_or_nothing():
            super().set(**parameters)

    def rset(self, parametername: str, rand_distr: Any) -> None:
        """Set a parameter to values of a random distribution, an older name of :meth:`set`."""
        self.set(**{parametername: rand_distr})

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of all cells. If one part refuses, none is changed."""
        with all_or_nothing():
            super().initialize(**initial_values)

    def inject(self, current_source: Any) -> None:
        """Inject the current of one of the sources of this back end into all cells."""
        inject_into(self.label, current_source, self)

    def __add__(self, other: Any) -> Assembly:
        return joined(self, other)

    def __iadd__(self, other: Any) -> Any:
        return super().__iadd__(_addable(self.label, other))

    def find_units(self, variable: Any) -> str:
        """Return the unit of a parameter or recordable variable that all parts have."""
        units = {part.find_units(variable) for part in self.populations}
        if len(units) != 1:
            raise ValueRefused(f"{self.label}: the unit of {variable} differs between its parts: {sorted(units)}.")
        return units.pop()

    def write_data(self, io: Any, *arguments: Any, **options: Any) -> None:
        """Write what was recorded to a file, given by its name or as one of Neo's; arguments as in PyNN."""
        super().write_data(opened(self.label, io), *arguments, **options)

    @property
    def local_cells(self) -> CellArray:
        return self.all_cells

    def sample(self, n: int, rng: Any = None) -> Assembly:
        """Return an assembly of *n* cells, drawn by *rng* or by what follows from ``setup(rng_seed=)``."""
        n = checked_sample(self.label, n, rng, self.size)
        return super().sample(n, own_generator() if is_unseeded(rng) else rng)

    @property
    def receptor_types(self) -> list[str]:
        """The receptors that all parts have, in the order of the first part's: PyNN's own order is that of a
        set, so that a projection without `receptor_type` would be excitatory in one run, inhibitory in the next."""
        first, *others = [part.celltype.receptor_types for part in self.populations]
        return [receptor for receptor in first if all(receptor in other for other in others)]

    def get_annotations(self, *names: str) -> dict[str, Any]:
        return {name: self.annotations[name] for name in names}
