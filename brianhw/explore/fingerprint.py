"""What a model is, as a hash: two models with one fingerprint give the same results.

A function is its code and all that the code can reach: names, constants, inner functions, defaults, closure, and the
globals that it uses. What belongs to the user is followed, through modules, too; what belongs to a library is its name
and version; data is its content. Of an object that is neither, pickle's own protocol says what it consists of.

Nothing enters that differs from process to process (addresses, the order of sets, automatic names of Brian2's objects)
or means nothing (line numbers, comments, docstrings).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import Any
from uuid import uuid4

from brianhw.explore.parts import brian2_objects, code, values
from brianhw.explore.parts.names import Names
from brianhw.explore.parts.reading import PLAIN, Parts, digest, name_of

__all__ = ["Identity", "fingerprint"]


def fingerprint(thing: Any) -> str:
    """Return a hash of a model, a function with all that it refers to, or a value."""
    return Identity({"model": thing}).digest


class Identity:
    """What some things are.

    Parameters
    ----------
    things : mapping of str to object
        By the name that messages give them.

    Attributes
    ----------
    digest : str
        The same for things that give the same results.
    unknown : list of str
        What nothing can be said about, such as a lock or an open file. The digest is another each time then.
    names : Names
        What is reached by name only.
    """

    def __init__(self, things: Mapping[str, Any]) -> None:
        self.unknown: list[str] = []
        self._known: dict[int, str] = {}
        self._open: dict[int, int] = {}  # what is being read: its place from outside to inside
        self._alive: list[Any] = []  # an address says what a thing is as long as the thing is there
        self.names = Names()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of attributes that are deprecated and only looked at
            parts = [self.of(thing, name) for name, thing in things.items()]
            self.digest = digest(*parts, *self._reached_by_name())

    def of(self, thing: Any, where: str) -> str:
        """Return the hash of a thing; *where* says in messages which it is."""
        if type(thing) is str:
            self.names.strings.add(thing)
            return f"str {thing}"
        if type(thing) in PLAIN:
            return f"{type(thing).__name__} {thing!r}"
        key = id(thing)
        if key in self._open:
            return f"up {len(self._open) - self._open[key]}"
        if key not in self._known:
            self._open[key] = len(self._open)
            try:
                self._known[key] = digest(*_parts_of(thing)(self, thing, where))
            except RecursionError:
                self._known[key] = self.not_known(thing, where)
            finally:
                del self._open[key]
            self._alive.append(thing)
        return self._known[key]

    def not_known(self, thing: Any, where: str) -> str:
        """Note that nothing can be said about a thing; return a hash that never comes back."""
        self.unknown.append(f"{where} ({name_of(type(thing))})")
        return uuid4().hex

    def each(self, things: Iterable[Any], where: str) -> list[str]:
        """Return the hash of each of some things."""
        return [self.of(thing, where) for thing in things]

    def mapping(self, mapping: Mapping[Any, Any], where: str) -> list[str]:
        """Return the hashes of keys and values, in an order that is the same in each process."""
        return sorted(f"{self.of(key, where)} = {self.of(value, f'{where}: {key}')}" for key, value in mapping.items())

    def class_of(self, thing: Any) -> list[str]:
        """Return the hash of a thing's class."""
        return [self.of(type(thing), type(thing).__name__)]

    def _reached_by_name(self) -> list[str]:
        """Return what code takes from the user's modules, and what Brian2 looks up for names within text."""
        found: dict[tuple[str, str], str] = {}
        while True:
            new = {key: value for key, value in self.names.found().items() if key not in found}
            if not new:
                return [f"{name} {value}" for (_, name), value in sorted(found.items())]
            found |= {key: self.of(new[key], key[1]) for key in sorted(new)}


_kinds = singledispatch(values.taken_apart)
for _kind, _parts in {**values.PARTS, **code.PARTS, **brian2_objects.PARTS}.items():
    _kinds.register(_kind, _parts)


def _parts_of(thing: Any) -> Parts:
    """Return what says of what a thing consists."""
    return _kinds.dispatch(thing.__class__)
