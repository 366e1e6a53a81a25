"""What a mean input does to a neuron with a membrane: in closed form the largest input with which it stays at rest.

A neuron rests at a potential where what comes and what its membrane adds cancel, as long as that rest is stable. The
last such potential, the *limit*, depends on the synaptic conductance ``G``:

* leaky integrate-and-fire: the threshold;
* AdEx (Brette & Gerstner 2005): where the slope of all currents is zero, ``V_T + Delta_T*log((g_L + G + a)/g_L)``, or
  before that, where the rest begins to swing (Touboul & Brette 2008, Biol. Cybern. 99:319), with ``C/tau_w`` for ``a``;
* Izhikevich (2003), in the same two ways: ``(b + G/C_m - 5)/0.08``, with ``a`` for ``b`` where it is smaller.

A neuron spikes steadily if the sum of all currents is positive there. Adaptation is taken as settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

__all__ = ["Case", "Membrane", "Term", "adex", "izhikevich", "leaky", "smallest_factor"]

_POINTS = 200  # of the potential, where a current's conductance depends on it

Values = Mapping[str, Any]  # by name, each a column: neurons are rows, potentials are columns


@dataclass(frozen=True)
class Membrane:
    """What flows through a membrane without synapses.

    Attributes
    ----------
    own : callable
        The current (ampere, inwards) at a potential, with adaptation settled.
    limit : callable
        The highest potential at which the neuron may rest, given the synaptic conductance (siemens).
    low, high : array
        Between which potentials it may rest at all.
    rest : array
        Where it rests without input.
    formula : str
        What has to come, in the model's names; empty where it is too long for a sentence.
    """

    own: Callable[[Any], Any]
    limit: Callable[[Any], Any]
    low: Any
    high: Any
    rest: Any
    formula: str = ""


@dataclass(frozen=True)
class Term:
    """The mean current that one receptor brings.

    Attributes
    ----------
    name : str
    current : callable
        In ampere, inwards, at a potential.
    slope : callable
        By how much it falls with the potential, in siemens.
    conductance, reversal : array, optional
        Of a receptor that has them.
    is_gated : bool
        Whether the slope depends on the potential.
    peak : array, optional
        Of a current that is injected, and that the membrane may not follow: its largest value in ampere.
    """

    name: str
    current: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    conductance: Any = None
    reversal: Any = None
    is_gated: bool = False
    peak: Any = None

    @classmethod
    def of_current(cls, name: str, current: Any, peak: Any = None) -> Term:
        """Return what does not depend on the potential."""
        return cls(name, lambda v: current + 0 * v, lambda v: 0 * v, peak=peak)

    @classmethod
    def of_conductance(cls, name: str, conductance: Any, reversal: Any) -> Term:
        """Return ``g*(E - v)``."""
        return cls(name, lambda v: conductance * (reversal - v), lambda v: conductance + 0 * v, conductance, reversal)

    def scaled(self, factor: float) -> Term:
        """Return *factor* times as much input."""
        return replace(self, current=lambda v: factor * self.current(v), slope=lambda v: factor * self.slope(v))


@dataclass(frozen=True)
class Case:
    """Neurons (rows), what they get from synapses, and what is injected (ampere)."""

    membrane: Membrane
    terms: tuple[Term, ...]
    injected: Any

    def critical(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the potential that is hardest to pass, and the sum of all currents there: positive if they spike."""
        if not any(term.is_gated for term in self.terms):
            nothing = np.zeros_like(self.injected)
            v = self.membrane.limit(sum((term.slope(nothing) for term in self.terms), nothing))
            return v[:, 0], self._sum(v)[:, 0]
        v = self.membrane.low + (self.membrane.high - self.membrane.low) * np.linspace(0, 1, _POINTS)
        v = np.minimum(v, self.membrane.high)  # rounding may put the last beyond it
        may_rest = v <= self.membrane.limit(sum(term.slope(v) for term in self.terms))
        may_rest[:, 0] = True
        total = np.where(np.logical_and.accumulate(may_rest, axis=1), self._sum(v), np.inf)
        where = total.argmin(axis=1)[:, None]
        return np.take_along_axis(v, where, 1)[:, 0], np.take_along_axis(total, where, 1)[:, 0]

    def _sum(self, v: Any) -> Any:
        return sum((term.current(v) for term in self.terms), self.membrane.own(v) + self.injected)

    def with_factor(self, names: Sequence[str], factor: float) -> Case:
        """Return the case with *factor* times the input of some receptors."""
        return replace(self, terms=tuple(each.scaled(factor) if each.name in names else each for each in self.terms))

    def spikes(self, margin: float) -> bool:
        """Say whether the (one) neuron spikes, with the share *margin* of its rheobase to spare."""
        return bool(self.critical()[1][0] >= margin * self.rheobase())

    def rheobase(self) -> float:
        """Return the current that the (one) neuron needs without synapses."""
        alone = self.membrane.limit(np.zeros((1, 1)))
        return abs(float(np.ravel(self.membrane.own(alone))[0]))


def smallest_factor(spikes: Callable[[float], bool], largest: float = 1e4) -> float | None:
    """Return the smallest factor above 1 with which *spikes* is true; None if none up to *largest* does it.

    More is not always better: a conductance without limit holds a neuron at its reversal potential.

    Examples
    --------
    >>> from brianhw.why.membranes import smallest_factor
    >>> round(smallest_factor(lambda factor: factor > 3), 3)
    3.0
    """
    tried = np.geomspace(1, largest, 120)
    found = next((number for number, factor in enumerate(tried) if spikes(float(factor))), None)
    if not found:
        return None if found is None else 1.0
    low, high = float(tried[found - 1]), float(tried[found])
    while high / low > 1 + 1e-6:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if spikes(middle) else (middle, high)
    return high


def leaky(of: Values) -> Membrane:
    """Return the leaky integrate-and-fire neuron's membrane."""
    g, rest, threshold = of["g_L"], of["E_L"], of["V_th"]
    return Membrane(
        own=lambda v: g * (rest - v),
        limit=lambda conductance: threshold + 0 * conductance,
        low=np.minimum(rest, threshold) - 0.05,
        high=threshold,
        rest=rest,
        formula="g_L*(V_th - E_L)",
    )


def adex(of: Values) -> Membrane:
    """Return the AdEx neuron's membrane."""
    g, rest, threshold, width, a, cut = (of[name] for name in ("g_L", "E_L", "V_T", "Delta_T", "a", "V_cut"))
    steepest = np.minimum(a, of["C"] / of["tau_w"])

    def limit(conductance: Any) -> Any:
        slope = np.maximum((g + conductance + steepest) / g, 1e-9)  # with a below -g_L it rests nowhere
        return np.minimum(threshold + width * np.log(slope), cut)

    return Membrane(
        own=lambda v: g * (rest - v) + g * width * np.exp((v - threshold) / width) - a * (v - rest),
        limit=limit,
        low=np.minimum(rest, threshold) - 0.05,
        high=cut,
        rest=rest,
    )


def izhikevich(of: Values) -> Membrane:
    """Return the membrane of Izhikevich's neuron."""
    a, b, capacitance, peak = (of[name] for name in ("a", "b", "C_m", "v_peak"))
    # the paper's 0.04/(mV*ms), 5/ms and 140 mV/ms
    square, linear, constant = 4e4, 5e3, 140.0
    return Membrane(
        own=lambda v: capacitance * (square * v**2 + linear * v + constant - b * v),
        limit=lambda g: np.minimum((np.minimum(a, b) + g / capacitance - linear) / (2 * square), peak),
        low=np.full_like(peak, -0.12),
        high=peak,
        rest=(b - linear - np.sqrt(np.maximum((linear - b) ** 2 - 4 * square * constant, 0))) / (2 * square),
    )
