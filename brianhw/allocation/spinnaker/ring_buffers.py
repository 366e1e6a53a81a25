"""The scale of weights, and weights in it: how far the ring buffers' sums are shifted, as the vendor's tool chooses it.

A cell of 16 bits must hold the sum of the weights that arrive in one step. The tool bounds it by what could arrive at
most or, where delays are random, by the mean and some standard deviations of what does.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, lgamma, log, log2, sqrt
from typing import Any, NamedTuple

import numpy as np
import scipy  # scipy.special is imported by its first use

__all__ = ["Input", "largest_sum", "left_shift", "raw_weights", "weight_scale"]

LARGEST_WEIGHT = 2**16 - 1


class Input(NamedTuple):
    """What a projection brings to one receptor of a neuron; weights in nA or uS."""

    synapses: int
    mean: float
    variance: float
    largest: float
    delay_variance: float


def largest_sum(inputs: Sequence[Input], scale: float, timestep_ms: float, rate: float, sigmas: float) -> float:
    """Return the sum of weights in one step that a ring buffer must hold, in the units that the core counts in.

    Parameters
    ----------
    inputs : sequence of Input
        All projections onto the receptor.
    scale : float
        By which the core counts weights larger: 1024 for conductances.
    timestep_ms : float
        The step.
    rate : float
        Hz; of each source.
    sigmas : float
        Standard deviations above the mean, where delays are random.
    """
    steps = 1000 / timestep_ms
    spikes = max(1.0, rate / steps)
    total = sum(spikes * each.largest * each.synapses for each in inputs)
    biggest = max((scale * each.largest for each in inputs), default=0.0)
    if all(each.delay_variance == 0 for each in inputs):
        return max(total, biggest)
    return max(min(_likely_sum(inputs, scale, rate / steps, sigmas), total), biggest)


def _likely_sum(inputs: Sequence[Input], scale: float, spikes_per_step: float, sigmas: float) -> float:
    n = sum(each.synapses for each in inputs)
    if n == 0:
        return 0.0
    k = n * spikes_per_step
    mean = sum(each.synapses * each.mean for each in inputs) / n * scale
    variance = sum(each.synapses * each.variance for each in inputs) / (n - 1) * scale**2 if n > 1 else 0.0
    return k * mean + sigmas * sqrt(k * mean**2 + _weight_term(k, variance))


def _weight_term(k: float, variance: float) -> float:
    """Return what the spread of the weights adds to the variance of the sum."""
    if variance == 0:
        return 0.0
    b = round(k + 3 * sqrt(k))
    share = float(scipy.special.gammaincc(1 + b, k))
    exponent = b * log(k) - lgamma(1 + b)
    if exponent != 0 and -701 < exponent < 701:
        share -= exp(exponent - k)
    return k * variance * share


def left_shift(total: float) -> int:
    """Return the bits by which a cell is shifted to S16.15, so that *total* fits."""
    if total <= 0:
        return 0
    shift = ceil(max(0.0, log2(total)))
    return shift + 1 if 2**shift <= total else shift


def weight_scale(shift: int, scale: float) -> float:
    """Return the raw integer of a weight of 1 nA or 1 uS."""
    return scale * 2.0 ** (15 - shift)


def raw_weights(weights: Any, scale: float, *, on_host: bool = True) -> tuple[Any, Any]:
    """Return weights as the chip stores them, and how many times each passed 16 bits.

    Parameters
    ----------
    weights : float or array
        In nA or uS; their sign is the receptor's.
    scale : float
        Raw integer of a weight of one.
    on_host : bool
        Whether the vendor's tool makes the rows; those that the chip makes itself are rounded twice.

    Returns
    -------
    raw : int or array of int64
        0 to 65535: what does not fit loses its upper bits, as on the chip.
    wrapped : bool or array of bool
        Where that happened.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import raw_weights
    >>> raw, wrapped = raw_weights([0.1, 0.0001, 40.0], scale=2048.0)
    >>> raw.tolist(), wrapped.tolist()
    ([205, 0, 16384], [False, False, True])
    """
    size = np.abs(np.asarray(weights, dtype=float))
    twice = np.floor(np.rint(size * 2**15) / 2**15 * scale + 0.5)
    asked = np.rint(size * scale) if on_host else twice
    asked = asked.astype(np.int64)
    return (asked & LARGEST_WEIGHT)[()], (asked > LARGEST_WEIGHT)[()]
