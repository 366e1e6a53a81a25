"""Growable arrays behave as NumPy arrays do that are copied at every change of shape; views never change by growth."""

from __future__ import annotations

import ctypes
import gc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("brian2")
from brianhw.device.core.arrays import GROW, ArrayHeader, GrowableArray

SIZES = st.integers(0, 40)
DTYPES = st.sampled_from([np.float64, np.float32, np.int32, np.int64, np.bool_])


def resized(before: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the model: a new array of zeros with what both shapes have in common."""
    after = np.zeros(shape, dtype=before.dtype)
    common = tuple(slice(0, min(old, new)) for old, new in zip(before.shape, shape, strict=True))
    after[common] = before[common]
    return after


def fill(array: GrowableArray, value: int) -> None:
    array.data[...] = (np.arange(array.data.size).reshape(array.shape) + value) % 251


@given(SIZES, st.lists(SIZES, max_size=12), DTYPES)
def test_a_vector_resizes_as_a_copy_in_numpy_does(first: int, sizes: list[int], dtype: type) -> None:
    array = GrowableArray(first, dtype)
    model = np.zeros(first, dtype=dtype)
    for k, size in enumerate(sizes):
        fill(array, k + 1)
        model[:] = array.data
        array.resize(size)
        model = resized(model, (size,))
        assert array.data.dtype == dtype and array.shape == (size,) == (len(array),)
        assert array.extent == size
        assert np.array_equal(array.data, model)


@given(st.tuples(SIZES, SIZES), st.lists(st.tuples(SIZES, SIZES), max_size=12), DTYPES)
def test_a_matrix_resizes_as_a_copy_in_numpy_does(
    first: tuple[int, int], shapes: list[tuple[int, int]], dtype: type
) -> None:
    array = GrowableArray(first, dtype)
    model = np.zeros(first, dtype=dtype)
    for k, shape in enumerate(shapes):
        fill(array, k + 1)
        model[:] = array.data
        array.resize(shape)
        model = resized(model, shape)
        assert array.shape == array.extent == shape
        assert np.array_equal(array.data, model)


@given(st.tuples(SIZES, SIZES), st.lists(SIZES, max_size=8))
def test_the_first_dimension_resizes_alone(first: tuple[int, int], rows: list[int]) -> None:
    array = GrowableArray(first, np.float64)
    for k, row in enumerate(rows):
        fill(array, k + 1)
        model = resized(array.data, (row, first[1]))
        # Brian2 gives the full shape or only the first dimension
        array.resize_along_first((row, first[1]) if k % 2 else row)
        assert np.array_equal(array.data, model)


@given(SIZES, st.lists(SIZES, min_size=1, max_size=12))
def test_a_view_held_over_growth_keeps_its_values(first: int, growth: list[int]) -> None:
    array = GrowableArray(first, np.int32)
    held = []
    for k, more in enumerate(growth):
        fill(array, k + 1)
        held.append((array.data, array.data.copy()))
        array.resize(len(array) + more + array.header.capacity)  # more than there is room for
        fill(array, 100)  # goes to the new block
    assert all(np.array_equal(view, values) for view, values in held)


def test_growth_within_the_capacity_does_not_move_the_values() -> None:
    array = GrowableArray(4, np.float64)
    array.reserve(100)
    view, address = array.data, array.header.memory
    view[:] = 7
    array.resize(100)
    assert array.header.memory == address
    assert np.shares_memory(view, array.data)
    assert np.array_equal(view, [7, 7, 7, 7])


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 9])
def test_what_was_cut_off_does_not_come_back(rows: int) -> None:
    array = GrowableArray(4, np.float64)
    array.data[:] = [1, 2, 3, 4]
    array.resize(2)
    array.resize(rows)
    assert np.array_equal(array.data, [1, 2, *[0] * (rows - 2)])


@pytest.mark.parametrize("columns", [1, 2, 3, 5])
def test_columns_that_were_cut_off_do_not_come_back(columns: int) -> None:
    array = GrowableArray((2, 4), np.float64)
    array.data[:] = 1
    array.resize((2, 1))
    array.resize((3, columns))
    expected = np.zeros((3, columns))
    expected[:2, 0] = 1
    assert np.array_equal(array.data, expected)
    assert array.header.columns == columns


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_an_adopted_array_is_the_memory_until_it_becomes_too_small(dtype: type) -> None:
    array, given = GrowableArray(2, np.float64), np.arange(5, dtype=dtype)
    array.adopt(given)
    assert array.shape == (5,) and array.header.memory == given.ctypes.data
    array[1] = 7
    assert given[1] == 7
    array.resize(5)
    assert np.shares_memory(array.data, given)
    array.resize(6)
    given[0] = 9
    np.testing.assert_array_equal(array.data, np.array([0, 7, 2, 3, 4, 0], dtype=dtype))


def test_an_array_that_lies_in_pieces_is_copied_when_it_is_adopted() -> None:
    array, given = GrowableArray(0, np.int32), np.arange(10, dtype=np.int32)[::2]
    array.adopt(given)
    assert not np.shares_memory(array.data, given)
    np.testing.assert_array_equal(array.data, given)


def test_a_smaller_shape_gives_the_memory_back() -> None:
    array = GrowableArray(1000, np.float64)
    array.data[:3] = [1, 2, 3]
    array.shrink(3)
    assert np.array_equal(array.data, [1, 2, 3])
    assert array.header.capacity == 3


def test_adding_one_at_a_time_moves_the_values_rarely() -> None:
    array = GrowableArray(0, np.float64)
    blocks = set()
    for n in range(1, 10_001):
        array.resize(n)
        blocks.add(array.header.capacity)
    assert len(blocks) <= 30  # log(10000) / log(1.5) is 23


# -- what C++ does --------------------------------------------------------------------------------------


def push_back(array: GrowableArray, value: float) -> None:
    """Do as Vector::push_back in brianhw_array.h."""
    header = array.header
    if header.rows == header.capacity:
        GROW(ctypes.addressof(header), header.rows + 1)
        assert header.capacity > header.rows
    ctypes.cast(header.memory, ctypes.POINTER(ctypes.c_double))[header.rows] = value
    header.rows += 1


@given(st.lists(st.floats(allow_nan=False), max_size=100), st.integers(0, 100))
def test_what_compiled_code_adds_is_there_in_order(values: list[float], when: int) -> None:
    array = GrowableArray(0, np.float64)
    view = array.data
    for k, value in enumerate(values):
        push_back(array, value)
        if k == when:
            view = array.data
    assert array.data.tolist() == values
    assert view.tolist() == (values[: when + 1] if when < len(values) else [])


def test_the_header_has_four_numbers_of_eight_bytes() -> None:
    assert ctypes.sizeof(ArrayHeader) == 32


def test_an_array_that_is_gone_does_not_grow() -> None:
    array = GrowableArray(1, np.float64)
    header, gone = array.header, weakref.ref(array)
    del array
    gc.collect()
    assert gone() is None
    GROW(ctypes.addressof(header), 2)
    assert header.capacity == 1


@pytest.mark.parametrize("rows", [2**50, 2**59, 2**61])
def test_where_there_is_no_memory_the_array_stays_as_it_is(rows: int) -> None:
    array = GrowableArray(2, np.float64)
    array.data[:] = [1, 2]
    GROW(ctypes.addressof(array.header), rows)
    assert array.header.capacity == 2
    assert array.data.tolist() == [1, 2]
