"""What is known beforehand about the network: ``pytest``."""

from NAME import mean_rate, simulate


def test_inhibition_slows_the_cells_down():
    with_it, without_it = (mean_rate(simulate(inhibition=weight)["excitatory"]) for weight in (0.05, 0.0))
    assert 0 < with_it < without_it


def test_the_same_seed_gives_the_same_network():
    first, again = simulate(seed=3), simulate(seed=3)
    assert mean_rate(first["excitatory"]) == mean_rate(again["excitatory"])
