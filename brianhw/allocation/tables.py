"""Tables for reports, as text for a terminal."""

from __future__ import annotations

from textwrap import wrap
from typing import Any

__all__ = ["aligned", "listed"]

WIDTH = 99


def listed(value: Any) -> Any:
    """Return *value* with tuples as lists, which JSON gives back as they were."""
    if isinstance(value, dict):
        return {key: listed(each) for key, each in value.items()}
    return [listed(each) for each in value] if isinstance(value, (tuple, list)) else value


def _fitted(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _fitted_widths(table: list[list[str]]) -> list[int]:
    """Return the widths of the columns, the widest ones narrowed until a line is short enough."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    while sum(widths) > WIDTH - 2 * (len(widths) - 1):
        widths[widths.index(max(widths))] -= 1
    return widths


def aligned(header: list[str], rows: list[list[str]], notes: list[str]) -> str:
    """Return a table as text, numbers to the right."""
    control = dict.fromkeys(range(32), "?")  # a line break in a name would break the table
    table = [[cell.translate(control) for cell in row] for row in [header, *rows]]
    widths = _fitted_widths(table)
    lines = []
    for row, note in zip(table, ["", *notes], strict=True):
        cells = [_fitted(cell, width) for cell, width in zip(row, widths, strict=True)]
        aligned = [
            cell.rjust(width) if example[:1].isdigit() else cell.ljust(width)
            for cell, width, example in zip(cells, widths, rows[0], strict=True)
        ]
        lines.append("  ".join(aligned).rstrip())
        lines += wrap(note, WIDTH, initial_indent="      ", subsequent_indent="        ")
    return "\n".join(lines)
