"""What is known beforehand about the cells: ``pytest``."""

from brian2 import Hz, nA
from NAME import mean_rate, simulate


def test_without_input_no_cell_spikes():
    assert simulate(rate=0 * Hz).num_spikes == 0


def test_stronger_synapses_make_cells_fire_more():
    assert mean_rate(simulate(strength=0.2 * nA)) > mean_rate(simulate(strength=0.15 * nA)) > 0


def test_the_same_seed_gives_the_same_spikes():
    assert list(simulate(seed=3).t) == list(simulate(seed=3).t)
