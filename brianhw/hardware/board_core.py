"""A core of a board: biases as codes, and the circuit parameters that they give its neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from brian2 import Quantity, amp, second

from brianhw import html
from brianhw.chips.bias_codes import BiasCode, nearest_code
from brianhw.chips.bias_map import BiasMap, Realised, Silicon
from brianhw.chips.dynapse1 import BIASES
from brianhw.errors import ConfigurationError, ParameterError, unknown_name
from brianhw.hardware.circuits import Circuits
from brianhw.hardware.core import Core
from brianhw.hardware.register import Register
from brianhw.hardware.units import in_unit

__all__ = ["BoardCore", "StartingPoint"]

# as far beyond the largest current, half a step of its code, the largest code is still the nearest
_BEYOND = 0.002

# of a parameter in a file, in SI units: far beyond what a circuit has
_LARGEST = 1e6


class StartingPoint(NamedTuple):
    """What each core of a board begins with: all codes, and what they were asked for."""

    codes: Mapping[str, BiasCode]
    asked: Mapping[str, Realised]

    @classmethod
    def of(cls, owner: str, bias_map: BiasMap, parameters: Mapping[str, Any]) -> StartingPoint:
        """Return the codes that come nearest to *parameters* (with capacitances, to their time constants).

        Raises
        ------
        ParameterError
            If no codes give one of them.
        """
        values = {name: float(value) for name, value in parameters.items()}
        silicon = Silicon(**{name: values[name] for name in Silicon._fields})
        usual = bias_map.usual_codes()
        asked = bias_map.nearest_codes(values, usual, silicon=silicon)
        for each in asked.values():
            if not each.reached:
                line = bias_map.by_name[each.bias]
                raise ParameterError(
                    f"{owner}: {line.parameter} = {values[line.parameter or '']:.4g} (SI units) would need "
                    f"{each.asked:.4g} of {each.bias}, whose codes give {each.low:.4g} to {each.high:.4g}."
                )
        return cls({**usual, **_codes(asked)}, asked)


def with_code(owner: str, code: tuple[Any, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* with a bias that was given by position: name, coarse and fine code, or name and pair."""
    if not code:
        return dict(values)
    if len(code) not in (2, 3) or not isinstance(code[0], str) or code[0] in values:
        raise ParameterError(
            f"{owner}: a bias is given as bias('IF_DC_P', 1, 200) or bias(IF_DC_P=(1, 200)), not with {code!r}."
        )
    return {code[0]: code[1] if len(code) == 2 else code[1:], **values}


def _codes(found: Mapping[str, Realised]) -> dict[str, BiasCode]:
    return {bias: each.code for bias, each in found.items()}


class BoardCore(Core):
    """A core of a board; ``board.core("C1c2")`` gives it.

    Its 25 biases are codes, (coarse, fine); what the neurons have follows from them by the board's bias map. Each way
    of setting one ends at a code: by the code, by a nominal current, by a parameter of the neuron, or by what is
    meant (:meth:`time_constant`, :meth:`gain`, ...). A bias that is changed leaves the codes of all others alone; a
    gain is a ratio to a leak, so that it changes with the leak's code, as on the chip.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board
    >>> core = Board().core("C1c2")
    >>> core.bias(IF_DC_P=(1, 200), PS_WEIGHT_EXC_F_N=1*uA, Isoma_dpi_tau=5*pA)
    >>> core.codes["IF_DC_P"], core.codes["PS_WEIGHT_EXC_F_N"]
    (BiasCode(coarse=1, fine=200), BiasCode(coarse=6, fine=80))
    >>> core.time_constant("AMPA", 10*ms).code
    BiasCode(coarse=1, fine=211)
    """

    def __init__(
        self, circuits: Circuits, register: Register, number: int, bias_map: BiasMap, start: StartingPoint
    ) -> None:
        super().__init__(circuits, register, number)
        self.bias_map = bias_map
        self._codes: dict[str, BiasCode] = {}
        self._asked: dict[str, Realised] = {}
        self._second: dict[str, float] = {}  # of neurons that leak with IF_TAU2_N, where it differs
        self._adopt(dict(start.codes), dict(start.asked))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in BIASES:  # an attribute of that name would be silently without effect
            raise AttributeError(f"{self._name}: a bias is set by a call, bias({name}={value!r}).")
        super().__setattr__(name, value)

    # -- reading --------------------------------------------------------------------------------

    @property
    def codes(self) -> dict[str, BiasCode]:
        """The code of each of the 25 biases."""
        return dict(self._codes)

    @property
    def asked(self) -> dict[str, Realised]:
        """For each bias that was set by a value: the value that was asked for and the one realised, in SI units."""
        return dict(self._asked)

    def value(self, name: str, second_leak: bool = False) -> Quantity:
        """Return what the codes give of one parameter, before mismatch; if asked, of neurons that leak by IF_TAU2_N."""
        return self._quantity(name, self._second.get(name, self._values[name]) if second_leak else self._values[name])

    def jump(self, synapse_type: str) -> float:
        """Return what one pulse of one word adds to the current of a synapse type (ampere), before mismatch."""
        return self.bias_map.value("jump", self._codes, of=synapse_type, silicon=self._silicon({}))

    def changed_biases(self) -> dict[str, Quantity]:
        return {}  # a summary of a board shows codes

    def _repr_html_(self) -> str:
        rows = []
        for bias, code in self._codes.items():
            asked = self._asked.get(bias)
            said = "" if asked is None else f"{asked.realised:.4g} where {asked.asked:.4g} was asked for"
            rows.append([bias, f"({code.coarse}, {code.fine})", str(code.current * amp), said])
        title = html.paragraph(f"{self._name}: biases")
        return title + html.table(["bias", "(coarse, fine)", "nominal current", "SI units"], rows)

    @property
    def _name(self) -> str:
        return f"{self.circuits.name} {self.circuits.description.core_name(self.number)}"

    # -- setting --------------------------------------------------------------------------------

    def bias(self, *code: Any, **values: Any) -> None:
        """Set biases, or parameters of every neuron on the core, also of those allocated later.

        Parameters
        ----------
        *code : str, int, int
            As labs write it, ``core.bias("IF_DC_P", 1, 200)``: the name of a bias, its coarse and its fine code.
        **values : (coarse, fine) or Quantity
            By the name of a bias, its code or a nominal current (the nearest code is taken); by the name of a
            parameter, a value that the nearest codes give. Parameters that no bias sets (thresholds, the
            dark current) take the value itself.

        Raises
        ------
        UnknownNameError, UnitError, ParameterError
            If there is no such bias or parameter, the value has the wrong unit, or no code gives it: says
            what is in reach. Nothing has been set then.
        """
        self._adopt(*self._planned(with_code(self._name, code, values)))

    def check_biases(self, values: Mapping[str, Any]) -> None:
        self._planned(values)

    def _planned(self, values: Mapping[str, Any]) -> tuple[dict[str, BiasCode], dict[str, Realised], dict[str, float]]:
        """Return codes, what was asked of them, and values that no bias sets, as they would be; raise where not."""
        named = {name: value for name, value in values.items() if name in self.bias_map.by_name}
        others = {name: value for name, value in values.items() if name not in named}
        self._check_parameters(others)
        codes, asked = dict(self._codes), dict(self._asked)
        for name, value in named.items():
            codes[name] = self._code(name, value)
            asked.pop(name, None)
        decided = self.bias_map.by_parameter
        twice = [line for name, line in decided.items() if line.name in named and name in others]
        if twice:
            raise ParameterError(
                f"{self._name}: {twice[0].parameter!r} is what {twice[0].name} sets; give one of the two, not both."
            )
        free = {name: float(np.ravel(value)[0]) for name, value in others.items() if name not in decided}
        silicon = self._silicon(free)
        wanted = {name: float(np.ravel(value)[0]) for name, value in others.items() if name in decided}
        found = self.bias_map.nearest_codes(wanted, codes, silicon=silicon)
        for each in found.values():
            if not each.reached:
                name = self.bias_map.by_name[each.bias].parameter or each.bias
                self.bias_map.code_for(name, each.asked, {**codes, **_codes(found)}, silicon=silicon)
        return {**codes, **_codes(found)}, {**asked, **found}, free

    def time_constant(self, circuit: str, value: Quantity) -> Realised:
        """Set the leak of a circuit so that it has this time constant.

        Parameters
        ----------
        circuit : {"membrane", "membrane_2", "adaptation", "AMPA", "NMDA", "GABA_A", "GABA_B"}
        value : Quantity, second

        Returns
        -------
        Realised
            The code, what was asked and what it gives, and the range of all codes (SI units).

        Raises
        ------
        ParameterError
            If no code gives it; says what is in reach. So do the others below.
        """
        return self._intend("time_constant", value, second, circuit)

    def gain(self, circuit: str, value: float) -> Realised:
        """Set the gain of a circuit, its threshold current over its leak (IF_THR_N for ``"membrane"``)."""
        return self._intend("gain", value, None, circuit)

    def threshold(self, circuit: str, value: Quantity) -> Realised:
        """Set the threshold current of a circuit, its gain times its leak, in ampere."""
        return self._intend("threshold_current", value, amp, circuit)

    def weight(self, circuit: str, value: Quantity) -> Realised:
        """Set what one pulse adds to a circuit's current, its weight times its gain, in ampere."""
        return self._intend("jump", value, amp, circuit)

    def refractory(self, value: Quantity) -> Realised:
        """Set the refractory period."""
        return self._intend("refractory_period", value, second)

    def pulse_width(self, value: Quantity) -> Realised:
        """Set how long the pulse of an incoming event is, for all four types together."""
        return self._intend("pulse_width", value, second)

    def adaptation(self, time_constant: Quantity, jump: Quantity) -> dict[str, Realised]:
        """Switch adaptation on: its cascode opens, each spike adds *jump* (ampere), which decays with a time constant.

        Raises
        ------
        ParameterError
            If no codes give it. Nothing has been set then.
        """
        wanted = {
            "time_constant": in_unit(f"{self._name}: the time constant of adaptation", time_constant, second),
            "jump": in_unit(f"{self._name}: the jump of adaptation", jump, amp),
        }
        silicon, codes = self._silicon({}), dict(self._codes)
        found: dict[str, Realised] = {}
        gain = self.bias_map.value("gain", codes, of="adaptation", silicon=silicon)
        for what, value in (
            ("time_constant", wanted["time_constant"]),
            ("gain", gain or 1.0),
            ("jump", wanted["jump"]),
        ):
            if what == "jump":
                codes["IF_CASC_N"] = BiasCode(7, 255)
            each = self.bias_map.code_for(what, value, codes, of="adaptation", silicon=silicon)
            found[each.bias] = each
            codes[each.bias] = each.code
        self._adopt(codes, {**self._asked, **found})
        return found

    def _intend(self, what: str, value: Any, unit: Any, circuit: str | None = None) -> Realised:
        number = in_unit(f"{self._name}: the {what.replace('_', ' ')}", value, 1 if unit is None else unit)
        found = self.bias_map.code_for(what, number, self._codes, of=circuit, silicon=self._silicon({}))
        self._adopt({**self._codes, found.bias: found.code}, {**self._asked, found.bias: found})
        return found

    def _code(self, name: str, value: Any) -> BiasCode:
        if isinstance(value, Quantity):
            current = in_unit(
                f"{self._name}: {name} takes a code (coarse, fine) or a current (refractory, time_constant and "
                "pulse_width of the core take times), which", value, amp,
            )  # fmt: skip
            if current > BiasCode(7, 255).current * (1 + _BEYOND):
                raise ParameterError(f"{self._name}: codes give {name} from 0 to 24 uA, {value} was asked for.")
            return nearest_code(current)
        if np.ndim(value) == 0 and not isinstance(value, (str, Mapping)):
            raise ParameterError(
                f"{self._name}: {name} takes a code (coarse, fine) or a current with its unit, as 5*pA, not {value!r}."
            )
        return BiasCode.of(value)

    # -- from codes to neurons ------------------------------------------------------------------

    def _check_parameters(self, values: Mapping[str, Any]) -> None:
        for name in values:
            if name not in self._values:
                known = self._values if name.lower() in map(str.lower, self._values) else self.bias_map.by_name
                raise unknown_name(self._name, "bias or parameter", name, known)
        super().check_biases(values)
        held = [name for name in values if name in self.bias_map.capacitances]
        if held:
            raise ParameterError(
                f"{self._name}: {held[0]!r} is the silicon's and comes with the bias map; give the "
                "board a map with another capacitance, or ask for a time constant."
            )

    def _silicon(self, changed: Mapping[str, float]) -> Silicon:
        return Silicon(**{name: changed.get(name, float(self._values[name])) for name in Silicon._fields})

    def _adopt(
        self, codes: dict[str, BiasCode], asked: dict[str, Realised], free: Mapping[str, float] | None = None
    ) -> None:
        """Let these codes, and these values that no bias sets, hold, and give the neurons what they realise."""
        changed = {bias for bias, code in codes.items() if code != self._codes.get(bias)}
        silicon = self._silicon(free or {})
        values = {name: float(value) for name, value in self._values.items()} | dict(free or {})
        values |= self.bias_map.parameters(codes, silicon=silicon)
        second = self.bias_map.parameters(codes, silicon=silicon, second_leak=True)
        second = {name: value for name, value in second.items() if value != values[name]}
        differing = {name for name, value in values.items() if value != float(self._values[name])}
        differing |= {
            name for name in second.keys() | self._second.keys() if second.get(name) != self._second.get(name)
        }
        # what was asked of a bias is past where another that it depends on has changed since
        self._asked = {
            bias: each
            for bias, each in asked.items()
            if each is not self._asked.get(bias) or not changed & self._needed(bias)
        }
        self._codes, self._second = codes, second
        self._values = {name: self._quantity(name, value) for name, value in values.items()}
        for population in self.populations:
            population.take_biases(sorted(differing))

    def _needed(self, bias: str) -> set[str]:
        needs = {bias}
        for other in self.bias_map.by_name[bias].needs:
            needs |= self._needed(other)
        return needs

    # -- as data --------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """Return all that is set on the core as plain data: codes, and parameters that no bias sets (SI units)."""
        held = {*self.bias_map.by_parameter, *self.bias_map.capacitances}
        return {
            "codes": {bias: list(code) for bias, code in self._codes.items()},
            "parameters": {name: float(value) for name, value in self._values.items() if name not in held},
        }

    def checked_settings(self, where: str, settings: Any) -> dict[str, Any]:
        """Return *settings* of a file, checked; raise :class:`ConfigurationError` where they are none."""
        if not isinstance(settings, Mapping) or set(settings) != {"codes", "parameters"}:
            raise ConfigurationError(f"{where} must hold 'codes' and 'parameters', not {str(settings)[:60]!r}.")
        codes, parameters = settings["codes"], settings["parameters"]
        if not isinstance(codes, Mapping) or set(codes) != set(self._codes):
            raise ConfigurationError(f"{where}.codes must have a pair for each of the {len(self._codes)} biases.")
        own = self.settings()["parameters"]
        if not isinstance(parameters, Mapping) or set(parameters) != set(own):
            raise ConfigurationError(f"{where}.parameters must have a number for each of {', '.join(own)}.")
        for name, value in parameters.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
                raise ConfigurationError(f"{where}.parameters.{name} must be a finite number, not {str(value)[:60]!r}.")
        self._check_parameters({name: self._quantity(name, value) for name, value in parameters.items()})
        return {
            "codes": {bias: list(BiasCode.of(code)) for bias, code in codes.items()},
            "parameters": dict(parameters),
        }

    def put_back(self, settings: Mapping[str, Any]) -> None:
        """Set all that :meth:`settings` gave."""
        codes = {bias: BiasCode.of(code) for bias, code in settings["codes"].items()}
        asked = {bias: each for bias, each in self._asked.items() if each.code == codes[bias]}
        self._adopt(codes, asked, settings["parameters"])
