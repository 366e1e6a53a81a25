"""What a network asks of the chip: populations and projections, as numbers."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from brianhw.allocation.spinnaker.amounts import Amount
from brianhw.allocation.spinnaker.connections import Connections
from brianhw.errors import RequestError

__all__ = ["PopulationRequest", "ProjectionRequest"]

RECEPTORS = ("excitatory", "excitatory2", "inhibitory")  # that cells may have
DOPAMINE = ("reward", "punishment")  # that brings or takes it, and has no ring buffers


def _whole(owner: str, name: str, value: Any, least: int = 1) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise RequestError(f"{owner}: {name} must be a whole number, not {value!r}.") from None
    if number < least:
        raise RequestError(f"{owner}: {name} must be at least {least}, not {number}.")
    return number


def _amount(owner: str, name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise RequestError(f"{owner}: {name} must be a number, not {value!r}.") from None
    if not 0 <= number < float("inf"):
        raise RequestError(f"{owner}: {name} must be zero or more, and finite, not {number}.")
    return number


@dataclass(frozen=True)
class PopulationRequest:
    """Some neurons or sources.

    Parameters
    ----------
    label : str
        Distinct in a network.
    n : int
        How many.
    cell : str
        As in the chip's ``neurons_per_core``.
    per_core : int, optional
        At most so many on a core, instead of what the chip says.
    synapse_cores : int, optional
        Cores for the synapses of each core of neurons; 0 for none. By default as many as are needed.
    rate : float, optional
        Mean rate in Hz, for the risk of overload; by default what the software assumes.
    largest_sums : tuple of float, optional
        The most that may come in one step through each receptor of the cell, in nA or uS, instead of what the software
        reckons.
    source_rate, sigmas : float, optional
        What the software assumes of its sources, and the standard deviations for which there is room, instead of what
        the chip says.

    Raises
    ------
    RequestError
        If a number is none, or too small.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import PopulationRequest, make_plan
    >>> request = PopulationRequest("cells", 600, "IF_curr_exp", per_core=100, synapse_cores=1)
    >>> make_plan([request], []).populations["cells"].cores  # six of neurons, six of synapses
    12
    """

    label: str
    n: int
    cell: str
    per_core: int | None = None
    synapse_cores: int | None = None
    rate: float | None = None
    largest_sums: tuple[float, ...] | None = None
    source_rate: float | None = None
    sigmas: float | None = None

    def __post_init__(self) -> None:
        _whole(self.label, "the number of neurons", self.n)
        if self.per_core is not None:
            _whole(self.label, "the number of neurons per core", self.per_core)
        if self.synapse_cores is not None:
            _whole(self.label, "the number of synapse cores", self.synapse_cores, 0)
        if self.largest_sums is not None:
            sums = tuple(_amount(self.label, "the largest sum of weights", each) for each in self.largest_sums)
            object.__setattr__(self, "largest_sums", sums)
        for name in ("source_rate", "sigmas"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _amount(self.label, name, getattr(self, name)))
        if self.source_rate == 0:
            raise RequestError(f"{self.label}: source_rate must be above zero.")

    @property
    def is_source(self) -> bool:
        """Whether it only sends."""
        return self.cell.startswith(("SpikeSource", "SpikeInjector"))


@dataclass(frozen=True)
class ProjectionRequest:
    """The synapses of one kind between two populations.

    Parameters
    ----------
    pre, post : str
        Labels.
    connections : Connections
        How many there are.
    weight : float, array or distribution
        In nA or uS.
    delay : float, array or distribution
        In ms.
    receptor : str
        ``"excitatory"`` or ``"inhibitory"``; some cells have ``"excitatory2"``. ``"reward"`` or ``"punishment"`` for
        dopamine, which all plastic synapses onto the target wait for then.
    plasticity : str
        The timing rule: ``"pair"``, ``"nearest pair"``, ``"Vogels 2011"``, ``"triplet"``; empty for static synapses.
    weight_rule : str
        ``"additive"`` or ``"multiplicative"``, of plastic synapses.
    largest_weight : float
        That plasticity allows.
    label : str
        For messages.
    places : int
        For synapses that a target neuron has, where they form and vanish; 0 where they stay.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import AllToAll, PopulationRequest, ProjectionRequest, make_plan
    >>> cells = PopulationRequest("cells", 100, "IF_curr_exp")
    >>> request = ProjectionRequest("cells", "cells", AllToAll(), weight=0.1, delay=2.0)
    >>> make_plan([cells], [request]).populations["cells"].left_shifts  # room for 100 weights of 0.1 nA in one step
    {'excitatory': 4, 'inhibitory': 0}
    """

    pre: str
    post: str
    connections: Connections
    weight: Any
    delay: Any
    receptor: str = "excitatory"
    plasticity: str = ""
    weight_rule: str = ""
    largest_weight: float = 0.0
    label: str = ""
    places: int = 0

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", f"{self.pre} -> {self.post}")
        if self.receptor not in (*RECEPTORS, *DOPAMINE):
            raise RequestError(f"{self.label}: there is no receptor {self.receptor!r}; use {' or '.join(RECEPTORS)}.")
        _whole(self.label, "the number of places for synapses", self.places, 0)
        object.__setattr__(self, "weight", Amount.of(self.weight, f"{self.label}: weights"))
        object.__setattr__(self, "delay", Amount.of(self.delay, f"{self.label}: delays"))

    @property
    def is_dopamine(self) -> bool:
        """Whether it brings or takes dopamine, and no current."""
        return self.receptor in DOPAMINE
