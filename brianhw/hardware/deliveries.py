"""What a board delivers though no connection says so, as Brian2 synapses that follow the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from brian2 import Synapses
from brian2.core.names import find_name

from brianhw.allocation.delivery import Delivery, unintended
from brianhw.hardware.allocated import Allocated, Holder
from brianhw.hardware.circuits import Circuits, brian_name
from brianhw.hardware.parts import whole
from brianhw.hardware.register import Register

__all__ = ["Deliveries", "UnintendedSynapses"]


class UnintendedSynapses(Allocated, Synapses):
    """Synapses that nobody asked for: two senders have one address, or a word in no use listens to one."""

    def __init__(self, board: Holder, register: Register, source: Any, target: Any, model: Any, name: str) -> None:
        self.set_chip(board, register.connections)
        super().__init__(source, target, **model, name=name)
        self._weight = model.weight
        self._index: dict[tuple[int, int], int] = {}  # of each pair of neurons there is

    def deliver(self, pre: np.ndarray, post: np.ndarray, words: np.ndarray) -> None:
        """Let these pairs, and no others, have *words* pulses per event."""
        pairs = list(zip(pre.tolist(), post.tolist(), strict=True))
        new = [pair for pair in pairs if pair not in self._index]
        if new:
            first = len(self._index)
            self._index.update((pair, first + k) for k, pair in enumerate(new))
            self.connect(i=[pair[0] for pair in new], j=[pair[1] for pair in new])
        if self._index:
            weights = np.zeros(len(self._index))
            weights[[self._index[pair] for pair in pairs]] = words
            self.state(self._weight, use_units=False).set_item(slice(None), weights)


class Deliveries:
    """All unintended synapses of a board, by source, target and type."""

    def __init__(self, board: Holder, circuits: Circuits, register: Register) -> None:
        self._board, self._circuits, self._register = board, circuits, register
        self._synapses: dict[tuple[str, str, str], UnintendedSynapses] = {}

    @property
    def synapses(self) -> Mapping[tuple[str, str, str], UnintendedSynapses]:
        """The synapses there are, by (source, target, type); of some, all words may be gone."""
        return dict(self._synapses)

    def follow(self) -> None:
        """Make and change synapses so that they are those of the plan that holds."""
        known = self._register.populations
        for key in [key for key in self._synapses if key[1] not in known or self._source(key[0]) is None]:
            self._synapses.pop(key).release()
        gathered: dict[tuple[str, str, str], list[Delivery]] = {}
        for each in unintended(self._register.plan):
            gathered.setdefault((each.source, each.target, each.synapse_type), []).append(each)
        for key in [*gathered, *(key for key in self._synapses if key not in gathered)]:
            pre, post, words = _summed(gathered.get(key, []))
            if key not in self._synapses:
                self._synapses[key] = self._made(*key)
            self._synapses[key].deliver(pre, post, words)

    def _source(self, name: str) -> Any:
        if name in self._register.populations:
            return self._register.populations[name]
        groups = (whole(each.source) for each in self._register.connections.values())
        return next((group for group in groups if group.name == name), None)

    def _made(self, source: str, target: str, synapse_type: str) -> UnintendedSynapses:
        name = find_name(f"{brian_name(f'unintended_{synapse_type}_{source}_{target}')}*")
        ends = self._source(source), self._register.populations[target]
        return UnintendedSynapses(self._board, self._register, *ends, self._circuits.synapse(synapse_type), name)


def _summed(deliveries: list[Delivery]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs and words of all *deliveries*, each pair once."""
    words: dict[tuple[int, int], int] = {}
    for each in deliveries:
        for pre, post, number in zip(each.pre.tolist(), each.post.tolist(), each.words.tolist(), strict=True):
            words[pre, post] = words.get((pre, post), 0) + number
    pairs = np.array(list(words), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array(list(words.values()), dtype=float)
