"""Plans as plain data, for files: everything that is on a chip or a board, and back, checked anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from brianhw.allocation.plan import Plan
from brianhw.allocation.words import destinations, events_from_outside, input_words
from brianhw.chips import ChipDescription
from brianhw.errors import BrianHWError, ConfigurationError

__all__ = ["plan_from_dict", "plan_to_dict"]


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Return what a plan holds as dicts, lists, numbers and strings that JSON can hold.

    ``"populations"``, ``"sources"`` and ``"connections"`` are what :func:`plan_from_dict` reads. ``"input_words"`` and
    ``"destinations"`` follow from them; they are what a board is written with. So do ``"events_from_outside"``: what
    the generator sends for a spike of each source neuron (source, neuron, address, chip, cores).
    """
    description = plan.description
    outside = {each.source: each.source_size for each in plan.connections.values() if each.external}
    words, sends = input_words(plan), destinations(plan)
    types = np.array([*description.synapse_types, ""])
    return {
        "populations": [
            {
                "name": name,
                "neurons": [[*description.chip_and_core(core), first, last] for core, first, last in each.slices()],
                "fixed": name in plan.fixed,
            }
            for name, each in plan.placements.items()
        ],
        "sources": [
            {"name": name, "size": size, "addresses": _addresses(plan, name), "fixed": name in plan.fixed}
            for name, size in outside.items()
        ],
        "connections": [
            {
                "name": name,
                "source": each.source,
                "target": each.target,
                "type": each.synapse_type,
                "pre": each.pre.tolist(),
                "post": each.post.tolist(),
                "words": each.weights.astype(int).tolist(),
            }
            for name, each in plan.connections.items()
        ],
        "input_words": [
            [*_place(plan, neuron), word, address, str(types[kind])]
            for neuron, word, address, kind in zip(*(each.tolist() for each in words), strict=True)
        ],
        "destinations": [
            [*_place(plan, neuron), chip, np.flatnonzero(cores).tolist()]
            for neuron, chip, cores in zip(sends.neuron.tolist(), sends.chip.tolist(), sends.cores, strict=True)
        ],
        "events_from_outside": [
            [name, neuron, address, chip, np.flatnonzero(cores).tolist()]
            for name, neuron, address, chip, cores in events_from_outside(plan)
        ],
    }


def plan_from_dict(empty: Plan, data: Mapping[str, Any], file: str) -> Plan:
    """Return the plan that *data* describe, all of it checked as if it were asked for piece by piece.

    Raises
    ------
    ConfigurationError
        If something is missing, of another kind, or does not fit; it says where in the *file*.
    """
    plan = empty
    where = "the file"
    try:
        for number, each in enumerate(listed(file, data, "populations")):
            where = f"populations[{number}]"
            plan = _with_population(plan, file, where, each)
        sources: dict[str, tuple[int, np.ndarray]] = {}
        for number, each in enumerate(listed(file, data, "sources")):
            where = f"sources[{number}]"
            name = value(file, where, each, "name", str)
            addresses = _integers(file, f"{where}.addresses", value(file, where, each, "addresses", list))
            size = value(file, where, each, "size", int)
            if size != len(addresses) or not size:
                raise ConfigurationError(f"{file}: {where} has size {str(size)[:20]} and {len(addresses)} addresses.")
            sources[name] = size, addresses
            if value(file, where, each, "fixed", bool):
                plan = plan.give_addresses(name, addresses)
        for number, each in enumerate(listed(file, data, "connections")):
            where = f"connections[{number}]"
            plan = _with_connection(plan, file, where, each, sources)
    except ConfigurationError:
        raise
    except BrianHWError as error:
        raise ConfigurationError(f"{file}: {where}: {error}") from error
    plan = replace(plan, previous=None)
    again = plan_to_dict(plan)
    for key in ("sources", "input_words", "destinations", "events_from_outside"):
        if key in data and data[key] != again[key]:
            found = _first_difference(data[key], again[key])
            raise ConfigurationError(
                f"{file}: {key!r} does not follow from the rest of the file: {found}. Leave it out, or mend it."
            )
    return plan


def _with_population(plan: Plan, file: str, where: str, data: Any) -> Plan:
    description = plan.description
    name, fixed = value(file, where, data, "name", str), value(file, where, data, "fixed", bool)
    rows = _rows(file, where, value(file, where, data, "neurons", list), description)
    neurons = [
        np.arange(first, last + 1) + description.core_number((chip, core)) * description.neurons_per_core
        for chip, core, first, last in rows
    ]
    return plan.place_at(name, np.concatenate(neurons), fixed=fixed)


def _with_connection(
    plan: Plan, file: str, where: str, data: Any, sources: Mapping[str, tuple[int, np.ndarray]]
) -> Plan:
    name, source, target, synapse_type = (
        value(file, where, data, key, str) for key in ("name", "source", "target", "type")
    )  # fmt: skip
    pre, post, words = (
        _integers(file, f"{where}.{key}", value(file, where, data, key, list)) for key in ("pre", "post", "words")
    )  # fmt: skip
    # planning keeps the addresses that sources have, as far as they are possible
    addresses = {name: each for name, (_, each) in sources.items() if name not in plan.placements}
    plan = replace(plan, external_addresses={**plan.external_addresses, **addresses})
    size = sources[source][0] if source in sources else None
    return plan.connect(name, source, target, pre, post, words, synapse_type, source_size=size)


def _addresses(plan: Plan, name: str) -> list[int]:
    return [int(each) for each in plan.addresses_of(name)]


def _place(plan: Plan, neuron: int) -> list[int]:
    return list(plan.description.location(neuron).values())


def _first_difference(found: Any, expected: Any) -> str:
    if not isinstance(found, list) or len(found) != len(expected):
        size = len(found) if isinstance(found, list) else "no list"
        return f"{size} entries where {len(expected)} were expected"
    index = next(k for k, (mine, other) in enumerate(zip(found, expected, strict=True)) if mine != other)
    return f"entry {index} is {str(found[index])[:80]}, expected {str(expected[index])[:80]}"


# -- reading plain data ----------------------------------------------------------------------------


_NAMES: dict[Any, str] = {
    list: "a list", str: "a text", int: "a whole number", bool: "true or false", dict: "an object",
}  # fmt: skip


def value(file: str, where: str, data: Any, key: str, kind: type | tuple[type, ...]) -> Any:
    """Return ``data[key]``, which must be of a *kind*; raise :class:`ConfigurationError` otherwise."""
    if not isinstance(data, Mapping) or key not in data:
        raise ConfigurationError(f"{file}: {where} has no {key!r}.")
    found = data[key]
    if not isinstance(found, kind) or (kind is not bool and isinstance(found, bool)):
        raise ConfigurationError(
            f"{file}: {where}.{key} must be {_NAMES.get(kind, 'a number')}, not {str(found)[:60]!r}."
        )
    return found


def listed(file: str, data: Any, key: str) -> list[Any]:
    """Return the list ``data[key]``."""
    found = value(file, "the file", data, key, list)
    assert isinstance(found, list)
    return found


def _integers(file: str, where: str, values: Sequence[Any]) -> np.ndarray:
    for index, each in enumerate(values):
        if type(each) is not int or abs(each) > 2**31:
            raise ConfigurationError(f"{file}: {where}[{index}] must be a whole number, not {str(each)[:60]!r}.")
    return np.array(values, dtype=np.int64)


def _rows(file: str, where: str, rows: Sequence[Any], description: ChipDescription) -> list[list[int]]:
    size = description.neurons_per_core
    if not rows:
        raise ConfigurationError(f"{file}: {where}.neurons is empty.")
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 4:
            raise ConfigurationError(
                f"{file}: {where}.neurons[{index}] must be [chip, core, first, last], not {str(row)[:60]!r}."
            )
        _, _, first, last = _integers(file, f"{where}.neurons[{index}]", row).tolist()
        if not 0 <= first <= last < size:
            raise ConfigurationError(
                f"{file}: {where}.neurons[{index}] runs from {first} to {last}; a core has 0 to {size - 1}."
            )
    return [list(row) for row in rows]
