"""Sources of random spikes in the model library, on their own in Brian2."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Hz, Network, NeuronGroup, SpikeMonitor, defaultclock, ms, second, set_device
from brian2.core.base import BrianObjectException
from brian2.devices.device import reset_device

from brianhw.equations import POISSON_SOURCE

DEVICES = pytest.mark.parametrize("device", ["runtime", pytest.param("brianhw", marks=pytest.mark.standalone)])


def network(rate: float) -> tuple[Network, SpikeMonitor]:
    defaultclock.dt = 0.1 * ms
    group = NeuronGroup(2000, **POISSON_SOURCE)
    group.rate, group.t_on, group.t_off = rate * Hz, 10 * ms, 1 * second
    monitor = SpikeMonitor(group)
    return Network(group, monitor), monitor


@DEVICES
def test_a_source_spikes_at_its_rate_while_it_is_on(device: str) -> None:
    set_device(device)
    try:
        net, monitor = network(500.0)
        net.run(30 * ms, namespace={})
        assert monitor.num_spikes == pytest.approx(20000, abs=4 * np.sqrt(20000))
        assert np.min(monitor.t_) >= 0.01 - 1e-9
    finally:
        reset_device()


@DEVICES
@pytest.mark.parametrize("rate", [1001.0, 17000.0])
def test_a_rate_at_which_one_spike_a_step_is_too_few_is_an_error(device: str, rate: float) -> None:
    set_device(device)
    try:
        net, _ = network(rate)
        with pytest.raises(BrianObjectException) as error:
            net.run(1 * ms, namespace={})
        assert "one spike in a step at most" in f"{error.value} {error.value.__cause__} {error.value.__context__}"
    finally:
        reset_device()
