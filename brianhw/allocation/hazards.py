"""What a plan holds that works, and that a lab wants to know before it is on the board."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from brianhw.allocation.addresses import Senders
from brianhw.allocation.contents import Contents
from brianhw.allocation.delivery import unintended

__all__ = ["Hazard", "hazards"]


class Hazard(NamedTuple):
    """One thing to know: *kind* is ``"unused words"``, ``"alias"``, ``"several chips"`` or ``"chips"``.

    Examples
    --------
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> plan = Plan(DYNAP_SE1).place("exc", 4).connect("c", "exc", "exc", [0], [1], 1, "AMPA")
    >>> [hazard.kind for hazard in plan.report().hazards]  # exc[0] has the address of unused words
    ['unused words']
    >>> plan = Plan(DYNAP_SE1).place("exc", 4, core=0, first=1).connect("c", "exc", "exc", [0], [1], 1, "AMPA")
    >>> plan.report().hazards
    ()
    """

    kind: str
    text: str


def hazards(contents: Contents) -> list[Hazard]:
    """Return what to know about a plan, in the order in which it bites."""
    description = contents.description
    found: list[Hazard] = []
    if not contents.connections:
        return found
    senders = Senders.of(contents)
    if description.unused_word is not None:
        found += _unused_words(contents, senders)
    if description.addresses is None:
        return found
    for each in unintended(contents):
        if not each.unused:
            found.append(
                Hazard(
                    "alias",
                    f"{each.source} reaches {each.target} as {each.synapse_type} though no connection says so: "
                    f"{each.words.sum()} {description.word}s of {np.unique(each.post).size} neurons listen to its "
                    "addresses.",
                )
            )
    by_chip = description.by_chip(senders.reach).any(axis=2)
    several = senders.external & (by_chip.sum(axis=1) > 1)
    for number in np.unique(senders.source[several]).tolist():
        rows = several & (senders.source == number)
        found.append(
            Hazard(
                "several chips",
                f"{rows.sum()} neurons of {senders.names[number]} (outside) send to {by_chip[rows].sum(axis=1).max()} "
                "chips: an event from outside goes to one, so that each spike needs as many events.",
            )
        )
    found += _between_chips(contents, senders, by_chip)
    return found


def _unused_words(contents: Contents, senders: Senders) -> list[Hazard]:
    """Say which senders have the address that unused words listen to; without addresses, of the neurons only."""
    description = contents.description
    assert description.unused_word is not None
    address, synapse_type = description.unused_word
    return [
        Hazard(
            "unused words",
            f"{senders.name(row)} has address {address}, to which every unused {description.word} listens as "
            f"{synapse_type}: each of its spikes is up to {description.fan_in} {synapse_type} pulses to every neuron "
            f"of the {senders.reach[row].sum()} core(s) that it sends to, unless their {synapse_type} weight is zero. "
            "Place it on another neuron.",
        )
        for row in np.flatnonzero(senders.address == address).tolist()
    ]


def _between_chips(contents: Contents, senders: Senders, by_chip: np.ndarray) -> list[Hazard]:
    """Say which chips send to others where the labs' library warns of it, for a reason that it does not give."""
    description = contents.description
    warned: set[tuple[int, int]] = set()
    for row in np.flatnonzero(~senders.external).tolist():
        placement = contents.placements[senders.names[senders.source[row]]]
        chip = description.location(placement.neurons[senders.neuron[row]])["chip"]
        if chip % 2 == 0:
            warned |= {(chip, other) for other in np.flatnonzero(by_chip[row]).tolist() if other % 2}
    if not warned:
        return []
    pairs = ", ".join(f"{chip} to {other}" for chip, other in sorted(warned))
    return [
        Hazard(
            "chips",
            f"neurons send from chip {pairs}: the labs' helper library warns of real neurons on chips 0 and 2 that "
            "send to chips 1 and 3, and gives no reason (from its code; not measured).",
        )
    ]
