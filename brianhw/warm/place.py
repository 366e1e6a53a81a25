"""Where a server listens: one socket for each Python, each version of what it has imported, and each environment."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from brianhw.device.cache import default_folder
from brianhw.device.cache.folder import CacheFolder
from brianhw.errors import CacheError
from brianhw.version import __version__

__all__ = ["HERE", "is_possible", "of_same_user", "socket_file"]

#: What a server says first. Before it nothing is sent, so that nothing can be run twice.
HERE = b"+"
# What differs from terminal to terminal, or call to call, and nothing reads while it is imported.
_VOLATILE = frozenset("_ OLDPWD PWD SHLVL COLUMNS LINES WINDOWID TERM_SESSION_ID".split())
_LONGEST = 100  # bytes of a socket's name, of 104 to 108 that there are


def is_possible() -> bool:
    """Say whether this system has what a warm start needs, and the folder no preferences of its own."""
    # Brian2 reads that file from the folder in which it is imported
    return os.name == "posix" and hasattr(socket, "send_fds") and not Path("brian_preferences").exists()


def socket_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the socket's path, in a folder that is closed to others; nothing if there can be none.

    Its name is made of all that a server has to have in common with a script's own process.
    """
    try:
        folder = CacheFolder(default_folder().parent / "warm")
        folder.prepare()
    except CacheError:
        return None
    parts = [sys.executable, sys.version, repr(sys.flags), repr(sys.warnoptions), __version__, *_installed()]
    parts += [f"{name}={value}" for name, value in sorted(environment.items()) if name not in _VOLATILE]
    file = folder.path / hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:24]
    return file if len(os.fsencode(file)) <= _LONGEST else None


def _installed() -> list[str]:
    """Return what changes when packages, our own files or Brian2's preferences do."""
    own = Path(__file__).resolve().parents[1]
    checkout = own.parent / "equations"  # of an installation that is a checkout
    files = [each for folder in (own, checkout, checkout.with_name("parameters")) for each in folder.rglob("*.py")]
    newest = max(each.stat().st_mtime_ns for each in files)
    brian2 = find_spec("brian2")
    packages = Path(brian2.origin).parents[1] if brian2 is not None and brian2.origin else own
    preferences = Path("~/.brian/user_preferences").expanduser()
    times = [each.stat().st_mtime_ns if each.exists() else 0 for each in (packages, packages / "brian2", preferences)]
    return [str(own), *map(str, [newest, len(files), *times])]


def of_same_user(connection: socket.socket) -> bool:
    """Say whether the process at the other end belongs to this user.

    Only Linux tells; elsewhere that the folder is closed to others has to do.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder) == os.geteuid()
