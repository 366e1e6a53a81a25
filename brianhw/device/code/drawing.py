"""The numbers of Brian2's ``PoissonInput``, drawn for many neurons at once.

Brian2 gives the input a function of its own, with the parameters written into the function's C++. For fast code the
function becomes a table, which a template of ours draws from. Strict code calls Brian2's function, which draws what
the NumPy target draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2.input.binomial import BinomialFunction

from brianhw.device.code import chances

__all__ = ["TEMPLATE", "draw_at_once"]

TEMPLATE = "poisson_input"


class _Code(dict[str, str]):
    """Brian2's code of a binomial distribution, which also knows its parameters."""

    def __init__(self, code: Mapping[str, str], n: Any, p: Any) -> None:
        super().__init__(code)
        self.n, self.p = int(n), float(p)


def _code(n: Any, p: Any, use_normal: bool, name: str) -> tuple[_Code, Any]:
    code, dependencies = BinomialFunction.implementations["cpp"](n, p, use_normal, name)
    return _Code(code, n, p), dependencies


# The documented way to give a device its own version; strict code would otherwise take that of fast code.
BinomialFunction.implementations["brianhw"] = _code
BinomialFunction.implementations["brianhw_strict"] = BinomialFunction.implementations["cpp"]


def draw_at_once(variables: Mapping[str, Any], template: str, abstract_code: Mapping[Any, str]) -> list[str]:
    """Return the names of the functions whose numbers :data:`TEMPLATE` is to draw, and give these their tables.

    Nothing where the code is not that of a ``PoissonInput``, or there is no table: for a shared variable, impossible
    parameters, or more than some ten million events in a step, which Brian2 takes from a normal distribution.
    """
    names = [
        name
        for name, function in variables.items()
        if isinstance(function, BinomialFunction) and name.startswith("poissoninput_")
    ]
    if template != "stateupdate" or not names or _writes_shared(variables, abstract_code):
        return []
    return [name for name in names if _has_table(name, variables[name])]


def _writes_shared(variables: Mapping[str, Any], abstract_code: Mapping[Any, str]) -> bool:
    targets = [code.partition("+=")[0].strip() for code in abstract_code.values()]
    return any(getattr(variables.get(target), "scalar", True) for target in targets)


def _has_table(name: str, function: BinomialFunction) -> bool:
    """Give a function its table, if it has none yet; say whether it has one."""
    implementation = function.implementations._implementations.get("brianhw")
    if implementation is None:  # made before brianhw was imported
        return False
    code = implementation.get_code(None)
    if isinstance(code, _Code):
        law = chances.binomial(code.n, code.p) if code.n >= 0 and 0 <= code.p <= 1 else None
        if law is None:
            return False
        function.implementations.add_implementation(
            "brianhw", code=None, namespace={f"{name}_values": chances.table(*law)}, name=name
        )
    return True
