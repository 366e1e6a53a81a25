"""What current a DPI neuron needs to spike, and what it gets, in closed form.

Source: the soma of Chicca et al. 2014, Proc. IEEE 102(9), as in :mod:`brianhw.equations.dpi_soma`. Its membrane current
rises as long as the input exceeds what leaves it, ``(I_leak - I_feedback)*(1 + I_mem/(gain*I_leak))``; it spikes if
that holds up to the threshold. A synapse is a linear filter: its mean current is what each spike adds, times its time
constant and the rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

__all__ = ["Balance", "Comes", "balance", "mean_current", "rheobase"]

_POINTS = 2000  # of the membrane current, between the dark current and the threshold
_NEEDED = ("Isoma_dpi_tau", "alpha_soma", "Isoma_th", "I0")

Values = Mapping[str, np.ndarray]


class Comes(NamedTuple):
    """Mean currents that come to each neuron, in ampere: what is the same at any membrane current, NMDA, and leaks."""

    direct: np.ndarray
    nmda: np.ndarray
    leak: np.ndarray


class Balance(NamedTuple):
    """At the membrane current that is hardest to pass: what comes, what is needed, and what share of NMDA is open."""

    comes: np.ndarray
    needed: np.ndarray
    share: np.ndarray

    @property
    def missing(self) -> np.ndarray:
        """By how much what comes falls short; negative if the neuron spikes."""
        return self.needed - self.comes


def _along(values: Values) -> np.ndarray:
    """Return membrane currents from the dark current to the threshold, shape (n, points)."""
    dark, threshold = (np.asarray(values[name], dtype=float)[:, None] for name in ("I0", "Isoma_th"))
    return np.asarray(dark + (threshold - dark) * np.linspace(0, 1, _POINTS))


def _leaving(values: Values, leak: np.ndarray | float, membrane: np.ndarray) -> np.ndarray:
    tau, gain, _, dark = (np.asarray(values[name], dtype=float)[:, None] for name in _NEEDED)
    feedback = np.zeros(1)
    if "Isoma_pfb_gain" in values:
        height, half, width = (
            np.asarray(values[f"Isoma_pfb_{name}"], dtype=float)[:, None] for name in ("gain", "th", "norm")
        )
        feedback = height / (1 + np.exp(np.clip((half - membrane) / width, -500, 500)))
    whole = tau + np.broadcast_to(np.asarray(leak, dtype=float), tau[:, 0].shape)[:, None] - feedback
    return np.asarray(np.maximum(dark, whole * (1 + membrane / (gain * tau))))


def rheobase(values: Values, leak: np.ndarray | float = 0.0) -> np.ndarray:
    """Return the smallest constant input current at which each neuron reaches its threshold, in ampere.

    Parameters
    ----------
    values : mapping of str to array, shape (n,)
        The neuron's parameters by their names in the equations, in SI units.
    leak : array, shape (n,), amp
        What joins the leak: adaptation, shunting inhibition.
    """
    return np.asarray(_leaving(values, leak, _along(values)).max(axis=1))


def balance(values: Values, comes: Comes) -> Balance:
    """Return what comes and what is needed where the difference is smallest."""
    membrane = _along(values)
    opens = np.asarray(values.get("Inmda_thr", np.zeros(len(membrane))), dtype=float)[:, None]
    share = membrane / (membrane + opens)
    needed = _leaving(values, comes.leak, membrane)
    coming = comes.direct[:, None] + comes.nmda[:, None] * share
    where = (coming - needed).argmin(axis=1)[:, None]
    return Balance(*(np.take_along_axis(each, where, 1)[:, 0] for each in (coming, needed, share)))


def mean_current(jump: np.ndarray, time_constant: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the mean current of a synapse circuit whose spikes come at *rate* and add *jump* each, in ampere."""
    return np.asarray(jump * time_constant * rate)
