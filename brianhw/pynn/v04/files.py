"""The text files of PyNN 0.4.

With ``compatible_output`` a line is a value and the index of its cell in the population; the lines before, which begin
with ``#``, hold the time step, the first and last id, and the number of data points per cell. Without, a line is the
cell's id and a value, as they were recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from brianhw.pynn.simulator import state

__all__ = ["write_spikes", "write_traces"]


def _header(population: Any, numbers: Any) -> str:
    first = population.first_id
    return f"# dt = {state.dt:g}\n# first_id = {first}\n# last_id = {first + population.size - 1}\n# n = {numbers}\n"


def write_spikes(filename: Any, population: Any, cells: np.ndarray, times: np.ndarray, *, compatible: bool) -> None:
    """Write the spikes of *cells* (numbers) at *times* (ms)."""
    indices = cells - population.first_id
    if compatible:
        counts = np.bincount(indices, minlength=population.size).tolist()
        lines = [f"{time:g}\t{index}\n" for time, index in zip(times.tolist(), indices.tolist(), strict=True)]
        text = _header(population, counts) + "".join(lines)
    else:
        text = "".join(f"{cell}\t{time:g}\n" for cell, time in zip(cells.tolist(), times.tolist(), strict=True))
    Path(filename).write_text(text, encoding="utf-8")


def write_traces(filename: Any, population: Any, cells: np.ndarray, values: np.ndarray, *, compatible: bool) -> None:
    """Write the *values*, shape (samples, cells), one cell after the other."""
    parts = [_header(population, len(values))] if compatible else []
    for cell, column in zip(cells.tolist(), values.T.tolist(), strict=True):
        if compatible:
            parts += [f"{value:g}\t{cell - population.first_id}\n" for value in column]
        else:
            parts += [f"{cell}\t{value:g}\n" for value in column]
    Path(filename).write_text("".join(parts), encoding="utf-8")
