"""The command ``brianhw examples``: lists the gallery, or copies from it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from brianhw.errors import UnknownNameError
from brianhw.examples import SECTIONS, copy_all, copy_example, examples, section_title

__all__ = ["add"]

MISUSED = 2


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to *commands*."""
    parser = commands.add_parser("examples", help="list the examples of the gallery, or copy them")
    parser.add_argument("example", nargs="?", metavar="NAME", help="the example to copy; none: list them all")
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="where to (default: here)")
    parser.add_argument(
        "--all", type=Path, nargs="?", const=Path("brianhw_examples"), metavar="FOLDER",
        help="copy all of them (default: into %(const)s)",
    )  # fmt: skip
    parser.set_defaults(command=_examples)


def _examples(options: argparse.Namespace) -> int:
    if options.all is not None and options.example:
        print("brianhw examples: NAME or --all, not both.", file=sys.stderr)
        return MISUSED
    if options.all is not None:
        print(f"{len(copy_all(options.all))} examples copied to {options.all}")
    elif options.example:
        return _copy(options.example, options.folder or Path())
    else:
        _list()
    return 0


def _copy(name: str, folder: Path) -> int:
    try:
        written = copy_example(name, folder)
    except UnknownNameError as error:
        print(f"brianhw examples: {error}", file=sys.stderr)
        return MISUSED
    print(f"copied to {written}; run it with: python {written}")
    return 0


def _list() -> None:
    found = examples()
    width = max(len(each.name) for each in found)
    for section in SECTIONS:
        print(section_title(section))
        for each in found:
            if each.section == section:
                print(f"  {each.name:{width}}  {each.title}")
        print()
    print("brianhw examples NAME [FOLDER] copies one, brianhw examples --all [FOLDER] all of them.")
