"""PyNN's units, by their Brian2 names."""

from __future__ import annotations

import brian2
from brian2.units import amp, farad, hertz, second, siemens, volt
from brian2.units.fundamentalunits import Dimension

__all__ = ["unit_of", "unit_value"]

#: The unit in which PyNN counts a quantity; others are in SI units.
UNITS = {volt.dim: "mV", second.dim: "ms", amp.dim: "nA", farad.dim: "nF", siemens.dim: "uS", hertz.dim: "Hz"}
RATES = {(volt / second).dim: "mV/ms", (amp / second).dim: "nA/ms"}


def unit_of(dimension: Dimension) -> str:
    """Return the name of the unit in which PyNN counts a quantity of this dimension; ``"1"`` for SI units."""
    return UNITS.get(dimension) or RATES.get(dimension) or "1"


def unit_value(unit: str) -> float:
    """Return the value of a unit, by its Brian2 name, in SI units."""
    if unit == "1":
        return 1.0
    parts = unit.replace(" ", "").split("/")
    value = float(getattr(brian2, parts[0])) if parts[0] != "1" else 1.0
    for part in parts[1:]:
        value /= float(getattr(brian2, part))
    return value
