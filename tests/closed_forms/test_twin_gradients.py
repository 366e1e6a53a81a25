"""Gradients of twins against central differences, their surrogates, and training that learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brian2 import NeuronGroup, ms, mV, nS, pA, pF, usecond

from brianhw.equations.adex import ADEX
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_faithful import DPI_NEURON_FAITHFUL
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_conductance, exponential_current
from brianhw.parameters.adex import BRETTE_GERSTNER
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

torch = pytest.importorskip("torch")
from brianhw.torch import Inputs, arctan, exponential, fast_sigmoid, stopgrad, triangular, twin  # noqa: E402

STEP = 100 * usecond
AMPA = {"model": "q : 1", "on_pre": "Iampa_post += q*Iampa_w0_post*alpha_ampa_post"}
LIF_VALUES = {
    "C_m": 200 * pF, "g_L": 10 * nS, "E_L": -65 * mV, "V_th": 50 * mV, "V_reset": -65 * mV, "t_ref": 2 * ms,
    "E_exc": 0 * mV, "tau_exc": 5 * ms,
}  # fmt: skip
SILENT = {**SIMULATOR_DEFAULTS, "Isoma_th": 1e6 * pA}
CASES: dict[str, tuple[Any, Any, dict[str, str], str, str]] = {
    "DPI": (DPI_NEURON, SILENT, AMPA, "Isoma_dpi_tau", "Isoma_mem"),
    "DPI, faithful": (DPI_NEURON_FAITHFUL, SILENT, AMPA, "Isoma_dpi_tau", "Isoma_mem"),
    "LIF": (
        LIF + exponential_conductance("exc"), LIF_VALUES,
        {"model": "q : 1", "on_pre": "g_exc_post += q*nsiemens"}, "tau_exc", "v",
    ),
    "AdEx": (
        ADEX + exponential_current("exc"), {**BRETTE_GERSTNER, "tau_exc": 5 * ms},
        {"model": "q : 1", "on_pre": "I_exc_post += 10*q*pamp"}, "g_L", "V",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_central_differences(case: str) -> None:
    model, values, synapse, other, membrane = CASES[case]
    inputs = {"exc": Inputs(4, synapse, {"q": np.linspace(0.05, 0.2, 12)})}
    module = twin(model, 3, parameters=values, inputs=inputs, dt=STEP, train=["q", other])
    given = torch.rand(200, 2, 4, generator=torch.Generator().manual_seed(3)) < 0.02
    membrane = next(name for name in (membrane, membrane.lower()) if name in model.parsed.diff_eq_names)

    scale = next(value for key, value in module.init_state().items() if key.endswith(f".{membrane}")).abs().max()

    def result() -> torch.Tensor:
        spikes, _, recorded = module.run(given, record=[membrane])
        assert not spikes.any()
        return recorded[membrane][-1].sum() / scale

    value = result()
    value.backward()
    for parameter in module.parameters():
        gradient = parameter.grad.reshape(-1)
        flat = parameter.data.view(-1)
        for place in (0, len(flat) - 1):
            before, step = flat[place].item(), 2e-5
            with torch.no_grad():
                flat[place] = before + step
                above = result().item()
                flat[place] = before - step
                below = result().item()
                flat[place] = before
            assert gradient[place].item() == pytest.approx((above - below) / (2 * step), rel=1e-6)
            assert abs(gradient[place].item()) > 1e-9


@pytest.mark.parametrize("surrogate", [fast_sigmoid, arctan, triangular, exponential])
def test_a_surrogate_is_the_slope_of_one_step(surrogate: Any) -> None:
    u = torch.linspace(-2000, 2000, 400001, dtype=torch.float64)
    total = torch.trapezoid(surrogate(u), u).item()
    assert total == pytest.approx(1, abs=2e-3)  # the tails of the first two end like 1/u
    assert torch.equal(surrogate(u), surrogate(-u))


def charged(**options: Any) -> Any:
    group = NeuronGroup(
        1, "dv/dt = (w - v)/tau : volt (unless refractory)\nw : volt (constant)", threshold="v > 10*mV",
        reset="v = 0*mV", refractory=2 * ms, method="exponential_euler", dt=STEP, namespace={"tau": 10 * ms, "mV": mV},
    )  # fmt: skip
    group.w = 12 * mV
    return twin(group, train=["w"], **options)


def test_the_gradient_of_a_spike_is_that_of_the_surrogate_in_units_of_the_state() -> None:
    module = charged(surrogate="triangular", width=2 * mV)
    state = module.init_state()
    name = next(key for key in state if key.endswith(".v"))
    state[name] = torch.full_like(state[name], 9.5e-3)
    spikes, after = module(state)
    spikes.sum().backward()
    (parameter,) = module.parameters()
    dt = float(STEP)
    v = 12e-3 + (9.5e-3 - 12e-3) * np.exp(-dt / 10e-3)
    slope = (1 - abs(v - 10e-3) / 2e-3) / 2e-3
    (scale,) = (value.item() for name, value in module.named_buffers() if name.endswith("__scale"))
    assert parameter.grad.item() == pytest.approx(slope * (1 - np.exp(-dt / 10e-3)) * scale, rel=1e-9)
    assert after[name].requires_grad


def test_gradients_stay_numbers_through_refractory_periods() -> None:
    module = charged()
    spikes, _, _ = module.run(steps=400)
    assert spikes.sum() > 1
    spikes.sum().backward()
    (parameter,) = module.parameters()
    assert torch.isfinite(parameter.grad).all()
    assert parameter.grad.item() > 0


def test_no_gradient_passes_stopgrad_in_text_or_by_name() -> None:
    text = "dv/dt = (stopgrad(a)*w - v)/tau : volt\na : 1\nw : volt"
    group = NeuronGroup(1, text, method="euler", dt=STEP, namespace={"tau": 10 * ms, "stopgrad": stopgrad})
    group.a, group.w = 2, 1 * mV
    module = twin(group, train=["a", "w"])
    _, state = module(module.init_state())
    next(value for key, value in state.items() if key.endswith(".v")).sum().backward()
    trained = dict(module.named_parameters()).items()
    reached = {name.split("__")[-1] for name, each in trained if each.grad is not None and each.grad.any()}
    assert reached == {"w"}
    named = twin(
        DPI_NEURON_FAITHFUL, parameters=SIMULATOR_DEFAULTS, dt=STEP, train=["Isoma_dpi_tau"],
        stopgrad=["Isoma_sum", "Isoma_clip", "tau_soma"],
    )  # fmt: skip
    _, state = named(named.init_state())
    assert "stopgrad(" in named.blocks[0].source


def test_one_weight_learns_a_target_rate() -> None:
    torch.set_num_threads(1)  # the tests run beside each other
    values = {**LIF_VALUES, "V_th": -50 * mV}
    inputs = {"exc": Inputs(10, {"model": "q : 1", "on_pre": "g_exc_post += q*nsiemens"}, {"q": 0.6})}
    module = twin(LIF + exponential_conductance("exc"), parameters=values, inputs=inputs, dt=STEP, train={"q": (0, 5)})
    given = torch.rand(400, 8, 10, generator=torch.Generator().manual_seed(1)) < 80 * float(STEP)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.1)

    def rate() -> torch.Tensor:
        spikes, _, _ = module.run(given)
        return spikes.sum(0).mean() / (len(given) * float(STEP))

    target, rates = 50.0, []
    for _ in range(15):
        optimiser.zero_grad()
        rates.append(rate())
        ((rates[-1] / target - 1) ** 2).backward()
        optimiser.step()
        module.project()
    assert rates[0].item() < 0.5 * target
    assert rate().item() == pytest.approx(target, rel=0.15)  # 8 runs of 40 ms: steps of 3 Hz
    assert 0 < float(np.min(module.quantity("q"))) <= float(np.max(module.quantity("q"))) <= 5


def test_no_gradient_passes_named_subexpressions_of_a_group() -> None:
    text = "dv/dt = (drive - v)/tau : volt\ndrive = 2*w : volt\nw : volt"
    group = NeuronGroup(1, text, method="euler", dt=STEP, namespace={"tau": 10 * ms})
    group.w = 1 * mV
    for stops, reached in ((["drive"], False), ([], True)):
        module = twin(group, train=["w"], stopgrad=stops)
        _, state = module(module.init_state())
        value = next(value for key, value in state.items() if key.endswith(".v"))
        assert value.requires_grad == reached
        assert value.item() == pytest.approx(2e-5)
    assert "stopgrad" not in str(group.equations)
