"""The ways to run a model at a point: as one neuron of a group, made once and run often, or made anew."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import brian2
import numpy as np
from brian2 import BrianObject, Network, NeuronGroup, Quantity, SpikeMonitor, StateMonitor, get_dimensions, second
from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.devices.device import get_device

from brianhw.device.device import brianhw_device, step
from brianhw.explore.around import limited, seed_all
from brianhw.explore.experiment import STRUCTURAL, Experiment, Reusable, Task
from brianhw.explore.recording import Recording
from brianhw.explore.snapshot import Snapshot
from brianhw.model import NeuronModel

__all__ = ["ReusedNetwork", "ReusedNeuron", "rebuilt", "vectorised"]


class Neurons:
    """Neurons of a model, as they were made whenever they begin.

    Parameters
    ----------
    experiment : Experiment
        What is recorded.
    model : NeuronModel
        The model.
    n : int
        How many.
    dt : Quantity or None
        Their time step; the default clock's if not given.
    """

    def __init__(self, experiment: Experiment, model: NeuronModel, n: int, dt: Any) -> None:
        self.n, self.model = n, model
        self.key: Any = None  # by which a later sweep finds them
        self.group = NeuronGroup(n, **model, dt=dt, name="swept*")
        self.spikes = SpikeMonitor(self.group) if model.threshold else None
        self.traces = StateMonitor(self.group, list(experiment.record), record=True) if experiment.record else None
        self.network = Network(*(each for each in (self.group, self.spikes, self.traces) if each is not None))
        self.network.store()
        for each in self.network.sorted_objects:
            each.add_to_magic_network = False  # the script's networks are its own
        brianhw_device.engine.private.update(self.arrays())

    def begin(self) -> None:
        """Let the neurons be as they were made."""
        self.network.restore()

    def run(self, duration: Any) -> list[Recording]:
        """Run on, and return what was recorded of each neuron."""
        self.network.run(duration, namespace={})
        return self.recordings(duration)

    def recordings(self, duration: Any) -> list[Recording]:
        """Return what was recorded of each neuron, which has run so long."""
        return _recordings(self.n, self.spikes, self.traces, duration)

    @property
    def bytes(self) -> int:
        """What the values of the neurons and what was recorded of them take."""
        return sum(each.get_value().nbytes for each in self.arrays())

    def arrays(self) -> list[ArrayVariable]:
        """Return the variables that belong to the neurons and to what records them."""
        owners = [each for each in (self.group, self.spikes, self.traces) if each is not None]
        if self.group.clock is not get_device().defaultclock:
            owners.append(self.group.clock)
        found = {id(each): each for owner in owners for each in owner.variables.values()}
        return [each for each in found.values() if isinstance(each, ArrayVariable) and each.owner in owners]


_kept: dict[Any, Neurons] = {}  # those used last are last
KEPT = 4  # how many at most,
KEPT_BYTES = 2**24  # of which none is larger


def _taken(experiment: Experiment, model: NeuronModel, n: int, dt: Any, shared: Sequence[str] = ()) -> Neurons:
    """Return neurons of a model: those of a sweep before, with all their code, where new ones would be the same.

    Parameters
    ----------
    shared : sequence of str
        Parameters that the experiment's model has once for all neurons, and *model* for each.
    """
    key = (experiment.origin, n, str(dt), *shared)
    can_be_kept = bool(experiment.origin) and get_device() is brianhw_device
    found = _kept.pop(key, None) if can_be_kept else None
    if found is not None and dt is None and found.group.clock is not brianhw_device.defaultclock:
        found = None  # the device has begun anew
    if found is None:
        found = Neurons(experiment, model, n, dt)
        found.key = key if can_be_kept else None
    else:
        found.begin()
    return found


def _give_back(neurons: Neurons) -> None:
    """Keep neurons for the next sweep; after an exception, of which nobody knows what it has left, let them go."""
    if neurons.key is not None and neurons.bytes <= KEPT_BYTES:
        _kept[neurons.key] = neurons
        while len(_kept) > KEPT:
            del _kept[next(iter(_kept))]


def _recordings(n: int, spikes: Any, traces: Any, duration: Any) -> list[Recording]:
    """Return what was recorded of each of *n* neurons."""
    indices = np.array([] if spikes is None else spikes.variables["i"].get_value(), dtype=np.int64)
    times = np.array([] if spikes is None else spikes.variables["t"].get_value(), dtype=float)
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
    neurons = _taken(experiment, model, len(tasks), experiment.dt, shared)
    model.set(neurons.group, experiment.fixed, columns)
    with limited(None if experiment.timeout is None else experiment.timeout * len(tasks)):
        recordings = neurons.run(experiment.duration)
    _give_back(neurons)
    return recordings


def _column(name: str, tasks: Sequence[Task]) -> Any:
    """Return the values of a parameter at all points, without unit."""
    plan = tasks[0].plan  # a sweep has one; in another process there is none
    column = None if plan is None else plan.column(name, [task.number for task in tasks])
    return [np.asarray(task.point[name]) for task in tasks] if column is None else column


class Plain:
    """A neuron as it was before its first run, with values of a point: those of other points are written over them.

    What Brian2 and the model check of a value is known from the first point, but for signs, if another is a number of
    the same dimensions.

    Parameters
    ----------
    neurons : Neurons
        One neuron, ready for its first run.
    point : mapping of str to object
        The values that vary.
    fixed : mapping of str to object
        The other values.

    Attributes
    ----------
    steps : int
        How many a run takes, after the first run.
    """

    def __init__(self, neurons: Neurons, point: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
        self.steps = 0
        self.neurons, self.model = neurons, neurons.model
        variables = neurons.group.variables
        self._places = {name: variables[name] for name in point}
        # a state that begins as a parameter that varies
        self._starts = {name: start for name, start in self.model.initial.items() if name not in {**fixed, **point}}
        self._signed = {*self.model.positive, *self.model.not_negative} & point.keys()
        # no code writes what is constant
        changing = [each for each in neurons.arrays() if not each.constant or isinstance(each, DynamicArrayVariable)]
        self._before = [(each, each.get_value().copy(), each.size) for each in changing]

    @classmethod
    def of(cls, neurons: Neurons, point: Mapping[str, Any], fixed: Mapping[str, Any]) -> Plain | None:
        """Return it, if all that varies is a number; nothing if Brian2 must work out a value at each point."""
        given = {**fixed, **point}
        starts = [start for name, start in neurons.model.initial.items() if name not in given]
        variables = neurons.group.variables
        are_numbers = all(
            np.dtype(variables[name].dtype).kind == "f" and _is_number(value) for name, value in point.items()
        )
        if get_device() is not brianhw_device or not are_numbers or any(start not in given for start in starts):
            return None
        return cls(neurons, point, fixed)

    def set(self, point: Mapping[str, Any]) -> bool:
        """Let all be as before the first run, but with the values of this point; say whether that could be done."""
        places = self._places
        if not all(_is_number(each) and get_dimensions(each) is places[name].dim for name, each in point.items()):
            return False
        for name in self._signed:
            self.model._check_sign(name, np.asarray(point[name], dtype=float), point[name])
        self.neurons.network.t_ = 0.0
        for variable, values, size in self._before:
            if isinstance(variable, DynamicArrayVariable):
                variable.resize(size)
            variable.set_value(values)
        for name, value in point.items():
            places[name].set_value(float(value))
        for name, start in self._starts.items():
            if start in point:
                self.neurons.group.variables[name].set_value(float(point[start]))
        return True


def _is_number(value: Any) -> bool:
    return type(value) is float or (isinstance(value, Quantity) and value.ndim == 0)


class ReusedNeuron:
    """A neuron model, made once; its values change."""

    def __init__(self, experiment: Experiment, dt: Any = None) -> None:
        self.experiment = experiment
        self.model = experiment.model
        self.neurons = _taken(experiment, self.model, 1, dt or experiment.dt)
        self._plain: Plain | None = None
        self._has_run = False

    def done(self) -> None:
        """Leave the neuron to the next sweep."""
        _give_back(self.neurons)

    def evaluate(self, task: Task) -> Recording:
        """Return what the neuron does at a point."""
        if self._plain is not None and self._plain.set(task.point):
            step(self.neurons.network, self._plain.steps)
            (recording,) = self.neurons.recordings(self.experiment.duration)
            return recording
        self.neurons.begin()
        fixed = self.experiment.fixed
        self.model.set(self.neurons.group, fixed, task.point)
        plain = None if self._has_run else Plain.of(self.neurons, task.point, fixed)
        self._has_run = True
        (recording,) = self.neurons.run(self.experiment.duration)
        if plain is not None and "_brianhw_plan" in vars(self.neurons.network):
            plain.steps = int(self.neurons.group.clock._i_end)
            self._plain = plain
        return recording

    def run(self, point: Mapping[str, Any], duration: Any = None) -> Recording:
        """Return what the neuron does from now on with the values of a point."""
        self.model.set(self.neurons.group, self.experiment.fixed, point)
        (recording,) = self.neurons.run(duration or self.experiment.duration)
        return recording


class ReusedNetwork:
    """A network that says how it takes values."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment, self.model = experiment, experiment.model
        seed_all(experiment.seed)  # the same network wherever it is made
        self.objects = self.model.build()
        self.network = Network(*_brian_objects(self.objects))
        # what only equations name stands in the module of the one who has written them; and queues of spikes that are
        # stored before they are ready must be made ready again
        self.network.run(0 * second, namespace=experiment.names)
        functions = (self.model.build, self.model.assign, *experiment.metrics.values())
        self.before = Snapshot(self.network, self.objects, outside=functions)

    def evaluate(self, task: Task) -> Mapping[str, Any]:
        """Return the objects of the network after a run at a point, which finds all as it was made."""
        self.before.restore()
        return self.run(task.point)

    def run(self, point: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the objects of the network after a run with the values of a point."""
        self.model.assign(self.objects, **_own(point))
        self.network.run(self.experiment.duration, namespace=self.experiment.names)
        return self.objects


def _brian_objects(thing: Any) -> Iterator[BrianObject]:
    """Yield Brian2's objects in containers, and in containers in these."""
    if isinstance(thing, BrianObject):
        yield thing
    elif type(thing) in (dict, list, tuple, set):
        for each in thing.values() if type(thing) is dict else thing:
            yield from _brian_objects(each)


def rebuilt(experiment: Experiment, task: Task) -> Any:
    """Return what a model gives that is made for one point."""
    if isinstance(experiment.model, NeuronModel):
        point = {name: value for name, value in task.point.items() if name not in STRUCTURAL}
        anew = replace(experiment, origin="")
        return ReusedNeuron(anew, task.point.get("dt")).run(point, task.point.get("duration"))
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
