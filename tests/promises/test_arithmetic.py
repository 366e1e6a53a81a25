"""The chip's number formats: against Python's integers, against recorded vectors, and compiled."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import NeuronGroup, prefs
from hypothesis import given, settings
from hypothesis import strategies as st

from brianhw.arithmetic import IntegerFunction, integer_function, s1615
from brianhw.arithmetic.tables import LookUp, exponential_table
from brianhw.errors import ParameterError

INT32 = st.integers(-(2**31), 2**31 - 1)
UINT32 = st.integers(0, 2**32 - 1)


def wrapped(x: int) -> int:
    """Return the lower 32 bits of *x* as a signed number."""
    return (x + 2**31) % 2**32 - 2**31


def checked(function: IntegerFunction, *arguments: int) -> int:
    found = function(*arguments)
    assert isinstance(found, np.int32)
    return int(found)


# -- against Python's integers ----------------------------------------------------------------------


@given(INT32, INT32)
def test_multiply(a: int, b: int) -> None:
    assert checked(s1615.multiply, a, b) == wrapped(floor(Fraction(a * b, 2**15)))


@given(INT32, INT32)
def test_divide(a: int, b: int) -> None:
    assert checked(s1615.divide, a, b) == (wrapped(floor(Fraction(a * 2**15, b))) if b else 0)


@given(st.integers(1, 2**31 - 1))
def test_reciprocal(x: int) -> None:
    assert checked(s1615.reciprocal, x) == 2**30 // x


@given(INT32, UINT32)
def test_decay(x: int, factor: int) -> None:
    assert checked(s1615.decay, x, factor) == wrapped(floor(Fraction(x * factor, 2**32)))
    assert checked(s1615.decay, x, wrapped(factor)) == checked(s1615.decay, x, factor)


@given(st.integers(0, 2**20), st.integers(0, 15))
def test_ring_buffer(cell: int, shift: int) -> None:
    assert checked(s1615.ring_buffer, cell, shift) == wrapped(min(cell, 65535) * 2**shift)


@given(INT32, st.integers(0, 31))
def test_shifts(x: int, bits: int) -> None:
    assert checked(s1615.shift_right, x, bits) == floor(Fraction(x, 2**bits))
    assert checked(s1615.shift_left, x, bits) == wrapped(x * 2**bits)
    assert checked(s1615.low_bits, x, bits) == x % 2**bits


@given(st.integers(-(2**15), 2**15 - 1), st.integers(-(2**15), 2**15 - 1))
def test_small_things(a: int, b: int) -> None:
    assert checked(s1615.scale_trace, a, b) == floor(Fraction(a * b, 2**11))
    assert (checked(s1615.smaller, a, b), checked(s1615.larger, a, b)) == (min(a, b), max(a, b))
    assert checked(s1615.fraction_part, a) == a % 2**15
    assert checked(s1615.select, a > 0, a, b) == (a if a > 0 else b)


@given(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_wider_sums_are_cut_as_a_register_would(a: int, b: int) -> None:
    assert checked(s1615.multiply, a, b) == checked(s1615.multiply, wrapped(a), wrapped(b))
    assert checked(s1615.divide, a, b) == checked(s1615.divide, wrapped(a), wrapped(b))
    assert checked(s1615.smaller, a, b) == min(wrapped(a), wrapped(b))


@given(st.integers(-400_000, 400_000))
def test_exponential_is_within_its_error_and_limits(x: int) -> None:
    exact = Decimal(x) / 2**15
    found = checked(s1615.exponential, x)
    if x > 363_408:
        assert found == 2**31 - 1
    elif x < -340_695:
        assert found == 0
    else:  # model.md: an error of up to 1.3e5 units of 2^-32, relative to the result where that is above one
        result = exact.exp()
        assert abs(Decimal(found) - result * 2**15) <= 1 + result * Decimal(1.4e5) / 2**17


# -- recorded ---------------------------------------------------------------------------------------


# -- conversions ------------------------------------------------------------------------------------


@given(st.floats(-65535.0, 65535.0))
def test_to_s1615_rounds_the_decimal_text(x: float) -> None:
    exact = Decimal(repr(x)) * 2**15
    assert int(s1615.to_s1615(x)) == int(exact.to_integral_value("ROUND_HALF_EVEN"))


def test_to_s1615_takes_arrays_and_refuses_what_does_not_fit() -> None:
    assert s1615.to_s1615([1.0, -0.5, 0.1]).tolist() == [32768, -16384, 3277]
    assert s1615.to_float(s1615.to_s1615(-65536.0)) == -65536.0
    for wrong in (65536.0, -65536.1, np.nan, np.inf, [0.0, 70000.0]):
        with pytest.raises(ParameterError, match=r"v_rest = .* does not fit S16\.15"):
            s1615.to_s1615(wrong, "v_rest")


def test_rounding_within_a_simulation_saturates() -> None:
    assert s1615.round_to_s1615([0.5 / 2**15, 1.5 / 2**15, 1e9, -1e9]).tolist() == [0, 2, 2**31 - 1, -(2**31)]


# -- definitions ------------------------------------------------------------------------------------


@integer_function
def collatz(unsigned: int) -> int:
    """Return the next number of Collatz's sequence; the argument's name is a keyword of C++."""
    return where(unsigned & 1, 3 * unsigned + 1, unsigned // 2)  # type: ignore[no-any-return] # noqa: F821


def test_functions_take_arrays_and_can_be_pickled() -> None:
    assert collatz([6, 3, 10, -3]).tolist() == [3, 10, 5, -8]
    assert s1615.multiply(np.arange(4)[:, None], np.full(3, 65536)).shape == (4, 3)
    assert pickle.loads(pickle.dumps(s1615.multiply)) is s1615.multiply
    with pytest.raises(TypeError, match="takes 2 arguments, 1 were given"):
        s1615.multiply(1)


def test_a_definition_that_cannot_be_translated_is_refused() -> None:
    @integer_function
    def looping(x: int) -> int:
        for _ in range(3):
            x += 1
        return x

    with pytest.raises(SyntaxError, match="assignments and a return"):
        looping.text("cpp")


def test_tables_are_zero_beyond_their_ends() -> None:
    table = LookUp([7, 5, 3], shift=1)
    assert table([-1, 0, 1, 2, 5, 6, 10**6]).tolist() == [0, 7, 7, 5, 3, 0, 0]
    assert pickle.loads(pickle.dumps(table)) == table
    with pytest.raises(ParameterError, match="above zero"):
        exponential_table(0.0, 1.0)


# -- in Brian2 --------------------------------------------------------------------------------------

TEXT = """
a : integer
b : integer
x : 1
product = multiply(a, b) : integer
quotient = divide(a, b) : integer
inverse = reciprocal(larger(b, 1)) : integer
decayed = decay(a, b) : integer
power = exponential(shift_right(a, 13)) : integer
power_fraction = exponential_fraction(shift_right(smaller(a, -a), 13)) : integer
rest = fraction_part(a) : integer
arrived = ring_buffer(low_bits(b, 18), 3) : integer
rounded = round_to_s1615(x) : integer
trace = scale_trace(shift_right(a, 16), shift_right(b, 16)) : integer
chosen = select(a > b, shift_left(a, 2), b) : integer
looked = table(low_bits(a, 5)) : integer
sequence = collatz(a) : integer
"""
NAMES = [line.split(" = ")[0] for line in TEXT.splitlines() if " = " in line]


def in_brian(n: int = 500) -> dict[str, np.ndarray]:
    """Return all functions of random and of extreme numbers, as the present device computes them."""
    random = np.random.default_rng(3)
    group = NeuronGroup(
        n, TEXT + "".join(f"kept_{name} : integer\n" for name in NAMES),
        namespace={**s1615.functions(), "collatz": collatz.brian2, "table": LookUp(range(20, 0, -1)).brian2},
    )  # fmt: skip
    for name in ("a", "b"):
        values = random.integers(-(2**31), 2**31, n)
        values[:8] = [0, 1, -1, 2**31 - 1, -(2**31), 32768, -32768, 65535]
        setattr(group, name, random.permutation(values))
    group.x = random.normal(0, 30000, n)
    group.run_regularly("\n".join(f"kept_{name} = {name}" for name in NAMES))
    brian2.Network(group).run(brian2.defaultclock.dt)
    found = {name: np.array(getattr(group, f"kept_{name}")[:]) for name in NAMES}
    return found | {name: np.array(getattr(group, name)[:]) for name in ("a", "b", "x")}


@pytest.fixture
def on_numpy() -> dict[str, np.ndarray]:
    return in_brian()


def test_brian_calls_them(on_numpy: dict[str, np.ndarray]) -> None:
    a, b = on_numpy["a"], on_numpy["b"]
    assert np.array_equal(on_numpy["product"], s1615.multiply(a, b))
    assert np.array_equal(on_numpy["power"], s1615.exponential(s1615.shift_right(a, 13)))
    assert np.array_equal(on_numpy["sequence"], collatz(a))


@pytest.mark.standalone
@pytest.mark.parametrize("target", ["cython", "brianhw", "cpp_standalone"])
def test_compiled_code_agrees(target: str, on_numpy: dict[str, np.ndarray], tmp_path: Path) -> None:
    if target == "cython":
        prefs.codegen.target = target
    else:
        brian2.set_device(target, **({"directory": str(tmp_path)} if target == "cpp_standalone" else {}))
    compiled = in_brian()
    differing = {name: int(np.count_nonzero(compiled[name] != on_numpy[name])) for name in on_numpy}
    assert differing == dict.fromkeys(on_numpy, 0)


settings.register_profile("arithmetic", max_examples=300, deadline=None)
settings.load_profile("arithmetic")
