"""Poisson sources whose rates follow a table: their counts have the distribution that the table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, poisson

import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.errors import SpinnakerError

Variable = sim.extra_models.SpikeSourcePoissonVariable
TABLE: dict[str, Any] = {
    "rates": [40.0, 200.0, 0.0, 1500.0], "starts": [20.0, 100.0, 300.0, 500.0], "durations": [30.0, 500.0, 50.0, 100.0]
}  # fmt: skip
#: What that means, ms: the second rate ends where the third begins; from 600 on there is none.
PERIODS = [(0, 20, 0.0), (20, 50, 40.0), (50, 100, 0.0), (100, 300, 200.0), (300, 500, 0.0), (500, 600, 1500.0),
           (600, 800, 0.0)]  # fmt: skip


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def trains(population: Any) -> list[np.ndarray]:
    return [train.magnitude for train in population.get_data("spikes").segments[-1].spiketrains]


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_the_counts_of_each_period_are_poisson_numbers_of_its_rate(arithmetic: str) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    cells = sim.Population(400, Variable(**TABLE))
    cells.record("spikes")
    sim.run(350.0)
    sim.run(450.0)
    found = trains(cells)
    for begin, end, rate in PERIODS:
        counts = np.array([np.count_nonzero((train >= begin) & (train < end)) for train in found])
        mean = rate * (end - begin) / 1000
        if mean == 0:
            assert not counts.any(), (begin, end)
            continue
        assert counts.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 400)), (begin, end)
        # the variance of a Poisson number is its mean: (n-1) s^2/mean has a chi-squared distribution, nearly
        low, high = chi2.ppf([1e-4, 1 - 1e-4], 399)
        assert low < counts.var() * 400 / mean < high * (1 + 1 / mean), (begin, end)


def test_several_spikes_may_fall_in_one_step() -> None:
    cells = sim.Population(300, Variable(rates=[2500.0], starts=[0.0]))
    cells.record("spikes")
    sim.run(40.0)
    counts = np.array([np.histogram(train, np.arange(41))[0] for train in trains(cells)]).ravel()
    for number in range(6):
        share = poisson.pmf(number, 2.5)
        deviation = np.sqrt(share * (1 - share) / counts.size)
        assert np.mean(counts == number) == pytest.approx(share, abs=4 * deviation), number


def test_each_neuron_may_have_a_table_of_its_own() -> None:
    cells = sim.Population(3, Variable([[1000.0, 0.0], [0.0, 800.0], [500.0]], [[0.0, 100.0], [0.0, 200.0], [300.0]]))
    cells.record("spikes")
    sim.run(400.0)
    first, second, third = trains(cells)
    assert first.max() < 100 and second.min() >= 200 and third.min() >= 300
    for train, mean in ((first, 100), (second, 160), (third, 50)):
        assert len(train) == pytest.approx(mean, abs=4 * np.sqrt(mean))


def test_the_same_spikes_come_in_parts_and_in_both_arithmetics() -> None:
    found = []
    for arithmetic in ("integer", "float"):
        for parts in ([100.0], [30.0, 45.0, 25.0]):
            sim.setup(device="runtime", arithmetic=arithmetic)
            cells = sim.Population(20, Variable(rates=[100.0, 300.0], starts=[0.0, 50.0]))
            cells.record("spikes")
            for part in parts:
                sim.run(part)
            found.append(np.concatenate(trains(cells)).tolist())
    assert found[0] == found[1] == found[2] == found[3] and len(found[0]) > 200


@pytest.mark.standalone
def test_compiled_networks_have_the_same_spikes() -> None:
    found = []
    for device in ("runtime", "brianhw"):
        sim.setup(device=device)
        cells = sim.Population(50, Variable(**TABLE))
        cells.record("spikes")
        sim.run(250.0)
        sim.run(400.0)
        found.append([train.tolist() for train in trains(cells)])
    assert found[0] == found[1] and sum(map(len, found[0])) > 5000


def test_after_reset_the_table_begins_anew() -> None:
    cells = sim.Population(20, Variable(rates=[0.0, 1000.0], starts=[0.0, 50.0]))
    cells.record("spikes")
    for _ in range(2):
        sim.run(80.0)
        spikes = np.concatenate(trains(cells))
        assert spikes.min() >= 50 and len(spikes) == pytest.approx(600, abs=4 * np.sqrt(600))
        sim.reset()


def test_a_plan_reckons_with_the_highest_rate() -> None:
    source = sim.Population(1000, Variable(**TABLE), label="source")
    cells = sim.Population(10, sim.IF_curr_exp(), label="cells")
    sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01))
    rows = {row.label: row for row in sim.report().populations}
    assert rows["source"].cores == 2  # of 500
    assert rows["cells"].load == pytest.approx(1000 * 10 * 1500.0 / 13e6)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"rates": [10.0, 20.0], "starts": [0.0]}, "starts must have as many numbers as rates"),
        ({"rates": [10.0], "starts": [0.0], "durations": [1.0, 2.0]}, "durations must have as many numbers as rates"),
        ({"rates": [10.0, 20.0], "starts": [50.0, 10.0]}, r"starts must ascend, \[50.0, 10.0\] do not"),
        ({"rates": [-1.0], "starts": [0.0]}, "rates must be a list of numbers of at least zero"),
        ({"rates": ["fast"], "starts": [0.0]}, "rates must be a list of numbers"),
        ({"rates": [10.0], "starts": [np.inf]}, "starts must be a list of numbers"),
        ({"rates": [], "starts": []}, "rates must be a list of numbers"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_where_it_is_made(table: Any, message: str) -> None:
    with pytest.raises(SpinnakerError, match=message):
        Variable(**table)


def test_a_table_of_another_size_is_refused_by_the_population() -> None:
    with pytest.raises(SpinnakerError, match="src: rates has 2 lists, the population 3 neurons"):
        sim.Population(3, Variable([[1.0], [2.0]], [[0.0], [0.0]]), label="src")
    assert not sim.state.populations
