"""Connect the cells of a projection: PyNN's connectors on whole arrays.

With a seeded random number generator on the connector the lists are PyNN's own for that seed. Without one they have the
same distribution, come by the cheapest way and are repeated by ``numpy.random.seed``. A connector that is not known
here, or a subclass with its own ``connect``, runs PyNN's code (see :mod:`brianhw.pynn.wiring.fallback`).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyNN import connectors as pynn

from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.checks.expressions import parse_distance
from brianhw.pynn.wiring import checks
from brianhw.pynn.wiring.array_forms import Found, has_array_form, indices
from brianhw.pynn.wiring.connector_domains import check_connector
from brianhw.pynn.wiring.drawing import native_generator, new_generator
from brianhw.pynn.wiring.fallback import connected_by_pynn
from brianhw.pynn.wiring.values import Value, evaluate, native_values

__all__ = ["Connections", "connect", "evaluate", "has_array_form", "parse_distance"]


@dataclass
class Connections:
    """The connections of a projection, by target: indices within its two sides, and the values of each parameter.

    ``values`` holds a number where a parameter is the same for all, otherwise an array with one value per connection.
    """

    i: np.ndarray
    j: np.ndarray
    values: dict[str, Value] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.i)


def connect(connector: Any, projection: Any, generator: np.random.Generator | None = None) -> Connections:
    """Return the connections that *connector* makes in *projection*.

    Parameters
    ----------
    connector
        One of PyNN's connectors, or any object with PyNN's ``connect(projection)``.
    projection
        Has ``pre``, ``post``, ``synapse_type``, ``space``, ``receptor_type`` and ``label``, as PyNN's.
    generator
        Draws what has no seed. Default: one that is seeded by ``numpy.random``.

    Raises
    ------
    ConnectionRefused
        A weight has the wrong sign, a delay or an index is out of range.
    """
    if not has_array_form(connector):
        return Connections(*connected_by_pynn(connector, projection))  # PyNN's code has PyNN's checks
    check_connector(connector)
    if connector.location_selector is not None:
        raise PyNNError(f"{projection.label}: location_selector= needs multi-compartment cells, there are none.")
    generator = generator or native_generator(getattr(connector, "rng", None)) or new_generator()
    found = indices(connector, projection, generator)
    if not isinstance(found, Found):
        found = Found(*found)
    values = native_values(projection, found.i, found.j, found.given, generator)
    _check(connector, projection, values)
    _report(connector, projection, found.j)
    return Connections(found.i, found.j, values)


def _check(connector: Any, projection: Any, values: dict[str, Value]) -> None:
    if not connector.safe:
        return
    try:
        checks.check(projection, values)
    except checks.ConnectionRefused as error:
        if not isinstance(connector, pynn.FromListConnector):
            raise
        # PyNN does not check lists, and scripts rely on it
        warnings.warn(f"{error} The list is taken as it is.", PyNNWarning, stacklevel=3)


def _report(connector: Any, projection: Any, j: np.ndarray) -> None:
    """Call the connector's callback as PyNN does: for each target, with the share that is done."""
    if connector.callback is None or not isinstance(connector, pynn.MapConnector):
        return
    for target in np.unique(j).tolist():
        connector.callback(target / projection.post.local_size)
