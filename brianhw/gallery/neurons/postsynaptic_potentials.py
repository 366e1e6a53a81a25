"""
Postsynaptic potentials
=======================

What does one spike do to the membrane? It makes the potential jump, or brings a charge at once, by a current that
decays, or by one that rises first: here always 250 fC. Each potential has a closed form.
"""

from brian2 import *

from brianhw import plot
from brianhw.equations import alpha_charge, delta_charge, delta_synapse, exponential_current, static_synapse
from brianhw.equations.linear_membrane import linear_lif
from brianhw.parameters import lif

set_device("brianhw")
tau_m, tau, C = lif.NEST_DEFAULTS["C_m"] / lif.NEST_DEFAULTS["g_L"], 5 * ms, lif.NEST_DEFAULTS["C_m"]
delta, decays, rises = delta_charge("delta"), exponential_current("decays"), alpha_charge("rises")
model = linear_lif(delta, decays, rises)  # solved exactly, whatever the time step
cells = NeuronGroup(4, **model)
model.set(cells, lif.NEST_DEFAULTS, tau_decays=tau, tau_rises=tau)
spike = SpikeGeneratorGroup(1, [0], [10] * ms)
ways = [delta_synapse(), static_synapse(delta), static_synapse(decays), static_synapse(rises)]
synapses, weights = [Synapses(spike, cells, **each) for each in ways], [1 * mV, 250 * pA, 50 * pA, 250 * pA]
for k, each in enumerate(synapses):
    each.connect(i=0, j=k)
    each.weight = weights[k]
trace = StateMonitor(cells, "v", record=True)
Network(cells, spike, synapses, trace).run(80 * ms)
t = clip(trace.t - 10.1 * ms, 0 * ms, inf * ms)  # it arrives at the end of its step
fast, slow, rate = exp(-t / tau), exp(-t / tau_m), 1 / tau - 1 / tau_m
closed = [slow, slow, (slow - fast) / (tau * rate), (slow - fast * (1 + rate * t)) / (tau * rate) ** 2]
axes = figure(figsize=(7, 4), layout="constrained").subplots()
for k, name in enumerate(["jump", "charge within a step", "current that decays", "current that rises"]):
    above, late = trace.v[k] - trace.v[k][0], trace.t > 10.35 * ms
    plot.traces((trace.t, above), "above rest", labels=name, style="--" if k == 1 else "-", unit=mV, axes=axes)
    assert allclose((above / mV)[late], asarray(closed[k])[late], atol=0.006), name  # half a step of 10 ms
show()
