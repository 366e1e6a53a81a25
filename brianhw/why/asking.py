"""The question itself: goes through all that may keep a group silent, the most certain first."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2.groups.neurongroup import NeuronGroup
from brian2.groups.subgroup import Subgroup

from brianhw.errors import ParameterError
from brianhw.why.drive import too_weak
from brianhw.why.explanation import Cause, Explanation, listed, some_of
from brianhw.why.inputs import Input, acts, inputs_of, poisson_inputs_of
from brianhw.why.pynn_cells import explain_cells, is_pynn
from brianhw.why.spiked import is_in_a_network, seconds_of, span, spikes_of, values_of, whole

__all__ = ["why_silent"]


def why_silent(population: Any) -> Explanation:
    """Return why neurons of *population* have not spiked so far.

    Parameters
    ----------
    population : Brian2 group or part of one, population on a chip, or PyNN population
        After a run.

    Returns
    -------
    Explanation
        ``print`` it, show it in a notebook, or take ``to_dict()``. Where all have spiked, it says so.

    Raises
    ------
    ParameterError
        If it has no neurons that could spike.

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
    if is_pynn(population):
        return explain_cells(population)
    group = whole(population)
    if not isinstance(group, NeuronGroup) or not isinstance(population, NeuronGroup | Subgroup):
        name = getattr(population, "name", repr(population))
        raise ParameterError(
            f"why_silent explains neurons: a NeuronGroup or a part of one, a population on a chip or of PyNN; {name} "
            "is none. Of a source, look at the spikes or rates that it was given."
        )
    start, stop = span(population)
    seconds, counts = seconds_of(group), spikes_of(group)
    everything = np.arange(start, stop)
    if counts is None:
        silent, known = everything, False
    else:
        silent, known = everything[np.asarray(counts)[start:stop] == 0], True
    causes = _causes(group, silent, seconds) if len(silent) else []
    shown = [_counted_from(cause, start, stop) for cause in causes]
    silent_here = tuple(int(each) - start for each in silent)
    return Explanation(str(population.name), stop - start, seconds, silent_here, known, tuple(shown))


def _counted_from(cause: Cause, start: int, stop: int) -> Cause:
    return Cause(cause.kind, cause.text, cause.advice, tuple(int(each) - start for each in cause.which))


def _causes(group: Any, silent: np.ndarray, seconds: float) -> list[Cause]:
    everyone = tuple(silent.tolist())
    if not is_in_a_network(group):
        return [Cause("not in a network", f"{group.name!r} is in no network, so it is not simulated.",
                      "Give it to the network: network.add(...).", everyone)]  # fmt: skip
    if "spike" not in group.events:
        return [Cause("no threshold", f"{group.name!r} has no threshold, so it cannot spike.",
                      "Make it with threshold='...'.", everyone)]  # fmt: skip
    if seconds == 0:
        return [Cause("not run", "Its network has not run yet.", "Run it.", everyone)]
    found = []
    thresholder = group.thresholder["spike"]
    if not group.active or not thresholder.active:
        found.append(Cause("inactive", f"{group.name!r} is not active, so it stands still.",
                           "Set active = True.", everyone))  # fmt: skip
    inputs = inputs_of(group, seconds)
    found += _of_connections(group, inputs, silent, seconds)
    found += _of_refractoriness(group, silent)
    found += too_weak(group, inputs, silent)
    return found or [_not_known(group, everyone)]


def _not_known(group: Any, everyone: tuple[int, ...]) -> Cause:
    return Cause("not known", f"{group.name!r} gets input, and nothing here says why that is not enough.",
                 "Record its state with a StateMonitor, and run for longer.", everyone)  # fmt: skip


# -- connections ------------------------------------------------------------------------------------


def _of_connections(group: Any, inputs: list[Input], silent: np.ndarray, seconds: float) -> list[Cause]:
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
    found += _no_input(group, inputs, silent, bool(poisson_inputs_of(group)))
    exciting = [each for each in running if not each.is_inhibitory]  # what inhibits would not make it spike either
    found += _nothing_sent(group, exciting, silent)
    found += _weightless(exciting, silent)
    found += _too_late(exciting, silent, seconds)
    carrying = [each for each in running if np.isin(each.pairs[1], silent).any() and not each.is_continuous]
    if carrying and all(each.is_inhibitory for each in carrying) and not poisson_inputs_of(group):
        found.append(Cause("inhibition only", f"All that leads to {group.name!r} is inhibition "
                           f"({listed([each.name for each in carrying])}).", "Excite it.",
                           tuple(silent.tolist())))  # fmt: skip
    return found


def _no_input(group: Any, inputs: list[Input], silent: np.ndarray, has_poisson: bool) -> list[Cause]:
    if has_poisson:
        return []
    reached = np.unique(np.concatenate([each.pairs[1] for each in inputs] or [np.zeros(0, dtype=int)]))
    lonely = np.setdiff1d(silent, reached)
    if not len(lonely):
        return []
    which = some_of(group.name, lonely.tolist(), len(group))
    return [Cause("no input", f"No synapse leads to {which}.",
                  "Connect something to them, or inject a current.", tuple(lonely.tolist()))]  # fmt: skip


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
        if each.counts is None or each.is_continuous or not len(each.synapses):
            continue
        if each.source is group:  # that it does not excite itself follows from its silence
            continue
        hit = _without(each, np.asarray(each.counts)[each.pairs[0]] > 0, silent)
        if not len(hit):
            continue
        nobody = not np.any(each.counts)
        who = (
            f"{each.source.name!r} never spiked"
            if nobody
            else f"the neurons of {each.source.name!r} that send to them never spiked"
        )
        which = _which(each, hit)
        found.append(Cause("silent source", f"Nothing came through {each.name!r} to {which}: {who}.",
                           f"Ask why_silent({each.source.name}), or give it spikes or a rate.",
                           tuple(hit.tolist())))  # fmt: skip
    return found


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


def _too_late(running: list[Input], silent: np.ndarray, seconds: float) -> list[Cause]:
    found = []
    for each in running:
        if each.is_continuous or not len(each.synapses):
            continue
        pre, post = each.pairs
        first = np.zeros(len(pre)) if each.first is None else each.first[pre]
        arrival = first + each.delays
        late = np.isfinite(first) & (arrival >= seconds)
        hit = np.intersect1d(post[late], _without(each, ~late & np.isfinite(first), silent))
        if not len(hit):
            continue
        earliest = float(arrival[late & np.isin(post, hit)].min())
        which = _which(each, hit)
        found.append(
            Cause(
                "late",
                f"The first spike through {each.name!r} reaches {which} at {earliest * 1e3:.6g} ms (delays of "
                f"{float(each.delays.min()) * 1e3:.6g} ms and more), after the end of the run, {seconds * 1e3:.6g} ms.",
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
