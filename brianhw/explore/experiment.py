"""One model, its metrics and how it is run: all that is needed to evaluate points, here or in another process."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import brian2
import numpy as np
import xarray as xr
from brian2 import BrianObject, Network, NeuronGroup, Quantity, SpikeMonitor, StateMonitor, second
from brian2.devices.device import get_device

from brianhw.device.active import active
from brianhw.device.device import brianhw_device
from brianhw.errors import SweepError
from brianhw.explore.around import Interrupts, Settings, limited, own_randomness, same_device
from brianhw.explore.recording import Recording
from brianhw.explore.snapshot import Snapshot
from brianhw.model import NeuronModel

__all__ = ["Experiment", "Outcome", "Reusable", "Value", "evaluate"]

VECTORISED, COMPILED, REBUILD = "vectorised", "compiled", "rebuild"
STRUCTURAL = ("dt", "duration")  # of a neuron model's simulation


@dataclass(frozen=True)
class Reusable:
    """A network that is made once and run for many points.

    Parameters
    ----------
    build : callable
        Makes Brian2 objects and returns them, as a dict by name; other things in it, such as a chip, are kept for
        *assign* and the metrics.
    assign : callable
        ``assign(objects, **point)`` gives them the values of a point: parameters, initial values, spikes, weights.
    """

    build: Callable[[], Mapping[str, Any]]
    assign: Callable[..., None]


class Value(NamedTuple):
    """What a metric gives for a point: plain numbers, the names of their dimensions, coordinates, and the unit."""

    numbers: np.ndarray
    dims: tuple[str, ...] = ()
    coords: Mapping[str, np.ndarray] = {}
    unit: str = ""

    @classmethod
    def of(cls, name: str, found: Any) -> Value:
        """Return what a metric has given as plain numbers.

        Raises
        ------
        SweepError
            If it is no number and no array of them.
        """
        if isinstance(found, xr.DataArray):
            coords = {str(key): np.asarray(value) for key, value in found.coords.items()}
            return cls(
                np.asarray(found, dtype=float), tuple(map(str, found.dims)), coords, found.attrs.get("units", "")
            )
        unit = ""
        if isinstance(found, Quantity) and not found.is_dimensionless:
            best = Quantity(1.0, found.dim).get_best_unit()
            found, unit = np.asarray(found / best), str(best)
        try:
            numbers = np.asarray(found, dtype=float)
        except (TypeError, ValueError):
            raise SweepError(f"{name} must be a number or an array of numbers, not {found!r}.") from None
        return cls(numbers, tuple(f"{name}_{k}" for k in range(numbers.ndim)), {}, unit)


class Outcome(NamedTuple):
    """A point that is done: its number, its values, or why there are none."""

    number: int
    values: Mapping[str, Value]
    failure: str
    seconds: float


class Task(NamedTuple):
    """A point to evaluate: its number in the sweep, its parameters, its seed, and its name in a store."""

    number: int
    point: Mapping[str, Any]
    seed: int
    key: str = ""


@dataclass(frozen=True)
class Experiment:
    """All that decides the result of a point, and how it is computed.

    Attributes
    ----------
    way : str
        ``"vectorised"``, ``"compiled"`` or ``"rebuild"``.
    seed : int
        For what is random in the making of a Reusable, which all points share.
    settings : Settings
        Of Brian2, in the process that asks for the sweep.
    """

    model: Any
    metrics: Mapping[str, Callable[[Any], Any]]
    duration: Quantity | None = None
    dt: Quantity | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    record: tuple[str, ...] = ()
    device: str | None = "brianhw"
    device_options: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    way: str = REBUILD
    seed: int = 0
    settings: Settings | None = None

    def evaluated(self, seen: Any) -> dict[str, Value]:
        """Return the metrics of what a model has given."""
        if self.metrics:
            return {name: Value.of(name, metric(seen)) for name, metric in self.metrics.items()}
        found = seen if isinstance(seen, Mapping) else {"result": seen}
        return {str(name): Value.of(str(name), value) for name, value in found.items()}


def evaluate(
    experiment: Experiment, tasks: Sequence[Task], keep: Callable[[Task, Outcome], None], seconds: float = np.inf
) -> list[Outcome]:
    """Evaluate some points, one after the other or all at once; *keep* is called as soon as one is done.

    After so many *seconds* (more, if making the model takes long) those that are left are left out.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C: at once where a point is evaluated, which is not kept then.
    """
    if not tasks:
        return []
    outside = Settings.now()
    device = active(experiment.device, dict(experiment.device_options)) if experiment.device else nullcontext()
    try:
        with device, own_randomness(), brianhw_device.own_history(is_kept=False), Interrupts() as interrupts:
            if experiment.settings is not None:
                experiment.settings.apply()
            if experiment.way == VECTORISED:
                begin = perf_counter()
                try:
                    with interrupts.at_once():
                        recordings = _vectorised(experiment, tasks)
                except Exception:  # one point may have spoilt all; each by itself shows which
                    experiment = replace(experiment, way=COMPILED)
                else:
                    each = (perf_counter() - begin) / len(tasks)
                    return _all(experiment, tasks, recordings, each, keep, interrupts)
            return _one_by_one(experiment, tasks, keep, seconds, interrupts)
    finally:
        outside.apply()


def _one_by_one(
    experiment: Experiment, tasks: Sequence[Task], keep: Any, seconds: float, interrupts: Interrupts
) -> list[Outcome]:
    begin = perf_counter()
    with interrupts.at_once():
        runner = _runner(experiment)
    device, settings = get_device(), Settings.now()
    made = perf_counter()
    limit = max(seconds, 5 * (made - begin))
    outcomes: list[Outcome] = []
    for task in tasks:
        settings.apply()
        same_device(device)
        with interrupts.at_once():
            outcome = _one(experiment, task, runner)
        keep(task, outcome)
        outcomes.append(outcome)
        if perf_counter() - made > limit:
            break
    same_device(device)
    return outcomes


def _runner(experiment: Experiment) -> Any:
    """Return what evaluates a point."""
    if experiment.way != COMPILED:
        return partial(_rebuilt, experiment)
    once = _Neuron(experiment) if isinstance(experiment.model, NeuronModel) else _Network(experiment)
    return once.evaluate


def _one(experiment: Experiment, task: Task, runner: Callable[[Task], Any]) -> Outcome:
    begin = perf_counter()
    _seed(task.seed)
    values, failure = _measured(experiment, partial(runner, task))
    return Outcome(task.number, values, failure, perf_counter() - begin)


def _seed(seed: int) -> None:
    brian2.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def _all(
    experiment: Experiment,
    tasks: Sequence[Task],
    recordings: Sequence[Recording],
    seconds: float,
    keep: Any,
    interrupts: Interrupts,
) -> list[Outcome]:
    """Return the outcomes of points that ran together, each in so many seconds."""
    outcomes = []
    for task, recording in zip(tasks, recordings, strict=True):
        with interrupts.at_once():
            values, failure = _measured(experiment, partial(_as_it_is, recording))
        outcomes.append(Outcome(task.number, values, failure, seconds))
        keep(task, outcomes[-1])
    return outcomes


def _as_it_is(recording: Recording) -> Recording:
    return recording


def _measured(experiment: Experiment, seen: Callable[[], Any]) -> tuple[Mapping[str, Value], str]:
    """Return the metrics of what *seen* gives, and what went wrong, if anything."""
    try:
        with limited(experiment.timeout):
            values = experiment.evaluated(seen())
        return values, _nan_in(experiment, values)
    except (Exception, SystemExit) as error:
        return {}, f"{type(error).__name__}: {_first_cause(error)}"


def _nan_in(experiment: Experiment, values: Mapping[str, Value]) -> str:
    for name, value in values.items():
        if not getattr(experiment.metrics.get(name), "may_be_nan", False) and np.isnan(value.numbers).any():
            return f"NaN: {name} is not a number"
    return ""


def _first_cause(error: BaseException) -> str:
    """Return the message of what went wrong first: Brian2 wraps errors that occur in a run."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())


# -- ways -------------------------------------------------------------------------------------------


def _group(experiment: Experiment, model: NeuronModel, n: int, dt: Any) -> tuple[Any, Any, Any]:
    group = NeuronGroup(n, **model, dt=dt, name="swept*")
    spikes = SpikeMonitor(group) if model.threshold else None
    traces = StateMonitor(group, list(experiment.record), record=True) if experiment.record else None
    return group, spikes, traces


def _recordings(n: int, spikes: Any, traces: Any, duration: Any) -> list[Recording]:
    """Return what was recorded of each of *n* neurons."""
    indices = np.asarray(spikes.i if spikes is not None else [], dtype=np.int64)
    times = np.asarray(spikes.t if spikes is not None else [], dtype=float)
    order = np.argsort(indices, kind="stable")  # spikes come in the order of time
    trains = np.split(times[order], np.searchsorted(indices[order], np.arange(1, n)))
    kept = {} if traces is None else {name: getattr(traces, name) for name in traces.record_variables}
    sampled = None if traces is None else traces.t[:]
    return [
        Recording(
            1, duration, np.zeros(len(train), dtype=np.int64), train,
            {name: values[k : k + 1] for name, values in kept.items()}, sampled,
        )
        for k, train in enumerate(trains)
    ]  # fmt: skip


def _vectorised(experiment: Experiment, tasks: Sequence[Task]) -> list[Recording]:
    """Run all points as neurons of one group, and return what was recorded of each."""
    names = list(tasks[0].point)
    model = experiment.model
    shared = [name for name in names if "shared" in model.parsed[name].flags]
    model = model.per_neuron(*shared) if shared else model
    columns = {
        name: Quantity([np.asarray(task.point[name]) for task in tasks], model.parsed[name].dim) for name in names
    }
    group, spikes, traces = _group(experiment, model, len(tasks), experiment.dt)
    model.set(group, experiment.fixed, columns)
    network = Network(group, *(each for each in (spikes, traces) if each is not None))
    with limited(None if experiment.timeout is None else experiment.timeout * len(tasks)):
        network.run(experiment.duration, namespace={})
    return _recordings(len(tasks), spikes, traces, experiment.duration)


class _Neuron:
    """A neuron model, made once; its values change."""

    def __init__(self, experiment: Experiment, dt: Any = None) -> None:
        self.experiment = experiment
        self.model = experiment.model
        self.group, self.spikes, self.traces = _group(experiment, self.model, 1, dt or experiment.dt)
        self.network = Network(self.group, *(each for each in (self.spikes, self.traces) if each is not None))
        self.network.store()

    def evaluate(self, task: Task) -> Recording:
        """Return what the neuron does at a point."""
        self.network.restore()
        return self.run(task.point)

    def run(self, point: Mapping[str, Any], duration: Any = None) -> Recording:
        """Return what the neuron does from now on with the values of a point."""
        self.model.set(self.group, self.experiment.fixed, point)
        length = duration or self.experiment.duration
        self.network.run(length, namespace={})
        (recording,) = _recordings(1, self.spikes, self.traces, length)
        return recording


class _Network:
    """A network that says how it takes values."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.model = experiment, experiment.model
        _seed(experiment.seed)  # the same network wherever it is made
        self.objects = self.model.build()
        self.network = Network(*(each for each in self.objects.values() if isinstance(each, BrianObject)))
        self.network.run(0 * second)  # queues of spikes that are stored before they are ready must be made ready again
        functions = (self.model.build, self.model.assign, *experiment.metrics.values())
        self.before = Snapshot(self.network, self.objects, outside=functions)

    def evaluate(self, task: Task) -> Mapping[str, Any]:
        """Return the objects of the network after a run at a point, which finds all as it was made."""
        self.before.restore()
        return self.run(task.point)

    def run(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the objects of the network after a run with the values of a point."""
        self.model.assign(self.objects, **_own(point))
        self.network.run(self.experiment.duration)
        return self.objects


def _rebuilt(experiment: Experiment, task: Task) -> Any:
    if isinstance(experiment.model, NeuronModel):
        point = {name: value for name, value in task.point.items() if name not in STRUCTURAL}
        return _Neuron(experiment, task.point.get("dt")).run(point, task.point.get("duration"))
    if isinstance(experiment.model, Reusable):
        network = _Network(experiment)
        _seed(task.seed)
        return network.run(task.point)
    brian2.start_scope()
    arguments = _own({**experiment.fixed, **task.point})
    if "seed" not in arguments and "seed" in _arguments_of(experiment.model):
        arguments["seed"] = task.seed
    with brianhw_device.own_history(is_kept=True):  # a point is a script by itself
        return experiment.model(**arguments)


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of which those that can be changed in place are a point's own."""
    changeable = (np.ndarray, list, dict, set, bytearray)
    return {name: copy.deepcopy(each) if isinstance(each, changeable) else each for name, each in values.items()}


def _arguments_of(function: Any) -> Mapping[str, Any]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # of a built-in
        return {}
