"""Sweeps: a model at many points, each computed once and kept."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import brian2
import numpy as np
from brian2 import Quantity
from brian2.devices.device import get_device

from brianhw.bars import bar, shows_bars
from brianhw.device.device import BrianHWDevice
from brianhw.errors import SweepError, SweepWarning
from brianhw.explore.around import Settings
from brianhw.explore.choice import choose
from brianhw.explore.engines import Keeper, outcomes_of
from brianhw.explore.experiment import Experiment, Outcome, Reusable, Task
from brianhw.explore.fingerprint import Identity
from brianhw.explore.grids import Grid, grid_of
from brianhw.explore.labelled import xr
from brianhw.explore.parts.reading import digest
from brianhw.explore.result import dataset
from brianhw.explore.store import Store
from brianhw.model import NeuronModel
from brianhw.version import __version__

__all__ = ["sweep"]

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
    on_error: str = "raise",
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
        Values of each parameter, for all combinations; points; or ``zipped``, ``random_sample``,
        ``sobol_sample``.
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
    on_error : str
        What if all points fail: ``"raise"``, or ``"note"`` them as when some fail.
    progress : bool
        Whether a bar is shown; by default in terminals, and in notebooks that have widgets.
    quiet : bool
        Whether the way and its reason are not printed. What went wrong is a warning then, and a printed line otherwise.

    Returns
    -------
    xarray.Dataset
        A variable for each metric; of a function without metrics one for each name that it returns, or ``result`` if
        it returns a number alone. ``result.sweep.failures`` lists points that failed.

    Raises
    ------
    SweepError
        If an argument makes no sense, or all points fail.
    KeyboardInterrupt
        On Ctrl-C. What is finished is in the store.
    StoreError
        If the store cannot be used; what is in it stays intact.

    Examples
    --------
    >>> from brian2 import ms, nA
    >>> from brianhw.equations import LIF
    >>> from brianhw.explore import firing_rate, sweep
    >>> from brianhw.parameters import lif
    >>> currents = {"I_ext": [0.5, 1, 2]*nA}
    >>> rates = sweep(LIF, currents, firing_rate, duration=100*ms, fixed=lif.PYNN_DEFAULTS, device=None, quiet=True)
    >>> print(rates.firing_rate.values, rates.firing_rate.units)
    [  0.  30. 100.] Hz
    """
    if store == "":
        raise SweepError("store='' names no folder. Give one, '.' for the working folder, or nothing.")
    if on_error not in ("raise", "note"):
        raise SweepError(f"on_error must be 'raise' or 'note', not {on_error!r}.")
    points = grid_of(grid)
    named = _named(metrics)
    records = (*record, *(name for metric in named.values() for name in getattr(metric, "records", ())))
    device, device_options = _device(device, device_options, workers)
    experiment = Experiment(
        model, named, duration, dt, dict(fixed or {}), tuple(dict.fromkeys(records)), device,
        dict(device_options), timeout, seed=seed, settings=Settings.now().sent(),
    )  # fmt: skip
    chosen, reason = choose(experiment, points, way)
    experiment = replace(experiment, way=chosen)
    say = _Voice(quiet)
    say.line(f"{len(points)} {_points(len(points))}, {chosen}: {reason}")
    identity, names = _identity(experiment, points, say, store is not None)
    plan = Plan(points, seed)
    tasks = [Task(number, plan=plan) for number in range(len(points))]
    experiment = replace(experiment, names=names, origin=_origin(experiment))
    kept = None if store is None else Store(store, identity, _about(experiment, points))
    outcomes = _computed(experiment, points, tasks, workers, kept, retry, progress, say)
    _say_failures(outcomes, points, kept, on_error, retry, say)
    about = {"model": identity, "seed": seed, "way": chosen, "reason": reason, "brianhw": __version__}
    return dataset(points, sorted(outcomes, key=lambda outcome: outcome.number), about)


class _Voice:
    """What a sweep says: what it does is printed if wanted, what is wrong is always said."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet

    def line(self, text: str) -> None:
        """Say what is done."""
        if not self.quiet:
            print(text, flush=True)

    def problem(self, text: str) -> None:
        """Say what is wrong with the results."""
        if self.quiet:
            self.warn(text)
        else:
            print(text, flush=True)

    def warn(self, text: str) -> None:
        """Say what the user should change."""
        warnings.warn(text, SweepWarning, stacklevel=_outside())


def _outside() -> int:
    """Return how far above the one who warns the call of the sweep stands."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("brianhw.explore"):
        level, frame = level + 1, frame.f_back
    return level


def _device(
    device: str | None, options: Mapping[str, Any] | None, workers: Any
) -> tuple[str | None, Mapping[str, Any]]:
    """Return the device to use; other processes do not know which one is in use here."""
    if device is None and workers != 1 and isinstance(get_device(), BrianHWDevice):
        return "brianhw", {**get_device().build_options, **(options or {})}
    return device, options or {}


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


# -- points -----------------------------------------------------------------------------------------


def _identity(experiment: Experiment, points: Grid, say: _Voice, is_stored: bool) -> tuple[str, dict[str, Any]]:
    """Return the hash of all that decides the result of a point but its parameters and seed, and what text names."""
    metrics = {f"the metric {name}": experiment.metrics[name] for name in sorted(experiment.metrics)}
    fixed = {f"the fixed value of {name}": experiment.fixed[name] for name in sorted(experiment.fixed)}
    found = Identity({"the model": experiment.model, **metrics, **fixed})
    times = [None if time is None else float(time) for time in (experiment.duration, experiment.dt)]
    device = experiment.device or type(get_device()).__name__
    options = sorted((name, each) for name, each in experiment.device_options.items() if name in ("mode",))
    settings = experiment.settings.deciding() if experiment.settings is not None else []
    unknown = [*found.unknown, *points.unknown]
    if unknown and is_stored:
        several = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        say.warn(
            f"Nothing says what {several} will do, so that the points of this sweep are stored, but never found again. "
            "Make it inside the function, or give its class a __getstate__ that returns what matters."
        )
    parts = (
        *sorted(metrics), *sorted(fixed), times, experiment.record, device, options, settings,
        __version__, brian2.__version__, uuid4().hex if unknown else "",
    )  # fmt: skip
    build = experiment.model.build if isinstance(experiment.model, Reusable) else experiment.model
    return digest(found.digest, *parts), found.names.externals(getattr(build, "__module__", None))


def _origin(experiment: Experiment) -> str:
    """Return the hash of all that neurons are made from but their number; nothing if that cannot be said."""
    if not isinstance(experiment.model, NeuronModel) or experiment.settings is None:
        return ""
    model = Identity({"the model": experiment.model})
    dt = None if experiment.dt is None else float(experiment.dt)
    settings = experiment.settings.dt, sorted(experiment.settings.preferences.items())
    options = experiment.device, sorted(experiment.device_options.items())
    return "" if model.unknown else digest(model.digest, dt, experiment.record, *settings, *options)


def _about(experiment: Experiment, points: Grid) -> dict[str, Any]:
    """Return what is noted with the points in a store, for people."""
    model = experiment.model
    name = getattr(model, "name", None) or getattr(model, "__name__", None)
    if isinstance(model, Reusable):
        name = getattr(model.build, "__name__", None)
    return {
        "model": name if isinstance(name, str) else type(model).__name__,
        "metrics": list(experiment.metrics),
        "parameters": list(points.names),
        "fixed": {name: " ".join(str(value).split())[:80] for name, value in experiment.fixed.items()},
        "duration": str(experiment.duration),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "brianhw": __version__,
        "brian2": brian2.__version__,
    }


class Plan:
    """What decides each point of a sweep.

    Parameters
    ----------
    grid : Grid
        The points.
    seed : int
        Of the sweep.
    """

    def __init__(self, grid: Grid, seed: int) -> None:
        self.grid, self.seed = grid, seed
        self.point, self.column = grid.point, grid.column
        self._units = sorted(grid.dimensions.items())

    def seed_of(self, number: int) -> int:
        """Return the seed of a point, which follows from its parameters."""
        words = int(digest(sorted(self.grid.plain(number).items())), 16)
        entropy = [self.seed, words % 2**32, (words >> 32) % 2**32]
        return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)

    def key_of(self, number: int, seed: int) -> str:
        """Return the name of a point in a store."""
        return digest(sorted(self.grid.plain(number).items()), seed, *self._units)


def _computed(
    experiment: Experiment,
    grid: Grid,
    tasks: list[Task],
    workers: Any,
    store: Store | None,
    retry: bool,
    progress: bool | None,
    say: _Voice,
) -> list[Outcome]:
    with nullcontext() if store is None else store.locked():
        done = [] if store is None else _stored(store, experiment, tasks, retry, say)
        known = {outcome.number for outcome in done}
        left = [task for task in tasks if task.number not in known]
        if done:
            is_stored, is_computed = ("is" if len(each) == 1 else "are" for each in (done, left))
            say.line(f"{len(done)} {_points(len(done))} {is_stored} stored, {len(left)} {is_computed} computed.")
        keep = Keeper(store, {task.number: grid.shown(task.number) for task in left} if store is not None else {})
        shown = progress if progress is not None else shows_bars()
        with bar(total=len(tasks), initial=len(done), unit="point") if shown else nullcontext() as points_done:
            seen = int if points_done is None else points_done.update
            try:
                done.extend(outcomes_of(experiment, left, workers, keep, seen))
            except KeyboardInterrupt:
                if store is not None:
                    say.line(f"Interrupted. What is finished is in {store.root}; the same sweep goes on from there.")
                raise
    return done


def _stored(store: Store, experiment: Experiment, tasks: list[Task], retry: bool, say: _Voice) -> list[Outcome]:
    """Return the points that need not be computed again."""
    if store.others:
        others = "model or metric; it is" if store.others == 1 else "models or metrics; they are"
        say.line(f"{store.root} has results of {store.others} other {others} left alone.")
    found = (store.get(task, experiment.metrics) for task in tasks)
    done = [each for each in found if each is not None and not (retry and each.failure)]
    if store.damaged:
        count, first = len(store.damaged), store.damaged[0]
        say.problem(f"{count} stored {_points(count)} cannot be read, computed again; the first is {first}.")
    return done


def _say_failures(
    outcomes: list[Outcome], grid: Grid, store: Store | None, on_error: str, retry: bool, say: _Voice
) -> None:
    """Say how many points failed, why the first did, and where the others are.

    Raises
    ------
    SweepError
        If all failed, unless that is to be noted only.
    """
    failed = sorted((each for each in outcomes if each.failure), key=lambda each: each.number)
    if not failed:
        return
    first = ", ".join(f"{name} = {value}" for name, value in grid.shown(failed[0].number).items())
    text = (
        f"{len(failed)} of {len(outcomes)} {_points(len(outcomes))} failed. The first, at {first}: {failed[0].failure}"
    )
    more = [] if retry or store is None else ["retry=True tries stored failures again."]
    if len(failed) == len(outcomes) and on_error == "raise":
        where = ["on_error='note' gives a result that lists them in result.sweep.failures."]
        if store is not None:
            where.append(f"So does `brianhw sweeps show {store.root}`.")
        raise SweepError(" ".join([f"{text.removesuffix('.')}.", *where, *more]))
    say.problem(" ".join([f"{text.removesuffix('.')}.", "See result.sweep.failures.", *more]))


def _points(count: int) -> str:
    return "point" if count == 1 else "points"
