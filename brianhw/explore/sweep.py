"""Sweeps: a model at many points, each computed once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity

from brianhw import __version__
from brianhw.device.progress import bar, shows_bars
from brianhw.errors import SweepError
from brianhw.explore.engines import outcomes_of
from brianhw.explore.experiment import COMPILED, REBUILD, STRUCTURAL, VECTORISED, Experiment, Outcome, Reusable, Task
from brianhw.explore.fingerprint import digest, fingerprint
from brianhw.explore.grids import Grid, grid_of
from brianhw.explore.result import dataset
from brianhw.explore.store import Store
from brianhw.model import NeuronModel

__all__ = ["sweep"]

WAYS = (VECTORISED, COMPILED, REBUILD)
Metrics = Callable[[Any], Any] | Sequence[Callable[[Any], Any]] | Mapping[str, Callable[[Any], Any]]


def sweep(
    model: Any,
    grid: Any,
    metrics: Metrics | None = None,
    *,
    duration: Quantity | None = None,
    dt: Quantity | None = None,
    fixed: Mapping[str, Any] | None = None,
    record: Sequence[str] = (),
    way: str | None = None,
    workers: Any = 1,
    store: Any = None,
    seed: int = 0,
    timeout: float | None = None,
    device: str | None = "brianhw",
    device_options: Mapping[str, Any] | None = None,
    retry: bool = False,
    progress: bool | None = None,
    quiet: bool = False,
) -> xr.Dataset:
    """Run a model at every point of a grid and return the metrics.

    Parameters
    ----------
    model : NeuronModel, Reusable or callable
        A neuron; a network that is made once; or a function that is called with a point's parameters, builds and runs
        a network (Brian2, a chip, PyNN), and returns what the metrics need, or the results themselves. One that has
        an argument ``seed`` gets the point's.
    grid : dict, list of dict, or Grid
        Values of each parameter, for all combinations; points; or :func:`zipped`, :func:`random_sample`,
        :func:`sobol_sample`.
    metrics : callable, or several in a list or dict
        Functions of a :class:`Recording` (neuron models), of the objects (Reusable) or of what the function returned.
    duration, dt : Quantity
        Of a neuron model or Reusable.
    fixed : mapping of str to Quantity
        Values of the other parameters; for functions, further arguments.
    record : sequence of str
        Variables of a neuron model whose traces metrics need.
    way : str
        ``"vectorised"`` (all points are neurons of one group), ``"compiled"`` (made once, run many times) or
        ``"rebuild"``; chosen by what varies if not given.
    workers : int or dask.distributed.Client
        Processes.
    store : path
        Folder where each point is kept as soon as it is done. Points that are there are not computed again.
    seed : int
        Every point has a seed of its own that follows from this one and its parameters.
    timeout : float
        Seconds for a point.
    device, device_options
        Brian2 device that simulations run on; ``None`` for the one in use.
    retry : bool
        Whether stored failures are computed again.
    progress : bool
        Whether a bar is shown; by default in terminals, and in notebooks that have widgets.
    quiet : bool
        Whether the way and its reason are not printed.

    Returns
    -------
    xarray.Dataset
        A variable for each metric; ``result.sweep.failures`` lists points that failed.

    Raises
    ------
    SweepError
        If an argument makes no sense.
    StoreError
        If the store cannot be used; what is in it stays intact.
    """
    points = grid_of(grid)
    named = _named(metrics)
    records = (*record, *(name for metric in named.values() for name in getattr(metric, "records", ())))
    experiment = Experiment(
        model, named, duration, dt, dict(fixed or {}), tuple(dict.fromkeys(records)), device,
        dict(device_options or {}), timeout,
    )  # fmt: skip
    chosen, reason = choose(experiment, points, way)
    experiment = replace(experiment, way=chosen)
    if not quiet:
        print(f"{len(points)} points, {chosen}: {reason}")
    identity = _identity(experiment)
    tasks = [Task(number, point, _seed(seed, points.plain(number))) for number, point in enumerate(points)]
    outcomes = _computed(experiment, identity, points, tasks, workers, store, retry, progress, quiet)
    about = {"model": identity, "seed": seed, "way": chosen, "reason": reason, "brianhw": __version__}
    return dataset(points, sorted(outcomes, key=lambda outcome: outcome.number), about)


def _named(metrics: Metrics | None) -> dict[str, Callable[[Any], Any]]:
    if metrics is None:
        return {}
    if isinstance(metrics, Mapping):
        return dict(metrics)
    listed = [metrics] if callable(metrics) else list(metrics)
    names = [getattr(metric, "__name__", type(metric).__name__) for metric in listed]
    if len(set(names)) < len(names):
        raise SweepError(f"Two metrics have one name: {', '.join(names)}. Give them as a dict.")
    return dict(zip(names, listed, strict=True))


# -- which way --------------------------------------------------------------------------------------


def choose(experiment: Experiment, grid: Grid, way: str | None) -> tuple[str, str]:
    """Return the way to run a sweep and the reason.

    Raises
    ------
    SweepError
        If the way that was asked for cannot be gone, or the model and the points do not go together.
    """
    if way is not None and way not in WAYS:
        raise SweepError(f"way must be one of {', '.join(WAYS)}, not {way!r}.")
    possible = _possible(experiment, grid)
    if way is None:
        way = next(each for each in WAYS if not possible[each][0])
        return way, possible[way][1]
    obstacle, reason = possible[way]
    if obstacle:
        raise SweepError(f"way={way!r} is not possible: {obstacle}.")
    return way, f"as asked for; {reason}"


def _possible(experiment: Experiment, grid: Grid) -> dict[str, tuple[str, str]]:
    """Return for each way what is in its way, if anything, and what speaks for it."""
    model = experiment.model
    if isinstance(model, NeuronModel):
        _check_neuron(experiment, grid)
        structural = [name for name in grid.names if name in STRUCTURAL]
        fixed_structure = f"{', '.join(structural)} changes what is compiled" if structural else ""
        noisy = _draws_random_numbers(model)
        return {
            VECTORISED: (
                fixed_structure or ("each point needs random numbers of its own" if noisy else ""),
                "the points are independent neurons of one group",
            ),
            COMPILED: (fixed_structure, "only values change, so that one compiled model serves all points"),
            REBUILD: ("", fixed_structure or "each point makes the model anew"),
        }
    if isinstance(model, Reusable):
        if experiment.duration is None:
            raise SweepError("A Reusable needs duration=, how long each point runs.")
        return {
            VECTORISED: ("a network is no group of independent neurons", ""),
            COMPILED: ("", "the network says how it takes values, so that one compiled model serves all points"),
            REBUILD: ("", "each point makes the network anew"),
        }
    if not callable(model):
        raise SweepError(f"A model is a NeuronModel, a Reusable or a function, not {model!r}.")
    why = "a function makes its network itself, at each call"
    return {VECTORISED: (why, ""), COMPILED: (f"{why}; give a Reusable", ""), REBUILD: ("", why)}


def _draws_random_numbers(model: NeuronModel) -> bool:
    text = model.text
    return bool(model.parsed.stochastic_variables) or any(f"{name}(" in text for name in ("rand", "randn", "poisson"))


def _check_neuron(experiment: Experiment, grid: Grid) -> None:
    """Refuse names, units and missing values before anything runs."""
    model = experiment.model
    lacks_duration = experiment.duration is None and "duration" not in grid.names
    if lacks_duration:
        raise SweepError("A neuron model needs duration=, how long each point runs.")
    values = {name: value for name, value in grid.point(0).items() if name not in STRUCTURAL}
    model.check(values)
    model.check(experiment.fixed)
    missing = model.missing({**experiment.fixed, **values})
    if missing:
        raise SweepError(f"{model.name} needs a value for {', '.join(missing)}: give it in fixed= or sweep over it.")


# -- points -----------------------------------------------------------------------------------------


def _identity(experiment: Experiment) -> str:
    """Return the hash of all that decides the result of a point but its parameters and seed."""
    own = {name: fingerprint(value) for name, value in experiment.fixed.items()}
    times = [None if time is None else float(time) for time in (experiment.duration, experiment.dt)]
    parts = [fingerprint(experiment.model), *(name + fingerprint(m) for name, m in experiment.metrics.items())]
    return digest(*parts, sorted(own.items()), times, experiment.record)


def _seed(seed: int, point: Mapping[str, Any]) -> int:
    words = int(digest(sorted(point.items())), 16)
    return int(np.random.SeedSequence([seed, words % 2**32, (words >> 32) % 2**32]).generate_state(1)[0] >> 1)


def _computed(
    experiment: Experiment,
    identity: str,
    grid: Grid,
    tasks: list[Task],
    workers: Any,
    folder: Any,
    retry: bool,
    progress: bool | None,
    quiet: bool,
) -> list[Outcome]:
    store = None if folder is None else Store(folder, identity)
    with nullcontext() if store is None else store.locked():
        plain = {task.number: grid.plain(task.number) for task in tasks}
        keys = {task.number: digest(sorted(plain[task.number].items()), task.seed) for task in tasks}
        done = []
        if store is not None:
            if store.others and not quiet:
                print(f"{store.root} has results of {store.others} other models or metrics; they are left alone.")
            found = (store.get(keys[task.number], task.number) for task in tasks)
            done = [each for each in found if each is not None and not (retry and each.failure)]
        known = {outcome.number for outcome in done}
        left = [task for task in tasks if task.number not in known]
        if done and not quiet:
            print(f"{len(done)} points are stored, {len(left)} are computed.")

        shown = progress if progress is not None else shows_bars()
        with bar(shown, total=len(tasks), initial=len(done), unit="point") as points_done:

            def keep(task: Task, outcome: Outcome) -> None:
                if store is not None:
                    store.put(keys[task.number], plain[task.number], task.seed, outcome)
                points_done.update()

            done.extend(outcomes_of(experiment, left, workers, keep))
    return done
