"""The Brian2 device ``brianhw``: compiled once, kept, loaded into the process and stepped.

Importing this package imports neither Brian2 nor NumPy; :mod:`brianhw.device.cache` works without them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brianhw.device.device import activate, advancing, step

__all__ = ["activate", "advancing", "step"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = globals()[name] = getattr(import_module("brianhw.device.device"), name)
        return value
    raise AttributeError(f"module 'brianhw.device' has no attribute {name!r}")
