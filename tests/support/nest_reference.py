"""NEST as an independent implementation, in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nest
import numpy as np
from numpy.typing import NDArray


def reset(dt_ms: float) -> None:
    """Empty NEST and give it a step."""
    nest.ResetKernel()
    if hasattr(nest, "VerbosityLevel"):
        nest.verbosity = nest.VerbosityLevel.ERROR
    else:  # before NEST 3.10
        nest.set_verbosity("M_ERROR")
    nest.resolution = dt_ms


def run_neuron(
    model: str,
    parameters: Mapping[str, Any],
    dt_ms: float,
    duration_ms: float,
    inputs: Sequence[tuple[float, float]] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return spike times, times and potentials (ms, ms, mV) of a neuron with *inputs* (time in ms, weight).

    A spike takes one step from its generator to the neuron.
    """
    reset(dt_ms)
    neuron = nest.Create(model, params=dict(parameters))
    recorder = nest.Create("spike_recorder")
    voltmeter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": dt_ms})
    nest.Connect(neuron, recorder)
    nest.Connect(voltmeter, neuron, syn_spec={"delay": dt_ms})
    for time_ms, weight in inputs:
        generator = nest.Create("spike_generator", params={"spike_times": [time_ms]})
        nest.Connect(generator, neuron, syn_spec={"weight": weight, "delay": dt_ms})
    nest.Simulate(duration_ms)
    return np.array(recorder.events["times"]), np.array(voltmeter.events["times"]), np.array(voltmeter.events["V_m"])
