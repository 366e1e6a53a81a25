"""The command ``brianhw new``: a folder to start from, with a script, a test and a notebook."""

from __future__ import annotations

import argparse
import json
import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from brianhw.errors import RequestError, WriteError
from brianhw.new_files import write_new

__all__ = ["KINDS", "add", "make"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: What a folder can be for, and what its script does.
KINDS = {
    "brian2": "a network in Brian2",
    "pynn": "a network in PyNN",
    "chip": "a network on a DYNAP-SE1 chip",
    "sweep": "a neuron over a grid of its parameters",
}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to *commands*."""
    parser = commands.add_parser("new", help="make a folder with a script, a test and a notebook to start from")
    parser.add_argument("name", type=Path, metavar="NAME", help="what to call it; a path makes it there")
    kinds = "; ".join(f"{kind}: {what}" for kind, what in KINDS.items())
    parser.add_argument("--kind", choices=list(KINDS), default="brian2", help=f"{kinds} (default: %(default)s)")
    parser.set_defaults(command=_new)


def _new(options: argparse.Namespace) -> int:
    files = make(options.name, options.kind)
    folder, name = options.name, options.name.name
    print("\n".join(str(file) for file in files))
    print(f"cd {folder}, then: python {name}.py; pytest; jupyter lab {name}.ipynb")
    return 0


def make(folder: Path, kind: str = "brian2") -> list[Path]:
    """Make *folder* with a script, a test and a notebook of its name, and return the three files.

    Parameters
    ----------
    folder : Path
        Its last part is the name of the script, which the test and the notebook import.
    kind : str
        One of :data:`KINDS`.

    Raises
    ------
    RequestError
        If Python could not import a script of this name, or would import another module.
    WriteError
        If the folder is there, or cannot be written. Nothing is left behind.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.command.new import make
    >>> [file.name for file in make(Path("retina"), kind="chip")]
    ['retina.py', 'test_retina.py', 'retina.ipynb']
    """
    name = folder.name
    if folder.exists() or folder.is_symlink():
        raise WriteError(f"{folder} is there already, and is not written into. Choose another name, or remove it.")
    _check(name)
    texts = {
        part: (TEMPLATES / kind / f"{part}.py").read_text(encoding="utf-8") for part in ("script", "test", "notebook")
    }
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (TEMPLATES / kind).glob("*.py")}
    texts = {part: re.sub(r"\bNAME(?=\b|_)", name, text) for part, text in texts.items()}
    return write_new(
        {
            folder / f"{name}.py": texts["script"],
            folder / f"test_{name}.py": texts["test"],
            folder / f"{name}.ipynb": _notebook(texts["notebook"]),
        }
    )


def _check(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        near = re.sub(r"\W", "_", name)
        advice = f" {near!r} would do." if near.isidentifier() and not keyword.iskeyword(near) else ""
        raise RequestError(f"A script called {name!r} cannot be imported: letters, digits and _ only.{advice}")
    if find_spec(name) is not None:
        raise RequestError(
            f"Python has a module {name!r} already, which a script of this name would hide. Choose another."
        )


def _notebook(text: str) -> str:
    """Return the notebook whose cells begin with ``# %%``, those of text with ``# %% [markdown]``."""
    cells: list[dict[str, Any]] = []
    for number, part in enumerate(re.split(r"(?m)^# %%", text)[1:]):
        head, _, body = part.partition("\n")
        cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
        if "[markdown]" in head:
            body = re.sub(r"(?m)^# ?", "", body)
            cell = {"cell_type": "markdown"}
        cells.append({**cell, "id": f"cell-{number}", "metadata": {}, "source": body.strip().splitlines(keepends=True)})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
