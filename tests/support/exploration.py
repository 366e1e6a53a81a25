"""The exploration of seed 003: a leaky neuron over currents and refractory periods."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import (
    ms,
)

from brianhw.model import NeuronModel

ON_NUMPY: dict[str, Any] = {"device": None, "quiet": True, "progress": False}

SEED003 = NeuronModel(
    name="leaky integrate-and-fire neuron of the pypet notebook",
    equations="""
    dV/dt = -V/tau_V + I : 1 (unless refractory)
    I : Hz (constant)
    tau_V : second (constant)
    tau_ref : second (constant)
    """,
    threshold="V >= 1",
    reset="V = 0",
    # the notebook waits for the step after the refractory period
    refractory="timestep(t - lastspike, dt) <= timestep(tau_ref, dt)",
    scheme="euler",
)

GRID = {"I": np.arange(0, 1.01, 0.05) / ms, "tau_ref": [5, 7.5, 10] * ms}

# the last of the notebook's 10,000 samples that can be a spike is its 9,999th, and the first is given
RUN: dict[str, Any] = {"duration": 999.8 * ms, "dt": 0.1 * ms, "fixed": {"tau_V": 12 * ms}}
