"""Whether anything that could change a model has changed since it was prepared.

Brian2 generates a model's code anew for every run, because a script may change an external constant, a function, a
time step or a preference in between. That takes some ten milliseconds, the run itself microseconds. So what the code
was made from is remembered, and compared.
"""

from __future__ import annotations

import copy
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain
from types import FrameType
from typing import Any

import numpy as np
from brian2 import prefs
from brian2.core.base import BrianObject
from brian2.core.functions import Function
from brian2.core.network import Network
from brian2.core.operations import NetworkOperation
from brian2.groups.group import VariableOwner

__all__ = ["Lookup", "RecordingNamespace", "Watch", "lookup_in", "used_preferences"]

Lookup = Callable[[str, Any], Any]
_MISSING = object()
_CONTAINERS = (dict, list, set)
_OF_SPIKES = ("_spikes_changed", "_previous_dt")  # and arrays: what a spike generator has anew when it takes spikes


class RecordingNamespace(dict[str, Any]):
    """A namespace that remembers which of its names were asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.asked: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        self.asked[name] = value
        return value


def lookup_in(namespace: Mapping[str, Any] | None, frame: FrameType) -> Lookup:
    """Return how to find a name in an explicit namespace or, without one, in the variables of *frame*."""
    if namespace is not None:
        return namespace.get
    local, outer = frame.f_locals, frame.f_globals
    return lambda name, default: local[name] if name in local else outer.get(name, default)


def _content(value: Any) -> Any:
    """Return something that differs if a value, which may be changed in place, differs."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes(), getattr(value, "dim", None)
    if isinstance(value, Function):
        return dict(value.implementations._implementations)
    return value


def _same(now: Any, before: Any, content: Any) -> bool:
    if now is before:
        return not isinstance(now, (np.ndarray, Function)) or bool(_content(now) == content)
    if type(now) is not type(before) or isinstance(now, Function) or callable(now):
        return False
    return bool(_content(now) == content) if isinstance(now, (np.ndarray, int, float, complex, np.number)) else False


_PREFERENCES = (
    "core.default_float_dtype",
    "core.default_integer_dtype",
    "codegen.loop_invariant_optimisations",
    "codegen.cpp.headers",
    "codegen.cpp.define_macros",
    "codegen.cpp.include_dirs",
    "codegen.cpp.library_dirs",
    "codegen.cpp.libraries",
    "codegen.cpp.runtime_library_dirs",
    "codegen.cpp.extra_link_args",
    "devices.brianhw.extra_compile_args",
)


def used_preferences() -> list[Any]:
    """Return the values of the preferences that code depends on, besides the options of the device."""
    return [prefs[name] for name in _PREFERENCES]


def _is_repeatable(method: Any) -> bool:
    return getattr(method, "__module__", "").startswith("brian2.") or getattr(method, "is_repeatable", False)


def is_plain(thing: BrianObject) -> bool:
    """Say whether preparing the object again, with all its attributes as they were, would change nothing.

    Brian2's own objects are like that. The ``before_run`` and ``after_run`` of other classes are always called, unless
    the function has an attribute ``is_repeatable`` that is true.
    """
    return all(_is_repeatable(getattr(type(thing), name)) for name in ("before_run", "after_run"))


class Watch:
    """What a prepared network was made from.

    Parameters
    ----------
    net : Network
        The network.
    objects : list
        Its objects in the order in which they run.
    external : dict
        The values that the code took from the script's variables.
    arrays : list of (callable, array)
        How to get the array of a function, such as a TimedArray's values, and which it was.
    options : tuple
        What its library was built with.
    """

    def __init__(
        self,
        net: Network,
        objects: Iterable[BrianObject],
        external: Mapping[str, Any],
        arrays: Iterable[tuple[Callable[[], Any], Any]],
        options: tuple[Any, ...],
    ) -> None:
        self._members = set(net.objects)
        objects = list(objects)
        self._attributes = _Attributes(objects)
        self._external = [(name, value, _content(value)) for name, value in external.items()]
        self._arrays, self._options = list(arrays), options
        self._preferences = list(map(copy.copy, used_preferences()))  # a list may be changed in place
        self._schedule = _schedule(net)
        self.possible = all(is_plain(each) for each in objects)

    def take_note_of_spikes(self, generator: BrianObject) -> None:
        """Take note that a spike generator has taken new spikes, which no code depends on."""
        self._attributes.renew(generator, lambda name, value: name in _OF_SPIKES or isinstance(value, np.ndarray))

    def unchanged(self, net: Network, lookup: Lookup, options: tuple[Any, ...]) -> bool:
        """Say whether preparing the network again, with these *options*, would give what it gave before."""
        return (
            self.possible
            and options == self._options
            and net.objects == self._members
            and self._attributes.same()
            and all(_same(lookup(name, _MISSING), value, content) for name, value, content in self._external)
            and all(get() is array for get, array in self._arrays)
            and used_preferences() == self._preferences
            and _schedule(net) == self._schedule
        )


def _schedule(net: Network) -> Any:
    # the property `schedule` takes longer than all else here
    return net._schedule if net._schedule is not None else prefs["core.network.default_schedule"]


class _Attributes:
    """The attributes and variables of Brian2 objects, compared all at once: a network may have thousands of objects."""

    def __init__(self, objects: Iterable[BrianObject]) -> None:
        objects = list(objects)
        self._attributes = [vars(each) for each in objects]
        # what names mean in a group's code; what a group contains has the group's variables and its own
        groups = (vars(each)["variables"] for each in objects if isinstance(each, VariableOwner))
        self._attributes += list({id(each): each._variables for each in groups}.values())
        self._numbers = list(map(len, self._attributes))
        self._order = {id(each): number for number, each in enumerate(objects)}
        self._begins = dict(zip(self._order, accumulate(self._numbers, initial=0), strict=False))
        self._values = list(chain.from_iterable(each.values() for each in self._attributes))
        places = [place for place, each in enumerate(self._values) if type(each) in _CONTAINERS]
        self._containers_in = _values_at(places)
        self._contents = tuple(each.copy() for each in self._containers_in(self._values))
        self._namespaces = [
            (each, name, value, _content(value))
            for each in objects
            for name, value in (getattr(each, "namespace", None) or {}).items()
        ]

    def renew(self, thing: BrianObject, which: Callable[[str, Any], bool]) -> None:
        """Take note of other values of some attributes of an object."""
        begin = self._begins.get(id(thing))
        if begin is not None and len(vars(thing)) == self._numbers[self._order[id(thing)]]:
            for number, (name, value) in enumerate(vars(thing).items()):
                if which(name, value):
                    self._values[begin + number] = value

    def same(self) -> bool:
        """Say whether all are the same objects or equal ones, and containers hold what they held."""
        now = list(chain.from_iterable(map(dict.values, self._attributes)))
        return (
            list(map(len, self._attributes)) == self._numbers
            and _equal(now, self._values)
            and _equal(self._containers_in(now), self._contents)
            and all(_same(each.namespace[name], value, content) for each, name, value, content in self._namespaces)
        )


def _values_at(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what picks values by their places."""
    if len(places) > 1:
        return operator.itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def _equal(now: Sequence[Any], before: Sequence[Any]) -> bool:
    """Say whether values are what they were. The same objects are equal for Python without being compared."""
    try:
        return now == before
    except Exception:  # other objects, which cannot be compared
        return False


def runs_in_python(thing: BrianObject) -> bool:
    """Say whether what an object does in a step is Python, as in a network operation."""
    return isinstance(thing, NetworkOperation) or type(thing).run is not BrianObject.run


def caller(level: int) -> FrameType:
    """Return the frame *level* above the function that asks."""
    return sys._getframe(level + 1)
