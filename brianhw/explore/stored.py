"""What is in a folder of stored sweeps: to list, to look at, to clean, to move."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from brianhw.errors import StoreError, UnknownNameError, unknown_name
from brianhw.explore.store import ABOUT, Store, read

__all__ = ["StoredModel", "StoredPoint", "move", "stored"]


@dataclass(frozen=True)
class StoredPoint:
    """A point in a store.

    Attributes
    ----------
    file : Path
        Where it is.
    point : dict of str to str
        Its parameters, with units.
    failure : str
        Why there are no results, if so.
    seconds : float
        What it took.
    damage : str
        Why it cannot be read, if so; the sweep computes it again.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from brian2 import mV
    >>> from brianhw.explore import stored, sweep
    >>> def doubled(v):
    ...     return {"doubled": 2*v}
    >>> with TemporaryDirectory() as folder:
    ...     found = sweep(doubled, {"v": [-65]*mV}, store=folder, device=None, quiet=True)
    ...     [point] = stored(folder)[0].points()
    >>> print(point.point, repr(point.failure))
    {'v': '-65.0 mV'} ''
    """

    file: Path
    point: dict[str, str]
    failure: str = ""
    seconds: float = 0.0
    damage: str = ""

    @classmethod
    def of(cls, file: Path) -> StoredPoint:
        """Return what a file holds."""
        try:
            about, _ = read(file)
        except Exception as error:
            return cls(file, {}, damage=f"{type(error).__name__}: {' '.join(str(error).split())[:100]}")
        return cls(file, about["point"], about["failure"], float(about["seconds"]))


@dataclass(frozen=True)
class StoredModel:
    """The points of one model, or of one state of a model, in a store.

    Attributes
    ----------
    folder : Path
        Named after the model's fingerprint.
    about : dict
        What is noted of it: ``model``, ``metrics``, ``parameters``, ``fixed``, ``made``, versions.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw.explore import stored, sweep
    >>> def inverse(x):
    ...     return {"inverse": 1/x}
    >>> with TemporaryDirectory() as folder:
    ...     found = sweep(inverse, {"x": [0, 1, 2]}, store=folder, device=None)
    ...     [model] = stored(folder)
    ...     print(model.clean(failed=True), len(model.files))  # removed, left
    3 points, rebuild: a function makes its network itself, at each call
    1 of 3 points failed. The first, at x = 0: ZeroDivisionError: division by zero. See result.sweep.failures.
    retry=True tries stored failures again.
    1 2
    """

    folder: Path
    about: dict[str, Any]

    @property
    def files(self) -> list[Path]:
        """The files of its points."""
        return sorted(self.folder.glob("*.npz"))

    @property
    def bytes(self) -> int:
        """How large it is."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    @property
    def last_write(self) -> datetime:
        """When a point was added last."""
        newest = max((file.stat().st_mtime for file in self.files), default=self.folder.stat().st_mtime)
        return datetime.fromtimestamp(newest, UTC)

    def points(self) -> Iterator[StoredPoint]:
        """Yield its points."""
        return map(StoredPoint.of, self.files)

    def clean(self, failed: bool = False, damaged: bool = True) -> int:
        """Remove points that failed or cannot be read, and return how many."""
        with Store(self.folder.parent, self.folder.name).locked():
            wrong = [each for each in self.points() if (failed and each.failure) or (damaged and each.damage)]
            for each in wrong:
                shutil.rmtree(each.file) if each.file.is_dir() else each.file.unlink()
        return len(wrong)

    def remove(self) -> None:
        """Remove all of it."""
        with Store(self.folder.parent, self.folder.name).locked():
            shutil.rmtree(self.folder)


def stored(folder: Any, older_than: timedelta = timedelta(0)) -> list[StoredModel]:
    """Return the models in a store, the last one written to last.

    Parameters
    ----------
    folder : path
        What a sweep was given as ``store``.
    older_than : timedelta
        Only those that nothing was added to for so long.

    Raises
    ------
    StoreError
        If it is no store.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from brianhw.explore import stored, sweep
    >>> def square(x):
    ...     return {"square": x**2}
    >>> with TemporaryDirectory() as folder:
    ...     found = sweep(square, {"x": [1, 2, 3]}, store=folder, device=None, quiet=True)
    ...     for model in stored(folder):
    ...         print(model.about["parameters"], len(model.files))
    ['x'] 3
    """
    root = Path(folder)
    if not root.is_dir():
        raise StoreError(f"There is no store {root}. Give the folder that sweep(store=...) was given.")
    found = [StoredModel(each, _about(each)) for each in root.iterdir() if (each / ABOUT).exists()]
    limit = datetime.now(UTC) - older_than
    return sorted((each for each in found if each.last_write <= limit), key=lambda each: each.last_write)


def named(folder: Any, name: str) -> list[StoredModel]:
    """Return the models of that *name*, in all their states; or else those whose fingerprint begins with it.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    models = stored(folder)
    fitting = [each for each in models if each.about.get("model") == name]
    fitting = fitting or [each for each in models if name and each.folder.name.startswith(name)]
    if not fitting:
        known = {str(each.about.get("model")) for each in models if "model" in each.about}
        raise unknown_name(f"The store {folder}", "model", name, [*known, *(each.folder.name for each in models)])
    return fitting


def chosen(folder: Any, name: str) -> StoredModel:
    """Return the one model that is called *name*, or whose fingerprint begins with it.

    Raises
    ------
    UnknownNameError
        If there is none, or several.
    """
    fitting = named(folder, name)
    if len(fitting) > 1:
        numbers = ", ".join(each.folder.name[:8] for each in fitting)
        raise UnknownNameError(
            f"The store {folder} has {len(fitting)} models {name!r}. Give the number of one: {numbers}."
        )
    return fitting[0]


def move(folder: Any, new: Any) -> None:
    """Move a store to another folder; no sweep may be writing to it.

    Raises
    ------
    StoreError
        If there is no store, something at the new place, or a sweep is writing.
    """
    source, target = Path(folder), Path(new)
    models = stored(source)
    if target.exists():
        raise StoreError(f"{target} is there already. Choose a folder that does not exist.")
    for model in models:
        with Store(source, model.folder.name).locked():
            pass
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        raise StoreError(f"The store {source} cannot be moved to {target}: {error}.") from error


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text())
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}
