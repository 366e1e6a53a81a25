"""Running on SpiNNaker: PyNN's ``run``, that knows the vendor's argument."""

from __future__ import annotations

from typing import Any

from brianhw.errors import SpinnakerError
from brianhw.pynn import control
from brianhw.pynn.simulator import state
from brianhw.spinnaker import external_devices

__all__ = ["run", "run_for"]


def run(simtime: float, callbacks: Any = None, sync_time: float = 0.0) -> float:
    """Go on for *simtime* ms, and return the time.

    Parameters
    ----------
    simtime : float
        In ms, a multiple of the time step.
    callbacks : list of function, optional
        As in PyNN; scripts for SpiNNaker may give *sync_time* here.
    sync_time : float
        In ms: after each such time, wait for ``external_devices.continue_simulation()``; 0 for never.

    Raises
    ------
    SpinnakerError
        If *sync_time* and *callbacks* are both given, or a time makes no sense.
    """
    if isinstance(callbacks, int | float):
        callbacks, sync_time = None, callbacks
    if not sync_time:
        return control.run(simtime, callbacks)
    if callbacks:
        raise SpinnakerError("run(): callbacks are not called in a run that waits; give sync_time or callbacks.")
    external_devices.run_sync(simtime, sync_time)
    return float(state.t)


run_for = run
