"""Input ports: sums in a neuron's equations, which blocks feed."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Feed", "port_line"]


class Feed(NamedTuple):
    """One term of a port: ``port += sign expression``.

    Examples
    --------
    >>> from brianhw.equations import LIF
    >>> from brianhw.model import Block, Feed
    >>> pump = Block("pump", "I_pump : amp (constant)", feeds=[Feed("I_syn", "I_pump", "-")])
    >>> print((LIF + pump).full_equations.splitlines()[-2])
    I_syn = - I_pump : amp
    """

    port: str
    expression: str
    sign: str = "+"


def port_line(port: str, unit: str, feeds: Iterable[Feed]) -> str:
    """Return the equation of *port*: the sum of the *feeds* that are its own, or nothing in its unit."""
    terms = (f"{feed.sign} {_as_term(feed.expression)}" for feed in feeds if feed.port == port)
    nothing = "0" if unit == "integer" else f"0*{unit}"  # a type is no unit to multiply by
    return f"{port} = {' '.join(terms).removeprefix('+ ') or nothing} : {unit}"


def _as_term(expression: str) -> str:
    """Return *expression* such that a sign before it holds for all of it."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:  # Brian2 says what is wrong with it when the whole is parsed
        return expression
    is_sum = isinstance(tree, ast.BinOp) and isinstance(tree.op, (ast.Add, ast.Sub))
    return f"({expression})" if is_sum else expression
