"""
What fits, and where it lies
============================

Where does a network lie on the chip, how full is it, and what if it does not fit? Each request is checked when it is
made; what is refused leaves no trace, and the message names what would fit.
"""

from brian2 import *

from brianhw import DynapSE1, plot
from brianhw.errors import CapacityError

set_device("brianhw")
chip = DynapSE1(seed=1)
inputs = PoissonGroup(48, 20 * Hz, name="inputs")
exc = chip.population(320, spread=True, name="excitatory")  # over two cores
inh = chip.population(64, core=3, name="inhibitory")
chip.connect(inputs, exc, "AMPA", p=0.4)
chip.connect(exc, inh, "AMPA", p=0.1)
chip.connect(inh, exc, "GABA_B", p=0.15, weight=2)
refused = []
for request in (lambda: chip.population(300, core=0), lambda: chip.connect(exc, exc, "NMDA", p=0.2)):
    before = chip.summary().to_dict()
    try:
        request()
    except CapacityError as error:
        refused.append(error)
        print(error, "\n")
    assert chip.summary().to_dict() == before

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
plot.occupancy(chip, left)
plot.fan_in(chip, right)
assert [error.limit for error in refused] == ["neurons", "cam_words"]
assert [core.neurons_used for core in chip.summary().report.cores] == [256, 64, 0, 64]
Network(chip.objects, inputs).run(10 * ms)  # what is left is a network like any other
show()
