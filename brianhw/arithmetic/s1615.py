"""SpiNNaker's number formats as raw integers: S16.15, unsigned fractions, weights, STDP's fixed point.

=========  ====================  ======================  =========================================
format     bits                  one is                  used for
=========  ====================  ======================  =========================================
S16.15     32, two's complement  32768                   state, parameters, currents, conductances
U0.32      32, unsigned          2^32 (not reached)      decay factors of synapses
weight     16, unsigned          2^(15 - shift)          stored weights, ring buffers
STDP       16, signed            2048                    traces and their tables
=========  ====================  ======================  =========================================

All products are truncated towards minus infinity and nothing saturates but what says so: sums and products wrap
round, as on the chip; functions cut what they are given to 32 bits, too, so that sums may be wider on the way. Every
function takes numbers or arrays of raw integers, and gives ``int32``; in Brian2 its ``.brian2`` goes into a namespace
(:func:`functions` gives all of them), where variables are ``: integer``. A U0.32 number lies in 32 bits and so looks
negative from one half on.

Source: the C sources of sPyNNaker and spinn_common (October 2023) and the ISO/IEC TR 18037 formats of the ARM compiler.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np

from brianhw.arithmetic.translation import integer_function, low_half, real, rint, where, whole, wide_function
from brianhw.errors import ParameterError

__all__ = [
    "ONE",
    "STDP_ONE",
    "decay",
    "divide",
    "exponential",
    "exponential_fraction",
    "fraction_part",
    "functions",
    "larger",
    "low_bits",
    "multiply",
    "reciprocal",
    "ring_buffer",
    "round_to_s1615",
    "scale_trace",
    "select",
    "shift_left",
    "shift_right",
    "smaller",
    "to_float",
    "to_s1615",
    "unsigned",
]

ONE = 1 << 15  # of S16.15
STDP_ONE = 1 << 11
LARGEST = (1 << 31) - 1
CELL_LARGEST = (1 << 16) - 1  # of a weight and of a cell of the ring buffer


# -- arithmetic -------------------------------------------------------------------------------------


@integer_function
def multiply(a: int, b: int) -> int:
    """Return the product of two S16.15 numbers, rounded down and cut to 32 bits."""
    return (low_half(a) * low_half(b)) >> 15


@integer_function
def divide(a: int, b: int) -> int:
    """Return the S16.15 quotient of two S16.15 numbers, rounded down; zero where *b* is zero."""
    top = low_half(a)
    bottom = low_half(b)
    return where(bottom == 0, 0, (top << 15) // where(bottom == 0, 1, bottom))


@integer_function
def reciprocal(x: int) -> int:
    """Return ``divide(ONE, x)`` of a positive S16.15 number, faster; of others that of the smallest positive one.

    It is exact: 2^30/x is at least 1/x away from the next whole number, a double less than that from 2^30/x.
    """
    return whole(1073741824 / real(where(low_half(x) > 1, x, 1)))


@integer_function
def decay(x: int, factor: int) -> int:
    """Return an S16.15 number times a U0.32 *factor*, rounded down."""
    value = low_half(x)
    signed = low_half(factor)  # 2^32 less where the factor is a half or more; two signed halves multiply faster
    return ((value * signed) >> 32) + where(signed < 0, value, 0)


@integer_function
def shift_right(x: int, bits: int) -> int:
    """Return *x* divided by a power of two, rounded down."""
    return low_half(x) >> bits


@integer_function
def shift_left(x: int, bits: int) -> int:
    """Return *x* times a power of two, cut to 32 bits."""
    return x << bits


@integer_function
def select(condition: int, chosen: int, other: int) -> int:
    """Return *chosen* where the condition holds, *other* elsewhere.

    By a mask: of two choices by one condition compilers make a branch, which keeps a loop from using vector
    instructions.
    """
    mask = where(condition != 0, -1, 0)
    return (chosen & mask) | (other & ~mask)


@integer_function
def smaller(a: int, b: int) -> int:
    """Return the smaller of two integers."""
    return where(low_half(a) < low_half(b), a, b)


@integer_function
def larger(a: int, b: int) -> int:
    """Return the larger of two integers."""
    return where(low_half(a) > low_half(b), a, b)


@integer_function
def low_bits(x: int, bits: int) -> int:
    """Return the lowest *bits* of an integer, as an unsigned number."""
    return x & ((1 << bits) - 1)


@integer_function
def ring_buffer(cell: int, shift: int) -> int:
    """Return the S16.15 input of a ring buffer's *cell*, a sum of raw weights that saturates at 16 bits."""
    return where(cell > CELL_LARGEST, CELL_LARGEST, cell) << shift


@integer_function
def scale_trace(trace: int, factor: int) -> int:
    """Return the product of two STDP numbers (one is 2048), rounded down."""
    return (low_half(trace) * low_half(factor)) >> 11


@integer_function
def fraction_part(x: int) -> int:
    """Return what is left of an S16.15 number that passes through U0.32: it is taken modulo one."""
    return x & 0x7FFF


# -- the exponential --------------------------------------------------------------------------------


def _nearest(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_EVEN))


_DIGITS = Context(prec=60)
_WHOLE = tuple(_nearest(_DIGITS.multiply(_DIGITS.exp(Decimal(k - 13)), Decimal(2**32))) for k in range(26))
_SIXTEENTHS = tuple(
    _nearest(_DIGITS.multiply(1 - _DIGITS.exp(_DIGITS.divide(Decimal(-k), Decimal(16))), Decimal(2**32)))
    for k in range(16)
)
LARGEST_EXPONENT = 363408  # beyond it the result is the largest number
SMALLEST_EXPONENT = -340695  # below it the result is zero


@wide_function
def _product_high(a: int, b: int) -> int:
    """Return the upper 32 bits of the product of two unsigned 32-bit numbers."""
    return (a * (b >> 16) + ((a * (b & 0xFFFF)) >> 16)) >> 16


@wide_function
def _product_low(a: int, b: int) -> int:
    """Return the lower 32 bits of the product of two unsigned 32-bit numbers."""
    return (a * (b & 0xFFFF) + (((a * (b >> 16)) & 0xFFFF) << 16)) & 0xFFFFFFFF


@wide_function
def _part(total: int, share: int) -> int:
    """Return the product of *total* and a U0.32 *share*; its lower half is rounded as on the chip."""
    low = total & 0xFFFFFFFF
    return _product_high(low, share) + (_product_low(low, share) >= 0x7FFFFFFF) + (total >> 32) * share


@wide_function
def _exponential(x: int) -> int:
    """Return exp(x) in units of 2^-32, for an S16.15 *x*; limits are the caller's."""
    inside = where(x > LARGEST_EXPONENT, 0, where(x < SMALLEST_EXPONENT, 0, x))
    below = inside & 0x7FFF
    whole = (inside >> 15) + (below > 0)
    rest = where(below > 0, ONE - below, 0)  # now x = whole - rest
    total = _WHOLE[whole + 13]
    coarse = total - _part(total, _SIXTEENTHS[rest >> 11])
    y = (rest & 2047) << 17
    q = (4293434720 - ((2081624032 * y) >> 32)) & 0xFFFFFFFF
    fine = (((q * y) >> 32) + 5294) & 0xFFFFFFFF
    return where(rest > 0, coarse - _part(coarse, fine), total)


@integer_function
def exponential(x: int) -> int:
    """Return exp(x) as S16.15, for an S16.15 *x*: zero far below, the largest number above 11.09."""
    return where(x > LARGEST_EXPONENT, LARGEST, where(x < SMALLEST_EXPONENT, 0, _exponential(x) >> 17))


@integer_function
def exponential_fraction(x: int) -> int:
    """Return exp(x) as U0.32 in 32 bits, for an S16.15 *x* that is not positive; exp(0) becomes 0."""
    return where(x < SMALLEST_EXPONENT, 0, _exponential(x))


# -- conversions ------------------------------------------------------------------------------------


@integer_function
def round_to_s1615(x: float) -> int:
    """Return the S16.15 number next to *x*, ties to even; what is out of range becomes the largest or smallest."""
    scaled = rint(x * ONE)
    return where(scaled > LARGEST, LARGEST, where(scaled < -LARGEST - 1, -LARGEST - 1, scaled))


def to_s1615(values: Any, name: str = "value") -> Any:
    """Return numbers as raw S16.15, ``int32``: rounded to nearest, ties to even, by their decimal text.

    Raises
    ------
    ParameterError
        If one is not between -65536 and 65536 - 2^-15.

    Examples
    --------
    >>> from brianhw.arithmetic.s1615 import to_float, to_s1615
    >>> raw = to_s1615([-65.0, 0.1])  # of mV, say
    >>> print(raw, to_float(raw))  # 0.1 is held as 3277/32768
    [-2129920     3277] [-65.          0.1000061]
    >>> to_s1615(70000.0, "resistance")
    Traceback (most recent call last):
        ...
    brianhw.errors.ParameterError: resistance = 70000 does not fit S16.15, which holds -65536 to 65535.99997. Use
        another unit or a smaller value.
    """
    numbers = np.asarray(values, dtype=float)
    scaled = np.where(np.isfinite(numbers), numbers, np.finfo(float).max / ONE) * ONE
    raw = np.rint(scaled)
    # the front end looks at the decimal text: only a tie in binary can be none in decimals
    for at in np.argwhere(scaled - np.floor(scaled) == 0.5):
        exact = Decimal(repr(float(numbers[tuple(at)]))) * ONE
        raw[tuple(at)] = float(exact.to_integral_value(ROUND_HALF_EVEN))
    wrong = ~((raw >= -LARGEST - 1) & (raw <= LARGEST))
    if wrong.any():
        raise ParameterError(
            f"{name} = {numbers[wrong].flat[0]:g} does not fit S16.15, which holds -65536 to 65535.99997. "
            "Use another unit or a smaller value."
        )
    return raw.astype(np.int32)[()]


def to_float(raw: Any) -> Any:
    """Return the numbers that raw S16.15 integers stand for.

    Examples
    --------
    >>> from brianhw.arithmetic.s1615 import exponential, to_float, to_s1615
    >>> print(to_float(exponential(to_s1615(-0.05))))  # exp(-0.05) = 0.951229, within 2**-15
    0.95123291015625
    """
    return np.asarray(raw) / ONE


def unsigned(raw: Any) -> Any:
    """Return raw 32-bit integers read as unsigned numbers, as for U0.32: ``uint32``.

    Examples
    --------
    >>> from brianhw.arithmetic.s1615 import exponential_fraction, to_s1615, unsigned
    >>> factor = exponential_fraction(to_s1615(-0.2))  # above one half: negative as 32 bits with a sign
    >>> print(factor, unsigned(factor)/2**32)  # exp(-0.2) = 0.818731
    -778584292 0.8187217181548476
    """
    return np.asarray(raw).astype(np.int64).astype(np.uint32)[()]


def functions() -> dict[str, Any]:
    r"""Return the Brian2 function of every integer function here, by name: a namespace for equations.

    Examples
    --------
    >>> from brian2 import NeuronGroup
    >>> from brianhw.arithmetic.s1615 import ONE, functions
    >>> group = NeuronGroup(1, "a : integer\nb = multiply(a, a) : integer", namespace=functions())
    >>> group.a = 3*ONE//2
    >>> print(group.b[:]/ONE)  # 1.5*1.5
    [2.25]
    """
    found = (multiply, divide, decay, shift_right, shift_left, select, ring_buffer, scale_trace, fraction_part)
    more = (exponential, exponential_fraction, round_to_s1615, smaller, larger, low_bits, reciprocal)
    return {function.__name__: function.brian2 for function in (*found, *more)}
