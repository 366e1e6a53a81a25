"""A PyNN network as the planning's requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy  # scipy.stats is imported by its first use
from pyNN import connectors as pynn
from pyNN.random import RandomDistribution
from pyNN.standardmodels import cells as standard

from brianhw.allocation import spinnaker as allocation
from brianhw.allocation.spinnaker import Amount, PopulationRequest, ProjectionRequest
from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.errors import SpinnakerError
from brianhw.pynn.building.parts import Part
from brianhw.spinnaker.live.injector import SpikeInjector
from brianhw.spinnaker.plasticity import plasticity_of
from brianhw.spinnaker.structural import structure_of
from brianhw.spinnaker.variable_rates import SpikeSourcePoissonVariable

__all__ = [
    "CELLS",
    "cell_name",
    "delays_of",
    "is_made_on_chip",
    "planned_parts",
    "population_request",
    "projection_request",
    "whole_populations",
]

SOURCES = (standard.SpikeSourceArray, standard.SpikeSourcePoisson, SpikeInjector, SpikeSourcePoissonVariable)

#: Connectors whose rows the chip makes itself, with numbers and distributions.
MADE_ON_CHIP = (
    pynn.OneToOneConnector,
    pynn.AllToAllConnector,
    pynn.FixedProbabilityConnector,
    pynn.FixedNumberPreConnector,
    pynn.FixedNumberPostConnector,
    pynn.FixedTotalNumberConnector,
)


def whole_populations(cells: Any) -> list[Any]:
    """Return the populations that a population, view or assembly has cells of; of anything else none."""
    found = (getattr(each, "_population", None) for each in getattr(cells, "populations", [cells]))
    return list(dict.fromkeys(each for each in found if each is not None))


CELLS = tuple(SPINNAKER1.neurons_per_core)


def cell_name(celltype: Any, label: str | None = None) -> str:
    """Return the chip's name of a cell type, a class or an object of one.

    Raises
    ------
    SpinnakerError
        If SpiNNaker does not have it.
    """
    kind = celltype if isinstance(celltype, type) else type(celltype)
    if hasattr(kind, "chip"):
        return str(kind.chip.name)
    if issubclass(kind, SOURCES):
        return next(each.__name__ for each in SOURCES if issubclass(kind, each))
    raise SpinnakerError(
        f"{label or 'Population'}: SpiNNaker's software has no {kind.__name__}. Use "
        f"{', '.join(CELLS[:-1])} or {CELLS[-1]}."
    )


def population_request(
    population: Any, per_core: Mapping[str, int], synapse_cores: Mapping[str, int], otherwise: int | None
) -> PopulationRequest:
    """Return a population as a request.

    Parameters
    ----------
    per_core, synapse_cores : mapping of str to int
        What the script set for kinds of cells; a population's own options come first.
    otherwise : int or None
        Synapse cores where nothing else says it.
    """
    cell = cell_name(population.celltype, population.label)
    own = getattr(population, "per_core", None)
    options = {"synapse_cores": synapse_cores.get(cell, otherwise), **getattr(population, "options", {})}
    rate = None
    if cell == "SpikeSourcePoisson":
        rate = float(np.mean(population._values["rate"]))
    if cell == "SpikeSourcePoissonVariable":
        rate = population.celltype.highest_rate
    per_core_here = own if own is not None else per_core.get(cell)
    return PopulationRequest(population.label, population.size, cell, per_core_here, rate=rate, **options)


def projection_request(projection: Any, part: Part, weights: Amount | None = None) -> ProjectionRequest:
    """Return the connections of a *part* of a projection as a request; *weights* where they are known from before."""
    rule, structure = plasticity_of(projection.synapse_type), structure_of(projection)
    is_whole = projection.pre is part.pre and projection.post is part.post  # all of it, between whole populations
    as_said = structure is None and not {"weight", "delay"} & (projection.were_set | projection.have_changed)
    typed = is_whole and as_said
    return ProjectionRequest(
        part.pre.label,
        part.post.label,
        _connections(projection._connector, part) if is_whole else allocation.Listed(part.i, part.j),
        weights or _structural(projection, "initial_weight", _amount(projection, "weight", part, typed)),
        delays_of(projection, part) if structure else _amount(projection, "delay", part, typed),
        projection.receptor_type,
        rule.timing if rule else "",
        rule.weights if rule else "",
        abs(rule.numbers["w_max"]) if rule else 0.0,
        projection.label,
        structure.s_max if structure else 0,
    )


def planned_parts(projection: Any) -> list[Part]:
    """Return the pairs of populations that a projection joins; where synapses may form, also one without any yet."""
    found = list(projection.parts())
    if found or structure_of(projection) is None:
        return found
    none = np.empty(0, dtype=np.int32)
    return [Part(projection.pre, projection.post, slice(None), none, none)]


def delays_of(projection: Any, part: Part) -> Any:
    """Return all delays in ms of a part, those of synapses that may form included."""
    return _structural(projection, "initial_delay", part.of(projection.asked("delay")))


def _structural(projection: Any, name: str, values: Any) -> Any:
    """Return *values* of the synapses that there are together with those of synapses that may form."""
    structure = structure_of(projection)
    if structure is None:
        return values
    return np.concatenate([np.abs(np.ravel(values)), np.abs(np.ravel(getattr(structure, name)))])


def _connections(connector: Any, part: Part) -> Any:
    """Return what the vendor's tool expects of a connector; of one that it makes on the host it counts the list."""
    kind = next((each for each in MADE_ON_CHIP if isinstance(connector, each)), None)
    number = getattr(connector, "n", None)
    if kind is pynn.OneToOneConnector:
        return allocation.OneToOne()
    if kind is pynn.AllToAllConnector:
        return allocation.AllToAll()
    if kind is pynn.FixedProbabilityConnector and np.isscalar(connector.p_connect):
        return allocation.FixedProbability(float(np.asarray(connector.p_connect)))
    if isinstance(number, int) and kind is not None:
        return getattr(allocation, kind.__name__.removesuffix("Connector"))(number)
    return allocation.Listed(part.i, part.j)


def _amount(projection: Any, name: str, part: Part, typed: bool) -> Any:
    asked = projection.synapse_type.parameter_space[name].base_value if typed else None
    if isinstance(asked, RandomDistribution):
        known: Callable[..., Any] | None = DISTRIBUTIONS.get(asked.name)
        if known is not None:
            return known(**asked.parameters)
    return part.of(projection.asked(name))


def is_made_on_chip(projection: Any) -> bool:
    """Say whether the chip makes a projection's rows itself, which rounds its weights twice."""
    if structure_of(projection) is not None:
        return False
    if not isinstance(projection._connector, MADE_ON_CHIP) or "weight" in projection.were_set | projection.have_changed:
        return False
    asked = (projection.synapse_type.parameter_space[name].base_value for name in ("weight", "delay"))
    return all(np.isscalar(value) or isinstance(value, RandomDistribution) for value in asked)


def _clipped(mu: float, sigma: float, low: float, high: float) -> Any:
    return scipy.stats.truncnorm((low - mu) / sigma, (high - mu) / sigma, mu, sigma)


DISTRIBUTIONS: dict[str, Callable[..., Any]] = {
    "uniform": lambda low, high: scipy.stats.uniform(low, high - low),
    "uniform_int": lambda low, high: scipy.stats.randint(low, high + 1),
    "normal": lambda mu, sigma: scipy.stats.norm(mu, sigma),
    "normal_clipped": _clipped,
    "normal_clipped_to_boundary": _clipped,
    "exponential": lambda beta: scipy.stats.expon(scale=beta),
    "gamma": lambda k, theta: scipy.stats.gamma(k, scale=theta),
    "lognormal": lambda mu, sigma: scipy.stats.lognorm(sigma, scale=np.exp(mu)),
    "binomial": lambda n, p: scipy.stats.binom(n, p),
    "poisson": lambda lambda_: scipy.stats.poisson(lambda_),
    "vonmises": lambda mu, kappa: scipy.stats.vonmises(kappa, mu),
}
