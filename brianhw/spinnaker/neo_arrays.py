"""Recorded data as arrays of rows, as scripts for SpiNNaker take them out of Neo: by the vendor's names.

Rows are (cell, time in ms) of spikes and (cell, time in ms, value) of samples, in the order of cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError

__all__ = [
    "convert_analog_signal",
    "convert_data",
    "convert_data_list",
    "convert_gsyn",
    "convert_gsyn_exc_list",
    "convert_gsyn_inh_list",
    "convert_spikes",
    "convert_spiketrains",
    "convert_v_list",
    "count_spikes",
    "count_spiketrains",
]


def convert_spiketrains(spiketrains: Iterable[Any]) -> np.ndarray:
    """Return cell and time of each spike, shape (spikes, 2); empty if there are none."""
    rows = [
        np.column_stack([np.full(len(train), train.annotations["source_index"]), train.rescale("ms").magnitude])
        for train in spiketrains
    ]
    return np.concatenate(rows) if rows else np.empty((0, 2))


def convert_spikes(neo: Any, run: int = 0) -> np.ndarray:
    """Return cell and time of each spike of segment *run* of a block, shape (spikes, 2)."""
    return convert_spiketrains(_segment(neo, run).spiketrains)


def convert_analog_signal(signal_array: Any, time_unit: Any = "ms") -> np.ndarray:
    """Return cell, time (in *time_unit*) and value of each sample, shape (samples, 3)."""
    times = signal_array.times.rescale(time_unit).magnitude
    cells = _cells(signal_array)
    values = signal_array.magnitude
    return np.column_stack([np.repeat(cells, len(times)), np.tile(times, len(cells)), values.T.ravel()])


def convert_data(data: Any, name: str, run: int = 0) -> np.ndarray:
    """Return the rows of one variable in segment *run* of a block.

    Raises
    ------
    SpinnakerError
        If there is no such segment or variable, or *name* is ``"all"``.
    """
    if name == "all":
        raise SpinnakerError("convert_data() gives one variable; 'all' would mix spikes, potentials and currents.")
    segment = _segment(data, run)
    if name == "spikes":
        return convert_spiketrains(segment.spiketrains)
    for signal in segment.analogsignals:
        if signal.name == name:
            return convert_analog_signal(signal)
    there = ", ".join(signal.name for signal in segment.analogsignals) or "no signal"
    raise SpinnakerError(f"convert_data(): segment {run} has {there}, not {name!r}.")


def convert_data_list(data: Any, name: str, runs: Sequence[int] | None = None) -> list[np.ndarray]:
    """Return the rows of one variable for each of the segments *runs*, by default all."""
    return [convert_data(data, name, run) for run in (range(len(data.segments)) if runs is None else runs)]


def convert_v_list(data: Any, runs: Sequence[int] | None = None) -> list[np.ndarray]:
    """Return the rows of the potential for each of the segments *runs*, by default all."""
    return convert_data_list(data, "v", runs)


def convert_gsyn_exc_list(data: Any, runs: Sequence[int] | None = None) -> list[np.ndarray]:
    """Return the rows of the excitatory input for each of the segments *runs*, by default all."""
    return convert_data_list(data, "gsyn_exc", runs)


def convert_gsyn_inh_list(data: Any, runs: Sequence[int] | None = None) -> list[np.ndarray]:
    """Return the rows of the inhibitory input for each of the segments *runs*, by default all."""
    return convert_data_list(data, "gsyn_inh", runs)


def convert_gsyn(gsyn_exc: Any, gsyn_inh: Any) -> np.ndarray:
    """Return cell, time, excitatory and inhibitory input of each sample of the first segments, shape (samples, 4).

    Raises
    ------
    SpinnakerError
        If the two are not of the same cells and times.
    """
    excitatory, inhibitory = convert_data(gsyn_exc, "gsyn_exc"), convert_data(gsyn_inh, "gsyn_inh")
    if excitatory.shape != inhibitory.shape or not np.allclose(excitatory[:, :2], inhibitory[:, :2]):
        raise SpinnakerError("convert_gsyn(): gsyn_exc and gsyn_inh are not of the same cells and times.")
    return np.column_stack([excitatory, inhibitory[:, 2]])


def count_spiketrains(spiketrains: Iterable[Any]) -> int:
    """Return how many spikes there are in all trains."""
    return sum(len(train) for train in spiketrains)


def count_spikes(neo: Any) -> int:
    """Return how many spikes the first segment of a block has."""
    return count_spiketrains(_segment(neo, 0).spiketrains)


def _segment(neo: Any, run: int) -> Any:
    if not 0 <= run < len(neo.segments):
        raise SpinnakerError(f"The data have segments 0 to {len(neo.segments) - 1}; segment {run} was asked for.")
    return neo.segments[run]


def _cells(signal: Any) -> np.ndarray:
    if "channel_index" in signal.array_annotations:
        return np.asarray(signal.array_annotations["channel_index"])
    return np.asarray(signal.annotations.get("channel_names", range(signal.shape[1])))
