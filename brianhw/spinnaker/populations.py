"""Populations on SpiNNaker: PyNN's, that know the vendor's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brianhw.pynn import populations as pynn
from brianhw.pynn.refusals import KindRefused, refuse_unknown
from brianhw.pynn.simulator import state
from brianhw.spinnaker.control import checked_per_core, checked_synapse_cores, current_chip
from brianhw.spinnaker.describe import cell_name

__all__ = ["Population"]

#: What the vendor's tool takes beside PyNN's arguments, in its releases 5 to 7. The first two count here.
OPTIONS = (
    "neurons_per_core", "n_synapse_cores", "spikes_per_second", "ring_buffer_sigma", "max_expected_summed_weight",
    "incoming_spike_buffer_size", "drop_late_spikes", "splitter", "seed", "n_colour_bits", "allow_delay_extensions",
    "min_weights", "weight_random_sigma", "max_stdp_spike_delta", "rb_left_shifts", "in_partitions", "max_rate",
    "constraints", "port", "virtual_key", "reserve_reverse_ip_tag", "n_atoms_per_core", "partition_id", "board_address",
    "buffer_notification_ip_address", "buffer_notification_port", "buffer_notification_tag", "graph_mapper",
)  # fmt: skip


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
        owner = f"Population {label or 'without a label'}"
        if not isinstance(additional_parameters, Mapping | None):
            raise KindRefused(f"{owner}: additional_parameters must be a dict, not {additional_parameters!r}.")
        options = {**dict(additional_parameters or {}), **more}
        refuse_unknown(owner, options, OPTIONS, "additional parameter")
        per_core = options.get("neurons_per_core")
        per_core = None if per_core is None else checked_per_core(owner, per_core)
        synapse_cores = checked_synapse_cores(owner, options.get("n_synapse_cores"))
        super().__init__(size, cellclass, cellparams, structure, initial_values, self._distinct(label))
        self.per_core, self.synapse_cores = per_core, synapse_cores

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
