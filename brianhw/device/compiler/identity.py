"""What a compiler is exactly: all that the machine code depends on besides source and flags."""

from __future__ import annotations

import os
import subprocess

from brianhw.device.compiler.flags import NATIVE
from brianhw.device.compiler.processes import ask

__all__ = ["identify"]


def identify(command: tuple[str, ...], environment: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """Return what a cache must tell apart, and the names of the macros that are defined for this processor.

    The macros hold the version of the compiler, of the standard library and of the C library, and each vector
    extension that ``-march=native`` means here.
    """
    facts = ["\0".join(command), *environment, _stamp(command[0]), _answer(command, "--version")]
    facts += [_answer(command, "-dumpmachine")]
    facts.append(_stamp(_answer(command, "-print-prog-name=cc1plus").strip()))  # the compiler behind a wrapper
    macros = ""
    for native in (*NATIVE, None):
        macros = _answer(command, *([native] if native else []), "-E", "-dM", "-xc++", "-include", "cmath", os.devnull)
        if "#define" in macros:
            break
    facts += sorted(macros.splitlines())
    names = frozenset(line.split()[1] for line in macros.splitlines() if line.startswith("#define "))
    return "\n".join(facts), names


def _answer(command: tuple[str, ...], *arguments: str) -> str:
    """Return what the compiler prints; nothing if it fails, a compiler need not know the question."""
    try:
        done = ask([*command, *arguments])
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout


def _stamp(program: str) -> str:
    """Return the path of a *program* with links resolved, its size and its age: an upgrade changes one of them."""
    try:
        status = os.stat(program)
    except OSError:
        return program
    return f"{os.path.realpath(program)} {status.st_size} {status.st_mtime_ns}"
