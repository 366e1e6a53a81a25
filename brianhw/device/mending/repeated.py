"""Synapses that receive several events in one step, where NumPy runs Brian2's code.

Compiled code takes the events of a step one after the other. NumPy computes all synapses with an event at once, and one
that is listed twice is computed once. So its code is run several times: for as many events as have synapses of their
own, then for the next ones.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from brian2.codegen.runtime.numpy_rt import NumpyCodeObject
from brian2.synapses.synapses import SynapticPathway

__all__ = ["take_in_turns", "without_repetition"]


def without_repetition(events: np.ndarray) -> list[np.ndarray]:
    """Return *events*, an array of indices, in their order as the fewest parts in which none comes twice."""
    order = np.argsort(events, kind="stable")
    again = np.flatnonzero(events[order[1:]] == events[order[:-1]])
    if not len(again):
        return [events]
    before = np.full(len(events), -1)
    before[order[again + 1]] = order[again]  # where the same index came last
    parts, begin = [], 0
    repeated = np.flatnonzero(before >= 0)
    while len(repeated):
        end = int(repeated[0])
        parts.append(events[begin:end])
        begin, repeated = end, repeated[before[repeated] >= end]
    return [*parts, events[begin:]]


class _Turns:
    """A queue as Brian2's code sees it, which gives one part of its events after the other."""

    def __init__(self, code_object: NumpyCodeObject) -> None:
        self._queue, self._run = code_object.namespace["_queue"], weakref.WeakMethod(code_object.run)
        code_object.namespace["_queue"] = self
        code_object.run = self.run

    def run(self) -> None:
        run = self._run()
        assert run is not None
        for part in without_repetition(self._queue.peek()):
            self._part = part
            run()
        self._queue.advance()

    def peek(self) -> np.ndarray:
        return self._part

    def advance(self) -> None:
        """Do nothing; :meth:`run` does."""


def take_in_turns(pathway: SynapticPathway) -> None:
    """Let a synaptic pathway compute each of several events of a synapse in one step, on any device.

    Parameters
    ----------
    pathway : SynapticPathway
        Whose source lists a neuron once for each of its spikes.
    """
    kept = weakref.ref(pathway)  # Brian2's names depend on what is alive

    def create_code_objects(run_namespace: Any) -> None:
        pathway = kept()
        assert pathway is not None
        type(pathway).create_code_objects(pathway, run_namespace)
        if type(pathway.codeobj) is NumpyCodeObject:
            _Turns(pathway.codeobj)

    pathway.create_code_objects = create_code_objects
