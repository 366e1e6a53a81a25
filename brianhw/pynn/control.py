"""Setting up, running and ending a simulation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP

from brianhw.errors import PyNNError
from brianhw.pynn import simulator
from brianhw.pynn.building.hardware import Hardware
from brianhw.pynn.building.network import Machine
from brianhw.pynn.checks.domains import NOT_NEGATIVE, NUMBER, UNBOUNDED, flag, number, one_of
from brianhw.pynn.checks.options import check_options, checked_delays, checked_seed, checked_timestep
from brianhw.pynn.checks.refusals import KindRefused, ValueRefused
from brianhw.pynn.checks.text import plain_numbers
from brianhw.pynn.simulator import DEFAULT_SEED, state

__all__ = [
    "end", "get_current_time", "get_max_delay", "get_min_delay", "get_time_step", "num_processes", "rank",
    "reset", "run", "run_for", "run_until", "setup",
]  # fmt: skip

DEVICES = ("brianhw", "runtime", "cpp_standalone")


def setup(
    timestep: float = DEFAULT_TIMESTEP,
    min_delay: Any = DEFAULT_MIN_DELAY,
    *,
    max_delay: Any = DEFAULT_MAX_DELAY,
    device: str | None = None,
    device_options: dict[str, Any] | None = None,
    precision: str = "double",
    strict: bool = False,
    same_lists: bool = False,
    rng_seed: int = DEFAULT_SEED,
    progress: bool | None = None,
    **extra_params: Any,
) -> int:
    """Begin anew, and return the rank of this process, 0.

    Parameters
    ----------
    timestep, min_delay, max_delay : float
        In ms. ``"auto"`` as ``min_delay`` takes that of the connections.
    device : str
        A Brian2 device: ``"brianhw"`` (the default), ``"runtime"`` or ``"cpp_standalone"``.
    device_options : dict
        For Brian2's ``set_device``, such as ``{"mode": "strict"}``.
    precision : str
        ``"double"``, or ``"single"``: states of cells and weights in half the memory, with 7 digits. Times and delays
        lose nothing.
    strict : bool
        Whether what can only be done with a loss is an error, as in other PyNN back ends: a delay below the smallest,
        spike times out of order.
    same_lists : bool
        Whether connectors without an ``rng`` make the connections that PyNN's own would, too, at their cost.
    rng_seed : int
        Seed of everything that has no ``rng`` of its own.
    progress : bool
        Whether runs show a progress bar; by default those that take seconds do, in a terminal or notebook.
    **extra_params
        Options of other back ends, which have no meaning here.

    Raises
    ------
    PyNNError, UnknownNameError
        If *device* does not exist, a value makes no sense, or an option is known to no back end. Nothing has been
        forgotten then.

    Examples
    --------
    >>> import brianhw.pynn as sim
    >>> sim.setup(timestep=0.1, device="runtime", rng_seed=1)
    0
    >>> cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0))
    >>> cells.record("spikes")
    >>> sim.run(50)
    50.0
    >>> cells.mean_spike_count()
    1.0
    """
    given = {"timestep": timestep, "min_delay": min_delay, "max_delay": max_delay}
    plain_numbers("setup()", {name: value for name, value in given.items() if not isinstance(value, str)})
    check_options((name for name in inspect.signature(setup).parameters if name != "extra_params"), extra_params)
    timestep = checked_timestep(timestep)
    min_delay, max_delay = checked_delays(timestep, min_delay, max_delay)
    if device not in (None, *DEVICES):
        raise PyNNError(f"setup(): there is no device {device!r}. Known: {', '.join(DEVICES)}.")
    if not isinstance(device_options, Mapping | None):
        raise KindRefused(f"setup(): device_options must be a dict for Brian2's set_device, not {device_options!r}.")
    precision = one_of("setup(): precision", precision, ("double", "single"))
    strict, same_lists = flag("setup(): strict", strict), flag("setup(): same_lists", same_lists)
    progress = None if progress is None else flag("setup(): progress", progress)
    rng_seed = checked_seed("setup(): rng_seed", rng_seed)
    state.grid.dt, state.grid.min_delay, state.grid.max_delay = timestep, min_delay, max_delay
    state.machine = Machine(device or DEVICES[0], dict(device_options or {}), progress, precision)
    state.hardware = Hardware()
    state.strict, state.same_lists = strict, same_lists
    state.clear()
    state.seed(rng_seed)
    return 0


def end(compatible_output: bool = True) -> None:
    """Write the data that ``record(..., to_file=)`` promised. What was recorded can still be read."""
    for population, variables, file in state.write_on_end:
        population.write_data(file, variables)
    state.write_on_end = []


def run(simtime: float, callbacks: Any = None) -> float:
    """Go on for *simtime* ms, and return the time.

    Parameters
    ----------
    simtime : float
        In ms, a multiple of the time step.
    callbacks : list of callable
        Each is called with the time, now and then when it last asked to be, and returns the next time.

    Raises
    ------
    PyNNError
        If the time is negative or no whole number of steps, or a callback asks for a time that is over.
    """
    return run_until(state.t + number("run(): the time", simtime, NOT_NEGATIVE, "ms"), callbacks)


def run_until(time_point: float, callbacks: Any = None) -> float:
    """Go on until *time_point*, in ms, and return the time. Arguments otherwise as for :func:`run`."""
    end = state.steps_until(number("run_until(): the time", time_point, NUMBER, "ms"))
    if end < state.step:
        raise ValueRefused(f"run_until(): {time_point:g} ms is in the past, now it is {state.t:g} ms.")
    if end > state.step:
        state.runs.begin(state.t * 1e-3, (end - state.step) * state.dt * 1e-3)
    with state.hardware.attending(state, end):
        due = [Due(callback) for callback in _checked_callbacks(callbacks)]
        while due and state.step < end:
            soonest = min(due, key=lambda each: each.step)
            if not state.run_steps(min(soonest.step, end)):
                return state.t  # it has been asked to stop
            # callbacks that fall into one step are called one after the other
            for each in [each for each in due if each.step <= soonest.step]:
                each.call()
        state.run_steps(end)
    return state.t


run_for = run


class Due:
    """A callback, and the step in which it wants to be called next."""

    def __init__(self, callback: Callable[[float], float]) -> None:
        self.callback, self.step, self._in_vain = callback, 0, 0
        self.call()

    def call(self) -> None:
        """Call it, and note when it wants to be called again.

        Raises
        ------
        PyNNError
            If that is no time, or a time that is over.
        """
        name = getattr(self.callback, "__name__", type(self.callback).__name__)
        asked = number(f"Callback {name}: the next time it gives", self.callback(state.t), UNBOUNDED, "ms")
        if asked < state.t - state.dt / 2:
            raise ValueRefused(
                f"Callback {name} asks to be called at {asked:g} ms, but it is {state.t:g} ms. It must return a time "
                "that is to come, or infinity for never."
            )
        self.step = round(min(asked / state.dt, NEVER))
        self._in_vain = self._in_vain + 1 if self.step <= state.step else 0
        if self._in_vain > MOST_IN_VAIN:
            raise ValueRefused(f"Callback {name} asks again and again to be called at {asked:g} ms, which is now.")


NEVER = 2.0**62  # steps
MOST_IN_VAIN = 100  # calls at one time


def _checked_callbacks(callbacks: Any) -> list[Callable[[float], float]]:
    if callbacks is None:
        return []
    if not np.iterable(callbacks) or isinstance(callbacks, str) or not all(callable(each) for each in callbacks):
        raise KindRefused(f"run(): callbacks must be a list of functions of the time, not {callbacks!r}.")
    return list(callbacks)


_reset = common.build_reset(simulator)


def reset(annotations: Mapping[str, Any] | None = None) -> None:
    """Go back to time zero and the initial values, and begin a new segment of data; *annotations* are for the last."""
    if not isinstance(annotations, Mapping | None):
        raise KindRefused(f"reset(): annotations must be a dict, not {annotations!r}.")
    _reset(dict(annotations or {}))


(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)
