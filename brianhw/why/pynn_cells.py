"""PyNN populations: what their projections bring them, and on SpiNNaker what its integers leave of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.why.explanation import Cause, Explanation, listed, some_of
from brianhw.why.pynn_currents import Injected
from brianhw.why.pynn_means import CELLS, case_of_cells
from brianhw.why.saying import Names, explain
from brianhw.why.spiked import Stretch, first_after, spikes_of

__all__ = ["explain_cells", "is_pynn"]


def is_pynn(thing: Any) -> bool:
    """Say whether *thing* is a population of the PyNN back end."""
    return hasattr(thing, "celltype") and hasattr(thing, "_simulator") and hasattr(thing, "size")


def explain_cells(population: Any, since: float | None = None) -> Explanation:
    """Return why cells of *population* have not spiked in the last run, or since a time in seconds."""
    state = population._simulator.state
    whole = getattr(population, "_population", population)
    stop = float(state.t) * 1e-3
    start, runs = state.runs.last(stop) if since is None else (min(since, stop), 0)
    stretch = Stretch(start, stop, runs)
    counts = _counts(state, whole, stretch)
    own = np.arange(whole.size)
    if whole is not population:
        own = np.asarray(population.index_in_grandparent(np.arange(population.size)), dtype=int)
    silent = own if counts is None else own[counts[own] == 0]
    causes = _causes(state, whole, silent, stretch) if len(silent) else []
    place = {int(cell): number for number, cell in enumerate(own)}
    shown = tuple(
        Cause(each.kind, each.text, each.advice, tuple(place[cell] for cell in each.which)) for each in causes
    )
    here = tuple(place[int(cell)] for cell in silent)
    return Explanation(
        str(population.label), int(population.size), stretch.seconds, here, counts is not None, shown, start, runs
    )


def _recorded(population: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Return times (seconds) and cells of all spikes of a population, if all cells were recorded."""
    if not any(each.name == "spikes" for each in getattr(population.recorder, "recorded", ())):
        return None
    trains = population.get_data("spikes").segments[-1].spiketrains
    if len(trains) != population.size:
        return None
    times = [np.asarray(train.rescale("s").magnitude, dtype=float) for train in trains]
    cells = [
        np.full(len(each), int(train.annotations["source_index"])) for train, each in zip(trains, times, strict=True)
    ]
    return np.concatenate([np.zeros(0), *times]), np.concatenate([np.zeros(0, dtype=int), *cells])


def _sent(population: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Return times (seconds) and cells of all spikes that are known, also of those to come; None if none are."""
    return _told(population) if _is_array(population) else _recorded(population)


def _counts(state: Any, population: Any, stretch: Stretch) -> np.ndarray | None:
    """Return the spikes of each cell, as recorded or as its Brian2 group tells; None where nothing says it."""
    recorded = _recorded(population)
    if recorded is not None:
        times, cells = recorded
        # a spike has the time at the end of its step
        return np.bincount(cells[times > stretch.start + 1e-9], minlength=population.size)
    if _is_array(population):
        times, cells = _told(population)
        return np.bincount(cells[stretch.has(times)], minlength=population.size)
    group = None if state.network is None else state.network.groups.get(population)
    return None if group is None else spikes_of(group.brian, stretch)


def _expected(state: Any, population: Any, stretch: Stretch) -> np.ndarray | None:
    """Return how many spikes each cell has had or, of a Poisson source that nothing counted, should have had."""
    counts = _counts(state, population, stretch)
    if counts is not None or type(population.celltype).__name__ != "SpikeSourcePoisson":
        return counts
    rate, begin, lasts = _poisson(population)
    on = np.minimum((begin + lasts) * 1e-3, stretch.stop) - np.maximum(begin * 1e-3, stretch.start)
    return np.asarray(rate * np.maximum(on, 0.0))


def _poisson(source: Any) -> np.ndarray:
    """Return the rate (Hz), start and duration (ms) of each cell of a Poisson source."""
    values = (np.asarray(source.get(name, simplify=False), dtype=float) for name in ("rate", "start", "duration"))
    return np.array([np.broadcast_to(each, (source.size,)) for each in values])


def _is_array(population: Any) -> bool:
    return type(population.celltype).__name__ == "SpikeSourceArray"


def _told(population: Any) -> tuple[np.ndarray, np.ndarray]:
    times = population.get("spike_times")
    per_cell = [times] * population.size if hasattr(times, "value") else times
    each = [np.asarray(one.value, dtype=float) * 1e-3 for one in per_cell]
    cells = np.repeat(np.arange(population.size), [len(one) for one in each])
    return np.concatenate([np.zeros(0), *each]), cells


def _causes(state: Any, population: Any, silent: np.ndarray, stretch: Stretch) -> list[Cause]:
    everyone = tuple(silent.tolist())
    name = population.label
    if stretch.seconds == 0:
        return [Cause("not run", "Nothing has run yet.", "Call run().", everyone)]
    if not population.celltype.receptor_types:
        return _of_source(population, silent, stretch)
    arriving = [part for each in state.projections for part in _parts(each, population)]
    found: list[Cause] = []
    reached = np.unique(np.concatenate([post for _, _, post in arriving] or [np.zeros(0, dtype=int)]))
    injected = Injected(state, population, stretch)
    lonely = np.setdiff1d(silent, np.concatenate([reached, *(each.cells for each in injected.sources)]))
    if len(lonely):
        which = some_of(str(population.label), lonely.tolist(), population.size)
        found.append(Cause("no input", f"No projection leads to {which}.",
                           "Connect something to them, inject a current, or set i_offset.",
                           tuple(lonely.tolist())))  # fmt: skip
    for projection, part, post in arriving:
        inhibits = str(projection.receptor_type).startswith("inh")  # it would not make them spike either
        if np.isin(post, silent).any() and not inhibits:
            found += _of_projection(state, projection, part, post, silent, stretch, population)
    found += injected.causes(silent)
    reaching = {part[0].label: part[0].receptor_type for part in arriving if np.isin(part[2], silent).any()}
    only_inhibits = all(str(receptor).startswith("inh") for receptor in reaching.values())
    if reaching and only_inhibits and not np.isin(silent, injected.flows()).any():
        found.append(Cause("inhibition only", f"All that leads to {name!r} is inhibition ({listed(list(reaching))}).",
                           "Excite it.", everyone))  # fmt: skip
    found += _too_weak(state, population, arriving, silent, injected)
    return found or [Cause("not known", f"{name!r} gets input, and nothing here says why that is not enough.",
                           "Record v, and run for longer.", everyone)]  # fmt: skip


def _of_source(population: Any, silent: np.ndarray, stretch: Stretch) -> list[Cause]:
    kind = type(population.celltype).__name__
    why, advice = _why_not_sent(population, silent, stretch)
    text = f"{population.label!r} is a {kind} that sent nothing in the run{f': {why}' if why else ''}."
    return [Cause("silent source", text, advice, tuple(silent.tolist()))]


def _why_not_sent(source: Any, cells: np.ndarray, stretch: Stretch) -> tuple[str, str]:
    """Return why these cells of a spike source sent nothing, empty if that is not known, and what to do."""
    label, end = f"{source.label!r}", f"{stretch.stop * 1e3:.6g} ms"
    last = stretch.called
    if _is_array(source):
        times, who = _told(source)
        own = times[np.isin(who, cells)]
        if not len(own):
            return f"{label} was given no spike_times", "Set spike_times."
        text, next_one = stretch.where_else(label, own)
        if next_one:
            return text, f"Run until after {next_one}, or set spike_times within the run."
        return text, "Set spike_times within the run, in times of the whole simulation."
    names = set(source.celltype.get_parameter_names())
    if {"rate", "start", "duration"} <= names:
        rate, begin, lasts = _poisson(source)[:, cells]
        if not rate.any():
            return f"the rate of {label} is 0", "Set a rate above zero."
        if (begin >= stretch.stop * 1e3).all():
            return (f"{label} starts at {begin.min():.6g} ms, after the end of {last}, {end}",
                    f"Run until after {begin.min():.6g} ms, or set an earlier start.")  # fmt: skip
        if (begin + lasts <= stretch.start * 1e3 + 1e-9).all() or not lasts.any():
            return f"{label} was over at {(begin + lasts).max():.6g} ms", "Set a longer duration."
    return "", "Set a rate above zero, or run for longer."


def _parts(projection: Any, population: Any) -> list[tuple[Any, Any, np.ndarray]]:
    """Return (projection, the part of it, target cells) of all that leads to *population*."""
    parts = (part for part in projection.parts() if getattr(part.post, "_population", part.post) is population)
    return [(projection, part, np.asarray(part.j, dtype=int)) for part in parts]


def _of_projection(
    state: Any, projection: Any, part: Any, post: np.ndarray, silent: np.ndarray, stretch: Stretch, population: Any
) -> list[Cause]:
    label, found = projection.label, []
    pre = np.asarray(part.i, dtype=int)
    source = getattr(part.pre, "_population", part.pre)
    delays = np.broadcast_to(np.asarray(part.of(projection.asked("delay")), dtype=float) * 1e-3, post.shape)
    arrival = _arrivals(state, source, pre, delays, stretch)
    if arrival is not None:
        hit = np.intersect1d(silent, np.setdiff1d(post, post[np.isfinite(arrival)]))
        if len(hit):
            senders = np.unique(pre[np.isin(post, hit)])
            why, advice = "", ""
            if not source.celltype.receptor_types:
                why, advice = _why_not_sent(source, senders, stretch)
            which = some_of(str(population.label), hit.tolist(), population.size)
            never = "never spiked" if not stretch.start else "did not spike"
            found.append(Cause("silent source",
                               f"Nothing came through {label!r} to {which}: "
                               f"{why or f'{source.label!r} {never} there'}.",
                               advice if why else f"Ask why_silent of {source.label!r}, or give it spikes or a rate.",
                               tuple(hit.tolist())))  # fmt: skip
    asked = np.broadcast_to(np.asarray(part.of(projection.asked("weight")), dtype=float), post.shape)
    held = np.broadcast_to(np.asarray(part.of(projection.values["weight"]), dtype=float), post.shape)
    hit = np.intersect1d(silent, np.setdiff1d(post, post[held != 0]))
    if len(hit):
        lost = int(np.count_nonzero((held == 0) & (asked != 0)))
        why = f"{lost} of {len(held)} weights became 0 in the chip's integers" if lost else "its weights are 0"
        advice = (
            "Larger weights, or fewer and smaller ones onto that receptor, which makes its steps finer; report() has "
            "the smallest weight."
            if lost
            else "Set its weights."
        )
        which = some_of(str(population.label), hit.tolist(), population.size)
        found.append(Cause("zero weight", f"{label!r} brings nothing to {which}: {why}.",
                           advice, tuple(hit.tolist())))  # fmt: skip
    if arrival is None:
        arrival = stretch.start + delays
    late = np.isfinite(arrival) & (arrival >= stretch.stop - 1e-9)
    hit = np.intersect1d(post[late], np.intersect1d(silent, np.setdiff1d(post, post[arrival < stretch.stop - 1e-9])))
    if len(hit):
        which = some_of(str(population.label), hit.tolist(), population.size)
        found.append(Cause("late",
                           f"The first spike through {label!r} reaches {which} at "
                           f"{float(arrival[late & np.isin(post, hit)].min()) * 1e3:.6g} ms (delays of "
                           f"{float(delays.min()) * 1e3:.6g} ms and more), after the end of the run, "
                           f"{stretch.stop * 1e3:.6g} ms.",
                           "Run for longer, or shorten the delays.", tuple(hit.tolist())))  # fmt: skip
    return found


def _arrivals(state: Any, source: Any, pre: np.ndarray, delays: np.ndarray, stretch: Stretch) -> np.ndarray | None:
    """Return when the first spike through each connection arrives, infinite where none was sent; None if unknown."""
    known = _sent(source)
    if known is not None:
        sent = first_after(*known, pre, np.maximum(stretch.start - delays, 0.0))
        return np.where(sent < stretch.stop - 1e-9, sent, np.inf) + delays
    counts = _expected(state, source, stretch)
    return None if counts is None else np.where(counts[pre] > 0, stretch.start, np.inf) + delays


def _too_weak(state: Any, population: Any, arriving: Any, silent: np.ndarray, injected: Injected) -> list[Cause]:
    """Compare the mean input of cells with the one that they need."""
    if type(population.celltype).__name__ not in CELLS:
        return []
    stretch = injected.stretch
    brought = dict.fromkeys(("excitatory", "inhibitory"), np.zeros(population.size))
    for projection, part, post in arriving:
        counts = _expected(state, getattr(part.pre, "_population", part.pre), stretch)
        if counts is None or projection.receptor_type not in brought:
            return []
        held = np.broadcast_to(np.asarray(part.of(projection.values["weight"]), dtype=float), post.shape)
        rates = counts[np.asarray(part.i, dtype=int)] / stretch.seconds
        # of inhibition by currents, PyNN's weights are negative
        size = np.abs(held) * rates
        brought[projection.receptor_type] = brought[projection.receptor_type] + np.bincount(
            post, weights=size, minlength=population.size
        )
    on_chip = type(population.celltype).__module__.startswith("brianhw.spinnaker")
    case = case_of_cells(population, brought, silent, on_chip, injected)
    if case is None:
        return []
    _, total = case.critical()
    weak = silent[total <= 0]
    if not len(weak):
        now = case_of_cells(population, brought, silent, on_chip, injected, goes_on=False)
        assert now is not None
        return _too_short(population, silent[now.critical()[1] <= 0], injected)
    best = int(silent[np.argmax(np.where(total <= 0, total, -np.inf))])
    nearest = case_of_cells(population, brought, np.array([best]), on_chip, injected)
    assert nearest is not None
    threshold = ", v_thresh" if type(population.celltype).__name__.startswith("IF_") else ""
    who = some_of(str(population.label), weak.tolist(), population.size)
    text, advice = explain(nearest, who, Names("i_offset", threshold))
    return [Cause("below rheobase", text, advice, tuple(weak.tolist()))]


def _too_short(population: Any, neurons: np.ndarray, injected: Injected) -> list[Cause]:
    """Say of cells that a current would make spike later that the run ended before."""
    if not len(neurons):
        return []
    which, name = some_of(str(population.label), neurons.tolist(), population.size), injected.names(neurons)
    text = (
        f"The current of {name} is enough for {which}, but has not brought them to their threshold at the end of the "
        f"run, {injected.stretch.stop * 1e3:.6g} ms."
    )
    return [Cause("late", text, "Run for longer, let it start earlier, or raise it.", tuple(neurons.tolist()))]
