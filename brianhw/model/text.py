"""What neurons, blocks and synapses share: a name, equations, and values that are checked before they are set."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from brianhw.errors import ModelError, ParameterError, UnitError, unknown_name
from brianhw.model.lines import joined, trimmed, unshared

if TYPE_CHECKING:
    from brian2 import Equations

__all__ = ["GIVEN_BY_BRIAN2", "GroupModel", "Text", "distinct", "frozen", "lines", "merged"]

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


def merged(mappings: Iterable[Mapping[str, Any]], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values as one dict; a later mapping overrides an earlier one, *more* overrides all."""
    return {name: value for mapping in (*mappings, more) for name, value in mapping.items()}


_LINES = {"lines": True}  # marks a field of Brian2 text, which may be indented like the code around it


def lines() -> Any:
    """Return a field for Brian2 text, empty unless given."""
    return field(default="", metadata=_LINES)


@dataclass(frozen=True, eq=False)
class Text:
    """What neurons, blocks and synapses share: a name, a source and Brian2 equations.

    Its dataclasses say ``eq=False``: they are compared and hashed here, also where fields are mappings.
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

    @property
    def text(self) -> str:
        """The complete text of the model, for reading."""
        raise NotImplementedError  # pragma: no cover - each kind of model writes its own

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
        given = merged(values, more)
        self.check(given, len(group))
        self.refuse_missing(self.missing(given))
        self.assign(group, given, level=1)

    def update(self, group: Any, *values: Mapping[str, Any], **more: Any) -> None:
        """Give *group* only the values named, checked as in :meth:`set`; all else stays as it is."""
        given = merged(values, more)
        self.check(given, len(group))
        for name, value in given.items():
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
            if size is not None:
                self.check_count(name, int(np.size(value)), 1 if "shared" in equation.flags else size)

    def missing(self, values: Container[str]) -> list[str]:
        """Return the parameters that need a value and are not among the names in *values*."""
        return [name for name in self.parameters if name not in values and name not in self.optional]

    def refuse_missing(self, names: Sequence[str]) -> None:
        """Raise :class:`ParameterError` if there are *names* of parameters without a value."""
        if names:
            raise ParameterError(
                f"{self.name} needs a value for {', '.join(names)}. "
                "Give it by name, or in a parameter set (brianhw.parameters)."
            )

    def check_count(self, name: str, count: int, size: int) -> None:
        """Raise :class:`ParameterError` unless parameter *name* has one value, or *size* values."""
        if count not in (1, size):
            limit = "one value, shared by the group" if size == 1 else f"1 or {size} values"
            raise ParameterError(f"{self.name}: {name!r} takes {limit}; it was given {count}.")

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


class GroupModel(Text, Mapping[str, Any]):
    """A model that a Brian2 group is made of: a mapping of the group's arguments, as in ``NeuronGroup(n, **model)``."""

    __eq__ = object.__eq__  # two models are the same only if they are one object; Mapping would compare keys
    __hash__ = Text.__hash__

    def _own_arguments(self) -> Mapping[str, Any]:
        """Return the arguments beside equations and namespace; empty texts are left out."""
        raise NotImplementedError  # pragma: no cover - each of the two says

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        own = {key: value for key, value in self._own_arguments().items() if value or not isinstance(value, str)}
        return {"model": self.parsed, "namespace": dict(self.namespace), **own}

    def __getitem__(self, key: str) -> Any:
        return self._group_arguments[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_arguments)

    def __len__(self) -> int:
        return len(self._group_arguments)
