"""Projections on SpiNNaker: PyNN's, refused where the vendor's tool refuses them."""

from __future__ import annotations

from typing import Any

from pyNN.models import BaseSynapseType
from pyNN.space import Space

from brianhw.pynn import projections as pynn
from brianhw.spinnaker.control import current_chip

__all__ = ["Projection"]


class Projection(pynn.Projection):
    """All connections of one kind between two groups of cells. Arguments as in PyNN.

    Weights may be written with either sign: what they do is the receptor's.

    Raises
    ------
    SpinnakerError
        If ``setup()`` was not called, or SpiNNaker's software does not have such synapses.
    """

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Space | None = None,
        label: str | None = None,
    ) -> None:
        chip = current_chip()
        if hasattr(postsynaptic_population, "label") and isinstance(synapse_type, BaseSynapseType):
            name = label or f"{presynaptic_population.label}→{postsynaptic_population.label}"
            chip.check(synapse_type, postsynaptic_population, name)
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
