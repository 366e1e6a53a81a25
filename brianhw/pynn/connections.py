"""Single connections of a projection, as objects that are made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from pyNN import common

from brianhw.pynn.checks.refusals import as_ours

__all__ = ["Connection", "Connections"]


class Connection(common.Connection):
    """One connection of a projection: its parameters as attributes, which can be set."""

    def __init__(self, projection: Any, place: int) -> None:
        object.__setattr__(self, "_projection", projection)
        object.__setattr__(self, "_place", place)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._projection._values_at(name, self._place)

    def __setattr__(self, name: str, value: float) -> None:
        self._projection._set_at(name, self._place, value)

    def as_tuple(self, *names: str) -> tuple[Any, ...]:
        """Return the values of these attributes."""
        return tuple(getattr(self, name) for name in names)


class Connections:
    """The connections of a projection as a sequence of :class:`Connection`, made when looked at."""

    def __init__(self, projection: Any) -> None:
        self._projection = projection

    def __len__(self) -> int:
        return len(self._projection)

    def __getitem__(self, index: Any) -> Any:
        number = len(self._projection)
        with as_ours(f"{self._projection.label} has {number} connections"):
            places = self._projection.listed[index]
        if np.ndim(places):
            return [Connection(self._projection, int(place)) for place in places]
        return Connection(self._projection, int(places))

    def __iter__(self) -> Iterator[Connection]:
        return (Connection(self._projection, int(place)) for place in self._projection.listed)
