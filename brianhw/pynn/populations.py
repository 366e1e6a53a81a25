"""Populations and views: one array or one number for each parameter, never a Python object per cell."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
from pyNN import common
from pyNN.parameters import LazyArray, ParameterSpace, simplify
from pyNN.standardmodels import StandardCellType
from pyNN.standardmodels.cells import SpikeSourceArray

from brianhw.errors import unknown_name
from brianhw.pynn import simulator
from brianhw.pynn.assemblies import Assembly, inject_into, joined
from brianhw.pynn.cell_arrays import CellArray
from brianhw.pynn.cell_values import (
    as_values,
    check_elements,
    check_lengths,
    check_spike_times,
    evaluated,
    kind_of,
    not_whole,
    placed_at,
)
from brianhw.pynn.checks.cells import checked_celltype, checked_size
from brianhw.pynn.checks.domains import check, check_orders
from brianhw.pynn.checks.positions import check_grid, checked_positions, checked_structure
from brianhw.pynn.checks.refusals import KindRefused, UnknownParameter, as_ours, refuse_unknown
from brianhw.pynn.checks.selection import checked_index, checked_sample, checked_selector
from brianhw.pynn.checks.text import domains_of, orders_of, plain_numbers
from brianhw.pynn.models.realisation import state_domains
from brianhw.pynn.models.sources import check_source
from brianhw.pynn.models.trains import flattened
from brianhw.pynn.recording import Recorder, opened
from brianhw.pynn.shared_random import is_unseeded, own_generator, repeatable
from brianhw.pynn.simulator import ID, state
from brianhw.pynn.together import change

__all__ = ["Assembly", "CellArray", "Population", "PopulationView"]


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
        refuse_unknown(type(self.celltype).__name__, parameters, self.celltype.get_parameter_names())
        converted = getattr(self.celltype, "_number", None)  # a native cell knows the units of its parameters
        if converted is not None:
            parameters = {n: converted(n, v) for n, v in parameters.items()}
        plain = plain_numbers(self.label, parameters)
        check_lengths(self.label, self.celltype, plain, self.size)
        with as_ours(f"{self.label} ({', '.join(plain)})"):
            super().set(**plain)  # type: ignore[misc]

    def __setattr__(self, name: str, value: Any) -> None:
        celltype = self.__dict__.get("celltype")
        if isinstance(celltype, StandardCellType) and name in celltype.get_parameter_names():
            raise KindRefused(f"{self.label}: {name} is a parameter of its cells; change it with set({name}=...).")
        super().__setattr__(name, value)

    def __getitem__(self, index: Any) -> Any:
        index = checked_index(self.label, index, self.size)
        return super().__getitem__(index)  # type: ignore[misc]

    def sample(self, n: int, rng: Any = None) -> PopulationView:
        """Return a view of *n* cells, drawn by *rng* or by what follows from ``setup(rng_seed=)``."""
        n = checked_sample(self.label, n, rng, self.size)
        return super().sample(n, own_generator() if is_unseeded(rng) else rng)  # type: ignore[misc]

    def __add__(self, other: Any) -> Assembly:
        return joined(self, other)

    def find_units(self, variable: Any) -> str:
        """Return the unit of a parameter or recordable variable, given by its name."""
        name, known = getattr(variable, "name", variable), self.celltype.units
        if name not in known:
            raise unknown_name(type(self.celltype).__name__, "parameter or variable", name, known)
        return str(known[name])

    def inject(self, current_source: Any) -> None:
        """Inject the current of one of the sources of this back end into all cells."""
        inject_into(self.label, current_source, self)

    def record(
        self, variables: Any, to_file: Any = None, sampling_interval: float | None = None, locations: Any = None
    ) -> None:
        """Record *variables* of all cells; arguments as in PyNN. ``end()`` writes them to the file."""
        super().record(variables, _checked_file(self.label, to_file), sampling_interval, locations)  # type: ignore[misc]
        if variables is not None and hasattr(to_file, "write_block"):
            state.write_on_end.append((self, variables, to_file))

    def write_data(self, io: Any, *arguments: Any, **options: Any) -> None:
        """Write what was recorded to a file, given by its name or as one of Neo's; arguments as in PyNN."""
        super().write_data(opened(self.label, io), *arguments, **options)  # type: ignore[misc]

    def id_to_index(self, id: Any) -> Any:
        """Return the index of a cell, or the indices of several."""
        if isinstance(id, ID):
            id.require()
        with as_ours(self.label):
            return super().id_to_index(id)  # type: ignore[misc]

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
        schema = {name: kind_of(value) for name, value in values.items()}
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


def _no_such_parameter(celltype: Any, name: str) -> Exception:
    return UnknownParameter(type(celltype).__name__, name, celltype.get_parameter_names())


def _checked_file(label: str, file: Any) -> Any:
    """Return a file name as text, as PyNN wants it."""
    if isinstance(file, Path):
        return str(file)
    if not (file is None or isinstance(file, str | bool) or hasattr(file, "write_block")):
        raise KindRefused(f"{label}: to_file must be the name of a file or one of Neo's files, not {file!r}.")
    return file


class Population(_Cells, common.Population):
    """A group of cells of one type. Arguments as in PyNN.

    Parameters may be a dict beside a cell class, or in a cell type object; lists of numbers are one per cell. More
    keywords are options of a chip; in floating point there are none.
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
        **options: Any,
    ) -> None:
        owner = f"Population {label or 'without a label'}"
        size, label = self._prepared(owner, size, cellclass, label, options)
        celltype = checked_celltype(owner, cellclass, cellparams)
        size = checked_size(owner, size)
        if structure is not None:
            checked_structure(owner, structure, size)
        if not isinstance(initial_values, Mapping | None):
            raise KindRefused(f"{owner}: initial_values must be a dict of state variables, not {initial_values!r}.")
        self.session = state.session
        before = set(state.recorders)
        try:
            with as_ours(owner):
                super().__init__(size, celltype, None, structure, dict(initial_values or {}), label)
        except Exception:
            state.recorders.intersection_update(before)  # PyNN has noted the recorder of a population that is not
            raise
        state.add_population(self)

    def _prepared(
        self, owner: str, size: Any, cellclass: Any, label: str | None, options: Mapping[str, Any]
    ) -> tuple[Any, str | None]:
        """Return size and label as they are used; a chip's population takes its *options*, too."""
        refuse_unknown(owner, options, [], "argument")
        return size, label

    _indices = slice(None)

    def _get_positions(self) -> np.ndarray:
        """Return the positions, shape (3, size), made when first asked for."""
        structure = self._structure
        if self._positions is None:
            check_grid(self.label, structure, self.size)
        if self._positions is None and is_unseeded(getattr(structure, "rng", structure)):
            drawn = copy(structure)
            drawn.rng = own_generator()
            self._positions = drawn.generate_positions(self.size)
        return super()._get_positions()

    def _set_positions(self, positions: Any) -> None:
        super()._set_positions(checked_positions(self.label, positions, self.size))

    positions = property(_get_positions, _set_positions)

    def _set_structure(self, structure: Any) -> None:
        checked_structure(self.label, structure, self.size)
        super()._set_structure(structure)

    structure = property(common.Population._get_structure, _set_structure)

    def _set_cell_position(self, id: Any, pos: Any) -> None:
        super()._set_cell_position(id, checked_positions(self.label, np.reshape(pos, (-1, 1)), 1)[:, 0])

    def _create_cells(self) -> None:
        self._population = self
        first = state.id_counter
        self.all_cells = CellArray(np.arange(first, first + self.size), self.session)
        self._mask_local = np.ones(self.size, dtype=bool)
        values = evaluated(self.celltype, self.size)
        self._check(values, values)
        self._values = values
        if isinstance(self.celltype, SpikeSourceArray):
            self._say_if_past(values["spike_times"])

    def _check(self, new: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        """Raise where *new* values of the cells make no sense, alone or with those of *before*.

        Raises
        ------
        PyNNError
            Naming the parameter and the cell.
        """
        owner = type(self.celltype).__name__
        everything = {**before, **new}
        if "spike_times" in new:
            check_spike_times(new["spike_times"])
        check_elements(self.celltype, new, before)
        check(owner, new, domains_of(self.celltype), "cell")
        check_orders(owner, everything, orders_of(self.celltype), "cell")
        check_source(self.celltype, everything, self.size, state.dt)

    def _say_if_past(self, trains: Any, before: Any = None) -> None:
        """Say which spikes will never be: they are due before now, and were not among those that have been."""
        if not state.step:
            return
        cells, times = flattened(trains, self.size)
        late = times < (state.step - 1 + 1e-6) * state.dt
        if late.any() and before is not None:
            known = set(zip(*(each.tolist() for each in flattened(before, self.size)), strict=True))
            late[late] = [pair not in known for pair in zip(cells[late].tolist(), times[late].tolist(), strict=True)]
        if late.any():
            state.say(
                f"spikes of {self.label} before {state.t}",
                f"{self.label}: {late.sum()} of {len(times)} spike times lie before now, {state.t:g} ms, the first at "
                f"{times[late].min():g} ms; none is sent for them. Give times from now on.",
            )

    @property
    def local_cells(self) -> CellArray:
        return self.all_cells

    def _set_parameters(self, parameter_space: ParameterSpace) -> None:
        self._assign(parameter_space, self._indices)

    def _assign(self, parameter_space: ParameterSpace, where: Any) -> None:
        """Give the cells *where* new values, all or nothing."""
        state.require(self, self.label)
        new = as_values(parameter_space)
        for name in new:
            if name not in self._values:
                raise _no_such_parameter(self.celltype, name)
        placed = {name: placed_at(self._values[name], value, where, self.size) for name, value in new.items()}
        self._check(placed, self._values)
        if "spike_times" in new:
            self._say_if_past(placed["spike_times"], self._values["spike_times"])

        def take() -> None:
            if "spike_times" in new:
                self.recorder.keep_given_spikes()
            self._values.update(placed)
            state.take_parameters(self, tuple(new))

        change(take)

    def _set_initial_value_array(self, variable: str, initial_value: LazyArray) -> None:
        raise AssertionError("initialize() is ours")  # pragma: no cover

    def _drawn(self, variable: str, value: Any, where: Any, size: int) -> Any:
        """Evaluate an initial value now: PyNN keeps a distribution, and would draw again at each look."""
        drawn = repeatable(LazyArray(value, shape=(size,), dtype=float)).evaluate(simplify=True)
        if isinstance(drawn, np.ndarray):
            drawn = simplify(not_whole(drawn))
        known = self.initial_values.get(variable)
        before = 0.0 if known is None else known.evaluate(simplify=True)
        return placed_at(before, drawn, where, self.size)

    @property
    def _initial_arrays(self) -> dict[str, Any]:
        return self.__dict__.setdefault("_initial", {})

    def initialize(self, **initial_values: Any) -> None:
        """Set initial values of state variables: numbers, arrays, distributions, or functions of the index."""
        self._initialize(slice(None), self.size, initial_values)

    def _initialize(self, where: Any, size: int, initial_values: Mapping[str, Any]) -> None:
        state.require(self, self.label)
        plain = plain_numbers(self.label, initial_values)
        for variable in plain:
            self._say_if_unknown(variable)
        with as_ours(f"{self.label} ({', '.join(plain)})"):
            new = {variable: self._drawn(variable, value, where, size) for variable, value in plain.items()}
        check(self.label, new, state_domains(self.celltype), "cell")

        def take() -> None:
            for variable, value in new.items():
                self._initial_arrays[variable] = value
                self.initial_values[variable] = LazyArray(value, shape=(self.size,), dtype=float)
                network = state.network or state.released  # whose state goes on
                if network is not None:
                    network.take_initial_value(self, variable)

        change(take)

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
        if not isinstance(parent, Population | PopulationView):
            raise KindRefused(f"PopulationView: {parent!r} is no population, and no view of one.")
        super().__init__(parent, checked_selector(parent.label, selector, parent.size), label)
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


for _class in (Population, PopulationView):
    _class._assembly_class = Assembly
