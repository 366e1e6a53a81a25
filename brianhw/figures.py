"""A Matplotlib backend without windows: showing a figure saves it, if a folder is named, and closes it.

``brianhw run`` sets it where there is no display, or where ``--figures FOLDER`` asks for files. It is
chosen by name (``MPLBACKEND=module://brianhw.figures``), so Matplotlib is imported only if the script does.
"""

from __future__ import annotations

import os
from pathlib import Path

from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

__all__ = ["BACKEND", "FOLDER_VARIABLE", "FigureCanvas", "FigureManager"]

BACKEND = "module://brianhw.figures"
FOLDER_VARIABLE = "BRIANHW_FIGURES"


class FigureManager(FigureManagerBase):
    """Shows a figure by saving it as the next PNG of the folder; closes it as a reader closes a window."""

    def show(self) -> None:
        """Save the figure and close it."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder:
            self.canvas.figure.savefig(_next_file(Path(folder)))
        Gcf.destroy(self)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Save and close every open figure; *block* has no meaning without windows."""
        for manager in Gcf.get_all_fig_managers():
            manager.show()


class FigureCanvas(FigureCanvasAgg):
    """Agg's canvas, with the manager that saves."""

    manager_class = FigureManager


def _next_file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (file := folder / f"figure-{number:02}.png").exists():
        number += 1
    return file
