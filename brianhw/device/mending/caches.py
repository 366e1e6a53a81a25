"""Brian2's caches of parsed code, kept from growing for ever.

Brian2 keeps what it has worked out for each function call, and forgets nothing. Most calls come again with the same
model. Some hold the name of an object, which is new each time that a model is built.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from types import FunctionType
from typing import Any

__all__ = ["forget_if_large"]

MOST = 2000  # entries; a large model has some hundreds


def forget_if_large() -> None:
    """Empty those of Brian2's caches that have become large."""
    for entries in _caches():
        if len(entries) > MOST:
            entries.clear()


@cache
def _caches() -> tuple[dict[Any, Any], ...]:
    found = {id(entries): entries for entries in _entries_of_cached()}
    return tuple(found.values())


def _entries_of_cached() -> Iterator[dict[Any, Any]]:
    """Give the entries of each function with Brian2's decorator ``cached``."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("brian2.") or module is None:
            continue
        for value in list(vars(module).values()):
            inside = vars(value).values() if isinstance(value, type) and value.__module__ == name else ()
            for each in (value, *inside):
                function = each.__func__ if isinstance(each, staticmethod | classmethod) else each
                if isinstance(function, FunctionType):
                    entries = getattr(getattr(function, "__wrapped__", None), "_cache", None)
                    if isinstance(entries, dict):
                        yield entries
