"""A compiler at work.

Compiling and linking are two commands: g++ before version 13 and clang link a start-up file into a shared library if
they see ``-ffast-math`` there (a user's own flags may hold it), and loading that library would flush denormals in the
whole Python process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brianhw.device.compiler.flags import (
    COMMON,
    FAST,
    NATIVE,
    SHARED,
    STRICT,
    VECTOR_FUNCTIONS,
    WIDE,
    Profile,
)
from brianhw.device.compiler.processes import run_all

__all__ = ["Compiler"]


@dataclass(frozen=True)
class Compiler:
    """A compiler that works.

    Parameters
    ----------
    command : tuple of str
        Program and options, as in ``$CXX``.
    identity : str
        All that the machine code depends on besides source and flags: program, version, target, standard
        library, processor.
    accepted : tuple of str
        Those of :data:`CANDIDATES` that it takes.
    macros : frozenset of str
        The names that it defines for this processor.
    """

    command: tuple[str, ...]
    identity: str
    accepted: tuple[str, ...]
    macros: frozenset[str] = field(default_factory=frozenset, repr=False)

    def flags(self, profile: Profile) -> tuple[str, ...]:
        """Return the flags to compile with for *profile*."""
        wanted: list[str] = [*COMMON]
        if profile.mode == "fast":
            wanted += FAST
            wanted += WIDE if "__AVX512DQ__" in self.macros else ()
        else:
            wanted += STRICT
        flags = [flag for flag in wanted if flag in self.accepted]
        flags += [flag for flag in NATIVE if flag in self.accepted][:1]
        if profile.mode == "fast" and self._is_gcc and "__GLIBC__" in self.macros:
            flags += VECTOR_FUNCTIONS
        return ("-w", f"-O{profile.optimise}", *flags, *profile.extra)

    def link_flags(self, profile: Profile) -> tuple[str, ...]:
        """Return the flags to make a shared library with, without libraries."""
        return tuple(flag for flag in (*SHARED, "-fPIC") if flag in self.accepted)

    @property
    def _is_gcc(self) -> bool:
        return "__GNUC__" in self.macros and "__clang__" not in self.macros

    def build(
        self,
        sources: Path | Sequence[Path],
        output: Path,
        profile: Profile,
        *,
        compile_flags: Sequence[str] = (),
        link_flags: Sequence[str] = (),
    ) -> None:
        """Compile *sources*, at the same time if there are several, and link them to the shared library *output*.

        *output* appears when it is complete, in place of an older one; temporary files lie beside it. Flags given
        here come after those of *profile*; libraries belong to *link_flags*.

        Raises
        ------
        CompilationError
            If the compiler or the linker refuses.
        """
        files = [sources] if isinstance(sources, Path) else list(sources)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=output.parent, ignore_cleanup_errors=True) as scratch:
            flags = (*self.flags(profile), *compile_flags)
            objects = [str(Path(scratch, f"{number}.o")) for number in range(len(files))]
            run_all(
                [
                    [*self.command, *flags, "-c", str(file), "-o", made]
                    for file, made in zip(files, objects, strict=True)
                ],
                scratch,
            )
            library = Path(scratch, output.name)
            link = [*self.command, *objects, "-o", str(library), *self.link_flags(profile), *link_flags]
            run_all([link], scratch)
            os.replace(library, output)
