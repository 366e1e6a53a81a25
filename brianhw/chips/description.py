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

from brianhw import html
from brianhw.chips.weight import WeightRule
from brianhw.errors import ParameterError, UnknownNameError

__all__ = ["ChipDescription"]

_NUMBER = "(0|[1-9][0-9]*)"
_CORE_NAME = re.compile(rf"(?:core[ _]?)?{_NUMBER}", re.ASCII | re.IGNORECASE)
# what labs write, C1c2, and what messages say, chip 1 core 2
_CORE_OF_CHIP = re.compile(rf"(?:C|chip[ _]?){_NUMBER}[ _,]*(?:c|core[ _]?){_NUMBER}", re.ASCII | re.IGNORECASE)


_COUNTS = (
    "cores", "neurons_per_core", "fan_in", "fan_out", "senders_per_core", "external_sources", "chips", "addresses",
)  # fmt: skip


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
    """The limits of one chip, or of a board of several equal ones. A limit of None is no limit.

    Attributes
    ----------
    cores, neurons_per_core : int
        How many there are; cores are counted over all chips.
    chips : int
        How many chips the cores belong to, as many to each.
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
    addresses : int or None
        How many addresses an input word tells apart. Neuron n of a chip has address n, whichever the chip: two
        senders of equal address that send to one core are one to it. None: senders are told apart in another way.
    unused_word : (int, str) or None
        The address and the synapse type that words in no use have, where they listen nevertheless.
    sources : mapping of str to str
        Where each limit is from, by the name of the attribute.

    Raises
    ------
    ParameterError
        If a limit is no number from 1 on, cores cannot be shared by the chips, or a name is there twice.

    Examples
    --------
    >>> from brianhw.chips import ChipDescription
    >>> chip = ChipDescription("small", cores=2, neurons_per_core=16, fan_in=8, weights="integer")
    >>> chip.neurons, chip.core_number("core 1"), chip.weights.nearest(2.6)
    (32, 1, 3.0)
    >>> print(chip.describe())
    small: 2 cores of 16 neurons, 32 in all
      addresses      5 bits
      fan-in         8 input words per neuron
      fan-out        unlimited
      senders        unlimited
      synapse types  any
      weights        counts of input words: whole numbers from 0
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
    chips: int = 1
    addresses: int | None = None
    unused_word: tuple[int, str] | None = None
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        def put(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)  # the dataclass is frozen; this is its constructor

        for name in ("name", "word", "destination"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise ParameterError(f"A chip description needs a {name}, not {getattr(self, name)!r}.")
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None or name in ("cores", "neurons_per_core", "chips"):
                put(name, _positive(self.name, name, value))
        if self.cores % self.chips:
            raise ParameterError(f"{self.name}: {self.cores} cores cannot be shared evenly by {self.chips} chips.")
        if self.addresses is not None and self.addresses < self.neurons_per_chip:
            raise ParameterError(
                f"{self.name}: {self.addresses} addresses are too few for a chip of {self.neurons_per_chip} neurons."
            )
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

    @property
    def cores_per_chip(self) -> int:
        """How many cores each chip has."""
        return self.cores // self.chips

    @property
    def neurons_per_chip(self) -> int:
        """How many neurons each chip has."""
        return self.cores_per_chip * self.neurons_per_core

    def core_number(self, core: Any) -> int:
        """Return the number of *core* over all chips.

        Parameters
        ----------
        core : int, str or pair of int
            A number from 0 over all chips, a name as in "Core_1", "core 1", "1", or chip and core inside it, as in
            (1, 2), "C1c2", "chip 1 core 2".

        Raises
        ------
        UnknownNameError
            if there is no such core; a boolean is never one.
        """
        number = self._core_number(core)
        if number is not None:
            return number
        last = self.cores - 1
        cores = "The only core is 0" if last == 0 else f"Cores are 0 to {last}"
        if self.chips > 1:
            cores += f", or (chip, core) from (0, 0) to ({self.chips - 1}, {self.cores_per_chip - 1})"
        near = []
        if isinstance(core, str):
            near = get_close_matches(core, [f"Core_{known}" for known in range(self.cores)], n=1)
        elif _index_or(core, -1) > last:
            near = [str(last)]
        example = "C1c2" if self.chips > 1 and self.cores_per_chip > 2 else "Core_0"
        advice = f"did you mean {near[0]}?" if near else f"give a number or a name such as {example!r}."
        raise UnknownNameError(f"{self.name} has no core {core!r}. {cores}; {advice}")

    def _core_number(self, core: Any) -> int | None:
        pair: Any = None
        if isinstance(core, str):
            match = _CORE_NAME.fullmatch(core.strip())
            number = int(match[1]) if match else -1
            match = _CORE_OF_CHIP.fullmatch(core.strip())
            pair = (int(match[1]), int(match[2])) if match else None
        elif isinstance(core, (tuple, list, np.ndarray)) and np.shape(core) == (2,):
            pair, number = tuple(_number_or(each, -1) for each in core), -1
        else:
            number = _number_or(core, -1)
        if pair is not None and 0 <= pair[0] < self.chips and 0 <= pair[1] < self.cores_per_chip:
            number = pair[0] * self.cores_per_chip + pair[1]
        return number if 0 <= number < self.cores else None

    def chip_number(self, chip: Any) -> int:
        """Return *chip* if it is the number of a chip, or raise :class:`UnknownNameError`."""
        number = _number_or(chip, -1)
        if 0 <= number < self.chips:
            return number
        chips = "The only chip is 0" if self.chips == 1 else f"Chips are 0 to {self.chips - 1}"
        raise UnknownNameError(f"{self.name} has no chip {chip!r}. {chips}.")

    def core_name(self, core: int) -> str:
        """Return what messages call core number *core*: ``"core 2"``, on a board ``"chip 1 core 2"``."""
        if self.chips == 1:
            return f"core {core}"
        chip, inside = self.chip_and_core(core)
        return f"chip {chip} core {inside}"

    def lab_name(self, core: int) -> str:
        """Return what labs call core number *core*: ``"C1c2"``."""
        chip, inside = self.chip_and_core(core)
        return f"C{chip}c{inside}"

    def chip_and_core(self, core: int) -> tuple[int, int]:
        """Return the chip that core number *core* is on, and its number on that."""
        return divmod(core, self.cores_per_chip)

    def address_of(self, neurons: Any) -> Any:
        """Return the addresses of *neurons* numbered over all chips: their numbers on their own chip."""
        return neurons % self.neurons_per_chip

    def by_chip(self, cores: Any) -> Any:
        """Return an array of shape (rows, cores) as one of shape (rows, chips, cores of a chip)."""
        return cores.reshape(len(cores), self.chips, self.cores_per_chip)

    def location(self, neuron: int) -> dict[str, int]:
        """Return the chip, the core in it and the index in that of a *neuron* numbered over all chips."""
        core, index = divmod(int(neuron), self.neurons_per_core)
        chip, inside = self.chip_and_core(core)
        return {"chip": chip, "core": inside, "neuron": index}

    def describe(self) -> str:
        """Return all limits as text, each with its source."""
        chips = f"{self.chips} chips, " if self.chips > 1 else ""
        lines = [f"{self.name}: {chips}{self.cores} cores of {self.neurons_per_core} neurons, {self.neurons} in all"]
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

    def _repr_html_(self) -> str:
        return html.preformatted(self.describe())

    def _addresses(self) -> str:
        if self.addresses is None:
            return f"{self.address_bits} bits"
        return f"{self.addresses}, the same on every chip; unused words listen to {self._unused()}"

    def _unused(self) -> str:
        return "none" if self.unused_word is None else f"address {self.unused_word[0]} as {self.unused_word[1]}"

    def _limits(self) -> list[tuple[str, str]]:
        each = {"synapses": "synapse", "cores": "core it sends to", "chips": "chip it sends to"}[self.fan_out_counts]
        outside = (
            [] if self.external_sources is None else [("outside", f"{self.external_sources} different senders in all")]
        )
        return [
            ("addresses", self._addresses()),
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


def _number_or(value: Any, otherwise: int) -> int:
    return otherwise if isinstance(value, (bool, np.bool_)) else _index_or(value, otherwise)


def _index_or(value: Any, otherwise: int) -> int:
    try:
        return operator.index(value)
    except TypeError:
        return otherwise
