"""Setting up, running and ending a simulation."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from brianhw.errors import PyNNError
from brianhw.pynn import simulator
from brianhw.pynn.simulator import DEFAULT_SEED, state
from brianhw.pynn.text import plain_numbers

__all__ = [
    "end", "get_current_time", "get_max_delay", "get_min_delay", "get_time_step", "initialize", "num_processes", "rank",
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
    PyNNError
        If *device* does not exist, or the time step is not positive.
    """
    given = {"timestep": timestep, "min_delay": min_delay, "max_delay": max_delay}
    plain_numbers("setup()", {name: value for name, value in given.items() if not isinstance(value, str)})
    if not timestep > 0:
        raise PyNNError(f"setup(): the timestep must be positive (ms), not {timestep:g}.")
    common.setup(timestep, min_delay, max_delay=max_delay, **extra_params)
    if device not in (None, *DEVICES):
        raise PyNNError(f"setup(): there is no device {device!r}. Known: {', '.join(DEVICES)}.")
    state.dt, state.min_delay, state.max_delay = float(timestep), min_delay, max_delay
    state.device, state.device_options = device, dict(device_options or {})
    state.strict, state.same_lists, state.progress = strict, same_lists, progress
    state.hardware = None
    state.clear()
    state.seed(rng_seed)
    return 0


def end(compatible_output: bool = True) -> None:
    """Write the data that ``record(..., to_file=)`` promised. What was recorded can still be read."""
    for population, variables, file in state.write_on_end:
        population.write_data(get_io(file) if isinstance(file, str) else file, variables)
    state.write_on_end = []


run, run_until = common.build_run(simulator)
run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize
(
    get_current_time,
    get_time_step,
    get_min_delay,
    get_max_delay,
    num_processes,
    rank,
) = common.build_state_queries(simulator)
