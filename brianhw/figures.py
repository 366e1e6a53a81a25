"""A Matplotlib backend without windows: showing a figure saves it, if a folder is named, and closes it.

``brianhw run`` sets it where there is no display, or where ``--figures FOLDER`` asks for files.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from brianhw.scripts import FIGURES_FOLDER

__all__ = ["FigureCanvas", "FigureManager", "count_from_one"]

_numbers = count(1)


def count_from_one() -> None:
    """Name the next figure ``figure-01.png``: a script that is run again replaces its figures."""
    global _numbers
    _numbers = count(1)


class FigureManager(FigureManagerBase):
    """Shows a figure by saving it as the next PNG of the folder; closes it as a reader closes a window."""

    def show(self) -> None:
        """Save the figure and close it."""
        folder = os.environ.get(FIGURES_FOLDER)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.canvas.figure.savefig(Path(folder, f"figure-{next(_numbers):02}.png"))
        Gcf.destroy(self)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Save and close every open figure; *block* has no meaning without windows."""
        for manager in Gcf.get_all_fig_managers():
            manager.show()


class FigureCanvas(FigureCanvasAgg):
    """Agg's canvas, with the manager that saves."""

    manager_class = FigureManager
