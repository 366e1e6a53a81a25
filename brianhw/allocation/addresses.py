"""Addresses: what a chip tells senders apart by, and what it delivers where two of them have the same.

A word compares the address of an event: core and index of the sender, and not its chip; sources outside have an
address in the same range. An event is offered to all neurons of each core that its sender sends to. Two senders of one
address that both send to one core are therefore one sender to it: an alias. The types of their synapses make no
difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from brianhw.allocation.contents import Contents

__all__ = ["NONE", "Alias", "Senders", "aliases"]

# the address of a source outside that sends nothing
NONE = -1


@dataclass(frozen=True)
class Senders:
    """All neurons that send to a chip, a row each.

    Attributes
    ----------
    names : tuple of str
        The populations and the sources outside that have a row.
    source : array, shape (rows,), index into names
    neuron : array, shape (rows,), number inside the source
    address : array, shape (rows,); ``NONE`` where it is yet to be found
    reach : array of bool, shape (rows, cores), which cores it sends to
    external : array of bool, shape (rows,)
    """

    names: tuple[str, ...]
    source: NDArray[np.int64]
    neuron: NDArray[np.int64]
    address: NDArray[np.int64]
    reach: NDArray[np.bool_]
    external: NDArray[np.bool_]

    @classmethod
    def of(cls, contents: Contents) -> Senders:
        """Return the senders of a plan."""
        reach: dict[str, NDArray[np.bool_]] = {}
        for wiring in contents.connections.values():
            old = reach.get(wiring.source)
            reach[wiring.source] = wiring.reach if old is None else old | wiring.reach
        columns: list[tuple[NDArray[np.int64], ...]] = []
        for number, (name, cores) in enumerate(reach.items()):
            neuron = np.flatnonzero(cores.any(axis=1))
            outside = np.full(neuron.size, name not in contents.placements)
            columns.append((np.full(neuron.size, number), neuron, contents.addresses_of(name)[neuron], outside))
        empty = np.zeros(0, dtype=np.int64)
        source, neuron, address, external = (
            (np.concatenate(each) for each in zip(*columns, strict=True)) if columns else (empty,) * 4
        )
        rows = [cores[cores.any(axis=1)] for cores in reach.values()]
        joined = np.concatenate(rows) if rows else np.zeros((0, contents.description.cores), dtype=bool)
        return cls(tuple(reach), source, neuron, address, joined, external.astype(bool))

    def heard(self, rows: NDArray[np.bool_], addresses: int) -> NDArray[np.int64]:
        """Return how many of the senders *rows* each core hears at each address, shape (cores, addresses)."""
        cores = self.reach.shape[1]
        row, core = np.nonzero(self.reach & (rows & (self.address != NONE))[:, None])
        flat = np.bincount(core * addresses + self.address[row], minlength=cores * addresses)
        return flat.reshape(cores, addresses)

    def clashing(self, heard: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows share their address with another on a core they send to; *heard* as counted."""
        known = self.address != NONE
        twice = (heard > 1).T[np.where(known, self.address, 0)]
        return known & (self.reach & twice).any(axis=1)

    def name(self, row: int) -> str:
        """Return what messages call a row: ``"X[3]"``."""
        return f"{self.names[self.source[row]]}[{self.neuron[row]}]"


class Alias(NamedTuple):
    """Two rows of :class:`Senders` with the same address on a core."""

    first: int
    second: int
    core: int


def aliases(senders: Senders, heard: NDArray[np.int64]) -> list[Alias]:
    """Return all pairs that some core cannot tell apart, each once, with the lowest such core."""
    rows = np.flatnonzero(senders.clashing(heard))
    by_address: dict[int, list[int]] = {}
    for row in rows.tolist():
        by_address.setdefault(int(senders.address[row]), []).append(row)
    found = []
    for group in by_address.values():
        for first, second in combinations(group, 2):
            common = np.flatnonzero(senders.reach[first] & senders.reach[second])
            if common.size:
                found.append(Alias(first, second, int(common[0])))
    return sorted(found, key=lambda each: (each.core, each.second, each.first))
