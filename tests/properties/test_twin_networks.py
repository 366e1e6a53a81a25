"""Random networks as twins and in Brian2: recurrent, plastic, with delays, refractoriness and parts of groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    seed,
    usecond,
    volt,
)

torch = pytest.importorskip("torch")
from brianhw.torch import twin  # noqa: E402

STEP, STEPS = 100 * usecond, 600
NAMES = {"tau": 10 * ms, "taus": 5 * ms, "taup": 20 * ms, "mV": mV, "volt": volt}
NEURON = """
dv/dt = (-v + g + I)/tau : volt (unless refractory)
dg/dt = -g/taus : volt
I : volt
vt : volt
"""
PLASTIC = """
w : volt
dap/dt = -ap/taup : 1 (event-driven)
dam/dt = -am/taup : 1 (event-driven)
"""


def network(number: int, plastic: bool, uniform: bool) -> tuple[list[Any], np.ndarray]:
    """Return the objects of a network, and the spikes that its source is given, shape (steps, channels)."""
    random = np.random.default_rng(number)
    seed(number)
    neurons = {"threshold": "v > vt", "namespace": NAMES, "dt": STEP}
    first = NeuronGroup(8, NEURON, reset="v = 0*mV\nvt += 1*mV", refractory=2 * ms, method="exact", **neurons)
    second_ = NeuronGroup(
        5, NEURON, reset="v -= vt", refractory="1*ms", method="euler", **{**neurons, "namespace": {**NAMES, "ms": ms}}
    )
    first.I, second_.I = random.uniform(0, 25, 8) * mV, random.uniform(0, 8, 5) * mV
    first.vt, second_.vt = 15 * mV, 10 * mV
    given = (random.random((STEPS, 6)) < 0.02).astype(float)
    steps, channels = np.nonzero(given)
    source = SpikeGeneratorGroup(6, channels, steps * STEP, dt=STEP)
    make = {"namespace": NAMES, "dt": STEP}
    inward = Synapses(source, first, "w : volt", on_pre="g += w", **make)
    inward.connect(p=0.5)
    if plastic:
        middle = Synapses(
            first, second_, PLASTIC, on_pre="g_post += w\nap += 1\nw = clip(w - am*0.1*mV, 0*mV, 5*mV)",
            on_post="am += 1\nw = clip(w + ap*0.1*mV, 0*mV, 5*mV)", **make,
        )  # fmt: skip
    else:  # a variable that is not written while its neuron is refractory
        middle = Synapses(first, second_, "w : volt", on_pre="g_post += w\nv_post -= 0.1*w", **make)
    middle.connect(p=0.6)
    back = Synapses(second_, first[2:6], "w : volt", on_pre="g_post -= w", **make)
    back.connect()
    for each, largest in ((inward, 8), (middle, 8), (back, 3)):
        each.w = random.uniform(0, largest, len(each)) * mV
        each.pre.delay = (7 if uniform else random.integers(0, 25, len(each))) * STEP
    return [first, second_, source, inward, middle, back], given


@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize("plastic", [False, True])
@pytest.mark.parametrize("number", range(3))
def test_a_random_network_does_the_same_as_a_twin(number: int, plastic: bool, uniform: bool) -> None:
    objects, given = network(number, plastic, uniform)
    first, second_, _, _, middle, _ = objects
    module = twin(objects)
    states = {each.name: StateMonitor(each, ["v", "g"], record=True, when="end") for each in (first, second_)}
    spikes = {each.name: SpikeMonitor(each) for each in (first, second_)}
    Network(*objects, *states.values(), *spikes.values()).run(STEPS * STEP)
    names = [f"{group}.{name}" for group in states for name in ("v", "g")]
    with torch.no_grad():
        fired, state, recorded = module.run(torch.tensor(given[:, None]).expand(-1, 2, -1), record=names)
    for group, monitor in spikes.items():
        expected = np.zeros((STEPS, len(module.groups[0] if group == first.name else module.groups[1])))
        expected[np.rint(np.array(monitor.t / STEP)).astype(int), monitor.i[:]] = 1
        assert np.array_equal(fired[group][:, 0], expected)
        assert monitor.num_spikes > 1
    # Brian2 adds spikes that arrive together in the order in which they were sent, a twin in that of synapses
    tolerance = 0 if uniform else 1e-15
    for name in names:
        group, variable = name.split(".")
        theirs = np.array(getattr(states[group], f"{variable}_")).T
        assert recorded[name][:, 0].numpy() == pytest.approx(theirs, rel=0, abs=tolerance)
        assert torch.equal(recorded[name][:, 0], recorded[name][:, 1])  # both copies of the batch
    if plastic and uniform:
        assert np.array_equal(state[f"{middle.name}.w"][0], middle.w_[:])
