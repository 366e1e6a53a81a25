"""Chip descriptions and weight rules: data that checks itself."""

import copy
import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from importlib import import_module

import numpy as np
import pytest

from brianhw.chips import DYNAP_SE1, ChipDescription, WeightRule, known_chips
from brianhw.chips.dynapse1 import BIASES
from brianhw.chips.weight import with_unit
from brianhw.errors import BrianHWError, ParameterError, UnknownNameError, WeightError

TOY = ChipDescription("toy", cores=2, neurons_per_core=10)


# -- DYNAP-SE1 --------------------------------------------------------------------------------------


def test_dynapse1_numbers_its_neurons_with_ten_bits():
    assert (DYNAP_SE1.neurons, DYNAP_SE1.address_bits, DYNAP_SE1.senders_per_core) == (1024, 10, 1024)


@pytest.mark.parametrize(
    "limit",
    [
        "cores",
        "neurons_per_core",
        "fan_in",
        "fan_out",
        "fan_out_counts",
        "weights",
        "senders_per_core",
        "external_sources",
        "shared",
    ],
)
def test_each_limit_of_dynapse1_has_a_source(limit):
    assert len(DYNAP_SE1.sources[limit]) > 20


def test_every_parameter_but_the_constant_input_is_shared_by_a_core():
    from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS

    state = {"Isoma_mem"}
    assert set(SIMULATOR_DEFAULTS) - set(DYNAP_SE1.shared) - state == {"Isoma_const"}
    assert set(DYNAP_SE1.shared) <= set(SIMULATOR_DEFAULTS)


def test_every_physical_bias_sets_a_known_parameter_or_says_that_none_is_known():
    parameters = {*DYNAP_SE1.shared, "Isoma_const"}
    assert len(BIASES) == 25
    for name, bias in BIASES.items():
        assert name.endswith("_" + bias.polarity)
        assert bias.parameter in parameters or (bias.parameter is None and bias.relation)


def test_no_two_physical_biases_set_the_same_parameter():
    parameters = [bias.parameter for bias in BIASES.values() if bias.parameter]
    assert len(parameters) == len(set(parameters))


def test_known_chips_are_found_by_their_name():
    assert known_chips()["DYNAP-SE1"] is DYNAP_SE1


# -- cores ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "core", [1, np.int32(1), np.array(1), "Core_1", "core_1", "core 1", "core1", "CORE 1", "1", " 1 "]
)
def test_a_core_may_be_named_in_any_usual_way(core):
    assert DYNAP_SE1.core_number(core) == 1


@pytest.mark.parametrize(
    "core",
    [
        4,
        -1,
        True,
        np.True_,
        1.0,
        None,
        "Core_11",
        "Core_01",
        "Core_4",
        "Core_-1",
        "xcore 1",
        "1x",
        "",
        "core",
        "\u0661",
    ],
)
def test_what_is_not_exactly_a_core_is_refused_with_the_list_of_cores(core):
    with pytest.raises(UnknownNameError, match=r"DYNAP-SE1 has no core .*Cores are 0 to 3"):
        DYNAP_SE1.core_number(core)


def test_core_11_is_not_core_1_even_where_there_are_twelve():
    chip = replace(DYNAP_SE1, cores=12)
    assert chip.core_number("Core_11") == 11
    assert chip.core_number("Core_1") == 1


def test_the_nearest_core_is_suggested():
    with pytest.raises(UnknownNameError, match=r"did you mean Core_1\?"):
        DYNAP_SE1.core_number("Core_11")


def test_an_unknown_core_is_a_key_error_too():
    with pytest.raises(KeyError):
        DYNAP_SE1.core_number(4)


# -- descriptions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limit", ["cores", "neurons_per_core", "fan_in", "fan_out", "senders_per_core", "external_sources"]
)
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "4"])
def test_a_limit_must_be_a_whole_number_from_one(limit, value):
    with pytest.raises(ParameterError, match=f"toy: {limit} must be"):
        replace(TOY, **{limit: value})


@pytest.mark.parametrize("limit", ["cores", "neurons_per_core"])
def test_a_chip_has_a_size(limit):
    with pytest.raises(ValueError, match=f"toy: {limit} must be a whole number, not None"):
        replace(TOY, **{limit: None})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "needs a name"),
        ({"fan_out_counts": "boards"}, "fan_out_counts must be 'synapses', 'cores' or 'chips'"),
        ({"synapse_types": "AMPA"}, "synapse_types must be a sequence of names"),
        ({"shared": ("tau", "tau")}, "shared holds a name twice"),
        ({"weights": "heavy"}, "says nothing about weights"),
        ({"sources": {"fan_inn": "a paper"}}, "unknown limits: fan_inn"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(BrianHWError, match=message):
        replace(TOY, **wrong)


def test_a_description_is_frozen():
    with pytest.raises(FrozenInstanceError):
        DYNAP_SE1.fan_in = 128
    with pytest.raises(TypeError):
        DYNAP_SE1.sources["fan_in"] = "me"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda chip: pickle.loads(pickle.dumps(chip))])
def test_a_copy_of_a_description_is_equal_and_has_the_same_hash(copied):
    assert copied(DYNAP_SE1) == DYNAP_SE1
    assert hash(copied(DYNAP_SE1)) == hash(DYNAP_SE1)


@pytest.mark.parametrize(
    ("cores", "neurons", "bits"), [(1, 1, 0), (1, 2, 1), (4, 256, 10), (4, 257, 11), (1, 1025, 11), (2, 10, 5)]
)
def test_address_bits_number_every_neuron(cores, neurons, bits):
    assert ChipDescription("any", cores, neurons).address_bits == bits


def test_describe_says_every_limit_in_the_words_of_the_chip():
    text = DYNAP_SE1.describe()
    for part in ("4 cores of 256 neurons, 1024 in all", "64 CAM words per neuron", "4 SRAM words per neuron", "GABA_B"):
        assert part in text
    assert "whole numbers from 0" in text and "Moradi" in text and "1024 different" in text
    assert max(map(len, text.splitlines())) < 100


def test_describe_says_what_is_unlimited():
    assert TOY.describe().count("unlimited") == 3


# -- weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "same"),
    [
        ("integer", WeightRule.words()),
        ((-1, 1), WeightRule.between(-1, 1)),
        ([3, 1, 2], WeightRule.levels([1, 2, 3])),
        (np.array([0.5, 1.0]), WeightRule.levels([0.5, 1])),
        (range(3), WeightRule.levels([0, 1, 2])),
        (None, WeightRule.any()),
        (WeightRule.words(7), WeightRule.words(7)),
    ],
)
def test_of_understands_what_a_user_would_write(rule, same):
    assert WeightRule.of(rule) == same


@pytest.mark.parametrize(
    "rule", ["float", 3, True, (1, 2, 3), {"low": 0}, (2, 1), [], [1, np.nan], (0, np.nan), ("a", 1)]
)
def test_of_refuses_what_is_no_rule(rule):
    with pytest.raises(ParameterError):
        WeightRule.of(rule)


@pytest.mark.parametrize("maximum", [0, -3, 1.5, np.nan])
def test_the_largest_count_of_words_is_a_whole_number_from_one(maximum):
    with pytest.raises(ParameterError):
        WeightRule.words(maximum)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (WeightRule.words(), [0, 1, 3.0, 64, 10**6], [-1, 0.5, 2.9999999]),
        (WeightRule.words(7), [0, 6, 7], [8, 7.5]),
        (WeightRule.levels([-1, 0, 0.25]), [-1, 0, 0.25], [0.2, 1, -0.5]),
        (WeightRule.between(-1, 2), [-1, 0, 1.99, 2], [-1.0001, 2.0001]),
        (WeightRule.any(), [-1e300, 0, 1e-300], []),
    ],
)
def test_a_rule_allows_its_limits_and_nothing_beyond(rule, good, bad):
    rule.check("connection 'c'", good)
    for weight in [*bad, np.nan, np.inf, -np.inf]:
        with pytest.raises(WeightError):
            rule.check("connection 'c'", [good[0], weight])


@pytest.mark.parametrize(
    ("rule", "weights", "message"),
    [
        (
            WeightRule.of("integer"),
            [1, 2.6, 3, -1],
            r"connection 'c': synapse 1 cannot have weight 2.6 \(2 of 4 weights are not allowed\); "
            r"weights are counts of input words: whole numbers from 0; the nearest is 3\.",
        ),
        (DYNAP_SE1.weights, 2.4, r"\(1 of 1 weight is not allowed\); weights are counts of CAM words.*nearest is 2\."),
        (WeightRule.words(7), [9], "whole numbers from 0 to 7; the nearest is 7"),
        (WeightRule.levels([1, 4]), [2], "a weight is one of 1, 4; the nearest is 1"),
        (WeightRule.levels([1, 4]), [np.inf], "the nearest is 4"),
        (WeightRule.between(0, 0.5), [-0.1], "a weight is a number from 0 to 0.5; the nearest is 0"),
        (WeightRule.any(), [0, np.nan], r"synapse 1 cannot have weight nan .*any finite number\."),
        (WeightRule.words(), ["two"], "must be real numbers"),
        (WeightRule.words(), [1j], "must be real numbers"),
    ],
)
def test_a_refused_weight_is_named_with_what_is_allowed(rule, weights, message):
    with pytest.raises(WeightError, match=message):
        rule.check("connection 'c'", weights)


def test_a_weight_takes_words_as_its_rule_says():
    weights = [0, 1, 3]
    assert WeightRule.words().words_of(weights).tolist() == [0, 1, 3]
    for rule in (WeightRule.levels([0, 1, 3]), WeightRule.between(-3, 3), WeightRule.any()):
        assert rule.words_of(weights).tolist() == [0, 1, 1]
        assert rule.words_of([-0.5, 0.0]).tolist() == [1, 0]


def test_chips_and_allocation_import_in_less_than_a_fifth_of_a_second_beyond_numpy():
    code = (
        "import numpy, sys, time; start = time.process_time(); import brianhw.chips, brianhw.allocation; "
        "print(time.process_time() - start, 'brian2' in sys.modules)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(3)]
    assert min(float(run.stdout.split()[0]) for run in runs) < 0.2  # CPU seconds, the best of three on a busy machine
    assert all(run.stdout.split()[1] == "False" for run in runs)


def test_a_level_is_met_whichever_way_its_value_was_computed():
    rule = WeightRule.levels([0, 1e-10])
    assert rule.allowed([0.1 * 1e-9, 1e-10 * (1 + 1e-9)]).tolist() == [True, False]
    assert 0.1 * 1e-9 != 1e-10


def test_the_ends_of_a_range_are_within_it_whichever_way_they_were_computed():
    low, high = sorted([0.1 * 1e-9, 1e-10])
    assert low != high
    assert WeightRule.between(0, low).allowed(high)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(2e-9, "A", "2 nA"), (0, "A", "0 A"), (-1.5e-12, "A", "-1.5 pA"), (1e-6, "S", "1 uS"), (3.0, "", "3")],
)
def test_numbers_are_shown_with_their_unit_and_prefix(value, unit, text):
    assert with_unit(value, unit) == text


@pytest.mark.parametrize("home", ["brianhw", "brianhw.chips"])
def test_mismatch_is_had_where_boards_and_chips_are(home):
    assert import_module(home).Mismatch(serial=3).serial == 3
