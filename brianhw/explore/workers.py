"""Processes of this machine that evaluate points: forked from one that has imported everything, kept between sweeps.

A new process of Python needs two seconds for its imports, and as long as the first again for code that Brian2 has
generated before. So a server, which has imported and done nothing else (no thread, no OpenMP, no lock, no file of the
cache is in it), forks workers in milliseconds, and those of one sweep wait for the next.
"""

from __future__ import annotations

import atexit
import gc
import io
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import context, process, reduction, util
from pathlib import Path
from typing import Any

from brianhw.explore.parts.libraries import is_library

__all__ = ["end_with", "keeping", "pool_of", "pool_of_one"]

IDLE_SECONDS = 300.0  # after which a worker that has nothing to do ends
WATCH_SECONDS = 0.05  # how often a worker of another kind looks whether its sweep is still there
LAST_SECONDS = 5.0  # what a worker may take, once its sweep has ended, to write the point that it has finished
# what a worker's first points import: all that is not in the processes that are forked is imported by each
PRELOADED = (
    "brianhw.explore.engines",
    "joblib.externals.loky.process_executor",
    "cloudpickle",
    "pandas",
    "xarray.core.dataset",  # and so all of xarray, which waits
)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


# -- how workers begin ------------------------------------------------------------------------------


class _Forking:
    """How the standard library's fork server makes processes, with a server of our own.

    The one that all share imports what its first user wants. And the main module is not run again in workers: what is
    of it is sent by value, so that scripts need no ``if __name__ == "__main__"``.
    """

    def __init__(self) -> None:
        from multiprocessing import forkserver, popen_forkserver

        self.server: Any = forkserver.ForkServer()
        self.server.set_forkserver_preload(list(PRELOADED))
        server = self.server

        class Popen(popen_forkserver.Popen):
            _fds: list[int]

            def _launch(self, process_obj: Any) -> None:
                data = io.BytesIO()
                context.set_spawning_popen(self)
                try:
                    reduction.dump(_preparation(process_obj.name), data)
                    reduction.dump(process_obj, data)
                finally:
                    context.set_spawning_popen(None)
                self.sentinel, to_child = server.connect_to_new_process(self._fds)
                alive = os.dup(to_child)  # the worker sees by it that this process has ended
                self.finalizer = util.Finalize(self, _close, (alive, self.sentinel))
                with open(to_child, "wb") as file:
                    file.write(data.getbuffer())
                self.pid = forkserver.read_signed(self.sentinel)

        self.popen, self._owner = Popen, os.getpid()
        atexit.register(self.stop)

    def start(self, workers: int) -> None:
        """Start the server, if it is not there."""
        method: Any = multiprocessing.get_start_method(allow_none=True)
        with _environment(_threads(workers)):  # NumPy's threads are made when it is imported
            self.server.ensure_running()
        if method is None:  # which asking for it has chosen
            multiprocessing.set_start_method(None, force=True)

    def stop(self) -> None:
        """Let the server end, and wait for it: what its workers have taken counts as this process's then."""
        if self._owner != os.getpid() or self.server._forkserver_pid is None:
            return
        os.close(self.server._forkserver_alive_fd)
        last = time.monotonic() + LAST_SECONDS
        with suppress(ChildProcessError):
            while not os.waitpid(self.server._forkserver_pid, os.WNOHANG)[0] and time.monotonic() < last:
                time.sleep(0.005)
        self.server._forkserver_pid = None


_forking: _Forking | None = None


def _close(*files: int) -> None:
    for each in files:
        os.close(each)


def _preparation(name: str) -> dict[str, Any]:
    """Return what the standard library gives a new process, without the main module."""
    return {
        "name": name, "authkey": bytes(process.current_process().authkey), "log_to_stderr": False,
        "sys_path": [each or os.getcwd() for each in sys.path], "sys_argv": sys.argv,
        "orig_dir": getattr(process, "ORIGINAL_DIR", None), "dir": os.getcwd(),
    }  # fmt: skip


class _Process(process.BaseProcess):
    _start_method = "forkserver"

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        assert _forking is not None
        return _forking.popen(process_obj)


class _Context(context.BaseContext):
    _name = "forkserver"
    Process = _Process


def _threads(workers: int) -> dict[str, str]:
    """Return the settings by which libraries share the processors among workers; those of the user stay."""
    from joblib import cpu_count

    return {name: str(max(1, cpu_count() // workers)) for name in THREADS if name not in os.environ}


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    os.environ.update(more)
    try:
        yield
    finally:
        for name in more:
            del os.environ[name]


# -- workers, kept ----------------------------------------------------------------------------------

_kept: tuple[Any, Any] | None = None  # the last pool, and what it was made for


@contextmanager
def pool_of(workers: int) -> Iterator[Any]:
    """Give a pool of so many processes: that of the sweep before, if these would be the same.

    If the block ends with an exception, among them Ctrl-C and the death of a worker, they end at once.
    """
    global _kept
    wanted = (workers, os.getpid(), os.getcwd(), tuple(sys.path), dict(os.environ), _sources())
    last, _kept = _kept, None
    if last is not None and last[1] == wanted:
        pool = last[0]
    else:
        if last is not None and last[1][1] == os.getpid():
            last[0].shutdown()
        pool = _new(workers)
    try:
        yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
        raise
    _kept = pool, wanted


def pool_of_one() -> Any:
    """Return a pool with one process, for who ends it."""
    return _new(1)


def _new(workers: int) -> Any:
    from joblib.externals.loky import ProcessPoolExecutor

    global _forking
    own = {**os.environ, **_threads(workers)}
    if not sys.platform.startswith("linux"):  # libraries of macOS may not be used after a fork; Windows has none
        return ProcessPoolExecutor(workers, timeout=IDLE_SECONDS, env=own)
    _forking = _forking or _Forking()
    _forking.start(workers)
    return ProcessPoolExecutor(
        workers, timeout=IDLE_SECONDS, context=_Context(), initializer=_begin, initargs=(own,),
    )  # fmt: skip


def _sources() -> dict[str, int]:
    """Return when the files of the user's modules were written: a worker does not see that one is loaded again."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not is_library(name):
            try:
                found[name] = Path(file).stat().st_mtime_ns
            except OSError:
                found[name] = 0
    return found


# -- in a worker ------------------------------------------------------------------------------------

_sweep: Any = None  # the process for which this one was forked; its parent is the server
_watching: set[int] = set()  # the process in which a thread watches
_keeping = threading.Lock()  # held while a point is written


def _begin(environment: Mapping[str, str]) -> None:
    """Take over the environment of the process that sweeps, which is not the server's."""
    global _sweep
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    _sweep = multiprocessing.parent_process()
    gc.freeze()  # Brian2 collects garbage at many places, and need not go through what the server has imported


@contextmanager
def keeping() -> Iterator[None]:
    """Let what is in the block be done to its end, even if the sweep ends meanwhile."""
    with _keeping:
        yield


def end_with(parent: int) -> None:
    """End this process, from now on, as soon as its sweep's has ended: another may begin, and nobody waits for it.

    Without that, processes finish what they have and then wait for minutes.
    """
    if not parent or os.getpid() == parent:  # Dask's, or a thread of the sweep's own process
        return
    if not _is_there(parent):
        os._exit(1)
    if os.getpid() in _watching:
        return
    _watching.add(os.getpid())

    def watch() -> None:
        if _sweep is not None:
            _sweep.join()
        while _is_there(parent):
            threading.Event().wait(WATCH_SECONDS)
        _keeping.acquire(timeout=LAST_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_there(parent: int) -> bool:
    if _sweep is not None:
        return bool(_sweep.pid == parent and _sweep.is_alive())
    return os.getppid() == parent
