"""
Rate over current, in the cerebellum and with memory
====================================================

How do other neurons answer a current? Cells of the cerebellum, a threshold that adapts to a rate, and escape noise.
The neuron of the inferior olive is a leaky integrator whose spikes are drawn: its curve has a closed form.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import Hz, ms, mV, nA, nS, pA, pF

from brianhw import plot
from brianhw.equations import gif, granule_cell, inferior_olive, lif_adaptive_threshold, purkinje
from brianhw.parameters.granule_cell import DANGELO
from brianhw.parameters.inferior_olive import EDLUT as OLIVE
from brianhw.parameters.lif import NEST_DEFAULTS
from brianhw.parameters.purkinje import EDLUT as PURKINJE

keeps = dict(NEST_DEFAULTS, tau_th=200 * ms, rate_target=20 * Hz)
escapes = dict(C_m=100 * pF, g_L=5 * nS, E_L=-70 * mV, V_t_star=-50 * mV, Delta_V=1 * mV, lambda_0=1 * Hz)
models = {  # model, values, largest current, time step
    "granule cell": (granule_cell().integrated("bdf"), DANGELO, 20 * pA, 0.05 * ms),
    "Purkinje cell": (purkinje(), PURKINJE, 1.5 * nA, 0.02 * ms),
    "inferior olive": (inferior_olive(), OLIVE, 20 * pA, 0.02 * ms),
    "threshold that adapts": (lif_adaptive_threshold(), keeps, 1 * nA, 0.1 * ms),
    "escape noise": (gif(0, 0), dict(escapes, V_reset=-70 * mV, t_ref=4 * ms), 0.3 * nA, 0.1 * ms),
}
_, panels = plt.subplots(2, 3, figsize=(10, 5), layout="constrained")
for panel, (name, (model, values, largest, dt)) in zip(panels.flat, models.items(), strict=False):
    begin = 0 * ms if name == "granule cell" else 100 * ms  # which fires a burst and stays depolarised
    plot.f_i(model, values, np.linspace(0, 1, 21) * largest, duration=500 * ms, settle=begin, dt=dt, axes=panel)
    panel.set_title(name)
current, measured = panels[0, 2].lines[0].get_data()
drive = current * pA / (OLIVE["g_L"] * OLIVE["area"]) / (OLIVE["V_th"] - OLIVE["E_L"])  # 1 just suffices
fires = drive > 1.01
interval = OLIVE["t_ref"] / ms + OLIVE["C_m"] / OLIVE["g_L"] / ms * np.log(drive[fires] / (drive[fires] - 1))
assert np.all(np.abs(1000 / measured[fires] - interval) < 0.03)  # a step and a half
panels[0, 2].plot(current[fires], 1000 / interval, "k:", label="closed form"), panels[0, 2].legend()
plt.show()
