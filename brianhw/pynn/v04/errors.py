"""The exceptions of PyNN 0.4: PyNN's own, which later versions kept."""

from __future__ import annotations

from typing import Any

from pyNN.errors import ConnectionError, InvalidDimensionsError, InvalidModelError, InvalidParameterValueError
from pyNN.errors import RoundingWarning as RoundingWarning
from pyNN.standardmodels import ModelNotAvailable

from brianhw.pynn.checks.refusals import UnknownParameter

__all__ = [
    "ConnectionError",
    "InvalidDimensionsError",
    "InvalidModelError",
    "InvalidParameterValueError",
    "ModelNotAvailable",
    "NonExistentParameterError",
    "RoundingWarning",
]


class NonExistentParameterError(UnknownParameter):
    """A parameter that a model does not have; the message names those it has."""

    def __init__(self, parameter_name: str, standard_model: Any) -> None:
        known = getattr(standard_model, "default_parameters", {})
        super().__init__(getattr(standard_model, "__name__", str(standard_model)), parameter_name, known)
        self.standard_model = standard_model

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.parameter_name, self.standard_model)
