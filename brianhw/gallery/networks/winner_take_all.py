"""
The stronger input wins
=======================

Which of two inputs is stronger? Two groups on a chip excite themselves and compete through a third, which inhibits
both: a small difference of the inputs becomes a large one of the outputs (contrast: difference over sum). Weights are
biases, set between runs.
"""

from brian2 import *

from brianhw import DynapSE1

set_device("brianhw")
defaultclock.dt = 0.2 * ms
chip = DynapSE1(seed=2)
left, right, shared = (chip.population(16, core=core) for core in range(3))
inputs = [PoissonGroup(32, 0 * Hz) for _ in range(2)]
for group, source in zip((left, right), inputs, strict=True):
    chip.connect(source, group, "AMPA", p=0.5)
    chip.connect(group, group, "NMDA", condition="i != j", p=0.5)
    chip.connect(group, shared, "AMPA", p=0.5)
    chip.connect(shared, group, "GABA_B", p=0.5)
spikes = [SpikeMonitor(group, record=False) for group in (left, right)]
network = Network(chip.objects, inputs, spikes)
contrasts, found = arange(-4, 5) / 10, {}
for label, nmda, gaba in (("apart", 0, 0), ("in competition", 4, 50)):  # pA a word
    for core in map(chip.core, range(3)):
        core.bias(Isoma_ahp_w=0 * pA, soma_refP=2 * ms, Iampa_w0=25 * pA, Inmda_w0=nmda * pA, Igaba_b_w0=gaba * pA)
    found[label] = []
    for contrast in contrasts:
        inputs[0].rates, inputs[1].rates = 100 * (1 + contrast) * Hz, 100 * (1 - contrast) * Hz
        before = array([each.num_spikes for each in spikes])
        network.run(1 * second)
        one, other = array([each.num_spikes for each in spikes]) - before
        found[label].append((one - other) / (one + other))
    plot(contrasts, found[label], "o-", label=label)
gca().set(xlabel="contrast of the inputs", ylabel="contrast of the outputs")
legend()
assert min(abs(array(found["in competition"])[abs(contrasts) > 0.15])) > 0.7 > max(found["apart"])
show()
