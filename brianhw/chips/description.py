"""What a chip is to the rest of the package: sizes, limits and rules, each with its source."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from textwrap import fill
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from brianhw.chips.weight import WeightRule
from brianhw.errors import ParameterError, UnknownNameError

__all__ = ["ChipDescription"]

_CORE_NAME = re.compile(r"(?:core[ _]?)?(0|[1-9][0-9]*)", re.ASCII | re.IGNORECASE)


def _rebuild(values: dict[str, Any]) -> ChipDescription:
    return ChipDescription(**values)


def _positive(owner: str, name: str, value: Any) -> int:
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ParameterError(f"{owner}: {name} must be a whole number, not {value!r}.") from None
    if number < 1:
        raise ParameterError(f"{owner}: {name} must be at least 1, not {number}.")
    return number


def _names(owner: str, name: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not all(isinstance(value, str) and value for value in values):
        raise ParameterError(f"{owner}: {name} must be a sequence of names, not {values!r}.")
    if len(set(values)) < len(tuple(values)):
        raise ParameterError(f"{owner}: {name} holds a name twice: {', '.join(values)}.")
    return tuple(values)


@dataclass(frozen=True)
class ChipDescription:
    """The limits of one chip. A limit of None is no limit.

    Attributes
    ----------
    cores, neurons_per_core : int
        How many there are.
    fan_in : int or None
        Input words per neuron; ``word`` is what one is called (plural with s).
    fan_out : int or None
        Destinations per neuron; ``destination`` is what one is called.
    fan_out_counts : {"synapses", "cores", "chips"}
        What takes one destination: each of the neuron's synapses, or each of the cores or chips that hold at
        least one neuron it sends to.
    synapse_types : tuple of str
        What a connection may be made of; empty allows any name.
    weights : WeightRule
        The weights a synapse may have and the input words one takes.
    weight_unit : str
        SI unit of weights, for messages and reports; empty if they have none.
    shared : tuple of str
        The biases that have one value for all neurons of a core.
    senders_per_core : int or None
        How many different senders the neurons of one core can tell apart together.
    external_sources : int or None
        How many different neurons outside the chip can send to it, on whatever core they are heard.
    sources : mapping of str to str
        Where each limit is from, by the name of the attribute.
    """

    name: str
    cores: int
    neurons_per_core: int
    fan_in: int | None = None
    fan_out: int | None = None
    fan_out_counts: Literal["synapses", "cores", "chips"] = "synapses"
    word: str = "input word"
    destination: str = "destination"
    synapse_types: tuple[str, ...] = ()
    weights: WeightRule = field(default_factory=WeightRule.any)
    weight_unit: str = ""
    shared: tuple[str, ...] = ()
    senders_per_core: int | None = None
    external_sources: int | None = None
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)  # the dataclass is frozen; this is its constructor

        for name in ("name", "word", "destination"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise ParameterError(f"A chip description needs a {name}, not {getattr(self, name)!r}.")
        for name in ("cores", "neurons_per_core", "fan_in", "fan_out", "senders_per_core", "external_sources"):
            value = getattr(self, name)
            if value is not None or name in ("cores", "neurons_per_core"):
                put(name, _positive(self.name, name, value))
        if self.fan_out_counts not in ("synapses", "cores", "chips"):
            raise ParameterError(
                f"{self.name}: fan_out_counts must be 'synapses', 'cores' or 'chips', not {self.fan_out_counts!r}."
            )
        put("synapse_types", _names(self.name, "synapse_types", self.synapse_types))
        put("shared", _names(self.name, "shared", self.shared))
        rule = WeightRule.of(self.weights)
        put("weights", replace(rule, word=self.word, unit=self.weight_unit))
        unknown = set(self.sources) - {each.name for each in fields(self)}
        if unknown:
            raise ParameterError(f"{self.name}: sources of unknown limits: {', '.join(sorted(unknown))}.")
        put("sources", MappingProxyType(dict(self.sources)))

    def __reduce__(self) -> tuple[Any, ...]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return _rebuild, ({**values, "sources": dict(self.sources)},)  # a mapping proxy cannot be pickled

    @property
    def neurons(self) -> int:
        """How many neurons the whole chip has."""
        return self.cores * self.neurons_per_core

    @property
    def address_bits(self) -> int:
        """How many bits number all neurons of the chip."""
        return (self.neurons - 1).bit_length()

    def core_number(self, core: Any) -> int:
        """Return the number of *core*: an integer from 0, or a name as in "Core_1", "core 1", "1".

        Raises
        ------
        UnknownNameError
            if there is no such core; a boolean is never one.
        """
        if isinstance(core, str):
            match = _CORE_NAME.fullmatch(core.strip())
            number = int(match.group(1)) if match else -1
        else:
            number = -1 if isinstance(core, (bool, np.bool_)) else _index_or(core, -1)
        if 0 <= number < self.cores:
            return number
        last = self.cores - 1
        cores = "The only core is 0" if last == 0 else f"Cores are 0 to {last}"
        near = []
        if isinstance(core, str):
            near = get_close_matches(core, [f"Core_{known}" for known in range(self.cores)], n=1)
        elif number > last:
            near = [str(last)]
        advice = f"did you mean {near[0]}?" if near else "give a number or a name such as 'Core_0'."
        raise UnknownNameError(f"{self.name} has no core {core!r}. {cores}; {advice}")

    def describe(self) -> str:
        """Return all limits as text, each with its source."""
        lines = [f"{self.name}: {self.cores} cores of {self.neurons_per_core} neurons, {self.neurons} in all"]
        lines += [f"  {name:<14} {text}" for name, text in self._limits()]
        if self.shared:
            lines.append(
                fill(" ".join(self.shared), 96, initial_indent="  shared by a core: ", subsequent_indent=" " * 4)
            )
        by_source: dict[str, list[str]] = {}
        for name, source in self.sources.items():
            by_source.setdefault(source, []).append(name)
        for source, names in by_source.items():
            lines.append(
                fill(f"source of {', '.join(names)}: {source}", 96, initial_indent="  ", subsequent_indent="    ")
            )
        return "\n".join(lines)

    def _limits(self) -> list[tuple[str, str]]:
        each = {"synapses": "synapse", "cores": "core it sends to", "chips": "chip it sends to"}[self.fan_out_counts]
        outside = (
            [] if self.external_sources is None else [("outside", f"{self.external_sources} different senders in all")]
        )
        return [
            ("addresses", f"{self.address_bits} bits"),
            ("fan-in", "unlimited" if self.fan_in is None else f"{self.fan_in} {self.word}s per neuron"),
            (
                "fan-out",
                "unlimited"
                if self.fan_out is None
                else f"{self.fan_out} {self.destination}s per neuron, one per {each}",
            ),
            (
                "senders",
                "unlimited" if self.senders_per_core is None else f"{self.senders_per_core} different ones per core",
            ),
            *outside,
            ("synapse types", ", ".join(self.synapse_types) or "any"),
            ("weights", self.weights.describe().removeprefix("weights are ").removeprefix("a weight is ")),
        ]


def _index_or(value: Any, otherwise: int) -> int:
    try:
        return operator.index(value)
    except TypeError:
        return otherwise
