"""The Brian2 network of everything that was described, and how it is run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from typing import Any

import numpy as np
from brian2 import NeuronGroup, Synapses, linked_var, nS, second

from brianhw.edlut.building.arrivals import Arrivals
from brianhw.edlut.building.cell_groups import SENT, CellGroup, SourceGroup
from brianhw.edlut.building.clocks import UpdateClock
from brianhw.edlut.building.links import Link, Origin, Teaching, plain_link, plastic_link
from brianhw.edlut.building.runner import Runner
from brianhw.edlut.catalogue.cells import CURRENT, GAP
from brianhw.edlut.catalogue.parameters import as_single
from brianhw.edlut.currents import HeldCurrents
from brianhw.edlut.delivery import slots_per_step, times_of
from brianhw.edlut.described import Description, Layer, RuleInUse, Wiring
from brianhw.edlut.kinds import kinds_of
from brianhw.equations.gap_junction import gap_junction
from brianhw.equations.sine_current import SINE_CURRENT
from brianhw.errors import EdlutError
from brianhw.parameters.gap_junction import INFERIOR_OLIVE

__all__ = ["Network"]

DEVICE_STEP = float(np.float32(0.1) * np.float32(1e-3))  # of sources of random spikes: EDLUT's product of two singles
SINE_INTERVAL = as_single(1e-3)


def _step_of(layer: Layer) -> float:
    """Return the step of a layer, or infinity if it has none of its own."""
    if layer.cell.kind == "poisson":
        return DEVICE_STEP
    return layer.method.step if layer.method is not None else np.inf


def _needs_relay(source: float, target: float) -> bool:
    """Whether spikes of a layer with one step cannot be sent on by its own clock to one with another step."""
    ratio = target / source
    return ratio > 0 and (ratio < 1 - 1e-6 or abs(ratio - round(ratio)) > 1e-6)


class Network:
    """The network.

    Parameters
    ----------
    described : Description
        What it is made of.
    exact : bool
        Whether models are EDLUT's with all their faults.
    device : str
        Where it runs.
    recorded : ndarray of int
        The neurons, by global index, whose states are recorded.
    currents : HeldCurrents
        Currents from outside.
    injected : set of int
        Layers that are no inputs and are given spikes in addition to their own.
    """

    def __init__(
        self,
        described: Description,
        exact: bool,
        device: str,
        recorded: np.ndarray,
        currents: HeldCurrents,
        injected: Set[int],
    ) -> None:
        self.described, self.exact, self.currents, self._injected = described, exact, currents, injected
        self._injections: list[Arrivals] = []
        self.runner = Runner(device)
        self._clocks: dict[float, UpdateClock] = {}
        self.groups: dict[int, SourceGroup] = {}
        self._arrivals: dict[float, Arrivals] = {}
        self.links: list[Link] = []
        self._rules: dict[int, list[Link]] = defaultdict(list)
        self._sines: list[tuple[np.ndarray, Any]] = []
        self._relays: dict[tuple[int, float], Any] = {}
        wiring = described.wiring
        self.weights = np.array(wiring.weight)
        self._outside = np.array([layer.cell.kind == "spikes" for layer in described.layers], bool)
        with self.runner.active():
            self._make_groups(wiring, recorded)
            self._make_arrivals(wiring)
            self._make_links(wiring)
            self._make_gaps(wiring)
            self._make_sines(wiring)
            for group in self.groups.values():
                self.runner.network.add(*group.objects)

    # -- making it ----------------------------------------------------------------------------------

    def _clock(self, step: float) -> UpdateClock:
        if step not in self._clocks:
            self._clocks[step] = UpdateClock(step)
        return self._clocks[step]

    def _make_groups(self, wiring: Wiring, recorded: np.ndarray) -> None:
        of_source = self.described.layer_numbers(wiring.source)
        of_target = self.described.layer_numbers(wiring.target)
        types = {layer.number: np.unique(wiring.type[of_target == layer.number]) for layer in self.described.layers}
        sines = [layer.number for layer in self.described.layers if layer.cell.kind == "sine"]
        driven = set(of_target[np.isin(of_source, sines)])
        relayed = self._relayed(of_source, of_target, (wiring.trigger >= 0) | (self.exact & (wiring.rule >= 0)))
        for layer in self.described.layers:
            if layer.cell.is_neuron:
                assert layer.method is not None
                mine = recorded[(recorded >= layer.first) & (recorded < layer.first + layer.size)]
                gaps = list(self._gap_names(wiring, of_source, of_target, layer.number).values())
                self.groups[layer.number] = CellGroup(
                    layer, map(int, types[layer.number]), self.exact, layer.number in driven, gaps,
                    self._traces_of(layer, wiring, of_source, of_target), self._clock(layer.method.step), mine,
                    layer.number in relayed,
                )  # fmt: skip
            elif layer.cell.kind == "poisson":
                assert layer.cell.build is not None
                model = layer.cell.build(self.exact)
                model = model + SENT if layer.number in relayed else model
                self.groups[layer.number] = SourceGroup(layer, model, self._clock(DEVICE_STEP))

    def _shares_traces(self, layer: Layer, rule: RuleInUse) -> bool:
        """Whether synapses from outside onto a layer learn from what neurons keep for all of them."""
        assert layer.method is not None
        return rule.rule.name == "STDP" and not self.exact and not layer.method.scheme.startswith("bifixed")

    def _traces_of(
        self, layer: Layer, wiring: Wiring, of_source: np.ndarray, of_target: np.ndarray
    ) -> dict[str, float]:
        """Return the names and time constants of the traces that neurons of a layer keep."""
        chosen = self._outside[of_source] & (of_target == layer.number) & (wiring.rule >= 0) if len(wiring) else []
        rules = [self.described.rules[number] for number in np.unique(wiring.rule[chosen])]
        return {f"_{rule.number}": rule.values["tau_LTD"] for rule in rules if self._shares_traces(layer, rule)}

    @staticmethod
    def _gap_names(wiring: Wiring, of_source: np.ndarray, of_target: np.ndarray, target: int) -> dict[int, str]:
        """Return a name for the gap junctions from each layer to one: Brian2 sums the currents of each by itself."""
        sources = np.unique(of_source[(wiring.type == GAP) & (of_target == target)])
        return {int(source): f"gap_{number}" if number else "gap" for number, source in enumerate(sources)}

    def _relayed(self, of_source: np.ndarray, of_target: np.ndarray, in_slots: np.ndarray) -> set[int]:
        """Return the layers whose spikes others have to look for at times of their own."""
        layers, found = self.described.layers, set()
        for pre, post, has_slots in kinds_of(of_source, of_target, in_slots.astype(int))[0] if len(of_source) else ():
            target, step = layers[post].method, _step_of(layers[pre])
            if (
                target is not None
                and np.isfinite(step)
                and (has_slots or pre in self._injected or _needs_relay(step, target.step))
            ):
                found.add(int(pre))
        return found

    def _cell_group(self, number: int) -> CellGroup:
        group = self.groups[number]
        assert isinstance(group, CellGroup)
        return group

    def _make_arrivals(self, wiring: Wiring) -> None:
        """Make a group of arrivals for each integration step that synapses from outside lead to."""
        outside = self._outside[self.described.layer_numbers(wiring.source)] if len(wiring) else np.empty(0, bool)
        of_target = self.described.layer_numbers(wiring.target)
        self._place = np.zeros(len(wiring), np.int64)  # of each synapse from outside: its neuron among the arrivals
        for step in {group.layer.method.step for group in self.groups.values() if group.layer.method}:
            layers = [
                group.layer.number for group in self.groups.values() if getattr(group.layer.method, "step", 0) == step
            ]
            chosen = np.flatnonzero(outside & np.isin(of_target, layers))
            if len(chosen):
                learns = bool(((wiring.rule[chosen] >= 0) | (wiring.trigger[chosen] >= 0)).any())
                arrivals = Arrivals(step, wiring.source[chosen], wiring.delay[chosen], learns)
                self._place[chosen] = arrivals.index
                self._arrivals[step] = arrivals

    def _make_links(self, wiring: Wiring) -> None:
        """Make Brian2 synapses for each pair of layers (all of outside are one), type and rule."""
        described = self.described
        of_source, of_target = described.layer_numbers(wiring.source), described.layer_numbers(wiring.target)
        if len(wiring):
            of_source = np.where(self._outside[of_source], -1, of_source)
        spiking = ~np.isin(wiring.type, (CURRENT, GAP))
        ids = np.flatnonzero(spiking)
        if not len(ids):
            return
        kinds, which = kinds_of(*(each[ids] for each in (of_source, of_target, wiring.type, wiring.rule)))
        for number, (pre, post, type_, rule) in enumerate(kinds):
            mine = ids[which == number]
            group = self._cell_group(int(post))
            origin = self._origin(int(pre), group, mine, wiring, self.exact and rule >= 0)
            index = wiring.target[mine] - group.layer.first
            if rule < 0:
                link = plain_link(origin, group, index, mine, int(type_), self.exact)
            else:
                in_use = described.rules[rule]
                trace = f"_{rule}" if pre < 0 and self._shares_traces(group.layer, in_use) else ""
                limits = wiring.max_weight[mine]
                one = bool((limits == limits[0]).all())
                if trace:
                    self._arrivals[group.clock.dt_].keep_trace(trace, in_use.values["tau_LTP"])
                link = plastic_link(origin, group, index, mine, int(type_), in_use, self.exact, trace, one)
                link.brian.w_max = (limits[0] if one else wiring.max_weight[link.ids]) * nS
                self._rules[int(rule)].append(link)
            link.set_weights(self.weights)
            self.links.append(link)
            self.runner.network.add(link.brian)
        for arrivals in self._arrivals.values():
            self.runner.network.add(*arrivals.objects)
        self._make_teaching(wiring, of_source, of_target)

    def _make_teaching(self, wiring: Wiring, of_source: np.ndarray, of_target: np.ndarray) -> None:
        teachers = np.flatnonzero(wiring.trigger >= 0)
        kinds = {(int(of_source[k]), int(of_target[k]), int(wiring.trigger[k])) for k in teachers}
        for pre, post, rule in sorted(kinds):
            chosen = (of_source[teachers] == pre) & (of_target[teachers] == post) & (wiring.trigger[teachers] == rule)
            mine = teachers[chosen]
            group = self._cell_group(post)
            origin = self._origin(pre, group, mine, wiring, in_slots=True)
            for link in self._rules[rule]:
                if link.target is group:
                    taught = Teaching(origin, wiring.target[mine] - group.layer.first, link)
                    if taught.brian is not None:
                        self.runner.network.add(taught.brian)

    def _origin(self, pre: int, target: CellGroup, ids: np.ndarray, wiring: Wiring, in_slots: bool = False) -> Origin:
        """Return where the synapses *ids* get their spikes from; *pre* is a layer, or -1 for outside.

        With *in_slots* spikes come in the slot in which they arrive, not in the step: those that teach must find all
        that arrived before; those that learn come with a weight that was perhaps changed a little before.
        """
        assert target.layer.method is not None
        if pre < 0:
            brian = self._arrivals[target.layer.method.step].brian
            # others of its source may have arrived when a spike passes again: it is as late after its slot as the last
            return Origin(brian, self._place[ids], np.zeros(len(ids)), "arrives_pre", "(t + arrives_late_pre)", {})
        source = self.groups[pre]
        own_step = float(source.clock.dt_)
        group, step = source.brian, own_step
        if in_slots or pre in self._injected or _needs_relay(step, target.layer.method.step):
            group, step = self._relay(source, target.layer.method.step)
        delay = times_of(wiring.delay[ids])
        whole = np.floor(delay / step + 1e-9) * step
        own = {"late": np.maximum(delay - whole, 0)}
        time = again = "(t + late)" if own["late"].any() else "t"
        if step < own_step and pre not in self._injected:
            # a relay comes to a spike at its next tick; the spike was sent in a step of its source
            own["whole"] = whole
            time = f"(floor((t - whole)/({own_step!r}*second) + 1e-6)*({own_step!r}*second) + whole + late)"
            again = "(t + late)"
        own = {name: values for name, values in own.items() if name in time or name in again}
        return Origin(group, wiring.source[ids] - source.layer.first, whole, time, again, own)

    def _relay(self, source: SourceGroup, step: float) -> tuple[Any, float]:
        """Return a group that repeats the spikes of another, by a clock that fits targets with this step."""
        key, slot = (source.layer.number, step), step / slots_per_step(step)
        if key not in self._relays:
            relay = NeuronGroup(
                source.layer.size,
                "sent : 1 (linked)\ngiven : 1\nseen : 1",
                threshold="sent + given > seen",
                reset="seen += 1",
                clock=self._clock(slot),
            )
            relay.sent = linked_var(source.brian, "sent")
            relay.thresholder["spike"].when, relay.thresholder["spike"].order = "before_synapses", 5
            self._relays[key] = relay
            self.runner.network.add(relay)
            if source.layer.number in self._injected:
                self._inject(source.layer, relay, step)
        return self._relays[key], slot

    def _inject(self, layer: Layer, relay: NeuronGroup, step: float) -> None:
        """Let a relay send spikes that the neurons of a layer are given in addition to their own."""
        neurons = layer.first + np.arange(layer.size)
        given = Arrivals(step, neurons, np.zeros(layer.size, np.int32), has_times=False)
        wires = Synapses(given.brian, relay, on_pre="given_post += 1", delay=0 * second, clock=given.clock)
        wires.connect(j="i")
        wires.pre.when, wires.pre.order = "before_synapses", 3
        self._injections.append(given)
        self.runner.network.add(*given.objects, wires)

    def _make_gaps(self, wiring: Wiring) -> None:
        gaps = np.flatnonzero(wiring.type == GAP)
        of_source = self.described.layer_numbers(wiring.source)
        of_target = self.described.layer_numbers(wiring.target)
        for pre, post in kinds_of(of_source[gaps], of_target[gaps])[0] if len(gaps) else ():
            mine = gaps[(of_source[gaps] == pre) & (of_target[gaps] == post)]
            source, target = self.groups[int(pre)], self._cell_group(int(post))
            name = self._gap_names(wiring, of_source, of_target, int(post))[int(pre)]
            model = gap_junction(name, self.exact)
            junctions = Synapses(source.brian, target.brian, **model, clock=target.clock)
            junctions.connect(i=wiring.source[mine] - source.layer.first, j=wiring.target[mine] - target.layer.first)
            constants = {key.replace("gap", name): value for key, value in INFERIOR_OLIVE.items()}
            model.set(junctions, constants, w=self.weights[mine] * nS)
            self.runner.network.add(junctions)

    def _make_sines(self, wiring: Wiring) -> None:
        """Make sources of sinusoidal current: one group for each layer, delay and layer they lead to."""
        of_source, of_target = self.described.layer_numbers(wiring.source), self.described.layer_numbers(wiring.target)
        sines = [layer.number for layer in self.described.layers if layer.cell.kind == "sine"]
        for post in np.unique(of_target[np.isin(of_source, sines)]):
            chosen = np.flatnonzero(np.isin(of_source, sines) & (of_target == post))
            target = self._cell_group(int(post))
            # all devices, each with the delay of its synapse
            sources = NeuronGroup(len(chosen), **SINE_CURRENT.per_neuron("delay"), clock=target.clock)
            sources.delay = times_of(wiring.delay[chosen]) * second
            sources.interval = SINE_INTERVAL * second
            wires = Synapses(sources, target.brian, "I_device_post = I_pre : amp (summed)", clock=target.clock)
            wires.connect(i=np.arange(len(chosen)), j=wiring.target[chosen] - target.layer.first)
            self._sines.append((wiring.source[chosen], sources))
            self.runner.network.add(sources, wires)
        for layer in self.described.layers:
            if layer.cell.kind == "sine":
                self._follow_sine(layer)

    def _follow_sine(self, layer: Layer) -> None:
        for neurons, group in self._sines:
            mine = np.flatnonzero((neurons >= layer.first) & (neurons < layer.first + layer.size))
            for name, meaning in layer.cell.meanings.items():
                values = layer.own[name][neurons[mine] - layer.first] * float(meaning.unit)
                group.variables[meaning.names[0]].get_value()[mine] = values

    # -- changes ------------------------------------------------------------------------------------

    def follow_neuron(self, layer: Layer, names: Iterable[str]) -> None:
        """Take parameters of single neurons."""
        with self.runner.active():
            if layer.cell.kind == "sine":
                self._follow_sine(layer)
            else:
                self.groups[layer.number].follow(names)

    def follow_rule(self, rule: RuleInUse) -> None:
        """Take parameters of a learning rule."""
        with self.runner.active():
            for link in self._rules[rule.number]:
                link.follow(rule)
                name = f"_{rule.number}"
                if f"firings{name}" in link.target.brian.variables:
                    link.target.follow_trace(name, rule.values["tau_LTD"])
                    self._arrivals[link.target.clock.dt_].keep_trace(name, rule.values["tau_LTP"])

    def add_spikes(self, times: np.ndarray, neurons: np.ndarray) -> None:
        """Take spikes of input neurons, in the order of time."""
        for arrivals in (*self._arrivals.values(), *self._injections):
            arrivals.add(times, neurons)
        self.runner.take_new_spikes()

    # -- running ------------------------------------------------------------------------------------

    def run_until(self, time: float) -> None:
        """Run to *time* in seconds, with the currents from outside that change on the way."""
        if self.currents.is_waiting:
            for change in self.currents.changes_until(time):
                self.runner.run_until(change.time)
                for number, current in change.currents.items():
                    self._cell_group(number).set_current(current)
        self.runner.run_until(time)

    # -- reading ------------------------------------------------------------------------------------

    def take_spikes(self) -> list[tuple[Layer, np.ndarray, np.ndarray]]:
        """Return layers with the times (s) and global indices of their spikes since the last call."""
        self.runner.settle()
        return [(group.layer, *group.take_spikes()) for group in self.groups.values() if group.spikes is not None]

    def states(self, neurons: np.ndarray) -> dict[str, np.ndarray]:
        """Return recorded states of some neurons by column.

        Raises
        ------
        EdlutError
            If the neurons have different integration steps.
        """
        self.runner.settle()
        numbers = self.described.layer_numbers(neurons)
        tables = {int(number): self._cell_group(int(number)).table() for number in np.unique(numbers)}
        times = [table["t_s"] for table in tables.values()]
        if len({group.clock.dt_ for group in map(self._cell_group, tables)}) > 1:
            raise EdlutError(
                "GetStates: the neurons have different integration steps, and so different rows. Ask for those of one "
                "layer: GetStates(indices)."
            )
        found = {"t_s": times[0]}
        for name in dict.fromkeys(name for table in tables.values() for name in table if name != "t_s"):
            columns = []
            for neuron, number in zip(neurons.tolist(), numbers.tolist(), strict=True):
                place = int(np.searchsorted(self._cell_group(number).recorded, neuron))
                has = name in tables[number]
                columns.append(tables[number][name][:, place] if has else np.full(len(times[0]), np.nan))
            found[name] = np.stack(columns, axis=1)
        return found

    def lost(self) -> Iterator[tuple[Layer, np.ndarray]]:
        """Yield the layers in which potentials are no numbers any more, with the global indices of these neurons."""
        for group in self.groups.values():
            if isinstance(group, CellGroup):
                neurons = group.lost()
                if len(neurons):
                    yield group.layer, neurons

    def logged_states(self) -> list[tuple[Layer, dict[str, np.ndarray]]]:
        """Return the layers that are logged, with the states of all their neurons."""
        self.runner.settle()
        groups = (group for group in self.groups.values() if isinstance(group, CellGroup) and group.layer.is_logged)
        return [(group.layer, group.table()) for group in groups]

    def read_weights(self) -> np.ndarray:
        """Return the weights in nS of all synapses by global index."""
        for links in self._rules.values():
            for link in links:
                self.weights[link.ids] = link.weights()
        return self.weights
