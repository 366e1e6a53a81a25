"""
Inhibition that divides, and inhibition that subtracts
======================================================

What is the difference between GABA_A and GABA_B on DYNAP-SE? One joins the leak and makes the response flatter, the
other is taken from the input and shifts it. Forty neurons with forty inputs get the same steady inhibition.
"""

from brian2 import *

from brianhw import DynapSE1

set_device("brianhw")
inputs = linspace(0, 200, 40) * pA
kinds = {"none": None, "GABA_A, shunting": "GABA_A", "GABA_B, subtractive": "GABA_B"}
chip = DynapSE1()
train = SpikeGeneratorGroup(1, zeros(149, int), arange(1, 150) * ms)  # a spike in each millisecond
populations = {}
for core, (name, kind) in enumerate(kinds.items()):
    weak = dict(Igaba_a_w0=0.1 * pA, Igaba_b_w0=1 * pA)
    chip.core(core).bias(Isoma_pfb_gain=0 * pA, **weak)  # no positive feedback: no spikes
    populations[name] = chip.population(40, core=core, name=f"on_core_{core}")
    populations[name].Isoma_const = inputs
    if kind:
        chip.connect(train, populations[name], kind)
Network(chip.objects, train).run(150 * ms)

axes = figure(figsize=(7, 4), layout="constrained").subplots()
curves = {name: cells.Isoma_mem / pA for name, cells in populations.items()}
for name, curve in curves.items():
    axes.plot(inputs / pA, curve, ".-", label=name)
axes.set(xlabel="constant input (pA)", ylabel="membrane current (pA)")
axes.legend()
slopes = {name: mean(diff(curve[-5:])) for name, curve in curves.items()}
assert isclose(slopes["GABA_B, subtractive"], slopes["none"], rtol=0.01)
shunt = 0.1 * 4 * 14.18  # pA: weight current, gain, mean of an exponential at a spike per millisecond
assert isclose(slopes["GABA_A, shunting"], slopes["none"] * 7 / (6 + shunt), rtol=0.02)
assert all(min(curve) > 1 - 1e-9 for curve in curves.values())  # pA: the dark current
show()
