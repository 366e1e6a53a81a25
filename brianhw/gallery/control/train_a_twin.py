"""
A silicon neuron that is trained
================================

Can a circuit learn by gradients? A twin is a PyTorch module made of the circuit's equations. Its weights are trained
until the output fires as often as wanted for each of two patterns; needs ``pip install 'brianhw[torch]'``.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from brian2 import SpikeGeneratorGroup, defaultclock, ms, second

from brianhw import DynapSE1
from brianhw.torch import twin

torch.manual_seed(1)
torch.set_num_threads(1)
defaultclock.dt = 0.5 * ms
chip = DynapSE1(seed=7)
source = SpikeGeneratorGroup(20, [], [] * second)
cells = chip.population(1, core=1, name="cells")
for kind in ("AMPA", "GABA_B"):
    chip.connect(source, cells, kind, name=kind)
weights = {"AMPA.weight": (0, 8), "GABA_B.weight": (0, 8)}
network = twin([*chip.objects, source], train=weights, stopgrad=["Isoma_sum", "Isoma_pfb"])
pattern = (torch.rand(200, 2, 20) < 0.03).double()  # steps, patterns, channels
