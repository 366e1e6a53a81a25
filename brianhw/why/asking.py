"""The question itself: goes through all that may keep a group silent, the most certain first."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import PoissonGroup, Quantity, second
from brian2.groups.neurongroup import NeuronGroup
from brian2.groups.subgroup import Subgroup

from brianhw.errors import ParameterError
from brianhw.why.drive import too_weak
from brianhw.why.explanation import Cause, Explanation, listed, some_of
from brianhw.why.inputs import Input, acts, inputs_of, poisson_inputs_of, why_nothing_of
from brianhw.why.pynn_cells import explain_cells, is_pynn
from brianhw.why.spiked import Stretch, is_in_a_network, is_told, span, spikes_of, stretch_of, told, values_of, whole

__all__ = ["why_silent"]


def why_silent(population: Any, since: Quantity | None = None) -> Explanation:
    """Return why neurons of *population* have not spiked in the last run.

    Parameters
    ----------
    population : Brian2 group or part of one, population on a chip, or PyNN population
        After a run.
    since : Quantity, second, optional
        Speak of all that has run since then instead: ``0*second`` of all runs. Ten or more runs of the same length in
        a row are one without it, since a loop made them.

    Returns
    -------
    Explanation
        ``print`` it, show it in a notebook, or take ``to_dict()``. Where all have spiked, it says so.

    Raises
    ------
    ParameterError
        If it has no neurons that could spike, or *since* is no time.

    Examples
    --------
    >>> from brian2 import NeuronGroup, SpikeGeneratorGroup, Synapses, ms, mV, nA, run
    >>> from brianhw.equations import LIF, exponential_current, static_synapse
    >>> from brianhw.parameters import lif
    >>> from brianhw.why import why_silent
    >>> exc = exponential_current("exc")
    >>> cell = LIF + exc
    >>> source, cells = SpikeGeneratorGroup(1, [0], [5]*ms), NeuronGroup(10, **cell, name="cells")
    >>> cell.set(cells, lif.PYNN_DEFAULTS, tau_exc=5*ms)
    >>> synapses = Synapses(source, cells, **static_synapse(exc), name="synapses")
    >>> synapses.connect()  # the weights stay zero
    >>> run(10*ms)
    >>> print(why_silent(cells))
    cells: none of 10 neurons spiked in 10 ms
      - All synapses of 'synapses' onto 'cells' have weight 0 (10 of 10 have). Set its weights.
      - The input of 'cells' is at most 0 A on average (I_ext 0 A); they spike steadily above 0.75 nA,
        g_L*(V_th - E_L). Set I_ext to 0.765 nA.
    """
    begin = None if since is None else _seconds(since)
    if is_pynn(population):
        return explain_cells(population, begin)
    group = whole(population)
    if not isinstance(group, NeuronGroup) or not isinstance(population, NeuronGroup | Subgroup):
        name = getattr(population, "name", repr(population))
        raise ParameterError(
            f"why_silent explains neurons: a NeuronGroup or a part of one, a population on a chip or of PyNN; {name} "
            "is none. Of a source, look at the spikes or rates that it was given."
        )
    first, last = span(population)
    stretch = stretch_of(group, begin)
    counts = spikes_of(group, stretch)
    if counts is None and since is None and stretch.start:  # a monitor without times knows of all runs only
        everything = Stretch(0.0, stretch.stop)
        counts = spikes_of(group, everything)
        stretch = stretch if counts is None else everything
    neurons = np.arange(first, last)
    silent = neurons if counts is None else neurons[np.asarray(counts)[first:last] == 0]
    causes = _causes(group, silent, stretch) if len(silent) else []
    shown = tuple(_counted_from(cause, first) for cause in causes)
    silent_here = tuple(int(each) - first for each in silent)
    return Explanation(
        str(population.name), last - first, stretch.seconds, silent_here, counts is not None, shown,
        since=stretch.start, runs=stretch.runs,
    )  # fmt: skip


def _seconds(since: Any) -> float:
    try:
        found = Quantity(since)
        if found.dim is second.dim and np.ndim(found) == 0 and float(found) >= 0:
            return float(found)
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"why_silent: since is a time of the simulation, such as 100*ms or 0*second, not {since!r}.")


def _counted_from(cause: Cause, first: int) -> Cause:
    return Cause(cause.kind, cause.text, cause.advice, tuple(int(each) - first for each in cause.which))


def _causes(group: Any, silent: np.ndarray, stretch: Stretch) -> list[Cause]:
    everyone = tuple(silent.tolist())
    if not is_in_a_network(group):
        return [Cause("not in a network", f"{group.name!r} is in no network, so it is not simulated.",
                      "Give it to the network: network.add(...).", everyone)]  # fmt: skip
    if "spike" not in group.events:
        return [Cause("no threshold", f"{group.name!r} has no threshold, so it cannot spike.",
                      "Make it with threshold='...'.", everyone)]  # fmt: skip
    if stretch.seconds == 0:
        return [Cause("not run", "Its network has not run yet.", "Run it.", everyone)]
    found = []
    thresholder = group.thresholder["spike"]
    if not group.active or not thresholder.active:
        found.append(Cause("inactive", f"{group.name!r} is not active, so it stands still.",
                           "Set active = True.", everyone))  # fmt: skip
    inputs = inputs_of(group, stretch)
    found += _of_connections(group, inputs, silent, stretch)
    found += _of_refractoriness(group, silent)
    found += too_weak(group, inputs, silent)
    return found or [_not_known(group, everyone)]


def _not_known(group: Any, everyone: tuple[int, ...]) -> Cause:
    return Cause("not known", f"{group.name!r} gets input, and nothing here says why that is not enough.",
                 "Record its state with a StateMonitor, and run for longer.", everyone)  # fmt: skip


# -- connections ------------------------------------------------------------------------------------


def _of_connections(group: Any, inputs: list[Input], silent: np.ndarray, stretch: Stretch) -> list[Cause]:
    found = []
    apart = [each for each in inputs if not each.runs and len(each.synapses)]
    if apart:
        verb = "is" if len(apart) == 1 else "are"
        found.append(
            Cause(
                "connection not in a network",
                f"{'Connection' if len(apart) == 1 else 'Connections'} {listed([each.name for each in apart])} onto "
                f"{group.name!r} {verb} in no network, so nothing comes that way.",
                "Brian2 finds what a variable names, not what is in a list, a dict or an attribute: network.add(...), "
                "or Network(collect(), chip.objects).",
                tuple(silent.tolist()),
            )
        )
    running = [each for each in inputs if each.runs]
    stopped = [each for each in running if not acts(each)]
    if stopped:
        found.append(Cause("inactive", f"{listed([each.name for each in stopped])} onto {group.name!r} is not active.",
                           "Set active = True.", tuple(silent.tolist())))  # fmt: skip
    poissons = poisson_inputs_of(group)
    found += _no_input(group, inputs, silent, poissons)
    found += [cause for each in poissons for cause in _of_poisson(group, each, silent)]
    exciting = [each for each in running if not each.is_inhibitory]  # what inhibits would not make it spike either
    found += _nothing_sent(group, exciting, silent)
    found += _weightless(exciting, silent)
    found += _too_late(exciting, silent)
    carrying = [each for each in running if np.isin(each.pairs[1], silent).any() and not each.is_continuous]
    if carrying and all(each.is_inhibitory for each in carrying) and all(map(why_nothing_of, poissons)):
        found.append(Cause("inhibition only", f"All that leads to {group.name!r} is inhibition "
                           f"({listed([each.name for each in carrying])}).", "Excite it.",
                           tuple(silent.tolist())))  # fmt: skip
    return found


def _no_input(group: Any, inputs: list[Input], silent: np.ndarray, poissons: list[Any]) -> list[Cause]:
    reached = [each.pairs[1] for each in inputs] + [np.arange(*span(each._group)) for each in poissons]
    lonely = np.setdiff1d(silent, np.concatenate([np.zeros(0, dtype=int), *reached]))
    if not len(lonely):
        return []
    which = some_of(group.name, lonely.tolist(), len(group))
    return [Cause("no input", f"No synapse leads to {which}.",
                  "Connect something to them, or inject a current.", tuple(lonely.tolist()))]  # fmt: skip


def _of_poisson(group: Any, poisson: Any, silent: np.ndarray) -> list[Cause]:
    what, hit = why_nothing_of(poisson), np.intersect1d(silent, np.arange(*span(poisson._group)))
    if not what or not len(hit):
        return []
    which = some_of(group.name, hit.tolist(), len(group))
    return [Cause("zero weight" if what == "weight" else "silent source",
                  f"The Poisson input {poisson.name!r} into {which} brings nothing: its {what} is 0.",
                  f"Make it with another {what}.", tuple(hit.tolist()))]  # fmt: skip


def _which(each: Input, hit: np.ndarray) -> str:
    target = whole(each.synapses.target)
    return some_of(target.name, hit.tolist(), len(target))


def _without(each: Input, carries: np.ndarray, silent: np.ndarray) -> np.ndarray:
    """Return the silent neurons that *each* leads to, but none of those of its synapses that carry something."""
    post = each.pairs[1]
    return np.intersect1d(silent, np.setdiff1d(post, post[carries]))


def _nothing_sent(group: Any, running: list[Input], silent: np.ndarray) -> list[Cause]:
    found = []
    for each in running:
        if each.sent is None or each.is_continuous or not len(each.synapses):
            continue
        if each.source is group:  # that it does not excite itself follows from its silence
            continue
        hit = _without(each, np.isfinite(each.sent), silent)
        if not len(hit):
            continue
        who, advice = _why_not_sent(each, hit)
        found.append(Cause("silent source", f"Nothing came through {each.name!r} to {_which(each, hit)}: {who}.",
                           advice, tuple(hit.tolist())))  # fmt: skip
    return found


def _why_not_sent(each: Input, hit: np.ndarray) -> tuple[str, str]:
    """Return why none of the synapses onto the neurons *hit* brought a spike, and what to do."""
    source, stretch = each.source, each.stretch
    senders = np.unique(each.pairs[0][np.isin(each.pairs[1], hit)])
    nobody = each.sent is None or not np.isfinite(each.sent).any()
    they = f"{source.name!r}" if nobody else f"the neurons of {source.name!r} that send to them"
    if is_told(source):
        times, neurons = told(source, stretch.stop)
        own = times[np.isin(neurons, senders)]
        if not len(own):
            return f"{they} {_was(nobody)} given no spikes", f"Give {source.name!r} spikes: set_spikes(...)."
        text, begin = stretch.where_else(they, own)
        if begin:
            return text, f"Run until after {begin}, or give earlier spikes with set_spikes(...)."
        return text, f"Give {source.name!r} spikes within the run: set_spikes(...), in times of the whole simulation."
    if isinstance(source, PoissonGroup) and each.rates is not None and not np.any(each.rates[senders]):
        return f"the rates of {they} are 0", f"Set {source.name}.rates."
    spiked = "never spiked" if not stretch.start else "did not spike in it"
    return f"{they} {spiked}", f"Ask why_silent({source.name}), or give it spikes or a rate."


def _was(nobody: bool) -> str:
    return "was" if nobody else "were"


def _weightless(running: list[Input], silent: np.ndarray) -> list[Cause]:
    found = []
    for each in running:
        if each.weights is None or each.is_continuous:
            continue
        hit = _without(each, each.weights != 0, silent)
        if not len(hit):
            continue
        zero = int(np.count_nonzero(each.weights == 0))
        which = _which(each, hit)
        text = f"All synapses of {each.name!r} onto {which} have weight 0 ({zero} of {len(each.weights)} have)."
        found.append(Cause("zero weight", text, "Set its weights.", tuple(hit.tolist())))
    return found


def _too_late(running: list[Input], silent: np.ndarray) -> list[Cause]:
    found = []
    for each in running:
        if each.is_continuous or not len(each.synapses):
            continue
        stop, post, arrival = each.stretch.stop, each.pairs[1], each.arrivals
        late = np.isfinite(arrival) & (arrival >= stop - 1e-9)
        hit = np.intersect1d(post[late], _without(each, ~late & np.isfinite(arrival), silent))
        if not len(hit):
            continue
        earliest = float(arrival[late & np.isin(post, hit)].min())
        which = _which(each, hit)
        found.append(
            Cause(
                "late",
                f"The first spike through {each.name!r} reaches {which} at {earliest * 1e3:.6g} ms (delays of "
                f"{float(each.delays.min()) * 1e3:.6g} ms and more), after the end of the run, {stop * 1e3:.6g} ms.",
                "Run for longer, or shorten the delays.", tuple(hit.tolist()),
            )
        )  # fmt: skip
    return found


# -- refractoriness ---------------------------------------------------------------------------------


def _of_refractoriness(group: Any, silent: np.ndarray) -> list[Cause]:
    if "not_refractory" not in group.variables:
        return []
    free = values_of(group, "not_refractory", bool)
    held = silent[~free[silent]]
    if not len(held):
        return []
    which = some_of(group.name, held.tolist(), len(group))
    return [Cause("refractory", f"Refractory without having spiked: {which}. The condition "
                  f"refractory={group._refractory!r} holds.", "Change the condition.",
                  tuple(held.tolist()))]  # fmt: skip
