"""Populations on SpiNNaker: PyNN's, that know the vendor's options and ways to read data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.errors import SpinnakerError
from brianhw.pynn import populations as pynn
from brianhw.pynn.checks.domains import NOT_NEGATIVE, POSITIVE, number
from brianhw.pynn.checks.refusals import KindRefused, refuse_unknown
from brianhw.pynn.recording import SPIKES
from brianhw.pynn.simulator import state
from brianhw.spinnaker.control import current_chip
from brianhw.spinnaker.counts import for_chip, whole
from brianhw.spinnaker.describe import cell_name
from brianhw.spinnaker.recording import REWIRING, Recorder
from brianhw.spinnaker.splitters import synapse_cores

__all__ = ["Population", "PopulationView"]

#: Options of the vendor's that change what is here, by the name that planning gives them.
OPTIONS = {
    "neurons_per_core": "per_core",
    "n_synapse_cores": "synapse_cores",
    "max_expected_summed_weight": "largest_sums",
    "spikes_per_second": "source_rate",
    "ring_buffer_sigma": "sigmas",
}
#: What says how a population is shared out, in later releases and in earlier ones.
SPLITTERS = ("splitter", "splitter_object")
#: Those, of its releases 5 to 7, that are about the board's traffic and memory, which are not simulated.
WITHOUT_MEANING = (
    "incoming_spike_buffer_size", "drop_late_spikes", "seed", "n_colour_bits", "allow_delay_extensions",
    "min_weights", "weight_random_sigma", "max_stdp_spike_delta", "rb_left_shifts", "in_partitions", "max_rate",
    "constraints", "port", "virtual_key", "reserve_reverse_ip_tag", "n_atoms_per_core", "partition_id", "board_address",
    "buffer_notification_ip_address", "buffer_notification_port", "buffer_notification_tag", "graph_mapper",
)  # fmt: skip


class _Data:
    """The vendor's ways to read data, of populations and views."""

    label: str  # these three are PyNN's
    get_data: Any
    _population: Any

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def sample(self, n: Any, rng: Any = None) -> PopulationView:
        """Return a view of *n* cells, drawn by *rng* or by what follows from ``setup(rng_seed=)``."""
        return super().sample(whole(self.label, "the number of cells to sample", n), rng)  # type: ignore[misc]

    def spinnaker_get_data(self, variable: Any, as_matrix: bool = False, view_indexes: Any = None) -> np.ndarray:
        """Return what was recorded of one variable since time zero.

        Parameters
        ----------
        variable : str
            A list of one name will do.
        as_matrix : bool
            A signal's samples without cells and times, shape (samples, cells). Spikes have no such form.
        view_indexes : list of int, optional
            Of these cells only, by their indices in the population.

        Returns
        -------
        array, shape (n, 2), (n, 3) or (n, 4)
            Cell and time in ms of each spike, or cell, time and value of each sample, in the order of cells. Of
            ``"rewiring"`` time, source, target, and 1 for a synapse that formed or 0 for one that vanished, in the
            order of times.

        Raises
        ------
        SpinnakerError
            If the variable was not recorded, or it is more than one.
        """
        label, population = self.label, self._population
        names = list(variable) if isinstance(variable, list | tuple) else [variable]
        if names == [REWIRING] and population.recorder.rewired_from is not None:
            if isinstance(self, PopulationView) or view_indexes is not None:
                raise SpinnakerError(f"{label}: rewiring is that of a whole population, not of a view or some cells.")
            rows: np.ndarray = np.asarray(population.recorder.changes(), dtype=np.float64)
            return rows.reshape(-1, 4)
        known = [each.name for each in population.recorder.recorded]
        if len(names) != 1 or names[0] not in known:
            recorded = ", ".join(known) or "nothing"
            raise SpinnakerError(f"{label}: spinnaker_get_data() gives one variable that was recorded ({recorded}), "
                                 f"not {variable!r}.")  # fmt: skip
        segment = self.get_data(names[0]).segments[-1]
        wanted = None if view_indexes is None else np.asarray(view_indexes)
        if names[0] == SPIKES:
            return _spike_rows(segment.spiketrains, wanted)
        return _samples(segment.analogsignals, wanted, as_matrix)


def _spike_rows(trains: Any, wanted: np.ndarray | None) -> np.ndarray:
    rows = [
        np.column_stack([np.full(len(train), cell), train.magnitude])
        for cell, train in ((train.annotations["source_index"], train) for train in trains)
        if wanted is None or cell in wanted
    ]
    return np.concatenate(rows) if rows else np.empty((0, 2))


def _samples(signals: Any, wanted: np.ndarray | None, as_matrix: bool) -> np.ndarray:
    if not signals:
        return np.empty((0, 0) if as_matrix else (0, 3))
    (signal,) = signals
    cells = np.asarray(signal.array_annotations["channel_index"])
    chosen = np.ones(len(cells), dtype=bool) if wanted is None else np.isin(cells, wanted)
    cells, values = cells[chosen], signal.magnitude[:, chosen]
    if as_matrix:
        return values
    times = np.round(signal.times.rescale("ms").magnitude, 9)
    return np.column_stack([np.repeat(cells, len(times)), np.tile(times, len(cells)), values.T.ravel()])


class PopulationView(_Data, pynn.PopulationView):
    """Some cells of a population, in its order."""

    __hash__ = None  # equality is by cells


class Population(_Data, pynn.Population):
    """A group of cells of one type. Arguments as in PyNN; the size may be a whole float.

    ``additional_parameters``, or more keywords, are the vendor's options. These count here: ``neurons_per_core``,
    ``n_synapse_cores``, ``max_expected_summed_weight`` (one for each receptor, or for all), ``spikes_per_second`` and
    ``ring_buffer_sigma``.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, SpiNNaker does not have such cells, or a number makes no sense.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> cells = sim.Population(200, sim.IF_curr_exp(), label="cells", neurons_per_core=64)
    >>> [row.cores for row in sim.report().populations]
    [4]
    """

    per_core: int | None = None
    _recorder_class = Recorder

    def _prepared(
        self, owner: str, size: Any, cellclass: Any, label: str | None, options: Mapping[str, Any]
    ) -> tuple[Any, str | None]:
        current_chip()
        cell = cell_name(cellclass, label)
        owner, more = label or "Population", dict(options)
        additional = more.pop("additional_parameters", None)
        if not isinstance(additional, Mapping | None):
            raise KindRefused(f"{owner}: additional_parameters must be a dict, not {additional!r}.")
        own = _options(owner, {**dict(additional or {}), **more}, SPINNAKER1.receptors_of(cell))
        if not isinstance(size, tuple):  # which is PyNN's way to say the shape of a grid
            size = whole(owner, "the number of cells", size)
        self.per_core = own.pop("per_core", None)
        self.options = own
        return size, self._distinct(label)

    def _check(self, new: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        check_size = getattr(self.celltype, "check_size", None)
        if check_size is not None:
            check_size(self.label, self.size)
        super()._check(new, before)

    @staticmethod
    def _distinct(label: str | None) -> str | None:
        """Return a label that no other population has; PyNN makes one where there is none."""
        known = {each.label for each in state.populations}
        found, number = label, 1
        while found in known:
            number += 1
            found = f"{label}_{number}"
        return found

    def set_max_atoms_per_core(self, max_atoms_per_core: Any) -> None:
        """Put at most so many of its cells on a core."""
        self.per_core = whole(self.label, "the number of cells per core", max_atoms_per_core)
        state.release()

    def add_placement_constraint(self, x: int, y: int, p: int | None = None) -> None:
        """Do nothing: where a core lies on the board makes no difference here."""


def _options(owner: str, given: Mapping[str, Any], receptors: tuple[str, ...]) -> dict[str, Any]:
    """Return the vendor's options by the names that planning gives them, checked, without those that are ``None``."""
    refuse_unknown(owner, given, [*OPTIONS, *SPLITTERS, *WITHOUT_MEANING], "additional parameter")
    for name in SPLITTERS:
        if given.get(name) is not None:
            given = {"n_synapse_cores": synapse_cores(owner, given[name]), **given}
    found = {OPTIONS[name]: value for name, value in given.items() if name in OPTIONS and value is not None}
    for name, what, least in (("per_core", "cells per core", 1), ("synapse_cores", "synapse cores", 0)):
        if name in found:
            found[name] = whole(owner, f"the number of {what}", found[name], least)
    for name, given_as, domain in (
        ("source_rate", "spikes_per_second", POSITIVE),
        ("sigmas", "ring_buffer_sigma", NOT_NEGATIVE),
    ):
        if name in found:
            found[name] = for_chip(number, f"{owner}: {given_as}", found[name], domain)
    if "largest_sums" in found:
        found["largest_sums"] = _largest_sums(f"{owner}: max_expected_summed_weight", found["largest_sums"], receptors)
    return found


def _largest_sums(who: str, value: Any, receptors: tuple[str, ...]) -> tuple[float, ...]:
    """Return the sum for each receptor, of one for each or one for all."""
    sums = [value] * len(receptors) if np.ndim(value) == 0 else list(value)
    if len(sums) != len(receptors):
        raise SpinnakerError(f"{who} must be one number, or one for each of {', '.join(receptors)}, not {value!r}.")
    return tuple(for_chip(number, who, each, NOT_NEGATIVE) for each in sums)
