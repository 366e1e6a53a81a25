"""PyNN's synapse types: NEST spike by spike, recorded cases, closed forms, statistics of random release."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyNN.errors import NoModelAvailableError
from pyNN.standardmodels import synapses as standard

import brianhw.pynn as sim
from brianhw.errors import PyNNError, UnknownNameError
from brianhw.pynn.models.synapse_realisation import realise
from plastic_pairs import DT, Replay
from pynn_plasticity import EXPONENTS, PAIRS, RATES, STEPS, plastic, trains, values_of


@pytest.fixture(autouse=True)
def ready() -> None:
    sim.setup(timestep=DT, device="runtime")


# -- plasticity against NEST ------------------------------------------------------------------------


@pytest.mark.parametrize("dependence", EXPONENTS)
def test_weights_stay_in_their_bounds_and_finite(dependence: str) -> None:
    pre, post = trains()
    mechanism = plastic(by_weight=dependence)
    values = values_of(mechanism, weight=np.linspace(-1, 3, PAIRS), w_min=0.5, w_max=1.5, A_plus=0.9, A_minus=0.9)
    weights = Replay(mechanism, pre, post, 0, 10, values).run(STEPS).weights
    last = weights[:, -1]
    assert np.isfinite(weights).all()
    assert np.all((last >= 0.5) & (last <= 1.5))  # also those that began outside


def test_a_value_for_each_synapse_and_one_for_all_learn_alike() -> None:
    pre, post = trains()
    mechanism = plastic()
    values = values_of(mechanism, weight=np.linspace(0.02, 1.98, PAIRS))
    each = {name: np.full(PAIRS, value) if np.ndim(value) == 0 else value for name, value in values.items()}
    found = [Replay(mechanism, pre, post, 3, 10, these).run(STEPS).weights for these in (values, each)]
    assert np.ptp(found[0], axis=1).min() > 0
    assert found[1] == pytest.approx(found[0], rel=1e-9, abs=1e-12)  # products of shared values are taken beforehand


# -- transmission -----------------------------------------------------------------------------------


# -- short-term plasticity --------------------------------------------------------------------------


# -- random release ---------------------------------------------------------------------------------


# -- electrical -------------------------------------------------------------------------------------


# -- recorded cases ---------------------------------------------------------------------------------


# -- the classes ------------------------------------------------------------------------------------

TYPES = [
    "StaticSynapse", "ElectricalSynapse", "TsodyksMarkramSynapse", "SimpleStochasticSynapse",
    "StochasticTsodyksMarkramSynapse", "MultiQuantalSynapse",
]  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_synapse_types_have_pynns_parameters_untranslated(name: str) -> None:
    synapse = getattr(sim, name)(weight=0.1)
    assert synapse.default_parameters == getattr(standard, name).default_parameters
    assert set(synapse.native_parameters.keys()) == set(getattr(standard, name).default_parameters)
    assert set(synapse.get_native_names()) == set(synapse.native_parameters.keys())


def test_a_mechanism_leaves_the_translations_of_its_class_alone() -> None:
    before = dict(sim.STDPMechanism.base_translations)
    mechanism = plastic()
    assert sim.STDPMechanism.base_translations == before
    assert "mu_plus" in mechanism.translations
    assert set(mechanism.native_parameters.keys()) == set(mechanism.get_parameter_names())


def test_a_mechanism_without_rules_is_a_static_synapse() -> None:
    mechanism = sim.STDPMechanism(None, None, None, 1.0, weight=0.02, delay="0.5 + 0.01*d")
    assert set(mechanism.native_parameters.keys()) == {"weight", "delay", "dendritic_delay_fraction"}
    assert realise(mechanism, "g_exc", "uS") == realise(sim.StaticSynapse(), "g_exc", "uS")


def test_a_rule_without_its_other_half_is_refused() -> None:
    with pytest.raises(PyNNError, match="weight_dependence was not"):
        sim.STDPMechanism(sim.SpikePairRule())
    with pytest.raises(PyNNError, match="timing_dependence was not"):
        sim.STDPMechanism(weight_dependence=sim.AdditiveWeightDependence())


def test_rules_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(NoModelAvailableError, match="Vogels2011Rule and GutigWeightDependence"):
        sim.STDPMechanism(sim.Vogels2011Rule(), sim.GutigWeightDependence())


def test_voltage_dependence_is_refused() -> None:
    with pytest.raises(PyNNError, match="depend on the voltage"):
        sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(), voltage_dependence=1)


def test_a_synapse_type_of_another_kind_is_refused() -> None:
    with pytest.raises(PyNNError, match="str is not a synapse type"):
        realise("StaticSynapse", "g_exc", "uS")


def test_text_for_a_delay_is_parsed_not_evaluated() -> None:
    with pytest.raises(PyNNError):
        sim.StaticSynapse(weight=0.1, delay="__import__('os').getcwd()")
    with pytest.raises(PyNNError):
        sim.STDPMechanism(weight=0.1, delay="__import__('os').getcwd()")


def test_guetig_has_both_spellings() -> None:
    assert sim.GuetigWeightDependence is sim.GutigWeightDependence


def test_parameters_survive_a_rebuilding_under_pynns_names() -> None:
    cells = sim.Population(2, sim.IF_cond_exp())
    synapse = sim.TsodyksMarkramSynapse(weight=0.01, U=0.3, tau_rec=50.0)
    projection = sim.Projection(cells, cells, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    sim.run(1.0)
    sim.state.release()  # as after a change of structure
    sim.run(1.0)
    assert projection.get(["U", "tau_rec", "tau_facil"], "list", with_address=False) == [(0.3, 50.0, 0.0)] * 4


@pytest.mark.parametrize("kind", ["pairs", "short-term", "sites"])
def test_a_reset_synapse_has_forgotten_its_spikes(kind: str) -> None:
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 11.0, 13.0]))
    cells = sim.Population(1, sim.IF_cond_exp(i_offset=1.0, v_thresh=-60.0))
    sim.Projection(source, cells, sim.AllToAllConnector(), MECHANISMS[kind](), receptor_type="excitatory")
    cells.record("gsyn_exc")
    for _ in range(2):
        sim.run(20.0)
        sim.reset()
    first, second = (segment.analogsignals[0].magnitude for segment in cells.get_data().segments[:2])
    assert np.ptp(first) > 0
    assert np.array_equal(first, second)


# -- compiled ---------------------------------------------------------------------------------------

MECHANISMS = {
    "static": lambda: sim.StaticSynapse(weight=0.01),
    "short-term": lambda: sim.TsodyksMarkramSynapse(weight=0.01, tau_facil=30.0),
    "pairs": lambda: plastic_uS(sim.SpikePairRule(**RATES), sim.GutigWeightDependence(w_max=0.02)),
    "pairs, axonal": lambda: plastic_uS(sim.SpikePairRule(**RATES), sim.AdditiveWeightDependence(w_max=0.02), 0.0),
    "triplets": lambda: plastic_uS(sim.PfisterSpikeTripletRule(), sim.AdditiveWeightDependence(w_max=0.02)),
    "inhibitory": lambda: plastic_uS(sim.Vogels2011Rule(eta=1e-3), sim.AdditiveWeightDependence(w_max=0.02)),
    "stochastic": lambda: sim.SimpleStochasticSynapse(weight=0.01, p=1.0),
    "one site": lambda: sim.StochasticTsodyksMarkramSynapse(weight=0.01, U=1.0, tau_rec=1e-3),
    "sites": lambda: sim.MultiQuantalSynapse(weight=0.002, U=1.0, tau_rec=1e-3, n=5),
}


def plastic_uS(timing: Any, by_weight: Any, f: float = 0.5) -> Any:
    return sim.STDPMechanism(timing, by_weight, None, f, weight=0.01, delay=2.0)


@pytest.mark.standalone
@pytest.mark.parametrize("name", MECHANISMS)
def test_compiled_synapses_do_what_numpy_does(name: str) -> None:
    found = {}
    for device in ("runtime", None):
        sim.setup(timestep=DT, device=device)
        source = sim.Population(3, sim.SpikeSourceArray(spike_times=[5.0, 11.0, 13.0, 40.0]))
        cells = sim.Population(2, sim.IF_cond_exp(i_offset=1.0))
        projection = sim.Projection(
            source, cells, sim.AllToAllConnector(), MECHANISMS[name](), receptor_type="excitatory"
        )
        cells.record(["v", "gsyn_exc"])
        sim.run(60.0)
        signals = [signal.magnitude for signal in cells.get_data().segments[0].analogsignals]
        weights = projection.get("weight", "list", with_address=False)
        found[device] = np.concatenate([np.ravel(values) for values in (*signals, weights)])
    assert np.ptp(found[None]) > 0
    assert found[None] == pytest.approx(found["runtime"], rel=1e-9)  # the order of sums and the exponential may differ


# -- initial values of states -----------------------------------------------------------------------


def counting(size: int = 1) -> Any:
    """Return cells whose potential counts what arrives, in mV."""
    cells = sim.Population(size, sim.IF_curr_delta(tau_m=1e12, v_thresh=1e12, v_rest=0.0))
    cells.initialize(v=0.0)
    cells.record("v")
    return cells


def arrived(cells: Any, segment: int = -1) -> Any:
    return cells.get_data().segments[segment].analogsignals[0].magnitude[-1]


SPIKE = 5.0  # ms
ARRIVES = SPIKE + 0.1  # after the smallest delay


@pytest.mark.parametrize(
    ("synapse", "states", "expected"),
    [  # what the first spike releases, from the equations of the papers; sites do not recover
        (lambda: sim.MultiQuantalSynapse(n=3, U=1.0, tau_rec=1e12, weight=1.0), {"a": 0}, 0.0),
        (lambda: sim.MultiQuantalSynapse(n=3, U=1.0, tau_rec=1e12, weight=1.0), {"a": 2, "u": 0.5}, 2.0),
        (lambda: sim.StochasticTsodyksMarkramSynapse(U=1.0, tau_rec=1e12, weight=1.0), {"a": 0.0}, 0.0),
        (lambda: sim.TsodyksMarkramSynapse(U=0.2, tau_rec=1e12, weight=1.0), {"x": 0.25}, 0.2 * 0.25),
        (
            lambda: sim.TsodyksMarkramSynapse(U=0.2, tau_rec=1e12, tau_facil=50.0, weight=1.0),
            {"u": 0.5},
            0.2 + 0.8 * 0.5 * np.exp(-ARRIVES / 50),
        ),
        (
            lambda: sim.TsodyksMarkramSynapse(U=0.2, tau_rec=20.0, weight=1.0),
            {"x": 0.0},
            0.2 * (1 - np.exp(-ARRIVES / 20)),
        ),
    ],
)
def test_a_synapse_begins_with_the_states_it_was_given(synapse: Any, states: dict[str, float], expected: float) -> None:
    sim.setup(timestep=0.1, device="runtime")
    cells = counting()
    projection = sim.Projection(
        sim.Population(1, sim.SpikeSourceArray(spike_times=[SPIKE])), cells, sim.AllToAllConnector(), synapse()
    )
    projection.initialize(**states)
    for _ in range(2):  # and again after a reset
        sim.run(10.0)
        assert arrived(cells) == pytest.approx(expected, rel=1e-6)  # where tau is nearly infinite or nearly zero
        sim.reset()


def test_states_are_given_to_each_synapse_of_each_part() -> None:
    sim.setup(timestep=0.1, device="runtime")
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=[SPIKE]))
    first, second = counting(3), counting(2)
    synapse = sim.TsodyksMarkramSynapse(U=1.0, tau_rec=1e12, weight=1.0)
    projection = sim.Projection(source[1:], first + second, sim.AllToAllConnector(), synapse)
    available = np.arange(10.0).reshape(2, 5) / 10
    projection.initialize(x=available)
    sim.run(10.0)
    assert arrived(first).tolist() == pytest.approx(available[:, :3].sum(axis=0))
    assert arrived(second).tolist() == pytest.approx(available[:, 3:].sum(axis=0))


def test_traces_of_a_plastic_synapse_can_be_given() -> None:
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(1, sim.IF_curr_exp())
    plastic = sim.STDPMechanism(
        sim.SpikePairRule(tau_minus=20.0, A_minus=0.1), sim.AdditiveWeightDependence(w_max=1.0), weight=0.5, delay=1.0,
        dendritic_delay_fraction=0.0,
    )  # fmt: skip
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[SPIKE]))
    projection = sim.Projection(source, cells, sim.AllToAllConnector(), plastic)
    projection.initialize(fired=2.0)  # as if the cell had fired twice, just before
    sim.run(10.0)
    weight = projection.get("weight", format="list", with_address=False)[0]
    assert weight == pytest.approx(0.5 - 0.1 * 2.0 * np.exp(-(SPIKE + 1.0) / 20), rel=1e-6)


@pytest.mark.parametrize(
    ("states", "complaint"),
    [
        ({"x": 0.5, "z": 1.0}, "has no state 'z'"),
        ({"x": 0.5, "weight": 1.0}, "has no state 'weight'"),
        ({"x": -0.1}, "the initial value of x must be zero or more"),
        ({"x": np.nan}, "the initial value of x must be zero or more"),
    ],
)
def test_states_that_a_synapse_cannot_have_are_refused(states: dict[str, float], complaint: str) -> None:
    sim.setup(timestep=0.1, device="runtime")
    source, cells = sim.Population(1, sim.SpikeSourceArray(spike_times=[SPIKE])), counting()
    synapse = sim.TsodyksMarkramSynapse(U=1.0, weight=1.0)
    projection = sim.Projection(source, cells, sim.AllToAllConnector(), synapse)
    with pytest.raises((PyNNError, UnknownNameError), match=complaint):
        projection.initialize(**states)
    sim.run(10.0)
    assert arrived(cells) == pytest.approx(1.0)
