"""Weights and delays as the planning sees them: a number, a distribution, or one value per connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from brianhw.errors import RequestError

__all__ = ["Amount"]


@dataclass(frozen=True)
class Amount:
    """The mean, the variance and the largest of some numbers, by their absolute value.

    Parameters
    ----------
    value : float, array, or frozen distribution
        A distribution is one of ``scipy.stats``, or anything with its ``mean``, ``var`` and ``ppf``.

    Examples
    --------
    >>> import scipy.stats
    >>> from brianhw.allocation.spinnaker import Amount
    >>> drawn = Amount.of(scipy.stats.norm(2.0, 0.5), "weights")
    >>> drawn.mean, round(drawn.largest(among=1000), 2)
    (2.0, 4.13)
    >>> Amount.of([-1.0, 3.0], "weights").mean
    2.0
    """

    value: Any

    @classmethod
    def of(cls, value: Any, name: str) -> Amount:
        """Return *value* as an amount; *name* is for messages.

        Raises
        ------
        RequestError
            If it is no number, or not finite.
        """
        if isinstance(value, Amount):
            return value
        if not hasattr(value, "ppf"):
            try:
                value = np.abs(np.asarray(value, dtype=float))
            except (TypeError, ValueError):
                raise RequestError(f"{name} must be numbers or a distribution, not {value!r}.") from None
            if not np.isfinite(value).all():
                raise RequestError(f"{name} must be finite numbers; one is {value[~np.isfinite(value)].flat[0]}.")
        return cls(value)

    @property
    def is_random(self) -> bool:
        """Whether it is a distribution."""
        return hasattr(self.value, "ppf")

    @property
    def mean(self) -> float:
        """The mean."""
        return abs(float(self.value.mean())) if self.is_random else float(np.mean(self.value)) if self._any else 0.0

    @property
    def variance(self) -> float:
        """The variance."""
        return float(self.value.var()) if self.is_random else float(np.var(self.value)) if self._any else 0.0

    def largest(self, among: float) -> float:
        """Return the largest of so many: of a distribution, one that is exceeded with a probability of 1 %."""
        if not self.is_random:
            return float(np.max(self.value)) if self._any else 0.0
        share = 1 - 0.01 / max(among, 1)
        if self.value.mean() < 0:
            return abs(float(self.value.ppf(1 - share)))
        return float(self.value.ppf(share))

    @property
    def _any(self) -> bool:
        return np.size(self.value) > 0
