"""Small helpers that scripts for SpiNNaker take from the vendor's package, by the vendor's names."""

from __future__ import annotations

import math

from brianhw.errors import SpinnakerError

__all__ = ["get_n_bits"]


def get_n_bits(n_values: int) -> int:
    """Return how many bits number *n_values* things, at least one.

    Raises
    ------
    SpinnakerError
        If there are none.
    """
    if n_values < 1:
        raise SpinnakerError(f"get_n_bits() takes a number from 1 up, not {n_values!r}.")
    return max(1, math.ceil(math.log2(n_values)))
