"""Figures: where a network lies on its chip, its spikes, its currents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from brianhw.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["currents", "occupancy", "raster"]

_FREE = "#ececec"


def occupancy(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw the chip core by core, one square per neuron, coloured by population.

    Parameters
    ----------
    chip : Chip
        The chip as it is allocated now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    report = chip.summary().report
    axes = _axes(axes, (6, 3.6))
    colours = _colours(report.names)
    width = int(np.ceil(np.sqrt(report.neurons_per_core)))
    height = -(-report.neurons_per_core // width)
    per_row = int(np.ceil(np.sqrt(len(report.cores))))
    rows = -(-len(report.cores) // per_row)
    palette = ListedColormap(["white", _FREE, *colours.values()])
    for core, owners in enumerate(report.occupancy()):
        # -2 is no neuron at all: the last row of a core need not be full
        square = np.full(width * height, -2)
        square[: len(owners)] = owners
        left = (core % per_row) * (width + 2)
        top = (core // per_row) * (height + 4)
        axes.imshow(
            square.reshape(height, width), cmap=palette, vmin=-2, vmax=len(colours) - 1,
            extent=(left, left + width, top + height, top), interpolation="none",
        )  # fmt: skip
        used = report.cores[core].neurons_used
        axes.text(
            left + width / 2, top - 0.6, f"core {core}: {used}/{report.neurons_per_core}", ha="center", fontsize="small"
        )
    axes.set_xlim(-1, per_row * (width + 2) - 1)
    axes.set_ylim(rows * (height + 4) - 3, -3)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(f"{chip.name}: neurons used")
    if colours:
        handles = [Patch(color=colour, label=name) for name, colour in colours.items()]
        axes.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(4, len(handles)),
            frameon=False, fontsize="small",
        )  # fmt: skip
    return axes


def raster(*monitors: Any, axes: Axes | None = None) -> Axes:
    """Draw the spikes of several groups above each other.

    Parameters
    ----------
    *monitors : SpikeMonitor, or mapping of str to SpikeMonitor, or a sequence of monitors
        Drawn from below in this order, under their labels; a monitor without one under its group's name.
    axes : matplotlib Axes, optional
        Where to draw, a new figure if not given; may also be the last argument without a name.

    Raises
    ------
    ParameterError
        If there is nothing to draw, or something has no spikes.

    Examples
    --------
    >>> plot.raster(excitatory_spikes, inhibitory_spikes)
    >>> plot.raster({"from outside": source_spikes, "cells": cell_spikes}, axes)
    """
    if axes is None and monitors and hasattr(monitors[-1], "set_yticks"):
        *monitors, axes = monitors  # type: ignore[assignment]
    rows = [row for each in monitors for row in _labelled(each)]
    if not rows:
        raise ParameterError("plot.raster draws spike monitors; it was given none.")
    axes = _axes(axes, (8, 4))
    floor = 0
    middles = []
    for (label, monitor), colour in zip(rows, _colours(range(len(rows))).values(), strict=True):
        size = len(monitor.source)
        # sources such as subgroups start counting at their own first neuron
        axes.plot(_ms(monitor.t), np.asarray(monitor.i) + floor, "|", color=colour, markersize=3, markeredgewidth=0.8)
        middles.append((floor + size / 2, label))
        floor += size + max(2, size // 10)
    axes.set_yticks([middle for middle, _ in middles], [label for _, label in middles])
    axes.set_ylim(-1, floor)
    axes.set_xlabel("time (ms)")
    axes.set_title("spikes")
    return axes


def _labelled(monitors: Any) -> list[tuple[str, Any]]:
    """Return (label, monitor) of a monitor, of a mapping of labels to monitors or of a sequence of monitors."""
    if isinstance(monitors, Mapping):
        pairs = [(str(label), monitor) for label, monitor in monitors.items()]
    elif hasattr(monitors, "source"):
        pairs = [(str(monitors.source.name), monitors)]
    elif isinstance(monitors, Iterable) and not isinstance(monitors, str):
        return [row for each in monitors for row in _labelled(each)]
    else:
        pairs = [("", monitors)]
    for _, monitor in pairs:
        if not all(hasattr(monitor, name) for name in ("source", "t", "i")):
            raise ParameterError(
                f"plot.raster draws spikes; {type(monitor).__name__} {getattr(monitor, 'name', '')!r} has "
                "none. Give it a SpikeMonitor."
            )
    return pairs


def currents(
    monitor: Any,
    variables: Sequence[str],
    neuron: int = 0,
    axes: Axes | None = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw recorded currents of one neuron in nanoampere, on a logarithmic scale.

    Parameters
    ----------
    monitor : StateMonitor
        Holds *variables*, all of them currents.
    neuron : int
        Position among the recorded neurons.
    labels : mapping of str to str, optional
        What to call a variable in the legend.
    """
    axes = _axes(axes, (8, 3))
    for variable in variables:
        trace = np.asarray(getattr(monitor, f"{variable}_")[neuron]) * 1e9
        axes.semilogy(_ms(monitor.t), trace, linewidth=1, label=(labels or {}).get(variable, variable))
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("current (nA)")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=min(4, len(variables)), fontsize="small", frameon=False
    )
    return axes


def _ms(times: Any) -> np.ndarray:
    return np.asarray(times, dtype=float) * 1e3


def _axes(axes: Axes | None, size: tuple[float, float]) -> Axes:
    if axes is not None:
        return axes
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def _colours(names: Any) -> dict[str, Any]:
    """Return a colour for each name: the first ten as Matplotlib cycles them, more from a continuous map."""
    import matplotlib

    names = list(names)
    if len(names) <= 10:
        palette = [matplotlib.colormaps["tab10"](number) for number in range(10)]
    else:
        palette = [matplotlib.colormaps["turbo"](x) for x in np.linspace(0.05, 0.95, len(names))]
    return dict(zip(names, palette, strict=False))
