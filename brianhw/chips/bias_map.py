"""From the codes of DYNAP-SE1's biases to the parameters of the circuits, and back to the nearest codes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brianhw.chips.bias_codes import BiasCode, usable_codes
from brianhw.chips.bias_lines import BiasLine, read_lines
from brianhw.errors import ParameterError, unknown_name

__all__ = ["INTENTS", "BiasMap", "Realised", "Silicon"]


class Silicon(NamedTuple):
    """What no bias sets and the map depends on, by the names of the equations; the values are the simulator's.

    Examples
    --------
    >>> from brianhw.chips.bias_map import BiasMap, Silicon
    >>> biases = BiasMap.load()
    >>> warm = biases.value("time_constant", biases.usual_codes(), of="membrane", silicon=Silicon(Ut=27e-3))
    >>> round(warm, 4)
    0.0488
    """

    kn: float = 0.75
    kp: float = 0.66
    Ut: float = 25e-3  # volt
    I0: float = 1e-12  # ampere

    @property
    def kappa(self) -> float:
        """The subthreshold slope factor of the circuits."""
        return (self.kn + self.kp) / 2


_SIMULATOR = Silicon()


class Realised(NamedTuple):
    """What a bias gives for what was asked of it, in SI units: *low* to *high* is all that its codes give.

    As text: ``20 ms with IF_TAU1_N (4, 181); 20 ms was asked for, 29.6 us to 70.9 ms are in reach``.

    Examples
    --------
    >>> from brianhw.chips.bias_map import BiasMap
    >>> biases = BiasMap.load()
    >>> found = biases.code_for("time_constant", 20e-3, biases.usual_codes(), of="membrane")
    >>> print(found)
    20 ms with IF_TAU1_N (4, 181); 20 ms was asked for, 29.6 us to 70.9 ms are in reach
    >>> f"{found.deviation:+.2%}"
    '-0.08%'
    """

    bias: str
    code: BiasCode
    asked: float
    realised: float
    low: float
    high: float
    unit: str = ""

    def __str__(self) -> str:
        asked, realised, low, high = (_text(each, self.unit) for each in self[2:6])
        with_ = f"{realised} with {self.bias} {tuple(self.code)}"
        return f"{with_}; {asked} was asked for, {low} to {high} are in reach"

    @property
    def reached(self) -> bool:
        """Whether what was asked lies in the range, so that only the step of the codes is between the two."""
        return _within(self.asked, self.low, self.high)

    @property
    def deviation(self) -> float:
        """How far the realised value is from the asked one, as a share of that."""
        if self.realised == self.asked:
            return 0.0
        return math.inf if self.asked == 0 else self.realised / self.asked - 1


class _Intent(NamedTuple):
    """What is asked for: of lines with this *law*, of one circuit only where *circuit* says so."""

    law: str
    unit: str
    circuit: str | None = None


# What may be asked for beside parameters of the equations, and its SI unit.
INTENTS: Mapping[str, _Intent] = MappingProxyType(
    {
        "time_constant": _Intent("leak", "s"),
        "gain": _Intent("gain", ""),
        "threshold_current": _Intent("gain", "A"),
        "weight_current": _Intent("weight", "A"),
        "jump": _Intent("weight", "A"),
        "refractory_period": _Intent("duration", "s", "membrane"),
        "pulse_width": _Intent("duration", "s", "synapses"),
    }
)

# A value depends on those before it; a search for several follows this order.
_ORDER = ("current", "duration", "leak", "second leak", "gain", "weight")
_UNITS = {"current": "A", "duration": "s", "leak": "A", "second leak": "A", "gain": "", "weight": "A"}

_Currents = Mapping[str, Any]  # by bias: a number, or one for each code


@dataclass(frozen=True)
class BiasMap:
    """What each bias of a core does to its circuits, and the codes that come nearest to what is wanted.

    Codes are those of one core, by the bias's name. Values are numbers in SI units.

    Examples
    --------
    >>> from brianhw.chips.bias_map import BiasMap
    >>> biases = BiasMap.load()
    >>> codes = biases.usual_codes()
    >>> round(biases.value("time_constant", codes, of="membrane"), 4)
    0.0452
    >>> biases.code_for("time_constant", 20e-3, codes, of="membrane").code
    BiasCode(coarse=4, fine=181)
    """

    lines: tuple[BiasLine, ...]

    @classmethod
    def load(cls, path: str | Path | None = None) -> BiasMap:
        """Return the map of the package, with the numbers of a lab's own file in place of its own.

        Raises
        ------
        ParameterError, UnknownNameError
            If the file is wrong; the message names file, bias and key. Nothing in it is executed.
        """
        return cls(read_lines(path))

    @cached_property
    def by_name(self) -> Mapping[str, BiasLine]:
        """The lines by the name of their bias."""
        return {line.name: line for line in self.lines}

    @cached_property
    def by_parameter(self) -> Mapping[str, BiasLine]:
        """The lines that set a parameter of the equations, by its name."""
        return {line.parameter: line for line in self.lines if line.parameter}

    @cached_property
    def capacitances(self) -> Mapping[str, float]:
        """The capacitances (farad) that come with the map, by the name that the equations have for them."""
        return {line.capacitor: line.capacitance for line in self.lines if line.capacitor}

    def usual_codes(self) -> dict[str, BiasCode]:
        """Return the codes of a core in the parameter file that comes with the labs' helper library."""
        return {line.name: line.usual for line in self.lines}

    @property
    def assumed(self) -> tuple[str, ...]:
        """The biases whose numbers nobody has measured."""
        return tuple(line.name for line in self.lines if line.trust.startswith("assumed"))

    # -- from codes to values -----------------------------------------------------------------------

    def parameters(
        self, codes: Mapping[str, Any], *, silicon: Silicon = _SIMULATOR, second_leak: bool = False
    ) -> dict[str, float]:
        """Return the parameters of the circuits of a core from all its 25 codes.

        Parameters
        ----------
        codes : mapping of str to BiasCode
            Code of each bias, or a pair (coarse, fine).
        silicon : Silicon, optional
            What no bias sets.
        second_leak : bool
            For the neurons whose membrane leaks by IF_TAU2_N in place of IF_TAU1_N.
        """
        currents = self._currents(codes)
        if second_leak:
            for line in self._with_law("second leak"):
                other = self.by_name[line.instead_of or ""]
                currents[other.name] = line.factor / other.factor * currents[line.name]
        found = dict(self.capacitances)
        for name, line in self.by_parameter.items():
            found[name] = float(self._quantity(line, currents, silicon))
        return found

    def value(
        self, what: str, codes: Mapping[str, Any], *, of: str | None = None, silicon: Silicon = _SIMULATOR
    ) -> float:
        """Return what *codes* give of a parameter or an intent; see :meth:`code_for`."""
        line = self._line_of(what, of)
        return float(self._reading(what, line, self._currents(codes), silicon))

    def _currents(self, codes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: code.current for name, code in self._complete(codes).items()}

    def _complete(self, codes: Mapping[str, Any]) -> dict[str, BiasCode]:
        for name in codes:
            if name not in self.by_name:
                raise unknown_name("DYNAP-SE1", "bias", name, self.by_name)
        missing = [name for name in self.by_name if name not in codes]
        if missing:
            raise ParameterError(
                f"DYNAP-SE1: a core has {len(self.by_name)} biases; there is no code for {', '.join(missing)}. "
                "Begin with those of usual_codes()."
            )
        return {name: _code(name, codes[name]) for name in self.by_name}

    def _quantity(self, line: BiasLine, currents: _Currents, silicon: Silicon) -> Any:
        """Return what the bias sets; an array where a current is one."""
        current = line.factor * currents[line.name]
        if line.law in ("leak", "second leak"):
            return np.maximum(current, silicon.I0)
        if line.law == "gain":
            least = silicon.I0 if line.never_off else 0.0
            return np.maximum(current, least) / self._other(line.leak, currents, silicon)
        if line.law == "duration":
            return line.capacitance * line.voltage / np.maximum(current, silicon.I0)
        if line.law == "weight":
            charged = current * -np.expm1(-self._pulse(line, currents, silicon) / self._tau(line, currents, silicon))
            return charged * self._share(line, charged, currents, silicon)
        return current

    def _other(self, name: str | None, currents: _Currents, silicon: Silicon) -> Any:
        return self._quantity(self.by_name[name or ""], currents, silicon)

    def _tau(self, line: BiasLine, currents: _Currents, silicon: Silicon) -> Any:
        """Return the time constant of a leak, or of the leak that the line belongs to."""
        leak = self.by_name[line.leak] if line.leak else line
        capacitance = self.by_name[leak.instead_of].capacitance if leak.instead_of else leak.capacitance
        return capacitance * silicon.Ut / (silicon.kappa * self._quantity(leak, currents, silicon))

    def _pulse(self, line: BiasLine, currents: _Currents, silicon: Silicon) -> Any:
        return self._other(line.pulse, currents, silicon) if line.pulse else line.pulse_length

    def _share(self, line: BiasLine, charged: Any, currents: _Currents, silicon: Silicon) -> Any:
        """Return the share of a jump that the ceiling lets through."""
        if line.ceiling is None:
            return 1.0
        ceiling = self._other(line.ceiling, currents, silicon)
        jump = self._other(line.gain, currents, silicon) * charged
        # nothing passes a closed ceiling, also where there is nothing to pass
        return np.where(ceiling > 0, ceiling / np.where(ceiling > 0, jump + ceiling, 1.0), 0.0)

    def _reading(self, what: str, line: BiasLine, currents: _Currents, silicon: Silicon) -> Any:
        quantity = self._quantity(line, currents, silicon)
        if what == "time_constant":
            return self._tau(line, currents, silicon)
        if what == "threshold_current":
            return quantity * self._other(line.leak, currents, silicon)
        if what == "jump":
            return quantity * self._other(line.gain, currents, silicon)
        return quantity

    # -- from values to codes -----------------------------------------------------------------------

    def code_for(
        self,
        what: str,
        value: float,
        codes: Mapping[str, Any],
        *,
        of: str | None = None,
        silicon: Silicon = _SIMULATOR,
    ) -> Realised:
        """Return the code that comes nearest to *value*, found among all codes, the other biases staying as they are.

        Parameters
        ----------
        what : str
            A parameter of the equations, as ``"Iampa_tau"``, or an intent: ``"time_constant"``, ``"gain"``,
            ``"threshold_current"`` (gain times leak), ``"weight_current"`` (of one word), ``"jump"`` (weight
            current times gain, what one pulse adds), ``"refractory_period"``, ``"pulse_width"``.
        value : float
            In SI units.
        codes : mapping of str to BiasCode
            All 25 codes of the core; a gain depends on its leak's, a weight also on the pulse's.
        of : str, optional
            The circuit, where several have one: a synapse type, ``"membrane"``, ``"membrane_2"`` (the leak of
            IF_TAU2_N), ``"adaptation"``.

        Raises
        ------
        UnknownNameError
            If there is no such parameter, intent or circuit.
        ParameterError
            If no code gives a value as small or as large; the message says what the codes give.
        """
        line = self._line_of(what, of)
        complete = self._complete(codes)
        found = self._nearest(what, line, _number(what, value), complete, silicon)
        if not found.reached:
            raise ParameterError(self._out_of_reach(what, line, found, complete))
        return found

    def nearest_codes(
        self, parameters: Mapping[str, Any], codes: Mapping[str, Any], *, silicon: Silicon = _SIMULATOR
    ) -> dict[str, Realised]:
        """Return, by bias, the codes that come nearest to a whole set of parameters of the circuits.

        Leaks come first, then what depends on them. The capacitances are the map's: a leak is scaled so that its time
        constant stays that of the capacitance among *parameters*. Where adaptation is asked for, the cascode
        is opened. Parameters that no bias sets are left alone, and so are biases that set none of them: those
        keep *codes*. A value beyond what the codes give takes the last; its ``reached`` is false.

        Examples
        --------
        >>> from brianhw.chips.bias_map import BiasMap
        >>> biases = BiasMap.load()
        >>> found = biases.nearest_codes({"Iampa_tau": 2e-11, "Campa": 2e-12}, biases.usual_codes())
        >>> found["NPDPIE_TAU_F_P"].code
        BiasCode(coarse=2, fine=76)
        """
        complete = self._complete(codes)
        found: dict[str, Realised] = {}
        for line in sorted(self.lines, key=lambda each: _ORDER.index(each.law) if each.law in _ORDER else -1):
            if line.parameter is None or line.parameter not in parameters:
                continue
            asked = _number(line.parameter, parameters[line.parameter])
            if line.capacitor and line.capacitor in parameters:
                asked *= line.capacitance / _above_zero(line.capacitor, parameters[line.capacitor])
            if line.ceiling and asked > 0:
                self._open(self.by_name[line.ceiling], complete, found, silicon)
            found[line.name] = self._nearest(line.parameter, line, asked, complete, silicon)
            complete[line.name] = found[line.name].code
        return found

    def _open(self, line: BiasLine, codes: dict[str, BiasCode], found: dict[str, Realised], silicon: Silicon) -> None:
        values = self._over_codes("", line, codes, silicon)
        found[line.name] = self._nearest("", line, float(values.max()), codes, silicon)
        codes[line.name] = found[line.name].code

    def over_codes(
        self, what: str, codes: Mapping[str, Any], *, of: str | None = None, silicon: Silicon = _SIMULATOR
    ) -> NDArray[np.float64]:
        """Return, shape (1812,), what each of the usable codes of a bias gives, the others staying as they are."""
        return self._over_codes(what, self._line_of(what, of), self._complete(codes), silicon)

    def _over_codes(
        self, what: str, line: BiasLine, codes: Mapping[str, BiasCode], silicon: Silicon
    ) -> NDArray[np.float64]:
        currents = {name: code.current for name, code in codes.items()} | {line.name: usable_codes()[1]}
        return np.asarray(self._reading(what, line, currents, silicon), dtype=float)

    def _nearest(
        self, what: str, line: BiasLine, asked: float, codes: Mapping[str, BiasCode], silicon: Silicon
    ) -> Realised:
        values = self._over_codes(what, line, codes, silicon)
        best = values[np.argmin(np.abs(values - asked))]
        # Several codes give the same where the dark current takes over, and the last of them is where it does; where
        # nothing flows, none is best.
        alike = np.flatnonzero(values == best)
        code = BiasCode(*usable_codes()[0][alike[-1] if best else alike[0]].tolist())
        unit = _unit_of(what, line)
        return Realised(line.name, code, asked, float(best), float(values.min()), float(values.max()), unit)

    def _out_of_reach(self, what: str, line: BiasLine, found: Realised, codes: Mapping[str, BiasCode]) -> str:
        unit = _unit_of(what, line)
        of = f" of {line.circuit}" if what in INTENTS else ""
        needed = [f"{name} {tuple(codes[name])}" for name in self._needed(line)]
        given = f" with {', '.join(needed)}" if needed else ""
        if found.high == 0:
            off = " and ".join(f"{name} (0, 0)" for name in self._needed(line) if codes[name].current == 0)
            return (
                f"DYNAP-SE1: {line.name} gives no {what}{of} whatever its code, with {off}. Change the other biases "
                f"first, then ask for {_text(found.asked, unit)}."
            )
        return (
            f"DYNAP-SE1: {line.name} sets {what}{of} from {_text(found.low, unit)} to {_text(found.high, unit)}"
            f"{given}; {_text(found.asked, unit)} was asked for. Ask for a value in this range"
            f"{', or change the other biases first' if needed else ''}."
        )

    def _needed(self, line: BiasLine) -> list[str]:
        names = dict.fromkeys(line.needs)
        for name in line.needs:
            names |= dict.fromkeys(self._needed(self.by_name[name]))
        return list(names)

    # -- names --------------------------------------------------------------------------------------

    def _with_law(self, law: str) -> Iterator[BiasLine]:
        return (line for line in self.lines if line.law == law)

    def _line_of(self, what: str, of: str | None) -> BiasLine:
        """Return the line that decides a parameter, or an intent of a circuit."""
        if what in self.by_parameter:
            if of is not None:
                raise ParameterError(f"DYNAP-SE1: {what} is a parameter of one circuit; leave out of={of!r}.")
            return self.by_parameter[what]
        if what not in INTENTS:
            raise unknown_name("DYNAP-SE1", "parameter or intent", what, [*self.by_parameter, *INTENTS])
        law, _, only = INTENTS[what]
        laws = ("leak", "second leak") if law == "leak" else (law,)
        circuits = {
            line.circuit or "": line for line in self.lines if line.law in laws and only in (None, line.circuit)
        }
        if of is None and len(circuits) == 1:
            return next(iter(circuits.values()))
        if of not in circuits:
            if of is None:
                raise ParameterError(f"DYNAP-SE1: {what} of which circuit? Give of=, one of {', '.join(circuits)}.")
            raise unknown_name("DYNAP-SE1", f"circuit with a {what},", of, circuits)
        return circuits[of]

    def describe(self) -> str:
        """Return the map as text: what each bias sets, where its numbers are from, and how far to trust them."""
        rows = []
        for line in self.lines:
            sets = line.parameter or line.quantity or "nothing that is simulated"
            rows.append(f"{line.name:<18} {sets}\n    {line.source}; {line.trust}")
        return "\n".join(rows)


def _code(name: str, code: Any) -> BiasCode:
    try:
        return BiasCode.of(code)
    except ParameterError as error:
        raise ParameterError(f"{error} It was given for {name}.") from None


def _number(what: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, (bool, str)) or not 0 <= number < math.inf:
        raise ParameterError(f"DYNAP-SE1: {what} takes a finite number from 0 up, in SI units, not {value!r}.")
    return number


def _above_zero(what: str, value: Any) -> float:
    number = _number(what, value)
    if number == 0:
        raise ParameterError(f"DYNAP-SE1: {what} must be above 0.")
    return number


def _within(value: float, low: float, high: float) -> bool:
    slack = 1e-9  # a value that was computed from the end of the range
    return low * (1 - slack) <= value <= high * (1 + slack)


_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: ""}


def _unit_of(what: str, line: BiasLine) -> str:
    """Return the SI unit of what a bias is asked for: an intent, or the parameter that it sets."""
    return INTENTS[what].unit if what in INTENTS else _UNITS[line.law]


def _text(value: float, unit: str) -> str:
    """Return a number with its unit and the prefix that suits it."""
    if not unit or value == 0:
        return f"{value:.3g} {unit}".strip()
    exponent = min(max(3 * math.floor(math.log10(abs(value)) / 3), -15), 0)
    return f"{value / 10.0**exponent:.3g} {_PREFIXES[exponent]}{unit}"
