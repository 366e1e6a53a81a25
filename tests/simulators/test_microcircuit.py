"""The benchmark of the cortical microcircuit simulates the network that was published."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import numpy as np
import pytest

from paths import CHECKOUT

pytestmark = pytest.mark.standalone


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = spec_from_file_location("microcircuit", CHECKOUT / "benchmarks" / "microcircuit.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["microcircuit"] = module  # its dataclass looks it up
    spec.loader.exec_module(module)
    return module


def test_the_whole_network_has_the_published_size(benchmark: ModuleType) -> None:
    whole = benchmark.circuit(1.0)
    assert whole.sizes.sum() == 77169
    assert whole.synapses.sum() == pytest.approx(0.3e9, rel=0.01)  # "about 0.3 billion"
    assert (whole.currents == 0).all()
    # van Albada et al. 2018, Front. Neuroinform. 12:291: 3,500 recurrent synapses per neuron and more in all
    assert 3500 < whole.synapses.sum() / whole.sizes.sum() < 4000


def test_scaling_keeps_the_mean_and_the_variance_of_the_input(benchmark: ModuleType) -> None:
    """Weights by one over the root of the scale keep the variance; the current makes up for the mean."""
    mean, variance = {}, {}
    for scale in (1.0, 0.1):
        found = benchmark.circuit(scale)
        degrees = found.synapses / found.sizes[:, None]
        tau = benchmark.CELL["tau_syn_E"] * 1e-3
        rates = benchmark.FULL_RATES
        drive = found.drive_weight * found.drive_rates
        mean[scale] = tau * ((found.weights * degrees) @ rates + drive) + found.currents
        variance[scale] = (found.weights**2 * degrees) @ rates + found.drive_weight * drive
    np.testing.assert_allclose(mean[0.1], mean[1.0], rtol=0.01)  # whole numbers of cells and synapses
    np.testing.assert_allclose(variance[0.1], variance[1.0], rtol=0.01)


def test_a_small_network_fires_as_sparsely_as_the_whole(benchmark: ModuleType) -> None:
    found = benchmark.measure("ours", 0.02, 300.0, "poisson", 1234)
    rates = np.array([each["rate"] for each in found["spikes"]])
    assert found["synapses"] == benchmark.circuit(0.02).synapses.sum()
    assert (rates > 0.1).all()
    # a fiftieth of the cells for 0.2 s: tens of spikes in the smallest populations
    np.testing.assert_allclose(rates, benchmark.FULL_RATES, rtol=0.8)
    assert rates[[0, 6]].max() < rates[[4, 5, 7]].min()  # excitatory cells of layers 2/3 and 6 are the quiet ones


def test_the_variation_of_intervals_is_zero_for_a_clock_and_one_for_chance(benchmark: ModuleType) -> None:
    cells = np.repeat(np.arange(3), 400)
    clock = np.tile(np.arange(400.0), 3)
    chance = np.concatenate([np.cumsum(np.random.default_rng(k).exponential(size=400)) for k in range(3)])
    assert benchmark.variation(cells, clock, 5) == pytest.approx(0.0, abs=1e-12)
    assert benchmark.variation(cells, chance, 5) == pytest.approx(1.0, abs=0.15)  # 1200 intervals


def test_the_correlation_is_one_for_copies_and_nothing_for_strangers(benchmark: ModuleType) -> None:
    random = np.random.default_rng(1)
    train = np.sort(random.uniform(0, 5000, 500))
    copies = np.repeat(np.arange(4), 500), np.tile(train, 4)
    assert benchmark.correlation(*copies, 10, 0.0, 5000.0) == pytest.approx(1.0)
    strangers = np.repeat(np.arange(20), 500), random.uniform(0, 5000, 10_000)
    assert benchmark.correlation(*strangers, 30, 0.0, 5000.0) == pytest.approx(0.0, abs=0.02)  # 190 pairs of 1000 bins
