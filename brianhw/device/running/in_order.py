"""Copies of what synapses have, in the order in which spikes reach them.

Synapses lie in the order in which they were made, and a spike reaches those with one delay together. Where all delays
differ, these lie far apart: to read the weight of one takes a line of memory of which eight bytes are used. Copies of
weights and targets in the order of the queue are read from one end to the other. They are for what only a script
changes; then they are made anew. While somebody holds a view of the values there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brian2.core.variables import ArrayVariable

from brianhw.device.core.memory import Memory

__all__ = ["CopiesInOrder"]


class CopiesInOrder:
    """The copies for one synaptic pathway.

    Parameters
    ----------
    memory : Memory
        The values of all variables.
    queue : SpikeQueue
        The pathway's queue, which keeps the copies.
    variables : sequence of ArrayVariable
        What its code reads of synapses, in the order of the copies.
    """

    def __init__(self, memory: Memory, queue: Any, variables: Sequence[ArrayVariable]) -> None:
        self._memory, self._queue, self._variables = memory, queue, variables
        self._watcher = memory.watch(variables)
        self._copied: object = None

    def keep_up(self) -> None:
        """Copy again if values or the order may have changed."""
        if self._queue.copied is self._copied and self._copied is not None and not self._watcher.changed:
            return
        self._watcher.settle()
        held = bool(self._watcher.changed)
        self._queue.copy([] if held else [self._memory.values_of(each) for each in self._variables])
        self._copied = self._queue.copied
