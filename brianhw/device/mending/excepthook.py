"""Errors that brianhw raises on purpose are shown as Python shows errors.

Brian2 adds to each uncaught exception that it has met an unexpected error and would like to have a report.
"""

from __future__ import annotations

import sys
from types import TracebackType

from brian2.utils.logger import brian_excepthook

from brianhw.errors import BrianHWError

__all__ = ["install"]


def install() -> None:
    """Show our errors without Brian2's banner, unless somebody else shows errors."""
    if sys.excepthook is brian_excepthook:
        sys.excepthook = _show


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    show = sys.__excepthook__ if _is_ours(error) else brian_excepthook
    show(kind, error, traceback)


def _is_ours(error: BaseException | None) -> bool:
    """Say whether an error, or what it was raised for, is one of ours."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, BrianHWError):
            return True
        seen.add(id(error))
        error = error.__cause__
    return False
