from brian2 import *
from brianhw import DynapSE1, plot

set_device("brianhw")
chip = DynapSE1(seed=7)  # four cores of 256 silicon neurons, 64 input words each
source = PoissonGroup(32, 80 * Hz)
exc, inh = chip.population(64, core=1, name="exc"), chip.population(16, core=1, name="inh")
chip.connect(source, exc, "AMPA", p=0.25, weight=2)
chip.connect(exc, inh, "AMPA", p=0.1), chip.connect(inh, exc, "GABA_B", weight=2)
spikes = [SpikeMonitor(group, name=f"{group.name}_spikes") for group in (exc, inh)]
Network(chip.objects, source, spikes).run(500 * ms)
plot.raster(*spikes, rates=True)
