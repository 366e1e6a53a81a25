"""What is noted of a script: statements that set values, seeds, and runs; each can be done again."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from brian2.core.network import Network
from brian2.core.variables import VariableView
from brian2.groups.subgroup import Subgroup
from brian2.input.spikegeneratorgroup import SpikeGeneratorGroup

from brianhw.device.mending.proxies import has_owner, real_object

__all__ = ["Link", "Mark", "Run", "Runner", "Seed", "Statement"]


class Runner(Protocol):
    """Who runs networks."""

    def step(self, net: Network, n: int) -> None:
        """Run a network *n* steps further."""

    def network_run(
        self, net: Network, duration: Any, report: Any, report_period: Any, namespace: Any, profile: bool | None
    ) -> None:
        """Run a network with the arguments of its ``run``."""


def _none() -> None:
    return None


class Link:
    """A weak reference that goes into a file as what it refers to; of some things a strong one."""

    def __init__(self, thing: Any) -> None:
        self._strong = isinstance(thing, Subgroup)  # scripts write `group[:5].v = ...` and keep no `group[:5]`
        self._get: Callable[[], Any] = (lambda: thing) if self._strong else weakref.ref(thing)

    def __call__(self) -> Any:
        return self._get()

    def __reduce__(self) -> tuple[Any, ...]:
        thing = self()
        return (_none, ()) if thing is None else (Link, (thing,))


@dataclass
class Statement:
    """A statement that sets values: a method of Brian2's views, or of variables.

    Attributes
    ----------
    variable, group : Link
        What is set, and of which group if a view does it.
    method : str
        Of ``VariableView``, or empty: the variable gets values, as a whole or at indices.
    arguments : tuple
        What the method is given.
    """

    variable: Link
    group: Link | None
    name: str
    dim: Any
    method: str
    arguments: tuple[Any, ...]

    @property
    def is_alive(self) -> bool:
        variable = self.variable() if self.variable is not None else None
        return variable is not None and has_owner(variable)

    @property
    def bytes(self) -> int:
        return sum(getattr(each, "nbytes", 0) for each in self.arguments)

    def redo(self, runner: Runner) -> None:
        """Set the values again."""
        variable, group = self.variable(), self.group() if self.group else None
        if variable is None:
            return
        if not self.method and len(self.arguments) == 2:
            indices, values = self.arguments
            variable.get_value()[indices] = values
        elif not self.method:
            (values,) = self.arguments
            if variable.dynamic:
                variable.resize(values.shape if values.ndim > 1 else len(values))
            variable.set_value(values)
            generator = real_object(variable.owner)
            if isinstance(generator, SpikeGeneratorGroup):
                generator._spikes_changed = True
        elif group is not None:
            view = VariableView(self.name, variable, group, self.dim)
            getattr(VariableView, self.method).original_function(view, *self.arguments)


@dataclass
class Run:
    """Runs of a network for the same time, one after the other; or steps of it."""

    net: Link
    objects: list[Link]
    inactive: list[Link]
    amount: float  # seconds, or steps
    arguments: Mapping[str, Any] | None  # of the device's `network_run`; none for steps
    key: Any = None  # refers to what runs were prepared as: the same for those that were prepared once
    times: int = 1

    def is_like(self, amount: float, arguments: Mapping[str, Any] | None, key: Any) -> bool:
        """Say whether a run with these values, prepared with *key*, only goes on with this one."""
        same = self.amount == amount and (self.arguments is None) == (arguments is None)
        return same and key is not None and self.key is not None and self.key() is key

    @property
    def is_alive(self) -> bool:
        return bool(self.things()) or not self.objects

    @property
    def is_complete(self) -> bool:
        return self.net() is not None and len(self.things()) == len(self.objects)

    def things(self) -> list[Any]:
        """Return the objects, but for those that are gone."""
        return [thing for link in self.objects if (thing := link()) is not None]

    def redo(self, runner: Runner) -> None:
        """Run again with the objects and switches of then, if any are left."""
        if not self.is_alive:
            return
        net = self.net()
        before, actives = net.objects, [(each, each._active) for each in net.sorted_objects]
        inactive = {id(thing) for link in self.inactive if (thing := link()) is not None}
        try:
            net.objects = type(before)(self.things())
            for each in net.sorted_objects:
                each._active = id(each) not in inactive
            for _ in range(self.times):
                if self.arguments is None:
                    runner.step(net, int(self.amount))
                else:
                    runner.network_run(net, **self.arguments)
        finally:
            net.objects = before
            for each, active in actives:
                each._active = active


@dataclass
class Seed:
    """The generator of random numbers was seeded."""

    seed: Any
    is_alive = True

    def redo(self, runner: Runner) -> None:
        """Seed it again."""
        np.random.seed(self.seed)


class Mark:
    """Here values given to ``device.run`` are set."""

    is_alive = True

    def redo(self, runner: Runner) -> None:
        """Do nothing: who repeats sets them."""
