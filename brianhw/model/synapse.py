"""Synapses as Brian2 text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from brianhw.errors import ParameterError
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
    bounds : (str, str), optional
        Between which two parameters the weight stays; ``"0"`` for zero. A weight beyond them is refused by ``set``
        and, after it, in whatever way the weights or their bounds are written.
    post_first : bool
        Whether a postsynaptic spike acts before presynaptic ones of the same step, which is not Brian2's order; ``set``
        and ``update`` see to it.

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
    bounds: tuple[str, str] | None = None
    post_first: bool = False

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

    # -- a weight within its bounds -----------------------------------------------------------------

    def check(self, values: Mapping[str, Any], size: int | None = None, *, only_parameters: bool = False) -> None:
        super().check(values, size, only_parameters=only_parameters)
        self.check_bounds(values)

    def check_bounds(self, values: Mapping[str, Any]) -> None:
        """Raise where a weight among *values*, in SI units, is beyond its bounds, as far as they are numbers.

        Raises
        ------
        ParameterError
            Naming the weight and both bounds. It could never be what was asked for: the first spike would cut it.
        """
        if self.bounds is None or self._is_open(values):
            return
        import numpy as np
        from brian2 import Quantity

        low, high, weights = np.broadcast_arrays(
            *(
                0.0 if name == "0" else np.asarray(values.get(name, 0.0), dtype=float)
                for name in (*self.bounds, self.weight)
            )
        )
        if self.bounds[0] != "0":  # weights may be negative: the second is the strong end
            low, high = np.minimum(low, high), np.maximum(low, high)
        slack = 1e-9 * np.maximum(abs(low), abs(high))  # 0.1*nA is not 1e-10*amp, to the bit
        wrong = ~((weights >= low - slack) & (weights <= high + slack))  # NaN is wrong
        if not wrong.any():
            return
        at = int(np.argmax(wrong))
        dimensions = self.parsed[self.weight].dim
        asked, least, most = (Quantity(each.flat[at], dim=dimensions) for each in (weights, low, high))
        if least > most:
            raise ParameterError(f"{self.name}: {self.bounds[1]!r} must be zero or more, it was given {most}.")
        ends = " to ".join(self.bounds)
        some = f", and so {'are' if wrong.sum() > 2 else 'is'} {wrong.sum() - 1} more" if wrong.sum() > 1 else ""
        raise ParameterError(
            f"{self.name}: {self.weight!r} must be within {ends}, from {least} to {most}; it was given {asked}{some}. "
            f"Give another weight, or another {self.bounds[1]}."
        )

    def _is_open(self, values: Mapping[str, Any]) -> bool:
        """Say whether a weight or a bound is missing among *values*, or an expression."""
        return any(isinstance(values.get(name, self._unless_given(name)), str) for name in self._bounded)

    def _unless_given(self, name: str) -> Any:
        return 0.0 if name in self.optional else ""

    @property
    def _bounded(self) -> list[str]:
        return [name for name in (self.weight, *(self.bounds or ())) if name != "0"]

    def _beside(self, group: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
        names = self._bounded if self.bounds else []
        if not set(names) & given.keys():
            return {}
        return _read(group, [name for name in names if name not in given])

    def _before(self, group: Any, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if self.bounds is None or not any(isinstance(given.get(name), str) for name in self._bounded):
            return None
        return _read(group, given)

    def together(self, group: Any) -> AbstractContextManager[None]:
        if self.bounds is None:
            return super().together(group)
        from brianhw.model.held import let_go

        return let_go(group, tuple(self._bounded))

    def hold(self, group: Any) -> None:
        """Refuse from now on what a script writes into the weights of *group*, or their bounds, that is beyond them."""
        if self.bounds is None:
            return
        from brianhw.model.held import hold

        hold(group, tuple(self._bounded), self.check_bounds)

    def check_written(self, group: Any, index: Any, weights: Any) -> None:
        """Raise if *weights* (SI units) of the synapses *index* of *group* are beyond bounds that it holds.

        Raises
        ------
        ParameterError
            As :meth:`check_bounds`.
        """
        import numpy as np

        from brianhw.model.held import rule_of

        if self.bounds is None or rule_of(group, self.weight) is None:
            return
        ends = _read(group, [name for name in self._bounded if name != self.weight])
        here = {name: each if np.size(each) == 1 else each[index] for name, each in ends.items()}
        self.check_bounds({**here, self.weight: weights})

    def _settled(self, group: Any, before: Mapping[str, Any] | None) -> None:
        if before:
            try:
                self.check_bounds(_read(group, self._bounded))
            except ParameterError:
                with self.together(group):
                    for name, value in before.items():
                        setattr(group, name, value)
                raise
        self.hold(group)
        if self.post_first:
            group.post.order = group.pre.order - 1
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
            ("on_post, before on_pre" if self.post_first else "on_post", self.on_post),
            ("on_trigger", self.on_trigger),
            (f"on_delayed, {self.delayed_by} after on_pre", self.on_delayed),
            self._initial_section(),
        )


def _read(group: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return copies of values of *group* as they are now; none in a program that has yet to run."""
    import numpy as np

    try:
        return {name: np.array(getattr(group, name)[:], subok=True) for name in names}
    except NotImplementedError:
        return {}
