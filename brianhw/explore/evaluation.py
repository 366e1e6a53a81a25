"""Evaluating points, one after the other or all at once, so that none changes another or what is around."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from brian2.devices.device import get_device

from brianhw.device.active import active
from brianhw.device.device import brianhw_device
from brianhw.explore.around import Interrupts, Settings, limited, own_randomness, same_device, seed_all
from brianhw.explore.experiment import COMPILED, VECTORISED, Experiment, Outcome, Task, Value
from brianhw.explore.recording import Recording
from brianhw.explore.ways import ReusedNetwork, ReusedNeuron, rebuilt, vectorised
from brianhw.model import NeuronModel

__all__ = ["Made", "evaluate"]


def evaluate(
    experiment: Experiment | Made,
    tasks: Sequence[Task],
    keep: Callable[[Task, Outcome], None],
    seconds: float = np.inf,
) -> list[Outcome]:
    """Evaluate some points, one after the other or all at once; *keep* is called as soon as one is done.

    After so many *seconds* (more, if making the model takes long) those that are left are left out. What is
    :class:`Made` for an experiment serves all its batches.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C: at once where a point is evaluated, which is not kept then.
    """
    if not tasks:
        return []
    given, made = experiment, experiment if isinstance(experiment, Made) else Made(experiment)
    experiment = made.experiment
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
                        recordings = vectorised(experiment, tasks)
                except Exception:  # one point may have spoilt all; each by itself shows which
                    experiment = replace(experiment, way=COMPILED)
                else:
                    each = (perf_counter() - begin) / len(tasks)
                    return _all(experiment, tasks, recordings, each, keep, interrupts)
            outcomes = _one_by_one(experiment, made, tasks, keep, seconds, interrupts)
            if made is not given:
                made.done()
            return outcomes
    finally:
        outside.apply()


def _one_by_one(
    experiment: Experiment,
    made: Made,
    tasks: Sequence[Task],
    keep: Any,
    seconds: float,
    interrupts: Interrupts,
) -> list[Outcome]:
    begin = perf_counter()
    with interrupts.at_once():
        runner = made.runner(experiment)
    device, settings = get_device(), Settings.now()
    ready = perf_counter()
    limit = max(seconds, 5 * (ready - begin))
    outcomes: list[Outcome] = []
    for task in tasks:
        settings.apply()
        same_device(device)
        with interrupts.at_once():
            outcome = _one(experiment, task, runner)
        keep(task, outcome)
        outcomes.append(outcome)
        if perf_counter() - ready > limit:
            break
    same_device(device)
    return outcomes


def _runner(experiment: Experiment) -> Any:
    """Return what evaluates a point."""
    if experiment.way != COMPILED:
        return partial(rebuilt, experiment)
    return ReusedNeuron(experiment) if isinstance(experiment.model, NeuronModel) else ReusedNetwork(experiment)


class Made:
    """What evaluates the points of an experiment, from its first batch to its last.

    Parameters
    ----------
    experiment : Experiment
        All batches are of it.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._runners: dict[str, Any] = {}  # by the way

    def runner(self, experiment: Experiment) -> Any:
        """Return what evaluates a point in the experiment's way."""
        if experiment.way not in self._runners:
            self._runners[experiment.way] = _runner(experiment)
        runner = self._runners[experiment.way]
        return getattr(runner, "evaluate", runner)

    def done(self) -> None:
        """Leave neurons to the next sweep."""
        for each in self._runners.values():
            if isinstance(each, ReusedNeuron):
                each.done()


def _one(experiment: Experiment, task: Task, runner: Callable[[Task], Any]) -> Outcome:
    begin = perf_counter()
    seed_all(task.seed)
    values, failure = _measured(experiment, partial(runner, task))
    return Outcome(task.number, values, failure, perf_counter() - begin)


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
        with nullcontext() if experiment.timeout is None else limited(experiment.timeout):
            values = experiment.evaluated(seen())
        return values, _nan_in(experiment, values)
    except (Exception, SystemExit) as error:
        return {}, f"{type(error).__name__}: {_first_cause(error)}"


def _nan_in(experiment: Experiment, values: Mapping[str, Value]) -> str:
    for name, value in values.items():
        numbers = value.numbers
        is_nan = (numbers != numbers).any() if numbers.ndim else numbers != numbers
        if is_nan and not getattr(experiment.metrics.get(name), "may_be_nan", False):
            return f"NaN: {name} is not a number"
    return ""


def _first_cause(error: BaseException) -> str:
    """Return the message of what went wrong first: Brian2 wraps errors that occur in a run."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())
