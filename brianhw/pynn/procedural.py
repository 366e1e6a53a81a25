"""PyNN's functions for single cells and groups: ``create``, ``connect``, ``set``, ``record``."""

from __future__ import annotations

from typing import Any

from pyNN import common

from brianhw.pynn import simulator
from brianhw.pynn.checks.refusals import KindRefused
from brianhw.pynn.models.synapses import StaticSynapse
from brianhw.pynn.populations import Population
from brianhw.pynn.projections import Projection
from brianhw.pynn.simulator import ID
from brianhw.pynn.wiring.connectors import FixedProbabilityConnector

__all__ = ["connect", "create", "initialize", "record", "record_gsyn", "record_v", "set"]

connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
_create = common.build_create(Population)
_record = common.build_record(simulator)


def create(cellclass: Any, cellparams: Any = None, n: int = 1) -> Any:
    """Create *n* cells of a type and return the population."""
    return _create(cellclass, cellparams, n)


def record(variables: Any, source: Any, filename: Any, sampling_interval: Any = None, annotations: Any = None) -> None:
    """Record *variables* of cells to a file, written by ``end()``; arguments as in PyNN."""
    checked_cells("record()", source)
    _record(variables, source, filename, sampling_interval=sampling_interval, annotations=annotations)


def set(cells: Any, **parameters: Any) -> None:
    """Set parameters of a cell, or of a population, view or assembly."""
    checked_cells("set()", cells)
    if isinstance(cells, ID):
        cells.set_parameters(**parameters)
    else:
        cells.set(**parameters)


def initialize(cells: Any, **initial_values: Any) -> None:
    """Set initial values of state variables of a population, view or assembly."""
    checked_cells("initialize()", cells)
    (cells.as_view() if isinstance(cells, ID) else cells).initialize(**initial_values)


def checked_cells(owner: str, cells: Any) -> None:
    """Raise unless *cells* are some.

    Raises
    ------
    KindRefused
        Naming the function.
    """
    if not isinstance(cells, ID | common.BasePopulation | common.Assembly):
        raise KindRefused(f"{owner} takes a cell, a population, a view or an assembly, not {cells!r}.")


def record_v(source: Any, filename: Any) -> None:
    """Record membrane potentials to a file, written by ``end()``."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: Any) -> None:
    """Record synaptic conductances to a file, written by ``end()``."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
