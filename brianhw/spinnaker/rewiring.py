"""Synapses that form and vanish, between the steps of a network.

The synapses of a projection are the places of its target's neurons, of which some are empty: they have weight 0. A
place that gets a synapse gets its source, weight and delay; nothing is compiled anew. An empty place keeps the source
it had, so that the spikes' queue changes only where a synapse forms.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from brian2 import NetworkOperation

from brianhw.errors import SpinnakerError
from brianhw.pynn.models.grid import Delays
from brianhw.spinnaker.structural import LastNeuronSelection, Structure, structure_of
from brianhw.timing import delay_steps

__all__ = ["Dendrites", "Rewiring", "Slots"]

#: What synapses keep of their source's spikes, with the value before there was one.
OF_SOURCE = {
    "pre_time": 0,
    "pre_trace": 0,
    "pre_slow": 0,
    "arrived": 0.0,
    "arrived_slow": 0.0,
    "last_arrival": -1.0,
    "window_arrived": 0.0,
}
#: What a new synapse has not: an empty place has gone on as if it had a source.
OF_ITSELF = ("eligibility_raw", "eligibility", "gained", "count")


@dataclass
class Slots:
    """The places for synapses of one projection: those of each target neuron side by side.

    Attributes
    ----------
    places : int
        Of each neuron.
    sources : array of int32
        Of each place, empty ones included.
    alive : array of bool
        Where there is a synapse.
    weights : array of float
        In nA or uS, with the sign of the script.
    steps : array of int
        The delay.
    varies : bool
        Whether delays may differ.
    changes : int
        How often something changed.
    """

    places: int
    sources: np.ndarray
    alive: np.ndarray
    weights: np.ndarray
    steps: np.ndarray
    varies: bool
    changes: int = 0
    seen: Any = None
    begun: tuple[np.ndarray, ...] | None = field(default=None, repr=False)

    @classmethod
    def empty(cls, n_pre: int, n_post: int, places: int, steps: int, varies: bool) -> Slots:
        """Return places without synapses; their sources take turns, so that spikes of all cost alike."""
        n = n_post * places
        sources = (np.arange(n) % n_pre).astype(np.int32)
        return cls(places, sources, np.zeros(n, dtype=bool), np.zeros(n), np.full(n, steps, dtype=np.uint32), varies)

    @property
    def targets(self) -> np.ndarray:
        """The neuron of each place."""
        return (np.arange(len(self.alive)) // self.places).astype(np.int32)

    def delays(self, dt: float) -> Any:
        """Return the delays as projections hold them."""
        return Delays.of(self.steps, dt) if self.varies else float(round(int(self.steps[0]) * dt, 9))

    def take(self, there: np.ndarray, values: dict[str, Any], dt: float) -> None:
        """Take weights and delays of the synapses in these places."""
        self.weights[there] = values["weight"]
        steps = delay_steps(values["delay"], dt)
        self.varies = self.varies or bool(np.any(steps != self.steps[0]))
        self.steps[there] = steps
        self.changes += 1

    def begin(self) -> None:
        """Remember the places as they are: time zero."""
        self.begun = tuple(each.copy() for each in (self.sources, self.alive, self.weights, self.steps))

    def restart(self) -> None:
        """Go back to time zero."""
        if self.begun is not None:
            for own, begun in zip((self.sources, self.alive, self.weights, self.steps), self.begun, strict=True):
                own[:] = begun
        self.changes += 1

    def copied(self) -> Slots:
        """Return places of their own for another network."""
        other = copy(self)
        other.sources, other.alive, other.weights, other.steps = (
            each.copy() for each in (self.sources, self.alive, self.weights, self.steps)
        )
        return other

    # -- in a network -------------------------------------------------------------------------------

    def read(self, link: Any) -> None:
        """Take the weights of synapses that learn."""
        if link.realisation.plastic:
            held = np.asarray(link.value("weight"), dtype=float)
            self.weights[self.alive] = held[self.alive]

    def write(self, link: Any) -> None:
        """Give everything to the synapses of a network."""
        _put(link, slice(None), self)
        _renew(link)


def _array(link: Any, name: str) -> np.ndarray:
    found: np.ndarray = link.brian.variables[name].get_value()
    return found


def _put(link: Any, at: Any, slots: Slots) -> None:
    """Write one place, or all, into the synapses of a network."""
    alive = slots.alive[at]
    _array(link, "_synaptic_pre")[at] = slots.sources[at]
    variable, _ = link.realisation.weight
    _array(link, variable)[at] = np.where(alive, link._brian_value(variable, {"weight": slots.weights[at]}), 0)
    if "alive" in link.realisation.parameters:
        _array(link, "alive")[at] = alive
    if slots.varies:
        values = {**link.fixed, "delay": link.grid.time_at(slots.steps[at])}
        for name in ("lag", "dendritic"):
            if name in link.realisation.parameters:
                _array(link, name)[at] = link._brian_value(name, values)
        for name, pathway in link.realisation.pathways.items():
            waits = getattr(link.brian, name).variables["delay"].get_value()
            waits[at] = link._steps(pathway, values) * float(link.clock.dt)


def _renew(link: Any) -> None:
    """Sort the queues of spikes anew: synapses have other sources or delays."""
    for name in link.realisation.pathways:
        pathway = getattr(link.brian, name)
        delays, sources = pathway._delays.get_value(), pathway.synapse_sources.get_value()
        parts = getattr(pathway.queue, "parts", None)
        pathway.queue.prepare(delays, float(link.clock.dt), sources)
        if parts is not None:
            pathway.queue.divide(delays, float(link.clock.dt), sources, parts)


class Dendrites:
    """The places of one population's neurons, for all structural projections onto it.

    Parameters
    ----------
    population : Population
        The target.
    projections : list of Projection
        Those with structural plasticity.
    dt : float
        The time step in ms.

    Attributes
    ----------
    log : list of (int, int, int, bool)
        What changed: the step, source, target, and whether a synapse formed.

    Raises
    ------
    SpinnakerError
        If the projections do not go together, or a neuron has more synapses than places.
    """

    def __init__(self, population: Any, projections: list[Any], dt: float) -> None:
        self.population, self.projections, self.dt = population, projections, dt
        structures = [_structure(each) for each in projections]
        self.structure = structures[0]
        for each, other in zip(projections, structures, strict=True):
            if other.shared != self.structure.shared:
                raise SpinnakerError(
                    f"{population.label} has structural plasticity of two kinds, {projections[0].label} and "
                    f"{each.label}; on SpiNNaker all onto a population share f_rew, s_max, with_replacement, initial "
                    "weight and delay, the selection, and the kinds of formation and elimination."
                )
        self.log: list[tuple[int, int, int, bool]] = []
        own = self.structure.seed
        self.seed = projections[0].structure_seed if own is None else own
        self._place()
        self.restart()

    def _place(self) -> None:
        """Give each synapse that there is a place."""
        places, n_post = self.structure.s_max, self.population.size
        used = np.zeros(n_post, dtype=np.int64)
        for each in self.projections:
            if each.slots is not None:
                used += each.slots.alive.reshape(n_post, places).sum(axis=1)
        low, high = (int(delay_steps(each, self.dt)) for each in self.structure.initial_delay)
        for each in self.projections:
            if each.slots is not None:
                continue
            i, j = each._pairs.i, each._pairs.j
            steps = np.broadcast_to(delay_steps(each.asked("delay"), self.dt), (len(i),)) if len(i) else np.full(0, low)
            varies = low != high or bool(np.any(steps != low))
            slots = Slots.empty(each.pre.size, n_post, places, low, varies)
            order = np.argsort(j, kind="stable")
            counts = np.bincount(j, minlength=n_post)
            if (used + counts > places).any():
                worst = int(np.argmax(used + counts))
                raise SpinnakerError(
                    f"{each.label}: neuron {worst} of {self.population.label} begins with {(used + counts)[worst]} "
                    f"synapses, s_max is {places}. Connect fewer, or raise s_max."
                )
            rank = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
            at = j[order].astype(np.int64) * places + used[j[order]] + rank
            slots.sources[at], slots.alive[at] = i[order], True
            slots.weights[at] = np.broadcast_to(each.asked("weight"), (len(i),))[order]
            slots.steps[at] = steps[order]
            used += counts
            each.slots = slots

    def restart(self) -> None:
        """Go back to time zero: the same random numbers follow."""
        self.log.clear()
        self.random = np.random.default_rng(self.seed)

    # -- in a network -------------------------------------------------------------------------------

    def join(self, network: Any, per_core: int) -> None:
        """Follow what happens in a network; *per_core* target neurons share rows of synapses."""
        self.links = [network.links[each].each[0] for each in self.projections]
        for link, each in zip(self.links, self.projections, strict=True):
            link.fixed = {n: v for n, v in each.__dict__["_values"].items() if n not in ("weight", "delay")}
        self.per_core = per_core
        self._count()
        self.attempts, self.every = self.structure.attempts(self.dt)
        groups = [(network.groups[each.pre], place) for place, each in enumerate(self.projections)]
        structural = {each.pre for each in self.projections}
        others = {
            source
            for each in network.links
            if self.population in each.postsynaptic_populations
            for source in each.presynaptic_populations
            if source not in structural
        }
        self.senders = groups + [(network.groups[each], None) for each in others]

    def _count(self) -> None:
        """Count the synapses of each source on each core, which may be no more than a neuron's places."""
        places = self.structure.s_max
        self.rows = []
        for each in self.projections:
            there = np.flatnonzero(each.slots.alive)
            rows = np.zeros((-(-self.population.size // self.per_core), each.pre.size), dtype=np.int64)
            np.add.at(rows, (there // places // self.per_core, each.slots.sources[there]), 1)
            self.rows.append(rows)

    def change(self, step: int) -> None:
        """Let synapses form and vanish before a step."""
        if (step + 1) % self.every:
            return
        random, places = self.random, self.structure.s_max
        posts = random.integers(0, self.population.size, self.attempts).tolist()
        columns = random.integers(0, places, self.attempts).tolist()
        changed: set[int] = set()
        spikes: Any = None
        for post, column in zip(posts, columns, strict=True):
            at = post * places + column
            own = next((p for p, each in enumerate(self.projections) if each.slots.alive[at]), None)
            if own is not None:
                self._eliminate(own, at, post, step)
                continue
            if isinstance(self.structure.selection, LastNeuronSelection):
                spikes = self._last_spikes() if spikes is None else spikes
                if not spikes:
                    continue
                own, pre = spikes[int(random.integers(len(spikes)))]
                if own is None:
                    continue
            else:
                own = int(random.integers(len(self.projections)))
                pre = int(random.integers(self.projections[own].pre.size))
            if self._form(own, pre, post, at, step):
                changed.add(own)
        for own in changed:
            _renew(self.links[own])

    def _last_spikes(self) -> list[tuple[int | None, int]]:
        found: list[tuple[int | None, int]] = []
        for group, own in self.senders:
            space = group.brian.variables["_spikespace"].get_value()
            found += [(own, int(pre)) for pre in space[: int(space[-1])]]
        return found[: self.structure.selection.spike_buffer_size]

    def _form(self, own: int, pre: int, post: int, at: int, step: int) -> bool:
        """Let a synapse form, perhaps; return whether the queue must be sorted anew."""
        projection, places = self.projections[own], self.structure.s_max
        slots, row = projection.slots, post // self.per_core
        if self.rows[own][row, pre] >= places:
            return False
        structure = _structure(projection)
        if not structure.with_replacement:
            mine = slice(post * places, (post + 1) * places)
            if np.any(slots.alive[mine] & (slots.sources[mine] == pre)):
                return False
        lateral = projection.pre is projection.post
        if self.random.random() >= structure.formation.chance(pre, post, lateral):
            return False
        low, high = (int(delay_steps(each, self.dt)) for each in structure.initial_delay)
        link, before = self.links[own], (int(slots.sources[at]), int(slots.steps[at]))
        self._take_over(link, slots, pre, at)
        slots.sources[at], slots.alive[at], slots.weights[at] = pre, True, structure.initial_weight
        slots.steps[at] = low if high <= low else int(self.random.integers(low, high))
        slots.changes += 1
        self.rows[own][row, pre] += 1
        _put(link, at, slots)
        self.log.append((step, pre, post, True))
        return before != (pre, int(slots.steps[at]))

    @staticmethod
    def _take_over(link: Any, slots: Slots, pre: int, at: int) -> None:
        """Let a new synapse know its source's spikes, which the chip keeps for all synapses of a source together."""
        for name in OF_ITSELF:
            if name in link.brian.variables:
                _array(link, name)[at] = 0
        names = [name for name in OF_SOURCE if name in link.brian.variables]
        if not names:
            return
        others = np.flatnonzero(slots.alive & (slots.sources == pre))
        for name in names:
            values = _array(link, name)
            values[at] = values[others[0]] if len(others) else OF_SOURCE[name]

    def _eliminate(self, own: int, at: int, post: int, step: int) -> None:
        projection, link = self.projections[own], self.links[own]
        slots = projection.slots
        variable, one = link.realisation.weight
        held = abs(float(_array(link, variable)[at]) * one)
        exact = link.realisation.is_rounded
        chance = _structure(projection).elimination.chance(held, abs(one) if exact else 1e-12)
        if self.random.random() >= chance:
            return
        pre = int(slots.sources[at])
        slots.alive[at] = False
        slots.changes += 1
        self.rows[own][post // self.per_core, pre] -= 1
        _put(link, at, slots)
        self.log.append((step, pre, post, False))


def _structure(projection: Any) -> Structure:
    found = structure_of(projection)
    assert found is not None
    return found


class Rewiring:
    """All that forms and vanishes in one network, as an object that Brian2 calls before each step.

    Parameters
    ----------
    network : Network
        Its groups and links are there.
    dendrites : list of Dendrites
        Of the populations with structural synapses.
    per_core : list of int
        How many target neurons of each are on a core.
    """

    def __init__(self, network: Any, dendrites: list[Dendrites], per_core: list[int]) -> None:
        if network.machine.runs_once:
            raise SpinnakerError("Structural plasticity needs a device that runs in steps, not cpp_standalone.")
        self.dendrites, self._clock = dendrites, network.clock
        for each, size in zip(dendrites, per_core, strict=True):
            each.join(network, size)
        self.brian = NetworkOperation(self._change, clock=network.clock, when="start")

    def _change(self) -> None:
        step = int(self._clock.variables["timestep"].get_value().item())
        for each in self.dendrites:
            each.change(step)

    def restart(self) -> None:
        """Go back to time zero, once the projections have."""
        for each in self.dendrites:
            each.restart()
            each._count()
