"""Tsodyks-Markram synapses: the recursion of the paper, its steady state, and NEST."""

from __future__ import annotations

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, pA

from brianhw.equations.izhikevich import IZHIKEVICH
from brianhw.equations.receptors import exponential_conductance
from brianhw.equations.short_term_plasticity import tsodyks_markram
from brianhw.parameters.synapses import DEPRESSING, FACILITATING
from short_term import IRREGULAR, SETS, amplitudes


def recursion(times_ms, values) -> np.ndarray:
    """Return the amplitudes by Markram, Wang & Tsodyks 1998, eqs. 1-4, from spike to spike."""
    use, recovery_ms, facilitation_ms = values["U_SE"], values["tau_rec"] / ms, values["tau_facil"] / ms
    u, resources = use, 1.0
    found = [u * resources]
    for interval in np.diff(times_ms):
        resources = 1 + (resources * (1 - u) - 1) * np.exp(-interval / recovery_ms)
        u = use + u * (1 - use) * np.exp(-interval / facilitation_ms)
        found.append(u * resources)
    return np.array(found)


@SETS
def test_amplitudes_follow_the_recursion_of_the_paper(values) -> None:
    assert amplitudes(IRREGULAR, values) == pytest.approx(recursion(IRREGULAR, values), rel=1e-9)


@SETS
def test_a_rested_synapse_transmits_its_utilisation(values) -> None:
    for first_ms in (0.0, 20.0):
        assert amplitudes([first_ms], values)[0] == pytest.approx(values["U_SE"], rel=1e-12)


def test_a_depressing_synapse_depresses_and_a_facilitating_one_facilitates() -> None:
    train = [50.0 * number for number in range(5)]  # 20 Hz, as in the figure
    assert np.all(np.diff(amplitudes(train, DEPRESSING)) < 0)
    assert np.all(np.diff(amplitudes(train, FACILITATING)) > 0)


def test_a_depressing_synapse_reaches_the_closed_form_of_the_steady_state() -> None:
    train = [50.0 * number for number in range(20)]
    keep = np.exp(-50 / 800)
    steady = 0.5 * (1 - keep) / (1 - (1 - 0.5) * keep)
    assert amplitudes(train, DEPRESSING)[-1] == pytest.approx(steady, rel=1e-5)  # 0.47**19 of the start is left


def test_each_synapse_has_its_own_parameters() -> None:
    source = SpikeGeneratorGroup(1, [0], [1] * ms)
    target = NeuronGroup(2, "total : amp")
    synapse = tsodyks_markram("total", "amp")
    synapses = Synapses(source, target, **synapse)
    synapses.connect()
    synapse.set(synapses, DEPRESSING, U_SE=[0.2, 0.7], weight=[1, 10] * pA)
    Network(source, target, synapses).run(2 * ms)
    assert target.total / pA == pytest.approx([0.2, 7])


def test_it_fits_a_neuron_with_a_u_of_its_own() -> None:
    receptor = exponential_conductance("exc")
    group = NeuronGroup(1, **(IZHIKEVICH + receptor))
    Synapses(group, group, **tsodyks_markram(receptor)).connect()
