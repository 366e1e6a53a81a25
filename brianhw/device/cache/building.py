"""Building a model: in the folder that it is kept in, or aside, in one that goes with the block or the process."""

from __future__ import annotations

import atexit
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from brianhw.device.cache.folder import delete
from brianhw.errors import CacheError

__all__ = ["Build", "build_in", "build_until_exit", "built_aside"]

Build = Callable[[Path], None]

_until_exit: dict[Path, int] = {}


def build_in(folder: Path, build: Build, name: str) -> None:
    """Build into *folder*; raise FileNotFoundError if *name* is not there afterwards."""
    build(folder)
    if not (folder / name).is_file():
        raise FileNotFoundError(errno.ENOENT, "the build has left no such file", str(folder / name))


@contextmanager
def built_aside(build: Build, name: str) -> Iterator[Path]:
    """Give file *name*, built in a temporary folder that goes with the block."""
    folder = _temporary_folder()
    try:
        build_in(folder, build, name)
        yield folder / name
    finally:
        delete(folder)


def build_until_exit(build: Build, name: str) -> Path:
    """Return file *name*, built in a temporary folder that goes with this process."""
    folder = _temporary_folder()
    _until_exit[folder] = os.getpid()
    build_in(folder, build, name)
    return folder / name


def _temporary_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="brianhw-"))
    except OSError as error:
        raise CacheError(f"There is no temporary folder to build in: {error}. Set TMPDIR to one with room.") from error


@atexit.register
def _delete_at_exit() -> None:
    for folder, process in _until_exit.items():
        if process == os.getpid():  # a fork of us must not take it away from us
            delete(folder)
