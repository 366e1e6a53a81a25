"""``stopgrad(x)`` in equation text: *x* for every Brian2 target, without a gradient in a twin."""

from __future__ import annotations

from typing import Any

from brian2.core.functions import Function

__all__ = ["stopgrad"]

CPP = """
template <typename T>
static inline T stopgrad(T x) { return x; }
"""
CYTHON = """
cdef double stopgrad(double x):
    return x
"""


def _identity(x: Any) -> Any:
    return x


#: *x* itself. A twin takes it for a constant when it differentiates.
stopgrad = Function(
    _identity,
    arg_units=[None],
    arg_names=["x"],
    return_unit=lambda unit: unit,
    arg_types=["float"],
    return_type="float",
)
stopgrad.implementations.add_implementation("numpy", code=_identity)
stopgrad.implementations.add_implementation("cpp", code=CPP)
stopgrad.implementations.add_implementation("cython", code=CYTHON)
