"""What a network is made for: floating point here, and what a chip says differently."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pyNN.standardmodels.synapses import ElectricalSynapse

from brianhw.pynn.models.realisation import Realisation
from brianhw.pynn.models.synapse_realisation import SynapseRealisation, realise

__all__ = ["Hardware"]


class Hardware:
    """Floating point, without limits. A chip is a subclass; ``state.hardware`` is the one in use.

    Attributes
    ----------
    weights_are_amounts : bool
        Whether a weight may have either sign: what it does is the receptor's.
    is_planned : bool
        Whether new weights and delays need another plan, and so another network.
    ends_late : bool
        Whether a run to a time between two steps goes on to the next, as the chip's tools have it.
    """

    weights_are_amounts = False
    is_planned = False
    ends_late = False

    def plan(self, populations: Iterable[Any], projections: Iterable[Any], timestep_ms: float) -> None:
        """Look at all populations and projections before a network is made of them; refuse what does not fit."""

    def attending(self, state: Any, end: int) -> AbstractContextManager[None]:
        """Return what surrounds a run until the step *end*."""
        return nullcontext()

    def pauses(self, state: Any, end: int) -> Iterable[int]:
        """Return the steps at which a run until *end* pauses; where it stops before, these end there."""
        return (end,)

    def check_synapses(self, synapse_type: Any, target: Any, label: str) -> None:
        """Refuse a projection onto *target* that the hardware cannot have, before it is made."""

    def check_cells(self) -> None:
        """Refuse to make cells where the hardware is not set up."""

    def cells(self, population: Any, timestep_ms: float) -> Realisation:
        """Return how the cells of a population are written in Brian2."""
        found: Realisation = population.celltype.realisation
        return found.at(timestep_ms)

    def synapses(self, projection: Any, post: Any, gap: str = "") -> SynapseRealisation:
        """Return how a projection onto the Brian2 group *post* is written; *gap* names an electrical one's current."""
        if isinstance(projection.synapse_type, ElectricalSynapse):
            return realise(projection.synapse_type, gap, "nA")
        receptor = projection.receptor_type
        entry, unit = post.realisation.receptors[receptor]
        return realise(projection.synapse_type, entry, unit, post.realisation.time_constants.get(receptor, ""))

    def changes(self, network: Any) -> list[Any]:
        """Return what changes a network between its steps: each has a Brian2 object as ``brian``, and ``restart()``."""
        return []
