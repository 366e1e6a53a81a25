"""What is collected while Brian2 generates the code of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from brian2.core.functions import Function
from brian2.core.variables import Constant

from brianhw.device.code.codeobject import CompiledCodeObject
from brianhw.device.code.naming import Names

__all__ = ["Generation"]


@dataclass
class Generation:
    """The code of one network in the making.

    Attributes
    ----------
    names : Names
        The names that it uses.
    code_objects : list of CompiledCodeObject
        In the order of their creation.
    in_python : list of CodeObject
        Those of objects that run as NumPy code.
    waiting : list of (CompiledCodeObject, str)
        Blocks to run as soon as the library is there.
    """

    names: Names = field(default_factory=Names)
    code_objects: list[CompiledCodeObject] = field(default_factory=list)
    in_python: list[Any] = field(default_factory=list)
    waiting: list[tuple[CompiledCodeObject, str]] = field(default_factory=list)

    def add(self, code_object: Any) -> None:
        """Take note of a code object."""
        if not isinstance(code_object, CompiledCodeObject):
            self.in_python.append(code_object)
            return
        waiting = self.waiting

        def keep(code_object: CompiledCodeObject, block: str) -> None:
            waiting.append((code_object, block))

        self.code_objects.append(code_object)
        code_object.runner = keep

    def keywords(self, kind: str) -> list[str]:
        """Return what users' functions ask of the compiler under a keyword such as ``"headers"``, each once."""
        asked = (value for each in self.code_objects for value in each.compiler_kwds.get(kind, []))
        return list(dict.fromkeys(asked))

    def external(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the names *asked* for in the script's variables whose values the code contains."""
        used = {
            name
            for each in (*self.code_objects, *self.in_python)
            for name, variable in each.variables.items()
            if isinstance(variable, Function) or (isinstance(variable, Constant) and variable.owner is None)
        }
        return {name: value for name, value in asked.items() if name in used}

    def function_arrays(self) -> Iterator[tuple[Any, str, Any]]:
        """Give the implementation, owner and namespace name of each array that a function uses."""
        for each in self.code_objects:
            for variable in each.variables.values():
                if isinstance(variable, Function):
                    implementation = variable.implementations[type(each)]
                    for name in implementation.get_namespace(each.owner) or {}:
                        yield implementation, each.owner, name
