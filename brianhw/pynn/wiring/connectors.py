"""The connector classes of the PyNN back end: PyNN's own, except for those whose constructor evaluates text.

:mod:`brianhw.pynn.wiring.connect` takes PyNN's classes and these alike.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pyNN import connectors as pynn
from pyNN.common import Projection
from pyNN.connectors import CSAConnector
from pyNN.core import IndexBasedExpression

from brianhw.pynn.checks.expressions import ExpressionError, parse_displacement, parse_distance
from brianhw.pynn.checks.refusals import DimensionsRefused, KindRefused, ValueRefused, as_ours, refuse_unknown
from brianhw.pynn.wiring.connector_domains import check_arguments

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


class _Checked:
    """Checks the arguments of a connector before PyNN's constructor, which asserts them or takes what comes."""

    def __init__(self, *values: Any, **arguments: Any) -> None:
        owner = type(self).__name__
        kind = next(each for each in type(self).__mro__ if each.__module__ == pynn.__name__)
        signature = inspect.signature(kind.__dict__.get("__init__") or inspect.getattr_static(kind, "__init__"))
        refuse_unknown(owner, arguments, [name for name in signature.parameters if name != "self"], "argument")
        try:
            bound = signature.bind(self, *values, **arguments).arguments
        except TypeError as error:
            raise KindRefused(f"{owner}: {error}. It takes {', '.join(list(signature.parameters)[1:])}.") from error
        del bound["self"]
        given = self._checked(check_arguments(owner, bound))
        with as_ours(owner):
            super().__init__(**given)

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments; raise where they make no sense together."""
        return arguments


class AllToAllConnector(_Checked, pynn.AllToAllConnector):
    __doc__ = pynn.AllToAllConnector.__doc__


class OneToOneConnector(_Checked, pynn.OneToOneConnector):
    __doc__ = pynn.OneToOneConnector.__doc__


class FixedProbabilityConnector(_Checked, pynn.FixedProbabilityConnector):
    __doc__ = pynn.FixedProbabilityConnector.__doc__


class FixedNumberPreConnector(_Checked, pynn.FixedNumberPreConnector):
    __doc__ = pynn.FixedNumberPreConnector.__doc__


class FixedNumberPostConnector(_Checked, pynn.FixedNumberPostConnector):
    __doc__ = pynn.FixedNumberPostConnector.__doc__


class FixedTotalNumberConnector(_Checked, pynn.FixedTotalNumberConnector):
    __doc__ = pynn.FixedTotalNumberConnector.__doc__


class ArrayConnector(_Checked, pynn.ArrayConnector):
    __doc__ = pynn.ArrayConnector.__doc__


class IndexBasedProbabilityConnector(_Checked, pynn.IndexBasedProbabilityConnector):
    __doc__ = pynn.IndexBasedProbabilityConnector.__doc__

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        expression = arguments["index_expression"]
        if not (isinstance(expression, IndexBasedExpression) and callable(expression)):
            raise KindRefused(
                f"{type(self).__name__}: index_expression must be an IndexBasedExpression of yours, not {expression!r}."
            )
        return arguments


class CloneConnector(_Checked, pynn.CloneConnector):
    __doc__ = pynn.CloneConnector.__doc__

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        reference = arguments["reference_projection"]
        if not isinstance(reference, Projection):
            raise KindRefused(f"{type(self).__name__}: reference_projection must be a Projection, not {reference!r}.")
        return arguments


class FromListConnector(_Checked, pynn.FromListConnector):
    __doc__ = pynn.FromListConnector.__doc__

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        owner, listed = type(self).__name__, arguments["conn_list"]
        with as_ours(owner, "Each row is a source, a target and the values of its columns."):
            table = np.asarray([] if listed is None else listed)
        if table.size and table.ndim != 2:
            raise DimensionsRefused(f"{owner}: the list must have rows of equal length, (source, target, ...).")
        if table.dtype.kind not in "iuf":
            raise ValueRefused(f"{owner}: the list must hold numbers, it holds {table.dtype}.")
        names, columns = arguments.get("column_names"), table.shape[1] - 2 if table.size else 0
        if table.size and names is None and columns not in (0, 2):
            raise DimensionsRefused(
                f"{owner}: the list has {columns} columns after source and target; name them with column_names=, "
                "unless they are none, or weight and delay."
            )
        if table.size and names is not None and columns != len(names):
            raise DimensionsRefused(
                f"{owner}: the list has {columns} columns after source and target, {names} names them."
            )
        return arguments


class DistanceDependentProbabilityConnector(pynn.DistanceDependentProbabilityConnector):
    """Connect each pair with a probability that depends on the distance. Arguments as in PyNN.

    ``d_expression`` is text, which is parsed (see :mod:`brianhw.pynn.checks.expressions`), or a function of an array of
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
        others = {"allow_self_connections": allow_self_connections, "rng": rng, "safe": safe, "callback": callback}
        check_arguments(type(self).__name__, others)
        _expression(self, d_expression)
        # not PyNN's constructor: it evaluates the text
        pynn.Connector.__init__(self, location_selector, safe, callback)
        self.d_expression = d_expression
        self.distance_function = parse_distance(d_expression) if isinstance(d_expression, str) else d_expression
        self.allow_self_connections = allow_self_connections
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
        others = {"allow_self_connections": allow_self_connections, "rng": rng, "safe": safe, "callback": callback}
        check_arguments(type(self).__name__, others)
        _expression(self, disp_function)
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
        owner = type(self).__name__
        given = {
            "degree": degree, "rewiring": rewiring, "n_connections": n_connections, "rng": rng, "safe": safe,
            "allow_self_connections": allow_self_connections, "callback": callback, "verbose": verbose,
        }  # fmt: skip
        n_connections = check_arguments(owner, given)["n_connections"]
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
        given = {"safe": safe, "callback": callback, "distributed": distributed, "trust": trust}
        check_arguments(type(self).__name__, given | {"column_names": column_names})
        # not PyNN's constructor: it opens the file, and an error would come late
        pynn.Connector.__init__(self, location_selector, safe=safe, callback=callback)
        self.file = file
        self.distributed = distributed
        self.trust = trust
        self.column_names = column_names


def _expression(connector: Any, expression: Any) -> None:
    if not (isinstance(expression, str) or callable(expression)):
        raise KindRefused(f"{type(connector).__name__}: a text or a function of d is needed, not {expression!r}.")
