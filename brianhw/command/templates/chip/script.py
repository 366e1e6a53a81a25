"""Silicon neurons that excite and inhibit each other, on a DYNAP-SE1 chip.

``python NAME.py`` draws their spikes and where they lie, ``pytest`` checks them, NAME.ipynb is for trying things out.
"""

import brian2 as b2
from brian2 import Hz, ms, pA, second

from brianhw import DynapSE1, plot

b2.set_device("brianhw")  # compiled once; leave it out to run as Brian2 does


def simulate(weight_current=100 * pA, duration=500 * ms, seed=1):
    """Return the chip and the spikes of its populations; *weight_current* is what inhibition adds for a word."""
    b2.start_scope()
    b2.seed(seed)
    chip = DynapSE1(seed=seed)
    source = b2.PoissonGroup(32, 80 * Hz)
    exc = chip.population(64, core=1, name="exc")
    inh = chip.population(16, core=2, name="inh")
    chip.core(1).bias(Igaba_b_w0=weight_current, Isoma_ahp_w=0 * pA)  # a bias belongs to its core
    chip.connect(source, exc, "AMPA", p=0.25, weight=2)  # weight 2 is two of a neuron's 64 words
    chip.connect(exc, inh, "AMPA", p=0.1)
    chip.connect(inh, exc, "GABA_B", p=0.5)
    spikes = {group.name: b2.SpikeMonitor(group) for group in (exc, inh)}
    b2.Network(chip.objects, source, spikes).run(duration)
    return chip, spikes


def mean_rate(spikes, duration=500 * ms):
    """Return the mean rate of a neuron in hertz."""
    return spikes.num_spikes / len(spikes.source) / float(duration / second)


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    chip, found = simulate()
    print(chip.summary())
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    plot.raster(found, left)
    plot.occupancy(chip, right)
    plt.show()
