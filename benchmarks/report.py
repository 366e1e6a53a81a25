"""Run the benchmarks of speed and write what they print to ``docs/performance.md``.

    python benchmarks/report.py [--only NAME ...] [--quick]

Each benchmark runs ours and the alternative in turn and prints medians and ratios; NEST, pypet and others take part
where they are installed. ``--quick`` uses the smallest sizes, to try the report itself. An hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import date
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
#: Title, script, arguments, arguments for a quick look.
BENCHMARKS = {
    "start": ("From a script to its first trace", "first_result.py", ["--repeats", "3"], ["--repeats", "1"]),
    "import": ("Importing", "import_time.py", [], []),
    "steps": (
        "One neuron, one step", "step.py",
        ["--models", "LIF", "AdEx", "DPI", "--sizes", "1", "256", "16384", "131072", "--variants", "fast", "float32",
         "cpp_standalone", "nest"],
        ["--models", "LIF", "--sizes", "256", "--repeats", "1", "--variants", "fast", "cpp_standalone"],
    ),
    "events": (
        "One synaptic event", "events.py", [], ["--repeats", "1", "--rules", "static", "--variants", "fast"],
    ),
    "poisson": ("Poisson input", "poisson.py", [], []),
    "short runs": (
        "Short runs", "stepping.py", [], ["--repeats", "1", "--synapses", "10000", "--groups", "5"],
    ),
    "PyNN": ("Networks in PyNN", "pynn_networks.py", [], []),
    "microcircuit": (
        "The cortical microcircuit", "microcircuit.py",
        ["--scale", "0.3", "--time", "500", "--variants", "ours", "ours-2", "single", "nest", "nest-2"],
        ["--scale", "0.02", "--time", "100", "--repeats", "1", "--variants", "ours"],
    ),
    "sweeps": ("Sweeps", "sweep.py", [], ["--repeats", "1"]),
}  # fmt: skip


def machine() -> str:
    """Return what the figures were taken on, in a line."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def versions() -> str:
    """Return the versions of what takes part."""
    found = []
    for name in ("brianhw", "brian2", "numpy", "PyNN", "nest-simulator", "pypet"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    compiler = subprocess.run([os.environ.get("CXX", "g++"), "-dumpfullversion"], capture_output=True, text=True)
    return ", ".join([*found, f"g++ {compiler.stdout.strip()}"])


def section(name: str, quick: bool) -> str:
    """Run a benchmark; return its part of the page."""
    title, script, arguments, fewer = BENCHMARKS[name]
    if not (HERE / script).is_file():
        return f"## {title}\n\n`{script}` is not there.\n"
    command = [sys.executable, "-W", "ignore", str(HERE / script), *(fewer if quick else arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    said = done.stdout.rstrip() if done.returncode == 0 else f"{done.stdout}\nfailed:\n{done.stderr[-1000:]}"
    shown = " ".join(["python", f"benchmarks/{script}", *(fewer if quick else arguments)])
    return f"## {title}\n\n```text\n$ {shown}\n{said}\n```\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    head = f"""# How fast, and how large

Written by `benchmarks/report.py` on {date.today()}: {machine()}; {versions()}.
Ours and the alternative ran in turn, several times; figures are medians. Read ratios: other work on a machine changes
times by half as much again. What each script measures is said at its top and in `benchmarks/README.md`.
"""
    parts = [head]
    for name in options.only:
        print(name, flush=True)
        parts.append(section(name, options.quick))
        options.output.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
