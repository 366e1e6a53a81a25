"""Where things lie, and how other processes find them."""

from __future__ import annotations

import os
from pathlib import Path

import brianhw

__all__ = ["CHECKOUT", "DATA", "PACKAGE", "TESTS", "environment_of"]

TESTS = Path(__file__).resolve().parents[1]
CHECKOUT = TESTS.parent
DATA = TESTS / "data"
PACKAGE = Path(brianhw.__file__).resolve().parent  # the one under test, installed or not


def environment_of(**more: str) -> dict[str, str]:
    """Return the environment of a process that finds the package under test."""
    return {**os.environ, "PYTHONPATH": str(PACKAGE.parent), **more}
