"""The documentation, built once for all tests that look at it, whichever worker they run in."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from paths import CHECKOUT


def build_in(folder: Path) -> Path:
    """Return the folder of the pages; who comes first builds them below *folder*, others wait for it."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = folder / "errors.txt"
        if not outcome.exists():
            outcome.write_text(_build(folder), encoding="utf-8")
    errors = outcome.read_text(encoding="utf-8")
    assert not errors, errors
    return folder / "html"


def _build(folder: Path) -> str:
    """Build; return the errors."""
    options = ["-W", "--keep-going", "-q", "-d", str(folder / "doctrees")]
    # the tutorials and the examples are run by tests of their own
    unrun = ["-D", "nb_execution_mode=off", "-D", "plot_gallery=0"]
    command = [sys.executable, "-m", "sphinx", *unrun, *options, str(CHECKOUT / "docs"), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr or f"sphinx ended with {done.returncode}"
