"""What Brian2's objects and our models consist of."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from brian2 import Clock, Equations, Network, TimedArray
from brian2.core.base import BrianObject
from brian2.core.clocks import DefaultClockProxy
from brian2.core.functions import Function
from brian2.core.preferences import BrianGlobalPreferences
from brian2.core.variables import ArrayVariable, VariableView
from brian2.devices.device import CurrentDeviceProxy, Device

from brianhw.explore.parts.reading import PLAIN, Parts, Reader, dimensions, name_of
from brianhw.model import Block, NeuronModel, SynapseModel

__all__ = ["PARTS"]

# what Brian2 notes in its objects: where they were made, what they are called, what it made of them
BOOKKEEPING = frozenset(
    "_name _id id _creation_stack _full_creation_stack _clock _network _dependencies _contained_objects _code_objects "
    "_scope_key codeobj codeobj_class queue variables _stored_clocks template_kwds needed_variables objname".split()
)


def _model(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    fields = {name: getattr(thing, name) for name in thing.__dataclass_fields__ if name not in ("name", "source")}
    return [type(thing).__name__, *reader.mapping(fields, where)]


def _equations(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    lines = ((e.type, e.varname, str(e.expr), dimensions(e.dim), e.var_type, *sorted(e.flags)) for e in thing.values())
    found = sorted(" ".join(map(str, line)) for line in lines)
    reader.names.strings.update(found)
    return ["equations", *found]


def _timed_array(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["timed array", *reader.each([thing.values, float(thing.dt), thing.dim], where)]


def _function(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    codes = {
        getattr(target, "__name__", str(target)): [each._code, each._namespace, each.dependencies]
        for target, each in thing.implementations._implementations.items()
    }
    own = [thing.pyfunc, thing._arg_units, thing._return_unit, thing._arg_types, thing._return_type]
    if type(thing) is not Function:  # a binomial distribution, say, whose code has a number of its own in it
        own = [thing.pyfunc, {name: value for name, value in vars(thing).items() if _is_data(name, value)}]
        codes = {}
    return [*reader.class_of(thing), *reader.each([*own, thing.stateless, codes], where)]


def _clock(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    """Return the step or the times of a clock, not how far a run has gone."""
    values = {each.name: each.get_value() for each in _arrays(thing) if each.name not in ("t", "timestep")}
    return [*reader.class_of(thing), *reader.mapping(values, where)]


def _brian_object(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    """Return the equations, code, parts and present values of one of Brian2's objects."""
    try:
        values = {each.name: each.get_value() for each in _arrays(thing)}
    except Exception:  # they are in no memory that Python sees
        return [reader.not_known(thing, where)]
    own = {name: value for name, value in vars(thing).items() if _is_data(name, value)}
    inside = sorted(reader.each(getattr(thing, "contained_objects", ()), where))
    clock = reader.each([thing._clock], where) if hasattr(thing, "_clock") else []
    return [*reader.class_of(thing), *reader.mapping(own, where), *reader.mapping(values, where), *inside, *clock]


def _network(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["network", *sorted(reader.each(thing.objects, where)), str(thing.t_)]


def _view(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["view", thing.name, reader.of(thing.group, where)]


def _setting(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["of Brian2", name_of(type(thing))]  # settings enter a sweep's identity by themselves


def _is_data(name: str, value: Any) -> bool:
    """Say whether an attribute of one of Brian2's objects belongs to what it is, not to how Brian2 handles it."""
    if name in BOOKKEEPING or name in ("pyfunc", "implementations", "sympy_func"):
        return False
    if isinstance(value, dict):
        return all(_is_data("", each) for each in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_data("", each) for each in value)
    kinds = (str, *PLAIN, np.ndarray, np.generic, Equations, types.FunctionType, types.MethodType, BrianObject)
    return isinstance(value, kinds)


def _arrays(thing: Any) -> Iterator[ArrayVariable]:
    for each in getattr(thing, "variables", {}).values():
        owner = getattr(each, "owner", None)
        if not isinstance(each, ArrayVariable) or owner is None:
            continue
        # the delays of a pathway are its synapses', which do not list them
        if owner.name == thing.name or owner.variables.get(each.name) is not each:
            yield each


PARTS: dict[type, Parts] = {
    **dict.fromkeys((NeuronModel, SynapseModel, Block), _model),
    Equations: _equations,
    TimedArray: _timed_array,
    Function: _function,
    Clock: _clock,
    BrianObject: _brian_object,
    Network: _network,
    VariableView: _view,
    **dict.fromkeys((DefaultClockProxy, CurrentDeviceProxy, Device, BrianGlobalPreferences), _setting),
}
