"""Cells of PyNN 0.4: numbers with parameters as attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.pynn.v04.errors import NonExistentParameterError

__all__ = ["ID", "IDMixin"]


class IDMixin:
    """What a cell knows beside its number; parameters are attributes, as in ``p[3, 4].tau_m = 20.0``."""

    non_parameter_attributes = ("parent", "_cellclass", "cellclass", "_position", "position", "hocname")
    parent: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "parent":
            raise AttributeError("This cell belongs to no population.")
        if name not in self.cellclass.default_parameters:
            raise NonExistentParameterError(name, self.cellclass)
        return self.get_parameters()[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.non_parameter_attributes:
            object.__setattr__(self, name, value)
        else:
            self.set_parameters(**{name: value})

    @property
    def cellclass(self) -> Any:
        """The class of the cell."""
        return self.parent.celltype

    @property
    def position(self) -> np.ndarray:
        """The coordinates of the cell, an array of 3 numbers; can be set."""
        found: np.ndarray = self.parent.positions[:, self.parent._index(self)]
        return found

    @position.setter
    def position(self, position: Any) -> None:
        positions = np.array(self.parent.positions)
        positions[:, self.parent._index(self)] = position
        self.parent.positions = positions

    def is_standard_cell(self) -> bool:
        """Say whether the cell is of a standardised class; all are."""
        return True

    def get_parameters(self) -> dict[str, Any]:
        """Return all parameters of the cell."""
        found: dict[str, Any] = self.parent._parameters_of(self.parent._index(self))
        return found

    def set_parameters(self, **parameters: Any) -> None:
        """Set parameters of the cell.

        Raises
        ------
        NonExistentParameterError, InvalidParameterValueError
            Nothing has been set then.
        """
        index = self.parent._index(self)
        self.parent._set(parameters, slice(index, index + 1))


class ID(int, IDMixin):
    """A cell."""

    def __new__(cls, number: int, parent: Any) -> ID:
        cell = super().__new__(cls, number)
        cell.parent = parent
        return cell
