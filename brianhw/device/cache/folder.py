"""The folder of a cache: closed to other users, with one lock for each key; what is in it is measured and removed.

Nothing in the folder is touched but what its name says is ours, so a user may choose any folder of their own.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from brianhw.device.cache import lock
from brianhw.device.cache.entry import refuse_unsafe
from brianhw.errors import CacheError

__all__ = ["CacheFolder", "Entry", "WAY_OUT", "delete", "is_full", "tells_of_no_room"]

FULL_BYTES = 10_000_000  # a few libraries, or what a linker writes and takes back before it fails
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
WAY_OUT = "Set BRIANHW_CACHE_DIR to a folder of your own that you can write to, with room and with file locks."
# an entry; its lock; a folder where it is being built; what is being removed
OURS = re.compile(r"([0-9a-f]{64})(?:(?:\.[^.]+)?\.(lock|build|old))?")


@dataclass(frozen=True)
class Entry:
    """An entry as the folder shows it: what it takes, and when it was last used (seconds since 1970)."""

    key: str
    bytes: int
    used: float

    @property
    def age(self) -> float:
        return time.time() - self.used


class CacheFolder:
    """The folder at *path*; every error of the operating system becomes a :class:`CacheError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make the folder if there is none, and see to it that nobody else can put anything there."""
        with self.explained():
            if not self.path.is_dir():
                for folder in [*reversed(self.path.parents), self.path]:
                    folder.mkdir(mode=0o700, exist_ok=True)
        self._refuse_unsafe()

    def _refuse_unsafe(self) -> None:
        if not lock.AVAILABLE:
            raise CacheError("This operating system has no flock(), without which brianhw keeps no compiled models.")
        with self.explained():
            refuse_unsafe(self.path, self.path.lstat())
            for parent in self.path.parents:
                mode = parent.stat().st_mode
                if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                    what = f"Everybody can write to {parent}, and so exchange the cache {self.path} for another"
                    raise CacheError(f"{what}. chmod o-w '{parent}', or set BRIANHW_CACHE_DIR to another place.")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the operating system says into a :class:`CacheError`."""
        try:
            yield
        except OSError as error:
            raise CacheError(f"The cache {self.path} cannot be used: {error}. {WAY_OUT}") from error

    @contextmanager
    def locked(self, key: str, shared: bool = False) -> Iterator[None]:
        """Hold the lock of *key*; an error inside the block is not ours to explain."""
        with ExitStack() as stack:
            with self.explained():
                stack.enter_context(lock.hold(self.lock_file(key), shared=shared))
            yield

    def lock_file(self, key: str) -> Path:
        return self.path / f"{key}.lock"

    # -- what is there -------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Return all entries, those that have not been used for longest first."""
        found = [entry for file, _, kind in self._ours() if not kind for entry in _measured(file)]
        return sorted(found, key=lambda entry: entry.used)

    def _ours(self) -> list[tuple[Path, str, str | None]]:
        """Return each file of ours, its key and its kind, which is None for an entry."""
        with self.explained():
            if not self.path.exists():
                return []
        self._refuse_unsafe()
        with self.explained():
            matches = [(file, OURS.fullmatch(file.name)) for file in self.path.iterdir()]
        return [(file, match[1], match[2]) for file, match in matches if match]

    # -- removing ------------------------------------------------------------------------------------

    def remove(self, entries: list[Entry], grace: float = 0.0) -> list[Entry]:
        """Remove *entries*, but none whose lock is held or that was used in the last *grace* seconds; return them."""
        with self.explained():
            return [entry for entry in entries if self._remove_unless_used(entry.key, grace)]

    def _remove_unless_used(self, key: str, grace: float) -> bool:
        with lock.hold(self.lock_file(key), wait=False) as free:
            # looked at again under the lock: who has got it since has marked it; abs, for clocks that were set back
            if not free or any(abs(entry.age) < grace for entry in _measured(self.path / key)):
                return False
            self.discard(key)
            self.lock_file(key).unlink()
        return True

    def discard(self, key: str) -> None:
        """Remove the entry *key*, whose lock the caller holds, or whatever is in its place."""
        aside = self.path / f"{key}.{os.getpid()}-{time.monotonic_ns()}.old"
        with suppress(FileNotFoundError):
            # renamed, at once: a removal that is cut short must not leave half an entry
            (self.path / key).rename(aside)
            delete(aside)

    def sweep(self, age: float) -> None:
        """Remove what killed processes have left, if it is older than *age* seconds and its lock is free."""
        with self.explained():
            for file, key, kind in self._ours():
                is_left_over = kind in ("build", "old") or (kind == "lock" and not os.path.lexists(self.path / key))
                if is_left_over and all(found.age >= age for found in _measured(file)):
                    self._sweep_one(file, key)

    def _sweep_one(self, file: Path, key: str) -> None:
        lock_file = self.lock_file(key)
        with lock.hold(lock_file, wait=False) as free:
            if free and file != lock_file:
                delete(file)
            if free and not os.path.lexists(self.path / key):
                lock_file.unlink()


def is_full(folder: Path) -> bool:
    """Return whether the disk of *folder* has no room for a build."""
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False


def tells_of_no_room(error: Exception) -> bool:
    """Return whether a build failed because the disk is full, or the user's share of it."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return True
    # a compiler passes the system's words on; a linker has removed its half of a file by then, so there is room again
    return any(os.strerror(number) in str(error) for number in NO_ROOM)


def delete(path: Path) -> None:
    """Remove a file, a link or a folder, as much of it as can be."""
    try:
        path.unlink()
    except OSError:  # which error a folder gives depends on the system
        shutil.rmtree(path, ignore_errors=True)


def _measured(path: Path) -> list[Entry]:
    """Return size and last use of a file or folder; nothing if another process has removed it meanwhile."""
    size = 0
    try:
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            size = sum(file.lstat().st_size for file in path.iterdir())
    except FileNotFoundError:
        return []
    return [Entry(path.name, size or status.st_size, status.st_mtime)]
