"""Makes the sidebar of a page from titles, a quarter of the time.

For each page, Sphinx copies the headings and the names of the API of all pages, and then drops all but the titles.
Here they are dropped once. (It can go when a page's sidebar takes no longer than the rest of it.)
"""

from __future__ import annotations

from typing import Any

from sphinx.addnodes import toctree


class Titles:
    """The contents of each page, without what a tree of titles has not: its sections."""

    def __init__(self) -> None:
        self._contents: dict[str, Any] = {}

    def take(self, app: Any, environment: Any) -> None:
        """Take the contents of all pages, which have been read now."""
        self._contents = {name: _of(contents) for name, contents in environment.tocs.items()}

    def give(self, app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
        """Let a page make its tree from them."""
        make = context.get("toctree")

        def tree(**how: Any) -> Any:
            whole, app.env.tocs = app.env.tocs, self._contents if how.get("titles_only") else app.env.tocs
            try:
                return make(**how)
            finally:
                app.env.tocs = whole

        if make is not None:
            context["toctree"] = tree


def _of(contents: Any) -> Any:
    contents = contents.deepcopy()
    for item in contents.children:
        if len(item) > 1:
            item[1][:] = list(item.findall(toctree))
            if not item[1].children:
                item.pop(1)
    return contents


def setup(app: Any) -> dict[str, bool]:
    """Do so before the theme makes a page."""
    titles = Titles()
    app.connect("env-updated", titles.take)
    app.connect("html-page-context", titles.give, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
