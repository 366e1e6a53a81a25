"""Populations on SpiNNaker: PyNN's, that know the vendor's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brianhw.pynn import populations as pynn
from brianhw.pynn.simulator import state
from brianhw.spinnaker.control import checked_per_core, current_chip
from brianhw.spinnaker.describe import cell_name

__all__ = ["Population"]


class Population(pynn.Population):
    """A group of cells of one type. Arguments as in PyNN; ``additional_parameters`` as in the vendor's tool:
    ``neurons_per_core`` and ``n_synapse_cores`` count here.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, or SpiNNaker does not have such cells.
    """

    per_core: int | None = None
    synapse_cores: int | None = None

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Mapping[str, Any] | None = None,
        structure: Any = None,
        initial_values: Mapping[str, Any] | None = None,
        label: str | None = None,
        additional_parameters: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        current_chip()
        cell_name(cellclass, label)
        super().__init__(size, cellclass, cellparams, structure, initial_values, self._distinct(label))
        options = {**dict(additional_parameters or {}), **more}
        if options.get("neurons_per_core") is not None:
            self.set_max_atoms_per_core(options["neurons_per_core"])
        self.synapse_cores = options.get("n_synapse_cores")

    @staticmethod
    def _distinct(label: str | None) -> str | None:
        """Return a label that no other population has; PyNN makes one where there is none."""
        known = {each.label for each in state.populations}
        found, number = label, 1
        while found in known:
            number += 1
            found = f"{label}_{number}"
        return found

    def set_max_atoms_per_core(self, max_atoms_per_core: int) -> None:
        """Put at most so many of its cells on a core."""
        self.per_core = checked_per_core(self.label, max_atoms_per_core)
        state.release()

    def add_placement_constraint(self, x: int, y: int, p: int | None = None) -> None:
        """Do nothing: where a core lies on the board makes no difference here."""
