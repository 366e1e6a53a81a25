"""Which neurons a connection joins: the pairs that Brian2 itself would make, chosen before anything is made."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import NeuronGroup, Synapses
from hypothesis import given, settings
from hypothesis import strategies as st

from brianhw.errors import ConnectionRefused
from brianhw.hardware.pairs import Pairs, choose_pairs, evaluate

PATTERNS = [
    {},
    {"condition": True},
    {"condition": False},
    {"condition": "i != j"},
    {"condition": "i == j"},
    {"condition": "i > j and not (i + j) % 2 == 0"},
    {"condition": "abs(i - j) <= 1 or j == 0"},
    {"condition": "True"},
    {"condition": "i + shift < N_post"},
    {"condition": "sin(pi*i/N_pre) > exp(-1.0*j)"},
    {"i": [0, 2, 2], "j": [1, 0, 3]},
    {"i": np.array([3, 3]), "j": np.array([0, 0])},
    {"i": 1, "j": [0, 1, 2]},
    {"i": 2, "j": 2},
    {"j": "i % N_post"},
    {"j": "N_post - 1 - i % N_post"},
    {"j": "int(i/2)"},
    {"i": "j"},
    {"i": "(j + 1) % N_pre"},
    {"i": "shift"},
    {"condition": "i < j", "n": 3},
    {"i": [0, 1], "j": [1, 0], "n": 2},
    {"n": 2},
    {"p": 0},
    {"j": "i + 1", "skip_if_invalid": True},
    {"j": "i - 2", "skip_if_invalid": True},
]


def as_sorted(pre, post) -> list[tuple[int, int]]:
    return sorted(zip(np.asarray(pre).tolist(), np.asarray(post).tolist(), strict=True))


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("sizes", [(6, 4), (5, 5)], ids=str)
def test_the_pairs_are_those_that_brian2_makes(pattern, sizes):
    shift = 1
    synapses = Synapses(*(NeuronGroup(size, "x : 1") for size in sizes))
    synapses.connect(**pattern, namespace={"shift": shift})
    pairs = choose_pairs(*sizes, **pattern, namespace={"shift": shift})
    assert as_sorted(pairs.pre, pairs.post) == as_sorted(synapses.i[:], synapses.j[:])


@given(
    terms=st.lists(st.sampled_from(["i", "j", "N_pre", "N_post", "2", "(i*j)"]), min_size=2, max_size=4),
    operators=st.lists(st.sampled_from(["+", "-", "*"]), min_size=3, max_size=3),
    relation=st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
)
@settings(max_examples=20)
def test_random_conditions_choose_the_pairs_that_brian2_does(terms, operators, relation):
    left = "".join(f"{term}{operator}" for term, operator in zip(terms, operators, strict=False)) + "j"
    condition = f"{left} {relation} i + 1"
    synapses = Synapses(NeuronGroup(4, "x : 1"), NeuronGroup(3, "x : 1"))
    synapses.connect(condition)
    pairs = choose_pairs(4, 3, condition=condition)
    assert as_sorted(pairs.pre, pairs.post) == as_sorted(synapses.i[:], synapses.j[:])


@pytest.mark.parametrize("condition", [np.True_, np.False_])
def test_numpys_truth_values_count_as_pythons(condition):
    assert len(choose_pairs(2, 3, condition=condition).pre) == (6 if condition else 0)


# -- chance -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("chance", [{"p": 0.3}, {"p": "0.3"}, {"condition": "rand() < 0.3"}, {"p": "0.1*(1 + 2)"}])
def test_each_pair_is_drawn_for_itself(chance):
    pairs = choose_pairs(200, 200, **chance, random=np.random.default_rng(1))
    # 40,000 pairs: six standard deviations are 0.014
    assert len(pairs.pre) / 200**2 == pytest.approx(0.3, abs=0.014)
    assert len(set(zip(pairs.pre.tolist(), pairs.post.tolist(), strict=True))) == len(pairs.pre)
    per_neuron = np.bincount(pairs.pre, minlength=200)
    assert per_neuron.std() == pytest.approx(np.sqrt(200 * 0.3 * 0.7), rel=0.3)  # binomial


def test_a_script_that_imports_numpys_rand_draws_each_pair_for_itself_too():
    from numpy.random import rand

    pairs = choose_pairs(40, 40, condition="rand() < 0.5", namespace={"rand": rand})
    assert 0 < len(pairs.pre) < 1600


def test_a_probability_may_depend_on_the_pair():
    pairs = choose_pairs(50, 50, p="int(i < 10)")
    assert set(pairs.pre.tolist()) == set(range(10))
    assert len(pairs.pre) == 10 * 50


def test_the_same_seed_draws_the_same_pairs():
    one, other = (choose_pairs(20, 20, p=0.5, random=np.random.default_rng(3)) for _ in range(2))
    assert as_sorted(one.pre, one.post) == as_sorted(other.pre, other.post)


def test_a_smaller_p_of_the_same_draw_joins_a_part_of_the_same_pairs():
    pairs = choose_pairs(20, 20, p=0.5, n=2, random=np.random.default_rng(3))
    fewer = pairs.draw.below(0.2)
    again = choose_pairs(20, 20, p=0.2, n=2, random=np.random.default_rng(3))
    assert set(as_sorted(fewer.pre, fewer.post)) < set(as_sorted(pairs.pre, pairs.post))
    assert as_sorted(fewer.pre, fewer.post) == as_sorted(again.pre, again.post)


def test_all_pairs_redrawn_with_a_p_are_those_that_the_request_with_that_p_draws():
    all_pairs = choose_pairs(20, 20, condition="i != j", n=3)
    fewer = all_pairs.redrawn(np.random.default_rng(3)).below(0.2)
    again = choose_pairs(20, 20, condition="i != j", n=3, p=0.2, random=np.random.default_rng(3))
    assert as_sorted(fewer.pre, fewer.post) == as_sorted(again.pre, again.post)


# -- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"condition": "i==j", "i": [0], "j": [0]}, "give a condition or indices i and j, not both"),
        ({"i": [0]}, "give both i and j as arrays, or one of them as an expression"),
        ({"i": "j", "j": "i"}, "give both i and j as arrays, or one of them as an expression"),
        ({"i": [0], "j": "i"}, "give both i and j as arrays, or one of them as an expression"),
        ({"i": [0, 1], "j": [0, 1, 2]}, "i has 2 entries and j has 3"),
        ({"i": [0.5], "j": [0]}, "i must be a flat array of whole numbers"),
        ({"i": [[0]], "j": [0]}, "i must be a flat array of whole numbers"),
        ({"i": [True, False], "j": [0, 1]}, "i must be a flat array of whole numbers"),
        ({"i": [0, 4], "j": [0, 0]}, r"i = 4 is outside the source, which has 4 neurons \(0 to 3\)"),
        ({"i": [0], "j": [-1]}, r"j = -1 is outside the target, which has 3 neurons \(0 to 2\)"),
        ({"j": "i"}, "j = 3 is outside the target"),
        ({"j": "i/2"}, "'i/2' is not a whole number for every neuron"),
        ({"j": "k for k in range(3)"}, "is a generator; a chip must know its synapses"),
        ({"condition": "i <"}, "'i <' cannot be evaluated"),
        ({"condition": "i < nothing"}, "'i < nothing' cannot be evaluated: name 'nothing' is not defined"),
        ({"condition": "x_pre < 3"}, "It may use i, j, N_pre, N_post, numbers defined in the script"),
        ({"condition": [[True]]}, "a condition is an expression, True or False"),
        ({"condition": 1}, "a condition is an expression, True or False"),
        ({"p": 1.5}, "p = 1.5 is no probability"),
        ({"p": -0.1}, "p = -0.1 is no probability"),
        ({"p": np.nan}, "p = nan is no probability"),
        ({"n": -1}, "n, the synapses per pair, must be a whole number from 0, not -1"),
        ({"n": 1.5}, "n, the synapses per pair, must be a whole number from 0, not 1.5"),
        ({"n": True}, "n, the synapses per pair, must be a whole number from 0, not True"),
    ],
)
def test_arguments_that_make_no_pairs_are_refused(wrong, message):
    with pytest.raises(ConnectionRefused, match=message):
        choose_pairs(4, 3, **wrong)


@pytest.mark.parametrize("limit", [3, 4])
def test_indices_reach_to_the_last_neuron_and_no_further(limit):
    if limit == 3:
        assert choose_pairs(4, 4, i=[limit], j=[limit]).pre.tolist() == [limit]
    else:
        with pytest.raises(ConnectionRefused):
            choose_pairs(4, 4, i=[limit], j=[0])


@pytest.mark.parametrize(
    "text", ["__import__('os')", "().__class__", "open('x')", "[1][0]", "(lambda: 1)()", "names['i']"]
)
def test_an_expression_is_brian2_syntax_and_runs_no_code(text):
    with pytest.raises(ConnectionRefused, match="cannot be evaluated"):
        evaluate("a test", text, {"i": np.arange(3), "names": {"i": 1}}, 3)


def test_pairs_from_indices_get_no_advice_about_chance():
    assert not choose_pairs(4, 4, i=[0], j=[0]).by_condition
    assert choose_pairs(4, 4, condition="i == j").by_condition
    assert isinstance(choose_pairs(4, 4), Pairs)
