"""One entry of the cache: a folder of files with a manifest that says how long each is and what its digest is.

What is read here will be executed, so nothing is followed or believed: no links, no files of other users or
that other users can write to, and no file that is not as it was recorded.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brianhw.errors import CacheError

__all__ = ["MANIFEST", "is_whole", "refuse_unsafe", "seal", "sync"]

MANIFEST = "manifest.json"
# What opening and reading say of an entry that is missing or damaged; anything else says nothing about the entry.
DAMAGED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EIO, errno.ESTALE, errno.EISDIR}
# O_NONBLOCK: opening a pipe that was put in the place of a file would wait for a writer
READ = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def refuse_unsafe(path: Path, status: os.stat_result) -> None:
    """Raise :class:`CacheError` if others own the file or folder with this *status*, or can write to it."""
    way_out = "or set BRIANHW_CACHE_DIR to a folder of your own."
    if status.st_uid != os.geteuid():
        whose = f"{path} belongs to user {status.st_uid} and you are user {os.geteuid()}"
        raise CacheError(f"{whose}: code of others would be executed. Remove it {way_out}")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mode = f"{path} can be written to by others (mode {stat.S_IMODE(status.st_mode):04o})"
        advice = f"If you trust what is in it: chmod go-w '{path}'. If not, remove it {way_out}"
        raise CacheError(f"{mode}: their code would be executed. {advice}")


def seal(folder: Path, key: str) -> None:
    """Write the manifest of a new entry, close it to others and bring all of it to the disk."""
    files = {}
    for file in sorted(folder.iterdir()):
        if not stat.S_ISREG(file.lstat().st_mode) or file.name == MANIFEST:
            raise ValueError(f"A cache entry holds plain files and its own {MANIFEST}; a build left {file.name}.")
        file.chmod(file.stat().st_mode & stat.S_IRWXU)
        with open(file, "rb") as opened:
            files[file.name] = [file.stat().st_size, hashlib.file_digest(opened, "sha256").hexdigest()]
        sync(file)
    manifest = folder / MANIFEST
    manifest.write_text(json.dumps({"key": key, "files": files}), encoding="utf-8")
    manifest.chmod(0o600)
    sync(manifest)
    sync(folder)


def sync(path: Path) -> None:
    """Wait until the file or folder is on the disk: else a crash could leave the name without the contents."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_whole(folder: Path, key: str, name: str) -> bool:
    """Return whether entry *key* has file *name* and all its files are as recorded; mark it as used now.

    Raises :class:`CacheError` if others own a part of it or can write to it.
    """
    try:
        with _opened(folder, os.O_DIRECTORY) as entry:
            files = _recorded(folder, entry, key)
            whole = name in files and all(_is_as_recorded(folder, entry, *item) for item in files.items())
            if whole:
                _mark_as_used(entry)
            return whole
    # a manifest of something else, half of one, or one that is nested more deeply than Python reads
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    except OSError as error:
        if error.errno not in DAMAGED:
            raise
        return False


def _recorded(folder: Path, entry: int, key: str) -> dict[str, Any]:
    with _opened(folder / MANIFEST, inside=entry) as descriptor, open(descriptor, "rb", closefd=False) as file:
        manifest = json.load(file)
    files: dict[str, Any] = manifest["files"] if manifest["key"] == key else {}
    return files


def _is_as_recorded(folder: Path, entry: int, name: str, record: list[object]) -> bool:
    with _opened(folder / name, inside=entry) as descriptor:
        size, digest = record
        if os.fstat(descriptor).st_size != size:
            return False
        with open(descriptor, "rb", closefd=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest


@contextmanager
def _opened(path: Path, flags: int = 0, inside: int | None = None) -> Iterator[int]:
    """Give a descriptor of the file or folder; *inside* is that of its folder, so that none can be exchanged."""
    descriptor = os.open(path if inside is None else path.name, os.O_RDONLY | READ | flags, dir_fd=inside)
    try:
        status = os.fstat(descriptor)
        refuse_unsafe(path, status)
        if not flags and not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EISDIR, f"no file: {path}")
        yield descriptor
    finally:
        os.close(descriptor)


def _mark_as_used(entry: int) -> None:
    try:
        os.utime(entry)
    except OSError as error:
        if error.errno != errno.EROFS:  # what is on a disk that may only be read is used all the same
            raise
