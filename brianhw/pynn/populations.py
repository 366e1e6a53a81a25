"""Populations, views and assemblies: one array or one number for each parameter, never a Python object per cell."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np
from pyNN import common
from pyNN.errors import InvalidParameterValueError
from pyNN.parameters import ArrayParameter, LazyArray, ParameterSpace, simplify
from pyNN.standardmodels import StandardCellType
from pyNN.standardmodels.cells import SpikeSourceArray

from brianhw.errors import PyNNError, unknown_name
from brianhw.pynn import simulator
from brianhw.pynn.recording import Recorder
from brianhw.pynn.shared_random import drawn_in_turn, is_unseeded, own_generator, repeatable
from brianhw.pynn.simulator import ID, state
from brianhw.pynn.sources import check_source
from brianhw.pynn.text import plain_numbers
from brianhw.pynn.trains import flattened

__all__ = ["Assembly", "CellArray", "Population", "PopulationView"]


class CellArray(np.ndarray):
    """An array of cell ids whose items are :class:`~brianhw.pynn.simulator.ID` objects, made when looked at."""

    def __new__(cls, ids: Any) -> CellArray:
        return np.asarray(ids, dtype=np.int64).view(cls)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return found if isinstance(found, np.ndarray) else ID(found)

    def __iter__(self) -> Any:
        return (ID(cell) for cell in self.tolist())


class _Cells:
    """What populations and views share."""

    _simulator = simulator

    celltype: Any  # these two are PyNN's
    size: int
    label: str
    _population: Any  # the whole
    _indices: Any  # which of its cells
    _values: dict[str, Any]  # its parameters

    def set(self, **parameters: Any) -> None:
        """Set parameters: numbers, arrays or lists of one value per cell, distributions, or functions of the index."""
        converted = getattr(self.celltype, "_number", None)  # a native cell knows the units of its parameters
        if converted is not None:
            parameters = {n: converted(n, v) if n in self._values else v for n, v in parameters.items()}
        super().set(**plain_numbers(self.label, parameters))  # type: ignore[misc]

    def sample(self, n: int, rng: Any = None) -> PopulationView:
        """Return a view of *n* cells, drawn by *rng* or by what follows from ``setup(rng_seed=)``."""
        return super().sample(n, own_generator() if is_unseeded(rng) else rng)  # type: ignore[misc]

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)

    def _get_parameters(self, *names: str) -> ParameterSpace:
        """Return the values of the parameters *names*, all the same for native and PyNN names."""
        return self._get_native_parameters(*names)

    def _get_native_parameters(self, *names: str) -> ParameterSpace:
        own, mask = self._values, self._indices
        values = {}
        for name in names:
            if name not in own:
                raise _no_such_parameter(self.celltype, name)
            value = own[name]
            values[name] = simplify(value[mask]) if isinstance(value, np.ndarray) else value
        # PyNN can evaluate an array, such as spike times, only where it is told that it is one value
        schema = {name: _kind_of(value) for name, value in values.items()}
        return ParameterSpace(values, schema, shape=(self.size,))

    def get_initial_values(self) -> dict[str, Any]:
        """Return the initial value of every state variable, by name."""
        return {name: self.get_initial_value(name) for name in self._population.initial_values}

    def get_initial_value(self, variable: str) -> Any:
        """Return the initial values of one state variable: a number where all cells have the same, or an array.

        ``isyn_exc`` and ``gsyn_exc`` name the same variable, whichever the cell has; so do ``isyn_inh`` and
        ``gsyn_inh``.
        """
        known = self._population.initial_values
        other = {"i": "g", "g": "i"}.get(variable[:1], "") + variable[1:]
        found = variable if variable in known else other
        if found not in known:
            raise unknown_name(type(self.celltype).__name__, "state variable", variable, known)
        value = known[found].evaluate(simplify=True)
        return simplify(value[self._indices]) if isinstance(value, np.ndarray) else value


def _kind_of(value: Any) -> type:
    """Return what one cell's value is: a number, or one of PyNN's arrays."""
    first = value.flat[0] if isinstance(value, np.ndarray) and value.size else value
    return type(first) if isinstance(first, ArrayParameter) else float


def _no_such_parameter(celltype: Any, name: str) -> Exception:
    from pyNN.errors import NonExistentParameterError

    return NonExistentParameterError(name, type(celltype).__name__, celltype.get_parameter_names())


class Population(_Cells, common.Population):
    """A group of cells of one type. Arguments as in PyNN.

    Parameters may be a dict beside a cell class, or in a cell type object; lists of numbers are one per cell.
    """

    _recorder_class = Recorder
    _positions: np.ndarray | None  # PyNN's

    def __init__(
        self,
        size: Any,
        cellclass: Any,
        cellparams: Mapping[str, Any] | None = None,
        structure: Any = None,
        initial_values: Mapping[str, Any] | None = None,
        label: str | None = None,
    ) -> None:
        if isinstance(cellclass, type):  # PyNN unpacks the parameters, and so refuses None
            cellclass, cellparams = cellclass(**dict(cellparams or {})), None
        if isinstance(size, int | np.integer) and size < 1:
            raise PyNNError(
                f"Population {label or 'without a label'}: {size} cells were asked for; it needs one or more."
            )
        self.session = state.session
        super().__init__(size, cellclass, cellparams, structure, dict(initial_values or {}), label)
        state.add_population(self)

    _indices = slice(None)

    def _get_positions(self) -> np.ndarray:
        """Return the positions, shape (3, size), made when first asked for."""
        structure = self._structure
        if self._positions is None and is_unseeded(getattr(structure, "rng", structure)):
            drawn = copy(structure)
            drawn.rng = own_generator()
            self._positions = drawn.generate_positions(self.size)
        return super()._get_positions()

    positions = property(_get_positions, common.Population._set_positions)

    def _create_cells(self) -> None:
        self._population = self
        first = state.id_counter
        self.all_cells = CellArray(np.arange(first, first + self.size))
        self._mask_local = np.ones(self.size, dtype=bool)
        self._values = _evaluated(self.celltype, self.size)
        if isinstance(self.celltype, SpikeSourceArray):
            check_spike_times(self._values["spike_times"])
        check_source(self.celltype, self._values, self.size, state.dt)
        check_cell(self.celltype, self._values)
        check_lengths(self.celltype, self._values, self._values)

    @property
    def local_cells(self) -> CellArray:
        return self.all_cells

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self._assign(parameter_space, self._indices)

    def _assign(self, parameter_space: ParameterSpace, where: Any) -> None:
        """Give the cells *where* new values, all or nothing."""
        state.require(self, self.label)
        new = _as_values(parameter_space)
        if "spike_times" in new:
            check_spike_times(new["spike_times"])
        for name in new:
            if name not in self._values:
                raise _no_such_parameter(self.celltype, name)
        placed = {name: _placed(self._values[name], value, where, self.size) for name, value in new.items()}
        check_source(self.celltype, {**self._values, **placed}, self.size, state.dt)
        check_cell(self.celltype, placed)
        check_lengths(self.celltype, placed, self._values)
        if "spike_times" in new:
            self.recorder.keep_given_spikes()
        self._values.update(placed)
        if state.network is not None:
            state.network.parameters_changed(self, tuple(new))

    def _set_initial_value_array(self, variable: str, initial_value: LazyArray) -> None:
        self._initialise(variable, initial_value, slice(None))

    def _initialise(self, variable: str, value: LazyArray, where: Any) -> None:
        """Evaluate an initial value now: PyNN keeps a distribution, and would draw again at each look."""
        drawn = repeatable(value).evaluate(simplify=True)
        if isinstance(drawn, np.ndarray):
            drawn = simplify(_not_whole(drawn))
        known = self.initial_values.get(variable)
        before = 0.0 if known is None else known.evaluate(simplify=True)
        self._initial_arrays[variable] = _placed(before, drawn, where, self.size)
        if state.network is not None:
            state.network.initial_value_changed(self, variable)

    @property
    def _initial_arrays(self) -> dict[str, Any]:
        return self.__dict__.setdefault("_initial", {})

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of state variables: numbers, arrays, distributions, or functions of the index."""
        self._initialize(slice(None), self.size, initial_values)

    def _initialize(self, where: Any, size: int, initial_values: Mapping[str, Any]) -> None:
        state.require(self, self.label)
        for variable, value in plain_numbers(self.label, initial_values).items():
            self._say_if_unknown(variable)
            self._initialise(variable, LazyArray(value, shape=(size,), dtype=float), where)
            self.initial_values[variable] = LazyArray(self._initial_arrays[variable], shape=(self.size,), dtype=float)

    def _say_if_unknown(self, variable: str) -> None:
        """Say once where a state variable does not exist: other back ends, too, go on without it."""
        celltype = self.celltype
        known = {*self.initial_values, *celltype.default_initial_values, *celltype.recordable} - {"spikes"}
        if not {variable, {"i": "g", "g": "i"}.get(variable[:1], "") + variable[1:]} & known:
            message = unknown_name(type(celltype).__name__, "state variable", variable, known)
            state.say(f"{variable} of {self.label}", f"{self.label}: {message} The value given is not used.")

    def _set_cell_initial_value(self, id: Any, variable: str, value: float) -> None:
        index = self.id_to_index(id)
        self._initialize(slice(index, index + 1), 1, {variable: value})


class PopulationView(_Cells, common.PopulationView):
    """Some cells of a population, in its order."""

    def __init__(self, parent: Any, selector: Any, label: str | None = None) -> None:
        super().__init__(parent, selector, label)
        self._population = self.grandparent
        self._indices = self._contiguous(self.index_in_grandparent(np.arange(self.size)))
        self._values = self._population._values

    @staticmethod
    def _contiguous(indices: np.ndarray) -> Any:
        if len(indices) and indices[-1] - indices[0] + 1 == len(indices) and (np.diff(indices) == 1).all():
            return slice(int(indices[0]), int(indices[-1]) + 1)
        return indices

    __hash__ = None  # type: ignore[assignment]  # equality is by cells

    @property
    def initial_values(self) -> dict[str, Any]:
        whole = self._population.initial_values
        values = {name: value.evaluate(simplify=True) for name, value in whole.items()}
        return {
            name: LazyArray(value[self._indices] if isinstance(value, np.ndarray) else value, shape=(self.size,))
            for name, value in values.items()
        }

    def initialize(self, **initial_values: Any) -> None:
        self._population._initialize(self._indices, self.size, initial_values)

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self._population._assign(parameter_space, self._indices)


class Assembly(common.Assembly):
    """Populations and views as one group."""

    _simulator = simulator

    @property
    def all_cells(self) -> CellArray:
        return CellArray(np.concatenate([np.asarray(p.all_cells) for p in self.populations]))

    @property
    def local_cells(self) -> CellArray:
        return self.all_cells

    def sample(self, n: int, rng: Any = None) -> Assembly:
        """Return an assembly of *n* cells, drawn by *rng* or by what follows from ``setup(rng_seed=)``."""
        return super().sample(n, own_generator() if is_unseeded(rng) else rng)

    @property
    def receptor_types(self) -> list[str]:
        """The receptors that all parts have, in the order of the first part's: PyNN's own order is that of a
        set, so that a projection without `receptor_type` would be excitatory in one run, inhibitory in the next."""
        first, *others = [part.celltype.receptor_types for part in self.populations]
        return [receptor for receptor in first if all(receptor in other for other in others)]

    def get_annotations(self, *names: str) -> dict[str, Any]:
        return {name: self.annotations[name] for name in names}


for _class in (Population, PopulationView):
    _class._assembly_class = Assembly


# -- values -----------------------------------------------------------------------------------------


def _evaluated(celltype: Any, size: int) -> dict[str, Any]:
    """Return a cell type's parameters: a number, an array of *size*, or an array of sequences."""
    space = drawn_in_turn(celltype.parameter_space, f"the parameters of {type(celltype).__name__}")
    space.shape = (size,)
    return _as_values(space)


def _as_values(space: ParameterSpace) -> dict[str, Any]:
    space._parameters = {name: repeatable(value) for name, value in space.items()}
    space.evaluate(simplify=True)
    space.flatten()
    return {name: _not_whole(value) for name, value in space.as_dict().items() if not isinstance(value, dict)}


def _not_whole(value: Any) -> Any:
    """Return an array of whole numbers as one that can hold others, too; anything else as it is."""
    return value.astype(float) if isinstance(value, np.ndarray) and value.dtype.kind in "iu" else value


def _placed(before: Any, value: Any, where: Any, size: int) -> Any:
    """Return *before* with *value* at *where*; one number stays one where it holds for all cells."""
    if isinstance(where, slice) and where.indices(size) == (0, size, 1):
        return value
    if not isinstance(before, np.ndarray):
        if not isinstance(value, np.ndarray) and value == before:
            return before
        whole = np.empty(size, dtype=float if isinstance(before, (int, float, np.number)) else object)
        whole[:] = before
    else:
        whole = before.copy()
    if whole.dtype == object and not isinstance(value, np.ndarray):
        for index in np.arange(size)[where]:
            whole[index] = value
    else:
        try:
            whole[where] = value
        except (TypeError, ValueError) as error:
            raise InvalidParameterValueError(f"{value!r} cannot be given to {len(whole[where])} cells.") from error
    return whole


def check_cell(celltype: Any, values: Mapping[str, Any]) -> None:
    """Raise where a parameter is no number, or a capacitance or time constant of a standard cell is not positive.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming the parameter and the first such cell.
    """
    standard = isinstance(celltype, StandardCellType)
    for name, value in values.items():
        numbers = np.atleast_1d(value)
        if numbers.dtype.kind != "f":
            continue
        positive = standard and (name == "cm" or (name.startswith("tau_") and name != "tau_refrac"))
        wrong = ~(numbers > 0) if positive else np.isnan(numbers)
        if wrong.any():
            cell = int(np.argmax(wrong))
            need = "be positive" if positive else "be a number"
            raise InvalidParameterValueError(
                f"{type(celltype).__name__}: {name} of cell {cell} is {numbers[cell]:g}; it must {need}."
            )


def check_lengths(celltype: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Raise where arrays that belong to a cell's equations, unlike spike times, have another length than *before*.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming the parameter and both lengths.
    """
    for name, value in values.items():
        if _kind_of(value) is ArrayParameter:
            (expected, *_), found = _lengths(before[name]), _lengths(value)
            wrong = [length for length in found if length != expected]
            if wrong:
                raise InvalidParameterValueError(
                    f"{type(celltype).__name__}: {name} has {expected} elements in each cell, not {wrong[0]}. Make a "
                    "population of its own for cells with another number."
                )


def _lengths(value: Any) -> list[int]:
    return [len(each.value) for each in (value.flat if isinstance(value, np.ndarray) else [value])]


def check_spike_times(trains: Any) -> None:
    """Raise where spike times are no numbers, below zero, or, in strict mode, not in order.

    Raises
    ------
    pyNN.errors.InvalidParameterValueError
        Naming the first such cell.
    """
    cells, times = flattened(trains, len(trains) if isinstance(trains, np.ndarray) else 1)
    wrong = ~(times >= 0)  # NaN, too
    if wrong.any():
        cell = cells[np.argmax(wrong)]
        raise InvalidParameterValueError(
            f"The spike times of cell {cell} must be numbers of zero or more (ms), not {times[cells == cell]}."
        )
    back = (times[1:] < times[:-1]) & (cells[1:] == cells[:-1])
    if state.strict and back.any():
        cell = cells[np.argmax(back)]
        raise InvalidParameterValueError(
            f"The spike times of cell {cell} are not in ascending order: {times[cells == cell]}."
        )
