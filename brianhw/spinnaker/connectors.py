"""The connectors that SpiNNaker's software has: PyNN's, with the vendor's arguments.

``verbose=``, which each of them takes, lets the vendor's tool write a table of connections to a file; here
``Projection.save`` does, and it makes no difference.
"""

from __future__ import annotations

import re
from typing import Any

from brianhw import pynn
from brianhw.pynn import IndexBasedExpression
from brianhw.pynn.checks.expressions import parse_displacement

__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
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


class _Vendor:
    """Takes what the vendor's connectors take beside PyNN's arguments."""

    def __init__(self, *arguments: Any, verbose: Any = None, **options: Any) -> None:
        super().__init__(*arguments, **options)


class AllToAllConnector(_Vendor, pynn.AllToAllConnector):
    __doc__ = pynn.AllToAllConnector.__doc__


class ArrayConnector(_Vendor, pynn.ArrayConnector):
    __doc__ = pynn.ArrayConnector.__doc__


class DistanceDependentProbabilityConnector(_Vendor, pynn.DistanceDependentProbabilityConnector):
    __doc__ = pynn.DistanceDependentProbabilityConnector.__doc__


class FixedNumberPostConnector(_Vendor, pynn.FixedNumberPostConnector):
    __doc__ = pynn.FixedNumberPostConnector.__doc__


class FixedNumberPreConnector(_Vendor, pynn.FixedNumberPreConnector):
    __doc__ = pynn.FixedNumberPreConnector.__doc__


class FixedProbabilityConnector(_Vendor, pynn.FixedProbabilityConnector):
    __doc__ = pynn.FixedProbabilityConnector.__doc__


class FixedTotalNumberConnector(_Vendor, pynn.FixedTotalNumberConnector):
    __doc__ = pynn.FixedTotalNumberConnector.__doc__


class FromFileConnector(_Vendor, pynn.FromFileConnector):
    __doc__ = pynn.FromFileConnector.__doc__


class FromListConnector(_Vendor, pynn.FromListConnector):
    __doc__ = pynn.FromListConnector.__doc__


class OneToOneConnector(_Vendor, pynn.OneToOneConnector):
    __doc__ = pynn.OneToOneConnector.__doc__


class SmallWorldConnector(_Vendor, pynn.SmallWorldConnector):
    __doc__ = pynn.SmallWorldConnector.__doc__


class IndexText(IndexBasedExpression):
    """A function of the indices ``i`` of the source and ``j`` of the target, made from text, which is parsed.

    Raises
    ------
    ExpressionError
        If it says something that is not known.
    """

    def __init__(self, text: str) -> None:
        names = {"i": "d[0]", "j": "d[1]"}
        self.text, self._value = text, parse_displacement(re.sub(r"\b[ij]\b", lambda found: names[found[0]], text))

    def __call__(self, i: Any, j: Any) -> Any:
        return self._value((i, j))


class IndexBasedProbabilityConnector(_Vendor, pynn.IndexBasedProbabilityConnector):
    """Connect each pair with a probability that depends on the indices. Arguments as in PyNN.

    ``index_expression`` may be text with ``i`` and ``j``, as the vendor has it, beside PyNN's objects.
    """

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        expression = arguments["index_expression"]
        if isinstance(expression, str):
            arguments = {**arguments, "index_expression": IndexText(expression)}
        return super()._checked(arguments)
