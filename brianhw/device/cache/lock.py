"""Locks between processes and threads, one file each. They end with the process that holds them, however it ends."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["AVAILABLE", "hold"]

AVAILABLE = fcntl is not None

_logger = logging.getLogger("brianhw")
_open_locks: set[int] = set()
# Held while a descriptor is opened or closed, and over a fork: the child must find each lock in _open_locks.
_bookkeeping = threading.RLock()


@contextmanager
def hold(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold the lock whose file is *path*; give True, or False if others hold it and we shall not *wait*.

    *shared* holders exclude those that are not shared, and not one another. The file may be removed by one who
    holds the lock unshared. Raises OSError where there are no locks or no file can be made.
    """
    descriptor = _acquire(path, shared, wait)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            _close(descriptor)


def _acquire(path: Path, shared: bool, wait: bool) -> int | None:
    while True:
        descriptor = _open(path, shared)
        try:
            if not _lock(descriptor, path, shared, wait):
                _close(descriptor)
                return None
            if _is_still_at(descriptor, path):
                return descriptor
        except BaseException:  # Ctrl-C ends the wait, too
            _close(descriptor)
            raise
        _close(descriptor)  # its last holder has removed the file while we waited: the lock is another file now


def _lock(descriptor: int, path: Path, shared: bool, wait: bool) -> bool:
    # flock and not lockf: the latter's locks do not exclude threads, and end when the file is closed anywhere else
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        if not wait:
            return False
    _logger.info("Waiting for another process or thread, which is building the same model (%s).", path)
    fcntl.flock(descriptor, kind)
    return True


def _is_still_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _open(path: Path, shared: bool) -> int:
    if path.is_symlink():
        path.unlink()  # not ours; O_NOFOLLOW below refuses one that appears only now
    with _bookkeeping:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            if not shared or not path.exists():
                raise
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # a cache that may only be read
        _open_locks.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    with _bookkeeping:
        if descriptor in _open_locks:  # in a forked child it is not, and the number may be another file's
            _open_locks.remove(descriptor)
            os.close(descriptor)


def _close_inherited() -> None:
    """Close the locks that a forked child has from its parent, which would else last until both have ended."""
    for descriptor in _open_locks:
        os.close(descriptor)
    _open_locks.clear()
    _bookkeeping.release()


if AVAILABLE:
    os.register_at_fork(
        before=_bookkeeping.acquire, after_in_parent=_bookkeeping.release, after_in_child=_close_inherited
    )
