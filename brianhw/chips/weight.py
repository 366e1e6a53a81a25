"""Which weights a synapse of a chip may have, and how many input words one takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor, inf, isfinite, isnan, log10
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brianhw.errors import ParameterError, WeightError

__all__ = ["WeightRule", "with_unit"]

# Words are summed in float64 by numpy.bincount, exact to 2**53: a single weight stays far below that.
LARGEST_COUNT = 2**31 - 1

# Values with a unit come from products such as 0.1 * 1e-9, which are right to some units in the last place.
ROUNDING = 1e-12


def _number(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{what} must be a number, not {value!r}.") from None
    if isnan(number):
        raise ParameterError(f"{what} must be a number, not NaN.")
    return number


def _array(owner: str, weights: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(weights)
    if array.dtype.kind not in "buif":
        raise WeightError(f"{owner}: weights must be real numbers, not {array.dtype}.")
    return array.astype(np.float64, copy=False)


_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def with_unit(value: float, unit: str) -> str:
    """Return a number of SI *unit* as text with a prefix, ``"2 nA"``; a plain number if there is no unit."""
    if not unit or not isfinite(value):
        return f"{value:.12g}"
    power = 0 if value == 0 else min(max(3 * floor(log10(abs(value)) / 3 + 1e-9), min(_PREFIXES)), max(_PREFIXES))
    return f"{value / 10.0**power:.6g} {_PREFIXES[power]}{unit}"


@dataclass(frozen=True)
class WeightRule:
    """The weights that one synapse may have. Make one with a constructor below, or with :meth:`of`.

    Attributes
    ----------
    kind : {"words", "levels", "between", "any"}
        Whether a weight is a count of input words, one of *values*, a number from *low* to *high*, or any.
    unit : str
        SI unit of the numbers; empty for counts.

    Raises
    ------
    ParameterError
        If a constructor is given bounds or levels that are none.
    WeightError
        By :meth:`check`, of a weight that a synapse cannot have.

    Examples
    --------
    >>> from brianhw.chips import WeightRule
    >>> levels = WeightRule.levels([0, 1e-9, 2e-9])
    >>> levels.nearest(1.4e-9), levels.allowed([1e-9, 1.4e-9]).tolist()
    (1e-09, [True, False])
    >>> WeightRule.words(maximum=15).words_of([3, 0, 15]).tolist()
    [3, 0, 15]
    """

    kind: Literal["words", "levels", "between", "any"]
    low: float = -inf
    high: float = inf
    values: tuple[float, ...] = ()
    word: str = field(default="input word", compare=False)
    unit: str = field(default="", compare=False)  # of the numbers, in SI: "A" shows 2e-09 as 2 nA

    @classmethod
    def words(cls, maximum: int | None = None) -> WeightRule:
        """Return the rule "a weight is a count of input words": a synapse of weight 3 takes three."""
        high = inf if maximum is None else _number(maximum, "The largest weight")
        if high < 1 or (isfinite(high) and high != int(high)):
            raise ParameterError(f"The largest weight must be a whole number from 1, not {maximum!r}.")
        return cls("words", 0.0, high)

    @classmethod
    def levels(cls, values: Iterable[float]) -> WeightRule:
        """Return the rule "one of these values"; each takes one input word, 0 takes none."""
        levels = tuple(sorted({_number(value, "A level of a weight") for value in values}))
        if not levels or not all(map(isfinite, levels)):
            raise ParameterError(f"The levels of a weight must be finite numbers, at least one, not {levels}.")
        return cls("levels", levels[0], levels[-1], levels)

    @classmethod
    def between(cls, low: float, high: float) -> WeightRule:
        """Return the rule "any number from *low* to *high*"; each takes one input word, 0 takes none."""
        low, high = _number(low, "The lowest weight"), _number(high, "The highest weight")
        if low > high:
            raise ParameterError(f"The range of a weight runs from low to high, not from {low:g} to {high:g}.")
        return cls("between", low, high)

    @classmethod
    def any(cls) -> WeightRule:
        """Return the rule that allows every finite number; each takes one input word, 0 takes none."""
        return cls("any")

    @classmethod
    def of(cls, rule: Any) -> WeightRule:
        """Return the rule that *rule* stands for.

        A rule is itself, ``"integer"`` counts words, ``(low, high)`` is a range, a list holds levels
        and ``None`` allows every number.
        """
        if isinstance(rule, WeightRule):
            return rule
        if rule is None:
            return cls.any()
        if isinstance(rule, str) and rule in ("integer", "words"):
            return cls.words()
        if isinstance(rule, tuple) and len(rule) == 2:
            return cls.between(*rule)
        if isinstance(rule, (list, range, set, frozenset, np.ndarray)):
            return cls.levels(np.ravel(rule) if isinstance(rule, np.ndarray) else rule)
        raise ParameterError(
            f"{rule!r} says nothing about weights. Give a WeightRule, 'integer', (low, high), a list of levels or None."
        )

    def allowed(self, weights: ArrayLike) -> NDArray[np.bool_]:
        """Return which of *weights* a synapse may have, an array of their shape."""
        array = _array("weights", weights)
        within = np.isfinite(array)
        if self.kind == "levels":
            # 0.1 nA computed in two ways differs in the last bit
            return within & np.isclose(array[..., None], self.values, rtol=ROUNDING, atol=0).any(axis=-1)
        high = min(self.high, self._ceiling)
        within &= (array >= self.low - ROUNDING * abs(self.low)) if isfinite(self.low) else True
        within &= (array <= high + ROUNDING * abs(high)) if isfinite(high) else True
        if self.kind == "words":
            within &= array == np.floor(array)
        return within

    @property
    def _ceiling(self) -> float:
        return LARGEST_COUNT if self.kind == "words" else inf

    def check(self, owner: str, weights: ArrayLike) -> None:
        """Raise :class:`WeightError` unless a synapse may have each of *weights*; *owner* is who asks."""
        array = np.atleast_1d(_array(owner, weights)).ravel()
        wrong = np.flatnonzero(~self.allowed(array))
        if not wrong.size:
            return
        offender = float(array[wrong[0]])
        nearest = self.nearest(offender)
        advice = "" if nearest is None else f"; the nearest is {with_unit(nearest, self.unit)}"
        many = "weight is" if array.size == 1 else "weights are"
        raise WeightError(
            f"{owner}: synapse {wrong[0]} cannot have weight {with_unit(offender, self.unit)} "
            f"({wrong.size} of {array.size} {many} not allowed); {self.describe()}{advice}."
        )

    def nearest(self, weight: float) -> float | None:
        """Return the allowed weight nearest to *weight*, the lower of two; None for NaN."""
        if isnan(weight) or (self.kind == "any" and not isfinite(weight)):
            return None
        if self.kind == "levels":
            if not isfinite(weight):
                return self.high if weight > 0 else self.low
            return min(self.values, key=lambda level: abs(level - weight))
        clipped = min(max(weight, self.low), self.high, self._ceiling)
        return float(np.ceil(clipped - 0.5)) + 0.0 if self.kind == "words" else clipped  # + 0.0: never "-0"

    def words_of(self, weights: ArrayLike) -> NDArray[np.int64]:
        """Return how many input words a synapse of each of *weights* takes."""
        array = _array("weights", weights)
        return (array if self.kind == "words" else array != 0).astype(np.int64)

    def describe(self) -> str:
        """Return the rule as half a sentence."""
        if self.kind == "words":
            end = f" to {self.high:.12g}" if isfinite(self.high) else ""
            return f"weights are counts of {self.word}s: whole numbers from 0{end}"
        if self.kind == "levels":
            return f"a weight is one of {', '.join(with_unit(level, self.unit) for level in self.values)}"
        if self.kind == "between":
            return f"a weight is a number from {with_unit(self.low, self.unit)} to {with_unit(self.high, self.unit)}"
        return "a weight is any finite number"
