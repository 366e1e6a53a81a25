"""Compilers as processes: asked a question, or at work until they are done, fail, or somebody presses Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from brianhw.errors import CompilationError, CompilerError

__all__ = ["GET_COMPILER", "ask", "first_line", "interrupt", "run_all"]

GET_COMPILER = (
    "Debian, Ubuntu: sudo apt install g++ make; Fedora: sudo dnf install gcc-c++ make; "
    "macOS: xcode-select --install; conda: conda install cxx-compiler make"
)

_working: set[subprocess.Popen[str]] = set()


def ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Return what a program prints, and its status, within a minute."""
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=60,
        stdin=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip


def first_line(text: str) -> str:
    """Return the first line that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def interrupt() -> None:
    """End all compilers that other threads wait for; there it is an error of the build."""
    for process in list(_working):
        _end(process)


def run_all(commands: Sequence[Sequence[str]], scratch: str) -> None:
    """Run *commands* at the same time; stop all of them if one fails or we are interrupted."""
    running: list[subprocess.Popen[str]] = []
    try:
        for number, command in enumerate(commands):
            with open(Path(scratch, f"{number}.txt"), "wb") as messages:
                try:
                    running.append(
                        subprocess.Popen(
                            command, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, text=True,
                            env=os.environ | {"LC_ALL": "C", "TMPDIR": scratch},
                            start_new_session=True,  # a group of its own: it and the programs it starts end together
                        )
                    )  # fmt: skip
                except OSError as error:
                    raise CompilerError(f"{command[0]} cannot be started: {error}. {GET_COMPILER}") from error
        _working.update(running)
        for number, process in enumerate(running):
            if process.wait():
                text = Path(scratch, f"{number}.txt").read_text(encoding="utf-8", errors="replace")
                raise CompilationError(_summary(process, text), command=commands[number], output=text)
    finally:
        _working.difference_update(running)
        for process in running:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _summary(process: subprocess.Popen[str], text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "error" in line.lower() or "undefined" in line]
    program = shlex.join(map(str, process.args[:1])) if isinstance(process.args, (list, tuple)) else "The compiler"
    told = "\n".join(lines[:3]) or first_line(text) or f"it ended with status {process.returncode}"
    return f"{program} could not build the generated code:\n{told}"
