"""What is asked of a chip, as numbers: populations, connections and biases that fit."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, nan
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brianhw.allocation import wiring as rules
from brianhw.allocation.contents import Contents
from brianhw.allocation.placement import Placement, choose_cores, frozen
from brianhw.allocation.report import Report, make_report
from brianhw.allocation.wiring import Wiring
from brianhw.errors import CapacityError, RequestError, unknown_name

__all__ = ["Plan"]


def _size(what: str, n: Any) -> int:
    try:
        if isinstance(n, (bool, np.bool_)):
            raise TypeError
        size = int(n) if isinstance(n, (float, np.floating)) and n.is_integer() else operator.index(n)
    except TypeError:
        raise RequestError(f"{what}: the number of neurons must be a whole number, not {n!r}.") from None
    if size < 1:
        raise RequestError(f"{what}: the number of neurons must be at least 1, not {size}.")
    return size


def _name(kind: str, name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise RequestError(f"A {kind} needs a name, not {name!r}.")
    return name


def _bias(what: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = nan
    if not isfinite(number):
        raise RequestError(f"{what} must be one finite number, not {value!r}.")
    return number


@dataclass(frozen=True)
class Plan(Contents):
    """What a chip is asked to hold, and where. ``Plan(description)`` is empty.

    Nothing is ever changed: each request returns a new plan, or raises an error and leaves this one
    as it was. Two plans are equal if they hold the same, however they came about; a pickled one has no history.
    """

    previous: Plan | None = field(default=None, compare=False, repr=False)

    __hash__ = None

    # -- populations ------------------------------------------------------------------------------

    def place(self, name: str, n: int, core: Any = None, spread: bool = False) -> Plan:
        """Return a plan with *n* neurons more, named *name*.

        They go to *core* if one is named; else to the first core with room for all; else, if *spread*,
        over the fewest cores (those with the most room, lowest numbers first). On each core they take
        the lowest free numbers.

        Raises
        ------
        CapacityError
            if there is no room; it says where there would be.
        RequestError
            if *name* is taken, *n* is no number of neurons, or both *core* and *spread* are given.
        UnknownNameError
            if there is no such *core*.
        """
        self._check_new_population(name)
        n = _size(f"population {name!r}", n)
        if core is not None and spread:
            raise RequestError(f"population {name!r}: give a core or spread=True, not both.")
        number = None if core is None else self.description.core_number(core)
        free = ~self.taken()
        left = n
        neurons: list[NDArray[np.int64]] = []
        for each in choose_cores(self.description, free.sum(axis=1), n, number, spread):
            index = np.flatnonzero(free[each])[:left]
            neurons.append(each * self.description.neurons_per_core + index)
            left -= index.size
        return self._with_placement(name, np.concatenate(neurons))

    def place_at(self, name: str, neurons: ArrayLike) -> Plan:
        """Return a plan with a population more on exactly these *neurons*, numbered over the whole chip.

        Raises
        ------
        CapacityError
            if one of them is taken.
        RequestError
            if one of them does not exist or is given twice, or *name* is taken.
        """
        self._check_new_population(name)
        owner = f"population {name!r}"
        numbers = rules.indices(owner, "neurons", neurons, self.description.name, self.description.neurons)
        _size(owner, numbers.size)
        if np.unique(numbers).size < numbers.size:
            raise RequestError(f"{owner}: a neuron is given twice; each can be in one population once.")
        taken = numbers[self.taken().ravel()[numbers]]
        if taken.size:
            holder = next(each for each in self.placements.values() if taken[0] in each.neurons)
            core, index = divmod(int(taken[0]), self.description.neurons_per_core)
            raise CapacityError(
                f"{self.description.name} core {core}: neuron {index} is taken by population {holder.population!r}; "
                f"{taken.size} of the {numbers.size} neurons asked for {name!r} are not free."
            )
        return self._with_placement(name, numbers.astype(np.int64))

    def free(self, name: str) -> Plan:
        """Return a plan without population *name* and without the connections from and to it."""
        self.placement(name)
        return self._with(
            placements={key: each for key, each in self.placements.items() if key != name},
            connections={key: each for key, each in self.connections.items() if name not in (each.source, each.target)},
        )

    # -- connections ------------------------------------------------------------------------------

    def connect(
        self,
        name: str,
        source: str,
        target: str,
        pre: ArrayLike,
        post: ArrayLike,
        weights: ArrayLike,
        synapse_type: str,
        source_size: int | None = None,
    ) -> Plan:
        """Return a plan with one connection more.

        Parameters
        ----------
        source : a population, or any other name for a source outside the chip.
        target : a population.
        pre, post : integer arrays, shape (synapses,), neurons of source and target from 0.
        weights : one number, or shape (synapses,); a synapse of weight 0 takes no word.
        source_size : how many neurons a source outside the chip has.

        Raises
        ------
        WeightError, UnknownNameError
            if a weight, a population or the type is not possible.
        FanInError, FanOutError, CapacityError
            if a neuron would listen or send to too many, a core would hear too many senders, or too many neurons
            outside the chip would send to it.
        RequestError
            if *name* is taken, an index is out of range or shapes differ.
        """
        if _name("connection", name) in self.connections:
            raise RequestError(f"There is a connection {name!r} already; give another name or disconnect it first.")
        owner = f"connection {name!r}"
        if target not in self.placements:
            raise unknown_name(self.description.name, "population", target, self.placements)
        placement = self.placements[target]
        size = self._source_size(owner, source, source_size)
        pre = rules.indices(owner, "pre", pre, source, size)
        post = rules.indices(owner, "post", post, target, placement.n)
        if pre.size != post.size:
            raise RequestError(
                f"{owner}: pre has {pre.size} neurons and post {post.size}; give one of each per synapse."
            )
        known = self.description.synapse_types
        if known and synapse_type not in known:
            raise unknown_name(self.description.name, "synapse type", synapse_type, known)
        weights, words = self._checked_weights(owner, weights, pre.size)
        return self._with_wiring(
            Wiring(
                name=name,
                source=source,
                target=target,
                external=source not in self.placements,
                source_size=size,
                pre=pre,
                post=post,
                weights=weights,
                synapse_type=synapse_type,
                words=words,
                target_size=placement.n,
                target_cores=placement.core_of,
                cores=self.description.cores,
            )
        )

    def reweight(self, name: str, weights: ArrayLike) -> Plan:
        """Return a plan in which connection *name* has other *weights*: one, or one per synapse."""
        old = self.connection(name)
        weights, words = self._checked_weights(f"connection {name!r}", weights, old.pre.size)
        return self._with_wiring(replace(old, weights=weights, words=words))

    def disconnect(self, name: str) -> Plan:
        """Return a plan without connection *name*."""
        self.connection(name)
        return self._with(connections={key: each for key, each in self.connections.items() if key != name})

    # -- biases and history -----------------------------------------------------------------------

    def bias(self, core: Any, values: Mapping[str, float]) -> Plan:
        """Return a plan in which *core* has these biases (SI units) beside those it had."""
        number = self.description.core_number(core)
        owner = f"{self.description.name} core {number}"
        for name in values:
            if name not in self.description.shared:
                raise unknown_name(owner, "bias", name, self.description.shared)
        new = {name: _bias(f"{owner}: bias {name}", value) for name, value in values.items()}
        merged = MappingProxyType({**self.biases.get(number, {}), **new})
        return self._with(biases={**self.biases, number: merged})

    def undo(self) -> Plan:
        """Return the plan as it was before the last request."""
        if self.previous is None:
            raise RequestError(f"The plan for {self.description.name} is as it began: nothing to undo.")
        return self.previous

    def report(self) -> Report:
        """Return what the plan uses of each limit, as numbers, text and table."""
        return make_report(self)

    # -- inside -----------------------------------------------------------------------------------

    def _with(self, **changes: Any) -> Plan:
        return replace(self, previous=self, **changes)

    def _with_placement(self, name: str, neurons: NDArray[np.int64]) -> Plan:
        placement = Placement(name, frozen(neurons), self.description.neurons_per_core)
        return self._with(placements={**self.placements, name: placement})

    def _with_wiring(self, new: Wiring) -> Plan:
        others = [each for each in self.connections.values() if each.name != new.name]
        rules.check_fan_in(self.description, new, (each for each in others if each.target == new.target))
        rules.check_fan_out(self.description, new, (each for each in others if each.source == new.source))
        rules.check_external_sources(self.description, new, others)
        rules.check_senders(self.description, new, others)
        return self._with(connections={**self.connections, new.name: new})

    def _external_sizes(self) -> dict[str, int]:
        return {each.source: each.source_size for each in self.connections.values() if each.external}

    def _check_new_population(self, name: str) -> None:
        if _name("population", name) in self.placements:
            raise RequestError(f"There is a population {name!r} already; give another name or free it first.")
        if name in self._external_sizes():
            raise RequestError(f"{name!r} is the name of a source outside the chip already; give another name.")

    def _source_size(self, owner: str, source: str, source_size: int | None) -> int:
        known = self.placements[source].n if source in self.placements else self._external_sizes().get(source)
        if known is None and source_size is None:
            if isinstance(source, str):
                error = unknown_name(self.description.name, "population", source, self.placements)
                raise type(error)(f"{error} For a source outside the chip, give source_size.")
            raise RequestError(f"{owner}: the source must be a name, not {source!r}.")
        size = known if source_size is None else _size(f"{owner}, source {source!r}", source_size)
        assert size is not None
        if known is not None and size != known:
            raise RequestError(f"{owner}: source_size is {size}, but {source!r} has {known} neurons.")
        _name("source", source)
        return size

    def _checked_weights(self, owner: str, weights: ArrayLike, n: int) -> tuple[NDArray[Any], NDArray[Any]]:
        array = rules.weight_array(owner, weights, n)
        self.description.weights.check(owner, array)
        words = self.description.weights.words_of(array)
        return rules.stored(array, np.float64, n), rules.stored(words, np.int64, n)
