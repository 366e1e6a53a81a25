"""Labs' files of DYNAP-SE1 biases: read, checked entry by entry, and written. Nothing in them is executed.

Two forms are in use, both of the public samna helper. Lines, one bias each::

    C0c0:(IF_AHTAU_N,4,80)

and JSON, a list of the same under "parameters"::

    {"chip": 0, "core": 0, "parameter_name": "IF_AHTAU_N", "coarse_value": 4, "fine_value": 80}

In JSON the keys "name", "coarse" and "fine" are read as well. A file may leave out biases and cores, as the helper
allows.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from brianhw.chips.bias_codes import BiasCode
from brianhw.chips.dynapse1 import BIASES
from brianhw.errors import ParameterError, unknown_name

__all__ = ["CoreCodes", "biases_as_text", "biases_from_text", "read_biases", "write_biases"]

CoreCodes = dict[tuple[int, int], dict[str, BiasCode]]
"""By (chip, core), then by the name of the bias."""

Format = Literal["lines", "json"]

_CHIPS = 4  # on a board
_CORES = 4  # on a chip
_LINE = re.compile(
    r"\s*C\s*(\d{1,9})\s*c\s*(\d{1,9})\s*:\s*\(\s*(\w+)\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*\)\s*", re.ASCII
)
_KEYS = ("chip", "core", "parameter_name", "coarse_value", "fine_value")
_SHORT = {"name": "parameter_name", "coarse": "coarse_value", "fine": "fine_value"}


def read_biases(path: str | Path) -> CoreCodes:
    """Return the codes in a lab's file of either form, by (chip, core) and bias.

    Raises
    ------
    ParameterError, UnknownNameError
        If an entry is wrong; the message names the file, the line or entry, what was found and what is allowed.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.chips.bias_files import read_biases
    >>> lines = Path("lab.txt").write_text("C0c0:(IF_THR_N,5,80)\\nC1c2:(IF_DC_P,1,30)\\n")
    >>> codes = read_biases("lab.txt")
    >>> codes[1, 2]["IF_DC_P"]
    BiasCode(coarse=1, fine=30)
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is no text in UTF-8: {error}.") from error
    return biases_from_text(text, str(path))


def write_biases(
    path: str | Path, codes: Mapping[tuple[int, int], Mapping[str, Any]], *, format: Format | None = None
) -> None:
    """Write codes, by (chip, core) and bias, as a file that the labs' helper reads.

    Parameters
    ----------
    format : {"lines", "json"}, optional
        By default JSON if the file's name ends in .json.

    Raises
    ------
    ParameterError, UnknownNameError
        If a chip, core, bias or code does not exist. Nothing has been written then.

    Examples
    --------
    >>> from brianhw.chips.bias_files import read_biases, write_biases
    >>> write_biases("lab.json", {(0, 1): {"IF_THR_N": (5, 80), "IF_DC_P": (1, 30)}})
    >>> read_biases("lab.json")[0, 1]["IF_DC_P"]
    BiasCode(coarse=1, fine=30)
    """
    chosen = format or ("json" if Path(path).suffix.lower() == ".json" else "lines")
    Path(path).write_text(biases_as_text(codes, chosen), encoding="utf-8", newline="\n")


def biases_from_text(text: str, origin: str = "biases") -> CoreCodes:
    """Return the codes in the text of a file; *origin* is what messages call it.

    Raises
    ------
    ParameterError, UnknownNameError
        As :func:`read_biases`.

    Examples
    --------
    >>> from brianhw.chips.bias_files import biases_from_text
    >>> codes = biases_from_text("C0c0:(IF_THR_N,5,80)\\nC0c0:(IF_DC_P,1,30)")
    >>> codes[0, 0]["IF_THR_N"]
    BiasCode(coarse=5, fine=80)
    """
    found: CoreCodes = {}
    places: dict[tuple[int, int, str], str] = {}
    entries = _from_json(text, origin) if text.lstrip()[:1] in ("{", "[") else _from_lines(text, origin)
    for where, (chip, core, name, coarse, fine) in entries:
        core_of, bias, code = _checked(f"{origin}, {where}", chip, core, name, (coarse, fine))
        first = places.setdefault((*core_of, bias), where)
        if first != where:
            raise ParameterError(
                f"{origin}, {where}: {bias} of chip {core_of[0]}, core {core_of[1]} was given already in {first}. "
                "Keep one of the two."
            )
        found.setdefault(core_of, {})[bias] = code
    if not found:
        raise ParameterError(f"{origin} sets no bias. A line is C0c0:(IF_AHTAU_N,4,80).")
    return found


def biases_as_text(codes: Mapping[tuple[int, int], Mapping[str, Any]], format: Format = "lines") -> str:
    """Return codes, by (chip, core) and bias, as the text of a file: in the order of chips, cores and names.

    Raises
    ------
    ParameterError, UnknownNameError
        As :func:`write_biases`, or if there is no code.

    Examples
    --------
    >>> from brianhw.chips.bias_files import biases_as_text
    >>> print(biases_as_text({(1, 2): {"IF_THR_N": (5, 80), "IF_DC_P": (1, 30)}}), end="")
    C1c2:(IF_DC_P,1,30)
    C1c2:(IF_THR_N,5,80)
    """
    if format not in ("lines", "json"):
        raise unknown_name("DYNAP-SE1", "format of bias files", format, ("lines", "json"))
    checked = [
        _checked("DYNAP-SE1", *_pair(place), name, code) for place, core in codes.items() for name, code in core.items()
    ]
    if not checked:
        raise ParameterError("DYNAP-SE1: there is no code to write.")
    entries = [(*place, name, *code) for place, name, code in sorted(checked)]
    if format == "json":
        return json.dumps({"parameters": [dict(zip(_KEYS, each, strict=True)) for each in entries]}, indent=4) + "\n"
    return "".join(f"C{chip}c{core}:({name},{coarse},{fine})\n" for chip, core, name, coarse, fine in entries)


# -- entries ----------------------------------------------------------------------------------------


def _from_lines(text: str, origin: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ParameterError(
                f"{origin}, line {number}: {_short(line.strip())} is no bias. A line is C0c0:(IF_AHTAU_N,4,80): "
                "chip, core, and in brackets the bias, its coarse and its fine code."
            )
        chip, core, name, coarse, fine = match.groups()
        yield f"line {number}", (int(chip), int(core), name, int(coarse), int(fine))


def _from_json(text: str, origin: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    try:
        content = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise ParameterError(f"{origin}, line {error.lineno}: this is not JSON: {error.msg}.") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise ParameterError(f"{origin} is not JSON of biases: {error}.") from error
    entries = content.get("parameters") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise ParameterError(
            f'{origin}: biases in JSON are a list, by itself or under "parameters", of entries with the keys '
            f"{', '.join(_KEYS)}; there is none."
        )
    for number, entry in enumerate(entries, start=1):
        where = f"entry {number}"
        values = _renamed(entry)
        if values is None or set(values) != set(_KEYS):
            raise ParameterError(
                f"{origin}, {where}: {_short(entry)} is no bias. An entry has the keys {', '.join(_KEYS)}."
            )
        yield where, tuple(values[key] for key in _KEYS)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; the library would keep the last of two equal keys without a word."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError(f"a key is there twice in {_short(pairs)}")
    return values


def _renamed(entry: Any) -> dict[str, Any] | None:
    """Return an entry with the long names of its keys; None if it is no entry, or has a key by both names."""
    if not isinstance(entry, dict):
        return None
    long: dict[Any, Any] = {key: key for key in entry} | _SHORT
    values = {long[key]: value for key, value in entry.items()}
    return values if len(values) == len(entry) else None


def _checked(where: str, chip: Any, core: Any, name: Any, code: Any) -> tuple[tuple[int, int], str, BiasCode]:
    place = _number(where, "chip", chip, _CHIPS), _number(where, "core", core, _CORES)
    if not isinstance(name, str) or name not in BIASES:
        raise unknown_name(where + ": DYNAP-SE1", "bias", name, BIASES)
    try:
        return place, name, BiasCode.of(code)
    except ParameterError as error:
        raise ParameterError(f"{where}: {name}: {error}") from None


def _number(where: str, what: str, value: Any, many: int) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < many:
        raise ParameterError(f"{where}: a {what} is a whole number from 0 to {many - 1}, not {_short(value)}.")
    return number


def _pair(place: Any) -> tuple[Any, Any]:
    if not isinstance(place, tuple) or len(place) != 2:
        raise ParameterError(f"DYNAP-SE1: the codes of a core go by (chip, core), not {place!r}.")
    return place


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
