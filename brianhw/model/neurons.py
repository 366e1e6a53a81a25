"""Neurons with input ports, and blocks that feed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from textwrap import indent
from typing import Any, NamedTuple

from brianhw.errors import ModelError
from brianhw.integration import Integrator
from brianhw.model.base import Lent, Text, distinct
from brianhw.model.texts import as_term, assigned_in, defined, initial_text, joined, lines, names_in, zero_of

__all__ = ["Block", "Feed", "NeuronModel", "Part"]


class Feed(NamedTuple):
    """One term of a port: ``port += sign expression``."""

    port: str
    expression: str
    sign: str = "+"


@dataclass(frozen=True)
class Part(Text):
    """What neurons and blocks share: ports, terms that feed them, exact solutions and floors."""

    feeds: tuple[Feed, ...] = ()
    reset: str = ""
    solutions: Mapping[str, str] = field(default_factory=dict)  # variable -> its value after one step dt
    floors: Mapping[str, str] = field(default_factory=dict)  # variable -> value it never falls below
    jacobian: Mapping[str, str] = field(default_factory=dict)  # variable -> derivative of its slope by itself

    __hash__ = Text.__hash__

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "reset", lines(self.reset))
        object.__setattr__(self, "feeds", tuple(Feed(*feed) for feed in self.feeds))
        for feed in self.feeds:
            if feed.sign not in ("+", "-"):
                raise ModelError(f"{self.name}: the sign of {feed.expression!r} is {feed.sign!r}; use '+' or '-'.")

    def _combined(self, other: Part) -> dict[str, Any]:
        """Return the fields of this part and *other* together, refusing names that both define."""
        owner = f"{self.name} + {other.name}"
        twice = defined(self.equations) & defined(other.equations)
        if twice:
            raise ModelError(f"{owner}: {', '.join(sorted(twice))} defined twice. Give one of the two another name.")
        return {
            "name": owner,
            "equations": joined(self.equations, f"\n# {other.name}", other.equations),
            "source": "\n".join(dict.fromkeys([*self.source.splitlines(), *other.source.splitlines()])),
            "initial": distinct(owner, self.initial, other.initial),
            "optional": self.optional + other.optional,
            "namespace": distinct(owner, self.namespace, other.namespace),
            "positive": self.positive + other.positive,
            "not_negative": self.not_negative + other.not_negative,
            "unbounded": self.unbounded + other.unbounded,
            "feeds": self.feeds + other.feeds,
            "reset": joined(self.reset, other.reset),
            "solutions": distinct(owner, self.solutions, other.solutions),
            "floors": distinct(owner, self.floors, other.floors),
            "jacobian": distinct(owner, self.jacobian, other.jacobian),
        }


@dataclass(frozen=True)
class Block(Part):
    """Equations that feed a port of a neuron: a receptor, an adaptation current, a feedback.

    Parameters
    ----------
    name : str
        What the block is, for messages.
    equations : str
        Brian2 equations; they may use names that the neuron defines.
    feeds : tuple of Feed
        The terms that the block adds to ports: ``(port, expression, sign)``.
    reset : str
        Statements executed when the neuron spikes, before the neuron's own.
    solutions : mapping of str to str
        For state variables that have a closed form: their value one step ``dt`` later.
    floors : mapping of str to str
        Values that state variables never fall below.
    """

    __hash__ = Text.__hash__

    def __add__(self, other: Block) -> Block:
        if not isinstance(other, Block):
            return NotImplemented
        return Block(**self._combined(other))

    @property
    def text(self) -> str:
        """The block's equations and the terms it adds to ports."""
        terms = [f"# {feed.port} {feed.sign}= {feed.expression}" for feed in self.feeds]
        reset = f"# at a spike:\n{indent(self.reset, '    ')}" if self.reset else ""
        return joined(self.equations, *terms, reset)


@dataclass(frozen=True)
class NeuronModel(Part, Lent):
    """A neuron as Brian2 text with input ports; ``NeuronGroup(n, **model)`` makes a group of it.

    Parameters
    ----------
    name : str
        For messages and reports.
    equations : str
        Brian2 equations in which the ports stand as plain names.
    ports : mapping of str to str
        Unit of each input port. A port that nothing feeds is zero.
    threshold, reset : str
        Condition of a spike and the statements that follow it.
    refractory : str or bool
        A parameter name or condition; ``False`` for none.
    scheme : str
        How variables without a closed form are integrated: one of Brian2's methods (``"exact"``,
        ``"euler"``, ``"rk4"`` ...) or, where ``solutions`` or ``floors`` are given, one of
        :data:`brianhw.integration.SCHEMES`.
    substeps : int
        How many parts a step is integrated in, for models faster than their network; not with Brian2's own methods.

    Raises
    ------
    ModelError
        At ``+``, if a port does not exist or a name is defined twice; at first use, if a name is used that
        nothing defines.
    """

    ports: Mapping[str, str] = field(default_factory=dict)
    threshold: str = ""
    refractory: str | bool = False
    scheme: str = "euler"
    substeps: int = 1

    __hash__, __eq__ = Text.__hash__, Lent.__eq__

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_ports(self.name)

    def _check_ports(self, owner: str) -> None:
        for feed in self.feeds:
            if feed.port not in self.ports:
                ports = ", ".join(f"{name} ({unit})" for name, unit in self.ports.items()) or "none"
                raise ModelError(
                    f"{owner}: nothing to feed with {feed.expression!r}: there is no input port {feed.port!r}. "
                    f"Ports: {ports}."
                )

    def __add__(self, other: Block) -> NeuronModel:
        if not isinstance(other, Block):
            return NotImplemented
        combined = self._combined(other)
        # A block's statements run first: the neuron's own reset may change what they read.
        combined["reset"] = joined(other.reset, self.reset)
        return replace(self, **combined)

    # -- Brian2 ---------------------------------------------------------------------------------

    @property
    def full_equations(self) -> str:
        """The equations with every port written out as the sum of what feeds it."""
        return joined(self.equations, "\n# input ports" if self.ports else "", *map(self._port_line, self.ports))

    def _port_line(self, port: str) -> str:
        unit = self.ports[port]
        terms = [feed for feed in self.feeds if feed.port == port]
        total = " ".join(f"{feed.sign} {as_term(feed.expression)}" for feed in terms).removeprefix("+ ")
        return f"{port} = {total or zero_of(unit)} : {unit}"

    @property
    def method(self) -> Any:
        """What Brian2 gets as ``method``: its own name for one, or our integrator."""
        only_ours = self.scheme in ("rosenbrock", "midpoint") or self.substeps > 1
        if self.scheme == "exact" or not (self.solutions or self.floors or only_ours):
            return self.scheme
        return Integrator(self.scheme, dict(self.solutions), dict(self.floors), dict(self.jacobian), self.substeps)

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"model": self.parsed, "method": self.method, "namespace": dict(self.namespace)}
        if self.threshold:
            arguments["threshold"] = self.threshold
        if self.reset:
            arguments["reset"] = self.reset
        if self.refractory is not False:
            arguments["refractory"] = self.refractory
        return arguments

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"threshold": self.threshold}
        for name in self.solutions:
            texts[f"solution of {name!r}"] = self.solutions[name]
        for name in self.floors:
            texts[f"floor of {name!r}"] = self.floors[name]
        reset = {"reset statements": names_in(self.reset) - assigned_in(self.reset)}
        return {**{where: names_in(text) for where, text in texts.items()}, **reset}

    @property
    def text(self) -> str:
        """All of the model: equations, ports, threshold, reset, refractoriness, initial values and integration."""
        sections = [
            ("", self._title()),
            ("", self.full_equations),
            ("threshold", self.threshold),
            ("reset", self.reset),
        ]
        if self.refractory is not False:
            sections.append(("refractory", str(self.refractory)))
        sections.append(("initial values, zero for all others", initial_text(self.initial)))
        sections.append(("integration", self._integration_text()))
        return "\n\n".join(joined(f"# {title}" if title else "", body) for title, body in sections if body)

    def _integration_text(self) -> str:
        exact = (
            ""
            if self.scheme == "exact"
            else joined(
                *(f"{name}(t + dt) = {solution}" for name, solution in self.solutions.items()),
                *(f"{name} >= {floor}" for name, floor in self.floors.items()),
            )
        )
        parts = f", {self.substeps} parts to a step" if self.substeps > 1 else ""
        return joined(f"# {self.scheme}{parts}" + (" for all that has no solution below" if exact else ""), exact)
