"""PyNN's spike-timing-dependent plasticity: a timing rule, a dependence on the weight, and the mechanism of both."""

from __future__ import annotations

from typing import Any

from pyNN import errors
from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import STDPTimingDependence, build_translations
from pyNN.standardmodels import synapses as standard

from brianhw.errors import PyNNError
from brianhw.pynn.synapses import identity, parsed, smallest_delay

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

PAIR, TRIPLET, VOGELS = "pair", "triplet", "vogels"


# -- dependence on the weight -----------------------------------------------------------------------


class AdditiveWeightDependence(standard.AdditiveWeightDependence):
    __doc__ = standard.AdditiveWeightDependence.__doc__
    translations = identity(standard.AdditiveWeightDependence)
    possible_models = frozenset({PAIR, TRIPLET, VOGELS})


class MultiplicativeWeightDependence(standard.MultiplicativeWeightDependence):
    __doc__ = standard.MultiplicativeWeightDependence.__doc__
    translations = identity(standard.MultiplicativeWeightDependence)
    possible_models = frozenset({PAIR, TRIPLET})


class AdditivePotentiationMultiplicativeDepression(standard.AdditivePotentiationMultiplicativeDepression):
    __doc__ = standard.AdditivePotentiationMultiplicativeDepression.__doc__
    translations = identity(standard.AdditivePotentiationMultiplicativeDepression)
    possible_models = frozenset({PAIR, TRIPLET})


class GutigWeightDependence(standard.GutigWeightDependence):
    __doc__ = standard.GutigWeightDependence.__doc__
    translations = identity(standard.GutigWeightDependence)
    possible_models = frozenset({PAIR, TRIPLET})


GuetigWeightDependence = GutigWeightDependence


# -- timing -----------------------------------------------------------------------------------------


class SpikePairRule(standard.SpikePairRule):
    __doc__ = standard.SpikePairRule.__doc__
    translations = identity(standard.SpikePairRule)
    possible_models = frozenset({PAIR})


class Vogels2011Rule(standard.Vogels2011Rule):
    """Inhibitory plasticity of Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011, Science 334:1569.

    Pairs potentiate, whatever their order; every presynaptic spike depresses.

    Parameters
    ----------
    tau : float
        Time constant of the window in ms.
    eta : float
        Learning rate, in the unit of the weight: the change by a pair of no difference.
    rho : float
        Rate in Hz that the rule drives the postsynaptic cell towards.
    """

    translations = identity(standard.Vogels2011Rule)
    possible_models = frozenset({VOGELS})


class PfisterSpikeTripletRule(STDPTimingDependence):
    """Triplet rule of Pfister & Gerstner 2006, J. Neurosci. 26:9673, all-to-all; PyNN itself has none.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants in ms of potentiation and depression by pairs.
    tau_x, tau_y : float
        Time constants in ms of the memory of earlier pre- and postsynaptic spikes.
    A2_plus, A2_minus : float
        Amplitudes of pairs, as shares of ``w_max``.
    A3_plus, A3_minus : float
        Amplitudes of triplets. All defaults are those fitted to visual cortex (the paper's table 3).
    """

    default_parameters = {
        "tau_plus": 16.8,
        "tau_minus": 33.7,
        "tau_x": 101.0,
        "tau_y": 125.0,
        "A2_plus": 5e-10,
        "A2_minus": 7e-3,
        "A3_plus": 6.2e-3,
        "A3_minus": 2.3e-4,
    }
    translations = build_translations(*((name, name) for name in default_parameters))
    possible_models = frozenset({TRIPLET})


# -- both together ----------------------------------------------------------------------------------


class STDPMechanism(standard.STDPMechanism):
    """A synapse that learns from the times of spikes.

    Without a timing rule and a dependence on the weight (``STDPMechanism(None, None, weight=0.02)``) it is a static synapse.

    Parameters
    ----------
    timing_dependence : SpikePairRule, Vogels2011Rule or PfisterSpikeTripletRule
        What a pair or triplet of spikes does.
    weight_dependence : AdditiveWeightDependence, MultiplicativeWeightDependence, ...
        How that depends on the weight.
    voltage_dependence : None
        There is none in PyNN yet.
    dendritic_delay_fraction : float
        The share of the delay that a postsynaptic spike, and the response to a presynaptic one, take in the dendrite.
    weight, delay
        As for other synapses; the weight is the initial one.

    Raises
    ------
    PyNNError
        If only one of rule and dependence is given, or there is a voltage dependence.
    NoModelAvailableError
        If rule and dependence do not go together.
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
            raise PyNNError("STDPMechanism: voltage_dependence must be None, PyNN has no such rule yet.")
        if (timing_dependence is None) != (weight_dependence is None):
            given, other = ("timing", "weight") if weight_dependence is None else ("weight", "timing")
            raise PyNNError(
                f"STDPMechanism: {given}_dependence was given, {other}_dependence was not. Give both, or neither for a "
                "static synapse."
            )
        super().__init__(timing_dependence, weight_dependence, None, dendritic_delay_fraction, parsed(weight))
        if delay is not None:  # PyNN asks whether it is true, which an array is not
            self.delay = parsed(delay)
        if timing_dependence is not None:
            _ = self.possible_models  # raises

    def _get_minimum_delay(self) -> float:
        return smallest_delay()

    def _build_translations(self) -> None:
        # PyNN writes into the dictionary of the class
        self.translations = dict(self.base_translations)
        for part in self._parts:
            self.translations.update(part.translations)

    @property
    def _parts(self) -> list[Any]:
        return [part for part in (self.timing_dependence, self.weight_dependence) if part is not None]

    @property
    def possible_models(self) -> Any:
        """The rules that timing and weight dependence have in common; none for a static synapse."""
        if not self._parts:
            return frozenset()
        found = frozenset.intersection(*(frozenset(part.possible_models) for part in self._parts))
        if not found:
            names = " and ".join(type(part).__name__ for part in self._parts)
            raise errors.NoModelAvailableError(
                f"{names} do not go together. Vogels2011Rule takes AdditiveWeightDependence, the others take any."
            )
        return found

    def get_parameter_names(self) -> list[str]:
        """Return the names of all parameters, those of the parts included."""
        own = ["weight", "delay", "dendritic_delay_fraction"]
        return own + [name for part in self._parts for name in part.get_parameter_names()]

    @property
    def parameter_space(self) -> ParameterSpace:
        """All parameters, those of the parts included."""
        space = self._own_parameters()
        for part in self._parts:
            space.update(**part.parameter_space)
        return space

    @property
    def native_parameters(self) -> ParameterSpace:
        """All parameters under native names, which are PyNN's."""
        space = self.translate(self._own_parameters())
        for part in self._parts:
            space.update(**part.native_parameters)
        return space

    def _own_parameters(self) -> ParameterSpace:
        own = {
            "weight": self.weight,
            "delay": self.delay,
            "dendritic_delay_fraction": self.dendritic_delay_fraction,
        }
        return ParameterSpace(own, self.get_schema())
