"""What users' C++ functions and Brian2's preferences ask of the compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brian2 import prefs

from brianhw.device.code.generation import Generation

__all__ = ["KEYWORDS", "Wishes"]

#: What a function may ask.
KEYWORDS = (
    "headers", "sources", "define_macros", "libraries", "include_dirs", "library_dirs", "runtime_library_dirs",
)  # fmt: skip
_INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


@dataclass(frozen=True)
class Wishes:
    """What users' functions and Brian2's preferences ask of the compiler."""

    include_dirs: tuple[str, ...] = ()
    define_macros: tuple[Any, ...] = ()
    library_dirs: tuple[str, ...] = ()
    runtime_library_dirs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    extra_link_args: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    @classmethod
    def of(cls, generation: Generation) -> Wishes:
        """Return what the functions of a network and the preferences ask for."""

        def asked(kind: str) -> tuple[Any, ...]:
            name = f"codegen.cpp.{kind}"
            return (*prefs.get(name, ()), *generation.keywords(kind))

        kinds = ("include_dirs", "define_macros", "library_dirs", "runtime_library_dirs", "libraries", "headers")
        return cls(
            **{kind: asked(kind) for kind in kinds},
            extra_link_args=tuple(prefs["codegen.cpp.extra_link_args"]),
            sources=tuple(Path(source).resolve() for source in asked("sources")),
        )

    def compile_flags(self) -> list[str]:
        """Return the flags to compile with."""
        macros = [
            macro if isinstance(macro, str) else "=".join(map(str, filter(None, macro))) for macro in self.define_macros
        ]
        return [*(f"-I{folder}" for folder in self.include_dirs), *(f"-D{macro}" for macro in macros)]

    def link_flags(self) -> list[str]:
        """Return the flags to link with."""
        return [
            *(f"-L{folder}" for folder in self.library_dirs),
            *(f"-Wl,-rpath,{folder}" for folder in self.runtime_library_dirs),
            *(f"-l{library}" for library in self.libraries),
            *self.extra_link_args,
        ]

    def texts(self) -> Iterator[str]:
        """Give the contents of the users' own sources and headers, and of what these include."""
        waiting = [*self.sources, *filter(None, map(self._find, self.headers))]
        seen: set[Path] = set()
        while waiting:
            file = waiting.pop()
            if file not in seen:
                seen.add(file)
                text = file.read_text(encoding="utf-8", errors="replace")
                yield text
                waiting.extend(filter(None, (self._find(name, file.parent) for name in _INCLUDE.findall(text))))

    def _find(self, header: str, beside: Path | None = None) -> Path | None:
        """Return where a header lies, if it is a user's and not the system's."""
        folders = [*([beside] if beside else []), *map(Path, self.include_dirs)]
        found = ((folder / header.strip('<>"')).resolve() for folder in folders)
        return next((file for file in found if file.is_file()), None)
