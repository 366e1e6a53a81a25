"""Excitatory and inhibitory cells in balance, in PyNN.

``python NAME.py`` draws their spikes, ``pytest`` checks them, NAME.ipynb is for trying things out. Another simulator or
chip is another first import: ``import brianhw.spinnaker as sim``, ``import pyNN.nest as sim``.
"""

import brianhw.pynn as sim
from brianhw import plot


def simulate(inhibition=0.05, duration=300.0, seed=1):
    """Return the spikes of both populations, lists of Neo's spike trains; *inhibition* is a weight in uS."""
    sim.setup(timestep=0.1, rng_seed=seed)
    cell = sim.IF_cond_exp(tau_refrac=3.0, v_reset=-60.0, v_rest=-60.0, e_rev_I=-80.0, tau_syn_I=10.0)
    exc, inh = sim.Population(80, cell, label="excitatory"), sim.Population(20, cell, label="inhibitory")
    cells, random = exc + inh, sim.FixedProbabilityConnector(0.1)
    cells.initialize(v=sim.RandomDistribution("uniform", (-60.0, -50.0)))
    drive = sim.Population(100, sim.SpikeSourcePoisson(rate=300.0), label="drive")
    sim.Projection(drive, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.02, delay=0.5))
    sim.Projection(exc, cells, random, sim.StaticSynapse(weight=0.004, delay=1.0), receptor_type="excitatory")
    sim.Projection(inh, cells, random, sim.StaticSynapse(weight=inhibition, delay=1.0), receptor_type="inhibitory")
    cells.record("spikes")
    sim.run(duration)
    return {each.label: each.get_data().segments[0].spiketrains for each in (exc, inh)}


def mean_rate(trains, duration=300.0):
    """Return the mean rate of a cell in hertz."""
    return sum(map(len, trains)) / len(trains) / duration * 1000


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    spikes = simulate()
    print({name: f"{mean_rate(trains):.1f} spikes per second and cell" for name, trains in spikes.items()})
    plot.raster(spikes, rates=True)
    plt.show()
