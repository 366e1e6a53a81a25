"""The command ``brianhw completion``: what a shell needs to complete the others."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from brianhw.examples import examples

__all__ = ["add"]

SHELLS = ("bash", "zsh", "tcsh")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], whole: argparse.ArgumentParser) -> None:
    """Add the command to *commands*, those of *whole*."""
    parser = commands.add_parser(
        "completion",
        help="print what completes this command in a shell",
        description="Print what completes this command in a shell: bash: eval \"$(brianhw completion bash)\" in "
        "~/.bashrc; zsh: into a file _brianhw in a folder of $fpath; tcsh: into a file, brianhw completion tcsh > "
        "~/.brianhw.csh, and source ~/.brianhw.csh in ~/.tcshrc.",
    )  # fmt: skip
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(command=partial(_completion, whole))


def _completion(whole: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    import shtab  # here: no other command needs it

    for action in _actions(whole):
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.dest == "example":
            action.choices = [example.name for example in examples()]
    print(shtab.complete(whole, options.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Give each action of *parser* and of the commands below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
        else:
            yield action
