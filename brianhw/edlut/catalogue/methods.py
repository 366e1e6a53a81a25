"""EDLUT's integration methods, and what they are called in :mod:`brianhw.integration`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from brianhw.edlut.catalogue.parameters import ModelDescription, Parameter, as_single, checked, look_up
from brianhw.errors import EdlutWarning, ParameterError

__all__ = ["METHODS", "Method", "method_of"]

STEP = Parameter(0.001, "s", "Integration step", lowest=0.0, open=True)
SUBSTEPS = Parameter(2, "", "Number of substeps per step near a spike", lowest=1)

# in the order in which EDLUT lists them
METHODS: Mapping[str, Mapping[str, Parameter]] = {
    "BDF": {"bdf_order": Parameter(2, "", "Order of the formula, 1 to 6", lowest=1), "step": STEP},
    "Bifixed_Euler": {"n_steps": SUBSTEPS, "step": STEP},
    "Bifixed_RK2": {"n_steps": SUBSTEPS, "step": STEP},
    "Bifixed_RK4": {"n_steps": SUBSTEPS, "step": STEP},
    "Euler": {"step": STEP},
    "RK2": {"step": STEP},
    "RK4": {"step": STEP},
}
SCHEMES = {"Euler": "euler", "RK2": "heun", "RK4": "rk4"}
HIGHEST_ORDER = 6
LONG_STEP = 0.05  # seconds, from which on milliseconds may have been meant


class Method(NamedTuple):
    """An integration method: brianhw's name for it, its options, and the step in seconds."""

    scheme: str
    options: Mapping[str, Any]
    step: float

    @property
    def shortest_step(self) -> float:
        """The step around a spike; 0 for an implicit method, which is stable whatever its step."""
        return 0.0 if self.scheme == "bdf" else self.step / self.options.get("substeps", 1)


def method_of(owner: str, description: ModelDescription) -> Method:
    """Return the method that *owner* was given.

    Raises
    ------
    UnknownNameError, ParameterError
        If there is no such method, or a parameter is wrong.
    """
    name = description.model_name
    parameters = look_up(owner, "integration method", name, METHODS)
    given = {key: value for key, value in description.params_dict.items() if key != "name"}
    values = checked(f"{owner}, method {name}", parameters, given)
    if values["step"] > LONG_STEP:
        warnings.warn(
            f"{owner}, method {name}: a step of {values['step']:g} s; steps are in seconds. Are milliseconds meant?",
            EdlutWarning,
            stacklevel=4,
        )
    step = as_single(values["step"])
    if name == "BDF":
        if values["bdf_order"] > HIGHEST_ORDER:
            raise ParameterError(
                f"{owner}, method BDF: 'bdf_order' is 1 to {HIGHEST_ORDER}, not {values['bdf_order']}."
            )
        return Method("bdf", {"order": values["bdf_order"]}, step)
    if name.startswith("Bifixed_"):
        scheme = SCHEMES[name.removeprefix("Bifixed_")]
        return Method(f"bifixed_{scheme}", {"substeps": values["n_steps"]}, step)
    return Method(SCHEMES[name], {}, step)
