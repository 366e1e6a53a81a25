"""Chips that a user describes: any neuron and synapse model, the same planning, and plain Brian2's simulation."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, mV, nA, nS

from brianhw import Chip
from brianhw.equations.adex import ADEX
from brianhw.equations.lif import LIF
from brianhw.equations.receptors import exponential_conductance, exponential_current, static_synapse
from brianhw.equations.stdp import pair_stdp
from brianhw.errors import (
    CapacityError,
    FanInError,
    FanOutError,
    ParameterError,
    UnitError,
    UnknownNameError,
    WeightError,
)
from brianhw.parameters import adex, lif, receptors, synapses

EXC, INH = exponential_current("exc"), exponential_current("inh", "-")
TIMES = receptors.NEST_CURRENT.suffixed("exc") | receptors.NEST_CURRENT.suffixed("inh")
AMPA, GABA = exponential_conductance("exc"), exponential_conductance("inh")
REVERSALS = receptors.PYNN_EXCITATION.suffixed("exc") | receptors.PYNN_INHIBITION.suffixed("inh")

CASES = {
    "LIF, currents": (LIF + EXC + INH, lif.PYNN_DEFAULTS | TIMES, (EXC, INH), 1 * nA, ("tau_exc", "V_th")),
    "LIF, conductances": (
        LIF + AMPA + GABA,
        lif.PYNN_DEFAULTS | REVERSALS,
        (AMPA, GABA),
        20 * nS,
        ("tau_exc", "E_inh"),
    ),
    "LIF, refractory": (LIF + EXC + INH, lif.NEST_DEFAULTS | TIMES, (EXC, INH), 0.5 * nA, ("t_ref", "g_L")),
    "AdEx, currents": (ADEX + EXC + INH, adex.BRETTE_GERSTNER | TIMES, (EXC, INH), 0.6 * nA, ("tau_w", "b", "Delta_T")),
    "AdEx, conductances": (ADEX + AMPA + GABA, adex.TONIC_SPIKING | REVERSALS, (AMPA, GABA), 9 * nS, ("a", "V_T")),
}


def toy_chip(**changes) -> Chip:
    settings = {
        "cores": 2,
        "neurons_per_core": 8,
        "fan_in": 4,
        "fan_out": 6,
        "model": LIF + EXC + INH,
        "synapses": {"exc": static_synapse(EXC), "inh": static_synapse(INH)},
        "weights": (0, 1e-9),
        "shared": ("tau_exc",),
        "parameters": lif.PYNN_DEFAULTS | TIMES,
    }
    return Chip("toy", **{**settings, **changes})


def input_spikes(n: int = 6) -> SpikeGeneratorGroup:
    """Return regular trains of different periods."""
    trains = [(neuron, time) for neuron in range(n) for time in np.arange(1 + neuron, 150, 3 + neuron)]
    return SpikeGeneratorGroup(n, [neuron for neuron, _ in trains], [time for _, time in trains] * ms)


# -- simulation -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spread", [False, True], ids=["one core", "two cores"])
@pytest.mark.parametrize(("model", "values", "ends", "weight", "shared"), CASES.values(), ids=CASES.keys())
def test_a_network_on_a_chip_spikes_as_the_same_network_in_plain_brian2(model, values, ends, weight, shared, spread):
    types = dict(zip(("exc", "inh"), map(static_synapse, ends), strict=True))
    size = 6 if spread else 16
    chip = Chip("toy", cores=2, neurons_per_core=size, model=model, synapses=types, shared=shared, parameters=values)
    source = input_spikes()
    cells, others = chip.population(8, spread=spread), chip.population(4)
    connections = [
        chip.connect(source, cells, "exc", weight=weight),
        chip.connect(cells, others, "exc", weight=2 * weight, condition="(i + j) % 2 == 0"),
        chip.connect(others, cells[2:], "inh", weight=weight / 2, j="i"),
    ]

    plain_source, plain = input_spikes(), [NeuronGroup(n, **model) for n in (8, 4)]
    for group in plain:
        model.set(group, values)
    plain_connections = [
        Synapses(plain_source, plain[0], **types["exc"]),
        Synapses(plain[0], plain[1], **types["exc"]),
        Synapses(plain[1], plain[0][2:], **types["inh"]),
    ]
    patterns = {}, {"condition": "(i + j) % 2 == 0"}, {"j": "i"}
    for synapse, pattern, value in zip(plain_connections, patterns, (weight, 2 * weight, weight / 2), strict=True):
        synapse.connect(**pattern)
        synapse.weight = value

    monitors = [SpikeMonitor(group) for group in (cells, others, *plain)]
    Network(source, cells, others, *connections, plain_source, *plain, *plain_connections, *monitors).run(150 * ms)
    for ours, theirs in zip(monitors[:2], monitors[2:], strict=True):
        assert ours.num_spikes > 4
        assert ours.i[:].tolist() == theirs.i[:].tolist()
        assert ours.t_[:].tolist() == theirs.t_[:].tolist()


def test_plastic_synapses_learn_as_in_plain_brian2():
    plastic = pair_stdp(EXC)
    learning = synapses.SONG_STDP | {"w_max": 2 * nA, "A_plus": 0.05}
    chip = toy_chip(synapses={"exc": plastic}, fan_in=None, weights=None)
    source, target = input_spikes(), chip.population(4)
    connection = chip.connect(source, target, "exc", weight=0.5 * nA, **learning)
    plain_source, plain = input_spikes(), NeuronGroup(4, **chip.model)
    chip.model.set(plain, chip.parameters)
    plain_connection = Synapses(plain_source, plain, **plastic)
    plain_connection.connect()
    plastic.set(plain_connection, learning, weight=0.5 * nA)
    Network(source, target, connection, plain_source, plain, plain_connection).run(100 * ms)
    learned = connection.weight_[:]
    np.testing.assert_array_equal(learned, plain_connection.weight_[:])
    assert len(np.unique(learned)) == 3  # what the periods of the inputs make of it


def test_a_weight_written_after_learning_leaves_what_the_others_have_learned():
    chip = toy_chip(synapses={"exc": pair_stdp(EXC)}, fan_in=None, weights=None)
    source, target = input_spikes(), chip.population(4)
    learning = synapses.SONG_STDP | {"w_max": 2 * nA, "A_plus": 0.05}
    connection = chip.connect(source, target, "exc", weight=0.5 * nA, **learning)
    Network(source, target, connection).run(100 * ms)
    learned = connection.weight_[:].copy()
    connection.weight[0] = 1 * nA
    assert connection.weight_[0] == 1e-9
    assert connection.weight_[1:].tolist() == learned[1:].tolist()


LEARNING = synapses.SONG_STDP | {"w_max": 1 * nA}


def test_plastic_synapses_refuse_weights_that_their_rule_cannot_hold():
    chip = toy_chip(synapses={"exc": pair_stdp(EXC)}, fan_in=None, weights=None)
    with pytest.raises(ParameterError, match="'weight' must be within 0 to w_max, from 0. A to 1. nA; it was given 2"):
        chip.connect(input_spikes(), chip.population(4), "exc", weight=2 * nA, **LEARNING)
    assert not chip.connections


WRONG = {
    "missing": ({k: v for k, v in LEARNING.items() if k != "w_max"}, ParameterError, "needs a value for w_max"),
    "unit": (LEARNING | {"tau_plus": 3 * mV}, UnitError, "'tau_plus' is in"),
    "unknown": (LEARNING | {"tau_pluss": 3 * ms}, UnknownNameError, "Did you mean 'tau_plus'"),
    "array": (LEARNING | {"tau_plus": [3, 4] * ms}, ParameterError, "'tau_plus' takes one value"),
}


@pytest.mark.parametrize(("parameters", "error", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_parameters_of_a_plastic_synapse_are_refused_without_a_trace(parameters, error, message):
    chip = toy_chip(synapses={"exc": pair_stdp(EXC)})
    target = chip.population(2)
    plan = chip.plan
    with pytest.raises(error, match=message):
        chip.connect(input_spikes(2), target, "exc", weight=0.1 * nA, name="plastic", **parameters)
    assert chip.plan is plan
    assert not chip.connections
    chip.connect(input_spikes(2), target, "exc", weight=0.1 * nA, name="plastic", **LEARNING)


# -- planning ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [7, 8, 9])
def test_a_core_has_as_many_neurons_as_described(n):
    chip = toy_chip()
    if n <= 8:
        assert len(chip.population(n, 1)) == n
    else:
        with pytest.raises(CapacityError, match="toy core 1 has 8 of 8 neurons free, 9 were asked for"):
            chip.population(n, 1)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_a_neuron_listens_to_as_many_synapses_as_described(n):
    chip = toy_chip()
    target = chip.population(2, name="cells")
    if n <= 4:
        chip.connect(input_spikes(n), target, "exc", weight=0.3 * nA)
        assert chip.plan.fan_in("cells").tolist() == [n, n]
    else:
        with pytest.raises(FanInError, match="neuron 0 of population 'cells' would listen to 5 input words, toy has 4"):
            chip.connect(input_spikes(n), target, "exc", weight=0.3 * nA)


@pytest.mark.parametrize("counts", ["synapses", "cores", "chips"])
def test_destinations_are_counted_as_described(counts):
    chip = toy_chip(fan_out=1, fan_out_counts=counts)
    source, near = chip.population(1, 0, name="source"), chip.population(2, 0)
    far = chip.population(1, 1)
    chip.connect(source, near[:1], "exc", weight=0.1 * nA)
    possible = {"synapses": [], "cores": [near], "chips": [near, far]}[counts]
    for target in (near, far):
        if target in possible:
            chip.connect(source, target, "exc", weight=0.1 * nA)
        else:
            with pytest.raises(FanOutError, match="neuron 0 of population 'source' would need"):
                chip.connect(source, target, "exc", weight=0.1 * nA)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ((0, 1e-9), [0, 0.5, 1], [-0.1, 1.1, np.nan]),
        ([0, 0.1 * nA, 0.4 * nA], [0, 0.1, 0.4], [0.2, 1]),
        (None, [-5, 0, 0.123], [np.inf, np.nan]),
    ],
    ids=["range", "levels", "any"],
)
def test_weights_follow_the_rule_that_was_given_in_si_units(rule, good, bad):
    chip = toy_chip(weights=rule)
    connection = chip.connect(input_spikes(1), chip.population(1), "exc", weight=0 * nA)
    for weight in good:
        connection.weight = weight * nA
        assert connection.weight[0] == weight * nA
    for weight in bad:
        with pytest.raises(WeightError):
            connection.weight = weight * nA
        assert connection.weight[0] == good[-1] * nA


def test_a_weight_without_its_unit_is_refused():
    chip = toy_chip()
    connection = chip.connect(input_spikes(1), chip.population(1), "exc", weight=0.1 * nA)
    with pytest.raises(UnitError, match="'weight' is in amp, it was given a number without unit"):
        chip.connect(input_spikes(1), chip.population(1), "exc", weight=1)
    with pytest.raises(ParameterError, match="needs a weight, for instance weight=1\\*nA. Allowed: .* from 0 A to"):
        chip.connect(input_spikes(1), chip.population(1), "exc")
    for wrong in (1, 1 * mV, "3", "i*mV"):
        with pytest.raises(Exception, match="another unit"):
            connection.weight = wrong
    connection.weight = "0.2*(i + 1)*nA"
    connection.weight_ = 3e-10
    assert connection.weight[0] == 0.3 * nA


def test_a_shared_parameter_belongs_to_its_core_and_others_to_their_neuron():
    chip = toy_chip()
    one, two, elsewhere = chip.population(2, 0), chip.population(2, 0), chip.population(2, 1)
    one.tau_exc, one.tau_inh = 9 * ms, 8 * ms
    assert (two.tau_exc, elsewhere.tau_exc) == (9 * ms, 2 * ms)
    assert (two.tau_inh == 2 * ms).all()
    chip.core(0).bias(tau_inh=7 * ms)
    assert (one.tau_inh == 7 * ms).all() and (two.tau_inh == 7 * ms).all()
    assert (chip.population(1, 0).tau_inh == 7 * ms).all()


def test_the_summary_counts_as_for_any_chip():
    chip = toy_chip()
    chip.connect(input_spikes(3), chip.population(2, name="cells"), "exc", weight=0.3 * nA)
    text = str(chip.summary())
    assert "toy: 2 of 16 neurons used, on 1 of 2 cores; 6 synapses, 6 input words" in text
    assert "3 of 4" in text


# -- descriptions -----------------------------------------------------------------------------------

MISTAKES = {
    "missing": ({"parameters": lif.PYNN_DEFAULTS}, ParameterError, "needs a value for tau_exc, tau_inh"),
    "unknown": ({"parameters": lif.PYNN_DEFAULTS | TIMES | {"V_thr": 1 * mV}}, UnknownNameError, "Did you mean 'V_th'"),
    "unit": ({"parameters": lif.PYNN_DEFAULTS | TIMES | {"V_th": 1 * ms}}, UnitError, "'V_th' is in"),
    "array": ({"parameters": lif.PYNN_DEFAULTS | TIMES | {"V_th": [1, 2] * mV}}, ParameterError, "it was given 2"),
    "text": ({"parameters": lif.PYNN_DEFAULTS | TIMES | {"V_th": "1*mV"}}, ParameterError, "must be a number"),
    "shared": ({"shared": ("tau_ecx",)}, UnknownNameError, "no parameter to share 'tau_ecx'. Did you mean 'tau_exc'"),
    "cores": ({"cores": 0}, ValueError, "cores"),
    "weights": ({"weights": "whole"}, ParameterError, "says nothing about weights"),
    "receptor": (
        {"model": LIF + EXC, "parameters": lif.PYNN_DEFAULTS | receptors.NEST_CURRENT.suffixed("exc")},
        ParameterError,
        "toy: synapse type 'inh' acts on I_inh, which LIF .* does not have. Add the block that has it to the model",
    ),
    "counts": ({"fan_out_counts": "boards"}, ParameterError, "fan_out_counts must be"),
}


@pytest.mark.parametrize(("changes", "error", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_wrong_description_is_refused_at_once(changes, error, message):
    with pytest.raises(error, match=message):
        toy_chip(**changes)
