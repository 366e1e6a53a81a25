"""What cell types are that only send spikes, beside PyNN's own."""

from __future__ import annotations

from typing import Any

from pyNN.standardmodels import StandardCellType

__all__ = ["SourceType"]


class SourceType(StandardCellType):
    """Neurons without parameters and receptors, whose spikes come from a ``source_group`` of their own."""

    default_parameters: dict[str, Any] = {}
    default_initial_values: dict[str, Any] = {}
    translations: dict[str, Any] = {}
    units: dict[str, str] = {}
    recordable = ["spikes"]
    receptor_types = ()
    injectable = False
    conductance_based = False
