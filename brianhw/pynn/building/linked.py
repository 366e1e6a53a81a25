"""All synapses of a projection in a network, as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brianhw.pynn.building.links import Link

__all__ = ["Links"]


class Links:
    """The links of a projection, one for each pair of populations. Values are in the projection's stored order.

    Parameters
    ----------
    each : list of Link
        One or more.
    """

    def __init__(self, each: list[Link]) -> None:
        self.each = each
        first = each[0]
        self.names, self.changing, self.states = first.names, first.changing, first.realisation.states

    def __len__(self) -> int:
        return sum(link.size for link in self.each)

    def value(self, name: str) -> Any:
        """Return a parameter that the synapses hold: a number or an array; ``None`` if they do not."""
        held = [(link.value(name), link.part.where) for link in self.each]
        first, _ = held[0]
        if first is None or len(held) == 1:
            return first
        if all(np.ndim(value) == 0 and value == first for value, _ in held):
            return first
        whole = np.empty(len(self))
        for value, where in held:
            whole[where] = value
        return whole

    def holds(self, name: str) -> bool:
        """Say whether the synapses hold exactly what was asked for, so that nobody else need."""
        return self.each[0].holds(name)

    def can_take(self, values: Mapping[str, Any]) -> bool:
        """Say whether these *values* of all parameters fit the synapses as they are."""
        return all(link.can_take(link.part.of_all(values)) for link in self.each)

    def take(self, values: Mapping[str, Any]) -> None:
        """Set all parameters."""
        for link in self.each:
            link.take(link.part.of_all(values))

    def set_states(self, values: Mapping[str, Any]) -> None:
        """Give states values that hold from now on, by PyNN's names."""
        for link in self.each:
            link.set_states(link.part.of_all(values))

    def restart(self, initial: Mapping[str, Any], states: Mapping[str, Any]) -> None:
        """Go back to time zero, with the *initial* weights and initial values of *states*."""
        for link in self.each:
            link.restart(link.part.of_all(initial), link.part.of_all(states))

    def copy_state(self, other: Links) -> None:
        """Go on with the state of the same connections in another network."""
        known = {(link.part.pre, link.part.post): link for link in other.each}
        for link in self.each:
            before = known.get((link.part.pre, link.part.post))
            if before is not None:
                link.copy_state(before)
