"""Values of cells: one number for all, an array of one per cell, or an array of sequences such as spike times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyNN.parameters import ArrayParameter, ParameterSpace

from brianhw.pynn.checks.refusals import DimensionsRefused, ValueRefused
from brianhw.pynn.models.trains import flattened
from brianhw.pynn.shared_random import drawn_in_turn, repeatable
from brianhw.pynn.simulator import state

__all__ = [
    "as_values",
    "check_elements",
    "check_lengths",
    "check_spike_times",
    "evaluated",
    "kind_of",
    "not_whole",
    "placed_at",
]


def kind_of(value: Any) -> type:
    """Return what one cell's value is: a number, or one of PyNN's arrays."""
    first = value.flat[0] if isinstance(value, np.ndarray) and value.size else value
    return type(first) if isinstance(first, ArrayParameter) else float


def check_lengths(label: str, celltype: Any, parameters: Mapping[str, Any], size: int) -> None:
    """Raise where a list has not one value per cell; one list of numbers may be the sequence of all cells."""
    schema = celltype.get_schema()
    for name, value in parameters.items():
        if not isinstance(value, list | tuple | range | np.ndarray):
            continue
        is_sequence = isinstance(schema.get(name), type) and issubclass(schema[name], ArrayParameter)
        rows = len(value) and isinstance(value[0], list | tuple | np.ndarray | ArrayParameter)
        if is_sequence and not rows:
            continue
        if rows and not is_sequence:
            raise DimensionsRefused(f"{label}: {name} takes one number per cell; it was given rows of several.")
        shape = (len(value),) if is_sequence else np.shape(value)
        if shape != (size,):
            raise DimensionsRefused(
                f"{label}: {name} was given an array of shape {shape}; the {size} cells take one number, or {size}."
            )


def evaluated(celltype: Any, size: int) -> dict[str, Any]:
    """Return a cell type's parameters: a number, an array of *size*, or an array of sequences."""
    given = {name: lazy.base_value for name, lazy in celltype.parameter_space.items() if hasattr(lazy, "base_value")}
    owner = type(celltype).__name__
    check_lengths(owner, celltype, {n: v for n, v in given.items() if isinstance(v, np.ndarray)}, size)
    space = drawn_in_turn(celltype.parameter_space, f"the parameters of {type(celltype).__name__}")
    space.shape = (size,)
    return as_values(space)


def as_values(space: ParameterSpace) -> dict[str, Any]:
    space._parameters = {name: repeatable(value) for name, value in space.items()}
    space.evaluate(simplify=True)
    space.flatten()
    return {name: not_whole(value) for name, value in space.as_dict().items() if not isinstance(value, dict)}


def not_whole(value: Any) -> Any:
    """Return an array of whole numbers as one that can hold others, too; anything else as it is."""
    return value.astype(float) if isinstance(value, np.ndarray) and value.dtype.kind in "iu" else value


def placed_at(before: Any, value: Any, where: Any, size: int) -> Any:
    """Return *before* with *value* at *where*; one number stays one where it holds for all cells."""
    if isinstance(where, slice) and where.indices(size) == (0, size, 1):
        return value
    if not isinstance(before, np.ndarray):
        if not isinstance(value, np.ndarray) and value == before:
            return before
        every = np.empty(size, dtype=float if isinstance(before, (int, float, np.number)) else object)
        every[:] = before
    else:
        every = before.copy()
    if every.dtype == object and not isinstance(value, np.ndarray):
        for index in np.arange(size)[where]:
            every[index] = value
    else:
        try:
            every[where] = value
        except (TypeError, ValueError) as error:
            raise ValueRefused(f"{value!r} cannot be given to {len(every[where])} cells.") from error
    return every


def check_elements(celltype: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Raise where arrays that belong to a cell's equations, unlike spike times, have another length than *before*.

    Raises
    ------
    DimensionsRefused
        Naming the parameter and both lengths.
    """
    for name, value in values.items():
        if kind_of(value) is ArrayParameter:
            (expected, *_), found = _lengths(before[name]), _lengths(value)
            wrong = [length for length in found if length != expected]
            if wrong:
                raise DimensionsRefused(
                    f"{type(celltype).__name__}: {name} has {expected} elements in each cell, not {wrong[0]}. Make a "
                    "population of its own for cells with another number."
                )


def _lengths(value: Any) -> list[int]:
    return [len(each.value) for each in (value.flat if isinstance(value, np.ndarray) else [value])]


def check_spike_times(trains: Any) -> None:
    """Raise where spike times are no numbers, below zero, or, in strict mode, not in order.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming the first such cell.
    """
    cells, times = flattened(trains, len(trains) if isinstance(trains, np.ndarray) else 1)
    wrong = ~(times >= 0)  # NaN, too; infinity is never reached
    if wrong.any():
        cell = cells[np.argmax(wrong)]
        raise ValueRefused(
            f"The spike times of cell {cell} must be numbers of zero or more (ms), not {times[cells == cell]}."
        )
    back = (times[1:] < times[:-1]) & (cells[1:] == cells[:-1])
    if state.strict and back.any():
        cell = cells[np.argmax(back)]
        raise ValueRefused(f"The spike times of cell {cell} are not in ascending order: {times[cells == cell]}.")
