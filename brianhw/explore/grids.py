"""Which points a sweep visits: a Cartesian grid, zipped lists, given points, or random and Sobol samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from brian2 import Quantity, get_dimensions, have_same_dimensions
from brian2.units.fundamentalunits import Unit

from brianhw import html
from brianhw.errors import SweepError
from brianhw.explore.fingerprint import Identity

__all__ = ["Axis", "Grid", "grid_of", "listed", "random_sample", "sobol_sample", "zipped"]


@dataclass(frozen=True)
class Axis:
    """A parameter and its values.

    Attributes
    ----------
    name : str
        Of the parameter.
    values : tuple
        As models get them.
    keys : tuple
        What each value is, in SI units without unit: numbers, text, ``None``, the hash of an object.
    unit : Unit or None
        In which quantities are shown.
    dtype : dtype or None
        Of an array in which they were given.
    unknown : tuple of str
        Values of which nothing says what they are.

    Examples
    --------
    >>> from brian2 import mV
    >>> from brianhw.explore.grids import Axis
    >>> axis = Axis.of("V_th", [-50, -45]*mV)
    >>> print(axis.coordinates, axis.unit_name, axis.keys)  # keys are in SI units
    [-50. -45.] mV (-0.05, -0.045)
    """

    name: str
    values: tuple[Any, ...]
    keys: tuple[Any, ...]
    unit: Unit | None = None
    dtype: np.dtype | None = None
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, values: Any) -> Axis:
        """Return the axis of some values: numbers, quantities, text or anything else.

        Raises
        ------
        SweepError
            If there are none, they have different units, or one occurs twice.
        """
        axis, places = cls.distinct(name, values)
        if len(axis.values) < len(places):
            twice = next(place for number, place in enumerate(places) if place < number and place in places[:number])
            raise SweepError(f"{name}: the value {axis.shown(twice)!r} occurs twice.")
        return axis

    @classmethod
    def distinct(cls, name: str, values: Any) -> tuple[Axis, list[int]]:
        """Return the axis of the different values among some, and for each which it is."""
        if _are_distinct_numbers(values):
            unit = None if get_dimensions(values).is_dimensionless else values.get_best_unit()
            numbers = tuple(np.asarray(values).tolist())
            given = numbers if unit is None else tuple(values)
            return cls(name, given, numbers, unit, values.dtype if unit is None else None), list(range(len(numbers)))
        listed = _listed(name, values)
        unit = _common_unit(name, values, listed)
        known: dict[Any, int] = {}
        kept: list[Any] = []
        keys: list[Any] = []
        unknown: list[str] = []
        places: list[int] = []
        for number, value in enumerate(listed):
            key, is_known = _key(value, number)
            place = known.setdefault((isinstance(key, bool), key), len(known))
            if place == len(kept):
                kept.append(value)
                keys.append(key)
                unknown += [] if is_known else [f"value {number} of {name}"]
            places.append(place)
        dtype = values.dtype if isinstance(values, np.ndarray) and unit is None and values.ndim == 1 else None
        return cls(name, tuple(kept), tuple(keys), unit, dtype, tuple(unknown)), places

    def given(self, index: int) -> Any:
        """Return a value as models get it; a quantity is a new one each time, since it can be changed in place."""
        value = self.values[index]
        return Quantity(value, copy=True) if isinstance(value, Quantity) else value

    def shown(self, index: int) -> Any:
        """Return a value in the unit that it is shown in."""
        value = self.values[index]
        if isinstance(value, Quantity) and value.ndim == 0 and self.unit is not None:
            return _decimal(float(value) / float(self.unit))
        return _decimal(value) if type(value) is float else value

    @cached_property
    def coordinates(self) -> np.ndarray:
        """All values, as they are shown; objects by name."""
        if self.unit is not None and all(type(key) is float for key in self.keys):
            unit = float(self.unit)
            return np.array([_decimal(key / unit) for key in self.keys])
        shown = [self.shown(index) for index in range(len(self.values))]
        if self.dtype is not None and self.dtype.kind in "biuU":
            return np.array(shown, dtype=self.dtype)
        kinds = {_kind(each) for each in shown}
        if len(kinds) == 1 and kinds <= {"bool", "number", "text"}:
            return np.array(shown)
        if "object" in kinds:
            shown = _labels(shown)
        found = np.empty(len(shown), dtype=object)
        found[:] = shown
        return found.astype(str) if "object" in kinds else found

    @property
    def unit_name(self) -> str:
        """The name of the unit."""
        return "" if self.unit is None else str(self.unit)


def _are_distinct_numbers(values: Any) -> bool:
    """Say whether values are an array of finite real numbers, no two the same, as most are."""
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype != float or not len(values):
        return False
    numbers = np.asarray(values)
    return bool(np.isfinite(numbers).all()) and len(np.unique(numbers)) == len(numbers)


def _listed(name: str, values: Any) -> list[Any]:
    """Return values one by one: of arrays of numbers as Python's own numbers, which serve as sizes and indices."""
    try:
        count = 0 if isinstance(values, str) else len(values)
    except TypeError:
        count = -1
    if isinstance(values, str | bytes | Mapping) or count < 0:
        raise SweepError(f"{name}: a sweep needs several values, not {values!r}. Give a list.")
    if count == 0:
        raise SweepError(f"{name}: a sweep needs values, an empty list was given.")
    if isinstance(values, np.ndarray) and values.ndim == 1 and get_dimensions(values).is_dimensionless:
        return np.asarray(values).tolist()
    return [_without_no_unit(each) for each in values]


def _without_no_unit(value: Any) -> Any:
    is_number = isinstance(value, Quantity) and value.ndim == 0 and value.is_dimensionless
    return float(value) if is_number else value


def _common_unit(name: str, given: Any, values: list[Any]) -> Unit | None:
    """Return the unit of all quantities among the values; numbers among them have none.

    Raises
    ------
    SweepError
        If there are several units, or a number is not finite.
    """
    numbers = [each for each in values if _kind(each) == "number"]
    for each in numbers:
        if not have_same_dimensions(each, numbers[0]):
            raise SweepError(f"{name}: the values {numbers[0]!r} and {each!r} have different units.")
        if not isinstance(each, int) and not np.isfinite(np.asarray(each)):  # whole numbers may have any size
            raise SweepError(f"{name}: values must be finite numbers.")
    if not numbers or get_dimensions(numbers[0]).is_dimensionless:
        return None
    whole = given if isinstance(given, Quantity) else Quantity([np.asarray(each) for each in numbers], numbers[0].dim)
    return whole.get_best_unit()


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | np.number) or (isinstance(value, Quantity) and value.ndim == 0):
        return "number"
    if isinstance(value, str):
        return "text"
    return "none" if value is None else "object"


def _key(value: Any, number: int) -> tuple[Any, bool]:
    """Return what a value is, as a plain number or text, and whether that could be said."""
    kind = _kind(value)
    if kind == "object":
        identity = Identity({"value": value})
        return (f"value {number}", False) if identity.unknown else (identity.digest, True)
    if isinstance(value, Quantity):
        return float(value), True
    return (value.item() if isinstance(value, np.generic) else value), True


def _labels(values: list[Any]) -> list[str]:
    """Return a name for each value, no two the same."""
    names = [_label(each) for each in values]
    return [name if names.count(name) == 1 else f"{name} {number}" for number, name in enumerate(names)]


def _label(value: Any) -> str:
    name = getattr(value, "__name__", None) or getattr(value, "name", None)
    if isinstance(name, str):
        return name
    text = " ".join(repr(value).split())
    return type(value).__name__ if " at 0x" in text or len(text) > 60 else text


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

    Examples
    --------
    >>> from brian2 import ms, mV
    >>> from brianhw.explore.grids import grid_of
    >>> grid = grid_of({"V_th": [-50, -45]*mV, "tau": [10, 20, 30]*ms})
    >>> print(grid.shape, len(grid), grid.shown(5))
    (2, 3) 6 {'V_th': '-45.0 mV', 'tau': '30.0 ms'}
    """

    axes: tuple[Axis, ...]
    indices: np.ndarray
    is_cartesian: bool

    def __len__(self) -> int:
        return len(self.indices)

    def _repr_html_(self) -> str:
        kind = "all combinations" if self.is_cartesian else "together, point by point"
        rows = []
        for axis in self.axes:
            shown = [str(each) for each in axis.values[:6]]
            rows.append([axis.name, str(len(axis.values)), ", ".join([*shown, *["..."] * (len(axis.values) > 6)])])
        points = "point" if len(self) == 1 else "points"
        return html.paragraph(f"{len(self)} {points}, {kind}") + html.table(["parameter", "values", "which"], rows)

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

    @property
    def unknown(self) -> list[str]:
        """Values of which nothing says what they are."""
        return [each for axis in self.axes for each in axis.unknown]

    def point(self, number: int) -> dict[str, Any]:
        """Return a point: the parameters as a model gets them."""
        return {axis.name: axis.given(index) for axis, index in self._places(number)}

    def plain(self, number: int) -> dict[str, Any]:
        """Return a point as plain numbers in SI units, text, and hashes of objects."""
        return {axis.name: axis.keys[index] for axis, index in self._places(number)}

    def column(self, name: str, numbers: Sequence[int]) -> np.ndarray | None:
        """Return the values of a parameter at some points, in SI units; ``None`` if these are no numbers."""
        place = self.names.index(name)
        keys = self.axes[place].keys
        if not all(isinstance(key, int | float) for key in keys):
            return None
        return np.array(keys)[self.indices[numbers, place]]

    @property
    def dimensions(self) -> dict[str, str]:
        """Of the parameters that have units: 1 mV is not 1 ms, and neither is 0.001."""
        return {axis.name: str(axis.unit.dim) for axis in self.axes if axis.unit is not None}

    def shown(self, number: int) -> dict[str, str]:
        """Return a point as text, with units."""
        found = ((axis, axis.coordinates[index]) for axis, index in self._places(number))
        return {axis.name: f"{value} {axis.unit_name}".strip() for axis, value in found}

    def _places(self, number: int) -> list[tuple[Axis, int]]:
        return list(zip(self.axes, self.indices[number].tolist(), strict=True))


def grid_of(points: Any) -> Grid:
    """Return a dict of values as a Cartesian grid, a list of dicts as its points, and a grid as it is.

    Raises
    ------
    SweepError
        If it makes no sense.

    Examples
    --------
    >>> from brian2 import ms, mV
    >>> from brianhw.explore.grids import grid_of
    >>> grid_of({"a": [1, 2], "b": [3, 4, 5]}).shape
    (2, 3)
    >>> grid_of([{"a": 1, "b": 3}, {"a": 2, "b": 5}]).shape
    (2,)
    >>> grid_of({"tau": [10*ms, 10*mV]})
    Traceback (most recent call last):
        ...
    brianhw.errors.SweepError: tau: the values 10. * msecond and 10. * mvolt have different units.
    """
    if isinstance(points, Grid):
        return points
    if isinstance(points, Mapping):
        axes = tuple(Axis.of(name, values) for name, values in points.items())
        if not axes:
            raise SweepError("A sweep needs at least one parameter.")
        counts = [len(axis.values) for axis in axes]
        return Grid(axes, np.indices(counts).reshape(len(axes), -1).T.copy(), is_cartesian=True)
    return listed(points)


def listed(points: Sequence[Mapping[str, Any]]) -> Grid:
    """Return a grid of given points, each a dict of the same parameters.

    Examples
    --------
    >>> from brian2 import ms, mV
    >>> from brianhw.explore import listed
    >>> grid = listed([{"V_th": -50*mV, "tau": 10*ms}, {"V_th": -45*mV, "tau": 30*ms}])
    >>> print(grid.dims, [grid.shown(number) for number in range(len(grid))])
    ('point',) [{'V_th': '-50.0 mV', 'tau': '10.0 ms'}, {'V_th': '-45.0 mV', 'tau': '30.0 ms'}]
    """
    points = list(points)
    if not points:
        raise SweepError("A sweep needs points, an empty list was given.")
    names = list(points[0])
    for point in points:
        if set(point) != set(names):
            raise SweepError(f"All points need the parameters {', '.join(names)}; one has {', '.join(point)}.")
    return zipped({name: [point[name] for point in points] for name in names})


def zipped(values: Mapping[str, Any]) -> Grid:
    """Return a grid of the first values of all parameters, the second ones, and so on.

    Examples
    --------
    >>> from brian2 import ms, mV
    >>> from brianhw.explore import zipped
    >>> grid = zipped({"V_th": [-50, -45]*mV, "tau": [10, 30]*ms})
    >>> print(len(grid), grid.shown(1))  # two points, not four
    2 {'V_th': '-45.0 mV', 'tau': '30.0 ms'}
    """
    lengths = {name: len(each) for name, each in values.items()}
    if len(set(lengths.values())) != 1:
        raise SweepError(f"Zipped parameters need equally many values: {lengths}.")
    axes, columns = [], []
    for name, each in values.items():
        axis, places = Axis.distinct(name, each)
        axes.append(axis)
        columns.append(places)
    indices = np.array(columns).T
    if len(np.unique(indices, axis=0)) < len(indices):
        raise SweepError("A point occurs twice.")
    return Grid(tuple(axes), indices, is_cartesian=False)


def random_sample(ranges: Mapping[str, Any], n: int, seed: int = 0) -> Grid:
    """Return *n* points drawn uniformly.

    Parameters
    ----------
    ranges : mapping of str to tuple or range
        ``(low, high)`` for real numbers and quantities, a ``range`` for whole numbers.

    Examples
    --------
    >>> from brian2 import mV
    >>> from brianhw.explore import random_sample
    >>> grid = random_sample({"V_th": (-55*mV, -45*mV), "size": range(10, 20)}, n=3, seed=1)
    >>> print([point["size"] for point in grid], [round(float(point["V_th"]/mV), 2) for point in grid])
    [19, 19, 14] [-49.88, -53.56, -51.88]
    """
    return _sampled(ranges, np.random.default_rng(seed).random((n, len(ranges))))


def sobol_sample(ranges: Mapping[str, Any], n: int, seed: int = 0) -> Grid:
    """Return *n* points that fill *ranges*, as of :func:`random_sample`, evenly: a scrambled Sobol sequence.

    It is best if *n* is a power of two.

    Examples
    --------
    >>> from brianhw.explore import sobol_sample
    >>> grid = sobol_sample({"x": (0.0, 1.0), "y": (0.0, 1.0)}, n=8)
    >>> print(sum(point["x"] < 0.5 for point in grid), sum(point["y"] < 0.5 for point in grid))  # four in each half
    4 4
    """
    from scipy.stats import qmc

    return _sampled(ranges, qmc.Sobol(len(ranges), seed=seed).random(n))


def _sampled(ranges: Mapping[str, Any], unit_cube: np.ndarray) -> Grid:
    columns = {name: _drawn(name, ends, share) for (name, ends), share in zip(ranges.items(), unit_cube.T, strict=True)}
    return zipped(columns)


def _drawn(name: str, ends: Any, share: np.ndarray) -> Any:
    """Return the values that stand at some shares of the way from the first to the last."""
    if isinstance(ends, range):
        return [ends[int(place)] for place in share * len(ends)]
    low, high = ends
    if not have_same_dimensions(low, high):
        raise SweepError(f"{name}: the ends {low!r} and {high!r} have different units.")
    return low + (high - low) * share
