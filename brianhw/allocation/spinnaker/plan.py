"""The plan of a network on SpiNNaker: where its neurons are, how synapses are scaled, what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from brianhw.chips.spinnaker1 import SpinnakerDescription

__all__ = ["Arrival", "Plan", "PopulationPlan", "ProjectionPlan"]


class Arrival(NamedTuple):
    """What a projection brings to a core: the share of a core's time that it takes for each Hz of its sources."""

    pre: str
    share_per_hz: float
    rate: float


@dataclass(frozen=True)
class PopulationPlan:
    """Where a population is, and how its synapses are scaled.

    Attributes
    ----------
    slices : tuple of (int, int)
        First neuron of each core, and the first that is not on it any more.
    synapse_cores : int
        Cores for the synapses of each slice; 0 where one core does both.
    left_shifts : mapping of str to int
        Of each receptor; a source has none.
    weight_scales : mapping of str to float
        Raw integer of a weight of 1 nA or 1 uS, for each receptor.
    delay_slots : int
        Of its ring buffers, in steps; 0 for a source.
    delay_stages : int
        How often a spike must be forwarded, to wait longer than the ring buffers can.
    arrivals : tuple of Arrival
        What its synapses have to process.
    """

    label: str
    n: int
    cell: str
    per_core: int | None
    slices: tuple[tuple[int, int], ...]
    synapse_cores: int
    left_shifts: Mapping[str, int]
    weight_scales: Mapping[str, float]
    delay_slots: int
    delay_stages: int
    arrivals: tuple[Arrival, ...]

    def load(self, rates: Mapping[str, float] | None = None) -> float:
        """Return the synaptic events that a core expects, as a share of those it can process in time.

        Parameters
        ----------
        rates : mapping of str to float
            Measured mean rates in Hz, by population; others as asked for, or as the vendor's tool assumes.
        """
        known = rates or {}
        share = sum(each.share_per_hz * known.get(each.pre, each.rate) for each in self.arrivals)
        return share / max(self.synapse_cores, 1)

    @property
    def delay_cores(self) -> int:
        """Cores that forward spikes."""
        return len(self.slices) if self.delay_stages else 0

    @property
    def cores(self) -> int:
        """Cores of neurons and synapses."""
        return len(self.slices) * (1 + self.synapse_cores)


@dataclass(frozen=True)
class ProjectionPlan:
    """What the software expects of a projection.

    Attributes
    ----------
    per_target : int
        Largest number of synapses of a target neuron.
    largest_delay : float
        In ms.
    row_words : int
        Words of the longest row.
    """

    label: str
    pre: str
    post: str
    receptor: str
    per_target: int
    largest_delay: float
    row_words: int


@dataclass(frozen=True)
class Plan:
    """A network that fits.

    Attributes
    ----------
    populations : mapping of str to PopulationPlan
        By label: ``slices`` of neurons on cores, ``left_shifts`` and ``weight_scales`` of receptors, ``load()``.
    projections : tuple of ProjectionPlan
        Synapses of a target, longest row and largest delay (ms) of each.
    chips : int
        So many hold it all; the vendor's placement may take more.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import PopulationRequest, make_plan
    >>> plan = make_plan([PopulationRequest("cells", 600, "IF_curr_exp")], [])
    >>> plan.populations["cells"].slices, plan.cores, plan.chips
    (((0, 256), (256, 512), (512, 600)), 3, 1)
    """

    chip: SpinnakerDescription
    timestep_ms: float
    populations: Mapping[str, PopulationPlan]
    projections: tuple[ProjectionPlan, ...]
    chips: int

    @property
    def cores(self) -> int:
        """Cores in use, those that forward spikes included."""
        return sum(each.cores + each.delay_cores for each in self.populations.values())

    @property
    def boards(self) -> int:
        """Boards of this many chips."""
        return max(1, ceil(self.chips / self.chip.chips_per_board))
