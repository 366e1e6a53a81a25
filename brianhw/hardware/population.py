"""A population on a chip: a Brian2 group that knows where it is and shares its core's biases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import NeuronGroup, Quantity, linked_var
from brian2.core.namespace import DEFAULT_UNITS, get_local_namespace
from brian2.core.variables import VariableView
from brian2.groups.subgroup import Subgroup

from brianhw.allocation import Placement
from brianhw.errors import ParameterError, unknown_name
from brianhw.hardware.allocated import Allocated, Holder, NamedVariables
from brianhw.hardware.core import Core
from brianhw.hardware.pairs import evaluate
from brianhw.hardware.spread import is_on, on_core, over_cores
from brianhw.model import NeuronModel

if TYPE_CHECKING:
    from brian2.groups.group import Group as _Mixin  # what it is mixed into
else:
    _Mixin = object

__all__ = ["Population"]


class _SharesBiases(_Mixin):
    """What populations and their subgroups have in common: a bias set here is set on the cores they are on."""

    _core_biases: frozenset[str] = frozenset()  # until the group is complete

    def _whole(self) -> Population:
        """Return the population that this is, or is a part of."""
        raise NotImplementedError  # pragma: no cover - each of the two says

    def _own_cores(self) -> Sequence[Core]:
        """Return the cores of these neurons."""
        raise NotImplementedError  # pragma: no cover - each of the two says

    def set_bias(self, name: str, value: Any, names: Mapping[str, Any]) -> None:
        """Set one bias of all cores of these neurons; an expression may use *names* and the core's biases."""
        self._give_to_cores(name, self._for_cores(name, value, names))

    def _for_cores(self, name: str, value: Any, names: Mapping[str, Any]) -> list[Any]:
        """Return what each core of these neurons would get as a bias; raise where one cannot have it."""
        self._whole().check_allocated()
        cores = self._own_cores()
        values = [value] * len(cores)
        if isinstance(value, str):
            values = [
                evaluate(f"{self.name}.{name}", value, {**DEFAULT_UNITS, **names, **core.biases}, 1) for core in cores
            ]
        for core, each in zip(cores, values, strict=True):
            core.check_biases({name: each})
        return values

    def _give_to_cores(self, name: str, values: list[Any]) -> None:
        for core, each in zip(self._own_cores(), values, strict=True):
            core.bias(**{name: each})

    def __setattr__(self, key: str, value: Any, level: int = 0) -> None:
        name = key.removesuffix("_")
        if name in self._core_biases:
            view = self.state(name, use_units=key == name)
            view.set_item(slice(None), value, level=level + 1)
        else:
            super().__setattr__(key, value, level=level + 1)

    def state(self, name: str, use_units: bool = True, level: int = 0) -> Any:
        if name in self._core_biases:
            variable = self.variables[name]
            return BiasView(name, variable, self, dimensions=variable.dim if use_units else None)
        return super().state(name, use_units=use_units, level=level + 1)

    def set_states(self, values: Any, units: bool = True, format: str = "dict", level: int = 0) -> None:
        """Set states as in Brian2, biases among them; names, units and biases are checked before any is set."""
        if format != "dict":
            super().set_states(values, units=units, format=format, level=level + 1)
            return
        model = self._whole()._circuits.model
        for name in values:
            if name not in self.variables:
                raise unknown_name(f"Group {self.name}", "state variable", name, self.variables)
        if units:
            settable = {*model.parameters, *model.state_variables}
            model.check({name: value for name, value in values.items() if name in settable}, len(self))
        names = get_local_namespace(level=level + 1)
        biases = {
            name: self._for_cores(name, self.state(name, use_units=units).with_unit(value), names)
            for name, value in values.items()
            if name in self._core_biases
        }
        others = {name: value for name, value in values.items() if name not in biases}
        super().set_states(others, units=units, level=level + 1)  # the first to refuse what is read-only
        for name, on_cores in biases.items():
            self._give_to_cores(name, on_cores)


class BiasView(VariableView):
    """A bias as a variable of a population: reading as in Brian2, writing for whole cores."""

    def __init__(self, name: str, variable: Any, group: _SharesBiases, dimensions: Any) -> None:
        super().__init__(name, variable, group, dimensions=dimensions)
        self._neurons = group  # Brian2 refers to it weakly, and population[2:4].bias[:] = ... drops the part at once

    def set_item(self, item: Any, value: Any, level: int = 0, namespace: Any = None) -> None:
        whole = (isinstance(item, slice) and item == slice(None)) or (isinstance(item, str) and item == "True")
        if not (whole or item is Ellipsis):
            raise ParameterError(
                f"{self._neurons.name}: {self.name!r} has one value for all neurons of a core; set it without an index."
            )
        names = get_local_namespace(level=level + 1) if namespace is None else namespace
        self._neurons.set_bias(self.name, self.with_unit(value), names)

    def with_unit(self, value: Any) -> Any:
        """Return a value with the unit that it has where this view takes bare numbers, in SI units."""
        return Quantity(value, dim=self.variable.dim) if self.dim is None and not isinstance(value, str) else value


class PopulationPart(_SharesBiases, Subgroup):
    """Neighbouring neurons of a population; ``population[2:8]`` makes them. A Brian2 subgroup."""

    def __init__(self, population: Population, start: int, stop: int) -> None:
        super().__init__(population, start, stop)
        NamedVariables.of(self, population._circuits.model)
        self._core_biases = population._core_biases

    def _whole(self) -> Population:
        return self.source

    def _own_cores(self) -> Sequence[Core]:
        here = np.unique(self.source.placement.core_of[self.start : self.stop])
        return [core for core in self.source._cores if core.number in here]

    def __getitem__(self, item: Any) -> PopulationPart:
        return _part(self.source, super().__getitem__(item))


def _part(population: Population, part: Subgroup) -> PopulationPart:
    """Return the same neurons as Brian2's subgroup *part*, which has read the slice."""
    bounds = part.start, part.stop
    del part
    return PopulationPart(population, *bounds)


class Population(Allocated, _SharesBiases, NeuronGroup):
    """Neurons on a chip; ``chip.population(64, core=1)`` makes them.

    A Brian2 ``NeuronGroup`` in every respect. Parameters that its core shares are the core's: setting one
    here sets it for every population on that core.

    Attributes
    ----------
    placement : brianhw.allocation.Placement
        Which neurons of the chip these are.

    Raises
    ------
    ParameterError, UnitError
        By writing a bias with an index, or in another unit.
    ReleasedError
        By a run, or by setting a bias, after :meth:`free`.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1()
    >>> cells, others = chip.population(10, core=1), chip.population(4, core=1, name="others")
    >>> cells.Iampa_tau = 10*pA  # a bias: for the whole core
    >>> others.Iampa_tau
    <others.Iampa_tau: 10. * pamp>
    >>> len(cells[2:5]), cells.placement.cores
    (3, (1,))
    """

    def __init__(self, chip: Holder, cores: Sequence[Core], placement: Placement) -> None:
        circuits = cores[0].circuits
        self.set_chip(chip, cores[0].register.connections)
        self._cores = tuple(cores)
        self._circuits = circuits
        self.placement = placement  # the neurons of the chip that the population occupies
        super().__init__(placement.n, **self._own_model(), name=placement.population)
        NamedVariables.of(self, circuits.model)
        self._link_biases()
        self._core_biases = frozenset(circuits.shared)
        self._set_own_values()

    def _own_model(self) -> NeuronModel:
        """Return the neurons' text: they read the biases that their cores hold."""
        if len(self._cores) == 1:
            return self._circuits.model.with_flags(self._circuits.shared, "linked")
        return over_cores(self._circuits.model, self.placement.cores, self._circuits.shared)

    def _link_biases(self) -> None:
        """Let the neurons read the bias generators of their cores."""
        alone = len(self._cores) == 1
        for core in self._cores:
            for name in self._circuits.shared:
                setattr(self, name if alone else on_core(name, core.number), linked_var(core.generator, name))
            if not alone:
                setattr(self, is_on(core.number), np.where(self.placement.core_of == core.number, 1.0, 0.0))

    def _set_own_values(self) -> None:
        """Set the parameters that each neuron has for itself, and the initial states."""
        model, parameters, cores = self._circuits.model, self._circuits.parameters, self._cores
        row = np.searchsorted(self.placement.cores, self.placement.core_of)

        def of_neurons(name: str) -> Quantity:
            on_cores = [core.value(name) for core in cores]
            return on_cores[0] if len(cores) == 1 else Quantity(on_cores)[row]

        own = {name: of_neurons(name) for name in model.parameters if name not in self._core_biases}
        states = {name: value for name, value in parameters.items() if name not in model.parameters}
        starts = {name: of_neurons(start) for name, start in model.initial.items() if start in model.parameters}
        model.assign(self, {**own, **starts, **states})

    def _whole(self) -> Population:
        return self

    def _own_cores(self) -> Sequence[Core]:
        return self._cores

    def __getitem__(self, item: Any) -> PopulationPart:
        return _part(self, super().__getitem__(item))

    def _full_state(self) -> dict[str, Any]:
        # Brian2 stores what belongs to the objects of a network; the bias generators are in none
        state = super()._full_state()
        generators = [core.generator for core in self._cores]
        for name, variable in self.variables.items():
            if any(variable is each for generator in generators for each in generator.variables.values()):
                state[name] = (variable.get_value().copy(), variable.size)
        return state

    def free(self) -> None:
        """Give the neurons back to the chip, with all connections from and to them."""
        self.chip.free(self)
