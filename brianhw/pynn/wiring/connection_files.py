"""Lists of connections from files, read without running anything that a file says.

PyNN evaluates the header of a text file as Python, and unpickles; both can run code. Here a header is read as a
literal, arrays are read without pickles, and a pickle needs ``trust=True``.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
from pyNN.recording import files

from brianhw.errors import PyNNError

__all__ = ["read_connections"]

DEFAULT_NAMES = {2: (), 4: ("weight", "delay")}  # by number of columns, as in PyNN's FromListConnector


def read_connections(connector: Any, projection: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the table of a FromFileConnector's file, and the names of its columns after i and j.

    Raises
    ------
    PyNNError
        The file is a pickle and the connector does not say ``trust=True``, or its header cannot be read.
    """
    file, trust = connector.file, getattr(connector, "trust", False)
    name = str(file) if isinstance(file, str | Path) else str(getattr(file, "name", file))
    if connector.distributed:
        name = f"{name}.{projection._simulator.state.mpi_rank}"
    table, names = _reader(file, name)(name, file, trust)
    names = getattr(connector, "column_names", None) or names
    table = np.asarray(table, dtype=float)
    if table.ndim == 1 and table.size:
        table = table[None, :]
    if names is None:
        names = DEFAULT_NAMES.get(table.shape[1] if table.size else 2)
    if names is None:
        raise PyNNError(
            f'{name}: {table.shape[1]} columns without names. Write a line \'# columns = ["i", "j", ...]\'.'
        )
    return table, tuple(column for column in names if column not in ("i", "j"))


def _reader(file: Any, name: str) -> Any:
    suffix = Path(name).suffix
    if isinstance(file, files.NumpyBinaryFile) or (isinstance(file, str | Path) and suffix in (".npz", ".npy")):
        return _from_arrays
    if isinstance(file, files.PickleFile) or (isinstance(file, str | Path) and suffix in (".pkl", ".pickle")):
        return _from_pickle
    if isinstance(file, files.StandardTextFile | str | Path):
        return _from_text
    return _from_object


def _from_text(name: str, file: Any, trust: bool) -> tuple[np.ndarray, Any]:
    with open(name, encoding="utf-8") as lines:
        header = _header(name, lines)
    return np.loadtxt(name, ndmin=2), header.get("columns")


def _header(name: str, lines: Any) -> dict[str, Any]:
    """Return the ``# name = literal`` lines at the top of a file."""
    found = {}
    for line in lines:
        if not line.startswith("#"):
            break
        key, equals, text = line[1:].partition("=")
        if not equals:
            continue  # a remark
        try:
            value = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise PyNNError(f"{name}: the header {line.strip()!r} is no list of names, such as ['i', 'j'].") from None
        found[key.strip()] = value
    columns = found.get("columns", [])
    if not (isinstance(columns, list | tuple) and all(isinstance(column, str) for column in columns)):
        raise PyNNError(f"{name}: the columns must be a list of names, not {columns!r}.")
    return found


def _from_arrays(name: str, file: Any, trust: bool) -> tuple[np.ndarray, Any]:
    with np.load(name, allow_pickle=trust) as arrays:
        if "columns" in arrays.files:
            return arrays["data"], [str(column) for column in arrays["columns"]]
        if "metadata" not in arrays.files:
            return arrays["data"], None
        try:
            metadata = arrays["metadata"]
        except ValueError:
            raise PyNNError(f"{name}: the names of the columns are a pickle. {_TRUST}") from None
        found = {str(key): value for key, value in metadata}
        columns = found.get("columns")
        return arrays["data"], ast.literal_eval(columns) if isinstance(columns, str) else columns


def _from_pickle(name: str, file: Any, trust: bool) -> tuple[np.ndarray, Any]:
    if not trust:
        raise PyNNError(f"{name} is a pickle. {_TRUST}")
    import pickle

    with open(name, "rb") as stream:
        data, metadata = pickle.load(stream)
    return data, metadata.get("columns")


def _from_object(name: str, file: Any, trust: bool) -> tuple[np.ndarray, Any]:
    """Read from a file object of another class. HDF5 files may hold pickles, too."""
    if not trust and isinstance(file, files.BaseFile) and type(file).__module__ == files.__name__:
        raise PyNNError(f"{name} is read by {type(file).__name__}, which may unpickle. {_TRUST}")
    return file.read(), file.get_metadata().get("columns")


_TRUST = (
    "Pickles can run any program: if you know who wrote the file, say FromFileConnector(..., trust=True); otherwise "
    "write the connections as text."
)
