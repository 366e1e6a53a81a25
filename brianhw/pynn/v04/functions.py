"""The functions of PyNN 0.4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import brianhw.pynn as sim
from brianhw.pynn.checks.refusals import ConnectionRefused, KindRefused
from brianhw.pynn.v04.ids import ID
from brianhw.pynn.v04.populations import Population
from brianhw.pynn.v04.projections import has_negative_weights, signed

__all__ = [
    "connect", "create", "distance", "distances", "end", "get_current_time", "get_max_delay", "get_min_delay",
    "get_time_step", "num_processes", "rank", "record", "record_v", "run", "set", "setup",
]  # fmt: skip

_files: list[tuple[str, Any, Any]] = []  # what `end` writes: variable, cells, file


def setup(
    timestep: float = 0.1, min_delay: float = 0.1, max_delay: float = 10.0, debug: bool = False, **extra_params: Any
) -> int:
    """Begin a script; return the rank of this process, 0. *extra_params* are those of :func:`brianhw.pynn.setup`."""
    _files.clear()
    return sim.setup(timestep, min_delay, max_delay=max_delay, **extra_params)


def run(simtime: float) -> float:
    """Run the simulation for *simtime* ms; return the time."""
    now: float = sim.run(simtime)
    return now


def end(compatible_output: bool = True) -> None:
    """Write the files that ``record`` and ``record_v`` promised."""
    for variable, population, file in _files:
        if variable == "spikes":
            population.printSpikes(file, compatible_output=compatible_output)
        else:
            population.print_v(file, compatible_output=compatible_output)
    _files.clear()
    sim.end()


def get_current_time() -> float:
    """Return the time in ms."""
    return float(sim.get_current_time())


def get_time_step() -> float:
    """Return the time step in ms."""
    return float(sim.get_time_step())


def get_min_delay() -> float:
    """Return the smallest delay in ms."""
    return float(sim.get_min_delay())


def get_max_delay() -> float:
    """Return the largest delay in ms."""
    return float(sim.get_max_delay())


def num_processes() -> int:
    """Return the number of processes, 1."""
    return int(sim.num_processes())


def rank() -> int:
    """Return the rank of this process, 0."""
    return int(sim.rank())


# -- cells ------------------------------------------------------------------------------------------


def create(cellclass: Any, param_dict: Mapping[str, Any] | None = None, n: int = 1) -> Any:
    """Create *n* cells of a type; return the cell if it is one, otherwise a list of them."""
    cells = list(Population(n, cellclass, param_dict))
    return cells[0] if n == 1 else cells


def set(cells: Any, param: Any, val: Any = None) -> None:
    """Set parameters of a cell or of a list of cells: a dict of them, or a name and a value."""
    parameters = param if isinstance(param, Mapping) else {param: val}
    for cell in _cells(cells):
        cell.set_parameters(**parameters)


def _cells(cells: Any) -> list[ID]:
    return [cells] if isinstance(cells, ID) else list(cells)


def _by_population(cells: Any) -> list[tuple[Population, np.ndarray]]:
    """Return the populations of *cells*, each with the indices of those that are given, ascending."""
    if not isinstance(cells, Population | ID) and not np.iterable(cells):
        raise KindRefused(f"A cell, a list of cells or a Population is needed, not {cells!r}.")
    found: dict[int, tuple[Population, list[int]]] = {}
    for cell in _cells(cells):
        found.setdefault(id(cell.parent), (cell.parent, []))[1].append(cell.parent._index(cell))
    return [(population, np.unique(indices)) for population, indices in found.values()]


def connect(
    source: Any,
    target: Any,
    weight: Any = None,
    delay: Any = None,
    synapse_type: str | None = None,
    p: float = 1,
    rng: Any = None,
) -> Any:
    """Connect cells or lists of cells, each possible pair with the probability *p*; return the projections made.

    Weights are in nA or uS, zero by default; delays in ms, the smallest by default; *synapse_type* is ``"excitatory"``
    or ``"inhibitory"``.

    Raises
    ------
    ConnectionError
        If a target is a spike source, or *synapse_type* is none of the cell.
    """
    made = []
    for pre, pre_cells in _by_population(source):
        for post, post_cells in _by_population(target):
            known = post.population.celltype.receptor_types
            if (synapse_type or "excitatory") not in known:
                raise ConnectionRefused(
                    f"{post.label} has the synapse types {', '.join(known) or 'none'}, not {synapse_type!r}."
                )
            drawn = hasattr(weight, "next") and has_negative_weights(synapse_type, post.celltype)
            known_weight = 0.0 if drawn or weight is None else signed(weight, synapse_type, post.celltype)
            synapse = sim.StaticSynapse(weight=known_weight, delay=delay)
            connector = sim.FixedProbabilityConnector(p, rng=rng) if p < 1 else sim.AllToAllConnector()
            views = pre.population[pre_cells], post.population[post_cells]
            made.append(sim.Projection(*views, connector, synapse, receptor_type=synapse_type or "excitatory"))
            if drawn:
                made[-1].set_in_order("weight", -np.abs(np.atleast_1d(weight.next(len(made[-1])))))
    return made


def record(source: Any, filename: Any) -> None:
    """Record spikes of a cell or a list of cells to a file, which ``end`` writes."""
    _record("spikes", source, filename)


def record_v(source: Any, filename: Any) -> None:
    """Record membrane potentials of a cell or a list of cells to a file, which ``end`` writes."""
    _record("v", source, filename)


def _record(variable: str, source: Any, filename: Any) -> None:
    for population, indices in _by_population(source):
        population._record(variable, [population.index(int(index)) for index in indices], None)
        _files.append((variable, population, filename))


# -- space ------------------------------------------------------------------------------------------


def distance(
    src: Any,
    tgt: Any,
    mask: Any = None,
    scale_factor: float = 1.0,
    offset: float = 0.0,
    periodic_boundaries: Any = None,
) -> float:
    """Return the distance of two cells.

    Parameters
    ----------
    src, tgt : ID
        The cells.
    mask : array of int
        The axes that count; all by default.
    scale_factor, offset : float
        The position of *tgt* counts as ``scale_factor*(position + offset)``.
    periodic_boundaries : tuple of float
        The size of a box whose opposite sides are one.
    """
    return float(distances([src.position], [tgt.position], mask, scale_factor, offset, periodic_boundaries)[0, 0])


def distances(
    pre: Any,
    post: Any,
    mask: Any = None,
    scale_factor: float = 1.0,
    offset: float = 0.0,
    periodic_boundaries: Any = None,
) -> np.ndarray:
    """Return the distances of all pairs, an array of shape (pre, post). Arguments as for :func:`distance`.

    *pre* and *post* are populations, or lists of positions.
    """
    axes = slice(None) if mask is None else np.asarray(mask)
    first = _positions(pre)[:, axes]
    second = scale_factor * (_positions(post)[:, axes] + offset)
    apart = np.abs(first[:, None, :] - second[None, :, :])
    if periodic_boundaries is not None:
        box = np.asarray(periodic_boundaries, dtype=float)[axes]
        apart = np.minimum(apart, box - apart)
    found: np.ndarray = np.sqrt((apart**2).sum(axis=2))
    return found


def _positions(cells: Any) -> np.ndarray:
    return cells.positions.T if isinstance(cells, Population) else np.asarray(cells, dtype=float)
