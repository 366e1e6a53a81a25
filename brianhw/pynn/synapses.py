"""PyNN's synapse types without long-term plasticity; parameters as in PyNN, native ones included."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations
from pyNN.standardmodels import synapses as standard

from brianhw.pynn.expressions import parse_distance
from brianhw.pynn.simulator import state

__all__ = [
    "ElectricalSynapse",
    "MultiQuantalSynapse",
    "SimpleStochasticSynapse",
    "StaticSynapse",
    "StochasticTsodyksMarkramSynapse",
    "TsodyksMarkramSynapse",
]


def identity(model: type) -> dict[str, Any]:
    """Return translations for a model whose native parameters are PyNN's."""
    return build_translations(*((name, name) for name in model.default_parameters))  # type: ignore[attr-defined]


def parsed(value: Any) -> Any:
    """Return *value*; text becomes the function of the distance that it writes (PyNN would evaluate it as Python)."""
    return parse_distance(value) if isinstance(value, str) else value


def smallest_delay() -> float:
    """Return the delay in ms of synapses that are given none."""
    return float(state.dt if state.min_delay == "auto" else state.min_delay)


class _OurSynapse:
    """What our synapse types do otherwise than PyNN's."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**{name: parsed(value) for name, value in parameters.items()})

    def _get_minimum_delay(self) -> float:
        return smallest_delay()


class StaticSynapse(_OurSynapse, standard.StaticSynapse):
    __doc__ = standard.StaticSynapse.__doc__
    translations = identity(standard.StaticSynapse)


class ElectricalSynapse(_OurSynapse, standard.ElectricalSynapse):
    __doc__ = standard.ElectricalSynapse.__doc__
    translations = identity(standard.ElectricalSynapse)


class TsodyksMarkramSynapse(_OurSynapse, standard.TsodyksMarkramSynapse):
    __doc__ = standard.TsodyksMarkramSynapse.__doc__
    translations = identity(standard.TsodyksMarkramSynapse)


class SimpleStochasticSynapse(_OurSynapse, standard.SimpleStochasticSynapse):
    __doc__ = standard.SimpleStochasticSynapse.__doc__
    translations = identity(standard.SimpleStochasticSynapse)


class StochasticTsodyksMarkramSynapse(_OurSynapse, standard.StochasticTsodyksMarkramSynapse):
    __doc__ = standard.StochasticTsodyksMarkramSynapse.__doc__
    translations = identity(standard.StochasticTsodyksMarkramSynapse)


class MultiQuantalSynapse(_OurSynapse, standard.MultiQuantalSynapse):
    """Synapse with ``n`` release sites, each with facilitation and a random time to recover from a release.

    A spike transmits the weight once for every site that releases (as in NEST; NEURON's divides the weight by ``n``).
    """

    translations = identity(standard.MultiQuantalSynapse)
