"""PyNN's synapses that learn: rules for the timing of spikes, rules for the weight, and the mechanism of both."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import numpy as np
from pyNN.errors import NoModelAvailableError
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import STDPTimingDependence, build_translations
from pyNN.standardmodels import synapses as standard

from brianhw.equations import stdp_rules
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import FRACTION, NOT_NEGATIVE, POSITIVE, Domain, check, known_values, number
from brianhw.pynn.checks.expressions import parsed
from brianhw.pynn.checks.refusals import ValueRefused, as_ours
from brianhw.pynn.checks.text import NoText, plain_numbers
from brianhw.pynn.models.grid import grid
from brianhw.pynn.models.realisation import FromPyNN, identity
from brianhw.pynn.models.synapse_realisation import WEIGHT, Pathway, SynapseRealisation, transmission
from brianhw.pynn.models.synapses import ALWAYS, MAY_BE_NONE, StaticSynapse

__all__ = [
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "GuetigWeightDependence",
    "GutigWeightDependence",
    "MultiplicativeWeightDependence",
    "PfisterSpikeTripletRule",
    "STDPMechanism",
    "SpikePairRule",
    "Vogels2011Rule",
]


class WeightDependence(NoText):
    """What rules for the weight share: bounds, in the order of their strength."""

    rule: Any
    item = "connection"
    takes_places = True

    def __init__(self, *values: Any, **parameters: Any) -> None:
        super().__init__(*values, **parameters)
        check_bounds(type(self).__name__, known_values(self.parameter_space))

    @property
    def domains(self) -> dict[str, Domain]:  # type: ignore[override]
        """Exponents are not negative."""
        return dict.fromkeys(self.rule.parameters, NOT_NEGATIVE)


def check_bounds(owner: str, values: Mapping[str, Any]) -> None:
    """Raise unless ``w_max`` is the strong end: above ``w_min``, or below it where weights are negative.

    Raises
    ------
    ValueRefused
        Naming both.
    """
    if "w_min" not in values or "w_max" not in values:
        return
    low, high = np.asarray(values["w_min"], dtype=float), np.asarray(values["w_max"], dtype=float)
    wrong = np.atleast_1d((low > high) & ~((low <= 0) & (high <= 0)))
    if wrong.any():
        at = int(np.argmax(wrong))
        low, high = (np.broadcast_to(np.atleast_1d(each), wrong.shape)[at] for each in (low, high))
        raise ValueRefused(
            f"{owner}: w_min is {low:g}, w_max is {high:g}; w_min must be at most w_max (or, for negative weights, at "
            "least, and zero or less)."
        )


def check_side(owner: str, weight: Any, strong: Any) -> None:
    """Raise where a weight and its strong end have different signs: it could never be what was asked for, as in NEST.

    Raises
    ------
    ValueRefused
        Naming both.
    """
    opposed = np.atleast_1d(np.multiply(weight, strong) < 0)
    if opposed.any():
        at = int(np.argmax(opposed))
        first, second = (np.broadcast_to(np.atleast_1d(each), opposed.shape)[at] for each in (weight, strong))
        raise ValueRefused(f"{owner}: weight is {first:g}, w_max is {second:g}; both must have the same sign.")


class AdditiveWeightDependence(WeightDependence, standard.AdditiveWeightDependence):
    __doc__ = standard.AdditiveWeightDependence.__doc__
    translations = identity(standard.AdditiveWeightDependence)
    rule = stdp_rules.ADDITIVE


class MultiplicativeWeightDependence(WeightDependence, standard.MultiplicativeWeightDependence):
    __doc__ = standard.MultiplicativeWeightDependence.__doc__
    translations = identity(standard.MultiplicativeWeightDependence)
    rule = stdp_rules.MULTIPLICATIVE


class AdditivePotentiationMultiplicativeDepression(
    WeightDependence, standard.AdditivePotentiationMultiplicativeDepression
):
    __doc__ = standard.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = identity(standard.AdditivePotentiationMultiplicativeDepression)
    rule = stdp_rules.ADDITIVE_UP_MULTIPLICATIVE_DOWN


class GutigWeightDependence(WeightDependence, standard.GutigWeightDependence):
    __doc__ = standard.GutigWeightDependence.__doc__
    translations = identity(standard.GutigWeightDependence)
    rule = stdp_rules.GUTIG


GuetigWeightDependence = GutigWeightDependence


class TimingDependence(NoText):
    """What rules for the timing share: their domains follow from the units of the rule's text."""

    rule: Any
    brian_names: Mapping[str, str]
    item = "connection"
    takes_places = True

    @property
    def domains(self) -> dict[str, Domain]:  # type: ignore[override]
        """Time constants are positive, rates not negative."""
        text = self.rule(stdp_rules.ADDITIVE)
        times = {self.brian_names.get(name, name): POSITIVE for name in text.times}
        return times | {self.brian_names.get(name, name): NOT_NEGATIVE for name in text.rates}


class SpikePairRule(TimingDependence, standard.SpikePairRule):
    __doc__ = standard.SpikePairRule.__doc__
    translations = identity(standard.SpikePairRule)
    brian_names: Mapping[str, str] = {}

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.pair_rule(weights)


class PfisterSpikeTripletRule(TimingDependence, STDPTimingDependence):
    """Pairs and triplets of spikes, all with all (Pfister & Gerstner 2006, J. Neurosci. 26:9673).

    Defaults are those of that paper for the visual cortex, minimal model. Amplitudes are shares of the weights' range.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> rank = sim.setup(device="runtime")
    >>> rule = sim.PfisterSpikeTripletRule(A2_plus=0.005), sim.AdditiveWeightDependence(w_max=0.02)
    >>> before, driving = (sim.Population(1, sim.SpikeSourceArray(spike_times=[time])) for time in (10.0, 15.0))
    >>> after = sim.Population(1, sim.IF_curr_exp())
    >>> firing = sim.Projection(driving, after, sim.AllToAllConnector(), sim.StaticSynapse(weight=50.0))
    >>> learning = sim.Projection(before, after, sim.AllToAllConnector(), sim.STDPMechanism(*rule, weight=0.01))
    >>> time = sim.run(30)
    >>> round(float(learning.get("weight", format="array")[0, 0]), 5)
    0.01488
    """

    default_parameters = {
        "tau_plus": 16.8,
        "tau_minus": 33.7,
        "tau_x": 101.0,
        "tau_y": 125.0,
        "A2_plus": 0.0,
        "A2_minus": 7.1e-3,
        "A3_plus": 6.5e-3,
        "A3_minus": 0.0,
    }
    brian_names: Mapping[str, str] = {}

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.triplet_rule(weights)


PfisterSpikeTripletRule.translations = identity(PfisterSpikeTripletRule)


class Vogels2011Rule(TimingDependence, standard.Vogels2011Rule):
    __doc__ = standard.Vogels2011Rule.__doc__
    translations = identity(standard.Vogels2011Rule)
    brian_names: Mapping[str, str] = {"tau_stdp": "tau"}

    @staticmethod
    def rule(weights: stdp_rules.WeightDependence) -> stdp_rules.TimingRule:
        """Return its text; the weight only bounds it."""
        return stdp_rules.vogels_rule()


class STDPMechanism(standard.STDPMechanism):
    """A plastic synapse: a rule for the timing and one for the weight. Arguments as in PyNN.

    Without both it is a static synapse.

    Raises
    ------
    PyNNError
        If only one is given, a rule is not of brianhw.pynn, or depends on the voltage.
    NoModelAvailableError
        If the two do not go together.
    """

    base_translations = build_translations(
        ("weight", "weight"), ("delay", "delay"), ("dendritic_delay_fraction", "dendritic_delay_fraction")
    )

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        if voltage_dependence is not None:
            raise PyNNError("STDPMechanism: there are no rules that depend on the voltage.")
        for part in (timing_dependence, weight_dependence):
            if part is not None and (isinstance(part, type) or not hasattr(part, "rule")):
                name = part.__name__ if isinstance(part, type) else type(part).__name__
                known = isinstance(part, type) or hasattr(part, "default_parameters")  # PyNN's own, or not yet made
                example = (
                    name if known else "SpikePairRule" if part is timing_dependence else "AdditiveWeightDependence"
                )
                raise PyNNError(f"STDPMechanism: {name} is not a rule of brianhw.pynn; make it with sim.{example}().")
        if (timing_dependence is None) != (weight_dependence is None):
            given, other = ("timing", "weight") if weight_dependence is None else ("weight", "timing")
            raise PyNNError(
                f"STDPMechanism: {given}_dependence was given, {other}_dependence was not. Give both, or neither for a "
                "static synapse."
            )
        if isinstance(timing_dependence, Vogels2011Rule) and not isinstance(
            weight_dependence, AdditiveWeightDependence
        ):
            names = f"Vogels2011Rule and {type(weight_dependence).__name__}"
            raise NoModelAvailableError(f"{names} do not go together: that rule takes AdditiveWeightDependence.")
        owner = "STDPMechanism"
        fraction = number(f"{owner}: dendritic_delay_fraction", dendritic_delay_fraction, FRACTION)
        values = {"weight": 0.0 if weight is None else parsed(weight), "delay": parsed(delay)}
        plain = plain_numbers(owner, values, MAY_BE_NONE)
        with as_ours(owner):
            super().__init__(timing_dependence, weight_dependence, None, fraction, plain["weight"])
        if delay is not None:  # PyNN asks whether it is true, which an array is not
            self.delay = plain["delay"]
        with as_ours(owner):
            settled = known_values(self.parameter_space)
        settled = {name: settled[name] for name in values if name in settled}
        check(owner, settled, ALWAYS, "connection", subject="name")

    def _build_translations(self) -> None:
        self.translations = dict(self.base_translations)  # PyNN adds to the dict of the class
        for part in self._parts:
            self.translations.update(part.translations)

    def _get_minimum_delay(self) -> float:
        return grid.smallest_delay

    @property
    def _parts(self) -> list[Any]:
        return [part for part in (self.timing_dependence, self.weight_dependence) if part is not None]

    @property
    def is_plastic(self) -> bool:
        """Whether there is a rule for the timing and one for the weight."""
        return len(self._parts) == 2

    @property
    def model(self) -> str:
        return "+".join(type(part).__name__ for part in self._parts) or "static"

    @property
    def possible_models(self) -> set[str]:
        return {self.model}

    @property
    def domains(self) -> dict[str, Domain]:
        """What values its parameters can have: those of both rules."""
        found = {"dendritic_delay_fraction": FRACTION}
        for part in self._parts:
            found |= part.domains
        return found

    def get_parameter_names(self) -> list[str]:
        names = ["weight", "delay", "dendritic_delay_fraction"]
        return names + [name for part in self._parts for name in part.get_parameter_names()]

    @property
    def parameter_space(self) -> ParameterSpace:
        space = ParameterSpace(
            {
                "weight": self.weight,
                "delay": self.delay,
                "dendritic_delay_fraction": self.dendritic_delay_fraction,
            },
            self.get_schema(),
        )
        for part in self._parts:
            space.update(**dict(part.parameter_space.items()))
        return space

    @property
    def native_parameters(self) -> ParameterSpace:
        return self.parameter_space

    def describe(self, template: Any = "stdpmechanism_default.txt", engine: Any = "default") -> Any:
        if self.is_plastic:
            return super().describe(template, engine)
        return {"model": self.model} if template is None else f"STDPMechanism, {self.model}"

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: a synapse on the dendrite, that spikes of both sides reach after their part of the delay.

        A spike brings to the soma the weight that it finds at the synapse, and may be overtaken by a change on its way.
        So all that happens at the synapse is computed when it reaches the soma: a spike of the source after the whole
        delay, one of the target after twice the dendrite's.
        """
        if not self.is_plastic:
            return StaticSynapse().realise(entry, unit, time_constant)
        rule = self.timing_dependence.rule(self.weight_dependence.rule)
        sent = transmission(entry, unit, "weight")
        pathways = {
            "leave": Pathway(dedent(rule.leave).strip(), "dendrite and back", on="post"),
            "arrive": Pathway(rule.on_arrival(sent), "total"),
        }
        names = self.timing_dependence.brian_names
        units = {**dict.fromkeys(rule.times, "ms"), **dict.fromkeys(rule.rates, "Hz")}
        everything = ("weight", "w_min", "w_max", *rule.parameters, *rule.times, *rule.rates)
        parameters = {name: FromPyNN(names.get(name, name), units.get(name, "1")) for name in everything}
        if "eta" in parameters:
            parameters["eta"] = FromPyNN(_towards_strong, "1")
        return SynapseRealisation(
            f"{WEIGHT}{rule.lines('1')}\nw_low : 1\nw_high : 1",
            pathways,
            parameters | ENDS,
            rule.initial,
            plastic=True,
            states={name: times for name, times in TRACES.items() if f"{name} :" in rule.variables},
        )


# traces of spikes, when the last one came
TRACES = {name: (name, "last_arrival") for name in ("arrived", "arrived_slow")}
TRACES |= {name: (name, "last_firing") for name in ("fired", "fired_slow")}


def _towards_strong(values: Mapping[str, Any]) -> Any:
    """Return a learning rate that strengthens: negative if weights are."""
    return np.where(np.less(values["w_max"], values["w_min"]), -1.0, 1.0) * values["eta"]


ENDS = {
    "w_low": FromPyNN(lambda values: np.minimum(values["w_min"], values["w_max"]), "1"),
    "w_high": FromPyNN(lambda values: np.maximum(values["w_min"], values["w_max"]), "1"),
}
