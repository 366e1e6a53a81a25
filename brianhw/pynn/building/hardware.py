"""What a chip changes between the description of a network and the Brian2 objects made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from brianhw.pynn.models.realisation import Realisation
    from brianhw.pynn.models.synapses import SynapseRealisation

__all__ = ["Hardware"]


class Hardware(Protocol):
    """A chip, as the PyNN back end sees it; ``state.hardware`` is the one in use."""

    def plan(self, state: Any) -> None:
        """Look at all populations and projections before a network is made of them; refuse what does not fit."""

    def cells(self, population: Any) -> Realisation:
        """Return how the cells of a population are written in Brian2."""

    def synapses(self, projection: Any, post: Any) -> SynapseRealisation:
        """Return how a projection onto the Brian2 group *post* is written in Brian2."""
