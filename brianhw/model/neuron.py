"""Neurons as Brian2 text with input ports, and the blocks that feed them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from textwrap import indent
from typing import Any

from brianhw.errors import ModelError, ParameterError
from brianhw.integration import BDF, SCHEMES, Bifixed, Integrator, NearSpike
from brianhw.model.group_model import GroupModel
from brianhw.model.lines import assigned_in, defined_in, in_sections, joined, names_in
from brianhw.model.port import Feed, port_line
from brianhw.model.text import Text, distinct, lines

__all__ = ["Block", "NeuronModel", "Part"]


NO_PART = (
    "synapses are no part of a neuron. Add the receptor that they lead to, as in LIF + exponential_current('exc'), and "
    "give the synapse model to Synapses(source, target, **model)."
)


@dataclass(frozen=True, eq=False)
class Part(Text):
    """What neurons and blocks share: ports, terms that feed them, exact solutions and floors."""

    feeds: tuple[Feed, ...] = ()
    reset: str = lines()
    solutions: Mapping[str, str] = field(default_factory=dict)  # variable -> its value after one step dt
    floors: Mapping[str, str] = field(default_factory=dict)  # variable -> value it never falls below
    jacobian: Mapping[str, str] = field(default_factory=dict)  # variable -> derivative of its slope by itself

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "feeds", tuple(Feed(*feed) for feed in self.feeds))
        for feed in self.feeds:
            if feed.sign not in ("+", "-"):
                raise ModelError(f"{self.name}: the sign of {feed.expression!r} is {feed.sign!r}; use '+' or '-'.")

    def _combined(self, other: Part) -> dict[str, Any]:
        """Return the fields of this part and *other* together, refusing names that both define."""
        owner = f"{self.name} + {other.name}"
        twice = defined_in(self.equations) & defined_in(other.equations)
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


@dataclass(frozen=True, eq=False)
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

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nS, run
    >>> from brianhw.equations import LIF
    >>> from brianhw.model import Block
    >>> from brianhw.parameters import lif
    >>> shunt = Block(
    ...     name="shunt",
    ...     equations="g_shunt : siemens (constant)   # opens at E_L",
    ...     feeds=[("I_syn", "g_shunt*(v - E_L)", "-")],
    ... )
    >>> cell = LIF + shunt
    >>> group = NeuronGroup(2, **cell)
    >>> cell.set(group, lif.PYNN_DEFAULTS, g_shunt=[0, 50]*nS, v=-55*mV)
    >>> run(10*ms)
    >>> print((group.v/mV).round(2))  # -65 + 10*exp(-10/20), and twice as fast
    [-58.93 -61.32]
    """

    def __add__(self, other: Block) -> Block:
        return Block(**self._combined(other)) if isinstance(other, Block) else super().__add__(other)

    def _why_not(self, other: Text) -> str:
        if isinstance(other, NeuronModel):
            return f"the neuron comes first, as in {other.name} + {self.name}."
        return NO_PART

    def keys(self) -> Any:
        """Refuse ``**block``: groups are made of neurons, connections of synapse models.

        Raises
        ------
        ModelError
            Always, with what to write instead.
        """
        raise ModelError(
            f"{self.name} is a block, a part of a neuron; ** takes a whole model. For neurons add it to one, as in "
            "NeuronGroup(n, **(LIF + block)). For synapses onto a receptor: Synapses(source, target, "
            "**static_synapse(receptor)); onto a DPI circuit: **DPI_SYNAPSES['AMPA']."
        )

    @property
    def text(self) -> str:
        """The block's equations and the terms it adds to ports."""
        terms = [f"# {feed.port} {feed.sign}= {feed.expression}" for feed in self.feeds]
        reset = f"# at a spike:\n{indent(self.reset, '    ')}" if self.reset else ""
        return joined(self.equations, *terms, reset)


@dataclass(frozen=True, eq=False)
class NeuronModel(Part, GroupModel):
    r"""A neuron as Brian2 text with input ports; ``NeuronGroup(n, **model)`` makes a group of it.

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
        ``brianhw.integration.SCHEMES``.
    substeps : int
        How many parts a step is integrated in, for models faster than their network; not with Brian2's own methods.
    before, after : str
        Statements at the beginning and at the end of each part of a step; not with Brian2's own methods.
    limits : mapping of str to (str, str)
        State variable -> lowest and highest value at which slopes are evaluated; not with Brian2's own methods.
    longest_step : str
        The step beyond which the method is unstable, an expression of parameters; ``set`` refuses a longer one.
    near_spike : NearSpike
        When a neuron is near a spike, for methods with two steps.
    stateful : BDF or Bifixed
        The method that :meth:`integrated` has made the model for.

    Raises
    ------
    ModelError
        At ``+``, if a port does not exist or a name is defined twice; at first use, if a name is used that
        nothing defines.

    Examples
    --------
    >>> from brian2 import Hz, NeuronGroup, SpikeMonitor, ms, run
    >>> from brianhw.model import NeuronModel
    >>> phase = NeuronModel(
    ...     name="oscillator",
    ...     equations="dphi/dt = rate : 1\nrate : Hz (constant)",
    ...     threshold="phi >= 1",
    ...     reset="phi -= 1",
    ...     not_negative=["rate"],
    ... )
    >>> group = NeuronGroup(2, **phase)
    >>> phase.set(group, rate=[100, 250]*Hz)
    >>> spikes = SpikeMonitor(group)
    >>> run(42*ms)
    >>> print(spikes.count[:])
    [ 4 10]
    """

    ports: Mapping[str, str] = field(default_factory=dict)
    threshold: str = ""
    refractory: str | bool = False
    scheme: str = "euler"
    substeps: int = 1
    before: str = lines()
    after: str = lines()
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    longest_step: str = ""
    near_spike: NearSpike | None = None
    stateful: BDF | Bifixed | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for feed in self.feeds:
            if feed.port not in self.ports:
                ports = ", ".join(f"{name} ({unit})" for name, unit in self.ports.items()) or "none"
                raise ModelError(
                    f"{self.name}: nothing to feed with {feed.expression!r}: there is no input port {feed.port!r}. "
                    f"Ports: {ports}."
                )

    def _why_not(self, other: Text) -> str:
        if isinstance(other, NeuronModel):
            return "both are whole neurons. Add blocks to one of them: receptors, adaptation, currents."
        return NO_PART

    def __add__(self, other: Block) -> NeuronModel:
        return self._with(other) if isinstance(other, Block) else super().__add__(other)

    def _with(self, other: Block) -> NeuronModel:
        combined = self._combined(other)
        # A block's statements run first: the neuron's own reset may change what they read.
        combined["reset"] = joined(other.reset, self.reset)
        return replace(self, **combined)

    # -- Brian2 ---------------------------------------------------------------------------------

    @property
    def full_equations(self) -> str:
        """The equations with every port written out as the sum of what feeds it."""
        ports = (port_line(port, unit, self.feeds) for port, unit in self.ports.items())
        return joined(self.equations, "\n# input ports" if self.ports else "", *ports)

    def integrated(self, scheme: str, **options: Any) -> NeuronModel:
        """Return the model with another integration method.

        Parameters
        ----------
        scheme : str
            A key of ``brianhw.integration.SCHEMES``, ``"bdf"``, or ``"bifixed_"`` and a key, as in
            ``"bifixed_rk4"``.
        **options
            ``substeps``, into how many parts a step is divided, for ``"bifixed_..."`` around a spike; ``order``,
            ``iterations`` and ``increments`` for ``"bdf"`` (:class:`~brianhw.integration.BDF`).

        Raises
        ------
        ModelError
            If there is no such method or option, or the model does not say what a method needs.
        """
        if self.stateful is not None:
            raise ModelError(
                f"{self.name} has been made for {self.stateful.__name__}; begin with the model without it."
            )
        shared = {name: getattr(self, name) for name in ("solutions", "floors", "limits", "before", "after")}
        try:
            if scheme == "bdf":
                return self._remembering(BDF(**{"order": 2, **options}, **shared))
            if scheme.startswith("bifixed_"):
                return self._remembering(
                    self._bifixed(scheme.removeprefix("bifixed_"), **{"substeps": 2, **options}, **shared)
                )
            if scheme in SCHEMES:
                longest = self.longest_step if scheme == self.scheme else ""
                return replace(self, scheme=scheme, longest_step=longest, **options)
        except TypeError:
            taken = "order, iterations, increments" if scheme == "bdf" else "substeps"
            raise ModelError(
                f"{self.name}: the method {scheme!r} does not take the options {', '.join(options)}; it takes {taken}."
            ) from None
        known = ", ".join([*SCHEMES, "bdf", *(f"bifixed_{name}" for name in ("euler", "heun", "rk4"))])
        raise ModelError(f"{self.name}: there is no method {scheme!r}; known: {known}.")

    def _bifixed(self, scheme: str, **options: Any) -> Bifixed:
        if self.near_spike is None or self.refractory is not False:
            missing = (
                "to know when a spike is near: replace(model, near_spike=NearSpike(start, end, hold))"
                if self.near_spike is None
                else "a refractory period in the equations, as LIF_FRACTIONAL has, and refractory=False"
            )
            raise ModelError(f"{self.name}: a method with two steps needs {missing}.")
        return Bifixed(scheme, near=self.near_spike, threshold=self.threshold, reset=self.reset, **options)

    def _remembering(self, method: BDF | Bifixed) -> NeuronModel:
        """Return the model with the variables of a method; the method tests for spikes, or begins anew after them."""
        own: dict[str, Any] = {
            "equations": method.with_state(self.full_equations),
            "ports": {},
            "feeds": (),
            "stateful": method,
            "longest_step": "",
        }
        names = tuple(set(defined_in(own["equations"])) - set(defined_in(self.full_equations)))
        own["optional"] = (*self.optional, *names)
        if isinstance(method, Bifixed):
            return replace(self, **own, threshold="n_spikes > 0", reset="")
        jumps = assigned_in(re.sub(r"[-+*/]=", "=", self.reset)) & set(self.parsed.diff_eq_names)
        return replace(self, **own, reset=joined(self.reset, "bdf_order = 0") if jumps else self.reset)

    @property
    def method(self) -> Any:
        """What Brian2 gets as ``method``: its own name for one, or our integrator."""
        if self.stateful is not None:
            return self.stateful
        only_ours = self.scheme in ("rosenbrock", "midpoint") or self.substeps > 1
        only_ours = only_ours or bool(self.before or self.after or self.limits)
        if self.scheme == "exact" or not (self.solutions or self.floors or only_ours):
            return self.scheme
        return Integrator(
            self.scheme,
            dict(self.solutions),
            dict(self.floors),
            dict(self.jacobian),
            self.substeps,
            self.before,
            self.after,
            dict(self.limits),
        )

    def _own_arguments(self) -> Mapping[str, Any]:
        own = {"method": self.method, "threshold": self.threshold, "reset": self.reset}
        return own if self.refractory is False else {**own, "refractory": self.refractory}

    def _check_step(self, group: Any, given: Mapping[str, Any]) -> None:
        if not self.longest_step:
            return
        import numpy as np
        import sympy
        from brian2.parsing.sympytools import str_to_sympy

        expression = str_to_sympy(self.longest_step)
        names = sorted(symbol.name for symbol in expression.free_symbols)
        values = [given.get(name, "") for name in names]
        if any(isinstance(value, str) for value in values):
            return  # an expression is known when it is set
        symbols = [next(each for each in expression.free_symbols if each.name == name) for name in names]
        longest = float(np.min(sympy.lambdify(symbols, expression, "numpy")(*(np.asarray(each) for each in values))))
        step = float(group.clock.dt_) / self.substeps
        if step > longest * (1 + 1e-9):
            raise ParameterError(
                f"{self.name}: {self.scheme} is unstable beyond steps of {longest * 1e3:.2g} ms with these values "
                f"({self.longest_step}); {group.name} has {step * 1e3:.6g} ms. Make it with a shorter one, "
                "NeuronGroup(..., dt=...), or set defaultclock.dt first."
            )

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"threshold": self.threshold}
        for name in self.solutions:
            texts[f"solution of {name!r}"] = self.solutions[name]
        for name in self.floors:
            texts[f"floor of {name!r}"] = self.floors[name]
        statements = {"reset": self.reset, "first": self.before, "last": self.after}
        return {
            **{where: names_in(text) for where, text in texts.items()},
            **{f"{where} statements": names_in(text) - assigned_in(text) for where, text in statements.items()},
        }

    @property
    def text(self) -> str:
        """All of the model: equations, ports, threshold, reset, refractoriness, initial values and integration."""
        return in_sections(
            ("", self._title()),
            ("", self.full_equations),
            ("threshold", self.threshold),
            ("reset", self.reset),
            ("refractory", "" if self.refractory is False else str(self.refractory)),
            self._initial_section(),
            ("before each step", self.before),
            ("integration", self._integration_text()),
            ("after each step", self.after),
        )

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
        scheme = self.scheme if self.stateful is None else self.stateful.__name__
        return joined(f"# {scheme}{parts}" + (" for all that has no solution below" if exact else ""), exact)
