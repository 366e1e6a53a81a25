"""The connectors of PyNN as arrays: which cells each of them connects, one function per class.

Deviation: where PyNN ignores an argument (self connections between overlapping views, ``with_replacement`` of a fixed
total number) it is heeded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
from pyNN import connectors as pynn
from pyNN.random import RandomDistribution

from brianhw.errors import PyNNError
from brianhw.pynn.checks.expressions import parse_distance
from brianhw.pynn.wiring import distances, same_lists, sampling
from brianhw.pynn.wiring.checks import ConnectionRefused
from brianhw.pynn.wiring.connection_files import read_connections
from brianhw.pynn.wiring.connector_domains import check_probabilities
from brianhw.pynn.wiring.drawing import GeneratorRNG, claim, is_given, native_generator
from brianhw.pynn.wiring.pairs import Pairs, Rule, by_target, joined
from brianhw.pynn.wiring.small_world import small_world

__all__ = ["Found", "has_array_form", "indices"]


@dataclass
class Found:
    """What a connector gives: pairs, and the standard parameters that it sets itself."""

    i: np.ndarray
    j: np.ndarray
    given: dict[str, np.ndarray] = field(default_factory=dict)


@singledispatch
def indices(connector: Any, projection: Any, generator: np.random.Generator) -> Any:
    """Return the pairs that *connector* makes: one function per class of PyNN."""
    raise TypeError(f"{type(connector).__name__} has no array form")


def has_array_form(connector: Any) -> bool:
    """Tell whether the connector is one of PyNN's, with PyNN's ``connect``."""
    registered = next((cls for cls in type(connector).__mro__ if cls in indices.registry), object)
    return registered is not object and type(connector).connect is getattr(registered, "connect", None)


def _shape(projection: Any) -> tuple[int, int]:
    return projection.pre.size, projection.post.size


def _same_lists(connector: Any, projection: Any) -> bool:
    """Tell whether PyNN's own lists are wanted: the user gave a seed, or said ``setup(same_lists=True)``."""
    always = getattr(projection._simulator.state, "same_lists", False)
    return is_given(connector.rng) or (always and connector.rng.seed is not None)


def _rng(connector: Any, projection: Any, generator: np.random.Generator, copied: bool) -> Any:
    """Return the connector's generator, or our own where other lists will do."""
    if not _same_lists(connector, projection):
        return GeneratorRNG(generator)
    claim(connector.rng, f"{type(connector).__name__} of {projection.label or 'a projection'}", copied)
    return connector.rng


# -- all pairs that fulfil something ----------------------------------------------------------------


@indices.register(pynn.AllToAllConnector)
def _(connector: pynn.AllToAllConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    rule = Rule(connector.allow_self_connections, projection)
    if not rule.excludes:
        return _block(projection, 0, projection.post.size)
    return joined(rule.of(*_block(projection, *part)) for part in _parts(projection))


def _block(projection: Any, start: int, stop: int) -> Pairs:
    """Return all pairs with these targets."""
    n_pre = projection.pre.size
    targets = np.arange(start, stop, dtype=np.int32)
    return np.tile(np.arange(n_pre, dtype=np.int32), len(targets)), np.repeat(targets, n_pre)


def _parts(projection: Any) -> Iterator[tuple[int, int]]:
    """Yield ranges of targets with a bounded number of pairs."""
    n_pre, n_post = _shape(projection)
    rows = max(1, same_lists.CHUNK // max(n_pre, 1))
    yield from ((start, min(start + rows, n_post)) for start in range(0, n_post, rows))


@indices.register(pynn.OneToOneConnector)
def _(connector: pynn.OneToOneConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    both = np.arange(min(_shape(projection)), dtype=np.int32)
    return both, both.copy()


@indices.register(pynn.ArrayConnector)
def _(connector: pynn.ArrayConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    array = np.asarray(connector.array)
    if array.shape != _shape(projection):
        raise ConnectionRefused(
            f"{projection.label}: the array of connections has shape {array.shape}, the cells need "
            f"{_shape(projection)}."
        )
    if array.dtype != bool and not np.isin(array, (0, 1)).all():
        raise ConnectionRefused(f"{projection.label}: the array of connections must hold True and False, or 1 and 0.")
    return joined(_true_pairs(array, *part) for part in _parts(projection))


def _true_pairs(array: np.ndarray, start: int, stop: int) -> Pairs:
    j, i = np.nonzero(array[:, start:stop].T)
    return i.astype(np.int32), (j + start).astype(np.int32)


@indices.register(pynn.CloneConnector)
def _(connector: pynn.CloneConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    reference = connector.reference_projection
    if projection.pre != reference.pre or projection.post != reference.post:
        raise ConnectionRefused(
            f"{projection.label}: a clone of {reference.label} must connect {reference.pre.label} to "
            f"{reference.post.label}, not {projection.pre.label} to {projection.post.label}."
        )
    listed = np.array(reference.get("weight", format="list", gather="all")).reshape(-1, 3)  # i, j, weight
    pairs = listed[:, :2].astype(np.int64)
    codes = np.unique(pairs[:, 1] * projection.pre.size + pairs[:, 0])  # as in PyNN, each pair once
    return (codes % projection.pre.size).astype(np.int32), (codes // projection.pre.size).astype(np.int32)


# -- each pair with a probability -------------------------------------------------------------------


@indices.register(pynn.FixedProbabilityConnector)
def _(connector: pynn.FixedProbabilityConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    if _same_lists(connector, projection):
        return _hits(connector, projection, generator, lambda start, stop: connector.p_connect)
    n_pre, n_post = _shape(projection)
    rule = Rule(connector.allow_self_connections, projection)
    found = sampling.skips(n_pre * n_post, connector.p_connect, generator)
    return joined(rule.of(*_split(positions, n_pre)) for positions in found)


def _split(positions: np.ndarray, n_pre: int) -> Pairs:
    j = positions // n_pre
    return (positions - j * n_pre).astype(np.int32), j.astype(np.int32)


def _hits(connector: Any, projection: Any, generator: np.random.Generator, probability: Any) -> Pairs:
    """Compare a uniform number with the probability of each pair, in PyNN's order."""
    rng = _rng(connector, projection, generator, copied=True)
    rule = Rule(connector.allow_self_connections, projection)
    return joined(rule.of(*pairs) for pairs in same_lists.uniform_hits(rng, *_shape(projection), probability))


@indices.register(pynn.DistanceDependentProbabilityConnector)
def _(connector: Any, projection: Any, generator: np.random.Generator) -> Pairs:
    distance = distances.blocks(projection)

    def probability(start: int, stop: int) -> Any:
        found = connector.distance_function(distance(start, stop))
        check_probabilities(f"{projection.label}: {type(connector).__name__}", found)
        return found

    return _hits(connector, projection, generator, probability)


@indices.register(pynn.IndexBasedProbabilityConnector)
def _(connector: Any, projection: Any, generator: np.random.Generator) -> Pairs:
    expression = copy(connector.index_expression)
    expression.projection = projection
    sources = np.arange(projection.pre.size)

    def probability(start: int, stop: int) -> np.ndarray:
        """Call it as PyNN does, with all sources and one target: what is paid for is the pairs, not the calls."""
        table = np.empty((stop - start, len(sources)))
        for row, target in enumerate(range(start, stop)):
            table[row] = expression(sources, target)
        check_probabilities(f"{projection.label}: {type(connector).__name__}", table)
        return table

    return _hits(connector, projection, generator, probability)


# -- a given number ---------------------------------------------------------------------------------


@indices.register(pynn.FixedNumberPreConnector)
def _(connector: pynn.FixedNumberPreConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    n_pre, n_post = _shape(projection)
    own = _excluded(connector, projection)
    counts = _counts(connector, n_post, connector.n, generator)
    sources = _chosen(connector, projection, n_pre, counts, own, generator)
    return sources, np.repeat(np.arange(n_post, dtype=np.int32), counts)


@indices.register(pynn.FixedNumberPostConnector)
def _(connector: pynn.FixedNumberPostConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    n_pre, n_post = _shape(projection)
    own = _transposed(_excluded(connector, projection), n_pre)
    if _same_lists(connector, projection) and _one_by_one(connector):
        counts, targets = _counts_and_choices(connector, projection, own, generator)
    else:
        counts = _counts(connector, n_pre, connector.n, generator)
        targets = _chosen(connector, projection, n_post, counts, own, generator)
    sources = np.repeat(np.arange(n_pre, dtype=np.int32), counts)
    return sampling.sorted_by_target(sources, targets, n_pre, n_post)


def _excluded(connector: Any, projection: Any) -> np.ndarray:
    """Return for each target which source it must not have, or -1."""
    rule = Rule(connector.allow_self_connections, projection)
    if rule.mutual_forbidden and rule.excludes:
        raise PyNNError(
            f"{projection.label}: {type(connector).__name__} has no 'NoMutual' (PyNN ignores it there). Use "
            "allow_self_connections=False, or a FixedProbabilityConnector."
        )
    return rule.own if rule.excludes else np.full(projection.post.size, -1, dtype=np.int32)


def _transposed(own: np.ndarray, n_pre: int) -> np.ndarray:
    """Return the excluded target of each source."""
    turned = np.full(n_pre, -1, dtype=np.int32)
    turned[own[own >= 0]] = np.flatnonzero(own >= 0)
    return turned


def _one_by_one(connector: Any) -> bool:
    """Tell whether PyNN draws a number and a choice in turn from one generator."""
    return isinstance(connector.n, RandomDistribution) and connector.n.rng is connector.rng


def _counts_and_choices(
    connector: Any, projection: Any, own: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    counts, choices = np.empty(len(own), dtype=np.int64), []
    for row in range(len(own)):
        counts[row] = connector.n.next()
        one = slice(row, row + 1)
        choices.append(_chosen(connector, projection, projection.post.size, counts[one], own[one], generator))
    return counts, np.concatenate(choices)


def _counts(connector: Any, rows: int, number: Any, generator: np.random.Generator) -> np.ndarray:
    """Return how many each cell gets."""
    if not isinstance(number, RandomDistribution):
        return np.full(rows, number, dtype=np.int64)
    rng = number.rng if is_given(number.rng) else GeneratorRNG(native_generator(number.rng) or generator)
    drawn = np.asarray(rng.next(rows, number.name, number.parameters))
    counts = drawn.astype(np.int64)
    wrong = (counts < 0) | (counts != drawn)
    if wrong.any():
        raise ConnectionRefused(
            f"{type(connector).__name__}: n must be whole numbers >= 0, {number} gave {drawn[wrong][0]:g}."
        )
    return counts


def _chosen(
    connector: Any, projection: Any, size: int, counts: np.ndarray, own: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return, row after row, counts[r] members of range(size) other than own[r]."""
    sizes = np.where(own >= 0, size - 1, size)
    if ((sizes <= 0) & (counts > 0)).any():
        raise ConnectionRefused(f"{projection.label}: {type(connector).__name__} has no other cell to choose from.")
    if _same_lists(connector, projection):
        rng = _rng(connector, projection, generator, copied=False)
        same_rows = same_lists.rows_with_repeats if connector.with_replacement else same_lists.rows_of_distinct
        return same_rows(rng, size, counts, own)
    rows = sampling.with_repeats if connector.with_replacement else sampling.distinct
    return _shifted(rows(sizes, counts, generator), np.repeat(own, counts))


def _shifted(chosen: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Skip the excluded cell: choices were numbered without it."""
    chosen += (own >= 0) & (chosen >= own)
    return chosen


@indices.register(pynn.FixedTotalNumberConnector)
def _(connector: pynn.FixedTotalNumberConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    own = _excluded(connector, projection)
    number = int(_counts(connector, 1, connector.n, generator)[0])
    if _same_lists(connector, projection) and connector.with_replacement and not (own >= 0).any():
        rng = _rng(connector, projection, generator, copied=False)
        i, j = same_lists.total_pairs(rng, number, *_shape(projection))
        order = by_target(j, projection.post.size)
        return i[order], j[order]
    if _same_lists(connector, projection):  # PyNN would ignore the arguments: our own lists, but repeatable by the seed
        rng = _rng(connector, projection, generator, copied=False)
        generator = np.random.default_rng(rng.next(4, "uniform_int", {"low": 0, "high": 2**31 - 1}))
    return _total(number, projection.pre.size, own, connector.with_replacement, generator)


def _total(number: int, n_pre: int, own: np.ndarray, replace: bool, generator: np.random.Generator) -> Pairs:
    """Draw pairs, numbered target after target without the excluded ones."""
    sizes = np.where(own >= 0, n_pre - 1, n_pre)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    if number and not total:
        raise ConnectionRefused(f"FixedTotalNumberConnector: {number} connections were asked for, no pair is allowed.")
    codes = np.sort(generator.integers(0, total, number)) if replace else sampling.subset(total, number, generator)
    counts = np.diff(np.searchsorted(codes, ends), prepend=0)
    codes -= np.repeat(ends - sizes, counts)
    i = _shifted(codes.astype(np.int32), np.repeat(own, counts))
    return i, np.repeat(np.arange(len(own), dtype=np.int32), counts)


@indices.register(pynn.SmallWorldConnector)
def _(connector: pynn.SmallWorldConnector, projection: Any, generator: np.random.Generator) -> Pairs:
    rng = _rng(connector, projection, generator, copied=False)
    if _same_lists(connector, projection):
        generator = np.random.default_rng(rng.next(4, "uniform_int", {"low": 0, "high": 2**31 - 1}))
    near = parse_distance(connector.d_expression)
    rule = Rule(connector.allow_self_connections, projection)
    return small_world(projection, near, connector.rewiring, connector.n_connections, rule, generator)


# -- lists ------------------------------------------------------------------------------------------


@indices.register(pynn.FromListConnector)
def _(connector: pynn.FromListConnector, projection: Any, generator: np.random.Generator) -> Found:
    return _listed(np.asarray(connector.conn_list), tuple(connector.column_names), projection)


@indices.register(pynn.FromFileConnector)
def _(connector: pynn.FromFileConnector, projection: Any, generator: np.random.Generator) -> Found:
    return _listed(*read_connections(connector, projection), projection)


def _listed(table: np.ndarray, names: tuple[str, ...], projection: Any) -> Found:
    """Return the connections of a table with the columns i, j and *names*, by target."""
    known = projection.synapse_type.get_parameter_names()
    for name in names:
        if name not in known:
            raise ConnectionRefused(
                f"{projection.label}: the list has a column {name!r}, {type(projection.synapse_type).__name__} has "
                f"{', '.join(known)}."
            )
    if table.size == 0:
        none = np.empty(0, dtype=np.int32)
        return Found(none, none.copy(), {name: np.empty(0) for name in names})
    if table.shape[1] != len(names) + 2:
        raise ConnectionRefused(
            f"{projection.label}: the list has {table.shape[1]} columns; i, j, {', '.join(names)} are {len(names) + 2}."
        )
    sides = (("source", projection.pre.size), ("target", projection.post.size))
    i, j = (_indices_of(table[:, k], size, side, projection) for k, (side, size) in enumerate(sides))
    order = by_target(j, projection.post.size)
    return Found(
        i[order], j[order], {name: table[order, k].astype(float, copy=False) for k, name in enumerate(names, start=2)}
    )


def _indices_of(column: np.ndarray, size: int, side: str, projection: Any) -> np.ndarray:
    outside = ~((column >= 0) & (column < size))  # NaN, too
    wrong = outside | (np.floor(column) != column)
    if wrong.any():
        row = int(np.argmax(wrong))
        found = f"{projection.label}: row {row} of the list has {side} index {column[row]:g}"
        raise ConnectionRefused(
            f"{found}, out of range 0 to {size - 1}."
            if outside[row]
            else f"{found}; the index of a cell is a whole number."
        )
    return column.astype(np.int32)
