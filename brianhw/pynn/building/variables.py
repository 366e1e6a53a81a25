"""Writing values into Brian2's variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import get_device
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, Equations
from brian2.units import second

from brianhw.device.device import BrianHWDevice
from brianhw.pynn.models.counts import Drawer

__all__ = ["adopts", "connect_pairs", "drawer", "in_process", "own_arrays", "put", "threads", "times_in_double"]


def in_process() -> bool:
    """Say whether the present device holds values in this process, at all times."""
    device = get_device()
    return isinstance(device, BrianHWDevice) or not isinstance(device, CPPStandaloneDevice)


def adopts() -> bool:
    """Say whether the present device can take an array for the memory of a variable."""
    return isinstance(get_device(), BrianHWDevice)


def drawer() -> Drawer | None:
    """Return what draws the spikes of Poisson sources in compiled code, if the present device has it."""
    device = get_device()
    return device.draw_spikes if isinstance(device, BrianHWDevice) else None


def threads() -> int:
    """Return how many threads share the work of the present device."""
    device = get_device()
    return max(1, device.engine.options["openmp_threads"]) if isinstance(device, BrianHWDevice) else 1


def put(owner: Any, name: str, value: Any) -> None:
    """Give the variable *name* of a group or synapses the value in SI units, in place where it lies in memory.

    In place costs 0.05 us per synapse; Brian2's own assignment makes a statement of it.
    """
    if in_process():
        owner.variables[name].get_value()[:] = value
    else:
        setattr(owner, f"{name}_", np.asarray(value, dtype=owner.variables[name].dtype))


def connect_pairs(
    synapses: Any, i: np.ndarray, j: np.ndarray, values: Mapping[ArrayVariable, np.ndarray] | None = None
) -> None:
    """Make synapses between neurons *i* and *j*, arrays of int32, of whole groups.

    Brian2's ``connect(i=, j=)`` copies the pairs three times; this does what its template does, without. Where the
    device :func:`adopts`, variables may have their *values* from the beginning, and these arrays and the pairs become
    the memory of the synapses.
    """
    if not in_process():
        synapses.connect(i=i, j=j)
        return
    synapses._connect_called = True
    for name, indices in (("_synaptic_pre", i), ("_synaptic_post", j)):
        variable = synapses.variables[name]
        if values is not None:
            get_device().adopt(variable, indices)
        else:
            variable.resize(len(indices))
            variable.get_value()[:] = indices
    for variable, array in (values or {}).items():
        get_device().adopt(variable, array)
    synapses._resize(len(i))
    synapses._update_synapse_numbers(0)


def times_in_double(equations: Equations, parameters: Iterable[str]) -> dict[str, type]:
    """Return the types of those variables that are points in time, as Brian2 takes them with ``dtype=``.

    They are in double precision always: in single precision, steps of 0.1 ms are told apart for some minutes only.
    *parameters* are what the user gives, time constants among them.
    """
    kept = (PARAMETER, DIFFERENTIAL_EQUATION)
    times = [name for name, each in equations.items() if each.dim is second.dim and each.type in kept]
    return {name: np.float64 for name in times if name not in parameters}


def own_arrays(owner: Any) -> dict[str, ArrayVariable]:
    """Return the arrays that belong to *owner* itself."""
    return {
        name: variable
        for name, variable in owner.variables.items()
        if isinstance(variable, ArrayVariable) and variable.owner is not None and variable.owner.name == owner.name
    }
