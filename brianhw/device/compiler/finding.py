"""Finding a compiler that works, and saying what is wrong with one that does not."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from brianhw.device.compiler.compiler import Compiler
from brianhw.device.compiler.identity import identify
from brianhw.device.compiler.probing import probe, remember, remembered
from brianhw.device.compiler.processes import GET_COMPILER, ask, first_line
from brianhw.errors import CompilerError

__all__ = ["find", "trouble_with"]

# What a compiler reads besides its command line; a change may mean other headers or another linker.
ENVIRONMENT = (
    "PATH CXX CPATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX "
    "SDKROOT MACOSX_DEPLOYMENT_TARGET CCC_OVERRIDE_OPTIONS"
).split()
DEFAULT_NAMES = ("g++", "c++", "clang++")
HELLO = """\
#include <cmath>
#include <iostream>
#include <vector>
int main() { std::vector<double> one(1, std::exp(0.0)); std::cout << "brianhw " << one[0] << std::endl; }
"""


def find(folder: Path | None = None) -> Compiler:
    """Return the compiler to use: ``$CXX``, or else the first of g++, c++ and clang++ that works.

    Which flags it takes is tried once per compiler, and kept in *folder* for later processes if one is given.

    Raises
    ------
    CompilerError
        If there is none.
    """
    return _find(tuple(os.environ.get(name, "") for name in ENVIRONMENT), folder)


@cache
def _find(environment: tuple[str, ...], folder: Path | None) -> Compiler:
    search_path, cxx = environment[:2]
    commands = [_command(cxx)] if cxx.strip() else [[name] for name in DEFAULT_NAMES]
    troubles = []
    for command in commands:
        program = shutil.which(command[0], path=search_path)
        if program is None:
            troubles.append(f"{command[0]} is not there")
            continue
        full = (program, *command[1:])
        identity, macros = identify(full, environment[2:])
        accepted = remembered(folder, identity)
        if accepted is None:
            accepted, trouble = probe(full)
            if trouble:
                troubles.append(f"{program} does not work: {trouble}")
                continue
            remember(folder, identity, accepted)
        return Compiler(full, identity, accepted, macros)
    advice = "Set the environment variable CXX to a compiler that works, or unset it. " if cxx.strip() else ""
    raise CompilerError(f"No C++ compiler was found: {'; '.join(troubles)}. {advice}{GET_COMPILER}")


def _command(cxx: str) -> list[str]:
    try:
        return shlex.split(cxx)
    except ValueError as error:  # a quotation mark that is not closed
        raise CompilerError(
            f"The environment variable CXX is {cxx!r}, which cannot be read as a command: {error}. Correct or unset it."
        ) from error


def trouble_with(command: Sequence[str], search_path: str) -> tuple[Path | None, str]:
    """Return where the compiler *command* is and what is wrong with it (empty: nothing).

    A small program is built and run, with the headers that Brian2's own C++ mode needs.
    """
    found = shutil.which(command[0], path=search_path)
    if found is None:
        return None, f"{command[0]} is not there"
    with tempfile.TemporaryDirectory(prefix="brianhw-doctor-") as folder:
        source, program = Path(folder, "hello.cpp"), Path(folder, "hello")
        source.write_text(HELLO, encoding="utf-8")
        trouble = _trouble([found, *command[1:], str(source), "-o", str(program)])
        if not trouble:
            trouble = _trouble([str(program)], "brianhw 1")
    return Path(found), f"{found} does not work: {trouble}" if trouble else ""


def _trouble(command: list[str], expected: str = "") -> str:
    """Run *command*; return what went wrong, as one line, or nothing if it printed what was *expected*."""
    try:
        done = ask(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return first_line(done.stderr) or f"it ended with status {done.returncode}"
    if expected not in done.stdout:
        return "the program that it built did not print what it should"
    return ""
