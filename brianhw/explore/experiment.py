"""An experiment, its points and what comes of them: all that is needed to evaluate a point, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from brian2 import Quantity

from brianhw.errors import SweepError
from brianhw.explore.around import Settings
from brianhw.explore.labelled import xr

__all__ = ["COMPILED", "REBUILD", "STRUCTURAL", "VECTORISED", "Experiment", "Outcome", "Reusable", "Task", "Value"]

VECTORISED, COMPILED, REBUILD = "vectorised", "compiled", "rebuild"
STRUCTURAL = ("dt", "duration")  # of a neuron model's simulation


@dataclass(frozen=True)
class Reusable:
    r"""A network that is made once and run for many points.

    Parameters
    ----------
    build : callable
        Makes Brian2 objects and returns them, as a dict by name, in which there may be lists and dicts of them; other
        things in it, such as a chip, are kept for *assign* and the metrics.
    assign : callable
        ``assign(objects, **point)`` gives them the values of a point: parameters, initial values, spikes, weights.

    Examples
    --------
    >>> from brian2 import Hz, NeuronGroup, SpikeMonitor, ms
    >>> from brianhw.explore import Reusable, sweep
    >>> def build():
    ...     group = NeuronGroup(1, "dx/dt = rate : 1\nrate : Hz", threshold="x > 1", reset="x = 0", method="euler")
    ...     return {"group": group, "spikes": SpikeMonitor(group)}
    >>> def assign(objects, rate):
    ...     objects["group"].rate = rate
    >>> def count(objects):
    ...     return objects["spikes"].num_spikes
    >>> points = {"rate": [100, 200]*Hz}
    >>> found = sweep(Reusable(build, assign), points, count, duration=50*ms, device="runtime", quiet=True)
    >>> print(found["count"].values)
    [ 5. 10.]
    """

    build: Callable[[], Mapping[str, Any]]
    assign: Callable[..., None]


@lru_cache
def best_unit(dim: Any) -> tuple[Quantity, str]:
    """Return the unit in which results are shown, and its name; looking for it takes as long as a point."""
    best = Quantity(1.0, dim).get_best_unit()
    return best, str(best)


class Value(NamedTuple):
    """What a metric gives for a point: plain numbers, the names of their dimensions, coordinates, and the unit."""

    numbers: np.ndarray
    dims: tuple[str, ...] = ()
    coords: Mapping[str, np.ndarray] = {}
    unit: str = ""

    @classmethod
    def of(cls, name: str, found: Any) -> Value:
        """Return what a metric has given as plain numbers.

        Raises
        ------
        SweepError
            If it is no number and no array of them.
        """
        if isinstance(found, xr.DataArray):
            coords = {str(key): np.asarray(value) for key, value in found.coords.items()}
            return cls(
                np.asarray(found, dtype=float), tuple(map(str, found.dims)), coords, found.attrs.get("units", "")
            )
        unit = ""
        if type(found) is float:
            return cls(np.array(found))
        if isinstance(found, Quantity) and not found.is_dimensionless:
            best, unit = best_unit(found.dim)
            found = np.asarray(found / best)
        try:
            numbers = np.asarray(found, dtype=float)
        except (TypeError, ValueError):
            raise SweepError(f"{name} must be a number or an array of numbers, not {found!r}.") from None
        return cls(numbers, tuple(f"{name}_{k}" for k in range(numbers.ndim)), {}, unit)


class Outcome(NamedTuple):
    """A point that is done: its number, its values, or why there are none."""

    number: int
    values: Mapping[str, Value]
    failure: str
    seconds: float


class Planned(Protocol):
    """What knows the points of a sweep by their numbers."""

    def point(self, number: int) -> Mapping[str, Any]:
        """Return the parameters of a point."""

    def seed_of(self, number: int) -> int:
        """Return the seed of a point."""

    def key_of(self, number: int, seed: int) -> str:
        """Return the name of a point in a store."""

    def column(self, name: str, numbers: Sequence[int]) -> np.ndarray | None:
        """Return the values of a parameter at some points, without unit; ``None`` if these are no numbers."""


class Task:
    """A point to evaluate: its number in the sweep, its parameters, its seed, and its name in a store.

    What is not given is worked out when it is asked for: thousands of points of one group need none of it.

    Parameters
    ----------
    plan : Planned
        Knows what is not given; it stays in the process that sweeps.
    """

    __slots__ = ("_key", "_point", "_seed", "number", "plan")

    def __init__(
        self,
        number: int,
        point: Mapping[str, Any] | None = None,
        seed: int | None = None,
        key: str | None = None,
        plan: Planned | None = None,
    ) -> None:
        self.number, self._point, self._seed, self._key, self.plan = number, point, seed, key, plan

    @property
    def point(self) -> Mapping[str, Any]:
        """The parameters."""
        if self._point is None:
            assert self.plan is not None
            self._point = self.plan.point(self.number)
        return self._point

    @property
    def seed(self) -> int:
        """The seed."""
        if self._seed is None:
            assert self.plan is not None
            self._seed = self.plan.seed_of(self.number)
        return self._seed

    @property
    def key(self) -> str:
        """The name in a store."""
        if self._key is None:
            assert self.plan is not None
            self._key = self.plan.key_of(self.number, self.seed)
        return self._key

    def __reduce__(self) -> tuple[Any, ...]:
        return Task, (self.number, self.point, self.seed, self.key)


@dataclass(frozen=True)
class Experiment:
    """All that decides the result of a point, and how it is computed.

    Attributes
    ----------
    way : str
        ``"vectorised"``, ``"compiled"`` or ``"rebuild"``.
    seed : int
        For what is random in the making of a Reusable, which all points share.
    settings : Settings
        Of Brian2, in the process that asks for the sweep.
    names : mapping of str to object
        Globals of the user's modules that equations and statements name.
    origin : str
        What a neuron model is made from, as a hash; empty if it must be made for this sweep.
    """

    model: Any
    metrics: Mapping[str, Callable[[Any], Any]]
    duration: Quantity | None = None
    dt: Quantity | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    device: str | None = "brianhw"
    device_options: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    way: str = REBUILD
    seed: int = 0
    settings: Settings | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""

    def evaluated(self, seen: Any) -> dict[str, Value]:
        """Return the metrics of what a model has given."""
        if self.metrics:
            return {name: Value.of(name, metric(seen)) for name, metric in self.metrics.items()}
        found = seen if isinstance(seen, Mapping) else {"result": seen}
        return {str(name): Value.of(str(name), value) for name, value in found.items()}
