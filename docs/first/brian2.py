from brian2 import *
from brianhw import plot
from brianhw.equations import ADEX
from brianhw.parameters import adex

set_device("brianhw")
cells = NeuronGroup(60, **ADEX, name="AdEx")
ADEX.set(cells, adex.REGULAR_SPIKING, I_ext=np.linspace(0.4, 1.2, 60) * nA)
spikes = SpikeMonitor(cells)
Network(cells, spikes).run(500 * ms)
plot.raster(spikes, rates=True)
