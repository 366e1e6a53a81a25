"""Arrays that C++ can extend: as NumPy has them, and what is held of them never changes by growing."""

from __future__ import annotations

import ctypes
import gc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brianhw.device.arrays import GROW, GrowableArray

DTYPES = [np.float64, np.float32, np.int32, np.int8, np.bool_]
ROWS, COLUMNS = st.integers(0, 40), st.integers(0, 5)
# What happens to an array: a resize in Python, values set in Python, or rows that C++ appends.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("resize"), ROWS, COLUMNS),
        st.tuples(st.just("resize_along_first"), ROWS, st.none()),
        st.tuples(st.just("shrink"), ROWS, st.none()),
        st.tuples(st.just("fill"), st.integers(1, 100), st.none()),
        st.tuples(st.just("append"), st.integers(1, 30), st.none()),
    ),
    max_size=12,
)


def append_as_cpp_does(array: GrowableArray, rows: int, value: int) -> None:
    """Write rows through the header, asking for memory as ``brianhw_array.h`` does."""
    for _ in range(rows):
        header = array.header
        if header.rows == header.capacity:
            assert GROW(ctypes.addressof(header), header.rows + 1)
        length = header.columns * array.dtype.itemsize
        row = np.full(header.columns, value).astype(array.dtype).tobytes()
        ctypes.memmove(header.memory + header.rows * length, row, length)
        header.rows += 1


def resized(model: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return what NumPy's rule gives: the common part stays, the rest is zero."""
    new = np.zeros(shape, dtype=model.dtype)
    common = tuple(slice(min(*each)) for each in zip(shape, model.shape, strict=True))
    new[common] = model[common]
    return new


def apply(array: GrowableArray, model: np.ndarray, step: tuple[str, int, int | None]) -> np.ndarray:
    """Do a step to the array; return what a plain NumPy array becomes by it."""
    kind, number, columns = step
    if kind == "fill":
        array[:] = number
        model = model.copy()
        model[:] = number
    elif kind == "append":
        append_as_cpp_does(array, number, number)
        new = resized(model, (len(model) + number, *model.shape[1:]))
        new[len(model) :] = np.full(new[len(model) :].shape, number).astype(model.dtype)
        model = new
    else:
        shape: Any = (number, *model.shape[1:])
        if kind == "resize" and model.ndim == 2:
            shape = (number, columns)
        if kind == "shrink":
            shape = (min(number, len(model)), *model.shape[1:])
        getattr(array, kind)(shape if model.ndim == 2 else shape[0])
        model = resized(model, shape)
    return model


@given(st.sampled_from(DTYPES), ROWS, st.none() | COLUMNS, STEPS)
def test_an_array_is_what_numpy_has(dtype: Any, rows: int, columns: int | None, steps: list[Any]) -> None:
    shape = (rows,) if columns is None else (rows, columns)
    array, model = GrowableArray(shape, dtype), np.zeros(shape, dtype=dtype)
    for step in steps:
        model = apply(array, model, step)
        assert array.shape == model.shape and len(array) == len(model)
        assert array.data.dtype == model.dtype
        np.testing.assert_array_equal(array[:], model)


@given(ROWS, st.none() | st.integers(1, 5), st.lists(st.integers(1, 60), min_size=1, max_size=6), st.booleans())
def test_a_view_keeps_its_values_when_the_array_grows(
    rows: int, columns: int | None, growth: list[int], in_cpp: bool
) -> None:
    array = GrowableArray((rows,) if columns is None else (rows, columns), np.float64)
    array[:] = np.arange(array.data.size).reshape(array.shape)
    held = []
    for number, more in enumerate(growth):
        held.append((array[:], array[:].copy(), array.memory.ctypes.data))
        if in_cpp:
            append_as_cpp_does(array, more, 1000 + number)
        else:
            array.resize_along_first(len(array) + more)
            array[len(array) - more :] = 1000 + number
        for view, values, _ in held:
            np.testing.assert_array_equal(view, values)
    # a moved array no longer writes to what is held
    moved = [view for view, _, place in held if place != array.memory.ctypes.data]
    before = [view.copy() for view in moved]
    array[:] = -1
    for view, values in zip(moved, before, strict=True):
        np.testing.assert_array_equal(view, values)


def test_a_view_outlives_its_array() -> None:
    array = GrowableArray(1000, np.float64)
    array[:] = 7
    view = array[:]
    del array
    gc.collect()
    others = [GrowableArray(1000, np.float64) for _ in range(10)]  # would take memory that was freed
    assert np.all(view == 7) and len(others) == 10


@pytest.mark.parametrize("columns", [None, 3])
def test_appending_moves_an_array_rarely(columns: int | None) -> None:
    array = GrowableArray((0,) if columns is None else (0, columns), np.float64)
    places = set()
    for _ in range(10000):
        append_as_cpp_does(array, 1, 1)
        places.add((array.header.memory, array.header.capacity))
    assert len(places) < 20  # by doubling: log2(10000) = 13.3


def test_rows_given_up_come_back_as_zeros() -> None:
    array = GrowableArray(10, np.float64)
    array[:] = 5
    array.resize(2)
    array.resize(10)
    assert array[:].tolist() == [5, 5] + 8 * [0]


def test_growing_an_array_that_is_gone_is_refused() -> None:
    array = GrowableArray(1, np.float64)
    address = ctypes.addressof(array.header)
    assert GROW(address, 5) == 1
    del array
    gc.collect()
    assert GROW(address, 5) == 0


def test_no_memory_is_said_to_cpp_and_leaves_the_array_as_it_was() -> None:
    array = GrowableArray(3, np.float64)
    array[:] = 4
    assert GROW(ctypes.addressof(array.header), 2**58) == 0
    assert array[:].tolist() == [4, 4, 4]
