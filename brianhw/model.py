"""Models as mathematics: Brian2 text with input ports, put together with ``+``.

A :class:`NeuronModel` is the text of a neuron with named *ports*, sums that are still empty. A
:class:`Block` (a receptor, an adaptation current, a feedback) brings equations of its own and *feeds* a
port with a sign::

    cell = ADEX + exponential_current("exc") + exponential_current("inh", "-")
    print(cell.text)                       # all of it, to check against the paper
    group = NeuronGroup(100, **cell)       # any Brian2 group, any device
    cell.set(group, REGULAR_SPIKING, tau_exc=5 * ms, tau_inh=10 * ms)

Models are frozen: every operation gives a new one. The text is parsed (and Brian2 imported) at first use.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from textwrap import dedent, indent
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from brianhw.errors import ModelError, ParameterError, UnitError, unknown_name
from brianhw.integration import Integrator

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = ["Block", "Feed", "NeuronModel", "SynapseModel"]

# Names that Brian2 gives to every group, so that a text may use them without defining them.
GIVEN_BY_BRIAN2 = frozenset(
    "t dt t_in_timesteps i j N N_pre N_post N_incoming N_outgoing lastspike not_refractory True False".split()
)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


class Feed(NamedTuple):
    """One term of a port: ``port += sign expression``."""

    port: str
    expression: str
    sign: str = "+"


def _frozen(mapping: Mapping[str, Any] | None) -> Mapping[str, Any]:
    # a mapping that cannot change need not be copied, and may make its values when it is looked at
    return MappingProxyType(dict(mapping) if isinstance(mapping, MutableMapping) else mapping or {})


def _merged(mappings: Iterable[Mapping[str, Any]], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values as one dict; a later mapping overrides an earlier one, *more* overrides all."""
    merged: dict[str, Any] = {}
    for mapping in (*mappings, more):
        merged.update(mapping)
    return merged


def _lines(text: str) -> str:
    return dedent(text).strip("\n").rstrip()


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _distinct(owner: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return both mappings as one, refusing a key that stands in both with two meanings."""
    for name in first.keys() & second.keys():
        if first[name] != second[name]:
            raise ModelError(f"{owner}: {name!r} is defined twice, as {first[name]!r} and as {second[name]!r}.")
    return _frozen({**first, **second})


@dataclass(frozen=True)
class _Text:
    """What neurons, blocks and synapses share: a name, a source and Brian2 equations."""

    name: str
    equations: str
    source: str = ""
    initial: Mapping[str, str] = field(default_factory=dict)  # state variable -> Brian2 expression
    optional: tuple[str, ...] = ()  # parameters that are zero where no value is given
    namespace: Mapping[str, Any] = field(default_factory=dict)
    positive: tuple[str, ...] = ()  # parameters that must be above zero: time constants, capacitances
    not_negative: tuple[str, ...] = ()  # parameters that must not be below zero
    unbounded: tuple[str, ...] = ()  # parameters that may be infinite: a threshold that is never reached

    def __post_init__(self) -> None:
        object.__setattr__(self, "equations", _lines(self.equations))
        for item in self.__dataclass_fields__:
            value = getattr(self, item)
            if isinstance(value, Mapping):
                object.__setattr__(self, item, _frozen(value))

    def __reduce__(self) -> tuple[Any, ...]:
        # mapping proxies cannot be pickled; plain dicts are frozen again on the way in
        values = (getattr(self, item) for item in self.__dataclass_fields__)
        return type(self), tuple(dict(value) if isinstance(value, Mapping) else value for value in values)

    def __hash__(self) -> int:
        return hash((type(self), self.name, self.equations))

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The complete text of the model, for reading."""
        raise NotImplementedError  # pragma: no cover - each kind of model writes its own

    def _title(self) -> str:
        return _joined(f"# {self.name}", *(f"# Source: {line}" for line in self.source.splitlines()))

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
                raise ModelError(
                    f"{self.name}: {where} use {name!r}, which nothing defines. "
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

    # -- values ---------------------------------------------------------------------------------

    def set(self, group: Any, *values: Mapping[str, Any], **more: Any) -> None:
        """Give *group* the parameter values, then the initial values, in one call.

        Parameters
        ----------
        group : NeuronGroup, Subgroup or Synapses
            A group made from this model.
        *values : mapping of str to Quantity or str
            Parameter sets; a later one overrides an earlier one. Values are scalars, arrays of one value
            per neuron (or synapse), or Brian2 expressions. State variables may be among them.
        **more : Quantity or str
            Single values, which override the sets.

        Raises
        ------
        UnknownNameError
            If a name is neither a parameter nor a state variable; the nearest known name is given.
        ParameterError, UnitError
            If a parameter is left without a value, or a value has the wrong unit or shape. Nothing has
            been set then.
        """
        merged = _merged(values, more)
        missing = self.missing(merged)
        self.check(merged, len(group))
        if missing:
            raise ParameterError(
                f"{self.name} needs a value for {', '.join(missing)}. "
                "Give it by name, or in a parameter set (brianhw.parameters)."
            )
        self.assign(group, merged, level=1)

    def update(self, group: Any, *values: Mapping[str, Any], **more: Any) -> None:
        """Give *group* only the values named, checked as in :meth:`set`; all else stays as it is."""
        merged = _merged(values, more)
        self.check(merged, len(group))
        for name, value in merged.items():
            group.__setattr__(name, value, level=1)

    def check(self, values: Mapping[str, Any], size: int | None = None, *, only_parameters: bool = False) -> None:
        """Raise if one of the *values* does not exist, has the wrong unit, or does not fit *size* neurons."""
        import numpy as np
        from brian2 import get_dimensions, have_same_dimensions
        from brian2.units.fundamentalunits import get_unit

        settable = set(self.parsed.parameter_names)
        kind = "parameter"
        if not only_parameters:
            settable |= self.parsed.diff_eq_names
            kind += " or state variable"
        for name, value in values.items():
            if name not in settable:
                raise unknown_name(self.name, kind, name, settable)
            if isinstance(value, str):
                continue
            equation = self.parsed[name]
            if not have_same_dimensions(value, equation.dim):
                unit = "a number without unit" if equation.dim.is_dimensionless else f"in {get_unit(equation.dim)!r}"
                asked = "a number without unit" if get_dimensions(value).is_dimensionless else repr(value)
                raise UnitError(f"{self.name}: {name!r} is {unit}, it was given {asked}.")
            self._check_sign(name, np.asarray(value, dtype=float), value)
            count = int(np.size(value))
            allowed = {1} if "shared" in equation.flags else {1, size}
            if size is not None and count not in allowed:
                limit = "one value, shared by the group" if allowed == {1} else f"1 or {size} values"
                raise ParameterError(f"{self.name}: {name!r} takes {limit}; it was given {count}.")

    def missing(self, values: Container[str]) -> list[str]:
        """Return the parameters that need a value and are not among the names in *values*."""
        return [name for name in self.parameters if name not in values and name not in self.optional]

    def _check_sign(self, name: str, numbers: Any, value: Any) -> None:
        for names, wrong, limit in (  # NaN is wrong in both
            (self.positive, ~(numbers > 0), "above zero"),
            (self.not_negative, ~(numbers >= 0), "zero or more"),
        ):
            if name in names and wrong.any():
                raise ParameterError(f"{self.name}: {name!r} must be {limit}, it was given {value}.")

    def assign(self, group: Any, values: Mapping[str, Any], level: int = 0) -> None:
        """Give *group* the values, parameters first, then initial states; nothing is checked beforehand."""
        parameters = set(self.parameters)
        for name, value in values.items():
            if name in parameters:
                group.__setattr__(name, value, level=level + 1)  # level: where expressions find the caller's names
        # "v starts at E_L" needs no expression where the value of E_L is at hand (in C++, a file to compile less)
        initial = {name: values.get(start, start) for name, start in self.initial.items()}
        for name, value in {**initial, **values}.items():
            if name not in parameters:
                group.__setattr__(name, value, level=level + 1)


@dataclass(frozen=True)
class _Part(_Text):
    """What neurons and blocks share: ports, terms that feed them, exact solutions and floors."""

    feeds: tuple[Feed, ...] = ()
    reset: str = ""
    solutions: Mapping[str, str] = field(default_factory=dict)  # variable -> its value after one step dt
    floors: Mapping[str, str] = field(default_factory=dict)  # variable -> value it never falls below
    jacobian: Mapping[str, str] = field(default_factory=dict)  # variable -> derivative of its slope by itself

    __hash__ = _Text.__hash__

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "reset", _lines(self.reset))
        object.__setattr__(self, "feeds", tuple(Feed(*feed) for feed in self.feeds))
        for feed in self.feeds:
            if feed.sign not in ("+", "-"):
                raise ModelError(f"{self.name}: the sign of {feed.expression!r} is {feed.sign!r}; use '+' or '-'.")

    def _combined(self, other: _Part) -> dict[str, Any]:
        """Return the fields of this part and *other* together, refusing names that both define."""
        owner = f"{self.name} + {other.name}"
        twice = _defined(self.equations) & _defined(other.equations)
        if twice:
            raise ModelError(f"{owner}: {', '.join(sorted(twice))} defined twice. Give one of the two another name.")
        return {
            "name": owner,
            "equations": _joined(self.equations, f"\n# {other.name}", other.equations),
            "source": "\n".join(dict.fromkeys([*self.source.splitlines(), *other.source.splitlines()])),
            "initial": _distinct(owner, self.initial, other.initial),
            "optional": self.optional + other.optional,
            "namespace": _distinct(owner, self.namespace, other.namespace),
            "positive": self.positive + other.positive,
            "not_negative": self.not_negative + other.not_negative,
            "unbounded": self.unbounded + other.unbounded,
            "feeds": self.feeds + other.feeds,
            "reset": _joined(self.reset, other.reset),
            "solutions": _distinct(owner, self.solutions, other.solutions),
            "floors": _distinct(owner, self.floors, other.floors),
            "jacobian": _distinct(owner, self.jacobian, other.jacobian),
        }


def unshared(equations: str, names: Iterable[str]) -> str:
    """Return *equations* in which no subexpression that depends on *names* is flagged as shared any more."""
    varying = set(names)
    lines = equations.splitlines()
    found = True
    while found:
        found = False
        for number, line in enumerate(lines):
            shared = re.match(r"(\s*(\w+)\s*=([^:#]*):[^(#]*)\(shared\)(.*)", line)
            if shared and varying & set(_IDENTIFIER.findall(shared[3])):
                lines[number] = f"{shared[1]}{shared[4]}"
                varying.add(shared[2])
                found = True
    return "\n".join(lines)


def _defined(equations: str) -> set[str]:
    """Return the names that the lines of *equations* define, without parsing them."""
    names = set()
    for line in equations.splitlines():
        found = re.match(r"\s*(?:d(\w+)/dt\s*=|(\w+)\s*[=:])", line)
        if found:
            names.add(found[1] or found[2])
    return names


@dataclass(frozen=True)
class Block(_Part):
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

    __hash__ = _Text.__hash__

    def __add__(self, other: Block) -> Block:
        if not isinstance(other, Block):
            return NotImplemented
        return Block(**self._combined(other))

    @property
    def text(self) -> str:
        """The block's equations and the terms it adds to ports."""
        terms = [f"# {feed.port} {feed.sign}= {feed.expression}" for feed in self.feeds]
        reset = f"# at a spike:\n{indent(self.reset, '    ')}" if self.reset else ""
        return _joined(self.equations, *terms, reset)


@dataclass(frozen=True)
class NeuronModel(_Part, Mapping[str, Any]):
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

    __hash__ = _Text.__hash__

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
        combined["reset"] = _joined(other.reset, self.reset)
        return replace(self, **combined)

    # -- Brian2 ---------------------------------------------------------------------------------

    @property
    def full_equations(self) -> str:
        """The equations with every port written out as the sum of what feeds it."""
        return _joined(self.equations, "\n# input ports" if self.ports else "", *map(self._port_line, self.ports))

    def _port_line(self, port: str) -> str:
        unit = self.ports[port]
        terms = [feed for feed in self.feeds if feed.port == port]
        total = " ".join(f"{feed.sign} {_as_term(feed.expression)}" for feed in terms).removeprefix("+ ")
        return f"{port} = {total or f'0*{unit}'} : {unit}"

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

    def __getitem__(self, key: str) -> Any:
        return self._group_arguments[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_arguments)

    def __len__(self) -> int:
        return len(self._group_arguments)

    __eq__ = object.__eq__  # two models are the same only if they are one object; Mapping would compare keys

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"threshold": self.threshold}
        for name in self.solutions:
            texts[f"solution of {name!r}"] = self.solutions[name]
        for name in self.floors:
            texts[f"floor of {name!r}"] = self.floors[name]
        reset = {"reset statements": _names_in(self.reset) - _assigned_in(self.reset)}
        return {**{where: _names_in(text) for where, text in texts.items()}, **reset}

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
        sections.append(("initial values, zero for all others", _initial_text(self.initial)))
        sections.append(("integration", self._integration_text()))
        return "\n\n".join(_joined(f"# {title}" if title else "", body) for title, body in sections if body)

    def _integration_text(self) -> str:
        exact = (
            ""
            if self.scheme == "exact"
            else _joined(
                *(f"{name}(t + dt) = {solution}" for name, solution in self.solutions.items()),
                *(f"{name} >= {floor}" for name, floor in self.floors.items()),
            )
        )
        parts = f", {self.substeps} parts to a step" if self.substeps > 1 else ""
        return _joined(f"# {self.scheme}{parts}" + (" for all that has no solution below" if exact else ""), exact)


def _as_term(expression: str) -> str:
    """Return *expression* such that a sign before it holds for all of it."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:  # Brian2 says what is wrong with it when the whole is parsed
        return expression
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Sub))
    return f"({expression})" if is_sum else expression


def _initial_text(initial: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in initial.items())


def _names_in(statements: str) -> set[str]:
    code = "\n".join(line.split("#")[0] for line in statements.splitlines())
    return {name for name in _IDENTIFIER.findall(code) if name not in {"and", "or", "not"}}


def _assigned_in(statements: str) -> set[str]:
    """Return the names that statements give a value, which need not be defined elsewhere."""
    return set(re.findall(r"(?m)^\s*([A-Za-z_]\w*)\s*=(?!=)", statements))


@dataclass(frozen=True)
class SynapseModel(_Text, Mapping[str, Any]):
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

    __hash__ = _Text.__hash__
    __eq__ = object.__eq__

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "on_pre", _lines(self.on_pre))
        object.__setattr__(self, "on_post", _lines(self.on_post))

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"model": self.parsed, "namespace": dict(self.namespace)}
        for key in ("on_pre", "on_post", "method"):
            if getattr(self, key):
                arguments[key] = getattr(self, key)
        return arguments

    def __getitem__(self, key: str) -> Any:
        return self._group_arguments[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_arguments)

    def __len__(self) -> int:
        return len(self._group_arguments)

    def _statements(self) -> Mapping[str, set[str]]:
        texts = {"on_pre statements": self.on_pre, "on_post statements": self.on_post}
        return {where: _names_in(text) - _assigned_in(text) for where, text in texts.items()}

    def _is_elsewhere(self, name: str) -> bool:
        return name.endswith(("_pre", "_post"))

    @property
    def text(self) -> str:
        """All of the model: equations, the statements at each spike and initial values."""
        sections = [("", self._title()), ("", self.equations), ("on_pre", self.on_pre), ("on_post", self.on_post)]
        sections.append(("initial values, zero for all others", _initial_text(self.initial)))
        return "\n\n".join(_joined(f"# {title}" if title else "", body) for title, body in sections if body)
