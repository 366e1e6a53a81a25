"""The store of compiled models: each is built once for its content, and kept on disk for all later processes.

An entry is a folder named after its key, the digest of everything that its contents depend on
(:func:`key_of`). It is built in a folder beside it and appears by renaming, complete or not at all. Each key has
a lock: shared while an entry is read, not shared while it is built or removed. A process that is killed loses its
lock and leaves a folder that nobody looks at and a later build sweeps away.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from brianhw.device.cache import lock
from brianhw.device.cache.building import Build, build_in, build_until_exit, built_aside
from brianhw.device.cache.entry import MANIFEST, is_whole, seal, sync
from brianhw.device.cache.folder import WAY_OUT, CacheFolder, Entry, delete, is_full, tells_of_no_room
from brianhw.errors import CacheError, RequestError

__all__ = ["Cache", "CacheInfo", "Removal", "default_folder", "key_of"]

MAX_BYTES = 500_000_000  # some hundreds of models: a library of 0.2 to 1 MB and its source
GRACE_SECONDS = 300.0  # who has the path of a library, and no lock, has this long to load it
LEFTOVER_SECONDS = 3600.0  # the compiler of a killed build may still be writing; none writes for an hour


def key_of(*parts: str | bytes) -> str:
    """Return the key of *parts*: other parts, or the same text divided otherwise, give another key.

    Examples
    --------
    >>> from brianhw.device.cache import key_of
    >>> key_of("int main() {}", "-O2") == key_of("int main() {}-O2")  # where one part ends counts
    False
    >>> print(len(key_of("int main() {}", "-O2")))  # hexadecimal digits
    64
    """
    digest = hashlib.sha256()
    for part in parts:
        kind, data = (b"b", part) if isinstance(part, bytes) else (b"s", part.encode("utf-8", "surrogatepass"))
        digest.update(b"%s%d:" % (kind, len(data)))
        digest.update(data)
    return digest.hexdigest()


def default_folder() -> Path:
    """Return where the cache is: ``$BRIANHW_CACHE_DIR``, or ``compiled`` in brianhw's part of the user's cache.

    Raises :class:`CacheError` if the variable is no path, such as one in the home of a user who does not exist.

    Examples
    --------
    >>> from brianhw.device.cache import default_folder
    >>> default_folder().name  # in brianhw's part of the user's cache, if BRIANHW_CACHE_DIR names no other place
    'compiled'
    """
    chosen = os.environ.get("BRIANHW_CACHE_DIR")
    if chosen:
        try:
            return Path(chosen).expanduser()
        except RuntimeError as error:
            raise CacheError(f"BRIANHW_CACHE_DIR is {chosen!r}, which is no folder: {error} {WAY_OUT}") from error
    from platformdirs import user_cache_path

    return user_cache_path("brianhw") / "compiled"


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError) as error:  # links that lead to one another
        raise CacheError(f"The cache {folder} cannot be used: {error}. {WAY_OUT}") from error


@dataclass(frozen=True)
class CacheInfo:
    """What is in a cache: entries, their bytes, and when the first and the last of them was last used.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.device.cache import Cache
    >>> info = Cache(Path("nothing yet"), max_bytes=10_000_000).info()
    >>> print(info.entries, info.bytes, info.max_bytes, info.oldest_use)
    0 0 10000000 None
    """

    folder: Path
    entries: int
    bytes: int
    max_bytes: int
    oldest_use: datetime | None
    newest_use: datetime | None


@dataclass(frozen=True)
class Removal:
    """What was removed from a cache, and how many entries stayed because they were in use.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw.device.cache import Cache, key_of
    >>> with TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder))
    ...     file = cache.get(key_of("a"), lambda folder: (folder / "model.so").write_bytes(bytes(100)))
    ...     removal = cache.clear()
    >>> print(removal.entries, removal.bytes >= 100, removal.in_use)
    1 True 0
    """

    entries: int
    bytes: int
    in_use: int


class Cache:
    """A folder of compiled models.

    Parameters
    ----------
    folder : Path, optional
        Where it is; made at first use, for its owner only. Default: :func:`default_folder`.
    max_bytes : int
        Beyond this size, entries that have not been used for longest are removed after a build. An entry used in
        the last five minutes stays, so the cache may be larger for so long.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw.device.cache import Cache, key_of
    >>> def build(folder):
    ...     print("building")
    ...     (folder / "table.txt").write_text("1 4 9")
    >>> with TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder))
    ...     for attempt in range(2):  # built once
    ...         with cache.holding(key_of("squares to 3"), build, "table.txt") as file:
    ...             print(file.read_text())
    building
    1 4 9
    1 4 9
    """

    def __init__(self, folder: Path | None = None, max_bytes: int = MAX_BYTES) -> None:
        if max_bytes < 0:
            raise RequestError(f"A cache cannot be bounded by {max_bytes} bytes; use 0 or more.")
        # resolved: a cache on another disk behind a link is the user's choice, and what is checked is where it is
        self.folder = _resolved(Path(default_folder() if folder is None else folder))
        self.max_bytes = max_bytes
        self._inside = CacheFolder(self.folder)
        self._has_warned = False

    @staticmethod
    def disabled() -> Cache:
        """Return a cache that keeps nothing: each build has a temporary folder of its own."""
        try:
            return _Disabled()
        except CacheError:  # there is no folder of kept models to look at either
            return _Disabled(Path(os.devnull))

    # -- getting an entry ----------------------------------------------------------------------------

    def get(self, key: str, build: Build, name: str = "model.so") -> Path:
        """Return file *name* of entry *key*, built now if there is no such entry or it is damaged.

        It stays for five minutes at least, unless the user clears the cache; :meth:`holding` gives it for as long as
        you need it.

        Parameters
        ----------
        key : str
            From :func:`key_of`, of everything that *build* depends on.
        build : callable
            Is given an empty folder and leaves *name* in it, and other files that are to be kept. What it raises
            is passed on, and nothing is kept. One process or thread builds while others that want *key* wait.
        name : str
            The file that is wanted.

        Raises
        ------
        CacheError
            If the folder cannot be used: not made, not written to, no room, no locks, or not safe from others.
        """
        with self.holding(key, build, name) as file:
            return file

    @contextmanager
    def holding(self, key: str, build: Build, name: str = "model.so") -> Iterator[Path]:
        """Give what :meth:`get` returns; nobody removes or replaces it inside the ``with`` block."""
        file = self._file(key, name)
        self._inside.prepare()
        while True:
            with self._inside.locked(key, shared=True):
                if self._is_whole(key, name):
                    yield file
                    return
            with self._inside.locked(key):
                if self._is_whole(key, name):
                    continue  # another has built it while we waited; we need not keep the others out
                self._build(key, build, name)
                yield file
                return

    def get_or_temporary(self, key: str, build: Build, name: str = "model.so") -> Path:
        """Return what :meth:`get` does, or if the cache cannot be used a file that goes with this process.

        It then warns, once for each cache.
        """
        try:
            return self.get(key, build, name)
        except CacheError as error:
            self._warn(error)
            return build_until_exit(build, name)

    @contextmanager
    def holding_or_temporary(self, key: str, build: Build, name: str = "model.so") -> Iterator[Path]:
        """Give what :meth:`holding` does, or if the cache cannot be used a file that goes with the block."""
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self.holding(key, build, name))
            except CacheError as error:
                self._warn(error)
                file = stack.enter_context(built_aside(build, name))
            yield file

    def forget(self, key: str) -> None:
        """Remove entry *key*, which turned out to be of no use; it is built again when it is next wanted."""
        with suppress(CacheError), self._inside.locked(key), self._inside.explained():
            self._inside.discard(key)

    def _file(self, key: str, name: str) -> Path:
        if not re.fullmatch("[0-9a-f]{64}", key):
            raise RequestError(f"{key!r} is no key of the cache; key_of(...) makes one of 64 hexadecimal digits.")
        if name in ("", ".", "..", MANIFEST) or Path(name).name != name:
            raise RequestError(f"A file of the cache cannot be called {name!r}; give it a plain name.")
        return self.folder / key / name

    def _is_whole(self, key: str, name: str) -> bool:
        with self._inside.explained():
            return is_whole(self.folder / key, key, name)

    def _build(self, key: str, build: Build, name: str) -> None:
        """Build entry *key*, whose lock we hold, and publish it: with all its files or not at all."""
        with self._inside.explained():
            self._inside.discard(key)
            folder = Path(tempfile.mkdtemp(prefix=f"{key}.", suffix=".build", dir=self.folder))
        try:
            self._call(build, folder, name)
            with self._inside.explained():
                seal(folder, key)
                folder.rename(self.folder / key)
                sync(self.folder)
        except BaseException:
            delete(folder)
            raise
        with suppress(CacheError):  # the entry is there; what cannot be removed now will be another time
            self.prune()

    def _call(self, build: Build, folder: Path, name: str) -> None:
        try:
            build_in(folder, build, name)
        except Exception as error:
            if tells_of_no_room(error) or is_full(folder):
                why = str(error).rstrip(".\n ")
                raise CacheError(f"There is no room to build in the cache {self.folder}: {why}. {WAY_OUT}") from error
            raise

    def _warn(self, error: CacheError) -> None:
        if not self._has_warned:
            self._has_warned = True
            how = "Compiled models are not kept: each is built in a temporary folder, again in every process."
            warnings.warn(f"{error} {how}", RuntimeWarning, stacklevel=3)

    # -- looking after it ----------------------------------------------------------------------------

    def check(self) -> Path:
        """Return the folder, made and written to on trial; raise :class:`CacheError` if it cannot be used."""
        self._inside.prepare()
        trial = self.folder / "check.lock"
        with self._inside.explained(), tempfile.TemporaryFile(dir=self.folder), lock.hold(trial):
            trial.unlink()
        if is_full(self.folder):
            raise CacheError(f"The disk of the cache {self.folder} is full. {WAY_OUT}")
        return self.folder

    def info(self) -> CacheInfo:
        """Return what the cache holds; a folder that does not exist holds nothing and is not made."""
        entries = self._inside.entries()
        used = [datetime.fromtimestamp(entry.used) for entry in entries]
        size = sum(entry.bytes for entry in entries)
        oldest, newest = min(used, default=None), max(used, default=None)
        return CacheInfo(self.folder, len(entries), size, self.max_bytes, oldest, newest)

    def clear(self) -> Removal:
        """Remove all entries except those that are being built or held, and what killed builds have left."""
        entries = self._inside.entries()
        removed = self._inside.remove(entries)
        self._inside.sweep(age=0.0)
        return _removal(entries, removed)

    def prune(self, max_bytes: int | None = None, max_age: timedelta | None = None) -> Removal:
        """Remove entries not used for *max_age*, and those not used for longest until *max_bytes* are left.

        *max_bytes* is by default the cache's own bound. Entries that are being built, or were used in the last five
        minutes, stay.
        """
        allowed = self.max_bytes if max_bytes is None else max_bytes
        longest = timedelta.max if max_age is None else max_age
        superfluous = list(_superfluous(self._inside.entries(), allowed, longest))
        removed = self._inside.remove(superfluous, GRACE_SECONDS)
        self._inside.sweep(LEFTOVER_SECONDS)
        return _removal(superfluous, removed)


def _superfluous(entries: list[Entry], max_bytes: int, max_age: timedelta) -> Iterator[Entry]:
    """Give the first of *entries*, which come least recently used first, that must go."""
    size = sum(entry.bytes for entry in entries)
    for entry in entries:
        if size > max_bytes or entry.age > max_age.total_seconds():
            size -= entry.bytes
            yield entry


def _removal(asked: list[Entry], removed: list[Entry]) -> Removal:
    return Removal(len(removed), sum(entry.bytes for entry in removed), len(asked) - len(removed))


class _Disabled(Cache):
    """A cache that keeps nothing; what other processes have kept can still be looked at and removed."""

    def get(self, key: str, build: Build, name: str = "model.so") -> Path:
        self._file(key, name)  # the same mistakes are refused
        return build_until_exit(build, name)

    def forget(self, key: str) -> None:
        """Do nothing: nothing is kept."""

    @contextmanager
    def holding(self, key: str, build: Build, name: str = "model.so") -> Iterator[Path]:
        self._file(key, name)
        with built_aside(build, name) as file:
            yield file
