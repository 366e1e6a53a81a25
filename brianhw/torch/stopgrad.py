"""``stopgrad(x)`` in equation text: *x* for every Brian2 target, without a gradient in a twin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from brian2 import Equations, NeuronGroup
from brian2.core.functions import Function
from brian2.equations.equations import SUBEXPRESSION, Expression, SingleEquation

from brianhw.errors import unknown_name

__all__ = ["refuse_unknown", "stopgrad", "stopped"]

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


@contextmanager
def stopped(group: NeuronGroup, names: Iterable[str]) -> Iterator[None]:
    """Let the equations of a group have ``stopgrad(...)`` around some subexpressions, for what is translated meanwhile.

    Raises
    ------
    UnknownNameError
        If the group has no such subexpression.
    """
    before, namespace = group.equations, group.namespace
    group.equations = Equations([_stopped(each) if name in names else each for name, each in before.items()])
    if namespace is not None:
        group.namespace = {**namespace, "stopgrad": stopgrad}
    try:
        yield
    finally:
        group.equations, group.namespace = before, namespace


def refuse_unknown(groups: Iterable[NeuronGroup], names: Iterable[str]) -> None:
    """Raise :class:`UnknownNameError` for a name that is no subexpression of any group."""
    known = {name for group in groups for name in group.equations.subexpr_names}
    for name in names:
        if name not in known:
            raise unknown_name("twin", "subexpression", name, known)


def _stopped(equation: SingleEquation) -> SingleEquation:
    if equation.type != SUBEXPRESSION:
        return equation
    code = Expression(f"stopgrad({equation.expr.code})")
    return SingleEquation(equation.type, equation.varname, equation.dim, equation.var_type, code, equation.flags)
