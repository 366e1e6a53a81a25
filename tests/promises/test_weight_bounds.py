"""Weights beyond the bounds of their model are refused in whatever way a script writes them, and nothing changes."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, nA

from brianhw import Chip
from brianhw.device.active import active
from brianhw.equations import LIF, exponential_current, pair_stdp, stdp_synapse
from brianhw.equations.stdp_rules import ADDITIVE, pair_rule
from brianhw.errors import ParameterError
from brianhw.parameters import lif, receptors
from brianhw.parameters.synapses import SONG_STDP

EXC = exponential_current("exc")
RULE = pair_stdp(EXC)
LEARNING = SONG_STDP | {"w_max": 2 * nA}


def plastic(rule=RULE, values=LEARNING, weight=1 * nA):
    """Return nine synapses of Brian2's own, with their ends in the list beside them."""
    ends = [SpikeGeneratorGroup(3, [0, 1, 2], [1, 2, 3] * ms), NeuronGroup(3, **(LIF + EXC))]
    (LIF + EXC).set(ends[1], lif.PYNN_DEFAULTS, tau_exc=5 * ms)
    synapses = Synapses(*ends, **rule)
    synapses.connect()
    rule.set(synapses, values, weight=weight)
    return synapses, ends


def on_a_chip():
    chip = Chip(
        "toy", cores=2, neurons_per_core=8, model=LIF + EXC, synapses={"exc": RULE},
        parameters=lif.PYNN_DEFAULTS | receptors.NEST_CURRENT.suffixed("exc"),
    )  # fmt: skip
    source, cells = SpikeGeneratorGroup(3, [0], [1] * ms), chip.population(3)
    return chip.connect(source, cells, "exc", weight=1 * nA, **LEARNING), [chip, source, cells]


def whole(synapses):
    synapses.weight = 3 * nA


def without_unit(synapses):
    synapses.weight_ = 3e-9


def one(synapses):
    synapses.weight[4] = 3 * nA


def pairs(synapses):
    synapses.weight[0, 1:] = 3 * nA


def expression(synapses):
    synapses.weight = "3*nA*int(i == 1)"


def condition(synapses):
    synapses.weight["i > j"] = "1*nA + i*1*nA"


def states(synapses):
    synapses.set_states({"weight": np.full(9, 3) * nA})


def view(synapses):
    synapses.state("weight").set_item(slice(2, 4), [1, 3] * nA)


def no_number(synapses):
    synapses.weight[0] = np.nan * nA


def below_zero(synapses):
    synapses.weight[0] = -0.1 * nA


def bound(synapses):
    synapses.w_max = 0.5 * nA


WAYS = [whole, without_unit, one, pairs, expression, condition, states, view, no_number, below_zero, bound]


CASES = [(plastic, each) for each in WAYS]
CASES += [(on_a_chip, each) for each in WAYS if each is not condition]  # a chip's connection knows none


@pytest.mark.parametrize(("make", "write"), CASES)
def test_a_weight_beyond_its_bounds_is_refused_and_nothing_changes(make, write):
    synapses, ends = make()
    before = synapses.weight_[:].copy()
    most = "2" if write is not bound else "0.5"
    with pytest.raises(ParameterError, match=f"'weight' must be within 0 to w_max, from 0. A to {most}"):
        write(synapses)
    assert synapses.weight_[:].tolist() == before.tolist()
    assert synapses.w_max == 2 * nA
    assert len(ends)


@pytest.mark.parametrize("make", [plastic, on_a_chip])
def test_weights_at_their_bounds_are_taken(make):
    synapses, ends = make()
    synapses.weight = 2 * nA
    synapses.weight[3] = 0 * nA
    synapses.weight[4:] = "w_max" if make is plastic else 2 * nA
    assert (synapses.weight_[:] * 1e9).round(6).tolist() == [2, 2, 2, 0, 2, 2, 2, 2, 2]
    assert len(ends)


def test_weight_and_bound_are_set_together():
    synapses, ends = plastic()
    RULE.update(synapses, w_max=0.5 * nA, weight=0.4 * nA)
    RULE.update(synapses, weight=7 * nA, w_max=8 * nA)
    assert synapses.weight[0] == 7 * nA
    with pytest.raises(ParameterError, match="must be within"):
        RULE.update(synapses, weight="2*w_max")
    assert (synapses.weight == 7 * nA).all()
    assert len(ends)


def test_an_expression_finds_the_names_of_its_caller():
    synapses, ends = plastic()
    share = 0.5  # noqa: F841  the expression looks for it here
    synapses.weight[1:] = "share*w_max"
    assert np.unique(synapses.weight_[1:]).tolist() == [1e-9]
    assert len(ends)


def test_synapses_that_are_made_later_wait_for_their_weight():
    rule = stdp_synapse(pair_rule(ADDITIVE), EXC)
    synapses, ends = plastic(rule, {**LEARNING, "w_min": 0.5 * nA})
    synapses.connect(i=[0, 1], j=[0, 1])
    synapses.weight[9] = 1 * nA  # that the other has none yet is no reason to refuse this one
    with pytest.raises(ParameterError, match="must be within w_min to w_max"):
        synapses.weight[10] = 0.4 * nA
    assert len(ends)


def test_what_is_refused_on_the_device_changes_nothing():
    with active("brianhw", {}):
        synapses, ends = plastic()
        network = Network(synapses, *ends)
        network.run(5 * ms)
        learned = synapses.weight_[:].copy()
        with pytest.raises(ParameterError, match="must be within 0 to w_max"):
            synapses.weight[2:] = "2*w_max"
        assert synapses.weight_[:].tolist() == learned.tolist()
        synapses.weight[0] = 2 * nA
        network.run(5 * ms)
        assert synapses.weight_[0] > 0


def test_restoring_is_not_looked_at_and_the_bounds_hold_afterwards():
    synapses, ends = plastic()
    network = Network(synapses, *ends)
    network.store()
    RULE.update(synapses, weight=4 * nA, w_max=5 * nA)
    network.restore()
    assert (synapses.weight[0], synapses.w_max) == (1 * nA, 2 * nA)
    with pytest.raises(ParameterError, match="must be within"):
        synapses.weight = 3 * nA


def test_the_rule_of_a_variable_can_be_pickled():
    synapses, _ = plastic()
    rule = pickle.loads(pickle.dumps(synapses.variables["weight"].rule))
    with pytest.raises(ParameterError, match="must be within"):
        rule({"weight": 3e-9, "w_max": 2e-9})
