"""What data consists of: text, containers, arrays, references, and objects as pickle takes them apart."""

from __future__ import annotations

import copyreg
import hashlib
import types
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import Dimension

from brianhw.explore.parts.reading import Parts, Reader, digest, dimensions, name_of

__all__ = ["PARTS", "taken_apart"]


def taken_apart(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    """Return what an object of any kind consists of: what pickle's protocol says."""
    try:
        reduce = copyreg.dispatch_table.get(type(thing))
        reduced = reduce(thing) if reduce else thing.__reduce_ex__(4)
    except Exception:
        return [reader.not_known(thing, where)]
    if isinstance(reduced, str):  # the name of a global, such as None's type
        return ["global", name_of(type(thing)), reduced]
    make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    parts = [reader.of(make, where), *reader.each(arguments, where)]
    for each in state if isinstance(state, tuple) and len(state) == 2 else (state,):  # slots come beside
        parts.append(_state(reader, type(thing), each, where))
    parts += ["items", *reader.each(items or (), where)]
    found = [reader.of(key, where) + reader.of(value, where) for key, value in pairs or ()]
    return [*parts, *(found if isinstance(thing, OrderedDict) else sorted(found))]


def _state(reader: Reader, kind: type, state: Any, where: str) -> str:
    """Return the hash of what an object holds, without what it has only worked out from that."""
    if not isinstance(state, dict):
        return reader.of(state, where)
    kept = {
        name: value
        for name, value in state.items()
        if not isinstance(getattr(kind, name, None) if isinstance(name, str) else None, cached_property)
    }
    return digest(*reader.mapping(kept, where))


def _text(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return [*reader.class_of(thing), str(bytes(thing).hex() if isinstance(thing, bytearray) else str.__str__(thing))]


def _dict(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    if type(thing) not in (dict, types.MappingProxyType):
        return taken_apart(reader, thing, where)
    return ["dict", *reader.mapping(thing, where)]


def _sequence(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    own = getattr(thing, "__dict__", {})
    return [*reader.class_of(thing), *reader.each(thing, where), *reader.mapping(own, where)]


def _set(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return [*reader.class_of(thing), *sorted(reader.each(thing, where))]


def _array(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    if isinstance(thing, np.ma.MaskedArray):
        return ["masked", *reader.each([thing.data, np.ma.getmaskarray(thing)], where)]
    array = np.asarray(thing)
    kind = ["array" if isinstance(thing, np.ndarray) else "scalar", str(array.dtype.descr), str(array.shape)]
    kind.append(dimensions(getattr(thing, "dim", None)))
    if array.dtype.hasobject:
        return [*kind, *reader.each(array.ravel().tolist(), where)]
    return [*kind, hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()]


def _dimension(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return [dimensions(thing)]


def _reference(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["reference", reader.of(thing(), where)]


def _weak_mapping(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["weak", *reader.mapping(dict(thing), where)]


def _weak_set(reader: Reader, thing: Any, where: str) -> Iterable[str]:
    return ["weak", *sorted(reader.each(thing, where))]


PARTS: dict[type, Parts] = {
    **dict.fromkeys((str, bytearray), _text),
    **dict.fromkeys((dict, types.MappingProxyType), _dict),
    **dict.fromkeys((list, tuple), _sequence),
    **dict.fromkeys((set, frozenset), _set),
    **dict.fromkeys((np.ndarray, np.generic), _array),  # a quantity is one
    Dimension: _dimension,
    weakref.ref: _reference,
    **dict.fromkeys((weakref.WeakKeyDictionary, weakref.WeakValueDictionary), _weak_mapping),
    weakref.WeakSet: _weak_set,
}
