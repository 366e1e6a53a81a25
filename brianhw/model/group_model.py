"""Models that Brian2 groups are made of: the arguments of a group, and values that are checked before they are set."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

from brianhw import html
from brianhw.errors import ModelError, ParameterError, UnitError, unknown_name
from brianhw.model.own_names import OwnNames, leave_out_warnings
from brianhw.model.text import Text

__all__ = ["GroupModel", "merged"]


def merged(mappings: Iterable[Mapping[str, Any]], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values as one dict; a later mapping overrides an earlier one, *more* overrides all."""
    return {name: value for mapping in (*mappings, more) for name, value in mapping.items()}


class GroupModel(Text, Mapping[str, Any]):
    """A model that a Brian2 group is made of: a mapping of the group's arguments, as in ``NeuronGroup(n, **model)``.

    Examples
    --------
    >>> from brian2 import NeuronGroup, ms, mV, nA
    >>> from brianhw.equations import LIF
    >>> from brianhw.parameters import lif
    >>> group = NeuronGroup(3, **LIF)
    >>> LIF.set(group, lif.PYNN_DEFAULTS, V_th=[-50, -52, -54]*mV)
    >>> LIF.update(group, t_ref=2*ms)  # all else stays
    >>> print(group.V_th/mV, group.t_ref/ms)
    [-50. -52. -54.] [2. 2. 2.]
    >>> LIF.set(group, lif.PYNN_DEFAULTS, V_th=50)
    Traceback (most recent call last):
        ...
    brianhw.errors.UnitError: LIF: 'V_th' is in volt, it was given a number without unit.
    """

    __eq__ = object.__eq__  # two models are the same only if they are one object; Mapping would compare keys
    __hash__ = Text.__hash__

    def _own_arguments(self) -> Mapping[str, Any]:
        """Return the arguments beside equations and namespace; empty texts are left out."""
        raise NotImplementedError  # pragma: no cover - each of the two says

    @cached_property
    def _group_arguments(self) -> dict[str, Any]:
        own = {key: value for key, value in self._own_arguments().items() if value or not isinstance(value, str)}
        leave_out_warnings()
        return {"model": self.parsed, "namespace": OwnNames(self.namespace), **own}

    def __getitem__(self, key: str) -> Any:
        return self._group_arguments[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group_arguments)

    def __len__(self) -> int:
        return len(self._group_arguments)

    def _repr_html_(self) -> str:
        from brian2.units.fundamentalunits import get_unit

        text = html.paragraph(self.name) + html.preformatted(self.text)
        try:
            parsed = self.parsed
        except ModelError as error:  # it is shown, so that it can be mended
            return text + html.paragraph(str(error))
        rows = []
        for name in (*self.state_variables, *self.parameters):
            kind = "parameter" if name in parsed.parameter_names else "state variable"
            dimensions = parsed[name].dim
            unit = "1" if dimensions.is_dimensionless else str(get_unit(dimensions))
            rows.append([name, kind, unit, ", ".join(parsed[name].flags)])
        return text + html.table(["name", "kind", "unit", "of Brian2"], rows)

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
        self.check({**self._beside(group, given), **given}, len(group))
        self.refuse_missing(self.missing(given))
        self._check_step(group, given)
        before = self._before(group, given)
        with self.together(group):
            self.assign(group, given, level=1)
        self._settled(group, before)

    def update(self, group: Any, *values: Mapping[str, Any], **more: Any) -> None:
        """Give *group* only the values named, checked as in :meth:`set`; all else stays as it is."""
        given = merged(values, more)
        self.check({**self._beside(group, given), **given}, len(group))
        before = self._before(group, given)
        with self.together(group):
            for name, value in given.items():
                group.__setattr__(name, value, level=1)
        self._settled(group, before)

    def _beside(self, group: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values of *group* that those *given* must fit to."""
        return {}

    def _before(self, group: Any, given: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what to go back to if values turn out to be wrong that can only be checked when they are set."""
        return None

    def _check_step(self, group: Any, given: Mapping[str, Any]) -> None:
        """Raise if the step of *group* is too long for the model with the values *given*."""

    def together(self, group: Any) -> AbstractContextManager[None]:
        """Let values that must fit to each other be written one by one in the block."""
        return nullcontext()

    def _settled(self, group: Any, before: Mapping[str, Any] | None) -> None:
        """Do what follows from the values of *group*, after it has got some."""

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
            if (
                name not in parameters or name not in values
            ):  # a parameter that statements write has an initial value, too
                group.__setattr__(name, value, level=level + 1)
