"""A population on a board: each neuron has the biases of its core, times the mismatch of its own silicon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from brian2 import NeuronGroup

from brianhw.allocation import Placement
from brianhw.errors import ParameterError
from brianhw.hardware.board_core import BoardCore
from brianhw.hardware.population import Population
from brianhw.model import NeuronModel

__all__ = ["BoardPopulation"]


class BoardPopulation(Population):
    """Neurons on a board; ``board.population(64, chip=0, core=1)`` makes them. A Brian2 ``NeuronGroup``.

    Setting a bias here sets it for the whole core. Reading one gives what each neuron realises: the bias of its core
    times the neuron's own mismatch.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> board = Board(serial=3)
    >>> cells = board.population(4, core="C1c2", first=10)
    >>> cells.locations[0].tolist()
    [1, 2, 10]
    >>> cells.Isoma_const = 20*pA  # for the whole core, as its nearest code
    >>> board.core("C1c2").codes["IF_DC_P"], cells.mismatch("Isoma_const").round(2).tolist()
    (BiasCode(coarse=1, fine=49), [0.91, 1.02, 1.28, 1.44])
    """

    _cores: tuple[BoardCore, ...]

    def _own_model(self) -> NeuronModel:
        return self._circuits.model

    def _link_biases(self) -> None:
        self._factors: dict[str, np.ndarray] = {}
        self._second_leak = np.zeros(self.placement.n, dtype=bool)

    def _set_own_values(self) -> None:
        super()._set_own_values()
        self.take_biases(self._core_biases)

    @property
    def cores(self) -> tuple[BoardCore, ...]:
        """The cores that its neurons are on."""
        return self._cores

    @property
    def locations(self) -> np.ndarray:
        """Chip, core on it and index in that of each neuron, shape (n, 3)."""
        where = [tuple(self.chip.description.location(neuron).values()) for neuron in self.placement.neurons]
        return np.array(where)

    def mismatch(self, parameter: str) -> np.ndarray:
        """Return the factor on *parameter* of each neuron, shape (n,)."""
        return self._own_factors(parameter).copy()

    def _own_factors(self, parameter: str) -> np.ndarray:
        if parameter not in self._factors:
            self._factors[parameter] = np.array(self.chip.factors(parameter, self.placement.neurons))
        return self._factors[parameter]

    def take_biases(self, names: Iterable[str]) -> None:
        """Give each neuron the values that its core holds now, times its mismatch."""
        row = np.searchsorted(self.placement.cores, self.placement.core_of)
        for name in names:
            values = np.array([float(core.value(name)) for core in self._cores])[row]
            if self._second_leak.any():
                second = np.array([float(core.value(name, second_leak=True)) for core in self._cores])[row]
                values = np.where(self._second_leak, second, values)
            values = values * self._own_factors(name)
            view = NeuronGroup.state(self, name, use_units=False)
            view.set_item(slice(None), values[0] if (values == values[0]).all() else values)

    def use_second_leak(self, neurons: Any = slice(None), *, on: bool = True) -> None:
        """Let *neurons* leak with IF_TAU2_N in the place of IF_TAU1_N, as labs silence the hot ones.

        Parameters
        ----------
        neurons : index, slice or array
            Which of the population.
        on : bool
            False: back to IF_TAU1_N.
        """
        chosen = self._second_leak.copy()
        try:
            chosen[neurons] = on
        except IndexError as error:
            raise ParameterError(f"{self.name} has {len(self)} neurons: {error}.") from None
        self._second_leak[:] = chosen
        self.take_biases(self._core_biases)

    @property
    def uses_second_leak(self) -> np.ndarray:
        """Which neurons leak with IF_TAU2_N, shape (n,)."""
        return self._second_leak.copy()

    def move(self, placement: Placement) -> None:
        """Take other neurons of the same cores, with their mismatch; the board calls this."""
        self.placement = placement
        for name, factors in self._factors.items():  # in place, so that a device has nothing to prepare anew
            factors[:] = self.chip.factors(name, placement.neurons)
        self.take_biases(self._core_biases)

    def _full_state(self) -> dict[str, Any]:
        # Brian2 stores what belongs to the objects of a network; the cores' settings are in none
        cores = {core.number: core.settings() for core in self._cores}
        state = NeuronGroup._full_state(self)
        return {**state, "_cores": cores, "_second_leak": self._second_leak.copy()}

    def _restore_from_full_state(self, state: dict[str, Any]) -> None:
        own = dict(state)
        cores, second = own.pop("_cores"), own.pop("_second_leak")
        super()._restore_from_full_state(own)
        self._second_leak[:] = second
        for core in self._cores:
            core.put_back(cores[core.number])


def per_neuron(model: NeuronModel, names: Iterable[str]) -> NeuronModel:
    """Return *model* with an own value of each of *names* in every neuron."""
    return replace(model.per_neuron(*names), name=model.name)
