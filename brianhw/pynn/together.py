"""Changes of several populations that are made together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["all_or_nothing", "change"]

_together: list[Callable[[], None]] | None = None


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Make the changes of several populations when all of them have been checked."""
    global _together
    if _together is not None:
        yield
        return
    _together = []
    try:
        yield
        changes = _together
    finally:
        _together = None
    for change in changes:
        change()


def change(make: Callable[[], None]) -> None:
    """Make a change that has been checked, at once or together with others."""
    if _together is None:
        make()
    else:
        _together.append(make)
