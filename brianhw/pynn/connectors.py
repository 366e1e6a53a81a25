"""The connector classes of the PyNN back end: PyNN's own, except for those whose constructor evaluates text.

:mod:`brianhw.pynn.wiring.connect` takes PyNN's classes and these alike.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from pyNN import connectors as pynn
from pyNN.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    OneToOneConnector,
)

from brianhw.errors import PyNNError
from brianhw.pynn.wiring.expressions import ExpressionError, parse_displacement, parse_distance

__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "CSAConnector",
    "CloneConnector",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "IndexBasedProbabilityConnector",
    "OneToOneConnector",
    "SmallWorldConnector",
]

logger = logging.getLogger("PyNN")


class DistanceDependentProbabilityConnector(pynn.DistanceDependentProbabilityConnector):
    """Connect each pair with a probability that depends on the distance. Arguments as in PyNN.

    ``d_expression`` is text, which is parsed (see :mod:`brianhw.pynn.wiring.expressions`), or a function of an array of
    distances.
    """

    def __init__(
        self,
        d_expression: str | Callable[[Any], Any],
        allow_self_connections: bool | str = True,
        location_selector: Any = None,
        rng: Any = None,
        safe: bool = True,
        callback: Callable[[float], None] | None = None,
    ) -> None:
        # not PyNN's constructor: it evaluates the text
        pynn.Connector.__init__(self, location_selector, safe, callback)
        self.d_expression = d_expression
        self.distance_function = parse_distance(d_expression) if isinstance(d_expression, str) else d_expression
        self.allow_self_connections = _allowed(self, allow_self_connections)
        self.rng = pynn._get_rng(rng)
        if isinstance(d_expression, str):
            self._check_range()

    def _check_range(self) -> None:
        for distance in (0.0, 1e12):
            try:
                probability = self.distance_function(distance)
            except (ZeroDivisionError, OverflowError) as error:
                raise type(error)(f"Distance expression {self.d_expression!r} at d = {distance:g}: {error}.") from None
            if not probability >= 0:
                raise ExpressionError(
                    f"Distance expression {self.d_expression!r} gives {probability:g} at d = {distance:g}; a "
                    "probability must be >= 0."
                )


class DisplacementDependentProbabilityConnector(pynn.DisplacementDependentProbabilityConnector):
    """Connect each pair with a probability that depends on the displacement. Arguments as in PyNN.

    ``disp_function`` is a function of an array ``d`` of shape (3, n), or text with ``d[0]``, ``d[1]`` and ``d[2]``.
    """

    def __init__(
        self,
        disp_function: str | Callable[[Any], Any],
        allow_self_connections: bool | str = True,
        location_selector: Any = None,
        rng: Any = None,
        safe: bool = True,
        callback: Callable[[float], None] | None = None,
    ) -> None:
        if isinstance(disp_function, str):
            disp_function = parse_displacement(disp_function)
        super().__init__(disp_function, allow_self_connections, rng=rng, callback=callback)
        self.safe, self.location_selector = safe, location_selector  # which PyNN's constructor drops


class SmallWorldConnector(pynn.SmallWorldConnector):
    """Connect near cells, then move some connections elsewhere: see :mod:`brianhw.pynn.wiring.small_world`.

    Arguments as in PyNN, and ``verbose`` of older versions: log what is asked for.
    """

    def __init__(
        self,
        degree: float,
        rewiring: float,
        allow_self_connections: bool | str = True,
        n_connections: int | None = None,
        location_selector: Any = None,
        rng: Any = None,
        safe: bool = True,
        callback: Callable[[float], None] | None = None,
        verbose: bool = False,
    ) -> None:
        _allowed(self, allow_self_connections)
        super().__init__(
            degree, rewiring, allow_self_connections, n_connections, location_selector, rng, safe, callback
        )  # fmt: skip
        self.degree = degree
        self.d_expression = f"d < {float(degree)!r}"  # PyNN's has six digits
        self.verbose = verbose
        if verbose:
            logger.info("Small world: neighbours nearer than %g, %g of the connections rewired", degree, rewiring)


class FromFileConnector(pynn.FromFileConnector):
    """Make the connections that a file lists. Arguments as in PyNN, and two more.

    Parameters
    ----------
    file
        The name of a file, or one of PyNN's file objects: text, an array of ``numpy.save``, or ``numpy.savez`` with
        ``data`` and ``columns``. What a file is is told by its first bytes.
    trust : bool
        Read pickles, too. A pickle can run any program when it is read.
    column_names
        The names of the columns after i and j, instead of those that the file gives.
    """

    def __init__(
        self,
        file: Any,
        distributed: bool = False,
        location_selector: Any = None,
        safe: bool = True,
        callback: Callable[[float], None] | None = None,
        trust: bool = False,
        column_names: Sequence[str] | None = None,
    ) -> None:
        # not PyNN's constructor: it opens the file, and an error would come late
        pynn.Connector.__init__(self, location_selector, safe=safe, callback=callback)
        self.file = file
        self.distributed = distributed
        self.trust = trust
        self.column_names = column_names


def _allowed(connector: Any, allow: bool | str) -> bool | str:
    if not (isinstance(allow, bool) or allow == "NoMutual"):
        raise PyNNError(
            f"{type(connector).__name__}: allow_self_connections must be True, False or 'NoMutual', not {allow!r}."
        )
    return allow
