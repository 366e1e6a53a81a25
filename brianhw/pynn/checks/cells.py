"""Which cells a population can be made of, and how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyNN.models import BaseCellType
from pyNN.standardmodels import cells as standard

from brianhw.pynn.checks.domains import whole
from brianhw.pynn.checks.refusals import DimensionsRefused, KindRefused, ValueRefused

__all__ = ["checked_celltype", "checked_size"]


def checked_celltype(owner: str, cellclass: Any, cellparams: Any) -> Any:
    """Return a cell type object, made of a class and its parameters or given as such."""
    if not isinstance(cellparams, Mapping | None):
        raise KindRefused(f"{owner}: the parameters of the cells must be a dict, not {cellparams!r}.")
    is_class = isinstance(cellclass, type) and issubclass(cellclass, BaseCellType)
    if not is_class and not isinstance(cellclass, BaseCellType):
        raise KindRefused(f"{owner}: {cellclass!r} is no cell type; give one such as sim.IF_curr_exp().")
    if not is_class and cellparams:
        raise KindRefused(f"{owner}: parameters were given in {type(cellclass).__name__}(...) and beside it. Use one.")
    found = cellclass(**dict(cellparams or {})) if is_class else cellclass
    kind = type(found)
    if not (hasattr(kind, "realisation") or hasattr(kind, "source_group") or isinstance(found, SOURCES)):
        name = type(found).__name__
        raise KindRefused(
            f"{owner}: {name} is a cell type of another back end; use that of brianhw.pynn, if it has one."
        )
    return found


SOURCES = (
    standard.SpikeSourceArray,
    standard.SpikeSourcePoisson,
    standard.SpikeSourcePoissonRefractory,
    standard.SpikeSourceGamma,
    standard.SpikeSourceInhGamma,
)


def checked_size(owner: str, size: Any) -> int | tuple[int, ...]:
    """Return a number of cells, or the sizes of a grid, as whole numbers."""
    if isinstance(size, tuple | list):
        if not 1 <= len(size) <= 3:
            raise DimensionsRefused(f"{owner}: a grid has one to three dimensions, {size!r} has {len(size)}.")
        return tuple(whole(f"{owner}: each size of a grid", each, 1) for each in size)
    count = whole(f"{owner}: its size", size, least=-(2**62))
    if count < 1:
        raise ValueRefused(f"{owner}: {count} cells were asked for; it needs one or more.")
    return count
