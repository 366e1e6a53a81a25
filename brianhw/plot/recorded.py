"""Signals as figures take them: Brian2's monitors, Neo, PyNN's populations, sweeps, arrays beside their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import Quantity, Synapses, get_dimensions, second
from brian2.units.allunits import all_units
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_or_create_dimension

from brianhw.errors import ParameterError, UnitError, unknown_name

__all__ = ["Signal", "signals_of"]

_TAKEN = (
    "StateMonitors, PyNN populations, blocks, segments and signals of Neo, recordings and results of sweeps, "
    "(times, values), or these under labels in a dict"
)


@dataclass(frozen=True, eq=False)
class Signal:
    """A variable over time.

    Attributes
    ----------
    times : array of float, shape (samples,), second
    values : array of float, shape (rows, samples), SI units
    dimensions : Dimension
    rows : tuple of str
        What each row is of: a neuron, a synapse, a point of a sweep.
    """

    name: str
    times: np.ndarray
    values: np.ndarray
    dimensions: Dimension
    rows: tuple[str, ...]


def signals_of(who: str, thing: Any, variables: Sequence[str] | None) -> list[Signal]:
    """Return the signals of *thing* that the figure *who* is to draw, in the order of *variables*; all if None.

    Raises
    ------
    ParameterError, UnknownNameError, UnitError
        If it has none, or not those.
    """
    if hasattr(thing, "record_variables"):
        return _of_monitor(thing, variables)
    if isinstance(thing, tuple) and len(thing) == 2:
        return [_of_pair(who, *thing, variables)]
    if hasattr(thing, "traces") and hasattr(thing, "sample_times"):
        found = {name: _of_pair(who, thing.sample_times, values, [name]) for name, values in thing.traces.items()}
        return _chosen(who, found, variables)
    if hasattr(thing, "dims") and hasattr(thing, "coords"):
        return _of_xarray(who, thing, variables)
    return _chosen(who, _of_neo(who, thing, variables), variables)


def _chosen(who: str, found: dict[str, Signal], variables: Sequence[str] | None) -> list[Signal]:
    if missing := [name for name in variables or () if name not in found]:
        raise unknown_name(who, "recorded signal", missing[0], found)
    if not found:
        raise ParameterError(f"{who} draws signals; none was recorded. record(...) them before the run.")
    return [found[name] for name in found if variables is None] or [found[name] for name in variables or ()]


def _of_monitor(monitor: Any, variables: Sequence[str] | None) -> list[Signal]:
    known = list(monitor.record_variables)
    what = "synapse" if isinstance(monitor.source, Synapses) else "neuron"
    found = []
    for name in known if variables is None else variables:
        if name not in known:
            raise unknown_name(f"StateMonitor {monitor.name!r}", "variable", name, known)
        values = np.atleast_2d(np.asarray(getattr(monitor, f"{name}_"), dtype=float))
        rows = tuple(f"{what} {index}" for index in np.ravel(monitor.record))
        found.append(Signal(name, np.asarray(monitor.t, dtype=float), values, monitor.variables[name].dim, rows))
    return found


def _of_pair(who: str, times: Any, values: Any, variables: Sequence[str] | None) -> Signal:
    if get_dimensions(times) != second.dim:
        raise UnitError(f"{who}: times are in a unit of time, as np.arange(100)*ms; it was given {times!r}.")
    dimensions = get_dimensions(values if isinstance(values, Quantity) else Quantity(values))
    t, rows = np.ravel(np.asarray(times, dtype=float)), np.atleast_2d(np.asarray(values, dtype=float))
    if rows.ndim != 2 or rows.shape[1] != len(t):
        shape = np.shape(values)
        raise ParameterError(
            f"{who}: values have a row for each line and a column for each of the {len(t)} times; they have the "
            f"shape {shape}."
        )
    if variables is not None and len(variables) != 1:
        raise ParameterError(f"{who}: (times, values) are of one variable; it was given the names {variables!r}.")
    (name,) = variables or ("",)
    return Signal(name, t, rows, dimensions, ("",) * len(rows))


def _of_xarray(who: str, data: Any, variables: Sequence[str] | None) -> list[Signal]:
    if hasattr(data, "data_vars"):
        arrays = {str(name): each for name, each in data.data_vars.items() if "time" in each.dims}
    else:
        arrays = {str(data.name or ""): data} if "time" in data.dims else {}
    if not arrays:
        raise ParameterError(f"{who} draws signals over time; this has no dimension 'time'. Keep trace(...).")
    found = {}
    for name, each in arrays.items():
        short = name.removeprefix("trace_")
        others = [dim for dim in each.dims if dim != "time"]
        values = np.asarray(each.transpose(*others, "time").values, dtype=float)
        units = {dim: each.coords[dim].attrs.get("units", "") if dim in each.coords else "" for dim in others}
        rows = [
            ", ".join(
                f"{dim} = {each.coords[dim].values[at]:g} {units[dim]}".strip() if dim in each.coords else f"{dim} {at}"
                for dim, at in zip(others, index, strict=True)
            )
            for index in np.ndindex(values.shape[:-1])
        ]
        unit = _unit_called(who, short, each.attrs.get("units", ""))
        times = np.asarray(each.coords["time"].values, dtype=float)
        found[short] = Signal(
            short, times, values.reshape(-1, len(times)) * float(unit), get_dimensions(unit), tuple(rows)
        )
    return _chosen(who, found, variables)


def _unit_called(who: str, what: str, name: str) -> Any:
    """Return the unit that a sweep wrote as *name*."""
    if not name:
        return 1.0
    for unit in all_units:
        if str(unit) == name:
            return unit
    raise UnitError(f"{who}: {what} is in {name!r}, which is no unit of Brian2. Give (times, values) with their units.")


def _of_neo(who: str, thing: Any, variables: Sequence[str] | None) -> dict[str, Signal]:
    if hasattr(thing, "get_data"):
        thing = thing.get_data() if variables is None else thing.get_data(list(variables))
    if hasattr(thing, "segments"):  # the last segment is the last run
        if not thing.segments:
            raise ParameterError(f"{who}: the block {thing.name!r} has no segment, so no signals.")
        thing = thing.segments[-1]
    if hasattr(thing, "analogsignals"):
        return {str(each.name): _of_analog(each) for each in thing.analogsignals}
    if hasattr(thing, "times") and hasattr(thing, "rescale") and hasattr(thing, "magnitude"):
        return {str(thing.name or ""): _of_analog(thing)}
    raise ParameterError(f"{who} draws signals; {thing!r} is none. It takes {_TAKEN}.")


def _of_analog(signal: Any) -> Signal:
    times = np.asarray(signal.times.rescale("s").magnitude, dtype=float)
    unit = signal.units.simplified  # in SI units
    values = np.asarray(signal.magnitude, dtype=float).reshape(len(times), -1).T * float(unit.magnitude)
    powers = {str(base.symbol): power for base, power in unit.dimensionality.items()}
    dimensions = get_or_create_dimension(**powers) if powers else DIMENSIONLESS
    numbers = getattr(signal, "array_annotations", {}).get("channel_index", range(len(values)))
    return Signal(str(signal.name or ""), times, values, dimensions, tuple(f"neuron {number}" for number in numbers))
