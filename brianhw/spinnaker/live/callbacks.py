"""Calling the functions that a script gives to a connection: beside the run, or in simulated time.

What a callback raises is logged and the run goes on, as with the vendor's software.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Event, Thread, current_thread
from typing import Any

__all__ = ["Deliveries", "Tasks", "begin", "called", "logger", "sleep"]

logger = logging.getLogger("brianhw.spinnaker.live")
PATIENCE = 2.0  # seconds for callbacks at the end of a run
TURN = 2.0  # seconds that a callback may compute before simulated time goes on without it
real_sleep = time.sleep


def called(what: str, callback: Callable[..., Any], *arguments: Any) -> None:
    """Call a function of the script's; log what it raises."""
    try:
        callback(*arguments)
    except Exception:
        logger.warning("%s raised an error; the run goes on.", what, exc_info=True)


def begin(what: str, callback: Callable[..., Any], *arguments: Any) -> Thread:
    """Call a function of the script's in a thread of its own, which does not keep Python from ending."""
    thread = Thread(target=called, args=(what, callback, *arguments), name=what, daemon=True)
    thread.start()
    return thread


class Deliveries:
    """Calls functions one after the other in a thread of its own: slow ones do not hold up the run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, call: Callable[[], None]) -> None:
        """Call *call* after all others."""
        if self._thread is None:
            self._thread = Thread(target=self._deliver, name=self._name, daemon=True)
            self._thread.start()
        self._waiting.put(call)

    def _deliver(self) -> None:
        while (call := self._waiting.get()) is not None:
            call()

    def wait(self) -> None:
        """Wait until all have been called; for functions that take long, not for ever."""
        if self._thread is None or current_thread() is self._thread:
            return
        done = Event()
        self.put(done.set)
        if not done.wait(PATIENCE):
            logger.warning("%s: callbacks are more than %g s behind and go on after the run.", self._name, PATIENCE)

    def close(self) -> None:
        """End the thread, when all have been called."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread = None


# -- simulated time ---------------------------------------------------------------------------------


class _Ended(BaseException):
    """Ends a callback that sleeps in a simulation which will not go on; ``except Exception`` does not take it."""


class Task:
    """A callback in simulated time: it runs only while the simulation waits, until it sleeps or ends.

    Attributes
    ----------
    wakes : float
        Model time in ms at which it goes on.
    ended : bool
        Whether there is nothing to go on with.
    """

    def __init__(self, what: str, callback: Callable[..., Any], arguments: tuple[Any, ...], now: float) -> None:
        self.what, self.wakes, self.ended, self._cancelled = what, now, False, False
        self._go, self._back = Event(), Event()
        self.thread = Thread(target=self._run, args=(callback, arguments), name=what, daemon=True)
        self.thread.start()

    def _run(self, callback: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._go.wait()
        self._go.clear()
        if not self._cancelled:
            with suppress(_Ended):
                called(self.what, callback, *arguments)
        self.ended = True
        self._back.set()

    def turn(self) -> None:
        """Let it go on until it sleeps or ends."""
        self._back.clear()
        self._go.set()
        if not self._back.wait(TURN):
            self.ended = True
            logger.warning(
                "%s has neither ended nor slept for %g s: from now on it runs beside the simulation, and what it sends "
                "comes at no fixed simulated time. Let it wait with external_devices.sleep(seconds), or with "
                "time.sleep(seconds) by this name.",
                self.what,
                TURN,
            )

    def sleep_until(self, wakes: float) -> None:
        """Sleep; the callback calls this."""
        if self.ended:  # it has left simulated time
            return
        self.wakes = wakes
        self._back.set()
        self._go.wait()
        self._go.clear()
        if self._cancelled:
            raise _Ended

    def cancel(self) -> None:
        """End it."""
        self._cancelled = True
        self._go.set()


class Tasks:
    """Callbacks in simulated time, one at a time, in the order in which they wake.

    Parameters
    ----------
    slow_down : float
        How many ms of a script's sleep are a ms of the model: the chip's time scale factor.
    """

    def __init__(self, slow_down: float) -> None:
        self.slow_down, self.now = slow_down, 0.0  # ms
        self._tasks: list[Task] = []

    def begin(self, what: str, callback: Callable[..., Any], *arguments: Any) -> None:
        """Call a function from now on."""
        self._tasks.append(Task(what, callback, arguments, self.now))

    def go_on(self, now: float) -> None:
        """Let all that are due by *now*, in ms, go on until they sleep beyond it."""
        while due := [each for each in self._tasks if each.wakes <= now + 1e-9]:
            task = min(due, key=lambda each: each.wakes)  # of several, the one that began first
            self.now = max(task.wakes, self.now)
            task.turn()
            self._tasks = [each for each in self._tasks if not each.ended]
        self.now = now

    def sleep(self, seconds: float) -> None:
        """Sleep in simulated time, if a callback calls it; else as ever."""
        mine = next((each for each in self._tasks if each.thread is current_thread()), None)
        if mine is None:
            real_sleep(seconds)
        else:
            mine.sleep_until(self.now + 1000 * max(seconds, 0.0) / self.slow_down)

    def rewind(self, now: float) -> None:
        """The time of the model has been set back to *now*: all that sleep are ended."""
        self.close()
        self.now = now

    def close(self) -> None:
        """End all."""
        for each in self._tasks:
            each.cancel()
        self._tasks.clear()

    @contextmanager
    def in_place_of_sleep(self) -> Iterator[None]:
        """Let ``time.sleep`` of callbacks be in simulated time; for all other threads it stays what it is."""
        before = time.sleep
        time.sleep = self.sleep  # type: ignore[assignment]
        self._known.append(self)
        try:
            yield
        finally:
            self._known.remove(self)
            time.sleep = before

    _known: list[Tasks] = []  # whose time goes on at the moment


def sleep(seconds: float) -> None:
    """Wait as long as the chip would run in *seconds*: in a callback in simulated time, that of the simulation.

    Parameters
    ----------
    seconds : float
        Of the chip's time, which is ``time_scale_factor`` times the model's.

    Examples
    --------
    >>> import brianhw.spinnaker as sim
    >>> live = sim.external_devices
    >>> rank = sim.setup(timestep=1.0, device="runtime", live="simulated")
    >>> connection = live.SpynnakerLiveSpikesConnection(send_labels=["in"], local_port=None)
    >>> def send(label, connection):
    ...     live.sleep(0.005)
    ...     connection.send_spike("in", 0)
    >>> connection.add_start_resume_callback("in", send)
    >>> cell = live.SpikeInjector(database_notify_port_num=connection.local_port)
    >>> injectors = sim.Population(1, cell, label="in")
    >>> injectors.record("spikes")
    >>> now = sim.run(10)
    >>> connection.close()
    >>> injectors.spinnaker_get_data("spikes").tolist()  # cell, time in ms
    [[0.0, 5.0]]
    """
    tasks = Tasks._known[-1] if Tasks._known else None
    (real_sleep if tasks is None else tasks.sleep)(seconds)
