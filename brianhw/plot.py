"""Figures: where a network lies on its chip, its spikes, its currents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from brianhw.allocation.wiring import fan_in as words_of
from brianhw.errors import ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from brianhw.chips import ChipDescription

__all__ = ["connectivity", "currents", "fan_in", "occupancy", "raster", "words"]

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
            left + width / 2, top - 0.6, f"{_short(chip.description, core)}: {used}/{report.neurons_per_core}",
            ha="center", fontsize="small" if report.chips == 1 else "x-small",
        )  # fmt: skip
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


def words(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw how many neurons take how many input words, as bars; the limit is a line.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    """
    report = chip.summary().report
    axes = _axes(axes, (6, 3))
    used = np.array(report.words_used)
    axes.bar(np.arange(used.size), used, width=1.0)
    if report.fan_in is not None:
        axes.axvline(report.fan_in + 0.5, color="black", linestyle=":", label=f"limit: {report.fan_in}")
        axes.legend()
    axes.set_xlabel(f"{report.word}s of a neuron")
    axes.set_ylabel("neurons")
    axes.set_title(f"{report.chip}: {report.word}s")
    return axes


def fan_in(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw the input words of each neuron, population by population, stacked by synapse type.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    """
    plan = chip.plan
    axes = _axes(axes, (7, 3))
    types = list(dict.fromkeys(each.synapse_type for each in plan.connections.values()))
    start = 0
    ticks: list[tuple[float, str]] = []
    for name, placement in plan.placements.items():
        neurons, below = start + np.arange(placement.n), np.zeros(placement.n)
        for number, synapse_type in enumerate(types):
            onto = (each for each in plan.connections.values() if each.target == name)
            of_type = words_of((each for each in onto if each.synapse_type == synapse_type), placement.n)
            axes.bar(
                neurons, of_type, bottom=below, width=1.0, color=f"C{number}", label=None if ticks else synapse_type
            )  # fmt: skip
            below = below + of_type
        ticks.append((start + placement.n / 2, name))
        start += placement.n
        axes.axvline(start - 0.5, color="lightgrey", linewidth=0.5)
    if plan.description.fan_in is not None:
        axes.axhline(plan.description.fan_in, color="black", linestyle=":")
    axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks], rotation=30, ha="right")
    axes.set_ylabel(f"{plan.description.word}s")
    if types and ticks:
        axes.legend()
    axes.set_title(f"{chip.name}: fan-in")
    return axes


def connectivity(chip: Any, axes: Axes | None = None) -> Axes:
    """Draw how many input words join each core to each, the first column from outside; chips are set apart.

    Parameters
    ----------
    chip : Chip
        The chip or board as it is now.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    """
    plan = chip.plan
    description = plan.description
    axes = _axes(axes, (5.5, 5))
    counts = np.zeros((description.cores, description.cores + 1))
    for each in plan.connections.values():
        to = each.target_cores[each.post]
        from_ = np.zeros(len(each.pre), dtype=int)
        if not each.external:
            from_ = 1 + plan.placements[each.source].core_of[each.pre]
        np.add.at(counts, (to, from_), each.words)
    image = axes.imshow(np.where(counts > 0, counts, np.nan), cmap="viridis", aspect="auto")
    axes.figure.colorbar(image, ax=axes, label=f"{description.word}s")
    names = [_short(description, core) for core in range(description.cores)]
    axes.set_xticks(np.arange(description.cores + 1), ["outside", *names], rotation=90, fontsize="small")
    axes.set_yticks(np.arange(description.cores), names, fontsize="small")
    for edge in np.arange(0, description.cores, description.cores_per_chip):
        axes.axhline(edge - 0.5, color="grey", linewidth=0.5)
        axes.axvline(edge + 0.5, color="grey", linewidth=0.5)
    axes.set_xlabel("from")
    axes.set_ylabel("to")
    axes.set_title(f"{chip.name}: between cores")
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


def _short(description: ChipDescription, core: int) -> str:
    """Return what a figure calls a core: as labs write it where there are several chips."""
    return description.lab_name(core) if description.chips > 1 else description.core_name(core)


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
