"""Synapses as Brian2 text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from brianhw.model.group_model import GroupModel
from brianhw.model.lines import assigned_in, in_sections, names_in
from brianhw.model.neuron import NO_PART, Part
from brianhw.model.text import Text, lines

__all__ = ["SynapseModel"]


@dataclass(frozen=True, eq=False)
class SynapseModel(GroupModel):
    r"""A synapse as Brian2 text; ``Synapses(source, target, **model)`` makes connections of it.

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
        (:mod:`brianhw.equations.teaching`). ``set`` lets its pathway act after all arrivals of a step.
    on_delayed : str
        Statements at a presynaptic spike for the second time, in a pathway ``delayed`` that follows ``pre``.
    delayed_by : str
        By how much: an expression of shared parameters. ``set``, ``update`` and :meth:`follow` give the
        pathway its delay, that of ``pre`` and this time, down to a step of the source, and tell the synapses the
        latter as their parameter ``lag``.
    weight : str
        Name of the variable that a chip treats as the synapse's weight.
    method : str
        Integration method of differential equations that are not event-driven.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nA, run
    >>> from brianhw.model import SynapseModel
    >>> fatigued = SynapseModel(
    ...     name="synapse that tires",
    ...     equations="weight : amp\nloss : 1 (shared, constant)",
    ...     on_pre="I_post += weight\nweight -= loss*weight",
    ...     weight="weight",
    ... )
    >>> source, target = SpikeGeneratorGroup(1, [0, 0], [1, 2]*ms), NeuronGroup(1, "I : amp")
    >>> synapses = Synapses(source, target, **fatigued)
    >>> synapses.connect()
    >>> fatigued.set(synapses, weight=1*nA, loss=0.2)
    >>> run(3*ms)
    >>> print(target.I/nA, synapses.weight/nA)  # 1 + 0.8, and 0.64 left
    [1.8] [0.64]
    """

    on_pre: str = lines()
    on_post: str = lines()
    on_trigger: str = lines()
    on_delayed: str = lines()
    delayed_by: str = ""
    weight: str = "w"
    method: str = ""

    def _why_not(self, other: Text) -> str:
        return NO_PART if isinstance(other, Part) else "each synapse model makes Synapses of its own."

    def _own_arguments(self) -> Mapping[str, Any]:
        own: dict[str, Any] = {"on_pre": self.on_pre, "on_post": self.on_post, "method": self.method}
        if self.on_delayed:
            own["on_pre"] = {"pre": self.on_pre, "delayed": self.on_delayed}
        if self.on_trigger:
            after = {"post": self.on_post, "trigger": self.on_trigger}
            own["on_post"] = {pathway: code for pathway, code in after.items() if code}
            pathways = ("pre", *(["delayed"] if self.on_delayed else []), *after)
            own["on_event"] = {pathway: "trigger" if pathway == "trigger" else "spike" for pathway in pathways}
        return own

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"on_pre": self.on_pre, "on_post": self.on_post, "on_trigger": self.on_trigger}
        texts["on_delayed"] = self.on_delayed
        texts = {f"{where} statements": text for where, text in texts.items()}
        return {where: names_in(text) - assigned_in(text) for where, text in texts.items()}

    @property
    def of_the_target(self) -> frozenset[str]:
        """The variables of the target, without ``_post``, that the statements read or write."""
        texts = (self.on_pre, self.on_post, self.on_trigger, self.on_delayed)
        names = set().union(*(names_in(text) for text in texts))
        return frozenset(name.removesuffix("_post") for name in names if name.endswith("_post"))

    def _is_elsewhere(self, name: str) -> bool:
        return name.endswith(("_pre", "_post"))

    def _settled(self, group: Any) -> None:
        if self.on_trigger:
            group.trigger.when, group.trigger.order = "after_synapses", 1
        if self.on_delayed:
            self.follow(group)

    def follow(self, synapses: Any) -> None:
        """Let the pathway ``delayed`` of *synapses* follow ``pre``; for use after a change of ``pre.delay``."""
        import numpy as np
        from brian2 import second
        from brian2.parsing.sympytools import str_to_sympy

        expression = str_to_sympy(self.delayed_by)
        values = {name: np.asarray(getattr(synapses, f"{name}_")[:]).item() for name in expression.free_symbols}
        step = synapses.source.clock.dt_
        lag = float(np.floor(float(expression.subs(values)) / step + 1e-6) * step)
        synapses.lag = lag * second
        synapses.delayed.delay = synapses.pre.delay[:] + lag * second

    @property
    def text(self) -> str:
        """All of the model: equations, the statements at each spike and initial values."""
        return in_sections(
            ("", self._title()),
            ("", self.equations),
            ("on_pre", self.on_pre),
            ("on_post", self.on_post),
            ("on_trigger", self.on_trigger),
            (f"on_delayed, {self.delayed_by} after on_pre", self.on_delayed),
            self._initial_section(),
        )
