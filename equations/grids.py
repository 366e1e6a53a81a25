"""Functions of a potential from a table: what the argument becomes when a simulator looks values up.

Source: EDLUT (branch head 74220e7, 2023), whose tables have equal distances and take the point below, without
interpolation. Deviation: none; the value is worked out at that point instead of kept.
"""

from __future__ import annotations

__all__ = ["on_grid"]


def on_grid(argument: str, low: str, high: str, points: int) -> str:
    """Return an expression of *argument* rounded down to one of *points* equidistant values from *low* to *high*.

    All three are expressions of one unit; an argument beyond the ends is taken as the end.
    """
    spacing = f"((({high}) - ({low}))/{points - 1}.)"
    return f"(({low}) + floor(clip((({argument}) - ({low}))/{spacing}, 0, {points - 1}.))*{spacing})"
