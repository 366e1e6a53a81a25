"""When things arrive: EDLUT's grid of delays, its updates, and the slots of activity from outside.

EDLUT updates a neuron at ``t_k = k*h``, for the first time at ``h``; the step ``h`` is kept in single precision. What
arrives at a time from ``t_k`` on and before ``t_(k+1)`` is seen by the update ``k + 1``. Times are seconds here.
"""

from __future__ import annotations

from math import ceil

import numpy as np

__all__ = ["LAST_STEP", "TICK", "delay_ticks", "slots_per_step", "steps_until", "times_of", "unique_slots"]

TICK = 1e-4  # delays are multiples of it
LAST_STEP = 2**31 - 2  # Brian2 counts the steps of spikes from outside with 32 bits
FEWEST_SLOTS = 4  # for several spikes of one source within a short step


def delay_ticks(delay: np.ndarray) -> np.ndarray:
    """Return delays in ticks of 0.1 ms: rounded down, at least one."""
    return np.maximum(np.floor(delay * 1e4 + 5e-5), 1).astype(np.int32)


def times_of(ticks: np.ndarray) -> np.ndarray:
    """Return delays in seconds."""
    return ticks * TICK


def steps_until(time: float, step: float) -> int:
    """Return the number of the last step ``k`` with ``k*step <= time``."""
    last = int(time / step)
    while (last + 1) * step <= time:
        last += 1
    while last * step > time:
        last -= 1
    return last


def slots_per_step(step: float) -> int:
    """Return into how many equal slots a step is divided: none is longer than about 0.1 ms, and there are four."""
    return max(FEWEST_SLOTS, ceil(step / TICK - 1e-3))


def unique_slots(slots: np.ndarray, sources: np.ndarray, per_step: int) -> np.ndarray:
    """Return *slots* in which no source has two events, moved to free slots of the same step.

    Parameters
    ----------
    slots, sources : ndarray of int
        The slot and the source of each event, in the order of time.
    per_step : int
        How many slots a step has.

    Raises
    ------
    ValueError
        If a source has more events in a step than it has slots.
    """
    order = np.lexsort((slots, sources))
    slot, source = slots[order], sources[order]
    twice = (source[1:] == source[:-1]) & (slot[1:] == slot[:-1])
    if not twice.any():
        return slots
    moved = slots.copy()
    for at in np.unique(source[1:][twice]):
        chosen = order[source == at]
        for step in np.unique(moved[chosen] // per_step):
            of_step = chosen[moved[chosen] // per_step == step]
            if len(of_step) > per_step:
                raise ValueError(int(at))
            first, last = step * per_step, (step + 1) * per_step - 1
            free = first
            for number, event in enumerate(of_step):
                latest = last - (len(of_step) - 1 - number)
                moved[event] = min(max(moved[event], free), latest)
                free = moved[event] + 1
    return moved
