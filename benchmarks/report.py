"""Run the benchmarks of speed and write what they print to ``docs/performance.md``.

    python benchmarks/report.py [--only NAME ...] [--quick]

Each benchmark runs ours and the alternative in turn and prints medians and ratios; NEST, pypet and others take part
where they are installed. ``--quick`` uses small sizes and few repeats: a quarter of an hour on two cores, where all of
it takes more than an hour.
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
    "import": ("Importing", "import_time.py", [], ["--repeats", "3"]),
    "steps": (
        "One neuron, one step", "step.py",
        ["--models", "LIF", "AdEx", "DPI", "--sizes", "1", "16", "256", "16384", "131072", "--variants", "fast",
         "float32", "cpp_standalone", "nest"],
        ["--models", "LIF", "AdEx", "DPI", "--sizes", "1", "16", "256", "16384", "--repeats", "3", "--variants", "fast",
         "float32", "cpp_standalone", "nest"],
    ),
    "events": (
        "One synaptic event", "events.py", [], ["--repeats", "1", "--variants", "fast", "cpp_standalone"],
    ),
    "poisson": ("Poisson input", "poisson.py", [], ["--repeats", "1"]),
    "short runs": (
        "Short runs", "stepping.py", [],
        ["--repeats", "3", "--synapses", "10000", "1000000", "--groups", "5", "500"],
    ),
    "PyNN": (
        "Networks in PyNN", "pynn_networks.py", [],
        ["--repeats", "1", "--networks", "cuba", "coba", "--variants", "ours", "cold", "nest", "--no-facade"],
    ),
    "microcircuit": (
        "The cortical microcircuit", "microcircuit.py",
        ["--scale", "0.3", "--time", "500", "--variants", "ours", "ours-2", "single", "nest", "nest-2"],
        ["--scale", "0.1", "--time", "500", "--repeats", "1", "--variants", "ours", "ours-2", "nest", "nest-2"],
    ),
    "sweeps": ("Sweeps", "sweep.py", [], ["--repeats", "1", "--only", "start", "again"]),
    "SpiNNaker": (
        "SpiNNaker's integers", "spinnaker_step.py", [], ["--repeats", "3", "--sizes", "1024", "--no-plastic"],
    ),
    "EDLUT": ("EDLUT's interface", "edlut.py", [], ["--repeats", "3"]),
    "twins": ("Differentiable twins", "twin.py", [], ["--sizes", "1", "--repeats", "3", "--skip-compiled"]),
    "cache": ("Finding a compiled model", "cache_hit.py", [], []),
}  # fmt: skip


#: How the figures of each are to be read.
READING = {
    "start": """\
A script that asks for `cpp_standalone`, from the start of Python to its end: with `python`, in a new folder and
in the one it has left, with `brianhw run`, with an empty cache and a kept one, and with `--warm`. *four cores* is
the same neuron as the DynapSE simulator allocates it, in 1024.""",
    "import": """\
CPU seconds of a new Python with one import, the same over those of `import brian2`, and what large libraries
come with it.""",
    "steps": """\
CPU nanoseconds for one neuron and step, and in brackets how many times faster than Brian2's `cpp_standalone`.
*fast* is the brianhw device, *float32* the same in single precision.""",
    "events": """What one spike costs at one synapse, without its neurons.""",
    "poisson": """\
What random input costs, first Brian2's `PoissonInput`, then sources of PyNN here and in NEST.""",
    "short runs": """What one call of `run` or `step` costs, on networks of growing size.""",
    "PyNN": """\
CPU seconds to import, to make populations and projections (*build*), to be ready for the first step and to
simulate a second; *wall* from the start of Python to its end. *cold* begins with an empty cache, *nest* is
PyNN's NEST back end.""",
    "microcircuit": """\
The model of Potjans and Diesmann (2014) at a part of its size. *-2* is with two threads, *ratio* over the first
row, *B* bytes. Below: rates, variation of intervals and correlations, which show that both simulate the same
network.""",
    "sweeps": """CPU and wall seconds of the same sweep here, by hand and with pypet.""",
    "SpiNNaker": """\
CPU nanoseconds for one neuron and step, in the chip's integers and in floating point, and the ratio of the two.
The balanced networks are in seconds of wall time, which other work on the machine makes longer.""",
    "EDLUT": """CPU seconds after building, beside those that EDLUT itself took.""",
    "twins": """CPU seconds for 1000 steps, forwards.""",
    "cache": """Milliseconds to find a library of 200 KB, of which most is the check that it is whole.""",
}

HEAD = """# How fast, and how large

Written by `benchmarks/report.py` on {today}: {machine}; {versions}.
Ours and the alternative ran in turn, {times} times; figures are medians. The machine's load was {least:.1f} to
{most:.1f}, of which the benchmarks make 1 to 2: other work changes CPU seconds by half as much again and wall times by
far more. So read ratios of CPU seconds. What each script measures in detail is said at its top and in
`benchmarks/README.md`.
"""


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
    for name in ("brianhw", "brian2", "numpy", "PyNN", "nest-simulator", "torch", "pypet"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    compiler = subprocess.run([os.environ.get("CXX", "g++"), "-dumpfullversion"], capture_output=True, text=True)
    return ", ".join([*found, f"g++ {compiler.stdout.strip()}"])


def section(name: str, quick: bool) -> str:
    """Run a benchmark; return its part of the page."""
    title, script, arguments, fewer = BENCHMARKS[name]
    command = [sys.executable, "-W", "ignore", str(HERE / script), *(fewer if quick else arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode:
        print(done.stderr, file=sys.stderr)  # not on the page: it names files of this machine
    said = (done.stdout + ("" if done.returncode == 0 else "\nIt failed.")).strip()
    shown = " ".join(["python", f"benchmarks/{script}", *(fewer if quick else arguments)])
    return f"## {title}\n\n{READING[name]}\n\n```text\n$ {shown}\n{said}\n```\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    loads, parts = [os.getloadavg()[1]], []
    for name in options.only:
        print(name, flush=True)
        parts.append(section(name, options.quick))
        loads.append(os.getloadavg()[1])
        head = HEAD.format(
            today=date.today(), machine=machine(), versions=versions(),
            times="one to three" if options.quick else "several", least=min(loads), most=max(loads),
        )  # fmt: skip
        options.output.write_text("\n".join([head, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()
