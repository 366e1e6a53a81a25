"""What a plan uses of each limit: numbers, text for a terminal, a table for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from textwrap import fill
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brianhw import html
from brianhw.allocation import wiring as rules
from brianhw.allocation.contents import Contents
from brianhw.allocation.hazards import Hazard, hazards
from brianhw.allocation.tables import WIDTH, aligned, listed
from brianhw.chips.weight import with_unit

__all__ = ["ConnectionRow", "CoreRow", "PopulationRow", "Report", "make_report"]


@dataclass(frozen=True)
class CoreRow:
    """One core; *core* is its number over all chips, *name* what messages call it."""

    core: int
    name: str
    neurons_used: int
    neurons_free: int
    populations: tuple[str, ...]
    senders: int
    biases: dict[str, float]


@dataclass(frozen=True)
class PopulationRow:
    """One population: where it is, and the words and destinations of its neurons."""

    name: str
    n: int
    cores: tuple[int, ...]
    slices: tuple[tuple[int, int, int], ...]
    fan_in_max: int
    fan_in_mean: float
    fan_out_max: int


@dataclass(frozen=True)
class ConnectionRow:
    """One connection; weights are None if it has no synapses."""

    name: str
    source: str
    target: str
    external: bool
    synapse_type: str
    synapses: int
    words: int
    weight_min: float | None
    weight_max: float | None


@dataclass(frozen=True)
class Report:
    """What a plan holds. ``print`` it, show it in a notebook, or take its numbers with :meth:`to_dict`.

    *names* are the populations in the order of the numbers that :meth:`occupancy` holds. *words_used* is a histogram:
    entry k is how many neurons take k input words; *addresses* are those of sources outside, -1 for neurons that send
    nothing.

    Examples
    --------
    >>> from brianhw.allocation import Plan
    >>> from brianhw.chips import DYNAP_SE1
    >>> report = Plan(DYNAP_SE1).place("exc", 200).report()
    >>> report.totals()["neurons_used"], report.closest()["what"]
    (200, 'neurons')
    >>> print(report)
    DYNAP-SE1: 200 of 1024 neurons used, on 1 of 4 cores; 0 synapses, 0 CAM words
    <BLANKLINE>
    core     neurons  senders heard  populations
       0  200 of 256      0 of 1024  exc
       1    0 of 256      0 of 1024  -
       2    0 of 256      0 of 1024  -
       3    0 of 256      0 of 1024  -
    <BLANKLINE>
    population  neurons  on      CAM words, most  mean  SRAM words, most
    exc             200  core 0          0 of 64   0.0            0 of 4
    <BLANKLINE>
    closest to its limit: neurons of core 0, 200 of 256
    """

    chip: str
    neurons_per_core: int
    fan_in: int | None
    fan_out: int | None
    senders_per_core: int | None
    external_sources: int | None
    word: str
    destination: str
    weight_unit: str
    cores: tuple[CoreRow, ...]
    populations: tuple[PopulationRow, ...]
    connections: tuple[ConnectionRow, ...]
    external_sources_used: int
    words_used: tuple[int, ...]
    hazards: tuple[Hazard, ...]
    chips: int
    addresses: dict[str, list[int]]
    _owners: NDArray[np.int64] = field(repr=False, compare=False)

    __hash__ = None  # type: ignore[assignment]

    @property
    def names(self) -> tuple[str, ...]:
        """The populations, in the order in which they were placed."""
        return tuple(row.name for row in self.populations)

    def occupancy(self) -> NDArray[np.int64]:
        """Return the population of each neuron: an index into :attr:`names`, or -1; shape (cores, neurons_per_core)."""
        return self._owners.copy()

    def totals(self) -> dict[str, int]:
        """Return the sums over the chip."""
        return {
            "neurons": len(self.cores) * self.neurons_per_core,
            "neurons_used": sum(row.neurons_used for row in self.cores),
            "cores_used": sum(row.neurons_used > 0 for row in self.cores),
            "synapses": sum(row.synapses for row in self.connections),
            "words": sum(row.words for row in self.connections),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as dicts and lists that JSON can hold."""
        limits = {
            "neurons_per_core": self.neurons_per_core,
            "fan_in": self.fan_in,
            "fan_out": self.fan_out,
            "senders_per_core": self.senders_per_core,
            "external_sources": self.external_sources,
        }
        return {
            "chip": self.chip,
            "limits": limits,
            "cores": [listed(asdict(row)) for row in self.cores],
            "populations": [listed(asdict(row)) for row in self.populations],
            "connections": [listed(asdict(row)) for row in self.connections],
            "external_sources": self.external_sources_used,
            "totals": self.totals(),
            "words_used": list(self.words_used),
            "addresses": self.addresses,
            "hazards": [each._asdict() for each in self.hazards],
            "closest": self.closest(),
        }

    def closest(self) -> dict[str, Any] | None:
        """Return what is closest to its limit: its name, where, used, limit; None if nothing has one.

        Of several as close, the first of: input words, destinations, neurons of a core, senders, sources outside.
        """
        found: list[tuple[str, str, int, int | None]] = []
        found += [(f"{self.word}s", row.name, row.fan_in_max, self.fan_in) for row in self.populations]
        found += [(f"{self.destination}s", row.name, row.fan_out_max, self.fan_out) for row in self.populations]
        found += [("neurons", row.name, row.neurons_used, self.neurons_per_core) for row in self.cores]
        found += [("senders heard", row.name, row.senders, self.senders_per_core) for row in self.cores]
        found += [("senders outside", self.chip, self.external_sources_used, self.external_sources)]
        limited = [(what, where, used, limit) for what, where, used, limit in found if limit is not None and used]
        if not limited:
            return None
        what, where, used, limit = max(limited, key=lambda each: each[2] / each[3])
        return {"what": what, "where": where, "used": used, "limit": limit}

    def text(self, *more: str) -> str:
        """Return the report as lines of fewer than 100 characters; *more* paragraphs come before its last line."""
        parts = [f"{self._headline()}\n{self._from_outside()}" if self.external_sources_used else self._headline()]
        for header, rows, notes in self._tables():
            if rows:
                parts.append(aligned(header, rows, notes))
        if self.hazards:
            parts.append(
                "\n".join(["To know before it is on the chip:", *(_bullet(each.text) for each in self.hazards)])
            )
        return "\n\n".join([*parts, *more, *(fill(line, WIDTH) for line in self._nearest_limit())])

    def __str__(self) -> str:
        return self.text()

    def _nearest_limit(self) -> list[str]:
        """Return one line, or none where nothing has a limit or nothing is in use."""
        closest = self.closest()
        return [] if closest is None else [f"closest to its limit: {_closest(closest)}"]

    def _repr_html_(self) -> str:
        parts = [html.paragraph(self._headline())]
        if self.external_sources_used:
            parts.append(html.paragraph(self._from_outside()))
        for header, rows, notes in self._tables():
            if rows:
                parts.append(html.table(header, rows, notes))
        parts += map(html.paragraph, self._nearest_limit())
        if self.hazards:
            parts.append(html.paragraph("To know before it is on the chip:"))
            parts.append(html.bullets(each.text for each in self.hazards))
        return "".join(parts)

    def _headline(self) -> str:
        total = self.totals()
        return (
            f"{self.chip}: {total['neurons_used']} of {total['neurons']} neurons used, on {total['cores_used']} of "
            f"{len(self.cores)} cores; {total['synapses']} synapses, {total['words']} {self.word}s"
        )

    def _from_outside(self) -> str:
        return f"senders outside the chip: {_of(self.external_sources_used, self.external_sources)}"

    def _tables(self) -> list[tuple[list[str], list[list[str]], list[str]]]:
        """Return (header, rows, a note under each row) of each table."""
        return [self._core_table(), self._population_table(), self._connection_table()]

    def _cores_to_show(self) -> list[CoreRow]:
        """Return all cores of a chip, and of a board those in use."""
        return [row for row in self.cores if self.chips == 1 or row.neurons_used]

    def _core_table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [
            [
                str(row.core) if self.chips == 1 else row.name,
                f"{row.neurons_used} of {self.neurons_per_core}",
                _of(row.senders, self.senders_per_core),
                ", ".join(row.populations) or "-",
            ]
            for row in self._cores_to_show()
        ]
        notes = [
            "biases, SI units: " + ", ".join(f"{name}={value:.6g}" for name, value in row.biases.items())
            if row.biases
            else ""
            for row in self._cores_to_show()
        ]
        return ["core", "neurons", "senders heard", "populations"], rows, notes

    def _on_chips(self, cores: Sequence[int]) -> str:
        return ", ".join(self.cores[core].name for core in cores)

    def _population_table(self) -> tuple[list[str], list[list[str]], list[str]]:
        header = ["population", "neurons", "on", f"{self.word}s, most", "mean", f"{self.destination}s, most"]
        rows = [
            [
                row.name,
                str(row.n),
                _cores(row.cores) if self.chips == 1 else self._on_chips(row.cores),
                _of(row.fan_in_max, self.fan_in),
                f"{row.fan_in_mean:.1f}",
                _of(row.fan_out_max, self.fan_out),
            ]
            for row in self.populations
        ]
        return header, rows, [""] * len(rows)

    def _connection_table(self) -> tuple[list[str], list[list[str]], list[str]]:
        rows = [
            [
                row.name,
                row.source + (" (outside)" if row.external else ""),
                row.target,
                row.synapse_type,
                str(row.synapses),
                str(row.words),
                _range(row.weight_min, row.weight_max, self.weight_unit),
            ]
            for row in self.connections
        ]
        header = ["connection", "from", "to", "type", "synapses", f"{self.word}s", "weights"]
        return header, rows, [""] * len(rows)


def _closest(closest: dict[str, Any]) -> str:
    return f"{closest['what']} of {closest['where']}, {closest['used']} of {closest['limit']}"


def _of(used: int, limit: int | None) -> str:
    return str(used) if limit is None else f"{used} of {limit}"


def _range(low: float | None, high: float | None, unit: str) -> str:
    if low is None or high is None:
        return "-"
    ends = [with_unit(weight, unit) if unit else f"{weight:.4g}" for weight in (low, high)]
    return ends[0] if low == high else " to ".join(ends)


def _cores(cores: Sequence[int]) -> str:
    return f"core {cores[0]}" if len(cores) == 1 else f"cores {', '.join(map(str, cores))}"


def _bullet(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _histogram(contents: Contents) -> tuple[int, ...]:
    """Return how many neurons take 0, 1, 2, ... input words, up to the limit or the most that one takes."""
    words = np.concatenate([np.zeros(0, dtype=np.int64), *(contents.fan_in(name) for name in contents.placements)])
    return tuple(np.bincount(words, minlength=(contents.description.fan_in or 0) + 1).tolist())


def make_report(contents: Contents) -> Report:
    """Return what *contents* use of each limit."""
    chip = contents.description
    heard = rules.senders(contents.connections.values(), chip.cores)
    owners = np.full(chip.neurons, -1, dtype=np.int64)
    for number, placement in enumerate(contents.placements.values()):
        owners[placement.neurons] = number
    return Report(
        chip=chip.name,
        neurons_per_core=chip.neurons_per_core,
        fan_in=chip.fan_in,
        fan_out=chip.fan_out,
        senders_per_core=chip.senders_per_core,
        external_sources=chip.external_sources,
        word=chip.word,
        destination=chip.destination,
        weight_unit=chip.weight_unit,
        cores=tuple(
            CoreRow(
                core=core,
                name=chip.core_name(core),
                neurons_used=used,
                neurons_free=chip.neurons_per_core - used,
                populations=contents.populations_on(core),
                senders=int(heard[core]),
                biases=dict(contents.biases.get(core, {})),
            )
            for core, used in enumerate(contents.used_neurons())
        ),
        populations=tuple(_population_row(contents, name) for name in contents.placements),
        connections=tuple(
            ConnectionRow(
                name=name,
                source=each.source,
                target=each.target,
                external=each.external,
                synapse_type=each.synapse_type,
                synapses=len(each.pre),
                words=int(each.words.sum()),
                weight_min=float(each.weights.min()) if each.weights.size else None,
                weight_max=float(each.weights.max()) if each.weights.size else None,
            )
            for name, each in contents.connections.items()
        ),
        external_sources_used=contents.external_sources(),
        words_used=_histogram(contents),
        hazards=tuple(hazards(contents)),
        chips=chip.chips,
        addresses={name: each.tolist() for name, each in contents.external_addresses.items()},
        _owners=owners.reshape(chip.cores, chip.neurons_per_core),
    )


def _population_row(contents: Contents, name: str) -> PopulationRow:
    placement = contents.placements[name]
    words, destinations = contents.fan_in(name), contents.fan_out(name)
    return PopulationRow(
        name=name,
        n=placement.n,
        cores=placement.cores,
        slices=tuple(placement.slices()),
        fan_in_max=int(words.max()),
        fan_in_mean=float(words.mean()),
        fan_out_max=int(destinations.max()),
    )
