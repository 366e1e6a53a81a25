"""One core of a chip: the biases that all its neurons share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2 import Quantity
from brian2.core.names import Nameable
from brian2.core.variables import Variables
from brian2.groups.group import VariableOwner

from brianhw.errors import ParameterError
from brianhw.hardware.circuits import Circuits, brian_name
from brianhw.hardware.register import Register
from brianhw.model import NeuronModel

__all__ = ["BiasGenerator", "Core"]


class BiasGenerator(VariableOwner):
    """The biases that the neurons of one core share, held once; populations link to them.

    Populations refer to these values as Brian2 groups refer to ``dt``: one written through any population,
    by any of Brian2's ways, is the core's.

    Parameters
    ----------
    name : str
        Brian2 name.
    model : NeuronModel
        The model that has the parameters *names*.
    names : iterable of str
        The parameters that the core shares.
    values : mapping of str to Quantity
        Their values at the start.
    """

    def __init__(self, name: str, model: NeuronModel, names: Iterable[str], values: Mapping[str, Any]) -> None:
        Nameable.__init__(self, name=name)
        self.variables = Variables(self)
        self.variables.add_constant("N", value=1)
        for bias in names:
            self.variables.add_array(
                bias,
                size=1,
                dimensions=model.parsed[bias].dim,
                dtype=np.float64,
                values=float(values[bias]),
                constant=True,
                scalar=True,
            )
        self._enable_group_attributes()

    def __len__(self) -> int:
        return 1


class Core:
    """A core of a chip; ``chip.core(1)`` gives it.

    A bias belongs to its core: one set here, or through any population of the core, holds for every neuron
    on it, now and later.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import DynapSE1
    >>> chip = DynapSE1()
    >>> core = chip.core(1)
    >>> core.bias(Iampa_tau=10*pA)
    >>> cells = chip.population(10, core=1, name="cells")
    >>> cells.Iampa_tau, core.free_neurons, core.changed_biases()
    (<cells.Iampa_tau: 10. * pamp>, 246, {'Iampa_tau': 10. * pamp})
    """

    def __init__(self, circuits: Circuits, register: Register, number: int) -> None:
        self.circuits = circuits
        self.register = register
        self.number = number
        self._values = {name: circuits.parameters.get(name, 0) for name in circuits.model.parameters}
        self._generator: BiasGenerator | None = None

    @property
    def generator(self) -> BiasGenerator:
        """The core's bias generator, made when the first population needs it."""
        if self._generator is None:
            name = f"{brian_name(self.circuits.name)}_core_{self.number}*"
            self._generator = BiasGenerator(name, self.circuits.model, self.circuits.shared, self._values)
        return self._generator

    @property
    def populations(self) -> tuple[Any, ...]:
        """The populations with neurons on this core."""
        return tuple(self.register.populations[name] for name in self.register.plan.populations_on(self.number))

    @property
    def free_neurons(self) -> int:
        """Number of neurons that are not allocated."""
        return self.register.plan.free_neurons()[self.number]

    def bias(self, **values: Any) -> None:
        """Set parameters of every neuron on the core, also of those allocated later.

        Parameters
        ----------
        **values : Quantity
            One new value per parameter name.

        Raises
        ------
        UnknownNameError
            If the neuron has no such parameter; the nearest known name is given.
        UnitError, ParameterError
            If a value has the wrong unit or is not a single one. Nothing has been set then.
        """
        self.check_biases(values)
        for name, value in values.items():
            value = self._values[name] = self._quantity(name, np.ravel(value)[0])
            if name not in self.circuits.shared:
                self._give_to_neurons(name, value)
            elif self._generator is not None:
                setattr(self._generator, name, value)

    def _give_to_neurons(self, name: str, value: Quantity) -> None:
        for population in self.populations:
            here = population.placement.core_of == self.number
            if here.all():
                setattr(population, name, value)
            else:
                getattr(population, name)[np.flatnonzero(here)] = value

    def check_biases(self, values: Mapping[str, Any]) -> None:
        """Raise unless each of *values* is one finite number with the unit of a parameter."""
        self.circuits.model.check(values, 1, only_parameters=True)
        for name, value in values.items():
            if isinstance(value, str) or not np.all(np.isfinite(np.asarray(value, dtype=float))):
                raise ParameterError(
                    f"{self.circuits.name} core {self.number}: {name!r} takes one finite value; it was given {value!r}."
                )

    @property
    def biases(self) -> dict[str, Quantity]:
        """The parameters of the core as they are now (of those that neurons have each: as set here)."""
        return {name: self.value(name) for name in self._values}

    def value(self, name: str) -> Quantity:
        """Return the core's value of one parameter; NaN where a standalone program has yet to compute it."""
        value = self._values[name]
        if self._generator is not None and name in self.circuits.shared:
            try:
                value = self._generator.variables[name].get_value()[0]
            except NotImplementedError:
                value = np.nan
        return self._quantity(name, value)

    def _quantity(self, name: str, value: Any) -> Quantity:
        return Quantity(float(value), dim=self.circuits.model.parsed[name].dim)

    def changed_biases(self) -> dict[str, Quantity]:
        """Return the values that differ from the chip's own parameters."""
        usual = self.circuits.parameters
        return {name: value for name, value in self.biases.items() if float(value) != float(usual.get(name, 0))}

    def __repr__(self) -> str:
        names = ", ".join(population.name for population in self.populations) or "none"
        size = self.circuits.description.neurons_per_core
        return (
            f"<{self.circuits.name} {self.circuits.description.core_name(self.number)}: {self.free_neurons} of {size} "
            f"neurons free; populations: {names}>"
        )
