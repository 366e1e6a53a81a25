"""
Adaptation on the chip
======================

How does spike-frequency adaptation slow a silicon neuron down? Each spike adds a step to a current that joins the
leak and decays slowly. Its size is set by one bias, its time constant by another: three cores, three settings.
"""

from brian2 import *

from brianhw import DynapSE1, plot

set_device("brianhw")
chip = DynapSE1()
settings = {"none": (0, 0.5), "weak": (0.2, 0.5), "strong": (0.6, 0.5)}  # pA: step, leak
spikes, traces = {}, {}
for core, (name, (step, leak)) in enumerate(settings.items()):
    chip.core(core).bias(Isoma_ahp_w=step * pA, Isoma_ahp_tau=leak * pA)
    cell = chip.population(1, core=core, name=name)
    cell.Isoma_const = 700 * pA
    spikes[name], traces[name] = SpikeMonitor(cell), StateMonitor(cell, "Isoma_ahp", record=True)
Network(chip.objects, *spikes.values(), *traces.values()).run(600 * ms)

panels = figure(figsize=(7, 4.5), layout="constrained").subplots(2, 1, sharex=True)
for name in settings:
    intervals = diff(spikes[name].t) / ms
    panels[0].plot(spikes[name].t[1:] / ms, 1000 / intervals, ".-")
panels[0].set(ylabel="instantaneous rate (Hz)")
plot.traces(traces, {"Isoma_ahp": "adaptation"}, axes=panels[1])
current, bias = traces["strong"].Isoma_ahp[0], chip.core(2).biases
tau = bias["Csoma_ahp"] * bias["Ut"] / ((bias["kn"] + bias["kp"]) / 2 * bias["Isoma_ahp_tau"])
assert isclose(current[-1] / current[-20], exp(-1.9 * ms / tau), rtol=1e-9)  # solved exactly: only rounding
assert isclose(max(diff(current)) / pA, 0.6 * 4, rtol=0.01)  # the step times the gain, and 0.1 ms of decay
assert spikes["none"].num_spikes > spikes["weak"].num_spikes > spikes["strong"].num_spikes
show()
