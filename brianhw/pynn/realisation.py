"""How a PyNN cell type is written in Brian2: a model of the library, whose parameters follow from PyNN's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from brianhw.model import NeuronModel
from brianhw.pynn.simulator import state
from brianhw.pynn.text import NoText

__all__ = ["FromPyNN", "Realisation", "Realised", "facts_of", "realisation_of"]


class FromPyNN(NamedTuple):
    """A Brian2 value as it follows from PyNN's parameters.

    ``value`` is the name of one, or a function of all of them, as numbers or arrays in PyNN's units; ``unit`` is the
    name of the Brian2 unit to multiply by.
    """

    value: str | Callable[[Mapping[str, Any]], Any]
    unit: str


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
    """

    model: NeuronModel
    parameters: Mapping[str, FromPyNN]
    states: Mapping[str, tuple[str, str]]
    receptors: Mapping[str, tuple[str, str]]
    current_port: str = "I_syn"
    time_constants: Mapping[str, str] = field(default_factory=dict)
    initial: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    spike_lag: int = 1


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


def realisation_of(population: Any) -> Realisation:
    """Return how the cells of a population, standard or native, are written in Brian2 for the present hardware."""
    if state.hardware is not None:
        return state.hardware.cells(population)
    found: Realisation = population.celltype.realisation
    return found
