"""Spikes over time, their rates, and the intervals between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from brian2 import Quantity, ms

from brianhw.errors import ParameterError
from brianhw.plot.drawing import colours_of, in_ms, in_seconds, label_time, new_axes
from brianhw.plot.spike_trains import Spikes, spikes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["beneath", "draw_rates", "isi", "raster", "rate", "split_axes"]


@overload
def raster(*sources: Any, axes: Any = None, rates: Literal[False] = False, bin: Quantity = ...) -> Axes: ...
@overload
def raster(*sources: Any, axes: Any = None, rates: Literal[True], bin: Quantity = ...) -> tuple[Axes, Axes]: ...
def raster(*sources: Any, axes: Any = None, rates: bool = False, bin: Quantity = 10 * ms) -> Any:
    """Draw the spikes of several groups above each other.

    Parameters
    ----------
    *sources
        Drawn from below in this order, under their labels; what has none under its group's name. Brian2's spike
        monitors; PyNN populations, of which spikes were recorded; blocks, segments and spike trains of Neo; EDLUT's
        ``GetSpikeActivity()``; recordings of sweeps; times of one neuron with their unit; sequences of these, and
        mappings of labels to these.
    axes : matplotlib Axes, or a pair of them with *rates*, optional
        Where to draw, a new figure if not given; may also be the last argument without a name.
    rates : bool
        Whether to draw the groups' mean rates below, in the same colours. Two axes are returned then. A single axes
        that is given is divided into two.
    bin : Quantity, second
        Of the rates.

    Raises
    ------
    ParameterError
        If there is nothing to draw, or something has no spikes.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 6, 11]*ms, name="source")
    >>> monitor = SpikeMonitor(source)
    >>> Network(source, monitor).run(20*ms)
    >>> axes = plot.raster(monitor)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['source']
    >>> spikes, rates = plot.raster({"from outside": monitor}, rates=True, bin=5*ms)
    >>> rates.patches[0].get_data().values.round().tolist()  # Hz
    [100.0, 100.0, 100.0, 0.0]
    """
    if axes is None and sources and hasattr(sources[-1], "set_yticks"):
        *sources, axes = sources  # type: ignore[assignment]
    rows = spikes_of("plot.raster", sources)
    below = None
    if rates:
        axes, below = split_axes("plot.raster", axes)
    else:
        axes = new_axes(axes, (8, 4))
        label_time("plot.raster", axes)
    colours = colours_of(range(len(rows)))
    floor = 0
    middles = []
    size = _mark_size(axes, rows)
    for number, spikes in enumerate(rows):
        axes.plot(
            in_ms(spikes.times), spikes.neurons + floor, "|",
            color=colours[number], markersize=size, markeredgewidth=0.8,
        )  # fmt: skip
        middles.append((floor + (spikes.n - 1) / 2, spikes.label))
        floor += spikes.n + _gap(spikes)
    axes.set_yticks([middle for middle, _ in middles], [label for _, label in middles])
    axes.set_ylim(-1, floor)
    axes.set_title("spikes")
    if below is None:
        return axes
    beneath(axes, below)
    draw_rates("plot.raster", rows, below, bin, None)
    return axes, below


def _gap(spikes: Spikes) -> int:
    """Return how much is left free above a group."""
    return max(2, spikes.n // 10)


def _mark_size(axes: Axes, rows: list[Spikes]) -> float:
    """Return how long a spike's mark is, in points: most of a neuron's height where there are few."""
    height = axes.bbox.height * 72 / axes.figure.dpi
    return float(np.clip(0.6 * height / sum(spikes.n + _gap(spikes) for spikes in rows), 3, 12))


def rate(*sources: Any, axes: Axes | None = None, bin: Quantity = 10 * ms, smooth: Quantity | None = None) -> Axes:
    """Draw the mean rate of each group over time, in Hz.

    Parameters
    ----------
    *sources
        As in :func:`raster`; Brian2's rate monitors, too.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    bin : Quantity, second
        How long each step is; the last one may be shorter, and is divided by its own length.
    smooth : Quantity, second, optional
        Draw a line in the place of steps: the rate weighted by a Gaussian of this standard deviation.

    Raises
    ------
    ParameterError, UnitError
        If something has no spikes, or a time is none.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> source = SpikeGeneratorGroup(2, [0, 1, 0], [1, 6, 11]*ms, name="source")
    >>> monitor = SpikeMonitor(source)
    >>> Network(source, monitor).run(20*ms)
    >>> axes = plot.rate(monitor, bin=5*ms)
    >>> axes.patches[0].get_data().values.round().tolist()  # Hz
    [100.0, 100.0, 100.0, 0.0]
    >>> axes = plot.rate(monitor, smooth=5*ms, axes=axes)
    """
    given = [_as_spikes(each) for each in sources]
    rows = spikes_of("plot.rate", given)
    axes = new_axes(axes, (8, 2.5))
    label_time("plot.rate", axes)
    draw_rates("plot.rate", rows, axes, bin, smooth)
    axes.set_title("rates")
    return axes


def _as_spikes(thing: Any) -> Any:
    """Return a rate monitor as what its group's spikes give, in the monitor's steps; all else as it is."""
    if not (hasattr(thing, "rate") and hasattr(thing, "smooth_rate") and hasattr(thing, "source")):
        return thing
    times, step, n = np.asarray(thing.t, dtype=float), float(np.ravel(thing.clock.dt_)[0]), len(thing.source)
    counts = np.rint(np.asarray(thing.rate, dtype=float) * n * step).astype(int)
    stop = float(times[-1]) + step if len(times) else 0.0
    nobody = np.zeros(int(counts.sum()), dtype=int)  # which neuron it was, a rate monitor does not keep
    return Spikes(str(thing.source.name), n, nobody, np.repeat(times, counts), float(times[0]) if stop else 0.0, stop)


def draw_rates(who: str, rows: list[Spikes], axes: Axes, bin: Any, smooth: Any) -> None:
    """Draw the rates of *rows* as steps or, if *smooth* is given, as lines."""
    width = in_seconds(who, "bin", bin)
    colours = colours_of(range(len(rows)))
    for number, spikes in enumerate(rows):
        if smooth is None:
            edges, values = spikes.rate(width)
            axes.stairs(values, in_ms(edges), color=colours[number], label=spikes.label, baseline=None)
        else:
            sigma = in_seconds(who, "smooth", smooth)
            times, values = spikes.smooth_rate(sigma, sigma / 10)
            axes.plot(in_ms(times), values, color=colours[number], label=spikes.label, linewidth=1)
    axes.set_ylabel("rate (Hz)")
    axes.set_ylim(bottom=0)
    if any(spikes.label for spikes in rows):
        axes.legend(loc="upper right", fontsize="small", frameon=False, ncols=min(4, len(rows)))


def isi(*sources: Any, axes: Axes | None = None, bins: Any = 50) -> Axes:
    """Draw how often intervals between a neuron's spikes are how long, with each group's irregularity in the legend.

    The coefficient of variation (CV) is the mean of neurons with three spikes or more: 0 for a clock, 1 for a Poisson
    process.

    Parameters
    ----------
    *sources
        As in :func:`raster`.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    bins : int, or Quantity (second), shape (bins + 1,)
        How many, from zero to the longest interval; or their edges.

    Raises
    ------
    ParameterError
        If something has no spikes, or no neuron has two.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> source = SpikeGeneratorGroup(1, [0]*4, [1, 6, 11, 21]*ms)
    >>> monitor = SpikeMonitor(source)
    >>> Network(source, monitor).run(30*ms)
    >>> axes = plot.isi({"E": monitor}, bins=30)
    >>> axes.get_legend().get_texts()[0].get_text()
    'E: CV = 0.35'
    """
    rows = spikes_of("plot.isi", sources)
    found = [spikes.intervals() for spikes in rows]
    every = np.concatenate([interval for each in found for interval in each] or [np.zeros(0)])
    if not len(every):
        raise ParameterError("plot.isi draws intervals between spikes; no neuron has two spikes. Run for longer.")
    edges = np.linspace(0, every.max() * (1 + 1e-9), int(bins) + 1) if np.ndim(bins) == 0 else np.asarray(bins, float)
    axes = new_axes(axes, (6, 3))
    colours = colours_of(range(len(rows)))
    for number, (spikes, each) in enumerate(zip(rows, found, strict=True)):
        counts, _ = np.histogram(np.concatenate(each or [np.zeros(0)]), edges)
        variations = [interval.std() / interval.mean() for interval in each if len(interval) > 1]
        said = f"CV = {np.mean(variations):.2f}" if variations else "CV needs three spikes"
        axes.stairs(
            counts, in_ms(edges), fill=True, alpha=0.5, color=colours[number],
            label=f"{spikes.label}: {said}" if spikes.label else said,
        )  # fmt: skip
    axes.set_xlabel("interval between spikes (ms)")
    axes.set_ylabel("intervals")
    axes.legend(fontsize="small", frameon=False)
    return axes


# -- axes above each other --------------------------------------------------------------------------


def split_axes(who: str, axes: Any, count: int = 2, ratios: tuple[float, ...] = (3, 1)) -> list[Axes]:
    """Return *count* axes above each other: those given, those of a new figure, or a single one divided."""
    if axes is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(8, 5), layout="constrained")
        return list(figure.subplots(count, 1, height_ratios=ratios))
    if hasattr(axes, "set_yticks"):
        place = axes.get_subplotspec()
        if place is None:
            raise ParameterError(f"{who}: axes without a place in a grid cannot be divided; give {count} axes.")
        rows = place.subgridspec(count, 1, height_ratios=ratios)
        axes.set_subplotspec(rows[0])
        return [axes, *(axes.figure.add_subplot(rows[number]) for number in range(1, count))]
    given = list(np.ravel(axes))
    if len(given) != count or not all(hasattr(each, "set_yticks") for each in given):
        raise ParameterError(f"{who} draws into {count} axes here; it was given {len(given)}. Leave them out, or one.")
    return given


def beneath(above: Axes, below: Axes) -> None:
    """Let two axes have one time, labelled at the lower one."""
    below.sharex(above) if below not in above.get_shared_x_axes().get_siblings(above) else None
    above.autoscale_view(scaley=False)  # sharing alone takes the time of the upper ones, whose last spike may be early
    above.tick_params(labelbottom=False)
    above.set_xlabel("")
    below.set_xlabel("time (ms)")
