"""Files that are written all or not at all, and never over others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from brianhw.errors import WriteError

__all__ = ["write_new"]


def write_new(texts: Mapping[Path, str]) -> list[Path]:
    """Write each text into a new file, all of them or none; return the files.

    Raises
    ------
    WriteError
        If one is there already, or cannot be written.
    """
    there = [file for file in texts if file.exists() or file.is_symlink()]
    if there:
        more = f" (and {len(there) - 1} more)" if len(there) > 1 else ""
        raise WriteError(
            f"{there[0]}{more} is there already, and is not overwritten. Remove it, or name another folder."
        )
    files: list[Path] = []
    folders: list[Path] = []
    try:
        for file, text in texts.items():
            for folder in _missing(file.parent):
                folder.mkdir()
                folders.append(folder)
            with open(file, "x", encoding="utf-8") as opened:  # a file that has come since is not overwritten either
                files.append(file)
                opened.write(text)
    except OSError as error:
        _remove(files, folders)
        raise WriteError(
            f"{error.filename or 'A file'} cannot be written: {error.strerror}. Nothing is left behind."
        ) from error
    except BaseException:
        _remove(files, folders)
        raise
    return files


def _missing(folder: Path) -> list[Path]:
    """Return *folder* and those it lies in, as far as they are not there, the outermost first."""
    return [each for each in reversed([folder, *folder.parents]) if not each.exists()]


def _remove(files: Iterable[Path], folders: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
    for folder in reversed(folders):
        folder.rmdir()
