"""What a network takes of SpiNNaker, and what it loses there: numbers, text for a terminal, tables for a notebook."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from brianhw import html
from brianhw.allocation.spinnaker import Plan, raw_weights
from brianhw.allocation.tables import aligned, listed
from brianhw.pynn.building.parts import populations_of
from brianhw.spinnaker.describe import is_made_on_chip

__all__ = ["PopulationRow", "ProjectionRow", "Report", "projection_rows"]


@dataclass(frozen=True)
class PopulationRow:
    """A population on the chip.

    Attributes
    ----------
    cores, synapse_cores, delay_cores : int
        Cores of neurons (and synapses), those for synapses alone, and those that forward spikes with long delays.
    steps : mapping of str to float
        Smallest weight above zero of each receptor.
    left_shifts, weight_scales : mapping of str to int, of str to float
        Bits between a raw weight and S16.15, and the raw weight of 1 nA or 1 uS.
    delay_slots, delay_stages : int
        Steps that its ring buffers hold; how often its spikes are forwarded to wait longer.
    saturated : mapping of str to int
        Steps of a neuron in which more input came than the receptor's ring buffer can hold.
    load : float
        Synaptic events that its cores expect, as a share of those they can process in time.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> cells = sim.Population(600, sim.IF_curr_exp(), label="cells")
    >>> [row] = sim.report().populations
    >>> row.cores, row.unit, row.load
    (3, 'nA', 0.0)
    """

    label: str
    cell: str
    n: int
    per_core: int | None
    cores: int
    synapse_cores: int
    delay_cores: int
    unit: str
    steps: dict[str, float]
    left_shifts: dict[str, int]
    weight_scales: dict[str, float]
    delay_slots: int
    delay_stages: int
    saturated: dict[str, int]
    load: float

    @property
    def late(self) -> float:
        """The share of synaptic events that are expected to come too late."""
        return max(0.0, 1 - 1 / self.load) if self.load else 0.0


@dataclass(frozen=True)
class ProjectionRow:
    """The synapses of a projection onto one population; weights without their sign.

    Attributes
    ----------
    asked, realised : (float, float)
        Smallest and largest weight.
    label, title : str
        The projection's own, and what tables call the row: by its populations unless the label was given, and by both
        where a projection of assemblies has several rows.
    per_target : int
        Synapses of a target neuron that the vendor's tool reckons with, at most.
    zeroed : int
        Weights that were not zero and are.
    wrapped : int
        Weights that do not fit 16 bits, and lose their upper bits.
    error : float
        Largest difference of a realised weight from the one asked for, as a share of that.
    delays_asked, delays : (float, float)
        Smallest and largest delay in ms.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> cells = sim.Population(100, sim.IF_curr_exp(), label="cells")
    >>> synapse = sim.StaticSynapse(weight=0.1, delay=2.0)
    >>> among = sim.Projection(cells, cells, sim.AllToAllConnector(), synapse)
    >>> [row] = sim.report().projections
    >>> row.synapses, [round(weight, 4) for weight in row.realised], f"{row.error:.1%}"
    (10000, [0.1001, 0.1001], '0.1%')
    """

    label: str
    post: str
    receptor: str
    unit: str
    synapses: int
    asked: tuple[float, float]
    realised: tuple[float, float]
    zeroed: int
    wrapped: int
    error: float
    delays_asked: tuple[float, float]
    delays: tuple[float, float]
    per_target: int
    title: str


def projection_rows(projection: Any, plan: Plan) -> list[ProjectionRow]:
    """Return what becomes of a projection's weights and delays."""
    rows = []
    expected = {(each.label, each.pre, each.post): each.per_target for each in plan.projections}
    parts = list(projection.parts())
    for part in parts:
        scale = plan.populations[part.post.label].weight_scales[projection.receptor_type]
        asked = np.abs(np.asarray(part.of(projection.asked("weight")), dtype=float))
        raw, wrapped = raw_weights(asked, scale, on_host=not is_made_on_chip(projection))
        realised = raw / scale
        count = len(part.i)
        each = count if asked.ndim == 0 else 1
        lost = asked > 0
        error = np.abs(realised - asked)[lost] / asked[lost] if lost.any() else np.zeros(1)
        delays = np.asarray(part.of(projection.asked("delay")), dtype=float)
        rows.append(
            ProjectionRow(
                projection.label,
                part.post.label,
                projection.receptor_type,
                plan.chip.unit_of(plan.populations[part.post.label].cell),
                count,
                _ends(asked),
                _ends(realised),
                int(np.count_nonzero((raw == 0) & lost)) * each,
                int(np.count_nonzero(wrapped)) * each,
                float(np.max(error)),
                getattr(projection, "asked_delays", _ends(delays)),
                _ends(delays),
                expected.get((projection.label, part.pre.label, part.post.label), 0),
                _title(projection, part, alone=len(parts) == 1),
            )
        )
    return rows


def _title(projection: Any, part: Any, alone: bool) -> str:
    sides = f"{_name(part.pre, projection.pre)}→{_name(part.post, projection.post)}"
    if projection.label == f"{projection.pre.label}→{projection.post.label}":  # as PyNN makes it
        return sides
    return projection.label if alone else f"{projection.label}: {sides}"


def _name(population: Any, side: Any) -> str:
    """Return the name of one population of a projection's *side*, with the cells if they are one view's."""
    own = [indices for each, indices, _ in populations_of(side) if each is population]
    count = [each.stop - each.start if isinstance(each, slice) else len(each) for each in own]
    if len(own) > 1 or count[0] == population.size:
        return str(population.label)
    [cells] = own
    which = f"[{cells.start}:{cells.stop}]" if isinstance(cells, slice) else f" ({count[0]} of {population.size})"
    return f"{population.label}{which}"


def _ends(values: Any) -> tuple[float, float]:
    return (float(np.min(values)), float(np.max(values)))


@dataclass(frozen=True)
class Report:
    """A network on SpiNNaker. ``print`` it, show it in a notebook, or take its numbers with :meth:`to_dict`.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> rank = sim.setup(timestep=1.0)
    >>> cells = sim.Population(600, sim.IF_curr_exp(), label="cells")
    >>> report = sim.report()
    >>> report.cores, report.chips, report.totals()["neurons"]
    (3, 1, 600)
    """

    chip: str
    arithmetic: str
    timestep_ms: float
    chips: int
    boards: int
    populations: tuple[PopulationRow, ...]
    projections: tuple[ProjectionRow, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def cores(self) -> int:
        """Cores in use."""
        return sum(each.cores + each.synapse_cores + each.delay_cores for each in self.populations)

    def totals(self) -> dict[str, int]:
        """Return the sums over the network."""
        return {
            "cores": self.cores,
            "chips": self.chips,
            "boards": self.boards,
            "neurons": sum(each.n for each in self.populations),
            "synapses": sum(each.synapses for each in self.projections),
            "zeroed": sum(each.zeroed for each in self.projections),
            "wrapped": sum(each.wrapped for each in self.projections),
            "saturated": sum(sum(each.saturated.values()) for each in self.populations),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as dicts and lists that JSON can hold."""
        own = {name: value for name, value in asdict(self).items() if name not in ("populations", "projections")}
        own["populations"] = [{**asdict(row), "late": row.late} for row in self.populations]
        own["projections"] = [asdict(row) for row in self.projections]
        found: dict[str, Any] = listed({**own, "totals": self.totals()})
        return found

    def text(self) -> str:
        """Return the report as lines of fewer than 100 characters."""
        tables = [aligned(header, rows, [""] * len(rows)) for header, rows in self._tables() if rows]
        return "\n\n".join([self._headline(), *tables, *self.warnings])

    __str__ = text
    __repr__ = text

    def _repr_html_(self) -> str:
        tables = [html.table(header, rows) for header, rows in self._tables() if rows]
        said = [html.paragraph(each) for each in (self._headline(), *self.warnings)]
        return "".join([said[0], *tables, *said[1:]])

    def _headline(self) -> str:
        total = self.totals()
        chips = "1 chip" if self.chips == 1 else f"{self.chips} chips"
        boards = "1 board" if self.boards == 1 else f"{self.boards} boards"
        kind = "its integers" if self.arithmetic == "integer" else "floating point, with what its integers would make"
        return (
            f"{self.chip}, {kind}, {self.timestep_ms:g} ms a step: {total['neurons']} neurons and {total['synapses']} "
            f"synapses on {total['cores']} cores of {chips}, {boards}"
        )

    def _tables(self) -> list[tuple[list[str], list[list[str]]]]:
        return [self._population_table(), self._projection_table()]

    def _population_table(self) -> tuple[list[str], list[list[str]]]:
        header = ["population", "cell", "neurons", "cores", "smallest weight, exc / inh", "saturated", "load"]
        return header, [
            [
                row.label,
                row.cell,
                str(row.n),
                "+".join(str(count) for count in (row.cores, row.synapse_cores, row.delay_cores) if count),
                " / ".join(f"{step:.3g}" for step in row.steps.values()) + f" {row.unit}" if row.steps else "-",
                str(sum(row.saturated.values())) if row.steps else "-",
                f"{row.load:.0%}" if row.steps else "-",
            ]
            for row in self.populations
        ]

    def _projection_table(self) -> tuple[list[str], list[list[str]]]:
        header = ["projection", "synapses", "weights", "realised", "became 0", "error", "delays (ms)"]
        return header, [
            [
                row.title,
                str(row.synapses),
                f"{_range(row.asked)} {row.unit}",
                _range(row.realised),
                str(row.zeroed) if not row.wrapped else f"{row.zeroed}, {row.wrapped} too large",
                f"{row.error:.2g}",
                _range(row.delays) + ("" if row.delays == row.delays_asked else f" for {_range(row.delays_asked)}"),
            ]
            for row in self.projections
        ]


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g}" if ends[0] == ends[1] else f"{ends[0]:.4g} to {ends[1]:.4g}"
