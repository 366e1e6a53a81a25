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
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.synapses.synapses import SynapticPathway
from brian2.units import second

from brianhw.device.code.codeobject import PUSH_SPIKES, CompiledCodeObject
from brianhw.device.core.compiled import ClockState, Entry, Loop, pointer
from brianhw.device.library.program import Program
from brianhw.device.mending.pickling import nothing
from brianhw.device.running.watch import Lookup, Watch, runs_in_python
from brianhw.errors import RequestError

__all__ = ["Plan"]


class Plan:
    """All that the core needs to run a network, kept from run to run.

    Parameters
    ----------
    net : Network
        The network, prepared.
    objects : sequence of BrianObject
        The objects of the network in their order.
    code_objects : iterable of CompiledCodeObject
        Their code.
    program : Program
        The compiled code.
    arrays : mapping of ArrayVariable to ndarray or GrowableArray
        The values of all variables.
    watch : Watch
        What it was made from.
    asked : mapping
        The script's variables that were looked at.
    """

    def __init__(
        self,
        net: Network,
        objects: Sequence[BrianObject],
        code_objects: Iterable[CompiledCodeObject],
        program: Program,
        arrays: Mapping[ArrayVariable, Any],
        watch: Watch,
        asked: Mapping[str, Any],
    ) -> None:
        self.program, self.watch, self.asked, self._arrays = program, watch, asked, arrays
        self.clocks = sorted(net._clocks, key=lambda clock: clock.name)
        self.dts = [(clock, clock.dt_) for clock in self.clocks if "dt" in clock.variables]
        self.owners: list[BrianObject] = []  # of each entry
        self.pathways: list[Any] = []
        self._blocks = [
            (each, block) for each in code_objects for block in ("before_run", "after_run") if each.block(block)
        ]
        self._generators = [each for each in objects if isinstance(each, SpikeGeneratorGroup)]
        self._net = weakref.ref(net)
        self._entries = self._make_entries(objects)
        self._clock_states = (ClockState * max(1, len(self.clocks)))(*map(self._clock_state, self.clocks))
        self.loop = Loop(
            clocks=ctypes.addressof(self._clock_states), n_clocks=len(self.clocks),
            entries=ctypes.addressof(self._entries), n_entries=len(self.owners), current=-1, stride=1,
            flush_denormals=not program.source.strict, same_time=Clock.epsilon_dt,
        )  # fmt: skip
        self._growing = [each for each in program.variables if isinstance(each, DynamicArrayVariable)]
        self._checked = [
            (each, arrays[each.variables[name]])
            for each in objects
            if isinstance(each, VariableOwner) and hasattr(getattr(each, "equations", None), "diff_eq_names")
            for name in each.equations.diff_eq_names
            if each.variables[name] in arrays
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        # in a file or another process there is no plan: the network is prepared again
        return nothing, ()

    # -- what happens in a step ---------------------------------------------------------------------

    def _make_entries(self, objects: Iterable[BrianObject]) -> Any:
        entries = [entry for each in objects if each.active for entry in self._entries_of(each)]
        return (Entry * max(1, len(entries)))(*entries)

    def _entries_of(self, thing: BrianObject) -> Iterable[Entry]:
        clock = self.clocks.index(thing.clock)
        code_objects = list(thing._code_objects)
        if runs_in_python(thing) or not all(isinstance(each, CompiledCodeObject) for each in code_objects):
            if isinstance(thing, SynapticPathway):
                self.pathways.append(thing)
            self.owners.append(thing)
            yield Entry(clock=clock)
            return
        for code_object in code_objects:
            self.owners.append(thing)
            if code_object.template_name == PUSH_SPIKES:
                self.pathways.append(thing)
                yield self._spikes_of(thing, clock)
            else:
                yield Entry(run=self.program.functions[code_object.name, "run"], clock=clock)

    @property
    def has_python_entries(self) -> bool:
        """Whether some object is left to Python in each step."""
        return any(not entry.run and not entry.queue for entry in self._entries[: len(self.owners)])

    def _spikes_of(self, pathway: Any, clock: int) -> Entry:
        events = self._arrays[pathway.source.variables[pathway.eventspace_name]]
        return Entry(queue=pathway.queue.address, events=pointer(events), n_events=len(events) - 1, clock=clock)

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
            and all(each.queue.is_prepared(each) for each in self.pathways)
            and self.watch.unchanged(net, lookup, options)
        )

    @staticmethod
    def _is_at(start: float, clock: Clock, dt: float) -> bool:
        return bool(abs(clock.variables["t"].get_value()[0] - start) <= Clock.epsilon_dt * dt)

    def run_blocks(self, wanted: str) -> None:
        """Run what code objects do before or after a run: ``"before_run"`` or ``"after_run"``."""
        for code_object, block in self._blocks:
            if block == wanted:
                code_object.run_block(block)

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
        core = self.program.core
        found = []
        for owner, array in self._checked:
            values = array if isinstance(array, np.ndarray) else array.data
            check = core.all_valid if values.dtype == np.float64 else core.all_valid_float
            if values.dtype.kind == "f" and not check(pointer(values), values.size):
                found.append(owner)
        return found
