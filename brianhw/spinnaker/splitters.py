"""The vendor's splitters, which say how a population is shared out among cores; one of them changes what is here."""

from __future__ import annotations

from typing import Any

from brianhw.errors import SpinnakerError
from brianhw.spinnaker.counts import whole

__all__ = [
    "NeuronsAndSynapses",
    "SplitterAbstractPopulationVertexFixed",
    "SplitterAbstractPopulationVertexNeuronsSynapses",
    "SplitterAbstractPopulationVertexSlice",
    "SplitterDelayVertexSlice",
    "SplitterFixedLegacy",
    "SplitterOneToOneLegacy",
    "SplitterPoissonDelegate",
    "SplitterPopulationVertexFixed",
    "SplitterPopulationVertexNeuronsSynapses",
    "SplitterSliceLegacy",
]


class NeuronsAndSynapses:
    """Synapses have cores of their own: the population's ``n_synapse_cores``.

    Parameters
    ----------
    n_synapse_vertices : int
        How many for each core of neurons.
    max_delay : int, optional
        Without meaning here: the plan has room for all delays.
    allow_delay_extension : bool
        Without meaning here, as are other arguments.

    Raises
    ------
    SpinnakerError
        If *n_synapse_vertices* is no whole number from one up.
    """

    def __init__(
        self, n_synapse_vertices: Any = 1, max_delay: Any = None, allow_delay_extension: bool = True, **others: Any
    ) -> None:
        self.n_synapse_cores = whole("a splitter", "n_synapse_vertices", n_synapse_vertices)


class _WithoutMeaning:
    """Where cells lie on the board makes no difference here; arguments are taken as they are."""

    n_synapse_cores: int | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass


class SplitterAbstractPopulationVertexNeuronsSynapses(NeuronsAndSynapses):
    """As :class:`NeuronsAndSynapses`, by the name of releases 6 and 7.0."""


class SplitterPopulationVertexNeuronsSynapses(NeuronsAndSynapses):
    """As :class:`NeuronsAndSynapses`, by the name of later releases."""


class SplitterAbstractPopulationVertexFixed(_WithoutMeaning):
    """Cells and their synapses on the same cores, as it is without a splitter."""


class SplitterPopulationVertexFixed(_WithoutMeaning):
    """Cells and their synapses on the same cores, as it is without a splitter."""


class SplitterAbstractPopulationVertexSlice(_WithoutMeaning):
    """Cells and their synapses on the same cores, as it is without a splitter."""


class SplitterPoissonDelegate(_WithoutMeaning):
    """Poisson sources beside what they drive: the same spikes."""


class SplitterDelayVertexSlice(_WithoutMeaning):
    """How delays beyond the ring buffers are shared out: they last as long."""


class SplitterFixedLegacy(_WithoutMeaning):
    """As many cells on each core, as it is without a splitter."""


class SplitterSliceLegacy(_WithoutMeaning):
    """As many cells on each core, as it is without a splitter."""


class SplitterOneToOneLegacy(_WithoutMeaning):
    """All cells on one core: what does not fit on one takes more here."""


def synapse_cores(owner: str, splitter: Any) -> int | None:
    """Return the synapse cores that a *splitter* asks for, ``None`` if it does not.

    Raises
    ------
    SpinnakerError
        If it is no splitter.
    """
    if not isinstance(splitter, NeuronsAndSynapses | _WithoutMeaning):
        raise SpinnakerError(f"{owner}: splitter must be one of {', '.join(__all__[1:])}, not {splitter!r}.")
    return splitter.n_synapse_cores
