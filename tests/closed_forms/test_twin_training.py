"""A network of DPI neurons on a chip learns a small task with spikes; its words and its mismatch are the chip's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from brian2 import Network, SpikeGeneratorGroup, SpikeMonitor, defaultclock, ms, second

from brianhw import DynapSE1

torch = pytest.importorskip("torch")
from brianhw.torch import twin  # noqa: E402

CHANNELS, STEPS = 12, 80
STOPS = ("Isoma_sum", "Isoma_pfb")  # with the positive feedback in it, the gradient explodes


def patterns(count: int, seed: int) -> tuple[Any, Any]:
    """Return spikes in which one or the other half of the channels fires more, and which half."""
    generator = torch.Generator().manual_seed(seed)
    classes = torch.randint(0, 2, (count,), generator=generator)
    rates = torch.full((count, CHANNELS), 30.0)
    rates[classes == 0, : CHANNELS // 2] = 100.0
    rates[classes == 1, CHANNELS // 2 :] = 100.0
    return (torch.rand(STEPS, count, CHANNELS, generator=generator) < rates * 0.5e-3).double(), classes


def accuracy(module: Any, given: Any, classes: Any, **options: Any) -> float:
    with torch.no_grad():
        spikes, _, _ = module.run(given, **options)
    counts = spikes["out"].sum(0)
    return ((counts[:, 1] > counts[:, 0]).long() == classes).double().mean().item()


def test_two_layers_of_dpi_neurons_learn_and_keep_it_on_the_chip() -> None:
    torch.set_num_threads(1)
    defaultclock.dt = 0.5 * ms
    chip = DynapSE1(seed=7)
    source = SpikeGeneratorGroup(CHANNELS, [], [] * second)
    hidden, out = chip.population(10, core=1, name="hidden"), chip.population(2, core=1, name="out")
    for name, pre, post, kind in (
        ("in_exc", source, hidden, "AMPA"), ("in_inh", source, hidden, "GABA_B"),
        ("out_exc", hidden, out, "AMPA"), ("out_inh", hidden, out, "GABA_B"),
    ):  # fmt: skip
        chip.connect(pre, post, kind, name=name)
    weights = [f"{name}.weight" for name in chip.connections]
    module = twin([*chip.objects, source], train={name: (0, 4) for name in weights}, stopgrad=STOPS)
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(2 * torch.rand_like(parameter))
    optimiser = torch.optim.Adam(module.parameters(), lr=0.1)
    given, classes = patterns(100, seed=99)
    before = accuracy(module, given, classes)
    for iteration in range(25):
        spikes, _, _ = module.run(patterns(12, seed=iteration)[0])
        loss = torch.nn.functional.cross_entropy(spikes["out"].sum(0), patterns(12, seed=iteration)[1])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        module.project()
    after = accuracy(module, given, classes)
    assert before < 0.7
    assert after > 0.85
    rule = chip.description.weights
    rounded = twin(
        [*chip.objects, source], train={name: (0, 4) for name in weights}, rounding=dict.fromkeys(weights, rule)
    )
    rounded.load_state_dict(module.state_dict())
    assert accuracy(rounded, given, classes) > 0.75
    rounded.to_brian2()
    # the first pattern in Brian2, on the chip's own objects
    steps, channels = np.nonzero(given[:, 0].numpy())
    source.set_spikes(channels, steps * defaultclock.dt)
    monitor = SpikeMonitor(out)
    Network(chip.objects, source, monitor).run(STEPS * defaultclock.dt)
    expected, _, _ = rounded.run(given[:, :1])
    assert monitor.count[:].tolist() == expected["out"].sum((0, 1)).tolist()
