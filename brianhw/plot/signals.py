"""Recorded signals over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

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
    monitor : StateMonitor
        Holds *variables*, all of them currents.
    neuron : int
        Position among the recorded neurons.
    labels : mapping of str to str, optional
        What to call a variable in the legend.
    """
    axes = new_axes(axes, (8, 3))
    for variable in variables:
        trace = np.asarray(getattr(monitor, f"{variable}_")[neuron]) * 1e9
        axes.semilogy(in_ms(monitor.t), trace, linewidth=1, label=(labels or {}).get(variable, variable))
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("current (nA)")
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=min(4, len(variables)), fontsize="small", frameon=False
    )
    return axes
