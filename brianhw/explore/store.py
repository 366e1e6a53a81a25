"""Finished points in a folder: one file each, written at once or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from brianhw.errors import StoreError
from brianhw.explore.experiment import Outcome, Task, Value

__all__ = ["ABOUT", "FORMAT", "Store", "read"]

TEMPORARY = ".writing-"
LOCK, WORKERS = ".lock", ".workers"
ABOUT = "about.json"  # of all points of a model
SYNC_SECONDS = 0.05
FORMAT = 1  # of the files; another one is not read


class Store:
    """A folder with the results of one model; those of other models lie beside it, and are left alone.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    fingerprint : str
        Of the model and all that decides its results.
    about : mapping
        What to note of the model, for people.

    Attributes
    ----------
    damaged : list of str
        Files of points that could not be read, and why.

    Raises
    ------
    StoreError
        If the folder cannot be made or written to.
    """

    def __init__(self, folder: Any, fingerprint: str, about: Mapping[str, Any] | None = None) -> None:
        self.root = Path(folder).absolute()  # a model may change the working folder
        self.folder = self.root / fingerprint
        self.damaged: list[str] = []
        self._token = uuid4().hex
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / ABOUT).exists():
                _replace(self.folder / ABOUT, json.dumps({"format": FORMAT, **(about or {})}).encode())
        except OSError as error:
            raise StoreError(f"The store {self.root} cannot be made: {error}. Choose another folder.") from error

    @property
    def others(self) -> int:
        """How many other models, or other states of the same, have results in the folder."""
        return sum(each.is_dir() for each in self.root.iterdir()) - 1

    # -- who may write ------------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sweeps away from the same results; the lock ends with the process, however it ends."""
        with _flock(self.folder / LOCK) as (file, got):
            if not got:
                raise StoreError(
                    f"Another sweep is writing to {self.folder}. Wait for it, or give this one a store of its own."
                )
            file.truncate(0)
            file.write(self._token)
            file.flush()
            self._wait_for_workers()
            for left in self.folder.glob(f"{TEMPORARY}*"):  # of a process that was killed
                left.unlink(missing_ok=True)
            yield

    def _wait_for_workers(self) -> None:
        """Wait until processes of a sweep that was killed have kept what they were about to finish."""
        with _flock(self.folder / WORKERS) as (_, got):
            if got:
                return
        print(f"{self.folder}: waiting for processes of a sweep that was killed.", flush=True)
        with _flock(self.folder / WORKERS, wait=True):
            return

    @contextmanager
    def as_worker(self) -> Iterator[bool]:
        """Say whether this process sees the folder of the sweep that it works for; another sweep waits for it."""
        try:
            here = (self.folder / LOCK).read_text() == self._token
        except OSError:
            here = False
        if not here:
            yield False
            return
        with _flock(self.folder / WORKERS, shared=True, wait=True):
            yield True

    # -- points -------------------------------------------------------------------------------------

    def put(self, task: Task, shown: Mapping[str, Any], outcome: Outcome) -> None:
        """Write a point.

        Raises
        ------
        StoreError
            If there is no room; nothing of the point is written then.
        """
        arrays: dict[str, np.ndarray] = {}
        values = {}
        for name, value in outcome.values.items():
            coords = {key: _plain(coord) for key, coord in value.coords.items()}
            arrays |= {f"value:{name}": value.numbers, **{f"coord:{name}:{key}": coords[key] for key in coords}}
            values[name] = [list(value.dims), value.unit, sorted(coords), list(value.numbers.shape)]
        about = {
            "format": FORMAT, "key": task.key, "point": dict(shown), "seed": task.seed, "failure": outcome.failure,
            "seconds": outcome.seconds, "values": values,
        }  # fmt: skip
        temporary = None
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=TEMPORARY, delete=False) as file:
                temporary = Path(file.name)
                np.savez(file, **{"about": np.array(json.dumps(about)), **arrays})  # type: ignore[arg-type]
                file.flush()
                _rename(temporary, self._file(task.key))
                temporary = None
                # From here on no kill loses it. A power cut may leave a damaged file, which is noticed when it is read:
                # a point that cost less than waiting for the disk is as soon computed again.
                if outcome.seconds > SYNC_SECONDS:
                    os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"A point could not be written to {self.folder}: {error}. What was stored is intact."
            ) from error
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def get(self, task: Task, names: Collection[str] = ()) -> Outcome | None:
        """Return a stored point with results of these *names*, or ``None`` if it is not there or cannot be read."""
        file = self._file(task.key)
        try:
            about, values = read(file)
            if about["key"] != task.key:
                raise ValueError("it is another point's")
            if names and not about["failure"] and set(values) != set(names):
                raise ValueError(f"it has results {', '.join(values) or 'of no name'}")
        except FileNotFoundError:
            return None
        except Exception as error:  # whatever the file has become
            self.damaged.append(f"{file} ({type(error).__name__}: {' '.join(str(error).split())[:100]})")
            return None
        return Outcome(task.number, values, about["failure"], about["seconds"])

    def get_new(self, task: Task) -> Outcome | None:
        """Return a point that was stored since this sweep has the lock."""
        with suppress(OSError):
            since = (self.folder / LOCK).stat().st_mtime_ns
            return self.get(task) if self._file(task.key).stat().st_mtime_ns >= since else None
        return None

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def read(file: Path) -> tuple[dict[str, Any], dict[str, Value]]:
    """Return what is noted of a stored point, and its values.

    Raises
    ------
    Exception
        Of any kind, if the file is not as :meth:`Store.put` writes it.
    """
    with np.load(file, allow_pickle=False) as found:
        about = json.loads(str(found["about"][()]))
        if about["format"] != FORMAT:
            raise ValueError(f"format {about['format']}, where this brianhw knows {FORMAT}")
        failure, seconds = about["failure"], about["seconds"]
        if not isinstance(failure, str) or not isinstance(seconds, float | int) or not isinstance(about["point"], dict):
            raise TypeError("notes of the wrong type")
        expected = {"about"}
        values = {}
        for name, (dims, unit, coords, shape) in about["values"].items():
            numbers = found[f"value:{name}"]
            if numbers.dtype != float or list(numbers.shape) != shape or len(dims) != len(shape):
                raise ValueError(f"{name} is {numbers.dtype} of the shape {numbers.shape}")
            values[name] = Value(numbers, tuple(dims), {key: found[f"coord:{name}:{key}"] for key in coords}, unit)
            expected |= {f"value:{name}", *(f"coord:{name}:{key}" for key in coords)}
        if set(found.files) != expected or not (failure or values):
            raise ValueError("it has other parts than it should")
    return about, values


def _plain(coordinates: Any) -> np.ndarray:
    """Return coordinates as an array that a file can hold without pickle."""
    found = np.asarray(coordinates)
    return found.astype(str) if found.dtype.hasobject else found


@contextmanager
def _flock(path: Path, *, shared: bool = False, wait: bool = False) -> Iterator[tuple[Any, bool]]:
    """Lock a file while the block runs; say whether that was possible."""
    import fcntl

    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    with open(path, "a") as file:
        try:
            fcntl.flock(file, kind)
        except BlockingIOError:
            yield file, False
        except OSError as error:
            raise StoreError(f"{path} cannot be locked: {error}. Choose a folder on another disk.") from error
        else:
            yield file, True


def _replace(file: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=TEMPORARY, delete=False) as temporary:
        temporary.write(content)
    _rename(Path(temporary.name), file)


def _rename(temporary: Path, file: Path) -> None:
    """Give a file its name, whatever had it before."""
    with suppress(IsADirectoryError):
        os.replace(temporary, file)
        return
    file.rename(file.with_suffix(f".{uuid4().hex[:8]}"))
    os.replace(temporary, file)
