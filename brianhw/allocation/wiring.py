"""Connections as arrays, and how many words, destinations and senders they take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brianhw.allocation.placement import ArrayValue, core_place, frozen
from brianhw.chips import ChipDescription
from brianhw.errors import CapacityError, FanInError, FanOutError, RequestError

__all__ = ["Wiring"]


@dataclass(frozen=True, eq=False)
class Wiring(ArrayValue):
    """One connection: synapse k is from neuron pre[k] of the source to neuron post[k] of the target.

    Attributes
    ----------
    source, target : str
        A population, or any other name for a source outside; a population.
    source_size, target_size : int
        Their neurons.
    synapse_type : str
        One of the chip's.
    external : bool
        Whether the source is outside the chip.
    pre, post : arrays of int, shape (synapses,)
        Neurons of source and target, from 0.
    weights : array, shape (synapses,)
        In input words or SI units.
    words : array of int, shape (synapses,)
        The input words each synapse takes; 0 where its weight is 0.
    target_cores : array of int, shape (target_size,)
        The core of each neuron of the target.
    cores : int
        Cores of the chip.

    Examples
    --------
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> plan = Plan(DYNAP_SE1).place("exc", 4)
    >>> plan = plan.connect("c", "in", "exc", [0, 1, 1], [0, 0, 2], [3, 4, 5], "AMPA", source_size=2)
    >>> wiring = plan.connections["c"]
    >>> wiring.words_in.tolist(), wiring.synapses_out.tolist(), wiring.external
    ([7, 0, 5, 0], [1, 2], True)
    """

    name: str
    source: str
    target: str
    external: bool
    source_size: int
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    weights: NDArray[np.float64]
    synapse_type: str
    words: NDArray[np.int64] = field(repr=False)
    target_size: int = field(repr=False)
    target_cores: NDArray[np.int64] = field(repr=False)
    cores: int = field(repr=False)

    @cached_property
    def words_in(self) -> NDArray[np.int64]:
        """Input words of each target neuron, shape (target_size,)."""
        # bincount sums in float64: exact, a word count stays below 2**53
        return frozen(np.bincount(self.post, self.words, minlength=self.target_size).astype(np.int64))

    @cached_property
    def synapses_in(self) -> NDArray[np.int64]:
        """Synapses of non-zero weight of each target neuron, shape (target_size,)."""
        return frozen(np.bincount(self.post[self.words > 0], minlength=self.target_size))

    @cached_property
    def synapses_out(self) -> NDArray[np.int64]:
        """Synapses of non-zero weight of each source neuron, shape (source_size,)."""
        return frozen(np.bincount(self.pre[self.words > 0], minlength=self.source_size))

    @cached_property
    def reach(self) -> NDArray[np.bool_]:
        """Whether each source neuron sends to each core, shape (source_size, cores)."""
        reach = np.zeros((self.source_size, self.cores), dtype=bool)
        live = self.words > 0
        reach[self.pre[live], self.target_cores[self.post[live]]] = True
        return frozen(reach)


def indices(owner: str, side: str, values: ArrayLike, population: str, size: int) -> NDArray[np.int32]:
    """Return *values* as neuron numbers inside *population*, an own array that cannot be written to."""
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1:
        raise RequestError(f"{owner}: {side} must have one dimension, not {array.ndim}.")
    if not array.size:
        return frozen(np.zeros(0, dtype=np.int32))
    if array.dtype.kind not in "ui":
        raise RequestError(
            f"{owner}: {side} must hold whole numbers, not {array.dtype}; of a mask, take np.flatnonzero."
        )
    if array.min() < 0 or array.max() >= size:
        wrong = np.flatnonzero((array < 0) | (array >= size))
        raise RequestError(
            f"{owner}: {side}[{wrong[0]}] is {array[wrong[0]]}, but {population!r} has {size} neurons, "
            f"0 to {size - 1}; {wrong.size} of {array.size} are out of range."
        )
    return frozen(array.astype(np.int32))


def weight_array(owner: str, weights: ArrayLike, synapses: int) -> NDArray[Any]:
    """Return *weights*, one or one per synapse, as one per synapse."""
    array = np.asarray(weights)
    if array.ndim > 1 or (array.ndim == 1 and array.size != synapses):
        raise RequestError(
            f"{owner}: weights have shape {array.shape}; give one weight or {synapses}, one per synapse."
        )
    return array


def stored(array: NDArray[Any], dtype: type[np.generic], synapses: int) -> NDArray[Any]:
    """Return *array* as one number per synapse; one number for all takes no memory per synapse."""
    if array.ndim == 1 and array.size and array.strides == (0,):  # broadcast by the caller
        array = array[0]
    if array.ndim == 0:
        return np.broadcast_to(array.astype(dtype), (synapses,))
    return frozen(array.astype(dtype))  # astype copies: the caller may go on writing to their own


def fan_in(wirings: Iterable[Wiring], size: int) -> NDArray[np.int64]:
    """Return the input words of each of *size* neurons that *wirings* lead to."""
    return total((wiring.words_in for wiring in wirings), size)


def total(counts: Iterable[NDArray[np.int64]], size: int) -> NDArray[np.int64]:
    """Return the sum of arrays of shape (size,); zeros if there is none."""
    result = np.zeros(size, dtype=np.int64)
    for count in counts:
        result += count
    return result


def fan_out(description: ChipDescription, wirings: Iterable[Wiring], size: int) -> NDArray[np.int64]:
    """Return the destinations of each of *size* neurons that *wirings* come from."""
    wirings = list(wirings)
    if description.fan_out_counts == "synapses":
        return total((wiring.synapses_out for wiring in wirings), size)
    cores = reach(wirings, size, description.cores)
    if description.fan_out_counts == "chips":
        cores = np.asarray(description.by_chip(cores).any(axis=2))
    return np.asarray(cores.sum(axis=1), dtype=np.int64)


def reach(wirings: Iterable[Wiring], size: int, cores: int) -> NDArray[np.bool_]:
    """Return whether each of *size* neurons sends to each core through any of *wirings* from them."""
    union = np.zeros((size, cores), dtype=bool)
    for wiring in wirings:
        union |= wiring.reach
    return union


def senders(wirings: Iterable[Wiring], cores: int) -> NDArray[np.int64]:
    """Return how many different neurons each core hears, on the chip or outside, shape (cores,)."""
    by_source: dict[str, list[Wiring]] = {}
    for wiring in wirings:
        by_source.setdefault(wiring.source, []).append(wiring)
    heard = (reach(each, each[0].source_size, cores).sum(axis=0, dtype=np.int64) for each in by_source.values())
    return total(heard, cores)


def external_sources(wirings: Iterable[Wiring]) -> dict[str, NDArray[np.bool_]]:
    """Return, for each source outside the chip, which of its neurons send to the chip, shape (source_size,)."""
    sends: dict[str, NDArray[np.bool_]] = {}
    for wiring in wirings:
        if wiring.external:
            sends[wiring.source] = sends.get(wiring.source, False) | (wiring.synapses_out > 0)
    return sends


def check_external_sources(description: ChipDescription, new: Wiring, others: Iterable[Wiring]) -> None:
    """Raise :class:`CapacityError` if more neurons outside the chip would send to it than it can tell apart."""
    limit = description.external_sources
    outside = [each for each in [*others, new] if each.external]
    if limit is None or not new.external or sum({each.source: each.source_size for each in outside}.values()) <= limit:
        return
    before = external_sources(outside[:-1])
    already = sum(int(sends.sum()) for sends in before.values())
    added = int(np.sum((new.synapses_out > 0) & ~before.get(new.source, np.zeros(new.source_size, dtype=bool))))
    if already + added <= limit:
        return
    left = max(limit - already, 0)
    fewer = f"Let at most {left} more neurons of {new.source!r} send to it, or let" if left else "Let"
    raise CapacityError(
        f"{description.name} can be sent to by {limit} neurons from outside, on all cores together; "
        f"{new.name!r} would add {added} of {new.source!r} to the {already} that do. {fewer} its targets listen to "
        "sources in use: one counts once, however many neurons and cores hear it. Or free a connection, make the input "
        f"by a population on the chip, or place {new.target!r} on another chip.",
        limit="external_sources",
        asked=already + added,
        allowed=limit,
    )


def check_fan_in(
    description: ChipDescription,
    new: Wiring,
    others: Iterable[Wiring],
    words: NDArray[np.int64],
    neurons: NDArray[np.int64],
) -> None:
    """Raise :class:`FanInError` if *new* and the *others* to its target take more words than a neuron has.

    *words* is how many each of the target's *neurons*, numbered over all chips, has.
    """
    if description.fan_in is None:
        return
    taken = fan_in(others, new.target_size)
    asked = taken + new.words_in
    over = np.flatnonzero(asked > words)
    if not over.size:
        return
    first, allowed = int(over[0]), int(words[over[0]])
    largest = _largest_weight(description, new, words - taken)
    if largest:
        advice = f"; the largest weight that fits everywhere is {largest}"
    elif _is_uniform(description, new):
        free = max(allowed - int(taken[first]), 0)
        advice = f"; no weight >= 1 fits everywhere, it has {free} {description.word}s free"
    else:
        advice = ""
    has = f"{description.name} has {description.fan_in}"
    if allowed < description.fan_in:
        has += f" and {description.fan_in - allowed} of this neuron's are broken"
    raise FanInError(
        f"{_neuron(description, new.target, first, neurons)} would listen to {asked[first]} {description.word}s, "
        f"{has}. {_over(over.size, new.target_size)}{advice}.",
        neuron=first,
        limit=f"{description.word.lower().replace(' ', '_')}s",
        where=description.location(int(neurons[first])),
        asked=int(asked[first]),
        allowed=allowed,
        offenders=over,
        largest_weight=largest,
    )


def _neuron(description: ChipDescription, population: str, neuron: int, neurons: NDArray[np.int64]) -> str:
    """Return what messages call a neuron; on a board also where it is."""
    if description.chips == 1:
        return f"neuron {neuron} of population {population!r}"
    where = description.location(int(neurons[neuron]))
    place = f"chip {where['chip']} core {where['core']} neuron {where['neuron']}"
    return f"neuron {neuron} of population {population!r} ({place})"


def _over(offenders: int, size: int) -> str:
    return f"{offenders} of {size} neurons {'is' if offenders == 1 else 'are'} over"


def _is_uniform(description: ChipDescription, wiring: Wiring) -> bool:
    """Return whether one weight, counted in words, holds for the whole connection."""
    return description.weights.kind == "words" and bool((wiring.weights == wiring.weights[0]).all())


def _largest_weight(description: ChipDescription, new: Wiring, free: NDArray[np.int64]) -> int | None:
    if not _is_uniform(description, new):
        return None
    listening = new.synapses_in > 0
    room = free[listening] // new.synapses_in[listening]
    return int(room.min()) if room.min() >= 1 else None


def check_fan_out(
    description: ChipDescription, new: Wiring, others: Iterable[Wiring], neurons: NDArray[np.int64] | None
) -> None:
    """Raise :class:`FanOutError` if a neuron of the chip would send to more destinations than it has.

    *neurons* are those of the source, numbered over all chips. A source outside the chip has no such limit: its events
    are made by the host.
    """
    if description.fan_out is None or neurons is None:
        return
    asked = fan_out(description, [*others, new], new.source_size)
    over = np.flatnonzero(asked > description.fan_out)
    if not over.size:
        return
    each = {"synapses": "synapse", "cores": "core it sends to", "chips": "chip it sends to"}
    raise FanOutError(
        f"{_neuron(description, new.source, over[0], neurons)} would need {asked[over[0]]} {description.destination}s, "
        f"one per {each[description.fan_out_counts]}, {description.name} has {description.fan_out}. "
        f"{_over(over.size, new.source_size)}; send each of them to fewer {description.fan_out_counts}.",
        neuron=int(over[0]),
        limit=f"{description.destination.lower().replace(' ', '_')}s",
        where=description.location(int(neurons[over[0]])),
        asked=int(asked[over[0]]),
        allowed=description.fan_out,
        offenders=over,
    )


def check_senders(description: ChipDescription, new: Wiring, others: Iterable[Wiring]) -> None:
    """Raise :class:`CapacityError` if a core would hear more different senders than it can tell apart."""
    limit = description.senders_per_core
    wirings = [*others, new]
    if limit is None or sum({wiring.source: wiring.source_size for wiring in wirings}.values()) <= limit:
        return  # the exact count, below, takes time with every connection there is
    heard = senders(wirings, description.cores)
    over = [int(core) for core in np.flatnonzero(heard > limit) if new.reach[:, core].any()]
    if over:
        alone = senders([each for each in wirings if each.target == new.target], description.cores)[over[0]]
        elsewhere = (
            f", or place {new.target!r} on another core"
            if alone <= limit
            else f"; another core would not help, since {new.target!r} alone listens to {alone} of them"
        )
        raise CapacityError(
            f"{description.name} {description.core_name(over[0])} would listen to {heard[over[0]]} different senders, "
            f"it can tell {limit} apart. Let fewer neurons send to it{elsewhere}.",
            limit="senders_per_core",
            where=core_place(description, over[0]),
            asked=int(heard[over[0]]),
            allowed=limit,
        )
