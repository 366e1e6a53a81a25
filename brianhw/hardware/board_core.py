"""A core of a board: biases as codes, and the circuit parameters that they give its neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Quantity

from brianhw.hardware.core import Core

__all__ = ["BoardCore"]


class BoardCore(Core):
    """A core of a board; ``board.core("C1c2")`` gives it."""

    def bias(self, **values: Any) -> None:
        self.check_biases(values)
        for name, value in values.items():
            self._values[name] = self._quantity(name, np.ravel(value)[0])
        for population in self.populations:
            population.take_biases(values)

    def value(self, name: str, second_leak: bool = False) -> Quantity:
        return self._quantity(name, self._values[name])

    def settings(self) -> Any:
        return dict(self._values)

    def put_back(self, settings: Any) -> None:
        self._values = dict(settings)
