"""
Rate over current, in the cerebellum and with memory
====================================================

Cells of the cerebellum, a threshold that adapts until the neuron fires as often as it should, and escape noise (GIF).
The neuron of the inferior olive is a leaky integrator whose spikes are drawn, so its curve has a closed form.
"""

import matplotlib.pyplot as plt
import numpy as np
from brian2 import Hz, ms, mV, nA, nS, pA, pF

from brianhw import plot
from brianhw.equations import gif, granule_cell, inferior_olive, lif_adaptive_threshold, purkinje
from brianhw.parameters import granule_cell as granule
from brianhw.parameters import inferior_olive as olive
from brianhw.parameters import lif
from brianhw.parameters import purkinje as purkinje_cell

keeps = dict(lif.NEST_DEFAULTS, tau_th=200 * ms, rate_target=20 * Hz)
escapes = dict(C_m=100 * pF, g_L=5 * nS, E_L=-70 * mV, V_t_star=-50 * mV, Delta_V=1 * mV, lambda_0=1 * Hz)
models = {  # model, values, largest current, time step
    "granule cell": (granule_cell().integrated("bdf"), granule.DANGELO, 20 * pA, 0.05 * ms),
    "Purkinje cell": (purkinje(), purkinje_cell.EDLUT, 1.5 * nA, 0.02 * ms),
    "inferior olive": (inferior_olive(), olive.EDLUT, 20 * pA, 0.02 * ms),
    "threshold that adapts": (lif_adaptive_threshold(), keeps, 1 * nA, 0.1 * ms),
    "escape noise": (gif(0, 0), dict(escapes, V_reset=-70 * mV, t_ref=4 * ms), 0.3 * nA, 0.1 * ms),
}
figure, panels = plt.subplots(2, 3, figsize=(10, 5), layout="constrained")
for panel, (name, (model, values, largest, dt)) in zip(panels.flat, models.items(), strict=False):
    settle = 0 * ms if name == "granule cell" else 100 * ms  # it fires a burst, and stays depolarised after it
    plot.f_i(model, values, np.linspace(0, 1, 21) * largest, duration=500 * ms, settle=settle, dt=dt, axes=panel)
    panel.set_title(name)

cell = {key: float(value) for key, value in olive.EDLUT.items()}  # SI units
current, measured = panels[0, 2].lines[0].get_data()
drive = current * 1e-12 / (cell["g_L"] * cell["area"]) / (cell["V_th"] - cell["E_L"])  # of that which just suffices
fires = drive > 1.01
interval = cell["t_ref"] + cell["C_m"] / cell["g_L"] * np.log(drive[fires] / (drive[fires] - 1))
assert np.all(np.abs(1 / measured[fires] - interval) < 0.03e-3)  # a step and a half
panels[0, 2].plot(current[fires], 1 / interval, "k:", label="closed form")
panels[0, 2].legend()
panels[1, 2].set_axis_off()
