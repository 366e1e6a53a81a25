"""Functions that look a number up in a table, the same in NumPy, Cython and C++."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal
from hashlib import sha256
from math import ceil, log
from types import FunctionType
from typing import Any

from brianhw.arithmetic.s1615 import STDP_ONE
from brianhw.arithmetic.translation import IntegerFunction, where
from brianhw.errors import ParameterError

__all__ = ["LookUp", "exponential_table"]

TABLE: tuple[int, ...] = ()
SHIFT = LENGTH = 0


def _look_up(distance: int) -> int:
    """Return the entry of the table for a *distance* in steps, zero beyond both ends."""
    index = distance >> SHIFT
    inside = (index >= 0) & (index < LENGTH)
    return where(inside, TABLE[where(inside, index, 0)], 0)


class LookUp(IntegerFunction):
    """A table as a function of a distance in steps: entry ``distance >> shift``, zero beyond both ends.

    Parameters
    ----------
    values : sequence of int
        The table.
    shift : int
        Steps, as a power of two, that share an entry.
    label : str
        Part of its name in C++ and Cython, where two equal tables of one program need two.

    Examples
    --------
    >>> from brianhw.arithmetic.tables import LookUp
    >>> table = LookUp([100, 50, 25], shift=2)  # an entry for each four steps
    >>> print(table([0, 3, 4, 11, 12]))
    [100 100  50  25   0]
    """

    def __init__(self, values: Any, shift: int = 0, label: str = "") -> None:
        self.values, self.shift, self.label = tuple(int(value) for value in values), int(shift), label
        known = {"TABLE": self.values, "SHIFT": self.shift, "LENGTH": len(self.values), "where": where}
        definition = FunctionType(_look_up.__code__, known, "look_up")
        definition.__annotations__ = {"distance": int, "return": int}
        super().__init__(definition)
        # two tables in one program are two functions
        self.__name__ = f"look_up_{label}_{sha256(repr((self.values, self.shift)).encode()).hexdigest()[:12]}"

    def __reduce__(self) -> tuple[Any, ...]:
        return LookUp, (self.values, self.shift, self.label)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LookUp) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.values, self.shift, self.label))


def exponential_table(tau_ms: float, timestep_ms: float, shift: int = 0, label: str = "") -> LookUp:
    """Return the exponential that STDP looks up: 2048 at zero, until less than one is left.

    Parameters
    ----------
    tau_ms, timestep_ms : float
        Time constant and step, in ms.
    shift : int
        Steps, as a power of two, that share an entry.
    label : str
        As for :class:`LookUp`.

    Raises
    ------
    ParameterError
        If a time is not above zero.

    Examples
    --------
    >>> from brianhw.arithmetic.tables import exponential_table
    >>> table = exponential_table(tau_ms=20.0, timestep_ms=1.0)
    >>> print(table([0, 10, 20]), len(table.values))  # 2048*exp(-s/20), rounded down
    [2048 1242  753] 154
    """
    if not (tau_ms > 0 and timestep_ms > 0):
        raise ParameterError(f"An STDP time constant must be above zero, not {tau_ms!r} ms.")
    apart = timestep_ms * 2**shift
    length = ceil(log(STDP_ONE) * tau_ms / apart)
    length += length % 2
    context = Context(prec=40)
    step = Decimal(repr(float(apart))) / Decimal(repr(float(tau_ms)))
    entries = (STDP_ONE * context.exp(-number * step) for number in range(length))
    return LookUp((int(entry.to_integral_value(ROUND_FLOOR)) for entry in entries), shift, label)
