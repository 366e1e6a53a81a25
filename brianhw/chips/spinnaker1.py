"""SpiNNaker 1: eighteen ARM cores, which simulate neurons in software; and SpiNNaker 2, for its size only.

What fits a core follows from its memories and the time of a step, not from circuits; the vendor's tool turns both into
the limits here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import fill
from types import MappingProxyType
from typing import Any

__all__ = ["SPINNAKER1", "SPINNAKER2", "Rule", "SpinnakerDescription"]

Rule = tuple[str, str]  # for the timing, and for the weight

_TOOL = "sPyNNaker 7.4.1 and its C sources of October 2023"
_RELEASE = "the programs in the release sPyNNaker 7.4.1 (spynnaker/pyNN/model_binaries)"
_FURBER = "Furber, Galluppi, Temple, Plana, The SpiNNaker project, Proc. IEEE 102(5), 2014"
_SPINNAKER2 = (
    "Mayr, Hoeppner, Furber, SpiNNaker 2: a 10 million core processor system for brain simulation and machine "
    "learning, arXiv:1911.02385, 2019; Gonzalez et al., SpiNNaker2: a large-scale neuromorphic system, "
    "arXiv:2401.04491, 2024"
)


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(values))


@dataclass(frozen=True)
class SpinnakerDescription:
    """The limits of one chip and of what its software can do with it.

    Attributes
    ----------
    cores, chips_per_board : int
        How many there are.
    system_cores, ethernet_cores : int
        Cores of a chip that the software keeps for itself, and the further one of the chip with the Ethernet.
    neurons_per_core : mapping of str to int or None
        By the name of the cell; ``None`` where a population is never cut.
    conductance_cells : frozenset of str
        Cells whose synapses are conductances, in uS; those of the others are currents, in nA.
    combined_core_rules : mapping of str to frozenset of (str, str)
        By the name of the cell: rules of plasticity, for timing and weight, for which there is a program that
        has neurons and synapses on one core.
    synapse_core_rules : frozenset of (str, str)
        The same where synapses have cores of their own, for all cells.
    more_receptors : mapping of str to tuple of str
        Receptors of a cell beside the excitatory and the inhibitory one, by its name.
    ring_buffer_bits : int
        Bits of the index of a core's ring buffers: of the neuron, the receptor and the slot of the delay.
    least_slots : int
        Slots that a ring buffer has at least.
    row_words : int
        Words that a source's synapses on one core may take.
    plastic_header_bytes : mapping of str to int
        What a plastic row holds beside its synapses, by the timing rule.
    events_per_second : mapping of str to float
        Synaptic events that one core can process: ``static``, ``plastic`` (STDP) and ``changing`` (weights that change
        otherwise).
    assumed_rate : float
        Hz; the rate of every source, as the software sizes buffers.
    sigmas : float
        Standard deviations above the mean that a ring buffer has room for, where delays are random.
    conductance_scale : float
        By which weights of conductances are multiplied.
    split_below_ms : float
        Time steps shorter than this have synapses on cores of their own.
    sdram_bytes, dtcm_bytes, itcm_bytes, router_entries, clock_hz : int
        Of a chip, or of a core.
    counts_only : bool
        Whether only sizes are known here, not what the software does.
    sources : mapping of str to str
        Where each limit is from.

    Examples
    --------
    >>> from brianhw.chips import SPINNAKER1
    >>> SPINNAKER1.application_cores, SPINNAKER1.neurons_per_core["IF_curr_exp"]
    (16, 256)
    >>> ("triplet", "additive") in SPINNAKER1.rules_of("IF_cond_exp", split=False)
    False
    """

    name: str
    cores: int
    chips_per_board: int
    sdram_bytes: int
    clock_hz: int
    dtcm_bytes: int
    itcm_bytes: int = 0
    router_entries: int | None = None
    system_cores: int = 0
    ethernet_cores: int = 0
    neurons_per_core: Mapping[str, int | None] = field(default_factory=dict, hash=False)
    conductance_cells: frozenset[str] = frozenset()
    combined_core_rules: Mapping[str, frozenset[Rule]] = field(default_factory=dict, hash=False)
    synapse_core_rules: frozenset[Rule] = frozenset()
    more_receptors: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    ring_buffer_bits: int = 14
    least_slots: int = 2
    row_words: int = 256
    plastic_header_bytes: Mapping[str, int] = field(default_factory=dict, hash=False)
    events_per_second: Mapping[str, float] = field(default_factory=dict, hash=False)
    assumed_rate: float = 30.0
    sigmas: float = 5.0
    conductance_scale: float = 1024.0
    split_below_ms: float = 1.0
    counts_only: bool = False
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        mappings = "neurons_per_core more_receptors combined_core_rules plastic_header_bytes events_per_second sources"
        for name in mappings.split():
            object.__setattr__(self, name, _frozen(getattr(self, name)))

    @property
    def application_cores(self) -> int:
        """Cores of a chip that are free for neurons, on all chips but the one with the Ethernet."""
        return self.cores - self.system_cores

    def unit_of(self, cell: str) -> str:
        """Return the unit of the weights onto a cell."""
        return "uS" if cell in self.conductance_cells else "nA"

    def receptors_of(self, cell: str) -> tuple[str, ...]:
        """Return the receptors of a cell, in the chip's order."""
        return ("excitatory", *self.more_receptors.get(cell, ()), "inhibitory")

    def rules_of(self, cell: str, split: bool) -> frozenset[Rule]:
        """Return the rules of plasticity of synapses onto a cell; *split* if they have cores of their own."""
        return self.synapse_core_rules if split else self.combined_core_rules.get(cell, frozenset())

    def describe(self) -> str:
        """Return all limits as text, each with its source."""
        title = f"{self.name}: {self.cores} cores, {self.application_cores} of them for neurons"
        if self.counts_only:
            title += " (sizes only: brianhw does not simulate it)"
        lines = [title, *(f"  {name:<14} {text}" for name, text in self._limits())]
        by_source: dict[str, list[str]] = {}
        for name, source in self.sources.items():
            by_source.setdefault(source, []).append(name)
        for source, names in by_source.items():
            text = f"source of {', '.join(names)}: {source}"
            lines.append(fill(text, 96, initial_indent="  ", subsequent_indent="    "))
        return "\n".join(lines)

    def _limits(self) -> list[tuple[str, str]]:
        limits = [
            ("board", f"{self.chips_per_board} chips"),
            ("memory", f"{self.sdram_bytes / 1e6:.0f} MB a chip, {self.dtcm_bytes // 1024} KiB of data a core"),
        ]
        if self.counts_only:
            return limits
        most = ", ".join(f"{n or 'all'} {cell}" for cell, n in self.neurons_per_core.items())
        events = ", ".join(f"{n / 1e6:g} M {kind}" for kind, n in self.events_per_second.items())
        return [
            *limits,
            ("cells a core", most),
            ("plasticity", self._rules()),
            ("ring buffers", f"2^{self.ring_buffer_bits} cells of 16 bits a core"),
            ("row", f"{self.row_words} words: the synapses of one source on one core"),
            ("events a second", events),
            ("router", f"{self.router_entries} entries"),
        ]

    def _rules(self) -> str:
        cells = Counter(rule for rules in self.combined_core_rules.values() for rule in rules)
        counted = ", ".join(f"{' '.join(rule)} {number}" for rule, number in sorted(cells.items()))
        return f"kinds of cells with each rule: {counted}; all where synapses have cores of their own"


_PAIRS = frozenset({("pair", "additive"), ("pair", "multiplicative")})
_NEAREST = frozenset({("nearest pair", "additive"), ("nearest pair", "multiplicative")})
_OTHERS = {("triplet", "additive"), ("Vogels 2011", "additive"), ("recurrent", "multiplicative")}
_ALL_RULES = _PAIRS | _NEAREST | _OTHERS
_PAIR = frozenset({("pair", "additive")})
_CELLS = ("IF_curr_exp", "IF_cond_exp", "IF_curr_alpha", "IF_curr_delta", "Izhikevich", "Izhikevich_cond")
_MORE_CELLS = ("IFCurrExpCa2Adaptive", "IF_cond_exp_stoc", "IF_curr_dual_exp", "IF_curr_exp_sEMD")

SPINNAKER1 = SpinnakerDescription(
    name="SpiNNaker 1",
    cores=18,
    chips_per_board=48,
    sdram_bytes=123_469_792,
    clock_hz=200_000_000,
    dtcm_bytes=64 * 1024,
    itcm_bytes=32 * 1024,
    router_entries=1023,
    system_cores=2,
    ethernet_cores=1,
    neurons_per_core={
        **dict.fromkeys((*_CELLS, *_MORE_CELLS), 256),
        "SpikeSourcePoisson": 500,
        "SpikeSourcePoissonVariable": 500,
        "SpikeSourceArray": None,
        "SpikeInjector": None,
    },
    conductance_cells=frozenset({"IF_cond_exp", "IF_cond_exp_stoc", "Izhikevich_cond"}),
    more_receptors=dict.fromkeys(("IF_curr_dual_exp", "IF_curr_exp_sEMD"), ("excitatory2",)),
    combined_core_rules={
        "IF_curr_exp": _ALL_RULES,
        "IF_cond_exp": _PAIR | {("nearest pair", "additive")},
        "IF_curr_alpha": _PAIR,
        "IF_curr_delta": _PAIR | {("nearest pair", "additive")},
        "Izhikevich": _PAIR,
        "Izhikevich_cond": _PAIR,
        "IFCurrExpCa2Adaptive": _PAIR,
    },
    synapse_core_rules=_ALL_RULES,
    plastic_header_bytes={"pair": 8, "nearest pair": 4, "Vogels 2011": 8, "triplet": 8, "recurrent": 8},
    events_per_second={"static": 13e6, "plastic": 1.4e6, "changing": 10e6},
    sources={
        "cores": _FURBER,
        "clock_hz": _FURBER,
        "dtcm_bytes": _FURBER,
        "itcm_bytes": _FURBER,
        **dict.fromkeys(("combined_core_rules", "synapse_core_rules"), _RELEASE),
        **dict.fromkeys(
            (
                *("chips_per_board", "sdram_bytes", "router_entries", "system_cores", "ethernet_cores"),
                *(
                    "neurons_per_core",
                    "conductance_cells",
                    "more_receptors",
                    "ring_buffer_bits",
                    "least_slots",
                    "row_words",
                    "plastic_header_bytes",
                ),
                *("events_per_second", "assumed_rate", "sigmas", "conductance_scale", "split_below_ms"),
            ),
            _TOOL,
        ),
    },
)

SPINNAKER2 = SpinnakerDescription(
    name="SpiNNaker 2",
    cores=152,
    chips_per_board=48,
    sdram_bytes=2**30,
    clock_hz=300_000_000,
    dtcm_bytes=128 * 1024,
    counts_only=True,
    sources=dict.fromkeys(("cores", "chips_per_board", "sdram_bytes", "clock_hz", "dtcm_bytes"), _SPINNAKER2),
)
