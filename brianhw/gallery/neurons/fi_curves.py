"""
Rate over current
=================

How fast does each point neuron fire at which current? All currents of a model are neurons of one group, so that a
curve is one run. That of the leaky integrate-and-fire neuron has a closed form.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms, nA

from brianhw.equations import ADEX, IZHIKEVICH, LIF, hodgkin_huxley_clipped
from brianhw.explore import firing_rate, sweep
from brianhw.parameters import adex, hodgkin_huxley, izhikevich, lif

models = {
    "LIF": (LIF, lif.NEST_DEFAULTS, 1),
    "AdEx, regular spiking": (ADEX, adex.REGULAR_SPIKING, 1.5),
    "Hodgkin-Huxley": (hodgkin_huxley_clipped(), hodgkin_huxley.EDLUT, 0.6),
    "Izhikevich, fast spiking": (IZHIKEVICH, izhikevich.FAST_SPIKING, 20),
}
figure, panels = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
curves = {}
for panel, (name, (model, values, largest)) in zip(panels.flat, models.items(), strict=True):
    grid = {"I_ext": np.linspace(0, largest, 41) * nA}
    found = sweep(model, grid, firing_rate, duration=500 * ms, dt=0.02 * ms, fixed=values, quiet=True)
    curves[name] = found.firing_rate
    panel.plot(np.linspace(0, largest, 41), curves[name], ".-")
    panel.set(title=name, xlabel="current (nA)", ylabel="rate (Hz)")

cell = {key: float(value) for key, value in lif.NEST_DEFAULTS.items()}  # SI units
drive = np.linspace(0, 1, 41)[25:] * 1e-9 / cell["g_L"]
tau, threshold = cell["C_m"] / cell["g_L"], cell["V_th"] - cell["E_L"]
expected = 1 / (cell["t_ref"] + tau * np.log(drive / (drive - threshold)))
panels[0, 0].plot(np.linspace(0, 1, 41)[25:], expected, "k:", label="closed form")
panels[0, 0].legend()
assert np.all(np.abs(curves["LIF"][25:] - expected) < 2 + 0.02e-3 * expected**2)  # a spike; a step
