"""The synaptic mechanisms of PyNN 0.4, made of the synapse types of 0.13.

What differs: amplitudes belong to the weight dependence; a synapse's mechanisms stand in a :class:`SynapseDynamics`,
its weight and delay in the connector; additive potentiation with multiplicative depression has no upper bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import brianhw.pynn as sim
from brianhw.equations.stdp_rules import WeightDependence
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import FRACTION, POSITIVE, number
from brianhw.pynn.checks.refusals import KindRefused
from brianhw.pynn.models.plasticity import check_bounds
from brianhw.pynn.models.synapse_realisation import SynapseRealisation
from brianhw.pynn.models.synapses import SHORT_TERM_DOMAINS
from brianhw.pynn.v04.models import StandardModelType, Translation

__all__ = [
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "MultiplicativeWeightDependence",
    "STDPMechanism",
    "STDPTimingDependence",
    "STDPWeightDependence",
    "ShortTermPlasticityMechanism",
    "SpikePairRule",
    "SynapseDynamics",
    "TsodyksMarkramMechanism",
]

UNBOUNDED = 1e12  # of weights


class STDPWeightDependence(StandardModelType):
    """Base class of rules for how a change of the weight depends on the weight."""

    def rule(self) -> Any:
        """Return the rule of PyNN 0.13."""
        raise NotImplementedError(f"{type(self).__name__} is no rule but what rules have in common.")


def _bounds(parameters: Mapping[str, float]) -> dict[str, float]:
    return {name: parameters[name] for name in ("w_min", "w_max")}


class AdditiveWeightDependence(STDPWeightDependence):
    """The change does not depend on the weight, which stays between ``w_min`` and ``w_max``."""

    default_parameters = {"w_min": 0.0, "w_max": 1.0, "A_plus": 0.01, "A_minus": 0.01}
    translations = {name: Translation(name) for name in default_parameters}

    def __init__(self, w_min: float = 0.0, w_max: float = 1.0, A_plus: float = 0.01, A_minus: float = 0.01) -> None:
        super().__init__({"w_min": w_min, "w_max": w_max, "A_plus": A_plus, "A_minus": A_minus})
        check_bounds(type(self).__name__, self.parameters)

    def rule(self) -> Any:
        return sim.AdditiveWeightDependence(**_bounds(self.parameters))


class MultiplicativeWeightDependence(STDPWeightDependence):
    """Depression is proportional to ``w - w_min``, potentiation to ``w_max - w``.

    The document lists 20.0 for both bounds in ``default_parameters``; the constructor's defaults, 0 and 1, are used.
    """

    default_parameters = {"A_minus": 0.01, "A_plus": 0.01, "w_min": 20.0, "w_max": 20.0}
    translations = {name: Translation(name) for name in default_parameters}

    def __init__(self, w_min: float = 0.0, w_max: float = 1.0, A_plus: float = 0.01, A_minus: float = 0.01) -> None:
        super().__init__({"w_min": w_min, "w_max": w_max, "A_plus": A_plus, "A_minus": A_minus})
        check_bounds(type(self).__name__, self.parameters)

    def rule(self) -> Any:
        return sim.MultiplicativeWeightDependence(**_bounds(self.parameters))


class _Unbounded(sim.AdditivePotentiationMultiplicativeDepression):
    rule = WeightDependence("1.0", "(weight - w_min)")


class AdditivePotentiationMultiplicativeDepression(STDPWeightDependence):
    """Depression is proportional to ``w - w_min``; potentiation is ``A_plus``, in the unit of the weight."""

    default_parameters: ClassVar[dict[str, Any]] = {}

    def __init__(self, w_min: float = 0.0, A_plus: float = 0.01, A_minus: float = 0.01) -> None:
        super().__init__({})
        given = {"w_min": w_min, "A_plus": A_plus, "A_minus": A_minus}
        self.parameters = {name: number(f"{type(self).__name__}: {name}", value) for name, value in given.items()}

    def rule(self) -> Any:
        return _Unbounded(w_min=self.parameters["w_min"], w_max=UNBOUNDED)


class STDPTimingDependence(StandardModelType):
    """Base class of rules for how a change of the weight depends on the times of spikes."""


class SpikePairRule(STDPTimingDependence):
    """Every pair of spikes changes the weight, the less the further they are apart."""

    default_parameters = {"tau_plus": 20.0, "tau_minus": 20.0}
    domains = {"tau_plus": POSITIVE, "tau_minus": POSITIVE}
    translations = {name: Translation(name) for name in default_parameters}

    def __init__(self, tau_plus: float = 20.0, tau_minus: float = 20.0) -> None:
        super().__init__({"tau_plus": tau_plus, "tau_minus": tau_minus})


class STDPMechanism:
    """A rule for the timing, one for the weight, and how much of the delay is dendritic."""

    def __init__(
        self,
        timing_dependence: STDPTimingDependence | None = None,
        weight_dependence: STDPWeightDependence | None = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
    ) -> None:
        for name, part, kind in (
            ("timing_dependence", timing_dependence, STDPTimingDependence),
            ("weight_dependence", weight_dependence, STDPWeightDependence),
        ):
            if not isinstance(part, kind | None):
                raise KindRefused(f"STDPMechanism: {name} must be a rule of brianhw.pynn.v04, an object, not {part!r}.")
        number("STDPMechanism: dendritic_delay_fraction", dendritic_delay_fraction, FRACTION)
        self.timing_dependence, self.weight_dependence = timing_dependence, weight_dependence
        self.voltage_dependence, self.dendritic_delay_fraction = voltage_dependence, dendritic_delay_fraction

    def synapse(self, weight: Any, delay: Any) -> Any:
        """Return the synapse type of PyNN 0.13."""
        timing, weights = self.timing_dependence, self.weight_dependence
        rule = None
        if timing is not None and weights is not None:
            amplitudes = {name: weights.parameters[name] for name in ("A_plus", "A_minus")}
            rule = sim.SpikePairRule(**timing.parameters, **amplitudes)
        return sim.STDPMechanism(
            rule,
            weights.rule() if weights is not None else None,
            self.voltage_dependence,
            self.dendritic_delay_fraction,
            weight=weight,
            delay=delay,
        )


class ShortTermPlasticityMechanism(StandardModelType):
    """Base class of short-term dynamics."""


class _TsodyksMarkramSynapse(sim.TsodyksMarkramSynapse):
    """The synapse of 0.13, starting from a given state."""

    start: dict[str, float] = {}

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        found = super().realise(entry, unit, time_constant)
        return replace(found, initial={name: repr(value) for name, value in self.start.items()})


class TsodyksMarkramMechanism(ShortTermPlasticityMechanism):
    """Depression and facilitation (Tsodyks & Markram); ``u0``, ``x0`` and ``y0`` are the state at the start."""

    default_parameters = {"tau_facil": 0.0, "u0": 0.0, "tau_rec": 100.0, "U": 0.5, "y0": 0.0, "x0": 1.0}
    translations = {name: Translation(name) for name in ("U", "tau_rec", "tau_facil")}
    domains = {**SHORT_TERM_DOMAINS, **dict.fromkeys(("u0", "x0", "y0"), FRACTION)}

    def __init__(
        self,
        U: float = 0.5,
        tau_rec: float = 100.0,
        tau_facil: float = 0.0,
        u0: float = 0.0,
        x0: float = 1.0,
        y0: float = 0.0,
    ) -> None:
        super().__init__({"U": U, "tau_rec": tau_rec, "tau_facil": tau_facil, "u0": u0, "x0": x0, "y0": y0})

    def synapse(self, weight: Any, delay: Any) -> Any:
        """Return the synapse type of PyNN 0.13."""
        made = _TsodyksMarkramSynapse(weight=weight, delay=delay, **self.translate(self.parameters))
        names = {"u0": "u_release", "x0": "x_release", "y0": "y_release"}
        made.start = {brian: self.parameters[name] for name, brian in names.items()}
        return made


class SynapseDynamics:
    """The mechanisms of a synapse: *fast* is short-term dynamics, *slow* is long-term plasticity.

    Raises
    ------
    PyNNError
        If both are given: no back end of PyNN has that.
    """

    def __init__(self, fast: ShortTermPlasticityMechanism | None = None, slow: STDPMechanism | None = None) -> None:
        if fast is not None and slow is not None:
            raise PyNNError("SynapseDynamics: a synapse has short-term dynamics (fast) or plasticity (slow), not both.")
        for name, part, kind in (("fast", fast, ShortTermPlasticityMechanism), ("slow", slow, STDPMechanism)):
            if not isinstance(part, kind | None):
                raise KindRefused(f"SynapseDynamics: {name} must be a {kind.__name__}, not {part!r}.")
        self.fast, self.slow = fast, slow

    def synapse(self, weight: Any, delay: Any) -> Any:
        """Return the synapse type of PyNN 0.13."""
        mechanism: Any = self.fast or self.slow
        return mechanism.synapse(weight, delay) if mechanism else sim.StaticSynapse(weight=weight, delay=delay)
