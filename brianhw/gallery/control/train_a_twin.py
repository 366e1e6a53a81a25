"""
Weights found by gradients
==========================

Can a circuit be trained? Its twin is a PyTorch module made of the same equations. Here it learns the words of eight
synapses of the chip from the current that they make together; needs ``pip install 'brianhw[torch]'``.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from brian2 import SpikeGeneratorGroup, defaultclock, ms, second

from brianhw import DynapSE1
from brianhw.torch import twin

defaultclock.dt = 0.5 * ms
chip = DynapSE1(seed=7)
source, cells = SpikeGeneratorGroup(8, [], [] * second), chip.population(1, core=1, name="cells")
words = chip.connect(source, cells, "AMPA", name="words")
network = twin([*chip.objects, source], train={"words.weight": (0, 8)})
spikes = (torch.rand(30, 4, 8, generator=torch.manual_seed(1)) < 0.1).double()  # steps, patterns, channels
current = lambda module: module.run(spikes, record=["cells.Iampa"])[2]["cells.Iampa"] * 1e9  # noqa: E731  (nA)
words.weight = asked = np.arange(8)
target = current(twin([*chip.objects, source])).detach()
optimiser, losses = torch.optim.LBFGS(network.parameters(), max_iter=25), []


def loss():
    optimiser.zero_grad()
    losses.append(((current(network) - target) ** 2).mean())
    losses[-1].backward()
    return losses[-1]


optimiser.step(loss)
plt.semilogy([each.item() for each in losses], ".-")
plt.gca().set(xlabel="run", ylabel="mean squared difference of the currents (nA$^2$)")
assert np.allclose(network.quantity("words.weight"), asked, atol=1e-3)  # the bowl has one lowest point
plt.show()
