"""Recorded signals over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import amp

from brianhw.errors import UnitError, unknown_name
from brianhw.plot.drawing import in_ms, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["currents"]


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
    axes = new_axes(axes, (8, 3))
    for variable in variables:
        times, trace = _trace(monitor, variable, neuron)
        axes.semilogy(in_ms(times), trace * 1e9, linewidth=1, label=(labels or {}).get(variable, variable))
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("current (nA)")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=min(4, len(variables)), fontsize="small", frameon=False
    )
    return axes


def _trace(monitor: Any, variable: str, neuron: int) -> tuple[np.ndarray, np.ndarray]:
    """Return times (s) and values (A) of one neuron."""
    if hasattr(monitor, "record_variables"):
        if variable not in monitor.record_variables:
            raise unknown_name(f"StateMonitor {monitor.name!r}", "variable", variable, monitor.record_variables)
        if monitor.variables[variable].dim != amp.dim:
            raise UnitError(f"plot.currents draws currents; {variable} of {monitor.name!r} is none.")
        return np.asarray(monitor.t), np.asarray(getattr(monitor, f"{variable}_")[neuron])
    if hasattr(monitor, "get_data"):
        monitor = monitor.get_data(variable)
    segment = monitor.segments[-1] if hasattr(monitor, "segments") else monitor
    signals = {signal.name: signal for signal in getattr(segment, "analogsignals", ())}
    if variable not in signals:
        raise unknown_name("plot.currents", "recorded signal", variable, signals)
    try:
        values = signals[variable].rescale("A")
    except ValueError as error:
        raise UnitError(f"plot.currents draws currents; {variable} is in {signals[variable].units}.") from error
    return np.asarray(values.times.rescale("s").magnitude), np.asarray(values.magnitude)[:, neuron]
