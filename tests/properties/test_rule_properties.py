"""Weight rules, against one weight at a time (Hypothesis)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brianhw.chips import WeightRule

RULES = st.one_of(
    st.integers(1, 9).map(WeightRule.words),
    st.lists(st.integers(-4, 4), min_size=1, max_size=4).map(WeightRule.levels),
    st.tuples(st.integers(-4, 0), st.integers(0, 4)).map(lambda ends: WeightRule.between(*ends)),
    st.just(WeightRule.any()),
)


def is_allowed(rule, weight):
    if rule.kind == "words":
        return 0 <= weight <= rule.high and float(weight).is_integer()
    if rule.kind == "levels":
        return any(weight == level for level in rule.values)
    return rule.kind == "any" or rule.low <= weight <= rule.high


@given(RULES, st.lists(st.sampled_from(np.arange(-5, 11, 0.5).tolist())))
def test_a_rule_agrees_with_one_weight_at_a_time(rule, weights):
    assert rule.allowed(weights).tolist() == [is_allowed(rule, weight) for weight in weights]


@given(RULES, st.floats(-20, 20))
def test_the_nearest_weight_is_allowed_and_none_is_nearer(rule, weight):
    nearest = rule.nearest(weight)
    assert is_allowed(rule, nearest)
    grid = [each for each in np.arange(-20, 20.5, 0.5) if is_allowed(rule, each)]
    assert all(abs(nearest - weight) <= abs(each - weight) for each in grid)
