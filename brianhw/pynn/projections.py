"""Projections: arrays of connections, held once: by the description before a run, by the Brian2 synapses after it.

Connections are stored sorted by source, so that the synapses of a spike lie side by side. Lists come back in PyNN's
order, by target. ``Connection`` objects are made when somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from pyNN import common
from pyNN.connectors import Connector
from pyNN.models import BaseSynapseType
from pyNN.parameters import ParameterSpace
from pyNN.space import Space
from pyNN.standardmodels import StandardSynapseType

from brianhw.errors import PyNNError, unknown_name
from brianhw.pynn import simulator
from brianhw.pynn.building.links import Link
from brianhw.pynn.building.variables import in_process
from brianhw.pynn.checks.domains import check, is_number, one_of, whole
from brianhw.pynn.checks.positions import checked_space
from brianhw.pynn.checks.refusals import (
    ConnectionRefused,
    DimensionsRefused,
    KindRefused,
    UnknownParameter,
    as_ours,
    refuse_unknown,
)  # fmt: skip
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.models.synapses import (
    ElectricalSynapse,
    StaticSynapse,
    check_bounds,
    check_side,
    realise,
    synapse_domains,
)
from brianhw.pynn.simulator import state
from brianhw.pynn.wiring.checks import check_sign
from brianhw.pynn.wiring.connect import connect, evaluate

__all__ = ["Connection", "Projection"]

ADDRESSES = ("presynaptic_index", "postsynaptic_index")
ALIASES = {"source": "presynaptic_index", "target": "postsynaptic_index"}
LAST_STEP = 2**31 - 2  # that Brian2 counts a delay to
JOIN = {"sum": np.add, "min": np.fmin, "max": np.fmax}


class Connection(common.Connection):
    """One connection of a projection: its parameters as attributes, which can be set."""

    def __init__(self, projection: Projection, place: int) -> None:
        object.__setattr__(self, "_projection", projection)
        object.__setattr__(self, "_place", place)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._projection._values_at(name, self._place)

    def __setattr__(self, name: str, value: float) -> None:
        self._projection._set_at(name, self._place, value)

    def as_tuple(self, *names: str) -> tuple[Any, ...]:
        """Return the values of these attributes."""
        return tuple(getattr(self, name) for name in names)


class Connections:
    """The connections of a projection as a sequence of :class:`Connection`, made when looked at."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection

    def __len__(self) -> int:
        return len(self._projection)

    def __getitem__(self, index: Any) -> Any:
        number = len(self._projection)
        with as_ours(f"{self._projection.label} has {number} connections"):
            places = self._projection.listed[index]
        if np.ndim(places):
            return [Connection(self._projection, int(place)) for place in places]
        return Connection(self._projection, int(places))

    def __iter__(self) -> Iterator[Connection]:
        return (Connection(self._projection, int(place)) for place in self._projection.listed)


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
        _check_sides(owner, presynaptic_population, postsynaptic_population)
        for cells in (presynaptic_population, postsynaptic_population):
            for part in getattr(cells, "populations", [cells] if hasattr(cells, "_population") else []):
                state.require(part._population, part.label)
        if isinstance(postsynaptic_population, common.BasePopulation) and not postsynaptic_population.receptor_types:
            raise ConnectionRefused(
                f"{postsynaptic_population.label}: spike sources have no receptors, nothing can be connected to them."
            )
        _check_kinds(owner, connector, synapse_type)
        if space is not None:
            checked_space(owner, space)
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
        self._sort(made)
        self._links: list[tuple[Link, Any]] = []  # each with the places of its connections; a slice for all
        self._left: list[tuple[Link, Any]] = []  # those of a network that was released, whose state goes on
        self._initial: dict[str, Any] = {}
        self._states: dict[str, Any] = {}  # initial values of states of the synapses, in stored order
        self.origin: dict[str, str] = {}  # parameters that were "set", or come back from "synapses"
        state.projections.append(self)
        state.release()

    def _sort(self, made: Any) -> None:
        """Take the connections, sorted by source; remember PyNN's order where it does not follow from the pairs."""
        i, j = np.asarray(made.i, dtype=np.int32), np.asarray(made.j, dtype=np.int32)
        values = {name: self._on_grid(name, value) for name, value in made.values.items()}
        by_target = _ascends(j, i)
        order = np.argsort(i, kind="stable") if not _ascends(i) else None
        if order is not None:
            order = order.astype(np.int32) if len(order) < 2**31 else order
            i, j = i[order], j[order]
            values = {name: value[order] if np.ndim(value) else value for name, value in values.items()}
        self._order = None if by_target else order
        self._by_target = by_target
        self._i, self._j, self._values = i, j, values

    def _check(self, values: Mapping[str, Any]) -> None:
        """Raise where values in stored order are none that the synapses can have.

        Raises
        ------
        ValueRefused
            Naming the parameter and the connection.
        """
        check(str(self.label), values, self._domains, "connection", subject="name")
        bounds = {name: values.get(name, self._values.get(name)) for name in ("w_min", "w_max")}
        if bounds.keys() & values.keys() and None not in bounds.values():
            check_bounds(str(self.label), bounds)
        if state.hardware is None and {"weight", "w_max"} & values.keys():  # on a chip, signs are the receptor's
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

    @property
    def _domains(self) -> dict[str, Any]:
        return synapse_domains(self.synapse_type)

    def _on_grid(self, name: str, value: Any) -> Any:
        """Return *value*; a delay in whole steps, at least the smallest delay."""
        if name != "delay":
            return value if np.ndim(value) else float(value)
        least = state.min_delay if state.min_delay != "auto" else state.dt
        delays = np.asarray(value, dtype=float)
        if delays.size:
            self.asked_delays = float(delays.min()), float(delays.max())
        if delays.size and delays.min() < least - 1e-9:
            state.say(
                f"delay of {self.label}",
                f"{self.label}: a delay of {delays.min():g} ms was asked for, the smallest is {least:g} ms. Shorter "
                "delays are rounded up to it.",
            )
        if state.max_delay != "auto" and delays.size and delays.max() > state.max_delay + 1e-9:
            raise ConnectionRefused(
                f"{self.label}: a delay of {delays.max():g} ms was asked for; setup() said "
                f"max_delay={state.max_delay} ms."
            )
        if delays.size and delays.max() > LAST_STEP * state.dt:
            raise ConnectionRefused(
                f"{self.label}: a delay of {delays.max():g} ms was asked for; the longest is {LAST_STEP} steps, "
                f"{LAST_STEP * state.dt:g} ms."
            )
        steps = np.maximum(np.rint(delays / state.dt), round(least / state.dt))
        rounded = state.time_at(steps)
        return rounded if np.ndim(value) else float(rounded)

    def __setattr__(self, name: str, value: Any) -> None:
        synapse = self.__dict__.get("synapse_type")
        if synapse is not None and name in synapse.get_parameter_names():
            raise KindRefused(
                f"{self.label}: {name} is a parameter of its connections; change it with set({name}=...)."
            )
        super().__setattr__(name, value)

    def __len__(self) -> int:
        return sum(link.size for link, _ in self._links) if self._links else len(self._i)

    # -- where the values are -----------------------------------------------------------------------

    @property
    def postsynaptic_populations(self) -> list[Any]:
        """The populations with cells that receive this projection."""
        return [population for population, _, _ in _parts(self.post)]

    @property
    def presynaptic_populations(self) -> list[Any]:
        """The populations with cells that send this projection."""
        return [population for population, _, _ in _parts(self.pre)]

    def linked(self, network: Any) -> list[Link]:
        """Make the Brian2 synapses in *network*, which hold the values from now on."""
        gap = network.gaps.get(self, "")
        made: list[tuple[Link, Any]] = []
        self._left = []
        for pre, post, where, i, j in self.parts():
            values = _part_of(self._values, where)
            groups, states = (network.groups[pre], network.groups[post]), _part_of(self._states, where)
            link = Link(self, *groups, i, j, values, network.clock, gap, states)
            made.append((link, where))
        self._links = made
        if made:
            begun = self._initial if state.step else {}  # a network that goes on has not begun with these values
            changing = made[0][0].changing
            self._initial = {name: begun.get(name, _copied(self._values[name])) for name in changing}
            self._hand_over()
        return [link for link, _ in made]

    def parts(self) -> Iterator[tuple[Any, Any, Any, np.ndarray, np.ndarray]]:
        """Go through the pairs of populations that are connected: both, places of the connections, indices in them."""
        for pre, pre_cells, pre_first in _parts(self.pre):
            for post, post_cells, post_first in _parts(self.post):
                where, i, j = self._between(pre_cells, pre_first, post_cells, post_first)
                if len(i):
                    yield pre, post, where, i, j

    def asked(self, name: str) -> Any:
        """Return a parameter as it was asked for, in stored order; the synapses may hold it rounded."""
        return self._values[name] if name in self._values else self._value(name)

    def _between(self, pre: Any, pre_first: int, post: Any, post_first: int) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return places, and indices in the populations, of the connections between two parts."""
        pre_size, post_size = _length(pre), _length(post)
        inside: Any = slice(None)
        i, j = self._i, self._j
        if pre_size < self.pre.size or post_size < self.post.size:
            mask = (i >= pre_first) & (i < pre_first + pre_size) & (j >= post_first) & (j < post_first + post_size)
            inside = np.flatnonzero(mask)
        return inside, _moved(i[inside], pre, pre_first), _moved(j[inside], post, post_first)

    def _hand_over(self) -> None:
        """Drop the arrays that the synapses hold, too."""
        if len(self._links) == 1 and in_process():
            link = self._links[0][0]
            for name in [n for n, v in self._values.items() if np.ndim(v) and link.holds(n)]:
                del self._values[name]
            self._held = {"i": self._unmoved(link, "i", self.pre), "j": self._unmoved(link, "j", self.post)}
            self._i, self._j = self._held["i"], self._held["j"]

    @staticmethod
    def _unmoved(link: Link, name: str, cells: Any) -> np.ndarray:
        ((_, indices, _),) = _parts(cells)[:1]
        own = link.brian.variables["_synaptic_pre" if name == "i" else "_synaptic_post"].get_value()
        if isinstance(indices, slice):
            return own if not indices.start else own - np.int32(indices.start)
        back = np.zeros(int(indices[-1]) + 1, dtype=np.int32)
        back[indices] = np.arange(len(indices), dtype=np.int32)
        return back[own]

    def unlink(self) -> None:
        """Take all values back: the network ends."""
        if self._links:
            link, _ = self._links[0]
            for name in self._names:
                if link.holds(name) or name in link.changing or name not in self._values:
                    self._values[name] = _copied(self._value(name))
            self.origin |= dict.fromkeys(link.changing, "synapses")
            self._i, self._j = np.array(self._i), np.array(self._j)
            self._left, self._links = self._links, []

    # -- another network beside the script's own ------------------------------------------------------

    def put_aside(self) -> Any:
        """Return all that a network takes and changes, and begin with the initial values; :meth:`take_back` ends it."""
        kept = dict(self._values), dict(self._initial), self._i, self._j, dict(self.origin), self._left
        self._values = {**self._values, **self._initial}
        self._i, self._j = np.array(self._i), np.array(self._j)
        return kept

    def drop_links(self) -> None:
        """Forget the synapses of a network, and what has become of their values."""
        if self._links:
            self._values |= {name: _copied(self._value(name)) for name in self._names if name not in self._values}
            self._values |= self._initial
            self._i, self._j = np.array(self._i), np.array(self._j)
            self._links = []

    def take_back(self, kept: Any) -> None:
        """Have again what was put aside."""
        self._values, self._initial, self._i, self._j, self.origin, self._left = kept

    @property
    def _names(self) -> list[str]:
        names = list(self._values)
        if self._links:
            known = self._links[0][0].realisation
            # a variable that follows from parameters of other names is none itself
            names += [n for n, (source, _) in known.parameters.items() if source == n and n not in names]
            if "delay" not in names and any(way.delay == "total" for way in known.pathways.values()):
                names.append("delay")
        return names

    def _value(self, name: str) -> Any:
        """Return a parameter in stored order: a number, or an array with one value per connection."""
        if name == "presynaptic_index":
            return self._i
        if name == "postsynaptic_index":
            return self._j
        held = [(link.value(name), where) for link, where in self._links]
        if held and held[0][0] is not None:
            if len(held) == 1:
                return held[0][0]
            if all(np.ndim(value) == 0 and value == held[0][0] for value, _ in held):
                return held[0][0]
            whole = np.empty(len(self))
            for value, where in held:
                whole[where] = value
            return whole
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
        new = {name: self._on_grid(name, value) for name, value in new.items()}
        self.origin |= dict.fromkeys(new, "set")
        values = {name: self._value(name) for name in self._names} | dict(new)
        fits = all(link.can_take(_part_of(values, where)) for link, where in self._links)
        if self._links and not fits:
            state.release()  # takes all values back
        if self._links:
            for link, where in self._links:
                link.take(_part_of(values, where))
            self._values |= {n: v for n, v in new.items() if n in self._values}
        else:
            self._values |= new
        self._initial |= {name: _copied(new[name]) for name in self._initial if name in new}

    def restart(self) -> None:
        """Let the synapses go back to time zero."""
        for link, where in self._links:
            link.restart(_part_of(self._initial, where), _part_of(self._states, where))
        if not self._links:
            self._values |= {name: _copied(value) for name, value in self._initial.items()}
            self._left = []

    def smallest_delay(self) -> float | None:
        """Return the smallest delay in ms, or ``None`` where there is none."""
        delay = self._value("delay") if "delay" in self._names else None
        return None if delay is None else float(np.min(delay))

    # -- PyNN's order -------------------------------------------------------------------------------

    @property
    def listed(self) -> np.ndarray:
        """The places of the connections in PyNN's order."""
        if self._by_target:
            return np.lexsort((self._i, self._j))
        if self._order is None:
            return np.arange(len(self))
        listed = np.empty(len(self._order), dtype=np.int64)
        listed[self._order] = np.arange(len(self._order))
        return listed

    @property
    def connections(self) -> Connections:
        """The connections, as objects that are made when looked at."""
        return Connections(self)

    def __getitem__(self, index: Any) -> Any:
        return self.connections[index]

    def __iter__(self) -> Iterator[Connection]:
        return iter(self.connections)

    def _values_at(self, name: str, place: int) -> Any:
        value = self._value(name)
        return value[place].item() if np.ndim(value) else value

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

    # -- getting and setting ------------------------------------------------------------------------

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
        listed = self.listed
        at = (self._i[listed], self._j[listed])
        found = []
        for name in names:
            values = np.broadcast_to(self._value(self._singular(name)), (len(self),))[listed]
            matrix = np.full(self.shape, np.nan)
            if multiple_synapses == "first":
                _, first = np.unique(at[0].astype(np.int64) * self.post.size + at[1], return_index=True)
                matrix[at[0][first], at[1][first]] = values[first]
            elif multiple_synapses == "last" or not self._has_multiple:
                matrix[at] = values
            else:
                matrix[at] = 0.0 if multiple_synapses == "sum" else np.nan
                JOIN[multiple_synapses].at(matrix, at, values)
            found.append(matrix)
        return found

    @property
    def _has_multiple(self) -> bool:
        pairs = self._i.astype(np.int64) * self.post.size + self._j
        return len(np.unique(pairs)) < len(pairs)

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
        parsed = {name: _parsed(value) for name, value in attributes.items()}
        attributes = plain_numbers(str(self.label), parsed)
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
        space = ParameterSpace({"value": _parsed(value)}, {"value": float}, self.shape)
        with state.own_random_numbers():
            return evaluate(space["value"], self, self._i, self._j)

    def _one_each(self, values: Any) -> np.ndarray:
        """Return a list of values, which stand in the order of a matrix's rows, in stored order."""
        values = np.asarray(values, dtype=float)
        if len(values) != len(self):
            raise DimensionsRefused(f"{self.label} has {len(self)} connections, {len(values)} values were given.")
        own = np.empty(len(values))
        own[np.lexsort((self._j, self._i))] = values
        return own

    def _set_attributes(self, parameter_space: ParameterSpace) -> None:
        with state.own_random_numbers():
            new = {name: evaluate(value, self, self._i, self._j) for name, value in parameter_space.items()}
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
        self._states |= new
        self.initial_values |= new
        for link, where in self._links or self._left:
            link.set_states(_part_of(new, where))

    def _known_states(self) -> list[str]:
        if state.hardware is not None or isinstance(self.synapse_type, ElectricalSynapse):
            return []
        return sorted(realise(self.synapse_type, "v", "1").states)


def _check_sides(owner: str, *sides: Any) -> None:
    for name, cells in zip(("presynaptic", "postsynaptic"), sides, strict=True):
        if not isinstance(cells, common.BasePopulation | common.Assembly):
            raise KindRefused(f"{owner}: the {name} cells must be a population, a view or an assembly, not {cells!r}.")
        if not cells.size:
            raise ConnectionRefused(f"{owner}: the {name} side, {cells.label}, has no cells.")


def _check_kinds(owner: str, connector: Any, synapse_type: Any) -> None:
    if not isinstance(connector, Connector):
        raise KindRefused(f"{owner}: {connector!r} is no connector; give an object, such as sim.AllToAllConnector().")
    if synapse_type is not None and not isinstance(synapse_type, BaseSynapseType):
        raise KindRefused(f"{owner}: {synapse_type!r} is no synapse type; give an object, such as sim.StaticSynapse().")


# -- parts of populations ---------------------------------------------------------------------------


def _parsed(value: Any) -> Any:
    if isinstance(value, str):
        from brianhw.pynn.checks.expressions import parse_distance

        return parse_distance(value)
    return value


def _parts(cells: Any) -> list[tuple[Any, Any, int]]:
    """Return the populations in *cells*, each with the indices of its cells and that of the first within *cells*."""
    found, first = [], 0
    for part in getattr(cells, "populations", [cells]):
        indices = part._indices
        if isinstance(indices, slice):
            start, stop, _ = indices.indices(part._population.size)
            indices = slice(start, stop)
        found.append((part._population, indices, first))
        first += part.size
    return found


def _length(indices: Any) -> int:
    return indices.stop - indices.start if isinstance(indices, slice) else len(indices)


def _moved(index: np.ndarray, cells: Any, first: int) -> np.ndarray:
    """Return indices within a part as indices in its population."""
    if isinstance(cells, slice):
        offset = cells.start - first
        return index + np.int32(offset) if offset else index
    return cells[index - first].astype(np.int32)


def _part_of(values: Mapping[str, Any], where: Any) -> dict[str, Any]:
    return {name: value[where] if np.ndim(value) else value for name, value in values.items()}


def _copied(value: Any) -> Any:
    return np.array(value) if np.ndim(value) else value


def _ascends(first: np.ndarray, second: np.ndarray | None = None) -> bool:
    """Say whether pairs are sorted by *first*, then *second*."""
    if len(first) < 2:
        return True
    if second is None:
        return bool((first[1:] >= first[:-1]).all())
    return bool(((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] >= second[:-1]))).all())
