"""Brian2's objects in files and other processes.

Brian2's standalone device reads results by name, so the copies of groups that ``multiprocessing`` makes need not fit
together. Here they are run. They refer to one another by weak proxies, which Python writes as copies of what they
stand for; with this module they stay references.
"""

from __future__ import annotations

import copyreg
import weakref
from typing import Any

from brian2.core.base import BrianObject, weakproxy_with_fallback
from brian2.core.names import Nameable
from brian2.groups.group import VariableOwner

from brianhw.device.mending.proxies import real_object

__all__ = ["nothing", "register"]


def _reduce(proxy: Any) -> Any:
    thing = real_object(proxy)
    if isinstance(thing, BrianObject | VariableOwner | Nameable) and thing is not proxy:
        return weakproxy_with_fallback, (thing,)
    return proxy.__reduce_ex__(4)  # another library's: as ever


def nothing() -> None:
    """Return what stands in a file for what only this process has."""


def register() -> None:
    """Let weak proxies of Brian2's objects be pickled as what they are."""
    for kind in (weakref.ProxyType, weakref.CallableProxyType):
        copyreg.pickle(kind, _reduce)
