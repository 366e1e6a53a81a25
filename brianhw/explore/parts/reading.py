"""How things are read to say what they are: who reads, and what all parts have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from brian2.units.fundamentalunits import DIMENSIONLESS

from brianhw.explore.parts.names import Names

__all__ = ["PLAIN", "Parts", "Reader", "digest", "dimensions", "name_of"]

PLAIN = (type(None), bool, int, float, complex, bytes, type(Ellipsis), type(NotImplemented))


class Reader(Protocol):
    """Who reads things, and knows those that have been read."""

    names: Names

    def of(self, thing: Any, where: str) -> str:
        """Return the hash of a thing; *where* says in messages which it is."""

    def each(self, things: Iterable[Any], where: str) -> list[str]:
        """Return the hash of each of some things."""

    def mapping(self, mapping: Mapping[Any, Any], where: str) -> list[str]:
        """Return the hashes of keys and values, in an order that is the same in each process."""

    def class_of(self, thing: Any) -> list[str]:
        """Return the hash of a thing's class."""

    def not_known(self, thing: Any, where: str) -> str:
        """Note that nothing can be said about a thing; return a hash that never comes back."""


Parts = Callable[[Reader, Any, str], Iterable[str]]  # what a thing consists of, read by a reader


def digest(*parts: Any) -> str:
    """Return a short hash of some text."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode(errors="surrogatepass")).hexdigest()[:24]


def name_of(kind: type) -> str:
    """Return what messages and digests call a class."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def dimensions(dim: Any) -> str:
    """Return physical dimensions as text; nothing for a plain number."""
    return "" if dim is None or dim is DIMENSIONLESS else str(dim._dims)
