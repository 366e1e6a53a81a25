"""
A silicon neuron: rate over input
=================================

Where does a neuron of DYNAP-SE begin to fire, and how fast can it? Positive feedback bends the balance of input and
leak, whose maximum is the rheobase; the refractory period limits the rate.
"""

from brian2 import *

from brianhw import DynapSE1

set_device("brianhw")
chip = DynapSE1()
inputs = linspace(20, 1500, 75) * pA
axes = figure(figsize=(7, 4), layout="constrained").subplots()
monitors, periods = [], [2, 5, 10] * ms
for core, period in enumerate(periods):
    chip.core(core).bias(Isoma_ahp_w=0 * pA, soma_refP=period)  # no adaptation
    cells = chip.population(75, core=core, name=f"cells_{core}")
    cells.Isoma_const = inputs
    monitors.append(SpikeMonitor(cells))
Network(chip.objects, monitors).run(500 * ms)

bias = chip.core(0).biases
membrane = linspace(0, 1, 2000) * nA
feedback = bias["Isoma_pfb_gain"] / (1 + exp(-(membrane - bias["Isoma_pfb_th"]) / bias["Isoma_pfb_norm"]))
leak = bias["Isoma_dpi_tau"] + 2 * bias["I0"] - feedback  # GABA_A and adaptation rest at the dark current
rheobase = max(leak * (1 + membrane / (bias["alpha_soma"] * bias["Isoma_dpi_tau"]))) - bias["I0"]
for period, monitor in zip(periods, monitors, strict=True):
    axes.plot(inputs / pA, monitor.count / (500 * ms) / Hz, ".-", label=f"refractory for {period / ms:.0f} ms")
    assert all((monitor.count > 0) == (inputs > rheobase))
    assert all(monitor.count <= 1 + 500 * ms / period)
axes.axvline(rheobase / pA, color="k", linestyle=":", label=f"rheobase, computed: {rheobase / pA:.0f} pA")
axes.set(xlabel="constant input (pA)", ylabel="rate (Hz)")
axes.legend()
show()
