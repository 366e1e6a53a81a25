"""Scripts for the DynapSE simulator: they run unchanged, and what was wrong there is right here."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from brian2 import (
    Network,
    PoissonGroup,
    SpikeGeneratorGroup,
    device,
    hertz,
    ms,
    mV,
    pA,
    pF,
    set_device,
)

import brianhw.compat
from brianhw.compat.dynapse import DynapSE, set_params
from brianhw.errors import CapacityError, ConnectionRefused, FanInError, UnitError, UnknownNameError, WeightError

MODULES = ("DynapSE", "equations", "parameters")


@pytest.fixture
def shims(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The simulator's modules, importable as its scripts import them."""
    monkeypatch.syspath_prepend(str(brianhw.compat.path("dynapse_simulator")))
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] in MODULES}
    for name in before:
        del sys.modules[name]
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in MODULES]:
        del sys.modules[name]
    sys.modules.update(before)


def run_script(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(dedent(text), "script.py", "exec"), names)
    return names


def new_chip(**size: int) -> DynapSE:
    return DynapSE(Network(), **size)


def spikes_of(n: int) -> SpikeGeneratorGroup:
    return SpikeGeneratorGroup(n, range(n), [0.1] * n * ms)


# -- scripts ----------------------------------------------------------------------------------------

HEADER = """
    from brian2 import *
    from DynapSE import DynapSE
    from equations.dynapse_eq import *
    from parameters.dynapse_param import *
    from parameters.set_params import set_params
    defaultclock.dt = 20*us
    network = Network()
    chip = DynapSE(network)
"""


def test_a_teaching_script_of_the_simulator_runs_unchanged(shims, capsys):
    names = run_script(
        HEADER
        + """
    generator = SpikeGeneratorGroup(1, [0]*5, arange(5)*2*ms, name="InpSpikeGenerator")
    DPI_neuron = chip.get_neurons(200, 'Core_1')
    DPI_synapse = chip.add_connection(generator, DPI_neuron, synapse_type='NMDA')
    chip.connect(DPI_synapse, True)
    DPI_synapse.weight = 10
    chip.set_bias({"Inmda_tau": 10*pA, "Isoma_th": 1000*pA}, 'Core_1')
    later = chip.get_neurons(10, 'Core_1')
    mon_neuron_input = SpikeMonitor(generator, name='mon_neuron_input')
    mon_synapse_nmda = StateMonitor(DPI_synapse, "Inmda", record=[0])
    mon_neuron_state = StateMonitor(DPI_neuron, "Isoma_mem", record=True)
    mon_neuron_output = SpikeMonitor(DPI_neuron, name='mon_neuron_output')
    network.add([generator, DPI_synapse, mon_neuron_input, mon_synapse_nmda, mon_neuron_state, mon_neuron_output])
    network.run(5*ms)
    """
    )
    assert capsys.readouterr().out.splitlines() == [
        "200 neurons are allocated from Core_1.",
        "New bias values are loaded to Core_1.",
        "10 neurons are allocated from Core_1.",
    ]
    # three spikes arrive, each 10 times 4 times 100 pA; tau is 7.1 ms
    assert names["mon_synapse_nmda"].Inmda[0].max() > 8000 * pA
    assert names["mon_neuron_input"].num_spikes == 3
    assert (names["later"].Inmda_tau == 10 * pA).all()
    assert names["later"].Isoma_th == 1000 * pA


def test_200_sources_one_to_one_run_with_a_fractional_weight_and_one_warning(shims):
    with pytest.warns(UserWarning) as caught:
        names = run_script(
            HEADER
            + """
    source = PoissonGroup(200, 80*Hz)
    neurons = chip.get_neurons(200, 'Core_1')
    synapse = chip.add_connection(source, neurons, synapse_type='AMPA')
    synapse.connect(j='i')
    synapse.weight = 0.7
    network.add([source, synapse])
    network.run(0.1*ms)
    """
        )
    (warning,) = [each for each in caught if "CAM words" in str(each.message)]
    assert "for the weight 0.7 the chip would hold 1" in str(warning.message)
    assert (names["synapse"].weight[:] == 0.7).all()
    assert len(names["synapse"]) == 200


def test_groups_can_be_made_of_the_equations_alone(shims):
    names = run_script(
        HEADER
        + """
    group = NeuronGroup(3, **dynapse_eq())
    set_params(group, dynapse_param)
    source = SpikeGeneratorGroup(1, [0], [0.02]*ms)
    synapses = []
    for equations in (dynapse_nmda_syn_eq, dynapse_ampa_syn_eq, dynapse_gaba_a_syn_eq, dynapse_gaba_b_syn_eq):
        synapse = Synapses(source, group, **equations())
        synapse.connect()
        synapse.weight = 2
        synapses.append(synapse)
    monitor = StateMonitor(group, ["Inmda", "Iampa", "Igaba_a", "Igaba_b"], record=True)
    network.add([group, source, monitor, *synapses])
    network.run(0.1*ms)
    """
    )
    for current in ("Inmda", "Iampa", "Igaba_a", "Igaba_b"):
        # two times gain 4 times 100 pA, and 1 pA before; read one to two steps of 20 us later
        assert getattr(names["monitor"], current).max() == pytest.approx(801e-12, rel=0.02)


def test_groups_of_the_equations_and_neurons_of_the_chip_are_the_same(shims):
    names = run_script(
        HEADER
        + """
    group = NeuronGroup(2, **dynapse_eq())
    set_params(group, dynapse_param)
    neurons = chip.get_neurons(2)
    group.Isoma_const = neurons.Isoma_const = [300, 500]*pA
    monitors = [StateMonitor(each, "Isoma_mem", record=True) for each in (group, neurons)]
    network.add([group, *monitors])
    network.run(20*ms)
    """
    )
    own, chips = (monitor.Isoma_mem_ for monitor in names["monitors"])
    np.testing.assert_array_equal(own, chips)
    assert own.max() > 1e-9


@pytest.mark.parametrize("when", ["before", "after"])
def test_biases_hold_whether_set_before_or_after_the_neurons_are_allocated(when):
    chip = new_chip()
    if when == "before":
        chip.set_bias({"Iampa_tau": 7 * pA, "I0": 2 * pA}, "Core_2")
    neurons, elsewhere = chip.get_neurons(3, "Core_2"), chip.get_neurons(3, "Core_1")
    if when == "after":
        chip.set_bias({"Iampa_tau": 7 * pA, "I0": 2 * pA}, "Core_2")
    assert neurons.Iampa_tau / pA == pytest.approx([7] * 3)
    assert 2 * pA == neurons.I0
    assert elsewhere.Iampa_tau / pA == pytest.approx([20] * 3)
    assert 1 * pA == elsewhere.I0


def test_states_and_parameters_are_set_as_in_the_simulator():
    neurons = new_chip().get_neurons(4)
    neurons.set_states({"Isoma_pfb_th": 900 * pA, "Isoma_th": 1900 * pA})
    neurons.Isoma_const = [1, 2, 3, 4] * pA
    set_params(neurons, {"Inmda_tau": 3 * pA, "Isoma_dpi_tau": 4 * pA})
    assert (neurons.Isoma_pfb_th, neurons.Isoma_th, neurons.Isoma_dpi_tau) == (900 * pA, 1900 * pA, 4 * pA)
    assert neurons.Inmda_tau / pA == pytest.approx([3] * 4)


# Reference: the table of parameters and defaults of dynapse-simulator, June 2022 (section 2 of the model's notes).
TABLE = {
    **{"kn": 0.75, "kp": 0.66, "Ut": 25 * mV, "I0": 1 * pA},
    **{f"alpha_{name}": 4 for name in ("soma", "ahp", "nmda", "ampa", "gaba_a", "gaba_b")},
    **{"Csoma_mem": 2 * pF, "Isoma_dpi_tau": 5 * pA, "Isoma_th": 2000 * pA, "Isoma_reset": 1.2 * pA},
    **{"Isoma_const": 1 * pA, "soma_refP": 5 * ms},
    **{"Csoma_ahp": 4 * pF, "Isoma_ahp_tau": 2 * pA, "Isoma_ahp_w": 1 * pA, "Isoma_ahp_g": 0 * pA},
    **{"Isoma_pfb_gain": 100 * pA, "Isoma_pfb_th": 1000 * pA, "Isoma_pfb_norm": 20 * pA, "Inmda_thr": 1 * pA},
    **{f"C{name}": 2 * pF for name in ("nmda", "ampa", "gaba_a", "gaba_b")},
    **{"Inmda_tau": 2 * pA, "Iampa_tau": 20 * pA, "Igaba_a_tau": 5 * pA, "Igaba_b_tau": 5 * pA},
    **{f"I{name}_w0": 100 * pA for name in ("nmda", "ampa", "gaba_a", "gaba_b")},
    **{
        "Isoma_mem": 1.1 * pA,
        "Isoma_ahp": 0 * pA,
        "Inmda": 1 * pA,
        "Iampa": 1 * pA,
        "Igaba_a": 1 * pA,
        "Igaba_b": 1 * pA,
    },
}


@pytest.mark.parametrize("name", TABLE)
def test_a_neuron_has_the_values_of_the_simulators_table(name):
    neurons = new_chip().get_neurons(2)
    assert np.unique(np.asarray(getattr(neurons, name))) == pytest.approx(float(TABLE[name]), rel=1e-12)


def test_the_table_is_complete():
    parameters = new_chip().chip.model
    assert set(TABLE) == {*parameters.parameters, *parameters.state_variables}


def test_the_shim_of_the_parameters_has_the_same_values(shims):
    dynapse_param = run_script("from parameters.dynapse_param import *")["dynapse_param"]
    for name, value in dynapse_param.items():
        assert float(value) == pytest.approx(float(TABLE[name]), rel=1e-12)


# -- lines and lookups ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 256])
def test_the_printed_line_is_the_simulators(n, capsys):
    chip = new_chip()
    chip.get_neurons(n, "Core_3")
    chip.set_bias({"Iampa_tau": 7 * pA}, "Core_3")
    expected = f"{n} neurons are allocated from Core_3.\nNew bias values are loaded to Core_3.\n"
    assert capsys.readouterr().out == expected


def test_without_a_core_the_first_with_room_is_taken():
    chip = new_chip()
    chip.get_neurons(200)
    assert chip.get_core_id_of_pop(chip.get_neurons(57)) == 1
    assert chip.get_core_id_of_pop(chip.get_neurons(56)) == 0
    assert chip.core_usage.tolist() == [256, 57, 0, 0]
    assert chip.get_num_free_neurons_chip() == 1024 - 313


def test_neurons_are_added_to_the_network_at_once():
    network = Network()
    neurons = DynapSE(network).get_neurons(2)
    assert neurons in network.objects


# -- what was wrong there ---------------------------------------------------------------------------


def test_the_last_neuron_of_the_chip_can_be_had():
    chip = new_chip()
    for core in range(4):
        assert len(chip.get_neurons(256, f"Core_{core}")) == 256
    assert chip.get_num_free_neurons_chip() == 0


def test_one_neuron_at_a_time_fills_a_core():
    chip = new_chip(num_cores=1, neurons_per_core=5)
    for _ in range(5):
        chip.get_neurons(1)
    with pytest.raises(CapacityError, match="core 0 has 0 of 5 neurons free"):
        chip.get_neurons(1, "Core_0")


@pytest.mark.parametrize("name", ["Core_11", "Core_4", "Core_", "Core_1x", "core", "Core_-1"])
def test_core_names_are_matched_whole(name, capsys):
    chip = new_chip()
    for request in (lambda: chip.get_neurons(1, name), lambda: chip.set_bias({"I0": 2 * pA}, name)):
        with pytest.raises(UnknownNameError, match=name):
            request()
    assert capsys.readouterr().out == ""
    assert chip.get_num_free_neurons_chip() == 1024
    assert all(core.value("I0") == 1 * pA for core in chip.cores)


REFUSED = {
    "neurons": (lambda chip, a: chip.get_neurons(257, "Core_0"), CapacityError),
    "no neurons": (lambda chip, a: chip.get_neurons(0), ValueError),
    "bias": (lambda chip, a: chip.set_bias({"Iampa_tua": 1 * pA}, "Core_0"), UnknownNameError),
    "unit": (lambda chip, a: chip.set_bias({"I0": 2 * pA, "Iampa_tau": 1 * ms}, "Core_0"), UnitError),
    "type": (lambda chip, a: chip.add_connection(a, a, "AMAP"), UnknownNameError),
    "target": (lambda chip, a: chip.add_connection(a, spikes_of(1)), ConnectionRefused),
    "pattern": (lambda chip, a: chip.connect(chip.add_connection(a, a), "i +"), ConnectionRefused),
    "parameter": (lambda chip, a: set_params(a, {"I0": 2 * pA, "nothing": 3}), UnknownNameError),
}


@pytest.mark.parametrize(("request_", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_an_error_not_the_end_of_the_process(request_, error, capsys):
    chip = new_chip()
    neurons = chip.get_neurons(4)
    plan = chip.chip.plan
    capsys.readouterr()
    with pytest.raises(error) as raised:
        request_(chip, neurons)
    assert not isinstance(raised.value, SystemExit)
    assert chip.chip.plan is plan
    assert 1 * pA == neurons.I0
    assert capsys.readouterr().out == ""


def test_unknown_parameters_may_be_left_out_with_a_warning():
    neurons = new_chip().get_neurons(4)
    with pytest.warns(UserWarning, match="Did you mean 'Iampa_tau'"):
        set_params(neurons, {"I0": 2 * pA, "Iampa_tua": 3 * pA}, raise_error=False)
    assert 2 * pA == neurons.I0


PATTERNS = {
    "default": ((), [(i, i) for i in range(4)]),
    "i": (("i",), [(i, i) for i in range(4)]),
    "i+1": (("i+1",), [(0, 1), (1, 2), (2, 3)]),
    "i - 1": (("i - 1",), [(1, 0), (2, 1), (3, 2)]),
    "i != j": (("i != j",), [(i, j) for i in range(4) for j in range(4) if i != j]),
    "not": (("not i == j",), [(i, j) for i in range(4) for j in range(4) if i != j]),
    "and": (("i < j and i > 0",), [(1, 2), (1, 3), (2, 3)]),
    "True": ((True,), [(i, j) for i in range(4) for j in range(4)]),
    "'True'": (("True",), [(i, j) for i in range(4) for j in range(4)]),
    "False": ((False,), []),
    "a name": (("i + shift",), [(0, 2), (1, 3)]),
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.values(), ids=PATTERNS.keys())
def test_connect_makes_any_pattern_and_leaves_out_targets_that_are_not_there(pattern, expected):
    chip = new_chip()
    neurons = chip.get_neurons(4)
    synapse = chip.add_connection(neurons, neurons, "NMDA")
    shift = 2  # noqa: F841 - the expression reads it
    chip.connect(synapse, *pattern)
    synapse.weight = 3
    assert sorted(zip(synapse.i[:].tolist(), synapse.j[:].tolist(), strict=True)) == expected
    chip.Network.add(synapse)
    chip.Network.run(0.2 * ms)


def test_brian2s_own_connect_makes_random_pairs():
    chip = new_chip()
    synapse = chip.add_connection(PoissonGroup(100, 10 * hertz), chip.get_neurons(100), "AMPA")
    synapse.connect(p=0.3)
    assert len(synapse) / 100**2 == pytest.approx(0.3, abs=0.03)  # six standard deviations


@pytest.mark.parametrize("sources", [63, 64, 65])
def test_fan_in_is_counted_per_neuron_not_per_group(sources):
    chip = new_chip()
    many, neurons = spikes_of(200), chip.get_neurons(200)
    to_each = chip.add_connection(many, neurons, "AMPA")
    chip.connect(to_each)
    to_each.weight = 1
    to_one = chip.add_connection(many, neurons[7:8], "NMDA")
    if sources <= 64:
        chip.connect(to_one, f"i < {sources} - 1")
        assert len(to_one) == sources - 1
    else:
        with pytest.raises(FanInError, match="neuron 7 of population 'DPI_neurons.*' would listen to 65 CAM words"):
            chip.connect(to_one, f"i < {sources} - 1")
        assert to_one.name not in chip.chip.plan.connections


def test_more_synapses_than_words_made_past_the_chip_run_as_in_the_simulator_with_a_warning():
    chip = new_chip()
    synapse = chip.add_connection(spikes_of(70), chip.get_neurons(1), "AMPA")
    synapse.connect(True)  # Brian2's own, which the simulator did not check
    with pytest.warns(UserWarning, match="would listen to 70 CAM words, DYNAP-SE1 has 64.*the chip could not"):
        synapse.weight = 1
    assert (synapse.weight[:] == 1).all()


def test_weights_that_take_too_many_words_are_used_with_a_warning_if_the_synapses_fit():
    chip = new_chip()
    synapse = chip.add_connection(spikes_of(1), chip.get_neurons(2))
    chip.connect(synapse, True)
    with pytest.warns(UserWarning, match="would listen to 300 CAM words, DYNAP-SE1 has 64.*the chip could not"):
        synapse.weight = 300
    assert (synapse.weight[:] == 300).all()


@pytest.mark.parametrize("weight", [-1, -0.5, np.nan, [0.5, -1]])
def test_negative_weights_are_refused_without_a_word_of_fractions(weight):
    chip = new_chip()
    synapse = chip.add_connection(spikes_of(1), chip.get_neurons(2))
    chip.connect(synapse, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(WeightError):
            synapse.weight = weight
    assert (synapse.weight[:] == 0).all()


@pytest.mark.parametrize(("weight", "held"), [(0.7, 1), (0.2, 1), (2.6, 3), (2.4, 2)])
def test_fractional_weights_are_used_as_given_and_the_chip_is_planned_with_whole_ones(weight, held):
    chip = new_chip()
    first, other = (chip.add_connection(spikes_of(1), chip.get_neurons(2)) for _ in range(2))
    for synapse in (first, other):
        chip.connect(synapse, True)
    with pytest.warns(UserWarning, match=f"for the weight {weight} the chip would hold {held}") as caught:
        first.weight = weight
        other.weight = weight
        other.weight = 2 * weight
    assert len(caught) == 1
    assert (first.weight[:] == weight).all()
    assert (chip.chip.plan.connections[first.name].weights == held).all()


def test_whole_weights_are_no_reason_to_warn():
    chip = new_chip()
    synapse = chip.add_connection(spikes_of(1), chip.get_neurons(2))
    chip.connect(synapse, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        synapse.weight = 64
        synapse.weight = 0


def test_two_chips_can_be_used_in_one_script():
    chips = [new_chip(), new_chip()]
    neurons = [chip.get_neurons(2) for chip in chips]
    chips[0].set_bias({"I0": 2 * pA}, "Core_0")
    assert 1 * pA == neurons[1].I0
    for chip in chips:
        chip.Network.run(0.1 * ms)


@pytest.mark.standalone
def test_a_script_runs_as_a_standalone_program(shims, tmp_path):
    set_device("cpp_standalone", directory=str(tmp_path / "program"))
    names = run_script(
        HEADER
        + """
    source = SpikeGeneratorGroup(2, [0, 1], [0.02, 0.02]*ms)
    neurons = chip.get_neurons(3, 'Core_1')
    neurons.set_states({"Isoma_th": 1900*pA})
    synapse = chip.add_connection(source, neurons, synapse_type='AMPA')
    chip.connect(synapse, 'i+1')
    synapse.weight = 3
    chip.set_bias({"Iampa_tau": 10*pA}, 'Core_1')
    later = chip.get_neurons(2, 'Core_1')
    monitor = StateMonitor(neurons, ["Iampa", "Iampa_tau", "Isoma_th"], record=True)
    other = StateMonitor(later, ["Iampa_tau", "Isoma_th"], record=True)
    network.add([source, synapse, monitor, other])
    network.run(0.1*ms)
    """
    )
    monitor, other = names["monitor"], names["other"]
    assert monitor.Iampa.max(axis=1) / pA == pytest.approx([1, 1201, 1201], rel=0.02)
    assert (monitor.Iampa_tau == 10 * pA).all() and (other.Iampa_tau == 10 * pA).all()
    assert (monitor.Isoma_th == 1900 * pA).all() and (other.Isoma_th == 1900 * pA).all()
    device.reinit()
