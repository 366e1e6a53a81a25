"""
A synfire chain on a chip
=========================

Does a volley of spikes travel along a chain of silicon neurons? Each of twelve groups excites the next one. A volley of
the whole first group arrives at the end; half of one dies at once.
"""

from brian2 import *

from brianhw import DynapSE1, plot

set_device("brianhw")
chip = DynapSE1(seed=3)
groups, size = 12, 16
chip.core(0).bias(Isoma_ahp_w=0 * pA, Iampa_w0=60 * pA, soma_refP=20 * ms)
chain = chip.population(groups * size, core=0, name="chain")
whole, half = 10 * ms, 150 * ms
start = SpikeGeneratorGroup(size, [*range(size), *range(size // 2)], [whole] * size + [half] * (size // 2))
chip.connect(start, chain, "AMPA", condition="i == j", weight=16)
chip.connect(chain, chain, "AMPA", condition="j // 16 == i // 16 + 1", p=0.8)
spikes = SpikeMonitor(chain)
Network(chip.objects, start, spikes).run(200 * ms)

axes = plot.raster(spikes)
axes.set(title="a whole volley at 10 ms, half of one at 150 ms")
first = spikes.t < half
times = [spikes.t[first & (spikes.i // size == group)] / ms for group in range(groups)]
assert [len(each) for each in times] == [size] * groups  # all neurons of all groups, each once
assert all(diff([mean(each) for each in times]) > 1)  # ms: one after the other
assert max(std(each) for each in times) < 1  # ms: and still together
assert max(spikes.i[~first]) < 2 * size
show()
