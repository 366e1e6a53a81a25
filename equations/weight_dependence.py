"""How much a plastic weight changes, as a function of the weight itself.

Source: Morrison, Diesmann & Gerstner 2008, Biol. Cybern. 98:459, section 4.1; Song, Miller & Abbott 2000, Nat.
Neurosci. 3:919 (additive); van Rossum, Bi & Turrigiano 2000, J. Neurosci. 20:8812 (additive potentiation,
multiplicative depression); Rubin, Lee & Sompolinsky 2001, Phys. Rev. Lett. 86:364 (multiplicative); Guetig et al. 2003,
J. Neurosci. 23:3697, eq. 2 (powers in between).

Deviation: none for ``w_min = 0``. With another ``w_min``, powers and multiplicative changes count from there, while additive
ones stay shares of ``w_max``. Weights may be negative (inhibitory currents): ``w_max`` is the end where they are strong,
``w_low`` and ``w_high`` the two ends in order.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ADDITIVE",
    "ADDITIVE_POTENTIATION_MULTIPLICATIVE_DEPRESSION",
    "GUETIG",
    "MULTIPLICATIVE",
    "WeightDependence",
]

BOUNDS = """
w_low : 1 (constant)                # the weight stays between these
w_high : 1 (constant)
"""
LARGEST = "w_max : 1 (constant)                # the strongest weight"
SMALLEST = "w_min : 1 (constant)                # the weakest weight"


@dataclass(frozen=True)
class WeightDependence:
    """The size of a potentiation and of a depression, for a weight that is counted in some unit.

    Attributes
    ----------
    name, source : str
        For reading.
    equations : str
        Its parameters.
    up, down : str
        The weight's change at full amplitude, in the unit of the weight.
    """

    name: str
    source: str
    equations: str
    up: str
    down: str

    def grown(self, amplitude: str) -> str:
        """Return a statement that potentiates the weight by *amplitude*, a share."""
        return f"weight = clip(weight + {self.up}*{amplitude}, w_low, w_high)"

    def shrunk(self, amplitude: str) -> str:
        """Return a statement that depresses the weight by *amplitude*, a share."""
        return f"weight = clip(weight - {self.down}*{amplitude}, w_low, w_high)"


ADDITIVE = WeightDependence(
    "additive", "Song, Miller & Abbott 2000, Nat. Neurosci. 3:919", f"{LARGEST}{BOUNDS}", "w_max", "w_max"
)

MULTIPLICATIVE = WeightDependence(
    "multiplicative",
    "Rubin, Lee & Sompolinsky 2001, Phys. Rev. Lett. 86:364",
    f"{LARGEST}\n{SMALLEST}{BOUNDS}",
    "(w_max - weight)",
    "(weight - w_min)",
)

ADDITIVE_POTENTIATION_MULTIPLICATIVE_DEPRESSION = WeightDependence(
    "additive potentiation, multiplicative depression",
    "van Rossum, Bi & Turrigiano 2000, J. Neurosci. 20:8812",
    f"{LARGEST}{BOUNDS}",
    "w_max",
    "weight",
)

GUETIG = WeightDependence(
    "Guetig",
    "Guetig et al. 2003, J. Neurosci. 23:3697",
    f"{LARGEST}\n{SMALLEST}{BOUNDS}"
    "mu_plus : 1 (constant)              # power of potentiation: 0 additive, 1 multiplicative\n"
    "mu_minus : 1 (constant)             # power of depression",
    # a weight that was set beyond its bounds has no power
    "(w_max - w_min)*clip((w_max - weight)/(w_max - w_min), 0, 1)**mu_plus",
    "(w_max - w_min)*clip((weight - w_min)/(w_max - w_min), 0, 1)**mu_minus",
)
