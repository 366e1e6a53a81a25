"""How a PyNN synapse type is written in Brian2: equations of the library, and what happens when spikes arrive.

The total delay of a connection is axonal up to the synapse and dendritic from there to the cell body. A plastic synapse sees
presynaptic spikes after the axonal delay, postsynaptic ones after the dendritic. Where there is a dendritic delay, what a
spike transmits is the weight that it found at the synapse, kept until it arrives. (Of two spikes within the dendritic delay
both transmit what the second found.)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
from pyNN.standardmodels import synapses as standard

from brianhw.equations import weight_dependence as dependences
from brianhw.equations.gap_junction import gap_junction
from brianhw.equations.inhibitory_stdp import vogels_rule
from brianhw.equations.plasticity import PlasticityRule
from brianhw.equations.receptors import static_synapse
from brianhw.equations.short_term_plasticity import tsodyks_markram, tsodyks_uziel_markram
from brianhw.equations.stdp import pair_rule
from brianhw.equations.stochastic_release import (
    multi_quantal_synapse,
    stochastic_synapse,
    stochastic_tsodyks_markram,
)
from brianhw.equations.triplet_stdp import triplet_rule
from brianhw.errors import PyNNError
from brianhw.model import SynapseModel
from brianhw.pynn.plasticity import PfisterSpikeTripletRule
from brianhw.pynn.realisation import FromPyNN

__all__ = ["Pathway", "SynapseRealisation", "realise"]

# PyNN's tau_facil = 0 means that nothing is left of the last facilitation: exp(-dt/NO_TIME) is zero
NO_TIME = 1e-6  # ms


@dataclass(frozen=True)
class Pathway:
    """What happens when a spike has come a part of its way.

    Parameters
    ----------
    statements : str
        Brian2 code.
    delay : str
        The part of the delay that it has waited: "axonal", "dendritic" or "total".
    on : str
        Whose spikes: "pre" or "post".
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
        Of one synapse; ``weight`` is a number that counts in PyNN's unit.
    pathways : mapping of str to Pathway
        In the order in which they run if they meet in a time step.
    parameters : mapping of str to FromPyNN
        Variable of the synapse -> how it follows from PyNN's parameters.
    initial : mapping of str to str
        State variable -> Brian2 expression; zero for all others.
    shared : tuple of str
        Parameters that may be declared once for all synapses.
    method : str
        Integration method.
    namespace : mapping of str to object
        Functions that the text uses.
    """

    equations: str
    pathways: Mapping[str, Pathway]
    parameters: Mapping[str, FromPyNN]
    initial: Mapping[str, str]
    shared: tuple[str, ...]
    method: str = ""
    namespace: Mapping[str, Any] = field(default_factory=dict)


@singledispatch
def realise(
    synapse_type: Any, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    """Return how a synapse type is written in Brian2.

    Parameters
    ----------
    synapse_type : StandardSynapseType
        Of PyNN, or a subclass.
    entry : str
        Variable of the target neuron that takes the spikes, such as "g_exc" or "v". For an electrical synapse the current
        into the postsynaptic neuron; presynaptic neurons need a like one, with "_back" at the end of its name.
    unit : str
        The unit that PyNN counts weights in: "nA", "uS" or "mV".
    target : container of str
        The variables of the target neuron. If not given, the receptor of "g_exc" or "I_exc_drive" is taken to have the time
        constant ``tau_exc``.

    Raises
    ------
    PyNNError
        If the synapse type is none of PyNN's.
    """
    raise PyNNError(f"{type(synapse_type).__name__} is no synapse type of PyNN's, brianhw has no equations for it.")


def transmitting(model: SynapseModel, parameters: Mapping[str, FromPyNN]) -> SynapseRealisation:
    """Return a synapse that does all it does when a spike arrives at the target."""
    parameters = {"weight": FromPyNN("weight", "1"), **parameters}
    return SynapseRealisation(
        model.equations,
        {"transmit": Pathway(model.on_pre, "total")},
        parameters,
        model.initial,
        tuple(parameters),
        namespace=model.namespace,
    )


def _named(unit: str, **names: str) -> dict[str, FromPyNN]:
    """Return parameters that are PyNN's under another name."""
    return {ours: FromPyNN(theirs, unit) for ours, theirs in names.items()}


# -- static, stochastic, short-term -----------------------------------------------------------------


@realise.register
def _static(
    synapse_type: standard.StaticSynapse, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    return transmitting(static_synapse(entry, counted_in=unit), {})


SHORT_TERM = {
    **_named("1", U_SE="U"),
    **_named("ms", tau_rec="tau_rec"),
    "tau_facil": FromPyNN(lambda p: np.maximum(p["tau_facil"], NO_TIME), "ms"),
}


@realise.register
def _tsodyks_markram(
    synapse_type: standard.TsodyksMarkramSynapse, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    decay = _time_constant(entry, target)
    if decay is None:  # the membrane jumps: nothing stays active
        return transmitting(tsodyks_markram(entry, counted_in=unit), SHORT_TERM)
    return transmitting(tsodyks_uziel_markram(entry, decay, counted_in=unit), SHORT_TERM)


def _time_constant(entry: str, target: Container[str] | None) -> str | None:
    """Return the variable with which the receptor at *entry* decays, if it has one."""
    _, found, receptor = entry.removesuffix("_drive").partition("_")
    if not found:
        return None
    names = (f"tau_{receptor}", f"tau_decay_{receptor}")
    return names[0] if target is None else next((name for name in names if name in target), None)


@realise.register
def _stochastic(
    synapse_type: standard.SimpleStochasticSynapse, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    return transmitting(stochastic_synapse(entry, counted_in=unit), _named("1", p_release="p"))


@realise.register
def _stochastic_tsodyks_markram(
    synapse_type: standard.StochasticTsodyksMarkramSynapse,
    entry: str,
    unit: str,
    target: Container[str] | None = None,
) -> SynapseRealisation:
    return transmitting(stochastic_tsodyks_markram(entry, counted_in=unit), SHORT_TERM)


@realise.register
def _multi_quantal(
    synapse_type: standard.MultiQuantalSynapse, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    return transmitting(multi_quantal_synapse(entry, counted_in=unit), {**SHORT_TERM, **_named("1", sites="n")})


@realise.register
def _electrical(
    synapse_type: standard.ElectricalSynapse, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    model = gap_junction(entry, f"{entry}_back", counted_in="uS")
    return SynapseRealisation(model.equations, {}, {"weight": FromPyNN("weight", "1")}, {}, ("weight",))


# -- spike-timing-dependent plasticity --------------------------------------------------------------

DEPENDENCES = {
    standard.AdditiveWeightDependence: dependences.ADDITIVE,
    standard.MultiplicativeWeightDependence: dependences.MULTIPLICATIVE,
    standard.AdditivePotentiationMultiplicativeDepression: dependences.ADDITIVE_POTENTIATION_MULTIPLICATIVE_DEPRESSION,
    standard.GutigWeightDependence: dependences.GUETIG,
}


@realise.register
def _plastic(
    synapse_type: standard.STDPMechanism, entry: str, unit: str, target: Container[str] | None = None
) -> SynapseRealisation:
    if synapse_type.timing_dependence is None:
        return transmitting(static_synapse(entry, counted_in=unit), {})
    rule, parameters = _rule(synapse_type)
    return SynapseRealisation(
        rule.equations + ("\nweight_sent : 1" if synapse_type.dendritic_delay_fraction else ""),
        _pathways(rule, entry, unit, synapse_type.dendritic_delay_fraction),
        {"weight": FromPyNN("weight", "1"), **parameters},
        rule.initial,
        tuple(parameters),
    )


def _pathways(rule: PlasticityRule, entry: str, unit: str, dendritic: float) -> dict[str, Pathway]:
    """Return what happens at the synapse and at the cell, postsynaptic spikes first as NEST has it."""
    learn_post = {"learn_post": Pathway(rule.on_post, "dendritic", on="post")}
    if not dendritic:
        return {**learn_post, "transmit": Pathway(f"{rule.on_pre}\n{entry}_post += weight*{unit}", "total")}
    return {
        **learn_post,
        "learn_pre": Pathway(f"{rule.on_pre}\nweight_sent = weight", "axonal"),
        "transmit": Pathway(f"{entry}_post += weight_sent*{unit}", "total"),
    }


def _rule(synapse_type: standard.STDPMechanism) -> tuple[PlasticityRule, dict[str, FromPyNN]]:
    timing, by_weight = synapse_type.timing_dependence, synapse_type.weight_dependence
    downwards = _downwards(by_weight)
    parameters = {name: FromPyNN(name, "1") for name in by_weight.default_parameters}
    if isinstance(timing, standard.Vogels2011Rule):
        return vogels_rule(downwards), {**parameters, **VOGELS}
    make: Callable[..., PlasticityRule] = triplet_rule if isinstance(timing, PfisterSpikeTripletRule) else pair_rule
    for name in timing.default_parameters:
        parameters[name] = FromPyNN(name, "ms" if name.startswith("tau") else "1")
    return make(_dependence(by_weight), downwards), parameters


def _dependence(by_weight: Any) -> dependences.WeightDependence:
    for kind, found in DEPENDENCES.items():
        if isinstance(by_weight, kind):
            return found
    raise PyNNError(
        f"{type(by_weight).__name__} is no weight dependence of PyNN's. There are "
        f"{', '.join(kind.__name__ for kind in DEPENDENCES)}."
    )


def _downwards(by_weight: Any) -> bool:
    """Say whether weights are negative, so that w_max is the lowest."""
    low, high = (by_weight.parameter_space[name].base_value for name in ("w_min", "w_max"))
    return bool(np.all(np.less(high, low))) if _are_numbers(low) and _are_numbers(high) else False


def _are_numbers(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "iuf"


VOGELS = {
    "tau_coincidence": FromPyNN("tau", "ms"),
    "learning_rate": FromPyNN(lambda p: p["eta"] * np.where(np.less(p["w_max"], p["w_min"]), -1, 1), "1"),
    "depression": FromPyNN(lambda p: 2 * np.asarray(p["rho"]) * np.asarray(p["tau"]) * 1e-3, "1"),  # rho in Hz
}
