"""Formulas as MathML, which browsers show by themselves: a page fetches nothing, and works without a network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert


def inline(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """Write formulas of their own, one below the other."""
    lines = [line for line in node.astext().split(r"\\") if line.strip()]
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body += [convert(line.replace("&", "").strip(), display="block") for line in lines]
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Make it the way that Sphinx writes formulas."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
