"""From C++ text to a loaded library: flags, compiler and cache."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brian2
from brian2 import prefs

from brianhw.device.core import INCLUDE, SOURCE
from brianhw.device.program import Source, load

if TYPE_CHECKING:
    from brianhw.device.generation import Generation

__all__ = ["Builder"]


class Builder:
    KEYWORDS = ["headers", "sources", "define_macros", "libraries", "include_dirs", "library_dirs", "runtime_library_dirs"]

    def __init__(self) -> None:
        self.loaded: dict[str, ctypes.CDLL] = {}
        self.folder = Path(tempfile.gettempdir()) / "brianhw_dev"
        self.folder.mkdir(exist_ok=True)
        self.compiler_required = False
        self.flushes_denormals = True

    def accept(self, options: dict[str, Any]) -> dict[str, Any]:
        return options

    def core(self) -> Path:
        return self._build(SOURCE.read_text(), ["-O2"])

    def _build(self, text: str, flags: list[str]) -> Path:
        flags = ["-std=c++17", "-w", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{INCLUDE}", f"-I{Path(brian2.__file__).parent / 'synapses'}", *flags]
        key = sha256((text + repr(flags) + "".join(p.read_text() for p in INCLUDE.iterdir())).encode()).hexdigest()
        path = self.folder / f"{key}.so"
        if not path.exists():
            source = self.folder / f"{key}.cpp"
            source.write_text(text)
            done = subprocess.run(["g++", *flags, str(source), "-o", str(path)], capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(done.stderr)
        return path

    def headers(self, generation: Generation) -> list[str]:
        return [*prefs["codegen.cpp.headers"], *generation.keywords("headers")]

    def library(self, source: Source, generation: Generation) -> ctypes.CDLL:
        if source.text not in self.loaded:
            self.loaded[source.text] = load(self._build(source.text, ["-O3", "-march=native", "-ffast-math", "-fno-finite-math-only"]))
        return self.loaded[source.text]
