"""Where points are evaluated: in this process, in others of this machine, or by Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from brianhw.errors import SweepError
from brianhw.explore.experiment import VECTORISED, Experiment, Outcome, Task, evaluate

__all__ = ["outcomes_of"]

BATCH_SECONDS = 2.0  # what a batch of points takes, roughly

Keep = Callable[[Task, Outcome], None]


def _ignored(task: Task, outcome: Outcome) -> None:
    """Keep nothing: whoever asked for the batch does."""


def outcomes_of(experiment: Experiment, tasks: Sequence[Task], workers: Any, keep: Keep) -> Iterator[Outcome]:
    """Evaluate points and give each as soon as it is there, in any order; *keep* has been called for it.

    Parameters
    ----------
    workers : int or dask.distributed.Client
        Processes of this machine, or Dask's.

    Raises
    ------
    SweepError
        If the model cannot be sent to another process.
    """
    if isinstance(workers, int) and workers == 1:
        yield from evaluate(experiment, tasks, keep)
    elif isinstance(workers, int):
        yield from _on_processes(experiment, tasks, workers, keep)
    elif hasattr(workers, "submit"):
        yield from _on_dask(experiment, tasks, workers, keep)
    else:
        raise SweepError(f"workers must be a number of processes or a dask.distributed.Client, not {workers!r}.")


def _batches(tasks: Sequence[Task], size: int) -> list[Sequence[Task]]:
    return [tasks[first : first + size] for first in range(0, len(tasks), size)]


def _size(experiment: Experiment, tasks: Sequence[Task], seconds: float, workers: int) -> int:
    """Return how many points make a batch: some seconds of work, and enough batches for all workers."""
    share = -(-len(tasks) // max(workers, 1))
    if experiment.way == VECTORISED:
        return share
    return max(1, min(round(BATCH_SECONDS / max(seconds, 1e-4)), -(-share // 2)))


def check_sendable(experiment: Experiment) -> None:
    """Raise if the model or a metric cannot be sent to another process."""
    import cloudpickle

    try:
        cloudpickle.dumps(experiment)
    except Exception as error:
        raise SweepError(
            f"The model or a metric cannot be sent to another process: {error}. Make what it refers to inside of it, "
            "or use workers=1."
        ) from error


def _on_processes(experiment: Experiment, tasks: Sequence[Task], workers: int, keep: Keep) -> Iterator[Outcome]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    check_sendable(experiment)
    waiting = {task.number: task for task in tasks}
    # the first point shows what one costs, and leaves the compiled model for all
    if experiment.way != VECTORISED:
        for outcome in evaluate(experiment, tasks[:1], keep):
            del waiting[outcome.number]
            yield outcome
            seconds = outcome.seconds
    else:
        seconds = 0.0
    # a worker that dies takes all others with it; what kills it is found by itself, one point after the other
    for size in (_size(experiment, tasks, seconds, workers), 1):
        if not waiting:
            return
        try:
            pool = Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch="all")
            batches = _batches(list(waiting.values()), size)
            for outcomes in pool(delayed(evaluate)(experiment, batch, _ignored) for batch in batches):
                for outcome in outcomes:
                    keep(waiting.pop(outcome.number), outcome)
                    yield outcome
        except TerminatedWorkerError:
            continue
    for task in list(waiting.values()):
        yield _alone(experiment, waiting.pop(task.number), keep)


def _alone(experiment: Experiment, task: Task, keep: Keep) -> Outcome:
    """Evaluate a point in a process of its own, which may die."""
    from joblib.externals.loky import ProcessPoolExecutor

    with ProcessPoolExecutor(max_workers=1) as pool:
        try:
            (outcome,) = pool.submit(evaluate, experiment, [task], _ignored).result()
        except Exception as error:
            outcome = Outcome(task.number, {}, f"The process died: {type(error).__name__}", 0.0)
    keep(task, outcome)
    return outcome


def _on_dask(experiment: Experiment, tasks: Sequence[Task], client: Any, keep: Keep) -> Iterator[Outcome]:
    from dask.distributed import as_completed

    check_sendable(experiment)
    waiting = {task.number: task for task in tasks}
    workers = max(1, sum(client.nthreads().values()))
    seconds = 0.0
    if experiment.way != VECTORISED:
        first = client.submit(evaluate, experiment, tasks[:1], _ignored, pure=False).result()
        for outcome in first:
            keep(waiting.pop(outcome.number), outcome)
            yield outcome
            seconds = outcome.seconds
    batches = _batches(list(waiting.values()), _size(experiment, tasks, seconds, workers))
    futures = {client.submit(evaluate, experiment, batch, _ignored, pure=False): batch for batch in batches}
    running = as_completed(futures)
    for future in running:
        batch = futures[future]
        if future.status == "error" and len(batch) > 1:
            for task in batch:  # which of them it was
                again = client.submit(evaluate, experiment, [task], _ignored, pure=False)
                futures[again] = [task]
                running.add(again)
            continue
        if future.status == "error":
            outcomes = [Outcome(batch[0].number, {}, f"The worker died: {future.exception()!r}", 0.0)]
        else:
            outcomes = future.result()
        for outcome in outcomes:
            keep(waiting.pop(outcome.number), outcome)
            yield outcome
