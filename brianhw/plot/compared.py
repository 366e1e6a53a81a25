"""Two runs of one network beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Quantity, ms

from brianhw.errors import ParameterError
from brianhw.plot.drawing import colours_of, in_ms, in_seconds
from brianhw.plot.spike_trains import Spikes, spikes_of
from brianhw.plot.spiking import beneath, split_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["comparison"]


def comparison(
    first: Any,
    second: Any = None,
    *,
    labels: Sequence[str] | None = None,
    bin: Quantity = 10 * ms,
    axes: Any = None,
) -> tuple[Axes, Axes, Axes]:
    """Draw two runs over each other: spikes, rates of each population, and by how much the rates differ.

    Parameters
    ----------
    first, second
        What :func:`raster` takes, with the same populations in the same order; or, as *first* alone, what
        ``compare()`` of ``brianhw.spinnaker`` gives (integers first, floating point second).
    labels : (str, str), optional
        What to call the two runs.
    bin : Quantity, second
        Of the rates.
    axes : three matplotlib Axes, or one to be divided, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    (Axes, Axes, Axes)
        Spikes: those of the first run as upper, of the second as lower halves of each line. Rates: lines and dots.
        Differences: second minus first; the legend says how many spikes each had.

    Raises
    ------
    ParameterError
        If the two have not the same populations.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> def spikes_at(times):
    ...     source = SpikeGeneratorGroup(1, np.zeros(len(times)), times)
    ...     monitor = SpikeMonitor(source)
    ...     Network(source, monitor).run(50*ms)
    ...     return monitor
    >>> ideal, on_chip = spikes_at([5, 15, 25]*ms), spikes_at([5, 18, 31]*ms)
    >>> spikes, rates, differences = plot.comparison({"E": ideal}, {"E": on_chip}, labels=("ideal", "on the chip"))
    >>> differences.get_legend().get_texts()[0].get_text()
    'E: 3 / 3 spikes'
    """
    who = "plot.comparison"
    if hasattr(first, "populations") and hasattr(first, "first_divergence"):
        if second is not None:
            raise ParameterError(f"{who}: a comparison has both runs; give it alone.")
        runs = [[_of_compared(each, name) for each in first.populations] for name in ("chip", "ideal")]
        names = labels or ("SpiNNaker's integers", "floating point")
    else:
        if second is None:
            raise ParameterError(f"{who} draws two runs; it was given one. Give comparison(first, second).")
        runs = [spikes_of(who, [first]), spikes_of(who, [second])]
        names = labels or ("first", "second")
    if len(names) != 2:
        raise ParameterError(f"{who}: labels are two names; it was given {names!r}.")
    _check_alike(who, runs, names)
    width = in_seconds(who, "bin", bin)
    above, middle, below = split_axes(who, axes, 3, (3, 1.5, 1))
    _draw_spikes(above, runs, names)
    colours = colours_of(range(len(runs[0])))
    for number, (one, other) in enumerate(zip(*runs, strict=True)):
        start, stop = min(one.start, other.start), max(one.stop, other.stop)
        (edges, first_rate), (_, second_rate) = (_within(each, start, stop).rate(width) for each in (one, other))
        style: dict[str, Any] = {"color": colours[number], "baseline": None}
        middle.stairs(first_rate, in_ms(edges), label=one.label, **style)
        middle.stairs(second_rate, in_ms(edges), linestyle=":", **style)
        counts = f"{len(one.times)} / {len(other.times)} spikes"
        said = f"{one.label}: {counts}" if one.label else counts
        below.stairs(second_rate - first_rate, in_ms(edges), label=said, **style)
    below.axhline(0, color="grey", linewidth=0.5)
    middle.set_ylim(bottom=0)
    middle.set_ylabel("rate (Hz)", fontsize="small")
    middle.legend(handles=_styles(names), fontsize="x-small", frameon=False, loc="upper right", ncols=2)
    below.set_ylabel("difference (Hz)", fontsize="small")
    below.legend(fontsize="x-small", frameon=False, ncols=min(3, len(runs[0])))
    beneath(above, middle)
    beneath(middle, below)
    return above, middle, below


def _of_compared(each: Any, name: str) -> Spikes:
    cells, steps = getattr(each, name)
    step = each.timestep_ms * 1e-3
    return Spikes(each.label, each.n, np.asarray(cells), np.asarray(steps) * step, 0.0, each.steps * step)


def _within(spikes: Spikes, start: float, stop: float) -> Spikes:
    return Spikes(spikes.label, spikes.n, spikes.neurons, spikes.times, start, stop)


def _check_alike(who: str, runs: list[list[Spikes]], names: Sequence[str]) -> None:
    if len(runs[0]) != len(runs[1]):
        raise ParameterError(
            f"{who}: {names[0]} has {len(runs[0])} populations and {names[1]} {len(runs[1])}; give the same of both."
        )
    for one, other in zip(*runs, strict=True):
        if one.n != other.n:
            raise ParameterError(
                f"{who}: {one.label or 'a population'} has {one.n} neurons in {names[0]} and {other.n} in {names[1]}."
            )


def _styles(names: Sequence[str]) -> list[Any]:
    """Return what the rates of the two runs are drawn with, for a legend."""
    from matplotlib.lines import Line2D

    first, second = names
    return [
        Line2D([], [], color="black", linestyle="-", label=first),
        Line2D([], [], color="black", linestyle=":", label=second),
    ]


def _draw_spikes(axes: Axes, runs: list[list[Spikes]], names: Sequence[str]) -> None:
    floor, middles = 0, []
    for one, other in zip(*runs, strict=True):
        for spikes, colour, up, name in ((one, "C0", 0.2, names[0]), (other, "C3", -0.2, names[1])):
            axes.plot(
                in_ms(spikes.times), spikes.neurons + floor + up, "|", color=colour, markersize=3, markeredgewidth=0.8,
                label=name if floor == 0 else None,
            )  # fmt: skip
        middles.append((floor + one.n / 2, one.label))
        floor += one.n + max(2, one.n // 10)
    axes.set_yticks([middle for middle, _ in middles], [label for _, label in middles])
    axes.set_ylim(-1, floor)
    axes.legend(fontsize="small", loc="upper right", markerscale=2)
