"""A sudoku of 4 by 4: neurons for each digit of each cell, which inhibit what may not be at once."""

import numpy as np
import pyNN.spiNNaker as p
from pyNN.random import NumpyRNG, RandomDistribution

size, per_digit, run_time = 4, 4, 600
puzzle = [[1, 0, 0, 4], [0, 4, 1, 0], [2, 0, 0, 3], [0, 3, 2, 0]]
solution = np.array([[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]])  # the only one

p.setup(timestep=1.0)
n_cell = size * per_digit
n_total = size * size * n_cell
cells = p.Population(
    n_total, p.IF_curr_exp(tau_refrac=2.0, tau_syn_E=2.0, tau_syn_I=10.0, v_reset=-70.0), label="Cells"
)
rates = np.full(n_total, 60.0)
for row, column in np.ndindex(size, size):
    if puzzle[row][column]:
        begin = (row * size + column) * n_cell
        rates[begin : begin + n_cell] = 0.0
        first = begin + (puzzle[row][column] - 1) * per_digit
        rates[first : first + per_digit] = 400.0
noise = p.Population(n_total, p.SpikeSourcePoisson(rate=rates.tolist()), label="Noise")
p.Projection(noise, cells, p.OneToOneConnector(), p.StaticSynapse(weight=3.5))


def excludes(one, other):
    """Say whether two digits of cells cannot both be."""
    (r, c, d), (r2, c2, d2) = one, other
    if (r, c) == (r2, c2):
        return d != d2
    return d == d2 and (r == r2 or c == c2 or (r // 2, c // 2) == (r2 // 2, c2 // 2))


digits = list(np.ndindex(size, size, size))
random = np.random.RandomState(3)
pairs = []
for i, one in enumerate(digits):
    for j, other in enumerate(digits):
        if excludes(one, other):
            pairs += [(i * per_digit + a, j * per_digit + b) for a in range(per_digit) for b in range(per_digit)]
inhibition = np.array([(pre, post, 0.6, random.uniform(1.0, 2.0)) for pre, post in pairs])
p.Projection(cells, cells, p.FromListConnector(inhibition), receptor_type="inhibitory")
cells.initialize(v=RandomDistribution("uniform", [-65.0, -55.0], rng=NumpyRNG(seed=2)))
cells.record("spikes")
p.run(run_time)
trains = cells.get_data("spikes").segments[0].spiketrains
p.end()

counts = np.array([np.sum(train.magnitude > run_time / 3) for train in trains])
counts = counts.reshape(size, size, size, per_digit).sum(axis=3)
assert (counts.argmax(axis=2) + 1 == solution).all(), counts.argmax(axis=2) + 1
# and clearly: what may not be is nearly silent
share = counts.max(axis=2) / counts.sum(axis=2)
assert share.min() > 0.7, share
