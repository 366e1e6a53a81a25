"""Recorded signals over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from brian2 import Quantity, Unit, amp, get_dimensions, ms, nA, siemens, volt
from brian2.units.fundamentalunits import Dimension

from brianhw.errors import ParameterError, UnitError
from brianhw.plot.drawing import best_unit, colours_of, in_ms, in_seconds, label_time, labelled, new_axes
from brianhw.plot.recorded import Signal, signals_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["currents", "traces"]

# what stands at the axis where several variables share it
_QUANTITIES = {amp.dim: "current", volt.dim: "potential", siemens.dim: "conductance"}


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
    monitor : StateMonitor, or Neo block, segment or PyNN population
        Holds *variables*, all of them currents. Of a block or population the last segment is drawn.
    neuron : int
        Position among the recorded neurons.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    labels : mapping of str to str, optional
        What to call a variable in the legend.

    Raises
    ------
    UnknownNameError, UnitError
        If a variable was not recorded, or is no current.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1, plot
    >>> chip = DynapSE1()
    >>> cells, source = chip.population(1), SpikeGeneratorGroup(1, [0], [2]*ms)
    >>> into = chip.connect(source, cells, "AMPA", weight=8)
    >>> monitor = StateMonitor(cells, ["Isoma_mem", "Iampa"], record=[0])
    >>> Network(chip.objects, source, monitor).run(10*ms)
    >>> axes = plot.currents(monitor, ["Iampa", "Isoma_mem"], labels={"Isoma_mem": "membrane"})
    >>> [line.get_label() for line in axes.get_lines()]
    ['Iampa', 'membrane']
    """
    who = "plot.currents"
    signals = signals_of(who, monitor, variables)
    for signal in signals:
        if signal.dimensions is not amp.dim:
            unit = best_unit(signal.dimensions, signal.values)[0] or "no unit"
            raise UnitError(f"{who} draws currents; {signal.name} is in {unit}. plot.traces draws it.")
        _check_rows(who, signal, [neuron])
    axes = new_axes(axes, (8, 3))
    drawn = _unit_for(who, axes, signals, nA)
    label_time(who, axes)
    axes.yaxis.set_units(drawn)
    for signal in signals:
        said = (labels or {}).get(signal.name, signal.name)
        axes.semilogy(in_ms(signal.times), signal.values[neuron] / drawn.size, linewidth=1, label=said)
    axes.set_ylabel("current (nA)")
    _legend(axes)
    return axes


def traces(
    what: Any,
    variables: str | Sequence[str] | Mapping[str, str] | None = None,
    *,
    neurons: int | Sequence[int] | None = None,
    name: str | None = None,
    labels: str | Sequence[str] | None = None,
    levels: Mapping[str, Quantity] | None = None,
    log: bool = False,
    style: str = "-",
    unit: Quantity | None = None,
    time_unit: Quantity = ms,
    axes: Axes | None = None,
) -> Axes:
    """Draw recorded variables over time, in the unit in which they read best.

    What is drawn into axes that have traces already, or share their scale with such, is in the same unit.

    Parameters
    ----------
    what
        Brian2's state monitors; PyNN populations, of which signals were recorded; blocks, segments (the last of a
        block) and signals of Neo; results and recordings of sweeps; ``(times, values)`` with units, of which values
        have the shape (samples,) or (lines, samples); mappings of labels to these.
    variables : str, sequence of str, or mapping of str to str, optional
        Of one unit; all that were recorded if not given. A mapping says what to call each. What
        ``(times, values)`` are called.
    neurons : int or sequence of int, optional
        Positions among what was recorded; all if not given.
    name : str, optional
        What stands at the axis before the unit; if not given the variable, or ``current`` and the like of several.
    labels : str or sequence of str, optional
        What to call each line in the legend, in order.
    levels : mapping of str to Quantity, optional
        Dotted lines across, such as thresholds, under their labels.
    log : bool
        Whether the scale is logarithmic.
    style : str
        Matplotlib's word for colour and kind of the lines, as ``"k:"``.
    unit, time_unit : Quantity
        In which to draw, if not in the best one and in ms.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ParameterError, UnitError, UnknownNameError
        If something has no such signals, labels are not as many as lines, or units differ.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import plot
    >>> cells = NeuronGroup(2, "dv/dt = -v/(10*ms) : volt", method="exact")
    >>> cells.v = [10, 20]*mV
    >>> trace = StateMonitor(cells, "v", record=True)
    >>> Network(cells, trace).run(20*ms)
    >>> axes = plot.traces(trace, levels={"threshold": 15*mV})
    >>> axes.get_ylabel(), [text.get_text() for text in axes.get_legend().get_texts()]
    ('v (mV)', ['neuron 0', 'neuron 1', 'threshold'])
    >>> axes = plot.traces((trace.t, trace.v[0] - trace.v[1]), "difference", style="k:", axes=axes)
    """
    who = "plot.traces"
    found = _found(who, what, variables)
    lines = _lines(who, found, variables, neurons, labels)
    step = in_seconds(who, "time_unit", time_unit)
    axes = new_axes(axes, (8, 3))
    drawn = _unit_for(who, axes, [signal for _, signal in found], unit)
    across = {label: _level(who, label, value, drawn) for label, value in (levels or {}).items()}
    label_time(who, axes, str(time_unit if isinstance(time_unit, Unit) else time_unit.get_best_unit()))
    axes.yaxis.set_units(drawn)
    colours = colours_of(range(len(lines))) if len(lines) > 10 else {}  # else Matplotlib's, which go on in given axes
    for number, line in enumerate(lines):
        own = {"color": colours[number]} if colours and not style.strip("-:.") else {}
        axes.plot(line.times / step, line.values / drawn.size, style, linewidth=1, label=line.label or None, **own)
    for label, level in across.items():
        axes.axhline(level, color="grey", linestyle=":", linewidth=1, label=label)
    if log:
        axes.set_yscale("log")
    if (not axes.get_ylabel() or name) and axes.yaxis.get_tick_params()["labelleft"]:
        names = _names(found, variables)
        axes.set_ylabel(labelled(name or _quantity(list(names.values()), drawn), drawn.name))
    if labels is not None or levels or (len(lines) <= 10 and any(line.label for line in lines)):
        _legend(axes)
    return axes


class _Line(NamedTuple):
    """What one line shows: times in seconds, values in SI units, and what it is called in the legend."""

    times: np.ndarray
    values: np.ndarray
    label: str


def _found(who: str, what: Any, variables: Any) -> list[tuple[str, Signal]]:
    """Return the signals of *what*, and under which label each was given."""
    wanted = None if variables is None else [variables] if isinstance(variables, str) else list(variables)
    under_labels = isinstance(what, Mapping) and not hasattr(what, "data_vars")  # as xarray's results are, too
    parts = what.items() if under_labels else [("", what)]
    found = [(str(label), signal) for label, thing in parts for signal in signals_of(who, thing, wanted)]
    if not found:
        raise ParameterError(f"{who} draws signals; it was given none.")
    return found


def _names(found: list[tuple[str, Signal]], variables: Any) -> dict[str, str]:
    """Return what each variable is called."""
    renamed = variables if isinstance(variables, Mapping) else {}
    return {signal.name: renamed.get(signal.name, signal.name) for _, signal in found}


def _lines(who: str, found: list[tuple[str, Signal]], variables: Any, neurons: Any, labels: Any) -> list[_Line]:
    names = _names(found, variables)
    lines = []
    for under, signal in found:
        rows = range(len(signal.values)) if neurons is None else np.ravel(neurons).tolist()
        _check_rows(who, signal, rows)
        for row in rows:
            variable = names[signal.name] if len(names) > 1 else ""
            parts = [under, variable, signal.rows[row] if len(rows) > 1 else ""]
            lines.append(_Line(signal.times, signal.values[row], ", ".join(filter(None, parts))))
    if labels is None:
        return lines
    given = [labels] if isinstance(labels, str) else list(labels)
    if len(given) != len(lines) or isinstance(labels, Mapping):
        raise ParameterError(
            f"{who}: there are {len(lines)} lines and {len(given)} labels; give one for each line, in order. What "
            "variables are called stands in variables={variable: name}."
        )
    return [line._replace(label=label) for line, label in zip(lines, given, strict=True)]


@dataclass(frozen=True)
class _DrawnIn:
    """The unit of an axis, which Matplotlib keeps and shares."""

    name: str
    size: float
    dimensions: Dimension


def _unit_for(who: str, axes: Axes, signals: Sequence[Signal], unit: Any) -> _DrawnIn:
    """Return the unit in which to draw into *axes*: theirs, if they have one."""
    dimensions = signals[0].dimensions
    if other := next((signal for signal in signals if signal.dimensions is not dimensions), None):
        raise UnitError(
            f"{who}: {signals[0].name} and {other.name} have different units; draw each into axes of its own, as "
            f"traces(..., {other.name!r}, axes=...)."
        )
    before = axes.yaxis.get_units()
    if isinstance(before, _DrawnIn) and before.dimensions is not dimensions:
        raise UnitError(f"{who}: {signals[0].name} has another unit than what is in these axes, in {before.name}.")
    if unit is not None:
        if get_dimensions(unit) is not dimensions or np.size(unit) != 1:
            raise UnitError(f"{who}: {signals[0].name} cannot be drawn in {unit!r}.")
        now = _DrawnIn(str(unit), float(unit), dimensions)
        if isinstance(before, _DrawnIn) and before != now:
            raise UnitError(f"{who}: what is in these axes is in {before.name}; it cannot be joined by {now.name}.")
    elif isinstance(before, _DrawnIn):
        return before
    else:
        values = np.concatenate([np.ravel(signal.values) for signal in signals])
        now = _DrawnIn(*best_unit(dimensions, values[np.isfinite(values)]), dimensions)
    return now


def _level(who: str, label: str, value: Any, drawn: _DrawnIn) -> float:
    if get_dimensions(value) is not drawn.dimensions or np.size(value) != 1:
        raise UnitError(f"{who}: the level {label!r} is a value in {drawn.name}; it was given {value!r}.")
    return float(value) / drawn.size


def _quantity(names: Sequence[str], drawn: _DrawnIn) -> str:
    one = names[0] if len(names) == 1 else ""
    return one or _QUANTITIES.get(drawn.dimensions, ", ".join(names)) or "value"


def _check_rows(who: str, signal: Signal, rows: Sequence[int] | range) -> None:
    count = len(signal.values)
    if wrong := [row for row in rows if not -count <= row < count]:
        raise ParameterError(
            f"{who}: of {signal.name or 'this'} {count} were recorded; there is none at position {wrong[0]}."
        )


def _legend(axes: Axes) -> None:
    """Write what lines are called, above the axes, where it lies upon none."""
    count = len(axes.get_legend_handles_labels()[1])
    if count:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=min(4, count), fontsize="small", frameon=False)
