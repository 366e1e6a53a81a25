"""Arrays of cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.pynn.simulator import ID

__all__ = ["CellArray"]


class CellArray(np.ndarray):
    """An array of cell ids whose items are :class:`~brianhw.pynn.simulator.ID` objects, made when looked at."""

    session: Any = None  # since which setup() the numbers are those of these cells

    def __new__(cls, ids: Any, session: Any = None) -> CellArray:
        made = np.asarray(ids, dtype=np.int64).view(cls)
        made.session = session
        return made

    def __array_finalize__(self, source: Any) -> None:
        self.session = getattr(source, "session", None)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return found if isinstance(found, np.ndarray) else ID(found, self.session)

    def __iter__(self) -> Any:
        return (ID(cell, self.session) for cell in self.tolist())
