"""What all figures share: axes, colours, numbers without units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, get_dimensions
from brian2.units.fundamentalunits import get_unit

from brianhw.errors import UnitError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["best_unit", "colours_of", "in_ms", "in_seconds", "label_time", "labelled", "new_axes"]


def in_ms(times: Any) -> np.ndarray:
    """Return times in seconds, or with their unit, as numbers in ms."""
    return np.asarray(times, dtype=float) * 1e3


def in_seconds(who: str, what: str, value: Any) -> float:
    """Return a time as seconds; raise where it is none, or not above zero."""
    from brian2 import second

    if get_dimensions(value) != second.dim or np.size(value) != 1 or not float(value) > 0:
        raise UnitError(f"{who}: {what} is a time above zero, such as 10*ms; it was given {value!r}.")
    return float(value)


def best_unit(dimensions: Any, values: Any) -> tuple[str, float]:
    """Return the unit in which *values*, in SI units, read best, and its size; nothing where there is none."""
    if dimensions.is_dimensionless:
        return "", 1.0
    largest = np.max(np.abs(np.asarray(values, dtype=float)), initial=0.0)
    unit = Quantity(largest, dim=dimensions).get_best_unit() if largest else get_unit(dimensions)
    return str(unit), float(unit)


def labelled(name: str, unit: str) -> str:
    """Return what stands at an axis."""
    return f"{name} ({unit})" if unit else name


def label_time(who: str, axes: Axes, unit: str = "ms") -> None:
    """Write that time goes from left to right, but where axes below say it: where numbers are left out.

    Raises
    ------
    UnitError
        If time is in another unit in these axes, or in such as share it.
    """
    before = axes.xaxis.get_units()  # Matplotlib keeps and shares it
    if isinstance(before, str) and before != unit:
        raise UnitError(f"{who}: time is in {before} in these axes; it cannot be in {unit}.")
    axes.xaxis.set_units(unit)
    if axes.xaxis.get_tick_params()["labelbottom"]:
        axes.set_xlabel(f"time ({unit})")


def new_axes(axes: Axes | None, size: tuple[float, float]) -> Axes:
    """Return *axes*, or those of a new figure of so many inches."""
    if axes is not None:
        return axes
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def colours_of(names: Any) -> dict[Any, Any]:
    """Return a colour for each name: the first ten as Matplotlib cycles them, more from a continuous map."""
    import matplotlib

    names = list(names)
    if len(names) <= 10:
        palette = [matplotlib.colormaps["tab10"](number) for number in range(10)]
    else:
        palette = [matplotlib.colormaps["turbo"](x) for x in np.linspace(0.05, 0.95, len(names))]
    return dict(zip(names, palette, strict=False))
