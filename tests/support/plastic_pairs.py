"""Many synapses, each between a source and a target that spike when told to: in Brian2 and in NEST."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import brian2
import nest
import numpy as np
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, Synapses, TimedArray, ms, nA

import nest_reference
from brianhw.model import SynapseModel
from brianhw.pynn.models.synapse_realisation import SynapseRealisation, realise

DT = 0.1  # ms
FIRST = 5.0  # ms that NEST's spikes come later, as they cannot come at once

Trains = Sequence[np.ndarray]


def random_trains(rng: np.random.Generator, count: int, last_step: int, most: int) -> list[np.ndarray]:
    """Return *count* arrays of steps, each sorted and without doubles."""
    sizes = rng.integers(1, most, count)
    return [np.sort(rng.choice(np.arange(10, last_step), size, replace=False)) for size in sizes]


class Replay:
    """Synapses made as the facade makes them, onto a current ``I_syn`` that nothing decays.

    Parameters
    ----------
    synapse_type : StandardSynapseType
        Of PyNN's.
    pre, post : list of array
        Steps of the spikes of each pair.
    axonal, dendritic : int
        Delays in steps.
    values : mapping of str to float or array
        Parameters as the synapse type's; one number is shared by all synapses.
    """

    def __init__(
        self,
        synapse_type: Any,
        pre: Trains,
        post: Trains,
        axonal: int,
        dendritic: int,
        values: Mapping[str, Any],
        time_constant: str = "",
    ) -> None:
        self.realisation = realise(synapse_type, "I_syn", "nA", time_constant)
        source = SpikeGeneratorGroup(len(pre), *_flat(pre))
        self.target, self.threshold = _told(post)
        self.synapses = _synapses(self.realisation, source, self.target, axonal, dendritic, values)
        watched = ["weight"] if "weight" not in self.realisation.shared else []
        self.watch = StateMonitor(self.synapses, watched, record=True, when="end") if watched else None
        self.current = StateMonitor(self.target, "I_syn", record=True, when="end")
        things = [source, self.target, self.synapses, self.current, *([self.watch] if watched else [])]
        self.network = Network(*things)

    def run(self, steps: int) -> Replay:
        """Simulate, and return itself."""
        self.network.run(steps * DT * ms, namespace={})
        return self

    @property
    def weights(self) -> np.ndarray:
        """The weight at the end of each step, shape (pairs, steps)."""
        assert self.watch is not None
        return np.asarray(self.watch.weight)

    @property
    def received(self) -> np.ndarray:
        """What the target has received up to the end of each step in nA, shape (pairs, steps)."""
        return np.asarray(self.current.I_syn / nA)


def _flat(trains: Trains) -> tuple[np.ndarray, Any]:
    indices = np.concatenate([np.full(len(steps), pair) for pair, steps in enumerate(trains)])
    return indices, np.concatenate(list(trains)) * DT * ms


def _told(trains: Trains) -> tuple[NeuronGroup, TimedArray]:
    last = max((int(steps.max(initial=0)) for steps in trains), default=0)
    table = np.zeros((last + 2, len(trains)))
    for pair, steps in enumerate(trains):
        table[steps, pair] = 1
    schedule = TimedArray(table, dt=DT * ms)
    text = "I_syn : amp\ntau_syn : second (shared, constant)\nfires = schedule(t, i) : 1"
    group = NeuronGroup(len(trains), text, threshold="fires > 0.5", namespace={"schedule": schedule})
    group.tau_syn = 3 * ms
    return group, schedule


def _synapses(
    realisation: SynapseRealisation, source: Any, target: Any, axonal: int, dendritic: int, values: Mapping[str, Any]
) -> Synapses:
    own = {name: v(values) if callable(v) else values[v] for name, (v, _) in realisation.parameters.items()}
    shared = [name for name in realisation.shared if np.ndim(own[name]) == 0]
    model = SynapseModel("replayed", realisation.equations).with_flags(shared, "shared, constant")
    steps = {"dendrite and back": 2 * dendritic, "total": axonal + dendritic}
    on: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
    for name, pathway in realisation.pathways.items():
        on[pathway.on][name] = pathway.statements
    synapses = Synapses(
        source,
        target,
        model.equations,
        on_pre=on["pre"],
        on_post=on["post"] or None,
        delay={name: steps[pathway.delay] * DT * ms for name, pathway in realisation.pathways.items()},
        namespace=dict(realisation.namespace),
    )
    for order, name in enumerate(realisation.pathways):
        getattr(synapses, name).order = order - len(realisation.pathways)
    synapses.connect(j="i")
    for name, value in own.items():
        unit = getattr(brian2, realisation.parameters[name].unit, 1)
        setattr(synapses, name, value * unit)
    for name, expression in realisation.initial.items():
        setattr(synapses, name, expression)
    return synapses


# -- NEST -------------------------------------------------------------------------------------------


def sent_in_nest(
    model: str,
    pre: Trains,
    post: Trains,
    axonal: int,
    dendritic: int,
    values: Sequence[Mapping[str, float]],
    target: Mapping[str, float],
    duration: float,
) -> list[np.ndarray]:
    """Return the weight that each presynaptic spike transmitted, one array per pair.

    NEST has dendritic delays only: the axonal one is that between two relays.
    """
    nest_reference.reset(DT)
    recorder = nest.Create("weight_recorder")
    nest.CopyModel(model, "recorded", {"weight_recorder": recorder})
    sources, targets = (_relays(trains, steps) for trains, steps in ((pre, axonal), (post, 0)))
    targets.set(dict(target))
    for pair, parameters in enumerate(values):
        syn_spec = {"synapse_model": "recorded", "delay": dendritic * DT, "receptor_type": 1, **parameters}
        nest.Connect(sources[pair], targets[pair], syn_spec=syn_spec)
    nest.Simulate(duration + 2 * FIRST)
    events = recorder.events
    senders, weights = np.asarray(events["senders"]), np.asarray(events["weights"])
    order = np.argsort(events["times"], kind="stable")
    return [weights[order][senders[order] == sources[pair].global_id] for pair in range(len(pre))]


def _relays(trains: Trains, late: int) -> Any:
    count = len(trains)
    generators, relays = nest.Create("spike_generator", count), nest.Create("parrot_neuron", count)
    for generator, steps in zip(generators, trains, strict=True):
        generator.spike_times = np.round(FIRST + (steps + late) * DT, 1)
    nest.Connect(generators, relays, "one_to_one", syn_spec={"delay": DT})
    return relays
