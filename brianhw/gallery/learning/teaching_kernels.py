"""
Synapses that a teacher changes
===============================

Which synapses does a climbing fibre change? In the rules of the cerebellum a spike of the teacher weakens the
synapses that were active some time before; the kernel says how long before. 60 fibres spike 0 to 300 ms before it.
"""

from brian2 import *

from brianhw.equations import LIF, exponential_conductance
from brianhw.equations.teaching import TAUGHT, TRIGGER, taught, teaching_synapse
from brianhw.equations.teaching_rules import cosine_kernel, exponential_kernel, sine_kernel
from brianhw.parameters import learning_rules, lif

set_device("brianhw")
receptor = exponential_conductance("exc")
model = LIF + receptor + TAUGHT
cells = NeuronGroup(3, **model, events=dict(TRIGGER))
model.set(cells, lif.NEST_DEFAULTS, tau_exc=5 * ms, E_exc=0 * mV)
forget = taught(cells)  # the event's place in a step
before = arange(60) * 5 * ms
fibres = SpikeGeneratorGroup(60, arange(60), 350 * ms - before)
teacher = SpikeGeneratorGroup(1, [0], [350] * ms)
teaching = Synapses(teacher, cells, **teaching_synapse())
teaching.connect()
rules = {"exponential": exponential_kernel(receptor), "cosine": cosine_kernel(receptor), "sine": sine_kernel(receptor)}
pathways = [Synapses(fibres, cells, **rule) for rule in rules.values()]
for cell, (name, pathway) in enumerate(zip(rules, pathways, strict=True)):
    pathway.connect(j=str(cell))
    rules[name].set(pathway, getattr(learning_rules, name.upper()), weight=0.1 * nS, w_max=1 * nS)
Network(cells, forget, fibres, teacher, teaching, pathways).run(400 * ms)
axes = figure(figsize=(7, 4), layout="constrained").subplots()
for name, pathway in zip(rules, pathways, strict=True):
    axes.plot(before / ms, (pathway.weight - 0.1 * nS) / (0.001 * nS), ".-", label=name)
axes.set(xlabel="from the spike to the teacher's (ms)", ylabel="change of the weight (pS)")
axes.legend()
expected = 1 - 10 * before / (100 * ms) * exp(1 - before / (100 * ms))  # pS: a spike adds 1, the teacher takes 10
assert allclose((pathways[0].weight - 0.1 * nS) / (0.001 * nS), expected, atol=1e-9)
show()
