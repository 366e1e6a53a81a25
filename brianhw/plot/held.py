"""Weights as they were asked for, and as a chip holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from brian2 import Synapses

from brianhw.errors import ParameterError
from brianhw.plot.drawing import best_unit, labelled, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["weights"]

_TAKEN = "a chip or board, connections on one, Brian2 synapses that have a weight, or PyNN projections"


def weights(*sources: Any, axes: Axes | None = None, bins: int = 40) -> Axes:
    """Draw how many synapses were asked to have which weight, as a line, and which the chip holds, filled.

    Parameters
    ----------
    *sources
        A chip or board (all its connections together); connections of one; projections of ``brianhw.spinnaker``,
        which have the chip's integers once they have run, or of ``brianhw.pynn``; Brian2 synapses with a variable
        ``weight`` or ``w``, which hold what was asked for. All in one unit.
    axes : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    bins : int
        How many.

    Raises
    ------
    ParameterError
        If something has no weights, or weights have different units.

    Examples
    --------
    >>> from brian2 import *
    >>> from brianhw import Board, plot
    >>> board = Board(seed=1)
    >>> source, cells = PoissonGroup(10, 20*Hz), board.population(4)
    >>> into = board.connect(source, cells, "AMPA", weight="1 + i % 3")
    >>> axes = plot.weights(board, bins=3)
    >>> axes.patches[0].get_data().values.tolist(), axes.get_xlabel()
    ([16, 12, 12], 'weight (CAM words)')
    """
    pairs = [pair for each in sources for pair in _asked_and_held(each)]
    if not pairs:
        raise ParameterError(f"plot.weights draws weights of synapses; it was given none. It takes {_TAKEN}.")
    units = {unit for _, _, unit in pairs}
    if len(units) > 1:
        raise ParameterError(
            f"plot.weights: weights are in {' and '.join(sorted(map(_said, units)))}; draw them in axes of their own."
        )
    asked, held = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    unit = pairs[0][2]
    name, scale = (unit, 1.0) if isinstance(unit, str) else best_unit(unit, asked)
    asked, held = asked / scale, held / scale
    both = np.concatenate([asked, held])
    low, high = (both.min(), both.max()) if len(both) else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5 * abs(low or 1.0), high + 0.5 * abs(high or 1.0)
    edges = np.linspace(low, high, int(bins) + 1)
    axes = new_axes(axes, (6, 3))
    axes.stairs(np.histogram(held, edges)[0], edges, fill=True, alpha=0.5, color="C0", label="realised")
    axes.stairs(np.histogram(asked, edges)[0], edges, color="black", linewidth=1, label="asked for")
    lost = int(np.count_nonzero((held == 0) & (asked != 0)))
    axes.set_xlabel(labelled("weight", name))
    axes.set_ylabel("synapses")
    axes.set_title("weights" + (f": {lost} of {len(asked)} became 0" if lost else ""))
    axes.legend(fontsize="small", frameon=False)
    return axes


def _said(unit: Any) -> str:
    return unit if isinstance(unit, str) else ("no unit" if unit.is_dimensionless else str(unit))


def _asked_and_held(thing: Any) -> Iterable[tuple[np.ndarray, np.ndarray, Any]]:
    """Yield what was asked for and what is held of each connection, with the unit: its name, or Brian2's dimensions."""
    if isinstance(thing, Mapping):
        thing = list(thing.values())
    if hasattr(thing, "connections") and hasattr(thing, "plan"):  # a chip
        for connection in thing.connections.values():
            yield from _asked_and_held(connection)
    elif hasattr(thing, "asked_weights") and hasattr(thing, "chip"):
        planned = thing.chip.plan.connections[thing.name]
        word = f"{thing.chip.description.word}s"
        dimensions = thing.model.parsed[thing.model.weight].dim
        unit = word if dimensions.is_dimensionless and thing.chip.description.fan_in is not None else dimensions
        yield np.asarray(thing.asked_weights, float), np.asarray(planned.weights, float), unit
    elif hasattr(thing, "receptor_type") and hasattr(thing, "asked"):
        asked, held = _of_projection(thing)
        yield asked, held, _unit_of(thing)
    elif isinstance(thing, Synapses):
        name = next((name for name in ("weight", "w") if name in thing.variables), None)
        if name is None:
            raise ParameterError(f"plot.weights: {thing.name} has neither a weight nor a w.")
        values = np.array(getattr(thing, f"{name}_")[:], dtype=float)
        yield values, values, thing.variables[name].dim
    elif isinstance(thing, Iterable) and not isinstance(thing, str | bytes):
        for each in thing:
            yield from _asked_and_held(each)
    else:
        raise ParameterError(f"plot.weights draws weights of synapses; {thing!r} has none. It takes {_TAKEN}.")


def _of_projection(projection: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return what a projection was asked for and what its synapses hold, in stored order and PyNN's unit."""
    size = projection.size()
    held, asked = (np.asarray(each, dtype=float) for each in (projection.values["weight"], projection.asked("weight")))
    return np.broadcast_to(asked, (size,)), np.broadcast_to(held, (size,))


def _unit_of(projection: Any) -> str:
    post = projection.post
    cell = (post.populations[0] if hasattr(post, "populations") else post).celltype
    return "uS" if getattr(cell, "conductance_based", False) else "nA"
