"""What can be connected, and by what."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.connectors import Connector
from pyNN.models import BaseSynapseType

from brianhw.pynn.checks.refusals import ConnectionRefused, KindRefused

__all__ = ["check_kinds", "check_sides"]


def check_sides(owner: str, pre: Any, post: Any) -> None:
    """Raise unless both sides are groups of cells, and the second takes spikes.

    Raises
    ------
    KindRefused, ConnectionRefused
        Naming the side.
    """
    for name, cells in (("presynaptic", pre), ("postsynaptic", post)):
        if not isinstance(cells, common.BasePopulation | common.Assembly):
            raise KindRefused(f"{owner}: the {name} cells must be a population, a view or an assembly, not {cells!r}.")
        if not cells.size:
            raise ConnectionRefused(f"{owner}: the {name} side, {cells.label}, has no cells.")
    parts = post.populations if isinstance(post, common.Assembly) else [post]
    for part in parts:
        if not part.celltype.receptor_types:
            raise ConnectionRefused(f"{part.label}: spike sources have no receptors, nothing can be connected to them.")
    kinds: dict[bool, str] = {}
    for part in parts:
        kinds.setdefault(bool(part.celltype.conductance_based), str(part.label))
    if len(kinds) > 1:  # one weight cannot be in uS and in nA
        raise ConnectionRefused(
            f"{owner}: the synapses of {kinds[True]} are conductances, those of {kinds[False]} currents; an assembly "
            "that is connected to has one kind. Make a projection onto each population."
        )


def check_kinds(owner: str, connector: Any, synapse_type: Any) -> None:
    """Raise unless these are a connector and a synapse type, or none for PyNN's default.

    Raises
    ------
    KindRefused
        Naming what was given.
    """
    if not isinstance(connector, Connector):
        raise KindRefused(f"{owner}: {connector!r} is no connector; give an object, such as sim.AllToAllConnector().")
    if synapse_type is not None and not isinstance(synapse_type, BaseSynapseType):
        raise KindRefused(f"{owner}: {synapse_type!r} is no synapse type; give an object, such as sim.StaticSynapse().")
