"""The spike sources of PyNN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from brianhw.pynn.renewal import process_of
from brianhw.pynn.text import NoText

__all__ = [
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
    "check_source",
]


def _identity(celltype: Any) -> dict[str, Any]:
    return build_translations(*((name, name) for name in celltype.default_parameters))


class SpikeSourceArray(NoText, standard.SpikeSourceArray):
    __doc__ = standard.SpikeSourceArray.__doc__
    translations = _identity(standard.SpikeSourceArray)

    def __init__(self, spike_times: Any = ()) -> None:
        super().__init__(spike_times=spike_times)


class SpikeSourcePoisson(NoText, standard.SpikeSourcePoisson):
    __doc__ = standard.SpikeSourcePoisson.__doc__
    translations = _identity(standard.SpikeSourcePoisson)


class SpikeSourcePoissonRefractory(NoText, standard.SpikeSourcePoissonRefractory):
    __doc__ = standard.SpikeSourcePoissonRefractory.__doc__
    translations = _identity(standard.SpikeSourcePoissonRefractory)


class SpikeSourceGamma(NoText, standard.SpikeSourceGamma):
    __doc__ = standard.SpikeSourceGamma.__doc__
    translations = _identity(standard.SpikeSourceGamma)


class SpikeSourceInhGamma(NoText, standard.SpikeSourceInhGamma):
    __doc__ = standard.SpikeSourceInhGamma.__doc__
    translations = _identity(standard.SpikeSourceInhGamma)


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
