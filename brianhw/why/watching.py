"""Keeps what a script makes, so that it can be asked about when the script has ended.

A script's networks are often gone then, or have recorded nothing: networks that run are held, and each group that can
spike gets a count of its spikes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2 import Network, NeuronGroup, PoissonGroup, SpikeGeneratorGroup, SpikeMonitor, second

from brianhw.runs import runs_of
from brianhw.why.asking import why_silent
from brianhw.why.explanation import Explanation
from brianhw.why.pynn_cells import is_pynn
from brianhw.why.spiked import live

__all__ = ["Watched", "watched"]


class Watched:
    """What a script has made while it was watched."""

    def __init__(self) -> None:
        self.networks: list[Any] = []
        self.groups: list[Any] = []
        self.counters: list[Any] = []
        self._before = _populations()

    def explanations(self) -> list[Explanation]:
        """Return one for each population of PyNN, if there are any, and otherwise for each group of neurons.

        They speak of all runs, and of the last one where a whole group has fallen silent.
        """
        groups = self._pynn_populations() or [each for each in self.groups if "spike" in each.events]
        return [_of_script(each) for each in groups]

    def _pynn_populations(self) -> list[Any]:
        return [each for each in _populations() if not any(each is one for one in self._before)]


def _of_script(group: Any) -> Explanation:
    of_all = why_silent(group, 0 * second)
    if of_all.silent:
        return of_all
    of_last = why_silent(group)
    return of_last if len(of_last.silent) == of_last.size else of_all


def _populations() -> list[Any]:
    """Return the populations of PyNN that there are, if the back end is in use."""
    simulator = sys.modules.get("brianhw.pynn.simulator")
    return [] if simulator is None else [each for each in simulator.state.populations if is_pynn(each)]


@contextmanager
def watched() -> Iterator[Watched]:
    """Hold networks that run in the block, and count the spikes of all groups that are made in it."""
    kept = Watched()
    run, made = Network.run, NeuronGroup.__init__
    sources = {each: each.__init__ for each in (PoissonGroup, SpikeGeneratorGroup)}
    before = {each.id for each in live(NeuronGroup)}

    def run_and_hold(network: Any, *arguments: Any, **options: Any) -> Any:
        if not any(each is network for each in kept.networks):
            kept.networks.append(network)
        for counter in kept.counters:
            _note_count(counter, float(np.asarray(network.t_)), runs_of(network).row_began)
        # what is called from here finds names in the frame of the caller
        options["level"] = options.get("level", 0) + 1
        return run(network, *arguments, **options)

    def make_and_count(group: Any, *arguments: Any, **options: Any) -> None:
        made(group, *arguments, **options)
        if group.id not in before:
            kept.groups.append(group)
            _count(group, kept.counters)

    def counting(make: Any) -> Any:
        def make_source(group: Any, *arguments: Any, **options: Any) -> None:
            make(group, *arguments, **options)
            _count(group, kept.counters)

        return make_source

    Network.run, NeuronGroup.__init__ = run_and_hold, make_and_count
    for kind, make in sources.items():
        kind.__init__ = counting(make)
    try:
        yield kept
    finally:
        Network.run, NeuronGroup.__init__ = run, made
        for kind, make in sources.items():
            kind.__init__ = make


def _count(group: Any, counters: list[Any]) -> None:
    if "spike" not in getattr(group, "events", {"spike": ""}):
        return
    counter = SpikeMonitor(group, record=False, name=f"{group.name}_counted*")
    counter.add_to_magic_network = False  # it comes with its group
    counter.add_attribute("counts_before")
    counter.counts_before = {}
    group.contained_objects.append(counter)
    counters.append(counter)


def _note_count(counter: Any, now: float, row_began: float) -> None:
    """Keep how many spikes there were when the run begins, and when the first of equal runs in a row did."""
    before = counter.counts_before
    counter.counts_before = {start: before[start] for start in (row_began,) if start in before}
    counter.counts_before[now] = np.array(counter.count[:])
