"""Pieces of HTML for notebooks: escaped, in the reader's own colours, and wide ones scroll instead of being cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["bullets", "paragraph", "preformatted", "scrolling", "table"]

# colours are those of the text around, so that light and dark pages both fit
_CELL = "text-align:left;padding:0.2em 0.8em 0.2em 0;color:inherit;white-space:nowrap;vertical-align:top"
_RULE = "border-bottom:1px solid currentColor"


def scrolling(html: str) -> str:
    """Return *html* in a box as wide as there is room, which scrolls if it is wider."""
    return f'<div style="overflow-x:auto;max-width:100%;color:inherit">{html}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> str:
    """Return a table; a note that is not empty stands under its row."""
    rows = list(rows)
    said = list(notes) or [""] * len(rows)
    head = "".join(f'<th style="{_CELL};{_RULE}">{escape(cell)}</th>' for cell in header)
    body = ""
    for row, note in zip(rows, said, strict=True):
        body += "<tr>" + "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row) + "</tr>"
        if note:
            wide = _CELL.replace("nowrap", "normal")
            body += f'<tr><td></td><td colspan="{len(header) - 1}" style="{wide}">{escape(note)}</td></tr>'
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return scrolling(f'<table style="border-collapse:collapse;background:transparent;color:inherit">{whole}</table>')


def paragraph(text: str) -> str:
    """Return one line of text."""
    return f"<p>{escape(text)}</p>"


def bullets(items: Iterable[str]) -> str:
    """Return a list."""
    return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in items)}</ul>"


def preformatted(text: str) -> str:
    """Return text whose lines stay as they are."""
    return scrolling(f'<pre style="background:transparent;color:inherit">{escape(text)}</pre>')
