"""The ways to run a model at a point: as one neuron of a group, made once and run often, or made anew."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import brian2
import numpy as np
from brian2 import BrianObject, Network, NeuronGroup, Quantity, SpikeMonitor, StateMonitor, second

from brianhw.device.device import brianhw_device
from brianhw.explore.around import limited, seed_all
from brianhw.explore.experiment import STRUCTURAL, Experiment, Reusable, Task
from brianhw.explore.recording import Recording
from brianhw.explore.snapshot import Snapshot
from brianhw.model import NeuronModel

__all__ = ["ReusedNetwork", "ReusedNeuron", "rebuilt", "vectorised"]


def _group(experiment: Experiment, model: NeuronModel, n: int, dt: Any) -> tuple[Any, Any, Any]:
    group = NeuronGroup(n, **model, dt=dt, name="swept*")
    spikes = SpikeMonitor(group) if model.threshold else None
    traces = StateMonitor(group, list(experiment.record), record=True) if experiment.record else None
    return group, spikes, traces


def _recordings(n: int, spikes: Any, traces: Any, duration: Any) -> list[Recording]:
    """Return what was recorded of each of *n* neurons."""
    indices = np.asarray(spikes.i if spikes is not None else [], dtype=np.int64)
    times = np.asarray(spikes.t if spikes is not None else [], dtype=float)
    # spikes come in the order of time; numbers of 16 bits are sorted several times as fast
    times = times[np.argsort(indices.astype(np.uint16) if n <= 2**16 else indices, kind="stable")]
    zeros = np.zeros(len(times), dtype=np.int64)
    ends = np.cumsum(np.bincount(indices, minlength=n)).tolist()
    kept = {} if traces is None else {name: getattr(traces, name) for name in traces.record_variables}
    sampled = None if traces is None else Quantity(traces.t[:], copy=True)
    return [
        Recording(
            1, duration, zeros[begin:end], times[begin:end],
            {name: values[k : k + 1] for name, values in kept.items()}, sampled,
        )
        for k, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
    ]  # fmt: skip


def vectorised(experiment: Experiment, tasks: Sequence[Task]) -> list[Recording]:
    """Run all points as neurons of one group, and return what was recorded of each."""
    names = list(tasks[0].point)
    model = experiment.model
    shared = [name for name in names if "shared" in model.parsed[name].flags]
    model = model.per_neuron(*shared) if shared else model
    columns = {name: Quantity(_column(name, tasks), model.parsed[name].dim) for name in names}
    group, spikes, traces = _group(experiment, model, len(tasks), experiment.dt)
    model.set(group, experiment.fixed, columns)
    network = Network(group, *(each for each in (spikes, traces) if each is not None))
    with limited(None if experiment.timeout is None else experiment.timeout * len(tasks)):
        network.run(experiment.duration, namespace={})
    return _recordings(len(tasks), spikes, traces, experiment.duration)


def _column(name: str, tasks: Sequence[Task]) -> Any:
    """Return the values of a parameter at all points, without unit."""
    plan = tasks[0].plan  # a sweep has one; in another process there is none
    column = None if plan is None else plan.column(name, [task.number for task in tasks])
    return [np.asarray(task.point[name]) for task in tasks] if column is None else column


class ReusedNeuron:
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


class ReusedNetwork:
    """A network that says how it takes values."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.model = experiment, experiment.model
        seed_all(experiment.seed)  # the same network wherever it is made
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


def rebuilt(experiment: Experiment, task: Task) -> Any:
    """Return what a model gives that is made for one point."""
    if isinstance(experiment.model, NeuronModel):
        point = {name: value for name, value in task.point.items() if name not in STRUCTURAL}
        return ReusedNeuron(experiment, task.point.get("dt")).run(point, task.point.get("duration"))
    if isinstance(experiment.model, Reusable):
        network = ReusedNetwork(experiment)
        seed_all(task.seed)
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
