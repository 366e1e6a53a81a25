"""What every test starts from: NumPy code, a seed, an empty Brian2. No test is skipped without a listed reason."""

from __future__ import annotations

import fnmatch
import gc
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).resolve().parent
CHECKOUT = TESTS.parent
ALLOWED_SKIPS = TESTS / "allowed_skips.txt"

if find_spec("brianhw") is None:  # a checkout that is not installed
    sys.path.insert(0, str(CHECKOUT))

# Two workers on two busy cores: a slow example says nothing about the code.
settings.register_profile("brianhw", deadline=None)
settings.load_profile("brianhw")


def pytest_report_header() -> str:
    spec = find_spec("brianhw")
    return f"brianhw under test: {spec.origin if spec else 'none'}"


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep compiled models in a folder that is new and that all workers share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIANHW_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="module", autouse=True)
def nothing_old_is_looked_at_for_garbage() -> None:
    """Leave what is there before a file's first test out of each collection of garbage.

    Brian2 collects before each run, and would go through all modules, all tests and its own caches each time, which
    takes a seventh of a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def built(cache_of_the_session: Path) -> Path:
    """Return the folder of the documentation's pages, in which nothing was run."""
    import built_docs

    return built_docs.build_in(cache_of_the_session.with_name("docs"))


# -- Brian2 -----------------------------------------------------------------------------------------

# How fast Brian2's own compiled code runs is not ours to test, and its programs are compiled for one short run.
QUICK = ["-w", "-O0", "-std=c++11"]
# What each of the 20 to 80 files of such a program includes, and mostly consists of.
STANDARD_HEADERS = (
    "algorithm cassert chrono climits cmath ctime fstream iostream iterator limits map random set string vector"
).split()


@pytest.fixture(scope="session")
def compiler_of_standalone_programs(cache_of_the_session: Path) -> str:
    """Return a compiler that has read the standard library's headers already: three times as fast."""
    compiler = os.environ.get("CXX", "g++")
    header = cache_of_the_session.with_name("headers") / "standard.h"
    header.parent.mkdir(exist_ok=True)
    if not header.with_suffix(".h.gch").exists():
        own = header.with_name(f"{os.getpid()}.h")  # the workers share the result, and may come here at once
        own.write_text("".join(f"#include <{name}>\n" for name in STANDARD_HEADERS), encoding="utf-8")
        made = own.with_suffix(".gch")
        command = [*shlex.split(compiler), *QUICK, "-x", "c++-header", str(own), "-o", str(made)]
        if subprocess.run(command, capture_output=True).returncode:
            return compiler
        os.replace(own, header)
        os.replace(made, header.with_suffix(".h.gch"))
    return f"{compiler} -include {header}"


@pytest.fixture(autouse=True)
def modules_of_tests_go_with_them(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget modules that a test has written and imported, so that the next may write others of the same name."""
    before = set(sys.modules)
    yield
    written = str(tmp_path_factory.getbasetemp())
    for name in sys.modules.keys() - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(written):
            del sys.modules[name]


@pytest.fixture(autouse=True)
def fresh_brian2(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give each test Brian2 as a new process has it, except for NumPy code and a seed."""
    import brian2
    import numpy as np
    from brian2.devices.device import all_devices, runtime_device

    for name in ("cpp_standalone", "brianhw"):
        if name in all_devices and all_devices[name].has_been_run:  # in the PyNN back end, which begins anew by itself
            all_devices[name].reinit()
    # Brian2's default, Cython, compiles for seconds what a test runs for milliseconds
    brian2.prefs.codegen.target = "numpy"
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = QUICK
    if request.node.get_closest_marker("standalone"):
        compiler = request.getfixturevalue("compiler_of_standalone_programs")
        brian2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j", f"CXX={shlex.quote(compiler)}"]
    brian2.start_scope()
    brian2.seed(20240601)
    np.random.seed(20240601)
    brian2.defaultclock.dt = 0.1 * brian2.ms
    yield
    if brian2.get_device() is not runtime_device:
        brian2.device.reinit()
        brian2.set_device("runtime")
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def on_device(fresh_brian2: None) -> None:
    """Simulate on the brianhw device; for a whole file: ``pytestmark = pytest.mark.usefixtures("on_device")``."""
    import brian2

    import brianhw  # noqa: F401  (registers the device)

    brian2.set_device("brianhw")


@pytest.fixture
def compiled_quickly(fresh_brian2: None) -> Iterator[None]:
    """Let the device compile in half the time, where nothing is said of how fast, or with which bits, code runs."""
    import brian2

    import brianhw  # noqa: F401  (registers the device and its preferences)

    brian2.prefs["devices.brianhw.extra_compile_args"] = ["-O1"]
    yield
    brian2.prefs["devices.brianhw.extra_compile_args"] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that the workers end together; first of all build the documentation.

    Both workers would wait if one came to its pages while the other builds them.
    """
    first = next((item for item in items if "built" in getattr(item, "fixturenames", ())), None)
    items.sort(key=lambda item: (item is not first, item.get_closest_marker("slow") is None))


# -- skipped tests ----------------------------------------------------------------------------------


def allowed_skips(text: str) -> list[str]:
    """Return the patterns of test names that may be skipped; each needs a reason after it."""
    patterns = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        pattern, _, reason = line.partition("  # ")
        if not reason.strip():
            raise pytest.UsageError(f"{ALLOWED_SKIPS.name}, line {number}: no reason. Write 'test  # reason'.")
        patterns.append(pattern.strip())
    return patterns


def unexpected_skips(names: list[str], patterns: list[str]) -> list[str]:
    """Return the skipped tests that no pattern allows (``*`` stands for anything, brackets for themselves)."""
    patterns = [pattern.replace("[", "[[]") for pattern in patterns]
    return [name for name in names if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]


def _unexpected(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = [report.nodeid for report in reporter.stats.get("skipped", [])] if reporter else []
    patterns = allowed_skips(ALLOWED_SKIPS.read_text(encoding="utf-8")) if skipped else []
    return unexpected_skips(skipped, patterns)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and session.exitstatus == 0 and _unexpected(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# -- what a failure means ---------------------------------------------------------------------------


def meanings(text: str) -> dict[str, str]:
    """Return what a failure in each folder means, from the table of the tests' README."""
    return dict(re.findall(r"(?m)^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    readme = TESTS / "README.md"
    known = meanings(readme.read_text(encoding="utf-8")) if readme.exists() else {}
    failed = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
    for folder in sorted({Path(report.nodeid.split("::")[0]).parent.name for report in failed} & known.keys()):
        terminalreporter.line(f"tests/{folder}: {known[folder]}")
    unexpected = _unexpected(config)
    if unexpected:
        terminalreporter.section("skipped without leave", red=True)
        for name in unexpected:
            terminalreporter.line(f"{name} is not in tests/{ALLOWED_SKIPS.name}")
