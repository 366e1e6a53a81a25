"""A network made ready to run: the list of what happens in a step, its clocks, and the compiled program."""

from __future__ import annotations

import ctypes
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2.core.base import BrianObject
from brian2.core.clocks import Clock
from brian2.core.network import Network
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.groups.group import VariableOwner
from brian2.groups.subgroup import Subgroup
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.synapses.synapses import SynapticPathway
from brian2.units import second

from brianhw.device.code.codeobject import PUSH_SPIKES, CompiledCodeObject
from brianhw.device.code.drawing import TEMPLATE as DRAWING
from brianhw.device.core.arrays import GrowableArray
from brianhw.device.core.compiled import Call, Check, ClockState, Entry, Loop, pointer
from brianhw.device.core.memory import Memory
from brianhw.device.library.program import Program
from brianhw.device.mending.pickling import nothing
from brianhw.device.running.compiled_network import CompiledNetwork
from brianhw.device.running.in_order import CopiesInOrder
from brianhw.device.running.together import Access, Shares, in_batches, shared_out
from brianhw.device.running.watch import Lookup, Watch, runs_in_python
from brianhw.errors import RequestError

__all__ = ["Plan"]

# Below these, what threads cost is more than they save: a microsecond to meet before and after.
ENOUGH_ELEMENTS = 4096
ENOUGH_SYNAPSES = 20_000


class Plan:
    """All that the core needs to run a network, kept from run to run.

    Parameters
    ----------
    net : Network
        The network, prepared.
    objects : sequence of BrianObject
        The objects of the network in their order.
    compiled : CompiledNetwork
        Their code.
    arrays : Memory
        The values of all variables.
    watch : Watch
        What it was made from.
    asked : mapping
        The script's variables that were looked at.
    threads : int
        How many threads do what can be divided.
    """

    def __init__(
        self,
        net: Network,
        objects: Sequence[BrianObject],
        compiled: CompiledNetwork,
        arrays: Memory,
        watch: Watch,
        asked: Mapping[str, Any],
        threads: int = 0,
    ) -> None:
        self.watch, self.asked, self._arrays, self._compiled = watch, asked, arrays, compiled
        self._threads = threads
        self._parts: dict[Any, np.ndarray] = {}  # pathway -> the part of each synapse
        self.clocks = sorted(net._clocks, key=lambda clock: clock.name)
        self.dts = [(clock, clock.dt_) for clock in self.clocks if "dt" in clock.variables]
        self.owners: list[BrianObject] = []  # of each entry
        self._functions: dict[int, str] = {}  # entry -> code object that it runs
        self.pathways: list[Any] = []
        self._blocks = {block: self._calls(block) for block in ("before_run", "after_run")}
        self._generators = [each for each in objects if isinstance(each, SpikeGeneratorGroup)]
        self._net = weakref.ref(net)
        self._entries = self._make_entries(objects)
        self._clock_states = (ClockState * max(1, len(self.clocks)))(*map(self._clock_state, self.clocks))
        self.loop = Loop(
            clocks=ctypes.addressof(self._clock_states), n_clocks=len(self.clocks),
            entries=ctypes.addressof(self._entries), n_entries=len(self.owners), current=-1, stride=1, inputs=1,
            random=pointer(self.program.random), threads=max(1, threads),
            flush_denormals=not self.program.strict, same_time=Clock.epsilon_dt,
        )  # fmt: skip
        self._growing = [each for each in self.program.variables if isinstance(each, DynamicArrayVariable)]
        self._checked = [
            (each, arrays[each.variables[name]])
            for each in objects
            if isinstance(each, VariableOwner) and hasattr(getattr(each, "equations", None), "diff_eq_names")
            for name in each.equations.diff_eq_names
            if each.variables[name] in arrays and np.issubdtype(each.variables[name].dtype, np.floating)
        ]
        self._checks = (Check * max(1, len(self._checked)))(*(_check(array) for _, array in self._checked))
        self._told: tuple[int, list[ArrayVariable]] = (
            -1,
            [],
        )  # which of the arrays that it writes are watched, as of when
        self._delays = arrays.watch(
            variable for each in self.pathways for variable in (each._delays, each.synapse_sources)
        )
        self._divide()
        self._copies = self._make_copies()

    def __reduce__(self) -> tuple[Any, ...]:
        # in a file or another process there is no plan: the network is prepared again
        return nothing, ()

    # -- what happens in a step ---------------------------------------------------------------------

    def _make_entries(self, objects: Iterable[BrianObject]) -> Any:
        active = [each for each in objects if each.active]
        batches = self._batches(active)
        homes: dict[str, int] = {}
        batches.sort(key=lambda batch: -sum(each.size for each in batch))
        shares = [shared_out(batch, self._threads, homes) for batch in batches]
        self._shared: dict[Any, Shares] = {thing: each for found, _ in shares for thing, each in found.items()}
        entries = [entry for each in active for entry in self._entries_of(each)]
        for batch, (_, number) in zip(batches, shares, strict=True):
            own = [k for k, owner in enumerate(self.owners) if any(owner is access.thing for access in batch)]
            entries[own[0]].together, entries[own[0]].all_shares = len(own), number
        return (Entry * max(1, len(entries)))(*entries)

    def _batches(self, objects: Iterable[BrianObject]) -> list[list[Access]]:
        """Return the objects whose work threads share, and which of them go together."""
        if self._threads < 2:
            return []
        batches = in_batches(self._access(each) for each in objects)
        return [
            batch
            for batch in batches
            if sum(each.size / _enough_of(each.thing) for each in batch) >= 1
            and (len(batch) > 1 or batch[0].may_be_divided)
        ]

    def _access(self, thing: BrianObject) -> Access | None:
        """Return what an object does with arrays, if several threads can do it, or any of them can."""
        if runs_in_python(thing):
            return None
        code_objects = [each for each in thing._code_objects if getattr(each, "template_name", None) != PUSH_SPIKES]
        if len(code_objects) != 1 or not isinstance(code_objects[0], CompiledCodeObject):
            return None
        function = self.program.functions.get((code_objects[0].name, "run"))
        whole = isinstance(thing, SpikeGeneratorGroup)
        if function is None or not (function.is_divided or whole):
            return None
        if not isinstance(thing, SynapticPathway | SpikeGeneratorGroup) and not hasattr(thing, "group"):
            return None
        return self._compiled.access(thing, code_objects[0])

    def _entries_of(self, thing: BrianObject) -> Iterable[Entry]:
        clock = self.clocks.index(thing.clock)
        code_objects = list(thing._code_objects)
        if runs_in_python(thing) or not all(isinstance(each, CompiledCodeObject) for each in code_objects):
            if isinstance(thing, SynapticPathway):
                self.pathways.append(thing)
            self.owners.append(thing)
            yield Entry(clock=clock)
            return
        shares = self._divided(thing)
        for code_object in code_objects:
            self.owners.append(thing)
            if code_object.template_name == PUSH_SPIKES:
                self.pathways.append(thing)
                yield self._spikes_of(thing, clock, shares)
            else:
                self._functions[len(self.owners) - 1] = code_object.name
                function = self.program.functions[code_object.name, "run"]
                entry = Entry(
                    run=function.address, slots=function.slots, clock=clock,
                    shares=shares.number if function.is_divided else 1, first_share=shares.first,
                    draws=code_object.template_name == DRAWING,
                )  # fmt: skip
                if code_object.template_name == "threshold":
                    self._take_events(entry, thing.group.variables[_eventspace(thing.event)])
                yield entry

    def _divided(self, thing: Any) -> Shares:
        """Return the shares of an object's work; of a pathway, note the part of each synapse."""
        shares = self._shared.get(thing, Shares(0, 1))
        if shares.number > 1 and isinstance(thing, SynapticPathway):
            # the same targets in each pathway, so that several can follow each other
            targets = thing.synapses.variables["_synaptic_post"].get_value().astype(np.int64)
            self._parts[thing] = (targets * shares.number // _size_of(thing.synapses.target)).astype(np.uint8)
        return shares

    def _take_events(self, entry: Entry, variable: ArrayVariable) -> None:
        events = self._arrays[variable]
        entry.finds, entry.events, entry.n_events = 1, pointer(events), len(events) - 1

    def _divide(self) -> None:
        """Divide the queues of spikes as this plan has them; a restored one is whole again."""
        for pathway in self.pathways:
            parts = self._parts.get(pathway)
            if pathway.queue.parts is not parts:
                delays, sources = map(self._arrays.values_of, (pathway._delays, pathway.synapse_sources))
                pathway.queue.divide(delays, pathway.source.clock.dt_, sources, parts)
        self._prepared = [each.queue.prepared for each in self.pathways]

    def _make_copies(self) -> list[CopiesInOrder]:
        """Return the copies of what synapses have, for the code that reads them in the order of their queue."""
        found = self._compiled.in_order
        return [
            CopiesInOrder(self._arrays, owner.queue, found[code_object])
            for number, code_object in self._functions.items()
            if code_object in found and isinstance(owner := self.owners[number], SynapticPathway)
        ]

    @property
    def has_python_entries(self) -> bool:
        """Whether some object is left to Python in each step."""
        return any(not entry.run and not entry.queue for entry in self._entries[: len(self.owners)])

    def _spikes_of(self, pathway: Any, clock: int, shares: Shares) -> Entry:
        events = self._arrays[pathway.source.variables[pathway.eventspace_name]]
        return Entry(
            queue=pathway.queue.address, events=pointer(events), n_events=len(events) - 1, clock=clock,
            shares=shares.number, first_share=shares.first,
        )  # fmt: skip

    def run_in_python(self, entry: int) -> None:
        """Run the object of an entry that the loop has left to Python."""
        began = time.perf_counter()
        self.owners[entry].run()
        self._entries[entry].elapsed += time.perf_counter() - began
        self.loop.resume = entry + 1

    def _clock_state(self, clock: Any) -> ClockState:
        def address(name: str) -> int | None:
            return pointer(self._arrays[clock.variables[name]]) if name in clock.variables else None

        return ClockState(timestep=address("timestep"), t=address("t"), dt=address("dt"), times=address("times"))

    def is_of(self, net: Network) -> bool:
        """Say whether it was made for this network."""
        return self._net() is net

    # -- a run --------------------------------------------------------------------------------------

    def still_holds(self, net: Network, lookup: Lookup, options: tuple[Any, ...]) -> bool:
        """Say whether preparing the network again, with these *options*, would give the same plan."""
        return (
            all(clock.dt_ == dt for clock, dt in self.dts)
            and self._is_prepared()
            and self.watch.unchanged(net, lookup, options)
        )

    def _is_prepared(self) -> bool:
        """Say whether the queues of spikes are sorted by the delays that there are now."""
        if not all(each.queue.prepared is key for each, key in zip(self.pathways, self._prepared, strict=True)):
            return False
        if not self._delays.changed:
            return True
        if not all(each.queue.is_prepared(each) for each in self.pathways):
            return False
        self._delays.settle()
        return True

    def keep_up(self) -> None:
        """Do again what is needed because of values that somebody has changed."""
        self._divide()
        if self._compiled.keep_up():
            for number, code_object in self._functions.items():
                function = self.program.functions[code_object, "run"]
                self._entries[number].run, self._entries[number].slots = function.address, function.slots
            self._blocks = {block: self._calls(block) for block in self._blocks}
            self._copies = self._make_copies()
        if self._compiled.have_inputs_changed():
            self.loop.inputs += 1
        for copies in self._copies:
            copies.keep_up()

    @property
    def program(self) -> Program:
        """The compiled code."""
        return self._compiled.program

    def tell_written(self) -> None:
        """Tell other networks' plans, and this one, what the code may have written."""
        if self._told[0] != self._arrays.watchings:
            self._told = self._arrays.watchings, self._arrays.watched(self._compiled.uniform.written)
        for variable in self._told[1]:
            self._arrays.tell(variable)

    @staticmethod
    def _is_at(start: float, clock: Clock, dt: float) -> bool:
        return bool(abs(clock.variables["t"].get_value()[0] - start) <= Clock.epsilon_dt * dt)

    def run_blocks(self, wanted: str) -> None:
        """Run what code objects do before or after a run: ``"before_run"`` or ``"after_run"``."""
        self._compiled.call_all(self._blocks[wanted])

    def _calls(self, block: str) -> Any:
        """Return what to call for a block of all code objects."""
        found = [self.program.functions.get((each.name, block)) for each in self._compiled.code_objects]
        calls = [Call(each.address, each.slots) for each in found if each is not None]
        return (Call * len(calls))(*calls)

    def set_times(self, start: float, end: float) -> bool:
        """Set the clocks to go on from *start* to *end*; say whether they were at *start*."""
        if len(self.dts) < len(self.clocks):  # one ticks at given times
            return False
        if not all(self._is_at(start, clock, dt) for clock, dt in self.dts):
            return False
        for clock, _ in self.dts:
            clock._i_end = clock._calc_timestep(end)
        self.take_ends()
        return True

    def take_new_spikes(self) -> None:
        """Let spike generators take spikes that they were given since the last run."""
        for generator in self._generators:
            if generator._spikes_changed:
                # Brian2 sorts events into time steps only when it prepares a run; the code stays as it is
                generator.create_code_objects = lambda namespace: None
                try:
                    generator.before_run({})
                finally:
                    del generator.create_code_objects
                self.watch.take_note_of_spikes(generator)

    def set_steps(self, n: int, start: float) -> float:
        """Set the clocks to go on for *n* steps of the fastest from *start*; return how long that is in seconds.

        Raises
        ------
        RequestError
            If a time step has changed.
        """
        for clock, dt in self.dts:
            if clock.variables["dt"].get_value()[0] != dt:
                raise RequestError(
                    f"The time step of {clock.name!r} has changed since the last run: run before you step."
                )
        dt = min((dt for _, dt in self.dts), default=0.0)
        if len(self.dts) == len(self.clocks) == 1 and self._is_at(start, *self.dts[0]):
            clock = self.clocks[0]
            clock._i_end = int(clock.variables["timestep"].get_value()[0]) + n
        else:  # the clocks need not tick together, and another network may have moved them
            for clock in self.clocks:
                clock.set_interval(start * second, (start + n * dt) * second)
        self.take_ends()
        return n * dt

    def take_ends(self) -> None:
        """Take the steps at which the clocks stop from the clocks."""
        for state, clock in zip(self._clock_states, self.clocks, strict=False):
            state.end = int(clock._i_end)

    def sync_sizes(self) -> None:
        """Tell Brian2's variables how large their arrays have become."""
        for variable in self._growing:
            variable.size = self._arrays[variable].extent

    def times(self) -> dict[str, float]:
        """Return the seconds spent on each object since the last call."""
        spent: dict[str, float] = {}
        for owner, entry in zip(self.owners, self._entries, strict=False):
            spent[owner.name] = spent.get(owner.name, 0.0) + entry.elapsed
            entry.elapsed = 0.0
        return spent

    def invalid_groups(self) -> list[Any]:
        """Return the groups with a state that is no number or too large to be sound."""
        found, number = [], -1
        while (number := self.program.core.first_invalid(self._checks, len(self._checked), number + 1)) >= 0:
            found.append(self._checked[number][0])
        return found


def _enough_of(thing: Any) -> int:
    return ENOUGH_SYNAPSES if isinstance(thing, SynapticPathway) else ENOUGH_ELEMENTS


def _eventspace(event: str) -> str:
    return "_spikespace" if event == "spike" else f"_{event}space"


def _size_of(group: Any) -> int:
    """Return the number of elements of a group, or of the one that it is a part of."""
    return len(group.source if isinstance(group, Subgroup) else group)


def _check(array: np.ndarray | GrowableArray) -> Check:
    if isinstance(array, GrowableArray):
        return Check(header=ctypes.addressof(array.header), is_float=array.values.dtype == np.float32)
    return Check(values=pointer(array), size=array.size, is_float=array.dtype == np.float32)
