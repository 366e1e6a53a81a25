"""The names in a model of the library are its own, whatever a script calls its variables.

When a group runs, Brian2 looks up each name of its texts in the script as well, and warns of one that is there: the
script's ``tau`` may have been meant. Of a library model, whose names a user need not know, it never was. So these
warnings are left out of Brian2's log. Those of expressions that a user has written, such as ``group.v = 'E_L + 1*mV'``,
stay.
"""

from __future__ import annotations

import logging
import sys
from types import FrameType
from typing import Any

__all__ = ["OwnNames", "leave_out_warnings"]

_LOGGER = "brian2.groups.group.Group.resolve.resolution_conflict"


class OwnNames(dict[str, Any]):
    """The namespace of a group that is made of a library model."""


def leave_out_warnings() -> None:
    """Leave warnings of names in library models out of Brian2's log."""
    logger = logging.getLogger(_LOGGER)
    if _is_asked_by_user not in logger.filters:
        logger.addFilter(_is_asked_by_user)


def _is_asked_by_user(record: logging.LogRecord) -> bool:
    if "is an internal variable of" not in record.getMessage() or not _is_of_a_model():
        return True
    from brian2.utils.logger import BrianLogger

    # Brian2 says each of them once; one that was left out has not been said
    said: set[Any] = getattr(BrianLogger, "_log_messages", set())
    said.discard((record.name, record.levelname, record.msg))
    return False


def _is_of_a_model() -> bool:
    """Say whether Brian2 is preparing a library model's own texts: the warning itself names only the group."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "before_run" and "self" in frame.f_locals:
            thing = frame.f_locals["self"]
            group = getattr(thing, "group", thing)
            return isinstance(getattr(group, "namespace", None), OwnNames)
        frame = frame.f_back
    return False
