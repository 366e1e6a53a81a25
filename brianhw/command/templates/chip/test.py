"""What is known beforehand about the network: ``pytest``."""

import pytest
from brian2 import pA
from NAME import mean_rate, simulate

from brianhw.errors import CapacityError


def test_inhibition_slows_the_neurons_down():
    with_it, without_it = (simulate(current * pA)[1]["exc"] for current in (100, 0))
    assert 0 < mean_rate(with_it) < mean_rate(without_it)


def test_what_does_not_fit_is_refused_and_leaves_no_trace():
    chip, _ = simulate()
    before = chip.summary().to_dict()
    with pytest.raises(CapacityError):
        chip.population(300, core=1)
    assert chip.summary().to_dict() == before
