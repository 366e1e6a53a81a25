"""The spike sources of PyNN."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from brianhw.pynn.text import NoText

__all__ = [
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourceInhGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
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
