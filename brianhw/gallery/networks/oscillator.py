"""
Two groups that take turns
==========================

Can silicon neurons make a slow rhythm? Each of two groups inhibits the other, and tires: adaptation ends its turn.
The weight of adaptation, one bias, sets how long a turn takes; nothing is compiled between the two runs.
"""

from brian2 import *

from brianhw import DynapSE1, plot

set_device("brianhw")
seed(1)
chip = DynapSE1(seed=1)
left, right = (chip.population(24, core=0, name=name) for name in ("left", "right"))
drive = PoissonGroup(32, 100 * Hz)
for group, other in ((left, right), (right, left)):
    chip.connect(drive, group, "AMPA", p=0.5)
    chip.connect(group, other, "GABA_B", p=0.5)
chip.core(0).bias(Igaba_b_w0=30 * pA, Isoma_ahp_tau=0.5 * pA, soma_refP=2 * ms)
spikes = {group.name: SpikeMonitor(group) for group in (left, right)}
network = Network(chip.objects, drive, spikes)
panels, turns = figure(figsize=(8, 5), layout="constrained").subplots(2, 1), []
for panel, weight in zip(panels, (0.2, 0.5), strict=True):
    chip.core(0).bias(Isoma_ahp_w=weight * pA)
    begin = network.t
    network.run(3 * second)
    plot.rate(spikes, axes=panel, bin=20 * ms)
    panel.set(title=f"adaptation {weight} pA a spike", xlim=(begin / ms, network.t / ms))
    bins = arange(begin / ms, network.t / ms + 1, 20)
    rates = array([histogram(monitor.t / ms, bins)[0] for monitor in spikes.values()])
    assert corrcoef(rates)[0, 1] < -0.6  # one fires while the other is silent
    ahead = convolve(rates[0] - rates[1], ones(5), "valid") > 0
    turns.append(sum(ahead[1:] != ahead[:-1]))
assert turns[1] > 2 * turns[0] > 4  # the more a spike tires, the shorter a turn
show()
