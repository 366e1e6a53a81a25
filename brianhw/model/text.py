"""What neurons, blocks and synapses share: a name, a source and Brian2 equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from textwrap import shorten
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from brianhw import html
from brianhw.errors import ModelError, unknown_name
from brianhw.model.lines import joined, trimmed, unshared

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = ["GIVEN_BY_BRIAN2", "Text", "called", "distinct", "frozen", "lines"]

# Names that Brian2 gives to every group, so that a text may use them without defining them.
GIVEN_BY_BRIAN2 = frozenset(
    "t dt t_in_timesteps i j N N_pre N_post N_incoming N_outgoing lastspike not_refractory True False".split()
)


def frozen(mapping: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return *mapping* as one that cannot change."""
    # one that cannot change already need not be copied, and may make its values when it is looked at
    return MappingProxyType(dict(mapping) if isinstance(mapping, MutableMapping) else mapping or {})


def distinct(owner: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return both mappings as one, refusing a key that stands in both with two meanings."""
    for name in first.keys() & second.keys():
        if first[name] != second[name]:
            raise ModelError(f"{owner}: {name!r} is defined twice, as {first[name]!r} and as {second[name]!r}.")
    return frozen({**first, **second})


def called(thing: object) -> str:
    """Return what a message calls *thing*: the kind and name of a model, and of all else no more than a line."""
    return f"{type(thing).__name__} {thing.name!r}" if isinstance(thing, Text) else shorten(repr(thing), 60)


_LINES = {"lines": True}  # marks a field of Brian2 text, which may be indented like the code around it


def lines() -> Any:
    """Return a field for Brian2 text, empty unless given."""
    return field(default="", metadata=_LINES)


@dataclass(frozen=True, eq=False)
class Text:
    """What neurons, blocks and synapses share: a name, a source and Brian2 equations.

    Its dataclasses say ``eq=False``: they are compared and hashed here, also where fields are mappings.

    Examples
    --------
    >>> from brianhw.equations import LIF, pair_stdp
    >>> LIF.state_variables, LIF.parameters
    (('v',), ('C_m', 'E_L', 'I_ext', 'V_reset', 'V_th', 'g_L', 't_ref'))
    >>> pair_stdp("I", unit="amp").positive  # checked before a group gets values
    ('tau_plus', 'tau_minus')
    >>> print(LIF.per_neuron("V_th").parsed["V_th"].flags, LIF.source)
    ['constant'] Lapicque 1907; Gerstner et al. 2014, Neuronal Dynamics, eqs. 1.5-1.8
    """

    name: str
    equations: str = field(metadata=_LINES)
    source: str = ""
    initial: Mapping[str, str] = field(default_factory=dict)  # state variable -> Brian2 expression
    optional: tuple[str, ...] = ()  # parameters that are zero where no value is given
    namespace: Mapping[str, Any] = field(default_factory=dict)
    positive: tuple[str, ...] = ()  # parameters that must be above zero: time constants, capacitances
    not_negative: tuple[str, ...] = ()  # parameters that must not be below zero
    unbounded: tuple[str, ...] = ()  # parameters that may be infinite: a threshold that is never reached

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.metadata == _LINES:
                object.__setattr__(self, each.name, trimmed(value))
            elif isinstance(value, Mapping):
                object.__setattr__(self, each.name, frozen(value))

    def __reduce__(self) -> tuple[Any, ...]:
        # mapping proxies cannot be pickled; plain dicts are frozen again on the way in
        return type(self), tuple(dict(each) if isinstance(each, Mapping) else each for each in self._content())

    def _content(self) -> tuple[Any, ...]:
        return tuple(getattr(self, each.name) for each in fields(self))

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.name, self.equations))

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Text):
            return NotImplemented
        raise ModelError(f"{self.name} + {other.name}: {self._why_not(other)}")

    def _why_not(self, other: Text) -> str:
        """Say why *other* cannot be added, and what can be done."""
        return "only blocks are added, and only to neurons and to each other."

    @property
    def text(self) -> str:
        """The complete text of the model, for reading."""
        raise NotImplementedError  # pragma: no cover - each kind of model writes its own

    def _repr_html_(self) -> str:
        return html.preformatted(self.text)

    def _title(self) -> str:
        return joined(f"# {self.name}", *(f"# Source: {line}" for line in self.source.splitlines()))

    def _initial_section(self) -> tuple[str, str]:
        values = "\n".join(f"{name} = {value}" for name, value in self.initial.items())
        return "initial values, zero for all others", values

    @property
    def full_equations(self) -> str:
        """The equations as Brian2 gets them."""
        return self.equations

    @cached_property
    def parsed(self) -> Equations:
        """The equations, parsed by Brian2.

        Raises
        ------
        ModelError
            If a name is defined twice, is used without being defined, or the text cannot be parsed.
        """
        from brian2 import Equations

        try:
            parsed = Equations(self.full_equations)
        except Exception as error:
            raise ModelError(f"{self.name}: {error}") from error
        self._check_names(parsed)
        return parsed

    def _check_names(self, parsed: Equations) -> None:
        from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS

        known = GIVEN_BY_BRIAN2 | parsed.names | self.namespace.keys() | parsed.stochastic_variables
        known |= DEFAULT_CONSTANTS.keys() | DEFAULT_FUNCTIONS.keys() | DEFAULT_UNITS.keys()
        for where, used in {"the equations": parsed.identifiers, **self._statements()}.items():
            for name in sorted(used - known):
                if self._is_elsewhere(name):
                    continue
                use = "use" if where.endswith("s") else "uses"
                raise ModelError(
                    f"{self.name}: {where} {use} {name!r}, which nothing defines. "
                    f"Add a block or a line that does; defined are {', '.join(sorted(parsed.names))}."
                )

    def _statements(self) -> Mapping[str, set[str]]:
        """Return the names that code beside the equations uses, by where it stands."""
        return {}

    def _is_elsewhere(self, name: str) -> bool:
        """Say whether *name* is defined outside this model (the pre- or postsynaptic group)."""
        return False

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that need a value, in alphabetical order."""
        return tuple(sorted(self.parsed.parameter_names))

    @property
    def state_variables(self) -> tuple[str, ...]:
        """The names that have a differential equation, in alphabetical order."""
        return tuple(sorted(self.parsed.diff_eq_names))

    def renamed(self, name: str) -> Any:
        """Return the same model under another *name*."""
        return replace(self, name=name)

    def with_flags(self, names: Iterable[str], flags: str) -> Any:
        """Return the model with the Brian2 *flags* of the parameters *names* replaced.

        ``with_flags(("Iampa_tau",), "constant")`` turns a shared parameter into one value per neuron.
        """
        text = self.equations
        names = tuple(names)
        for name in names:
            text = self._replaced_line(text, name, rf"\1({flags})" if flags else r"\1")
        if not {"shared", "linked"} & set(re.findall(r"\w+", flags)):
            text = unshared(text, names)
        return replace(self, equations=text)

    def _replaced_line(self, text: str, name: str, replacement: str) -> str:
        pattern = rf"(?m)^(\s*{re.escape(name)}\s*:[^(#\n]*)(\([^)\n]*\))?"
        text, count = re.subn(pattern, replacement, text)
        if not count:
            raise unknown_name(self.name, "parameter", name, self.parameters)
        return text

    def per_neuron(self, *names: str) -> Any:
        """Return the model in which each neuron has its own value of the parameters *names*."""
        return self.with_flags(names, "constant")
