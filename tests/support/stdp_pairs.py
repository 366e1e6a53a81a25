"""A plastic synapse, and what trains of spikes make of its weight."""

from __future__ import annotations

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, TimedArray, ms, pA
from hypothesis import strategies as st

from brianhw.equations.stdp import pair_stdp
from brianhw.parameters.synapses import SONG_STDP


def weights_after(
    pre_ms, post_ms, initial, duration_ms: float, rule=None, parameters=SONG_STDP, **values
) -> np.ndarray:
    """Return the weights, in units of ``w_max``, of synapses that see spikes at these times.

    *pre_ms* and *post_ms* hold one list of times per synapse; *rule* is pair STDP if not given.
    """
    count = len(pre_ms)
    pre = SpikeGeneratorGroup(count, *flat(pre_ms))
    post = receiver(count, post_ms)
    rule = rule or pair_stdp("I_in", "amp")
    synapses = Synapses(pre, post, **rule)
    synapses.connect(j="i")
    rule.set(synapses, {"w_max": 1 * pA, **parameters}, values, weight=np.asarray(initial) * pA)
    Network(pre, post, post.contained_objects[0], synapses).run(duration_ms * ms)
    return np.asarray(synapses.weight / pA)


def flat(times_ms):
    indices = [index for index, times in enumerate(times_ms) for _ in times]
    return indices, [time for times in times_ms for time in times] * ms


def receiver(count: int, times_ms):
    """Return neurons with an input current that spike when they are told to."""
    table = np.zeros((20000, count))
    for index, times in enumerate(times_ms):
        table[np.round(np.asarray(times) / 0.1).astype(int), index] = 1
    schedule = TimedArray(table, dt=0.1 * ms)
    return NeuronGroup(
        count, "I_in : amp\nx = schedule(t, i) : 1", threshold="x > 0.5", namespace={"schedule": schedule}
    )


times = st.lists(st.integers(1, 300), max_size=6, unique=True).map(lambda steps: [step / 10 for step in sorted(steps)])
