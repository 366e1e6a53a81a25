"""The gallery: short scripts that ship with the package, each with a figure and a number that it checks.

They are data, not modules: files to read, copy and change. The documentation runs them and shows what they draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from brianhw.errors import UnknownNameError
from brianhw.new_files import write_new

__all__ = [
    "GALLERY",
    "SECTIONS",
    "Example",
    "copy_all",
    "copy_example",
    "examples",
    "find",
    "section_title",
]

GALLERY = Path(__file__).resolve().parent / "gallery"
#: Folders of the gallery, in the order in which they are shown.
SECTIONS = ("neurons", "learning", "chip", "networks", "lost", "control", "scripts")


@dataclass(frozen=True)
class Example:
    """One script of the gallery.

    Attributes
    ----------
    name, section, title : str
        The name of its file without ``.py``, that of its folder, and the first line of what it says about itself.
    file : Path

    Examples
    --------
    >>> from brianhw.examples import find
    >>> example = find("placement")
    >>> example.section, example.title
    ('chip', 'What fits, and where it lies')
    """

    name: str
    section: str
    title: str
    file: Path


def examples() -> list[Example]:
    """Return all examples, section by section, by name in each.

    Examples
    --------
    >>> from brianhw.examples import examples
    >>> [each.name for each in examples() if each.section == "chip"][:3]
    ['dpi_adaptation', 'dpi_neuron', 'dpi_synapse']
    """
    files = [(section, file) for section in SECTIONS for file in sorted((GALLERY / section).glob("*.py"))]
    return [Example(file.stem, section, _title(file), file) for section, file in files]


def section_title(section: str) -> str:
    """Return the question that a section answers.

    Examples
    --------
    >>> from brianhw.examples import section_title
    >>> section_title("chip")
    'What do the circuits of a chip do?'
    """
    return (GALLERY / section / "GALLERY_HEADER.rst").read_text(encoding="utf-8").splitlines()[0]


def _title(file: Path) -> str:
    with open(file, encoding="utf-8") as lines:
        next(lines)  # opens the docstring
        return next(lines).strip()


def find(name: str) -> Example:
    """Return the example of that name; ``.py`` at its end does not matter.

    Raises
    ------
    UnknownNameError
        If there is none; the message names the nearest.

    Examples
    --------
    >>> from brianhw.examples import find
    >>> find("placement.py").file.name
    'placement.py'
    >>> find("placment")
    Traceback (most recent call last):
        ...
    brianhw.errors.UnknownNameError: There is no example 'placment'. Did you mean placement?
    """
    wanted = name.removesuffix(".py")
    known = {each.name: each for each in examples()}
    if wanted in known:
        return known[wanted]
    wanted = wanted.lower()
    near = dict.fromkeys([each for each in known if wanted in each] + get_close_matches(wanted, known, n=3))
    advice = f"Did you mean {', '.join(near)}?" if near else "`brianhw examples` lists them all."
    raise UnknownNameError(f"There is no example {name!r}. {advice}")


def copy_example(name: str, folder: Path) -> Path:
    """Copy one example into *folder*, which is made if need be, and return the new file.

    Raises
    ------
    UnknownNameError
        If there is no such example.
    WriteError
        If a file of its name is there, or none can be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.examples import copy_example
    >>> copy_example("placement", Path("mine")).as_posix()
    'mine/placement.py'
    """
    example = find(name)
    (written,) = write_new({folder / example.file.name: example.file.read_text(encoding="utf-8")})
    return written


def copy_all(folder: Path) -> list[Path]:
    """Copy all examples into *folder*, a folder for each section in it, and return the new files.

    Raises
    ------
    WriteError
        If one of the files is there, or cannot be written. Then none is.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.examples import copy_all
    >>> sorted({file.parent.name for file in copy_all(Path("gallery"))})[:3]
    ['chip', 'control', 'learning']
    """
    return write_new(
        {folder / each.section / each.file.name: each.file.read_text(encoding="utf-8") for each in examples()}
    )
