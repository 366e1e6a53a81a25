"""What a chip delivers beside its connections: to the words of a sender of the same address, and to words in no use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brianhw.allocation.addresses import Senders, aliases
from brianhw.allocation.contents import Contents

__all__ = ["Delivery", "unintended"]


class Delivery(NamedTuple):
    """Events that a chip delivers though no connection says so: *words* pulses from *pre* to *post*, each pair once.

    *pre* and *post* count inside the populations; *unused* says that words in no use take them.
    """

    source: str
    target: str
    synapse_type: str
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    words: NDArray[np.int64]
    unused: bool = False


def unintended(contents: Contents) -> list[Delivery]:
    """Return all that is delivered beside the connections, because two addresses are equal or a word is unused."""
    if contents.description.addresses is None:
        return []
    senders = Senders.of(contents)
    return [*_aliased(contents, senders), *_to_unused_words(contents, senders)]


def _aliased(contents: Contents, senders: Senders) -> Iterator[Delivery]:
    heard = senders.heard(np.ones(senders.source.size, dtype=bool), contents.description.addresses or 0)
    others: dict[tuple[str, int], list[int]] = {}  # of each sender, the rows that are alike on some core
    for pair in aliases(senders, heard):
        for row, other in ((pair.first, pair.second), (pair.second, pair.first)):
            key = senders.names[senders.source[row]], int(senders.neuron[row])
            others.setdefault(key, []).append(other)
    gathered: dict[tuple[str, str, str], dict[tuple[int, int], int]] = {}
    for wiring in contents.connections.values():
        mixed = [neuron for source, neuron in others if source == wiring.source]
        for synapse in np.flatnonzero(np.isin(wiring.pre, mixed) & (wiring.words > 0)).tolist():
            post = int(wiring.post[synapse])
            for row in others[wiring.source, int(wiring.pre[synapse])]:
                if senders.reach[row, wiring.target_cores[post]]:
                    group = senders.names[senders.source[row]], wiring.target, wiring.synapse_type
                    pairs = gathered.setdefault(group, {})
                    ends = int(senders.neuron[row]), post
                    pairs[ends] = pairs.get(ends, 0) + int(wiring.words[synapse])
    for (source, target, synapse_type), pairs in gathered.items():
        pre, post = np.array(list(pairs), dtype=np.int64).T
        yield Delivery(source, target, synapse_type, pre, post, np.array(list(pairs.values())))


def _to_unused_words(contents: Contents, senders: Senders) -> Iterator[Delivery]:
    description = contents.description
    if description.unused_word is None or description.fan_in is None:
        return
    address, synapse_type = description.unused_word
    for row in np.flatnonzero(senders.address == address).tolist():
        for name, placement in contents.placements.items():
            unused = contents.words_that_work(placement.neurons) - contents.fan_in(name)
            post = np.flatnonzero(senders.reach[row, placement.core_of] & (unused > 0))
            if post.size:
                pre = np.full(post.size, senders.neuron[row])
                source = senders.names[senders.source[row]]
                yield Delivery(source, name, synapse_type, pre, post, unused[post], unused=True)
