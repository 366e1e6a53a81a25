"""Sweeps killed with ``kill -9`` at random moments, and started again: no finished point is computed twice.

    python benchmarks/sweep_kills.py [--workers 1 2] [--kills 20] [--seconds 0.3] [--points 120] [--seed 0]

Only the process that runs the sweep is killed; its workers are left to find out. Printed are, for each number of
workers, the kills, the points that were begun in all, those begun again after they were in the store (none), and those
that were done but not yet in the store when the kill came (a few milliseconds between two lines of code). The exit
status is 1 if a stored point was computed again or a result is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

SWEEP = """
import os, time
from brianhw.explore import sweep

def model(a):
    with open({log!r}, "a") as file:
        file.write(f"begin {{a}}\\n")
    time.sleep({seconds})
    with open({log!r}, "a") as file:
        file.write(f"end {{a}}\\n")
    return 2 * a

if __name__ == "__main__":
    found = sweep(model, {{"a": list(range({points}))}}, workers={workers}, store={store!r}, device=None, quiet=True)
    print(found.result.values.astype(int).tolist())
"""


def lines(log: Path, word: str) -> list[str]:
    """Return the points of which the log says that they were begun, or ended."""
    text = log.read_text() if log.exists() else ""
    return [line.split()[1] for line in text.splitlines() if line.startswith(word)]


def trial(folder: Path, workers: int, kills: int, seconds: float, points: int, chance: random.Random) -> bool:
    """Kill and go on; print what was found and say whether all is well."""
    log, store, script = folder / "log", folder / "store", folder / "script.py"
    script.write_text(SWEEP.format(log=str(log), seconds=seconds, points=points, workers=workers, store=str(store)))
    killed, again, out = 0, 0, ""
    while True:
        known, begun = stored_points(store), len(lines(log, "begin"))
        with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, cwd=folder, text=True) as process:
            while process.poll() is None and len(lines(log, "begin")) == begun:
                time.sleep(0.01)
            if killed < kills and process.poll() is None:
                time.sleep(chance.uniform(0, 6 * seconds))
                process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
            out = process.communicate()[0]
        again += len(known & set(lines(log, "begin")[begun:]))
        if process.returncode == 0:
            break
    ends = Counter(lines(log, "end"))
    twice = sum(ends.values()) - len(ends)
    right = out.splitlines()[-1] == str([2 * a for a in range(points)]) and len(stored_points(store)) == points
    print(
        f"{workers} workers: {killed} kills, {len(lines(log, 'begin'))} begun for {points} points; "
        f"again though stored: {again}, killed between end and store: {twice}, results {'right' if right else 'WRONG'}",
        flush=True,
    )
    return right and not again and twice <= max(1, killed * workers // 10)


def stored_points(store: Path) -> set[str]:
    """Return the points that are in the store."""
    found = set()
    for file in store.glob("*/*.npz"):
        with np.load(file) as each:
            found.add(json.loads(str(each["about"]))["point"]["a"])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--points", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    good = True
    for workers in options.workers:
        with tempfile.TemporaryDirectory() as folder:
            good &= trial(Path(folder), workers, options.kills, options.seconds, options.points, chance)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
