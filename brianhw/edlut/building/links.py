"""Synapses as Brian2 objects: those of one kind between two groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from brian2 import Synapses, nS, second
from brian2.utils.stringtools import word_substitute

from brianhw.edlut.building.cell_groups import CellGroup, receptor_of
from brianhw.edlut.catalogue.cells import AMPA, GABA, NMDA
from brianhw.edlut.described import RuleInUse
from brianhw.equations.receptors import static_synapse
from brianhw.model import SynapseModel
from brianhw.model.lines import defined_in

__all__ = ["Link", "Teaching", "plain_link"]


LATE = "late : second (constant)"


class Origin(NamedTuple):
    """Where the spikes of a link come from: a Brian2 group, the neuron of each synapse in it, and the delays.

    Delays are seconds, *late* is by how much spikes arrive after the step of the source in which they are sent on. *time* is
    the expression of the time at which a spike arrives.
    """

    group: Any
    index: np.ndarray
    delay: np.ndarray
    late: np.ndarray
    time: str


class Link:
    """Synapses of one type and rule between two groups.

    Parameters
    ----------
    origin : Origin
        Where spikes come from.
    target : CellGroup
        Where they go.
    index : ndarray of int
        The neuron of each synapse in the target group.
    ids : ndarray of int
        The global index of each synapse.
    model : SynapseModel
        What a synapse does.
    """

    def __init__(
        self, origin: Origin, target: CellGroup, index: np.ndarray, ids: np.ndarray, model: SynapseModel
    ) -> None:
        self.on_trigger = ""  # what trigger synapses do to these
        order = np.argsort(origin.index, kind="stable")  # synapses of one source lie together
        self.ids, self.model, self.target = ids[order], model, target
        delay = origin.delay[order]
        arguments = dict(model)
        same = bool(len(delay)) and bool((delay == delay[0]).all())
        if same:
            arguments["delay"] = delay[0] * second
        self.brian = Synapses(origin.group, target.brian, clock=origin.group.clock, **arguments)
        self.brian.connect(i=origin.index[order], j=index[order])
        if not same:
            self.brian.pre.delay = delay * second
        if "late" in self.brian.variables:
            self.brian.late = origin.late[order] * second
        self.brian.pre.when, self.brian.pre.order = "synapses", 0
        if hasattr(self.brian, "post"):  # what a spike changes is changed before anything arrives
            self.brian.post.when, self.brian.post.order = "synapses", -1

    def follow(self, rule: RuleInUse) -> None:
        """Take the parameters of a rule."""
        self.model.update(self.brian, rule.rule.values(rule.values))

    def set_weights(self, weights: np.ndarray) -> None:
        """Take weights in nS of all synapses by global index."""
        if "weight" in self.brian.variables:
            self.brian.weight = weights[self.ids] * nS

    def weights(self) -> np.ndarray:
        """Return the weights in nS, in the order of :attr:`ids`."""
        return np.array(self.brian.weight_[:]) / float(nS)


class Teaching:
    """Trigger synapses: spikes that change the weights of other synapses of their targets.

    Brian2 lets synapses end at synapses: there is one for each trigger synapse and plastic synapse of a neuron.

    Parameters
    ----------
    origin : Origin
        Where the spikes of the trigger synapses come from.
    neurons : ndarray of int
        The target of each trigger synapse, in the group of *plastic*.
    plastic : Link
        The synapses that are changed.
    """

    def __init__(self, origin: Origin, neurons: np.ndarray, plastic: Link) -> None:
        taught_at = np.asarray(plastic.brian.j[:])
        by_neuron = np.argsort(taught_at, kind="stable")
        first = np.searchsorted(taught_at[by_neuron], neurons, side="left")
        count = np.searchsorted(taught_at[by_neuron], neurons, side="right") - first
        teacher = np.repeat(np.arange(len(neurons)), count)
        within = np.arange(len(teacher)) - np.repeat(np.cumsum(count) - count, count)
        synapse = by_neuron[np.repeat(first, count) + within]
        self.brian = None
        if not len(synapse):
            return
        delay, late = origin.delay[teacher], origin.late[teacher]
        own = {name: f"{name}_post" for name in defined_in(plastic.model.equations)}
        code = word_substitute(plastic.on_trigger, {**own, "t_taught_post": origin.time, "taught_post": "1"})
        arguments: dict[str, Any] = {"delay": delay[0] * second} if (delay == delay[0]).all() else {}
        equations = LATE if "late" in origin.time else ""
        self.brian = Synapses(
            origin.group, plastic.brian, equations, on_pre=code, clock=origin.group.clock, **arguments
        )
        self.brian.connect(i=origin.index[teacher], j=synapse)
        if not arguments:
            self.brian.pre.delay = delay * second
        if equations:
            self.brian.late = late * second
        self.brian.pre.order = 1  # after presynaptic spikes of the same time


def plain_link(origin: Origin, target: CellGroup, index: np.ndarray, ids: np.ndarray, type_: int, exact: bool) -> Link:
    """Return synapses whose weights stay."""
    return Link(origin, target, index, ids, static_synapse(receptor_of(target.layer, type_, exact)))


def plastic_link(
    origin: Origin, target: CellGroup, index: np.ndarray, ids: np.ndarray, type_: int, rule: RuleInUse, exact: bool
) -> Link:
    """Return synapses that learn."""
    receptor = receptor_of(target.layer, type_, exact) if type_ in (AMPA, GABA, NMDA) else None
    model = rule.rule.build(rule.values, receptor, origin.time, exact)
    if "late" in origin.time:
        model = replace(model, equations=f"{model.equations}\n{LATE}")
    # a spike that passes again comes with the time of its slot: others of its source may have arrived since
    passing = word_substitute(model.on_delayed, {"arrives_pre": "t"})
    link = Link(origin, target, index, ids, replace(model, on_trigger="", on_delayed=passing))
    link.on_trigger = model.on_trigger
    link.follow(rule)
    return link
