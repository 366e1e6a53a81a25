"""Finished points in a folder: one file each, written at once or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from brianhw.errors import StoreError
from brianhw.explore.experiment import Outcome, Value

__all__ = ["Store"]

TEMPORARY = ".writing-"


class Store:
    """A folder with the results of one model; those of other models lie beside it, and are left alone.

    Parameters
    ----------
    folder : path
        Made if it does not exist.
    fingerprint : str
        Of the model and all that decides its results.

    Raises
    ------
    StoreError
        If the folder cannot be made or written to.
    """

    def __init__(self, folder: Any, fingerprint: str) -> None:
        self.root = Path(folder)
        self.folder = self.root / fingerprint
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {self.root} cannot be made: {error}. Choose another folder.") from error

    @property
    def others(self) -> int:
        """How many other models, or other states of the same, have results in the folder."""
        return sum(each.is_dir() for each in self.root.iterdir()) - 1

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sweeps away from the same results; the lock ends with the process, however it ends."""
        import fcntl

        with open(self.folder / ".lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(
                    f"Another sweep is writing to {self.folder}. Wait for it, or give this one a store of its own."
                ) from None
            for left in self.folder.glob(f"{TEMPORARY}*"):  # of a process that was killed
                left.unlink(missing_ok=True)
            yield

    def put(self, key: str, point: Mapping[str, Any], seed: int, outcome: Outcome) -> None:
        """Write a point.

        Raises
        ------
        StoreError
            If there is no room; nothing of the point is written then.
        """
        about = {
            "point": dict(point),
            "seed": seed,
            "failure": outcome.failure,
            "seconds": outcome.seconds,
            "values": {name: [list(v.dims), v.unit, sorted(v.coords)] for name, v in outcome.values.items()},
        }
        arrays = {f"value:{name}": value.numbers for name, value in outcome.values.items()}
        for name, value in outcome.values.items():
            arrays |= {f"coord:{name}:{key}": np.asarray(coord) for key, coord in value.coords.items()}
        temporary = None
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=TEMPORARY, delete=False) as file:
                temporary = Path(file.name)
                np.savez(file, **{"about": np.array(json.dumps(about)), **arrays})  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._file(key))
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise StoreError(
                f"A point could not be written to {self.folder}: {error}. What was stored is intact."
            ) from error

    def get(self, key: str, number: int) -> Outcome | None:
        """Return a stored point, or ``None`` if it is not there or cannot be read."""
        try:
            with np.load(self._file(key), allow_pickle=False) as file:
                about = json.loads(str(file["about"]))
                values = {
                    name: Value(
                        file[f"value:{name}"], tuple(dims), {c: file[f"coord:{name}:{c}"] for c in coords}, unit
                    )
                    for name, (dims, unit, coords) in about["values"].items()
                }
        except (OSError, ValueError, KeyError, EOFError):
            return None
        return Outcome(number, values, about["failure"], about["seconds"])

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.npz"
