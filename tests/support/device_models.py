"""Small networks that tests of the device share, so that each is compiled once, and a way to compare devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    seed,
    set_device,
    start_scope,
)

__all__ = ["DT", "Chain", "on_both"]

DT = 0.1 * ms  # Brian2's default time step

# Compiled exponentials differ from NumPy's in the last bit; nothing here amplifies it.
TOLERANCE = 1e-12


class Chain:
    """Neurons that fire at chosen rates, and counters that add up weights of their spikes after delays.

    Neuron *k* is a leaky integrator with drive ``1 + 0.5 * (k + 1)`` and threshold 1; counter *k* listens to it.
    """

    n = 4

    def __init__(self, name: str = "") -> None:
        def named(what: str) -> dict[str, str]:
            return {"name": f"{name}_{what}"} if name else {}

        self.neurons = NeuronGroup(
            self.n, "dv/dt = (drive - v)/tau : 1\ndrive : 1", threshold="v > 1", reset="v = 0", method="exact",
            **named("neurons"),
        )  # fmt: skip
        self.neurons.drive = "1.5 + 0.5*i"
        self.counters = NeuronGroup(self.n, "x : 1", **named("counters"))
        self.synapses = Synapses(self.neurons, self.counters, "w : 1", on_pre="x_post += w", **named("synapses"))
        self.synapses.connect(j="i")
        self.synapses.w = "1 + i"
        self.synapses.delay = "i*0.7*ms"
        self.spikes = SpikeMonitor(self.neurons, **named("spikes"))
        self.trace = StateMonitor(self.neurons, "v", record=True, **named("trace"))
        self.net = Network(self.neurons, self.counters, self.synapses, self.spikes, self.trace)

    def run(self, duration: Any, tau: Any = 10 * ms, **keywords: Any) -> None:
        self.net.run(duration, namespace={"tau": tau}, **keywords)

    def results(self) -> dict[str, np.ndarray]:
        return {
            "t": np.array(self.trace.t_),
            "v": np.array(self.trace.v),
            "spike times": np.array(self.spikes.t_),
            "spike indices": np.array(self.spikes.i),
            "x": np.array(self.counters.x[:]),
            "now": np.array(self.net.t_),
        }


def on_both(script: Callable[[], Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Run a script on NumPy and on the device; return what the device gave if it is the same."""
    results = []
    for name in ("runtime", "brianhw"):
        set_device(name)
        start_scope()
        seed(4321)
        defaultclock.dt = 0.1 * ms
        results.append({key: np.asarray(value) for key, value in script().items()})
    expected, found = results
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key].shape == values.shape, key
        np.testing.assert_allclose(found[key], values, rtol=TOLERANCE, atol=TOLERANCE, err_msg=key)
        if "spike" in key:
            assert np.array_equal(found[key], values), key
    return found
