"""Shims that let scripts written for other projects run on brianhw, unchanged.

Each folder here is named after a project and holds modules with that project's names, a few lines each.
They are data, not packages: nothing of them can be imported unless a script asks for it, by
``brianhw run script.py`` or by::

    sys.path.insert(0, str(brianhw.compat.path("dynapse_simulator")))
"""

from __future__ import annotations

from pathlib import Path

from brianhw.errors import unknown_name

__all__ = ["BOARD_TOOLS", "HARDWARE", "available", "path", "paths"]

#: Shims that are used only where a script is to run as on that chip; they go before those of the same modules.
HARDWARE = ("spinnaker",)

#: Packages of SpiNNaker's software, which needs a board; of most there is nothing here.
BOARD_TOOLS = (
    "spynnaker", "spynnaker8", "pacman", "spinnman", "spinn_machine", "spinn_front_end_common", "spinn_utilities",
    "spalloc", "spalloc_client", "data_specification",
)  # fmt: skip

_HERE = Path(__file__).resolve().parent


def available() -> tuple[str, ...]:
    """Return the names of the projects that there are shims for.

    Examples
    --------
    >>> from brianhw import compat
    >>> compat.available()
    ('dynapse_simulator', 'dynapsetorch', 'edlut', 'spinnaker', 'spynnaker')
    """
    folders = (entry for entry in _HERE.iterdir() if entry.is_dir() and not entry.name.startswith(("_", ".")))
    return tuple(sorted(folder.name for folder in folders if any(folder.rglob("*.py"))))


def paths(hardware: str = "") -> tuple[Path, ...]:
    """Return the folders of shims for a script, later ones go first; *hardware* is the chip it is to run as on.

    Raises
    ------
    UnknownNameError
        If there are no shims for that chip.

    Examples
    --------
    >>> from brianhw import compat
    >>> [folder.name for folder in compat.paths(hardware="spinnaker")]
    ['dynapse_simulator', 'dynapsetorch', 'edlut', 'spynnaker', 'spinnaker']
    """
    if hardware and hardware not in HARDWARE:
        raise unknown_name("brianhw run", "hardware", hardware, HARDWARE)
    names = [name for name in available() if name not in HARDWARE]
    return tuple(path(name) for name in (*names, *([hardware] if hardware else [])))


def path(name: str = "dynapse_simulator") -> Path:
    """Return the folder that stands in for the project *name* on ``sys.path``.

    Raises
    ------
    UnknownNameError
        If there are no shims for that project; the message names those there are.

    Examples
    --------
    >>> from brianhw import compat
    >>> sorted(file.name for file in compat.path("dynapse_simulator").glob("*.py"))
    ['DynapSE.py']
    """
    if name not in available():
        raise unknown_name("brianhw.compat", "project", name, available())
    return _HERE / name
