"""What connections keep: each value once, in as few bytes as say it, and what is read stays what was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import brianhw.pynn as sim
from brianhw.pynn.building.network import Described, Network
from brianhw.pynn.models.grid import Delays
from brianhw.pynn.simulator import state

pytestmark = pytest.mark.standalone


def connected(delay: Any, weight: Any = 0.1, synapse: Any = None, **options: Any) -> Any:
    """Return a projection of all of 12 cells onto all of 9."""
    sim.setup(timestep=0.1, **options)
    pre, post = sim.Population(12, sim.IF_curr_exp(i_offset=2.0)), sim.Population(9, sim.IF_curr_exp())
    synapse = synapse or sim.StaticSynapse(weight=weight, delay=delay)
    return sim.Projection(pre, post, sim.AllToAllConnector(), synapse)


def uniform(low: float, high: float) -> Any:
    return sim.RandomDistribution("uniform", (low, high))


def synapses_of(projection: Any) -> Any:
    """Return a projection's Brian2 synapses."""
    (link,) = state.network.links[projection].each
    return link.brian


def test_pairs_weights_and_delays_are_held_by_the_synapses_alone() -> None:
    projection = connected(uniform(0.1, 3.0), uniform(0.1, 0.2))
    before = [projection._pairs.i, projection._pairs.j, projection._values["weight"]]
    sim.run(0.1)
    held = [synapses_of(projection).variables[n].get_value() for n in ("_synaptic_pre", "_synaptic_post", "weight")]
    for given, taken in zip(before, held, strict=True):
        assert np.shares_memory(given, taken)
    assert not {"weight", "delay"} & projection._values.keys()


@pytest.mark.parametrize(("longest", "size"), [(25.0, 1), (26.0, 2), (7000.0, 4)])
def test_delays_are_kept_as_steps_in_as_few_bytes_as_they_need(longest: float, size: int) -> None:
    delays = np.full((12, 9), 0.1)
    delays[3, 4] = longest
    projection = connected(delays)
    assert isinstance(projection._values["delay"], Delays)
    assert projection._values["delay"].steps.dtype.itemsize == size
    np.testing.assert_array_equal(projection.get("delay", format="array"), delays)


@pytest.mark.parametrize(("longest", "size"), [(0.1 * (2**20 - 1), 4), (0.1 * 2**20, 8)])
def test_synapses_hold_delays_in_single_precision_where_these_are_the_same_steps(longest: float, size: int) -> None:
    delays = np.full((12, 9), 0.3)
    delays[3, 4] = round(longest, 1)
    projection = connected(delays)
    sim.run(0.1)
    assert synapses_of(projection).transmit.variables["delay"].get_value().itemsize == size
    np.testing.assert_array_equal(projection.get("delay", format="array"), delays)


def test_a_delay_too_long_for_single_precision_can_be_set_after_a_run() -> None:
    projection = connected(uniform(0.1, 3.0))
    sim.run(0.1)
    delays = np.full((12, 9), 0.3)
    delays[2, 2] = 0.1 * (2**20 + 1)
    projection.set(delay=delays)
    sim.run(0.1)
    np.testing.assert_array_equal(projection.get("delay", format="array"), np.round(delays, 9))


def test_spikes_find_their_synapses_in_the_order_in_which_they_lie() -> None:
    projection = connected(uniform(0.1, 3.0))
    sim.run(0.1)
    synapses = synapses_of(projection)
    pre, delay = synapses.variables["i"].get_value(), synapses.transmit.variables["delay"].get_value()
    np.testing.assert_array_equal(np.lexsort((delay, pre)), np.arange(len(pre)))


def test_a_network_beside_the_scripts_own_leaves_its_arrays_alone() -> None:
    learning = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(A_plus=0.5, A_minus=0.5),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0),
        weight=uniform(0.5, 1.0), delay=uniform(0.1, 2.0),
    )  # fmt: skip
    projection = connected(None, synapse=learning)
    before = np.array(projection.get("weight", format="list", with_address=False))
    described = Described(state.populations, [projection.at_start()])
    beside = Network(described, state.grid, state.hardware, state.machine)
    beside.run(500)
    (links,) = beside.links.values()
    assert not np.array_equal(np.sort(links.value("weight")), np.sort(before))
    np.testing.assert_array_equal(projection.get("weight", format="list", with_address=False), before)


def test_an_array_that_a_script_gave_is_not_changed_by_learning() -> None:
    learning = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(A_plus=0.5, A_minus=0.5),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0),
        weight=0.5, delay=1.0,
    )  # fmt: skip
    projection = connected(None, synapse=learning)
    weights = np.full(108, 0.7)
    projection.set(weight=weights)
    sim.run(50.0)
    assert (weights == 0.7).all()
    assert (np.array(projection.get("weight", format="list", with_address=False)) != 0.7).any()


# -- single precision -----------------------------------------------------------------------------------


def small_network(precision: str) -> tuple[list[list[float]], np.ndarray]:
    """Return spikes and potentials of 60 cells that excite and inhibit each other, for 100 ms."""
    sim.setup(timestep=0.1, precision=precision)
    cells = sim.Population(60, sim.IF_cond_exp(i_offset=0.9, tau_refrac=2.0))
    cells.initialize(v=uniform(-65.0, -50.0))
    cells.record(["spikes", "v"])
    connector = sim.FixedProbabilityConnector(0.3)
    for part, receptor, weight in ((cells[:48], "excitatory", 0.004), (cells[48:], "inhibitory", 0.02)):
        synapse = sim.StaticSynapse(weight=uniform(weight / 2, weight), delay=uniform(0.1, 3.0))
        sim.Projection(part, cells, connector, synapse, receptor_type=receptor)
    cells[:3].inject(sim.StepCurrentSource(times=[20.0, 60.0], amplitudes=[0.3, 0.0]))
    sim.run(100.0)
    segment = cells.get_data().segments[0]
    trains = [train.rescale("ms").magnitude.tolist() for train in segment.spiketrains]
    return trains, segment.filter(name="v")[0].magnitude


def test_single_precision_has_the_spikes_of_double_precision_and_its_potentials() -> None:
    spikes, potentials = small_network("double")
    same, single = small_network("single")
    assert sum(map(len, spikes)) > 100
    assert same == spikes
    # 7 digits of -65 mV are 4e-6 mV at each of 1000 steps
    np.testing.assert_allclose(single, potentials, rtol=0, atol=2e-3)
    assert not np.array_equal(single, potentials)


def test_single_precision_halves_what_weights_take_and_leaves_delays_as_they_are() -> None:
    weights = {}
    for precision in ("double", "single"):
        projection = connected(uniform(0.1, 3.0), uniform(0.1, 0.2), precision=precision)
        before = projection.get(["weight", "delay"], format="list")
        sim.run(1.0)
        assert projection.get(["weight", "delay"], format="list") == before
        assert synapses_of(projection).variables["weight"].get_value().itemsize == (8 if precision == "double" else 4)
        weights[precision] = np.array(before)
    np.testing.assert_array_equal(weights["single"][:, 3], weights["double"][:, 3])
    np.testing.assert_allclose(weights["single"][:, 2], weights["double"][:, 2], rtol=6e-8)  # half a unit of 24 bits


def test_a_synapse_remembers_its_last_spike_after_many_minutes_of_single_precision() -> None:
    peaks = {}
    for precision in ("double", "single"):
        sim.setup(timestep=0.1, precision=precision)
        late = 600_000.0 + np.array([1.0, 1.3, 1.9, 2.3])  # ms: single precision tells apart steps of 0.06 ms there
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=late))
        cell = sim.Population(1, sim.IF_cond_exp())
        synapse = sim.TsodyksMarkramSynapse(weight=0.01, delay=0.1, U=0.5, tau_rec=1.0, tau_facil=0.5)
        sim.Projection(source, cell, sim.AllToAllConnector(), synapse)
        sim.run(600_000.0)
        cell.record("gsyn_exc")
        sim.run(5.0)
        peaks[precision] = cell.get_data().segments[-1].filter(name="gsyn_exc")[0].magnitude.max()
    assert peaks["single"] == pytest.approx(peaks["double"], rel=1e-5)


def test_the_precision_of_the_scripts_own_brian2_objects_stays() -> None:
    from brian2 import prefs

    connected(1.0, precision="single")
    sim.run(1.0)
    assert prefs.core.default_float_dtype is np.float64


@pytest.mark.parametrize("precision", ["half", 32, None])
def test_another_precision_is_refused(precision: Any) -> None:
    with pytest.raises(ValueError, match=r"setup\(\): precision must be one of 'double', 'single', not "):
        sim.setup(precision=precision)


def test_a_chip_has_its_own_precision() -> None:
    import brianhw.spinnaker as chip

    with pytest.raises(ValueError, match="no precision"):
        chip.setup(precision="single")
