"""PyNN's synapse types, and how they are written in Brian2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

import numpy as np
from pyNN.errors import NoModelAvailableError
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import STDPTimingDependence, build_translations
from pyNN.standardmodels import synapses as standard

from brianhw.equations import stdp_rules
from brianhw.equations.stochastic_synapses import POOL, POOL_STATE, QUANTA, QUANTA_STATE, successes
from brianhw.errors import PyNNError
from brianhw.pynn.checks.domains import (
    COUNT,
    DELAY,
    FRACTION,
    NOT_NEGATIVE,
    NUMBER,
    POSITIVE,
    Domain,
    check,
    known_values,
    number,
)
from brianhw.pynn.checks.expressions import parse_distance
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused, as_ours, refuse_unknown
from brianhw.pynn.checks.text import NoText, plain_numbers
from brianhw.pynn.models.cells import identity
from brianhw.pynn.models.realisation import FromPyNN
from brianhw.pynn.simulator import state

__all__ = [
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "ElectricalSynapse",
    "GuetigWeightDependence",
    "GutigWeightDependence",
    "MultiQuantalSynapse",
    "MultiplicativeWeightDependence",
    "PfisterSpikeTripletRule",
    "STDPMechanism",
    "SimpleStochasticSynapse",
    "SpikePairRule",
    "StaticSynapse",
    "StochasticTsodyksMarkramSynapse",
    "TsodyksMarkramSynapse",
    "Vogels2011Rule",
]


# -- how they are written ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Pathway:
    """Statements for a spike, the part of the delay that it waits for, and whose spike it is.

    ``delay`` is ``"total"``, from soma to soma, or for spikes of the target ``"dendrite and back"``.
    """

    statements: str
    delay: str
    on: str = "pre"


@dataclass(frozen=True)
class SynapseRealisation:
    """A synapse type in Brian2.

    Parameters
    ----------
    equations : str
        Variables of a synapse; ``weight`` counts in PyNN's unit.
    pathways : mapping of str to Pathway
        In the order in which they are executed within a step.
    parameters : mapping of str to FromPyNN
        Variables that follow from PyNN's parameters.
    initial : mapping of str to str
        Initial values of other variables, zero for all that are not named.
    plastic : bool
        Whether the weight changes by itself.
    namespace : mapping of str to Function
        Functions that the text uses.
    weight : (str, float)
        The variable that holds the weight, and the weight that stands for one of it.
    states : mapping of str to (str, str)
        PyNN's name of a state that can be given an initial value -> the variable that holds it, and the one that says
        from when.
    """

    equations: str
    pathways: Mapping[str, Pathway]
    parameters: Mapping[str, FromPyNN]
    initial: Mapping[str, str] = field(default_factory=dict)
    plastic: bool = False
    namespace: Mapping[str, Any] = field(default_factory=dict)
    weight: tuple[str, float] = ("weight", 1.0)
    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def shared(self) -> tuple[str, ...]:
        """The variables that one value for all synapses will do for."""
        return tuple(name for name in self.parameters if not (name == self.weight[0] and self.plastic))

    @property
    def is_rounded(self) -> bool:
        """Whether the synapses hold another weight than was asked for."""
        return self.weight != ("weight", 1.0)


WEIGHT = "weight : 1                 # in the unit that PyNN counts it in\n"


def realise(synapse_type: Any, entry: str, unit: str, time_constant: str = "") -> SynapseRealisation:
    """Return how a synapse type is written in Brian2.

    Parameters
    ----------
    synapse_type
        One of this module.
    entry : str
        The variable of the target neuron that takes spikes.
    unit : str
        The unit that weights count in, by its Brian2 name.
    time_constant : str
        The target's variable with the time constant of the receptor, if it has one.


    Raises
    ------
    PyNNError
        If the synapse type is none of ours.
    """
    if not hasattr(synapse_type, "realise"):
        raise PyNNError(
            f"{type(synapse_type).__name__} is not a synapse type of brianhw.pynn. "
            f"Make it with sim.{type(synapse_type).__name__}."
        )
    found: SynapseRealisation = synapse_type.realise(entry, unit, time_constant)
    return found


def _transmission(entry: str, unit: str, amount: str) -> str:
    return f"{entry}_post += {amount}*{unit}"


MAY_BE_NONE = ("weight", "delay")  # which then are 0 and the smallest delay
ALWAYS: Mapping[str, Domain] = {"weight": NUMBER, "delay": DELAY}


def synapse_domains(synapse_type: Any) -> dict[str, Domain]:
    """Return the domains of a synapse type's parameters."""
    return {**ALWAYS, **getattr(synapse_type, "domains", {})}


class _Synapse:
    """What our synapse types share; mixed in before PyNN's class."""

    default_parameters: Any  # these two are PyNN's
    parameter_space: Any
    domains: Mapping[str, Domain] = {}

    def __init__(self, *values: Any, **parameters: Any) -> None:
        owner = type(self).__name__
        if values:
            names = ", ".join(self.default_parameters)
            raise KindRefused(f"{owner} takes its parameters by name: {names}; it was given {values[0]!r}.")
        refuse_unknown(owner, parameters, self.default_parameters)
        parsed = {name: _parsed(value) for name, value in parameters.items()}
        plain = plain_numbers(owner, parsed, MAY_BE_NONE)
        with as_ours(owner):
            super().__init__(**plain)
        known = known_values(self.parameter_space)
        given = {name: known[name] for name in parameters if name in known}
        check(owner, given, synapse_domains(self), "connection", subject="name")

    def get_schema(self) -> dict[str, Any]:
        """Return the type of each parameter: numbers, also where PyNN's default is a whole one."""
        return dict.fromkeys(self.default_parameters, float)

    def _get_minimum_delay(self) -> float:
        return state.dt if state.min_delay == "auto" else state.min_delay


def _parsed(value: Any) -> Any:
    """Return text with a distance ``d`` as a function; PyNN would evaluate it as Python."""
    return parse_distance(value) if isinstance(value, str) else value


def _positive(name: str) -> FromPyNN:
    """Return a time constant in ms that is never zero: nothing is left after a nanosecond of it."""
    return FromPyNN(lambda values: np.maximum(values[name], 1e-6), "ms")


class StaticSynapse(_Synapse, standard.StaticSynapse):
    __doc__ = standard.StaticSynapse.__doc__
    translations = identity(standard.StaticSynapse)

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: a spike adds the weight."""
        transmit = Pathway(_transmission(entry, unit, "weight"), "total")
        return SynapseRealisation(WEIGHT, {"transmit": transmit}, {"weight": FromPyNN("weight", "1")})


class ElectricalSynapse(_Synapse, standard.ElectricalSynapse):
    """A gap junction: a current flows between the cells of each connection, from the higher potential to the lower."""

    translations = identity(standard.ElectricalSynapse)

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text; *entry* is a current of the target neuron, and has its like in the source."""
        text = f"""
        {entry}_post = weight*uS*(v_pre - v_post) : amp (summed)
        {entry}_back_pre = weight*uS*(v_post - v_pre) : amp (summed)
        """
        return SynapseRealisation(f"{WEIGHT}{dedent(text)}", {}, {"weight": FromPyNN("weight", "1")})


class SimpleStochasticSynapse(_Synapse, standard.SimpleStochasticSynapse):
    __doc__ = standard.SimpleStochasticSynapse.__doc__
    translations = identity(standard.SimpleStochasticSynapse)
    domains = {"p": FRACTION}

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: a spike is transmitted or not."""
        return SynapseRealisation(
            f"{WEIGHT}p_release : 1              # probability",
            {"transmit": Pathway(_transmission(entry, unit, "weight*int(rand() < p_release)"), "total")},
            {"weight": FromPyNN("weight", "1"), "p_release": FromPyNN("p", "1")},
        )


SHORT_TERM = """
U_release : 1              # utilisation of a rested synapse
tau_rec : second           # recovery
tau_facil : second         # facilitation
"""
SHORT_TERM_PARAMETERS = {
    "weight": FromPyNN("weight", "1"),
    "U_release": FromPyNN("U", "1"),
    "tau_rec": _positive("tau_rec"),
    "tau_facil": _positive("tau_facil"),
}
#: A synapse recovers at once where a time constant is 0.
SHORT_TERM_DOMAINS: Mapping[str, Domain] = {"U": FRACTION, "tau_rec": NOT_NEGATIVE, "tau_facil": NOT_NEGATIVE}
RELEASE_STATES = {name: (f"{name}_release", "t_release") for name in "uxy"}
QUANTA_STATES = {"u": ("u_release", "t_release"), "a": ("available", "t_release")}
FASTEST = "(1e-6*ms)"  # of receptors without a time constant


class TsodyksMarkramSynapse(_Synapse, standard.TsodyksMarkramSynapse):
    __doc__ = standard.TsodyksMarkramSynapse.__doc__
    translations = identity(standard.TsodyksMarkramSynapse)
    domains = SHORT_TERM_DOMAINS

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text: what is released stays active as long as the receptors are, then recovers."""
        released = POOL.format(tau=f"{time_constant}_post" if time_constant else FASTEST)
        return SynapseRealisation(
            f"{WEIGHT}{SHORT_TERM}{POOL_STATE}",
            {"transmit": Pathway(f"{released}{_transmission(entry, unit, 'weight*released')}", "total")},
            SHORT_TERM_PARAMETERS,
            {"x_release": "1"},
            states=RELEASE_STATES,
        )


class MultiQuantalSynapse(_Synapse, standard.MultiQuantalSynapse):
    """A synapse with *n* release sites, which recover and release each by itself; the weight is that of one."""

    translations = identity(standard.MultiQuantalSynapse)
    domains = {**SHORT_TERM_DOMAINS, "n": COUNT}
    sites = FromPyNN("n", "1")

    def realise(self, entry: str, unit: str, time_constant: str) -> SynapseRealisation:
        """Return its text."""
        return SynapseRealisation(
            f"{WEIGHT}{SHORT_TERM}n_release : 1              # release sites\n{QUANTA_STATE}",
            {"transmit": Pathway(f"{QUANTA}{_transmission(entry, unit, 'weight*released')}", "total")},
            {**SHORT_TERM_PARAMETERS, "n_release": self.sites},
            {"available": "n_release"},
            namespace={"successes": successes()},
            states=QUANTA_STATES,
        )


class StochasticTsodyksMarkramSynapse(_Synapse, standard.StochasticTsodyksMarkramSynapse):
    """A synapse with one release site, which must recover before it releases again."""

    translations = identity(standard.StochasticTsodyksMarkramSynapse)
    domains = SHORT_TERM_DOMAINS
    sites = FromPyNN(lambda _: 1.0, "1")
    realise = MultiQuantalSynapse.realise


# -- plasticity -------------------------------------------------------------------------------------


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
    def rule(weights: stdp_rules.WeightRule) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.pair_rule(weights)


class PfisterSpikeTripletRule(TimingDependence, STDPTimingDependence):
    """Pairs and triplets of spikes, all with all (Pfister & Gerstner 2006, J. Neurosci. 26:9673).

    Defaults are those of that paper for the visual cortex, minimal model. Amplitudes are shares of the weights' range.
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
    def rule(weights: stdp_rules.WeightRule) -> stdp_rules.TimingRule:
        """Return its text, with a rule for the weight."""
        return stdp_rules.triplet_rule(weights)


PfisterSpikeTripletRule.translations = identity(PfisterSpikeTripletRule)


class Vogels2011Rule(TimingDependence, standard.Vogels2011Rule):
    __doc__ = standard.Vogels2011Rule.__doc__
    translations = identity(standard.Vogels2011Rule)
    brian_names: Mapping[str, str] = {"tau_stdp": "tau"}

    @staticmethod
    def rule(weights: stdp_rules.WeightRule) -> stdp_rules.TimingRule:
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
                raise PyNNError(f"STDPMechanism: {name} is not a rule of brianhw.pynn; make it with sim.{name}().")
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
        values = {"weight": 0.0 if weight is None else _parsed(weight), "delay": _parsed(delay)}
        plain = plain_numbers(owner, values, MAY_BE_NONE)
        with as_ours(owner):
            super().__init__(timing_dependence, weight_dependence, None, fraction, plain["weight"])
        if delay is not None:  # PyNN asks whether it is true, which an array is not
            self.delay = plain["delay"]
        with as_ours(owner):
            known = known_values(self.parameter_space)
        known = {name: known[name] for name in values if name in known}
        check(owner, known, ALWAYS, "connection", subject="name")

    def _build_translations(self) -> None:
        self.translations = dict(self.base_translations)  # PyNN adds to the dict of the class
        for part in self._parts:
            self.translations.update(part.translations)

    def _get_minimum_delay(self) -> float:
        return state.dt if state.min_delay == "auto" else state.min_delay

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
        sent = _transmission(entry, unit, "weight")
        pathways = {
            "leave": Pathway(dedent(rule.leave).strip(), "dendrite and back", on="post"),
            "arrive": Pathway(f"{dedent(rule.arrive).strip()}\n{sent}", "total"),
        }
        names = self.timing_dependence.brian_names
        units = {**dict.fromkeys(rule.times, "ms"), **dict.fromkeys(rule.rates, "Hz")}
        numbers = ("w_min", "w_max", *rule.parameters)
        declared = [f"{name} : 1" for name in numbers]
        declared += [f"{name} : second" for name in rule.times] + [f"{name} : Hz" for name in rule.rates]
        everything = ("weight", *numbers, *rule.times, *rule.rates)
        parameters = {name: FromPyNN(names.get(name, name), units.get(name, "1")) for name in everything}
        if "eta" in parameters:
            parameters["eta"] = FromPyNN(_towards_strong, "1")
        return SynapseRealisation(
            "\n".join([WEIGHT, rule.variables, *declared, "w_low : 1", "w_high : 1"]),
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
