"""What additive learning rules share: a synapse that delivers its weight, and a weight that keeps within its limits.

Source and deviation: with the rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from brianhw.equations.receptors import Receptor, entry_of

__all__ = ["BOUNDS", "changed", "delivery", "lines_of", "weights"]


BOUNDS = ("0", "w_max")


def delivery(target: Receptor | str | None, unit: str | None) -> tuple[str, str]:
    """Return the statement by which a spike adds the weight to *target*, and the unit; nothing is added to ``None``."""
    if target is None:
        return "", unit or "siemens"
    entry, unit = entry_of(target, unit)
    return f"{entry}_post += weight\n", unit


def weights(unit: str) -> str:
    """Return the lines of a weight and its limit."""
    return f"""
weight : {unit}                       # added to the receptor by a spike
w_max : {unit} (constant)             # largest weight; the smallest is 0
"""


def changed(amount: str) -> str:
    """Return the statement that adds *amount* to the weight, within its limits."""
    return f"weight = clip(weight + {amount}, 0*w_max, w_max)\n"


def lines_of(variables: Mapping[str, str]) -> str:
    """Return lines of equations for *variables* with their units."""
    return "\n".join(f"{name} : {unit}" for name, unit in variables.items())
