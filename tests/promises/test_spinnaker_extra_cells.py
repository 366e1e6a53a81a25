"""The vendor's extra cells: two excitatory currents, a stochastic threshold, a motion detector; in both arithmetics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import brianhw.pynn
import brianhw.spinnaker as sim
from brianhw.chips import SPINNAKER1

EXTRA = sim.extra_models
pytestmark = pytest.mark.filterwarnings("ignore::brianhw.errors.SpinnakerWarning")
ARITHMETICS = ("integer", "float")
CELLS = {"IF_curr_dual_exp": "nA", "IF_cond_exp_stoc": "uS", "IF_curr_exp_sEMD": "nA"}
KINDS = {"IF_cond_exp_stoc": EXTRA.IFCondExpStoc}


@pytest.fixture(autouse=True)
def setup() -> Iterator[None]:
    sim.setup(device="runtime")
    yield
    brianhw.pynn.setup()


def driven(cell: Any, inputs: dict[str, tuple[float, float]], until: float = 60.0) -> dict[str, np.ndarray]:
    """Return all that is recorded of a cell; *inputs* are the time and weight of a spike to each receptor."""
    cells = sim.Population(1, cell)
    for receptor, (time, weight) in inputs.items():
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[time]))
        synapse = sim.StaticSynapse(weight=weight, delay=1.0)
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type=receptor)
    cells.record("all")
    sim.run(until)
    return {each.name: each.magnitude[:, 0] for each in cells.get_data().segments[0].analogsignals}


@pytest.mark.parametrize("name", CELLS)
def test_what_is_known_of_a_cell_is_the_same_wherever_it_is_said(name: str) -> None:
    kind = KINDS.get(name) or getattr(EXTRA, name)
    assert kind.chip.name == name and kind.chip.unit == SPINNAKER1.unit_of(name) == CELLS[name]
    assert kind.receptor_types == SPINNAKER1.receptors_of(name)
    chip = kind.chip.realisation(1.0, dict.fromkeys(kind.receptor_types, 0))
    assert set(kind.recordable) == {"spikes", *chip.states} == {"spikes", *kind.realisation.states}
    assert {"v", "gsyn_exc", "gsyn_inh"} <= set(kind.recordable)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_each_excitatory_current_is_that_of_a_cell_with_one(arithmetic: str) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    plain = driven(sim.IF_curr_exp(tau_syn_E=3.0), {"excitatory": (5.0, 0.4)})
    for receptor, parameter in (("excitatory", "tau_syn_E"), ("excitatory2", "tau_syn_E2")):
        sim.setup(device="runtime", arithmetic=arithmetic)
        dual = driven(EXTRA.IF_curr_dual_exp(**{parameter: 3.0}), {receptor: (5.0, 0.4)})
        assert np.array_equal(dual["v"], plain["v"]) and dual["v"].max() > -64.5
        assert np.array_equal(dual["gsyn_exc"], plain["gsyn_exc"])


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_excitatory_input_is_recorded_as_the_sum_of_both(arithmetic: str) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    inputs = {"excitatory": (5.0, 0.4), "excitatory2": (9.0, 0.2), "inhibitory": (7.0, 0.1)}
    found = driven(EXTRA.IF_curr_dual_exp(tau_syn_E2=9.0), inputs)
    assert np.allclose(found["gsyn_exc"], found["isyn_exc"] + found["isyn_exc2"], atol=1e-12)
    assert found["isyn_exc2"][12] / found["isyn_exc2"][11] == pytest.approx(np.exp(-1 / 9), rel=1e-3)  # 2^-15 nA
    assert found["gsyn_inh"][8] > 0.08


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_cell_with_a_stochastic_threshold_fires_as_often_as_its_formula_says(arithmetic: str) -> None:
    sim.setup(device="runtime", arithmetic=arithmetic)
    n, steps = 1500, 200
    for above, du, tau in ((-1.0, 1.0, 0.5), (0.0, 0.5, 2.0), (4.0, 0.5, 20.0)):
        sim.setup(device="runtime", arithmetic=arithmetic)
        cell = EXTRA.IFCondExpStoc(
            v_rest=-50.0 + above, v_reset=-50.0 + above, v_thresh=-50.0, du_th=du, tau_th=tau, tau_refrac=0.0
        )
        cells = sim.Population(n, cell, initial_values={"v": -50.0 + above})
        cells.record("spikes")
        sim.run(float(steps))
        chance = 0.8 * (1 - np.exp(-0.1 * np.exp(above / du) / tau)) if above / du < 5 else 0.8
        deviation = np.sqrt(chance * (1 - chance) / (n * steps))
        # and one part in 2^15 of the chip's exponentials, tenfold for the hazard's factors
        assert cells.mean_spike_count() / steps == pytest.approx(chance, abs=4 * deviation + 3e-4)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_motion_detector_multiplies_by_what_came_before(arithmetic: str) -> None:
    """Here the current is 30 times that of the second input, times the first as the second began."""
    sim.setup(device="runtime", arithmetic=arithmetic)
    taus = {"tau_syn_E": 20.0, "tau_syn_E2": 6.0, "cm": 10.0}
    cell = EXTRA.IF_curr_exp_sEMD(scaling_factor=30.0, **taus)
    found = driven(cell, {"excitatory": (4.0, 1.0), "excitatory2": (20.0, 0.5)}, 50.0)
    begun = found["isyn_exc"][21]
    assert begun == pytest.approx(np.exp(-16 / 20), rel=0.03)  # the integers' input is its mean over a step
    assert not found["gsyn_exc"][:21].any() and not np.diff(found["v"][:21]).any()
    expected = 30 * begun * found["isyn_exc2"][21:]
    there = found["isyn_exc2"][21:] >= 0.001
    # products are cut to 2^-15 before they are times 30
    assert found["gsyn_exc"][21:][there] == pytest.approx(expected[there], rel=0.01, abs=0.002)
    assert there.sum() > 20
    sim.setup(device="runtime", arithmetic=arithmetic)
    cell = EXTRA.IF_curr_exp_sEMD(scaling_factor=30.0, **taus)
    backwards = driven(cell, {"excitatory": (20.0, 1.0), "excitatory2": (4.0, 0.5)}, 50.0)
    assert not backwards["gsyn_exc"].any()


def test_cells_with_three_receptors_have_less_room_for_delays() -> None:
    """Two bits of the ring buffers' index are the receptor's, where one does for two."""
    for kind, slots in ((sim.IF_curr_exp, 32), (EXTRA.IF_curr_dual_exp, 16)):
        sim.setup(device="runtime")
        source = sim.Population(2, sim.SpikeSourceArray())
        cells = sim.Population(256, kind(), label="cells")
        sim.Projection(source, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1, delay=30.0))
        row = sim.report().populations[1]
        assert row.delay_slots == slots


@pytest.mark.standalone
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_compiled_cells_do_as_others_do(arithmetic: str) -> None:
    for make in (EXTRA.IF_curr_dual_exp, EXTRA.IF_curr_exp_sEMD):
        found = []
        for device in ("runtime", "brianhw"):
            sim.setup(device=device, arithmetic=arithmetic)
            inputs = {"excitatory": (5.0, 0.9), "excitatory2": (9.0, 0.8), "inhibitory": (20.0, 0.1)}
            found.append(driven(make(), inputs))
        for name, values in found[0].items():
            # integers are the same; their values in nA and mV are not to the last bit
            assert np.allclose(values, found[1][name], rtol=0, atol=1e-12 if arithmetic == "integer" else 1e-10)


@pytest.mark.standalone
def test_a_compiled_stochastic_threshold_has_the_same_rate() -> None:
    counts = []
    for arithmetic in ARITHMETICS:
        sim.setup(arithmetic=arithmetic, device="brianhw")
        cell = EXTRA.IFCondExpStoc(v_rest=-50.0, v_reset=-50.0, v_thresh=-50.0, tau_th=1.0, tau_refrac=0.0)
        cells = sim.Population(2000, cell, initial_values={"v": -50.0})
        cells.record("spikes")
        sim.run(200.0)
        counts.append(cells.mean_spike_count() / 200)
    chance = 0.8 * (1 - np.exp(-0.1))
    assert counts == pytest.approx([chance] * 2, abs=4 * np.sqrt(chance / 400_000) + 3e-4)
