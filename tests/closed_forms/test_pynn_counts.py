"""Several spikes of a source in one step: all of them are drawn, sent, computed one after the other, and recorded.

Closed forms: a Poisson process has counts whose variance is their mean, and Campbell's theorem (1909) gives mean and
variance of what they drive. NEST's ``poisson_generator`` does the same. Standard errors are those of the counts; means
and variances lie within four of them, which has p = 6e-5 to fail for another seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import brianhw.pynn as sim
import brianhw.spinnaker as chip
from brianhw.device.mending.repeated import without_repetition
from brianhw.errors import PyNNError
from brianhw.pynn.building.source_groups import StepSpikes
from brianhw.pynn.building.variables import drawer
from brianhw.pynn.models import trains
from brianhw.pynn.models.counts import UNDECIDED, WORDS, PoissonCounts, in_turns_of

COMPILED = pytest.param(None, marks=pytest.mark.standalone)  # the default device
DEVICES = pytest.mark.parametrize("device", ["runtime", COMPILED])

SOURCES: dict[str, Callable[[float], Any]] = {  # all are Poisson processes, of a rate in Hz
    "Poisson": lambda rate: sim.SpikeSourcePoisson(rate=rate),
    "no dead time": lambda rate: sim.SpikeSourcePoissonRefractory(rate=rate, tau_refrac=0.0),
    "gamma of shape 1": lambda rate: sim.SpikeSourceGamma(alpha=1.0, beta=rate),
    "inhomogeneous of shape 1": lambda rate: sim.SpikeSourceInhGamma(
        a=sim.Sequence([1.0]), b=sim.Sequence([1 / rate]), tbins=sim.Sequence([0.0])
    ),
}
PARAMETER = {"Poisson": "rate", "no dead time": "rate", "gamma of shape 1": "beta"}


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(timestep=0.1, device="runtime")
    yield


def recorded(size: int, celltype: Any, back_end: Any = sim) -> Any:
    population = back_end.Population(size, celltype)
    population.record("spikes")
    return population


def trains_of(population: Any) -> list[NDArray[np.float64]]:
    return [train.magnitude for train in population.get_data().segments[-1].spiketrains]


def counts_of(population: Any, dt: float, steps: int) -> NDArray[np.int64]:
    """Return the spikes of each cell in each step."""
    each = [np.bincount(np.rint(train / dt).astype(int), minlength=steps)[:steps] for train in trains_of(population)]
    return np.array(each)


def assert_poisson(counts: NDArray[Any], mean: float) -> None:
    """Compare mean and variance of independent counts with those of the Poisson distribution."""
    assert counts.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / counts.size))
    # of n values the variance is off by a share of sqrt((2 + 1/mean)/n)
    assert counts.var() == pytest.approx(mean, rel=4 * np.sqrt((2 + 1 / mean) / counts.size))


# -- how many there are -----------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "dt"), [(10.0, 0.1), (600.0, 1.0), (17000.0, 0.1)])
@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_counts_have_the_variance_of_their_mean_at_any_rate(kind: str, rate: float, dt: float) -> None:
    sim.setup(timestep=dt, device="runtime")
    population = recorded(100, SOURCES[kind](rate))
    sim.run(400 * dt)
    # a renewal process begins at the end of its first step
    assert_poisson(counts_of(population, dt, 400)[:, 1:], rate * dt / 1000)


def test_every_cell_has_counts_of_its_own_rate() -> None:
    rates = np.array([0.0, 100.0, 5000.0, 40000.0])
    population = recorded(4, sim.SpikeSourcePoisson(rate=rates))
    sim.run(500.0)
    for counts, rate in zip(counts_of(population, 0.1, 5000), rates, strict=True):
        assert_poisson(counts, rate / 10000) if rate else None
        assert counts.any() == (rate > 0)


@pytest.mark.parametrize("kind", sorted(PARAMETER))
def test_a_rate_set_before_each_step_holds_in_that_step(kind: str) -> None:
    sim.setup(timestep=1.0, device="runtime")
    population = recorded(2000, SOURCES[kind](1.0))
    for rate in [300.0, 900.0] * 4:
        population.set(**{PARAMETER[kind]: rate})
        sim.run(1.0)
    counts = counts_of(population, 1.0, 8)
    assert_poisson(counts[:, 2::2], 0.3)
    assert_poisson(counts[:, 3::2], 0.9)


@pytest.mark.parametrize("higher", [50.0, 1e5])  # the second needs a longer list of spikes than the first run had
def test_a_rate_may_rise_by_any_factor_between_runs(higher: float) -> None:
    population = recorded(20, sim.SpikeSourcePoisson(rate=10.0))
    sim.run(10.0)
    population.set(rate=higher)
    sim.run(100.0)
    counts = counts_of(population, 0.1, 1100)
    expected = 20 * higher / 10
    assert counts[:, 100:].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


@DEVICES
def test_spikes_are_the_same_on_every_device_and_however_the_time_is_cut(device: str | None) -> None:
    found = []
    for each, runs in (("runtime", [30.0]), (device, [0.1, 9.9, 13.0, 7.0])):
        sim.setup(timestep=0.1, device=each)
        populations = [recorded(7, make(9000.0)) for make in SOURCES.values()]
        for length in runs:
            sim.run(length)
        found.append([train.tolist() for population in populations for train in trains_of(population)])
    assert found[0] == found[1]


# -- what arrives -----------------------------------------------------------------------------------


def counter(size: int = 1) -> Any:
    """Return cells whose potential counts what arrives, in mV."""
    cells = sim.Population(size, sim.IF_curr_delta(tau_m=1e12, v_thresh=1e12, v_rest=0.0))
    cells.initialize(v=0.0)
    cells.record("v")
    return cells


def potentials(cells: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = cells.get_data().segments[-1].analogsignals[0].magnitude
    return found


@DEVICES
@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_what_is_recorded_is_what_arrives_in_each_step_after_each_delay(device: str | None, kind: str) -> None:
    sim.setup(timestep=0.1, device=device)
    source, cells = recorded(6, SOURCES[kind](12000.0)), counter(6)
    delays = np.array([0.1, 0.2, 0.5, 1.0, 1.7, 3.0])
    pairs = [(k, k, 1.0, delay) for k, delay in enumerate(delays)]
    sim.Projection(source, cells, sim.FromListConnector(pairs, column_names=["weight", "delay"]), sim.StaticSynapse())
    for length in (0.1, 4.9, 5.0):
        sim.run(length)
    counts = counts_of(source, 0.1, 100)
    assert counts.max() > 2
    arrived = np.rint(np.diff(potentials(cells), axis=0)).astype(int).T  # in the step that ends with each sample
    for k, steps in enumerate(np.rint(delays * 10).astype(int)):
        assert arrived[k, steps - 1 :].tolist() == counts[k, : 101 - steps].tolist()
    total = [len(train) for train in trains_of(source)]
    assert list(source.get_spike_counts().values()) == total
    assert source.mean_spike_count() == np.mean(total)


def drive(population: int, rate: float) -> tuple[float, float]:
    """Return mean and standard deviation (mV) of what Poisson input drives, after 50 ms."""
    source = sim.Population(population, sim.SpikeSourcePoisson(rate=rate))
    cells = sim.Population(population, sim.IF_curr_exp(tau_m=10.0, cm=0.25, tau_syn_E=0.5, v_thresh=1e9, v_rest=0.0))
    cells.initialize(v=0.0)
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.0878, delay=1.5))
    cells.record("v")
    sim.run(100.0)
    v = potentials(cells)[500:]
    return float(v.mean()), float(v.std())


def nest_drive(rate: float) -> tuple[float, float]:
    """Return the same of NEST."""
    nest = pytest.importorskip("nest")
    from nest_reference import reset

    reset(0.1)
    parameters = {"tau_m": 10.0, "C_m": 250.0, "tau_syn_ex": 0.5, "V_th": 1e9, "E_L": 0.0, "V_m": 0.0}
    cells = nest.Create("iaf_psc_exp", 200, params=parameters)
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.1, "start": 50.0})
    nest.Connect(
        nest.Create("poisson_generator", params={"rate": rate}), cells, syn_spec={"weight": 87.8, "delay": 1.5}
    )
    nest.Connect(meter, cells)
    nest.Simulate(100.0)
    v = np.array(meter.events["V_m"])
    return float(v.mean()), float(v.std())


@DEVICES
def test_a_cortical_background_drives_as_campbell_and_nest_say(device: str | None) -> None:
    sim.setup(timestep=0.1, device=device)
    mean, deviation = drive(200, 17000.0)
    # Campbell: rate w R tau_syn; rate (w R tau_syn)^2 / (2 (tau_m + tau_syn)); R = 40 MOhm; times in ms
    jump = 0.0878 * 40 * 0.5
    # 200 cells for 50 ms are 200 * 50 / (2 * 10) independent values
    assert mean == pytest.approx(17 * jump, abs=4 * np.sqrt(17 * jump**2 / 21 / 500))
    # the step of 0.1 ms adds under 1 %; of 500 values a deviation is off by 3 %
    assert deviation == pytest.approx(np.sqrt(17 * jump**2 / 21), rel=0.13)
    others, spread = nest_drive(17000.0)
    assert mean == pytest.approx(others, abs=4 * np.sqrt(2 * 17 * jump**2 / 21 / 500))
    assert deviation == pytest.approx(spread, rel=0.18)


# -- synapses that remember -------------------------------------------------------------------------


def given(times: list[float]) -> Any:
    return sim.Population(1, sim.SpikeSourceArray(spike_times=times))


@DEVICES
def test_short_term_synapses_take_spikes_of_one_step_one_after_the_other(device: str | None) -> None:
    sim.setup(timestep=0.1, device=device)
    times, share, tau_rec, tau_facil = [5.0, 5.0, 5.0, 12.0, 12.0], 0.3, 50.0, 20.0
    cells = counter()
    synapse = sim.TsodyksMarkramSynapse(U=share, tau_rec=tau_rec, tau_facil=tau_facil, weight=1.0, delay=1.0)
    sim.Projection(given(times), cells, sim.AllToAllConnector(), synapse)
    sim.run(20.0)
    # Tsodyks, Uziel & Markram 2000, with a receptor of no duration: all that is released recovers at once
    u, x, last, sent = 0.0, 1.0, 0.0, []
    for time in times:
        u, x = u * np.exp((last - time) / tau_facil), 1 + (x - 1) * np.exp((last - time) / tau_rec)
        u += share * (1 - u)
        sent.append(u * x)
        x, last = x - u * x, time
    v = potentials(cells)[:, 0]
    assert v[60:70] == pytest.approx(sum(sent[:3]), rel=1e-6)  # the receptor's time is 1e-6 ms
    assert v[-1] == pytest.approx(sum(sent), rel=1e-6)


@DEVICES
@pytest.mark.parametrize("weights", ["additive", "multiplicative"])
def test_plastic_synapses_take_spikes_of_one_step_one_after_the_other(device: str | None, weights: str) -> None:
    sim.setup(timestep=0.1, device=device)
    before, after, end = [10.0, 10.0, 14.0], [16.0, 16.0, 16.0], 20.0
    cell = recorded(1, sim.IF_curr_delta(v_thresh=-50.0, tau_m=10.0))
    sim.Projection(given([15.0]), cell, sim.AllToAllConnector(), sim.StaticSynapse(weight=100.0, delay=0.1))
    rule = {"additive": sim.AdditiveWeightDependence, "multiplicative": sim.MultiplicativeWeightDependence}[weights]
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=20.0, tau_minus=15.0, A_plus=0.2, A_minus=0.1), rule(w_min=0.0, w_max=0.01),
        weight=0.004, delay=1.0, dendritic_delay_fraction=0.0,
    )  # fmt: skip
    projection = sim.Projection(given([*before, *after]), cell, sim.AllToAllConnector(), plastic)
    sim.run(end)
    (fired,) = trains_of(cell)[0]
    w, least, most = 0.004, 0.0, 0.01
    up = 0.2 * sum(np.exp((time + 1.0 - fired) / 20.0) for time in before)
    w += up * (most - least if weights == "additive" else most - w)
    for time in after:
        down = 0.1 * np.exp((fired - time - 1.0) / 15.0)
        w -= down * (most - least if weights == "additive" else w - least)
    assert projection.get("weight", format="list", with_address=False)[0] == pytest.approx(w, rel=1e-9)


@DEVICES
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_each_spike_of_a_step_brings_the_weight_that_it_finds(device: str | None, share: float) -> None:
    sim.setup(timestep=0.1, device=device)
    cells = counter()
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(tau_minus=20.0, A_plus=0.0, A_minus=0.1), sim.MultiplicativeWeightDependence(w_max=1.0),
        weight=0.8, delay=1.0, dendritic_delay_fraction=share,
    )  # fmt: skip
    projection = sim.Projection(given([10.0, 10.0, 10.0, 15.0]), cells, sim.AllToAllConnector(), plastic)
    projection.initialize(fired=1.0)
    sim.run(20.0)
    weight, sent = 0.8, []
    for time in (10.0, 10.0, 10.0, 15.0):  # at the soma
        weight -= 0.1 * weight * np.exp(-(time + 1.0) / 20)
        sent.append(weight)
    v = potentials(cells)[:, 0]
    assert v[[109, 110, 159, 160]] == pytest.approx([0.0, sum(sent[:3]), sum(sent[:3]), sum(sent)], rel=1e-9)
    assert projection.get("weight", format="list", with_address=False)[0] == pytest.approx(weight, rel=1e-9)


@DEVICES
def test_stochastic_synapses_draw_for_each_spike_of_a_step(device: str | None) -> None:
    sim.setup(timestep=0.1, device=device)
    source, cells = sim.Population(400, sim.SpikeSourceArray(spike_times=[1.0] * 10)), counter(400)
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.SimpleStochasticSynapse(p=0.3, weight=1.0, delay=0.5))
    sim.run(3.0)
    released = np.rint(potentials(cells)[-1])
    assert released.mean() == pytest.approx(3.0, abs=4 * np.sqrt(2.1 / 400))  # binomial, 10 trials of 0.3
    assert released.var() == pytest.approx(2.1, rel=4 * np.sqrt(2 / 400))


@pytest.mark.standalone
@pytest.mark.parametrize("kind", ["static", "plastic", "short-term"])
def test_numpy_and_compiled_code_agree_to_the_bit(kind: str) -> None:
    """Spikes of one step come in turns, so that NumPy computes few parts and adds in the order of compiled code."""
    synapse = {
        "static": lambda: sim.StaticSynapse(weight=0.02, delay=sim.RandomDistribution("uniform", low=0.1, high=2.0)),
        "plastic": lambda: sim.STDPMechanism(
            sim.SpikePairRule(), sim.MultiplicativeWeightDependence(w_max=0.1), weight=0.05, delay=1.0
        ),
        "short-term": lambda: sim.TsodyksMarkramSynapse(weight=0.1, delay=0.7),
    }[kind]
    found = []
    for device, options in (("runtime", {}), (None, {"mode": "strict"})):
        sim.setup(timestep=0.1, device=device, device_options=options)
        source = sim.Population(4, sim.SpikeSourcePoisson(rate=8000.0))
        cells = sim.Population(4, sim.IF_curr_exp(tau_m=10.0, cm=0.25, tau_syn_E=0.5))
        projection = sim.Projection(source, cells, sim.AllToAllConnector(), synapse())
        cells.record("v")
        sim.run(20.0)
        found.append([potentials(cells).tobytes(), np.array(projection.get("weight", format="array")).tobytes()])
    assert found[0] == found[1]


MEANS = pytest.mark.parametrize("mean", [0.1, 0.16, 1.0, 7.3, 100.0])


@MEANS
def test_the_words_of_each_number_and_the_shares_of_undecided_ones_make_its_chance(mean: float) -> None:
    counts = PoissonCounts(mean)
    found = np.bincount(counts.table, minlength=UNDECIDED + 1)[:UNDECIDED].astype(float)
    for word in np.flatnonzero(counts.table == UNDECIDED):
        ends = np.clip(counts.distribution * WORDS, word, word + 1)
        found += np.diff(ends, prepend=word)  # what lies above all of them is the largest number's
    expected = [np.exp(-mean)]
    for number in range(1, UNDECIDED):
        expected.append(expected[-1] * mean / number)
    # with rounded exponentials the sum of all chances ends within 1e-13 of 1
    assert found / WORDS == pytest.approx(expected, rel=1e-12, abs=1e-13)


@MEANS
def test_an_undecided_word_is_decided_by_its_place_in_the_distribution(mean: float) -> None:
    class Words:
        """A generator of which one word comes again and again."""

        def __init__(self, word: int) -> None:
            self.bit_generator, self._word = self, word

        def random_raw(self, size: int) -> NDArray[np.uint64]:
            return np.full(4 * size, self._word, dtype=np.uint16).view(np.uint64)

        def random(self, size: int) -> NDArray[np.float64]:
            return (np.arange(size) + 0.5) / size

    counts = PoissonCounts(mean)
    undecided = np.flatnonzero(counts.table == UNDECIDED)
    assert 0 < len(undecided) < 300
    for word in undecided.tolist():
        places = (word + (np.arange(500) + 0.5) / 500) / WORDS
        expected = (counts.distribution[:, None] <= places).sum(axis=0)
        assert np.array_equal(counts.draw(500, Words(word)), np.minimum(expected, UNDECIDED - 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("cells", [1, 7, 300])
@pytest.mark.parametrize("mean", [0.0, 0.05, 0.6, 20.0])
def test_counts_are_listed_in_turns(mean: float, cells: int) -> None:
    numbers = np.random.RandomState(1).poisson(mean, 40 * cells).astype(np.uint8)
    each = np.repeat(np.arange(len(numbers)), numbers)
    expected = trains.in_turns(each % cells, each // cells)
    assert [part.tolist() for part in in_turns_of(numbers, cells)] == [part.tolist() for part in expected]


@pytest.mark.standalone
@pytest.mark.parametrize("cells", [1, 7, 300])
@MEANS
def test_compiled_code_draws_what_numpy_does(mean: float, cells: int, on_device: None) -> None:
    counts, compiled = PoissonCounts(mean), drawer()
    assert compiled is not None
    windows, found = [1, 2, 64, 100, 333], []
    for each in (compiled, None):
        rng = np.random.Generator(np.random.PCG64(4))
        cell, step = counts.spikes(cells, windows, 17, rng, each)
        found.append((cell.tolist(), step.tolist(), rng.bit_generator.state))
    assert found[0] == found[1]
    assert len(found[0][0]) == pytest.approx(mean * cells * 500, abs=5 * np.sqrt(mean * cells * 500))


@pytest.mark.standalone
@pytest.mark.parametrize("connector", [sim.OneToOneConnector, sim.AllToAllConnector])
def test_fast_code_takes_spikes_of_one_step_one_after_the_other(connector: Any) -> None:
    """In a list of first spikes, then second ones, a cell's are not side by side."""
    found = []
    for mode in ("fast", "strict"):
        sim.setup(timestep=1.0, device_options={"mode": mode})
        times = [[10.0, 10.0, 20.0, 20.0, 30.0], [10.0, 20.0, 20.0, 30.0, 30.0], [10.0, 20.0, 30.0, 30.0, 30.0]]
        source = sim.Population(3, sim.SpikeSourceArray(spike_times=times))
        cells = sim.Population(3, sim.IF_curr_exp(i_offset=1.2))
        plastic = sim.STDPMechanism(
            sim.SpikePairRule(A_plus=0.1, A_minus=0.12), sim.MultiplicativeWeightDependence(w_max=1.0), weight=0.3
        )
        projection = sim.Projection(source, cells, connector(), plastic)
        sim.run(60.0)
        found.append(projection.get("weight", format="list", with_address=False))
    assert found[0] == pytest.approx(found[1], rel=1e-12)  # rounding of another order of operations
    assert min(np.abs(np.array(found[0]) - 0.3)) > 0.01


@pytest.mark.standalone
@pytest.mark.parametrize("rate", [500.0, 5000.0])
def test_sources_that_threads_draw_have_the_same_spikes(rate: float) -> None:
    found = []
    for threads in (1, 3):
        sim.setup(timestep=0.1, rng_seed=2, device_options={"openmp_threads": threads})
        populations = [recorded(size, sim.SpikeSourcePoisson(rate=rate)) for size in (200, 300, 100, 50)]
        for length in (0.1, 30.0, 70.0):
            sim.run(length)
        found.append([train.tolist() for population in populations for train in trains_of(population)])
    assert found[0] == found[1]


@pytest.mark.parametrize(("rate", "few"), [(900.0, True), (1100.0, False)])
def test_many_spikes_are_counted_and_few_are_placed(rate: float, few: bool) -> None:
    from brianhw.pynn.models.renewal import PoissonProcess

    values = {"start": 0.0, "duration": 1e9}
    assert (PoissonProcess({"rate": rate, **values}, 3, 0.1).counts is None) == few
    assert PoissonProcess({"rate": np.array([rate, 2 * rate, rate]), **values}, 3, 0.1).counts is None


@DEVICES
def test_many_spikes_are_the_same_on_every_device_and_however_the_time_is_cut_into_runs(device: str | None) -> None:
    found = []
    for each, runs in (("runtime", [30.0]), (device, [0.1, 9.9, 13.0, 7.0])):
        sim.setup(timestep=0.1, device=each, rng_seed=5)
        population = recorded(30, sim.SpikeSourcePoisson(rate=5000.0, start=2.0, duration=20.0))
        for time in runs:
            sim.run(time)
        found.append([train.tolist() for train in trains_of(population)])
    assert found[0] == found[1]
    assert sum(map(len, found[0])) == pytest.approx(3000, abs=4 * np.sqrt(3000))


def test_events_are_cut_where_one_would_come_twice() -> None:
    random = np.random.RandomState(1)
    for _ in range(200):
        events = random.randint(0, random.randint(1, 20), random.randint(0, 30)).astype(np.int32)
        expected: list[list[int]] = [[]]
        for event in events.tolist():
            if event in expected[-1]:
                expected.append([])
            expected[-1].append(event)
        assert [part.tolist() for part in without_repetition(events)] == expected


def test_a_list_of_spikes_without_room_is_refused() -> None:
    from brian2 import Clock, ms

    spikes = StepSpikes(2, 2, Clock(0.1 * ms))
    spikes.set_steps(np.array([0, 0, 1]), np.array([3, 3, 4]))
    with pytest.raises(PyNNError, match="3 spikes in one step, with room for 2"):
        spikes.set_steps(np.array([0, 0, 1]), np.array([3, 3, 3]))


# -- SpiNNaker --------------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ["integer", "float"])
def test_a_chip_s_source_sends_a_poisson_number_each_step(arithmetic: str) -> None:
    chip.setup(timestep=1.0, arithmetic=arithmetic, device="runtime")
    source = recorded(100, chip.SpikeSourcePoisson(rate=600.0), chip)
    cells = chip.Population(100, chip.IF_curr_exp(v_thresh=0.0, tau_m=20.0, cm=1.0, tau_syn_E=5.0))
    chip.Projection(source, cells, chip.OneToOneConnector(), chip.StaticSynapse(weight=0.0625, delay=1.0))
    cells.record("v")
    chip.run(600.0)
    assert_poisson(counts_of(source, 1.0, 600), 0.6)
    v = potentials(cells)[100:] + 65
    jump = 0.0625 * 20 * 5  # Campbell, as above; 500 ms are 500 / (2 * 20) independent values of each cell
    assert v.mean() == pytest.approx(0.6 * jump, rel=0.04)  # S16.15 and the step of 1 ms take 2 %
    assert v.var() == pytest.approx(0.6 * jump**2 / 50, rel=4 * np.sqrt(2 / 1250) + 0.04)
    # the load follows from the counts, as before the run from the rate
    measured = chip.report().populations[1].load
    source.recorder.reset()
    assert measured == pytest.approx(chip.report().populations[1].load, rel=0.03)


def test_the_chip_s_plastic_synapses_take_spikes_of_one_step_one_after_the_other() -> None:
    weights = {}
    for arithmetic in ("integer", "float"):
        chip.setup(timestep=1.0, arithmetic=arithmetic, device="runtime")
        trigger = chip.Population(1, chip.SpikeSourceArray(spike_times=[20.0]))
        source = chip.Population(1, chip.SpikeSourceArray(spike_times=[10.0, 10.0, 10.0, 30.0, 30.0, 45.0]))
        cell = recorded(1, chip.IF_curr_exp(tau_refrac=50.0), chip)
        chip.Projection(trigger, cell, chip.AllToAllConnector(), chip.StaticSynapse(weight=20.0, delay=1.0))
        plastic = chip.STDPMechanism(
            chip.SpikePairRule(tau_plus=20.0, tau_minus=20.0, A_plus=0.1, A_minus=0.2),
            chip.AdditiveWeightDependence(w_min=0.0, w_max=2.0), weight=0.5, delay=1.0,
        )  # fmt: skip
        projection = chip.Projection(source, cell, chip.AllToAllConnector(), plastic)
        chip.run(60.0)
        (fired,) = trains_of(cell)[0]
        weights[arithmetic] = projection.get("weight", format="list", with_address=False)[0]
    up = 3 * 0.1 * np.exp((10.0 - fired) / 20)  # delays are dendritic: both sides wait alike
    down = 0.2 * (2 * np.exp((fired - 30.0) / 20) + np.exp((fired - 45.0) / 20))
    # a table of exponentials with 11 bits, and weights of 16 bits; spikes of a cell are noted a step early
    assert weights["integer"] == pytest.approx(weights["float"], abs=0.004)
    assert weights["integer"] == pytest.approx(0.5 + up - down, rel=0.1)


@pytest.mark.standalone
def test_the_comparison_replays_every_spike() -> None:
    chip.setup(timestep=1.0)
    source = chip.Population(200, chip.SpikeSourcePoisson(rate=900.0), label="source")
    cells = chip.Population(200, chip.IF_curr_exp(tau_syn_E=5.0), label="cells")
    chip.Projection(source, cells, chip.OneToOneConnector(), chip.StaticSynapse(weight=0.25, delay=1.0))
    compared = chip.compare(300.0)["cells"]
    # 1.125 nA on average; with one spike a step at most it would be 0.74 nA, just above threshold
    assert compared.rates[0] == pytest.approx(compared.rates[1], rel=0.1)  # S16.15 and its step of 1 ms take 5 %
    assert compared.rates[0] > 20
