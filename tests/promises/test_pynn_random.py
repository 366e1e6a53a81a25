"""The native generator of random numbers."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import brianhw.pynn as sim
from brianhw.errors import PyNNError


def drawn_by(rng: Any) -> list[NDArray[np.float64]]:
    """Return what everything that takes a generator draws from one."""
    between = {"low": 10.0, "high": 20.0}
    uniform = sim.RandomDistribution("uniform", **between, rng=rng)
    clipped = sim.RandomDistribution("normal_clipped", mu=15.0, sigma=5.0, **between, rng=rng)
    cells = sim.Population(30, sim.IF_cond_exp(tau_m=uniform))
    cells.initialize(v=clipped)
    synapse = sim.StaticSynapse(weight=uniform, delay=sim.RandomDistribution("uniform_int", low=1, high=9, rng=rng))
    projections = [
        sim.Projection(cells, cells, connector, synapse)
        for connector in (
            sim.FixedProbabilityConnector(0.3, rng=rng),
            sim.FixedNumberPreConnector(sim.RandomDistribution("uniform_int", low=1, high=6, rng=rng), rng=rng),
        )
    ]
    return [
        cells.get("tau_m"),
        cells.get_initial_value("v"),
        np.array(cells.sample(20, rng).all_cells) - int(cells.first_id),
        *(np.array(each.get(["weight", "delay"], format="list")) for each in projections),
        rng.next(4),
        np.array(rng.next()),
    ]


@pytest.mark.filterwarnings("ignore:Several of")
def test_a_native_generator_repeats_what_its_seed_draws_and_shares_it_out_in_turn() -> None:
    sim.setup(timestep=0.1, device="runtime")
    first, again, other = (drawn_by(sim.NativeRNG(seed)) for seed in (1, 1, 2))
    for one, two, three in zip(first, again, other, strict=True):
        assert np.array_equal(one, two)
        assert not np.array_equal(one, three)
    assert abs(np.corrcoef(first[0], first[1])[0, 1]) < 4 / np.sqrt(30)  # of 30 pairs of independent numbers
    assert first[0].min() >= 10 and first[1].max() <= 20


@pytest.mark.filterwarnings("ignore:Several of")
def test_a_native_generator_without_a_seed_follows_from_that_of_setup() -> None:
    found = []
    for seed in (3, 3, 4):
        rng = sim.NativeRNG()  # also where it is made first
        sim.setup(timestep=0.1, device="runtime", rng_seed=seed)
        found.append(drawn_by(rng))
    for one, two, three in zip(*found, strict=True):
        assert np.array_equal(one, two)
        assert not np.array_equal(one, three)


def test_a_mask_picks_from_the_same_numbers_on_every_process() -> None:
    whole = sim.NativeRNG(5).next(4, "normal", {"mu": 0.0, "sigma": 1.0})
    mask = np.array([True, False, False, True])
    assert sim.NativeRNG(5).next(4, "normal", {"mu": 0.0, "sigma": 1.0}, mask=mask).tolist() == whole[mask].tolist()
    assert str(sim.NativeRNG(5)) == "NativeRNG(seed=5)"


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_a_seed_that_is_no_whole_number_is_refused(seed: Any) -> None:
    with pytest.raises(PyNNError, match="NativeRNG: the seed must be a whole number"):
        sim.NativeRNG(seed)


def test_a_script_draws_the_same_whatever_networks_of_ended_scripts_are_still_in_memory() -> None:
    def released() -> NDArray[np.float64]:
        sim.setup(timestep=0.1, rng_seed=3)
        sources = [sim.Population(20, sim.SpikeSourcePoisson(rate=300.0)) for _ in range(4)]
        cells = sim.Population(50, sim.IF_cond_exp())
        cells.record("gsyn_exc")
        synapse = sim.MultiQuantalSynapse(weight=1e-4, delay=1.0, U=0.3, n=5, tau_rec=50.0, tau_facil=20.0)
        for each in sources:
            sim.Projection(each, cells, sim.AllToAllConnector(), synapse)
        sim.run(20.0)
        found = np.array(cells.get_data().segments[0].analogsignals[0])
        sim.end()
        return found

    gc.disable()  # what has ended stays in memory: networks have cycles of references
    try:
        first, *others = (released() for _ in range(4))
    finally:
        gc.enable()
    assert first.max() > 0
    assert all(np.array_equal(first, other) for other in others)
