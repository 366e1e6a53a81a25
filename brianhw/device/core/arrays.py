"""Arrays that grow: NumPy memory that generated C++ can extend while it runs.

The memory is a NumPy array with room to spare; a header beside it, which C++ reads and writes, says where it lies
and how much of it is in use. What a user holds is a view of the memory. An array that outgrows its memory gets a
larger block; the view keeps the old one alive with the values it had.
"""

from __future__ import annotations

import ctypes
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

__all__ = ["GROW", "ArrayHeader", "GrowableArray", "outlet_of"]


def outlet_of(array: np.ndarray) -> np.ndarray:
    """Return an array with the memory of another one whose views keep it, and not that one, alive.

    NumPy lets a view of a view refer to the array at the bottom. So that one can tell who holds this one, there is no
    array below it.
    """
    buffer: Any = (ctypes.c_char * array.nbytes).from_address(array.ctypes.data)
    buffer.owner = array
    return np.ndarray(array.shape, array.dtype, buffer)


class ArrayHeader(ctypes.Structure):
    """What C++ knows about an array; the same layout as in ``brianhw_array.h``."""

    _fields_ = [
        ("memory", ctypes.c_void_p),
        ("rows", ctypes.c_int64),
        ("capacity", ctypes.c_int64),
        ("columns", ctypes.c_int64),
    ]


class GrowableArray:
    """An array of one or two dimensions whose first one grows cheaply, with the methods of Brian2's dynamic arrays.

    Parameters
    ----------
    shape : int or tuple of int
        The first shape; the values are zero.
    dtype : dtype
        The type of the values.
    """

    __slots__ = ("__weakref__", "_memory", "header", "tell")

    def __init__(self, shape: int | tuple[int, ...], dtype: Any) -> None:
        shape = shape if isinstance(shape, tuple) else (int(shape),)
        self.tell: Callable[[], None] | None = None  # that values may change, of who watches them
        self.header = ArrayHeader(None, shape[0], 0, shape[1] if len(shape) > 1 else 1)
        self._use(np.zeros(shape, dtype=dtype))
        _by_address[ctypes.addressof(self.header)] = self

    def _use(self, memory: np.ndarray) -> None:
        self._memory = memory
        self.header.memory = memory.ctypes.data
        self.header.capacity = memory.shape[0]

    @property
    def values(self) -> np.ndarray:
        """The values in use, for who only reads them."""
        return self._memory[: self.header.rows]

    @property
    def data(self) -> np.ndarray:
        """The values in use, as a view."""
        if self.tell is not None:
            self.tell()
        return self.values

    @property
    def is_held(self) -> bool:
        """Whether somebody holds a view of the values."""
        return sys.getrefcount(self._memory) > _NOT_HELD

    @property
    def shape(self) -> tuple[int, ...]:
        """The present shape."""
        return (self.header.rows, *self._memory.shape[1:])

    @property
    def extent(self) -> int | tuple[int, ...]:
        """The present shape as Brian2's variables have it in ``size``: of a vector its length."""
        return self.shape if len(self.shape) > 1 else self.shape[0]

    def reserve(self, rows: int) -> None:
        """Make room for *rows* in all, without changing the shape."""
        if rows > self.header.capacity:
            wanted = max(rows, self.header.capacity + self.header.capacity // 2 + 4)
            memory = np.empty((wanted, *self._memory.shape[1:]), dtype=self._memory.dtype)
            memory[: self.header.rows] = self.values
            self._use(memory)

    def resize(self, shape: int | tuple[int, ...]) -> None:
        """Take a new shape; values that both shapes have stay, new ones are zero."""
        if self.tell is not None:
            self.tell()
        rows, *columns = shape if isinstance(shape, tuple | list | np.ndarray) else (shape,)
        before = self.header.rows
        if columns and columns[0] != self.header.columns:
            self._change_columns(int(columns[0]))
        self.reserve(int(rows))
        self._memory[before:rows] = 0
        self.header.rows = int(rows)

    def resize_along_first(self, shape: int | tuple[int, ...]) -> None:
        """Take a new first dimension."""
        self.resize(shape[0] if isinstance(shape, tuple | list | np.ndarray) else shape)

    def shrink(self, shape: int | tuple[int, ...]) -> None:
        """Take a smaller shape and give the memory back."""
        self.resize(shape)
        self._use(self.values.copy())

    def adopt(self, memory: np.ndarray) -> None:
        """Take an array of one dimension, of any type, as the memory, without copying it where it lies in one piece."""
        if self.tell is not None:
            self.tell()
        memory = np.require(memory, requirements=["C", "W"])
        self._use(outlet_of(memory))  # views of it have to be seen, see `is_held`
        self.header.rows, self.header.columns = len(memory), 1

    def _change_columns(self, columns: int) -> None:
        memory = np.zeros((self.header.rows, columns), dtype=self._memory.dtype)
        kept = min(columns, self.header.columns)
        memory[:, :kept] = self.values[:, :kept]
        self.header.columns = columns
        self._use(memory)

    def __getitem__(self, item: Any) -> Any:
        return self.data[item]

    def __setitem__(self, item: Any, value: Any) -> None:
        self.data[item] = value

    def __len__(self) -> int:
        return self.header.rows

    def __repr__(self) -> str:
        return f"GrowableArray({self.values!r})"


def _references() -> int:
    """Return how many references `is_held` finds where nobody else has one."""
    array = GrowableArray.__new__(GrowableArray)
    array._memory = np.zeros(1)
    return sys.getrefcount(array._memory)


_NOT_HELD = _references()
_by_address: weakref.WeakValueDictionary[int, GrowableArray] = weakref.WeakValueDictionary()


@ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
def GROW(address: int, rows: int) -> None:
    """Make room in the array with the header at *address*; C++, which calls it, looks at the capacity afterwards.

    It returns nothing, since what C++ receives from a Python function that raises is left to chance; and a signal
    handler, which Python may run first, may raise anything.
    """
    # KeyError: an array that is gone; ValueError: more than any memory holds
    with suppress(KeyError, MemoryError, ValueError):
        _by_address[address].reserve(2 * rows)
