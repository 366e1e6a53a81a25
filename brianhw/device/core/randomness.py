"""Random numbers of compiled code: NumPy's own generator, lent to C++ for the time of a run.

``numpy.random`` (the global, legacy generator) is the master. Its state is copied into memory that C++ sees before a
run, and back after it, so random numbers drawn in Python and in C++ follow each other in one sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from brianhw.errors import GeneratorError

__all__ = ["LAYOUT", "RandomState"]

# the same layout as RandomState in brianhw_random.h
LAYOUT = np.dtype(
    [("key", np.uint32, 624), ("position", np.int32), ("has_gauss", np.int32), ("gauss", np.float64)], align=True
)


class RandomState:
    """The memory in which C++ finds the state of the random numbers."""

    def __init__(self) -> None:
        self.memory = np.zeros(1, dtype=LAYOUT)

    @contextmanager
    def lent(self, used: bool) -> Iterator[None]:
        """Let C++ draw the numbers in the block, if it does draw any."""
        if not used:
            yield
            return
        self._copy_in()
        try:
            yield
        finally:
            self._copy_out()

    @contextmanager
    def taken_back(self, used: bool) -> Iterator[None]:
        """Let Python draw the numbers in a block within one where they are lent."""
        if not used:
            yield
            return
        self._copy_out()
        try:
            yield
        finally:
            self._copy_in()

    def _copy_in(self) -> None:
        """Copy NumPy's state into the memory."""
        state = np.random.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            raise GeneratorError(
                f"numpy.random uses the generator {state['bit_generator']}, and compiled code continues MT19937 only. "
                "Restore it with numpy.random.set_bit_generator(numpy.random.MT19937())."
            )
        self.memory[0] = (state["state"]["key"], state["state"]["pos"], state["has_gauss"], state["gauss"])

    def _copy_out(self) -> None:
        """Copy the state in the memory into NumPy's generator."""
        key, position, has_gauss, gauss = self.memory[0]
        np.random.set_state(("MT19937", key, int(position), int(has_gauss), float(gauss)))
