"""Brian2's own tests, run on the brianhw device.

    python tests/support/brian2_suite.py standalone [--float32] [--workers 2] [-- pytest arguments]
    python tests/support/brian2_suite.py runtime

``standalone`` are the tests that Brian2 runs on standalone devices, of single and of multiple runs; ``runtime`` those
of its runtime targets, which read values before a run and run repeatedly. It ends with status 0 if as many tests were
run as expected and each passed or is in the list of exceptions.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2 import prefs
from brian2.devices.device import reset_device
from brian2.tests import PreferencePlugin, clear_caches, make_argv

import brianhw.device.device  # noqa: F401  (registers the device)

#: Test -> why it does not pass on this device.
KNOWN_INDICES = "wants a warning that indices cannot be checked from every standalone device; here they can"
EXCEPTIONS = {
    "test_monitor.py::test_state_monitor_synapses": KNOWN_INDICES,
    "test_synapses.py::test_synapses_to_synapses_rule_and_array": KNOWN_INDICES,
    "test_synapses.py::test_ufunc_at_vectorisation": "wants a message of the NumPy code generator, which is not used",
}


class Results:
    """Counts what pytest reports."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self.skipped: set[str] = set()

    def pytest_collection_finish(self) -> None:
        gc.collect()
        gc.freeze()  # Brian2 looks for garbage three times after each test, and all that is there by now stays

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.split("/")[-1]
        if report.failed:
            self.failed.add(name)
        elif report.skipped:
            self.skipped.add(name)
        elif report.when == "call":
            self.passed.add(name)


def run(markers: str, options: dict[str, object], arguments: list[str]) -> Results:
    """Run the tests with these markers on the device."""
    plugin, results = PreferencePlugin(prefs), Results()
    plugin.device, plugin.device_options = "brianhw", options
    argv = make_argv([str(Path(brian2.__file__).parent)], markers)
    pytest.main(
        [*argv, "-p", "brianhw.device.device", "-p", "no:cacheprovider", "--assert=plain", *arguments],
        plugins=[plugin, results],
    )
    clear_caches()
    reset_device()
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", choices=["standalone", "runtime"])
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--optimise", action="store_true", help="compile as users do, not with -O0")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--at-least", type=int, default=200, help="tests that must have passed in all")
    chosen, more = parser.parse_known_args()
    prefs["codegen.target"] = "numpy"
    if not chosen.optimise:
        prefs["devices.brianhw.extra_compile_args"] = ["-O0"]
    if chosen.float32:
        prefs["core.default_float_dtype"] = np.float32
    arguments = [*(["-n", str(chosen.workers)] if chosen.workers > 1 else []), *(each for each in more if each != "--")]
    if chosen.suite == "runtime":
        found = [run("not standalone_only and not codegen_independent and not long", {}, arguments)]
    else:
        several = {"directory": None, "with_output": False}
        found = [
            run("standalone_compatible and not long and not multiple_runs", several, arguments),
            run("standalone_compatible and not long and multiple_runs", {**several, "build_on_run": False}, arguments),
        ]
    failed = {name for each in found for name in each.failed}
    passed = sum(len(each.passed) for each in found)
    skipped = sum(len(each.skipped) for each in found)
    for name in sorted(failed):
        print(f"failed: {name}: {EXCEPTIONS.get(name, 'UNEXPECTED')}")
    precision = "float32" if chosen.float32 else "float64"
    print(
        f"Brian2 {brian2.__version__}, {chosen.suite}, {precision}: {passed} passed, "
        f"{len(failed)} failed, {skipped} skipped"
    )
    if passed < chosen.at_least:
        print(f"Only {passed} tests passed, at least {chosen.at_least} were expected: were they collected?")
        return 1
    return 0 if failed <= set(EXCEPTIONS) else 1


if __name__ == "__main__":
    sys.exit(main())
