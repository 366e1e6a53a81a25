"""PyNN's standard cells beside NEST."""

from __future__ import annotations

from typing import Any

import nest
import numpy as np
import pytest
from numpy.typing import NDArray

import brianhw.pynn as sim
import nest_reference

NEST_NAMES = {
    "v_rest": "E_L", "v_reset": "V_reset", "v_thresh": "V_th", "tau_m": "tau_m", "tau_refrac": "t_ref",
    "tau_syn_E": "tau_syn_ex", "tau_syn_I": "tau_syn_in", "e_rev_E": "E_ex", "e_rev_I": "E_in",
}  # fmt: skip

INPUTS = [
    (12.0, 1.0),
    (12.5, 1.0),
    (20.0, -1.0),
    (31.1, 1.0),
    (31.2, 2.0),
    (44.0, 1.0),
    (47.0, 1.5),
    (60.3, -2.0),
    (62.0, 3.0),
]


def against_nest(celltype: Any, model: str, parameters: dict[str, float], weight: float) -> tuple[Any, ...]:
    """Return potentials and spikes of ours and of NEST's, a cell that gets INPUTS times *weight*."""
    current_based = model.startswith("iaf_psc")
    translated = {NEST_NAMES[name]: value for name, value in parameters.items() if name in NEST_NAMES}
    translated |= {"C_m": 1000 * parameters["cm"], "I_e": 1000 * parameters["i_offset"], "V_m": parameters["v_rest"]}
    if not current_based:
        translated["g_L"] = 1000 * parameters["cm"] / translated.pop("tau_m")
    inputs = [(time - 0.1, 1000 * weight * size) for time, size in INPUTS]
    spikes, _, potential = nest_reference.run_neuron(model, translated, 0.1, 80.0, inputs)

    sim.setup(timestep=0.1, device="runtime")
    cell = sim.Population(1, celltype(**parameters), initial_values={"v": parameters["v_rest"]})
    for time, size in INPUTS:
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[time - 0.1]))
        receptor = "excitatory" if size > 0 else "inhibitory"
        signed = weight * size if current_based else weight * abs(size)
        sim.Projection(
            source, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=signed, delay=0.1), receptor_type=receptor
        )
    cell.record(["spikes", "v"])
    sim.run(80.0)
    data = cell.get_data().segments[0]
    number = len(potential)
    return data.analogsignals[0].magnitude[1 : number + 1, 0], potential, data.spiketrains[0].magnitude, spikes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tau_refrac": 0.1, "i_offset": 0.9, "tau_m": 8.0},
        {"tau_syn_E": 20.0, "tau_syn_I": 20.0},  # equal to the membrane's, where the closed form has a gap
        {"tau_syn_E": 0.5, "tau_syn_I": 30.0, "cm": 0.25},
    ],
)
@pytest.mark.parametrize(
    ("celltype", "model"), [(sim.IF_curr_alpha, "iaf_psc_alpha"), (sim.IF_curr_exp, "iaf_psc_exp")]
)
def test_currents_are_integrated_exactly(celltype: Any, model: str, changes: dict[str, float]) -> None:
    parameters = {**celltype.default_parameters, "tau_refrac": 2.0, "i_offset": 0.4, **changes}
    ours, theirs, our_spikes, their_spikes = against_nest(celltype, model, parameters, 1.5)
    assert our_spikes == pytest.approx(their_spikes, abs=1e-6)
    # NEST perturbs time constants that are nearly equal, by 1e-7 of them
    assert ours == pytest.approx(theirs, abs=1e-9 if parameters["tau_syn_E"] != parameters["tau_m"] else 1e-5)


@pytest.mark.parametrize(
    "changes",
    [{}, {"tau_refrac": 0.1, "i_offset": 0.9, "tau_m": 8.0}, {"tau_syn_E": 0.5, "tau_syn_I": 30.0, "e_rev_I": -90.0}],
)
@pytest.mark.parametrize(
    ("celltype", "model"), [(sim.IF_cond_alpha, "iaf_cond_alpha"), (sim.IF_cond_exp, "iaf_cond_exp")]
)
def test_conductances_agree_with_nest(celltype: Any, model: str, changes: dict[str, float]) -> None:
    parameters = {**celltype.default_parameters, "tau_refrac": 2.0, "tau_syn_E": 3.0, "i_offset": 0.4, **changes}
    ours, theirs, our_spikes, their_spikes = against_nest(celltype, model, parameters, 0.05)
    assert our_spikes == pytest.approx(their_spikes, abs=1e-6)
    assert ours == pytest.approx(theirs, abs=1e-4)  # the tolerance of NEST's solver is 1e-3 mV a step


def test_the_gif_neuron_fires_as_often_and_as_regularly_as_nests() -> None:
    number, duration = 400, 1000.0
    values = {"i_offset": 0.9, "lambda0": 10.0, "tau_refrac": 4.0}
    sim.setup(timestep=0.1, device="runtime")
    cells = sim.Population(number, sim.GIF_cond_exp(**values, a_eta=sim.Sequence([0.1, 0.05, 0.02])))
    cells.record("spikes")
    sim.run(duration)
    ours = intervals(*cells.get_data().segments[0].spiketrains.multiplexed)

    nest_reference.reset(0.1)
    nest.rng_seed = 12
    theirs_cells = nest.Create(
        "gif_cond_exp",
        number,
        params={
            "C_m": 1000.0, "g_L": 50.0, "E_L": -65.0, "V_reset": -65.0, "t_ref": 4.0, "I_e": 900.0, "V_m": -65.0,
            "Delta_V": 0.5, "V_T_star": -48.0, "lambda_0": 10.0,
            "tau_stc": [1.0, 10.0, 100.0], "q_stc": [100.0, 50.0, 20.0],
            "tau_sfa": [1.0, 10.0, 100.0], "q_sfa": [1.0, 1.0, 1.0],
        },
    )  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(theirs_cells, recorder)
    nest.Simulate(duration)
    theirs = intervals(recorder.events["senders"], recorder.events["times"])
    # about 15000 intervals each: the standard error of a mean is below 0.5 % of it
    assert len(ours) == pytest.approx(len(theirs), rel=0.03)
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.02)
    assert np.std(ours) == pytest.approx(np.std(theirs), rel=0.05)


def intervals(cells: Any, times: Any) -> NDArray[np.float64]:
    """Return all intervals between spikes of the same cell, but for the first of each: adaptation builds up."""
    cells, times = np.asarray(cells), np.asarray(times)
    found = [np.diff(np.sort(times[cells == cell]))[1:] for cell in np.unique(cells)]
    return np.concatenate(found)
