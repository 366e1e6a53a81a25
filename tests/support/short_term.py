"""A synapse with short-term plasticity, and the amplitudes that it transmits."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, ms, pA

from brianhw.equations.short_term_plasticity import tsodyks_markram
from brianhw.parameters.synapses import DEPRESSING, FACILITATING

SETS = pytest.mark.parametrize("values", [DEPRESSING, FACILITATING], ids=lambda values: values.name.split()[0])


def amplitudes(times_ms, values, **more) -> np.ndarray:
    """Return what each spike transmits, in units of the weight."""
    source = SpikeGeneratorGroup(1, [0] * len(times_ms), np.asarray(times_ms) * ms)
    target = NeuronGroup(1, "total : amp")
    synapse = tsodyks_markram("total", "amp")
    synapses = Synapses(source, target, **synapse)
    synapses.connect()
    synapse.set(synapses, values, more, weight=1 * pA)
    monitor = StateMonitor(target, "total", record=0)
    Network(source, target, synapses, monitor).run((times_ms[-1] + 1) * ms)
    steps = np.diff(np.asarray(monitor.total[0] / pA))
    return steps[np.round(np.asarray(times_ms) / 0.1).astype(int)]


IRREGULAR = [0.0, 3.1, 50.0, 60.0, 62.5, 200.0, 201.0, 350.0]
