"""Plans: where populations go, what each limit refuses and what the refusal says."""

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from brianhw.allocation import Placement, Plan
from brianhw.chips import DYNAP_SE1, ChipDescription, WeightRule
from brianhw.errors import (
    BrianHWError,
    CapacityError,
    FanInError,
    FanOutError,
    RequestError,
    UnknownNameError,
    WeightError,
)
from plans import EMPTY, all_pairs, connect_all


@pytest.fixture
def busy():
    """The README's chip: 64 + 16 neurons on core 1."""
    return EMPTY.place("exc", 64, core=1).place("inh", 16, core=1)


# -- the reference cases ----------------------------------------------------------------------------


# -- where a population goes ------------------------------------------------------------------------


def test_a_population_takes_the_lowest_free_numbers_of_its_core(busy):
    assert busy.placements["exc"].slices() == [(1, 0, 63)]
    assert busy.placements["inh"].slices() == [(1, 64, 79)]


def test_without_a_core_the_first_with_room_is_taken():
    plan = EMPTY.place("a", 250).place("b", 10).place("c", 6)
    assert [plan.placements[name].cores for name in "abc"] == [(0,), (1,), (0,)]


def test_freed_neurons_are_taken_again_before_others():
    plan = EMPTY.place("a", 10).place("b", 10).place("c", 10).free("b").place("d", 12)
    assert plan.placements["d"].slices() == [(0, 10, 19), (0, 30, 31)]


def test_spread_prefers_one_core():
    assert EMPTY.place("a", 200).place("b", 256, spread=True).placements["b"].cores == (1,)


def test_spread_takes_the_fewest_cores_those_with_most_room_first(busy):
    assert busy.place("big", 300, spread=True).placements["big"].slices() == [(0, 0, 255), (2, 0, 43)]


def test_spread_can_fill_the_chip_to_the_last_neuron(busy):
    plan = busy.place("rest", 1024 - 80, spread=True)
    assert plan.free_neurons() == (0, 0, 0, 0)
    assert plan.placements["rest"].cores == (0, 1, 2, 3)


@pytest.mark.parametrize("n", [1, 255, 256])
def test_a_core_takes_up_to_all_its_neurons(n):
    assert EMPTY.place("a", n, core=2).free_neurons() == (256, 256, 256 - n, 256)


def test_a_core_named_as_text_is_the_core_with_that_number():
    assert EMPTY.place("a", 1, core="Core_3").placements["a"].cores == (3,)


def test_a_placement_counts_over_the_chip():
    placement = Placement("a", np.array([255, 256, 300, 301]), 256)
    assert placement.n == 4
    assert placement.cores == (0, 1)
    assert placement.core_of.tolist() == [0, 1, 1, 1]
    assert placement.index_in_core.tolist() == [255, 0, 44, 45]
    assert placement.slices() == [(0, 255, 255), (1, 0, 0), (1, 44, 45)]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"n": 10, "core": 1},
            r"^DYNAP-SE1 core 1 has 6 of 256 neurons free, 10 were asked for\. "
            r"Core\(s\) \[0, 2, 3\] have room for 10\.$",
        ),
        (
            {"n": 257, "core": 1},
            r"^DYNAP-SE1 core 1 has 6 of 256 neurons free, 257 were asked for\. No core has room for 257; "
            r"spread=True would place them on cores 0 and 2\.$",
        ),
        ({"n": 600}, r"No core has room for 600; spread=True would place them on cores 0, 2 and 3\.$"),
        (
            {"n": 775, "core": 1},
            r"core 1 has 6 of .* The whole chip has 774 of 1024 free\. Ask for fewer, or free a population\.$",
        ),
        (
            {"n": 775, "spread": True},
            r"^DYNAP-SE1 has 774 of 1024 neurons free, 775 were asked for\. Ask for fewer, or free a population\.$",
        ),
    ],
)
def test_a_population_that_does_not_fit_hears_where_it_would(request_, message):
    plan = EMPTY.place("a", 250, core=1)
    with pytest.raises(CapacityError, match=message):
        plan.place("b", **request_)


def test_one_neuron_too_many_is_spoken_of_in_the_singular():
    plan = EMPTY.place("a", 1024, spread=True)
    with pytest.raises(CapacityError, match="0 of 1024 neurons free, 1 was asked for"):
        plan.place("b", 1)


@pytest.mark.parametrize("n", [0, -1, True, 2.5, "4", None, np.nan, [3]])
def test_what_is_no_number_of_neurons_is_refused(n):
    with pytest.raises(RequestError, match="population 'a': the number of neurons must be"):
        EMPTY.place("a", n)


@pytest.mark.parametrize("n", [3, 3.0, np.int64(3), np.float32(3)])
def test_any_whole_number_of_neurons_will_do(n):
    assert EMPTY.place("a", n).placements["a"].n == 3


def test_a_name_is_given_once(busy):
    with pytest.raises(RequestError, match="There is a population 'exc' already"):
        busy.place("exc", 1)


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_population_needs_a_name(name):
    with pytest.raises(RequestError, match="needs a name"):
        EMPTY.place(name, 1)


def test_a_core_and_spread_contradict_each_other():
    with pytest.raises(RequestError, match="give a core or spread=True, not both"):
        EMPTY.place("a", 1, core=0, spread=True)


def test_a_core_that_is_not_there_is_refused():
    with pytest.raises(UnknownNameError, match="no core 4"):
        EMPTY.place("a", 1, core=4)


def test_place_at_keeps_the_order_it_was_given():
    assert EMPTY.place_at("a", [300, 5, 6]).placements["a"].neurons.tolist() == [300, 5, 6]


@pytest.mark.parametrize(
    ("neurons", "error", "message"),
    [
        ([319, 320], CapacityError, r"core 1: neuron 63 is taken by population 'exc'; 1 of the 2 neurons"),
        ([0, 0], RequestError, "given twice"),
        ([1024], RequestError, r"neurons\[0\] is 1024, but 'DYNAP-SE1' has 1024 neurons, 0 to 1023"),
        ([-1], RequestError, r"neurons\[0\] is -1"),
        ([0.5], RequestError, "whole numbers, not float64"),
        ([], RequestError, "must be at least 1"),
    ],
)
def test_place_at_refuses_neurons_that_are_not_to_be_had(busy, neurons, error, message):
    busy = busy.free("inh")
    with pytest.raises(error, match=message):
        busy.place_at("b", neurons)


# -- words of a neuron ------------------------------------------------------------------------------


@pytest.mark.parametrize("senders", [63, 64])
def test_a_neuron_listens_to_up_to_64_words(senders):
    plan = EMPTY.place("target", 3)
    assert connect_all(plan, "c", "in", "target", 1, source_size=senders).fan_in("target").tolist() == [senders] * 3


def test_one_word_more_is_refused_and_the_error_carries_its_figures():
    plan = EMPTY.place("target", 3)
    with pytest.raises(FanInError) as caught:
        connect_all(plan, "c", "in", "target", 1, source_size=65)
    error = caught.value
    assert (error.neuron, error.asked, error.allowed, error.largest_weight) == (0, 65, 64, None)
    assert error.offenders.tolist() == [0, 1, 2]
    assert str(error) == (
        "neuron 0 of population 'target' would listen to 65 CAM words, DYNAP-SE1 has 64. "
        "3 of 3 neurons are over; no weight >= 1 fits everywhere, it has 64 CAM words free."
    )


def test_the_lowest_offender_and_the_largest_weight_that_fits_everywhere_are_named():
    plan = EMPTY.place("exc", 8)
    post = np.repeat([2, 7, 5], [20, 30, 31])
    with pytest.raises(FanInError) as caught:
        plan.connect("c", "in", "exc", np.arange(81), post, 3, "AMPA", source_size=81)
    assert str(caught.value) == (
        "neuron 5 of population 'exc' would listen to 93 CAM words, DYNAP-SE1 has 64. "
        "2 of 8 neurons are over; the largest weight that fits everywhere is 2."
    )
    assert caught.value.offenders.tolist() == [5, 7]
    assert plan.connect("c", "in", "exc", np.arange(81), post, caught.value.largest_weight, "AMPA", 81)


def test_the_largest_weight_leaves_the_words_of_other_connections():
    plan = connect_all(EMPTY.place("exc", 2), "first", "in", "exc", 2, "NMDA", source_size=16)
    with pytest.raises(FanInError, match="listen to 82 CAM words.* is 3") as caught:
        plan.connect("second", "in", "exc", np.arange(10), np.zeros(10, int), 5, "AMPA")
    assert caught.value.largest_weight == 3


def test_unequal_weights_get_no_advice_about_one_weight():
    plan = EMPTY.place("exc", 1)
    with pytest.raises(FanInError, match=r"1 of 1 neurons is over\.$") as caught:
        plan.connect("c", "in", "exc", [0, 1], [0, 0], [60, 5], "AMPA", source_size=2)
    assert caught.value.largest_weight is None


def test_a_rule_without_counts_gets_no_advice_about_weights():
    plan = Plan(ChipDescription("toy", 1, 8, fan_in=2, weights=WeightRule.between(0, 1))).place("a", 3)
    with pytest.raises(FanInError, match=r"would listen to 3 input words, toy has 2\. 3 of 3 neurons are over\.$"):
        connect_all(plan, "c", "a", "a", 0.5)


def test_advice_can_be_added_to_the_error():
    error = FanInError("12 are over; the largest weight is 1.", neuron=3, largest_weight=1).with_advice(
        "the largest p is 0.22"
    )
    assert str(error) == "12 are over; the largest weight is 1, or the largest p is 0.22."
    assert (type(error), error.neuron, error.largest_weight) == (FanInError, 3, 1)


def test_the_error_survives_a_process_boundary():
    error = pickle.loads(pickle.dumps(FanInError("over.", neuron=3, asked=65)))
    assert (str(error), error.neuron, error.asked) == ("over.", 3, 65)


def test_a_pair_connected_twice_takes_two_words():
    plan = EMPTY.place("a", 1).connect("c", "in", "a", [0, 0], [0, 0], 1, "AMPA", source_size=1)
    assert plan.fan_in("a").tolist() == [2]


def test_weight_zero_takes_no_word_no_destination_and_no_sender():
    plan = connect_all(EMPTY.place("a", 100).place("b", 1), "c", "a", "b", 0)
    assert (plan.fan_in("b").max(), plan.fan_out("a").max(), plan.senders(0)) == (0, 0, 0)


def test_a_connection_may_have_no_synapses():
    plan = EMPTY.place("a", 3).connect("c", "in", "a", [], [], 1, "AMPA", source_size=5)
    assert plan.fan_in("a").tolist() == [0, 0, 0]
    assert plan.report().to_dict()["connections"][0]["weight_min"] is None


# -- destinations of a neuron, senders of a core ----------------------------------------------------

FOUR_CORES = ChipDescription("toy", cores=4, neurons_per_core=4, fan_out=2)


@pytest.mark.parametrize(("counts", "expected"), [("synapses", 6), ("cores", 3), ("chips", 1)])
def test_a_destination_is_a_synapse_a_core_or_a_chip(counts, expected):
    plan = Plan(replace(FOUR_CORES, fan_out=9, fan_out_counts=counts)).place("a", 1)
    for core in (1, 2, 3):
        plan = connect_all(plan.place(f"t{core}", 2, core=core), f"c{core}", "a", f"t{core}")
    assert plan.fan_out("a").tolist() == [expected]


@pytest.mark.parametrize("senders", [1, 3])
def test_a_neuron_sends_to_as_many_as_it_has_destinations(senders):
    plan = Plan(FOUR_CORES).place("a", senders).place("b", 2, core=1)
    assert connect_all(plan, "c", "a", "b").fan_out("a").tolist() == [2] * senders


def test_one_destination_more_is_refused_with_its_figures():
    plan = Plan(replace(FOUR_CORES, destination="axon")).place("a", 3).place("b", 4, core=1)
    with pytest.raises(FanOutError) as caught:
        plan.connect("c", "a", "b", [0, 1, 1, 1, 2, 2, 2], [0, 1, 2, 3, 1, 2, 3], 1, "x")
    assert str(caught.value) == (
        "neuron 1 of population 'a' would need 3 axons, one per synapse, toy has 2. "
        "2 of 3 neurons are over; send each of them to fewer synapses."
    )
    assert (caught.value.neuron, caught.value.asked, caught.value.allowed) == (1, 3, 2)
    assert caught.value.offenders.tolist() == [1, 2]


def test_fan_out_adds_up_over_connections_but_a_core_counts_once():
    plan = Plan(replace(FOUR_CORES, fan_out_counts="cores")).place("a", 1)
    for core in (1, 2, 3):
        plan = plan.place(f"t{core}", 1, core=core)
    plan = connect_all(connect_all(plan, "c1", "a", "t1"), "again", "a", "t1", synapse_type="y")
    plan = connect_all(plan, "c2", "a", "t2")
    with pytest.raises(FanOutError, match="would need 3 destinations, one per core it sends to"):
        connect_all(plan, "c3", "a", "t3")


def test_a_source_outside_the_chip_has_no_fan_out_limit():
    plan = Plan(FOUR_CORES).place("b", 4)
    assert connect_all(plan, "c", "in", "b", source_size=3).fan_out("in").tolist() == [4, 4, 4]


@pytest.mark.parametrize(
    ("first", "advice"), [("b", "another core would not help"), ("c", "place 'b' on another core")]
)
def test_too_many_senders_are_sent_to_another_core_only_if_that_helps(first, advice):
    plan = Plan(replace(FOUR_CORES, fan_out=None, senders_per_core=7))
    for name, n, core in (("a", 4, 0), ("b", 2, 1), ("c", 2, 1), ("d", 4, 2)):
        plan = plan.place(name, n, core=core)
    plan = connect_all(plan, "one", "a", first)
    with pytest.raises(CapacityError, match=advice):
        connect_all(plan, "two", "d", "b")


def test_a_core_tells_its_senders_apart_up_to_the_limit():
    plan = Plan(replace(FOUR_CORES, fan_out=None, senders_per_core=7)).place("a", 4, core=0).place("b", 2, core=1)
    plan = connect_all(connect_all(plan, "c", "a", "b"), "again", "a", "b")
    assert plan.senders("Core_1") == 4
    assert connect_all(plan, "d", "in", "b", source_size=3).senders(1) == 7
    with pytest.raises(CapacityError, match="toy core 1 would listen to 8 different senders, it can tell 7 apart"):
        connect_all(plan, "d", "in", "b", source_size=4)


def dynapse1_hearing(outside):
    """Return a plan whose core 0 hears so many neurons from outside, of one source of 1100, each once."""
    pre = np.arange(outside)
    return EMPTY.place("t", 32).connect("c", "in", "t", pre, pre % 32, 1, "AMPA", source_size=1100)


def test_dynapse1_refuses_the_sender_1025_of_a_core():
    plan = dynapse1_hearing(1023).place("u", 2, core=1)
    plan = plan.connect("d", "u", "t", [0], [0], 1, "AMPA")
    with pytest.raises(CapacityError, match="DYNAP-SE1 core 0 would listen to 1025 different senders"):
        plan.connect("e", "u", "t", [1], [0], 1, "AMPA")
    assert plan.connect("e", "u", "u", [1], [0], 1, "AMPA").senders(0) == 1024


@pytest.mark.parametrize("source", ["in", "other"])
@pytest.mark.parametrize("core", [0, 1])
def test_dynapse1_hears_1024_neurons_from_outside_on_all_cores_together(source, core):
    plan = dynapse1_hearing(1023).place("u", 4, core=core)
    assert plan.external_sources() == 1023
    size = {"in": 1100, "other": 3}[source]
    new = {"in": 1090, "other": 0}[source]  # the number of a neuron that does not send yet
    assert plan.connect("d", source, "u", [new], [0], 1, "AMPA", source_size=size).external_sources() == 1024
    with pytest.raises(CapacityError) as refused:
        plan.connect("d", source, "u", [new, new + 1], [0, 1], 1, "AMPA", source_size=size)
    assert (
        f"can be sent to by 1024 neurons from outside, on all cores together; 'd' would add 2 of '{source}' to the"
        in (str(refused.value))
    )
    assert "Let at most 1 more neurons" in str(refused.value)


def test_a_neuron_outside_counts_once_however_many_hear_it_and_only_while_it_is_heard():
    plan = dynapse1_hearing(1024)
    everywhere = plan.place("u", 4, core=1).connect("d", "in", "u", [0, 0, 1], [0, 1, 2], 1, "AMPA")
    assert everywhere.external_sources() == 1024
    silent = everywhere.connect("e", "in", "u", [1030], [3], 0, "AMPA")  # weight 0 takes no word
    assert silent.external_sources() == 1024
    with pytest.raises(CapacityError, match="'e' would add 1 of 'in' to the 1024 that do. Let its targets listen to"):
        silent.reweight("e", 1)
    assert everywhere.disconnect("c").external_sources() == 2
    assert everywhere.free("t").connect("e", "in", "u", [1030], [3], 1, "AMPA").external_sources() == 3


def test_the_report_counts_neurons_outside():
    report = dynapse1_hearing(40).report()
    assert "senders outside the chip: 40 of 1024" in report.text()
    assert "senders outside the chip: 40 of 1024" in report._repr_html_()
    assert (report.to_dict()["external_sources"], report.to_dict()["limits"]["external_sources"]) == (40, 1024)
    assert "outside" not in EMPTY.place("t", 3).report().text()


# -- what a connection must be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"source": "exv"}, UnknownNameError, "no population 'exv'. Did you mean 'exc'.* give source_size"),
        ({"target": "inn"}, UnknownNameError, r"no population 'inn'\. Did you mean 'inh'"),
        ({"target": "in"}, UnknownNameError, "no population 'in'"),
        ({"synapse_type": "AMPB"}, UnknownNameError, r"no synapse type 'AMPB'\. Did you mean 'AMPA'"),
        ({"source_size": 63}, RequestError, "source_size is 63, but 'exc' has 64 neurons"),
        ({"pre": [0, 64]}, RequestError, r"connection 'c': pre\[1\] is 64, but 'exc' has 64 neurons, 0 to 63; 1 of 2"),
        ({"post": [-1, 0]}, RequestError, r"post\[0\] is -1, but 'inh' has 16 neurons"),
        ({"pre": [0, 1, 2]}, RequestError, "pre has 3 neurons and post 2"),
        ({"pre": [0.0, 1.0]}, RequestError, "pre must hold whole numbers, not float64"),
        ({"pre": [True, False]}, RequestError, "of a mask, take np.flatnonzero"),
        ({"pre": [[0, 1]]}, RequestError, "pre must have one dimension, not 2"),
        ({"weights": [1, 2, 3]}, RequestError, r"weights have shape \(3,\); give one weight or 2"),
        (
            {"weights": [1, 2.6]},
            WeightError,
            "connection 'c': synapse 1 cannot have weight 2.6 .*CAM words.*nearest is 3",
        ),
        ({"name": ""}, RequestError, "A connection needs a name"),
        ({"source": None}, RequestError, "source must be a name"),
    ],
)
def test_a_connection_that_makes_no_sense_is_refused(busy, change, error, message):
    good = dict(name="c", source="exc", target="inh", pre=[0, 1], post=[0, 1], weights=1, synapse_type="AMPA")
    busy.connect(**good)
    with pytest.raises(error, match=message):
        busy.connect(**{**good, **change})


def test_a_connection_name_is_given_once(busy):
    plan = busy.connect("c", "exc", "inh", [0], [0], 1, "AMPA")
    with pytest.raises(RequestError, match="There is a connection 'c' already"):
        plan.connect("c", "inh", "exc", [0], [0], 1, "AMPA")


def test_a_source_outside_has_one_size_and_its_name_is_not_for_a_population(busy):
    plan = busy.connect("c", "in", "exc", [0], [0], 1, "AMPA", source_size=5)
    with pytest.raises(RequestError, match="source_size is 6, but 'in' has 5 neurons"):
        plan.connect("d", "in", "exc", [0], [0], 1, "AMPA", source_size=6)
    with pytest.raises(RequestError, match="'in' is the name of a source outside"):
        plan.place("in", 5)


def test_a_chip_without_synapse_types_allows_any():
    plan = Plan(ChipDescription("toy", 1, 4)).place("a", 1)
    assert plan.connect("c", "a", "a", [0], [0], -2.5, "spring").connections["c"].synapse_type == "spring"


def test_the_callers_arrays_stay_the_callers(busy):
    pre, post, weights = np.arange(3), np.arange(3), np.ones(3)
    plan = busy.connect("c", "exc", "inh", pre, post, weights, "AMPA")
    pre[:], post[:], weights[:] = 9, 9, 9
    wiring = plan.connections["c"]
    assert (wiring.pre.tolist(), wiring.post.tolist(), wiring.weights.tolist()) == ([0, 1, 2], [0, 1, 2], [1, 1, 1])
    for array in (wiring.pre, wiring.post, wiring.weights, wiring.words, plan.placements["exc"].neurons):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# -- changes ----------------------------------------------------------------------------------------


def test_reweight_replaces_the_weights_and_is_checked_like_a_connection(busy):
    plan = connect_all(busy, "c", "in", "exc", 2, source_size=32)
    assert plan.reweight("c", 1).fan_in("exc").tolist() == [32] * 64
    with pytest.raises(FanInError, match="would listen to 96 CAM words.*largest weight that fits everywhere is 2"):
        plan.reweight("c", 3)
    with pytest.raises(WeightError):
        plan.reweight("c", 1.5)
    with pytest.raises(RequestError, match="give one weight or 2048"):
        plan.reweight("c", [1, 2])


def test_disconnect_gives_the_words_back(busy):
    plan = connect_all(busy, "c", "in", "exc", 2, source_size=32)
    assert plan.disconnect("c") == busy
    with pytest.raises(UnknownNameError, match=r"no connection 'd'\. Known: c\."):
        plan.disconnect("d")


def test_free_takes_the_connections_from_and_to_a_population_along(busy):
    busy = busy.free("exc").place("exc", 60, core=1)
    plan = connect_all(busy, "into", "in", "inh", source_size=3)
    plan = connect_all(connect_all(plan, "there", "exc", "inh"), "back", "inh", "exc")
    plan = connect_all(plan, "self", "exc", "exc", 0).free("inh")
    assert set(plan.connections) == {"self"}
    assert plan.used_neurons() == (0, 60, 0, 0)
    with pytest.raises(UnknownNameError, match="no population 'inh'"):
        plan.free("inh")


def test_a_bias_belongs_to_its_core_and_adds_to_the_others(busy):
    plan = busy.bias("Core_1", {"I0": 1e-12, "kn": 0.5}).bias(1, {"kn": 0.7, "Ut": 0.025}).bias(0, {})
    assert plan.biases[1] == {"I0": 1e-12, "kn": 0.7, "Ut": 0.025}
    assert plan.free("exc").biases[1] == plan.biases[1]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            {"Isoma_dpi_tua": 1},
            UnknownNameError,
            "DYNAP-SE1 core 1 has no bias 'Isoma_dpi_tua'. Did you mean 'Isoma_dpi_tau'",
        ),
        ({"Isoma_const": 1}, UnknownNameError, "no bias 'Isoma_const'"),
        ({"kn": np.nan}, RequestError, "core 1: bias kn must be one finite number"),
        ({"kn": np.inf}, RequestError, "one finite number"),
        ({"kn": [1, 2]}, RequestError, "one finite number"),
        ({"kn": "high"}, RequestError, "one finite number"),
    ],
)
def test_a_bias_must_be_known_and_one_finite_number(busy, values, error, message):
    with pytest.raises(error, match=message):
        busy.bias(1, values)


def test_undo_goes_back_step_by_step_to_the_empty_plan(busy):
    assert busy.undo().undo() == EMPTY
    with pytest.raises(BrianHWError, match="nothing to undo"):
        EMPTY.undo()


def test_a_plan_is_frozen(busy):
    with pytest.raises(FrozenInstanceError):
        busy.placements = {}
    with pytest.raises(TypeError):
        busy.placements["more"] = None
    with pytest.raises(TypeError):
        busy.bias(1, {"kn": 1}).biases[1]["kn"] = 2


def test_the_history_shares_its_arrays(busy):
    plan = busy.connect("c", "exc", "inh", [0], [0], 1, "AMPA")
    later = plan.bias(0, {"kn": 1}).reweight("c", 2).place("more", 1)
    assert later.placements["exc"].neurons is busy.placements["exc"].neurons
    assert later.connections["c"].pre is plan.connections["c"].pre


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda plan: pickle.loads(pickle.dumps(plan))])
def test_a_copy_of_a_plan_is_equal_and_can_go_on(busy, copied):
    plan = connect_all(busy, "c", "in", "exc", 1, source_size=3).bias(1, {"kn": 0.7})
    twin = copied(plan)
    assert twin == plan
    assert twin.place("more", 3) == plan.place("more", 3) != plan


# -- questions and the report -----------------------------------------------------------------------


def test_a_plan_says_who_is_where(busy):
    plan = busy.place("wide", 300, spread=True)
    assert plan.populations_on(1) == ("exc", "inh")
    assert plan.populations_on("Core_2") == ("wide",)
    assert plan.used_neurons() == (256, 80, 44, 0)
    assert np.bincount(plan.core_of("wide")).tolist() == [256, 0, 44]
    with pytest.raises(UnknownNameError):
        plan.core_of("narrow")


@pytest.fixture
def reported(busy):
    plan = connect_all(busy, "into", "in", "exc", [1, 2] * 320, source_size=10)
    return connect_all(plan, "feed", "exc", "inh", 1, "NMDA").bias(1, {"kn": 0.7}).report()


def test_the_report_is_numbers_that_json_gives_back(reported):
    numbers = json.loads(json.dumps(reported.to_dict()))
    assert numbers == reported.to_dict()
    assert numbers["chip"] == "DYNAP-SE1"
    assert numbers["totals"] == {"neurons": 1024, "neurons_used": 80, "cores_used": 1, "synapses": 1664, "words": 1984}
    core = numbers["cores"][1]
    assert (core["neurons_used"], core["neurons_free"], core["senders"], core["biases"]) == (80, 176, 74, {"kn": 0.7})
    exc, inh = numbers["populations"]
    assert (exc["name"], exc["n"], exc["cores"], exc["slices"]) == ("exc", 64, [1], [[1, 0, 63]])
    assert (exc["fan_in_max"], exc["fan_in_mean"], exc["fan_out_max"]) == (20, 15.0, 1)
    assert inh["fan_in_max"] == 64
    into, feed = numbers["connections"]
    assert (into["external"], into["weight_min"], into["weight_max"], into["words"]) == (True, 1, 2, 960)
    assert (feed["source"], feed["target"], feed["synapse_type"], feed["synapses"]) == ("exc", "inh", "NMDA", 1024)


def test_the_report_reads_as_a_table(reported):
    text = str(reported)
    assert text == reported.text()
    assert "DYNAP-SE1: 80 of 1024 neurons used, on 1 of 4 cores; 1664 synapses, 1984 CAM words" in text
    for part in ("80 of 256", "74 of 1024", "20 of 64", "1 of 4", "in (outside)", "1 to 2", "kn=0.7"):
        assert part in text


def test_the_report_of_an_empty_plan_has_no_empty_tables():
    assert "population " not in str(EMPTY.report())
    assert "0 of 1024 neurons used" in str(EMPTY.report())


def test_long_names_and_many_biases_stay_within_100_columns():
    plan = EMPTY
    for number in range(30):
        plan = plan.place(f"a population with a long name\nand a line break, number {number}", 1)
    names = list(plan.placements)
    plan = plan.connect("c" * 80, names[0], names[1], [0], [0], 1, "AMPA").bias(
        0, dict.fromkeys(DYNAP_SE1.shared, 1.23e-12)
    )
    lines = str(plan.report()).splitlines()
    assert max(map(len, lines)) < 100
    assert sum("Igaba_b_w0=1.23e-12" in line for line in lines) == 1


def test_names_are_escaped_in_the_notebook_table():
    html = EMPTY.place("<script>x</script>", 1).report()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<table") == html.count("</table>") == 2


def test_occupancy_is_a_map_of_the_chip(reported):
    grid = reported.occupancy()
    assert grid.shape == (4, 256)
    assert reported.names == ("exc", "inh")
    assert (grid[1, :64] == 0).all() and (grid[1, 64:80] == 1).all()
    assert (grid >= 0).sum() == 80
    grid[:] = 7
    assert reported.occupancy().max() == 1


# -- size -------------------------------------------------------------------------------------------


def test_a_million_synapses_are_counted_right():
    chip = ChipDescription(
        "large", 4, 1024, fan_in=2000, fan_out=2000, senders_per_core=1500, weights=WeightRule.words()
    )
    plan = Plan(chip).place("a", 1024).place("b", 1024)
    plan = plan.connect("c", "a", "b", *all_pairs(1024, 1024), 1, "x")
    assert plan.fan_in("b").tolist() == [1024] * 1024


def test_a_thousand_requests_are_counted_right():
    plan = EMPTY.place("a", 64)
    for number in range(500):
        plan = plan.connect(f"c{number}", "a", "a", [number % 64], [(number * 7) % 64], 1, "AMPA")
        plan = plan.bias(0, {"kn": 0.7})
    assert plan.fan_in("a").sum() == 500
