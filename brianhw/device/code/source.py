"""The text of a model's library, and what its tables hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """The text of a model's library and what its tables hold.

    Attributes
    ----------
    text : str
        C++.
    bindings : tuple of str
        Names, in the order of the table of addresses.
    static_arrays : dict
        Name to the array of a function's namespace, such as a TimedArray's values.
    copies : tuple of (array, array)
        Static arrays that are copies, since what they stand for does not lie in C order; and what that is.
    constants : tuple of (str, str)
        Code object and name of each floating-point constant, in the order of their table.
    functions : tuple of (str, str)
        Code object and block of each function, in the order of their table.
    strict : bool
        Whether it uses NumPy's loops.
    """

    text: str
    bindings: tuple[str, ...]
    static_arrays: Mapping[str, np.ndarray]
    copies: tuple[tuple[np.ndarray, np.ndarray], ...]
    constants: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, str], ...]
    strict: bool
