"""Poisson sources whose rates follow a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.pynn.building.source_groups import RandomSpikes
from brianhw.pynn.models.renewal import Floats, PoissonProcess
from brianhw.spinnaker.source_type import SourceType

__all__ = ["SpikeSourcePoissonVariable"]

FOREVER = 0xFFFFFFFF  # as the vendor writes a duration without end


class TableProcess(PoissonProcess):
    """Spikes at rates that change at given times.

    Parameters
    ----------
    table : (array, array, array), each of shape (1, k) or (size, k)
        Rates in Hz, where they begin and where they end in ms; one row for all cells, or one for each. In between the
        rate is zero.
    """

    source = "SpikeSourcePoissonVariable"

    def __init__(self, table: tuple[Floats, Floats, Floats], size: int, dt: float) -> None:
        rates, starts, ends = table
        super().__init__({"start": 0.0, "duration": np.inf, "rate": rates.max(axis=1, initial=0.0)}, size, dt)
        self.values = {}  # no parameter can change them
        self.counts = None  # which are for one rate
        self.table = rates * dt / 1000.0
        self.begins, self.ends = (np.ceil(np.minimum(each / dt, 2.0**60) - 1e-6) for each in (starts, ends))

    def _changes(self) -> Iterable[Floats]:
        return [self.begins.ravel(), self.ends.ravel()]

    def _rates_from(self, first: int) -> Floats:
        now = np.where((self.begins <= first) & (first < self.ends), self.table, 0.0).sum(axis=1)
        return np.broadcast_to(now, (self.size,))


class TableSpikes(RandomSpikes):
    """Such sources in Brian2."""

    def _made(self) -> TableProcess:
        return TableProcess(self.population.celltype.table(self.size), self.size, self.grid.dt)


class SpikeSourcePoissonVariable(SourceType):
    """Neurons that spike at random, each time at the rate that a table says for it.

    Parameters
    ----------
    rates : list of float, or list of such lists
        In Hz: for all neurons, or for each.
    starts : the same
        In ms: when each rate begins; ascending.
    durations : the same, optional
        In ms: how long each rate lasts; by default, and at most, until the next begins.

    Raises
    ------
    SpinnakerError
        If a number makes no sense, or their counts differ.
    """

    source_group = TableSpikes

    def __init__(self, rates: Any = (1.0,), starts: Any = (0.0,), durations: Any = None) -> None:
        super().__init__()
        self.rates, self.starts, self.durations = rates, starts, durations
        given = {"rates": rates, "starts": starts}
        if durations is not None:
            given["durations"] = durations
        self._rows = {name: _rows(name, value) for name, value in given.items()}
        counts = {name: len(rows) for name, rows in self._rows.items()}
        most = max(counts.values())
        for name, rows in self._rows.items():
            alike = len(rows) in (1, most)
            if not alike or any(len(_of(rows, k)) != len(_of(self._rows["rates"], k)) for k in range(most)):
                raise SpinnakerError(
                    f"SpikeSourcePoissonVariable: {name} must have as many numbers as rates, for all neurons or for "
                    f"each; rates are {rates!r}, {name} {given[name]!r}."
                )
        for row in self._rows["starts"]:
            if (np.diff(row) <= 0).any():
                raise SpinnakerError(f"SpikeSourcePoissonVariable: starts must ascend, {row.tolist()} do not.")

    @property
    def highest_rate(self) -> float:
        """The highest rate of each neuron in Hz, on average."""
        return float(np.mean([row.max(initial=0.0) for row in self._rows["rates"]]))

    def check_size(self, label: str, size: int) -> None:
        """Refuse a population of another size than the table has rows.

        Raises
        ------
        SpinnakerError
            Naming the population.
        """
        for name, rows in self._rows.items():
            if len(rows) not in (1, size):
                raise SpinnakerError(
                    f"{label}: {name} has {len(rows)} lists, the population {size} neurons. Give one list for all, or "
                    "one for each."
                )

    def table(self, size: int) -> tuple[Floats, Floats, Floats]:
        """Return rates, and when they begin and end; one row for all neurons, or one for each."""
        count = size if any(len(rows) > 1 for rows in self._rows.values()) else 1
        rates, starts = (_padded(self._rows[name], count, fill) for name, fill in (("rates", 0.0), ("starts", np.inf)))
        following = np.hstack([starts[:, 1:], np.full((count, 1), np.inf)])
        lasting = np.inf if "durations" not in self._rows else _padded(self._rows["durations"], count, 0.0)
        return rates, starts, np.minimum(starts + lasting, following)


def _rows(name: str, value: Any) -> list[Floats]:
    given = list(value) if np.iterable(value) and not isinstance(value, str) else []
    each = given if given and np.iterable(given[0]) else [given]
    try:
        rows = [np.array(row, dtype=float) for row in each]
    except (TypeError, ValueError):
        rows = []
    good = rows and all(row.ndim == 1 and len(row) and (row >= 0).all() for row in rows)
    if not good or (name != "durations" and not all(np.isfinite(row).all() for row in rows)):
        raise SpinnakerError(
            f"SpikeSourcePoissonVariable: {name} must be a list of numbers of at least zero, or one for each neuron, "
            f"not {value!r}."
        )
    return [np.where(row >= FOREVER, np.inf, row) for row in rows] if name == "durations" else rows


def _of(rows: list[Floats], cell: int) -> Floats:
    return rows[min(cell, len(rows) - 1)]


def _padded(rows: list[Floats], count: int, fill: float) -> Floats:
    found = np.full((count, max(map(len, rows))), fill)
    for k in range(count):
        row = _of(rows, k)
        found[k, : len(row)] = row
    return found
