"""
A synapse circuit of the chip
=============================

How does a DPI synapse of DYNAP-SE answer a spike? Above the dark current it is an exponential, whose time constant
a leak current sets: tau = C U_T / (kappa I_tau). From there on the dark current holds it.
"""

from brian2 import *

from brianhw import DynapSE1, plot

set_device("brianhw")
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
spike = SpikeGeneratorGroup(1, [0], [5] * ms)
chip = DynapSE1()
leaks = [5, 10, 20] * pA
recorded, objects = [], [spike]
for core, leak in enumerate(leaks):
    chip.core(core).bias(Iampa_tau=leak)  # a bias belongs to its core: three leaks, three cores
    cell = chip.population(1, core=core, name=f"cell_{core}")
    recorded.append(StateMonitor(cell, "Iampa", record=True))
    objects += [cell, chip.connect(spike, cell, "AMPA"), recorded[-1]]
Network(objects).run(80 * ms)

for core, (leak, trace) in enumerate(zip(leaks, recorded, strict=True)):
    bias = chip.core(core).biases
    tau = bias["Campa"] * bias["Ut"] / ((bias["kn"] + bias["kp"]) / 2 * leak)
    time, current = trace.t - 5.1 * ms, trace.Iampa[0]
    label = f"leak {leak / pA:.0f} pA, tau {tau / ms:.1f} ms"
    plot.traces(trace, {"Iampa": "AMPA current"}, labels=label, log=True, unit=pA, axes=axes)
    expected = current[time >= 0][0] * exp(-time / tau)
    plot.traces((trace.t, expected), style="k:", axes=axes)
    above = (time >= 0) & (expected > bias["I0"])
    assert allclose(current[above] / expected[above], 1, rtol=1e-9)  # solved exactly: only rounding
    assert current[-1] >= bias["I0"]  # which holds it
axes.set_ylim(0.5, None)
show()
