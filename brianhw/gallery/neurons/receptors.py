"""
What a synapse makes of a spike
===============================

How do the receptors of the library answer one spike? Each is solved exactly, and its conductance peaks at the weight:
at once (exponential), after the time constant (alpha), or where rise and decay balance (beta, NMDA).
"""

from brian2 import *

from brianhw import equations as library
from brianhw.parameters import lif, receptors

set_device("brianhw")
alpha, beta = library.alpha_conductance("alpha"), library.beta_conductance("beta")
exponential, nmda = library.exponential_conductance("exponential"), library.nmda_conductance("nmda")
model = library.LIF + exponential + alpha + beta + nmda
cell = NeuronGroup(1, **model)
values = dict(tau_exponential=10 * ms, tau_alpha=10 * ms, tau_rise_beta=2 * ms, tau_decay_beta=20 * ms)
values |= dict.fromkeys(["E_exponential", "E_alpha", "E_beta"], 0 * mV)
model.set(cell, lif.NEST_DEFAULTS, receptors.NMDA.suffixed("nmda"), **values)
spike = SpikeGeneratorGroup(1, [0], [10] * ms)
synapses = [Synapses(spike, cell, **library.static_synapse(receptor)) for receptor in (exponential, alpha, beta, nmda)]
for each in synapses:
    each.connect()
    each.weight = 1 * nS
names = ["g_exponential", "g_alpha", "g_beta", "g_nmda"]
trace = StateMonitor(cell, names, record=True)
Network(cell, spike, synapses, trace).run(100 * ms)
axes = figure(figsize=(7, 4), layout="constrained").subplots()
for name, peak in zip(names, [0, 10, log(10) * 2 * 20 / 18, log(50) * 2 * 100 / 98] * ms, strict=True):
    g = getattr(trace, name)[0]
    axes.plot(trace.t / ms, g / nS, label=name.removeprefix("g_"))
    assert abs(trace.t[argmax(g)] - 10.1 * ms - peak) < 0.1001 * ms  # it arrives at the end of its step
    assert allclose(max(g / nS), 1, atol=1e-3)  # the peak may lie between two steps
axes.set(xlabel="time (ms)", ylabel="conductance (nS)")
axes.legend()
