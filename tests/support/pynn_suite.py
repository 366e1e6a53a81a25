"""PyNN's own system scenarios, run with ``brianhw.pynn`` as the simulator.

    python tests/support/pynn_suite.py [--device runtime] [--at-least 60] [-- pytest arguments]

They ship in PyNN's source distribution, which is fetched into a temporary folder. PyNN runs each scenario once for each
of its back ends; here each is run once, with ours. It ends with status 0 if as many were run as expected and each
passed or is in the list of exceptions.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest

#: Scenario -> why it is not run.
EXCEPTIONS = {
    "test_scenario5": "a multi-compartment neuron, which a chip's point neurons cannot be",
}


class Simulator:
    """The facade as a scenario sees it: strict, as PyNN's own back ends are, and on a given device."""

    def __init__(self, device: str | None) -> None:
        import brianhw.pynn

        self._module, self._device = brianhw.pynn, device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    @property
    def __name__(self) -> str:
        return self._module.__name__

    def setup(self, *arguments: Any, **options: Any) -> int:
        return self._module.setup(*arguments, **{"strict": True, "device": self._device, **options})


class Scenarios:
    """A pytest plugin: lets each scenario run once, with our simulator; counts what pytest reports."""

    def __init__(self, device: str | None) -> None:
        self.device = device
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self.skipped: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        chosen: dict[str, Any] = {}
        for item in items:
            scenario = f"{item.path.stem}.{getattr(item, 'originalname', item.name)}"
            callspec = getattr(item, "callspec", None)
            if callspec is not None and "sim" in callspec.params:
                callspec.params["sim"] = Simulator(self.device)
                item._nodeid = f"{item.path.name}::{item.originalname}"
                chosen.setdefault(scenario, item)
        kept = [item for item in chosen.values() if item.originalname not in EXCEPTIONS]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    def pytest_collection_finish(self) -> None:
        gc.collect()
        gc.freeze()  # Brian2 looks for garbage before each run, and all that is there by now stays

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid
        if report.failed:
            self.failed.add(name)
        elif report.skipped:
            self.skipped.add(name)
        elif report.when == "call":
            self.passed.add(name)


def fetch(folder: Path) -> Path:
    """Download PyNN's source of the installed version into *folder*; return the folder of its scenarios."""
    version = importlib.metadata.version("PyNN")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run(
        [*pip, "--no-binary", ":all:", "--no-build-isolation", "--dest", str(folder), f"PyNN=={version}"],
        check=True,
        capture_output=True,
        text=True,
    )
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(folder, filter="data")
    (scenarios,) = folder.glob("*/test/system/scenarios")
    return scenarios


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", help="a Brian2 device; brianhw if left out")
    parser.add_argument("--at-least", type=int, default=60, help="how many scenarios must pass")
    parser.add_argument("--source", type=Path, help="the folder of the scenarios, if it is there already")
    parser.add_argument("arguments", nargs="*", help="for pytest")
    options = parser.parse_args()
    import brian2

    import brianhw  # noqa: F401  (registers the device and its preferences)

    if options.device == "runtime":
        brian2.prefs.codegen.target = "numpy"
    brian2.prefs["devices.brianhw.extra_compile_args"] = ["-O1"]  # what compiles longest is run for a moment
    with tempfile.TemporaryDirectory() as folder:
        scenarios = options.source or fetch(Path(folder))
        plugin = Scenarios(options.device)
        pytest.main(
            [str(scenarios), "-p", "no:cacheprovider", "-p", "no:randomly", "-q", "-W", "ignore", "--tb=short", "-rs",
             f"--rootdir={scenarios}", *options.arguments],
            plugins=[plugin],
        )  # fmt: skip
    print(f"{len(plugin.passed)} passed, {len(plugin.failed)} failed, {len(plugin.skipped)} skipped.")
    return int(bool(plugin.failed) or len(plugin.passed) < options.at_least)


if __name__ == "__main__":
    sys.exit(main())
