"""Which objects of a step threads may do one after the other, each its share of all of them, without waiting.

A share of a synaptic pathway is the synapses of some targets. What it writes are variables of these synapses and of
these targets. A share of a state update or a threshold is some neurons. Two objects may follow each other without a
thread waiting for the others if no share of one uses what another share of the other writes.

Objects that do not use at all what others write need not be divided: threads take them whole. A queue in two parts
costs half as much again as a whole one, so only what would keep a thread longer than the others is divided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from brian2.core.variables import ArrayVariable
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup
from brian2.synapses.synapses import SynapticPathway

from brianhw.device.code.blocks import Block
from brianhw.device.code.codeobject import CompiledCodeObject
from brianhw.device.mending.clocks import ANY_CLOCK

__all__ = ["Access", "Shares", "in_batches", "shared_out"]

OF_TARGET, OF_SYNAPSE = frozenset({"_postsynaptic_idx"}), frozenset({"_idx"})
UNKNOWN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Access:
    """What the code of an object does with arrays.

    Attributes
    ----------
    thing : BrianObject
        The object.
    written : frozenset of ArrayVariable
        What it writes, or may write.
    indices : dict
        Each array that it uses, and the indices by which it does.
    may_be_divided : bool
        Whether it can be done in shares; if not, any thread can do all of it.
    """

    thing: Any
    written: frozenset[ArrayVariable]
    indices: dict[ArrayVariable, frozenset[str]]
    may_be_divided: bool = True

    @classmethod
    def of(cls, thing: Any, code_object: CompiledCodeObject, block: Block, arrays: dict[str, ArrayVariable]) -> Access:
        """Return that of an object's code; *arrays* are those of the names in it."""
        indices: dict[ArrayVariable, frozenset[str]] = {
            arrays[name]: UNKNOWN for name in block.used() if name in arrays
        }
        for name, variable in code_object.variables.items():
            if isinstance(variable, ArrayVariable):
                by = code_object.variable_indices[name]
                indices[variable] = indices.get(variable, UNKNOWN) | {by}
        if isinstance(thing, SynapticPathway):  # its queue takes them, before its code
            indices[thing.source.variables[thing.eventspace_name]] = UNKNOWN
        written = frozenset(
            arrays[name]
            for name in block.written()
            if name in arrays and not isinstance(arrays[name].owner, ANY_CLOCK)  # only the loop moves clocks on
        )
        return cls(thing, written, indices, block.is_divided)

    @property
    def size(self) -> int:
        """How much work it is: the number of synapses or of neurons."""
        if isinstance(self.thing, SynapticPathway):
            return len(self.thing.synapses)
        return len(self.thing if isinstance(self.thing, SpikeGeneratorGroup) else self.thing.group)

    def shared_with(self, other: Access) -> set[ArrayVariable]:
        """Return what one uses and the other writes."""
        return self.indices.keys() & other.indices.keys() & (self.written | other.written)

    def may_go_with(self, other: Access) -> bool:
        """Say whether no share of one uses what another share of the other writes."""
        return self.thing.clock is other.thing.clock and all(
            self._is_own(other, each) for each in self.shared_with(other)
        )

    def _is_own(self, other: Access, variable: ArrayVariable) -> bool:
        """Say whether each share of both has elements of its own, and the same ones."""
        if not isinstance(self.thing, SynapticPathway) or not isinstance(other.thing, SynapticPathway):
            return False
        indices = self.indices[variable]
        if indices != other.indices[variable]:
            return False
        if indices == OF_SYNAPSE:
            return bool(self.thing.synapses is other.thing.synapses)
        return indices == OF_TARGET


def in_batches(accesses: Iterable[Access | None]) -> list[list[Access]]:
    """Return which objects go together, in the order of a step; ``None`` is something else, which comes between."""
    batches: list[list[Access]] = [[]]
    for each in accesses:
        if each is None or not all(each.may_go_with(other) for other in batches[-1]):
            batches.append([])
        if each is not None:
            batches[-1].append(each)
    return [batch for batch in batches if batch]


@dataclass(frozen=True)
class Shares:
    """Which of the shares of a batch an object's are: *number* of them, from *first* on."""

    first: int
    number: int


def shared_out(batch: list[Access], threads: int, homes: dict[str, int]) -> tuple[dict[Any, Shares], int]:
    """Return the shares of each object of a batch, and how many shares the batch has.

    Parameters
    ----------
    batch : list of Access
        What the objects do.
    threads : int
        How many threads there are. Thread k takes the shares k, k + threads, ... before it looks for others.
    homes : dict of str to int
        The thread that has what belongs to a group in its processor's cache; it grows.
    """
    units: list[list[Access]] = []  # those of one have to follow each other, or be divided alike
    for access in batch:
        touched = [unit for unit in units if any(access.shared_with(other) for other in unit)]
        units = [unit for unit in units if unit not in touched]
        units.append([*(each for unit in touched for each in unit), access])
    units.sort(key=_work_of, reverse=True)
    whole = sum(map(_work_of, units))
    shares: dict[Any, Shares] = {}
    first, load, number = 0, [0] * threads, [0] * threads
    for unit in units:
        work = _work_of(unit)
        if work * threads > whole and all(each.may_be_divided for each in unit):
            shares |= {each.thing: Shares(first, threads) for each in unit}
            first += threads
            continue
        # the largest first, so that what is left in the end, when a thread has nothing more to do, is small
        owners = [variable.owner.name for each in unit for variable in each.written if variable.owner is not None]
        thread = next((homes[name] for name in owners if name in homes), load.index(min(load)))
        homes |= dict.fromkeys(owners, thread)
        shares |= {each.thing: Shares(first + thread + threads * number[thread], 1) for each in unit}
        load[thread] += work
        number[thread] += 1
    return shares, first + threads * max(number)


def _work_of(unit: list[Access]) -> int:
    return sum(each.size for each in unit)
