"""A neuron without a membrane that learns: spikes, triggers and arrivals at given times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, TimedArray, ms, nS, second

from brianhw.equations.receptors import exponential_conductance
from brianhw.equations.teaching import TAUGHT, TRIGGER, taught, teaching_synapse
from brianhw.model import SynapseModel

STEP = 0.5 * ms
INHIBITION = exponential_conductance("inh")
Trains = Sequence[Sequence[float]]


def generator(trains_s: Trains) -> SpikeGeneratorGroup:
    """Return a group that spikes at the given times, one train for each neuron, in seconds."""
    index = np.repeat(np.arange(len(trains_s)), [len(train) for train in trains_s])
    times = np.concatenate([np.asarray(train, float) for train in trains_s])
    return SpikeGeneratorGroup(len(trains_s), index, times * second, dt=STEP)


def weights_over_time(
    rule: SynapseModel,
    values: dict,
    arrivals_s: Trains,
    *,
    triggers_s: Trains = ((),),
    firings_s: Trains = ((),),
    pairs: tuple[Sequence[int], Sequence[int]] | None = None,
    trigger_targets: Sequence[int] | None = None,
    end_s: float,
    late: float = 0.0,
    trigger_late: float = 0.0,
    pre_order: int = -1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the end of each step in seconds, and the weights then in nS, shape (steps, synapses).

    *pairs* are the source and the target of each synapse, by default one target for all. *firings_s* is a train for
    each target. Arrivals and triggers are *late* in seconds after their steps.
    """
    fires = np.zeros((round(end_s * second / STEP) + 1, len(firings_s)))
    for cell, train in enumerate(firings_s):
        fires[np.round(np.asarray(train, float) * second / STEP).astype(int), cell] = 1
    cells = NeuronGroup(
        len(firings_s),
        f"dg_inh/dt = -g_inh/(10*ms) : siemens\n{TAUGHT.equations}",
        threshold="fires(t, i) > 0",
        reset="",
        method="exact",
        events=dict(TRIGGER),
        dt=STEP,
        namespace={"fires": TimedArray(fires, dt=STEP)},
    )
    forgetting = taught(cells)
    sources, teachers = generator(arrivals_s), generator(triggers_s)
    teaching = Synapses(teachers, cells, **teaching_synapse(f"t + {trigger_late!r}*second"))
    teaching.connect(
        i=np.arange(len(triggers_s)), j=np.zeros(len(triggers_s), int) if trigger_targets is None else trigger_targets
    )
    synapses = Synapses(sources, cells, **rule)
    i, j = pairs or (np.arange(len(arrivals_s)), np.zeros(len(arrivals_s), int))
    synapses.connect(i=i, j=j)
    rule.set(synapses, values)
    if "late" in synapses.variables:
        synapses.late = late * second
    synapses.pre.order = pre_order
    monitor = StateMonitor(synapses, "weight", record=True, when="end", order=1, dt=STEP)
    network = Network(cells, forgetting, sources, teachers, teaching, synapses, monitor)
    network.run(end_s * second, namespace={})
    return np.asarray(monitor.t / second), np.asarray(monitor.weight / nS).T
