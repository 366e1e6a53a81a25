"""What Brian2's weak proxies stand for: groups, clocks and variables refer to one another by them."""

from __future__ import annotations

from typing import Any

__all__ = ["has_owner", "is_gone", "real_object"]


def real_object(proxy: Any) -> Any:
    """Return what a weak proxy stands for; anything else as it is."""
    try:
        return proxy.__repr__.__self__
    except (AttributeError, ReferenceError):
        return proxy


def has_owner(variable: Any) -> bool:
    """Say whether the group of a variable is still there: without it Brian2 cannot write the variable."""
    owner = variable.owner
    try:
        return owner is None or owner.__repr__.__self__ is not None
    except ReferenceError:
        return False


def is_gone(thing: Any) -> bool:
    """Say whether this is the proxy of something that is not there any more."""
    try:
        return thing.__class__ is None
    except ReferenceError:
        return True
