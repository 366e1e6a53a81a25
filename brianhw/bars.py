"""Bars that show how far something is, in terminals and notebooks."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

__all__ = ["bar", "in_notebook", "shows_bars"]


def in_notebook() -> bool:
    """Say whether this process runs the cells of a notebook; to have IPython's kernel imported is not enough."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _has_widgets() -> bool:
    hidden = bool(os.environ.get("TQDM_DISABLE"))  # even a hidden widget would be part of the notebook
    return not hidden and in_notebook() and find_spec("ipywidgets") is not None


def shows_bars() -> bool:
    """Say whether a bar can move where this runs: in a terminal, or as a widget of a notebook."""
    return sys.stderr.isatty() or _has_widgets()


def bar(shown: bool = True, **options: Any) -> Any:
    """Return tqdm's bar, a widget where there are widgets; ``TQDM_DISABLE=1`` hides it.

    tqdm's own choice warns in every notebook without widgets, before anything is shown.
    """
    if _has_widgets():
        from tqdm.notebook import tqdm
    else:
        from tqdm.std import tqdm
    # the environment variable is a default: it counts where the argument is not given
    return tqdm(**options) if shown else tqdm(disable=True, **options)
