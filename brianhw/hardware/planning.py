"""Synapses that are asked for, planned before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brianhw.allocation import Plan
from brianhw.errors import CapacityError, FanInError
from brianhw.hardware.pairs import Pairs

__all__ = ["Request"]


@dataclass(frozen=True)
class Request:
    """Synapses of one type between two groups, or parts of groups.

    Attributes
    ----------
    name : str
        Of the connection; if there is one, they are added to it.
    source, target : str
        The plan's names of the whole groups.
    source_size : int or None
        Of a source that is not on the chip.
    first : (int, int)
        The first neurons of both parts.
    synapse_type : str
        The type.
    """

    name: str
    source: str
    source_size: int | None
    target: str
    first: tuple[int, int]
    synapse_type: str

    def added(self, plan: Plan, pairs: Pairs, weights: np.ndarray, random: Any) -> Plan:
        """Return *plan* with these synapses, numbered within the parts, or raise.

        Parameters
        ----------
        weights : array of shape () or one value per pair, SI units
        random
            Of the chip; what it would draw next tells which ``p`` would fit.
        """
        old = plan.connections.get(self.name)
        without = plan if old is None else plan.disconnect(self.name)

        def attempt(pairs: Pairs) -> Plan:
            pre, post = pairs.pre + self.first[0], pairs.post + self.first[1]
            each = np.broadcast_to(weights, pre.shape)
            if old is not None:
                pre, post, each = (np.concatenate(b) for b in ((old.pre, pre), (old.post, post), (old.weights, each)))
            size = self.source_size
            new = without.connect(
                self.name, self.source, self.target, pre, post, each, self.synapse_type, source_size=size
            )
            return replace(new, previous=plan)  # one step of undo, also where a connection is extended

        try:
            return attempt(pairs)
        except FanInError as error:
            # what the same call will draw if it is repeated with a p: after an error the random numbers are put back
            draw = pairs.draw or (pairs.redrawn(random) if pairs.by_condition else None)
            if draw is not None and not np.ndim(weights):
                chance = _largest_probability(lambda p: _fits(lambda: attempt(draw.below(p))))
                if chance > 0:
                    raise error.with_advice(f"the largest p is {chance:.2f}") from None
            raise


def _fits(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except CapacityError:
        return False
    return True


def _largest_probability(fits: Callable[[float], bool]) -> float:
    """Return the largest p, in hundredths, for which ``fits(p)``: fitting is monotonic in p."""
    low, high = 0, 100
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle / 100) else (low, middle)
    return low / 100
