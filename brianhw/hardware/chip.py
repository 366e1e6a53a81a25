"""A chip as the user holds it: it hands out Brian2 groups and synapses, and refuses what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
from brian2 import Quantity
from brian2.core.names import find_name
from brian2.core.namespace import get_local_namespace
from brian2.core.spikesource import SpikeSource
from brian2.groups.subgroup import Subgroup

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription, WeightRule
from brianhw.errors import ConnectionRefused, ReleasedError, RequestError, unknown_name
from brianhw.hardware.circuits import Circuits, brian_name, checked_name, weight_unit
from brianhw.hardware.connection import Connection
from brianhw.hardware.core import Core
from brianhw.hardware.left_out import watch
from brianhw.hardware.planning import Planning
from brianhw.hardware.population import Population
from brianhw.hardware.register import Register
from brianhw.hardware.summary import Summary
from brianhw.model import NeuronModel, SynapseModel
from brianhw.why import Explanation, Explanations, why_silent

__all__ = ["Chip"]


# What only boards have, and may be looked for on a chip.
OF_BOARDS = frozenset(
    "addresses codes draft give_addresses keep_rate learn load load_biases locate save save_biases serial "
    "set_temperature silicon temperature tune".split()
)


class Chip:
    """A chip of virtual cores on which any neuron and synapse model runs.

    Parameters
    ----------
    name : str
        What it is called in messages and reports.
    cores, neurons_per_core : int
        Size.
    model : NeuronModel
        The neuron on every core.
    synapses : mapping of str to SynapseModel
        Synapse types by name.
    parameters : mapping of str to Quantity
        Values of the neuron's parameters and initial states; every parameter that has no natural zero.
    fan_in : int, optional
        Input words per neuron; unlimited if not given.
    fan_out : int, optional
        Destinations per neuron, counted as *fan_out_counts* says; unlimited if not given.
    fan_out_counts : {"synapses", "cores", "chips"}
        What one destination is.
    weights : WeightRule, "integer", (low, high), list of levels or None
        What weights a synapse can have (SI units). ``"integer"``: whole numbers, each unit one input word;
        otherwise every synapse takes one word. None: any number.
    shared : sequence of str
        Parameters that all neurons of a core share (its biases); those that the model calls shared always are.
    senders_per_core : int, optional
        How many distinct senders a core can tell apart; unlimited if not given.
    external_sources : int, optional
        How many distinct neurons outside the chip can send to it, to all cores together; unlimited if not given.
    seed : int, optional
        Seed of the chip's own random numbers (connection by chance); without it NumPy's global ones are used,
        which ``brian2.seed`` sets on the runtime device.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Chip
    >>> from brianhw.equations import LIF, exponential_current, static_synapse
    >>> from brianhw.parameters import lif, receptors
    >>> exc = exponential_current("exc")
    >>> chip = Chip("two cores", cores=2, neurons_per_core=16, fan_in=8, model=LIF + exc,
    ...             synapses={"exc": static_synapse(exc)}, shared=("tau_exc",),
    ...             parameters=lif.PYNN_DEFAULTS | receptors.NEST_CURRENT.suffixed("exc"))
    >>> cells = chip.population(10)
    """

    _planning_type: type[Planning] = Planning
    _population_type: type[Population] = Population

    def __init__(
        self,
        name: str,
        *,
        cores: int,
        neurons_per_core: int,
        model: NeuronModel,
        synapses: Mapping[str, SynapseModel],
        parameters: Mapping[str, Any] | None = None,
        fan_in: int | None = None,
        fan_out: int | None = None,
        fan_out_counts: Literal["synapses", "cores", "chips"] = "synapses",
        weights: Any = None,
        shared: Sequence[str] = (),
        senders_per_core: int | None = None,
        external_sources: int | None = None,
        seed: int | None = None,
    ) -> None:
        description = ChipDescription(
            name=name,
            cores=cores,
            neurons_per_core=neurons_per_core,
            fan_in=fan_in,
            fan_out=fan_out,
            fan_out_counts=fan_out_counts,
            synapse_types=tuple(synapses),
            weights=WeightRule.of(weights),
            weight_unit=weight_unit(synapses.values()),
            shared=tuple(shared),
            senders_per_core=senders_per_core,
            external_sources=external_sources,
        )
        self._set_up(Circuits(description, model, synapses, parameters or {}, tuple(shared)), seed)

    def _set_up(self, circuits: Circuits, seed: int | None) -> None:
        self.description = circuits.description
        self.name = circuits.name
        self.model, self.synapses, self.parameters = circuits.model, circuits.synapses, circuits.parameters
        self.shared = circuits.shared
        self._circuits = circuits
        self._register = Register(self._first_plan())
        self.planning = self._planning_type(self._register, np.random if seed is None else np.random.default_rng(seed))
        self._cores = tuple(self._make_core(number) for number in range(circuits.description.cores))
        watch(self)

    def _first_plan(self) -> Plan:
        return Plan(self.description)

    def _make_core(self, number: int) -> Core:
        return Core(self._circuits, self._register, number)

    # -- populations ----------------------------------------------------------------------------

    def population(
        self,
        n: int,
        core: int | str | tuple[int, int] | None = None,
        *,
        chip: int | None = None,
        first: int | None = None,
        spread: bool = False,
        name: str | None = None,
    ) -> Population:
        """Allocate neurons and return them as a Brian2 group of exactly that size.

        Parameters
        ----------
        n : int
            Number of neurons.
        core : int, str or pair of int, optional
            Core number, or a name such as ``"Core_1"``; without it the first core with room. On a board a number over
            all chips, a name such as ``"C1c2"``, or (chip, core).
        chip : int, optional
            On a board the chip; *core* counts its cores then.
        first : int, optional
            The index in the core of the first of *n* neighbouring neurons; without it the lowest free ones.
        spread : bool
            Allow more than one core where none has room for all.
        name : str, optional
            Brian2 name; a free one is found if not given.

        Raises
        ------
        CapacityError
            If there is no room; says what is free and where. Nothing has changed then.
        UnknownNameError
            If there is no such core.
        RequestError
            If *n* is no number of neurons, or *name* is taken or none that Brian2 objects can have.

        Examples
        --------
        >>> from brianhw import DynapSE1
        >>> chip = DynapSE1()
        >>> excitatory = chip.population(64, core=1)
        >>> chip.core(1).free_neurons
        192
        """
        resolved = find_name(checked_name(self.name, "population", name or "population*"))
        plan = self.plan.place(resolved, n, core=core, spread=spread, chip=chip, first=first)
        population = self._make_population(plan, resolved)
        self.planning.adopt(plan)
        return population

    def _make_population(self, plan: Plan, name: str) -> Population:
        """Return the neurons that *plan* has under this name; it has yet to be adopted."""
        placement = plan.placements[name]
        population = self._population_type(self, [self._cores[number] for number in placement.cores], placement)
        self._register.populations[name] = population
        return population

    def free(self, allocated: Population | Connection) -> None:
        """Give a population's neurons (with all connections from and to them) or a connection's words back.

        The Brian2 objects refuse to run from then on.
        """
        if not any(each is allocated for each in self.objects):
            name = getattr(allocated, "name", allocated)
            if getattr(allocated, "chip", None) is self:
                raise ReleasedError(f"{name!r} was freed from {self.name} already.")
            raise ConnectionRefused(f"{name!r} is not on {self.name}; it has neither allocated nor connected that.")
        self._register.free(allocated)

    # -- connections ----------------------------------------------------------------------------

    def connect(
        self,
        source: SpikeSource,
        target: Population | Subgroup,
        synapse_type: str,
        *,
        weight: Any = None,
        delay: Quantity | None = None,
        condition: str | bool | None = None,
        i: Any = None,
        j: Any = None,
        p: Any = 1.0,
        n: int = 1,
        name: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> Connection:
        """Connect *source* to a population of this chip and return the Brian2 synapses.

        Parameters
        ----------
        source : Population, Subgroup or any Brian2 spike source
            What sends; sources that are not on the chip are inputs from outside.
        target : Population or Subgroup of one
            What receives.
        synapse_type : str
            One of the chip's synapse types.
        weight : float, array of one value per synapse, or str
            On DYNAP-SE the number of CAM words of each synapse; 1 if not given. Needed where weights have a
            unit. An expression may use ``i``, ``j``, ``N_pre`` and ``N_post``.
        delay : Quantity, second, one or one of each synapse
            None if not given; it can be changed later, ``synapses.delay = 1*ms``.
        condition, i, j, p, n
            Which pairs, as in Brian2's ``Synapses.connect``; all pairs if none is given. Chance is drawn from
            the chip's random numbers.
        name : str, optional
            Brian2 name.
        namespace : mapping, optional
            Names that expressions use; the caller's if not given.
        **parameters : Quantity
            Values of the synapse model's other parameters.

        Raises
        ------
        FanInError
            If a neuron would listen to more words than it has: which one, and what would fit.
        FanOutError, CapacityError, WeightError, ConnectionRefused, UnknownNameError, ParameterError, RequestError
            If the chip cannot make it for another reason. Nothing has changed then.
        """
        model = self._circuits.synapse(synapse_type)
        resolved = self._connection_name(name, synapse_type, source, target)
        self._circuits.check_synapses(model, parameters)
        self._circuits.check_delay(resolved, delay)
        weight = self._circuits.usual_weight(model) if weight is None else weight
        names = get_local_namespace(level=1) if namespace is None else namespace
        with self.planning.kept_random_state():
            pairs, weight = self.planning.chosen(
                resolved, source, target, names, weight, condition=condition, i=i, j=j, p=p, n=n
            )
            model.check({name: value for name, value in parameters.items() if np.ndim(value)}, len(pairs.pre))
            weights = self._circuits.weights_without_unit(model, weight, len(pairs.pre))
            model.check_bounds({**parameters, model.weight: weights})
            self._circuits.check_delay(resolved, delay, len(pairs.pre))
            plan = self.planning.with_synapses(resolved, source, target, synapse_type, pairs, weights)
            connection = self._connection(source, target, synapse_type, model, resolved)
            connection.build(pairs, weights, plan)
        if len(pairs.pre):
            model.assign(connection, parameters)
            model.hold(connection)
            if delay is not None:
                connection.delay = delay
        return connection

    def add_connection(
        self, source: SpikeSource, target: Population | Subgroup, synapse_type: str, name: str | None = None
    ) -> Connection:
        """Return synapses of one type with no pairs yet; ``connect`` of the result makes them."""
        model = self._circuits.synapse(synapse_type)
        resolved = self._connection_name(name, synapse_type, source, target)
        return self._connection(source, target, synapse_type, model, resolved)

    def _connection_name(self, name: str | None, synapse_type: str, source: Any, target: Any) -> str:
        source_name, _ = self._register.sender(source)
        free = brian_name(f"{synapse_type}_{source_name}_{self._register.receiver(target)}")
        return str(find_name(checked_name(self.name, "connection", name or f"{free}*")))

    def _connection(self, source: Any, target: Any, synapse_type: str, model: SynapseModel, name: str) -> Connection:
        if name in self._register.connections:
            raise ConnectionRefused(f"{self.name} already has a connection {name!r}; free it or choose another name.")
        connection = Connection(self, self.planning, source, target, synapse_type, model, name)
        self._register.connections[name] = connection
        return connection

    @overload
    def why_silent(self, population: None = None, since: Quantity | None = None) -> Explanations: ...

    @overload
    def why_silent(self, population: Population | Subgroup | str, since: Quantity | None = None) -> Explanation: ...

    def why_silent(
        self, population: Population | Subgroup | str | None = None, since: Quantity | None = None
    ) -> Explanation | Explanations:
        """Return why neurons of a population on this chip did not spike in the last run: connections, sources, biases.

        Parameters
        ----------
        population : Population, part of one, or str, optional
            After a run; a name will do. All populations, one below the other, if not given.
        since : Quantity, second, optional
            Speak of all that has run since then; ``0*second`` of all runs.

        Raises
        ------
        UnknownNameError, ConnectionRefused
            If it is not on this chip.
        RequestError
            If the chip has no populations.

        Examples
        --------
        >>> from brian2 import *
        >>> from brianhw import DynapSE1
        >>> chip = DynapSE1()
        >>> cells = chip.population(2, name="cells")
        >>> network = Network(cells)
        >>> network.run(1*ms)
        >>> chip.why_silent(cells).kinds
        ('no input', 'below rheobase')
        """
        if population is None:
            if not self._register.populations:
                raise RequestError(f"{self.name} has no populations to explain. Allocate some with population(...).")
            return Explanations(why_silent(each, since) for each in self._register.populations.values())
        if isinstance(population, str):
            population = self[population]
        self._register.receiver(population)
        return why_silent(population, since)

    # -- looking --------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        # called for what is not there; a board's own properties say themselves what is wrong with them
        kind = type(self).__name__
        hint = ""
        if name in OF_BOARDS and not hasattr(type(self), name):
            hint = (
                ". Boards have it: brianhw.Board() is DYNAP-SE1 as hardware, whose connections learn and whose "
                f"codes are tuned; population, connect and bias are those of {kind}"
            )
        raise AttributeError(f"{kind!r} object has no attribute {name!r}{hint}", name=name, obj=self)

    @property
    def plan(self) -> Plan:
        """What is on the chip, as numbers."""
        return self._register.plan

    @property
    def random(self) -> Any:
        """Where the chip takes random numbers from."""
        return self.planning.random

    def core(self, number: int | str) -> Core:
        """Return one core, by number or by a name such as ``"Core_1"``."""
        return self._cores[self.description.core_number(number)]

    @property
    def cores(self) -> tuple[Core, ...]:
        """All cores."""
        return self._cores

    def bias(self, **values: Any) -> None:
        """Set parameters of every core: ``core(n).bias`` for all of them, checked before any is set."""
        self._cores[0].check_biases(values)
        for core in self._cores:
            core.bias(**values)

    @property
    def objects(self) -> list[Population | Connection]:
        """All that is on the chip now, to put into a network: ``Network(chip.objects, source, monitor)``.

        Populations and connections, whether variables name them or not. Of several chips:
        ``Network(first.objects, second.objects, ...)``. What is allocated afterwards has to be added to the network,
        ``network.add(connection)``; a run that leaves something out warns (:class:`ChipWarning`).
        """
        return [*self._register.populations.values(), *self._register.connections.values()]

    def __getitem__(self, name: str) -> Population:
        if name not in self._register.populations:
            raise unknown_name(self.name, "population", name, self._register.populations)
        return self._register.populations[name]

    @property
    def populations(self) -> Mapping[str, Population]:
        """The allocated populations by name."""
        return dict(self._register.populations)

    @property
    def connections(self) -> Mapping[str, Connection]:
        """The connections by name."""
        return dict(self._register.connections)

    def summary(self) -> Summary:
        """Return what the network uses of the chip: shows as text, as a table in a notebook, as a dict."""
        return Summary(self.plan.report(), {core.number: core.changed_biases() for core in self._cores})

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        return (
            f"<{self.name}: {sum(self.plan.free_neurons())} of {self.description.neurons} neurons free, "
            f"{len(self._register.populations)} populations, {len(self._register.connections)} connections>"
        )
