"""Populations of PyNN 0.4: cells on a grid, addressed by their coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import brianhw.pynn as sim
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import numbers_of, whole
from brianhw.pynn.checks.refusals import DimensionsRefused, IndexRefused, KindRefused, ModelRefused, ValueRefused
from brianhw.pynn.checks.selection import checked_sample
from brianhw.pynn.shared_random import drawn, is_unseeded, own_generator
from brianhw.pynn.together import all_or_nothing
from brianhw.pynn.v04.cells import INITIAL, StandardCellType
from brianhw.pynn.v04.files import write_spikes, write_traces
from brianhw.pynn.v04.ids import ID

__all__ = ["Population"]


class Population:
    """An array of neurons all of the same type.

    Parameters
    ----------
    dims : int or tuple of int
        One to three dimensions.
    cellclass : type
        A class of :mod:`brianhw.pynn.v04.cells`.
    cellparams : dict
        Parameters that differ from the defaults.
    label : str
        A name.

    Raises
    ------
    InvalidModelError
        If *cellclass* is no standard cell; there are no cells that are known by a string.
    InvalidDimensionsError
        If *dims* is no size.
    NonExistentParameterError, InvalidParameterValueError
        If a parameter does not exist or has a wrong value.
    """

    _count = 0

    def __init__(
        self, dims: Any, cellclass: Any, cellparams: Mapping[str, Any] | None = None, label: str | None = None
    ) -> None:
        try:
            self.dim = tuple(whole("Population: a dimension", d, 1) for d in (dims if np.iterable(dims) else (dims,)))
        except PyNNError as error:
            raise DimensionsRefused(f"A population has dimensions of one or more cells, not {dims!r}.") from error
        if not 1 <= len(self.dim) <= 3:
            raise DimensionsRefused(f"A population has 1 to 3 dimensions of one or more cells, not {dims!r}.")
        if not isinstance(cellparams, Mapping | None):
            raise KindRefused(f"Population: the parameters of the cells must be a dict, not {cellparams!r}.")
        if not (isinstance(cellclass, type) and issubclass(cellclass, StandardCellType)):
            raise ModelRefused(f"There is no cell {cellclass!r}; use a class of brianhw.pynn.v04.")
        self.celltype, self.cellparams = cellclass, dict(cellparams or {})
        made = cellclass(self.cellparams)
        self.size = int(np.prod(self.dim))
        self.label = label or f"population{Population._count}"
        Population._count += 1
        initial = made.initial_values()
        self.population = sim.Population(self.size, made.celltype(), initial_values=initial, label=self.label)
        self._other = {n: v for n, v in made.parameters.items() if n not in made.translations and n not in INITIAL}
        coordinates = np.zeros((3, self.size))
        coordinates[: len(self.dim)] = np.indices(self.dim).reshape(len(self.dim), -1)
        self.population.positions = coordinates
        self._files: list[tuple[str, str]] = []

    # -- cells --------------------------------------------------------------------------------------

    @property
    def first_id(self) -> int:
        return int(self.population.first_id)

    def _cell(self, index: int) -> ID:
        return ID(self.first_id + int(index), self)

    def _index(self, id: int) -> int:
        index = int(id) - self.first_id
        if not 0 <= index < self.size:
            raise IndexRefused(
                f"{self.label} has cells {self.first_id} to {self.first_id + self.size - 1}, not {int(id)}."
            )
        return index

    def __getitem__(self, addr: Any) -> ID:
        """Return the cell with these coordinates."""
        addr = tuple(addr) if np.iterable(addr) and not isinstance(addr, str) else (addr,)
        if any(isinstance(a, bool) or not isinstance(a, int | np.integer) for a in addr):
            raise KindRefused(f"{self.label}: an address is made of whole numbers, not {addr!r}.")
        if len(addr) != len(self.dim):
            raise DimensionsRefused(f"{self.label} has {len(self.dim)} dimensions, the address {addr} has {len(addr)}.")
        if any(not 0 <= a < d for a, d in zip(addr, self.dim, strict=True)):
            raise IndexRefused(f"{self.label} has the dimensions {self.dim}; there is no cell {addr}.")
        return self._cell(int(np.ravel_multi_index(addr, self.dim)))

    def __iter__(self) -> Iterator[ID]:
        """Iterate over cells."""
        return (self._cell(index) for index in range(self.size))

    def __len__(self) -> int:
        return self.size

    def ids(self) -> Iterator[ID]:
        """Iterate over cells."""
        return iter(self)

    def addresses(self) -> Iterator[tuple[int, ...]]:
        """Iterate over the coordinates of cells."""
        return iter(np.ndindex(*self.dim))

    def index(self, n: int) -> ID:
        """Return the cell number *n*, from 0."""
        return self._cell(self._index(self.first_id + n))

    def locate(self, id: int) -> tuple[int, ...]:
        """Return the coordinates of a cell."""
        return tuple(int(c) for c in np.unravel_index(self._index(id), self.dim))

    def nearest(self, position: Any) -> ID:
        """Return the cell closest to a position of three coordinates."""
        return self._cell(int(self.population.id_to_index(self.population.nearest(np.asarray(position, dtype=float)))))

    @property
    def positions(self) -> np.ndarray:
        """The positions of all cells, shape (3, number of cells); can be set. A cell's coordinates, at first."""
        found: np.ndarray = self.population.positions
        return found

    @positions.setter
    def positions(self, positions: Any) -> None:
        self.population.positions = np.asarray(positions, dtype=float)

    # -- parameters ---------------------------------------------------------------------------------

    def _parameters_of(self, index: int) -> dict[str, Any]:
        native = {name: _of_cell(value, index) for name, value in self.population._values.items()}
        found = {**self._other, **self.celltype.reverse_translate(native)}
        for name, variable in INITIAL.items():
            if name in self.celltype.default_parameters:
                found[name] = _of_cell(self.population._initial_arrays[variable], index)
        return {name: found[name] for name in self.celltype.default_parameters}

    def _set(self, parameters: Mapping[str, Any], where: slice) -> None:
        """Set checked parameters of the cells *where*, all or nothing."""
        checked = self.celltype.checkParameters(parameters)
        self._assign(checked, where, self._parameters_of(where.start or 0))

    def _assign(self, values: Mapping[str, Any], where: Any, others: Mapping[str, Any]) -> None:
        """Set parameters of this version, numbers or arrays; *others* are those that computed ones may depend on."""
        view = self.population[where] if where != slice(None) else self.population
        initial = {INITIAL[name]: value for name, value in values.items() if name in INITIAL}
        computed = [name for name in values if self._affects_computed(name)]
        everything = {**others, **values} if computed else values
        native = self.celltype.translate({n: v for n, v in everything.items() if n in self.celltype.translations})
        with all_or_nothing():
            if initial:
                view.initialize(**initial)
            if native:
                view.set(
                    **{n: sim.Sequence(value) if isinstance(value, list) else value for n, value in native.items()}
                )
        self._other.update({name: value for name, value in values.items() if name in self._other})

    def _affects_computed(self, name: str) -> bool:
        computed = self.celltype.computed_parameters()
        return bool(computed) and (name in computed or name == "cm")

    def set(self, param: Any, val: Any = None) -> None:
        """Set parameters of all cells: a dict of them, or a name and a value."""
        self._set(param if isinstance(param, Mapping) else {param: val}, slice(None))

    def tset(self, parametername: str, value_array: Any) -> None:
        """Set a parameter to the values of an array with the dimensions of the population.

        Raises
        ------
        InvalidDimensionsError
            If it has others.
        """
        self.celltype.checkParameters({parametername: self.celltype.default_parameters.get(parametername)})
        if isinstance(self.celltype.default_parameters[parametername], list):
            rows = list(value_array)
            if len(rows) != self.size:
                raise DimensionsRefused(f"{self.label} has {self.size} cells, {len(rows)} lists were given.")
            values: Any = np.array([sim.Sequence(row) for row in rows], dtype=object)
            self.population.set(**{parametername: list(values)})
            return
        numbers_of(f"{self.label}: {parametername}", value_array)
        values = np.asarray(value_array, dtype=float)
        if values.shape != self.dim:
            raise DimensionsRefused(f"{self.label} has the dimensions {self.dim}, the values have {values.shape}.")
        self._assign_numbers(parametername, values.ravel())

    def rset(self, parametername: str, rand_distr: Any) -> None:
        """Set a parameter to values of a random distribution."""
        self.celltype.checkParameters({parametername: self.celltype.default_parameters.get(parametername)})
        self._assign_numbers(parametername, drawn(self.label, rand_distr, self.size))

    def _assign_numbers(self, name: str, values: np.ndarray) -> None:
        self._assign({name: values}, slice(None), self._parameters_of(0))

    def randomInit(self, rand_distr: Any) -> None:
        """Set the initial membrane potentials to values of a random distribution."""
        self.population.initialize(v=drawn(self.label, rand_distr, self.size))

    # -- recording ----------------------------------------------------------------------------------

    def record(self, record_from: Any = None, rng: Any = None) -> None:
        """Record spikes: of all cells, of that many chosen at random, or of a list of cells."""
        self._record("spikes", record_from, rng)

    def record_v(self, record_from: Any = None, rng: Any = None) -> None:
        """Record membrane potentials: of all cells, of that many chosen at random, or of a list of cells."""
        self._record("v", record_from, rng)

    def _record(self, variable: str, record_from: Any, rng: Any) -> None:
        if record_from is None:
            self.population.record(variable)
            return
        if isinstance(record_from, int | np.integer) and not isinstance(record_from, ID):
            record_from = checked_sample(self.label, record_from, rng, self.size)
            chosen = (own_generator() if is_unseeded(rng) else rng).permutation(np.arange(self.size))[:record_from]
        elif np.iterable(record_from):
            chosen = np.array([self._index(cell) for cell in record_from])
        else:
            raise ValueRefused(f"record_from must be a number of cells or a list of them, not {record_from!r}.")
        self.population[np.sort(chosen)].record(variable)

    def _spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return cells (their numbers) and times in ms of all recorded spikes, in the order of time."""
        trains = self.population.get_data("spikes").segments[-1].spiketrains
        channels, times = (np.asarray(part) for part in trains.multiplexed)
        order = np.lexsort((channels, times))
        return channels[order].astype(int), times[order].astype(float)

    def getSpikes(self, gather: bool = True) -> np.ndarray:
        """Return cell and time (ms) of all recorded spikes, an array of shape (number of spikes, 2)."""
        return np.column_stack(self._spikes())

    def meanSpikeCount(self, gather: bool = True) -> float:
        """Return the mean number of spikes per recorded cell."""
        return float(self.population.mean_spike_count())

    def printSpikes(self, filename: Any, gather: bool = True, compatible_output: bool = True) -> None:
        """Write spikes to a file, as lines of time and cell, see :mod:`brianhw.pynn.v04.files`."""
        write_spikes(filename, self, *self._spikes(), compatible=compatible_output)

    def print_v(self, filename: Any, gather: bool = True, compatible_output: bool = True) -> None:
        """Write membrane potentials to a file, as lines of potential and cell."""
        (signal,) = self.population.get_data("v").segments[-1].filter(name="v")
        cells = np.asarray(signal.array_annotations["channel_index"]) + self.first_id
        write_traces(filename, self, cells, signal.magnitude, compatible=compatible_output)

    def describe(self) -> str:
        """Return a description for reading."""
        lines = [f"Population {self.label!r}: {self.size} cells of {self.celltype.__name__}, dimensions {self.dim}"]
        lines += [f"  {name} = {value}" for name, value in self._parameters_of(0).items()]
        return "\n".join(lines) + "\n  (parameters of the first cell)"


def _of_cell(value: Any, index: int) -> Any:
    value = value[index] if isinstance(value, np.ndarray) else value
    return list(value.value) if isinstance(value, sim.Sequence) else value
