"""What a script has done since the device began, so that ``device.run(run_args=...)`` can do it again.

Brian2's standalone device writes a program of all statements and runs, which can be started again with other values.
Here statements and runs have happened when they were written. They are noted, with the values that variables had
before, and repeated from those.

A function may build and run a network and return its monitors: for Brian2's device the rest is in the program. So the
objects of the last runs are kept. What the script has dropped before is not.

Most scripts never ask for that, and must not pay for it. Brian2's device repeats one run, unless it is told
``build_on_run=False``: so notes end with the first run, and are few, where that has not been said.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
from brian2.core.network import Network
from brian2.core.variables import ArrayVariable, VariableView
from brian2.synapses.synapses import SynapticPathway

from brianhw.device.history.entries import Link, Mark, Run, Seed, Statement
from brianhw.device.mending.proxies import has_owner, is_gone, real_object
from brianhw.errors import RequestError

__all__ = ["History", "Phase"]

MOST_ENTRIES = 10_000
MOST_BYTES = 500_000_000
MOST_BYTES_UNASKED = 10_000_000  # what nobody notices


class Phase(Enum):
    """How far notes go."""

    OPEN = "notes are taken"
    COMPLETE = "the one run that belongs to them has been"
    LOST = "something is missing, so that nothing can be repeated"


@dataclass
class History:
    """The statements and runs, and what was there before them.

    Attributes
    ----------
    is_asked_for : bool
        Whether the script has said that it has several runs, of which all belong to what is repeated.
    """

    is_asked_for: bool = False
    entries: list[Any] = field(default_factory=list)
    values: Any = field(default_factory=weakref.WeakKeyDictionary)  # of a variable, before
    queues: Any = field(default_factory=weakref.WeakKeyDictionary)  # of a pathway: its state, before
    times: Any = field(default_factory=weakref.WeakKeyDictionary)  # of a network, before
    phase: Phase = Phase.OPEN
    why_lost: str = ""
    is_new: bool = False  # whether something was run since the last time it was repeated
    _paused: int = 0  # how many blocks deep
    _bytes: int = 0
    _prune_at: int = 100
    _kept: list[Any] = field(default_factory=list)

    def __getstate__(self) -> dict[str, Any]:
        tables = {name: list(getattr(self, name).items()) for name in ("values", "queues", "times")}
        tables["values"] = [each for each in tables["values"] if has_owner(each[0])]
        entries = [replace(each, key=None) if isinstance(each, Run) else each for each in self.entries]
        return {**vars(self), **tables, "_kept": [], "entries": [each for each in entries if each.is_alive]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for name in ("values", "queues", "times"):
            table: Any = weakref.WeakKeyDictionary()
            for thing, value in state[name]:
                table[thing] = value
            setattr(self, name, table)
        # the script that holds the networks is in the other process
        self._kept = [thing for each in self.entries if isinstance(each, Run) for thing in (each.net(), *each.things())]

    # -- taking notes ---------------------------------------------------------------------------------

    @property
    def takes_notes(self) -> bool:
        return self.phase is Phase.OPEN and not self._paused

    @property
    def most_bytes(self) -> int:
        """How much memory notes may take."""
        return MOST_BYTES if self.is_asked_for else MOST_BYTES_UNASKED

    @contextmanager
    def paused(self) -> Iterator[History]:
        """Take no notes in the block: what happens there happens again with the statement that it belongs to."""
        self._paused += 1
        try:
            yield self
        finally:
            self._paused -= 1

    def note(self, entry: Any) -> None:
        """Take note of a statement or a run."""
        if not self.takes_notes:
            return
        self.entries.append(entry)
        self._bytes += getattr(entry, "bytes", 0)
        if len(self.entries) > self._prune_at:
            self._prune()

    def _has_room(self, values: Iterable[Any]) -> bool:
        """Say whether these values may be copied; give up if they are too many."""
        wanted = sum(each.nbytes for each in values if isinstance(each, np.ndarray))
        if self._bytes + wanted > self.most_bytes:
            self._prune()
            if self.phase is Phase.OPEN and self._bytes + wanted > self.most_bytes:
                self._give_up(f"it has set more than {self.most_bytes // 10**6} MB of values")
        return self.phase is Phase.OPEN

    def _prune(self) -> None:
        alive = [each for each in self.entries if each.is_alive]
        # of seeds that nothing follows but seeds, the last one counts
        self.entries = [
            each
            for each, after in zip(alive, [*alive, None][1:], strict=True)
            if not (isinstance(each, Seed) and isinstance(after, Seed))
        ]
        self._bytes = sum(getattr(each, "bytes", 0) for each in self.entries)
        self._bytes += sum(each.nbytes for each in self.values.values())
        self._prune_at = 2 * len(self.entries) + 100
        if len(self.entries) > MOST_ENTRIES:
            self._give_up(f"it has made more than {MOST_ENTRIES} statements and runs")

    def _give_up(self, why: str) -> None:
        self.entries, self._kept, self.phase, self.why_lost = [], [], Phase.LOST, why
        for table in (self.values, self.queues, self.times):
            table.clear()

    def statement(self, view: VariableView, method: str, arguments: tuple[Any, ...]) -> None:
        """Take note of a statement that goes through a view."""
        if not self.takes_notes or not self._has_room(arguments):
            return
        kept = tuple(each.copy() if isinstance(each, np.ndarray) else each for each in arguments)
        group, variable = real_object(view.group), view.variable
        if is_gone(group):  # `group[:5].v[0] = 1`: the view goes on without its group, and so must this
            indices = 0 if variable.scalar else view.indexing(kept[0], view.index_var)
            self.note(Statement(Link(variable), None, view.name, None, "", (indices, np.asarray(kept[1]))))
        else:
            self.note(Statement(Link(variable), Link(group), view.name, view.dim, method, kept))

    def whole(self, variable: ArrayVariable, values: np.ndarray) -> None:
        """Take note that a variable whose earlier values are known has got others."""
        if self.takes_notes and variable in self.values and self._has_room([values]):
            self.note(Statement(Link(variable), None, variable.name, None, "", (values.copy(),)))

    def resized(self, variable: ArrayVariable, values: np.ndarray) -> None:
        """Take note that a variable has another size: what was stated about it before belongs to what it is now."""
        if not self.takes_notes or variable not in self.values:
            return
        if any(isinstance(each, Run) for each in self.entries):
            return  # a statement about the whole follows
        self.entries = [
            each for each in self.entries if not (isinstance(each, Statement) and each.variable() is variable)
        ]
        self.values[variable] = values.copy()

    def keep(self, variable: ArrayVariable, values: np.ndarray) -> None:
        """Keep the values of a variable before anything is noted of it."""
        if variable not in self.values and self._has_room([values]):
            self.values[variable] = values.copy()
            self._bytes += values.nbytes

    def _keep_all(self, variables: Iterable[ArrayVariable], values_of: Callable[[ArrayVariable], Any]) -> bool:
        """Keep the values of variables that may change; say whether there was room."""
        for variable in variables:
            values = values_of(variable) if variable not in self.values else None
            if values is not None and not (variable.read_only and variable.constant):
                self.keep(variable, values)
        return self.phase is Phase.OPEN

    def before_run(self, net: Network, values_of: Callable[[ArrayVariable], np.ndarray | None]) -> None:
        """Keep what a run may change and was not there before."""
        if (
            self.phase is not Phase.OPEN or self._paused > 1
        ):  # the run itself is one pause; no notes are taken outside it
            return
        self.times.setdefault(net, float(net.t_))
        for thing in net.sorted_objects:
            if not self._keep_all((*_variables(thing), *_variables(thing.clock)), values_of):
                return
            if isinstance(thing, SynapticPathway) and thing not in self.queues:
                queue = getattr(thing, "queue", None)
                self.queues[thing] = None if queue is None else queue._full_state()

    def ran(self, net: Network, amount: float, arguments: Mapping[str, Any] | None, key: Any = None) -> None:
        """Take note of a run; *key* is the same object for runs that were prepared once."""
        self.is_new = True
        if self.phase is Phase.COMPLETE and not self._paused:
            self._give_up("it has run more than once")
        if not self.takes_notes:
            return
        last = self.entries[-1] if self.entries else None
        if isinstance(last, Run) and last.is_like(amount, arguments, key):
            last.times += 1
            return
        inactive = [Link(each) for each in net.sorted_objects if not each.active]
        reference = None if key is None else weakref.ref(key)  # a plan holds all objects
        run = Run(Link(net), [Link(each) for each in net.objects], inactive, amount, arguments, reference)
        if self.is_asked_for:
            self._keep_alive(run)
        self.note(run)
        if self.takes_notes and not self.is_asked_for:
            self.phase = Phase.COMPLETE

    def _keep_alive(self, run: Run) -> None:
        """Keep what has run, until something runs that has nothing to do with it."""
        objects, known = run.things(), {id(each) for each in self._kept}
        goes_on = any(id(each) in known for each in objects)
        new = [each for each in (run.net(), *objects) if id(each) not in known or not goes_on]
        self._kept = [*self._kept, *new] if goes_on else new

    def mark(self) -> None:
        """Take note that here the values given to ``device.run`` are to be set."""
        if any(isinstance(each, Mark) for each in self.entries):
            raise RequestError("device.apply_run_args() can only be called once; call device.reinit() to begin anew.")
        self.note(Mark())


def _variables(owner: Any) -> list[ArrayVariable]:
    variables = getattr(owner, "variables", {})
    return [each for each in variables.values() if isinstance(each, ArrayVariable)]
