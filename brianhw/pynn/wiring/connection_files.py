"""Lists of connections from files, read without running anything that a file says.

PyNN evaluates the header of a text file as Python, and unpickles; both can run code. Here a header is read as a
literal, arrays are read without pickles, and a pickle needs ``trust=True``. What a file holds is told by its first
bytes, since PyNN's own files may have any name.
"""

from __future__ import annotations

import ast
import io
import os
import pickle
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyNN.recording import files

from brianhw.errors import PyNNError

__all__ = ["read_connections", "text_of"]

DEFAULT_NAMES = {2: (), 4: ("weight", "delay")}  # by number of columns, as in PyNN's FromListConnector

Table = tuple[Any, Sequence[str] | None]


def read_connections(connector: Any, projection: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the table of a FromFileConnector's file, and the names of its columns after i and j.

    Raises
    ------
    PyNNError
        The file is not there, empty, or no list of connections, and which of these; it is a pickle and the connector
        does not say ``trust=True``; or its columns have no names, or wrong ones.
    """
    file, trust = connector.file, getattr(connector, "trust", False)
    name = _name_of(file)
    if name is None:
        data, names = _from_object(file, trust)
        name = type(file).__name__
    else:
        name = f"{name}.{projection._simulator.state.mpi_rank}" if connector.distributed else name
        data, names = _reader(file, name)(name, trust)
    names = getattr(connector, "column_names", None) or names
    return _checked(name, data, names)


def _name_of(file: Any) -> str | None:
    """Return the name of the file to read; None for an object that reads itself."""
    if isinstance(file, str | os.PathLike):
        return os.fspath(file)
    if isinstance(file, files.StandardTextFile | files.NumpyBinaryFile | files.PickleFile | io.IOBase):
        name = getattr(file, "name", None)
        return name if isinstance(name, str) else None
    return None


# -- kinds of files ---------------------------------------------------------------------------------


def _reader(file: Any, name: str) -> Any:
    start = _first_bytes(name)
    if start.startswith(b"\x93NUMPY"):
        return _from_array
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _from_arrays
    # protocols before 2 begin like any text
    is_pickle = isinstance(file, files.PickleFile) or Path(name).suffix in (".pkl", ".pickle")
    if is_pickle or (start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")):
        return _from_pickle
    return _from_text


def _first_bytes(name: str) -> bytes:
    """Return how a file begins.

    Raises
    ------
    PyNNError
        It cannot be read, or has nothing in it.
    """
    try:
        with open(name, "rb") as stream:
            start = stream.read(16)
    except FileNotFoundError:
        raise PyNNError(f"There is no file {name!r} of connections; the current folder is {os.getcwd()}.") from None
    except OSError as error:
        raise PyNNError(f"The file of connections {name!r} cannot be read: {error.strerror}.") from error
    if not start:
        raise PyNNError(f"{name} is empty. A list without connections still has a line '# columns = [...]'.")
    return start


def text_of(name: str) -> str:
    """Return the text of a file.

    Raises
    ------
    PyNNError
        It cannot be read, is empty, or holds no text.
    """
    start = _first_bytes(name)
    known = {
        b"\x89HDF": "an HDF5 file",
        b"\x1f\x8b": "a compressed file",
        b"\x93NUMPY": "a NumPy file",
        b"PK": "an archive",
    }
    kind = next((kind for begins, kind in known.items() if start.startswith(begins)), "binary")
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise PyNNError(
            f"{name} is {kind}, not text. Write a line for each connection, or an array with numpy.save or numpy.savez."
        )
    return text


def _from_text(name: str, trust: bool) -> Table:
    text = text_of(name)
    names = _header(name, text).get("columns")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there are no rows
            return np.loadtxt(io.StringIO(text), ndmin=2), names
    except ValueError as error:
        raise PyNNError(
            f"{name} is no list of connections: {error}. A line holds the numbers of a source and a target cell and a "
            "number for each further column, with spaces or tabs between them."
        ) from None


def _header(name: str, text: str) -> dict[str, Any]:
    """Return the ``# name = literal`` lines at the top of a file."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        key, equals, written = line[1:].partition("=")
        if not equals:
            continue  # a remark
        try:
            value = ast.literal_eval(written.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise PyNNError(f"{name}: the header {line.strip()!r} is no list of names, such as ['i', 'j'].") from None
        found[key.strip()] = value
    return found


def _from_array(name: str, trust: bool) -> Table:
    return _loaded(name, lambda: (np.load(name, allow_pickle=trust), None))


def _from_arrays(name: str, trust: bool) -> Table:
    def read() -> Table:
        with np.load(name, allow_pickle=trust) as arrays:
            if "data" not in arrays.files:
                raise PyNNError(f"{name} has no array 'data', but {', '.join(arrays.files) or 'nothing'}.")
            if "columns" in arrays.files:
                return arrays["data"], [str(column) for column in arrays["columns"]]
            metadata = {str(key): value for key, value in arrays["metadata"]} if "metadata" in arrays.files else {}
            columns = metadata.get("columns")
            return arrays["data"], ast.literal_eval(columns) if isinstance(columns, str) else columns

    return _loaded(name, read)


def _loaded(name: str, read: Any) -> Table:
    """Return what *read* gives; say what is wrong where NumPy cannot read the file."""
    try:
        table: Table = read()
    except PyNNError:
        raise
    except (ValueError, SyntaxError, TypeError, EOFError, OSError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        if "allow_pickle" in str(error):
            raise PyNNError(f"{name} holds a pickle. {_TRUST}") from None
        raise PyNNError(f"{name} is no NumPy file that can be read: {error}.") from error
    return table


def _from_pickle(name: str, trust: bool) -> Table:
    if not trust:
        raise PyNNError(f"{name} is a pickle. {_TRUST}")
    try:
        with open(name, "rb") as stream:
            data, metadata = pickle.load(stream)
        return data, metadata.get("columns")
    except Exception as error:  # unpickling may raise anything
        raise PyNNError(f"{name} is no pickle of a list and its columns: {type(error).__name__} {error}.") from error


def _from_object(file: Any, trust: bool) -> Table:
    """Read from a file object of another class. HDF5 files may hold pickles, too."""
    if not (hasattr(file, "read") and hasattr(file, "get_metadata")):
        raise PyNNError(f"Connections are read from the name of a file or one of PyNN's files, not from {file!r}.")
    if not trust and isinstance(file, files.BaseFile) and type(file).__module__ == files.__name__:
        raise PyNNError(f"{getattr(file, 'name', file)} is read by {type(file).__name__}, which may unpickle. {_TRUST}")
    return file.read(), file.get_metadata().get("columns")


_TRUST = (
    "Pickles can run any program: if you know who wrote the file, say FromFileConnector(..., trust=True); otherwise "
    "write the connections as text."
)


# -- tables -----------------------------------------------------------------------------------------


def _checked(name: str, data: Any, names: Sequence[str] | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the table with the columns i and j first, and the names of the others."""
    table, names = _numbers(name, data, names)
    columns = table.shape[1] if table.size else len(names or ("i", "j"))
    if columns < 2:
        raise PyNNError(f"{name} has one column; the first two are the numbers of source and target cells.")
    if names is None:
        names = DEFAULT_NAMES.get(columns)
    if names is None:
        raise PyNNError(f'{name}: {columns} columns without names. Write a line \'# columns = ["i", "j", ...]\'.')
    if not (isinstance(names, list | tuple) and all(isinstance(column, str) for column in names)):
        raise PyNNError(f"{name}: the columns must be a list of names, not {names!r}.")
    others = tuple(column for column in names if column not in ("i", "j"))
    if len(set(names)) < len(names) or len(names) - len(others) == 1:
        raise PyNNError(f"{name}: the columns are {', '.join(names)}; each has a name of its own, i and j or neither.")
    if table.size and columns != len(others) + 2:
        raise PyNNError(f"{name} has {columns} columns; i, j, {', '.join(others)} are {len(others) + 2}.")
    if table.size and len(others) < len(names):
        table = table[:, [names.index("i"), names.index("j"), *(names.index(each) for each in others)]]
    return table, others


def _numbers(name: str, data: Any, names: Sequence[str] | None) -> tuple[np.ndarray, Sequence[str] | None]:
    """Return *data* as a table of numbers; an array with named fields brings its names."""
    try:
        array = np.asarray(data)
        if array.dtype.names:
            names = names or array.dtype.names
            array = np.stack([array[field] for field in array.dtype.names], axis=-1)
        table = array.astype(float)
    except (ValueError, TypeError) as error:
        raise PyNNError(f"{name} is no table of numbers: {error}.") from None
    if table.ndim == 1 and table.size:
        table = table[None, :]
    if table.ndim > 2:
        raise PyNNError(f"{name} has an array of shape {table.shape}; a list has a row for each connection.")
    return table, names
