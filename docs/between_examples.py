"""What the build of the gallery does between two examples: each begins as a new process would."""

from __future__ import annotations

import copy
import sys
import warnings
from typing import Any

import brian2
import numpy as np
from brian2.devices.device import all_devices, get_device, runtime_device

import brianhw.compat  # with the device and its preferences

PREFERENCES = {name: copy.deepcopy(brian2.prefs[name]) for name in brian2.prefs if "." in name}
FILTERS, PATH = list(warnings.filters), list(sys.path)
SHIMS = str(brianhw.compat.path().parent)


def fresh(gallery: dict[str, Any], file: str) -> None:
    """Forget what an example has left behind, and set the seeds of Brian2 and NumPy."""
    for name in ("cpp_standalone", "brianhw"):
        if name in all_devices and all_devices[name].has_been_run:
            all_devices[name].reinit()
    if get_device() is not runtime_device:
        brian2.device.reinit()
        brian2.set_device("runtime")
    for name, value in PREFERENCES.items():
        if brian2.prefs[name] != value:
            brian2.prefs[name] = value
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(SHIMS) and not name.startswith("brianhw"):
            del sys.modules[name]
    sys.path[:], warnings.filters[:] = PATH, FILTERS  # type: ignore[index]
    brian2.start_scope()
    brian2.defaultclock.dt = 0.1 * brian2.ms
    brian2.seed(1)
    np.random.seed(1)
