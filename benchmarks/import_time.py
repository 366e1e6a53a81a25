"""What importing costs: CPU seconds of a new Python with one import, and which large libraries it loads.

Each import in a process of its own, in turn; medians, less those of a Python that imports nothing. `brian2` is Brian2
alone, `brianhw, brian2` what a script gets that imports us first, and with the names of pylab as well.

    python benchmarks/import_time.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from statistics import median

STATEMENTS = {
    "nothing": "pass",
    "numpy": "import numpy",
    "sympy": "import sympy",
    "brianhw": "import brianhw",
    "brian2": "import brian2",
    "brianhw, brian2": "import brianhw, brian2",
    "brianhw, all names of brian2": "import brianhw; from brian2 import *",
    "brianhw.hardware": "import brianhw.hardware",
    "brianhw.pynn": "import brianhw.pynn",
    "pyNN": "import pyNN.common, pyNN.recording, pyNN.network",
    "brianhw.edlut": "import brianhw.edlut",
    "brianhw.explore": "import brianhw.explore",
    "xarray": "import xarray",
    "brianhw.spinnaker": "import brianhw.spinnaker",
}
LARGE = (
    "asyncio", "Cython.Build", "jinja2", "matplotlib", "matplotlib.pyplot", "neo", "numpy", "pandas", "pytest", "pyNN",
    "scipy.sparse", "scipy.special", "scipy.stats", "setuptools", "sympy", "tqdm", "xarray",
)  # fmt: skip


def measure(statement: str) -> tuple[float, set[str]]:
    """Return the CPU seconds of a process and the large libraries that it has loaded."""
    before = os.times()
    loaded = "import sys; print(*[name for name, module in sys.modules.items() if '_execute' not in vars(module)])"
    command = [sys.executable, "-W", "ignore", "-c", f"{statement}\n{loaded}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, set(done.stdout.split()) & set(LARGE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    taken: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    libraries: dict[str, set[str]] = {}
    for _ in range(parser.parse_args().repeats):
        for name, statement in STATEMENTS.items():
            seconds, libraries[name] = measure(statement)
            taken[name].append(seconds)
    nothing = median(taken["nothing"])
    print(f"{'import':30s} CPU s  to brian2's  loads")
    for name in STATEMENTS:
        own = median(taken[name]) - nothing
        ratio = own / (median(taken["brian2"]) - nothing)
        print(f"{name:30s} {own:5.2f}  {ratio:11.2f}  {', '.join(sorted(libraries[name]))}")
