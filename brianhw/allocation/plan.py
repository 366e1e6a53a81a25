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
from brianhw.allocation.addresses import NONE
from brianhw.allocation.contents import Contents
from brianhw.allocation.placement import Placement, choose_cores, core_place, frozen
from brianhw.allocation.report import Report, make_report
from brianhw.allocation.settling import settled
from brianhw.allocation.wiring import Wiring
from brianhw.errors import AddressError, CapacityError, RequestError, unknown_name

__all__ = ["Plan"]


def checked_size(what: str, n: Any) -> int:
    """Return a number of neurons that was asked for as an int, or raise :class:`RequestError`."""
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


@dataclass(frozen=True, eq=False)
class Plan(Contents):
    """What a chip is asked to hold, and where. ``Plan(description)`` is empty.

    Nothing is ever changed: each request returns a new plan, or raises an error and leaves this one
    as it was. Two plans are equal if they hold the same, however they came about; a pickled one has no history.

    Examples
    --------
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> plan = Plan(DYNAP_SE1).place("exc", 200).place("inh", 100)
    >>> plan = plan.connect("c", "exc", "inh", pre=[0, 1], post=[5, 5], weights=[20, 30], synapse_type="AMPA")
    >>> plan.placements["inh"].cores, plan.fan_in("inh").max().item()
    ((1,), 50)
    >>> plan.undo().fan_in("inh").max().item()
    0
    """

    previous: Plan | None = field(default=None, compare=False, repr=False)

    __hash__ = None

    # -- populations ------------------------------------------------------------------------------

    def place(
        self, name: str, n: int, core: Any = None, spread: bool = False, chip: Any = None, first: Any = None
    ) -> Plan:
        """Return a plan with *n* neurons more, named *name*.

        They go to *core* if one is named; else to the first core with room for all (of *chip*, if one is named); else,
        if *spread*, over the fewest cores (those with the most room, lowest numbers first). On each core they take
        the lowest free numbers; where senders are told apart by addresses, first those with the fewest broken words,
        among them those whose address no neuron of another chip has, and the address of unused words last. From *first*
        on they take just those numbers, and stay there; without it, they may later move inside their core to tell
        senders apart.

        Parameters
        ----------
        core : a number over all chips, a name, or chip and core in it; with *chip* a number on that.

        Raises
        ------
        CapacityError
            if there is no room; it says where there would be.
        RequestError
            if *name* is taken, *n* is no number of neurons, or *core*, *spread* and *first* contradict each other.
        UnknownNameError
            if there is no such *core* or *chip*.
        """
        self._check_new_population(name)
        owner = f"population {name!r}"
        n = checked_size(owner, n)
        if core is not None and spread:
            raise RequestError(f"{owner}: give a core or spread=True, not both.")
        number, on_chip = self._core_and_chip(core, chip)
        if first is not None:
            if number is None:
                raise RequestError(f"{owner}: first={first!r} counts inside a core; give the core too.")
            return self.place_at(name, self._from_first(owner, number, first, n))
        free = ~self.taken()
        left = n
        neurons: list[NDArray[np.int64]] = []
        for each in choose_cores(self.description, free.sum(axis=1), n, number, spread, on_chip):
            neurons.append(np.sort(self.preferred_neurons(each)[:left]))
            left -= neurons[-1].size
        return self._with_placement(name, np.concatenate(neurons))

    def _core_and_chip(self, core: Any, chip: Any) -> tuple[int | None, int | None]:
        """Return the core asked for, numbered over all chips, and the chip; None where none was."""
        number = None if chip is None else self.description.chip_number(chip)
        if core is None:
            return None, number
        return self.description.core_number(core if number is None else (number, core)), number

    def _from_first(self, owner: str, core: int, first: Any, n: int) -> NDArray[np.int64]:
        size = self.description.neurons_per_core
        try:
            begin = -1 if isinstance(first, (bool, np.bool_)) else operator.index(first)
        except TypeError:
            begin = -1
        if not 0 <= begin < size:
            raise RequestError(f"{owner}: first must be a neuron of the core, 0 to {size - 1}, not {first!r}.")
        if begin + n > size:
            name = f"{self.description.name} {self.description.core_name(core)}"
            advice = f"Begin at {size - n} or before." if n <= size else "Spread them over cores."
            raise CapacityError(
                f"{name} has neurons 0 to {size - 1}; {owner} asked for {begin} to {begin + n - 1}. {advice}",
                limit="neurons",
                where=core_place(self.description, core),
                asked=n,
                allowed=size - begin,
            )
        return core * size + np.arange(begin, begin + n)

    def preferred_neurons(self, core: int) -> NDArray[np.int64]:
        """Return the free neurons of *core*, numbered over all chips, in the order in which populations take them."""
        index = np.flatnonzero(~self.taken()[core])
        neurons = core * self.description.neurons_per_core + index
        if self.description.addresses is None:
            return neurons
        address = self.description.address_of(neurons)
        used = np.zeros(self.description.addresses, dtype=bool)
        for placement in self.placements.values():
            used[self.description.address_of(placement.neurons)] = True
        unused_word = self.description.unused_word
        bites = address == (NONE if unused_word is None else unused_word[0])
        broken = np.array([len(self.broken_words.get(neuron, ())) for neuron in neurons.tolist()], dtype=np.int64)
        return np.asarray(neurons[np.lexsort((index, used[address], broken, bites))])

    def place_at(self, name: str, neurons: ArrayLike, fixed: bool = True) -> Plan:
        """Return a plan with a population more on exactly these *neurons*, numbered over all chips.

        Unless they are *fixed*, they may later move inside their cores to tell senders apart.

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
        checked_size(owner, numbers.size)
        if np.unique(numbers).size < numbers.size:
            raise RequestError(f"{owner}: a neuron is given twice; each can be in one population once.")
        taken = numbers[self.taken().ravel()[numbers]]
        if taken.size:
            holder = next(each for each in self.placements.values() if taken[0] in each.neurons)
            core, index = divmod(int(taken[0]), self.description.neurons_per_core)
            raise CapacityError(
                f"{self.description.name} {self.description.core_name(core)}: neuron {index} is taken by population "
                f"{holder.population!r}; {taken.size} of the {numbers.size} neurons asked for {name!r} are not free.",
                limit="neurons",
                where=self.description.location(int(taken[0])),
                asked=numbers.size,
                allowed=numbers.size - taken.size,
            )
        return self._with_placement(name, numbers.astype(np.int64), fixed)

    def free(self, name: str) -> Plan:
        """Return a plan without population *name* and without the connections from and to it."""
        self.placement(name)
        return self._with(
            placements={key: each for key, each in self.placements.items() if key != name},
            connections={key: each for key, each in self.connections.items() if name not in (each.source, each.target)},
            fixed=self.fixed - {name},
        )._without_silent_sources()

    def give_addresses(self, source: str, addresses: ArrayLike) -> Plan:
        """Return a plan in which the neurons of a source outside have these *addresses*, one each, and keep them.

        Raises
        ------
        AddressError, RequestError
            if the chip has no such addresses, one is given twice or is another source's, or their number is wrong.
        AliasError
            if a core that the source sends to hears a neuron of the same address.
        """
        owner = f"the source {source!r}"
        limit = self.description.addresses
        if limit is None:
            raise RequestError(f"{self.description.name} has no addresses that could be given to {owner}.")
        if source in self.placements:
            raise RequestError(f"{source!r} is a population; the addresses of its neurons are where they are.")
        numbers = np.atleast_1d(np.asarray(addresses))
        size = self._external_sizes().get(_name("source", source), numbers.size)
        if numbers.shape != (size,) or numbers.dtype.kind not in "ui" or np.unique(numbers).size < numbers.size:
            raise RequestError(f"{owner} takes {size} different whole numbers as addresses, one per neuron.")
        if numbers.size and (numbers.min() < 0 or numbers.max() >= limit):
            raise AddressError(
                f"{self.description.name} has addresses 0 to {limit - 1}; {owner} was given "
                f"{numbers.min()} to {numbers.max()}.",
                limit="addresses",
                allowed=limit,
            )
        for other, theirs in self.external_addresses.items():
            if other in self.fixed and other != source and np.isin(numbers, theirs).any():
                raise AddressError(
                    f"{self.description.name}: address {numbers[np.isin(numbers, theirs)][0]} belongs to the source "
                    f"{other!r} already; give {owner} others.",
                    limit="addresses",
                )
        given = frozen(numbers.astype(np.int64))
        plan = self._with(
            external_addresses={**self.external_addresses, source: given}, fixed=self.fixed | {source}
        )  # fmt: skip
        return plan._settled(source)

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
        left = {key: each for key, each in self.connections.items() if key != name}
        return self._with(connections=left)._without_silent_sources()

    # -- biases and history -----------------------------------------------------------------------

    def bias(self, core: Any, values: Mapping[str, float]) -> Plan:
        """Return a plan in which *core* has these biases (SI units) beside those it had."""
        number = self.description.core_number(core)
        owner = f"{self.description.name} {self.description.core_name(number)}"
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

    def _with_placement(self, name: str, neurons: NDArray[np.int64], fixed: bool = False) -> Plan:
        placement = Placement(name, frozen(neurons), self.description.neurons_per_core)
        held = self.fixed | {name} if fixed else self.fixed
        return self._with(placements={**self.placements, name: placement}, fixed=held)

    def _with_wiring(self, new: Wiring) -> Plan:
        others = [each for each in self.connections.values() if each.name != new.name]
        target = self.placements[new.target].neurons
        sender = None if new.external else self.placements[new.source].neurons
        words = self.words_that_work(target) if self.description.fan_in is not None else np.zeros(0, dtype=np.int64)
        to_target = (each for each in others if each.target == new.target)
        rules.check_fan_in(self.description, new, to_target, words, target)
        rules.check_fan_out(self.description, new, (each for each in others if each.source == new.source), sender)
        rules.check_external_sources(self.description, new, others)
        if not self.aliases:
            rules.check_senders(self.description, new, others)
        return self._with(connections={**self.connections, new.name: new})._settled(new.source)

    def _settled(self, newest: str) -> Plan:
        """Return the plan with addresses that tell senders apart; *newest* is the source that is new."""
        if self.description.addresses is None:
            return self
        placements, addresses = settled(self, newest)
        return replace(self, placements=placements, external_addresses=addresses)

    def _without_silent_sources(self) -> Plan:
        """Return the plan without the addresses of sources outside that are not connected any more."""
        known = {*self._external_sizes(), *self.fixed}
        left = {name: each for name, each in self.external_addresses.items() if name in known}
        return self if len(left) == len(self.external_addresses) else replace(self, external_addresses=left)

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
        size = known if source_size is None else checked_size(f"{owner}, source {source!r}", source_size)
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
