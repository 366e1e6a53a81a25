"""What a chip holds: populations, connections and biases as numbers, and what they take of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brianhw.allocation import wiring as rules
from brianhw.allocation.placement import Placement
from brianhw.allocation.wiring import Wiring
from brianhw.chips import ChipDescription
from brianhw.errors import unknown_name

__all__ = ["Contents"]


@dataclass(frozen=True)
class Contents:
    """What a chip holds, and where. Two are equal if they hold the same."""

    description: ChipDescription
    placements: Mapping[str, Placement] = field(default_factory=dict)
    connections: Mapping[str, Wiring] = field(default_factory=dict)
    biases: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    __hash__ = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name in ("placements", "connections", "biases"):
            # the dataclass is frozen; this is its constructor
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        # a mapping proxy cannot be pickled; nor can a plan's history, which is too deep
        biases = {core: dict(values) for core, values in self.biases.items()}
        return type(self), (self.description, dict(self.placements), dict(self.connections), biases)

    def placement(self, population: str) -> Placement:
        """Return where *population* is."""
        if population not in self.placements:
            raise unknown_name(self.description.name, "population", population, self.placements)
        return self.placements[population]

    def connection(self, name: str) -> Wiring:
        """Return connection *name*."""
        if name not in self.connections:
            raise unknown_name(self.description.name, "connection", name, self.connections)
        return self.connections[name]

    def used_neurons(self) -> tuple[int, ...]:
        """Return how many neurons of each core are in a population."""
        return tuple(int(used) for used in self.taken().sum(axis=1))

    def free_neurons(self) -> tuple[int, ...]:
        """Return how many neurons of each core are in no population."""
        return tuple(self.description.neurons_per_core - used for used in self.used_neurons())

    def fan_in(self, population: str) -> NDArray[np.int64]:
        """Return the input words that each neuron of *population* takes."""
        size = self.placement(population).n
        return rules.fan_in((each for each in self.connections.values() if each.target == population), size)

    def fan_out(self, population: str) -> NDArray[np.int64]:
        """Return the destinations that each neuron of *population*, or of an outside source, sends to."""
        wirings = [each for each in self.connections.values() if each.source == population]
        size = wirings[0].source_size if wirings else self.placement(population).n
        return rules.fan_out(self.description, wirings, size)

    def senders(self, core: Any) -> int:
        """Return how many different neurons, on the chip or outside, *core* listens to."""
        number = self.description.core_number(core)
        return int(rules.senders(self.connections.values(), self.description.cores)[number])

    def external_sources(self) -> int:
        """Return how many different neurons outside the chip send to it."""
        return sum(int(sends.sum()) for sends in rules.external_sources(self.connections.values()).values())

    def core_of(self, population: str) -> NDArray[np.int64]:
        """Return the core of each neuron of *population*."""
        return self.placement(population).core_of

    def populations_on(self, core: Any) -> tuple[str, ...]:
        """Return the populations with a neuron on *core*, in the order they were placed."""
        number = self.description.core_number(core)
        return tuple(name for name, each in self.placements.items() if number in each.cores)

    def taken(self) -> NDArray[np.bool_]:
        """Return which neurons are in a population, shape (cores, neurons_per_core)."""
        taken = np.zeros((self.description.cores, self.description.neurons_per_core), dtype=bool)
        for placement in self.placements.values():
            taken.ravel()[placement.neurons] = True
        return taken
