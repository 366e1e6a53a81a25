"""Other people's scripts for SpiNNaker, run as their users would: how many end, and what stops the others.

Takes any folder, for instance a copy of the vendor's public examples; none of them is part of brianhw. Each script runs
in a folder of its own, in floating point and in the chip's integers, and a table says how it ended.

    python benchmarks/vendor_scripts.py FOLDER [--modes ideal integers] [--limit 300] [--jobs 2] [--only TEXT]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

MODES = {"ideal": [], "integers": ["--hardware", "spinnaker"]}
# folders of a repository that hold no scripts for users
REFUSALS = tuple(f"{name}:" for name in (
    "PyNNError", "SpinnakerError", "UnknownNameError", "KindRefused", "CapacityError", "ScriptError"
))  # fmt: skip
NO_SCRIPTS = ("integration_tests", "unittests", "tests", "spiNNaker_start")


class Ended(NamedTuple):
    """How a script ended: *word* is "ends", "refused" (an error of brianhw), "fails" or "too long"."""

    script: str
    mode: str
    word: str
    seconds: float
    last_line: str


def scripts_in(folder: Path, only: str) -> list[Path]:
    """Return the scripts of a folder that import PyNN in some form."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder)
        if inside.name != "__init__.py" and not set(inside.parts) & set(NO_SCRIPTS) and only in str(inside):
            text = path.read_text(encoding="utf-8", errors="replace")
            if "pyNN" in text or "spynnaker" in text:
                found.append(path)
    return found


def run(folder: Path, path: Path, mode: str, limit: float) -> Ended:
    """Run one script in a copy of its folder."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".git"))
        script = copy / path.relative_to(folder)
        command = [sys.executable, "-m", "brianhw", "run", *MODES[mode], script.name]
        found = os.pathsep.join(filter(None, [str(copy), os.environ.get("PYTHONPATH")]))  # packages of the folder
        environment = {**os.environ, "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "PYTHONPATH": found}
        start = time.monotonic()
        with (Path(place) / "stderr").open("w+", encoding="utf-8") as errors:
            # in a group of its own: scripts start viewers, which would outlive it
            process = subprocess.Popen(
                command, cwd=script.parent, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, start_new_session=True,
            )  # fmt: skip
            try:
                code: int | None = process.wait(limit)
            except subprocess.TimeoutExpired:
                code = None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            errors.seek(0)
            lines = [line for line in errors.read().splitlines() if line.strip()] or [""]
    word = "too long" if code is None else "ends" if code == 0 else "fails"
    # the line of the script may follow the message
    said = next((line for line in reversed(lines[-2:]) if line.startswith(REFUSALS)), lines[-1])
    if word == "fails" and said.startswith(REFUSALS):
        word = "refused"
    last = "" if word == "ends" else said
    return Ended(str(path.relative_to(folder)), mode, word, time.monotonic() - start, last)


def main() -> None:
    """Run all scripts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one script")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="scripts whose path has this text")
    options = parser.parse_args()
    folder = options.folder.resolve()
    scripts = scripts_in(folder, options.only)
    tasks = [(path, mode) for path in scripts for mode in options.modes]
    counts: dict[tuple[str, str], int] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for each in pool.map(lambda task: run(folder, *task, options.limit), tasks):
            counts[each.mode, each.word] = counts.get((each.mode, each.word), 0) + 1
            print(
                f"{each.word:<9}{each.mode:<10}{each.seconds:7.1f} s  {each.script}  {each.last_line[:160]}", flush=True
            )
    print()
    for mode in options.modes:
        parts = [f"{number} {word}" for (of, word), number in sorted(counts.items()) if of == mode]
        print(f"{mode}: {', '.join(parts)} of {len(scripts)}")


if __name__ == "__main__":
    main()
