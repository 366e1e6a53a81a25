"""PyNN populations: what their projections bring them, and on SpiNNaker what its integers leave of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from brianhw.why.explanation import Cause, Explanation, listed, some_of
from brianhw.why.pynn_means import CELLS, case_of_cells
from brianhw.why.saying import Names, explain
from brianhw.why.spiked import spikes_of

__all__ = ["explain_cells", "is_pynn"]


def is_pynn(thing: Any) -> bool:
    """Say whether *thing* is a population of the PyNN back end."""
    return hasattr(thing, "celltype") and hasattr(thing, "_simulator") and hasattr(thing, "size")


def explain_cells(population: Any) -> Explanation:
    """Return why cells of *population* have not spiked so far."""
    state = population._simulator.state
    whole = getattr(population, "_population", population)
    seconds = float(state.t) * 1e-3
    counts = _counts(state, whole)
    own = np.arange(whole.size)
    if whole is not population:
        own = np.asarray(population.index_in_grandparent(np.arange(population.size)), dtype=int)
    silent = own if counts is None else own[counts[own] == 0]
    causes = _causes(state, whole, silent, seconds) if len(silent) else []
    place = {int(cell): number for number, cell in enumerate(own)}
    shown = tuple(
        Cause(each.kind, each.text, each.advice, tuple(place[cell] for cell in each.which)) for each in causes
    )
    here = tuple(place[int(cell)] for cell in silent)
    return Explanation(str(population.label), int(population.size), seconds, here, counts is not None, shown)


def _counts(state: Any, population: Any) -> np.ndarray | None:
    """Return the spikes of each cell, as recorded or as its Brian2 group tells; None where nothing says it."""
    if any(each.name == "spikes" for each in getattr(population.recorder, "recorded", ())):
        trains = population.get_data("spikes").segments[-1].spiketrains
        found = np.zeros(population.size, dtype=int)
        for train in trains:
            found[int(train.annotations["source_index"])] = len(train)
        if len(trains) == population.size:
            return found
    group = None if state.network is None else state.network.groups.get(population)
    if group is None:
        return None
    return _told(population) if _is_array(population) else spikes_of(group.brian)


def _expected(state: Any, population: Any, seconds: float) -> np.ndarray | None:
    """Return how many spikes each cell has had or, of a Poisson source that nothing counted, should have had."""
    counts = _counts(state, population)
    names = population.celltype.get_parameter_names()
    if counts is not None or "rate" not in names or type(population.celltype).__name__ != "SpikeSourcePoisson":
        return counts
    if float(np.max(population.get("start"))) > 0:
        return None
    return np.broadcast_to(np.asarray(population.get("rate"), dtype=float) * seconds, (population.size,))


def _is_array(population: Any) -> bool:
    return type(population.celltype).__name__ == "SpikeSourceArray"


def _told(population: Any) -> np.ndarray:
    times = population.get("spike_times")
    end = population._simulator.state.t
    per_cell = [times] * population.size if hasattr(times, "value") else times
    return np.array([np.count_nonzero(np.asarray(each.value) < end) for each in per_cell])


def _causes(state: Any, population: Any, silent: np.ndarray, seconds: float) -> list[Cause]:
    everyone = tuple(silent.tolist())
    name = population.label
    if seconds == 0:
        return [Cause("not run", "Nothing has run yet.", "Call run().", everyone)]
    if not population.celltype.receptor_types:
        return _of_source(population, everyone)
    arriving = [part for each in state.projections for part in _parts(each, population)]
    found: list[Cause] = []
    reached = np.unique(np.concatenate([post for _, _, post in arriving] or [np.zeros(0, dtype=int)]))
    lonely = np.setdiff1d(silent, reached)
    if len(lonely):
        which = some_of(str(population.label), lonely.tolist(), population.size)
        found.append(Cause("no input", f"No projection leads to {which}.",
                           "Connect something to them, or set i_offset.", tuple(lonely.tolist())))  # fmt: skip
    for projection, part, post in arriving:
        inhibits = str(projection.receptor_type).startswith("inh")  # it would not make them spike either
        if np.isin(post, silent).any() and not inhibits:
            found += _of_projection(state, projection, part, post, silent, seconds, population)
    reaching = {part[0].label: part[0].receptor_type for part in arriving if np.isin(part[2], silent).any()}
    if reaching and all(str(receptor).startswith("inh") for receptor in reaching.values()):
        found.append(Cause("inhibition only", f"All that leads to {name!r} is inhibition ({listed(list(reaching))}).",
                           "Excite it.", everyone))  # fmt: skip
    found += _too_weak(state, population, arriving, silent, seconds)
    return found or [Cause("not known", f"{name!r} gets input, and nothing here says why that is not enough.",
                           "Record v, and run for longer.", everyone)]  # fmt: skip


def _of_source(population: Any, everyone: tuple[int, ...]) -> list[Cause]:
    kind = type(population.celltype).__name__
    advice = "Set spike_times within the run." if _is_array(population) else "Set a rate above zero, or run for longer."
    text = f"{population.label!r} is a {kind} that sent nothing in the run."
    return [Cause("silent source", text, advice, everyone)]


def _parts(projection: Any, population: Any) -> list[tuple[Any, Any, np.ndarray]]:
    """Return (projection, the part of it, target cells) of all that leads to *population*."""
    parts = (part for part in projection.parts() if getattr(part.post, "_population", part.post) is population)
    return [(projection, part, np.asarray(part.j, dtype=int)) for part in parts]


def _of_projection(
    state: Any, projection: Any, part: Any, post: np.ndarray, silent: np.ndarray, seconds: float, population: Any
) -> list[Cause]:
    label, found = projection.label, []
    pre = np.asarray(part.i, dtype=int)
    hit_all = tuple(np.intersect1d(silent, post).tolist())
    source = getattr(part.pre, "_population", part.pre)
    counts = _counts(state, source)
    if counts is not None:
        sent = counts[pre] > 0
        hit = np.intersect1d(silent, np.setdiff1d(post, post[sent]))
        if len(hit):
            which = some_of(str(population.label), hit.tolist(), population.size)
            found.append(Cause("silent source",
                               f"Nothing came through {label!r} to {which}: {source.label!r} never spiked there.",
                               f"Ask why_silent of {source.label!r}, or give it spikes or a rate.",
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
    delays = np.asarray(part.of(projection.asked("delay")), dtype=float)
    shortest = float(np.min(delays))
    if shortest * 1e-3 >= seconds:
        text = f"The shortest delay of {label!r}, {shortest:.6g} ms, is as long as the run of {seconds * 1e3:.6g} ms."
        found.append(Cause("late", text, "Run for longer, or shorten it.", hit_all))
    return found


def _too_weak(state: Any, population: Any, arriving: Any, silent: np.ndarray, seconds: float) -> list[Cause]:
    """Compare the mean input of cells with the one that they need."""
    if type(population.celltype).__name__ not in CELLS:
        return []
    brought = dict.fromkeys(("excitatory", "inhibitory"), np.zeros(population.size))
    for projection, part, post in arriving:
        counts = _expected(state, getattr(part.pre, "_population", part.pre), seconds)
        if counts is None or projection.receptor_type not in brought:
            return []
        held = np.broadcast_to(np.asarray(part.of(projection.values["weight"]), dtype=float), post.shape)
        rates = counts[np.asarray(part.i, dtype=int)] / seconds
        # of inhibition by currents, PyNN's weights are negative
        size = np.abs(held) * rates
        brought[projection.receptor_type] = brought[projection.receptor_type] + np.bincount(
            post, weights=size, minlength=population.size
        )
    on_chip = type(population.celltype).__module__.startswith("brianhw.spinnaker")
    case = case_of_cells(population, brought, silent, on_chip)
    if case is None:
        return []
    _, total = case.critical()
    weak = silent[total <= 0]
    if not len(weak):
        return []
    best = int(silent[np.argmax(np.where(total <= 0, total, -np.inf))])
    nearest = case_of_cells(population, brought, np.array([best]), on_chip)
    assert nearest is not None
    threshold = ", v_thresh" if type(population.celltype).__name__.startswith("IF_") else ""
    who = some_of(str(population.label), weak.tolist(), population.size)
    text, advice = explain(nearest, who, Names("i_offset", threshold))
    return [Cause("below rheobase", text, advice, tuple(weak.tolist()))]
