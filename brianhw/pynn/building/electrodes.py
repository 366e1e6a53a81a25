"""How the waveforms of current sources reach neurons.

The waveforms of all sources are computed with NumPy for some steps ahead, summed for each group of cells with the same
electrodes, and looked up by the neurons step by step: one column of a table per such group, whatever the sources are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from brian2 import TimedArray, amp, ms

from brianhw.model import Block, Feed
from brianhw.pynn.building.variables import put
from brianhw.pynn.models.grid import Grid

__all__ = ["AHEAD", "Electrodes"]

AHEAD = 1000  # steps of waveform that are computed at once
NANO = 1e-9


class Electrodes:
    """The currents of a network's neurons: a table of waveforms, one column per set of sources.

    Parameters
    ----------
    sources : iterable of CurrentSource
        Those of the script, in the order of their creation.
    grid : Grid
        The steps.
    ahead : int
        Rows of the table, in steps.
    """

    def __init__(self, sources: Iterable[Any], grid: Grid, ahead: int = AHEAD) -> None:
        self.sources = [source for source in sources if source.cell_list]
        self.grid, self.ahead = grid, ahead
        self._groups: list[Any] = []
        patterns: dict[int, tuple[int, ...]] = {}
        for number, source in enumerate(self.sources):
            for cell in source.cell_list:
                patterns[int(cell)] = (*patterns.get(int(cell), ()), number)
        self._sets = [(), *sorted(set(patterns.values()))]
        column = {pattern: number for number, pattern in enumerate(self._sets)}
        self._column_of = {cell: column[pattern] for cell, pattern in patterns.items()}
        self._table = np.zeros((ahead, len(self._sets)))
        if self.sources:
            self._waveform = TimedArray(self._table * amp, dt=grid.dt * ms, name="electrode_waveform*")

    def columns(self, population: Any) -> np.ndarray:
        """Return the column of the table that each cell of *population* has; 0 for none."""
        first = int(population.first_id)
        own = np.zeros(population.size, dtype=np.int32)
        for cell, column in self._column_of.items():
            if first <= cell < first + population.size:
                own[cell - first] = column
        return own

    def block(self, population: Any, port: str) -> Block | None:
        """Return what feeds the currents into the neurons of *population*, if any has an electrode."""
        if not self.columns(population).any():
            return None
        return Block(
            name="electrodes",
            equations="""
            I_electrode = electrode_waveform(t - t_waveform, electrode) : amp (constant over dt)   # all current sources
            electrode : integer (constant)                                      # column of the table
            t_waveform : second (shared)                                        # when the table begins
            """,
            feeds=(Feed(port, "I_electrode"),),
            namespace={"electrode_waveform": self._waveform},
        )

    def connect(self, population: Any, group: Any) -> None:
        """Tell the neurons of *group* their columns."""
        columns = self.columns(population)
        if columns.any():
            put(group, "electrode", columns)
            self._groups.append(group)

    @property
    def steps_at_once(self) -> int | None:
        """The steps that may be run before the table must be filled anew; ``None`` for any number."""
        return self.ahead if self._groups else None

    def fill(self, first: int, last: int) -> None:
        """Compute the currents during the steps from *first* up to *last*."""
        if not self._groups:
            return
        currents = [source.waveform(first, last) for source in self.sources]
        for source, current in zip(self.sources, currents, strict=True):
            source.keep(first, current)
        table = self._waveform.values
        for column, members in enumerate(self._sets):
            table[: last - first, column] = NANO * sum((currents[member] for member in members), np.zeros(last - first))
        for group in self._groups:
            put(group, "t_waveform", first * self.grid.dt * 1e-3)
