"""Which flags a compiler takes: tried once, and kept in a folder for later processes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from brianhw.device.compiler.flags import CANDIDATES, NEEDED, SUFFIX
from brianhw.device.compiler.processes import ask, first_line

__all__ = ["probe", "remember", "remembered"]

PROBE = 'extern "C" double probe(double x) { return 2 * x; }\n'  # headers would double the time


def probe(command: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return the candidates that the compiler takes, and what is wrong with it (empty: nothing).

    All are tried at once. Compilers name what they do not know, so that a second or third call usually
    succeeds; flags are tried in halves where they do not.
    """
    with tempfile.TemporaryDirectory(prefix="brianhw-probe-") as folder:

        def usable(flags: tuple[str, ...], text: str = "") -> tuple[str, ...]:
            text = text or complaint(flags)
            while text:
                named = {flag for flag in flags if _names(text, flag)}
                if not named:
                    break
                flags = tuple(flag for flag in flags if flag not in named)
                text = complaint(flags)
            if not text:
                return flags
            if len(flags) <= 1:
                return ()
            half = len(flags) // 2
            return usable(flags[:half]) + usable(flags[half:])

        def complaint(flags: tuple[str, ...]) -> str:
            # -Werror: clang only warns of optimisations that it does not know
            return _complaint(command, (*NEEDED, *flags, *(["-Werror"] if flags else [])), folder)

        others = tuple(flag for flag in CANDIDATES if flag not in NEEDED)
        text = complaint(others)
        if not text:
            return CANDIDATES, ""
        bare = complaint(())
        if bare:
            return (), first_line(bare)
        found = (*NEEDED, *usable(others, text))
        return tuple(flag for flag in CANDIDATES if flag in found), ""


def _complaint(command: tuple[str, ...], flags: Sequence[str], folder: str) -> str:
    """Return what the compiler says against making a shared library with *flags*; nothing if it makes one."""
    source, library = Path(folder, "probe.cpp"), Path(folder, f"probe{SUFFIX}")
    source.write_text(PROBE, encoding="utf-8")
    library.unlink(missing_ok=True)
    try:
        done = ask([*command, *flags, str(source), "-o", str(library)])
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr or done.stdout or f"it ended with status {done.returncode}"
    return "" if library.exists() else f"it made no {library.name}"


def _names(text: str, flag: str) -> bool:
    """Whether a complaint quotes *flag*, or its value: "bad value ('native') for '-march=' switch"."""
    option, _, value = flag.partition("=")
    return any(f"{mark}{flag}" in text for mark in "'\"`‘ ") or bool(
        value and value in text and (f"'{option}='" in text or f"{option}=" in text)
    )


def _kept(folder: Path, identity: str) -> Path:
    # the candidates are part of the name: a new version of brianhw may ask for other flags
    return folder / f"compiler-{sha256((identity + repr(CANDIDATES)).encode()).hexdigest()[:32]}.json"


def remembered(folder: Path | None, identity: str) -> tuple[str, ...] | None:
    """Return the candidates that a compiler takes, if that is known."""
    if folder is None:
        return None
    try:
        accepted = json.loads(_kept(folder, identity).read_text(encoding="utf-8"))["accepted"]
        return tuple(flag for flag in CANDIDATES if flag in accepted) or None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def remember(folder: Path | None, identity: str, accepted: tuple[str, ...]) -> None:
    """Keep which candidates a compiler takes."""
    if folder is None:
        return
    target = _kept(folder, identity)
    with contextlib.suppress(OSError):  # the next process tries the flags again
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".json", delete=False, encoding="utf-8") as file:
            json.dump({"accepted": accepted}, file)
        os.replace(file.name, target)
