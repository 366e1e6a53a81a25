"""Which modules are a library's, with a version, and which are the user's own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["file_content", "is_library", "versioned"]


@cache
def is_library(module: str | None) -> bool:
    """Say whether a module is installed, of Python or of brianhw; anything else is the user's own."""
    if module is None or module == "__main__":
        return False
    top = module.partition(".")[0]
    if top in ("brian2", "brianhw", "builtins"):
        return True
    try:
        spec = getattr(sys.modules.get(top), "__spec__", None) or importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    files = [file for file in (spec.origin, *(spec.submodule_search_locations or ())) if file]
    return any(_is_installed(Path(file)) for file in files)


def _is_installed(file: Path) -> bool:
    if {"site-packages", "dist-packages"} & set(file.parts):
        return True
    return any(file.is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))


@cache
def versioned(module: str) -> str:
    """Return the name of a module with the version of the library that it belongs to."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return f"{module} {sys.version_info.major}.{sys.version_info.minor}"
    with suppress(importlib.metadata.PackageNotFoundError):
        return f"{module} {importlib.metadata.version(top)}"
    with suppress(Exception):
        return f"{module} {importlib.import_module(top).__version__}"
    return module


def file_content(module: str) -> str:
    file = getattr(sys.modules.get(module), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else module
