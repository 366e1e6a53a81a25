"""The class ``DynapSE`` of the DynapSE simulator, on brianhw's chip in faithful fidelity.

Names, arguments and printed lines are those of dynapse-simulator (Demirag, Donati, Indiveri; Apache-2.0), its
equations number for number. Different, on purpose: the last neuron can be had, fan-in is checked per neuron,
``connect`` takes any pattern, core names are matched whole, negative weights are refused, fractional ones are
announced, and what does not fit is an error that says so instead of the end of the process.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from brianhw.allocation import Plan
from brianhw.chips import DYNAP_SE1
from brianhw.errors import ConnectionRefused, FanInError, unknown_name
from brianhw.hardware import Connection, Core, DynapSE1, Population
from brianhw.hardware.parts import whole
from brianhw.hardware.planning import Planning

__all__ = ["DynapSE", "set_params"]


class DynapSE:
    """A DYNAP-SE1 chip for scripts of the DynapSE simulator.

    Parameters
    ----------
    Network : brian2.Network
        Allocated neurons are added to it at once.
    num_cores, neurons_per_core : int
        Size; a real chip has 4 cores of 256.
    """

    def __init__(
        self, Network: Any, num_cores: int = DYNAP_SE1.cores, neurons_per_core: int = DYNAP_SE1.neurons_per_core
    ) -> None:
        self.Network = Network
        self.num_cores = num_cores
        self.neurons_per_core = neurons_per_core
        self.num_connections = 0
        self.chip = _SimulatorChip(cores=num_cores, neurons_per_core=neurons_per_core)

    def get_neurons(self, num_neurons: int, core_name: str = "") -> Population:
        """Allocate neurons on the named core, or on the first with room, and add them to the network."""
        where = core_name if core_name != "" else None
        number = None if where is None else self.chip.description.core_number(where)
        population = self.chip.population(num_neurons, number, name="DPI_neurons*")
        self.Network.add(population)
        print(f"{num_neurons} neurons are allocated from Core_{population.placement.cores[0]}.")
        return population

    def set_bias(self, biases: Mapping[str, Any] | None = None, core_name: str = "") -> None:
        """Set parameters of all neurons of a core, of those to come too."""
        core = self.chip.core(core_name)
        core.bias(**(biases or {}))
        print(f"New bias values are loaded to Core_{core.number}.")

    def add_connection(self, NeuronGroup1: Any, NeuronGroup2: Any, synapse_type: str = "NMDA") -> Connection:
        """Return synapses of one type between two groups; ``connect`` makes the pairs."""
        name = f"{synapse_type}{self.num_connections}*"
        synapse = self.chip.add_connection(NeuronGroup1, NeuronGroup2, synapse_type, name=name)
        self.num_connections += 1
        return synapse

    def connect(self, Synapse: Connection, j: bool | str = "i") -> None:
        """Make the pairs: ``True`` for all, a target such as ``"i"`` or ``"i+1"``, or a condition such as ``"i != j"``.

        Targets beyond the last neuron are left out: ``"i+1"`` makes a chain.

        Raises
        ------
        FanInError
            If a neuron would have more synapses than it has CAM words, whatever their weights; none is made then.
        """
        with self.chip.planning.counting_synapses():
            if isinstance(j, str) and not _is_condition(j):
                Synapse.connect(j=j, skip_if_invalid=True, level=1)
            else:
                Synapse.connect(j, level=1)

    def get_num_free_neurons_chip(self) -> int:
        """Return how many neurons are not allocated."""
        return sum(self.chip.plan.free_neurons())

    def get_core_id_of_pop(self, NeuronGroup: Any) -> int:
        """Return the number of the core that a population is on."""
        return int(whole(NeuronGroup).placement.cores[0])

    @property
    def cores(self) -> tuple[Core, ...]:
        """The chip's cores."""
        return self.chip.cores

    @property
    def core_usage(self) -> np.ndarray:
        """How many neurons of each core are allocated."""
        return self.neurons_per_core - np.array(self.chip.plan.free_neurons())

    def update_core_usage(self) -> None:
        """Do nothing: the usage is always up to date. Kept because scripts may call it."""


def set_params(group: Any, params: Mapping[str, Any], raise_error: bool = True) -> None:
    """Set the parameters of a Brian2 group from a mapping.

    Raises
    ------
    UnknownNameError
        If the group has no such variable and *raise_error* is true; nothing has been set then. Otherwise
        unknown names are left out with a warning.
    """
    known = [name for name in params if name in group.variables]
    for name in params:
        if name not in known:
            error = unknown_name(f"Group {group.name}", "state variable", name, group.variables)
            if raise_error:
                raise error
            warnings.warn(str(error), stacklevel=2)
    for name in known:
        setattr(group, name, params[name])


def _is_condition(expression: str) -> bool:
    """Say whether *expression* is true or false of a pair, rather than the number of a target."""
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise ConnectionRefused(f"connect: {expression!r} is neither a condition nor a target: {error}.") from error
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, bool)
    return isinstance(node, ast.Compare | ast.BoolOp)


class _SimulatorPlanning(Planning):
    """Lets through, with a warning, what the simulator's teaching scripts do and no chip can."""

    _warned_of_fractions = False
    _counts_synapses = False

    def realised(self, weights: np.ndarray) -> np.ndarray:
        return np.where(weights > 0, np.maximum(np.rint(weights), 1), weights)

    @contextmanager
    def counting_synapses(self) -> Iterator[None]:
        """Refuse, within the block, new synapses that would not fit even if each took one word."""
        self._counts_synapses = True
        try:
            yield
        finally:
            self._counts_synapses = False

    def with_synapses(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Any, weights: np.ndarray
    ) -> Plan:
        plan_with = partial(super().with_synapses, name, source, target, synapse_type, pairs)
        if self._counts_synapses:
            plan_with(np.ones(()))
        return self._nearest_plan(plan_with, weights)

    def with_weights(self, name: str, weights: np.ndarray) -> Plan:
        return self._nearest_plan(partial(super().with_weights, name), weights)

    def _nearest_plan(self, plan_with: Callable[[np.ndarray], Plan], weights: np.ndarray) -> Plan:
        """Return the plan with these weights or, where a neuron has too few words for them, with a warning and less.

        The simulator never counted words: its scripts run, but they are told. The plan then holds one word per
        synapse or, where there are more synapses than words, none for this connection.
        """
        try:
            plan = plan_with(weights)
        except FanInError as error:
            try:
                plan = plan_with(np.minimum(self.realised(weights), 1))
            except FanInError:
                plan = plan_with(np.zeros_like(weights))
            warnings.warn(f"{error} The simulation uses the weights as given; the chip could not.", stacklevel=7)
        self._warn_of_fractions(weights)
        return plan

    def _warn_of_fractions(self, weights: np.ndarray) -> None:
        """Warn once of weights, all of them possible but for their fractions, that the chip would round."""
        held = self.realised(weights)
        different = held != weights
        if self._warned_of_fractions or not different.any():
            return
        self._warned_of_fractions = True
        asked, instead = (np.ravel(each)[np.ravel(different)][0] for each in (weights, held))
        warnings.warn(
            f"Weights are counts of CAM words on {self.register.name}: for the weight {asked:g} the chip would hold "
            f"{instead:g}. The simulation uses the weight as given; this is said once.",
            stacklevel=6,
        )


class _SimulatorChip(DynapSE1):
    """DYNAP-SE1 in faithful fidelity, planned with the simulator's leniency."""

    _planning_type = _SimulatorPlanning
    planning: _SimulatorPlanning

    def __init__(self, cores: int, neurons_per_core: int) -> None:
        super().__init__("faithful", cores=cores, neurons_per_core=neurons_per_core)
