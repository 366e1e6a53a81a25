"""The result of a sweep: an xarray Dataset with named dimensions, coordinates and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from brianhw import html
from brianhw.errors import SweepError
from brianhw.explore.experiment import Outcome, Value
from brianhw.explore.grids import Grid
from brianhw.explore.labelled import xr
from brianhw.late import waits

__all__ = ["SweepAccessor", "dataset"]


def dataset(grid: Grid, outcomes: Sequence[Outcome], attributes: Mapping[str, Any]) -> xr.Dataset:
    """Return all points together; what a failed point lacks is NaN."""
    coords: dict[str, Any] = {}
    for axis in grid.axes:
        about = {"units": axis.unit_name} if axis.unit_name else {}
        if grid.is_cartesian:
            coords[axis.name] = (axis.name, axis.coordinates, about)
        else:
            column = axis.coordinates[grid.indices[:, grid.names.index(axis.name)]]
            coords[axis.name] = ("point", column, about)
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.values))
    clash = set(names) & {*grid.names, "point", "failure"}
    if clash:
        raise SweepError(f"A result has the name of a parameter: {', '.join(sorted(clash))}. Call it something else.")
    variables: dict[str, Any] = {}
    for name in names:
        found = {outcome.number: outcome.values[name] for outcome in outcomes if name in outcome.values}
        variables[name], more = _together(name, found, grid)
        coords |= {key: value for key, value in more.items() if key not in coords}
    failures = {outcome.number: outcome.failure for outcome in outcomes if outcome.failure}
    if failures:
        text = np.full(len(grid), "", dtype=object)
        text[list(failures)] = list(failures.values())
        variables["failure"] = (grid.dims, text.reshape(grid.shape).astype(str))
    return xr.Dataset(variables, _coordinates(coords), dict(attributes))


def _variable(dims: tuple[Any, ...], numbers: np.ndarray, about: Mapping[str, Any]) -> Any:
    """Return an array for a dataset, as it is.

    Of an array that it looks at xarray asks whether it is Dask's, and imports all of Dask, if that is there, to know.
    """
    return xr.Variable(dims, numbers, about, fastpath=True) if numbers.dtype.kind in "biufU" else (dims, numbers, about)


def _coordinates(found: Mapping[str, Any]) -> Any:
    """Return coordinates, with the indices that xarray would make of numbers, without its look at these."""
    import pandas as pd
    from xarray.indexes import PandasIndex

    indices = {name: values for name, (dims, values, _) in found.items() if dims in (name, (name,))}
    if any(values.dtype.kind not in "iuf" for values in indices.values()):
        return found
    own = {name: PandasIndex(pd.Index(values, name=name), name) for name, values in indices.items()}
    variables: dict[str, Any] = {}
    for name, (dims, values, about) in found.items():
        variable = _variable((dims,) if isinstance(dims, str) else dims, values, about)
        variables |= own[name].create_variables({name: variable}) if name in own else {name: variable}
    return xr.Coordinates(variables, own)


def _together(name: str, found: Mapping[int, Value], grid: Grid) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the values of all points as one variable, shorter ones filled with NaN, and the coordinates."""
    first = next(iter(found.values()))
    if any(value.dims != first.dims for value in found.values()):
        raise SweepError(f"{name} has other dimensions at some points than at others.")
    units = {value.unit for value in found.values()}
    if len(units) > 1:
        raise SweepError(f"{name} has other units at some points than at others: {', '.join(sorted(units))}.")
    shape = tuple(max(value.numbers.shape[k] for value in found.values()) for k in range(len(first.dims)))
    whole = np.full((len(grid), *shape), np.nan)
    for number, value in found.items():
        inside: tuple[Any, ...] = (number, *(slice(length) for length in value.numbers.shape))
        whole[inside] = value.numbers
    coords: dict[str, Any] = {}
    for place, dim in enumerate(first.dims):
        longest = max(found.values(), key=lambda value: value.numbers.shape[place])
        if dim in longest.coords:
            coords[dim] = (dim, np.asarray(longest.coords[dim]), {})
    about = {"units": first.unit} if first.unit else {}
    return _variable((*grid.dims, *first.dims), whole.reshape((*grid.shape, *shape)), about), coords


class SweepAccessor:
    """What a sweep's result knows beside xarray: ``result.sweep.failures`` and figures.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.explore import sweep
    >>> def model(x):
    ...     if x < 0:
    ...         raise ValueError("x is below zero")
    ...     return {"root": x**0.5}
    >>> found = sweep(model, {"x": [-1, 4]}, device=None)
    2 points, rebuild: a function makes its network itself, at each call
    1 of 2 points failed. The first, at x = -1: ValueError: x is below zero. See result.sweep.failures.
    >>> print(found.sweep.failures)
    [{'x': -1, 'failure': 'ValueError: x is below zero'}]
    """

    def __init__(self, result: xr.Dataset) -> None:
        self._result = result

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The points that failed: their parameters and, as ``failure``, why."""
        if "failure" not in self._result:
            return []
        reasons = self._result["failure"]
        found = []
        for place in np.argwhere(reasons.values != ""):
            at = reasons[tuple(place)]
            point = {str(name): at[name].item() for name in at.coords if at[name].ndim == 0 and name != "point"}
            found.append({**point, "failure": at.item()})
        return found

    def _repr_html_(self) -> str:
        failures = self.failures
        if not failures:
            return html.paragraph("No point failed.")
        header = list(failures[0])
        rows = [[str(each[name]) for name in header] for each in failures]
        said = "1 point" if len(rows) == 1 else f"{len(rows)} points"
        return html.paragraph(f"{said} failed:") + html.table(header, rows)

    def lines(self, name: str, x: str, axes: Any = None) -> Any:
        """Draw a result over one parameter, a line for each value of another; return the axes."""
        from brianhw.explore.figures import lines

        return lines(self._result[name], x, axes)

    def heat_map(self, name: str, x: str, y: str, axes: Any = None) -> Any:
        """Draw a result over two parameters as colours; return the axes."""
        from brianhw.explore.figures import heat_map

        return heat_map(self._result[name], x, y, axes)

    def small_multiples(self, name: str, x: str, y: str, panels: str) -> Any:
        """Draw a heat map for each value of a third parameter; return the figure."""
        from brianhw.explore.figures import small_multiples

        return small_multiples(self._result[name], x, y, panels)


@cache
def add_accessor() -> None:
    """Let datasets have ``dataset.sweep``."""
    xr.register_dataset_accessor("sweep")(SweepAccessor)


if not waits("xarray"):
    add_accessor()
