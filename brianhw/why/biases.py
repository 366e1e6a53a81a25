"""What sets a parameter of a neuron to a value: on a board the bias, and the code that is enough."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.errors import ParameterError
from brianhw.why.saying import short

__all__ = ["bias_for"]


def bias_for(group: Any, parameter: str, value: float, neuron: int) -> str:
    """Return what to set so that a neuron has at least *value* (SI units) of a parameter.

    On a board that is the nearest code of its core that gives as much, mismatch of the neuron included.
    """
    dimensions = group.variables[parameter].dim
    said = f"{value:.3g}" if dimensions.is_dimensionless else short(value, dimensions)
    core = _core_of(group, neuron)
    line = None if core is None else core.bias_map.by_parameter.get(parameter)
    if line is None:
        return f"{parameter} to {said}"
    try:
        code = _code(core, parameter, value / float(group.mismatch(parameter)[neuron]))
    except ParameterError:
        return f"{line.name} ({parameter}) to {said}, beyond its codes"
    return f"{line.name} to ({code.coarse}, {code.fine}), {parameter} {said}"


def _core_of(group: Any, neuron: int) -> Any:
    """Return the core of a board that a neuron is on; None if it is on none."""
    if not hasattr(group, "mismatch"):
        return None
    return group.cores[int(np.searchsorted(group.placement.cores, group.placement.core_of[neuron]))]


def _code(core: Any, parameter: str, value: float) -> Any:
    """Return the nearest code that gives a parameter at least *value*, before mismatch."""
    silicon = core._silicon({})  # what no bias sets
    asked = value
    for _ in range(60):  # codes are steps of up to a few per cent: the nearest may be one below
        found = core.bias_map.code_for(parameter, asked, core.codes, silicon=silicon)
        if found.realised >= value * (1 - 1e-9):
            return found.code
        asked *= 1.005
    raise ParameterError(f"No code gives {parameter} {value:.4g}.")
