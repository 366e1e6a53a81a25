"""What is reached by name only: taken from the user's modules, or looked up by Brian2 for names within text."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
from brian2.core.functions import Function
from brian2.core.namespace import DEFAULT_UNITS

from brianhw.explore.parts.libraries import is_library
from brianhw.model import GIVEN_BY_BRIAN2

__all__ = ["Names"]

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Names:
    """The names in what has been read, and where they may be looked up.

    Attributes
    ----------
    strings : set of str
        All text.
    attributes : set of str
        Of which code asks some object.
    in_text : bool
        Whether code takes globals by a name in text.
    modules : dict
        Of the user, by name.
    namespaces : dict
        Globals of the user's functions, by address.
    """

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.attributes: set[str] = set()
        self.in_text = False
        self.modules: dict[str, types.ModuleType] = {}
        self.namespaces: dict[int, dict[str, Any]] = {}

    def found(self) -> dict[tuple[str, str], Any]:
        """Return what the names stand for, by where it was found and its name."""
        return dict((*self._of_modules(), *self._of_text()))

    def externals(self, first: str | None = None) -> dict[str, Any]:
        """Return what Brian2 may take for names in text; where modules differ, that of the module *first*."""
        found = [(where, name, value) for (where, name), value in self._of_text() if _is_external(value)]
        ordered = sorted(found, key=lambda each: each[0] == first)
        return {name: value for _, name, value in ordered if name not in DEFAULT_UNITS}  # which Brian2 has itself

    def _of_modules(self) -> Iterator[tuple[tuple[str, str], Any]]:
        names = self.attributes | {text for text in self.strings if text.isidentifier()}  # getattr(module, "name")
        for where, module in list(self.modules.items()):
            for name in names & vars(module).keys():
                yield (where, name), vars(module)[name]

    def _of_text(self) -> Iterator[tuple[tuple[str, str], Any]]:
        """Yield the globals that equations and statements name: Brian2 finds them in the caller's module.

        Code that calls `eval` or the like finds functions, too.
        """
        names = {name for text in self.strings for name in IDENTIFIER.findall(text)} - GIVEN_BY_BRIAN2
        for namespace in list(self.namespaces.values()):
            for name in names & namespace.keys():
                if _is_external(namespace[name]) or (self.in_text and _is_the_users(namespace[name])):
                    yield (str(namespace.get("__name__")), name), namespace[name]


def _is_external(value: Any) -> bool:
    """Say whether Brian2 takes a global for a name in text: numbers, quantities, arrays and its functions."""
    return isinstance(value, int | float | np.number | np.ndarray | Function) or hasattr(value, "_arg_units")


def _is_the_users(value: Any) -> bool:
    """Say whether a global is code, or made of what Python or the user has; a library has a version."""
    own = type(value).__module__ == "builtins" or not is_library(type(value).__module__)
    return own or isinstance(value, types.FunctionType | type)
