"""A network on SpiNNaker: which neurons share a core, how synapses are scaled, how many cores and chips it takes.

The rules are those of the vendor's mapping tool (sPyNNaker 7.4.1), with its estimates of how many synapses there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, log2
from typing import Any

from brianhw.allocation.spinnaker.connections import OneToOne
from brianhw.allocation.spinnaker.plan import Arrival, Plan, PopulationPlan, ProjectionPlan
from brianhw.allocation.spinnaker.programs import check_rule, is_split
from brianhw.allocation.spinnaker.requests import PopulationRequest, ProjectionRequest
from brianhw.allocation.spinnaker.ring_buffers import Input, largest_sum, left_shift, weight_scale
from brianhw.chips.spinnaker1 import SPINNAKER1, SpinnakerDescription
from brianhw.errors import RequestError, SpinnakerError, unknown_name
from brianhw.timing import delay_steps

__all__ = ["make_plan"]


def make_plan(
    populations: Sequence[PopulationRequest],
    projections: Sequence[ProjectionRequest],
    timestep_ms: float = 1.0,
    *,
    time_scale_factor: float = 1.0,
    boards: int | None = None,
    chips: int | None = None,
    chip: SpinnakerDescription = SPINNAKER1,
) -> Plan:
    """Return how a network is laid out.

    Parameters
    ----------
    populations, projections : sequence of requests
        The network.
    timestep_ms : float
        The step.
    time_scale_factor : float
        How much slower than real time the chip runs.
    boards, chips : int, optional
        How many there are; as many as are needed by default.
    chip : SpinnakerDescription
        Its limits.

    Raises
    ------
    SpinnakerError
        If something does not fit, or cannot be done on the chip; a message says what to do.
    RequestError, UnknownNameError, ParameterError
        If a request makes no sense.

    Examples
    --------
    >>> from brianhw.allocation.spinnaker import FixedProbability, PopulationRequest, ProjectionRequest, make_plan
    >>> source = PopulationRequest("source", 1000, "SpikeSourcePoisson")
    >>> cells = PopulationRequest("cells", 600, "IF_curr_exp")
    >>> into = ProjectionRequest("source", "cells", FixedProbability(0.1), weight=0.25, delay=1.0)
    >>> plan = make_plan([source, cells], [into])
    >>> plan.cores, plan.populations["cells"].left_shifts["excitatory"], plan.projections[0].per_target
    (5, 6, 164)
    """
    return _Planner(populations, projections, timestep_ms, time_scale_factor, chip).plan(boards, chips)


@dataclass
class _Planner:
    requested: Sequence[PopulationRequest]
    projections: Sequence[ProjectionRequest]
    timestep_ms: float
    time_scale_factor: float
    chip: SpinnakerDescription
    populations: dict[str, PopulationRequest] = field(init=False)
    waiting: set[str] = field(init=False)  # those whose plastic synapses wait for dopamine

    def __post_init__(self) -> None:
        self.populations = {}
        for each in self.requested:
            if each.label in self.populations:
                raise SpinnakerError(f"Two populations are called {each.label!r}; give each a label of its own.")
            if each.cell not in self.chip.neurons_per_core:
                raise unknown_name(self.chip.name, "cell", each.cell, self.chip.neurons_per_core)
            receptors = self.chip.receptors_of(each.cell)
            if each.largest_sums is not None and len(each.largest_sums) != len(receptors):
                raise RequestError(
                    f"{each.label}: a largest sum of weights is needed for each of {', '.join(receptors)}."
                )
            self.populations[each.label] = each
        self.waiting = {each.post for each in self.projections if each.is_dopamine}
        for projection in self.projections:
            for label in (projection.pre, projection.post):
                if label not in self.populations:
                    raise unknown_name(projection.label, "population", label, self.populations)
            self._check(projection)

    def _check(self, projection: ProjectionRequest) -> None:
        target = self.populations[projection.post]
        if target.is_source:
            raise SpinnakerError(f"{projection.label}: {target.cell} takes no synapses.")
        receptors = self.chip.receptors_of(target.cell)
        if projection.receptor not in receptors and not projection.is_dopamine:
            raise unknown_name(f"{projection.post}, a {target.cell},", "receptor", projection.receptor, receptors)
        if projection.plasticity:
            rule = projection.plasticity, projection.weight_rule
            check_rule(self.chip, projection.label, target, rule, self.timestep_ms)

    def plan(self, boards: int | None, chips_given: int | None) -> Plan:
        delays = self._largest_delays()
        plans = {each.label: self._population(each, delays) for each in self.requested}
        plans = {label: self._with_stages(plan, plans, delays) for label, plan in plans.items()}
        rows = tuple(self._projection(each, plans[each.post], delays) for each in self.projections)
        chips = self._chips(plans.values())
        there = chips_given if boards is None else boards * self.chip.chips_per_board
        if there is not None and chips > there:
            raise SpinnakerError(
                f"The network needs {chips} chips; there are {there}. Use more boards, more neurons per core, or fewer "
                "neurons."
            )
        return Plan(self.chip, self.timestep_ms, plans, rows, chips)

    # -- populations --------------------------------------------------------------------------------

    def _onto(self, label: str, receptor: str | None = None) -> list[ProjectionRequest]:
        return [each for each in self.projections if each.post == label and receptor in (None, each.receptor)]

    def _receptors(self, request: PopulationRequest) -> tuple[str, ...]:
        return () if request.is_source else self.chip.receptors_of(request.cell)

    def _sizes(self, projection: ProjectionRequest) -> tuple[int, int]:
        return self.populations[projection.pre].n, self.populations[projection.post].n

    def _population(self, request: PopulationRequest, delays: Mapping[int, int]) -> PopulationPlan:
        per_core = self._per_core(request)
        size = min(per_core or request.n, request.n)
        slices = tuple((first, min(first + size, request.n)) for first in range(0, request.n, size))
        scale = self.chip.conductance_scale if request.cell in self.chip.conductance_cells else 1.0
        shifts = {name: self._shift(request, name, scale) for name in self._receptors(request)}
        return PopulationPlan(
            request.label,
            request.n,
            request.cell,
            per_core,
            slices,
            self._synapse_cores(request, slices),
            shifts,
            {name: weight_scale(shift, scale) for name, shift in shifts.items()},
            self._delay_slots(request, size, delays),
            0,
            self._arrivals(request, slices),
        )

    def _per_core(self, request: PopulationRequest) -> int | None:
        if request.per_core is not None:
            return request.per_core
        partner = self._shortcut(request)
        return self._per_core(partner) if partner is not None else self.chip.neurons_per_core[request.cell]

    def _shortcut(self, request: PopulationRequest) -> PopulationRequest | None:
        """Return the neurons beside which a Poisson source is put, whose input it writes into their memory."""
        out = [each for each in self.projections if each.pre == request.label]
        if not request.cell.startswith("SpikeSourcePoisson") or len(out) != 1:
            return None
        (only,) = out
        target = self.populations[only.post]
        one_to_one = isinstance(only.connections, OneToOne) and target.n == request.n
        one_step = only.delay.largest(1) <= self.timestep_ms and only.delay.variance == 0
        direct = self._is_split(target) and one_to_one and one_step and not only.plasticity
        return target if direct else None

    def _shift(self, request: PopulationRequest, receptor: str, scale: float) -> int:
        if request.largest_sums is not None:
            return left_shift(request.largest_sums[self._receptors(request).index(receptor)] * scale)
        inputs = []
        for each in self._onto(request.label, receptor):
            sizes = self._sizes(each)
            largest = each.weight.largest(each.connections.in_all(*sizes))
            mean, variance = each.weight.mean, each.weight.variance
            if each.plasticity:
                largest = mean = max(largest, each.largest_weight)
                variance = 0.0
            inputs.append(Input(each.connections.per_target(*sizes), mean, variance, largest, each.delay.variance))
        sigmas = self.chip.sigmas if request.sigmas is None else request.sigmas
        rate = self._assumed_rate(request)
        return left_shift(largest_sum(inputs, scale, self.timestep_ms, rate, sigmas) if inputs else 0.0)

    def _assumed_rate(self, request: PopulationRequest) -> float:
        return self.chip.assumed_rate if request.source_rate is None else request.source_rate

    # -- delays -------------------------------------------------------------------------------------

    def _largest_delays(self) -> dict[int, int]:
        """Return the largest delay of each projection, in steps, by its place in the list."""
        return {
            place: int(delay_steps(self._largest_delay(each), self.timestep_ms, owner=each.label))
            for place, each in enumerate(self.projections)
        }

    def _largest_delay(self, projection: ProjectionRequest) -> float:
        return projection.delay.largest(projection.connections.in_all(*self._sizes(projection)))

    def _delay_slots(self, request: PopulationRequest, per_core: int, delays: Mapping[int, int]) -> int:
        if request.is_source:
            return 0
        left = self.chip.ring_buffer_bits - _bits(len(self._receptors(request)))
        bits = left - _bits(per_core)
        most = 2**bits if bits >= 0 else 0
        if most < self.chip.least_slots:
            allowed = 2 ** (
                self.chip.ring_buffer_bits - _bits(len(self._receptors(request))) - _bits(self.chip.least_slots)
            )
            raise SpinnakerError(
                f"{request.label}: {per_core} neurons on a core leave no room for its ring buffers; at most {allowed} "
                f"do. Lower the number of neurons per core."
            )
        largest = max((delays[place] for place, each in enumerate(self.projections) if each.post == request.label),
                      default=1)  # fmt: skip
        return min(most, max(self.chip.least_slots, 2 ** _bits(largest)))

    def _with_stages(
        self, plan: PopulationPlan, plans: Mapping[str, PopulationPlan], delays: Mapping[int, int]
    ) -> PopulationPlan:
        stages = [
            ceil(delays[place] / plans[each.post].delay_slots) - 1
            for place, each in enumerate(self.projections)
            if each.pre == plan.label
        ]
        return replace(plan, delay_stages=max(stages, default=0))

    # -- synapses -----------------------------------------------------------------------------------

    def _projection(
        self, request: ProjectionRequest, target: PopulationPlan, delays: Mapping[int, int]
    ) -> ProjectionPlan:
        sizes = self._sizes(request)
        words = self._words(request, self._row(request, target.slices))
        if words > self.chip.row_words:
            kept = f" for all {request.places} places of a neuron (s_max)" if request.places else ""
            also = ", or s_max" if request.places else ""
            raise SpinnakerError(
                f"{request.label}: the synapses of one source on one core take {words} words{kept}, a row holds "
                f"{self.chip.row_words}. Lower the number of neurons per core of {request.post} "
                f"(set_number_of_neurons_per_core), now {target.per_core}{also}."
            )
        return ProjectionPlan(
            request.label,
            request.pre,
            request.post,
            request.receptor,
            request.connections.per_target(*sizes),
            self._largest_delay(request),
            words,
        )

    def _row(self, request: ProjectionRequest, slices: Sequence[tuple[int, int]]) -> int:
        """Return how many synapses of a source on one core there is room for; a row may come to hold all places."""
        sizes = self._sizes(request)
        return max(request.places, *(request.connections.per_row(*sizes, *each) for each in slices))

    def _words(self, request: ProjectionRequest, synapses: int) -> int:
        if request.is_dopamine:
            return 1 + synapses  # what it is, and a word for each target
        if not request.plasticity:
            return synapses
        # of a synapse that waits for dopamine there are an eligibility and the weight
        values = 2 if request.post in self.waiting else 1
        header = self.chip.plastic_header_bytes[request.plasticity]
        return ceil(synapses / 2) + ceil((header + 2 * values * synapses) / 4)

    def _arrivals(self, request: PopulationRequest, slices: Sequence[tuple[int, int]]) -> tuple[Arrival, ...]:
        found = []
        onto = self._onto(request.label)
        largest = max(last - first for first, last in slices)
        for each in onto:
            source = self.populations[each.pre]
            if each.places:  # all projections share them
                synapses = each.places * largest / sum(1 for other in onto if other.places)
            else:
                synapses = self._row(each, slices) * source.n
            capacity = self.chip.events_per_second["plastic" if each.plasticity or each.is_dopamine else "static"]
            rate = self._assumed_rate(request) if source.rate is None else source.rate
            found.append(Arrival(each.pre, synapses / (capacity * self.time_scale_factor), rate))
        return tuple(found)

    def _is_split(self, request: PopulationRequest) -> bool:
        return is_split(self.chip, request, self.timestep_ms)

    def _synapse_cores(self, request: PopulationRequest, slices: Sequence[tuple[int, int]]) -> int:
        if not self._is_split(request):
            return 0
        if request.synapse_cores:
            return request.synapse_cores
        most = self.chip.application_cores - self.chip.ethernet_cores - 1
        share = sum(each.share_per_hz * self._assumed_rate(request) for each in self._arrivals(request, slices))
        return min(max(1, ceil(share)), most)

    # -- chips --------------------------------------------------------------------------------------

    def _chips(self, plans: Any) -> int:
        """Return how many chips hold all cores, where those of a slice share a chip: each goes where it first fits."""
        free: list[int] = []
        for plan in plans:
            for group in [1 + plan.synapse_cores] * len(plan.slices) + [1] * plan.delay_cores:
                at = next((number for number, left in enumerate(free) if left >= group), len(free))
                if at == len(free):
                    has_ethernet = at % self.chip.chips_per_board == 0
                    free.append(self.chip.application_cores - self.chip.ethernet_cores * has_ethernet)
                free[at] -= group
        return max(1, len(free))


def _bits(count: int) -> int:
    return ceil(log2(count)) if count > 1 else 0
