"""Plastic synapses of SpiNNaker's software."""

from __future__ import annotations

from typing import Any, NamedTuple

from brianhw.errors import SpinnakerError

__all__ = ["Rule", "plasticity_of"]


class Rule(NamedTuple):
    """What the planning needs to know of a plastic synapse."""

    timing: str
    weights: str
    largest_weight: float


def plasticity_of(synapse_type: Any) -> Rule | None:
    """Return the rule of a synapse type; ``None`` if its weights do not change.

    Raises
    ------
    SpinnakerError
        If SpiNNaker's software does not have it.
    """
    if not getattr(synapse_type, "is_plastic", False):
        return None
    timing, weights = synapse_type.timing_dependence, synapse_type.weight_dependence
    for part in (timing, weights):
        if not hasattr(part, "chip"):
            raise SpinnakerError(f"SpiNNaker's software has no {type(part).__name__}.")
    return Rule(timing.chip, weights.chip, abs(float(weights.parameter_space["w_max"].base_value)))
