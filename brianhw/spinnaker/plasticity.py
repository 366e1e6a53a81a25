"""The rules of plasticity that SpiNNaker's software has: PyNN's, and the vendor's extra ones.

Each has the rule in floating point (``rule``) and the name of the chip's (``chip``). Amplitudes are those of the
vendor's release 7.4.1: what a pair adds to a weight, in nA or uS, where PyNN's are shares of the largest weight; those
of the multiplicative rule are shares in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from brian2 import ms
from pyNN.standardmodels import STDPTimingDependence, STDPWeightDependence

from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.equations import stdp_rules
from brianhw.equations.spinnaker import stdp
from brianhw.equations.spinnaker.stdp import StdpRule
from brianhw.errors import SpinnakerError
from brianhw.pynn.models import plasticity as pynn
from brianhw.pynn.models.plasticity import TimingDependence, WeightDependence
from brianhw.pynn.models.realisation import FromPyNN, identity
from brianhw.pynn.models.synapse_realisation import SynapseRealisation
from brianhw.spinnaker.counts import whole

__all__ = [
    "AdditiveWeightDependence",
    "MultiplicativeWeightDependence",
    "PfisterSpikeTriplet",
    "Plasticity",
    "RecurrentRule",
    "STDPMechanism",
    "SpikeNearestPairRule",
    "SpikePairRule",
    "Vogels2011Rule",
    "WeightDependenceAdditiveTriplet",
    "ideal",
    "plasticity_of",
]


# -- rules for the timing ---------------------------------------------------------------------------


class SpikePairRule(pynn.SpikePairRule):
    __doc__ = pynn.SpikePairRule.__doc__
    chip = "pair"


class SpikeNearestPairRule(TimingDependence, STDPTimingDependence):
    """Pairs of neighbouring spikes only. Times in ms, amplitudes in nA or uS."""

    chip = "nearest pair"
    default_parameters = dict(pynn.SpikePairRule.default_parameters)
    brian_names: Mapping[str, str] = {}

    def __init__(
        self, tau_plus: float = 20.0, tau_minus: float = 20.0, A_plus: float = 0.01, A_minus: float = 0.01
    ) -> None:
        super().__init__(tau_plus=tau_plus, tau_minus=tau_minus, A_plus=A_plus, A_minus=A_minus)

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.nearest_pair_rule(weights)


class Vogels2011Rule(TimingDependence, STDPTimingDependence):
    """The symmetric rule of inhibitory synapses (Vogels et al. 2011, Science 334:1569), as the vendor writes it.

    Each spike adds ``A_plus`` times the trace of the other side; a presynaptic one takes ``A_plus * alpha`` away, with
    ``alpha`` twice the target's rate times *tau* (ms).
    """

    chip = "Vogels 2011"
    default_parameters = {"alpha": 0.12, "tau": 20.0, "A_plus": 0.01, "A_minus": 0.01}
    brian_names: Mapping[str, str] = {"tau_stdp": "tau", "eta": "A_plus"}

    def __init__(self, alpha: float, tau: float = 20.0, A_plus: float = 0.01, A_minus: float = 0.01) -> None:
        super().__init__(alpha=alpha, tau=tau, A_plus=A_plus, A_minus=A_minus)

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text; the weight only bounds it."""
        return stdp_rules.vogels_rule()


class PfisterSpikeTriplet(TimingDependence, STDPTimingDependence):
    """Pairs and triplets of spikes (Pfister & Gerstner 2006, J. Neurosci. 26:9673). Times in ms.

    Goes with :class:`WeightDependenceAdditiveTriplet`, which has the amplitudes of triplets.
    """

    chip = "triplet"
    default_parameters = {
        "tau_plus": 16.8,
        "tau_minus": 33.7,
        "tau_x": 101.0,
        "tau_y": 125.0,
        "A_plus": 0.01,
        "A_minus": 0.01,
    }
    brian_names: Mapping[str, str] = {"A2_plus": "A_plus", "A2_minus": "A_minus"}

    def __init__(
        self, tau_plus: float, tau_minus: float, tau_x: float, tau_y: float, A_plus: float = 0.01, A_minus: float = 0.01
    ) -> None:
        super().__init__(
            tau_plus=tau_plus, tau_minus=tau_minus, tau_x=tau_x, tau_y=tau_y, A_plus=A_plus, A_minus=A_minus
        )

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.triplet_rule(weights)


class RecurrentRule(TimingDependence, STDPTimingDependence):
    """Spikes open windows of random length; what falls into them is counted, and weights change when enough has been.

    Goes with :class:`MultiplicativeWeightDependence`.

    Parameters
    ----------
    accumulator_depression, accumulator_potentiation : int
        Counts at which a weight falls or grows.
    mean_pre_window, mean_post_window : float
        Mean lengths in ms of the windows that spikes of either side open.
    dual_fsm : bool
        Must be true: whether both sides have windows of their own.
    A_plus, A_minus : float
        Shares of what is left to ``w_max`` and to ``w_min``.
    """

    chip = "recurrent"
    default_parameters = {
        "accumulator_depression": -6,
        "accumulator_potentiation": 6,
        "mean_pre_window": 35.0,
        "mean_post_window": 35.0,
        "A_plus": 0.01,
        "A_minus": 0.01,
    }
    brian_names: Mapping[str, str] = {}

    def __init__(
        self,
        accumulator_depression: float = -6,
        accumulator_potentiation: float = 6,
        mean_pre_window: float = 35.0,
        mean_post_window: float = 35.0,
        dual_fsm: bool = True,
        A_plus: float = 0.01,
        A_minus: float = 0.01,
    ) -> None:
        if not dual_fsm:
            raise SpinnakerError("RecurrentRule: there is only the rule with dual_fsm=True here.")
        whole("RecurrentRule", "accumulator_depression, without its sign,", -accumulator_depression)
        whole("RecurrentRule", "accumulator_potentiation", accumulator_potentiation)
        super().__init__(
            accumulator_depression=accumulator_depression,
            accumulator_potentiation=accumulator_potentiation,
            mean_pre_window=mean_pre_window,
            mean_post_window=mean_post_window,
            A_plus=A_plus,
            A_minus=A_minus,
        )

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.recurrent_rule(weights)


# -- rules for the weight ---------------------------------------------------------------------------


class AdditiveWeightDependence(pynn.AdditiveWeightDependence):
    __doc__ = pynn.AdditiveWeightDependence.__doc__
    chip = "additive"


class MultiplicativeWeightDependence(pynn.MultiplicativeWeightDependence):
    __doc__ = pynn.MultiplicativeWeightDependence.__doc__
    chip = "multiplicative"


class WeightDependenceAdditiveTriplet(WeightDependence, STDPWeightDependence):
    """Changes that do not depend on the weight, with amplitudes of triplets of spikes; all in nA or uS."""

    chip = "additive triplet"
    default_parameters = {"w_min": 0.0, "w_max": 1.0, "A3_plus": 0.01, "A3_minus": 0.01}
    rule = stdp_rules.ADDITIVE

    def __init__(self, w_min: float = 0.0, w_max: float = 1.0, A3_plus: float = 0.01, A3_minus: float = 0.01) -> None:
        super().__init__(w_min=w_min, w_max=w_max, A3_plus=A3_plus, A3_minus=A3_minus)


for _rule in (
    RecurrentRule,
    SpikeNearestPairRule,
    Vogels2011Rule,
    PfisterSpikeTriplet,
    WeightDependenceAdditiveTriplet,
):
    _rule.translations = identity(_rule)

#: Rules for the timing and for the weight that go together.
TOGETHER = {
    (timing, "additive triplet" if timing == "triplet" else weights)
    for timing, weights in SPINNAKER1.synapse_core_rules
}


class STDPMechanism(pynn.STDPMechanism):
    """A plastic synapse. Arguments as in PyNN; ``backprop_delay`` is the vendor's word for a dendritic delay.

    Raises
    ------
    SpinnakerError
        If SpiNNaker's software does not have a rule, does not have both together, or the delay is partly dendritic.
    """

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
        *,
        backprop_delay: bool = True,
    ) -> None:
        if voltage_dependence is not None:
            raise SpinnakerError("STDPMechanism: SpiNNaker's software has no rule that depends on the voltage.")
        fraction = dendritic_delay_fraction if backprop_delay else 0.0
        if fraction not in (0.0, 1.0):
            raise SpinnakerError(
                f"STDPMechanism: on SpiNNaker delays are all dendritic or not at all: dendritic_delay_fraction must "
                f"be 1 or 0, not {fraction!r}."
            )
        super().__init__(timing_dependence, weight_dependence, None, fraction, weight, delay)
        plasticity_of(self)


# -- what a network needs to know -------------------------------------------------------------------


@dataclass(frozen=True)
class Plasticity:
    """The rule of a plastic synapse: two that are equal can share a target."""

    timing: str
    weights: str
    values: tuple[tuple[str, float], ...]

    @property
    def numbers(self) -> dict[str, float]:
        """The parameters of both rules, in PyNN's units."""
        found = dict(self.values)
        if self.timing == "recurrent":
            found |= {"least": found["accumulator_depression"], "most": found["accumulator_potentiation"]}
        return found

    def rule(self, timestep_ms: float) -> StdpRule:
        """Return the chip's rule."""
        own = self.numbers
        step = timestep_ms * ms
        if self.timing == "Vogels 2011":
            return stdp.vogels_rule(own["tau"] * ms, step)
        if self.timing == "recurrent":
            return stdp.recurrent_rule(own["mean_pre_window"] * ms, own["mean_post_window"] * ms, step)
        taus = {name: own[name] * ms for name in ("tau_plus", "tau_minus")}
        if self.timing == "triplet":
            return stdp.triplet_rule(**taus, tau_x=own["tau_x"] * ms, tau_y=own["tau_y"] * ms, timestep=step)
        made = stdp.pair_rule if self.timing == "pair" else stdp.nearest_pair_rule
        return made(**taus, timestep=step, weights=self.weights)


def plasticity_of(synapse_type: Any) -> Plasticity | None:
    """Return the rule of a synapse type; ``None`` if its weights do not change.

    Raises
    ------
    SpinnakerError
        If SpiNNaker's software does not have it.
    """
    if not getattr(synapse_type, "is_plastic", False):
        return None
    parts = synapse_type.timing_dependence, synapse_type.weight_dependence
    for part in parts:
        if not hasattr(part, "chip"):
            known = ", ".join(sorted({name for pair in TOGETHER for name in pair}))
            raise SpinnakerError(f"SpiNNaker's software has no {type(part).__name__}. It has: {known}.")
    timing, weights = parts[0].chip, parts[1].chip
    if (timing, weights) not in TOGETHER:
        allowed = ", ".join(second for first, second in sorted(TOGETHER) if first == timing)
        raise SpinnakerError(
            f"{type(parts[0]).__name__} and {type(parts[1]).__name__} do not go together on SpiNNaker; its rule for "
            f"weights is {allowed}."
        )
    values = {name: float(value.base_value) for part in parts for name, value in part.parameter_space.items()}
    return Plasticity(timing, weights.removesuffix(" triplet"), tuple(sorted(values.items())))


def ideal(found: SynapseRealisation, plasticity: Plasticity) -> SynapseRealisation:
    """Return a plastic synapse in floating point with the vendor's amplitudes, no shares of the weights' range."""
    own = plasticity.numbers
    reach = abs(own["w_max"] - own["w_min"]) or 1.0
    more = dict(found.parameters)
    if plasticity.timing == "Vogels 2011":
        more["rho"] = FromPyNN(lambda _: own["alpha"] / (2 * own["tau"] * 1e-3), "Hz")
        more["eta"] = FromPyNN(lambda values: np.where(values["w_max"] < values["w_min"], -1, 1) * own["A_plus"], "1")
    elif plasticity.weights == "additive":
        for name in ("A_plus", "A_minus", "A2_plus", "A2_minus", "A3_plus", "A3_minus"):
            if name in more:
                source = name.replace("A2", "A")
                more[name] = FromPyNN(lambda _, share=own[source] / reach: share, "1")  # type: ignore[misc]
    return replace(found, parameters=more)
