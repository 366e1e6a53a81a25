"""Where points are evaluated: in this process, in others of this machine, or by Dask."""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from brian2 import start_scope

from brianhw.errors import SweepError
from brianhw.explore.evaluation import Made, evaluate
from brianhw.explore.experiment import VECTORISED, Experiment, Outcome, Task
from brianhw.explore.store import Store
from brianhw.explore.workers import end_with, keeping, pool_of, pool_of_one

__all__ = ["Keeper", "outcomes_of"]

BATCH_SECONDS = 2.0  # what a batch of points takes, roughly
AHEAD = 2  # batches for each worker that are sent, so that none waits for its next


@dataclass(frozen=True)
class Keeper:
    """How finished points are kept.

    Attributes
    ----------
    store : Store or None
        Where.
    shown : mapping of int to mapping
        Each point as text, by its number.
    """

    store: Store | None
    shown: Mapping[int, Mapping[str, str]]

    def __call__(self, task: Task, outcome: Outcome) -> None:
        """Keep a point."""
        if self.store is not None:
            self.store.put(task, self.shown[task.number], outcome)

    def part(self, tasks: Sequence[Task]) -> Keeper:
        """Return what the evaluation of some points needs."""
        return (
            self if self.store is None else Keeper(self.store, {each.number: self.shown[each.number] for each in tasks})
        )


class Done(NamedTuple):
    """What a worker gives back: outcomes, whether it has kept them, and the seconds that the points took."""

    outcomes: Sequence[Outcome]
    kept: bool
    seconds: float


def outcomes_of(
    experiment: Experiment, tasks: Sequence[Task], workers: Any, keep: Keeper, seen: Callable[[], Any]
) -> Iterator[Outcome]:
    """Evaluate points, in any order, and keep each as soon as it is done.

    Parameters
    ----------
    workers : int or dask.distributed.Client
        Processes of this machine, or Dask's.
    seen : callable
        Called for each point that is known to be done.

    Raises
    ------
    SweepError
        If the model cannot be sent to another process.
    """
    if isinstance(workers, int) and workers == 1:

        def note(task: Task, outcome: Outcome) -> None:
            keep(task, outcome)
            seen()

        yield from evaluate(experiment, tasks, note)
        return
    if hasattr(workers, "submit"):
        outcomes = _on_dask(experiment, tasks, workers, keep)
    elif isinstance(workers, int) and workers != 0:
        outcomes = _on_processes(experiment, tasks, workers, keep)
    else:
        raise SweepError(f"workers must be a number of processes or a dask.distributed.Client, not {workers!r}.")
    for outcome in outcomes:
        seen()
        yield outcome


# -- workers ----------------------------------------------------------------------------------------


def work(experiment: Experiment | Made, tasks: Sequence[Task], keep: Keeper, seconds: float, parent: int) -> Done:
    """Evaluate some points in another process, and keep each at once if the store can be seen from there."""
    with nullcontext(False) if keep.store is None else keep.store.as_worker() as here:
        end_with(parent)  # in the lock: another sweep has waited for those that had it before, and for no other
        # of a worker that ended others may already have kept some
        known = {task.number: outcome for task in tasks if here and (outcome := _kept(keep, task))}
        left = [task for task in tasks if task.number not in known]
        outcomes = evaluate(experiment, left, partial(_keep_whole, keep) if here else _ignored, seconds)
    return Done([*known.values(), *outcomes], here, sum(each.seconds for each in outcomes))


def work_on(experiment: bytes, *rest: Any) -> Done:
    """Do the work for an experiment that was packed once for all batches."""
    return work(_unpacked(experiment), *rest)


@lru_cache(maxsize=1)
def _unpacked(experiment: bytes) -> Made:
    start_scope()  # what was made for the sweep before is no part of a magic network
    found: Experiment = pickle.loads(experiment)
    for name, value in found.names.items():  # with a function of a script only those globals come that its code names
        getattr(found.model, "__globals__", {}).setdefault(name, value)
    return Made(found)


def _kept(keep: Keeper, task: Task) -> Outcome | None:
    return None if keep.store is None else keep.store.get_new(task)


def _ignored(task: Task, outcome: Outcome) -> None:
    """Keep nothing: whoever asked for the points does."""


def _keep_whole(keep: Keeper, task: Task, outcome: Outcome) -> None:
    """Keep a point, even if the sweep ends meanwhile."""
    with keeping():
        keep(task, outcome)


def packed(experiment: Experiment) -> bytes:
    """Return an experiment as another process gets it.

    Raises
    ------
    SweepError
        If the model or a metric cannot be sent to another process.
    """
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(experiment))
    except Exception as error:
        raise SweepError(
            f"The model or a metric cannot be sent to another process: {error}. Make what it refers to inside of it, "
            "or use workers=1."
        ) from error


class Queue:
    """Points on their way to workers, in batches of some seconds, by what points have taken so far.

    A batch ends when its time is up, so that a wrong guess costs little: what it leaves comes back.

    Parameters
    ----------
    tasks : sequence of Task
        All points.
    workers : int
        How many evaluate them.
    together : bool
        Whether the points of a worker are one batch, which takes what it takes.
    """

    def __init__(self, tasks: Sequence[Task], workers: int, together: bool) -> None:
        self._waiting = deque(tasks)
        self._workers = max(workers, 1)
        self._share = -(-len(tasks) // self._workers) if together else 0
        self._pace = 0.0  # seconds for a point; 0 as long as nothing is known
        self._sent: dict[int, Task] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def seconds(self) -> float:
        """When a batch ends, whatever is left of it."""
        return float("inf") if self._share else BATCH_SECONDS

    def batches(self) -> Iterator[list[Task]]:
        """Yield batches as long as there are points; a later one knows more."""
        while self._waiting:
            yield self.next()

    def next(self) -> list[Task]:
        """Return the next batch."""
        batch = [self._waiting.popleft() for _ in range(min(self._size(), len(self._waiting)))]
        self._sent |= {task.number: task for task in batch}
        return batch

    def _size(self) -> int:
        if self._share:
            return self._share
        if not self._pace:
            return 1
        fair = -(-len(self._waiting) // (AHEAD * self._workers))
        return max(1, min(round(BATCH_SECONDS / self._pace), fair))

    def back(self, batch: Iterable[int], done: Done, keep: Keeper) -> Iterator[Outcome]:
        """Take what a worker gives back for a batch: yield outcomes, and let what it left wait again."""
        if done.outcomes:
            self._pace = max(done.seconds / len(done.outcomes), 1e-4)
        for outcome in done.outcomes:
            task = self._sent.pop(outcome.number)
            if not done.kept:
                keep(task, outcome)
            yield outcome
        left = [self._sent.pop(number) for number in batch if number in self._sent]
        self._waiting.extendleft(reversed(left))

    def lost(self, numbers: Iterable[int] | None = None) -> list[Task]:
        """Return the points that were with a worker that is no more; all that were sent, by default."""
        return [self._sent.pop(number) for number in list(self._sent if numbers is None else numbers)]


def _on_processes(experiment: Experiment, tasks: Sequence[Task], workers: int, keep: Keeper) -> Iterator[Outcome]:
    from joblib import effective_n_jobs
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    sent, workers = packed(experiment), effective_n_jobs(workers)
    queue = Queue(tasks, workers, experiment.way == VECTORISED)
    while queue:
        try:
            with pool_of(workers) as pool:
                yield from _through(pool, sent, queue, AHEAD * workers, keep)
        except TerminatedWorkerError:  # it takes all others with it
            yield from _suspects(sent, queue.lost(), keep)


def _through(pool: Any, experiment: bytes, queue: Queue, ahead: int, keep: Keeper) -> Iterator[Outcome]:
    """Yield what a pool's processes give back for all batches, of which so many are sent ahead."""
    sent: dict[Any, list[Task]] = {}
    while queue or sent:
        while queue and len(sent) < ahead:
            batch = queue.next()
            sent[pool.submit(work_on, experiment, batch, keep.part(batch), queue.seconds, os.getpid())] = batch
        done = wait(sent, return_when=FIRST_COMPLETED).done
        for future in sorted(done, key=lambda each: each.exception() is not None):  # first what is there
            yield from queue.back([task.number for task in sent.pop(future)], future.result(), keep)


def _suspects(experiment: bytes, tasks: Sequence[Task], keep: Keeper) -> Iterator[Outcome]:
    """Evaluate points of which one may end its process, one after the other in a process of their own."""
    pool = None
    for task in tasks:
        finished = _kept(keep, task)
        if finished is None:
            pool = pool or pool_of_one()
            try:
                done = pool.submit(work_on, experiment, [task], keep.part([task]), 0.0, os.getpid()).result()
            except KeyboardInterrupt:
                pool.shutdown(kill_workers=True)
                raise
            except Exception as error:
                pool.shutdown(kill_workers=True)
                pool = None
                done = Done([Outcome(task.number, {}, f"The process died: {type(error).__name__}", 0.0)], False, 0.0)
            (finished,) = done.outcomes
            if not done.kept:
                keep(task, finished)
        yield finished
    if pool is not None:
        pool.shutdown()


def _on_dask(experiment: Experiment, tasks: Sequence[Task], client: Any, keep: Keeper) -> Iterator[Outcome]:
    from dask.distributed import as_completed
    from distributed.scheduler import KilledWorker

    packed(experiment)
    workers = max(1, sum(client.nthreads().values()))
    queue = Queue(tasks, workers, experiment.way == VECTORISED)
    sent: dict[Any, list[Task]] = {}
    running = as_completed([])

    def send(batch: list[Task]) -> None:
        future = client.submit(work, experiment, batch, keep.part(batch), queue.seconds, 0, pure=False)
        sent[future] = batch
        running.add(future)

    def fill() -> None:
        while queue and len(sent) < AHEAD * workers:
            send(queue.next())

    try:
        fill()
        for future in running:
            batch = sent.pop(future)
            if future.status != "error":
                yield from queue.back([task.number for task in batch], future.result(), keep)
            elif not isinstance(future.exception(), KilledWorker):
                raise future.exception()
            elif len(batch) > 1:
                for task in batch:  # which of them it was
                    send([task])
            else:
                outcome = Outcome(batch[0].number, {}, f"The worker died: {future.exception()!r}", 0.0)
                yield from queue.back([outcome.number], Done([outcome], False, 0.0), keep)
            fill()
    finally:
        client.cancel(list(sent))
