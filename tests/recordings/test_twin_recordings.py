"""DynapSEtorch's recorded run (seed 002), with the stand-in for its module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import brianhw.compat

torch = pytest.importorskip("torch")
RECORDING = Path(__file__).parents[1] / "data" / "dynapse" / "06_seed002.npz"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(brianhw.compat.path("dynapsetorch")))
    from DynapSEtorch import model

    yield model
    for name in [name for name in sys.modules if name.split(".")[0] == "DynapSEtorch"]:
        del sys.modules[name]


def test_the_torch_half_of_seed_002_is_repeated(model: ModuleType) -> None:
    neuron = model.AdexLIF(1)
    neuron.dt = 100e-6
    with np.load(RECORDING) as data:
        recording = dict(data)
    steps = recording["rec_t"].size
    given = torch.zeros(4, steps, 1)
    for place, name in enumerate(("NMDA", "AMPA", "GABA_A", "GABA_B")):
        given[place, recording[f"in_{name}_step"]] = 1
    for name, weight in (("nmda", 10), ("ampa", 5), ("gaba_a", 1), ("gaba_b", 2)):
        getattr(neuron, f"weight_{name}").data = torch.ones(1, 1) * weight
    neuron.state = neuron.init_state(given[0][0])
    traces: dict[str, list[torch.Tensor]] = {name: [] for name in neuron.state._fields}
    spikes = []
    with torch.no_grad():
        for step in range(steps):
            for name, trace in traces.items():
                trace.append(getattr(neuron.state, name))
            spikes.append(neuron(*given[:, step]))
    assert torch.stack(spikes, dim=1).nonzero()[:, 1].tolist() == recording["torch_out_p_step"].tolist() == [628]
    for name, trace in traces.items():
        if name != "refractory":
            found = torch.stack(trace, dim=1)[0, :, 0].numpy()
            assert found == pytest.approx(recording[f"torch_p_{name}"][0], rel=1e-4, abs=1e-16), name


def test_its_names_shapes_and_defaults_are_there(model: ModuleType) -> None:
    neuron = model.AdexLIF(3, [2, 4, 1, 1])
    assert neuron.dt == 1e-3
    assert neuron.state is None
    assert [tuple(neuron.weight_nmda.shape), tuple(neuron.weight_ampa.shape)] == [(2, 3), (4, 3)]
    assert (neuron.weight_ampa == 2).all()
    assert neuron.Isoma_th.shape == (1,)
    assert not neuron.Isoma_th.requires_grad
    buffers = dict(neuron.named_buffers())
    assert buffers["Iampa_tau"].item() == pytest.approx(20 * model.I0)
    assert {name for name in buffers if buffers[name].dtype == torch.int64} == {
        "alpha_soma", "alpha_ahp", "alpha_nmda", "alpha_ampa", "alpha_gaba_a", "alpha_gaba_b", "Isoma_ahp_g",
    }  # fmt: skip
    state = neuron.init_state(torch.zeros(5, 2))
    assert state._fields == ("Isoma_mem", "Isoma_ahp", "refractory", "Inmda", "Iampa", "Igaba_a", "Igaba_b")
    assert all(each.shape == (5, 3) and each.dtype == torch.float32 for each in state)
    with pytest.raises(ValueError, match="init_state"):
        neuron(torch.zeros(5, 2))


def test_bptt_trains_its_weights_and_changes_no_state_in_place(model: ModuleType) -> None:
    neuron = model.AdexLIF(2)
    neuron.dt = 1e-4
    neuron.state = first = neuron.init_state(torch.zeros(3, 1))
    before = [each.clone() for each in first]
    neuron.Isoma_th.data = torch.tensor([1e-6])  # a reset would end the gradient
    for step in range(60):
        neuron(input_ampa=torch.full((3, 1), float(step % 10 == 0)))
    neuron.state.Isoma_mem.sum().backward()
    assert all(torch.equal(*pair) for pair in zip(first, before, strict=True))
    assert neuron.weight_ampa.grad.abs().min() > 0
    neuron.detach()
    assert not neuron.state.Isoma_mem.requires_grad


def test_values_count_however_they_are_set(model: ModuleType) -> None:
    def after(change: Any) -> float:
        neuron = model.AdexLIF(1)
        neuron.state = neuron.init_state(torch.zeros(1, 1))
        neuron(input_ampa=torch.zeros(1, 1))
        change(neuron)
        neuron(input_ampa=torch.ones(1, 1))
        return neuron.state.Iampa.item()

    larger = torch.tensor(3e-10)
    changes = (
        lambda neuron: neuron.Iampa_w0.fill_(3e-10),
        lambda neuron: setattr(neuron.Iampa_w0, "data", larger),
        lambda neuron: neuron.Iampa_w0.data.fill_(3e-10),
    )
    for change in changes:
        assert after(change) == pytest.approx(3 * after(lambda neuron: None), rel=1e-2)
    neuron = model.AdexLIF(2)
    neuron.state = neuron.init_state(torch.zeros(3, 1))
    neuron(input_ampa=torch.ones(1))  # without a batch
    assert (neuron.state.Iampa > 1e-10).all()
    neuron.weight_ampa.data = torch.ones(5)
    with pytest.raises(ValueError, match="weight_ampa has the shape"):
        neuron(input_ampa=torch.ones(1))


def test_its_refractory_period_is_counted_in_steps(model: ModuleType) -> None:
    neuron = model.AdexLIF(1)
    neuron.dt = 1e-4
    neuron.Isoma_th.data = torch.tensor([1.15e-12])  # reached at once
    neuron.Isoma_const.fill_(1e-10)
    neuron.state = neuron.init_state(torch.zeros(1, 1))
    with torch.no_grad():
        spikes = [int(neuron().item()) for _ in range(120)]
    times = np.flatnonzero(spikes)
    assert (np.diff(times) == np.diff(times)[0]).all()
    assert np.diff(times)[0] >= 50  # 5 ms
    assert neuron.state.refractory.shape == (1, 1)
