"""SpiNNaker as the PyNN back end sees it: every network is planned, then made of integer models."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from brian2 import ms

from brianhw.allocation.spinnaker import (
    Amount,
    Plan,
    PopulationRequest,
    check_rule,
    make_plan,
    raw_weights,
)
from brianhw.arithmetic.s1615 import STDP_ONE
from brianhw.chips.spinnaker1 import SPINNAKER1
from brianhw.equations.spinnaker import stdp
from brianhw.errors import SpinnakerError, SpinnakerWarning
from brianhw.pynn.building.hardware import Hardware
from brianhw.pynn.models.grid import grid
from brianhw.pynn.models.realisation import FromPyNN, Realisation
from brianhw.pynn.models.synapse_realisation import Pathway, SynapseRealisation
from brianhw.pynn.models.synapses import StaticSynapse
from brianhw.pynn.simulator import state
from brianhw.spinnaker.cells import SHORT, in_whole_steps
from brianhw.spinnaker.describe import (
    cell_name,
    delays_of,
    is_made_on_chip,
    planned_parts,
    population_request,
    projection_request,
    whole_populations,
)
from brianhw.spinnaker.live.session import Live
from brianhw.spinnaker.modulation import (
    RECEPTORS,
    Modulation,
    bringing,
    modulated,
    modulation_of,
    modulations,
    with_dopamine,
)
from brianhw.spinnaker.plasticity import Plasticity, ideal, plasticity_of
from brianhw.spinnaker.report import PopulationRow, Report, projection_rows
from brianhw.spinnaker.rewiring import Dendrites, Rewiring
from brianhw.spinnaker.structural import structure_of
from brianhw.timing import delay_steps

__all__ = ["SpiNNaker"]


class SpiNNaker(Hardware):
    """The chip that a script runs on.

    Parameters
    ----------
    arithmetic : str
        ``"integer"``, the chip's, or ``"float"``, which keeps the chip's limits but loses nothing.
    time_scale_factor : float
        How much slower than real time the chip runs.
    boards, chips : int, optional
        How many there are.
    synapse_cores : int, optional
        Of each core of neurons.
    strict : bool
        Whether a loss is an error.
    live : Live, optional
        Who exchanges spikes with runs.

    Attributes
    ----------
    planned : Plan or None
        Of the last network.
    """

    weights_are_amounts = is_planned = ends_late = True

    def __init__(
        self,
        arithmetic: str = "integer",
        *,
        time_scale_factor: float = 1.0,
        boards: int | None = None,
        chips: int | None = None,
        synapse_cores: int | None = None,
        strict: bool = False,
        live: Live | None = None,
    ) -> None:
        if arithmetic not in ("integer", "float"):
            raise SpinnakerError(f"setup(): arithmetic must be 'integer' or 'float', not {arithmetic!r}.")
        self.arithmetic, self.time_scale_factor = arithmetic, time_scale_factor
        self.boards, self.chips = boards, chips
        self.synapse_cores, self.strict = synapse_cores, strict
        self.per_core: dict[str, int] = {}
        self.synapse_cores_of: dict[str, int] = {}
        self.planned: Plan | None = None
        self._timestep = 1.0
        self._dendrites: list[Dendrites] = []  # of populations with synapses that form and vanish
        self._histories: dict[Any, Any] = {}  # what the targets of plastic synapses keep of their spikes
        self._longest: dict[Any, int] = {}  # delay onto them, in steps
        self._rules: dict[Any, Plasticity] = {}
        self._modulations: dict[Any, Modulation] = {}  # what dopamine does to them
        self.live = live or Live()
        self._said: list[str] = []
        self._weights: dict[Any, Amount] = {}  # of plastic synapses, as they were before they changed

    # -- the hooks of the back end ------------------------------------------------------------------

    def with_arithmetic(self, arithmetic: str) -> SpiNNaker:
        """Return the same chip in another arithmetic, for a network beside the script's own."""
        other = copy(self)
        other.arithmetic, other._weights = arithmetic, {}
        other._histories, other._longest, other._rules, other._modulations = {}, {}, {}, {}
        return other

    def attending(self, state: Any, end: int) -> AbstractContextManager[None]:
        """Tell those of a run who exchange spikes with it."""
        return self.live.attending(state, end)

    def pauses(self, state: Any, end: int) -> Iterable[int]:
        """Pause between steps, if somebody exchanges spikes with the run."""
        return self.live.pauses(state, end)

    def plan(self, populations: Iterable[Any], projections: Iterable[Any], timestep_ms: float) -> None:
        """Lay out everything that the script has described.

        Raises
        ------
        SpinnakerError
            If it does not fit or cannot be done; in strict mode also if something is lost.
        """
        self._timestep = timestep_ms
        self._dendrites = self._with_structure(projections)
        cells = [self._request(each) for each in populations]
        requests = []
        for projection in projections:
            for part in planned_parts(projection):
                known = self._weights.get((projection, part.pre, part.post))
                request = projection_request(projection, part, known if "weight" in projection.have_changed else None)
                if request.plasticity:
                    self._weights[projection, part.pre, part.post] = request.weight
                requests.append(request)
        self.planned = make_plan(
            cells,
            requests,
            timestep_ms,
            time_scale_factor=self.time_scale_factor,
            boards=self.boards,
            chips=self.chips,
        )
        self._remember(projections)
        for projection in projections:
            self._say_signs(projection)
        if self.arithmetic == "integer":
            for projection in projections:
                self._say_losses(projection)

    def _with_structure(self, projections: Iterable[Any]) -> list[Dendrites]:
        """Give synapses that form and vanish their places; return those of each population."""
        onto: dict[Any, list[Any]] = {}
        for each in projections:
            if structure_of(each) is not None:
                onto.setdefault(each.post, []).append(each)
        found = []
        for population, own in onto.items():
            known = getattr(population, "dendrites", None)
            if known is None or known.projections != own:
                known = Dendrites(population, own, self._timestep)
            if own[0] in state.projections:  # not copies of them, in a network beside the script's
                population.dendrites = known
            found.append(known)
        return found

    def changes(self, network: Any) -> list[Any]:
        """Return what lets synapses form and vanish."""
        if not self._dendrites:
            return []
        assert self.planned is not None
        plans = [self.planned.populations[each.population.label] for each in self._dendrites]
        return [Rewiring(network, self._dendrites, [plan.per_core or plan.n for plan in plans])]

    def _request(self, population: Any) -> PopulationRequest:
        return population_request(population, self.per_core, self.synapse_cores_of, self.synapse_cores)

    def cells(self, population: Any, timestep_ms: float) -> Realisation:
        """Return the cells in integers, or in floating point."""
        cell_name(population.celltype, population.label)
        kind = type(population.celltype)
        if self.arithmetic == "float":
            found = in_whole_steps(super().cells(population, timestep_ms), timestep_ms)
            return with_dopamine(found) if population in self._modulations else found
        assert self.planned is not None
        shifts = self.planned.populations[population.label].left_shifts
        made: Realisation = kind.chip.realisation(timestep_ms, shifts)
        history = self._histories.get(population)
        return made if history is None else replace(made, model=made.model + history)

    def synapses(self, projection: Any, post: Any, gap: str = "") -> SynapseRealisation:
        """Return the synapses in raw integers, or in floating point; weights are amounts in both."""
        receptor = projection.receptor_type
        if modulation_of(projection) is not None:
            return self._dopamine(projection, post.population)
        entry, unit = post.realisation.receptors[receptor]
        modulation = self._modulations.get(post.population)
        plasticity = plasticity_of(projection.synapse_type)
        negative, positive = _signs(projection)
        sign = -1.0 if negative and not positive else 1.0  # as the script writes them
        if self.arithmetic == "float":
            found: SynapseRealisation = projection.synapse_type.realise(entry, unit, "")
            if plasticity is not None:
                found = ideal(found, plasticity)
                found = found if modulation is None else modulated(found, modulation)
            found = replace(_as_amounts(found), weight=("weight", sign))
            return _with_places(found) if structure_of(projection) and found.plastic else found
        scale = self.scale(post.population, receptor)
        raw = partial(self._raw, projection=projection, scale=scale)
        if plasticity is not None:
            made = self._plastic(projection, post.population, plasticity, raw, sign / scale)
            return _with_places(made) if structure_of(projection) else made
        return SynapseRealisation(
            "weight_raw : integer           # 16 bits, unsigned",
            {"transmit": Pathway(f"{entry}_post += weight_raw", "total")},
            {"weight_raw": FromPyNN(raw, "1")},
            weight=("weight_raw", sign / scale),
        )

    def _plastic(
        self, projection: Any, target: Any, plasticity: Plasticity, raw: Any, one: float
    ) -> SynapseRealisation:
        assert self.planned is not None
        rule, modulation = self._rule(target, plasticity), self._modulations.get(target)
        receptor = projection.receptor_type
        model = rule.onto(SHORT[receptor], self._longest[target])
        shift = self.planned.populations[target.label].left_shifts[receptor]
        on_chip = self.scale(target, receptor) * 2.0 ** (shift - 15)  # S16.15 of 1 nA or 1 uS, over 2^15
        own = plasticity.numbers
        if modulation is not None:
            own |= {"m_min": modulation.w_min, "m_max": modulation.w_max, "m_rate": -modulation.rate}
        numbers = {**rule.raw(own, on_chip), "shift": shift}
        fraction = projection.synapse_type.dendritic_delay_fraction
        steps = partial(_steps, timestep_ms=self._timestep)
        parameters = {name: FromPyNN(lambda _, number=number: number, "1") for name, number in numbers.items()}  # type: ignore[misc]
        parameters["weight_raw"] = FromPyNN(raw, "1")
        parameters["lag"] = FromPyNN(lambda values: steps(values) - 1, "1")
        parameters["dendritic"] = FromPyNN(lambda values: fraction * steps(values), "1")
        return SynapseRealisation(
            model.equations,
            {"transmit": Pathway(model.on_pre, "total")},
            parameters,
            plastic=True,
            namespace=model.namespace,
            weight=("weight_raw", one),
        )

    def _remember(self, projections: Iterable[Any]) -> None:
        """Give the targets of plastic synapses the history that their rule needs.

        Raises
        ------
        SpinnakerError
            If two rules meet in one population.
        """
        self._histories.clear()
        self._longest.clear()
        self._modulations = modulations(projections)
        rules: dict[Any, tuple[Any, Plasticity]] = {}
        for projection in projections:
            plasticity = plasticity_of(projection.synapse_type)
            if plasticity is None:
                continue
            for part in planned_parts(projection):
                other, known = rules.setdefault(part.post, (projection, plasticity))
                if known != plasticity:
                    raise SpinnakerError(
                        f"{part.post.label} has plastic synapses of two kinds, {other.label} and {projection.label}; "
                        "on SpiNNaker all plastic synapses of a population follow one rule, with the same parameters."
                    )
                steps = int(np.max(delay_steps(delays_of(projection, part), self._timestep)))
                self._longest[part.post] = max(steps, self._longest.get(part.post, 1))
        self._rules = {population: plasticity for population, (_, plasticity) in rules.items()}
        for population, (_, plasticity) in rules.items():
            rule = self._rule(population, plasticity)
            self._histories[population] = rule.history(self._longest[population])

    def _rule(self, population: Any, plasticity: Plasticity) -> Any:
        """Return the chip's rule of the plastic synapses onto a population."""
        rule, modulation = plasticity.rule(self._timestep), self._modulations.get(population)
        if modulation is None:
            return rule
        return stdp.modulated(rule, modulation.tau_c * ms, modulation.tau_d * ms, self._timestep * ms)

    def _dopamine(self, projection: Any, target: Any) -> SynapseRealisation:
        """Return the synapses that bring a population dopamine."""
        sign, longest = RECEPTORS[projection.receptor_type], self._longest[target]
        if self.arithmetic == "float":
            return bringing(sign, 2 * longest - 2)
        model = self._rule(target, self._rules[target]).dopamine(sign, longest)
        raw = FromPyNN(lambda values: np.rint(np.abs(values["weight"]) * STDP_ONE).astype(np.int64) & 0xFFFF, "1")
        return SynapseRealisation(
            model.equations,
            {"bring": Pathway(model.on_pre, "total")},
            {"weight_raw": raw},
            namespace=model.namespace,
            weight=("weight_raw", 1 / STDP_ONE),
        )

    # -- weights ------------------------------------------------------------------------------------

    def scale(self, population: Any, receptor: str) -> float:
        """Return the raw integer of a weight of 1 nA or 1 uS."""
        assert self.planned is not None
        return self.planned.populations[population.label].weight_scales[receptor]

    def _raw(self, values: Any, projection: Any, scale: float) -> Any:
        raw, _ = raw_weights(values["weight"], scale, on_host=not is_made_on_chip(projection))
        return raw

    # -- what the chip cannot do --------------------------------------------------------------------

    def check_synapses(self, synapse_type: Any, target: Any, label: str) -> None:
        """Refuse a projection that the vendor's tool refuses.

        Raises
        ------
        SpinnakerError
            Naming the projection.
        """
        name = type(synapse_type).__name__
        if not isinstance(synapse_type, StaticSynapse) and not hasattr(synapse_type, "timing_dependence"):
            raise SpinnakerError(
                f"{label}: SpiNNaker's software has no {name}; its synapses are static or plastic by a rule of STDP."
            )
        plasticity = plasticity_of(synapse_type)
        if plasticity is not None:
            rule = plasticity.timing, plasticity.weights
            for population in whole_populations(target):
                request = self._request(population)
                if not request.is_source:  # PyNN says what is wrong with those
                    check_rule(SPINNAKER1, label, request, rule, grid.dt)

    def _say_signs(self, projection: Any) -> None:
        """Say where weights were written with both signs, as a normal distribution gives them: none has one here."""
        negative, positive = _signs(projection)
        if negative and positive:
            self._say(
                f"{projection.label}: {negative} weights are negative, {positive} positive. On SpiNNaker weights have "
                f"no sign, all of them are {projection.receptor_type} here. Clip their distribution "
                "(RandomDistribution('normal_clipped', ...)), or make a projection of each receptor."
            )

    def _say_losses(self, projection: Any) -> None:
        assert self.planned is not None
        for row in projection_rows(projection, self.planned) if modulation_of(projection) is None else ():
            if row.zeroed:
                step = 1 / self.planned.populations[row.post].weight_scales[row.receptor]
                self._say(
                    f"{row.title}: {row.zeroed} of {row.synapses} weights become 0 on SpiNNaker: they are as small as "
                    f"{row.asked[0]:g} {row.unit}, one step of the {row.receptor} ring buffer of {row.post} is "
                    f"{step:g} {row.unit}. The steps become finer with fewer or smaller synapses onto that receptor."
                )
            if row.wrapped:
                self._say(
                    f"{row.title}: {row.wrapped} weights of up to {row.asked[1]:g} {row.unit} pass 16 bits and lose "
                    "their upper bits on SpiNNaker. Use smaller weights."
                )

    def _say(self, message: str) -> None:
        if self.strict:
            raise SpinnakerError(message)
        if message not in self._said:
            self._said.append(message)
            warnings.warn(message, SpinnakerWarning, stacklevel=2)

    # -- the report ---------------------------------------------------------------------------------

    def report(self, state: Any) -> Report:
        """Return what the network takes and loses; before a run it is planned for that."""
        if state.network is None and state.released is None:
            self.plan(state.populations, state.projections, state.dt)
        plan = self.planned
        assert plan is not None
        rates = _measured_rates(state)
        populations = tuple(self._population_row(state, each, rates) for each in state.populations)
        brought = [each for each in state.projections if modulation_of(each) is None]
        projections = [row for each in brought for row in projection_rows(each, plan)]
        said = [*self._said]
        for row in populations:
            if row.load > 1:
                said.append(
                    f"{row.label}: its cores can process {1 / row.load:.0%} of the synaptic events that are expected; "
                    "the others come late. Use fewer neurons per core, or a larger time_scale_factor."
                )
            if sum(row.saturated.values()):
                said.append(
                    f"{row.label}: more input came in one step than the ring buffers hold (65535 raw), "
                    f"{sum(row.saturated.values())} times; the rest was lost."
                )
        return Report(
            plan.chip.name, self.arithmetic, plan.timestep_ms, plan.chips, plan.boards, populations, tuple(projections),
            tuple(said),
        )  # fmt: skip

    def _population_row(self, state: Any, population: Any, rates: dict[str, float]) -> PopulationRow:
        assert self.planned is not None
        plan = self.planned.populations[population.label]
        return PopulationRow(
            plan.label,
            plan.cell,
            plan.n,
            plan.per_core,
            len(plan.slices),
            len(plan.slices) * plan.synapse_cores,
            plan.delay_cores,
            self.planned.chip.unit_of(plan.cell),
            {receptor: 1 / scale for receptor, scale in plan.weight_scales.items()},
            dict(plan.left_shifts),
            dict(plan.weight_scales),
            plan.delay_slots,
            plan.delay_stages,
            {receptor: _saturated(state, population, receptor) for receptor in plan.weight_scales},
            plan.load(rates),
        )


def _signs(projection: Any) -> tuple[int, int]:
    """Return how many weights a script has written below and above zero; one number is one weight."""
    weights = projection.asked("weight")
    return int(np.count_nonzero(np.less(weights, 0))), int(np.count_nonzero(np.greater(weights, 0)))


def _steps(values: Any, timestep_ms: float) -> Any:
    return delay_steps(values["delay"], timestep_ms)


def _with_places(found: SynapseRealisation) -> SynapseRealisation:
    """Return plastic synapses some of which are empty places: these send nothing."""
    held, pathways = found.weight[0], dict(found.pathways)
    for name, pathway in pathways.items():
        *lines, last = pathway.statements.splitlines()
        if pathway.delay == "total":
            sent = last.replace(f"+= {held}", f"+= alive*{held}")
            assert sent != last
            pathways[name] = replace(pathway, statements="\n".join([*lines, sent]))
    kind = "1" if held == "weight" else "integer"
    return replace(
        found,
        equations=f"{found.equations}\nalive : {kind}",
        pathways=pathways,
        parameters={**found.parameters, "alive": FromPyNN("alive", "1")},
    )


def _as_amounts(found: SynapseRealisation) -> SynapseRealisation:
    """Return synapses whose weights and their bounds are not negative, whatever the script writes."""

    def parameter(made: FromPyNN) -> FromPyNN:
        def value(values: Any) -> Any:
            own = {n: np.abs(v) if n in ("weight", "w_min", "w_max") else v for n, v in values.items()}
            return own[made.value] if isinstance(made.value, str) else made.value(own)

        return FromPyNN(value, made.unit)

    return replace(found, parameters={name: parameter(made) for name, made in found.parameters.items()})


def _saturated(state: Any, population: Any, receptor: str) -> int:
    """Return in how many steps of a neuron more came than the receptor's ring buffer holds."""
    network = state.network or state.released
    group = network.groups.get(population) if network is not None else None
    counter = f"saturated_{SHORT[receptor]}"
    return int(group.state(counter).sum()) if group is not None and counter in group.brian.variables else 0


def _measured_rates(state: Any) -> dict[str, float]:
    """Return the mean rate in Hz of every population whose spikes were recorded."""
    rates = {}
    if state.t > 0:
        for population in state.populations:
            if "spikes" in {each.name for each in population.recorder.recorded}:
                rates[population.label] = 1000 * population.mean_spike_count() / state.t
    return rates
