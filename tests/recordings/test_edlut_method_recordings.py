"""Integration methods against EDLUT, with plain Brian2 objects: a leaky integrate-and-fire neuron with four methods.

Cell 0 has a step of current, cell 1 a train of excitatory spikes. EDLUT computes in single precision.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, TimedArray, ms, mV, nS, pA, pF

from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.equations.receptors import exponential_conductance
from paths import DATA

EDLUT = DATA / "edlut"
STEP, DELAY = 1e-3, 1e-3  # s
DEFAULTS = {
    "C_m": 2 * pF, "g_L": 0.2 * nS, "E_L": -65 * mV, "V_reset": -65 * mV, "V_th": -50 * mV, "t_ref": 1 * ms,
    "tau_exc": 5 * ms, "E_exc": 0 * mV,
}  # fmt: skip
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "Euler": ("euler", {}),
    "RK4": ("rk4", {}),
    "BDF3": ("bdf", {"order": 3}),
    "Bifixed_RK25": ("bifixed_heun", {"substeps": 5}),
}


def seen(times: list[float]) -> np.ndarray:
    """Return the steps, from 0, that see what is sent at *times* (s)."""
    return np.floor((np.array(times) + DELAY) / STEP).astype(int)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_gives_the_spikes_and_potentials_of_edlut(name: str) -> None:
    case_name = f"integrator_LIFTimeDrivenModel_{name}"
    cases = json.loads((EDLUT / "cases.json").read_text(encoding="utf-8"))["cases"]
    (case,) = (each for each in cases if each["name"] == case_name)
    (current,), (train,) = case["currents"], case["spikes"]
    with np.load(EDLUT / f"{case_name}.npz", allow_pickle=False) as file:
        recorded = np.stack([file[f"state_cell_{cell}"][:, 1] for cell in range(2)])
        cells = file["spike_index"] - case["global_index_ranges"]["cell"][0]
        theirs = zip(cells.tolist(), np.rint(file["spike_times_s"] / STEP).astype(int).tolist(), strict=True)
        theirs = sorted((cell, step) for cell, step in theirs if cell >= 0)
    steps = recorded.shape[1]

    events, injected = np.zeros((steps, 2)), np.zeros((steps, 2))
    for step in seen(train["times_s"]):
        events[step, 1] += case["synapses"][1]["weight"][0]
    injected[seen(current["times_s"])[0] :, 0] = current["pA"][0]
    values = {"events": TimedArray(events * nS, dt=1 * ms), "injected": TimedArray(injected * pA, dt=1 * ms)}
    scheme, options = METHODS[name]
    model = (LIF_FRACTIONAL + exponential_conductance("exc")).integrated(scheme, **options)
    model = replace(model, namespace={**model.namespace, **values})
    group = NeuronGroup(2, **model, dt=1 * ms)
    model.set(group, DEFAULTS)
    group.run_regularly("g_exc += events(t, i)\nI_ext = injected(t, i)", when="start")
    spikes, states = SpikeMonitor(group), StateMonitor(group, "v", record=True, when="end")
    Network(group, spikes, states).run(steps * ms)

    ends = np.rint(spikes.t / ms).astype(int) + 1
    assert sorted(zip(np.asarray(spikes.i).tolist(), ends.tolist(), strict=True)) == theirs
    assert len(theirs) > 15
    # single precision: 4e-6 mV per operation at 65 mV; 2.3e-5 mV found with BDF3
    assert abs(np.asarray(states.v / mV) - recorded).max() < 2e-4
