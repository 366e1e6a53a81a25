"""What does not change while the loop over time runs: computed when something has changed, not in each step.

Brian2 takes what all elements have in common out of the loop over them, such as ``exp(-dt/tau)``, and computes it in
each step. For a single neuron that takes longer than all else. A function keeps these values in slots of its own, with
the number that its inputs had when it computed them: the loop counts whenever they may have been changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from brianhw.device.code.blocks import SCALAR, UNIFORM
from brianhw.device.code.naming import C_FUNCTIONS

__all__ = ["MEMORY", "Kept", "with_invariants"]

#: Where a function has the place of what it keeps.
MEMORY = "%MEMORY%"

_FUNCTIONS = {f"{prefix}{name}" for prefix in ("", "_numpy_") for name in (*C_FUNCTIONS, "exprel", "sqrt")}
_FUNCTIONS |= {"_timestep", "_exprel"}
_PLAIN = frozenset(("static_cast", "double", "float", "std", "brianhw", "power", "INFINITY", "NAN"))
_CONSTANT = re.compile(r"^const \w+ (\w+) = (?:_slots\[\d+\]\.(?:number|whole)|[-+.\w]+);$")
_SCALAR = re.compile(r"^[ \t]*const (\w+) (\w+) = (.+);[ \t]*$")
_READ = re.compile(r"(?:_ptr)?(_array_\w+)\[0\]")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_CALL = re.compile(rf"(?<![\w.])(?:std::)?({'|'.join(sorted(_FUNCTIONS, key=len, reverse=True))})\(")
# The argument of a function that is called for many elements at once, before the loop that uses what it gives.
_AHEAD = re.compile(r"^[ \t]*(?P<place>_ahead_\w+)\[_event\] = (?P<argument>.+);$", re.MULTILINE)
_DECLARED = re.compile(r"^[ \t]*(?:const )?(?:double|float|char|bool|size_t|int|int\d+_t|auto) (\w+)", re.MULTILINE)


@dataclass
class Kept:
    """A function that keeps what does not change.

    Attributes
    ----------
    body : str
        The function.
    number : int
        How many values it keeps.
    inputs : set of str
        The names of the arrays that these are computed from.
    """

    body: str
    number: int = 0
    inputs: set[str] = field(default_factory=set)


def with_invariants(
    body: str, constants: Iterable[str], is_constant: Callable[[str], bool], functions: Collection[str] = ()
) -> Kept:
    """Return a function that computes what does not change in a run of the loop once.

    Parameters
    ----------
    body : str
        The function, which reads the arrays with one value before its loop.
    constants : iterable of str
        The lines in which it takes constants from its slots.
    is_constant : callable
        Takes the name of an array, and says whether it stays as it is while the loop over time runs.
    functions : collection of str
        The names of the script's own functions, which may give something else each time.
    """
    before, mark, after = body.partition(SCALAR)
    scalar, end, vector = after.partition(UNIFORM)
    if not mark or not end:
        return Kept(body.replace(SCALAR, "").replace(UNIFORM, ""))
    constant = {found[1] for line in constants if (found := _CONSTANT.match(line))}
    work = _Work(is_constant, constant, functions)
    uniform, vector = _uniform_reads(vector)
    rest = [line for line in (*scalar.splitlines(), *uniform) if not work.take(line)]
    work.names.difference_update(_DECLARED.findall(vector))
    vector = "".join(work.without_calls(work.one_by_one(vector)))
    return Kept("".join((before, "\n    ".join((*work.lines(), *rest)), vector)), len(work.values), work.inputs())


def _uniform_reads(code: str) -> tuple[list[str], str]:
    """Return the lines that read arrays with one value, which come first, and what follows."""
    lines = code.split("\n")
    number = next((k for k, line in enumerate(lines) if line.strip() and not _is_read(line)), len(lines))
    return lines[:number], "\n".join(lines[number:])


def _is_read(line: str) -> bool:
    found = _SCALAR.match(line)
    return found is not None and _READ.fullmatch(found[3]) is not None


class _Value(NamedTuple):
    """A value that is kept."""

    number: int
    name: str
    expression: str
    c_type: str | None

    @property
    def made(self) -> str:
        """The line that computes and keeps it."""
        return f"const {self.c_type or 'auto'} {self.name} = {self.expression}; _kept[{self.number}] = {self.name};"

    @property
    def taken(self) -> str:
        """The line that takes it from where it is kept."""
        c_type = self.c_type or f"decltype({self.expression})"
        return f"const {c_type} {self.name} = static_cast<{c_type}>(_kept[{self.number}]);"


class _Work:
    """The lines before a loop, as they are gone through."""

    def __init__(self, is_constant: Callable[[str], bool], constants: set[str], functions: Collection[str]) -> None:
        self.names = constants  # of what does not change
        self.values: list[_Value] = []  # what is kept
        self._work: list[_Value | str] = []  # what is computed, in order: values that are kept, and lines
        self._is_constant = is_constant
        self._known = (_FUNCTIONS | _PLAIN).difference(functions)
        self._names_of: dict[str, str] = {}  # of calls in the loop that are kept
        self._inputs: dict[str, str] = {}  # name of a value to the array that it is read from
        self._needs: dict[str, set[str]] = {}

    def take(self, line: str) -> bool:
        """Take a line that computes something that does not change; say whether it is one."""
        found = _SCALAR.match(line)
        if found is None:
            return False
        c_type, name, expression = found.groups()
        read = _READ.fullmatch(expression)
        if read:
            if not self._is_constant(read[1]):
                return False
            self._inputs[name] = read[1]
        elif not self._is_invariant(expression):
            return False
        self.names.add(name)
        self._needs[name] = {name} if read else self._needed(expression)
        if c_type in ("double", "float") and (" / " in expression or _CALL.search(expression)):
            self._keep(name, expression, c_type)
        else:
            self._work.append(line.strip())
        return True

    def _needed(self, expression: str) -> set[str]:
        return set().union(*(self._needs.get(word, set()) for word in _WORD.findall(expression)))

    def _is_invariant(self, expression: str) -> bool:
        return "[" not in expression and all(
            word in self.names or word in self._known for word in _WORD.findall(expression)
        )

    def _keep(self, name: str, expression: str, c_type: str | None) -> None:
        self.values.append(_Value(len(self.values), name, expression, c_type))
        self._work.append(self.values[-1])

    def one_by_one(self, code: str) -> str:
        """Return the code of a loop where what is called for many elements at once does not give the same for each."""
        for call in list(_AHEAD.finditer(code)):
            place, argument = call["place"], call["argument"]
            function = re.search(rf"^[ \t]*(\w+)_of_all\({place}, _number\);$", code, re.MULTILINE)
            if function and self._is_invariant(argument):
                code = code.replace(call[0], "").replace(function[0], "")
                code = code.replace(f"{place}[_event]", f"{function[1]}({argument})")
        return code

    def without_calls(self, code: str) -> Iterator[str]:
        """Return the code of a loop without calls of functions that give the same for each element."""
        end = 0
        for call in _CALL.finditer(code):
            if call.start() < end:
                continue
            close = _closing(code, call.end())
            expression = code[call.start() : close]
            if not self._is_invariant(expression):
                continue
            name = self._names_of.get(expression)
            if name is None:
                name = self._names_of[expression] = f"_kept_{len(self.values)}"
                self._keep(name, expression, None)
            yield code[end : call.start()]
            yield name
            end = close
        yield code[end:]

    def inputs(self) -> set[str]:
        """Return the names of the arrays that the kept values are computed from."""
        return {self._inputs[name] for each in self.values for name in self._needed(each.expression)}

    def lines(self) -> Iterator[str]:
        """Return the lines that compute what does not change."""
        first = next((k for k, each in enumerate(self._work) if isinstance(each, _Value)), len(self._work))
        yield from (str(each) for each in self._work[:first])
        work = self._work[first:]
        if not work:
            return
        yield f"double _own[{len(self.values)}];"
        yield f"const brianhw::Kept _memory({MEMORY}, _own, _share);"
        yield "double* const _kept = _memory.values;"
        yield "if (_memory.is_old())"
        yield "{"
        for each in work:
            yield each.made if isinstance(each, _Value) else each
        yield "_memory.renew();"
        yield "}"
        for each in work:  # a line that uses kept values is short
            yield each.taken if isinstance(each, _Value) else each


def _closing(code: str, begin: int) -> int:
    """Return the place after the parenthesis that closes the one before *begin*."""
    depth = 1
    for place in range(begin, len(code)):
        depth += (code[place] == "(") - (code[place] == ")")
        if not depth:
            return place + 1
    return len(code)
