"""The PyNN back end between runs: what is kept, what changes, what comes back, on every device."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest
import quantities as pq
from brian2 import Network, NeuronGroup, ms
from brian2.utils.logger import BrianLogger
from pyNN import errors
from pyNN.space import Grid2D, RandomStructure, Sphere

import brianhw.pynn as sim
from brianhw.errors import PyNNError, PyNNWarning
from brianhw.pynn.spike_trains import SortedSpikeTrains
from paths import environment_of

COMPILED = pytest.param(None, marks=pytest.mark.standalone)  # the default device


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(timestep=0.1, device="runtime")
    yield


def small_network(**options: Any) -> tuple[Any, Any, Any]:
    """Make sources, cells and a plastic projection between them, with delays that differ."""
    sim.setup(timestep=0.1, **options)
    sources = sim.Population(3, sim.SpikeSourceArray(spike_times=[[2.0, 9.8, 14.0], [3.0, 10.0], [9.9, 15.5]]))
    cells = sim.Population(2, sim.IF_cond_exp(tau_refrac=2.0, tau_syn_E=2.0))
    rule = sim.STDPMechanism(
        sim.SpikePairRule(20.0, 20.0, 0.1, 0.12),
        sim.MultiplicativeWeightDependence(0.0, 0.4),
        weight=0.1,
        delay=sim.RandomDistribution("uniform", (0.5, 4.0), rng=sim.NumpyRNG(seed=5)),
    )
    projection = sim.Projection(sources, cells, sim.AllToAllConnector(), rule)
    cells.record(["spikes", "v", "gsyn_exc"])
    return sources, cells, projection


def results(cells: Any, projection: Any) -> tuple[Any, ...]:
    segment = cells.get_data().segments[-1]
    signals = [segment.filter(name=name)[0].magnitude for name in ("v", "gsyn_exc")]
    return (*signals, [train.magnitude.tolist() for train in segment.spiketrains], projection.get("weight", "list"))


def assert_equal(first: tuple[Any, ...], second: tuple[Any, ...]) -> None:
    for a, b in zip(first[:2], second[:2], strict=True):
        assert np.array_equal(a, b)
    assert first[2:] == second[2:]
    assert any(first[2])  # something happened


# -- going on ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_two_runs_are_one(device: str | None) -> None:
    _, cells, projection = small_network(device=device)
    sim.run(25.0)
    whole = results(cells, projection)
    _, cells, projection = small_network(device=device)
    sim.run(10.0)
    sim.run_until(17.3)
    sim.run(25.0 - 17.3)
    assert sim.get_current_time() == 25.0
    assert_equal(whole, results(cells, projection))


@pytest.mark.parametrize("device", ["runtime", COMPILED])
@pytest.mark.parametrize("noise", [False, True])
def test_steps_one_by_one_are_one_run_and_follow_what_changes_between_them(device: str | None, noise: bool) -> None:
    found = []
    for parts in ([100, 40, 60], [1] * 100 + [1] * 40 + [30, *[1] * 30]):
        _, cells, projection = small_network(device=device)
        random = sim.Population(20, sim.SpikeSourcePoisson(rate=200.0))
        sim.Projection(random, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.002, delay=0.7))
        random.record("spikes")
        if noise:  # drawn ahead, by another path than that of single steps
            cells.inject(sim.NoisyCurrentSource(mean=0.1, stdev=0.2, rng=sim.NumpyRNG(seed=3)))
        for steps in parts:
            if sim.simulator.state.step == 100:  # one value for all cells, one for each, a state, a delay
                cells.set(tau_m=12.0)
                cells.set(v_thresh=[-52.0, -51.0])
                random.set(rate=400.0)
                projection.set(weight=0.15)
            if sim.simulator.state.step == 140:
                projection.set(delay=1.5)
                cells.set(tau_m=18.0)
            sim.run(0.1 * steps)
        noisy = [train.magnitude.tolist() for train in random.get_data("spikes").segments[-1].spiketrains]
        found.append((results(cells, projection), noisy))
    (first, first_noise), (second, second_noise) = found
    assert sum(map(len, first[2])) > 0 and sum(map(len, first_noise)) > 20
    assert first_noise == second_noise
    assert_equal(first, second)


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_a_network_made_anew_goes_on_from_its_state(device: str | None) -> None:
    """At 10 ms spikes are on their way, traces are up and a cell is refractory."""
    _, cells, projection = small_network(device=device)
    sim.run(25.0)
    whole = results(cells, projection)
    _, cells, projection = small_network(device=device)
    sim.run(10.0)
    sim.Population(1, sim.IF_curr_exp())  # a change of structure
    assert sim.state.network is None
    sim.run(15.0)
    assert_equal(whole, results(cells, projection))


@pytest.mark.parametrize("device", ["runtime", COMPILED])
def test_reset_begins_again_with_the_same_network(device: str | None) -> None:
    _, cells, projection = small_network(device=device)
    sim.run(25.0)
    first = results(cells, projection)
    network = sim.state.network
    sim.reset()
    assert sim.get_current_time() == 0
    assert projection.get("weight", "list", with_address=False) == [0.1] * 6
    sim.run(25.0)
    assert sim.state.network is network
    assert_equal(first, results(cells, projection))
    assert len(cells.get_data().segments) == 2


def test_reset_begins_again_where_a_new_population_has_released_the_network() -> None:
    _, cells, projection = small_network(device="runtime")
    noise = sim.NoisyCurrentSource(mean=0.0, stdev=0.1, stop=10.0)
    noise.inject_into(sim.Population(1, sim.IF_curr_exp()))
    noise.record()
    sim.run(25.0)
    first = results(cells, projection)
    sim.Population(1, sim.IF_curr_exp())
    assert sim.state.network is None
    sim.reset()
    assert projection.get("weight", "list", with_address=False) == [0.1] * 6
    sim.run(25.0)
    assert_equal(first, results(cells, projection))
    assert np.array_equal(np.flatnonzero(noise.get_data()), np.arange(100))


def test_weights_set_while_there_is_no_network_hold_at_a_reset() -> None:
    _, _, projection = small_network(device="runtime")
    sim.run(12.0)
    sim.Population(1, sim.IF_curr_exp())
    projection.set(weight=0.3)
    sim.run(3.0)
    sim.reset()
    assert projection.get("weight", "list", with_address=False) == [0.3] * 6


def test_states_are_initialized_whether_there_is_a_network_or_not() -> None:
    def after(change: Any) -> list[Any]:
        sim.setup(timestep=0.1, device="runtime")
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 15.0, 25.0]))
        cell = sim.Population(1, sim.IF_curr_exp(v_thresh=0.0))
        synapse = sim.TsodyksMarkramSynapse(U=0.5, tau_rec=800.0, tau_facil=0.0, weight=1.0, delay=1.0)
        projection = sim.Projection(source, cell, sim.AllToAllConnector(), synapse)
        cell.record("v")
        sim.run(20.0)
        change()
        cell.initialize(v=-50.0)
        projection.initialize(x=0.01)
        sim.run(10.0)
        samples: list[Any] = cell.get_data().segments[0].analogsignals[0].magnitude.tolist()
        return samples

    kept = after(lambda: None)
    assert kept[200] == [-50.0]
    assert after(lambda: sim.Population(1, sim.IF_curr_exp())) == kept


def test_parameters_stay_at_a_reset_and_segments_are_annotated() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=0.5))
    cells.record("v")
    sim.run(5.0)
    cells.set(i_offset=1.0)
    sim.reset(annotations={"current": 0.5})
    assert cells.get("i_offset") == 1.0
    sim.run(5.0)
    first, second = cells.get_data().segments
    assert first.annotations["current"] == 0.5
    assert second.analogsignals[0].magnitude[-1] > first.analogsignals[0].magnitude[-1]


def test_callbacks_are_called_when_they_wish() -> None:
    times: list[float] = []

    def look(time: float) -> float:
        times.append(time)
        return time + 4.0

    sim.Population(1, sim.IF_curr_exp())
    sim.run(10.0, callbacks=[look])
    assert times == [0, 4.0, 8.0, 10.0]


def test_a_program_of_its_own_runs_once() -> None:
    sim.setup(device="cpp_standalone")
    with pytest.raises(PyNNError, match="no device 'gpu'. Known: brianhw, runtime, cpp_standalone"):
        sim.setup(device="gpu")


def test_the_scripts_own_device_and_random_numbers_stay() -> None:
    from brian2 import get_device

    before = get_device()
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    sim.setup(device="runtime")
    cells = sim.Population(5, sim.SpikeSourcePoisson(rate=500.0))
    cells.record("spikes")
    sim.run(20.0)
    assert np.random.random() == expected
    assert get_device() is before


def test_the_seed_decides_what_is_random() -> None:
    found = []
    for seed in (1, 1, 2):
        sim.setup(device="runtime", rng_seed=seed)
        sources = sim.Population(20, sim.SpikeSourcePoisson(rate=300.0))
        sources.record("spikes")
        sim.run(20.0)
        found.append(sources.get_data().segments[0].spiketrains.multiplexed[1].magnitude.tolist())
    assert found[0] == found[1] != found[2]


# -- changes between runs ---------------------------------------------------------------------------


def test_a_value_for_one_cell_changes_that_cell_only() -> None:
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=0.5))
    cells.record("v")
    sim.run(5.0)
    cells[1].tau_m = 5.0
    sim.run(5.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    assert np.array_equal(v[:, 0], v[:, 2])
    assert v[-1, 1] != v[-1, 0]
    assert np.array_equal(v[:51, 1], v[:51, 0])
    assert cells.get("tau_m").tolist() == [20.0, 5.0, 20.0]


def test_one_value_for_all_stays_one_number() -> None:
    cells = sim.Population(4, sim.IF_curr_exp())
    sim.run(1.0)
    network = sim.state.network
    cells.set(tau_m=10.0)
    cells[1:3].set(tau_m=10.0)
    sim.run(1.0)
    assert sim.state.network is network
    assert cells.get("tau_m") == 10.0


def test_weights_delays_and_parameters_of_synapses_change_between_runs() -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0, 11.0]))
    cells = sim.Population(2, sim.IF_curr_exp())
    projection = sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=1.0))
    cells.record("v")
    sim.run(10.0)
    projection.set(weight=[1.0, 3.0], delay=2.0)
    assert projection.get(["weight", "delay"], "list") == [(0, 0, 1.0, 2.0), (0, 1, 3.0, 2.0)]
    sim.run(10.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    begin = 130  # 11 ms + 2 ms
    assert np.array_equal(v[: begin + 1, 0], v[: begin + 1, 1])
    assert v[begin + 20, 1] > v[begin + 20, 0] + 0.5


def test_what_is_wrong_changes_nothing() -> None:
    cells = sim.Population(3, sim.IF_curr_exp())
    sim.run(1.0)
    with pytest.raises(errors.NonExistentParameterError):
        cells.set(tau_n=3.0)
    with pytest.raises((errors.InvalidDimensionsError, errors.InvalidParameterValueError)):
        cells.set(tau_m=[1.0, 2.0])
    with pytest.raises(errors.RecordingError):
        cells.record(["v", "w"])
    assert cells.get("tau_m") == 20.0
    assert not cells.recorder.recorded
    projection = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    with pytest.raises(errors.NonExistentParameterError):
        projection.set(U=0.5)
    with pytest.raises(errors.InvalidDimensionsError, match="3 connections, 2 values"):
        projection.set(weight=[1.0, 2.0])
    assert projection.get("weight", "list", with_address=False) == [1.0] * 3


# -- initial values ---------------------------------------------------------------------------------


def test_initial_values_can_be_had_by_either_name() -> None:
    conductances = sim.Population(3, sim.IF_cond_exp())
    conductances.initialize(v=sim.RandomDistribution("uniform", (-65.0, -60.0)), gsyn_exc=0.01)
    drawn = conductances.get_initial_value("v")
    assert drawn.shape == (3,)
    assert np.array_equal(drawn, conductances.get_initial_value("v"))  # drawn once
    assert conductances.get_initial_value("isyn_exc") == conductances.get_initial_value("gsyn_exc") == 0.01
    assert conductances[1:].get_initial_value("v").tolist() == drawn[1:].tolist()
    conductances[2:].initialize(v=-70.0)
    assert conductances.get_initial_values()["v"].tolist() == [*drawn[:2].tolist(), -70.0]
    with pytest.raises(KeyError, match="no state variable 'u'"):
        conductances.get_initial_value("u")


def test_a_cell_type_can_be_used_twice_and_draws_anew() -> None:
    rng = sim.NumpyRNG(seed=1)
    kind = sim.IF_curr_exp(tau_m=sim.RandomDistribution("uniform", (10.0, 20.0), rng=rng))
    first, second = sim.Population(4, kind), sim.Population(4, kind)
    assert not np.array_equal(first.get("tau_m"), second.get("tau_m"))


def test_parameters_that_share_a_generator_differ_and_it_is_said() -> None:
    rng = sim.NumpyRNG(seed=1)
    with pytest.warns(PyNNWarning, match="share one random generator"):
        cells = sim.Population(
            5,
            sim.IF_curr_exp(
                tau_m=sim.RandomDistribution("uniform", (1.0, 2.0), rng=rng),
                cm=sim.RandomDistribution("uniform", (1.0, 2.0), rng=rng),
            ),
        )
    assert not np.array_equal(cells.get("tau_m"), cells.get("cm"))


# -- recording --------------------------------------------------------------------------------------


def test_a_signal_has_a_sample_at_the_start_and_at_the_end() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=0.1))
    cells.record("v")
    sim.run(1.0)
    signal = cells.get_data().segments[0].analogsignals[0]
    assert signal.shape == (11, 1)
    assert (signal.t_start, signal.t_stop - signal.sampling_period) == (0 * pq.ms, 1.0 * pq.ms)
    assert signal[0, 0] == -65.0 * pq.mV
    # the closed form: R I (1 - exp(-t/tau))
    assert signal.magnitude[:, 0] == pytest.approx(-65 + 2 * (1 - np.exp(-np.arange(11) / 200)), abs=1e-12)


def test_recording_may_begin_and_end_between_runs() -> None:
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=0.4))
    cells[:1].record("v")
    sim.run(2.0)
    cells[1:].record("v")
    sim.run(2.0)
    signal = cells.get_data().segments[0].analogsignals[0].magnitude
    assert signal.shape == (41, 3)
    assert np.isfinite(signal[:, 0]).all()
    assert np.isnan(signal[:20, 1:]).all()
    assert np.array_equal(signal[20:, 0], signal[20:, 2])
    cells.record(None)
    sim.run(1.0)
    assert not cells.get_data().segments[0].analogsignals


def test_data_before_a_run_are_refused() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(), label="early")
    cells.record("v")
    with pytest.raises(PyNNError, match="early: there are no data yet"):
        cells.get_data()


def test_clear_forgets_and_the_next_data_begin_there() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=2.0))
    cells.record(["spikes", "v"])
    sim.run(20.0)
    first = cells.get_data(clear=True).segments[0]
    sim.run(20.0)
    second = cells.get_data().segments[0]
    assert second.analogsignals[0].t_start == 20.0 * pq.ms
    assert second.analogsignals[0].magnitude[0] == first.analogsignals[0].magnitude[-1]
    assert first.spiketrains[0].size > 0
    assert second.spiketrains[0].magnitude.min() > 20
    sim.reset()
    sim.run(20.0)
    kept, again = cells.get_data().segments  # what came after the clear is kept
    assert kept.spiketrains[0].size == second.spiketrains[0].size
    assert np.array_equal(again.spiketrains[0].magnitude, first.spiketrains[0].magnitude)


@pytest.mark.parametrize("device", [COMPILED, "runtime"])
@pytest.mark.parametrize("interval", [0.1, 0.5])
def test_signals_begin_at_time_zero_again_after_a_reset(device: str | None, interval: float) -> None:
    sim.setup(timestep=0.1, device=device)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=[0.1, 0.2]))
    cells.record("v", sampling_interval=interval)
    sim.run(2.0)
    sim.run(1.0)
    sim.reset()
    sim.run(3.0)
    first, second = (segment.analogsignals[0] for segment in cells.get_data().segments)
    assert first.t_start == second.t_start == 0 * pq.ms
    assert np.array_equal(first.magnitude, second.magnitude)  # the last samples, too


@pytest.mark.parametrize("asked", ["v", ["v"], ["v", "spikes"], ["spikes"], "all"])
def test_what_is_asked_for_is_there_of_the_segments_before_a_reset_too(asked: Any) -> None:
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=1.5))
    cells.record(["v", "spikes"])
    sim.run(20.0)
    sim.reset()
    sim.run(20.0)
    for segment in cells.get_data(asked).segments:
        assert [signal.name for signal in segment.analogsignals] == (["v"] if "v" in asked or asked == "all" else [])
        assert len(segment.spiketrains) == (2 if "spikes" in asked or asked == "all" else 0)
    for segment in cells.get_data().segments:  # and nothing was lost by asking for less before
        assert [signal.name for signal in segment.analogsignals] == ["v"] and len(segment.spiketrains) == 2
        assert segment.spiketrains[0].size > 0 and len(segment.analogsignals[0]) == 201


def test_a_sampling_interval_is_a_multiple_of_the_step() -> None:
    cells = sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(PyNNError, match="sampling interval of 0.25 ms .* multiple of the time step, 0.1 ms"):
        cells.record("v", sampling_interval=0.25)
    cells.record("v", sampling_interval=0.5)
    sim.run(1.3)
    sim.run(0.7)
    assert cells.get_data().segments[0].analogsignals[0].shape == (5, 1)


def test_spikes_of_parts_and_of_assemblies() -> None:
    first, second = (sim.Population(2, sim.IF_curr_exp(i_offset=current)) for current in (2.0, 3.0))
    both = first + second
    both.record("spikes")
    sim.run(30.0)
    counts = both.get_spike_counts()
    assert len(counts) == 4
    assert counts[first[0]] < counts[second[0]]
    assert first[1:].mean_spike_count() == counts[first[1]]
    assert len(both.get_data().segments[0].spiketrains) == 4
    assert len(first[1:].get_data().segments[0].spiketrains) == 1


def test_looking_at_one_train_does_not_make_the_others() -> None:
    cells = sim.Population(50, sim.IF_curr_exp(i_offset=2.0))
    cells.record("spikes")
    sim.run(20.0)
    trains = cells.get_data().segments[0].spiketrains
    assert isinstance(trains, SortedSpikeTrains)
    assert trains[7].annotations["source_index"] == 7
    assert list(trains.__dict__["_made"]) == [7]
    assert trains[7] is trains[-43]
    assert [train.size for train in trains] == [trains[7].size] * 50


def test_pickled_data_need_neo_only(tmp_path: Path) -> None:
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=2.0))
    cells.record(["spikes", "v"])
    sim.run(20.0)
    cells.write_data(str(tmp_path / "data.pkl"))
    look = (
        "import sys, pickle\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('brianhw', 'brian2', 'pyNN'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        f"block = pickle.load(open({str(tmp_path / 'data.pkl')!r}, 'rb'))\n"
        "print([train.size for train in block.segments[0].spiketrains])\n"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=tmp_path)
    sizes = [train.size for train in cells.get_data().segments[0].spiketrains]
    assert done.stdout.strip() == str(sizes), done.stderr[-1000:]
    with open(tmp_path / "data.pkl", "rb") as file:
        assert type(pickle.load(file).segments[0].spiketrains).__module__.startswith("neo.")


# -- projections ------------------------------------------------------------------------------------


def test_lists_have_pynns_order_and_arrays_their_places() -> None:
    pre, post = sim.Population(3, sim.IF_curr_exp()), sim.Population(2, sim.IF_curr_exp())
    weights = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=weights))
    listed = [(0, 0, 1.0), (1, 0, 3.0), (2, 0, 5.0), (0, 1, 2.0), (1, 1, 4.0), (2, 1, 6.0)]
    for _ in range(2):  # as a description, and in the network
        assert projection.get("weight", "list") == listed
        assert projection.get("weight", "array").tolist() == weights.tolist()
        assert projection.get(["source", "target", "weight"], "list") == listed
        assert [(c.presynaptic_index, c.postsynaptic_index, c.weight) for c in projection.connections] == listed
        sim.run(0.1)
    projection.connections[1].weight = 7.0
    assert projection.get("weight", "array")[1, 0] == 7.0


def test_parts_and_assemblies_are_connected_at_their_places() -> None:
    first, second = sim.Population(4, sim.IF_curr_exp()), sim.Population(3, sim.IF_curr_exp())
    assembly = first + second
    view = assembly[np.array([1, 3, 5])]
    sources = sim.Population(5, sim.SpikeSourceArray(spike_times=[1.0]))
    synapse = sim.StaticSynapse(weight=np.arange(6.0).reshape(2, 3) * 10 + 10, delay=0.5)
    projection = sim.Projection(sources[3:], view, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    assembly.record("v")
    expected = projection.get("weight", "array").tolist()
    sim.run(3.0)
    assert projection.get("weight", "array").tolist() == expected == [[10, 20, 30], [40, 50, 60]]
    moved = [
        bool(v.max() > -64.9) for p in (first, second) for v in p.get_data().segments[0].analogsignals[0].magnitude.T
    ]
    assert moved == [False, True, False, True, False, True, False]


@pytest.mark.parametrize("seed", ["0", "4"])  # two orders of the same set
def test_an_assembly_keeps_the_order_of_the_receptors(seed: str) -> None:
    program = """if True:
        import brianhw.pynn as sim
        cells = sim.Population(2, sim.IF_curr_exp()) + sim.Population(2, sim.IF_curr_alpha())
        sources = sim.Population(4, sim.SpikeSourceArray())
        weights = [sim.StaticSynapse(weight=weight) for weight in (1.0, -1.0)]
        print(*(sim.Projection(sources, cells, sim.OneToOneConnector(), weight).receptor_type for weight in weights))
        """
    environment = environment_of(PYTHONHASHSEED=seed)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["excitatory", "inhibitory"], done.stderr


def test_several_synapses_of_a_pair_are_joined_as_asked() -> None:
    cells = sim.Population(2, sim.IF_curr_exp())
    pairs = [(0, 1, 1.0, 1.0), (0, 1, 4.0, 1.0), (1, 0, 2.0, 1.0)]
    projection = sim.Projection(cells, cells, sim.FromListConnector(pairs))
    for how, value in (("sum", 5.0), ("first", 1.0), ("last", 4.0), ("min", 1.0), ("max", 4.0)):
        assert projection.get("weight", "array", multiple_synapses=how)[0, 1] == value


def test_short_delays_are_rounded_up_and_said_once_or_refused() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sim.setup(timestep=1.0, min_delay=1.0, device="runtime")
        cells = sim.Population(2, sim.IF_curr_exp())
        projection = sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=0.5))
        projection.set(delay=0.25)
    messages = [str(each.message) for each in said if issubclass(each.category, PyNNWarning)]
    assert len(messages) == 1
    assert "a delay of 0.5 ms was asked for, the smallest is 1 ms" in messages[0]
    assert projection.get("delay", "list", with_address=False) == [1.0, 1.0]
    sim.setup(timestep=1.0, min_delay=1.0, device="runtime", strict=True)
    cells = sim.Population(2, sim.IF_curr_exp())
    with pytest.raises((PyNNError, errors.ConnectionError)):
        sim.Projection(cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0, delay=0.5))


def test_text_is_parsed_and_never_evaluated(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    text = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    cells = sim.Population(2, sim.IF_curr_exp())
    attempts = [
        lambda: sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=text)),
        lambda: sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=text)),
        lambda: sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=text),
        lambda: sim.DistanceDependentProbabilityConnector(text),
        lambda: sim.Projection(cells, cells, sim.AllToAllConnector()).set(weight=text),
        lambda: cells.set(tau_m=text),
        lambda: cells.initialize(v=text),
        lambda: sim.IF_curr_exp(tau_m=text),
        lambda: sim.DCSource(amplitude=text),
    ]
    for attempt in attempts:
        with pytest.raises(Exception):  # noqa: B017 - each kind of object has its own error
            attempt()
        assert not trap.exists()
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight="0.1 + d"))
    assert projection.get("weight", "array").tolist() == [[0.1, 1.1], [1.1, 0.1]]


# -- electrodes -------------------------------------------------------------------------------------


def test_currents_of_several_electrodes_add_up_and_change_between_runs() -> None:
    cells = sim.Population(3, sim.IF_curr_exp())
    steady, alternating = sim.DCSource(amplitude=0.2, start=5.0, stop=15.0), sim.ACSource(amplitude=0.1, frequency=50.0)
    steps = sim.StepCurrentSource(times=[0.0, 10.0], amplitudes=[0.3, 0.1])
    cells[:2].inject(steady)
    cells[1:].inject(alternating)
    cells[2].inject(steps)
    steps.record()
    cells.record("v")
    sim.run(10.0)
    steady.amplitude = 0.4
    sim.run(10.0)
    v = cells.get_data().segments[0].analogsignals[0].magnitude
    assert np.all(v[:51, 0] == -65.0)  # off until 5 ms, and its effect is one step later
    slope = (v[52, 0] - v[51, 0]) / 0.1
    assert slope == pytest.approx(0.2, rel=0.02)  # nA/nF = mV/ms
    assert (v[102, 0] - v[101, 0]) - (v[100, 0] - v[99, 0]) == pytest.approx(0.02, rel=0.05)  # 0.2 nA more
    assert steps.get_data().magnitude[[0, 99, 100, 200], 0].tolist() == [0.3, 0.3, 0.1, 0.1]
    # linear cells: what two sources do together is the sum of what each does
    assert v[:101, 1] - v[:101, 0] != pytest.approx(0)


def test_noise_has_its_mean_its_spread_and_its_interval() -> None:
    cells = sim.Population(1, sim.IF_curr_exp(v_thresh=1000.0))
    noise = sim.NoisyCurrentSource(mean=0.5, stdev=0.2, start=10.0, stop=410.0, dt=0.5, rng=sim.NumpyRNG(seed=4))
    cells.inject(noise)
    noise.record()
    for _ in range(25):
        sim.run(17.0)
    current = noise.get_data().magnitude[:, 0]
    assert np.all(current[:100] == 0)
    assert np.all(current[4100:] == 0)
    held = current[100:4100].reshape(-1, 5)
    assert np.all(held == held[:, :1])  # one number for each interval, whatever the runs were
    # 800 numbers: standard errors are 0.2/sqrt(800) and 0.2/sqrt(1600); within four of them
    assert held[:, 0].mean() == pytest.approx(0.5, abs=4 * 0.2 / 800**0.5)
    assert held[:, 0].std() == pytest.approx(0.2, abs=4 * 0.2 / 1600**0.5)


@pytest.mark.parametrize("seed", [None, 4])
def test_noise_depends_neither_on_the_runs_nor_on_who_looks_and_takes_none_of_the_scripts_numbers(seed: Any) -> None:
    def noise(*runs: float) -> Any:
        sim.setup(timestep=0.1, device="runtime")
        source = sim.NoisyCurrentSource(stdev=1.0, dt=0.3, stop=99.0, rng=seed and sim.NumpyRNG(seed=seed))
        source.inject_into(sim.Population(1, sim.IF_curr_exp()))
        source.record()
        for duration in runs:
            sim.run(duration)
            current = source.get_data().magnitude
        return current

    before = np.random.get_state()[1].tolist()
    whole = noise(5.0)
    assert len(np.unique(whole)) == 17
    assert np.array_equal(whole, noise(0.7, 0.1, 1.4, 2.8))
    assert np.random.get_state()[1].tolist() == before


def test_a_spike_source_takes_no_current() -> None:
    with pytest.raises(TypeError, match="spike source"):
        sim.DCSource().inject_into(sim.Population(1, sim.SpikeSourcePoisson()))


def test_brian2_does_not_ask_the_user_about_the_order_of_random_numbers(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(BrianLogger.console_handler, "stream", shown)
    sim.setup(device="runtime")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    target = sim.Population(1, sim.IF_cond_exp())
    synapse = sim.SimpleStochasticSynapse(weight=0.01, delay=1.0, p=0.5)
    sim.Projection(source, target, sim.AllToAllConnector(), synapse)
    sim.run(2.0)
    assert "order of execution" not in shown.getvalue()


# -- random numbers ---------------------------------------------------------------------------------


def everything_drawn(rng_seed: int) -> list[Any]:
    """Return all that a script may leave to chance without a generator of its own."""
    sim.setup(timestep=0.1, device="runtime", rng_seed=rng_seed)
    drawn = sim.RandomDistribution("uniform", (10.0, 20.0))
    cells = sim.Population(9, sim.IF_cond_exp(tau_m=drawn, cm=drawn), structure=RandomStructure(Sphere(5.0)))
    cells.initialize(v=drawn)
    more = sim.Population(9, sim.IF_cond_exp(), structure=Grid2D(fill_order="random"))
    more.set(tau_m=sim.RandomDistribution("uniform", (10.0, 20.0), rng=sim.NumpyRNG()))
    more[2:5].set(cm=drawn)
    projection = sim.Projection(cells, more, sim.FixedProbabilityConnector(0.5), sim.StaticSynapse(weight=drawn))
    first = projection.get(["weight", "delay"], "list")
    projection.set(weight=drawn)
    found = [cells.get(["tau_m", "cm"]), cells.initial_values["v"].evaluate(), more.get(["tau_m", "cm"])]
    found += [cells.positions, more.positions, first, projection.get("weight", "list")]
    found += [cells.sample(4).all_cells, (cells + more).sample(4).all_cells]
    return [np.asarray(value, dtype=float) for value in found]


def test_what_has_no_generator_of_its_own_follows_from_the_seed_of_setup() -> None:
    first, again, other = everything_drawn(3), everything_drawn(3), everything_drawn(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_two_populations_of_one_cell_type_draw_different_values() -> None:
    cell = sim.IF_cond_exp(tau_m=sim.RandomDistribution("uniform", (10.0, 20.0)))
    first, second = sim.Population(5, cell), sim.Population(5, cell)
    assert not np.isin(first.get("tau_m"), second.get("tau_m")).any()


# -- mistakes ---------------------------------------------------------------------------------------


def one_to_one(pre: Any, post: Any, **synapse: Any) -> Any:
    return sim.Projection(pre, post, sim.OneToOneConnector(), sim.StaticSynapse(**{"weight": 0.1, **synapse}))


def test_what_was_made_before_setup_is_refused_by_name() -> None:
    old, electrode = sim.Population(2, sim.IF_cond_exp(), label="old"), sim.DCSource(amplitude=1.0)
    connections = one_to_one(old, old)
    old.record("spikes")
    sim.run(1.0)
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(2, sim.IF_cond_exp())
    for use in (
        lambda: old.inject(sim.DCSource(amplitude=1.0)),  # ids begin anew: these were cells of the new population
        lambda: (cells + old).inject(sim.DCSource(amplitude=1.0)),
        lambda: old.record("v"),
        lambda: old.set(tau_m=3.0),
        lambda: old[:1].initialize(v=-60.0),
        lambda: one_to_one(old, cells),
        lambda: one_to_one(cells, old[1:]),
        lambda: connections.set(weight=1.0),
        lambda: old.get_data(),
        lambda: old.get_spike_counts(),
    ):
        with pytest.raises(PyNNError, match="old.* was made before setup"):
            use()
    with pytest.raises(PyNNError, match="This DCSource was made before setup"):
        cells.inject(electrode)
    sim.run(1.0)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("name", ["cm", "tau_m", "tau_syn_E"])
def test_a_time_constant_or_capacitance_must_be_positive(name: str, value: float) -> None:
    with pytest.raises(errors.InvalidParameterValueError, match=f"IF_cond_exp: {name} is .*must be positive"):
        sim.Population(3, sim.IF_cond_exp(**{name: value}))
    cells = sim.Population(3, sim.IF_cond_exp())
    before = cells.get(name)
    with pytest.raises(errors.InvalidParameterValueError, match=f"{name} of cell 1 is"):
        cells[1:].set(**{name: value})
    assert cells.get(name) == before


def test_a_parameter_must_be_a_number() -> None:
    with pytest.raises(errors.InvalidParameterValueError, match="v_rest of cell 1 is nan; it must be a number"):
        sim.Population(2, sim.IF_cond_exp(v_rest=[-65.0, np.nan]))
    sim.Population(2, sim.IF_cond_exp(tau_refrac=0.0))
    sim.Population(2, sim.SpikeSourcePoisson(duration=np.inf))


@pytest.mark.parametrize("name", ["weight", "delay"])
def test_connections_refuse_what_is_not_a_number(name: str) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    with pytest.raises(errors.InvalidParameterValueError, match=f"{name} must be a number"):
        one_to_one(cells, cells, **{name: np.nan})
    connections = one_to_one(cells, cells)
    with pytest.raises(errors.InvalidParameterValueError, match=f"{name} must be a number"):
        connections.set(**{name: [1.0, np.nan]})
    with pytest.raises(errors.InvalidParameterValueError, match=f"{name} must be a number"):
        setattr(connections[0], name, np.nan)


def test_weights_keep_their_sign_when_they_are_set() -> None:
    conductances, currents = sim.Population(2, sim.IF_cond_exp()), sim.Population(2, sim.IF_curr_exp())
    onto_conductances, onto_currents = one_to_one(conductances, conductances), one_to_one(currents, currents)
    for connections in (onto_conductances, onto_currents):
        with pytest.raises(errors.ConnectionError, match="weight -1 was given.*must be >= 0"):
            connections.set(weight=[1.0, -1.0])
        with pytest.raises(errors.ConnectionError, match="weight -1 was given.*must be >= 0"):
            connections[0].weight = -1.0
        assert connections.get("weight", "list", with_address=False) == [0.1, 0.1]


def test_an_unknown_state_variable_is_said() -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    with pytest.warns(PyNNWarning, match="no state variable 'V'. Did you mean 'v'"):
        cells.initialize(V=-60.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PyNNWarning)
        cells.initialize(v=-60.0, gsyn_exc=0.1, isyn_inh=0.1)
        sim.Population(2, sim.IF_curr_exp()).initialize(isyn_exc=0.1)


@pytest.mark.parametrize("unit", [ms, pq.ms])
def test_a_quantity_is_not_taken_for_its_number(unit: Any) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    for use in (
        lambda: sim.IF_cond_exp(tau_m=[30.0, 40.0] * unit),
        lambda: cells.set(tau_m=[30.0, 40.0] * unit),
        lambda: setattr(cells[0], "tau_m", 30 * unit),
        lambda: cells.initialize(v=2 * unit),
        lambda: sim.StaticSynapse(delay=2 * unit),
        lambda: sim.DCSource(start=3 * unit),
        lambda: sim.setup(timestep=1 * unit),
    ):
        with pytest.raises(errors.InvalidParameterValueError, match="without a unit"):
            use()


def test_an_array_without_dimensions_is_a_number() -> None:
    cells = sim.Population(2, sim.IF_cond_exp(tau_m=np.array(30.0)))
    cells.set(cm=np.array(2.0))
    assert cells.get(["tau_m", "cm"]) == [30.0, 2.0]


def test_whole_numbers_do_not_truncate_those_set_later() -> None:
    cells = sim.Population(3, sim.IF_cond_exp(tau_m=np.array([10, 20, 30])))
    cells[1:2].set(tau_m=12.7)
    cells.initialize(v=np.array([-60, -61, -62]))
    cells[:1].initialize(v=-60.5)
    assert cells.get("tau_m").tolist() == [10.0, 12.7, 30.0]
    assert cells.get_initial_value("v").tolist() == [-60.5, -61.0, -62.0]


@pytest.mark.parametrize("times", [[1.0, 2.0], [1, 2], np.arange(1, 3), range(1, 3)])
def test_spike_times_that_all_cells_share_can_be_read(times: Any) -> None:
    sources = sim.Population(2, sim.SpikeSourceArray(spike_times=times))
    assert sources.get("spike_times").value.tolist() == [1.0, 2.0]
    assert sources[1].spike_times.value.tolist() == [1.0, 2.0]
    sources[1:].set(spike_times=[3.0])
    assert [train.value.tolist() for train in sources.get("spike_times")] == [[1.0, 2.0], [3.0]]


@pytest.mark.parametrize("size", [0, -1])
def test_a_population_has_a_cell_at_least(size: int) -> None:
    with pytest.raises(PyNNError, match=f"few: {size} cells were asked for"):
        sim.Population(size, sim.IF_cond_exp(), label="few")


@pytest.mark.parametrize("timestep", [0.0, -0.1])
def test_the_time_step_is_positive(timestep: float) -> None:
    with pytest.raises(PyNNError, match="timestep must be positive"):
        sim.setup(timestep=timestep)


def test_nothing_connects_to_a_spike_source() -> None:
    cells, sources = sim.Population(2, sim.IF_cond_exp()), sim.Population(2, sim.SpikeSourcePoisson(), label="noise")
    with pytest.raises(errors.ConnectionError, match="noise: spike sources have no receptors"):
        one_to_one(cells, sources)


def test_an_assembly_that_cannot_be_connected_to_is_refused_with_its_part() -> None:
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[1.0]), label="noise")
    currents = sim.Population(2, sim.IF_curr_exp(), label="currents")
    opened = sim.Population(2, sim.IF_cond_exp(), label="opened")
    before = len(sim.state.projections)
    for target, said in (
        (currents + opened, "synapses of opened are conductances, those of currents currents.*onto each population"),
        (currents[:1] + opened, "those of view of 'currents' with size 1 currents"),
        (currents + source, "noise: spike sources have no receptors"),
        (source[:1] + opened, "noise.*: spike sources have no receptors"),
    ):
        with pytest.raises(errors.ConnectionError, match=said):
            sim.Projection(source, target, sim.AllToAllConnector())
    assert len(sim.state.projections) == before


def test_one_saved_attribute_can_be_read_again(tmp_path: Path) -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    one_to_one(cells, cells).save("weight", str(tmp_path / "weights"))
    again = sim.Projection(cells, cells, sim.FromFileConnector(str(tmp_path / "weights")), sim.StaticSynapse(delay=2.0))
    assert again.get(["weight", "delay"], "list") == [(0, 0, 0.1, 2.0), (1, 1, 0.1, 2.0)]


@pytest.mark.parametrize("side", ["pre", "post"])
@pytest.mark.parametrize("first", [0, 3], ids=["first part", "second part"])
def test_connections_of_one_part_of_an_assembly_name_the_same_cells_after_a_run(side: str, first: int) -> None:
    sim.setup(device="runtime")
    parts = [sim.Population(3, sim.IF_cond_exp()), sim.Population(4, sim.IF_cond_exp())[1:]]
    whole, other = parts[0] + parts[1], sim.Population(5, sim.IF_cond_exp())
    pairs = [(first + 1, 1), (first + 2, 3)] if side == "pre" else [(1, first + 1), (3, first + 2)]
    ends = (whole, other) if side == "pre" else (other, whole)
    connector = sim.FromListConnector([(*pair, 0.01, 1.0) for pair in pairs])
    projection = sim.Projection(*ends, connector, sim.StaticSynapse())
    sim.run(1.0)
    assert [(i, j) for i, j, _ in projection.get("weight", "list")] == pairs
    assert np.argwhere(~np.isnan(projection.get("weight", "array"))).tolist() == [list(pair) for pair in pairs]


@pytest.mark.standalone
@pytest.mark.usefixtures("on_device")
def test_a_pynn_network_is_no_part_of_what_the_device_repeats() -> None:
    group = NeuronGroup(1, "dv/dt = 1/tau : 1\ntau : second", method="euler", namespace={})
    group.tau = 10 * ms
    network = Network(group)
    network.run(5 * ms)
    sim.setup()
    sim.Population(1, sim.IF_curr_exp())
    sim.run(5.0)
    sim.run(5.0)
    brian2.device.run(run_args={group.tau: 5 * ms})
    assert group.v[0] == pytest.approx(1.0)


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let SIGINT be handled as in a terminal: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, brian2._InterruptHandler(signal.default_int_handler))
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.standalone
@pytest.mark.parametrize("sources", [False, True])
def test_a_run_that_is_broken_off_goes_on_from_where_it_got_to(sources: bool, ctrl_c: None) -> None:
    sim.setup(timestep=0.1, rng_seed=1)
    cells = sim.Population(20, sim.IF_cond_exp(i_offset=0.1))
    cells.record("v")
    drive = sim.Population(500, sim.SpikeSourcePoisson(rate=2000.0)) if sources else None
    if drive is not None:
        drive.record("spikes")
    sim.run(1.0)  # compiled here
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        sim.run(1e7)
    timer.join()
    reached = sim.get_current_time()
    assert 1.0 <= reached < 1e7
    sim.run(2.0)
    segment = cells.get_data().segments[0]
    assert len(segment.analogsignals[0]) == round((reached + 2.0) / 0.1) + 1
    if drive is not None:
        counts = np.histogram(
            drive.get_data().segments[0].spiketrains.multiplexed[1].magnitude, bins=20, range=(0, reached + 2.0)
        )[0]
        expected = 500 * 2.0 * (reached + 2.0) / 20
        assert counts == pytest.approx(expected, abs=6 * np.sqrt(expected))  # none lost, none twice
