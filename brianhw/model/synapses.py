"""Synapses: equations, and statements for a spike on either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from brianhw.model.base import Lent, Text
from brianhw.model.texts import assigned_in, initial_text, joined, lines, names_in

__all__ = ["SynapseModel"]


@dataclass(frozen=True)
class SynapseModel(Text, Lent):
    """A synapse as Brian2 text; ``Synapses(source, target, **model)`` makes connections of it.

    Parameters
    ----------
    name : str
        For messages and reports.
    equations : str
        Brian2 equations of the synapse's own variables.
    on_pre, on_post : str
        Statements at a pre- and a postsynaptic spike; ``..._post`` are variables of the target.
    weight : str
        Name of the variable that a chip treats as the synapse's weight.
    method : str
        Integration method of differential equations that are not event-driven.
    """

    on_pre: str = ""
    on_post: str = ""
    weight: str = "w"
    method: str = ""

    __hash__, __eq__ = Text.__hash__, Lent.__eq__

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "on_pre", lines(self.on_pre))
        object.__setattr__(self, "on_post", lines(self.on_post))

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"model": self.parsed, "namespace": dict(self.namespace)}
        for key in ("on_pre", "on_post", "method"):
            if getattr(self, key):
                arguments[key] = getattr(self, key)
        return arguments

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"on_pre statements": self.on_pre, "on_post statements": self.on_post}
        return {where: names_in(text) - assigned_in(text) for where, text in texts.items()}

    def _is_elsewhere(self, name: str) -> bool:
        return name.endswith(("_pre", "_post"))

    @property
    def text(self) -> str:
        """All of the model: equations, the statements at each spike and initial values."""
        sections = [("", self._title()), ("", self.equations), ("on_pre", self.on_pre), ("on_post", self.on_post)]
        sections.append(("initial values, zero for all others", initial_text(self.initial)))
        return "\n\n".join(joined(f"# {title}" if title else "", body) for title, body in sections if body)
