"""Parameters as EDLUT has them: plain numbers in fixed units, each with a default and a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from brianhw.errors import ParameterError, unknown_name

__all__ = ["Parameter", "ModelDescription", "as_single", "checked", "defaults", "is_float", "is_integer", "look_up"]

Known = TypeVar("Known")


class ModelDescription:
    """A model by name with its parameters: the value of ``int_meth``.

    Parameters
    ----------
    model_name : str
        Name of an integration method, as ``GetAvailableIntegrationMethods()`` lists them.
    params_dict : dict
        Its parameters; those left out have their defaults.

    Examples
    --------
    >>> import brianhw.edlut as pyedlut
    >>> method = pyedlut.PyModelDescription("Euler", {"step": 0.0002})  # seconds
    >>> simulation = pyedlut.PySimulation_API()
    >>> cells = simulation.AddNeuronLayer(3, "LIFTimeDrivenModel", {"int_meth": method})
    >>> print(cells, simulation.GetIntegrationMethodDefParams("Euler"))
    [0, 1, 2] {'name': 'Euler', 'step': 0.0010000000474974513}
    """

    def __init__(self, model_name: str, params_dict: Mapping[str, Any] | None = None) -> None:
        if not isinstance(model_name, str):
            raise ParameterError(f"PyModelDescription: model_name is a string, not {model_name!r}.")
        if not isinstance(params_dict, Mapping | None):
            raise ParameterError(f"PyModelDescription: params_dict is a dict, not {params_dict!r}.")
        self.model_name, self.params_dict = model_name, dict(params_dict or {})

    def __repr__(self) -> str:
        return f"PyModelDescription({self.model_name!r}, {self.params_dict!r})"


class Parameter(NamedTuple):
    """One parameter: its default, unit and meaning; whether each neuron may have its own; its range."""

    default: Any
    unit: str
    text: str
    vector: bool = False
    lowest: float | None = None
    open: bool = False  # whether the lowest value is excluded

    @property
    def info(self) -> str:
        """What a listing says of it."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.text}{unit}" + (": VECTOR" if self.vector else "")


def is_integer(value: Any) -> bool:
    """Say whether *value* is an integer number, of Python or NumPy; a truth value is none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_float(value: Any) -> bool:
    """Say whether *value* is a floating-point number, of Python or NumPy."""
    return isinstance(value, float | np.floating)


def as_single(value: float) -> float:
    """Return *value* in single precision, in which EDLUT keeps it, as a Python float."""
    return float(np.float32(value))


def defaults(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return the default values in alphabetical order, as EDLUT shows them: in single precision."""
    return {
        name: as_single(each.default) if is_float(each.default) else each.default
        for name, each in sorted(parameters.items())
    }


def checked(owner: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values *given*, those left out by default.

    Raises
    ------
    UnknownNameError
        If there is no such parameter.
    ParameterError
        If a value has another type than the default, or is out of range. An integer for a floating-point number is
        refused.
    """
    if not isinstance(given, Mapping):
        raise ParameterError(f"{owner}: parameters are a dict of names and values, not {given!r}.")
    values = {name: each.default for name, each in parameters.items()}
    for name, value in given.items():
        if name not in parameters:
            raise unknown_name(owner, "parameter", name, parameters)
        values[name] = check_value(owner, name, parameters[name], value)
    return values


def check_value(owner: str, name: str, parameter: Parameter, value: Any) -> Any:
    """Return one value in Python's type.

    Raises
    ------
    ParameterError
        As :func:`checked` does.
    """
    if isinstance(parameter.default, ModelDescription):
        if not isinstance(value, ModelDescription):
            raise ParameterError(
                f"{owner}: {name!r} is an integration method, such as PyModelDescription('Euler', {{'step': 0.001}}), "
                f"not {value!r}."
            )
        return value
    if isinstance(parameter.default, str):
        if not isinstance(value, str):
            raise ParameterError(f"{owner}: {name!r} is a string, not {value!r}.")
        return value
    if is_integer(parameter.default):
        if not is_integer(value):
            raise ParameterError(f"{owner}: {name!r} is an integer, not {value!r}.")
        value = int(value)
    elif is_integer(value):
        raise ParameterError(f"{owner}: {name!r} is a floating-point number, not the integer {value}: write {value}.0.")
    elif not is_float(value):
        raise ParameterError(f"{owner}: {name!r} is a floating-point number, not {value!r}.")
    else:
        value = float(value)
    lowest = parameter.lowest
    if not np.isfinite(value):
        raise ParameterError(f"{owner}: {name!r} must be finite, it was given {value}.")
    if lowest is not None and (value < lowest or (parameter.open and value == lowest)):
        limit = f"above {lowest:g}" if parameter.open else f"{lowest:g} or more"
        raise ParameterError(f"{owner}: {name!r} must be {limit}, it was given {value}.")
    return value


def look_up(owner: str, kind: str, name: Any, among: Mapping[str, Known]) -> Known:
    """Return the model, method or rule of this name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if not isinstance(name, str) or name not in among:
        raise unknown_name(owner, kind, name, among)
    return among[name]
