"""Other values for the next run: what Brian2 calls ``run_args``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from brian2.core.variables import ArrayVariable, VariableView
from brian2.input.timedarray import TimedArray
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from brianhw.errors import RunArgumentError, unknown_name

__all__ = ["Assignment", "assign_all", "assignments"]

Assignment = Callable[[], Callable[[], None] | None]  # sets values; returns what puts them back after the run, if any
_TRUE = {"true", "1"}
_FALSE = {"false", "0"}


def assignments(run_args: Any, things: Mapping[str, Any], folder: Path) -> list[Assignment]:
    """Return what sets the values of *run_args*, all of which have been checked.

    Parameters
    ----------
    run_args : mapping or iterable of str
        As Brian2 has them: views of variables or TimedArrays and their values, or texts ``"group.variable=value"`` and
        ``"timedarray.values=value"``, where the value is a number or the name of a file of such numbers.
    things : mapping
        The groups and TimedArrays that a text may name.
    folder : Path
        Where files are looked for.

    Raises
    ------
    RunArgumentError
        If a key is something else or a value has another size.
    DimensionMismatchError
        If a value has other units.
    UnknownNameError
        If a text names what is not there.
    """
    if isinstance(run_args, Mapping):
        return [_of_pair(key, value) for key, value in run_args.items()]
    if isinstance(run_args, str):
        raise RunArgumentError(f"run_args is a dictionary or a list of texts, not the text {run_args!r}.")
    return [_of_text(text, things, folder) for text in run_args]


def _of_pair(key: Any, value: Any) -> Assignment:
    if isinstance(key, TimedArray):
        fail_for_dimension_mismatch(key.dim, value, f"run_args has other units than the TimedArray {key.name!r}")
        return _timed_array(key, np.asarray(value, dtype=key.values.dtype))
    if isinstance(key, VariableView) and isinstance(key.variable, ArrayVariable):
        name = f"{key.group_name}.{key.name}"
        fail_for_dimension_mismatch(key.dim, value, f"run_args has other units than {name}")
        return _variable(key.variable, name, np.asarray(value, dtype=key.dtype), key)
    raise RunArgumentError(
        f"run_args gives values to variables of groups, such as neurongroup.v, and to TimedArrays, not to {key!r} "
        f"of type {type(key).__name__}."
    )


def _variable(variable: ArrayVariable, name: str, values: np.ndarray, view: VariableView | None = None) -> Assignment:
    if variable.read_only:
        raise RunArgumentError(f"run_args cannot set {name}: it is read-only.")
    if values.size == 1:
        values = values.reshape(())
    elif not variable.dynamic:  # the number of synapses is looked at when the values are set
        _check_size(name, values, (_shape(view) if view is not None else (variable.size,)))

    def assign() -> None:
        if view is not None and values.ndim:
            _check_size(name, values, _shape(view))
        if view is not None:
            VariableView.set_with_index_array.original_function(view, slice(None), values, False)
            return
        _check_size(name, values, (variable.get_len(),)) if values.ndim else None
        variable.get_value()[:] = values

    return assign


def _shape(view: VariableView) -> tuple[int, ...]:
    return np.shape(view[:])  # Brian2's own `shape` fails for synapses


def _timed_array(array: TimedArray, values: np.ndarray) -> Assignment:
    if values.size == 1:
        values = values.reshape(())
    else:
        _check_size(f"TimedArray {array.name!r}", values, array.values.shape)

    def assign() -> Callable[[], None]:
        before = array.values.copy()
        array.values[...] = values

        def put_back() -> None:
            array.values[...] = before

        return put_back

    return assign


def _check_size(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    if values.shape != tuple(shape):
        raise RunArgumentError(f"run_args gives {name} values of shape {values.shape}, and it has the shape {shape}.")


def _of_text(text: str, things: Mapping[str, Any], folder: Path) -> Assignment:
    target, equals, value = text.partition("=") if isinstance(text, str) else ("", "", "")
    owner, dot, name = target.strip().rpartition(".")
    if not (equals and dot):
        raise RunArgumentError(f"run_args holds texts such as 'neurongroup.v=0.5', not {text!r}.")
    if owner not in things:
        raise unknown_name("The script that was run", "group or TimedArray", owner, things)
    thing = things[owner]
    if isinstance(thing, TimedArray):
        if name != "values":
            raise RunArgumentError(f"run_args can set {owner}.values, not {target.strip()}.")
        values = _read(value.strip(), thing.values.dtype, folder, text)
        return _timed_array(thing, values if values.size == 1 else values.reshape(-1, *thing.values.shape[1:]))
    variables = {key: each for key, each in thing.variables.items() if isinstance(each, ArrayVariable)}
    if name not in variables:
        raise unknown_name(f"Group {owner!r}", "variable", name, [key for key in variables if not key.startswith("_")])
    values = _read(value.strip(), variables[name].dtype, folder, text)
    return _variable(variables[name], target.strip(), values)


def _read(value: str, dtype: Any, folder: Path, text: str) -> np.ndarray:
    if np.dtype(dtype) == bool and value.lower() in _TRUE | _FALSE:
        return np.asarray(value.lower() in _TRUE)
    try:
        return np.asarray(float(value) if np.dtype(dtype).kind == "f" else int(value), dtype=dtype)
    except ValueError:
        pass
    try:
        return np.fromfile(folder / value, dtype=dtype)
    except OSError as error:
        raise RunArgumentError(f"The value in {text!r} is no number, and no file that can be read: {error}.") from error


def assign_all(wanted: Iterable[Assignment]) -> list[Callable[[], None]]:
    """Set all values; return what puts back those that are not the network's."""
    return [put_back for assign in wanted if (put_back := assign()) is not None]
