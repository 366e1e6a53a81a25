"""
Rate over current
=================

How fast does each point neuron fire at which current? All currents of a model are neurons of one group, so that a
curve is one run. That of the leaky integrate-and-fire neuron has a closed form.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import ms, nA

from brianhw import plot
from brianhw.equations import ADEX, IZHIKEVICH, LIF, hodgkin_huxley_clipped
from brianhw.parameters import adex, hodgkin_huxley, izhikevich, lif

models = {
    "LIF": (LIF, lif.NEST_DEFAULTS, 1),
    "AdEx, regular spiking": (ADEX, adex.REGULAR_SPIKING, 1.5),
    "Hodgkin-Huxley": (hodgkin_huxley_clipped(), hodgkin_huxley.EDLUT, 0.6),
    "Izhikevich, fast spiking": (IZHIKEVICH, izhikevich.FAST_SPIKING, 20),
}
figure, panels = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
for panel, (name, (model, values, largest)) in zip(panels.flat, models.items(), strict=True):
    plot.f_i(model, values, np.linspace(0, largest, 41) * nA, duration=500 * ms, dt=0.02 * ms, axes=panel)
    panel.set_title(name)

cell = {key: float(value) for key, value in lif.NEST_DEFAULTS.items()}  # SI units
current, measured = panels[0, 0].lines[0].get_data()
drive = current[20:] * 1e-9 / cell["g_L"]
tau, threshold = cell["C_m"] / cell["g_L"], cell["V_th"] - cell["E_L"]
expected = 1 / (cell["t_ref"] + tau * np.log(drive / (drive - threshold)))
panels[0, 0].plot(current[20:], expected, "k:", label="closed form")
panels[0, 0].legend()
assert np.all(np.abs(measured[20:] - expected) < 0.02e-3 * expected**2)  # an interval is a whole number of steps
plt.show()
