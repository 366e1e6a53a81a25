"""
A controller in the loop
========================

Can something outside the network hold it at a rate? Every 50 ms a controller reads the spikes of silicon neurons and
sets a bias of their core. The network is compiled once; a step of the loop costs some tens of microseconds beside it.
"""

from brian2 import *

from brianhw import DynapSE1, plot
from brianhw.device import step

set_device("brianhw")
seed(1)
chip = DynapSE1(seed=1)
source = PoissonGroup(32, 50 * Hz)
neurons = chip.population(16, core=0)
chip.connect(source, neurons, "AMPA", p=0.3)
spikes = SpikeMonitor(neurons, record=False)
network = Network(chip.objects, source, spikes)
network.run(0 * ms)
target = repeat([20, 60, 40], 60)  # Hz, for three seconds each
weight, rates, weights = 100.0, [], []
for wanted in target:
    before = spikes.num_spikes
    step(network, 500)  # steps of 0.1 ms
    rates.append((spikes.num_spikes - before) / 16 / 0.05)
    weight = float(clip(weight * (1 + 0.004 * (wanted - rates[-1])), 10, 2000))
    chip.core(0).bias(Iampa_w0=weight * pA)
    weights.append(weight)

time, panels = arange(180) * 50 * ms, figure(figsize=(8, 5), layout="constrained").subplots(2, 1, sharex=True)
plot.traces((time, rates * Hz), "rate", labels="neurons", time_unit=second, axes=panels[0])
plot.traces((time, target * Hz), labels="wanted", style="k--", time_unit=second, axes=panels[0])
plot.traces((time, weights * pA), "weight current", time_unit=second, axes=panels[1])
settled = reshape(rates, (3, 60))[:, 20:].mean(axis=1)
assert allclose(settled, [20, 60, 40], rtol=0.1)  # 16 neurons for 2 s
show()
