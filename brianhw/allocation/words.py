"""The words of a plan as a board holds them: which address each input word listens to, where each neuron sends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brianhw.allocation.addresses import Senders
from brianhw.allocation.contents import Contents

__all__ = ["Destinations", "InputWords", "destinations", "events_from_outside", "input_words"]


class InputWords(NamedTuple):
    """Input words in use, one entry each, by neuron and word: arrays of shape (words,).

    Attributes
    ----------
    neuron : number over all chips
    word : number of the word in its neuron, from 0
    address : what it listens to
    synapse_type : index into the types of the chip's description
    """

    neuron: NDArray[np.int64]
    word: NDArray[np.int64]
    address: NDArray[np.int64]
    synapse_type: NDArray[np.int64]


class Destinations(NamedTuple):
    """Where neurons send, one entry for each neuron and chip: arrays of shape (destinations,).

    Attributes
    ----------
    neuron : number over all chips
    chip : the chip that it sends to
    cores : which of its cores, shape (destinations, cores of a chip)
    """

    neuron: NDArray[np.int64]
    chip: NDArray[np.int64]
    cores: NDArray[np.bool_]


def input_words(contents: Contents) -> InputWords:
    """Return all input words in use; each neuron's in order of address and type, in the words that work.

    Returns
    -------
    neuron, word, address, synapse_type : arrays of int, shape (words,)
        The neuron, numbered over all chips; the number of the word in it; the address that it listens to; the index of
        its type among those of the chip's description. A named tuple.

    Examples
    --------
    >>> from brianhw.allocation import Plan, input_words
    >>> from brianhw.chips import dynapse1_board
    >>> plan = Plan(dynapse1_board(chips=1)).place("a", 2, core=1, first=7).place("b", 1, core=2)
    >>> plan = plan.connect("c", "a", "b", pre=[0, 1], post=[0, 0], weights=[1, 2], synapse_type="AMPA")
    >>> input_words(plan).address.tolist()  # core x 256 + index of the senders
    [263, 264, 264]
    """
    types = {name: number for number, name in enumerate(contents.description.synapse_types)}
    columns = [[np.zeros(0, dtype=np.int64)] * 3]
    for wiring in contents.connections.values():
        neuron = np.repeat(contents.placements[wiring.target].neurons[wiring.post], wiring.words)
        address = np.repeat(contents.addresses_of(wiring.source)[wiring.pre], wiring.words)
        columns.append([neuron, address, np.full(neuron.size, types.get(wiring.synapse_type, -1))])
    neuron, address, synapse_type = (np.concatenate(each) for each in zip(*columns, strict=True))
    order = np.lexsort((synapse_type, address, neuron))
    neuron, address, synapse_type = neuron[order], address[order], synapse_type[order]
    first = np.searchsorted(neuron, neuron)
    word = np.arange(neuron.size) - first
    for broken in contents.broken_words:
        mine = neuron == broken
        works = np.setdiff1d(np.arange(contents.description.fan_in or 0), contents.broken_words[broken])
        word[mine] = works[word[mine]]
    return InputWords(neuron, word, address, synapse_type)


def destinations(contents: Contents) -> Destinations:
    """Return where each neuron of the chip sends, by neuron and chip. Sources outside have no such words.

    Returns
    -------
    neuron, chip : arrays of int, shape (destinations,)
        The neuron, numbered over all chips, and the chip that it sends to.
    cores : array of bool, shape (destinations, cores of a chip)
        Which cores of that chip hear it. The three are a named tuple.

    Examples
    --------
    >>> from brianhw.allocation import Plan, destinations
    >>> from brianhw.chips import dynapse1_board
    >>> plan = Plan(dynapse1_board(chips=2)).place("a", 1, core=1).place("b", 1, core="C1c2")
    >>> sends = destinations(plan.connect("c", "a", "b", pre=[0], post=[0], weights=1, synapse_type="AMPA"))
    >>> sends.neuron.tolist(), sends.chip.tolist(), sends.cores.astype(int).tolist()
    ([256], [1], [[0, 0, 1, 0]])
    """
    senders = Senders.of(contents)
    inside = np.flatnonzero(~senders.external)
    neuron = np.array(
        [contents.placements[senders.names[senders.source[row]]].neurons[senders.neuron[row]] for row in inside],
        dtype=np.int64,
    )
    by_chip = contents.description.by_chip(senders.reach[inside])
    row, chip = np.nonzero(by_chip.any(axis=2))
    order = np.lexsort((chip, neuron[row]))
    row, chip = row[order], chip[order]
    return Destinations(neuron[row], chip, by_chip[row, chip])


def events_from_outside(contents: Contents) -> list[tuple[str, int, int, int, NDArray[np.bool_]]]:
    """Return the events that one spike of each source neuron takes: source, neuron, address, chip, cores of that."""
    senders = Senders.of(contents)
    rows = []
    for row in np.flatnonzero(senders.external).tolist():
        name, neuron = senders.names[senders.source[row]], int(senders.neuron[row])
        by_chip = senders.reach[row].reshape(contents.description.chips, contents.description.cores_per_chip)
        rows += [
            (name, neuron, int(senders.address[row]), chip, by_chip[chip])
            for chip in np.flatnonzero(by_chip.any(axis=1)).tolist()
        ]
    return rows
