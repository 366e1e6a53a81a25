"""How a PyNN cell type is written in Brian2: a model of the library, whose parameters follow from PyNN's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pyNN.standardmodels import build_translations

from brianhw.model import NeuronModel
from brianhw.pynn.checks.domains import FRACTION, NOT_NEGATIVE, POSITIVE, REACHABLE, Domain, Order
from brianhw.pynn.checks.text import NoText

__all__ = [
    "FromPyNN",
    "Realisation",
    "Realised",
    "domains_from",
    "facts_of",
    "identity",
    "made_of",
    "state_domains",
]


class FromPyNN(NamedTuple):
    """A Brian2 value as it follows from PyNN's parameters.

    ``value`` is the name of one, or a function of all of them, as numbers or arrays in PyNN's units; ``unit`` is the
    name of the Brian2 unit to multiply by.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> from brianhw.pynn.models.realisation import FromPyNN
    >>> sim.IF_cond_exp.realisation.parameters["V_th"]
    FromPyNN(value='v_thresh', unit='mV')
    >>> FromPyNN(lambda values: values["cm"] / values["tau_m"], "uS").value({"cm": 1.0, "tau_m": 20.0})
    0.05
    """

    value: str | Callable[[Mapping[str, Any]], Any]
    unit: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The parameters of PyNN's that have the domain of the value."""
        return (self.value,) if isinstance(self.value, str) else getattr(self.value, "made_of", ())


def made_of(*names: str) -> Callable[[Any], Any]:
    """Mark a function of PyNN's parameters, which must be what its value must be, as both parts of a quotient."""

    def marked(function: Any) -> Any:
        function.made_of = names
        return function

    return marked


def identity(model: Any) -> dict[str, Any]:
    """Return translations for a model whose native parameters are PyNN's."""
    return build_translations(*((name, name) for name in model.default_parameters))


def domains_from(model: Any, parameters: Mapping[str, FromPyNN]) -> dict[str, Domain]:
    """Return the domains of PyNN's parameters, as they follow from what a model or block says of its own."""
    found: dict[str, Domain] = {}
    for names, domain in (
        (model.not_negative, NOT_NEGATIVE),
        (model.positive, POSITIVE),
        (model.unbounded, REACHABLE),
    ):
        found |= {source: domain for name in names if name in parameters for source in parameters[name].sources}
    return found


@dataclass(frozen=True)
class Realisation:
    """A cell type in Brian2.

    Parameters
    ----------
    model : NeuronModel
        In SI units.
    parameters : mapping of str to FromPyNN
        For each parameter of the model.
    states : mapping of str to (str, str)
        PyNN's name of a state or recordable -> the model's variable, and the unit in which PyNN counts it.
    receptors : mapping of str to (str, str)
        Receptor type -> the variable that takes spikes, and the unit in which PyNN counts weights.
    current_port : str
        The port that takes injected currents.
    time_constants : mapping of str to str
        Receptor type -> the parameter with its time constant, where it has one.
    initial : mapping of str to (str, callable)
        PyNN's name of a state -> the variable that holds it and what makes its value of PyNN's number, where both are
        others than in ``states``.
    spike_lag : int
        Steps from the start of the step in which a spike is noted to its time.
    orders : tuple of Order
        Which of PyNN's parameters must lie below which.
    model_at : callable, optional
        Makes the model for a time step in ms, where it depends on that.
    events : mapping of str to str
        Events beside the spike that synapses can hear of, and their conditions.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> realisation = sim.IF_cond_exp.realisation
    >>> realisation.receptors["excitatory"], realisation.states["v"]
    (('g_exc', 'uS'), ('v', 'mV'))
    >>> realisation.parameters["V_th"]
    FromPyNN(value='v_thresh', unit='mV')
    """

    model: NeuronModel
    parameters: Mapping[str, FromPyNN]
    states: Mapping[str, tuple[str, str]]
    receptors: Mapping[str, tuple[str, str]]
    current_port: str = "I_syn"
    time_constants: Mapping[str, str] = field(default_factory=dict)
    initial: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    spike_lag: int = 1
    orders: tuple[Order, ...] = ()
    model_at: Callable[[float], NeuronModel] | None = None
    events: Mapping[str, str] = field(default_factory=dict)

    def at(self, timestep_ms: float) -> Realisation:
        """Return the cell type for a time step."""
        return self if self.model_at is None else replace(self, model=self.model_at(timestep_ms))

    @property
    def domains(self) -> dict[str, Domain]:
        """What values PyNN's parameters can have."""
        return domains_from(self.model, self.parameters)


def facts_of(receptors: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return what PyNN asks of a cell class and its *receptors* know: which they are, whether all are conductances."""
    units = {unit for _, unit in receptors.values()}
    return {"receptor_types": tuple(receptors), "conductance_based": units == {"uS"}}


class Realised(NoText):
    """A standard cell type that is written in Brian2, mixed in before PyNN's class.

    What PyNN's base class presumes of all cells (conductances, two receptors) follows here from the realisation. One
    that depends on parameters is a property; such a class names its ``receptors`` beside it.
    """

    receptors: Mapping[str, tuple[str, str]]
    realisation: Any

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        own = cls.__dict__.get("realisation")
        if isinstance(own, Realisation):
            cls.receptors = own.receptors
        if own is not None:
            for name, fact in facts_of(cls.receptors).items():
                setattr(cls, name, fact)


def state_domains(celltype: Any) -> dict[str, Domain]:
    """Return what initial values a cell type can have: conductances are not negative, gates lie between 0 and 1."""
    realisation = getattr(celltype, "realisation", None)
    states = realisation.states if realisation is not None else {}
    conductances = {name: NOT_NEGATIVE for name, (_, unit) in states.items() if unit in ("uS", "nS")}
    return conductances | dict.fromkeys(getattr(celltype, "gates", ()), FRACTION)
