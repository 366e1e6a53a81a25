"""Doing again what a script has done, with other values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.input.timedarray import TimedArray

from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.memory import Memory
from brianhw.device.history.entries import Mark, Run, Runner
from brianhw.device.history.notes import History, Phase
from brianhw.device.history.run_arguments import Assignment, assign_all
from brianhw.errors import RequestError

__all__ = ["named_in", "repeat", "runs_of"]


def runs_of(history: History) -> list[Run]:
    """Return the runs; raise RequestError if they cannot be repeated."""
    if history.phase is Phase.LOST:
        begin = "device.reinit()" if history.is_asked_for else 'set_device("brianhw", build_on_run=False)'
        raise RequestError(
            f"device.run cannot repeat this script: {history.why_lost}. Call {begin} before the part that is to be "
            "repeated, or go back with the network's store() and restore()."
        )
    runs = [each for each in history.entries if isinstance(each, Run) and each.is_alive]
    if not runs or not all(each.is_complete for each in runs):
        raise RequestError(
            "device.run repeats what has been run, and nothing has, or objects that took part are gone. Call run() "
            'first, and keep the objects in the script, or call set_device("brianhw", build_on_run=False) before.'
        )
    return runs


def named_in(runs: Iterable[Run]) -> dict[str, Any]:
    """Return the objects and TimedArrays of runs by name."""
    found: dict[str, Any] = {}
    for run in runs:
        things = list(run.net().sorted_objects)
        namespaces = [getattr(each, "namespace", None) or {} for each in things]
        namespaces.append((run.arguments or {}).get("namespace", {}))
        arrays = [each for names in namespaces for each in names.values() if isinstance(each, TimedArray)]
        found.update((each.name, each) for each in (*things, *arrays))
    return found


def repeat(history: History, arrays: Memory, runner: Runner, wanted: Iterable[Assignment]) -> None:
    """Put everything back, and do all statements and runs again.

    Parameters
    ----------
    history : History
        What was done.
    arrays : Memory
        The values of all variables.
    runner : Runner
        Who runs the networks.
    wanted : iterable of Assignment
        The new values, which are set before the first run, or where the history has a mark.
    """
    entries = list(history.entries)
    place = next(each for kind in (Mark, Run) for each in entries if isinstance(each, kind))
    put_back: list[Callable[[], None]] = []
    try:
        with history.paused():
            _put_back(history, arrays)
            for entry in entries:
                if entry is place:
                    put_back = assign_all(wanted)
                entry.redo(runner)
    finally:
        history.is_new = False
        for each in put_back:
            each()


def _put_back(history: History, arrays: Memory) -> None:
    """Give variables, queues and networks what they had before."""
    for variable, values in list(history.values.items()):
        array = arrays[variable]
        if isinstance(array, GrowableArray):
            array.resize(values.shape if values.ndim > 1 else len(values))
            variable.size = array.extent
        array[:] = values
        arrays.tell(variable)
    for pathway, state in list(history.queues.items()):
        if getattr(pathway, "queue", None) is not None:
            pathway.queue._restore_from_full_state(state)
    for net, t in list(history.times.items()):
        net.t_ = t
    for run in runs_of(history):
        for thing in run.things():
            if isinstance(thing, SpikeGeneratorGroup):
                thing._spikes_changed = True
