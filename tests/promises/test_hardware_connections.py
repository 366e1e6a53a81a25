"""Connections on a chip: planned before they are made, refused without a trace, weights and plan always the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from brian2 import (
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    StateMonitor,
    Synapses,
    collect,
    device,
    hertz,
    ms,
    mV,
    pA,
    run,
    set_device,
)
from brian2.core.network import BrianObjectException
from brian2.utils.logger import catch_logs

from brianhw import Chip, DynapSE1
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_current
from brianhw.errors import (
    CapacityError,
    ConnectionRefused,
    FanInError,
    FanOutError,
    ParameterError,
    ReleasedError,
    RequestError,
    UnitError,
    UnknownNameError,
    WeightError,
)
from brianhw.model import SynapseModel
from brianhw.parameters.lif import PYNN_DEFAULTS

EXC, INH = exponential_current("exc"), exponential_current("inh", "-")
PARAMETERS = PYNN_DEFAULTS | {"tau_exc": 5 * ms, "tau_inh": 5 * ms}


def counted(name: str) -> SynapseModel:
    """A synapse as on DYNAP-SE: its weight is a whole number of words, each of 10 pA."""
    return SynapseModel(name=name, equations="weight : 1", on_pre=f"I_{name}_post += weight*10*pA", weight="weight")


def toy_chip(**changes) -> Chip:
    """DYNAP-SE1's limits on LIF neurons, which are quicker to build."""
    settings = {
        "cores": 4,
        "neurons_per_core": 256,
        "fan_in": 64,
        "model": LIF + EXC + INH,
        "synapses": {"exc": counted("exc"), "inh": counted("inh")},
        "parameters": PARAMETERS,
        "weights": "integer",
        "seed": 7,
    }
    return Chip("toy", **{**settings, **changes})


def outside(n: int, name: str = "outside*") -> SpikeGeneratorGroup:
    return SpikeGeneratorGroup(n, [], [] * ms, name=name)


def assert_plan_is_what_brian2_has(chip: Chip) -> None:
    """Compare number, ends and weights of all synapses."""
    for name, connection in chip.connections.items():
        wiring = chip.plan.connections[name]
        np.testing.assert_array_equal(wiring.pre, connection.variables["_synaptic_pre"].get_value())
        np.testing.assert_array_equal(wiring.post, connection.variables["_synaptic_post"].get_value())
        np.testing.assert_array_equal(wiring.weights, connection.weight_[:])


class Traces:
    """What a refused request must not change."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.before = self.now()

    def now(self) -> list:
        chip = self.chip
        generator = None if chip.random is np.random else chip.random.bit_generator.state
        weights = {name: each.weight_[:].tolist() for name, each in chip.connections.items()}
        return [
            chip.plan,
            collect(level=2),
            dict(chip.populations),
            weights,
            generator,
            np.random.get_state()[1].tolist(),
        ]

    def assert_none(self) -> None:
        assert self.now() == self.before
        assert_plan_is_what_brian2_has(self.chip)


# -- fan-in -----------------------------------------------------------------------------------------


def test_200_sources_one_to_one_onto_200_neurons_take_one_word_each():
    chip = toy_chip()
    target = chip.population(200)
    connection = chip.connect(outside(200), target, "exc", j="i")
    assert len(connection) == 200
    assert (chip.plan.fan_in(target.name) == 1).all()


@pytest.mark.parametrize("sources", [63, 64])
def test_a_neuron_listens_to_up_to_64_words(sources):
    chip = toy_chip()
    target = chip.population(3)
    chip.connect(outside(sources), target[1:2], "exc")
    assert chip.plan.fan_in(target.name).tolist() == [0, sources, 0]
    Network(*collect()).run(0.1 * ms)


def test_65_sources_onto_one_neuron_are_refused_with_its_name_the_limit_and_what_to_do():
    chip = toy_chip()
    target = chip.population(4, name="exc_cells")
    with pytest.raises(
        FanInError,
        match=r"neuron 2 of population 'exc_cells' would listen to 65 input words, toy has 64. 1 of 4 neurons is over; "
        r"no weight >= 1 fits everywhere, it has 64 input words free; the largest p is 0\.\d\d\.",
    ):
        chip.connect(outside(65), target[2:3], "exc")


def test_types_share_the_words_of_a_neuron():
    chip = toy_chip()
    target = chip.population(1)
    chip.connect(outside(40), target, "exc")
    with pytest.raises(FanInError, match="would listen to 65 input words"):
        chip.connect(outside(25), target, "inh")
    chip.connect(outside(24), target, "inh")


def test_a_weight_takes_as_many_words_and_weight_0_none():
    chip = toy_chip()
    target = chip.population(1)
    connection = chip.connect(outside(100), target, "exc", weight=0)
    connection.weight[:16] = 4
    assert chip.plan.fan_in(target.name).tolist() == [64]
    with pytest.raises(FanInError, match="would listen to 65 input words"):
        connection.weight[16] = 1
    connection.weight[3] = 0
    connection.weight[16:20] = 1
    assert_plan_is_what_brian2_has(chip)


def test_the_largest_weight_that_is_named_fits():
    chip = toy_chip()
    target, source = chip.population(3), outside(10)
    with pytest.raises(FanInError, match="the largest weight that fits everywhere is 6") as raised:
        chip.connect(source, target, "exc", weight=7)
    chip.connect(source, target, "exc", weight=raised.value.largest_weight)


@pytest.mark.parametrize("chip_seed", [7, None], ids=["the chip's seed", "numpy's seed"])
@pytest.mark.parametrize(
    "request_",
    [{}, {"p": 0.9}, {"n": 2}, {"p": 0.9, "n": 2}, {"condition": "i != j"}, {"condition": "rand() < 0.9"}],
    ids=str,
)
def test_the_largest_p_that_is_named_fits_when_the_call_is_repeated_with_it(request_, chip_seed):
    chip = toy_chip(seed=chip_seed)
    source, target = outside(200), chip.population(30)
    with pytest.raises(FanInError, match="the largest p is") as raised:
        chip.connect(source, target, "exc", **request_)
    p = float(re.search(r"largest p is (0\.\d+)", str(raised.value))[1])
    again = toy_chip(seed=chip_seed)
    again_target = again.population(30)
    if chip_seed is not None:
        with pytest.raises(FanInError):
            again.connect(source, again_target, "exc", **{**request_, "p": p + 0.01})
    connection = chip.connect(source, target, "exc", **{**request_, "p": p})
    most = chip.plan.fan_in(target.name).max()
    assert 50 < most <= 64
    assert len(connection) > 0


def test_no_p_is_advised_where_chance_has_no_part():
    chip = toy_chip()
    with pytest.raises(FanInError) as raised:
        chip.connect(outside(65), chip.population(1), "exc", i=np.arange(65), j=0)
    assert "largest p" not in str(raised.value)


# -- other limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize("targets", [2, 3, 4])
def test_fan_out_counts_the_synapses_of_each_sender_on_the_chip(targets):
    chip = toy_chip(fan_out=3)
    source, target = chip.population(1, name="sender"), chip.population(targets)
    if targets <= 3:
        chip.connect(source, target, "exc")
    else:
        with pytest.raises(FanOutError, match="neuron 0 of population 'sender' would need 4 destinations"):
            chip.connect(source, target, "exc")
    chip.connect(outside(1), target, "exc")  # senders outside have no such limit


def test_a_core_tells_its_senders_apart_up_to_its_limit():
    chip = toy_chip(senders_per_core=3)
    target = chip.population(4)
    chip.connect(outside(3), target[:3], "exc", j="i")
    with pytest.raises(CapacityError, match="toy core 0 would listen to 4 different senders, it can tell 3 apart"):
        chip.connect(outside(1), target[3:], "exc")


def test_a_chip_hears_as_many_neurons_from_outside_as_it_can_on_all_cores_together():
    chip = toy_chip(external_sources=4)
    near, far = chip.population(4, core=0), chip.population(4, core=1)
    source = PoissonGroup(5, 10 * hertz)
    chip.connect(source[:3], near[:3], "exc", j="i")
    chip.connect(source[:3], far[:3], "exc", j="i")  # heard twice, counted once
    with pytest.raises(CapacityError, match=r"toy can be sent to by 4 neurons .* would add 2 of .* at most 1 more"):
        chip.connect(source[3:], far[:2], "exc", j="i")
    chip.connect(source[3:4], far[:1], "exc")
    with pytest.raises(CapacityError, match="Let its targets listen to sources in use"):
        chip.connect(outside(1), near[3:], "exc")
    assert chip.plan.external_sources() == 4


# -- refusals ---------------------------------------------------------------------------------------


def kept_network(**changes) -> tuple[Chip, dict]:
    """Return a chip with two populations and a connection, and what requests refer to."""
    chip = toy_chip(**changes)
    own = {"a": chip.population(5, name="a"), "b": chip.population(6, 1, name="b"), "source": outside(100, "source")}
    own["ab"] = chip.connect(own["a"], own["b"], "exc", weight="1 + i", name="ab")
    return chip, own


REFUSED = {
    "fan-in": (
        lambda c, o: c.connect(o["source"], o["b"], "exc", name="new"),
        FanInError,
        "neuron 0 of population 'b'",
    ),
    "chance": (lambda c, o: c.connect(o["source"], o["b"], "exc", p=0.9, name="new"), FanInError, "largest p"),
    "negative": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", weight=-1, name="new"),
        WeightError,
        "cannot have weight -1",
    ),
    "fraction": (lambda c, o: c.connect(o["a"], o["b"], "exc", weight=0.5, name="new"), WeightError, "weight 0.5"),
    "nan": (lambda c, o: c.connect(o["a"], o["b"], "exc", weight=np.nan, name="new"), WeightError, "weight nan"),
    "infinite": (lambda c, o: c.connect(o["a"], o["b"], "exc", weight=np.inf, name="new"), WeightError, "weight inf"),
    "huge": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", weight=2**40, name="new"),
        WeightError,
        "cannot have weight",
    ),
    "unit": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", weight=1 * pA, name="new"),
        UnitError,
        "'weight' is a number without unit",
    ),
    "number": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", weight=[1, 2], name="new"),
        ParameterError,
        "2 weights were given for 30",
    ),
    "delay = number": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", delay=1, name="new"),
        UnitError,
        "new: a delay is a time, for instance delay=1*ms, not 1.",
    ),
    "delay = negative": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", delay=-1 * ms, name="new"),
        ParameterError,
        "new: a delay is finite and not below 0",
    ),
    "delays = many": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", delay=[1, 2] * ms, name="new"),
        ParameterError,
        "new: 2 delays were given for 30 synapses.",
    ),
    "type": (lambda c, o: c.connect(o["a"], o["b"], "ecx", name="new"), UnknownNameError, "Did you mean 'exc'"),
    "target": (
        lambda c, o: c.connect(o["a"], o["source"], "exc", name="new"),
        ConnectionRefused,
        "'source' is not on this chip",
    ),
    "no target": (
        lambda c, o: c.connect(o["a"], None, "exc", name="new"),
        ConnectionRefused,
        "the target 'None' is not on this chip",
    ),
    "foreign": (
        lambda c, o: c.connect(o["a"], NeuronGroup(6, "v:1", name="b"), "exc"),
        ConnectionRefused,
        "'b' is not on this chip",
    ),
    "no source": (lambda c, o: c.connect([1, 2], o["b"], "exc", name="new"), ConnectionRefused, "sends no spikes"),
    "pattern": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", j="i + 9", name="new"),
        ConnectionRefused,
        "j = 9 is outside",
    ),
    "p": (lambda c, o: c.connect(o["a"], o["b"], "exc", p=2, name="new"), ConnectionRefused, "no probability"),
    "name": (
        lambda c, o: c.connect(o["a"], o["b"], "exc", p=0.5, name="ab"),
        ConnectionRefused,
        "already has a connection 'ab'",
    ),
    "bad name": (lambda c, o: c.connect(o["a"], o["b"], "exc", p=0.5, name="a b"), RequestError, "it was given 'a b'"),
    "parameter": (lambda c, o: c.connect(o["a"], o["b"], "exc", tau=3 * ms, name="new"), UnknownNameError, "'tau'"),
    "weight = many": (lambda c, o: setattr(o["ab"], "weight", 20), FanInError, "would listen to 100 input words"),
    "weight = negative": (lambda c, o: setattr(o["ab"], "weight", -1), WeightError, "weight -1"),
    "weight_ = fraction": (lambda c, o: setattr(o["ab"], "weight_", 1.5), WeightError, "weight 1.5"),
    "weight = unit": (lambda c, o: setattr(o["ab"], "weight", 1 * mV), Exception, "another unit"),
    "weight[:] = nan": (lambda c, o: o["ab"].weight.__setitem__(slice(None), np.nan), WeightError, "weight nan"),
    "weight[3] = fraction": (lambda c, o: o["ab"].weight.__setitem__(3, 0.5), WeightError, "synapse 3"),
    "weight[99] = 1": (lambda c, o: o["ab"].weight.__setitem__(99, 1), IndexError, "99"),
    "weight[text]": (lambda c, o: o["ab"].weight.__setitem__("i == 2", -2), WeightError, "weight -2"),
    "weight = text": (lambda c, o: setattr(o["ab"], "weight", "i - 2"), WeightError, "weight -2"),
    "weight = wrong text": (lambda c, o: setattr(o["ab"], "weight", "i - nobody"), ConnectionRefused, "nobody"),
    "weight = array": (lambda c, o: setattr(o["ab"], "weight", [1, 2]), ValueError, "shape"),
    "set_states": (lambda c, o: o["ab"].set_states({"weight": 1.5}), WeightError, "weight 1.5"),
    "connect again": (lambda c, o: o["ab"].connect(j="i + 9"), ConnectionRefused, "j = 9 is outside"),
    "add": (lambda c, o: c.add_connection(o["a"], o["b"], "ecx"), UnknownNameError, "Did you mean 'exc'"),
}


@pytest.mark.parametrize("chip_seed", [7, None], ids=["the chip's seed", "numpy's seed"])
@pytest.mark.parametrize(("request_", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_request_leaves_no_trace(request_, error, message, chip_seed):
    chip, own = kept_network(seed=chip_seed)
    traces = Traces(chip)
    with pytest.raises(error, match=re.escape(message)):
        request_(chip, own)
    traces.assert_none()


def test_after_a_refusal_the_same_name_serves_a_smaller_request():
    chip, own = kept_network()
    with pytest.raises(FanInError):
        chip.connect(own["source"], own["b"], "exc", name="new")
    connection = chip.connect(own["source"], own["b"], "exc", p=0.2, name="new")
    assert connection.name == "new"
    assert_plan_is_what_brian2_has(chip)
    run(0.2 * ms)


# -- patterns and ends ------------------------------------------------------------------------------

PATTERNS = [
    {},
    {"condition": "i != j"},
    {"j": "i"},
    {"i": [0, 2, 2], "j": [1, 0, 3]},
    {"i": 1, "j": [0, 1, 2]},
    {"condition": "i < j", "n": 2},
    {"condition": False},
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("source_kind", ["population", "part", "poisson", "poisson part", "neurons", "itself"])
@pytest.mark.parametrize("part", [False, True], ids=["whole target", "part of the target"])
def test_synapses_are_those_of_brian2_and_the_plan_counts_from_the_first_neuron(pattern, source_kind, part):
    chip = toy_chip()
    target = chip.population(8, 2)
    many = PoissonGroup(9, 10 * hertz)  # Brian2's subgroups do not keep their group
    sources = {
        "population": (lambda: chip.population(4), 0),
        "part": (lambda: chip.population(9)[3:7], 3),
        "poisson": (lambda: PoissonGroup(4, 10 * hertz), 0),
        "poisson part": (lambda: many[5:], 5),
        "neurons": (lambda: NeuronGroup(4, "v : 1", threshold="v > 1"), 0),
        "itself": (lambda: target[:4], 0),
    }
    make, shift = sources[source_kind]
    source, end = make(), target[2:7] if part else target
    connection = chip.connect(source, end, "exc", **pattern)
    brian2 = Synapses(NeuronGroup(4, "x : 1"), NeuronGroup(len(end), "x : 1"))
    brian2.connect(**pattern)
    expected = sorted(zip(brian2.i[:].tolist(), brian2.j[:].tolist(), strict=True))
    wiring = chip.plan.connections[connection.name]
    assert sorted(zip(connection.i[:].tolist(), connection.j[:].tolist(), strict=True)) == expected
    planned = sorted(zip((wiring.pre - shift).tolist(), (wiring.post - 2 * part).tolist(), strict=True))
    assert planned == expected
    assert wiring.external == (source_kind in ("poisson", "poisson part", "neurons"))
    assert_plan_is_what_brian2_has(chip)


def test_spikes_arrive_where_the_plan_says():
    chip = toy_chip()
    target = chip.population(6)
    source = SpikeGeneratorGroup(3, [1], [0.1] * ms)
    connection = chip.connect(source, target[2:5], "exc", j="i", weight=3)
    Network(source, target, connection).run(0.3 * ms)
    assert np.flatnonzero(target.I_exc_).tolist() == [3]


@pytest.mark.parametrize(("delay", "steps"), [(None, (0, 0)), (0.2 * ms, (2, 2)), ([0.1, 0.3] * ms, (1, 3))])
def test_spikes_arrive_after_the_delay_that_connect_is_given(delay, steps):
    chip = toy_chip()
    target = chip.population(2)
    source = SpikeGeneratorGroup(2, [0, 1], [0, 0] * ms)
    connection = chip.connect(source, target, "exc", j="i", delay=delay)
    current = StateMonitor(target, "I_exc", record=True)
    Network(source, target, connection, current).run(0.6 * ms)
    # what is added at the end of step k is first recorded at the start of step k + 1
    assert tuple(np.argmax(current.I_exc_ > 0, axis=1)) == tuple(step + 1 for step in steps)


def test_connecting_again_adds_synapses_of_weight_0_and_keeps_the_others():
    chip = toy_chip()
    source, target = outside(4), chip.population(4)
    connection = chip.connect(source, target, "exc", j="i", weight=2)
    connection.connect(condition="i > j")
    assert len(connection) == 4 + 6
    assert connection.weight[:].tolist() == [2] * 4 + [0] * 6
    connection.weight["i > j"] = 5
    assert chip.plan.fan_in(target.name).tolist() == [2 + 15, 2 + 10, 2 + 5, 2]
    assert_plan_is_what_brian2_has(chip)


def test_connecting_again_is_one_step_of_undo():
    chip = toy_chip()
    connection = chip.connect(outside(4), chip.population(4), "exc", j="i")
    before = chip.plan
    connection.connect(condition="i > j")
    assert chip.plan.undo() == before


def test_an_added_connection_is_made_with_connect():
    chip = toy_chip()
    source, target = outside(4), chip.population(4)
    connection = chip.add_connection(source, target, "inh", name="later")
    assert len(connection) == 0
    with pytest.raises(TypeError, match="need to call connect"):
        connection.weight = 1
    shift = 1  # noqa: F841 - the expression reads it
    connection.connect("i == j + shift")
    connection.weight = 2
    assert chip.plan.connections["later"].pre.tolist() == [1, 2, 3]
    assert_plan_is_what_brian2_has(chip)


@pytest.mark.parametrize("pattern", [{"p": 0}, {"condition": False}, {"i": [], "j": []}], ids=str)
def test_a_connection_without_pairs_runs(pattern):
    chip = toy_chip()
    source, target = outside(4), chip.population(4)
    connection = chip.connect(source, target, "exc", **pattern)
    connection.weight = 3
    Network(source, target, connection).run(0.2 * ms)
    assert len(connection) == 0


def test_the_chips_seed_decides_which_pairs_chance_joins():
    def pairs(seed: int | None) -> list[int]:
        chip = toy_chip(seed=seed)
        return chip.connect(outside(20), chip.population(20), "exc", p=0.3).i[:].tolist()

    assert pairs(1) == pairs(1) != pairs(2)
    np.random.seed(5)
    first = pairs(None)
    np.random.seed(5)
    assert pairs(None) == first


def test_names_for_expressions_come_from_the_caller_or_the_namespace():
    chip = toy_chip()
    source, target = outside(4), chip.population(4)
    reach = 1  # noqa: F841 - the expression reads it
    near = chip.connect(source, target, "exc", condition="abs(i - j) < reach")
    far = chip.connect(source, target, "exc", condition="abs(i - j) < reach", namespace={"reach": 2})
    assert (len(near), len(far)) == (4, 10)


# -- weights ----------------------------------------------------------------------------------------

WRITINGS = {
    "weight = number": (lambda s: setattr(s, "weight", 3), [3, 3, 3, 3, 3, 3]),
    "weight_ = number": (lambda s: setattr(s, "weight_", 3), [3, 3, 3, 3, 3, 3]),
    "weight = array": (lambda s: setattr(s, "weight", [0, 1, 2, 3, 4, 5]), [0, 1, 2, 3, 4, 5]),
    "weight = expression": (lambda s: setattr(s, "weight", "i + 10*j"), [0, 10, 20, 1, 11, 21]),
    "weight[:] = number": (lambda s: s.weight.__setitem__(slice(None), 3), [3, 3, 3, 3, 3, 3]),
    "weight[:] = expression": (lambda s: s.weight.__setitem__(slice(None), "2*i"), [0, 0, 0, 2, 2, 2]),
    "weight[3] = number": (lambda s: s.weight.__setitem__(3, 7), [1, 1, 1, 7, 1, 1]),
    "weight[-1] = number": (lambda s: s.weight.__setitem__(-1, 7), [1, 1, 1, 1, 1, 7]),
    "weight[3] = expression": (lambda s: s.weight.__setitem__(3, "7*i"), [1, 1, 1, 7, 1, 1]),
    "weight[1:3] = array": (lambda s: s.weight.__setitem__(slice(1, 3), [4, 5]), [1, 4, 5, 1, 1, 1]),
    "weight[1:3] = expression": (lambda s: s.weight.__setitem__(slice(1, 3), "4*j"), [1, 4, 8, 1, 1, 1]),
    "weight[[0, 5]] = number": (lambda s: s.weight.__setitem__([0, 5], 9), [9, 1, 1, 1, 1, 9]),
    "weight[text] = number": (lambda s: s.weight.__setitem__("i == 1", 2), [1, 1, 1, 2, 2, 2]),
    "weight[text] = expression": (lambda s: s.weight.__setitem__("j > 0", "5*i + j"), [1, 1, 2, 1, 6, 7]),
    "weight[i, j] = number": (lambda s: s.weight.__setitem__((1, 2), 8), [1, 1, 1, 1, 1, 8]),
    "weight[i, :] = number": (lambda s: s.weight.__setitem__((0, slice(None)), 8), [8, 8, 8, 1, 1, 1]),
    "weight[:, j] = expression": (lambda s: s.weight.__setitem__((slice(None), 1), "i + 3"), [1, 3, 1, 1, 4, 1]),
    "set_states": (lambda s: s.set_states({"weight": 4}), [4] * 6),
}


@pytest.mark.parametrize(("write", "expected"), WRITINGS.values(), ids=WRITINGS.keys())
def test_every_way_of_writing_weights_writes_what_brian2_would_and_the_plan_follows(write, expected):
    chip = toy_chip()
    many, target = PoissonGroup(5, 10 * hertz), chip.population(5)
    source = many[1:3]
    connection = chip.connect(source, target[2:5], "exc")
    write(connection)
    assert connection.weight[:].tolist() == expected
    assert_plan_is_what_brian2_has(chip)
    plain = Synapses(source, target[2:5], "weight : 1")
    plain.connect()
    plain.weight = 1
    write(plain)
    assert plain.weight[:].tolist() == expected


def test_weights_of_a_mask_can_be_written():
    # Brian2 2.9 takes a mask of synapses for the indices 0 and 1
    chip = toy_chip()
    connection = chip.connect(outside(3), chip.population(2), "exc")
    connection.weight[np.arange(6) > 3] = 9
    assert connection.weight[:].tolist() == [1, 1, 1, 1, 9, 9]
    assert_plan_is_what_brian2_has(chip)


def test_weights_can_be_changed_in_place():
    chip = toy_chip()
    connection = chip.connect(outside(2), chip.population(2), "exc")
    connection.weight += 2
    connection.weight *= 2
    assert connection.weight[:].tolist() == [6] * 4
    assert_plan_is_what_brian2_has(chip)


def test_weights_of_chance_are_drawn_for_each_synapse():
    from numpy.random import rand  # noqa: F401 - "from brian2 import *" brings it into scripts

    chip = toy_chip(fan_in=None)
    connection = chip.connect(outside(20), chip.population(20), "exc")
    for text in ("int(10*rand())", "poisson(4)", "int(abs(5*randn()))"):
        connection.weight = text
        assert len(set(connection.weight[:].tolist())) > 3
        assert_plan_is_what_brian2_has(chip)


def test_weights_may_be_given_per_synapse_or_as_an_expression():
    chip = toy_chip()
    source, target = outside(2), chip.population(2)
    assert chip.connect(source, target, "exc", weight=[1, 2, 3, 4]).weight[:].tolist() == [1, 2, 3, 4]
    assert chip.connect(source, target, "exc", weight="1 + i", j="i").weight[:].tolist() == [1, 2]


def test_reading_weights_is_brian2s():
    chip = toy_chip()
    connection = chip.connect(outside(3), chip.population(2), "exc", weight="1 + i")
    assert connection.weight["i == 1"].tolist() == [2, 2]
    assert connection.weight[2, :].tolist() == [3, 3]
    assert connection.get_states(["weight"])["weight"].tolist() == [1, 1, 2, 2, 3, 3]


def test_restore_brings_weights_synapses_and_plan_back():
    chip = toy_chip()
    source, target = outside(3), chip.population(3)
    connection = chip.connect(source, target[1:], "exc", weight="1 + i")
    net = Network(source, target, connection)
    net.store()
    plan = chip.plan
    connection.weight = 9
    net.restore()
    assert connection.weight[:].tolist() == [1, 1, 2, 2, 3, 3]
    assert chip.plan == plan
    connection.weight[0] = 5
    assert connection.weight[:].tolist() == [5, 1, 2, 2, 3, 3]
    assert_plan_is_what_brian2_has(chip)
    net.restore()  # a second time from the same snapshot
    assert chip.plan == plan


@pytest.mark.standalone
def test_a_restored_network_is_not_prepared_again(on_device, compiled_quickly):
    """Else each point of a sweep took ten times as long."""
    chip = toy_chip()
    source = outside(3)
    connection = chip.connect(source, chip.population(3), "exc", weight="1 + i")
    net = Network(source, *chip.objects)
    net.run(0 * ms)
    net.store()
    plan = net._brianhw_plan
    connection.weight = 9
    net.restore()
    net.run(1 * ms)
    assert net._brianhw_plan is plan


def test_restore_is_refused_where_others_have_taken_the_words():
    chip = toy_chip()
    source, target = outside(3), chip.population(1)
    connection = chip.connect(source, target, "exc", weight=20)
    net = Network(source, target, connection)
    net.store()
    connection.weight = 1
    chip.connect(outside(50), target, "inh")
    plan = chip.plan
    with pytest.raises(FanInError):
        net.restore()
    assert chip.plan is plan


# -- freeing ----------------------------------------------------------------------------------------


def test_freeing_a_connection_gives_its_words_and_its_name_back():
    chip = toy_chip()
    source, target = outside(64), chip.population(1)
    chip.free(chip.connect(source, target, "exc", name="full"))
    assert chip.plan.fan_in(target.name).tolist() == [0]
    chip.connect(source, target, "exc", name="full")


def test_freeing_a_population_frees_the_connections_from_and_to_it():
    chip, own = kept_network()
    back = chip.connect(own["b"], own["a"], "inh", name="back")
    chip.connect(own["source"], own["a"], "exc", name="stays", j="i % 5", i=None)
    planned = chip.add_connection(own["a"], own["b"], "exc", name="planned")
    chip.free(own["b"])
    assert list(chip.connections) == ["stays"]
    for gone in (own["ab"], back, planned):
        with pytest.raises(ReleasedError):
            gone.connect()


USES = {
    "weight": lambda connection: setattr(connection, "weight", 1),
    "weight[0]": lambda connection: connection.weight.__setitem__(0, 1),
    "connect": lambda connection: connection.connect(),
    "free": lambda connection: connection.chip.free(connection),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_a_freed_connection_is_of_no_more_use(use):
    chip, own = kept_network()
    chip.free(own["ab"])
    plan = chip.plan
    with pytest.raises(ReleasedError, match="'ab' was freed from toy"):
        use(own["ab"])
    assert chip.plan is plan


def test_a_freed_connection_refuses_to_run():
    chip, own = kept_network()
    net = Network(own["a"], own["b"], own["ab"])
    chip.free(own["ab"])
    with pytest.raises(BrianObjectException) as raised:
        net.run(1 * ms)
    assert isinstance(raised.value.__cause__, ReleasedError)


def test_a_freed_population_neither_sends_nor_receives():
    chip, own = kept_network()
    own["a"].free()
    with pytest.raises(ConnectionRefused, match="population 'a' was freed"):
        chip.connect(own["a"], own["b"], "exc")
    with pytest.raises(ConnectionRefused, match="the target 'a' is not on this chip"):
        chip.connect(own["b"], own["a"], "exc")


def test_a_population_of_another_chip_is_a_source_outside():
    chip, elsewhere = toy_chip(), toy_chip()
    source, target = elsewhere.population(3), chip.population(3)
    connection = chip.connect(source, target, "exc", j="i")
    assert chip.plan.connections[connection.name].external
    Network(source, target, connection).run(0.1 * ms)


def test_a_population_that_another_chip_has_freed_is_no_source():
    chip, elsewhere = toy_chip(), toy_chip()
    source, target = elsewhere.population(3), chip.population(3)
    source.free()
    with pytest.raises(ConnectionRefused, match=f"population '{source.name}' was freed"):
        chip.connect(source, target, "exc", j="i")


# -- DYNAP-SE1 --------------------------------------------------------------------------------------


def test_dynapse1_counts_cam_words_of_all_four_types_together():
    chip = DynapSE1(seed=1)
    target = chip.population(1, name="cell")
    for kind in ("AMPA", "NMDA", "GABA_A", "GABA_B"):
        chip.connect(outside(4), target, kind, weight=4)
    with pytest.raises(
        FanInError, match="neuron 0 of population 'cell' would listen to 65 CAM words, DYNAP-SE1 has 64"
    ):
        chip.connect(outside(1), target, "AMPA")


@pytest.mark.parametrize("weight", [0.7, -1, np.nan, [1, 2.5]])
def test_dynapse1_has_whole_weights_only(weight):
    chip = DynapSE1()
    connection = chip.connect(outside(2), chip.population(1), "AMPA")
    with pytest.raises(WeightError, match="weights are counts of CAM words: whole numbers from 0"):
        connection.weight = weight
    assert connection.weight[:].tolist() == [1, 1]


def test_synapses_show_the_currents_of_their_target():
    chip = DynapSE1()
    source = SpikeGeneratorGroup(1, [0], [0.1] * ms)
    target = chip.population(2)
    connection = chip.connect(source, target, "NMDA", weight=3)
    trace = StateMonitor(connection, "Inmda", record=[0])
    Network(source, target, connection, trace).run(0.5 * ms)
    assert trace.Inmda[0][-1] == pytest.approx(3 * 4 * 100e-12, rel=0.05)  # weight times gain times w0, decaying


@pytest.mark.standalone
def test_a_standalone_program_refuses_wrong_weights_before_it_runs(tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    chip = toy_chip()
    source, target = SpikeGeneratorGroup(3, [0, 1, 2], [0.1, 0.1, 0.1] * ms), chip.population(4)
    connection = chip.connect(source, target[1:], "exc", condition="i != j")
    plan = chip.plan
    for wrong in (0.5, -1, np.nan, 65, [1, 2, 3, 4, 5], "i - 3"):
        with pytest.raises((WeightError, FanInError, ValueError)):
            connection.weight = wrong
        with pytest.raises((WeightError, FanInError, ValueError)):
            connection.weight["i == 2"] = wrong
    assert chip.plan == plan
    connection.weight[3] = 2
    connection.weight["i == 2"] = "j + 3"
    Network(source, target, connection).run(0.3 * ms)
    assert_plan_is_what_brian2_has(chip)
    assert connection.weight[:].tolist() == [1, 1, 1, 2, 3, 4]
    assert target.I_exc / (10 * pA) == pytest.approx([0, 1 + 3, 1 + 4, 1 + 2], rel=0.05)
    device.reinit()


def test_a_variable_of_the_script_named_as_one_of_the_model_is_no_conflict():
    chip = toy_chip()
    source, cells = outside(2), chip.population(2)

    def simulate(weight, tau_exc, v):  # as a function of a sweep has them
        connections = [chip.connect(source, cells, kind, weight=weight) for kind in ("exc", "inh")]
        with catch_logs() as said:
            Network(chip.objects, source).run(0.1 * ms)
        return connections, [text for _, name, text in said if "resolution_conflict" in name]

    assert simulate(2, 3 * ms, 0)[1] == []
