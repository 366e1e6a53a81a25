"""xarray, which waits until a result is made or read: with pandas it takes as long to import as SymPy.

Whenever it is executed, for whomever, results get what :class:`~brianhw.explore.SweepAccessor` adds to them.
"""

from __future__ import annotations

from importlib import import_module

from brianhw.late import Late, late

__all__ = ["xr"]


def _add_accessor() -> None:
    import_module("brianhw.explore.result").add_accessor()


with late({"xarray": Late(then=_add_accessor)}):
    import xarray as xr
