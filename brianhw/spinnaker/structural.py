"""Structural plasticity: synapses that form and vanish while a network runs, as the vendor's software has it.

At the rate ``f_rew`` a neuron of the target and one of its ``s_max`` places for synapses are drawn. An empty place may
get a synapse: from a source that the selection names, with the chance that the formation says. A synapse in the place
may vanish, with the chance that the elimination says.

Source: Bogdan, Rowley, Rhodes & Furber 2018, Front. Neurosci. 12:434; sPyNNaker, synapse_dynamics_structural_common.py
and synaptogenesis/ (2022). The vendor's random numbers are not followed: the outcome is right in distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brianhw.errors import SpinnakerError
from brianhw.pynn.checks.domains import FRACTION, NOT_NEGATIVE, NUMBER, POSITIVE, Domain, flag, number
from brianhw.pynn.checks.refusals import KindRefused
from brianhw.pynn.models.synapses import StaticSynapse
from brianhw.spinnaker.counts import for_chip, whole
from brianhw.spinnaker.plasticity import STDPMechanism

__all__ = [
    "DistanceDependentFormation",
    "LastNeuronSelection",
    "RandomByWeightElimination",
    "RandomSelection",
    "StructuralMechanismSTDP",
    "StructuralMechanismStatic",
    "Structure",
    "structure_of",
]

MOST = 2**16 - 1  # probabilities are 16-bit numbers


def _number(owner: str, name: str, value: Any, domain: Domain) -> float:
    return float(for_chip(number, f"{owner}: {name}", value, domain))


# -- which source -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RandomSelection:
    """Any neuron of any of the sources: first one of the populations, then one of its neurons."""


@dataclass(frozen=True)
class LastNeuronSelection:
    """One of the neurons that spiked in the step before.

    Parameters
    ----------
    spike_buffer_size : int
        How many spikes of a step are remembered.
    """

    spike_buffer_size: int = 64

    def __post_init__(self) -> None:
        size = whole("LastNeuronSelection", "spike_buffer_size", self.spike_buffer_size)
        object.__setattr__(self, "spike_buffer_size", size)


# -- whether a synapse forms ------------------------------------------------------------------------


class DistanceDependentFormation:
    """A chance that falls with the distance on a grid as a Gaussian; opposite edges are neighbours.

    Parameters
    ----------
    grid : (int, int)
        Its rows and columns; parts of one are cut off. Neuron *i* lies in row ``i // rows`` and column ``i % columns``.
    p_form_forward, sigma_form_forward : float
        The chance at distance zero and the Gaussian's width, for synapses from another population.
    p_form_lateral, sigma_form_lateral : float
        The same within a population.
    """

    def __init__(
        self,
        grid: Any = (16, 16),
        p_form_forward: float = 0.16,
        sigma_form_forward: float = 2.5,
        p_form_lateral: float = 1.0,
        sigma_form_lateral: float = 1.0,
    ) -> None:
        owner = "DistanceDependentFormation"
        try:
            sides = np.asarray(grid, dtype=float)
        except (TypeError, ValueError):
            sides = np.empty(0)
        if sides.shape != (2,) or not (np.isfinite(sides) & (sides >= 1)).all():
            raise SpinnakerError(f"{owner}: grid must be two numbers of at least one, not {grid!r}.")
        self.grid = tuple(int(side) for side in sides)
        self.p_form_forward = _number(owner, "p_form_forward", p_form_forward, FRACTION)
        self.sigma_form_forward = _number(owner, "sigma_form_forward", sigma_form_forward, POSITIVE)
        self.p_form_lateral = _number(owner, "p_form_lateral", p_form_lateral, FRACTION)
        self.sigma_form_lateral = _number(owner, "sigma_form_lateral", sigma_form_lateral, POSITIVE)

    def chance(self, pre: int, post: int, lateral: bool) -> float:
        """Return the chance that neuron *pre* forms a synapse with *post*, in steps of 2^-16."""
        peak = self.p_form_lateral if lateral else self.p_form_forward
        width = self.sigma_form_lateral if lateral else self.sigma_form_forward
        level = int(MOST * peak * np.exp(-self.squared_distance(pre, post) / (2 * width**2)))
        return (level + 1) / MOST if level else 0.0  # of distances without a chance the chip has no entry

    def squared_distance(self, pre: int, post: int) -> int:
        """Return the square of the distance on the grid."""
        squared = 0
        rows, columns = self.grid
        for side, at, other in ((rows, pre // rows, post // rows), (columns, pre % columns, post % columns)):
            apart = abs(at - other) if side > 1 else 0
            squared += (apart - side if apart > side / 2 else apart) ** 2
        return squared


# -- whether it vanishes ----------------------------------------------------------------------------


class RandomByWeightElimination:
    """A chance that depends on whether a weight is below a threshold.

    Parameters
    ----------
    threshold : float
        In nA or uS.
    prob_elim_depressed, prob_elim_potentiated : float
        The chance to vanish, below the threshold and from it on.
    """

    def __init__(
        self, threshold: float, prob_elim_depressed: float = 0.0245, prob_elim_potentiated: float = 1.36e-4
    ) -> None:
        owner = "RandomByWeightElimination"
        self.threshold = _number(owner, "threshold", threshold, NUMBER)
        self.prob_elim_depressed = _number(owner, "prob_elim_depressed", prob_elim_depressed, FRACTION)
        self.prob_elim_potentiated = _number(owner, "prob_elim_potentiated", prob_elim_potentiated, FRACTION)

    def chance(self, weight: float, step: float) -> float:
        """Return the chance that a synapse vanishes; *step* is the smallest difference of weights there is."""
        depressed = weight < self.threshold - step
        return self.prob_elim_depressed if depressed else self.prob_elim_potentiated


# -- the mechanisms ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Structure:
    """How synapses form and vanish; see :class:`StructuralMechanismStatic`. Delays are in ms, lowest and highest."""

    selection: Any
    formation: Any
    elimination: Any
    f_rew: float
    initial_weight: float
    initial_delay: tuple[float, float]
    s_max: int
    with_replacement: bool
    seed: int | None

    @property
    def shared(self) -> tuple[Any, ...]:
        """What all structural synapses onto a population must have in common."""
        kinds = type(self.formation), type(self.elimination)
        numbers = self.f_rew, self.initial_weight, self.initial_delay, self.s_max, self.with_replacement
        return self.selection, *kinds, *numbers

    def attempts(self, timestep_ms: float) -> tuple[int, int]:
        """Return how often something may change, and in each how many-th step, as the vendor counts it."""
        per_step = round(self.f_rew * timestep_ms / 1000, 9)
        return (int(per_step), 1) if per_step > 1 else (1, max(1, int(round(1 / per_step, 9))))


def _structure(
    owner: str,
    parts: tuple[Any, Any, Any],
    f_rew: Any,
    initial_weight: Any,
    initial_delay: Any,
    s_max: Any,
    with_replacement: Any,
    seed: Any,
) -> Structure:
    kinds = {
        "partner_selection": (RandomSelection, LastNeuronSelection),
        "formation": (DistanceDependentFormation,),
        "elimination": (RandomByWeightElimination,),
    }
    for (name, allowed), part in zip(kinds.items(), parts, strict=True):
        if not isinstance(part, allowed):
            known = " or ".join(f"{kind.__name__}(...)" for kind in allowed)
            raise KindRefused(f"{owner}: {name} must be a {known}, not {part!r}.")
    delays = initial_delay if isinstance(initial_delay, Sequence | np.ndarray) else (initial_delay, initial_delay)
    if isinstance(initial_delay, str) or len(delays) != 2:
        raise SpinnakerError(
            f"{owner}: initial_delay must be one number, or the lowest and the highest, not {initial_delay!r}."
        )
    low, high = (_number(owner, "initial_delay", each, NOT_NEGATIVE) for each in delays)
    if low > high:
        raise SpinnakerError(f"{owner}: initial_delay goes from the lowest to the highest, not {initial_delay!r}.")
    return Structure(
        *parts,
        _number(owner, "f_rew", f_rew, POSITIVE),
        _number(owner, "initial_weight", initial_weight, NUMBER),
        (low, high),
        whole(owner, "s_max", s_max),
        flag(f"{owner}: with_replacement", with_replacement),
        None if seed is None else whole(owner, "seed", seed, 0),
    )


class StructuralMechanismStatic(StaticSynapse):
    """Synapses that form and vanish, and whose weights stay as they are.

    Parameters
    ----------
    partner_selection : RandomSelection or LastNeuronSelection
        Which source an empty place is offered.
    formation : DistanceDependentFormation
        Whether it takes it.
    elimination : RandomByWeightElimination
        Whether a synapse vanishes.
    f_rew : float
        How often a second a place is drawn, in Hz.
    initial_weight, initial_delay : float
        Of a new synapse, in nA or uS and in ms. Two delays are the lowest and the highest of those that are drawn.
    s_max : int
        The places for synapses that a target neuron has, for all structural projections together.
    with_replacement : bool
        Whether a pair may have several synapses.
    seed : int, optional
        Of the random numbers.
    weight, delay : float, array or distribution
        Of the synapses that the connector makes.
    """

    def __init__(
        self,
        partner_selection: Any,
        formation: Any,
        elimination: Any,
        f_rew: float = 10**4,
        initial_weight: float = 0.0,
        initial_delay: Any = 1.0,
        s_max: int = 32,
        with_replacement: bool = True,
        seed: int | None = None,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        super().__init__(weight=weight, delay=delay)
        parts = partner_selection, formation, elimination
        self.structure = _structure(
            type(self).__name__, parts, f_rew, initial_weight, initial_delay, s_max, with_replacement, seed
        )


class StructuralMechanismSTDP(STDPMechanism):
    """Synapses that form and vanish, and learn meanwhile.

    Arguments as for :class:`StructuralMechanismStatic` and :class:`STDPMechanism`.
    """

    def __init__(
        self,
        partner_selection: Any,
        formation: Any,
        elimination: Any,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        f_rew: float = 10**4,
        initial_weight: float = 0.0,
        initial_delay: Any = 1.0,
        s_max: int = 32,
        with_replacement: bool = True,
        seed: int | None = None,
        weight: Any = 0.0,
        delay: Any = None,
        backprop_delay: bool = True,
    ) -> None:
        super().__init__(
            timing_dependence, weight_dependence, voltage_dependence, dendritic_delay_fraction, weight, delay,
            backprop_delay=backprop_delay,
        )  # fmt: skip
        parts = partner_selection, formation, elimination
        self.structure = _structure(
            type(self).__name__, parts, f_rew, initial_weight, initial_delay, s_max, with_replacement, seed
        )


def structure_of(projection: Any) -> Structure | None:
    """Return how a projection's synapses form and vanish; ``None`` if they stay."""
    found: Structure | None = getattr(projection.synapse_type, "structure", None)
    return found
