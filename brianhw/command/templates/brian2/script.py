"""Cells that random spikes drive, in Brian2.

``python NAME.py`` draws their spikes, ``pytest`` checks them, NAME.ipynb is for trying things out.
"""

import brian2 as b2
from brian2 import Hz, ms, nA, second

import brianhw  # noqa: F401  (brings the device)
from brianhw import plot
from brianhw.equations import LIF, exponential_current, static_synapse
from brianhw.parameters import lif

b2.set_device("brianhw")  # compiled once; leave it out to run as Brian2 does


def simulate(rate=100 * Hz, strength=0.15 * nA, cells=50, duration=500 * ms, seed=1):
    """Return the spikes of the cells, each driven by twenty random trains of this rate."""
    b2.start_scope()
    b2.seed(seed)
    receptor = exponential_current("exc")
    model = LIF + receptor
    group = b2.NeuronGroup(cells, **model, name="cells")
    model.set(group, lif.NEST_DEFAULTS, tau_exc=5 * ms)
    source = b2.PoissonGroup(20 * cells, rate)
    drive = b2.Synapses(source, group, **static_synapse(receptor))
    drive.connect(j="i // 20")
    drive.weight = strength
    spikes = b2.SpikeMonitor(group)
    b2.Network(group, source, drive, spikes).run(duration)
    return spikes


def mean_rate(spikes, duration=500 * ms):
    """Return the mean rate of a cell in hertz."""
    return spikes.num_spikes / len(spikes.source) / float(duration / second)


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    found = simulate()
    print(f"{mean_rate(found):.1f} spikes per second and cell")
    plot.raster(found, rates=True)
    plt.show()
