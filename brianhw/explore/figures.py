"""Figures of a sweep's results, on xarray's own plotting: labels and units come from the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brianhw.errors import SweepError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["heat_map", "lines", "small_multiples"]


def _check(result: xr.DataArray, names: list[str]) -> None:
    for name in names:
        if name not in result.dims:
            known = ", ".join(map(str, result.dims))
            raise SweepError(f"{result.name} has no dimension {name!r}. It has: {known}.")
    left = [str(dim) for dim in result.dims if dim not in names]
    if left:
        raise SweepError(f"{result.name} varies with {', '.join(left)}, too: choose values with .sel(...) first.")


def lines(result: xr.DataArray, x: str, axes: Any = None) -> Any:
    """Draw *result* over the dimension *x*, a line for each value of another dimension, if there is one."""
    others = [str(dim) for dim in result.dims if dim != x]
    _check(result, [x, *others[:1]])
    result.plot.line(x=x, hue=others[0] if others else None, ax=axes, marker=".")
    return _axes(axes)


def heat_map(result: xr.DataArray, x: str, y: str, axes: Any = None) -> Any:
    """Draw *result* over two dimensions as colours."""
    _check(result, [x, y])
    result.plot.pcolormesh(x=x, y=y, ax=axes)
    return _axes(axes)


def small_multiples(result: xr.DataArray, x: str, y: str, panels: str) -> Any:
    """Draw a heat map for each value of the dimension *panels*, side by side, with the same colours."""
    _check(result, [x, y, panels])
    return result.plot.pcolormesh(x=x, y=y, col=panels, col_wrap=min(4, result.sizes[panels])).fig


def _axes(axes: Any) -> Any:
    import matplotlib.pyplot as plt

    return plt.gca() if axes is None else axes
