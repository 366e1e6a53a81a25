"""What a SpiNNaker core computes of its parameters when it starts: in its own arithmetic, all raw integers.

Source: sPyNNaker's C sources, the ``*_initialise`` functions of the neuron and synapse types (October 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from brianhw.arithmetic.s1615 import (
    ONE,
    divide,
    exponential,
    exponential_fraction,
    fraction_part,
    multiply,
    unsigned,
)
from brianhw.equations.spinnaker.parts import Step

__all__ = [
    "alpha_slope",
    "decay_per_step",
    "exponential_factor",
    "first_step",
    "given",
    "inverse",
    "mean_over_step",
    "minus_tenth_of_step",
    "refractory_steps",
    "resistance",
    "step_length",
    "steps_per_ms",
]

Values = Mapping[str, Any]


def given(values: Values, step: Step, name: str) -> Any:
    """Return a parameter that is used as it is."""
    return values[name]


def resistance(values: Values, step: Step) -> Any:
    """Return the membrane's resistance in MOhm."""
    return divide(values["tau_m"], values["cm"])


def exponential_factor(values: Values, step: Step, tau: str) -> Any:
    """Return exp(-step/tau) as S16.15."""
    return exponential(-divide(step.part, values[tau]))


def refractory_steps(values: Values, step: Step) -> Any:
    """Return the steps of the refractory period; any fraction of a step counts as one."""
    return (divide(values["tau_refrac"], step.part) + (ONE - 1)) >> 15


def decay_per_step(values: Values, step: Step, tau: str) -> Any:
    """Return exp(-step/tau) as U0.32."""
    return exponential_fraction(-divide(step.part, values[tau]))


def mean_over_step(values: Values, step: Step, tau: str) -> Any:
    """Return the mean of the exponential over one step, as U0.32."""
    left = 0xFFFFFFFF - unsigned(decay_per_step(values, step, tau)).astype(np.int64)
    return ((divide(values[tau], step.part).astype(np.int64) * left) >> 15).astype(np.int32)


def alpha_slope(values: Values, step: Step, tau: str) -> Any:
    """Return step/tau**2 as S16.15, of which the chip keeps only the fraction."""
    return fraction_part(divide(step.part, multiply(values[tau], values[tau])))


def steps_per_ms(values: Values, step: Step) -> Any:
    """Return the inverse of the step, as S16.15."""
    return divide(ONE, step.part)


def first_step(values: Values, step: Step) -> Any:
    """Return the length of the very first step, which is whole also where steps have parts, as S16.15 in ms."""
    return np.int32(step.whole)


def step_length(values: Values, step: Step) -> Any:
    """Return the length of a part of a step, as S16.15 in ms."""
    return np.int32(step.part)


def inverse(values: Values, step: Step, name: str) -> Any:
    """Return the inverse of a parameter, as S16.15."""
    return divide(ONE, values[name])


def minus_tenth_of_step(values: Values, step: Step) -> Any:
    """Return minus a tenth of the step, as S16.15 in ms."""
    return -divide(step.part, 10 * ONE)
