"""Projections on SpiNNaker: PyNN's, and those whose synapses form and vanish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.pynn import projections as pynn
from brianhw.pynn.building.linked import Links
from brianhw.pynn.building.parts import Part
from brianhw.pynn.models.grid import Delays
from brianhw.pynn.simulator import state
from brianhw.spinnaker.modulation import check_dopamine
from brianhw.spinnaker.rewiring import Slots
from brianhw.spinnaker.structural import structure_of

__all__ = ["Projection"]


class Projection(pynn.Projection):
    """All connections of one kind between two groups of cells. Arguments as in PyNN.

    ``download_synapses`` and ``partition_id`` are the vendor's and say how synapses reach the host, which makes no
    difference here.
    """

    slots: Slots | None = None  # of synapses that form and vanish, once a network is planned
    _live: Links | None = None  # in a network

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Any = None,
        label: str | None = None,
        download_synapses: bool = False,
        partition_id: Any = None,
    ) -> None:
        if getattr(synapse_type, "structure", None) is not None:
            self._check_structure(presynaptic_population, postsynaptic_population, label)
        modulates = getattr(synapse_type, "modulation", None) is not None
        if modulates:
            owner = label or f"{presynaptic_population.label}→{postsynaptic_population.label}"
            check_dopamine(owner, synapse_type, postsynaptic_population, receptor_type, state.projections)
            dopamine, receptor_type = (
                receptor_type,
                postsynaptic_population.receptor_types[0],
            )  # PyNN knows only its own
        super().__init__(
            presynaptic_population,
            postsynaptic_population,
            connector,
            synapse_type,
            source,
            receptor_type,
            space,
            label,
        )
        if modulates:
            self.receptor_type = dopamine
        if structure_of(self) is not None:
            with state.own_random_numbers():
                self.structure_seed = int(np.random.randint(2**31))

    @staticmethod
    def _check_structure(pre: Any, post: Any, label: str | None) -> None:
        owner = label or f"{getattr(pre, 'label', pre)}→{getattr(post, 'label', post)}"
        for cells in (pre, post):
            if getattr(cells, "_population", None) is not cells:
                raise SpinnakerError(
                    f"{owner}: structural plasticity is between whole populations on SpiNNaker, not views or "
                    "assemblies."
                )
        if any(each.pre is pre and each.post is post and structure_of(each) for each in state.projections):
            raise SpinnakerError(
                f"{owner}: on SpiNNaker only one projection between two populations can have structural plasticity."
            )

    # -- as seen: the synapses that are there -------------------------------------------------------

    @property
    def _pairs(self) -> Any:
        self._look()
        return self.__dict__["_own_pairs"]

    @_pairs.setter
    def _pairs(self, pairs: Any) -> None:
        self.__dict__["_own_pairs"] = pairs

    def _held(self, name: str) -> Any:
        self._look()
        return super()._held(name)

    def asked(self, name: str) -> Any:
        """Return a parameter as it was asked for, in stored order; the synapses may hold it rounded."""
        self._look()
        return super().asked(name)

    def _look(self) -> None:
        """Take over which synapses there are, and their weights, from the network."""
        slots, live = self.slots, self._live
        if slots is None or live is None or slots.seen == (state.step, slots.changes):
            return
        slots.read(live.each[0])
        slots.seen = state.step, slots.changes
        self._show(slots)

    def _show(self, slots: Slots) -> None:
        there = np.flatnonzero(slots.alive)
        pairs, order = self._in_order(slots.sources[there], there // slots.places, slots.steps[there])
        there = there if order is None else there[order]
        self.__dict__["_own_pairs"] = pairs
        values = self.__dict__["_values"]
        values["weight"] = slots.weights[there]
        values["delay"] = Delays.of(slots.steps[there], state.dt)

    # -- as built: all places -----------------------------------------------------------------------

    def to_build(self) -> Iterator[tuple[Part, dict[str, Any], dict[str, Any]]]:
        """Go through the parts of the projection, each with values of all parameters and initial states."""
        if self.slots is None:
            yield from super().to_build()
            return
        slots, values = self.slots, dict(self.__dict__["_values"])
        values |= {
            "weight": np.where(slots.alive, slots.weights, 0.0),
            "delay": slots.delays(state.dt),
            "alive": slots.alive.astype(float),
        }
        yield Part(self.pre, self.post, slice(None), slots.sources.copy(), slots.targets), values, {}

    def follow(self, links: Links | None) -> None:
        """Let the synapses of a network hold the values from now on."""
        if self.slots is None:
            super().follow(links)
            return
        self._live, self.slots.seen = links, None
        if self.slots.begun is None or not state.step:
            self.slots.begin()

    def unlink(self) -> None:
        """Take all values back: the network ends."""
        if self.slots is None:
            super().unlink()
            return
        self._look()
        self._live = None

    def _take(self, new: Mapping[str, Any]) -> None:
        if self.slots is not None:
            state.release()
        super()._take(new)
        if self.slots is not None:
            self.slots.take(self._own_places(), {name: self._value(name) for name in ("weight", "delay")}, state.dt)
            if not state.step:
                self.slots.begin()

    def _own_places(self) -> np.ndarray:
        """Return the place of each synapse, in stored order."""
        assert self.slots is not None
        there = np.flatnonzero(self.slots.alive)
        _, order = self._in_order(self.slots.sources[there], there // self.slots.places, self.slots.steps[there])
        return there if order is None else there[order]

    def restart(self) -> None:
        """Go back to time zero."""
        if self.slots is None:
            super().restart()
            return
        self.slots.restart()
        if self._live is not None:
            self.slots.write(self._live.each[0])
        self._show(self.slots)
        self.slots.seen = None

    def at_start(self) -> Projection:
        """Return the projection as it was at time zero, for a network beside the script's own."""
        if self.slots is None:
            return super().at_start()
        other = copy(self)
        slots = self.slots.copied()
        slots.restart()
        other.__dict__.update(_values=dict(self.__dict__["_values"]), slots=slots, _live=None, have_changed=set())
        other._show(slots)
        return other
