"""PyNN's functions for single cells and groups: ``create``, ``connect``, ``set``, ``record``."""

from __future__ import annotations

from typing import Any

from pyNN import common

from brianhw.pynn import simulator
from brianhw.pynn.connectors import FixedProbabilityConnector
from brianhw.pynn.populations import Population
from brianhw.pynn.projections import Projection
from brianhw.pynn.synapses import StaticSynapse

__all__ = ["connect", "create", "record", "record_gsyn", "record_v", "set"]

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
record = common.build_record(simulator)
set = common.set


def record_v(source: Any, filename: Any) -> None:
    """Record membrane potentials to a file, written by ``end()``."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: Any) -> None:
    """Record synaptic conductances to a file, written by ``end()``."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
