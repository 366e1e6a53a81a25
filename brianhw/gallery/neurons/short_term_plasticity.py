"""
Synapses that depress or facilitate
===================================

How do synapses answer a burst? A depressing synapse gives less with each spike, a facilitating one first more. At a
steady rate it settles at a value that the equations of Tsodyks and Markram give in closed form.
"""

from brian2 import *

from brianhw import plot
from brianhw.equations import LIF, exponential_current, tsodyks_markram
from brianhw.parameters import lif, synapses

set_device("brianhw")
receptor = exponential_current("exc")
model = LIF + receptor
cells = NeuronGroup(2, **model)
model.set(cells, lif.NEST_DEFAULTS, tau_exc=3 * ms, V_th=0 * mV)  # never spikes
burst = SpikeGeneratorGroup(1, [0] * 20, 50 * ms + arange(20) * 50 * ms)  # 20 Hz
rule = tsodyks_markram(receptor)
pathways = []
for number, values in enumerate((synapses.DEPRESSING, synapses.FACILITATING)):
    pathways.append(Synapses(burst, cells, **rule))
    pathways[-1].connect(i=0, j=number)
    rule.set(pathways[-1], values, weight=1 * nA)
trace = StateMonitor(cells, ["I_exc", "v"], record=True)
Network(cells, burst, pathways, trace).run(1.1 * second)

figure, (top, bottom) = subplots(2, 1, sharex=True, figsize=(7, 4.5), layout="constrained")
names = ["depressing", "facilitating"]
plot.traces(trace, {"I_exc": "synaptic current"}, labels=names, axes=top)
plot.traces(trace, {"v": "potential"}, labels=names, axes=bottom)
arrivals = rint((50 * ms + arange(20) * 50 * ms) / defaultclock.dt).astype(int)
jumps = trace.I_exc[0][arrivals + 1] - trace.I_exc[0][arrivals] * exp(-0.1 / 3)
used, lost = 0.5, exp(-50 / 800)  # share that a spike uses; what is not recovered between two of them
assert allclose(jumps[-1] / nA, used * (1 - lost) / (1 - (1 - used) * lost), rtol=1e-5)  # settled to (used*lost)**20
show()
