"""Projections: arrays of connections, held once: by the description before a run, by the Brian2 synapses after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from pyNN import common
from pyNN.parameters import ParameterSpace
from pyNN.space import Space
from pyNN.standardmodels import StandardSynapseType

from brianhw.errors import PyNNError, unknown_name
from brianhw.pynn import simulator
from brianhw.pynn.building.linked import Links
from brianhw.pynn.building.parts import Part, moved_back, parts_between, populations_of
from brianhw.pynn.building.variables import in_process
from brianhw.pynn.checks.connections import check_kinds, check_sides
from brianhw.pynn.checks.domains import check, check_gather, is_number, one_of, whole
from brianhw.pynn.checks.expressions import parsed
from brianhw.pynn.checks.positions import checked_space
from brianhw.pynn.checks.refusals import DimensionsRefused, KindRefused, UnknownParameter, as_ours, refuse_unknown
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.connections import Connection, Connections
from brianhw.pynn.delays import on_grid
from brianhw.pynn.models.grid import Delays
from brianhw.pynn.models.plasticity import check_bounds, check_side
from brianhw.pynn.models.synapse_realisation import realise
from brianhw.pynn.models.synapses import ElectricalSynapse, StaticSynapse, synapse_domains
from brianhw.pynn.simulator import state
from brianhw.pynn.wiring.checks import check_sign
from brianhw.pynn.wiring.connect import Connections as Made
from brianhw.pynn.wiring.connect import connect, evaluate
from brianhw.pynn.wiring.stored import stored

__all__ = ["Connection", "Projection"]

ADDRESSES = ("presynaptic_index", "postsynaptic_index")
ALIASES = {"source": "presynaptic_index", "target": "postsynaptic_index"}


class Projection(common.Projection):
    """All connections of one kind between two groups of cells. Arguments as in PyNN."""

    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_population: Any,
        postsynaptic_population: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Space | None = None,
        label: str | None = None,
    ) -> None:
        owner = f"Projection {label or 'without a label'}"
        check_sides(owner, presynaptic_population, postsynaptic_population)
        for cells in (presynaptic_population, postsynaptic_population):
            state.require_cells(cells)
        check_kinds(owner, connector, synapse_type)
        if space is not None:
            checked_space(owner, space)
        if synapse_type is not None:
            name = label or f"{presynaptic_population.label}→{postsynaptic_population.label}"
            state.hardware.check_synapses(synapse_type, postsynaptic_population, name)
        self.session = state.session
        with as_ours(owner):
            super().__init__(
                presynaptic_population, postsynaptic_population, connector, synapse_type, source, receptor_type,
                space or Space(), label,
            )  # fmt: skip
        with state.own_random_numbers():
            made = connect(connector, self)
        self._values: dict[str, Any] = {}
        self._check(made.values)
        self._store(made)
        self._links: Links | None = None  # in the network, if it has any
        self._left: Links | None = None  # in one that was released, whose state goes on
        self.begun_with: dict[str, Any] = {}  # at time zero, of what changes by itself
        self.initial_states: dict[str, Any] = {}  # in stored order
        self.were_set: set[str] = set()  # parameters that have other values than the synapse type says
        self.have_changed: set[str] = set()  # by themselves, in a network that was released
        state.projections.append(self)
        state.release()

    def _store(self, made: Made) -> None:
        """Keep what a connector made, in stored order; each of its arrays goes when there is another in its place."""
        values: dict[str, Any] = dict(made.values)
        del made.values
        for name in values:
            values[name] = self._kept(name, values[name])
        delays = values.get("delay")
        self._pairs, order = stored(made.i, made.j, delays.steps if isinstance(delays, Delays) else None)
        del made.i, made.j
        for name in list(values):
            value = values.pop(name)
            self._values[name] = value[order] if np.ndim(value) and order is not None else _copied(value)

    def _kept(self, name: str, value: Any) -> Any:
        """Return values of a parameter as they are kept: delays in whole steps, others as precise as the synapses."""
        if name != "delay":
            rounded: np.ndarray = np.asarray(value, dtype=state.machine.float_type)
            return rounded if np.ndim(value) else float(rounded)
        if np.size(value):
            self.asked_delays = float(np.min(value)), float(np.max(value))
        return on_grid(str(self.label), value)

    def _check(self, values: Mapping[str, Any]) -> None:
        """Raise where values in stored order are none that the synapses can have.

        Raises
        ------
        ValueRefused
            Naming the parameter and the connection.
        """
        check(str(self.label), values, synapse_domains(self.synapse_type), "connection", subject="name")
        bounds = {name: values.get(name, self._values.get(name)) for name in ("w_min", "w_max")}
        if bounds.keys() & values.keys() and None not in bounds.values():
            check_bounds(str(self.label), bounds)
        if not state.hardware.weights_are_amounts and {"weight", "w_max"} & values.keys():
            weight, strong = (values.get(name, self._values.get(name)) for name in ("weight", "w_max"))
            if weight is not None and strong is not None:
                check_side(str(self.label), weight, strong)

    def _guess_receptor_type(self) -> None:
        """Take the first receptor for positive weights, the second for others; PyNN cannot read a list of weights."""
        weights = self.synapse_type.parameter_space["weight"].base_value
        if isinstance(weights, np.ndarray) and weights.ndim == 1 and len(weights):
            receptors = self.post.receptor_types
            self.receptor_type = receptors[0 if weights[-1] >= 0 else -1]
        else:
            super()._guess_receptor_type()

    def __setattr__(self, name: str, value: Any) -> None:
        synapse = self.__dict__.get("synapse_type")
        if synapse is not None and name in synapse.get_parameter_names():
            raise KindRefused(
                f"{self.label}: {name} is a parameter of its connections; change it with set({name}=...)."
            )
        super().__setattr__(name, value)

    def __len__(self) -> int:
        return len(self._pairs)

    # -- where the values are -----------------------------------------------------------------------

    @property
    def postsynaptic_populations(self) -> list[Any]:
        """The populations with cells that receive this projection."""
        return [population for population, _, _ in populations_of(self.post)]

    @property
    def presynaptic_populations(self) -> list[Any]:
        """The populations with cells that send this projection."""
        return [population for population, _, _ in populations_of(self.pre)]

    def parts(self) -> Iterator[Part]:
        """Go through the pairs of populations that are connected."""
        return parts_between(self.pre, self.post, self._pairs.i, self._pairs.j)

    @staticmethod
    def _in_order(i: np.ndarray, j: np.ndarray, steps: np.ndarray) -> tuple[Any, np.ndarray | None]:
        """Return pairs as they are stored, and where each stood before; ``None`` where nothing moved."""
        return stored(i, j, steps)

    def to_build(self) -> Iterator[tuple[Part, dict[str, Any], dict[str, Any]]]:
        """Go through the parts of the projection, each with values of all parameters and initial states."""
        for part in self.parts():
            yield part, part.of_all(self.values), part.of_all(self.initial_states)

    def asked(self, name: str) -> Any:
        """Return a parameter as it was asked for, in stored order; the synapses may hold it rounded."""
        return _plain(self._values[name]) if name in self._values else self._value(name)

    @property
    def values(self) -> dict[str, Any]:
        """All parameters in stored order, numbers and arrays; delays of their own as :class:`Delays`."""
        return {name: self._held(name) for name in self._names}

    def at_start(self) -> Projection:
        """Return the projection as it was at time zero, for a network beside the script's own."""
        other = copy(self)
        other.__dict__.update(_values={**self.values, **self.begun_with}, _links=None, _left=None, have_changed=set())
        return other

    def follow(self, links: Links | None) -> None:
        """Let the synapses of a network hold the values from now on."""
        self._left, self._links = None, links
        if links is not None:
            begun = self.begun_with if state.step else {}  # a network that goes on has not begun with these values
            self.begun_with = {name: begun.get(name, _copied(self._values[name])) for name in links.changing}
            self._hand_over(links)

    def _hand_over(self, links: Links) -> None:
        """Drop the arrays that the synapses hold, too."""
        if not in_process() or len(links.each) > 1:
            return
        for name in [n for n, v in self._values.items() if np.ndim(v) and links.holds(n)]:
            del self._values[name]
        if isinstance(self.pre, common.BasePopulation) and isinstance(self.post, common.BasePopulation):
            i, j = links.each[0].pairs
            self._pairs = replace(self._pairs, i=moved_back(i, self.pre), j=moved_back(j, self.post))

    def unlink(self) -> None:
        """Take all values back: the network ends."""
        links = self._links
        if links is not None:
            for name in self._names:
                if links.holds(name) or name in links.changing or name not in self._values:
                    self._values[name] = _copied(self._held(name))
            self.have_changed |= set(links.changing)
            self._pairs = replace(self._pairs, i=np.array(self._pairs.i), j=np.array(self._pairs.j))
            self._left, self._links = links, None

    @property
    def _names(self) -> list[str]:
        names = list(self._values)
        return names if self._links is None else names + [name for name in self._links.names if name not in names]

    def _value(self, name: str) -> Any:
        """Return a parameter in stored order: a number, or an array with one value per connection."""
        return _plain(self._held(name))

    def _held(self, name: str) -> Any:
        """Return a parameter in stored order as it is held, delays of their own as :class:`Delays`."""
        if name in ADDRESSES:
            return self._pairs.i if name == ADDRESSES[0] else self._pairs.j
        held = None if self._links is None else self._links.value(name)
        if held is not None:
            return held
        if name not in self._values:
            raise UnknownParameter(str(self), name, [*self._names, "source", "target"])
        return self._values[name]

    def _take(self, new: Mapping[str, Any]) -> None:
        """Set parameters to numbers or arrays in stored order."""
        state.require(self, self.label)
        if "dendritic_delay_fraction" in new:
            raise KindRefused(
                f"{self.label}: dendritic_delay_fraction is one for all connections, and set when the STDPMechanism is "
                "made."
            )
        self._check(new)
        new = {name: _copied(self._kept(name, value)) for name, value in new.items()}
        self.were_set |= new.keys()
        self.have_changed -= new.keys()
        values = {**self.values, **new}
        if self._links is not None and (state.hardware.is_planned or not self._links.can_take(values)):
            state.release()  # takes all values back
        if self._links is None:
            self._values |= new
        else:
            self._links.take(values)
            self._values |= {n: v for n, v in new.items() if n in self._values}
            if "delay" in new:
                state.look_again()
        self.begun_with |= {name: _copied(new[name]) for name in self.begun_with if name in new}

    def restart(self) -> None:
        """Go back to time zero where no network does."""
        if self._links is None:
            self._values |= {name: _copied(value) for name, value in self.begun_with.items()}
            self._left = None

    def smallest_delay(self) -> float | None:
        """Return the smallest delay in ms, or ``None`` where there is none."""
        delay = self._held("delay") if "delay" in self._names else None
        if isinstance(delay, Delays):
            return delay.shortest
        return None if delay is None else float(np.min(delay))

    # -- looking at them ----------------------------------------------------------------------------

    @property
    def listed(self) -> np.ndarray:
        """The places of the connections in PyNN's order."""
        return self._pairs.listed

    @property
    def connections(self) -> Connections:
        """The connections, as objects that are made when looked at."""
        return Connections(self)

    def __getitem__(self, index: Any) -> Any:
        return self.connections[index]

    def __iter__(self) -> Iterator[Connection]:
        return iter(self.connections)

    def _values_at(self, name: str, place: int) -> Any:
        value = self._held(name)
        return _plain(value[place : place + 1]).item() if np.ndim(value) else value

    def _set_at(self, name: str, place: int, value: float) -> None:
        if name not in self._names:
            raise UnknownParameter(str(self), name, self._names)
        given = plain_numbers(str(self.label), {name: value})
        if not is_number(given[name]):
            raise DimensionsRefused(f"{self.label}: {name} of one connection is one number, not {value!r}.")
        check_sign(self, given)
        whole = np.array(np.broadcast_to(self._value(name), (len(self),)), dtype=float)
        whole[place] = given[name]
        self._take({name: whole})

    def get(
        self,
        attribute_names: Any,
        format: str,
        gather: Any = True,
        with_address: bool = True,
        multiple_synapses: str = "sum",
    ) -> Any:
        """Return attributes of all connections, as PyNN does; ``source`` and ``target`` are the cells' indices."""
        one_of(f"{self.label}: format", format, ("list", "array"))
        check_gather(str(self.label), gather)
        single = isinstance(attribute_names, str)
        if not single and not (np.iterable(attribute_names) and all(isinstance(each, str) for each in attribute_names)):
            raise KindRefused(f"{self.label}: get() takes a name or a list of names, not {attribute_names!r}.")
        asked = [attribute_names] if single else list(attribute_names)
        names = [self._native(self._singular(name)) for name in asked]
        if any(name in ADDRESSES for name in names):
            with_address = False
        if format == "list":
            if single and not with_address:
                return self._listed_value(names[0]).tolist()
            return self._get_attributes_as_list([*(ADDRESSES if with_address else ()), *names])
        matrices = self._get_attributes_as_arrays(names, multiple_synapses)
        return matrices[0] if single else matrices

    def _native(self, name: str) -> str:
        if name in ALIASES or name in ADDRESSES:
            return ALIASES.get(name, name)
        if isinstance(self.synapse_type, StandardSynapseType):
            known = self.synapse_type.get_parameter_names()
            if name not in known:
                raise UnknownParameter(str(self), name, [*known, *ALIASES])
            return str(self.synapse_type.get_native_names(name)[0])
        return name

    @staticmethod
    def _singular(name: str) -> str:
        return {"weights": "weight", "delays": "delay"}.get(name, name)

    def _listed_value(self, name: str) -> np.ndarray:
        return np.broadcast_to(self._value(name), (len(self),))[self.listed]

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        listed = self.listed
        columns = [np.broadcast_to(self._value(self._singular(name)), (len(self),))[listed].tolist() for name in names]
        return list(zip(*columns, strict=True))

    def _get_attributes_as_arrays(self, names: Any, multiple_synapses: str = "sum") -> list[np.ndarray]:
        known = tuple(common.Projection.MULTI_SYNAPSE_OPERATIONS)
        one_of(f"{self.label}: multiple_synapses", multiple_synapses, known)
        values = (self._value(self._singular(name)) for name in names)
        return [self._pairs.matrix(value, self.shape, multiple_synapses) for value in values]

    def save(self, attribute_names: Any, file: Any, format: str = "list", **options: Any) -> None:
        """Write attributes of all connections to a file; arguments as in PyNN, which spells a single name."""
        if isinstance(attribute_names, str) and attribute_names not in ("all", "connections"):
            attribute_names = [attribute_names]
        super().save(attribute_names, file, format, **options)

    def weightHistogram(self, min: Any = None, max: Any = None, nbins: int = 10) -> Any:
        """Return how many weights lie in each of *nbins* bins, and the bins' edges; PyNN advises ``np.histogram()``."""
        with as_ours(str(self.label)):
            return super().weightHistogram(min, max, whole(f"{self.label}: nbins", nbins, 1))

    def set(self, **attributes: Any) -> None:
        """Set parameters of all connections.

        Each is a number, a random distribution, a function of the distance or a text with one in ``d``, an array of
        the shape (pre, post) as ``get(format="array")`` gives, or a list of one value per connection in the order of
        that array.
        """
        refuse_unknown(str(self), attributes, self.synapse_type.get_schema())
        as_functions = {name: parsed(value) for name, value in attributes.items()}
        attributes = plain_numbers(str(self.label), as_functions)
        if isinstance(self.synapse_type, StandardSynapseType):
            attributes = dict(zip(self.synapse_type.get_native_names(*attributes), attributes.values(), strict=True))
        with as_ours(str(self.label)):
            values = {name: self._given(value) for name, value in attributes.items()}
        self._check(values)
        check_sign(self, values)
        self._take(values)

    def set_in_order(self, name: str, values: Any) -> None:
        """Set a native parameter to one number, or to one per connection in the order of ``get(format="list")``."""
        if np.ndim(values):
            ordered = np.empty(len(self))
            ordered[self.listed] = values
            values = ordered
        self._take({name: values})

    def _given(self, value: Any) -> Any:
        if isinstance(value, list | tuple | range) and np.ndim(value) == 1:
            return self._one_each(value)
        if isinstance(value, list | tuple):
            value = np.asarray(value, dtype=float)
        if isinstance(value, np.ndarray) and value.ndim == 1:
            return self._one_each(value)
        space = ParameterSpace({"value": parsed(value)}, {"value": float}, self.shape)
        with state.own_random_numbers():
            return evaluate(space["value"], self, self._pairs.i, self._pairs.j)

    def _one_each(self, values: Any) -> np.ndarray:
        """Return a list of values, which stand in the order of a matrix's rows, in stored order."""
        values = np.asarray(values, dtype=float)
        if len(values) != len(self):
            raise DimensionsRefused(f"{self.label} has {len(self)} connections, {len(values)} values were given.")
        own = np.empty(len(values))
        own[self._pairs.in_rows] = values
        return own

    def _set_attributes(self, parameter_space: ParameterSpace) -> None:
        with state.own_random_numbers():
            new = {name: evaluate(value, self, self._pairs.i, self._pairs.j) for name, value in parameter_space.items()}
        self._take(new)

    def initialize(self, **initial_values: Any) -> None:
        """Give states of the synapses values that hold from now on, and after a ``reset()``.

        Each is a number, a random distribution, a function of the distance, an array of the shape (pre, post), or a
        list, as for :meth:`set`. States are ``u``, ``x`` and ``y`` of a Tsodyks-Markram synapse (utilisation, recovered
        and active share), ``u`` and ``a`` of one with release sites (those that can release), and the traces of
        plastic synapses (``arrived``, ``fired``; of triplets also ``arrived_slow`` and ``fired_slow``).

        Raises
        ------
        UnknownNameError
            If the synapse has no such state.
        PyNNError
            If a value is negative or no number. In both cases no state has changed.
        """
        state.require(self, self.label)
        known = self._known_states()
        for variable in initial_values:
            if variable not in known:
                raise unknown_name(f"{self.label}, a {type(self.synapse_type).__name__}", "state", variable, known)
        new = {variable: self._given(value) for variable, value in initial_values.items()}
        for variable, values in new.items():
            if not (np.greater_equal(values, 0) & np.less(values, np.inf)).all():
                raise PyNNError(f"{self.label}: the initial value of {variable} must be zero or more.")
        self.initial_states |= new
        self.initial_values |= new
        links = self._links or self._left
        if links is not None:
            links.set_states(new)

    def _known_states(self) -> list[str]:
        if state.hardware.is_planned or isinstance(self.synapse_type, ElectricalSynapse):
            return []
        return sorted(realise(self.synapse_type, "v", "1").states)


def _plain(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, Delays) else value


def _copied(value: Any) -> Any:
    """Return a copy of an array; of delays there is no need, they do not change in place."""
    return np.array(value) if np.ndim(value) and not isinstance(value, Delays) else value
