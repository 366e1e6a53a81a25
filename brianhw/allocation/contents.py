"""What a chip holds: populations, connections and biases as numbers, and what they take of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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


def _rebuild(kind: type[Contents], values: dict[str, Any]) -> Contents:
    return kind(**values)


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, Mapping):
        return mine.keys() == theirs.keys() and all(_same(mine[key], theirs[key]) for key in mine)
    return bool(np.array_equal(mine, theirs)) if isinstance(mine, np.ndarray) else bool(mine == theirs)


_MAPPINGS = ("placements", "connections", "biases", "external_addresses", "broken_words")


@dataclass(frozen=True, eq=False)
class Contents:
    """What a chip holds, and where. Two are equal if they hold the same.

    Attributes
    ----------
    description : ChipDescription
        The chip's limits.
    placements : mapping of str to Placement
        Where each population is.
    connections : mapping of str to Wiring
        Pairs, weights and words of each connection.
    biases : mapping of int to mapping of str to float
        By core; in SI units.
    external_addresses : mapping of str to array
        The address of each neuron of each source outside the chip; -1 where it sends nothing. Empty where the chip
        tells senders apart in another way.
    fixed : frozenset of str
        The populations that stay on their neurons, and the sources outside that keep their addresses.
    broken_words : mapping of int to tuple of int
        Input words that do not work, by neuron, numbered over all chips.
    aliases : bool
        Whether senders of equal address may send to one core, and are mixed up there.

    Examples
    --------
    >>> from brianhw.allocation import Contents, Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> contents = Plan(DYNAP_SE1).place("exc", 200)
    >>> isinstance(contents, Contents), contents.free_neurons(), contents.populations_on(0)
    (True, (56, 256, 256, 256), ('exc',))
    """

    description: ChipDescription
    placements: Mapping[str, Placement] = field(default_factory=dict)
    connections: Mapping[str, Wiring] = field(default_factory=dict)
    biases: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    external_addresses: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    broken_words: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    aliases: bool = False

    __hash__ = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name in _MAPPINGS:
            # the dataclass is frozen; this is its constructor
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[Any, ...]:
        # a mapping proxy cannot be pickled; nor can a plan's history, which is too deep
        values = {each.name: getattr(self, each.name) for each in fields(Contents)}
        plain = {name: dict(values[name]) for name in _MAPPINGS}
        plain["biases"] = {core: dict(biases) for core, biases in self.biases.items()}
        return _rebuild, (type(self), {**values, **plain})

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Contents):
            return NotImplemented
        return all(_same(getattr(self, each.name), getattr(other, each.name)) for each in fields(Contents))

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

    def addresses_of(self, sender: str) -> NDArray[np.int64]:
        """Return the address of each neuron of a population, or of a source outside (-1: none)."""
        if sender in self.placements:
            return np.asarray(self.description.address_of(self.placements[sender].neurons))
        if sender in self.external_addresses:
            return self.external_addresses[sender]
        sizes = {each.source: each.source_size for each in self.connections.values() if each.external}
        if sender not in sizes:
            raise unknown_name(self.description.name, "sender", sender, {**self.placements, **sizes})
        return np.full(sizes[sender], -1)

    def words_that_work(self, neurons: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many input words each of *neurons*, numbered over all chips, has in order."""
        assert self.description.fan_in is not None
        words = np.full(len(neurons), self.description.fan_in)
        if self.broken_words:
            words -= np.array([len(self.broken_words.get(int(neuron), ())) for neuron in neurons], dtype=np.int64)
        return words

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
