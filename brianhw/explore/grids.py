"""Which points a sweep visits: a Cartesian grid, zipped lists, given points, or random and Sobol samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from brian2 import Quantity, get_dimensions, have_same_dimensions
from brian2.units.fundamentalunits import Unit

from brianhw.errors import SweepError

__all__ = ["Axis", "Grid", "grid_of", "listed", "random_sample", "sobol_sample", "zipped"]


@dataclass(frozen=True)
class Axis:
    """A parameter and its values.

    Attributes
    ----------
    name : str
        Of the parameter.
    values : tuple
        In SI units, numbers or text.
    unit : Unit or None
        In which values are shown and given to models; ``None`` for text.
    """

    name: str
    values: tuple[Any, ...]
    unit: Unit | None

    @classmethod
    def of(cls, name: str, values: Any) -> Axis:
        """Return the axis of some values: a Brian2 quantity, numbers, or text.

        Raises
        ------
        SweepError
            If there are none, they have different units, or one occurs twice.
        """
        if isinstance(values, str) or np.ndim(values) == 0:
            raise SweepError(f"{name}: a sweep needs several values, not {values!r}. Give a list.")
        if len(values) == 0:
            raise SweepError(f"{name}: a sweep needs values, an empty list was given.")
        if all(isinstance(value, str) for value in values):
            found, unit = tuple(values), None
        else:
            found, unit = cls._numbers(name, values)
        if len(set(found)) < len(found):
            twice = next(value for value in found if found.count(value) > 1)
            raise SweepError(f"{name}: the value {cls(name, (twice,), unit).shown(0)!r} occurs twice.")
        return cls(name, found, unit)

    @staticmethod
    def _numbers(name: str, values: Any) -> tuple[tuple[float, ...], Unit]:
        first = values[0]
        for value in values:
            if isinstance(value, str) or not have_same_dimensions(value, first):
                raise SweepError(f"{name}: the values {first!r} and {value!r} have different units.")
        whole = (
            values if isinstance(values, Quantity) else Quantity([np.asarray(v) for v in values], get_dimensions(first))
        )
        numbers = np.asarray(whole, dtype=float)
        if not np.isfinite(numbers).all():
            raise SweepError(f"{name}: values must be finite numbers.")
        unit = whole.get_best_unit() if not get_dimensions(first).is_dimensionless else Unit(1.0)
        return tuple(numbers.tolist()), unit

    def quantity(self, index: int) -> Any:
        """Return a value as models get it: a quantity, a number, or text."""
        value = self.values[index]
        if self.unit is None or self.unit.is_dimensionless:
            return value
        return Quantity(value, self.unit.dim)

    def shown(self, index: int) -> Any:
        """Return a value in the unit that it is shown in."""
        return self.values[index] if self.unit is None else _decimal(self.values[index] / float(self.unit))

    @property
    def coordinates(self) -> Any:
        """All values, as they are shown."""
        return np.array([self.shown(index) for index in range(len(self.values))])

    @property
    def unit_name(self) -> str:
        """The name of the unit."""
        return "" if self.unit is None or self.unit.is_dimensionless else str(self.unit)


def _decimal(value: float) -> float:
    """Return *value* without the last digits, which a conversion of units leaves."""
    return float(f"{value:.14g}")


@dataclass(frozen=True)
class Grid:
    """The points of a sweep.

    Attributes
    ----------
    axes : tuple of Axis
        With all values of each parameter.
    indices : array of int, shape (points, axes)
        Which value of each axis a point has.
    is_cartesian : bool
        Whether each axis is a dimension of the result; otherwise there is one, ``point``.
    """

    axes: tuple[Axis, ...]
    indices: np.ndarray
    is_cartesian: bool

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self.point(number) for number in range(len(self)))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the result."""
        return tuple(len(axis.values) for axis in self.axes) if self.is_cartesian else (len(self),)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of the result."""
        return self.names if self.is_cartesian else ("point",)

    def point(self, number: int) -> dict[str, Any]:
        """Return a point: the parameters as a model gets them."""
        places = zip(self.axes, self.indices[number], strict=True)
        return {axis.name: axis.quantity(int(index)) for axis, index in places}

    def plain(self, number: int) -> dict[str, Any]:
        """Return a point as plain numbers in SI units, and text."""
        return {axis.name: axis.values[int(i)] for axis, i in zip(self.axes, self.indices[number], strict=True)}

    def column(self, name: str) -> Any:
        """Return the values of one parameter at all points, as a quantity or array."""
        place = self.names.index(name)
        axis = self.axes[place]
        numbers = np.array([axis.values[int(i)] for i in self.indices[:, place]])
        return numbers if axis.unit is None or axis.unit.is_dimensionless else Quantity(numbers, axis.unit.dim)


def grid_of(points: Any) -> Grid:
    """Return a dict of values as a Cartesian grid, a list of dicts as its points, and a grid as it is.

    Raises
    ------
    SweepError
        If it makes no sense.
    """
    if isinstance(points, Grid):
        return points
    if isinstance(points, Mapping):
        axes = tuple(Axis.of(name, values) for name, values in points.items())
        if not axes:
            raise SweepError("A sweep needs at least one parameter.")
        indices = list(product(*(range(len(axis.values)) for axis in axes)))
        return Grid(axes, np.array(indices), is_cartesian=True)
    return listed(points)


def listed(points: Sequence[Mapping[str, Any]]) -> Grid:
    """Return a grid of given points, each a dict of the same parameters."""
    points = list(points)
    if not points:
        raise SweepError("A sweep needs points, an empty list was given.")
    names = list(points[0])
    for point in points:
        if set(point) != set(names):
            raise SweepError(f"All points need the parameters {', '.join(names)}; one has {', '.join(point)}.")
    return zipped({name: [point[name] for point in points] for name in names})


def zipped(values: Mapping[str, Any]) -> Grid:
    """Return a grid of the first values of all parameters, the second ones, and so on."""
    lengths = {name: len(each) for name, each in values.items()}
    if len(set(lengths.values())) != 1:
        raise SweepError(f"Zipped parameters need equally many values: {lengths}.")
    axes, columns = [], []
    for name, each in values.items():
        if all(isinstance(value, str) for value in each):
            distinct: list[Any] = list(dict.fromkeys(each))
            axis = Axis(name, tuple(distinct), None)
            columns.append([distinct.index(value) for value in each])
        else:
            numbers, unit = Axis._numbers(name, each)
            distinct = list(dict.fromkeys(numbers))
            axis = Axis(name, tuple(distinct), unit)
            place = {value: index for index, value in enumerate(distinct)}
            columns.append([place[value] for value in numbers])
        axes.append(axis)
    indices = np.array(columns).T
    if len(np.unique(indices, axis=0)) < len(indices):
        raise SweepError("A point occurs twice.")
    return Grid(tuple(axes), indices, is_cartesian=False)


def random_sample(ranges: Mapping[str, tuple[Any, Any]], n: int, seed: int = 0) -> Grid:
    """Return *n* points drawn uniformly from ``{name: (low, high)}``."""
    return _sampled(ranges, np.random.default_rng(seed).random((n, len(ranges))))


def sobol_sample(ranges: Mapping[str, tuple[Any, Any]], n: int, seed: int = 0) -> Grid:
    """Return *n* points that fill ``{name: (low, high)}`` evenly: a scrambled Sobol sequence; best a power of two."""
    from scipy.stats import qmc

    return _sampled(ranges, qmc.Sobol(len(ranges), seed=seed).random(n))


def _sampled(ranges: Mapping[str, tuple[Any, Any]], unit_cube: np.ndarray) -> Grid:
    columns = {}
    for (name, (low, high)), share in zip(ranges.items(), unit_cube.T, strict=True):
        if not have_same_dimensions(low, high):
            raise SweepError(f"{name}: the ends {low!r} and {high!r} have different units.")
        columns[name] = low + (high - low) * share
    return zipped(columns)
