"""Telling senders apart: addresses for sources outside, neurons that move, and the refusal where neither helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from brianhw.allocation.addresses import NONE, Senders, aliases
from brianhw.allocation.placement import Placement, core_place, frozen
from brianhw.errors import AddressError, AliasError

if TYPE_CHECKING:
    from brianhw.allocation.contents import Contents

__all__ = ["settled"]


def settled(contents: Contents, newest: str) -> tuple[Mapping[str, Placement], Mapping[str, NDArray[np.int64]]]:
    """Return placements and addresses of sources outside with which no core mixes two senders up.

    Sources outside get other addresses, and neurons of populations that were placed on no certain neurons move
    inside their core, where that helps.

    Parameters
    ----------
    newest : str
        The source of the connection that is being made.

    Raises
    ------
    AliasError
        If senders whose addresses are fixed would be mixed up, unless the plan lets them.
    AddressError
        If there are not enough addresses for the sources outside.
    """
    size = contents.description.addresses
    if size is None:
        return contents.placements, contents.external_addresses
    senders = Senders.of(contents)
    fixed = ~senders.external | np.isin(
        senders.source, [k for k, name in enumerate(senders.names) if name in contents.fixed]
    )
    heard = senders.heard(fixed, size)
    if not contents.aliases and (heard > 1).any():
        contents = _with_moved_neurons(contents, senders, heard, newest)
        senders = Senders.of(contents)
        heard = senders.heard(fixed, size)
        if (heard > 1).any():
            raise _alias_error(contents, senders, heard, newest)
    return contents.placements, _addresses_outside(contents, senders, fixed, heard)


def _with_moved_neurons(contents: Contents, senders: Senders, heard: NDArray[np.int64], newest: str) -> Contents:
    """Return the contents with neurons of populations that may move, the newest first, on other indices."""
    heard = heard.copy()
    placements = dict(contents.placements)
    taken = contents.taken()
    order = sorted(range(len(senders.names)), key=lambda k: (senders.names[k] != newest, -k))
    for number in order:
        name = senders.names[number]
        if name in contents.fixed or name not in placements:
            continue
        neurons = placements[name].neurons.copy()
        words = contents.fan_in(name)
        for row in np.flatnonzero((senders.source == number) & senders.clashing(heard)).tolist():
            old = int(neurons[senders.neuron[row]])
            core = old // contents.description.neurons_per_core
            cores = senders.reach[row]
            new = _other_index(contents, core, taken[core], heard[cores], int(words[senders.neuron[row]]))
            if new is None or not (heard[cores, senders.address[row]] > 1).any():
                continue
            neurons[senders.neuron[row]] = new
            taken.flat[old], taken.flat[new] = False, True
            heard[cores, senders.address[row]] -= 1
            heard[cores, contents.description.address_of(new)] += 1
        placements[name] = replace(placements[name], neurons=frozen(neurons))
    return replace(contents, placements=placements)


def _other_index(
    contents: Contents, core: int, taken: NDArray[np.bool_], heard: NDArray[np.int64], words: int
) -> int | None:
    """Return the lowest neuron of *core* that is free, has *words* input words and an address that nobody here has.

    The one with the address of unused words is the last to be taken.
    """
    description = contents.description
    neurons = core * description.neurons_per_core + np.flatnonzero(~taken)
    free = neurons[~heard[:, description.address_of(neurons)].any(axis=0)]
    if description.fan_in is not None:
        free = free[contents.words_that_work(free) >= words]
    if description.unused_word is not None:
        free = free[np.argsort(description.address_of(free) == description.unused_word[0], kind="stable")]
    return int(free[0]) if free.size else None


def _addresses_outside(
    contents: Contents, senders: Senders, fixed: NDArray[np.bool_], heard: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    """Return an address of its own for each source outside that sends, the one that it has where that is possible."""
    size = heard.shape[1]
    rows = np.flatnonzero(~fixed)
    patterns, pattern = np.unique(senders.reach[rows], axis=0, return_inverse=True)
    pattern = pattern.ravel()
    usable = np.array([~heard[cores].any(axis=0) for cores in patterns]).reshape(len(patterns), size)
    chosen_by_user = senders.address[fixed & senders.external]
    usable[:, chosen_by_user] = False
    found = _kept(senders.address[rows], usable[pattern])
    if (found == NONE).any():
        found = _greedy(found, pattern, usable, _quiet(contents))
    if (found == NONE).any():
        found = _matched(pattern, usable)
    if (found == NONE).any():
        raise AddressError(
            f"{contents.description.name} has {size} addresses for neurons and sources outside together; for "
            f"{int((found == NONE).sum())} of {rows.size} neurons outside, every address is one that a neuron already "
            "has on a core they send to. Let fewer neurons send to that core, or connect sources to fewer cores.",
            limit="addresses", asked=int(rows.size), allowed=int((found != NONE).sum()),
        )  # fmt: skip
    result: dict[str, NDArray[np.int64]] = {
        name: addresses for name, addresses in contents.external_addresses.items() if name in contents.fixed
    }
    outside = {each.source: each.source_size for each in contents.connections.values() if each.external}
    address = senders.address.copy()
    address[rows] = found
    for number, name in enumerate(senders.names):
        if name in outside and name not in contents.fixed:
            of_source = np.full(outside[name], NONE)
            mine = senders.source == number
            of_source[senders.neuron[mine]] = address[mine]
            result[name] = frozen(of_source)
    return result


def _kept(address: NDArray[np.int64], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the addresses that can stay, ``NONE`` for the others; of several of one address, the first keeps it."""
    stays = address != NONE
    stays[stays] = usable[stays, address[stays]]
    first = np.zeros(address.size, dtype=bool)
    first[np.unique(address, return_index=True)[1]] = True
    return np.where(stays & first, address, NONE)


def _quiet(contents: Contents) -> NDArray[np.bool_]:
    """Return which addresses belong to no placed neuron, and to no unused word."""
    description = contents.description
    assert description.addresses is not None
    quiet = np.ones(description.addresses, dtype=bool)
    for placement in contents.placements.values():
        quiet[description.address_of(placement.neurons)] = False
    if description.unused_word is not None:
        quiet[description.unused_word[0]] = False
    return quiet


def _greedy(
    found: NDArray[np.int64], pattern: NDArray[np.int64], usable: NDArray[np.bool_], quiet: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return addresses for those that have none: quiet ones first, address 0 last; those with least choice first."""
    found = found.copy()
    free = np.ones(usable.shape[1], dtype=bool)
    free[found[found != NONE]] = False
    for each in np.argsort(usable.sum(axis=1), kind="stable").tolist():
        rows = np.flatnonzero((pattern == each) & (found == NONE))
        candidates = np.flatnonzero(usable[each] & free)
        candidates = candidates[np.lexsort((candidates == 0, ~quiet[candidates]))]
        chosen = candidates[: rows.size]
        found[rows[: chosen.size]] = chosen
        free[chosen] = False
    return found


def _matched(pattern: NDArray[np.int64], usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return an address for as many rows as there can be: whether there are enough is then a fact, not luck."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    return np.asarray(maximum_bipartite_matching(csr_array(usable[pattern]), perm_type="column"), dtype=np.int64)


# -- what is refused -------------------------------------------------------------------------------


def _alias_error(contents: Contents, senders: Senders, heard: NDArray[np.int64], newest: str) -> AliasError:
    description = contents.description
    pairs = aliases(senders, heard)
    first = pairs[0]
    core = first.core
    shown = " and ".join(f"{senders.name(row)} ({_place(contents, senders, row)})" for row in first[:2])
    others = f"{len(pairs)} pairs of senders are alike so" if len(pairs) > 1 else "They are the only such pair"
    involved = {senders.names[senders.source[row]] for pair in pairs for row in pair[:2]}
    mover = newest if newest in involved else senders.names[senders.source[first.second]]
    return AliasError(
        f"{description.name} {description.core_name(core)} could not tell {shown} apart: both have address "
        f"{senders.address[first.first]}, all that a {description.word} compares, so that each would drive the other's "
        f"synapses there. {others}. {_remedy(contents, senders, heard, mover)}",
        limit="alias",
        where=core_place(description, core),
        pairs=[(senders.name(pair.first), senders.name(pair.second)) for pair in pairs],
    )


def _place(contents: Contents, senders: Senders, row: int) -> str:
    if senders.external[row]:
        return "outside the board"
    where = contents.description.location(
        contents.placements[senders.names[senders.source[row]]].neurons[senders.neuron[row]]
    )
    return f"chip {where['chip']} core {where['core']} neuron {where['neuron']}"


def _remedy(contents: Contents, senders: Senders, heard: NDArray[np.int64], name: str) -> str:
    """Return a way out: neurons of the same core on which *name* would be told apart, else another core."""
    allow = "Or let the chip mix them up with aliases='deliver'."
    if name not in contents.placements:
        return f"Give {name!r} other addresses, or leave them to the planner. {allow}"
    placement = contents.placements[name]
    own = np.flatnonzero(senders.source == senders.names.index(name))
    without = heard - senders.heard(np.isin(np.arange(senders.source.size), own), heard.shape[1])
    cores = senders.reach[own].any(axis=0)
    taken = contents.taken()
    taken.flat[placement.neurons] = False
    description = contents.description
    heard_there = np.asarray(without[cores].any(axis=0))
    barred = heard_there[description.address_of(np.arange(description.neurons))].reshape(taken.shape) | taken
    home = placement.cores[0]
    for core in (home, *(each for each in range(description.cores) if each != home)):
        first = _first_run(~barred[core], placement.n)
        if first is not None and len(placement.cores) == 1:
            last = first + placement.n - 1
            if core == home:
                return f"Move {name!r} to neurons {first} to {last} (first={first}) or to another core. {allow}"
            return (
                f"Move {name!r} to {description.core_name(core)}, neurons {first} to {last}; its own core has "
                f"no room without an alias. {allow}"
            )
    return f"Let {name!r} and the others send to different cores. {allow}"


def _first_run(free: NDArray[np.bool_], n: int) -> int | None:
    """Return where the first *n* neighbours that are all free begin."""
    if free.size < n:
        return None
    total = np.concatenate([[0], np.cumsum(free)])
    starts = np.flatnonzero(total[n:] - total[:-n] == n)
    return int(starts[0]) if starts.size else None
