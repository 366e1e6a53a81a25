"""A panel of one of PyNN's figures as the vendor's package has it: spikes as points, signals as maps of colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import neo
import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.spinnaker.neo_arrays import convert_analog_signal, convert_spiketrains

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SpynnakerPanel"]


class SpynnakerPanel:
    """A panel for ``pyNN.utility.plotting.Figure``.

    Parameters
    ----------
    *data
        Lists of spike trains, signals, whole blocks or segments of Neo, or rows as ``spinnaker_get_data`` gives them:
        (cell, time) of spikes, or (cell, time, value).
    data_labels : list of str, optional
        For each.
    line_properties : list of dict, optional
        Matplotlib's, for each.
    name : str, optional
        Which of several variables of a block or segment.
    run : int
        Which segment of a block.
    **options
        As PyNN's panel takes them: ``xticks``, ``ylabel``, ``xlim``, ``markersize`` and others.

    Raises
    ------
    SpinnakerError
        If there is nothing in the data that can be drawn, or several things and no *name*.
    """

    def __init__(
        self,
        *data: Any,
        data_labels: Sequence[str] | None = None,
        line_properties: Sequence[dict[str, Any]] | None = None,
        name: str | None = None,
        run: int = 0,
        **options: Any,
    ) -> None:
        self.rows = [_rows(each, name, run) for each in data]
        self.data_labels, self.line_properties, self.options = data_labels, line_properties, options

    def plot(self, axes: Axes) -> None:
        """Draw it."""
        from pyNN.utility.plotting import handle_options

        labels: Iterable[str | None] = self.data_labels or repeat(None)
        properties: Iterable[dict[str, Any]] = self.line_properties or repeat({})
        for rows, label, own in zip(self.rows, labels, properties, strict=False):
            options = {"markersize": 1, **self.options, **own}
            handle_options(axes, options)
            if rows.shape[1] == 2:
                axes.plot(rows[:, 1], rows[:, 0], options.pop("marker", "."), label=label, **options)
                axes.set_ylabel(axes.get_ylabel() or "Neuron index")
            elif len(rows):
                _map(axes, rows, label)
        if self.data_labels:
            axes.legend(loc="upper right")


def _map(axes: Axes, rows: np.ndarray, label: str | None) -> None:
    cells, times = np.unique(rows[:, 0]), np.unique(rows[:, 1])
    values = np.full((len(cells), len(times)), np.nan)
    values[np.searchsorted(cells, rows[:, 0]), np.searchsorted(times, rows[:, 1])] = rows[:, 2]
    step = times[1] - times[0] if len(times) > 1 else 1.0
    extent = (times[0], times[-1] + step, -0.5, len(cells) - 0.5)
    image = axes.imshow(values, aspect="auto", origin="lower", interpolation="none", extent=extent)
    axes.figure.colorbar(image, ax=axes, label=label)


def _rows(data: Any, name: str | None, run: int) -> np.ndarray:
    if isinstance(data, np.ndarray) and not isinstance(data, neo.AnalogSignal):
        if data.ndim == 2 and data.shape[1] in (2, 3):
            return data
        raise SpinnakerError(f"SpynnakerPanel: an array must have rows of two or three numbers, not {data.shape}.")
    if isinstance(data, neo.Block):
        data = data.segments[run]
    if isinstance(data, neo.Segment):
        found = {each.name: each for each in data.analogsignals}
        if data.spiketrains:
            found["spikes"] = data.spiketrains
        if name is None and len(found) == 1:
            (name,) = found
        if name not in found:
            raise SpinnakerError(
                f"SpynnakerPanel: say by name= which of {', '.join(map(str, found)) or 'nothing'} is to be drawn."
            )
        data = found[name]
    return convert_analog_signal(data) if isinstance(data, neo.AnalogSignal) else convert_spiketrains(data)
