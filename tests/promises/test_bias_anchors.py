"""What users of boards report of a working set of biases holds for the circuits that our map makes of it.

There is no measurement to compare with: the seven claims are those that the map's factors were chosen by. Rates in
Hz are ours, their order is the users'.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from brian2 import (
    Hz,
    Network,
    NeuronGroup,
    PoissonGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    ms,
    second,
    seed,
)

from brianhw.chips.bias_codes import BiasCode
from brianhw.chips.bias_files import read_biases
from brianhw.chips.bias_map import BiasMap
from brianhw.equations.dpi import DPI_NEURON
from brianhw.equations.dpi_synapse import DPI_SYNAPSES
from brianhw.parameters.dynapse1 import SIMULATOR_DEFAULTS
from paths import DATA

MAP = BiasMap.load()
LAB = read_biases(DATA / "dynapse" / "biases" / "se1_lab_parameters.json")[0, 0]
DC_WEAK, DC, DC_STRONG = (1, 200), (2, 150), (3, 100)  # those of the labs' sweeps
CEILING = 1 / MAP.parameters(LAB)["soma_refP"]
STEP = 0.02 * ms  # below the 55 us of the synapses
ADAPTING = {"IF_AHTAU_N": (1, 80), "IF_AHTHR_N": (7, 80), "IF_AHW_P": (7, 80), "IF_CASC_N": (3, 80)}


def lab_neuron(second_leak: bool = False, **codes: tuple[int, int]) -> NeuronGroup:
    """Return a neuron of a core with the lab's codes, except for those given."""
    defaultclock.dt = STEP
    neuron = NeuronGroup(1, **DPI_NEURON)
    DPI_NEURON.set(neuron, SIMULATOR_DEFAULTS)
    set_codes(neuron, second_leak, **codes)
    return neuron


def set_codes(neuron: NeuronGroup, second_leak: bool = False, **codes: tuple[int, int]) -> None:
    given = LAB | {name: BiasCode(*code) for name, code in codes.items()}
    for name, value in MAP.parameters(given, second_leak=second_leak).items():
        setattr(neuron, f"{name}_", value)


def rate(neuron: NeuronGroup, *more: object, duration: float = 1.0) -> float:
    spikes = SpikeMonitor(neuron)
    Network(neuron, spikes, *more).run(duration * second)
    return spikes.num_spikes / duration


@cache
def dc_rate(code: tuple[int, int], second_leak: bool = False, **codes: tuple[int, int]) -> float:
    return rate(lab_neuron(second_leak, IF_DC_P=code, **codes))


def driven_rate(synapse_type: str, words: int) -> float:
    """Return the rate that a generator of 100 Hz gives through some CAM words, all biases the lab's."""
    neuron = lab_neuron()
    source = SpikeGeneratorGroup(1, np.zeros(100, dtype=int), np.arange(100) * 10 * ms)
    synapses = Synapses(source, neuron, **DPI_SYNAPSES[synapse_type])
    synapses.connect()
    synapses.weight = words
    return rate(neuron, source, synapses)


def inhibited_rate(**codes: tuple[int, int]) -> float:
    """Return the rate that a DC gives under four GABA_B generators of 500 Hz with four words each."""
    neuron = lab_neuron(IF_DC_P=DC, **codes)
    seed(20)
    source = PoissonGroup(4, 500 * Hz)
    synapses = Synapses(source, neuron, **DPI_SYNAPSES["GABA_B"])
    synapses.connect()
    synapses.weight = 4
    return rate(neuron, source, synapses)


# -- 1 ----------------------------------------------------------------------------------------------


def test_a_core_without_dc_and_without_input_is_silent() -> None:
    assert dc_rate((0, 0)) == 0


# -- 2 ----------------------------------------------------------------------------------------------


def test_the_labs_direct_currents_make_neurons_fire_and_more_of_it_makes_them_fire_faster() -> None:
    rates = [dc_rate(code) for code in (DC_WEAK, DC, (3, 50), DC_STRONG)]
    assert rates[0] >= 5  # fires, and not once by chance
    assert (np.diff(rates) > 0).all()


def test_the_strongest_direct_current_of_the_labs_comes_near_the_refractory_ceiling() -> None:
    assert 0.7 * CEILING < dc_rate(DC_STRONG) < CEILING  # "near": nearer than a third


# -- 3 ----------------------------------------------------------------------------------------------


def test_the_refractory_ceiling_is_200_to_300_hz_and_no_current_goes_over_it() -> None:
    assert 200 < CEILING < 300
    assert dc_rate((5, 255)) == pytest.approx(CEILING, rel=0.02)  # the rise to the threshold takes what is missing
    assert dc_rate((5, 255)) <= CEILING + 1  # one spike at the start of the second


# -- 4 ----------------------------------------------------------------------------------------------


def test_one_word_answers_to_100_hz_with_a_tenth_to_a_third_of_it_and_five_words_with_more() -> None:
    one, five = driven_rate("AMPA", 1), driven_rate("AMPA", 5)
    assert 10 <= one <= 33  # the labs' how-to: output over input 0.1 to 0.3
    assert five > 1.5 * one


def test_the_slow_excitation_of_the_lab_set_answers_as_well() -> None:
    assert 0 < driven_rate("NMDA", 1) < driven_rate("NMDA", 5)


# -- 5 ----------------------------------------------------------------------------------------------


def test_inhibition_at_zero_has_no_effect() -> None:
    assert inhibited_rate() == dc_rate(DC)


def test_gaba_b_suppresses_the_more_the_larger_its_weight() -> None:
    codes = [(0, 0), (5, 80), (6, 80), (7, 80), (7, 255)]
    rates = [inhibited_rate(NPDPII_THR_S_P=(4, 80), PS_WEIGHT_INH_S_N=code) for code in codes]
    assert (np.diff(rates) <= 2).all()  # other spikes meet other pulses
    assert rates[-2] < 0.7 * rates[0] and rates[-1] < 0.6 * rates[0]


def test_slow_gaba_b_silences() -> None:
    slow = {"NPDPII_TAU_S_P": (2, 60), "NPDPII_THR_S_P": (4, 80)}  # 5 ms
    assert inhibited_rate(**slow, PS_WEIGHT_INH_S_N=(7, 80)) == 0


# -- 6 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [DC_WEAK, DC, DC_STRONG])
def test_neurons_on_the_second_leak_are_silent(code: tuple[int, int]) -> None:
    assert dc_rate(code, second_leak=True) == 0
    assert dc_rate(code) > 0


# -- 7 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [(2, 20), DC])
def test_adaptation_lowers_the_rate_that_a_direct_current_gives(code: tuple[int, int]) -> None:
    assert dc_rate(code, **ADAPTING) <= 0.7 * dc_rate(code)  # clear of a spike more or less


def test_a_larger_cascode_lets_more_adaptation_through_and_one_at_zero_none() -> None:
    rates = [dc_rate(DC, **{**ADAPTING, "IF_CASC_N": code}) for code in ((0, 0), (3, 80), (5, 80))]
    assert rates[0] == dc_rate(DC)
    assert (np.diff(rates) < 0).all()


def test_a_neuron_that_adapted_fires_as_before_when_adaptation_is_switched_off() -> None:
    neuron = lab_neuron(IF_DC_P=DC, **ADAPTING)
    network, spikes = Network(neuron), SpikeMonitor(neuron)
    network.run(0.5 * second)
    set_codes(neuron, IF_DC_P=(0, 0))
    network.run(0.2 * second)
    set_codes(neuron, IF_DC_P=DC)
    network.add(spikes)
    network.run(0.5 * second)
    assert spikes.num_spikes / 0.5 == pytest.approx(dc_rate(DC), rel=0.1)  # counted over half the time
