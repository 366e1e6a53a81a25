"""How a PyNN synapse type is written in Brian2: variables, and statements for a spike on either side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from brianhw.errors import PyNNError
from brianhw.pynn.models.realisation import FromPyNN

__all__ = ["WEIGHT", "Pathway", "SynapseRealisation", "realise", "transmission"]


@dataclass(frozen=True)
class Pathway:
    """Statements for a spike, the part of the delay that it waits for, and whose spike it is.

    ``delay`` is ``"total"``, from soma to soma, or for spikes of the target ``"dendrite and back"``; ``"none"`` for
    events that wait elsewhere. ``extra`` steps are waited besides. *event* is another event than the spike, which the
    neurons have.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> from brianhw.pynn.models.synapse_realisation import realise
    >>> found = realise(sim.StaticSynapse(weight=0.1), entry="I_exc", unit="nA")
    >>> found.pathways
    {'transmit': Pathway(statements='I_exc_post += weight*nA', delay='total', on='pre', extra=0, event='spike')}
    """

    statements: str
    delay: str
    on: str = "pre"
    extra: int = 0
    event: str = "spike"


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

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> from brianhw.pynn.models.synapse_realisation import realise
    >>> rule = sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=0.01)
    >>> found = realise(sim.STDPMechanism(*rule, weight=0.005), entry="I_exc", unit="nA")
    >>> found.plastic, list(found.pathways), found.parameters["w_max"]
    (True, ['leave', 'arrive'], FromPyNN(value='w_max', unit='1'))
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

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> from brianhw.pynn.models.synapse_realisation import realise
    >>> found = realise(sim.TsodyksMarkramSynapse(U=0.5, tau_rec=100.0), entry="I_exc", unit="nA")
    >>> list(found.parameters), list(found.pathways)
    (['weight', 'U_release', 'tau_rec', 'tau_facil'], ['transmit'])
    """
    if not hasattr(synapse_type, "realise"):
        raise PyNNError(
            f"{type(synapse_type).__name__} is not a synapse type of brianhw.pynn. "
            f"Make it with sim.{type(synapse_type).__name__}."
        )
    found: SynapseRealisation = synapse_type.realise(entry, unit, time_constant)
    return found


def transmission(entry: str, unit: str, amount: str) -> str:
    return f"{entry}_post += {amount}*{unit}"
