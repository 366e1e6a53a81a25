"""A chip as the user holds it: it hands out Brian2 groups and synapses, and refuses what does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from brian2.core.names import find_name
from brian2.core.namespace import get_local_namespace
from brian2.core.spikesource import SpikeSource
from brian2.groups.subgroup import Subgroup
from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

from brianhw.allocation import Plan
from brianhw.chips import ChipDescription, WeightRule
from brianhw.errors import ConnectionRefused, ParameterError, ReleasedError, unknown_name
from brianhw.hardware.connection import Connection
from brianhw.hardware.core import Core
from brianhw.hardware.left_out import watch
from brianhw.hardware.pairs import Pairs, choose_pairs, evaluate
from brianhw.hardware.parts import first, whole
from brianhw.hardware.planning import Request
from brianhw.hardware.population import Population
from brianhw.hardware.summary import Summary
from brianhw.model import NeuronModel, SynapseModel

__all__ = ["Chip"]


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
            weight_unit=_weight_unit(synapses.values()),
            shared=tuple(shared),
            senders_per_core=senders_per_core,
            external_sources=external_sources,
        )
        self._set_up(description, model, synapses, parameters or {}, seed, shared=tuple(shared))

    def _set_up(
        self,
        description: ChipDescription,
        model: NeuronModel,
        synapses: Mapping[str, SynapseModel],
        parameters: Mapping[str, Any],
        seed: int | None,
        shared: Sequence[str],
    ) -> None:
        for parameter in shared:
            if parameter not in model.parameters:
                raise unknown_name(
                    f"{description.name}: {model.name}", "parameter to share", parameter, model.parameters
                )
        model.check(parameters, 1)
        missing = model.missing(parameters)
        if missing:
            raise ParameterError(
                f"{description.name}: {model.name} needs a value for {', '.join(missing)}. "
                "Give them as parameters=, for instance a set of brianhw.parameters."
            )
        self.description = description
        self.name = description.name
        self.model = model
        self.synapses = dict(synapses)
        self.parameters = dict(parameters)
        # what a group cannot hold twice, the model's own (shared), a core cannot either
        flagged = [each for each in model.parameters if "shared" in model.parsed[each].flags]
        self.shared = tuple(dict.fromkeys([*shared, *flagged]))
        for name in self.model.parameters:
            if isinstance(self.parameters.get(name), str):
                raise ParameterError(
                    f"{self.name}: the value of {name!r} must be a number, not {self.parameters[name]!r}."
                )
        self.random: Any = np.random if seed is None else np.random.default_rng(seed)
        self.plan = Plan(description)
        self._cores = tuple(Core(self, number) for number in range(description.cores))
        self._populations: dict[str, Population] = {}
        self._connections: dict[str, Connection] = {}
        watch(self)

    # -- populations ----------------------------------------------------------------------------

    def population(
        self, n: int, core: int | str | None = None, *, spread: bool = False, name: str | None = None
    ) -> Population:
        """Allocate neurons and return them as a Brian2 group of exactly that size.

        Parameters
        ----------
        n : int
            Number of neurons.
        core : int or str, optional
            Core number, or a name such as ``"Core_1"``; without it the first core with room.
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

        Examples
        --------
        >>> chip = DynapSE1()
        >>> excitatory = chip.population(64, core=1)
        """
        resolved = find_name(name or "population*")
        plan = self.plan.place(resolved, n, core=core, spread=spread)
        population = Population(self, plan.placements[resolved])
        self._populations[resolved] = population
        self.plan = plan
        return population

    def free(self, allocated: Population | Connection) -> None:
        """Give a population's neurons (with all connections from and to them) or a connection's words back.

        The Brian2 objects refuse to run from then on.
        """
        name = self._own_name(allocated)
        if isinstance(allocated, Connection):
            self._forget_connections(self.plan.disconnect(name) if name in self.plan.connections else self.plan, name)
            return
        ends = {each.name: {whole(each.source), whole(each.target)} for each in self._connections.values()}
        without_pairs = [
            each for each, groups in ends.items() if allocated in groups and each not in self.plan.connections
        ]
        self._forget_connections(self.plan.free(name), *without_pairs)
        self._populations.pop(name).release()

    def _forget_connections(self, plan: Plan, *names: str) -> None:
        gone = (set(self.plan.connections) - set(plan.connections)) | set(names)
        self.plan = plan
        for name in gone:
            self._connections.pop(name).release()

    def _own_name(self, allocated: Any) -> str:
        for each in (*self._populations.values(), *self._connections.values()):
            if each is allocated:
                return str(each.name)
        name = getattr(allocated, "name", allocated)
        if getattr(allocated, "chip", None) is self:
            raise ReleasedError(f"{name!r} was freed from {self.name} already.")
        raise ConnectionRefused(f"{name!r} is not on {self.name}; it has neither allocated nor connected that.")

    # -- connections ----------------------------------------------------------------------------

    def connect(
        self,
        source: SpikeSource,
        target: Population | Subgroup,
        synapse_type: str,
        *,
        weight: Any = None,
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

        A delay is set on the result: ``synapses.delay = 1*ms``.

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
        FanOutError, CapacityError, WeightError, ConnectionRefused, UnknownNameError, ParameterError
            If the chip cannot make it for another reason. Nothing has changed then.
        """
        model = self._synapse_model(synapse_type)
        source_name, _ = self._source(source)
        self._target_name(target)
        resolved = self._connection_name(name, synapse_type, source_name, target)
        self._check_synapse_parameters(model, parameters)
        weight = self._usual_weight(model) if weight is None else weight
        names = get_local_namespace(level=1) if namespace is None else namespace
        with self.kept_random_state():
            pairs = choose_pairs(
                len(source), len(target), condition=condition, i=i, j=j, p=p, n=n, random=self.random,
                namespace=names, owner=f"{self.name}: {resolved}",
            )  # fmt: skip
            if isinstance(weight, str):
                weight = evaluate(
                    resolved, weight, pairs.names(names, len(source), len(target)), len(pairs.pre), self.random
                )
            model.check({name: value for name, value in parameters.items() if np.ndim(value)}, len(pairs.pre))
            weights = self._weights_without_unit(model, weight, len(pairs.pre))
            plan = self.planned(resolved, source, target, synapse_type, pairs, weights)
            connection = self._connection(source, target, synapse_type, model, resolved)
            connection.build(pairs, weights, plan)
        if len(pairs.pre):
            model.assign(connection, parameters)
        return connection

    def add_connection(
        self, source: SpikeSource, target: Population | Subgroup, synapse_type: str, name: str | None = None
    ) -> Connection:
        """Return synapses of one type with no pairs yet; ``connect`` of the result makes them."""
        model = self._synapse_model(synapse_type)
        source_name, _ = self._source(source)
        self._target_name(target)
        resolved = self._connection_name(name, synapse_type, source_name, target)
        return self._connection(source, target, synapse_type, model, resolved)

    def _connection_name(self, name: str | None, synapse_type: str, source_name: str, target: Any) -> str:
        free = brian_name(f"{synapse_type}_{source_name}_{whole(target).name}")
        return str(find_name(name or f"{free}*"))

    def _connection(self, source: Any, target: Any, synapse_type: str, model: SynapseModel, name: str) -> Connection:
        if name in self._connections:
            raise ConnectionRefused(f"{self.name} already has a connection {name!r}; free it or choose another name.")
        connection = Connection(self, source, target, synapse_type, model, name)
        self._connections[name] = connection
        return connection

    def _synapse_model(self, synapse_type: str) -> SynapseModel:
        if synapse_type not in self.synapses:
            raise unknown_name(self.name, "synapse type", synapse_type, self.synapses)
        return self.synapses[synapse_type]

    def _check_synapse_parameters(self, model: SynapseModel, values: Mapping[str, Any]) -> None:
        model.check(values, None)
        missing = model.missing({*values, model.weight})
        if missing:
            raise ParameterError(f"{self.name}: {model.name} needs a value for {', '.join(missing)}.")

    def _usual_weight(self, model: SynapseModel) -> int:
        dimension = model.parsed[model.weight].dim
        if not dimension.is_dimensionless:
            raise ParameterError(
                f"{self.name}: {model.name} needs a weight, for instance weight=0.5*{get_unit(dimension)!r}. "
                f"Allowed: {self.description.weights.describe()}."
            )
        return 1

    def _weights_without_unit(self, model: SynapseModel, weight: Any, size: int) -> np.ndarray:
        model.check({model.weight: weight}, None)
        weights = np.asarray(weight, dtype=float)
        if weights.shape not in ((), (size,)):
            raise ParameterError(f"{self.name}: {weights.size} weights were given for {size} synapses.")
        return weights

    # -- planning -------------------------------------------------------------------------------

    def planned(
        self, name: str, source: Any, target: Any, synapse_type: str, pairs: Pairs, weights: np.ndarray
    ) -> Plan:
        """Return the plan with these synapses added to the connection *name*, or raise; nothing changes.

        Parameters
        ----------
        weights : array of shape () or one value per pair, SI units
        """
        source_name, size = self._source(source)
        ends = first(source), first(target)
        request = Request(name, source_name, size, self._target_name(target), ends, synapse_type)
        return request.added(self.plan, pairs, self.realised(weights), self.random)

    def planned_weights(self, connection: Connection, weights: np.ndarray) -> Plan:
        """Return the plan in which *connection* has these weights (SI units), or raise."""
        return self.plan.reweight(connection.name, self.realised(weights))

    def planned_anew(self, connection: Connection, pairs: Pairs, weights: np.ndarray) -> Plan:
        """Return the plan in which *connection* has these synapses, numbered over whole groups, or raise."""
        name, (source, size) = connection.name, self._source(connection.source)
        plan = self.plan.disconnect(name) if name in self.plan.connections else self.plan
        target, kind = self._target_name(connection.target), connection.synapse_type
        return plan.connect(name, source, target, *pairs[:2], self.realised(weights), kind, source_size=size)

    def realised(self, weights: np.ndarray) -> np.ndarray:
        """Return the weights that the chip holds for those asked: the same, or an error when they are planned."""
        return weights

    def adopt(self, plan: Plan) -> None:
        """Make *plan* the chip's plan; connections and populations call this once they are built."""
        self.plan = plan

    @contextmanager
    def kept_random_state(self) -> Iterator[None]:
        """Put the random numbers back if the block raises, so that a refused request leaves no trace."""
        generator = self.random if self.random is not np.random else None
        state = generator.bit_generator.state if generator else np.random.get_state()
        try:
            yield
        except BaseException:
            if generator:
                generator.bit_generator.state = state
            else:
                np.random.set_state(state)
            raise

    def _source(self, source: Any) -> tuple[str, int | None]:
        """Return the plan's name of a sender, and its size where it is not on the chip."""
        parent = whole(source)
        if not isinstance(parent, SpikeSource):
            raise ConnectionRefused(
                f"{self.name}: {source!r} sends no spikes; give a population or a Brian2 spike source."
            )
        if any(each is parent for each in self._populations.values()):
            return parent.name, None
        if isinstance(parent, Population) and parent.chip is self:
            raise ConnectionRefused(f"{self.name}: population {parent.name!r} was freed; allocate it again.")
        return parent.name, len(parent)

    def _target_name(self, target: Any) -> str:
        parent = whole(target)
        if any(each is parent for each in self._populations.values()):
            return str(parent.name)
        name = getattr(target, "name", repr(target))
        raise ConnectionRefused(
            f"{self.name}: the target {name!r} is not on this chip. Allocate it with population(...); "
            f"allocated: {', '.join(self._populations) or 'none'}."
        )

    # -- looking --------------------------------------------------------------------------------

    @property
    def live_connections(self) -> Mapping[str, Connection]:
        """The connections by name, as they are at any time."""
        return self._connections

    @property
    def brian_name(self) -> str:
        """The chip's name as Brian2 allows names."""
        return brian_name(self.name)

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
        return [*self._populations.values(), *self._connections.values()]

    def __getitem__(self, name: str) -> Population:
        if name not in self._populations:
            raise unknown_name(self.name, "population", name, self._populations)
        return self._populations[name]

    @property
    def populations(self) -> Mapping[str, Population]:
        """The allocated populations by name."""
        return dict(self._populations)

    @property
    def connections(self) -> Mapping[str, Connection]:
        """The connections by name."""
        return dict(self._connections)

    def summary(self) -> Summary:
        """Return what the network uses of the chip: shows as text, as a table in a notebook, as a dict."""
        return Summary(self.plan.report(), {core.number: core.changed_biases() for core in self._cores})

    def __repr__(self) -> str:
        return (
            f"<{self.name}: {sum(self.plan.free_neurons())} of {self.description.neurons} neurons free, "
            f"{len(self._populations)} populations, {len(self._connections)} connections>"
        )


def brian_name(text: str) -> str:
    """Return *text* as Brian2 allows names: letters, digits and underscores, no digit first."""
    return re.sub(r"\W|^(?=\d)", "_", text, flags=re.ASCII)


def _weight_unit(synapses: Iterable[SynapseModel]) -> str:
    """Return the SI unit that the weights of all *synapses* have, or nothing if they have none or several."""
    dimensions = {model.parsed[model.weight].dim for model in synapses}
    dimension = dimensions.pop() if len(dimensions) == 1 else DIMENSIONLESS
    return "" if dimension.is_dimensionless else str(get_unit(dimension))
