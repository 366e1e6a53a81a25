"""What a model is, as text: two models with one fingerprint give the same results."""

from __future__ import annotations

import functools
import hashlib
import inspect
import types
from typing import Any

import numpy as np

from brianhw.model import NeuronModel

__all__ = ["digest", "fingerprint"]


def digest(*parts: Any) -> str:
    """Return a short hash of some text."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:24]


def fingerprint(thing: Any) -> str:
    """Return a hash of a model, a function with all that it refers to, or a value."""
    return digest(*_parts(thing, set()))


def _parts(thing: Any, seen: set[int]) -> list[str]:
    if id(thing) in seen:
        return ["seen"]
    if isinstance(thing, NeuronModel):
        return [thing.text, *_mapping(dict(thing.namespace), seen)]
    if isinstance(thing, functools.partial):
        return [*_parts(thing.func, seen), *_parts(list(thing.args), seen), *_mapping(thing.keywords, seen)]
    if isinstance(thing, types.FunctionType):
        return _function(thing, seen | {id(thing)})
    if isinstance(thing, dict):
        return _mapping(thing, seen | {id(thing)})
    if isinstance(thing, list | tuple | set | frozenset):
        items = sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing
        return [type(thing).__name__, *(part for item in items for part in _parts(item, seen | {id(thing)}))]
    if isinstance(thing, np.ndarray):  # a quantity is one
        return [
            str(getattr(thing, "dim", "")),
            str(thing.dtype),
            str(thing.shape),
            hashlib.sha256(np.ascontiguousarray(thing).tobytes()).hexdigest(),
        ]
    if isinstance(thing, types.ModuleType):
        return [thing.__name__, str(getattr(thing, "__version__", ""))]
    if isinstance(thing, type) or callable(thing):
        return _object(thing, seen | {id(thing)})
    return [type(thing).__name__, repr(thing)]


def _mapping(mapping: dict[Any, Any], seen: set[int]) -> list[str]:
    return [part for key in sorted(mapping, key=str) for part in (str(key), *_parts(mapping[key], seen))]


def _function(function: types.FunctionType, seen: set[int]) -> list[str]:
    """Return the code of a function, its defaults and closure, and of its module what it names."""
    code = function.__code__
    parts = [code.co_code.hex(), repr([c for c in code.co_consts if not isinstance(c, types.CodeType)])]
    parts += [inner.co_code.hex() for inner in code.co_consts if isinstance(inner, types.CodeType)]
    parts += _parts([function.__defaults__, function.__kwdefaults__], seen)
    for cell in function.__closure__ or ():
        parts += _parts(cell.cell_contents, seen)
    for name in sorted(_names(code)):
        if name in function.__globals__:
            used = function.__globals__[name]
            parts += [name, *(_parts(used, seen) if _is_the_users(used, function) else _named(used))]
    return parts


def _named(thing: Any) -> list[str]:
    """Return the name of what belongs to another module; its version may stand in the package's."""
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None)
    return [str(getattr(thing, "__module__", "")), name or repr(thing)]


def _names(code: types.CodeType) -> set[str]:
    inner = (const for const in code.co_consts if isinstance(const, types.CodeType))
    return set(code.co_names).union(*(_names(each) for each in inner))


def _is_the_users(used: Any, function: types.FunctionType) -> bool:
    """Say whether a global is looked into: plain values, and what comes from the function's own module."""
    module = getattr(used, "__module__", None)
    return module in (None, function.__module__) or isinstance(used, NeuronModel | np.ndarray)


def _object(thing: Any, seen: set[int]) -> list[str]:
    if isinstance(thing, type):
        try:
            return [thing.__qualname__, inspect.getsource(thing)]
        except (OSError, TypeError):
            return [thing.__module__, thing.__qualname__]
    own = vars(thing) if hasattr(thing, "__dict__") else {}
    return [type(thing).__module__, type(thing).__qualname__, *_mapping(own, seen)]
