"""Synapses that form and vanish on SpiNNaker: how many, where, and what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.errors import PyNNError, SpinnakerError

pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")
ARITHMETICS = ("integer", "float")


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def mechanism(
    form: float = 1.0, vanish: float = 0.0, *, grid: Any = (1, 1), selection: Any = None, rule: Any = None, **more: Any
) -> Any:
    """Return structural plasticity with these chances; on a grid of one point all neurons are at distance zero."""
    parts = (
        selection or sim.RandomSelection(),
        sim.DistanceDependentFormation(grid, p_form_forward=form, p_form_lateral=form),
        sim.RandomByWeightElimination(0.2, prob_elim_depressed=vanish, prob_elim_potentiated=vanish),
    )
    options = {"initial_weight": 0.3, "initial_delay": 2.0, "weight": 0.3, "delay": 2.0, "s_max": 16, **more}
    if rule is None:
        return sim.StructuralMechanismStatic(*parts, **options)
    return sim.StructuralMechanismSTDP(*parts, *rule, **options)


def joined(synapse: Any, n_pre: int = 160, n_post: int = 40, p: float = 0.0, **source: Any) -> tuple[Any, Any]:
    """Return target cells and a structural projection onto them."""
    pre = sim.Population(n_pre, sim.SpikeSourceArray(**{"spike_times": [], **source}))
    post = sim.Population(n_post, sim.IF_curr_exp(), label="cells")
    return post, sim.Projection(pre, post, sim.FixedProbabilityConnector(p), synapse, label="structural")


# -- how many ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_place_is_taken_as_often_as_formation_and_elimination_balance(arithmetic: str) -> None:
    """A place is a chain of two states: the share that is taken is form/(form + vanish)."""
    sim.setup(device="runtime", arithmetic=arithmetic)
    form, vanish, places = 0.3, 0.1, 40 * 16
    _, projection = joined(mechanism(form, vanish, f_rew=1e5, seed=4), p=0.02)
    shares = []
    sim.run(150.0)  # 15000 draws, 9 of its relaxation times
    for _ in range(6):
        sim.run(40.0)
        shares.append(len(projection) / places)
    # one look has a standard deviation of 0.017; six, some relaxation times apart, 0.009
    assert np.mean(shares) == pytest.approx(form / (form + vanish), abs=0.03)


@pytest.mark.parametrize(("f_rew", "changes"), [(1e4, 1000), (2.5e3, 200), (1e3, 100), (1e2, 10), (30.0, 3)])
def test_as_often_as_the_rate_says_something_may_change(f_rew: float, changes: int) -> None:
    """Where every draw changes something: rates above one a step are cut to whole numbers, as the vendor cuts them."""
    cells, _ = joined(mechanism(1.0, 1.0, f_rew=f_rew))
    cells.record("rewiring")
    sim.run(100.0)
    events = cells.get_data("rewiring").segments[0].events
    assert sum(len(each) for each in events) == changes
    assert [each.name for each in events] == ["rewiring_form", "rewiring_elim"]


def test_what_is_recorded_accounts_for_the_synapses() -> None:
    cells, projection = joined(mechanism(0.8, 0.3, f_rew=2e3), p=0.05)
    cells.record(["spikes", "rewiring"])
    count = len(projection)
    sim.run(100.0)
    formed, gone = cells.get_data().segments[0].events
    assert len(projection) == count + len(formed) - len(gone) and len(gone) > 5
    assert formed.labels[0].endswith("_formation") and gone.labels[0].endswith("_elimination")
    assert formed.times.magnitude.min() >= 0 and formed.times.magnitude.max() < 100
    pairs = [(int(pre), int(post)) for pre, post, _ in projection.get("weight", "list")]
    made = [tuple(int(each) for each in label.split("_")[:2]) for label in formed.labels]
    assert set(made) & set(pairs)
    cells.get_data("rewiring", clear=True)
    assert [len(each) for each in cells.get_data("rewiring").segments[0].events] == [0, 0]


def test_changes_come_as_rows_as_they_come_as_events() -> None:
    cells, _ = joined(mechanism(0.8, 0.3, f_rew=2e3), p=0.05)
    cells.record("rewiring")
    sim.run(100.0)
    rows = cells.spinnaker_get_data("rewiring")
    formed, gone = cells.get_data().segments[0].events
    for event, kind, word in ((formed, 1, "formation"), (gone, 0, "elimination")):
        own = rows[rows[:, 3] == kind]
        assert own[:, 0].tolist() == event.times.magnitude.tolist() and len(own) > 5
        assert [f"{pre:.0f}_{post:.0f}_{word}" for _, pre, post, _ in own] == event.labels.tolist()
    assert (np.diff(rows[:, 0]) >= 0).all()
    with pytest.raises(SpinnakerError, match="of a whole population"):
        cells[:3].spinnaker_get_data("rewiring")
    silent = sim.Population(2, sim.IF_curr_exp())
    with pytest.raises(SpinnakerError, match="not 'rewiring'"):
        silent.spinnaker_get_data("rewiring")


def test_all_structural_synapses_of_a_neuron_share_its_places() -> None:
    cells, first = joined(mechanism(f_rew=1e5, s_max=4), n_post=5)
    other = sim.Population(50, sim.SpikeSourceArray())
    second = sim.Projection(other, cells, sim.FixedProbabilityConnector(0.0), mechanism(f_rew=1e5, s_max=4))
    inner = sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.0), mechanism(f_rew=1e5, s_max=4))
    sim.run(20.0)
    onto = [int(post) for each in (first, second, inner) for _, post, _ in each.get("weight", "list")]
    assert np.bincount(onto).tolist() == [4] * 5
    assert min(len(first), len(second), len(inner)) > 0


def test_a_plan_has_room_for_all_places() -> None:
    """A source's row holds s_max synapses on each core; the load is that of all places, at the source's rate."""
    pre = sim.Population(20, sim.SpikeSourcePoisson(rate=10.0))
    post = sim.Population(50, sim.IF_curr_exp(), label="cells")
    sim.Projection(pre, post, sim.FixedProbabilityConnector(0.0), mechanism(s_max=40))
    (row,) = (each for each in sim.report().populations if each.label == "cells")
    assert row.load == pytest.approx(40 * 50 * 10.0 / 13e6)
    assert sim.state.hardware.planned.projections[0].row_words == 40
    sim.setup(device="runtime")
    joined(mechanism(s_max=257), n_pre=5, n_post=5)
    with pytest.raises(SpinnakerError, match=r"take 257 words for all 257 places of a neuron \(s_max\)"):
        sim.report()


# -- where ------------------------------------------------------------------------------------------


def test_synapses_form_by_the_distance_on_a_torus() -> None:
    sigma, side = 1.2, 6
    synapse = mechanism(1.0, 1.0, grid=(float(side), side), f_rew=1e5, seed=2)
    synapse.structure.formation.sigma_form_forward = sigma
    cells, _ = joined(synapse, n_pre=side**2, n_post=side**2)
    cells.record("rewiring")
    sim.run(400.0)
    formed, _ = cells.get_data("rewiring").segments[0].events
    pairs = np.array([[int(each) for each in label.split("_")[:2]] for label in formed.labels])
    apart = np.abs(pairs[:, 0] - pairs[:, 1]), np.abs(pairs[:, 0] % side - pairs[:, 1] % side)
    rows = np.abs(pairs[:, 0] // side - pairs[:, 1] // side)
    squared = np.minimum(rows, side - rows) ** 2 + np.minimum(apart[1], side - apart[1]) ** 2
    offsets = np.minimum(np.arange(side), side - np.arange(side))
    there = (offsets[:, None] ** 2 + offsets[None, :] ** 2).ravel()
    expected = np.exp(-there / (2 * sigma**2))
    for distance in np.unique(there)[:6]:
        share = expected[there == distance].sum() / expected.sum()
        deviation = np.sqrt(share * (1 - share) / len(squared))
        assert np.mean(squared == distance) == pytest.approx(share, abs=4 * deviation), distance
    assert len(squared) > 5000


def test_the_last_neurons_to_spike_are_selected() -> None:
    times: list[list[float]] = [[] for _ in range(20)]
    times[7], times[3] = [10.0], [30.0]
    synapse = mechanism(f_rew=1e4, selection=sim.LastNeuronSelection(), s_max=4)
    cells, projection = joined(synapse, n_pre=20, n_post=5, spike_times=times)
    cells.record("rewiring")
    sim.run(50.0)
    assert {int(pre) for pre, _, _ in projection.get("weight", "list")} == {7, 3}
    formed, _ = cells.get_data("rewiring").segments[0].events
    assert np.unique(formed.times.magnitude).tolist() == [11.0, 31.0]  # in the step after the spike


def test_without_replacement_a_pair_has_one_synapse() -> None:
    _, several = joined(mechanism(f_rew=1e4), n_pre=3, n_post=4)
    sim.run(50.0)
    assert len(several) > 12
    sim.setup(device="runtime")
    _, single = joined(mechanism(f_rew=1e4, with_replacement=False), n_pre=3, n_post=4)
    sim.run(50.0)
    assert len(single) == len({(pre, post) for pre, post, _ in single.get("weight", "list")}) == 12


# -- which vanish -----------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("learns", [False, True])
def test_synapses_vanish_by_their_weight(arithmetic: str, learns: bool) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    rule = (sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=1.0)) if learns else None
    weak, strong = 0.1, 0.2  # the threshold counts as strong
    weights = [(k, k, weak if k % 2 else strong) for k in range(10)]
    synapse = mechanism(0.0, 0.0, f_rew=1e5, rule=rule, s_max=4)
    synapse.structure.elimination.prob_elim_depressed = 1.0
    pre = sim.Population(10, sim.SpikeSourceArray())
    post = sim.Population(10, sim.IF_curr_exp())
    projection = sim.Projection(pre, post, sim.FromListConnector(weights, column_names=["weight"]), synapse)
    sim.run(10.0)
    left = projection.get("weight", "list")
    assert [(pre, post) for pre, post, _ in left] == [(k, k) for k in range(0, 10, 2)]
    assert [weight for *_, weight in left] == pytest.approx([strong] * 5, rel=1e-4)  # the step of the weights


# -- what they do -----------------------------------------------------------------------------------


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("learns", [False, True])
def test_a_synapse_that_formed_works_as_one_that_was_there(arithmetic: str, learns: bool) -> None:
    """Formed in the first steps, with the same weight and delay: the same input and the same learning follow."""
    found = []
    for structural in (True, False):
        sim.setup(device="runtime", arithmetic=arithmetic)
        rule = (sim.SpikePairRule(A_plus=0.1, A_minus=0.08), sim.AdditiveWeightDependence(w_max=12.0)) if learns else ()
        common = {"weight": 9.0, "delay": 3.0}
        if structural:
            own = {"initial_weight": 9.0, "initial_delay": 3.0, **common}
            synapse = mechanism(1.0, 0.0, s_max=1, rule=rule or None, f_rew=1e4, **own)
        else:
            synapse = sim.STDPMechanism(*rule, **common) if learns else sim.StaticSynapse(**common)
        pre = sim.Population(1, sim.SpikeSourceArray(spike_times=[20.0, 33.0, 60.0, 64.0, 90.0]))
        post = sim.Population(1, sim.IF_curr_exp(), max_expected_summed_weight=[12.0, 1.0])
        connector = sim.FixedProbabilityConnector(0.0) if structural else sim.FromListConnector([(0, 0)])
        projection = sim.Projection(pre, post, connector, synapse)
        post.record(["gsyn_exc", "spikes"])
        sim.run(120.0)
        segment = post.get_data().segments[0]
        found.append((segment.analogsignals[0].magnitude[:, 0], projection.get(["weight", "delay"], "list")))
        assert len(segment.spiketrains[0]) > 2
    assert np.array_equal(found[0][0], found[1][0]) and found[0][0].max() > 5
    assert found[0][1] == found[1][1]
    assert learns == (abs(found[0][1][0][2] - 9.0) > 0.01)


def test_an_empty_place_sends_nothing() -> None:
    for rule in (None, (sim.SpikePairRule(), sim.AdditiveWeightDependence(w_max=1.0))):
        for arithmetic in ARITHMETICS:
            sim.setup(device="runtime", arithmetic=arithmetic)
            cells, _ = joined(mechanism(0.0, rule=rule), n_pre=5, n_post=5, spike_times=[[5.0, 9.0]] * 5)
            cells.record("gsyn_exc")
            sim.run(20.0)
            assert not cells.get_data().segments[0].analogsignals[0].magnitude.any()


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_new_synapse_has_no_eligibility_from_its_empty_place(arithmetic: str) -> None:
    """Its place waited with another source, whose spikes were followed by the target's; then dopamine comes."""
    sim.setup(device="runtime", arithmetic=arithmetic)
    rule = sim.SpikePairRule(A_plus=1.0, A_minus=1.0), sim.AdditiveWeightDependence(w_max=8.0)
    synapse = mechanism(1.0, 0.0, grid=(1, 2), selection=sim.LastNeuronSelection(), rule=rule, s_max=2, f_rew=1e4)
    synapse.structure.formation.sigma_form_forward = 0.1  # only with the neuron of the same number
    pre = sim.Population(2, sim.SpikeSourceArray(spike_times=[[8.0, 10.0], [40.0, 150.0]]))
    post = sim.Population(2, sim.IF_curr_exp())
    push = sim.Population(1, sim.SpikeSourceArray(spike_times=[13.0]))
    dopamine = sim.Population(1, sim.SpikeSourceArray(spike_times=[50.0]))
    sim.Projection(push, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=30.0, delay=1.0))
    projection = sim.Projection(pre, post, sim.FixedProbabilityConnector(0.0), synapse)
    reward = sim.extra_models.Neuromodulation(weight=0.5, tau_c=200.0, tau_d=50.0, w_max=8.0)
    sim.Projection(dopamine, post, sim.AllToAllConnector(), reward, receptor_type="reward")
    post.record("spikes")
    sim.run(200.0)
    assert all(len(train) for train in post.get_data().segments[0].spiketrains)
    found = [weight for _, target, weight in projection.get("weight", "list") if target == 1]
    assert found == pytest.approx([0.3, 0.3], abs=2e-3) and len(projection) == 4  # the step of weights up to 30


def test_what_formed_is_the_same_again_after_a_reset_and_in_both_arithmetics() -> None:
    found = []
    for arithmetic in ARITHMETICS:
        sim.setup(device="runtime", arithmetic=arithmetic)
        _, projection = joined(mechanism(0.5, 0.2), n_pre=20, n_post=10, p=0.1)
        before = projection.get("weight", "list", with_address=True)
        for _ in range(2):
            sim.run(60.0)
            found.append([(pre, post) for pre, post, _ in projection.get("weight", "list")])
            sim.reset()
            assert [pair[:2] for pair in projection.get("weight", "list")] == [pair[:2] for pair in before]
    assert found[0] == found[1] == found[2] == found[3] and len(found[0]) > len(before)


def test_what_formed_stays_when_the_network_changes() -> None:
    _, projection = joined(mechanism(0.5), n_pre=20, n_post=10)
    sim.run(50.0)
    pairs = [each[:2] for each in projection.get("weight", "list")]
    projection.set(weight=0.5)
    assert [each[:2] for each in projection.get("weight", "list")] == pairs and len(pairs) > 20
    assert set(np.round([weight for *_, weight in projection.get("weight", "list")], 3)) == {0.5}
    sim.Population(3, sim.IF_curr_exp())
    sim.run(0.0)
    assert [each[:2] for each in projection.get("weight", "list")] == pairs
    sim.run(50.0)
    assert len(projection) > len(pairs)


def test_delays_of_new_synapses_lie_between_the_two_that_were_given() -> None:
    _, projection = joined(mechanism(initial_delay=(2.0, 6.0)), n_pre=20, n_post=10)
    sim.run(50.0)
    delays = [delay for *_, delay in projection.get("delay", "list")]
    assert set(delays) == {2.0, 3.0, 4.0, 5.0}  # the chip does not reach the upper one


@pytest.mark.standalone
@pytest.mark.parametrize("learns", [False, True])
def test_compiled_networks_rewire_as_others_do(learns: bool) -> None:
    found = []
    for device in ("runtime", "brianhw"):
        sim.setup(device=device)
        rule = (sim.SpikePairRule(A_plus=0.2, A_minus=0.1), sim.AdditiveWeightDependence(w_max=9.0)) if learns else None
        options = {"initial_weight": 5.0, "initial_delay": (1.0, 4.0), "rule": rule, "f_rew": 1e4}
        pre = sim.Population(30, sim.SpikeSourcePoisson(rate=100.0))
        cells = sim.Population(20, sim.IF_curr_exp())
        synapse = mechanism(0.5, 0.05, **options)
        projection = sim.Projection(pre, cells, sim.FixedProbabilityConnector(0.05), synapse)
        cells.record("spikes")
        sim.run(150.0)
        trains = [train.magnitude.tolist() for train in cells.get_data().segments[0].spiketrains]
        found.append((projection.get(["weight", "delay"], "list"), trains))
    assert found[0] == found[1]
    assert sum(map(len, found[0][1])) > 50


# -- what is refused --------------------------------------------------------------------------------


def test_what_the_vendor_refuses_is_refused() -> None:
    cells, _ = joined(mechanism())
    pre = sim.Population(5, sim.SpikeSourceArray())
    none = sim.FixedProbabilityConnector(0.0)
    with pytest.raises(SpinnakerError, match="whole populations"):
        sim.Projection(pre, cells[:3], none, mechanism())
    again = sim.Projection(pre, cells, none, mechanism())
    with pytest.raises(SpinnakerError, match="only one projection between two populations"):
        sim.Projection(pre, cells, none, mechanism())
    assert again in sim.state.projections and len(sim.state.projections) == 2
    other = sim.Population(5, sim.SpikeSourceArray())
    sim.Projection(other, cells, none, mechanism(f_rew=5.0), label="slower")
    with pytest.raises(SpinnakerError, match=r"two kinds, structural and slower.*share f_rew"):
        sim.run(1.0)
    sim.setup(device="runtime")
    joined(mechanism(s_max=3), n_pre=10, n_post=2, p=1.0)
    with pytest.raises(SpinnakerError, match="begins with 10 synapses, s_max is 3"):
        sim.run(1.0)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (lambda: sim.DistanceDependentFormation(grid=5), "grid must be two numbers"),
        (lambda: sim.DistanceDependentFormation(p_form_forward=1.5), "p_form_forward"),
        (lambda: sim.RandomByWeightElimination(0.1, prob_elim_depressed=-0.1), "prob_elim_depressed"),
        (lambda: sim.LastNeuronSelection(0), "spike_buffer_size"),
        (lambda: mechanism(f_rew=0.0), "f_rew"),
        (lambda: mechanism(s_max=0), "s_max"),
        (lambda: mechanism(initial_delay=(5.0, 2.0)), "initial_delay"),
        (lambda: mechanism(selection=sim.SpikePairRule()), r"partner_selection must be a RandomSelection\(...\)"),
    ],
)
def test_a_number_that_makes_no_sense_is_named(wrong: Any, match: str) -> None:
    with pytest.raises((SpinnakerError, PyNNError), match=match):
        wrong()


def test_rewiring_is_recorded_where_there_can_be_some() -> None:
    cells = sim.Population(3, sim.IF_curr_exp(), label="alone")
    with pytest.raises(PyNNError, match="alone: no synapses onto it form or vanish"):
        cells.record("rewiring")
    cells.record("all")
    sim.run(2.0)
    assert not cells.get_data().segments[0].events
