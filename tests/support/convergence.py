"""How fast a numerical solution gets better: run a model at several steps, measure the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from brian2 import Network, NeuronGroup, Quantity, ms
from numpy.typing import NDArray


def final_values(
    model: Any, values: Mapping[str, Any], names: Sequence[str], duration_ms: float, dt_ms: float
) -> NDArray[np.float64]:
    """Return the variables *names* of one neuron, in SI units, after *duration_ms* at the step *dt_ms*."""
    group = NeuronGroup(1, **model, dt=dt_ms * ms)
    model.set(group, values)
    Network(group).run(duration_ms * ms)
    return np.array([float(Quantity(getattr(group, name)[0])) for name in names])


def measured_order(error: Callable[[float], float], steps_ms: Sequence[float]) -> float:
    """Return the slope of ``log(error)`` against ``log(step)``."""
    errors = [error(step) for step in steps_ms]
    return float(np.polyfit(np.log(steps_ms), np.log(errors), 1)[0])


def order_of_model(
    model: Any, values: Mapping[str, Any], names: Sequence[str], duration_ms: float, steps_ms: Sequence[float]
) -> float:
    """Return the order with which *names* converge to what a step 16 times below the smallest gives."""
    reference = final_values(model, values, names, duration_ms, min(steps_ms) / 16)

    def error(step_ms: float) -> float:
        result = final_values(model, values, names, duration_ms, step_ms)
        return float(np.max(np.abs(result - reference) / np.abs(reference)))

    return measured_order(error, steps_ms)
