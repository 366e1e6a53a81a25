"""Runs of pytest on tests that are planted in a folder, with this suite's conftest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from paths import TESTS

__all__ = ["run_planted"]


def run_planted(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what lies in *folder* and return how it ended."""
    shutil.copy(TESTS / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null"]
    return subprocess.run(
        [*command, f"--rootdir={folder}", str(folder)], capture_output=True, text=True, cwd=folder, check=False
    )
