"""Currents from outside: each synapse holds the value that came last, whatever its weight; a neuron gets their sum."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from brian2 import pA

from brianhw.edlut.catalogue.cells import CURRENT
from brianhw.edlut.delivery import times_of
from brianhw.edlut.described import Description, Wiring

__all__ = ["Change", "HeldCurrents"]


class Change(NamedTuple):
    """What changes at a time: the currents of all neurons of a layer, in A, by its number."""

    time: float
    currents: dict[int, np.ndarray]


class HeldCurrents:
    """The synapses from input currents, and what is on its way to them.

    Parameters
    ----------
    described : Description
        The layers.
    wiring : Wiring
        All synapses.
    """

    def __init__(self, described: Description, wiring: Wiring, exact: bool = False) -> None:
        of_source = described.layer_numbers(wiring.source)
        inputs = [layer.number for layer in described.layers if layer.cell.kind == "currents"]
        chosen = np.flatnonzero((wiring.type == CURRENT) & np.isin(of_source, inputs))
        chosen = chosen[np.argsort(wiring.source[chosen], kind="stable")]
        self._source, self._target = wiring.source[chosen], wiring.target[chosen]
        self._delay = times_of(wiring.delay[chosen])
        self._layer = described.layer_numbers(self._target)
        self._held = np.zeros(len(chosen))
        self._sums = {}
        self._units = {}
        for number in np.unique(self._layer):
            layer = described.layers[number]
            self._sums[int(number)] = np.zeros(layer.size)
            self._units[int(number)] = float(layer.cell.exact_current if exact else pA)
        self._first = {int(number): described.layers[number].first for number in np.unique(self._layer)}
        self._coming: list[tuple[float, int, int, float]] = []  # time, number, synapse, value
        self._count = 0

    def add(self, times: np.ndarray, neurons: np.ndarray, values: np.ndarray) -> None:
        """Take values (pA) that input neurons send at *times* in seconds."""
        for time, neuron, value in zip(times, neurons, values, strict=True):
            first, last = np.searchsorted(self._source, [neuron, neuron + 1])
            for synapse in range(first, last):
                heapq.heappush(self._coming, (time + self._delay[synapse], self._count, synapse, value))
                self._count += 1

    @property
    def is_waiting(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._coming)

    def changes_until(self, end: float) -> Iterator[Change]:
        """Yield what changes at each time up to *end*."""
        while self._coming and self._coming[0][0] <= end:
            time, changed = self._coming[0][0], set()
            while self._coming and self._coming[0][0] == time:
                _, _, synapse, value = heapq.heappop(self._coming)
                layer = int(self._layer[synapse])
                neuron = self._target[synapse] - self._first[layer]
                self._sums[layer][neuron] += value - self._held[synapse]
                self._held[synapse] = value
                changed.add(layer)
            yield Change(time, {layer: self._sums[layer] * self._units[layer] for layer in changed})
