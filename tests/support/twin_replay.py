"""A model in Brian2 and as a twin, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor

from brianhw.torch import twin


def both(
    objects: Sequence[Any], given: np.ndarray, group: NeuronGroup, names: Sequence[str], **options: Any
) -> tuple[Any, Any]:
    """Return states by name, and the steps and neurons of spikes, of Brian2 and of the twin, for the spikes *given*."""
    step = group.clock.dt
    module = twin(objects, **options)
    states = StateMonitor(group, names, record=True, when="end")
    spikes = SpikeMonitor(group)
    Network(*objects, states, spikes).run(len(given) * step)
    sources = [torch.tensor(given[:, None])] if module.sources else []
    with torch.no_grad():
        fired, _, recorded = module.run(*sources, steps=len(given), record=[f"{group.name}.{each}" for each in names])
    fired = fired[group.name] if isinstance(fired, dict) else fired
    steps, neurons = np.nonzero(fired[:, 0].numpy())
    ours = {name: recorded[f"{group.name}.{name}"][:, 0].numpy().T for name in names}
    theirs = {name: np.array(getattr(states, f"{name}_")) for name in names}
    times = np.rint(np.array(spikes.t / step))
    order = np.lexsort((spikes.i[:], times))
    return (theirs, times[order].tolist(), spikes.i[:][order].tolist()), (ours, steps.tolist(), neurons.tolist())


def assert_equal(objects: Sequence[Any], given: np.ndarray, group: NeuronGroup, names: Sequence[str]) -> None:
    """Compare bit for bit, and see that something happens."""
    brian, ours = both(objects, given, group, names)
    assert brian[1:] == ours[1:]
    for name, values in brian[0].items():
        assert np.array_equal(values, ours[0][name], equal_nan=True), name
        assert np.ptp(values) > 0, name
