"""
What a synapse makes of a spike
===============================

How do the receptors of the library answer one spike? Each is solved exactly, and peaks at the weight: at once
(exponential), after the time constant (alpha), or where rise and decay balance (beta, NMDA). Currents do, too.
"""

from brian2 import *

from brianhw import equations as library
from brianhw.parameters import lif, receptors

set_device("brianhw")
alpha, beta = library.alpha_conductance("alpha"), library.beta_conductance("beta")
exponential, nmda = library.exponential_conductance("exponential"), library.nmda_conductance("nmda")
current = library.alpha_current("slow")
model = library.LIF + exponential + alpha + beta + nmda + current
cell = NeuronGroup(1, **model)
values = dict(tau_exponential=10 * ms, tau_alpha=10 * ms, tau_rise_beta=2 * ms, tau_decay_beta=20 * ms)
values |= dict.fromkeys(["E_exponential", "E_alpha", "E_beta"], 0 * mV) | dict(tau_slow=30 * ms)
model.set(cell, lif.NEST_DEFAULTS, receptors.NMDA.suffixed("nmda"), **values)
spike = SpikeGeneratorGroup(1, [0], [10] * ms)
all_receptors, names = (exponential, alpha, beta, nmda, current), "g_exponential g_alpha g_beta g_nmda I_slow".split()
synapses = [Synapses(spike, cell, **library.static_synapse(receptor)) for receptor in all_receptors]
for each, asked in zip(synapses, [1 * nS] * 4 + [1 * nA], strict=True):
    each.connect()
    each.weight = asked
trace = StateMonitor(cell, names, record=True)
Network(cell, spike, synapses, trace).run(100 * ms)
axes = figure(figsize=(7, 4), layout="constrained").subplots()
for name, peak in zip(names, [0, 10, log(10) * 2 * 20 / 18, log(50) * 2 * 100 / 98, 30] * ms, strict=True):
    g = asarray(getattr(trace, name)[0]) * 1e9
    axes.plot(trace.t / ms, g, label=name.removeprefix("g_"))
    assert abs(trace.t[argmax(g)] - 10.1 * ms - peak) < 0.1001 * ms  # it arrives at the end of its step
    assert allclose(max(g), 1, atol=1e-3)  # the peak may lie between two steps
axes.set(xlabel="time (ms)", ylabel="conductance (nS), of slow: current (nA)")
axes.legend()
show()
