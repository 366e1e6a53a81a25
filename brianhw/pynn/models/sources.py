"""The spike sources of PyNN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyNN.standardmodels import cells as standard

from brianhw.pynn.checks.domains import ENDLESS, NOT_NEGATIVE, Domain
from brianhw.pynn.checks.text import NoText
from brianhw.pynn.models.realisation import identity
from brianhw.pynn.models.renewal import process_of

__all__ = [
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
    "check_source",
]


#: When a source begins and how long it lasts; a duration may have no end.
WHEN: Mapping[str, Domain] = {"duration": ENDLESS}


class SpikeSourceArray(NoText, standard.SpikeSourceArray):
    __doc__ = standard.SpikeSourceArray.__doc__
    translations = identity(standard.SpikeSourceArray)
    domains = {"spike_times": ENDLESS}  # a time that is never reached does not matter
    takes_places = True


class SpikeSourcePoisson(NoText, standard.SpikeSourcePoisson):
    __doc__ = standard.SpikeSourcePoisson.__doc__
    translations = identity(standard.SpikeSourcePoisson)
    domains = {**WHEN, "rate": NOT_NEGATIVE}


class SpikeSourcePoissonRefractory(NoText, standard.SpikeSourcePoissonRefractory):
    __doc__ = standard.SpikeSourcePoissonRefractory.__doc__
    translations = identity(standard.SpikeSourcePoissonRefractory)
    domains = {**WHEN, "rate": NOT_NEGATIVE, "tau_refrac": NOT_NEGATIVE}


class SpikeSourceGamma(NoText, standard.SpikeSourceGamma):
    __doc__ = standard.SpikeSourceGamma.__doc__
    translations = identity(standard.SpikeSourceGamma)
    domains = {**WHEN, "alpha": NOT_NEGATIVE, "beta": NOT_NEGATIVE}  # zero is for the process to refuse


class SpikeSourceInhGamma(NoText, standard.SpikeSourceInhGamma):
    __doc__ = standard.SpikeSourceInhGamma.__doc__
    translations = identity(standard.SpikeSourceInhGamma)
    domains = WHEN  # the process checks its histograms


def check_source(celltype: Any, values: Mapping[str, Any], size: int, dt: float) -> None:
    """Raise where a random source cannot have *values*; other cell types pass.

    Raises
    ------
    PyNNError
        Naming the parameter and, where it is one cell's, the cell.
    """
    process = process_of(celltype)
    if process is not None:
        process(values, size, dt)
