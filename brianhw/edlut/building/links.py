"""Synapses as Brian2 objects: those of one kind between two groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from brian2 import Synapses, nS, second
from brian2.utils.stringtools import word_substitute

from brianhw.edlut.building.cell_groups import AGAIN, CellGroup, receptor_of
from brianhw.edlut.catalogue.cells import AMPA, GABA, NMDA
from brianhw.edlut.described import RuleInUse
from brianhw.equations.additive_stdp import shared_additive_stdp
from brianhw.equations.receptors import static_synapse
from brianhw.model import SynapseModel
from brianhw.model.lines import defined_in

__all__ = ["Link", "Teaching", "plain_link"]


class Origin(NamedTuple):
    """Where the spikes of a link come from: a Brian2 group, the neuron of each synapse in it, and the delays.

    Delays are seconds, in whole steps of the clock of the group; spikes arrive a little later. *time* is the expression
    of the time at which a spike arrives, *time_again* that for a spike that passes a second time, later on. *own* are
    the variables of synapses that these use, with their values in seconds.
    """

    group: Any
    neuron: np.ndarray
    delay: np.ndarray
    time: str
    time_again: str
    own: Mapping[str, np.ndarray]


PRE_AGAIN, POST_AGAIN = "pre_again", "post_again"
AFTER_SPIKES = ("post", POST_AGAIN)


def _with_second_spikes(arguments: dict[str, Any], source: Any, target: Any) -> dict[str, Any]:
    """Return the arguments of synapses that act once more where a neuron may spike twice in a step."""
    events: dict[str, str] = {}
    for key, name, again, group in (("on_pre", "pre", PRE_AGAIN, source), ("on_post", "post", POST_AGAIN, target)):
        code = arguments.get(key)
        if not code:
            continue
        pathways = dict(code) if isinstance(code, dict) else {name: code}
        events.update(dict.fromkeys(pathways, "spike"))
        if AGAIN in getattr(group, "events", {}):
            pathways[again], events[again] = pathways[name], AGAIN
        arguments[key] = pathways
    return {**arguments, "on_event": events} if AGAIN in events.values() else arguments


def _delays(arguments: dict[str, Any], delay: float) -> dict[str, Any]:
    """Return the delay of each pathway that has one for all synapses."""
    pathways = arguments["on_pre"]
    names = [name for name in pathways if name in ("pre", PRE_AGAIN)] if isinstance(pathways, dict) else ["pre"]
    return dict.fromkeys(names, delay * second)


def _constants(names: Iterable[str]) -> str:
    return "\n".join(f"{name} : second (constant)" for name in names)


def _set_delays(synapses: Synapses, delay: np.ndarray) -> None:
    for name in ("pre", PRE_AGAIN):
        if hasattr(synapses, name):
            getattr(synapses, name).delay = delay * second


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
        order = np.argsort(origin.neuron, kind="stable")  # synapses of one source lie together
        self.ids, self.model, self.target = ids[order], model, target
        delay = origin.delay[order]
        arguments = _with_second_spikes(dict(model), origin.group, target.brian)
        same = bool(len(delay)) and bool((delay == delay[0]).all())
        if same:
            arguments["delay"] = _delays(arguments, delay[0])
        self.brian = Synapses(origin.group, target.brian, clock=origin.group.clock, **arguments)
        self.brian.connect(i=origin.neuron[order], j=index[order])
        if not same:
            _set_delays(self.brian, delay)
        for name in origin.own.keys() & self.brian.variables.keys():
            setattr(self.brian, name, origin.own[name][order] * second)
        for pathway in self.brian._pathways:
            if pathway.objname in AFTER_SPIKES:  # what a spike changes is changed before anything arrives
                pathway.order = -1

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
        delay = origin.delay[teacher]
        own = {name: f"{name}_post" for name in defined_in(plastic.model.equations)}
        names = {name: f"{name}_of_teacher" for name in origin.own}  # those that are taught may have such, too
        time = word_substitute(origin.time, names)
        code = word_substitute(plastic.on_trigger, {**own, "t_taught_post": time, "taught_post": "1"})
        same = bool((delay == delay[0]).all())
        arguments = {"model": _constants(names.values()), "on_pre": code}
        arguments = _with_second_spikes(arguments, origin.group, None)
        if same:
            arguments["delay"] = _delays(arguments, delay[0])
        self.brian = Synapses(origin.group, plastic.brian, clock=origin.group.clock, **arguments)
        self.brian.connect(i=origin.neuron[teacher], j=synapse)
        if not same:
            _set_delays(self.brian, delay)
        for name, own_name in names.items():
            setattr(self.brian, own_name, origin.own[name][teacher] * second)
        for pathway in self.brian._pathways:
            pathway.order = 1  # after presynaptic spikes of the same time


def plain_link(origin: Origin, target: CellGroup, index: np.ndarray, ids: np.ndarray, type_: int, exact: bool) -> Link:
    """Return synapses whose weights stay."""
    return Link(origin, target, index, ids, static_synapse(receptor_of(target.layer, type_, exact)))


def plastic_link(
    origin: Origin,
    target: CellGroup,
    index: np.ndarray,
    ids: np.ndarray,
    type_: int,
    rule: RuleInUse,
    exact: bool,
    trace: str,
    one_limit: bool,
) -> Link:
    """Return synapses that learn; with a *trace*, from what source and target keep; perhaps with one ``w_max``."""
    receptor = receptor_of(target.layer, type_, exact) if type_ in (AMPA, GABA, NMDA) else None
    if trace:
        model = shared_additive_stdp(receptor, name=trace, time=origin.time)
    else:
        model = rule.rule.build(rule.values, receptor, origin.time, exact)
    if one_limit:
        model = model.with_flags(["w_max"], "shared, constant")
    passing = ""
    if model.on_delayed:
        passing = rule.rule.build(rule.values, receptor, origin.time_again, exact).on_delayed
    model_here = replace(
        model,
        equations=f"{model.equations}\n{_constants(origin.own)}",
        on_post=word_substitute(model.on_post, {"t": "t_post"}),  # `t` is the source's time, perhaps a step ahead
        on_delayed=passing,
        on_trigger="",
    )
    link = Link(origin, target, index, ids, model_here)
    link.on_trigger = model.on_trigger
    link.follow(rule)
    return link
