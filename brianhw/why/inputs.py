"""What leads to a Brian2 group: its connections, whether they run, what they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brian2 import PoissonInput, Synapses

from brianhw.why.spiked import first_spikes, is_in_a_network, live, rates_of, span, spikes_of, whole

__all__ = ["Input", "acts", "inputs_of", "poisson_inputs_of"]


@dataclass(frozen=True, eq=False)
class Input:
    """Synapses onto a group.

    Attributes
    ----------
    synapses : Synapses
    runs : bool
        Whether they are in a network.
    seconds : float
        How long the network has run.
    """

    synapses: Any
    runs: bool
    seconds: float

    @property
    def name(self) -> str:
        """Brian2's name."""
        return str(self.synapses.name)

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target neuron of each synapse, counted in the whole groups."""
        if not len(self.synapses):
            return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        ends = (self.synapses.source, self.synapses.target)
        own = (np.asarray(self.synapses.i[:], dtype=int), np.asarray(self.synapses.j[:], dtype=int))
        return own[0] + span(ends[0])[0], own[1] + span(ends[1])[0]

    @cached_property
    def source(self) -> Any:
        """The whole group that sends."""
        return whole(self.synapses.source)

    @cached_property
    def weights(self) -> np.ndarray | None:
        """The weight of each synapse in SI units, if there is a variable that is one."""
        for name in ("weight", "w"):
            if name in self.synapses.variables and len(self.synapses):
                values = np.asarray(self.synapses.state(name, use_units=False)[:], dtype=float)
                return np.broadcast_to(values, (len(self.synapses),))
        return None

    @cached_property
    def delays(self) -> np.ndarray:
        """The delay of each synapse in seconds."""
        pathway = getattr(self.synapses, "pre", None)
        if pathway is None or not len(self.synapses):
            return np.zeros(len(self.synapses))
        return np.broadcast_to(np.asarray(pathway.delay_[:], dtype=float), (len(self.synapses),))

    @cached_property
    def is_continuous(self) -> bool:
        """Whether it acts without spikes, as a gap junction does."""
        return bool(self.synapses.summed_updaters)

    @cached_property
    def counts(self) -> np.ndarray | None:
        """How many spikes each neuron of the source has had."""
        return spikes_of(self.source)

    @cached_property
    def rates(self) -> np.ndarray | None:
        """The rate of each neuron of the source, in Hz."""
        return rates_of(self.source, self.seconds)

    @cached_property
    def first(self) -> np.ndarray | None:
        """When each neuron of the source spiked first."""
        return first_spikes(self.source)

    @cached_property
    def kind(self) -> str:
        """The type on a chip, or the circuit of a DPI neuron that its statements name; empty where neither says it."""
        named = getattr(self.synapses, "synapse_type", "")
        if named:
            return str(named)
        code = str(getattr(getattr(self.synapses, "pre", None), "code", ""))
        found = re.search(r"\bI(ampa|nmda|gaba_a|gaba_b)_post\b", code)
        return found[1].upper() if found else ""

    @property
    def is_inhibitory(self) -> bool:
        """Whether all that it does is inhibition, as far as its type or the sign of its weights says."""
        if self.kind.upper().startswith("GABA"):
            return True
        return self.weights is not None and len(self.weights) > 0 and bool((self.weights < 0).all())


def acts(each: Input) -> bool:
    """Say whether synapses, and what they do at a spike, are active."""
    pathway = getattr(each.synapses, "pre", None)
    return bool(each.synapses.active) and (pathway is None or bool(pathway.active))


def inputs_of(group: Any, seconds: float) -> list[Input]:
    """Return all synapses onto a whole group that there are, in a network or not."""
    found = [each for each in live(Synapses) if getattr(whole(each.target), "id", None) == group.id]
    found = [each for each in found if not getattr(each, "is_released", False)]
    return [Input(each, is_in_a_network(each), seconds) for each in sorted(found, key=lambda each: str(each.name))]


def poisson_inputs_of(group: Any) -> list[Any]:
    """Return the Poisson inputs into a whole group that are in a network, and fire."""
    found = [each for each in live(PoissonInput) if getattr(whole(each._group), "id", None) == group.id]
    return [each for each in found if is_in_a_network(each) and each.N > 0 and float(np.max(np.asarray(each.rate))) > 0]
