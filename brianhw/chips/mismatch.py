"""How the neurons of a board differ from each other: factors on what their biases set, the same for the same board.

Source: the distribution is assumed, a normal one cut at three standard deviations. 20 % is what Chicca et al. 2014
(Proc. IEEE 102(9)) and the teaching material on these chips give for currents of transistors this small.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from brianhw.errors import ParameterError

__all__ = ["LARGEST_CV", "Mismatch"]

_CUT = 3.0
# standard deviation of a standard normal distribution cut at +- 3: sqrt(1 - 6 phi(3)/(2 Phi(3) - 1))
_DEVIATION_OF_CUT = 0.9865772462

# beyond, the lowest factor would be below zero
LARGEST_CV = _DEVIATION_OF_CUT / _CUT


def _coefficient(what: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not (isfinite(number) and 0 <= number < LARGEST_CV):
        raise ParameterError(
            f"{what} is a coefficient of variation from 0 to {LARGEST_CV:.2f} (cut at three deviations, a factor "
            f"stays positive up to there), not {value!r}."
        )
    return number


@dataclass(frozen=True)
class Mismatch:
    """The factors of one board; the same for the same *serial*, whatever is allocated, in whatever order.

    Parameters
    ----------
    serial : int
        Which board, from 0.
    cv : float
        Coefficient of variation of what biases set; 0 for none.
    overrides : mapping of str to float
        Other coefficients for some parameters, also for those that no bias sets.

    Examples
    --------
    >>> import numpy as np
    >>> from brianhw.chips.mismatch import Mismatch
    >>> Mismatch(serial=3).factors("Iampa_w0", np.array([0, 1, 2]), neurons_per_chip=1024).round(3)
    array([1.44 , 1.052, 1.082])
    """

    serial: int = 0
    cv: float = 0.2
    overrides: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        try:
            serial = -1 if isinstance(self.serial, (bool, np.bool_)) else operator.index(self.serial)
        except TypeError:
            serial = -1
        if serial < 0:
            raise ParameterError(f"The serial number of a board is a whole number from 0, not {self.serial!r}.")
        object.__setattr__(self, "serial", serial)  # the dataclass is frozen; this is its constructor
        object.__setattr__(self, "cv", _coefficient("The mismatch of a board", self.cv))
        checked = {name: _coefficient(f"The mismatch of {name}", value) for name, value in self.overrides.items()}
        object.__setattr__(self, "overrides", MappingProxyType(checked))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.serial, self.cv, dict(self.overrides))  # a mapping proxy cannot be pickled

    def cv_of(self, parameter: str, of_a_bias: bool = True) -> float:
        """Return the coefficient of variation of one parameter."""
        return self.overrides.get(parameter, self.cv if of_a_bias else 0.0)

    def factors(
        self, parameter: str, neurons: NDArray[np.int64], neurons_per_chip: int, of_a_bias: bool = True
    ) -> NDArray[np.float64]:
        """Return the factor on *parameter* of each of *neurons*, numbered over all chips; shape (neurons,)."""
        from scipy.special import ndtr, ndtri

        cv = self.cv_of(parameter, of_a_bias)
        factors = np.ones(len(neurons))
        if not cv:
            return factors
        chip, index = np.divmod(np.asarray(neurons), neurons_per_chip)
        for each in np.unique(chip).tolist():
            # drawn for the whole chip: what a neuron gets does not depend on which others are in use
            uniform = np.random.default_rng([self.serial, each, crc32(parameter.encode())]).random(neurons_per_chip)
            normal = ndtri(ndtr(-_CUT) + uniform * (ndtr(_CUT) - ndtr(-_CUT)))
            factors[chip == each] = (1 + cv / _DEVIATION_OF_CUT * normal)[index[chip == each]]
        return factors
