"""
No two neurons are alike
========================

How much do the neurons of a board differ? Transistors vary by a fifth, so that neurons with the same bias codes and
the same input fire at other rates. A serial number is one certain board, the same in each script.
"""

from brian2 import *

from brianhw import Board

set_device("brianhw")
board = Board(serial=1)
cells = board.population(200, core="C0c1", name="cells")
core = board.core("C0c1")
core.bias(IF_AHW_P=(0, 0), Isoma_const=640 * pA)  # no adaptation; constant input, for all neurons alike
core.time_constant("membrane", 20 * ms)
core.refractory(5 * ms)
spikes = SpikeMonitor(cells, record=False)
network = Network(board.objects, spikes)


def rates(serial):  # of all neurons of a board, in hertz
    board.serial = serial
    before = array(spikes.count)
    network.run(1 * second)
    return spikes.count - before


first, second_board, again = rates(1), rates(2), rates(1)
left, right = figure(figsize=(8, 3.5), layout="constrained").subplots(1, 2)
left.hist([first, second_board], bins=20)
left.set(xlabel="rate (Hz)", ylabel="neurons", title="blue: board 1, orange: board 2")
right.plot(first, second_board, ".")
right.set(xlabel="rate on board 1 (Hz)", ylabel="the same neuron on board 2 (Hz)")
assert max(abs(first - again)) <= 1  # the same silicon again; a spike may fall into the next second
assert 0.1 < std(first) / mean(first) < 0.4  # some transistors' fifth counts less, several add up
assert abs(corrcoef(first, second_board)[0, 1]) < 0.25  # 3.5 standard errors of 200 pairs that have nothing in common
show()
