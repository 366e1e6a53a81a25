"""The commands to begin with: ``brianhw examples`` and ``brianhw completion``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from brianhw.errors import UnknownNameError

__all__ = ["add_commands"]

MISUSED = 2


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], whole: argparse.ArgumentParser) -> None:
    """Add these commands to those of *whole*, the parser of all."""
    examples = commands.add_parser("examples", help="list the examples of the gallery, or copy them")
    examples.add_argument("name", nargs="?", metavar="NAME", help="the example to copy; none: list them all")
    examples.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="where to (default: here)")
    examples.add_argument(
        "--all", type=Path, nargs="?", const=Path("brianhw_examples"), metavar="FOLDER",
        help="copy all of them (default: into %(const)s)",
    )  # fmt: skip
    examples.set_defaults(command=_examples)


def _examples(options: argparse.Namespace) -> int:
    from brianhw import examples

    if options.all is not None:
        if options.name:
            print("brianhw examples: NAME or --all, not both.", file=sys.stderr)
            return MISUSED
        print(f"{len(examples.copy_all(options.all))} examples copied to {options.all}")
        return 0
    if options.name:
        try:
            written = examples.copy_example(options.name, options.folder or Path())
        except UnknownNameError as error:
            print(f"brianhw examples: {error}", file=sys.stderr)
            return MISUSED
        print(f"copied to {written}; run it with: brianhw run {written}")
        return 0
    found = examples.examples()
    width = max(len(each.name) for each in found)
    for section in examples.SECTIONS:
        print(("" if section == examples.SECTIONS[0] else "\n") + examples.section_title(section))
        for each in found:
            if each.section == section:
                print(f"  {each.name:{width}}  {each.title}")
    return 0
