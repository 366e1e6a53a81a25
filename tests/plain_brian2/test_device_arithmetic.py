"""Compiled code computes with whole numbers and booleans as NumPy does; in strict mode to the bit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    defaultclock,
    ms,
    set_device,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import brianhw  # noqa: F401  (registers the device)
from brianhw.device import code
from brianhw.device.code.naming import name_of_local
from random_models import compare, compare_expressions

pytestmark = pytest.mark.standalone

SMALLEST, LARGEST = -(2**31), 2**31 - 1
NUMBERS = [*range(-4, 5), 7, 46341, 16777217, SMALLEST, LARGEST]

# an assignment to the integer x or the number y, and what NumPy has for it; k holds NUMBERS, as integers of 32 bits
CASES: dict[str, Any] = {
    "x = 7 % k": lambda k: 7 % k,
    "x = k % zero": lambda k: k % (k - k),
    "x = k // zero": lambda k: k // (k - k),
    "x = -k // 3": lambda k: -k // 3,
    "x = k % -4": lambda k: k % -4,
    "x = k // -1": lambda k: k // -1,
    "x = k*k": lambda k: k * k,
    "x = k**3": lambda k: k**3,
    "x = abs(k)": np.abs,
    "x = sign(k)*10": lambda k: np.sign(k) * 10,
    "x = clip(k, -3, 2)": lambda k: np.clip(k, -3, 2),
    "x = -2.7*clip(k, -3, 3)": lambda k: (-2.7 * np.clip(k, -3, 3)).astype(np.int32),
    "x = int(k > 0) + int(not k > 0)*10": lambda k: (k > 0) + (k <= 0) * 10,
    "y = clip(k, -1.5, 1.5)": lambda k: np.clip(k, -1.5, 1.5),
    "y = k / 2": lambda k: k / 2,
    "y = k / zero": lambda k: k / np.zeros_like(k),
    "y = (k + 0.5) // 0.1": lambda k: (k + 0.5) // 0.1,
    "y = (k + 0.5) % -0.7": lambda k: (k + 0.5) % -0.7,
    "y = sign(k*1.0) + clip(0.5*k, 2, -2)": lambda k: np.sign(k * 1.0) + np.clip(0.5 * k, 2, -2),
    "y = (k % 3) ** 0.5": lambda k: (k % 3) ** 0.5,
    "y = (k > 0)": lambda k: (k > 0) * 1.0,
}


@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_whole_numbers_are_those_of_numpy(mode: str) -> None:
    set_device("brianhw", mode=mode)
    names = [f"{case[0]}{n}" for n, case in enumerate(CASES)]
    model = "\n".join(f"{name} : {'integer' if name[0] == 'x' else '1'}" for name in names)
    group = NeuronGroup(len(NUMBERS), f"k : integer\nzero : integer\n{model}")
    group.k = NUMBERS
    code = "\n".join(f"{name}{case[1:]}" for name, case in zip(names, CASES, strict=True))
    Network(group, group.run_regularly(code)).run(defaultclock.dt)
    numbers = np.array(NUMBERS, dtype=np.int32)
    for name, (case, expected) in zip(names, CASES.items(), strict=True):
        with np.errstate(all="ignore"):
            values = expected(numbers)
        if mode == "strict" or name[0] == "x":
            assert np.array_equal(getattr(group, name)[:], values, equal_nan=True), case
        else:  # a division may be a product with the reciprocal
            assert getattr(group, name)[:] == pytest.approx(values, rel=1e-12, abs=1e-12, nan_ok=True), case


def test_integers_of_different_sizes_meet_as_in_numpy(on_device: None) -> None:
    group = NeuronGroup(
        2, "k : integer\nm : integer\nx : integer\ny : integer\nz : 1", dtype={"m": np.int64, "y": np.int64}
    )
    group.k, group.m = LARGEST, 2**40
    Network(group, group.run_regularly("x = k + 1\ny = m + k + 1\nz = k + 1")).run(defaultclock.dt)
    assert list(group.x) == [SMALLEST] * 2  # 32 bits stay 32 bits
    assert list(group.y) == [2**40 + 2**31] * 2
    assert list(group.z) == [SMALLEST] * 2


def test_booleans_added_are_one_and_summed_over_synapses_are_many(on_device: None) -> None:
    source, target = NeuronGroup(3, "p : boolean\nq : boolean\nx : 1"), NeuronGroup(1, "n : integer\nw : 1")
    source.p, source.q = True, "i > 0"
    both = source.run_regularly("x = 10*(p + q)")
    count = Synapses(source, target, "n_post = 0.5*int(q_pre) : 1 (summed)")
    total = Synapses(source, target, "w_post = q_pre : 1 (summed)")
    count.connect()
    total.connect()
    Network(source, target, both, count, total).run(defaultclock.dt)
    assert list(source.x) == [10, 10, 10]
    assert list(target.n) == [1]  # two halves, not twice the whole part of one half
    assert list(target.w) == [2]


def test_a_boolean_is_not_cut_off_when_a_number_is_assigned(on_device: None) -> None:
    group = NeuronGroup(4, "k : integer\nv : 1\np : boolean\nq : boolean")
    group.k, group.v = [0, 1, 256, -512], [0, 0.25, -0.5, np.nan]
    Network(group, group.run_regularly("p = k\nq = v")).run(defaultclock.dt)
    assert list(group.p) == [False, True, True, True]
    assert list(group.q) == [False, True, True, True]


@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_a_power_that_is_no_integer_is_refused_as_in_numpy(mode: str) -> None:
    set_device("brianhw", mode=mode)
    group = NeuronGroup(1, "k : integer\nx : integer")
    group.k = -1
    with pytest.raises(Exception, match="negative integer powers"):
        Network(group, group.run_regularly("x = 2**k")).run(defaultclock.dt)


@settings(max_examples=2, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["fast", "strict"]))
def test_random_expressions_are_those_of_numpy(seed: int, mode: str) -> None:
    assert not compare_expressions(seed, mode)


@settings(max_examples=2, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["fast", "strict"]))
def test_random_models_are_those_of_numpy(seed: int, mode: str) -> None:
    assert not compare(seed, mode)


# What code in C++ would mean something else by.
NAMES = "double register INFINITY new delete template std brian brianhw NULL M_PI errno EOF EXPORT size_t".split()


def test_variables_may_have_names_that_mean_something_in_cpp(on_device: None) -> None:
    model = "\n".join(f"d{name}/dt = -{name}/(10*ms) : 1" for name in NAMES)
    group = NeuronGroup(1, model, threshold="double > 5", reset="double = struct", method="euler")
    for name in NAMES:
        setattr(group, name, 1.0)
    trace = StateMonitor(group, NAMES[:3], record=True)
    Network(group, trace).run(1 * ms, namespace={"struct": 2.0})
    for name in NAMES:
        assert getattr(group, name)[0] == pytest.approx(0.99**10)


# -- what is right already, and shall stay so ---------------------------------------------------------


def test_a_delay_that_code_changes_holds_from_the_next_run(on_device: None) -> None:
    source, target = SpikeGeneratorGroup(1, [0, 0], [0, 5] * ms), NeuronGroup(1, "v : 1")
    synapse = Synapses(source, target, on_pre="v_post += 1\ndelay = delay + 1*ms")
    synapse.connect()
    synapse.delay = 1 * ms
    trace = StateMonitor(target, "v", record=0)
    net = Network(source, target, synapse, trace)
    for _ in range(2):
        net.run(5 * ms)
    steps = np.flatnonzero(np.diff(trace.v[0]) > 0) + 1
    assert list(steps) == [11, 71]  # seen a step after they arrive, at 1 ms and at 5 + 2 ms
    assert float(synapse.delay[0] / ms) == pytest.approx(3)


@pytest.mark.parametrize("kind", ["event-driven", "clock-driven"])
def test_traces_at_events_have_their_closed_form(kind: str, on_device: None) -> None:
    pre, post = SpikeGeneratorGroup(1, [0, 0], [1, 6] * ms), SpikeGeneratorGroup(1, [0], [4] * ms)
    model = f"w : 1\ndp/dt = -p/(10*ms) : 1 ({kind})\ndq/dt = -q/(10*ms) : 1 ({kind})"
    rule = Synapses(pre, post, model, on_pre="p += 1\nw += q", on_post="q += 1\nw -= 0.5*p", method="exact")
    rule.connect()
    rule.pre.delay, rule.post.delay = 1 * ms, 0.5 * ms
    net = Network(pre, post, rule)
    for _ in range(8):
        net.run(1 * ms)
    # arrivals at 2 and 7 ms, and from behind at 4.5 ms
    assert rule.w[0] == pytest.approx(np.exp(-0.25) - 0.5 * np.exp(-0.25), rel=1e-9)


def test_sums_begin_anew_in_their_part_of_a_group_only(on_device: None) -> None:
    source, target = NeuronGroup(2, "g : 1"), NeuronGroup(5, "a : 1\nn : integer")
    source.g, target.a, target.n = [1, 2], -7, -7
    sums = [
        Synapses(source, target[1:3], "a_post = g_pre : 1 (summed)"),
        Synapses(source, target[3:], "n_post = g_pre : 1 (summed)"),
    ]
    for each in sums:
        each.connect()
    net = Network(source, target, sums)
    for _ in range(2):
        net.run(0.2 * ms)
        assert list(target.a) == [-7, 3, 3, -7, -7]
        assert list(target.n) == [-7, -7, -7, 3, 3]


# 64 elements go to NumPy's loops at once; of one element the loop is another.
@pytest.mark.standalone
@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 129])
def test_strict_code_gives_numpys_bits_for_any_number_of_elements(n: int) -> None:
    def script() -> dict[str, np.ndarray]:
        group = NeuronGroup(n, "x : 1\ny : 1\nz : 1\nwhole : integer\nis_on : boolean")
        group.x, group.y, group.whole = "sin(i*7.1)", "0.1*i/N", "i % 5"
        group.is_on = "i % 2 == 0"
        # the second call needs what the first statement has changed; of whole numbers, of calls inside calls
        group.run_regularly("x = 0.9*x*exp(-y)\ny = exp(-x)*tanh(exp(-z))\nz = y + log1p(whole)*cos(y)*int(is_on)")
        Network(group).run(20 * defaultclock.dt)
        return {name: getattr(group, name)[:] for name in "xyz"}

    found = []
    for name, options in (("runtime", {}), ("brianhw", {"mode": "strict"})):
        set_device(name, **options)
        found.append(script())
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


@pytest.mark.standalone
@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_names_of_a_script_that_generated_code_also_has_stay_apart(mode: str) -> None:
    def script() -> dict[str, np.ndarray]:
        source = SpikeGeneratorGroup(1, [0], [0] * ms)
        group = NeuronGroup(100, "x : 1\ny : 1")
        group.y = "0.01*i"
        group.run_regularly("_number = exp(-y*_event)\n_begin = 2*_number\nx += _begin*_event")
        events = "_block = exp(-w*_event)\n_sum_0 = 2*_block\nw += _sum_0\nx_post += _sum_0*_first"
        synapses = Synapses(source, group, "w : 1", on_pre=events)
        synapses.connect()
        synapses.w = "0.1*j"
        Network(group, source, synapses).run(5 * defaultclock.dt, namespace={"_event": 3.0, "_first": 2.5})
        return {"x": group.x[:], "w": synapses.w[:]}

    found = []
    for name, options in (("runtime", {}), ("brianhw", {"mode": mode})):
        set_device(name, **options)
        found.append(script())
    for name, values in found[0].items():
        np.testing.assert_allclose(found[1][name], values, rtol=1e-13)  # exp may differ in the last bit


@pytest.mark.standalone
@pytest.mark.parametrize("mode", ["fast", "strict"])
def test_a_constant_expression_may_be_no_number(mode: str) -> None:
    set_device("brianhw", mode=mode)
    group = NeuronGroup(3, "x : 1")
    group.run_regularly("x = log(-0.5) + i")
    Network(group).run(defaultclock.dt)
    assert np.isnan(group.x[:]).all()


TEMPLATES = Path(code.__file__).parent / "templates"
DECLARED = re.compile(r"\b(?:int|size_t|double|auto|int32_t|int64_t|Span)\b[ *&]+(?:const )?(_[a-z]\w*)")


@pytest.mark.parametrize("name", ["stateupdate", "synapses", "threshold", "poisson_input"])
def test_what_a_template_calls_its_own_no_local_of_a_script_is_called(name: str) -> None:
    own = set(DECLARED.findall((TEMPLATES / f"{name}.cpp").read_text(encoding="utf-8")))
    own -= {"_idx", "_vectorisation_idx"}  # Brian2's, which statements may read
    assert len(own) > 2
    assert [each for each in sorted(own) if name_of_local(each) == each] == []


@pytest.mark.parametrize(
    "expression",
    [
        "log(1 + {}**2)", "1 + {}**3", "1 + {}**-1", "1 + {}**0.5", "1 + {0}**{0}", "1 + 2**{}", "log1p({}) + b",
        "expm1({}) + b", "1 + exprel({})", "tanh({}) + b", "1 + clip({}**2, 0, 1)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["shared", "own"])
def test_strict_code_has_the_bits_of_numpy_in_single_precision(name: str, expression: str) -> None:
    model = f"""
    dv/dt = (b*v - ({expression.format(name)}))/(5*ms) : 1
    shared : 1 (shared)
    own : 1
    b : 1
    """
    found = []
    for device in ("brianhw", "runtime"):
        set_device(device, **({"mode": "strict"} if device == "brianhw" else {}))
        rng = np.random.default_rng(1)
        group = NeuronGroup(20, model, method="euler", dtype=np.float32)
        group.b, group.own = rng.random(20) - 0.5, rng.random(20) + 0.1
        net = Network(group)
        values = []
        for shared in rng.random(20) + 0.1:
            group.shared = shared
            net.run(0.2 * ms)
            values.append(np.array(group.v_))
        found.append(np.array(values))
    assert np.array_equal(*found)
