"""What is around a point: Brian2's settings, random numbers, Ctrl-C and a limit in time."""

from __future__ import annotations

import copy
import random
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import brian2
import numpy as np
from brian2 import Network, prefs
from brian2.devices.device import get_device, reset_device, runtime_device

__all__ = ["Interrupts", "Settings", "limited", "own_randomness", "same_device", "seed_all"]

# preferences that a result depends on, by the beginnings of their names, and those among them that it does not
DECIDE = (
    "core.",
    "legacy.",
    "codegen.generators.",
    "codegen.target",
    "devices.brianhw.mode",
    "devices.brianhw.extra_compile_args",
)
DO_NOT = ("core.stop_on_keyboard_interrupt", "core.outdated_dependency_error")


@dataclass(frozen=True)
class Settings:
    """What Brian2 takes from outside of a model.

    Attributes
    ----------
    dt : float
        Time step of the default clock, in seconds.
    preferences : mapping of str to object
        Brian2's preferences.
    """

    dt: float
    preferences: Mapping[str, Any]

    @classmethod
    def now(cls) -> Settings:
        """Return what is set."""
        # lists and dicts may be changed in place; a copy of all else is the thing itself
        return cls(float(get_device().defaultclock.dt_), {name: copy.copy(each) for name, each in prefs.prefs.items()})

    def sent(self) -> Settings:
        """Return what another process needs: paths and flags that nobody has changed are its own."""
        return Settings(self.dt, {name: each for name, each in self.preferences.items() if each != _default(name)})

    def deciding(self) -> list[Any]:
        """Return what results depend on."""
        names = sorted(name for name in self.preferences if name.startswith(DECIDE) and name not in DO_NOT)
        return [self.dt, *((name, self.preferences[name]) for name in names)]

    def apply(self) -> None:
        """Set what is set otherwise."""
        for name, value in self.preferences.items():
            if prefs.prefs.get(name) != value:
                prefs[name] = copy.copy(value)
        clock = get_device().defaultclock
        if float(clock.dt_) != self.dt:
            # Brian2's setter would refuse it for a network that has run until a time between two steps of this point
            clock.variables["dt"].set_value(self.dt)
            clock._old_dt = None


def _default(name: str) -> Any:
    category, _, last = name.rpartition(".")
    return prefs.pref_register[category][0][last].default


def same_device(device: Any) -> None:
    """Let Brian2 use a device again, if a point has set another one."""
    if get_device() is not device:
        reset_device(device)


@contextmanager
def own_randomness() -> Iterator[None]:
    """Leave the generators of random numbers as they were."""
    before, python = runtime_device.get_random_state(), random.getstate()
    try:
        yield
    finally:
        runtime_device.set_random_state(before)
        random.setstate(python)


def seed_all(seed: int) -> None:
    """Seed the random numbers of Brian2, NumPy and Python."""
    brian2.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


class Interrupts:
    """Ctrl-C while points are evaluated: a point ends at once, and what is being kept is kept first.

    Brian2 only stops the run on Ctrl-C, so that a point that was cut off would look like any other.
    """

    def __init__(self) -> None:
        self.pressed = self.in_point = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        in_main = threading.current_thread() is threading.main_thread()
        self._running = Network._globally_running
        if in_main and signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
            self._before = signal.signal(signal.SIGINT, self)
        return self

    def __exit__(self, *_: Any) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        Network._globally_running = self._running  # a run that ended with an error has left it

    def __call__(self, *_: Any) -> None:
        again, self.pressed = self.pressed, True
        if self.in_point or again:
            raise KeyboardInterrupt

    def at_once(self) -> AtOnce:
        """End what is in the block at Ctrl-C, whatever it does with the exception."""
        return AtOnce(self)

    def check(self) -> None:
        """Raise if there was a Ctrl-C."""
        if self.pressed:
            raise KeyboardInterrupt


class AtOnce:
    """A block that ends at Ctrl-C; a class, since a sweep enters it for each of thousands of points.

    Parameters
    ----------
    interrupts : Interrupts
        Of the sweep.
    """

    __slots__ = ("_interrupts",)

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.in_point = True
        try:
            self._interrupts.check()
        except KeyboardInterrupt:
            self._interrupts.in_point = False
            raise

    def __exit__(self, kind: Any, *_: Any) -> None:
        self._interrupts.in_point = False
        if kind is None:
            self._interrupts.check()


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise in the block after so many seconds, or at its end; signals reach the main thread only."""
    if seconds is None or threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return
    late = False

    def stop(*_: Any) -> None:
        nonlocal late
        late = True
        raise TimeoutError(f"not done after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if late:  # and what was in the block has gone on
        raise TimeoutError(f"not done after {seconds:g} s")
