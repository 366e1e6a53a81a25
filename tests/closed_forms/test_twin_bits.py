"""Twins against Brian2's NumPy code: equal to the last bit in double precision, spikes in the same steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    StateMonitor,
    Synapses,
    ms,
    mV,
    nS,
    pF,
    usecond,
)

from brianhw.equations.adex import ADEX
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_conductance, exponential_current
from brianhw.model import NeuronModel
from brianhw.parameters.adex import BRETTE_GERSTNER
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from brianhw.parameters.izhikevich import CHATTERING

torch = pytest.importorskip("torch")
from brianhw.torch import twin  # noqa: E402
from twin_replay import both  # noqa: E402

STEPS, STEP = 1000, 100 * usecond
DPI_INPUT = "Iampa_post += q*Iampa_w0_post*alpha_ampa_post\nInmda_post += 0.3*q*Inmda_w0_post*alpha_nmda_post"
ADEX_EXC, DRIVEN_ADEX = ADEX + exponential_current("exc"), {**BRETTE_GERSTNER, "tau_exc": 5 * ms}
LIF_COND = LIF + exponential_conductance("exc") + exponential_conductance("inh")
LIF_VALUES = {
    "C_m": 200 * pF, "g_L": 10 * nS, "E_L": -65 * mV, "V_th": -50 * mV, "V_reset": -65 * mV, "t_ref": 2 * ms,
    "E_exc": 0 * mV, "E_inh": -80 * mV, "tau_exc": 5 * ms, "tau_inh": 10 * ms,
}  # fmt: skip
CASES: dict[str, tuple[NeuronModel, Mapping[str, Any], str, float, dict[str, float]]] = {
    "DPI, faithful": (DPI_NEURON_FAITHFUL, SIMULATOR_DEFAULTS, DPI_INPUT, 4, {"alpha_soma": 0.1, "Iampa_tau": 0.1}),
    "DPI": (DPI_NEURON, SIMULATOR_DEFAULTS, DPI_INPUT, 4, {}),
    "LIF": (LIF_COND, LIF_VALUES, "g_exc_post += q*nS", 10, {"C_m": 0.1}),
    "Izhikevich": (
        IZHIKEVICH + exponential_current("exc"), {**CHATTERING, "tau_exc": 5 * ms}, "I_exc_post += q*nA", 0.1, {},
    ),
    **{
        f"AdEx, {method}": (ADEX_EXC.integrated(method), DRIVEN_ADEX, "I_exc_post += q*nA", 1, {"C": 0.1})
        for method in ("euler", "heun", "midpoint", "rk4", "bdf")
    },
}  # fmt: skip


@pytest.mark.parametrize("delay", [0 * ms, 0.5 * ms])
@pytest.mark.parametrize("case", CASES)
def test_states_and_spikes_are_equal_to_the_last_bit(case: str, delay: Any) -> None:
    model, values, on_pre, largest, mismatch = CASES[case]
    random = np.random.default_rng(7)
    group = NeuronGroup(20, **model, dt=STEP)
    model.set(group, values)
    for name, spread in mismatch.items():
        setattr(group, name, getattr(group, name)[:] * (1 + spread * random.standard_normal(20)))
    given = random.random((STEPS, 4)) < float(80 * Hz * STEP)
    steps, channels = np.nonzero(given)
    source = SpikeGeneratorGroup(4, channels, steps * STEP, dt=STEP)
    wires = Synapses(source, group, "q : 1", on_pre=on_pre, delay=delay, dt=STEP)
    wires.connect()
    wires.q = random.uniform(0, largest, len(wires))
    brian, torch_ = both([group, source, wires], given, group, sorted(model.parsed.diff_eq_names))
    assert brian[1:] == torch_[1:]
    assert len(brian[1]) > 10
    for name, values in brian[0].items():
        assert np.array_equal(values, torch_[0][name]), name


@pytest.mark.parametrize("method", ["exact", "euler", "exponential_euler", "rk2", "rk4", "heun"])
def test_brian2s_own_methods_are_equal_to_the_last_bit(method: str) -> None:
    tau = 10 * ms
    group = NeuronGroup(
        5, "dv/dt = (I - v)/tau : volt (unless refractory)\nI : volt", threshold="v > 15*mV", reset="v = 0*mV",
        refractory=2 * ms, method=method, dt=STEP, namespace={"tau": tau, "mV": mV},
    )  # fmt: skip
    group.I = [14, 16, 20, 25, 40] * mV
    module = twin(group)
    states, spikes = StateMonitor(group, "v", record=True, when="end"), SpikeMonitor(group)
    Network(group, states, spikes).run(STEPS * STEP)
    fired, _, recorded = module.run(steps=STEPS, record=["v"])
    assert int(fired.sum()) == spikes.num_spikes > 20
    assert np.array_equal(recorded["v"][:, 0].detach().numpy().T, states.v_)
