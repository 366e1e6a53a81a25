"""What synapses do at an event, taken apart: what each does for itself, and what it adds to its neurons.

The events of one spike go to synapses that all differ. What a synapse computes from its own variables and from values
of neurons that nobody writes can be computed for many at once, with vector instructions; what it adds to a variable of
a neuron, which others add to as well, follows in the order of the events. So sums have the bits that they always had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

from brian2.codegen.statements import Statement
from brian2.core.variables import ArrayVariable
from brian2.utils.stringtools import get_identifiers

__all__ = ["Apart", "take_apart"]


@dataclass(frozen=True)
class Apart:
    """Statements taken apart.

    Attributes
    ----------
    own : list of Statement
        What each synapse does for itself; the last of them give the *sums* their values.
    sums : list of str
        Names for what is added.
    added : list of Statement
        Where that is added.
    """

    own: list[Any]
    sums: list[str]
    added: list[Any]


def take_apart(statements: Sequence[Any], variables: Mapping[str, Any], indices: Mapping[str, str]) -> Apart | None:
    """Return the statements taken apart, or nothing where synapses depend on each other.

    Parameters
    ----------
    statements : sequence of Statement
        What happens at an event, without scalar statements.
    variables : mapping of str to Variable
        What names stand for.
    indices : mapping of str to str
        The index of each variable.
    """

    def is_of_neurons(name: str) -> bool:
        return isinstance(variables.get(name), ArrayVariable) and indices.get(name) != "_idx"

    used = [get_identifiers(each.expr) for each in statements]
    added = [each for each in statements if is_of_neurons(each.var)]
    written = [each.var for each in statements if isinstance(variables.get(each.var), ArrayVariable)]
    read = {name for names in used for name in names if isinstance(variables.get(name), ArrayVariable)}
    read |= {index for name in (*read, *written) if (index := indices.get(name, "_idx")) in variables}
    if any(each.op not in ("+=", "-=") or each.used_boolean_variables or variables[each.var].scalar for each in added):
        return None
    arrays = [variables[each.var] for each in added]
    others = [variables[name] for name in (*read, *(name for name in written if not is_of_neurons(name)))]
    if len({id(each) for each in arrays}) < len(arrays) or any(each is other for each in arrays for other in others):
        return None
    own = [variables[name] for name in written if not is_of_neurons(name)]
    if any(variables[name] is each for name in read if indices.get(name) != "_idx" for each in own):
        return None
    taken = {each.var for each in statements}.union(*used)
    free = (name for number in count() if (name := f"_sum_{number}") not in taken)
    sums = list(islice(free, len(added)))
    later = dict(zip(map(id, added), sums, strict=True))
    return Apart(
        [
            Statement(later[id(each)], ":=", each.expr, "", each.dtype, constant=True) if id(each) in later else each
            for each in statements
        ],
        sums,
        [Statement(each.var, each.op, name, each.comment, each.dtype) for each, name in zip(added, sums, strict=True)],
    )
