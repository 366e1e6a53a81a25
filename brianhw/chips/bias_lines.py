"""What a file says about DYNAP-SE1's biases: for each, which circuit parameter it sets, and with which numbers.

The file of the package has everything, with a source and how far to trust it. A lab's own file replaces numbers in it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from brianhw.chips.bias_codes import BiasCode
from brianhw.errors import ParameterError, unknown_name

__all__ = ["BiasLine", "read_lines"]

SHIPPED = Path(__file__).with_name("dynapse1_biases.toml")
_FORMAT = 1

# key of a number in the file: attribute, and its unit in SI
_NUMBERS = {
    "factor": ("factor", 1.0),
    "capacitance_pF": ("capacitance", 1e-12),
    "voltage_V": ("voltage", 1.0),
    "pulse_us": ("pulse_length", 1e-6),
}
_WORDS = ("source", "trust")


@dataclass(frozen=True)
class BiasLine:
    """One bias of the map: its law and the numbers in it, in SI units. The laws are explained in the file.

    Attributes
    ----------
    law : str
        ``"current"``, ``"duration"``, ``"leak"``, ``"second leak"``, ``"gain"`` or ``"weight"``; ``"none"`` where
        nothing of it is simulated.
    source, trust : str
        Where the numbers are from, and how far to trust them.
    factor : float
        Current of the circuit over that of the code.
    capacitance, voltage, pulse_length : float
        In farad, volt and second, where the law has them.
    parameter : str or None
        The parameter of the equations that it sets.
    quantity : str or None
        What it sets where that is no parameter of the equations.
    circuit : str or None
        The circuit it belongs to: a synapse type, "membrane", "membrane_2", "adaptation" or "synapses".
    usual : BiasCode
        Its code in the parameter file that comes with the labs' helper library.

    Examples
    --------
    >>> from brianhw.chips.bias_map import BiasMap
    >>> line = BiasMap.load().by_name["IF_TAU1_N"]
    >>> line.parameter, line.circuit, f"{line.capacitance * 1e12:.3g} pF"
    ('Isoma_dpi_tau', 'membrane', '2 pF')
    """

    name: str
    law: str
    usual: BiasCode
    source: str
    trust: str
    circuit: str | None = None
    parameter: str | None = None
    quantity: str | None = None
    factor: float = 0.0
    capacitance: float = 0.0
    voltage: float = 0.0
    pulse_length: float = 0.0
    capacitor: str | None = None
    leak: str | None = None
    gain: str | None = None
    ceiling: str | None = None
    pulse: str | None = None
    instead_of: str | None = None
    never_off: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The biases that what it sets depends on, too."""
        others = (self.leak, self.gain, self.ceiling, self.pulse, self.instead_of)
        return tuple(other for other in others if other is not None)


def read_lines(path: str | Path | None = None) -> tuple[BiasLine, ...]:
    """Return the 25 lines of the package's file, with the numbers of a lab's file in place of its own.

    Raises
    ------
    ParameterError, UnknownNameError
        If the lab's file is not one; the message names file, bias and key. Nothing in it is executed.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> from pathlib import Path
    >>> from brianhw.chips.bias_lines import read_lines
    >>> text = "format = 1\\n[IF_TAU1_N]\\ncapacitance_pF = 2.5\\nsource = 'measured on our board'\\n"
    >>> written = Path("ours.toml").write_text(text)
    >>> changed = next(line for line in read_lines("ours.toml") if line.name == "IF_TAU1_N")
    >>> changed.capacitance, changed.source
    (2.5e-12, 'measured on our board')
    """
    lines = _shipped()
    if path is None:
        return tuple(lines.values())
    path = Path(path)
    written = _tables(path)
    for name in written:
        if name not in lines:
            raise unknown_name(f"{path}", "bias to set; there is none called", name, lines)
    return tuple(_replaced(path, line, written[name]) if name in written else line for name, line in lines.items())


@cache
def _shipped() -> dict[str, BiasLine]:
    return {name: _line(name, table) for name, table in sorted(_tables(SHIPPED).items())}


def _line(name: str, table: Mapping[str, Any]) -> BiasLine:
    numbers = {_NUMBERS[key][0]: value * _NUMBERS[key][1] for key, value in table.items() if key in _NUMBERS}
    rest = {key: value for key, value in table.items() if key not in _NUMBERS}
    return BiasLine(**{"name": name, **rest, **numbers, "usual": BiasCode.of(rest["usual"])})


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    """Return the sections of a file of biases by name."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParameterError(f"{path} is not TOML: {error}.") from error
    version = content.pop("format", None)
    if version != _FORMAT or isinstance(version, bool):
        raise ParameterError(f"{path}: a file of biases begins with 'format = {_FORMAT}'; here it is {version!r}.")
    for name, table in content.items():
        if not isinstance(table, dict):
            raise ParameterError(f"{path}: {name} must be a section, [{name}] with keys below, not {table!r}.")
    return content


def _replaced(path: Path, line: BiasLine, table: Mapping[str, Any]) -> BiasLine:
    """Return *line* with what a lab's file says instead, checked."""
    where = f"{path}: {line.name}"
    shipped = _tables_of_the_package()[line.name]
    numbers = [key for key in shipped if key in _NUMBERS]
    changed: dict[str, Any] = {}
    for key, value in table.items():
        if key in numbers:
            attribute, unit = _NUMBERS[key]
            changed[attribute] = _positive(f"{where}: {key}", value) * unit
        elif key in _WORDS:
            changed[key] = _word(f"{where}: {key}", value)
        elif key not in shipped:
            raise ParameterError(f"{where} has no key {key!r}. A file may give {', '.join([*numbers, *_WORDS])}.")
        elif value != shipped[key]:
            raise ParameterError(
                f"{where}: {key} is {shipped[key]!r} on this chip, not {value!r}. "
                f"A file may give other values of {', '.join([*numbers, *_WORDS])} only."
            )
    if "source" not in changed:
        raise ParameterError(f"{where} gives no source. Say where the numbers are from: source = 'measured on ...'.")
    return replace(line, **{"trust": "as its source says", **changed})


@cache
def _tables_of_the_package() -> dict[str, dict[str, Any]]:
    return _tables(SHIPPED)


def _positive(where: str, value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise ParameterError(f"{where} must be a number above 0, not {value!r}.")
    return float(value)


def _word(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{where} must be a text that says something, not {value!r}.")
    return value
