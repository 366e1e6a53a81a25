"""The text of a model's library, and what its functions find in their slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["ArraySlot", "Function", "MemorySlot", "NumberSlot", "QueueSlot", "Slot", "Source", "WholeSlot"]


@dataclass(frozen=True)
class ArraySlot:
    """The address of a variable's values, or of the header of an array that grows."""

    variable: Any


@dataclass(frozen=True)
class QueueSlot:
    """The address of a pathway's queue of spikes."""

    pathway: Any


@dataclass(frozen=True)
class NumberSlot:
    """The value of a floating-point constant."""

    value: float


@dataclass(frozen=True)
class WholeSlot:
    """The number of elements of something."""

    value: int


@dataclass(frozen=True)
class MemorySlot:
    """Room for what a function keeps from step to step: that many numbers, and one that says when they were made."""

    n_values: int


Slot = ArraySlot | MemorySlot | QueueSlot | NumberSlot | WholeSlot


@dataclass(frozen=True)
class Function:
    """A block of a code object.

    Attributes
    ----------
    code_object, block : str
        Its name and the block's.
    number : int
        Which function of the library it is. Blocks that differ in nothing but their slots are one function.
    is_divided : bool
        Whether it can be done in shares.
    slots : tuple of Slot
        What the function finds in its slots.
    """

    code_object: str
    block: str
    number: int
    is_divided: bool
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Source:
    """The text of a model's library and what belongs to it.

    Attributes
    ----------
    text : str
        C++.
    n_functions : int
        How many functions it has.
    functions : tuple of Function
        The blocks, and which function each is.
    bindings : tuple of str
        Names of static arrays, in the order of their table.
    static_arrays : dict
        Name to the array of a function's namespace, such as a TimedArray's values.
    copies : tuple of (array, array)
        Static arrays that are copies, since what they stand for does not lie in C order; and what that is.
    strict : bool
        Whether it uses NumPy's loops.
    inputs : frozenset of ArrayVariable
        What functions compute from, and keep from step to step.
    """

    text: str
    n_functions: int
    functions: tuple[Function, ...]
    bindings: tuple[str, ...]
    static_arrays: Mapping[str, np.ndarray]
    copies: tuple[tuple[np.ndarray, np.ndarray], ...]
    strict: bool
    inputs: frozenset[Any] = frozenset()
