"""What cells and synaptic mechanisms of PyNN 0.4 have in common: parameters with defaults and translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from brianhw.pynn.checks.domains import NUMBER, Domain, check, is_number, numbers_of
from brianhw.pynn.checks.refusals import ValueRefused
from brianhw.pynn.v04.errors import NonExistentParameterError

__all__ = ["Computed", "StandardModelType", "Translation"]


class Translation(NamedTuple):
    """A parameter as PyNN 0.13 has it: its name there, and what to multiply the value with."""

    name: str
    factor: float = 1.0


class Computed(NamedTuple):
    """A parameter that 0.13 has instead: its name, and how each follows from all parameters of the other version."""

    name: str
    forward: Callable[[Mapping[str, Any]], Any]
    reverse: Callable[[Mapping[str, Any]], Any]


class StandardModelType:
    """Base class of standardised cell and synapse models.

    Parameters
    ----------
    parameters : dict
        Those that differ from the defaults.

    Raises
    ------
    NonExistentParameterError, InvalidParameterValueError
        As :meth:`checkParameters`.
    """

    default_parameters: ClassVar[dict[str, Any]] = {}
    translations: ClassVar[dict[str, Translation | Computed]] = {}
    domains: ClassVar[Mapping[str, Domain]] = {}

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = self.checkParameters(parameters or {}, with_defaults=True)

    @classmethod
    def checkParameters(cls, supplied_parameters: Mapping[str, Any], with_defaults: bool = False) -> dict[str, Any]:
        """Return the parameters, each checked and as the type of its default; with *with_defaults*, all there are.

        Raises
        ------
        NonExistentParameterError
            If the model has no such parameter.
        InvalidParameterValueError
            If a value is not of the type of the default.
        """
        found = dict(cls.default_parameters) if with_defaults else {}
        for name, value in supplied_parameters.items():
            if name not in cls.default_parameters:
                raise NonExistentParameterError(name, cls)
            found[name] = cls._as_default(name, value)
        return found

    @classmethod
    def _as_default(cls, name: str, value: Any) -> Any:
        domain = {name: cls.domain_of(name)}
        if isinstance(cls.default_parameters[name], list):
            if isinstance(value, str) or not np.iterable(value):
                raise ValueRefused(f"{cls.__name__}: {name!r} must be a list of numbers, not {value!r}.")
            numbers = numbers_of(f"{cls.__name__}: {name!r}", np.asarray(list(value)))
            check(cls.__name__, {name: numbers}, domain)
            return [float(each) for each in numbers]
        if not is_number(value):
            raise ValueRefused(f"{cls.__name__}: {name!r} must be a number, not {value!r}.")
        check(cls.__name__, {name: float(value)}, domain)
        return float(value)

    @classmethod
    def domain_of(cls, name: str) -> Domain:
        """Return what a parameter can be: that of the parameter of 0.13, unless the class names it."""
        return cls.domains.get(name, NUMBER)

    @classmethod
    def translate(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters as those of PyNN 0.13."""
        found = {}
        for name, value in parameters.items():
            translation = cls.translations.get(name)
            if isinstance(translation, Computed):
                found[translation.name] = translation.forward({**cls.default_parameters, **parameters})
            elif translation is not None:
                found[translation.name] = value * translation.factor if translation.factor != 1 else value
        return found

    @classmethod
    def reverse_translate(cls, native_parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters of PyNN 0.13 as those of this version."""
        found = {}
        for name, translation in cls.translations.items():
            if translation.name in native_parameters:
                value = native_parameters[translation.name]
                if isinstance(translation, Computed):
                    found[name] = translation.reverse(native_parameters)
                else:
                    found[name] = value / translation.factor if translation.factor != 1 else value
        return found

    @classmethod
    def simple_parameters(cls) -> list[str]:
        """Return the names of parameters that 0.13 has with the same unit."""
        return [n for n, t in cls.translations.items() if isinstance(t, Translation) and t.factor == 1]

    @classmethod
    def scaled_parameters(cls) -> list[str]:
        """Return the names of parameters that 0.13 has with another unit."""
        return [n for n, t in cls.translations.items() if isinstance(t, Translation) and t.factor != 1]

    @classmethod
    def computed_parameters(cls) -> list[str]:
        """Return the names of parameters that follow from several others."""
        return [n for n, t in cls.translations.items() if isinstance(t, Computed)]

    def update_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Update the parameters with those given."""
        self.parameters.update(self.checkParameters(parameters))
