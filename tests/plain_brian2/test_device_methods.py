"""Methods that remember something from step to step, in compiled code: what NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, ms, mV, nS, pA, pF, set_device

import brianhw  # noqa: F401  (registers the device)
from brianhw.equations.lif_fractional import LIF_FRACTIONAL
from brianhw.equations.receptors import exponential_conductance
from brianhw.model import NeuronModel

FITZHUGH_NAGUMO = NeuronModel(
    name="FitzHugh-Nagumo",
    equations="""
    dx/dt = (x - x**3/3 - y + drive)/(0.5*ms) : 1
    dy/dt = 0.08*(x + 0.7 - 0.8*y)/(0.5*ms) : 1
    drive : 1
    """,
    threshold="x > 1.5",
    reset="y = y + 0.5",
)
LEAKY = LIF_FRACTIONAL + exponential_conductance("exc")
VALUES = {
    "C_m": 100 * pF, "g_L": 10 * nS, "E_L": -70 * mV, "V_reset": -70 * mV, "V_th": -52 * mV, "t_ref": 0.3 * ms,
    "tau_exc": 5 * ms, "E_exc": 0 * mV,
}  # fmt: skip


def simulated(method: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the states of 20 neurons after each step, and how many spikes each had."""
    if method == "bdf":
        model, name = FITZHUGH_NAGUMO.integrated("bdf", order=4), "x"
        group = NeuronGroup(20, **model, dt=0.2 * ms)
        model.set(group, drive=np.linspace(0, 2, 20))
    else:
        model, name = LEAKY.integrated(method, substeps=5), "v"
        group = NeuronGroup(20, **model, dt=1 * ms)
        model.set(group, VALUES, I_ext=np.linspace(0, 3000, 20) * pA, g_exc=np.linspace(0, 40, 20)[::-1] * nS)
    states, spikes = StateMonitor(group, name, record=True, when="end"), SpikeMonitor(group)
    Network(group, states, spikes).run(60 * ms)
    return np.array(getattr(states, name)), np.array(spikes.count)


@pytest.mark.standalone
@pytest.mark.parametrize("method", ["bdf", "bifixed_heun", "bifixed_rk4"])
def test_compiled_code_gives_what_numpy_gives(method: str) -> None:
    states, counts = simulated(method)
    assert counts.max() > 3
    set_device("brianhw")
    compiled_states, compiled_counts = simulated(method)
    np.testing.assert_array_equal(compiled_counts, counts)
    np.testing.assert_allclose(compiled_states, states, rtol=1e-9, atol=1e-9)  # sums in another order, through spikes
