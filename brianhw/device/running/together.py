"""Which synaptic pathways threads may do one after the other, each thread its share of all of them, without waiting.

A share of a pathway is the synapses of some targets. What it writes are variables of these synapses and of these
targets. Two pathways may follow each other without a thread waiting for the others if no share of one uses what another
share of the other writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from brian2.core.variables import ArrayVariable

from brianhw.device.code.blocks import Block
from brianhw.device.code.codeobject import CompiledCodeObject

__all__ = ["Access", "in_batches"]

OF_TARGET, OF_SYNAPSE = frozenset({"_postsynaptic_idx"}), frozenset({"_idx"})
UNKNOWN: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Access:
    """What the code of a pathway does with arrays.

    Attributes
    ----------
    pathway : SynapticPathway
        The pathway.
    written : frozenset of ArrayVariable
        What it writes, or may write.
    indices : dict
        Each array that it uses, and the indices by which it does.
    """

    pathway: Any
    written: frozenset[ArrayVariable]
    indices: dict[ArrayVariable, frozenset[str]]

    @classmethod
    def of(
        cls, pathway: Any, code_object: CompiledCodeObject, block: Block, arrays: dict[str, ArrayVariable]
    ) -> Access:
        """Return that of a pathway's code; *arrays* are those of the names in it."""
        indices: dict[ArrayVariable, frozenset[str]] = {
            arrays[name]: UNKNOWN for name in block.used() if name in arrays
        }
        for name, variable in code_object.variables.items():
            if isinstance(variable, ArrayVariable):
                by = code_object.variable_indices[name]
                indices[variable] = indices.get(variable, UNKNOWN) | {by}
        return cls(pathway, frozenset(arrays[name] for name in block.written() if name in arrays), indices)

    def may_go_with(self, other: Access) -> bool:
        """Say whether no share of one uses what another share of the other writes."""
        shared = self.indices.keys() & other.indices.keys() & (self.written | other.written)
        return self.pathway.clock is other.pathway.clock and all(self._is_own(other, each) for each in shared)

    def _is_own(self, other: Access, variable: ArrayVariable) -> bool:
        """Say whether each share of both has elements of its own, and the same ones."""
        indices = self.indices[variable]
        if indices != other.indices[variable]:
            return False
        if indices == OF_SYNAPSE:
            return self.pathway.synapses is other.pathway.synapses
        return indices == OF_TARGET


def in_batches(accesses: Iterable[Access | None]) -> list[list[Access]]:
    """Return which pathways go together, in the order of a step; ``None`` is something else, which comes between."""
    batches: list[list[Access]] = [[]]
    for each in accesses:
        if each is None or not all(each.may_go_with(other) for other in batches[-1]):
            batches.append([])
        if each is not None:
            batches[-1].append(each)
    return [batch for batch in batches if batch]
