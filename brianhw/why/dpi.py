"""What current a DPI neuron needs to spike, and what it gets, in closed form.

Source: the soma of Chicca et al. 2014, Proc. IEEE 102(9), as in :mod:`brianhw.equations.dpi_soma`. Its membrane current
rises as long as the input exceeds what leaves it, ``(I_leak - I_feedback)*(1 + I_mem/(gain*I_leak))``; it spikes if
that holds up to the threshold. A synapse is a linear filter: its mean current is what each spike adds, times its time
constant and the rate.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

__all__ = ["gain_that_lets_fire", "mean_current", "rheobase"]

_POINTS = 2000  # of the membrane current, between the dark current and the threshold
_NEEDED = ("Isoma_dpi_tau", "alpha_soma", "Isoma_th", "I0")


def rheobase(values: Mapping[str, np.ndarray], leak: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the smallest constant input current at which each neuron reaches its threshold, in ampere.

    Parameters
    ----------
    values : mapping of str to array, shape (n,)
        The neuron's parameters by their names in the equations, in SI units.
    leak : array, shape (n,), amp
        What joins the leak: adaptation, shunting inhibition.
    """
    tau, gain, threshold, dark = (np.asarray(values[name], dtype=float)[:, None] for name in _NEEDED)
    along = np.linspace(0, 1, _POINTS)
    membrane = dark + (threshold - dark) * along
    feedback = np.zeros(1)
    if "Isoma_pfb_gain" in values:
        height, half, width = (
            np.asarray(values[f"Isoma_pfb_{name}"], dtype=float)[:, None] for name in ("gain", "th", "norm")
        )
        feedback = height / (1 + np.exp(np.clip((half - membrane) / width, -500, 500)))
    leaving = tau + np.broadcast_to(np.asarray(leak, dtype=float), tau[:, 0].shape)[:, None] - feedback
    return np.maximum(dark[:, 0], (leaving * (1 + membrane / (gain * tau))).max(axis=1))


def mean_current(jump: np.ndarray, time_constant: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the mean current of a synapse circuit whose spikes come at *rate* and add *jump* each, in ampere."""
    return np.asarray(jump * time_constant * rate)


def gain_that_lets_fire(
    values: Mapping[str, np.ndarray], leak: np.ndarray, current: float, neuron: int
) -> float | None:
    """Return the smallest gain with which a neuron's rheobase is *current*; None if no gain does it.

    A larger gain lets the membrane grow further before it is left as fast as it is driven. Without limit, what leaves
    is the leak, and less cannot make a neuron fire.
    """
    own = {name: np.asarray(value, dtype=float)[neuron : neuron + 1] for name, value in values.items()}
    low, high = float(own["alpha_soma"][0]), 1e6

    def needed(gain: float) -> float:
        return float(rheobase({**own, "alpha_soma": np.array([gain])}, leak[neuron : neuron + 1])[0])

    if needed(high) > current:
        return None
    while high / low > 1.001:
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if needed(middle) > current else (low, middle)
    return high
