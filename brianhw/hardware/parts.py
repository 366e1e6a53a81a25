"""Whole groups behind their parts: Brian2's subgroups seen as a range of the group that is on the chip."""

from __future__ import annotations

from typing import Any

from brian2.groups.subgroup import Subgroup

__all__ = ["first", "whole"]


def whole(group: Any) -> Any:
    """Return the group that *group* is, or is a part of."""
    # a subgroup holds its group by a weak proxy; what a method is bound to is the group itself
    return group.source.before_run.__self__ if isinstance(group, Subgroup) else group


def first(group: Any) -> int:
    """Return the number that the first neuron of *group* has in the whole group."""
    return group.start if isinstance(group, Subgroup) else 0
