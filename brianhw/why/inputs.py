"""What leads to a Brian2 group: its connections, whether they run, what they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brian2 import PoissonInput, Synapses

from brianhw.why.spiked import Stretch, is_in_a_network, live, next_spikes, rates_of, span, spikes_of, whole

__all__ = ["Input", "acts", "inputs_of", "poisson_inputs_of", "why_nothing_of"]


@dataclass(frozen=True, eq=False)
class Input:
    """Synapses onto a group.

    Attributes
    ----------
    synapses : Synapses
    runs : bool
        Whether they are in a network.
    stretch : Stretch
        The time that is spoken of.
    """

    synapses: Any
    runs: bool
    stretch: Stretch

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
        return spikes_of(self.source, self.stretch)

    @cached_property
    def rates(self) -> np.ndarray | None:
        """The rate of each neuron of the source, in Hz."""
        return rates_of(self.source, self.stretch)

    @cached_property
    def sent(self) -> np.ndarray | None:
        """When the first spike that could arrive in time was sent through each synapse, infinite where none was.

        None where nobody knows it. Of a source whose times are not recorded it is as early as it may be.
        """
        if not len(self.synapses):
            return np.zeros(0)
        earliest = np.maximum(self.stretch.start - self.delays, 0.0)
        found = next_spikes(self.source, self.pairs[0], earliest, self.stretch.stop)
        if found is not None:
            return np.where(found < self.stretch.stop, found, np.inf)
        if self.counts is None:
            return None
        return np.where(np.asarray(self.counts)[self.pairs[0]] > 0, self.stretch.start, np.inf)

    @cached_property
    def arrivals(self) -> np.ndarray:
        """When the first spike arrives through each synapse in the time, infinite where none was sent."""
        sent = np.full(len(self.synapses), self.stretch.start) if self.sent is None else self.sent
        return sent + self.delays

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


def inputs_of(group: Any, stretch: Stretch) -> list[Input]:
    """Return all synapses onto a whole group that there are, in a network or not."""
    found = [each for each in live(Synapses) if getattr(whole(each.target), "id", None) == group.id]
    found = [each for each in found if not getattr(each, "is_released", False)]
    return [Input(each, is_in_a_network(each), stretch) for each in sorted(found, key=lambda each: str(each.name))]


def poisson_inputs_of(group: Any) -> list[Any]:
    """Return the Poisson inputs into a whole group that are in a network."""
    found = [each for each in live(PoissonInput) if getattr(whole(each._group), "id", None) == group.id]
    return [each for each in found if is_in_a_network(each)]


def why_nothing_of(poisson: Any) -> str:
    """Return what of a Poisson input is zero, so that it brings nothing; empty if nothing is."""
    if not isinstance(poisson.rate, str) and not np.max(np.asarray(poisson.rate)) > 0:
        return "rate"
    if not isinstance(poisson._weight, str) and not np.any(np.asarray(poisson._weight)):
        return "weight"
    return "" if poisson.N else "number of inputs"
