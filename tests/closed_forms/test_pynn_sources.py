"""PyNN's spike sources: the laws of the random ones, the times of the given ones, and what runs and changes keep.

The seeds are fixed, so that each test gives the same every time. Means lie within four standard errors, which has p =
6e-5 to fail for another seed; tests of a distribution have p = CHANCE: there are some thirty of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import brianhw.pynn as sim
from brianhw.errors import PyNNError
from brianhw.pynn.models import renewal, trains

CHANCE = 1e-4
COMPILED = pytest.param(None, marks=pytest.mark.standalone)  # the default device

RANDOM = {
    "poisson": lambda **more: sim.SpikeSourcePoisson(rate=100.0, **more),
    "dead time": lambda **more: sim.SpikeSourcePoissonRefractory(rate=100.0, tau_refrac=3.0, **more),
    "gamma": lambda **more: sim.SpikeSourceGamma(alpha=3.0, beta=300.0, **more),
    "inhomogeneous": lambda **more: inhomogeneous([3.0], [1 / 300], [0.0], **more),
}
FASTER: dict[str, dict[str, Any]] = {  # twice the rate
    "poisson": {"rate": 200.0},
    "dead time": {"rate": 200.0},
    "gamma": {"beta": 600.0},
    "inhomogeneous": {"b": sim.Sequence([1 / 600])},
}
EVERY = pytest.mark.parametrize("kind", sorted(RANDOM))


def inhomogeneous(shapes: list[float], scales: list[float], bins: list[float], **more: float) -> Any:
    rows = {"a": shapes, "b": scales, "tbins": bins}
    return sim.SpikeSourceInhGamma(**{name: sim.Sequence(row) for name, row in rows.items()}, **more)


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(timestep=0.1, device="runtime")
    yield


def recorded(size: int, celltype: Any) -> Any:
    population = sim.Population(size, celltype)
    population.record("spikes")
    return population


def spikes(population: Any, segment: int = -1) -> list[NDArray[np.float64]]:
    return [train.magnitude for train in population.get_data().segments[segment].spiketrains]


def intervals(population: Any) -> NDArray[np.float64]:
    """Return all intervals, in steps."""
    return np.concatenate([np.diff(np.rint(train / sim.get_time_step())) for train in spikes(population)])


def number(population: Any, begin: float = 0.0, end: float = np.inf) -> int:
    times = np.concatenate(spikes(population))
    return int(((times >= begin) & (times < end)).sum())


def assert_law(found: NDArray[np.float64], cdf: Any) -> None:
    """Compare whole steps, as numbers in bins of equal chance, with a law by chi-square."""
    edges = np.unique(np.round(np.quantile(found, np.linspace(0.05, 0.95, 19))))
    chance = np.diff(np.concatenate([[0.0], cdf(edges), [1.0]]))
    seen = np.bincount(np.searchsorted(edges, found), minlength=len(edges) + 1)
    assert stats.chisquare(seen, chance * len(found)).pvalue > CHANCE


# -- laws -------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("dt", [0.1, 1.0])  # a coarse grid must not make it slower
def test_a_random_source_spikes_at_its_rate(kind: str, dt: float) -> None:
    sim.setup(timestep=dt, device="runtime")
    population = recorded(500, RANDOM[kind]())
    sim.run(1000.0)
    # after 50 ms it is forgotten that the gamma sources began as if with a spike; a Poisson process varies most
    assert number(population, 50.0) == pytest.approx(47500, abs=4 * np.sqrt(47500))


@pytest.mark.parametrize(
    ("celltype", "rate"),
    [
        (sim.SpikeSourcePoisson(rate=500.0), 500.0),
        (sim.SpikeSourcePoissonRefractory(rate=500.0), 500.0),
        (sim.SpikeSourcePoissonRefractory(rate=100.0, tau_refrac=2.3), 100.0),
        (sim.SpikeSourceGamma(alpha=1.0, beta=400.0), 400.0),
        (inhomogeneous([1.0], [0.0025], [0.0]), 400.0),
    ],
)
def test_steps_of_the_order_of_an_interval_do_not_change_the_rate(celltype: Any, rate: float) -> None:
    sim.setup(timestep=1.0, device="runtime")
    population = recorded(200, celltype)
    sim.run(2000.0)
    # all are Poisson processes but for the step and the dead time, which make the counts vary less
    assert number(population) == pytest.approx(400 * rate, abs=4 * np.sqrt(400 * rate))


@pytest.mark.parametrize("shape", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("kind", ["gamma", "inhomogeneous"])
def test_intervals_of_gamma_sources_are_gamma_distributed(kind: str, shape: float) -> None:
    scale = 20.0 / shape  # ms
    rate = {"alpha": shape, "beta": 1000.0 / scale}
    celltype = sim.SpikeSourceGamma(**rate) if kind == "gamma" else inhomogeneous([shape], [scale / 1000.0], [0.0])
    population = recorded(400, celltype)
    sim.run(1000.0)
    each = intervals(population)
    assert len(each) > 15000
    # of n values the CV is off by 1/sqrt(n) for an exponential law, and less for the others
    assert each.std() / each.mean() == pytest.approx(1 / np.sqrt(shape), abs=4 / np.sqrt(len(each)))
    first = np.rint(np.array([train[0] for train in spikes(population)]) * 10)
    assert_law(first, lambda step: stats.gamma.cdf(step, shape, scale=scale * 10))  # noted in the step after it


def on_the_grid(mean: float, dead: int = 0) -> Any:
    """Return the law of an interval that is exponential after a dead time, between two places noted on the grid.

    Where in its step a spike lies is equally distributed: the mean of the law over a step.
    """
    return lambda k: np.where(k < dead, 0.0, 1 - np.exp((dead - k) / mean) * mean * -np.expm1(-1 / mean))


@pytest.mark.parametrize(("rate", "dt"), [(500.0, 0.1), (600.0, 1.0), (5000.0, 0.1)])
def test_intervals_of_poisson_sources_are_exponential_on_the_grid(rate: float, dt: float) -> None:
    sim.setup(timestep=dt, device="runtime")
    population = recorded(200, sim.SpikeSourcePoisson(rate=rate))
    sim.run(round(100_000 / rate))
    assert_law(intervals(population), on_the_grid(1000 / rate / dt))


@pytest.mark.parametrize("tau", [0.0, 1.0, 1.95])
def test_intervals_of_refractory_sources_are_exponential_after_the_dead_time(tau: float) -> None:
    population = recorded(200, sim.SpikeSourcePoissonRefractory(rate=200.0, tau_refrac=tau))
    sim.run(1000.0)
    dead = int(np.ceil(tau * 10))
    each = intervals(population)
    assert each.min() == dead
    assert_law(each, on_the_grid(50 - dead, dead))  # 50 steps on average


def test_successive_intervals_are_independent() -> None:
    population = recorded(100, sim.SpikeSourceGamma(alpha=2.0, beta=400.0))
    sim.run(1000.0)
    pairs = np.concatenate([np.stack([np.diff(t)[:-1], np.diff(t)[1:]], axis=1) for t in spikes(population)])
    assert np.corrcoef(pairs.T)[0, 1] == pytest.approx(0.0, abs=4 / np.sqrt(len(pairs)))


def test_cells_are_independent_and_have_values_of_their_own() -> None:
    rates = np.array([0.0, 50.0, 100.0, 200.0])
    population = recorded(4, sim.SpikeSourceGamma(alpha=2.0, beta=2 * rates))
    sim.run(5000.0)
    counts = np.array([len(train) for train in spikes(population)])
    assert counts[0] == 0
    assert np.abs(counts - 5 * rates).max() < 4 * np.sqrt(1000 / 2)  # a count's variance is its mean / shape
    bins = np.array([np.histogram(train, 500, (0, 5000))[0] for train in spikes(population)[1:]])
    correlations = np.corrcoef(bins)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(500)


def test_the_rate_of_an_inhomogeneous_gamma_source_changes_at_its_bins() -> None:
    # shape 1: a Poisson process of 1/b
    population = recorded(200, inhomogeneous([1.0, 1.0, 1.0], [0.02, 0.005, 0.04], [0.0, 200.0, 300.0]))
    sim.run(500.0)
    for begin, end, rate in [(0, 200, 50), (200, 300, 200), (300, 500, 25)]:
        expected = 200 * rate * (end - begin) / 1000
        assert number(population, begin, end) == pytest.approx(expected, abs=4 * np.sqrt(expected))
    fine = np.histogram(np.concatenate(spikes(population)), 25, (0, 500))[0]
    expected = 200 * 0.02 * np.repeat([50, 200, 25], [10, 5, 10])
    assert stats.chisquare(fine, expected * fine.sum() / expected.sum()).pvalue > CHANCE


def test_the_regularity_of_an_inhomogeneous_gamma_source_changes_at_its_bins() -> None:
    population = recorded(200, inhomogeneous([1.0, 8.0], [0.01, 0.00125], [0.0, 1000.0]))
    sim.run(2000.0)
    for begin, shape in [(0.0, 1), (1050.0, 8)]:
        within = [train[(train >= begin) & (train < begin + 950)] for train in spikes(population)]
        each = np.concatenate([np.diff(train) for train in within])
        # a window of 95 intervals has less of the long ones: for shape 1 the CV falls by about 1 %
        assert each.std() / each.mean() == pytest.approx(1 / np.sqrt(shape), abs=4 / np.sqrt(len(each)) + 0.012)


def test_each_cell_of_an_inhomogeneous_gamma_source_may_have_bins_of_its_own() -> None:
    rows = {
        "a": [[1.0], [1.0, 1.0], [1.0, 1.0, 1.0]],
        "b": [[0.01], [0.02, 0.005], [0.005, 1e9, 0.01]],
        "tbins": [[0.0], [0.0, 1000.0], [0.0, 500.0, 1500.0]],
    }
    each = {name: [sim.Sequence(row) for row in rows[name]] for name in rows}
    population = recorded(3, sim.SpikeSourceInhGamma(**each))
    sim.run(2000.0)
    for train, (first, second) in zip(spikes(population), [(100, 100), (50, 200), (100, 50)], strict=True):
        assert (train < 1000).sum() == pytest.approx(first, abs=4 * np.sqrt(first))
        assert (train >= 1000).sum() == pytest.approx(second, abs=4 * np.sqrt(second))
    silent = spikes(population)[2]
    assert not ((silent >= 500.1) & (silent < 1500.0)).any()


def test_the_bin_of_a_position_is_found_in_rows_of_any_length() -> None:
    random = np.random.RandomState(1)
    bins = [np.sort(random.choice(1000, length, replace=False)) * 1.0 for length in (1, 2, 3, 4, 5, 8, 9, 100)]
    ones = [sim.Sequence(np.ones(len(row))) for row in bins]
    trains_of = {name: np.empty(len(bins), dtype=object) for name in ("a", "b", "tbins")}
    trains_of["a"][:], trains_of["b"][:], trains_of["tbins"][:] = ones, ones, [sim.Sequence(row) for row in bins]
    process = renewal.InhomogeneousGammaProcess({**trains_of, "start": 0.0, "duration": 1e10}, len(bins), 1.0)
    offset = 0
    for cell, row in enumerate(bins):
        positions = np.concatenate([random.uniform(-10, 1010, 200), row])  # a bin begins at its own time
        expected = offset + np.maximum(np.searchsorted(row, positions, side="right") - 1, 0)
        assert np.array_equal(process._bin(np.full(len(positions), cell), positions), expected)
        offset += len(row)


# -- start and end ----------------------------------------------------------------------------------


@EVERY
def test_a_random_source_spikes_from_start_until_its_duration_is_over(kind: str) -> None:
    population = recorded(2000, RANDOM[kind](start=20.0, duration=30.0))
    sim.run(100.0)
    times = np.concatenate(spikes(population))
    assert times.min() >= 20.0
    assert times.max() < 50.0 - 1e-6
    assert times.max() == pytest.approx(49.9)  # 2000 cells at 100 Hz: 20 spikes in each step


@pytest.mark.parametrize("kind", ["poisson", "dead time"])
def test_the_first_step_of_a_memoryless_source_may_have_a_spike(kind: str) -> None:
    population = recorded(3000, RANDOM[kind](start=20.0))
    sim.run(30.0)
    assert min(train[0] for train in spikes(population) if len(train)) == pytest.approx(20.0)


# -- runs and changes -------------------------------------------------------------------------------


def interfere(population: Any, how: str) -> None:
    if how == "a value is set":
        population.set(duration=1e9 + sim.get_current_time())
    elif how == "a population is made":
        sim.Population(1, sim.IF_curr_exp())
        assert sim.state.network is None


@pytest.mark.parametrize("device", ["runtime", COMPILED])
@pytest.mark.parametrize("kind", ["dead time", "gamma", "inhomogeneous"])
@pytest.mark.parametrize("how", ["nothing happens", "a value is set", "a population is made"])
def test_an_interval_goes_on_through_runs_and_changes(device: str | None, kind: str, how: str) -> None:
    """Were each interval to begin anew with a run, a regular source would hardly spike, and no dead time hold."""
    sim.setup(timestep=0.1, device=device)
    population = recorded(1000, RANDOM[kind]())
    for length in [0.1, 5.0, 5.9, 5.0, 5.0, 79.0]:
        sim.run(length)
        interfere(population, how)
    assert sim.get_current_time() == pytest.approx(100.0)
    each, steps = intervals(population).astype(int), np.arange(1001)
    # Cox 1962, eq. 4.5: spikes up to t are t/mean - lacking, so that so many intervals of x end before 100 ms
    if kind == "dead time":
        law, lacking = np.diff(on_the_grid(70.0, 30)(steps), prepend=0.0), -0.045
        assert each.min() == 30
    else:
        law, lacking = np.diff(stats.gamma.cdf(steps - 0.5, 3.0, scale=100 / 3), append=1.0), 1 / 3
    expected = 1000 * (law * np.maximum((1000 - steps) / 100 - lacking, 0.0))[30:250].reshape(-1, 20).sum(axis=1)
    seen = np.bincount(each, minlength=1001)[30:250].reshape(-1, 20).sum(axis=1)
    assert stats.chi2(len(seen)).sf(((seen - expected) ** 2 / expected).sum()) > CHANCE  # numbers, too, not only shape


@EVERY
def test_a_new_rate_holds_from_now_on(kind: str) -> None:
    population = recorded(300, RANDOM[kind]())
    sim.run(200.0)
    population.set(**FASTER[kind])
    sim.run(300.0)
    assert number(population, 50, 200) == pytest.approx(4500, abs=4 * np.sqrt(4500))
    assert number(population, 200, 500) == pytest.approx(18000, abs=4 * np.sqrt(18000))


@EVERY
def test_a_rate_set_while_the_network_is_being_made_anew_holds_too(kind: str) -> None:
    population = recorded(300, RANDOM[kind]())
    sim.run(100.0)
    sim.Population(1, sim.IF_curr_exp())
    assert sim.state.network is None
    population.set(**FASTER[kind])
    sim.run(100.0)
    assert number(population, 100, 200) == pytest.approx(6000, abs=4 * np.sqrt(6000))


@EVERY
def test_a_network_made_anew_goes_on_with_the_same_spikes(kind: str) -> None:
    found = []
    for another in (False, True):
        sim.setup(timestep=0.1, device="runtime")
        population = recorded(50, RANDOM[kind]())
        sim.run(50.0)
        if another:
            sim.Population(1, sim.IF_curr_exp())
        sim.run(50.0)
        found.append([train.tolist() for train in spikes(population)])
    assert found[0] == found[1]


@pytest.mark.parametrize("device", ["runtime", COMPILED])
@EVERY
def test_a_seed_gives_the_same_spikes_again_and_another_seed_others(device: str | None, kind: str) -> None:
    found = []
    for seed in (1, 1, 2):
        sim.setup(timestep=0.1, device=device, rng_seed=seed)
        population = recorded(20, RANDOM[kind]())
        sim.run(20.0)
        sim.run(30.0)
        found.append([train.tolist() for train in spikes(population)])
    assert found[0] == found[1] != found[2]


@pytest.mark.standalone
def test_a_seed_holds_for_a_program_that_runs_once_as_for_other_devices() -> None:
    found = []
    for seed, device in ((1, "cpp_standalone"), (1, "runtime"), (2, "cpp_standalone")):
        sim.setup(timestep=0.1, device=device, rng_seed=seed)
        populations = [recorded(20, RANDOM[kind]()) for kind in sorted(RANDOM)]
        sim.run(50.0)
        found.append([train.tolist() for population in populations for train in spikes(population)])
        assert all(number(population) > 50 for population in populations)
    assert found[0] == found[1] != found[2]


def test_a_source_can_be_switched_on_later_for_some_cells() -> None:
    population = recorded(20, sim.SpikeSourceGamma(alpha=2.0, beta=0.0))
    sim.run(50.0)
    population[:10].set(beta=400.0)
    sim.run(50.0)
    assert number(population, 0, 50) == 0
    assert [len(train) > 0 for train in spikes(population)] == [True] * 10 + [False] * 10


def test_a_start_in_the_future_may_be_moved() -> None:
    population = recorded(500, sim.SpikeSourcePoissonRefractory(rate=100.0, tau_refrac=3.0, start=80.0))
    sim.run(10.0)
    population.set(start=40.0)
    sim.run(90.0)
    times = np.concatenate(spikes(population))
    assert 40.0 <= times.min() < 40.5


@EVERY
def test_a_reset_begins_a_segment_from_time_zero_with_other_spikes(kind: str) -> None:
    population = recorded(50, RANDOM[kind](start=10.0))
    sim.run(100.0)
    sim.reset()
    sim.run(100.0)
    first, second = (np.concatenate(spikes(population, segment)) for segment in (0, 1))
    assert min(first.min(), second.min()) >= 10.0
    assert len(second) == pytest.approx(50 * 9, abs=4 * np.sqrt(450) + 50)
    assert not np.array_equal(np.sort(first), np.sort(second))


@EVERY
def test_the_scripts_own_random_numbers_neither_change_nor_matter(kind: str) -> None:
    def run(seed: int) -> tuple[list[float], float]:
        sim.setup(timestep=0.1, device="runtime")
        np.random.seed(seed)
        population = recorded(20, RANDOM[kind]())
        sim.run(30.0)
        population.set(duration=1e6)
        sim.run(30.0)
        sim.reset()
        sim.run(30.0)
        found = [time for segment in (0, 1) for train in spikes(population, segment) for time in train]
        return found, np.random.random()

    first, second = run(1), run(2)
    assert first[0] == second[0]
    assert first[1] == np.random.RandomState(1).random_sample()


# -- given spikes -----------------------------------------------------------------------------------


def arrivals(source: Any, until: float = 20.0) -> list[float]:
    """Return the times at which spikes of the first cell of *source* jump into a cell, 1 ms after they were sent."""
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    sim.run(until)
    v = cell.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    steps = np.repeat(np.arange(1, len(v)), np.rint(np.diff(v)).astype(int))
    return [float(time) for time in np.round(steps * 0.1 - 1.0, 6)]


def test_spikes_off_the_grid_are_sent_in_the_next_step_and_recorded_as_given() -> None:
    given = [0.1 + 0.2, 2.01, 3.05, 4.0999, 5.1]
    source = recorded(1, sim.SpikeSourceArray(spike_times=given))
    assert arrivals(source) == [0.3, 2.1, 3.1, 4.1, 5.1]
    assert spikes(source)[0].tolist() == given


@pytest.mark.parametrize("strict", [False, True])
def test_spikes_of_one_step_all_arrive_and_are_all_recorded(strict: bool) -> None:
    sim.setup(timestep=0.1, device="runtime", strict=strict)
    given = [2.01, 2.05, 2.1, 2.1, 3.0]
    source = recorded(2, sim.SpikeSourceArray(spike_times=[given, [2.1]]))
    cell = sim.Population(2, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    sim.run(10.0)
    v = cell.get_data().segments[0].analogsignals[0].magnitude.T
    assert [np.rint(np.diff(each)[np.diff(each) > 0.5]).tolist() for each in v] == [[4.0, 1.0], [1.0]]
    assert [np.flatnonzero(np.diff(each) > 0.5).tolist() for each in v] == [[30, 39], [30]]
    assert [train.tolist() for train in spikes(source)] == [given, [2.1]]
    assert list(source.get_spike_counts().values()) == [5, 1]


def test_each_cell_of_an_array_source_has_its_own_train() -> None:
    given = [[1.0, 4.0], [], [0.0, 2.5]]
    source = recorded(3, sim.SpikeSourceArray(spike_times=given))
    sim.run(10.0)
    assert [train.tolist() for train in spikes(source)] == given


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_given_spikes_come_once_however_the_time_is_cut_into_runs(device: str | None) -> None:
    sim.setup(timestep=0.1, device=device)
    source = recorded(1, sim.SpikeSourceArray(spike_times=[1.0, 1.1, 2.0, 3.0, 9.9, 10.0]))
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    for length in [1.0, 0.1, 0.9, 7.9, 0.1]:  # to the step of a spike, and to the one after it
        sim.run(length)
    sim.Population(1, sim.IF_curr_exp())
    sim.run(5.0)
    v = cell.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    assert np.flatnonzero(np.diff(v) > 0.5).tolist() == [19, 20, 29, 39, 108, 109]  # the step before each arrival
    assert spikes(source)[0].tolist() == [1.0, 1.1, 2.0, 3.0, 9.9, 10.0]


def test_new_times_hold_from_now_on_and_past_spikes_stay() -> None:
    source = recorded(1, sim.SpikeSourceArray(spike_times=[1.0, 5.0, 15.0]))
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    sim.run(10.0)
    source.set(spike_times=sim.Sequence([2.0, 12.0, 14.0]))
    sim.run(10.0)
    v = cell.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    assert np.flatnonzero(np.diff(v) > 0.5).tolist() == [19, 59, 129, 149]
    assert spikes(source)[0].tolist() == [1.0, 5.0, 12.0, 14.0]


@pytest.mark.parametrize("at", [10.0, 9.95])  # both are sent in the step that begins at 10 ms
def test_of_a_change_in_the_step_of_a_spike_what_is_sent_is_recorded(at: float) -> None:
    source = recorded(2, sim.SpikeSourceArray(spike_times=[[5.0, at], [5.0]]))
    cell = sim.Population(2, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    sim.run(10.0)
    source.set(spike_times=[sim.Sequence([15.0]), sim.Sequence([at])])
    sim.run(10.0)
    v = cell.get_data().segments[0].analogsignals[0].magnitude
    assert [np.flatnonzero(np.diff(each) > 0.5).tolist() for each in v.T] == [[59, 159], [59, 109]]
    assert [train.tolist() for train in spikes(source)] == [[5.0, 15.0], [5.0, at]]


def test_of_given_spikes_those_since_the_cell_is_recorded_count() -> None:
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[1.0, 10.0, 15.0, 25.0]))
    source[:1].record("spikes")
    sim.run(10.0)
    source[:2].record("spikes")
    sim.run(10.0)
    source[2:].set(spike_times=sim.Sequence([12.0, 22.0]))
    source.record("spikes")
    sim.run(10.0)
    expected = [[1.0, 10.0, 15.0, 25.0], [10.0, 15.0, 25.0], [22.0]]
    assert [np.sort(train).tolist() for train in spikes(source)] == expected


def test_a_source_made_after_a_run_has_no_spikes_of_the_past() -> None:
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=1e6, v_thresh=1e6))
    sim.run(10.0)
    source = recorded(1, sim.SpikeSourceArray(spike_times=[1.0, 9.99, 10.0, 15.0]))
    sim.Projection(source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cell.record("v")
    sim.run(10.0)
    v = cell.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    assert np.rint(v[-1] - v[0]) == 2  # that of 9.99 ms, in the step at 10 ms, is none
    assert spikes(source)[0].tolist() == [10.0, 15.0]


@pytest.mark.parametrize("far", [1e9, 1e300, np.inf])
def test_a_time_that_is_never_reached_does_not_matter(far: float) -> None:
    source = recorded(2, sim.SpikeSourceArray(spike_times=[[1.0, 2.0, far], [far]]))
    assert arrivals(source[:1]) == [1.0, 2.0]
    assert [train.tolist() for train in spikes(source)] == [[1.0, 2.0], []]


def test_given_spikes_come_again_after_a_reset() -> None:
    source = recorded(1, sim.SpikeSourceArray(spike_times=[1.0, 5.0]))
    sim.run(10.0)
    sim.reset()
    sim.run(3.0)
    assert [train.tolist() for train in (*spikes(source, 0), *spikes(source, 1))] == [[1.0, 5.0], [1.0]]


@pytest.mark.parametrize("dt", [0.1, 0.025, 1.0, 1 / 3])
def test_a_time_on_the_grid_never_slips_a_step(dt: float) -> None:
    steps = np.unique(np.concatenate([np.arange(20000), np.random.randint(0, 10**8, 20000)]))
    cells = np.zeros(len(steps), dtype=int)
    for times in (steps * dt, np.round(steps * dt, 9), np.cumsum(np.full(20000, dt))):
        expected = steps if len(times) == len(steps) else np.arange(1, 20001)
        _, found = trains.in_steps(cells[: len(times)], times, dt)
        assert np.array_equal(found, expected)
    assert trains.in_steps(cells[:1], np.array([0.1 + 0.2]), 0.1)[1].tolist() == [3]


@pytest.mark.parametrize("cells", [1, 3, 40])
@pytest.mark.parametrize("length", [5.0, 50.0, 1e5])  # many in a step, some, hardly any
def test_spikes_take_turns_in_their_step(cells: int, length: float) -> None:
    random = np.random.RandomState(1)
    given = random.randint(0, cells, 3000), random.uniform(0.0, length, 3000)
    turns: dict[tuple[int, int], int] = {}
    expected = []
    for step, cell in sorted(zip(np.ceil(given[1] / 0.1 - 1e-6).astype(int).tolist(), given[0].tolist(), strict=True)):
        turn = turns[step, cell] = turns.get((step, cell), -1) + 1
        expected.append((step, turn, cell))
    found_cells, steps = trains.in_steps(*given, 0.1)
    assert list(zip(steps.tolist(), found_cells.tolist(), strict=True)) == [(s, c) for s, _, c in sorted(expected)]
    assert trains.most_in_a_step(steps) == np.bincount(steps).max()


def test_a_source_without_spikes_gives_no_steps() -> None:
    assert len(trains.in_steps(np.empty(0, dtype=int), np.empty(0), 0.1)[1]) == 0
    assert trains.most_in_a_step(np.empty(0, dtype=int)) == 0
    source = recorded(2, sim.SpikeSourceArray(spike_times=[]))
    sim.run(1.0)
    assert [len(train) for train in spikes(source)] == [0, 0]


# -- what cannot be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "tau"), [(500.0, 2.1), (10000.0, 0.11)])
def test_a_rate_beyond_what_the_dead_time_allows_is_refused(rate: float, tau: float) -> None:
    with pytest.raises(PyNNError, match=rf"cell 1 cannot spike at {rate:g} Hz with tau_refrac = {tau:g} ms"):
        sim.Population(2, sim.SpikeSourcePoissonRefractory(rate=[1.0, rate], tau_refrac=tau))


@pytest.mark.parametrize(
    ("kind", "name", "value", "complaint"),
    [
        ("poisson", "rate", -1.0, "SpikeSourcePoisson: rate of cell 2 is -1; it must be zero or more"),
        ("poisson", "rate", np.nan, "rate of cell 2 is nan"),
        ("poisson", "rate", np.inf, "rate of cell 2 is inf; it must be .*finite"),
        ("dead time", "rate", -1.0, "SpikeSourcePoissonRefractory: rate of cell 2 is -1"),
        ("dead time", "tau_refrac", -1.0, "tau_refrac of cell 2 is -1"),
        ("gamma", "beta", -1.0, "SpikeSourceGamma: beta of cell 2 is -1"),
        ("gamma", "alpha", 0.0, "alpha of cell 2 is 0; it must be above zero"),
    ],
)
def test_values_that_no_process_has_are_refused_and_change_nothing(
    kind: str, name: str, value: float, complaint: str
) -> None:
    population = sim.Population(4, RANDOM[kind]())
    before = population.get(name)
    sim.run(1.0)
    with pytest.raises(PyNNError, match=complaint):
        population[2:3].set(**{name: value})
    assert population.get(name) == before
    sim.run(1.0)


def test_the_largest_rate_that_the_dead_time_allows_gives_a_clock() -> None:
    population = recorded(3, sim.SpikeSourcePoissonRefractory(rate=500.0, tau_refrac=2.0))
    sim.run(20.0)
    assert np.unique(intervals(population)).tolist() == [20.0]
    assert [len(train) for train in spikes(population)] == [10] * 3


@pytest.mark.parametrize(
    ("shapes", "scales", "bins", "complaint"),
    [
        ([2.0], [0.01, 0.02], [0.0], "equal lengths"),
        ([0.5], [0.01], [0.0], "a must be 1 or more"),
        ([2.0], [0.0], [0.0], "b above zero"),
        ([2.0, 2.0], [0.01, 0.01], [50.0, 0.0], "tbins must ascend"),
        ([], [], [], "of 1 or more"),
    ],
)
def test_impossible_histograms_are_refused(
    shapes: list[float], scales: list[float], bins: list[float], complaint: str
) -> None:
    with pytest.raises(PyNNError, match=complaint):
        sim.Population(1, inhomogeneous(shapes, scales, bins))
