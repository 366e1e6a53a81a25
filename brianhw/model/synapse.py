"""Synapses as Brian2 text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brianhw.model.group_model import GroupModel
from brianhw.model.lines import assigned_in, in_sections, names_in
from brianhw.model.text import lines

__all__ = ["SynapseModel"]


@dataclass(frozen=True, eq=False)
class SynapseModel(GroupModel):
    """A synapse as Brian2 text; ``Synapses(source, target, **model)`` makes connections of it.

    Parameters
    ----------
    name : str
        For messages and reports.
    equations : str
        Brian2 equations of the synapse's own variables.
    on_pre, on_post : str
        Statements at a pre- and a postsynaptic spike; ``..._post`` are variables of the target.
    on_trigger : str
        Statements when something else teaches the target: at its event ``trigger``
        (:mod:`brianhw.equations.teaching`).
    weight : str
        Name of the variable that a chip treats as the synapse's weight.
    method : str
        Integration method of differential equations that are not event-driven.
    """

    on_pre: str = lines()
    on_post: str = lines()
    on_trigger: str = lines()
    weight: str = "w"
    method: str = ""

    def _own_arguments(self) -> Mapping[str, Any]:
        own: dict[str, Any] = {"on_pre": self.on_pre, "on_post": self.on_post, "method": self.method}
        if self.on_trigger:
            after = {"post": self.on_post, "trigger": self.on_trigger}
            own["on_post"] = {pathway: code for pathway, code in after.items() if code}
            own["on_event"] = {pathway: "trigger" if pathway == "trigger" else "spike" for pathway in ("pre", *after)}
        return own

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"on_pre": self.on_pre, "on_post": self.on_post, "on_trigger": self.on_trigger}
        texts = {f"{where} statements": text for where, text in texts.items()}
        return {where: names_in(text) - assigned_in(text) for where, text in texts.items()}

    def _is_elsewhere(self, name: str) -> bool:
        return name.endswith(("_pre", "_post"))

    @property
    def text(self) -> str:
        """All of the model: equations, the statements at each spike and initial values."""
        return in_sections(
            ("", self._title()),
            ("", self.equations),
            ("on_pre", self.on_pre),
            ("on_post", self.on_post),
            ("on_trigger", self.on_trigger),
            self._initial_section(),
        )
