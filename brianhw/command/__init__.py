"""Commands that help to begin: ``brianhw examples``, ``brianhw new`` and ``brianhw completion``."""

from __future__ import annotations

import argparse

from brianhw.command import completion, examples, new

__all__ = ["add_commands"]


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], whole: argparse.ArgumentParser) -> None:
    """Add these commands to those of *whole*, the parser of all."""
    examples.add(commands)
    new.add(commands)
    completion.add(commands, whole)
