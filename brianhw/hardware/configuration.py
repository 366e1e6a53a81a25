"""Boards as files: versioned JSON that holds plain data, and is checked as a whole before anything is built."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from brian2 import SpikeGeneratorGroup, second
from brian2.core.spikesource import SpikeSource

from brianhw.allocation.files import listed, plan_from_dict, plan_to_dict, value
from brianhw.chips.bias_map import BiasMap
from brianhw.chips.mismatch import Mismatch
from brianhw.errors import BrianHWError, ConfigurationError

__all__ = ["FORMAT", "VERSION", "board_from_dict", "board_to_dict", "read", "write"]

FORMAT = "brianhw board"
VERSION = 1

# as Brian2 names objects
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]{0,199}")


def board_to_dict(board: Any) -> dict[str, Any]:
    """Return all that makes a board: limits, silicon, biases, populations, sources, connections and words."""
    broken = [
        [*board.description.location(neuron).values(), list(words)] for neuron, words in board.plan.broken_words.items()
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "board": {
            "chips": board.description.chips,
            "monitoring": board.monitoring,
            "aliases": "deliver" if board.plan.aliases else "refuse",
            "bias_map": _print_of(board.bias_map),
            "mismatch": {
                "serial": board.silicon.serial, "cv": board.silicon.cv, "overrides": dict(board.silicon.overrides),
            },
            "broken_words": broken,
        },
        "cores": {name: core.settings() for name, core in _cores(board).items()},
        "second_leak": {
            name: np.flatnonzero(each.uses_second_leak).tolist()
            for name, each in board.populations.items() if each.uses_second_leak.any()
        },
        **plan_to_dict(board.plan),
    }  # fmt: skip


def _print_of(bias_map: BiasMap) -> str:
    """Return what tells two bias maps apart."""
    return f"{crc32(repr(bias_map.lines).encode()):08x}"


def _cores(board: Any) -> dict[str, Any]:
    """Return the cores of a board by the names that labs have for them."""
    return {board.description.lab_name(core.number): core for core in board.cores}


def board_from_dict(
    kind: Callable[..., Any],
    data: Any,
    file: str,
    sources: Mapping[str, SpikeSource] | None,
    options: Mapping[str, Any],
) -> Any:
    """Return the board that *data* describe; *options* are what a file does not say (``seed``, ``bias_map``)."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ConfigurationError(f"{file} is no board of brianhw: it has no 'format': {FORMAT!r}.")
    if data.get("version") != VERSION:
        raise ConfigurationError(
            f"{file} has version {data.get('version')!r}; this release of brianhw reads version {VERSION}."
        )
    about = value(file, "the file", data, "board", dict)
    silicon = value(file, "board", about, "mismatch", dict)
    try:
        board = kind(
            value(file, "board", about, "chips", int),
            monitoring=value(file, "board", about, "monitoring", bool),
            aliases=value(file, "board", about, "aliases", str),
            mismatch=_mismatch(file, silicon),
            broken_words={_three(file, each): each[3] for each in listed(file, about, "broken_words")},
            **options,
        )  # fmt: skip
        settings = value(file, "the file", data, "cores", dict)
        cores = _cores(board)
        checked = {
            core: core.checked_settings(f"{file}: cores.{name}", settings.get(name, {})) for name, core in cores.items()
        }
        unknown = set(settings) - set(cores)
        if unknown:
            raise ConfigurationError(f"{file}: the board has no core {', '.join(sorted(unknown))}.")
        if about.get("bias_map", _print_of(board.bias_map)) != _print_of(board.bias_map):
            raise ConfigurationError(
                f"{file} was saved with another bias map, with which its codes mean something else: give it as "
                "Board.load(..., bias_map=...)."
            )
    except ConfigurationError:
        raise
    except BrianHWError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    plan = plan_from_dict(board.plan, data, file)
    _check_names(file, plan)
    second_leak = _second_leak(file, value(file, "the file", data, "second_leak", dict), plan.placements)
    outside = {each.source: each.source_size for each in plan.connections.values() if each.external}
    groups = dict(sources or {})
    for name, size in outside.items():
        if name not in groups:
            groups[name] = SpikeGeneratorGroup(size, [], [] * second, name=name)
    for core, each in checked.items():
        core.put_back(each)
    board.build(plan, groups)
    for name, neurons in second_leak.items():
        board[name].use_second_leak(neurons)
    return board


def read(path: str | Path) -> Any:
    """Return what a JSON file holds; raise :class:`ConfigurationError` if it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # also text of another coding, and numbers of thousands of digits
        raise ConfigurationError(f"{path} is no JSON file: {error}.") from None


def write(path: str | Path, data: Any) -> None:
    """Write *data* as JSON, lists of numbers on one line."""
    lines = [f"  {json.dumps(key)}: {_compact(each)}" for key, each in data.items()]
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _compact(data: Any) -> str:
    if isinstance(data, dict) and data:
        lines = [f"    {json.dumps(key)}: {json.dumps(each, allow_nan=False)}" for key, each in data.items()]
        return "{\n" + ",\n".join(lines) + "\n  }"
    if isinstance(data, list) and data:
        return "[\n" + ",\n".join(f"    {json.dumps(each, allow_nan=False)}" for each in data) + "\n  ]"
    return json.dumps(data, allow_nan=False)


def _mismatch(file: str, data: Any) -> Mismatch:
    where = "board.mismatch"
    overrides = value(file, where, data, "overrides", dict)
    return Mismatch(
        value(file, where, data, "serial", int),
        value(file, where, data, "cv", (int, float)),
        {name: value(file, f"{where}.overrides", overrides, name, (int, float)) for name in overrides},
    )


def _check_names(file: str, plan: Any) -> None:
    """Raise :class:`ConfigurationError` if something has a name that no Brian2 object can have, or another has."""
    sources = {each.source for each in plan.connections.values() if each.external}
    seen: set[str] = set()
    for name in (*plan.placements, *sources, *plan.connections):
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"{file}: names have letters, digits and underscores, not {name[:60]!a}.")
        if name in seen:
            raise ConfigurationError(f"{file}: the name {name!r} is there twice.")
        seen.add(name)


def _three(file: str, row: Any) -> tuple[int, int, int]:
    if not (isinstance(row, list) and len(row) == 4 and isinstance(row[3], list) and _are_whole([*row[:3], *row[3]])):
        raise ConfigurationError(f"{file}: board.broken_words has rows [chip, core, neuron, [words]], not {row!r}.")
    return row[0], row[1], row[2]


def _are_whole(numbers: list[Any]) -> bool:
    return all(type(each) is int for each in numbers)


def _second_leak(file: str, data: Mapping[str, Any], placements: Mapping[str, Any]) -> dict[str, list[int]]:
    for name, neurons in data.items():
        if name not in placements or not isinstance(neurons, list):
            raise ConfigurationError(f"{file}: second_leak.{name} must be neurons of a population that the file has.")
        if not all(type(each) is int and 0 <= each < placements[name].n for each in neurons):
            raise ConfigurationError(f"{file}: second_leak.{name} must be numbers from 0 to {placements[name].n - 1}.")
    return dict(data)
