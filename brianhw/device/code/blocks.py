"""Blocks of generated C++ as text: which arrays they write, and how they read those that hold one value.

The generator reads an array in one way only, ``const double tau_ = _ptr_array_neurongroup_0_tau[_idx];``, where it is
not written. Whatever else is done with an array counts as writing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["DIVIDED", "IN_ORDER", "SCALAR", "UNIFORM", "Block"]

#: Where a template has what Brian2 computes once for all elements; it ends where the next mark is.
SCALAR = "// %SCALAR%"
#: Where a template has what is the same for all elements read, once.
UNIFORM = "// %UNIFORM%"
#: Where a template has pointers to copies of what synapses have, in the order in which spikes reach them.
IN_ORDER = "// %IN_ORDER%"
#: What a template says of code that can be done in shares.
DIVIDED = "// %DIVIDED%"
_READ = re.compile(r"^[ \t]*(const [\w ]+ \w+) = (?:_ptr)?(_array_\w+)\[\w+\];[ \t]*$", re.MULTILINE)
_POINTER = re.compile(
    r"^[ \t]*[\w ]+\*[ \t]*(?:__restrict)?[ \t]*_ptr_array_\w+ =[ \t]*_array_\w+;[ \t]*$", re.MULTILINE
)
_FETCH = re.compile(r"^[ \t]*__builtin_prefetch\((?:_ptr)?(_array_\w+) \+ .*\);[ \t]*$", re.MULTILINE)
_ARRAY = re.compile(r"(?:_ptr|_dynamic)?(_array_\w+)")


@dataclass(frozen=True)
class Block:
    """A block of a code object.

    Attributes
    ----------
    code_object, name : str
        The code object's name and the block's.
    support : str
        What stands before the function.
    body : str
        The function, from its head to its end.
    """

    code_object: str
    name: str
    support: str
    body: str

    @classmethod
    def of(cls, code_object: str, name: str, code: str) -> Block:
        """Take a block's code apart."""
        begin = code.index(f"\nvoid {name}(")
        return cls(code_object, name, code[:begin].strip(), code[begin:].strip())

    def written(self) -> set[str]:
        """Return the names of the arrays that it writes, or may write."""
        code = self.body
        for harmless in (_READ, _POINTER, _FETCH):
            code = harmless.sub("", code)
        return set(_ARRAY.findall(code))

    def used(self) -> set[str]:
        """Return the names of all arrays in it."""
        return set(_ARRAY.findall(self.body))

    def read(self) -> set[str]:
        """Return the names of the arrays that it reads and does nothing else with, at some place at least."""
        return {read[2] for read in _READ.finditer(self.body)}

    def in_order(self, uniform: Collection[str], written: Collection[str]) -> list[str]:
        """Return the names of the arrays that it can take from copies, in their order there.

        They are those that have an element for each synapse, without the *uniform* ones. None is, if some code writes
        one of them.
        """
        arrays = list(dict.fromkeys(fetch[1] for fetch in _FETCH.finditer(self.body)))
        if IN_ORDER not in self.body or not set(arrays).isdisjoint(written):
            return []
        return [each for each in arrays if each not in uniform]

    def body_with(self, uniform: Collection[str], in_order: Sequence[str] = ()) -> str:
        """Return the function as it is for some values.

        It reads the arrays in *uniform*, by name, once instead of for each element, and those *in_order* from copies in
        the order in which spikes reach synapses, where there are some.
        """
        body = self.body.replace(IN_ORDER, "\n".join(_from_copies(in_order)))
        body = body.replace(".queue_due(", ".queue_due_in_order(") if in_order else body
        before, mark, after = body.partition(UNIFORM)
        if not mark or not uniform:
            return body
        lines: dict[str, None] = {}
        after = _FETCH.sub(lambda fetch: "" if fetch[1] in uniform else fetch[0], after)
        after = "".join(_without_reads(after, uniform, lines))
        return before + mark + "".join(f"\n    {line}" for line in lines) + after

    @property
    def is_divided(self) -> bool:
        """Whether it can be done in shares."""
        return DIVIDED in self.body

    @property
    def may_read_once(self) -> bool:
        """Whether its template can have arrays that hold one value read once."""
        return UNIFORM in self.body


def _from_copies(names: Sequence[str]) -> Iterator[str]:
    """Return code that takes arrays from copies; those of the fourth spike after this one are fetched meanwhile."""
    if names:
        yield "const brianhw::Span& _later = _spans[std::min(_span + 4, _num_spans - 1)];"
        yield "if (_later.copies)"
        yield "for (int64_t _k = 0; _k < std::min<int64_t>(64, _later.count + 7); _k += 8) {"
        for number, name in enumerate(names):
            yield f"__builtin_prefetch(static_cast<decltype({name})>(_later.copies[{number}]) + _later.first[0] + _k);"
        yield "}"
    for number, name in enumerate(names):
        yield f"const auto _ptr{name} = _spans[_span].copies "
        yield f"? static_cast<decltype({name})>(_spans[_span].copies[{number}]) : {name};"


def _without_reads(code: str, uniform: Collection[str], found: dict[str, None]) -> Iterator[str]:
    end = 0
    for read in _READ.finditer(code):
        if read[2] in uniform:
            found[f"{read[1]} = _ptr{read[2]}[0];"] = None
            yield code[end : read.start()]
            end = read.end()
    yield code[end:]
