"""What the build of the gallery does between two examples: each begins as a new process would."""

from __future__ import annotations

import copy
from typing import Any

import brian2
import numpy as np
from brian2.devices.device import all_devices, get_device, runtime_device

import brianhw  # noqa: F401  (registers the device and its preferences)

BEFORE = {name: copy.deepcopy(brian2.prefs[name]) for name in brian2.prefs if "." in name}


def fresh(gallery: dict[str, Any], file: str) -> None:
    """Forget what an example has left in Brian2 and NumPy, and set their seeds."""
    for name in ("cpp_standalone", "brianhw"):
        if name in all_devices and all_devices[name].has_been_run:
            all_devices[name].reinit()
    if get_device() is not runtime_device:
        brian2.device.reinit()
        brian2.set_device("runtime")
    for name, value in BEFORE.items():
        if brian2.prefs[name] != value:
            brian2.prefs[name] = value
    brian2.start_scope()
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.seed(1)
    np.random.seed(1)
