"""Whether this machine can simulate at compiled speed, and what to install where it cannot.

Nothing here imports Brian2: a broken pair of versions is one of the things to be found.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from brianhw.device.cache import Cache
from brianhw.device.compiler import GET_COMPILER, trouble_with
from brianhw.errors import CacheError

__all__ = ["Finding", "check", "extras"]

OLDEST_PYTHON = (3, 11)
GET_HEADERS = (
    "Debian, Ubuntu: sudo apt install python3-dev; Fedora: sudo dnf install python3-devel; "
    "macOS, conda: reinstall Python, it comes with them"
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    name : str
        What was looked at: ``"C++ compiler"``.
    ok : bool
        Whether it will do.
    detail : str
        What was found.
    advice : str
        What to do about it; empty where all is well.
    needed : bool
        Whether brianhw does not work without it.

    Examples
    --------
    >>> from brianhw.doctor import Finding
    >>> print(Finding("make", False, "not there", "Debian, Ubuntu: sudo apt install make"))
    MISSING make            not there
            Debian, Ubuntu: sudo apt install make
    """

    name: str
    ok: bool
    detail: str
    advice: str = ""
    needed: bool = True

    def __str__(self) -> str:
        state = "ok" if self.ok else "MISSING" if self.needed else "-"
        line = f"{state:8}{self.name:16}{self.detail}"
        return line if self.ok else f"{line}\n{'':8}{self.advice}"


def check() -> list[Finding]:
    """Return what was found about everything that brianhw needs, in the order to mend it in.

    Examples
    --------
    >>> from brianhw.doctor import check
    >>> found = {finding.name: finding.ok for finding in check()}
    >>> found["Python"], found["Brian2"]
    (True, True)
    """
    return [
        _python(),
        _brian2(),
        _numpy(),
        _package("Cython", "Cython"),
        _package("Matplotlib", "matplotlib"),
        _compiler(),
        _make(),
        _headers(),
        _cache_folder(),
        _cores(),
    ]


SITE = ("sphinx", "myst-nb", "furo", "latex2mathml", "sphinx-copybutton", "sphinx-design", "sphinx-gallery")
#: What can be installed beside: name, distributions, what for, how to get it.
EXTRAS = (
    ("torch", ("torch",), "twins that are trained", "pip install 'brianhw[torch]'"),
    ("dask", ("distributed",), "sweeps on a cluster", "pip install 'brianhw[dask]'"),
    ("notebooks", ("ipykernel", "ipywidgets", "jupyterlab"), "notebooks", "pip install 'brianhw[notebooks]'"),
    ("docs", SITE, "building the manual", "pip install 'brianhw[docs]'"),
    ("NEST", ("nest-simulator",), "tests", "pip install nest-simulator; conda install -c conda-forge nest-simulator"),
)


def extras() -> list[Finding]:
    """Return what was found about all that is not needed, but can be used.

    Examples
    --------
    >>> from brianhw.doctor import extras
    >>> [finding.name for finding in extras()]
    ['torch', 'dask', 'notebooks', 'docs', 'NEST']
    """
    return [_extra(*each) for each in EXTRAS]


def _extra(name: str, distributions: tuple[str, ...], purpose: str, advice: str) -> Finding:
    missing = [each for each in distributions if _version(each) is None]
    if missing:
        return Finding(name, False, f"no {', '.join(missing)}; for {purpose}", advice, needed=False)
    return Finding(name, True, f"{_version(distributions[0])}, for {purpose}", needed=False)


def why_no_compiled_code() -> str:
    """Return what keeps Brian2's standalone mode from working, and what to do; empty if nothing does."""
    missing = [finding for finding in (_compiler(), _make()) if not finding.ok]
    return " ".join(f"{finding.name}: {finding.detail}. {finding.advice}" for finding in missing)


# -- one function per finding --------------------------------------------------------------------


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, version, f"Install Python {wanted} or newer.")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _package(name: str, distribution: str) -> Finding:
    version = _version(distribution)
    return Finding(name, version is not None, version or "not installed", f"pip install {distribution.lower()}")


def _brian2() -> Finding:
    return _package("Brian2", "brian2")


def _numpy() -> Finding:
    found = _package("NumPy", "numpy")
    brian2 = _version("brian2") or ""
    if found.ok and _release(found.detail) >= (2, 4) and (0,) < _release(brian2) < (2, 10):
        return Finding(
            "NumPy",
            False,
            f"{found.detail}, with which Brian2 {brian2} does not import",
            "pip install 'numpy<2.4'",
        )
    return found


def _release(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: ``"2.4.0rc1"`` is ``(2, 4)``."""
    numbers: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _compiler() -> Finding:
    program, trouble = _try_compiler(os.environ.get("CXX", ""), os.environ.get("PATH", ""))
    advice = GET_COMPILER
    if os.environ.get("CXX"):
        advice = (
            f"The environment variable CXX is set to it; set it to a C++ compiler that works, or unset it. {advice}"
        )
    return Finding("C++ compiler", not trouble, trouble or f"{program} builds programs that run", advice)


@cache
def _try_compiler(cxx: str, search_path: str) -> tuple[Path | None, str]:
    """Return the compiler that Brian2 will use and what is wrong with it (empty: nothing).

    It is ``$CXX`` where that is set, as in Brian2's makefile, and ``g++`` otherwise. It is tried on a small program,
    which takes a few tenths of a second the first time.
    """
    return trouble_with(shlex.split(cxx) or ["g++"], search_path)


def _make() -> Finding:
    found = shutil.which("make")
    return Finding("make", found is not None, found or "not there", GET_COMPILER)


def _headers() -> Finding:
    header = Path(sysconfig.get_path("include"), "Python.h")
    there = header.is_file()
    detail = str(header.parent) if there else f"{header} is not there, without it Cython code cannot be compiled"
    return Finding("Python headers", there, detail, GET_HEADERS)


def _cores() -> Finding:
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    advice = f"; large networks: set_device('brianhw', openmp_threads={number})" if number > 1 else ""
    return Finding("processor cores", True, f"{number}{advice}")


def _cache_folder() -> Finding:
    name = "cache folder"
    try:
        folder = Cache().check()
    except ImportError:
        return Finding(name, False, "unknown without platformdirs", "pip install platformdirs")
    except CacheError as error:
        return Finding(name, False, str(error), "Until then, compiled models are built anew by every process.")
    return Finding(name, True, str(folder))
