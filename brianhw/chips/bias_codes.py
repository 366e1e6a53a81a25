"""The codes of DYNAP-SE1's bias generators, and the nominal currents that they stand for.

Sources: the full-scale currents, the formula and the codes in use are those of the public samna helper and of
rockpool's history (BiasGenSE1), which agree. They are nominal; nothing of them was measured here. The helper stores
currents in single precision, so that its table differs from these by up to 3.1e-6.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brianhw.errors import ParameterError

__all__ = ["FULL_SCALE", "LOWEST_FINE", "BiasCode", "nearest_code", "usable_codes"]

# in ampere, by coarse code, at fine code 255
FULL_SCALE = (15e-12, 105e-12, 820e-12, 6.5e-9, 50e-9, 400e-9, 3.2e-6, 24e-6)

# The ranges of coarse codes overlap; below these fine codes, the helper's table uses the range below.
LOWEST_FINE = (0, 37, 33, 33, 34, 32, 32, 35)

_FINE = 256


class BiasCode(NamedTuple):
    """What a bias generator is set to: a range from 0, the smallest, to 7, and a step in it from 0 to 255.

    Examples
    --------
    >>> from brianhw.chips.bias_codes import BiasCode
    >>> BiasCode.of((4, 80)).current  # ampere
    1.5686274509803922e-08
    """

    coarse: int
    fine: int

    @classmethod
    def of(cls, code: Any) -> BiasCode:
        """Return *code*, a pair (coarse, fine), checked.

        Raises
        ------
        ParameterError
            If it is no pair of whole numbers, or one of them is out of range.
        """
        try:
            if any(isinstance(each, (bool, np.bool_)) for each in code):
                raise TypeError
            coarse, fine = (operator.index(each) for each in code)
        except (TypeError, ValueError):
            raise ParameterError(
                f"DYNAP-SE1: a bias takes a pair of whole numbers, (coarse, fine), not {code!r}."
            ) from None
        if not (0 <= coarse < len(FULL_SCALE) and 0 <= fine < _FINE):
            swapped = 0 <= fine < len(FULL_SCALE) and 0 <= coarse < _FINE
            advice = f" The coarse code comes first: did you mean ({fine}, {coarse})?" if swapped else ""
            raise ParameterError(
                f"DYNAP-SE1: a bias has a coarse code from 0 to {len(FULL_SCALE) - 1} and a fine code from 0 to "
                f"{_FINE - 1}, not {(coarse, fine)}.{advice}"
            )
        return cls(coarse, fine)

    @property
    def current(self) -> float:
        """The nominal current in ampere."""
        return FULL_SCALE[self.coarse] * self.fine / (_FINE - 1)


@cache
def usable_codes() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the codes that do not repeat the range below, and their currents.

    Returns
    -------
    codes : array, shape (1812, 2)
        Coarse and fine code.
    currents : array, shape (1812,), ampere
        Strictly increasing. Neither array can be written to.

    Examples
    --------
    >>> from brianhw.chips.bias_codes import usable_codes
    >>> codes, currents = usable_codes()
    >>> len(codes), codes[-1].tolist(), float(currents[-1])
    (1812, [7, 255], 2.4e-05)
    """
    usable = [BiasCode(coarse, fine) for coarse, first in enumerate(LOWEST_FINE) for fine in range(first, _FINE)]
    codes, currents = np.array(usable), np.array([code.current for code in usable])
    codes.flags.writeable = currents.flags.writeable = False
    return codes, currents


def nearest_code(current: float) -> BiasCode:
    """Return the usable code whose current is nearest to *current* (ampere); the lower of two as near.

    A current beyond the largest gives the largest.

    Raises
    ------
    ParameterError
        If the current is negative, or no number.

    Examples
    --------
    >>> from brianhw.chips.bias_codes import nearest_code
    >>> code = nearest_code(1e-9)
    >>> code, f"{code.current:.4g} A"
    (BiasCode(coarse=3, fine=39), '9.941e-10 A')
    """
    if not current >= 0:
        raise ParameterError(f"DYNAP-SE1: the current of a bias is a number of ampere from 0 up, not {current!r}.")
    codes, currents = usable_codes()
    upper = min(int(np.searchsorted(currents, current)), len(currents) - 1)
    lower = max(upper - 1, 0)
    chosen = lower if current - currents[lower] <= currents[upper] - current else upper
    return BiasCode(*codes[chosen].tolist())
